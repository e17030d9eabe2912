"""Sorting along every axis, in every layout, of short and long rows, against NumPy and array_api_strict."""

import array_api_strict as strict
import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .support import DTYPES, FLOATS, INTEGERS, NUMERIC, equal_views, fractions, in_layouts, numbers, same

SHAPES = [(1,), (5,), (0,), (3, 4), (1, 1), (4, 1, 3), (2, 0, 3), (2, 3, 4, 5), (33, 17), (3, 200), (200, 3)]
# Around the lengths where one method gives way to another.
LENGTHS = [2, 3, 11, 12, 13, 24, 25, 31, 149, 151, 399, 401, 1000, 4095, 4097, 65_537]


def expected_order(values, axis=-1, descending=False):
    """Stable order in which a NaN is the largest."""
    if not descending:
        return np.argsort(values, axis=axis, kind="stable")
    backwards = np.flip(values, axis=axis)
    return values.shape[axis] - 1 - np.flip(np.argsort(backwards, axis=axis, kind="stable"), axis=axis)


def check(values, array=None, axis=-1, descending=False):
    array = nd.asarray(values) if array is None else array
    order = expected_order(values, axis, descending)
    same(nd.argsort(array, axis=axis, descending=descending), order)
    expected, actual = np.take_along_axis(values, order, axis), nd.sort(array, axis=axis, descending=descending)
    same(actual, expected)
    if values.dtype.kind == "f":
        ordered = ~np.isnan(expected)
        assert np.array_equal(np.signbit(np.array(actual))[ordered], np.signbit(expected)[ordered])


def whole_range(dtype, size, seed=0):
    """Values from the whole range of a dtype: for floats any bits, so NaNs, infinities and subnormal numbers too."""
    raw = np.random.default_rng(seed).integers(0, 256, (size, np.dtype(dtype).itemsize), dtype="uint8")
    return raw.view(dtype)[:, 0].copy() if dtype != "bool" else raw[:, 0] > 127


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_axis_in_every_layout(dtype, descending):
    for shape in SHAPES:
        values = numbers(dtype, shape)
        for _, layout in in_layouts(values):
            array = nd.asarray(layout)
            for axis in range(-len(shape), len(shape)):
                check(values, array, axis, descending)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_of_many_lengths(dtype, length):
    with np.errstate(invalid="ignore"):
        for values in (whole_range(dtype, length), numbers(dtype, (length,)), np.sort(whole_range(dtype, length))):
            check(values)
            check(values[::-1], descending=True)


@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32"])
def test_as_many_elements_as_values(dtype):
    for bits in range(1, 17):
        values = np.random.default_rng(bits).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), 2**bits + 100)
        check(values.astype(dtype))


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int32", "int64", "float32", "float64"])
def test_long_rows(dtype):
    for values in (whole_range(dtype, 300_000), numbers(dtype, (300_000,))):
        check(values)
        check(values, descending=True)


# The longest rows that are not distributed to buckets, and around the ends of the chunks of those that are.
@pytest.mark.parametrize("dtype", ["int32", "uint32", "float32", "int64", "uint64", "float64"])
def test_rows_around_the_thresholds_of_buckets(dtype):
    longest = 2**23 // np.dtype(dtype).itemsize
    for length in (longest, longest + 1, longest + 2**15 + 17):
        values = whole_range(dtype, length)
        check(values)
    check(np.repeat(values, 2)[::2], nd.asarray(np.repeat(values, 2))[::2], descending=True)
    check(values[::-1], nd.asarray(values)[::-1])


