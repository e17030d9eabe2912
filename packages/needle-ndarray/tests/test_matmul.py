"""matmul against NumPy: shapes, layouts, batches, dtypes; refusals; the same bits for every number of threads."""

import itertools

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .support import DTYPES, FLOATS, INTEGERS, NUMERIC, fractions, in_layouts, numbers, promoted, same

# Error of a sum of k products of numbers about 1, in units of the last place: grows with the square root of k.
EPSILON = {"float32": 2.0**-23, "float64": 2.0**-52}


def close(actual, a, b):
    """Asserts that a product is right: exactly for whole numbers, to rounding for others."""
    exact = np.matmul(np.asarray(a, "float64"), np.asarray(b, "float64"))
    dtype = promoted(a.dtype.name, b.dtype.name)
    assert actual.dtype.name == dtype
    assert actual.shape == exact.shape
    if dtype in INTEGERS:
        np.testing.assert_array_equal(np.array(actual), np.matmul(a.astype(dtype), b.astype(dtype)))
        return
    magnitude = np.matmul(np.abs(np.asarray(a, "float64")), np.abs(np.asarray(b, "float64")))
    error = np.abs(np.asarray(np.array(actual), "float64") - exact)
    # Every partial sum rounds once at most, and there are fewer than k + 1 of them.
    bound = EPSILON[dtype] * (a.shape[-1] + 1) * magnitude
    assert (error <= bound).all(), f"error {error.max()} above the bound {bound.flat[error.argmax()]}"


SMALL = [1, 2, 3, 5, 8, 13, 16, 17, 31, 64, 65]
LARGE = [  # across every boundary of the blocked kernel: panels, blocks of rows, columns and the summed axis
    (129, 130, 131),
    (200, 513, 40),
    (14 * 14 + 3, 65, 700),
    (16, 2100, 33),
    (13, 65, 1200),
    (3000, 70, 20),
    (300, 10, 257),
    (1, 1000, 300),
    (1000, 1, 300),
    (1, 1, 5000),
    (2, 3, 5000),
]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("m", "n"), list(itertools.product(SMALL, SMALL)))
def test_small_products(dtype, m, n):
    for k in (1, 2, 7, 16, 33):
        a, b = fractions(dtype, (m, k)), fractions(dtype, (k, n), seed=1)
        close(nd.matmul(nd.asarray(a), nd.asarray(b)), a, b)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("m", "n", "k"), LARGE)
def test_products_beyond_one_block_in_every_layout(dtype, m, n, k):
    a, b = fractions(dtype, (m, k)), fractions(dtype, (k, n), seed=1)
    for (name_a, left), (name_b, right) in itertools.product(in_layouts(a), in_layouts(b)):
        if name_a == name_b or "row-major" in (name_a, name_b):
            close(nd.matmul(nd.asarray(left), nd.asarray(right)), a, b)


@pytest.mark.parametrize("dtype", NUMERIC)
def test_layouts(dtype):
    a, b = numbers(dtype, (19, 23)), numbers(dtype, (23, 37), seed=1)
    for (_, left), (_, right) in itertools.product(in_layouts(a), in_layouts(b)):
        close(nd.matmul(nd.asarray(left), nd.asarray(right)), a, b)


@pytest.mark.parametrize(("left", "right"), list(itertools.product(DTYPES, DTYPES)))
def test_promotion(left, right):
    a, b = numbers(left, (4, 5)), numbers(right, (5, 3), seed=1)
    x, y = nd.asarray(a), nd.asarray(b)
    if left == right == "bool":
        with pytest.raises(nd.errors.DTypeError, match=r"bool is not a numeric dtype; convert an operand first"):
            nd.matmul(x, y)
    elif {left[0], right[0]} == {"i", "u"} and "uint64" in (left, right):
        with pytest.raises(nd.errors.DTypeError, match="uint64"):
            nd.matmul(x, y)
    else:
        close(nd.matmul(x, y), a, b)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_wrap_around(dtype):
    limits = np.iinfo(dtype)
    random = np.random.default_rng(0)
    a = random.integers(limits.min, limits.max, (9, 40), dtype, endpoint=True)
    b = random.integers(limits.min, limits.max, (40, 11), dtype, endpoint=True)
    same(nd.matmul(nd.asarray(a), nd.asarray(b)), np.matmul(a, b))
    a, b = np.full((70, 600), limits.max, dtype), np.full((600, 1200), limits.max, dtype)
    same(nd.matmul(nd.asarray(a), nd.asarray(b)), np.matmul(a, b))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_products_of_integers_of_every_width(dtype):
    limits = np.iinfo(dtype)
    for n in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200]:
        random = np.random.default_rng(n)
        for m, k in [(1, n), (3, 5), (4, 1), (9, 130), (35, n)]:
            a = random.integers(limits.min, limits.max, (m, k), dtype, endpoint=True)
            b = random.integers(limits.min, limits.max, (k, n), dtype, endpoint=True)
            expected = np.matmul(a, b)
            for (_, left), (_, right) in zip(in_layouts(a), in_layouts(b), strict=True):
                same(nd.asarray(left) @ nd.asarray(right), expected)
            same(nd.asarray(a) @ nd.asarray(b[:, 0]), np.matmul(a, b[:, 0]))
            same(nd.asarray(a[0]) @ nd.asarray(b), np.matmul(a[0], b))


