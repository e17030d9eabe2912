"""vecdot, tensordot, cross, outer, matrix_power, diagonal and trace against NumPy."""

import itertools

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import linalg

from .support import FLOATS, INTEGERS, NUMERIC, fractions, in_layouts, numbers, promoted, same, shapes

TOLERANCE = {"float32": 1e-4, "float64": 1e-11}


def agree(actual, expected):
    """Asserts equality: exact for integers, to rounding for floats."""
    expected = np.asarray(expected)
    tolerance = TOLERANCE.get(expected.dtype.name, 0.0)
    same(actual, expected, rtol=tolerance, atol=tolerance)


# ---- vecdot


def dot(a, b, axis, dtype):
    """The sum of products along an axis counted from the end, worked out with all products."""
    wide = "float64" if dtype in FLOATS else dtype
    with np.errstate(over="ignore"):
        products = a.astype(wide) * b.astype(wide)
        return np.sum(products, axis=axis, dtype=wide).astype(dtype)


VECTORS = [
    ((5,), (5,), -1),
    ((3, 4), (4,), -1),
    ((4,), (3, 4), -1),
    ((7, 100, 64), (100, 1), -2),
    ((3, 1, 5000), (4, 5000), -1),
    ((40_000,), (40_000,), -1),
    ((3, 70_000), (3, 70_000), -1),
    ((1000, 3), (1000, 3), -1),
    ((20_000, 40), (20_000, 40), -2),
    ((3, 2000), (3, 2000), -2),
    ((50_000, 3), (50_000, 3), -2),
    ((2, 3, 4, 5), (3, 4, 5), -3),
    ((2, 3, 4, 5), (2, 1, 4, 1), -2),
    ((1,), (1,), -1),
    ((0,), (0,), -1),
    ((3, 0), (3, 0), -1),
    ((0, 3), (0, 3), -1),
]


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "uint64", *FLOATS])
@pytest.mark.parametrize(("left", "right", "axis"), VECTORS)
def test_dot_products(left, right, axis, dtype):
    make = fractions if dtype in FLOATS else numbers
    a, b = make(dtype, left), make(dtype, right, seed=1)
    expected = dot(a, b, axis, dtype)
    for (_, x), (_, y) in zip(in_layouts(a), in_layouts(b), strict=True):
        agree(nd.vecdot(nd.asarray(x), nd.asarray(y), axis=axis), expected)
    agree(
        linalg.vecdot(nd.asarray(a), nd.asarray(np.flip(b).copy())[(slice(None, None, -1),) * b.ndim], axis=axis),
        expected,
    )


PAIRS = [
    (left, right)
    for left, right in itertools.product(NUMERIC, NUMERIC)
    if {left[0], right[0]} != {"i", "u"} or "uint64" not in (left, right)  # no integer dtype holds those
]


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_dot_products_promote(left, right):
    a, b = numbers(left, (6, 5)), numbers(right, (5,), seed=1)
    agree(nd.vecdot(nd.asarray(a), nd.asarray(b)), dot(a, b, -1, promoted(left, right)))
    agree(nd.vecdot(nd.asarray(a.T.copy()), nd.asarray(b[:, None]), axis=0), dot(a, b, -1, promoted(left, right)))


@given(st.data())
def test_dot_products_of_any_shapes(data):
    shape = data.draw(shapes(max_ndim=4, max_side=5).filter(bool))
    axis = data.draw(st.integers(-len(shape), -1))
    right = [size if i == len(shape) + axis or data.draw(st.booleans()) else 1 for i, size in enumerate(shape)]
    while len(right) > -axis and right[0] == 1 and data.draw(st.booleans()):
        right = right[1:]
    dtype = data.draw(st.sampled_from(NUMERIC))
    a, b = numbers(dtype, shape), numbers(dtype, tuple(right), seed=1)
    order = data.draw(st.permutations(range(len(shape))))
    moved = np.ascontiguousarray(a.transpose(order)).transpose(np.argsort(order))
    for x, y in ((moved, b), (b, moved)):
        agree(nd.vecdot(nd.asarray(x), nd.asarray(y), axis=axis), dot(x, y, axis, dtype))