def uneven(kind, length, dtype):
    """Values that no sample divides evenly."""
    generator = np.random.default_rng(3)
    ramp = np.arange(length)
    wide = generator.integers(-(2**30), 2**30, length)
    if kind == "few":
        return generator.choice(np.array([-(2**30), -5, 0, 2**30]), length).astype(dtype)
    if kind == "one that most share":
        return np.where(generator.random(length) < 0.9, 77, wide).astype(dtype)
    if kind == "two clusters":
        return np.where(generator.random(length) < 0.5, -(2**30), 2**30 - 1000).astype(dtype) + wide % 1000
    if kind == "missed by the sample":
        return np.where(ramp < length // 20 * 19, ramp % 40_000, 2**30 - ramp).astype(dtype)
    if kind == "nearly in order":
        return np.where(ramp == length // 2, 0, ramp).astype(dtype)
    raise ValueError(kind)


@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64"])
@pytest.mark.parametrize(
    "kind", ["few", "one that most share", "two clusters", "missed by the sample", "nearly in order"]
)
def test_long_rows_of_uneven_buckets(kind, dtype):
    values = uneven(kind, 2**23 // np.dtype(dtype).itemsize + 5000, dtype).astype(dtype)
    check(values)
    check(values[::-1].copy(), descending=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_long_rows_of_special_values(dtype):
    generator = np.random.default_rng(4)
    length = 2**23 // np.dtype(dtype).itemsize + 5000
    special = np.array([0.0, -0.0, np.inf, -np.inf], dtype)
    for share in (0.0, 0.01, 0.6):  # what NaNs leave of the last is short
        values = generator.standard_normal(length).astype(dtype)
        values[generator.random(length) < share] = np.nan
        values[::50] = generator.choice(special, len(values[::50]))
        for descending in (False, True):
            check(values, descending=descending)
    subnormal = generator.integers(-1000, 1000, length) * np.finfo(dtype).smallest_subnormal
    check(subnormal.astype(dtype))
    check(np.where(generator.random(length) < 0.5, special[2], special[3]), descending=True)


# Integers of few different values are counted, however long the row.
@pytest.mark.parametrize("dtype", ["int32", "uint64", "float32"])
def test_long_rows_that_are_counted(dtype):
    length = 2**23 // np.dtype(dtype).itemsize + 5000
    values = np.random.default_rng(5).integers(0, 100, length)
    if dtype == "float32":  # both zeros, and what is next to them
        values = (values.astype("uint32") % 4 | (values % 8 // 4).astype("uint32") << 31).view("float32")
    for descending in (False, True):
        check(values.astype(dtype), descending=descending)


def test_buckets_do_not_depend_on_the_number_of_threads(thread_count):
    length = 2**20 + 2**19
    for values in (whole_range("float64", length), np.floor(fractions("float64", (length,)) * 9)):
        results = set()
        for threads in (1, 2, 3, 7):
            thread_count(threads)
            results.add(np.array(nd.sort(nd.asarray(values))).tobytes())
        assert len(results) == 1


# NaNs of either sign, and zeros of either sign, in rows that need no sorting but for them.
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", [5, 40, 70_000])
def test_rows_in_order_with_special_values(dtype, length):
    row = np.sort(fractions(dtype, (length,)))
    zeros = np.array([0.0, -0.0, 0.0, -0.0, 0.0], dtype)
    for first, last in ((-np.nan, 1e3), (-1e3, np.nan), (-1e3, -np.nan), (-np.inf, np.inf), (-1e3, 1e3)):
        for values in (row, np.concatenate([row[row < 0], zeros, row[row > 0]]), np.minimum(row, 0.0) * 0 + zeros[1]):
            for some in (np.concatenate([[first], values, [last]]), np.concatenate([values, [last, last]])):
                for descending in (False, True):
                    check(some.astype(dtype), descending=descending)
                    check(some[::-1].astype(dtype), descending=descending)
                    check(np.repeat(some.astype(dtype), 2)[::2], descending=descending)


# Up to what the networks of all instruction sets take at once, and a little more; then what is merged.
@pytest.mark.parametrize("dtype", [*INTEGERS, "bool", "float16", "float32", "float64"])
@pytest.mark.parametrize("values", [3, 2**31])
def test_every_short_length(dtype, values):
    generator = np.random.default_rng(7)
    for length in (*range(1, 300), *range(300, 1100, 13)):
        row = generator.integers(0, values, length)
        for descending in (False, True):
            check((row % 2048 if dtype == "float16" else row).astype(dtype), descending=descending)


# Rows that registers hold, beside each other in memory: none may write into the next.
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float16", "int32", "float64"])
@pytest.mark.parametrize("length", [1, 2, 7, 16, 33, 64, 65, 128])
def test_many_short_rows(dtype, length):
    values = whole_range(dtype, 50 * length).reshape(50, length)
    with np.errstate(invalid="ignore"):
        for descending in (False, True):
            check(values, descending=descending)
            check(values, nd.asarray(values.T.copy()).T, descending=descending)
            check(values[:, ::-1], nd.asarray(values)[:, ::-1], descending=descending)


# Few different keys are counted; those of a row in order, or of one value, share their counters with their neighbours.
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint16", "int64"])
@pytest.mark.parametrize("length", [255, 256, 257, 4099, 70_001, 200_003])
def test_rows_of_few_keys(dtype, length):
    generator = np.random.default_rng(8)
    least = 0 if dtype[0] in "bu" else -100
    for values in (1, 2, 100, 2000, 20_000):
        row = (generator.integers(0, values, length) + least).astype(dtype)
        for some in (row, np.sort(row), np.repeat(row, 2)[::2]):
            for descending in (False, True):
                check(some, descending=descending)


def killer(length, lanes):
    """A row whose samples are always its least values, so that each pivot takes few of them away."""
    unknown = length
    row, left, least = np.full(length, unknown), np.arange(length), 0
    while len(left) > 4 * lanes:
        vectors = 2 if len(left) < 2048 else 4 if len(left) < 32768 else 8
        step, half = (len(left) - lanes) // vectors, vectors * lanes // 2
        sample = np.concatenate([left[step * k + step // 2 :][:lanes] for k in range(vectors)])
        sample = sample[np.argsort(row[sample], kind="stable")]  # those with a value come first
        for element in sample[: half + 1][row[sample[: half + 1]] == unknown]:
            row[element] = least
            least += 1
        left = left[row[left] >= row[sample[half]]]
    rest = left[row[left] == unknown]
    row[rest] = least + np.arange(len(rest))
    return row


@pytest.mark.parametrize("dtype", ["int32", "int64"])
@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize("length", [3000, 6000])
def test_rows_that_defeat_the_choice_of_pivots(dtype, lanes, length):
    check(killer(length, lanes).astype(dtype))


@pytest.mark.parametrize("dtype", ["int32", "float64"])
@pytest.mark.parametrize("length", [1000, 100_000])
def test_rows_in_order_in_reverse_and_nearly_so(dtype, length):
    row = np.arange(length, dtype=dtype)
    swapped = row.copy()
    swapped[[length // 3, length // 2]] = swapped[[length // 2, length // 3]]
    for values in (row, row[::-1], swapped, swapped[::-1], np.full(length, 7, dtype), np.maximum(row, row[::-1])):
        for descending in (False, True):
            check(values.copy(), descending=descending)


@pytest.mark.parametrize("dtype", ["int64", "uint64", "float64"])
def test_keys_that_differ_in_their_lowest_bits_only(dtype):
    near = np.random.default_rng(0).integers(0, 1000, 100_000)
    base = np.array([1.0]).view("int64")[0] if dtype == "float64" else 2**40
    values = (base + near).view(dtype)
    check(values)
    values[7] = np.finfo(dtype).max if dtype == "float64" else np.iinfo(dtype).max  # an outlier widens the range
    check(values)
    check(values, descending=True)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [6, 40, 1000])
def test_nan_is_the_largest_and_zeros_are_equal(dtype, size):
    values = fractions(dtype, (size,))
    values[::3] = np.random.default_rng(1).choice([0.0, -0.0, np.nan, -np.nan, np.inf, -np.inf], values[::3].size)
    check(values)
    check(values, descending=True)
    assert np.isnan(nd.sort(nd.asarray(values), descending=True)[0].item()) == np.isnan(values).any()
    for same_everywhere in (np.nan, -0.0):
        check(np.full(size, same_everywhere, dtype))
    check(np.where(np.arange(size) % 2, np.full(size, -0.0, dtype), np.zeros(size, dtype)), descending=True)


@pytest.mark.parametrize("dtype", NUMERIC)
def test_descending_order_is_that_of_the_strict_reference(dtype):
    values = numbers(dtype, (4, 60))
    reference = strict.asarray(values)
    for axis in (0, 1):
        same(
            nd.argsort(nd.asarray(values), axis=axis, descending=True),
            np.asarray(strict.argsort(reference, axis=axis, descending=True)),
        )


@given(equal_views(), st.data())
def test_any_view(pair, data):
    values, array = pair
    if values.ndim:
        check(values, array, data.draw(st.integers(-values.ndim, values.ndim - 1)), data.draw(st.booleans()))


@given(st.lists(st.floats(width=32), max_size=40), st.booleans())
def test_sorting_is_a_permutation_and_idempotent(elements, descending):
    values = np.array(elements, "float32")
    once = nd.sort(nd.asarray(values), descending=descending)
    assert sorted(values.view("uint32").tolist()) == sorted(np.array(once).view("uint32").tolist())
    assert np.array(nd.sort(once, descending=descending)).tobytes() == np.array(once).tobytes()


@pytest.mark.parametrize("dtype", INTEGERS)
def test_extremes_of_integers(dtype):
    limits = np.iinfo(dtype)
    check(np.array([limits.max, limits.min, 0, limits.max, limits.min], dtype))
    check(np.array([limits.max, limits.min, 0, limits.max, limits.min] * 100, dtype), descending=True)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_floats_of_16_bits(dtype):
    raw = np.random.default_rng(0).integers(0, 2**16, 5000, "uint16")
    for bits in (raw[:50], raw):
        if dtype == "float16":
            stored = nd.asarray(bits.view("float16"))
        else:
            stored = nd.asarray((bits.astype("uint32") << 16).view("float32")).astype("bfloat16")
        values = np.array(stored.astype("float32"))
        for descending in (False, True):
            order = expected_order(values, descending=descending)
            same(nd.argsort(stored, descending=descending), order)
            assert nd.sort(stored, descending=descending).dtype == dtype
            same(nd.sort(stored, descending=descending).astype("float32"), values[order])


def test_results_do_not_depend_on_the_number_of_threads(thread_count):
    values = fractions("float32", (300_000,))
    results = set()
    for threads in (1, 2, 5):
        thread_count(threads)
        results.add(np.array(nd.argsort(nd.asarray(values))).tobytes())
    assert len(results) == 1


def test_runs_of_equal_keys_that_threads_share(thread_count):
    thread_count(3)
    values = np.random.default_rng(0).choice(np.array([-(2**63), 0, 1, 2**63 - 1]), 400_000)
    array, expected = nd.asarray(values), np.argsort(values, kind="stable")
    for _ in range(20):
        same(nd.argsort(array), expected)


def test_the_input_is_left_alone():
    values = numbers("int32", (50, 3))
    values.setflags(write=False)
    array = nd.asarray(values)
    for axis in (0, 1):
        out = nd.sort(array, axis=axis)
        assert out.is_compact()
        out[...] = 0
    same(array, numbers("int32", (50, 3)))


def test_axes_that_are_none_are_refused():
    for function in (nd.sort, nd.argsort):
        with pytest.raises(IndexError, match="axis 2 is out of range: expected -2 to 1 for an array of 2 axes"):
            function(nd.ones((2, 3)), axis=2)
        with pytest.raises(IndexError, match="the array has no axes"):
            function(nd.asarray(1.0))
        with pytest.raises(TypeError, match="axis must be an int"):
            function(nd.ones(3), axis="0")
        assert function([3, 1, 2], stable=False).shape == (3,)