@st.composite
def operands(draw):
    """Two NumPy arrays whose product exists: with any batch axes that broadcast, of any layout; one may be a vector."""
    m, k, n = (draw(st.integers(0, 9)) for _ in range(3))
    batch = draw(st.lists(st.integers(0, 3), max_size=3))
    shape_a, shape_b = (
        [1 if draw(st.booleans()) else size for size in batch[draw(st.integers(0, len(batch))) :]] for _ in "ab"
    )
    dtype = draw(st.sampled_from(["float32", "float64", "int16", "uint64"]))
    a = numbers(dtype, (*shape_a, m, k)) if shape_a or draw(st.booleans()) else numbers(dtype, (k,))
    b = numbers(dtype, (*shape_b, k, n), seed=1) if shape_b or draw(st.booleans()) else numbers(dtype, (k,), seed=1)
    return tuple(draw(st.sampled_from(list(in_layouts(x))))[1] for x in (a, b))


@given(operands())
def test_any_shapes_and_layouts(pair):
    a, b = pair
    expected = np.matmul(a, b)
    same(nd.matmul(nd.asarray(a), nd.asarray(b)), expected)
    same(nd.asarray(a) @ nd.asarray(b), expected)


@pytest.mark.parametrize(
    ("shape_a", "shape_b"),
    [
        ((5, 4, 3), (3, 2)),
        ((5, 4, 3), (5, 3, 2)),
        ((4, 3), (5, 3, 2)),
        ((2, 1, 4, 3), (7, 3, 2)),
        ((6, 130, 140), (6, 140, 150)),
        ((64, 33, 20), (64, 20, 41)),
        ((3, 50, 1), (3, 1, 40)),
        ((300, 2, 2), (300, 2, 2)),
        ((5, 4, 3), (3,)),
        ((3,), (5, 3, 4)),
        ((0, 4, 3), (3, 2)),
        ((2, 0, 3), (2, 3, 4)),
        ((2, 4, 0), (2, 0, 3)),
    ],
)
@pytest.mark.parametrize("dtype", [*FLOATS, "int32"])
def test_batches(dtype, shape_a, shape_b):
    a, b = numbers(dtype, shape_a), numbers(dtype, shape_b, seed=1)
    for (_, left), (_, right) in zip(in_layouts(a), in_layouts(b), strict=True):
        close(nd.matmul(nd.asarray(left), nd.asarray(right)), a, b)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("m", "k"), [(3, 1025), (70, 2500), (1, 40_000), (2, 33_000), (900, 1100), (4, 16_384)])
def test_products_with_vectors_in_every_layout(dtype, m, k, thread_count):
    a, x = fractions(dtype, (m, k)), fractions(dtype, (k,), seed=1)
    for (_, matrix), (_, vector) in itertools.product(in_layouts(a), in_layouts(x)):
        thread_count(1)
        alone = nd.matmul(nd.asarray(matrix), nd.asarray(vector))
        close(alone, a, x)
        thread_count(3)
        same(nd.matmul(nd.asarray(matrix), nd.asarray(vector)), np.array(alone))
    close(nd.matmul(nd.asarray(x), nd.asarray(a.T)), x, a.T)
    column = nd.asarray(np.repeat(x[:, None], 2, axis=1))[:, 0]
    close(nd.matmul(nd.asarray(a), column), a, x)


def test_broadcast_operands_are_read_in_place():
    row = nd.broadcast_to(nd.asarray(numbers("float64", (1, 6))), (200, 6))
    column = nd.broadcast_to(nd.asarray(numbers("float64", (6, 1), seed=1)), (6, 300))
    same(nd.matmul(row, column), np.matmul(np.array(row), np.array(column)))