def test_long_sums_lose_little():
    x = nd.full((10_000_000,), 0.1)
    assert float(nd.vecdot(x, x)) == pytest.approx(1e7 * float(x[0]) ** 2, rel=1e-6)
    y = nd.full((300_000, 40), 0.1)
    np.testing.assert_allclose(np.asarray(nd.vecdot(y, y, axis=-2)), 3e5 * float(x[0]) ** 2, rtol=1e-5)


@pytest.mark.parametrize(
    ("shape", "axis"), [((3_000_000,), -1), ((70_000, 64), -1), ((70_000, 64), -2), ((300_000, 3), -1)]
)
def test_the_number_of_threads_changes_no_bit(shape, axis, thread_count):
    x = nd.asarray(fractions("float32", shape))
    results = set()
    for threads in (1, 2, 5):
        thread_count(threads)
        results.add(np.array(nd.vecdot(x, x, axis=axis)).tobytes())
    assert len(results) == 1


def test_half_floats_are_added_in_float32():
    for dtype in ("float16", "bfloat16"):
        x = nd.ones(3000, dtype=dtype)
        result = nd.vecdot(x, x)
        assert result.dtype == dtype
        assert float(result) == pytest.approx(3000, rel=1e-2)


@pytest.mark.parametrize(
    ("error", "text", "call"),
    [
        (
            nd.ShapeError,
            r"axis 1 of the first operand \(3\) must equal axis 0 of the second \(1\); .* \(2, 3\) and \(1,\)",
            ((2, 3), (1,), -1),
        ),
        (nd.ShapeError, r"both operands need at least one axis, but the shapes are \(\) and \(3,\)", ((), (3,), -1)),
        (nd.ShapeError, r"vecdot: shapes \(2, 3\) and \(4, 3\) do not broadcast", ((2, 3), (4, 3), -1)),
        (nd.ShapeError, r"vecdot: axis 0 of the first", ((2, 3), (3, 2), 0)),
        (IndexError, r"axis 0 must be counted from the end, as in axis=-1", ((2, 3), (3,), 0)),
        (IndexError, r"vecdot: axis -2 is out of range", ((2, 3), (3,), -2)),
    ],
)
def test_vectors_that_do_not_fit_are_refused(error, text, call):
    left, right, axis = call
    with pytest.raises(error, match=text):
        nd.vecdot(nd.ones(left), nd.ones(right), axis=axis)


# ---- tensordot


@pytest.mark.parametrize("dtype", ["int8", "uint32", "int64", *FLOATS])
@pytest.mark.parametrize(
    ("left", "right", "axes"),
    [
        ((3, 4), (4, 5), 1),
        ((2, 3, 4), (3, 4, 5), 2),
        ((2, 3), (4,), 0),
        ((), (), 0),
        ((), (3, 2), 0),
        ((2, 3, 4), (4, 3, 5), ([1, 2], [1, 0])),
        ((2, 3, 4), (4, 3, 5), ((-1,), (-3,))),
        ((2, 3, 4), (4, 3, 5), ([], [])),
        ((2, 3, 4), (4, 3, 2), ([0, 1, 2], [2, 1, 0])),
        ((2, 3, 4), (5, 3), (1, 1)),
        ((2, 0), (0, 3), 1),
        ((0, 2), (2, 3), 1),
        ((20, 30, 40), (30, 50, 20), ([0, 1], [2, 0])),
    ],
)
def test_contractions(left, right, axes, dtype):
    make = fractions if dtype in FLOATS else numbers
    a, b = make(dtype, left), make(dtype, right, seed=1)
    expected = np.tensordot(a, b, axes=axes)
    for (_, x), (_, y) in zip(in_layouts(a), in_layouts(b), strict=False):
        agree(nd.tensordot(nd.asarray(x), nd.asarray(y), axes=axes), expected)