@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_a_matrix_that_serves_a_whole_stack_is_not_copied_for_each(dtype):
    left = nd.broadcast_to(nd.asarray(numbers(dtype, (1, 64, 64))), (100, 64, 64))
    right = nd.asarray(numbers(dtype, (64, 64), seed=1)).T
    before = nd.memory_statistics()["bytes_in_use"]
    nd.reset_peak_memory()
    product = left @ right
    assert nd.memory_statistics()["peak_bytes_in_use"] - before < 1.5 * product.nbytes
    close(product, np.array(left), np.array(right))


def test_a_sum_over_nothing_is_zero():
    same(nd.matmul(nd.zeros((3, 0)), nd.zeros((0, 2))), np.zeros((3, 2), "float32"))
    same(nd.matmul(nd.zeros((0,), dtype="int8"), nd.zeros((0,), dtype="int8")), np.zeros((), "int8"))
    same(nd.matmul(nd.zeros((200, 0), dtype="float64"), nd.zeros((0, 300), dtype="float64")), np.zeros((200, 300)))


def test_infinities_and_nan_pass_through():
    a = fractions("float32", (40, 50))
    b = fractions("float32", (50, 60), seed=1)
    a[3, 7], a[5, 9], b[9, 4] = np.nan, np.inf, -np.inf
    result = np.array(nd.matmul(nd.asarray(a), nd.asarray(b)))
    with np.errstate(invalid="ignore"):
        expected = np.matmul(a.astype("float64"), b.astype("float64"))
    np.testing.assert_array_equal(np.isnan(result), np.isnan(expected))
    np.testing.assert_array_equal(np.isposinf(result), np.isposinf(expected))
    np.testing.assert_array_equal(np.isneginf(result), np.isneginf(expected))


def test_operands_that_share_memory():
    x = fractions("float64", (70, 70))
    array = nd.asarray(x, copy=True)
    close(array @ array.T, x, x.T)
    np.testing.assert_array_equal(np.array(array), x)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "shapes",
    [
        ((300, 200), (200, 250)),
        ((64, 64), (64, 64)),
        ((1, 700), (700, 900)),
        ((900, 700), (700, 1)),
        ((7, 130, 140), (7, 140, 150)),
        ((90, 17, 20), (90, 20, 9)),
        ((4000, 100), (100, 10)),
    ],
)
def test_the_number_of_threads_changes_no_bit(dtype, shapes, thread_count):
    a, b = (nd.asarray(fractions(dtype, shape)) for shape in shapes)
    results = []
    for threads in (1, 2, 3, 8):
        thread_count(threads)
        results += [np.array(nd.matmul(a, b)).tobytes(), np.array(nd.matmul(a, b)).tobytes()]
    assert len(set(results)) == 1


def test_a_batch_has_the_bits_of_its_members():
    a, b = nd.asarray(fractions("float32", (9, 70, 80))), nd.asarray(fractions("float32", (9, 80, 90)))
    together = np.array(nd.matmul(a, b))
    for i in range(9):
        np.testing.assert_array_equal(together[i], np.array(nd.matmul(a[i], b[i])))


@pytest.mark.parametrize(
    ("shape_a", "shape_b", "text"),
    [
        (
            (2, 3),
            (4, 5),
            r"matmul: \(2, 3\) @ \(4, 5\): axis 1 of the first operand \(3\) must equal axis 0 of the second \(4\)",
        ),
        ((3,), (4,), r"\(3,\) @ \(4,\): axis 0 of the first operand \(3\) must equal axis 0 of the second \(4\)"),
        ((2, 2, 3), (2, 4, 3), r"axis 2 of the first operand \(3\) must equal axis 1 of the second \(4\)"),
        ((3,), (2, 4, 3), r"axis 0 of the first operand \(3\) must equal axis 1 of the second \(4\)"),
        ((2, 2, 3), (5, 3, 4), r"matmul: \(2, 2, 3\) @ \(5, 3, 4\): the axes before the last two do not broadcast"),
        ((), (3,), r"both operands need at least one axis; write a \* b"),
        ((3, 3), (), r"both operands need at least one axis"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(shape_a, shape_b, text):
    with pytest.raises(nd.errors.ShapeError, match=text):
        nd.matmul(nd.zeros(shape_a), nd.zeros(shape_b))