def test_contractions_take_two_axes_by_default():
    a, b = numbers("int64", (5, 3, 4)), numbers("int64", (3, 4, 2), seed=1)
    agree(linalg.tensordot(nd.asarray(a), nd.asarray(b)), np.tensordot(a, b))


@pytest.mark.parametrize(
    ("error", "text", "axes"),
    [
        (TypeError, r"tensordot: axes of the first operand must be integers, but 'a' is among them", ("a", 0)),
        (ValueError, r"tensordot: axes=-1 is no number of axes that both operands have; the shapes", -1),
        (ValueError, r"tensordot: axes=4 is no number of axes that both operands have", 4),
        (ValueError, r"axes \(\[0\], \[1, 2\]\) names 1 axes of the first operand and 2 of the second", ([0], [1, 2])),
        (ValueError, r"an axis of the first operand is named twice in \(0, -3\)", ([0, -3], [0, 1])),
        (ValueError, r"expected for axes a number of axes, or two sequences .* not 'x'", "x"),
        (IndexError, r"the second operand, of shape \(2, 3, 4\), has no axis 3", ([0], [3])),
        (nd.ShapeError, r"axis 1 of the first operand \(3\) must equal axis 2 of the second \(4\)", ([1], [2])),
    ],
)
def test_axes_that_do_not_fit_are_refused(error, text, axes):
    x = nd.ones((2, 3, 4))
    with pytest.raises(error, match=text):
        nd.tensordot(x, x, axes=axes)


# ---- cross, outer


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", *FLOATS])
@pytest.mark.parametrize(
    ("left", "right", "axis"),
    [
        ((3,), (3,), -1),
        ((4, 3), (3,), -1),
        ((3,), (4, 3), -1),
        ((3, 4), (3, 4), 0),
        ((2, 3, 4), (3, 1), -2),
        ((2, 1, 3), (5, 3), -1),
        ((0, 3), (3,), -1),
    ],
)
def test_cross_products(left, right, axis, dtype):
    a, b = numbers(dtype, left), numbers(dtype, right, seed=1)
    x, y = np.broadcast_arrays(a, b)
    with np.errstate(over="ignore"):
        parts = [np.take(v, i, axis=axis) for v, i in ((x, 1), (y, 2), (x, 2), (y, 1), (x, 0), (y, 0))]
        x1, y2, x2, y1, x0, y0 = parts
        expected = np.stack([x1 * y2 - x2 * y1, x2 * y0 - x0 * y2, x0 * y1 - x1 * y0], axis=axis)
    for (_, p), (_, q) in zip(in_layouts(a), in_layouts(b), strict=True):
        agree(linalg.cross(nd.asarray(p), nd.asarray(q), axis=axis), expected)


def test_cross_products_promote_and_leave_their_operands():
    a, b = nd.asarray([1, 2, 3], dtype="int8"), nd.asarray([4.0, 5.0, 6.0], dtype="float64")
    same(linalg.cross(a, b), np.array([-3.0, 6.0, -3.0]))
    assert (a.tolist(), b.tolist()) == ([1, 2, 3], [4, 5, 6])


@pytest.mark.parametrize(
    ("error", "text", "call"),
    [
        (
            nd.ShapeError,
            r"axis -1 must have size 3 in both operands, but the shapes are \(3,\) and \(2,\)",
            ((3,), (2,), -1),
        ),
        (nd.ShapeError, r"axis -1 must have size 3 in both", ((3,), (1,), -1)),
        (
            IndexError,
            r"axis 0 is out of range for shapes \(3, 2\) and \(3,\); count it from the end",
            ((3, 2), (3,), 0),
        ),
        (IndexError, r"axis 1 is out of range for shapes", ((2, 3), (3,), 1)),
        (IndexError, r"axis -2 is out of range", ((3, 2), (3,), -2)),
        (IndexError, r"axis -1 is out of range for shapes \(\) and \(3,\)", ((), (3,), -1)),
    ],
)
def test_vectors_without_a_cross_product_are_refused(error, text, call):
    left, right, axis = call
    with pytest.raises(error, match=f"cross: {text}"):
        linalg.cross(nd.ones(left), nd.ones(right), axis=axis)


@pytest.mark.parametrize("dtype", NUMERIC)
def test_outer_products(dtype):
    a, b = numbers(dtype, (4,)), numbers(dtype, (6,), seed=1)
    agree(linalg.outer(nd.asarray(a), nd.asarray(b)), np.outer(a, b))
    agree(linalg.outer(nd.asarray(a)[::-2], nd.asarray(b)[:0]), np.outer(a[::-2], b[:0]))
    with pytest.raises(
        nd.ShapeError, match=r"outer: expected vectors, .* but the shapes are \(2, 2\) and \(6,\); tensordot"
    ):
        linalg.outer(nd.asarray(a.reshape(2, 2)), nd.asarray(b))


# ---- Powers, diagonals


@pytest.mark.parametrize("dtype", ["int16", "uint64", *FLOATS])
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 4, 4), (0, 0), (0, 2, 2)])
def test_powers(shape, dtype):
    values = numbers(dtype, shape, low=-2, high=3)
    for n in (0, 1, 2, 3, 5, 10):
        with np.errstate(over="ignore"):
            expected = np.linalg.matrix_power(values, n)
        for _, x in in_layouts(values):
            agree(linalg.matrix_power(nd.asarray(x), n), expected)


def test_a_power_is_an_array_of_its_own():
    x = nd.asarray([[1.0, 2.0], [3.0, 4.0]])
    for n in (0, 1):
        power = linalg.matrix_power(x, n)
        power[...] = 0
    assert x.tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("dtype", FLOATS)
def test_negative_powers(dtype):
    values = fractions(dtype, (3, 4, 4)) + 6 * np.eye(4, dtype=dtype)
    for n in (-1, -2, -5):
        agree(linalg.matrix_power(nd.asarray(values), n), np.linalg.matrix_power(values, n))


def test_powers_that_are_not_there_are_refused():
    with pytest.raises(nd.DTypeError, match="matrix_power: expected float32 or float64, but the dtype is int64"):
        linalg.matrix_power(nd.eye(2, dtype="int64"), -1)
    with pytest.raises(nd.DTypeError, match="matrix_power: bool is not a numeric dtype"):
        linalg.matrix_power(nd.eye(2, dtype="bool"), 2)
    with pytest.raises(nd.ShapeError, match=r"matrix_power: expected square matrices, .* but the shape is \(2, 3\)"):
        linalg.matrix_power(nd.ones((2, 3)), 2)
    with pytest.raises(TypeError):
        linalg.matrix_power(nd.eye(2), 0.5)


@pytest.mark.parametrize("dtype", ["bool", *NUMERIC])
@pytest.mark.parametrize("shape", [(3, 3), (2, 5), (5, 2), (4, 3, 2), (0, 3), (2, 0, 0), (1, 1)])
def test_diagonals_and_traces(shape, dtype):
    values = numbers(dtype, shape)
    for offset in range(-6, 7):
        expected = np.diagonal(values, offset, -2, -1)
        total = "uint64" if dtype[0] == "u" else "int64" if dtype in ("bool", *INTEGERS) else dtype
        for _, x in in_layouts(values):
            same(linalg.diagonal(nd.asarray(x), offset=offset), expected)
            same(linalg.trace(nd.asarray(x), offset=offset), np.sum(expected, axis=-1, dtype=total))
            same(
                linalg.trace(nd.asarray(x), offset=offset, dtype="float64"), np.sum(expected, axis=-1, dtype="float64")
            )


def test_diagonals_are_views():
    x = nd.zeros((2, 3, 3))
    linalg.diagonal(x, offset=1)[...] = 5
    same(x, np.broadcast_to(np.eye(3, k=1, dtype="float32") * 5, (2, 3, 3)))
    with pytest.raises(nd.ShapeError, match=r"diagonal: expected at least two axes, but the shape is \(3,\)"):
        linalg.diagonal(nd.ones(3))
