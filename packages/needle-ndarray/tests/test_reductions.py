"""Reductions over every set of axes, in every layout, of small and large arrays, against NumPy and exact sums."""

import itertools
import math

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError

from .support import DTYPES, FLOATS, INTEGERS, NUMERIC, equal_views, fractions, in_layouts, numbers, same

SHAPES = [(), (1,), (5,), (0,), (3, 4), (1, 1), (4, 1, 3), (2, 0, 3), (2, 3, 4, 5), (33, 17), (40, 3), (3, 40)]
LARGE = [(100_000,), (3, 70_000), (70_000, 3), (513, 1025), (5, 7, 11, 300), (2, 20_000, 2), (1100, 40, 3)]
FOLDS = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min, "any": np.any, "all": np.all}


def axis_sets(ndim):
    """None, every axis by its number from either end, and every combination of axes."""
    yield None
    for count in range(ndim + 1):
        yield from itertools.combinations(range(ndim), count)
    yield from range(-ndim, ndim)


def expected_of(name, values, axis, keepdims):
    """NumPy's result in our dtype: integers sum as int64 or uint64, floats as they are."""
    if name in ("sum", "prod"):
        kind = values.dtype.kind
        dtype = {"b": "int64", "i": "int64", "u": "uint64"}.get(kind, values.dtype)
        return FOLDS[name](values, axis=axis, keepdims=keepdims, dtype=dtype)
    return np.asarray(FOLDS[name](values, axis=axis, keepdims=keepdims))


def is_undefined(name, shape, axis):
    """Whether max or min would fold no elements into some result."""
    axes = range(len(shape)) if axis is None else [axis] if isinstance(axis, int) else axis
    count = math.prod(shape[a] for a in axes)
    kept = math.prod(size for a, size in enumerate(shape) if a not in [b % len(shape) for b in axes])
    return name in ("max", "min") and count == 0 and kept > 0


@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_set_of_axes_in_every_layout(name, dtype):
    for shape in SHAPES:
        values = numbers(dtype, shape, low=-2, high=3) if name == "prod" else numbers(dtype, shape)
        arrays = [nd.asarray(layout) for _, layout in in_layouts(values)]
        for axis in axis_sets(len(shape)):
            if is_undefined(name, shape, axis):
                with pytest.raises(ValueError, match=f"{name} of nothing is not defined"):
                    getattr(nd, name)(arrays[0], axis=axis)
                continue
            for keepdims in (False, True):
                expected = expected_of(name, values, axis, keepdims)
                for array in arrays:
                    same(getattr(nd, name)(array, axis=axis, keepdims=keepdims), expected)
            same(getattr(arrays[-1], name)(axis), expected_of(name, values, axis, False))


@pytest.mark.parametrize("name", ["sum", "max", "min", "any"])
@pytest.mark.parametrize("shape", LARGE)
def test_large_arrays_over_every_set_of_axes(name, shape):
    for dtype in ("int32", "float64", "bool"):
        values = numbers(dtype, shape)
        if name == "any":
            values = values & (np.arange(values.size).reshape(shape) % 7919 == 0) if dtype == "bool" else values == 19
        for axis in axis_sets(len(shape)):
            if isinstance(axis, tuple):
                same(getattr(nd, name)(nd.asarray(values), axis=axis), expected_of(name, values, axis, False))


@pytest.mark.parametrize("shape", LARGE)
def test_large_views_over_every_set_of_axes(shape):
    values = numbers("int32", shape)
    flipped = values[tuple(slice(None, None, -2) for _ in shape)]
    turned = values.transpose(np.roll(range(len(shape)), 1))
    for view in (flipped, turned):
        for axis in axis_sets(len(shape)):
            if isinstance(axis, tuple):
                same(nd.sum(nd.asarray(view), axis=axis), expected_of("sum", view, axis, False))
                same(nd.max(nd.asarray(view), axis=axis), expected_of("max", view, axis, False))


@given(equal_views(max_steps=4), st.data())
def test_any_view_over_any_axes(pair, data):
    values, array = pair
    axis = data.draw(st.sets(st.integers(0, values.ndim - 1)) if values.ndim else st.just(set()))
    # A product of floats is the same in every order while it is a whole number that float32 holds.
    bits = np.log2(np.maximum(np.abs(values.astype("float64")), 1)).sum()
    exact = values.dtype.kind != "f" or bits < 24
    name = data.draw(st.sampled_from([fold for fold in FOLDS if exact or fold != "prod"]))
    if values.size or name not in ("max", "min"):
        same(getattr(nd, name)(array, axis=tuple(axis)), expected_of(name, values, tuple(axis), False))


@pytest.mark.parametrize("name", ["sum", "max", "min"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8"])
def test_columns_of_narrow_arrays(name, dtype):
    for columns in [2, 3, 4, 5, 7, 8, 9, 17]:
        for rows in [2, 7, 8, 9, 15, 16, 17, 64, 127, 128, 129, 137, 1000, 5000]:
            values = numbers(dtype, (rows, columns))
            same(getattr(nd, name)(nd.asarray(values), axis=0), expected_of(name, values, 0, False))
            stack = numbers(dtype, (3, rows, columns))
            same(getattr(nd, name)(nd.asarray(stack), axis=1), expected_of(name, stack, 1, False))


@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_of_every_length(name, dtype):
    for length in range(1, 150):
        values = numbers(dtype, (19, length), low=-2, high=3)
        same(getattr(nd, name)(nd.asarray(values), axis=1), expected_of(name, values, 1, False))


@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(7, 5, 33), (40, 3, 32), (3, 150, 20), (400, 31), (600, 11)])
def test_several_rows_at_once(name, dtype, shape):
    values = numbers(dtype, shape, low=-2, high=3) if name == "prod" else numbers(dtype, shape)
    for axis in axis_sets(len(shape)):
        same(getattr(nd, name)(nd.asarray(values), axis=axis), expected_of(name, values, axis, False))


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint64"])
def test_a_row_is_folded_alike_alone_and_among_others(name, dtype):
    rng = np.random.default_rng(5)
    fold, shortest = getattr(nd, name), 32 // np.dtype(dtype).itemsize  # shorter ones are folded side by side
    for length in [*range(shortest, 70), 127, 128, 129, 500, 2047, 2048, 2049]:
        values = (rng.uniform(0.6, 1.5, (37, length + 3)) * (1 if dtype.startswith("float") else 5)).astype(dtype)
        if dtype.startswith("float"):
            values[3, length // 2], values[20, length], values[21] = np.nan, -np.inf, -0.0
        rows = values[:, 1 : length + 1]
        together = fold(nd.asarray(values)[:, 1 : length + 1], axis=1)
        same(together, np.array([fold(nd.asarray(row)) for row in rows]))
        if name in ("max", "min"):
            same(together, FOLDS[name](rows, axis=1))


def test_results_do_not_depend_on_the_number_of_threads():
    before = nd.num_threads()
    results = []
    try:
        for threads in (1, 2, 3, 7):
            nd.set_num_threads(threads)
            bits = []
            for shape in LARGE:
                x = nd.asarray(fractions("float32", shape))
                for axis in axis_sets(len(shape)):
                    bits += [nd.sum(x, axis=axis), nd.sum(x.T, axis=axis), nd.mean(x, axis=axis), nd.prod(x, axis=axis)]
            results.append([np.array(array).tobytes() for array in bits])
    finally:
        nd.set_num_threads(before)
    assert all(result == results[0] for result in results)


# ---- Accuracy


@pytest.mark.parametrize(
    "shape", [(1000,), (100_000,), (1_000_000,), (3, 70_000), (70_000, 3), (513, 1025), (5, 7, 11, 300)]
)
def test_float32_sums_are_close_to_exact_ones(shape):
    values = np.random.default_rng(0).random(shape, "float32")
    for axis in axis_sets(len(shape)):
        if not isinstance(axis, tuple) or not axis:
            continue
        kept = [a for a in range(len(shape)) if a not in axis]
        rows = values.transpose([*kept, *axis]).reshape(math.prod(shape[a] for a in kept), -1)
        exact = np.array([math.fsum(row) for row in rows])
        for array in (nd.asarray(values), nd.asarray(np.asfortranarray(values))):
            error = np.abs(nd.sum(array, axis=axis).numpy().reshape(-1) - exact) / exact
            assert error.max() < 1e-6, (axis, error.max())


def test_sums_of_many_equal_numbers_do_not_stall():
    ones = nd.broadcast_to(nd.asarray(1.0), (2**25,))  # a running float32 sum would stop at 2**24
    assert nd.sum(ones).item() == 2**25
    assert nd.mean(nd.broadcast_to(nd.asarray(0.1), (3_000_000,))).item() == pytest.approx(0.1, rel=1e-6)


def test_a_sum_of_opposite_numbers_is_small():
    values = fractions("float32", (200_000,))
    both = np.concatenate([values, -values])
    np.random.default_rng(1).shuffle(both)
    assert abs(nd.sum(nd.asarray(both)).item()) < 1e-2
    assert abs(nd.sum(nd.asarray(both.astype("float64"))).item()) < 1e-10


# ---- What is special


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [1, 7, 33, 5000, 100_000])
def test_nan_comes_through_wherever_it_stands(dtype, size):
    for position in {0, size // 2, size - 1}:
        values = fractions(dtype, (size,))
        values[position] = np.nan
        for name in ("sum", "prod", "max", "min", "mean"):
            assert math.isnan(getattr(nd, name)(nd.asarray(values)).item()), name
            spread = np.stack([values, np.zeros_like(values), values], axis=1)
            result = getattr(nd, name)(nd.asarray(spread), axis=0).numpy()
            assert np.isnan(result).tolist() == [True, False, True], name
        assert nd.any(nd.asarray(values)).item()


@pytest.mark.parametrize("dtype", FLOATS)
def test_infinities_are_folded(dtype):
    values = np.array([[1, np.inf, 2], [-np.inf, 3, 4]], dtype)
    for name in ("sum", "max", "min"):
        same(getattr(nd, name)(nd.asarray(values), axis=1), FOLDS[name](values, axis=1))
    same(nd.sum(nd.asarray([np.inf, -np.inf], dtype=dtype)), np.array(np.nan, dtype))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_extremes_of_integers(dtype):
    limits = np.iinfo(dtype)
    for values in (np.full(3000, limits.min, dtype), np.full((3000, 2), limits.max, dtype)):
        same(nd.max(nd.asarray(values), axis=0), values.max(axis=0))
        same(nd.min(nd.asarray(values), axis=0), values.min(axis=0))
        same(nd.sum(nd.asarray(values), axis=0), expected_of("sum", values, 0, False))


def test_folds_of_nothing():
    for dtype, total in [("float32", "float32"), ("int8", "int64"), ("uint8", "uint64"), ("bool", "int64")]:
        empty = nd.zeros((0, 3), dtype=dtype)
        same(nd.sum(empty, axis=0), np.zeros(3, total))
        same(nd.prod(empty, axis=0), np.ones(3, total))
        same(nd.any(empty), np.array(False))
        same(nd.all(empty), np.array(True))
        same(nd.max(empty, axis=1), np.zeros(0, dtype))
        for name in ("max", "min"):
            with pytest.raises(ValueError, match=rf"{name}: the reduced axes of shape \(0, 3\) are empty"):
                getattr(nd, name)(empty)
    same(nd.mean(nd.zeros((0,))), np.array(np.nan, "float32"))
    same(nd.mean(nd.zeros((0, 2)), axis=0), np.full(2, np.nan, "float32"))


@pytest.mark.parametrize("dtype", ["bool", *INTEGERS])
def test_sum_and_prod_in_a_dtype(dtype):
    values = numbers(dtype, (100,), low=1, high=9)
    same(nd.sum(nd.asarray(values), dtype="float64"), values.sum(dtype="float64"))
    same(nd.sum(nd.asarray(values), dtype="int8"), values.sum(dtype="int8"))
    same(nd.prod(nd.asarray(values), dtype="uint16"), values.prod(dtype="uint16"))


@pytest.mark.parametrize("dtype", DTYPES)
def test_mean_in_every_layout(dtype):
    for shape in SHAPES:
        values = numbers(dtype, shape)
        if values.size == 0:
            continue
        for axis in axis_sets(len(shape)):
            kind = dtype if dtype in FLOATS else "float32"
            expected = values.astype("float64").mean(axis=axis).astype(kind)
            for _, layout in in_layouts(values):
                same(
                    nd.mean(nd.asarray(layout), axis=axis),
                    expected,
                    rtol=1e-6 if kind == "float32" else 1e-14,
                    atol=1e-6,
                )


@pytest.mark.parametrize("dtype", [*FLOATS, "int32"])
def test_variance_and_standard_deviation(dtype):
    values = fractions("float64", (6, 50)).astype(dtype) if dtype in FLOATS else numbers(dtype, (6, 50))
    kind, x = (dtype if dtype in FLOATS else "float32"), nd.asarray(values)
    for axis, correction, keepdims in itertools.product([None, 0, 1, (0, 1)], [0, 1, 0.5], [False, True]):
        arguments = {"axis": axis, "keepdims": keepdims}
        expected = values.astype("float64").var(ddof=correction, **arguments)
        same(nd.var(x, correction=correction, **arguments), expected.astype(kind), rtol=1e-5)
        same(nd.std(x, correction=correction, **arguments), np.sqrt(expected).astype(kind), rtol=1e-5)
    assert math.isnan(nd.var(nd.zeros((0,))).item())


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 31, 65, 127, 129, 2047, 2049, 16383, 16385, 40_000])
def test_variance_of_rows_of_any_length(dtype, size):
    values = (fractions("float64", (2, size)) + 1000).astype(dtype)
    expected = values.astype("float64").var(axis=1)
    rtol = 1e-6 if dtype == "float32" else 1e-12
    same(nd.var(nd.asarray(values), axis=1), expected.astype(dtype), rtol=rtol, atol=1e-12)
    values[1, size // 2] = np.inf
    assert np.isnan(nd.var(nd.asarray(values), axis=1).numpy()).tolist() == [False, True]


def test_logsumexp_does_not_overflow():
    values = np.array([[1000.0, 1000.0], [-1000.0, -1001.0], [np.inf, 0], [-np.inf, -np.inf]], "float32")
    with np.errstate(invalid="ignore"):
        expected = np.logaddexp.reduce(values.astype("float64"), axis=1).astype("float32")
    same(nd.logsumexp(nd.asarray(values), axis=1), expected, rtol=1e-6)
    same(nd.logsumexp(nd.asarray(values), axis=1, keepdims=True), expected[:, None], rtol=1e-6)
    same(nd.logsumexp(nd.asarray(values[:2])), np.array(1000 + np.log(2), "float32"), rtol=1e-6)
    assert math.isnan(nd.logsumexp(nd.asarray([np.nan, 1.0])).item())


def test_logsumexp_of_nothing_is_the_logarithm_of_zero():
    same(nd.logsumexp(nd.zeros((2, 0)), axis=1), np.full(2, -np.inf, "float32"))
    same(nd.logsumexp(nd.zeros(0), keepdims=True), np.full(1, -np.inf, "float32"))
    assert nd.logsumexp(nd.zeros((0, 3)), axis=1).shape == (0,)


# ---- argmax and argmin


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_positions_of_extremes_in_every_layout(name, dtype):
    for shape in [*SHAPES, (3, 5000), (5000, 3), (70, 11, 70)]:
        values = numbers(dtype, shape)  # of small range, so full of ties: the first one counts
        for axis in (None, *range(-len(shape), len(shape))):
            if values.size == 0:
                continue
            for keepdims in (False, True):
                expected = getattr(np, name)(values, axis=axis, keepdims=keepdims)
                for _, layout in in_layouts(values):
                    same(
                        getattr(nd, name)(nd.asarray(layout), axis=axis, keepdims=keepdims),
                        np.asarray(expected, "int64"),
                    )
            same(getattr(nd.asarray(values), name)(axis), np.asarray(getattr(np, name)(values, axis=axis), "int64"))


@given(equal_views(), st.data())
def test_positions_in_any_view(pair, data):
    values, array = pair
    axis = data.draw(st.sampled_from([None, *range(values.ndim)]))
    if values.size:
        same(nd.argmax(array, axis=axis), np.argmax(values, axis=axis))
        same(nd.argmin(array, axis=axis, keepdims=True), np.argmin(values, axis=axis, keepdims=True))


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("dtype", FLOATS)
def test_the_first_nan_is_the_extreme(name, dtype):
    for size in (5, 40, 5000):
        for positions in [(0,), (size - 1,), (2, 3), (size // 2, size - 1)]:
            values = fractions(dtype, (size,))
            values[list(positions)] = np.nan
            assert getattr(nd, name)(nd.asarray(values)).item() == positions[0]
            assert getattr(nd, name)(nd.asarray(np.stack([values] * 3, 1)), axis=0).tolist() == [positions[0]] * 3
            assert getattr(nd, name)(nd.asarray(values)[::-1]).item() == size - 1 - positions[-1]


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint32", "int64", "float32", "float64"])
@pytest.mark.parametrize("size", [8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 200, 257, 1000, 16383, 16385, 40000])
def test_the_first_of_equal_extremes_wherever_they_are_in_a_long_row(name, dtype, size):
    low, high = (-3, 3) if dtype[0] != "u" else (1, 7)
    extreme, other = (high, low) if name == "argmax" else (low, high)
    places = sorted({0, 1, size // 3, size // 2, size - 18, size - 17, size - 2, size - 1} & set(range(size)))
    for i, place in enumerate(places):
        values = np.full(size, other, dtype)
        values[places[i:]] = extreme
        assert getattr(nd, name)(nd.asarray(values)).item() == place
        values[places[i + 1 :]] = other
        assert getattr(nd, name[3:])(nd.asarray(values)).item() == extreme
        if dtype[0] == "f":
            values[places[-1]] = np.nan
            assert getattr(nd, name)(nd.asarray(values)).item() == places[-1]


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("dtype", ["uint8", "int32", "uint32", "int64", "float32", "float64"])
def test_positions_in_short_rows(name, dtype):
    rng = np.random.default_rng(7)
    for length in [*range(1, 70), 100, 127, 128, 129]:
        values = rng.integers(0, 5, (37, length + 2)).astype(dtype)  # the best is there more than once
        if dtype.startswith("float"):
            values[values == 0] = rng.choice([0.0, -0.0], (values == 0).sum())
            values[rng.integers(0, 37, 3), rng.integers(0, length, 3)] = np.nan
            values[11], values[12] = np.nan, -np.inf
        for array in (values, values[:, 1 : length + 1], values[:, 1 : length + 1].copy()):
            same(getattr(nd, name)(nd.asarray(array), axis=1), getattr(np, name)(array, axis=1))


@pytest.mark.parametrize("name", ["argmax", "argmin"])
def test_positions_in_nothing_are_refused(name):
    with pytest.raises(ValueError, match=rf"{name}: axis 0 of shape \(0, 3\) is empty"):
        getattr(nd, name)(nd.zeros((0, 3)), axis=0)
    same(getattr(nd, name)(nd.zeros((0, 3)), axis=1), np.zeros(0, "int64"))
    with pytest.raises(TypeError, match="axis must be an int"):
        getattr(nd, name)(nd.zeros((2, 3)), axis=(0, 1))


# ---- What is refused


@pytest.mark.parametrize("name", [*FOLDS, "mean", "var", "std", "logsumexp"])
def test_axes_that_are_none_are_refused(name):
    function, x = getattr(nd, name), nd.ones((2, 3))
    with pytest.raises(IndexError, match="axis 2 is out of range: expected -2 to 1 for an array of 2 axes"):
        function(x, axis=2)
    with pytest.raises(IndexError, match="axis -3 is out of range"):
        function(x, axis=(0, -3))
    with pytest.raises(ValueError, match="axis 1 is named twice"):
        function(x, axis=(1, -1))
    with pytest.raises(IndexError, match="the array has no axes"):
        function(nd.asarray(1.0), axis=0)
    with pytest.raises(TypeError, match="axis must be an int"):
        function(x, axis=1.0)
    with pytest.raises(TypeError, match="axis must be an int"):
        function(x, axis="0")


def test_reductions_take_lists_too():
    for name in (*FOLDS, "mean", "argmax", "var", "std", "logsumexp"):
        assert getattr(nd, name)([[1.0, 2.0], [3.0, 4.0]]).shape == ()
    with pytest.raises(TypeError):
        nd.sum(None)
    with pytest.raises(DTypeError, match="unknown dtype 'float31'"):
        nd.sum(nd.ones(2), dtype="float31")


@pytest.mark.parametrize("dtype", NUMERIC)
def test_methods_and_functions_agree(dtype):
    values = numbers(dtype, (4, 5), low=1)
    x = nd.asarray(values)
    for name in (*FOLDS, "mean"):
        for axis, keepdims in itertools.product([None, 0, -1, (0, 1), [1]], [False, True]):
            a, b = getattr(nd, name)(x, axis=axis, keepdims=keepdims), getattr(x, name)(axis=axis, keepdims=keepdims)
            assert (a.shape, a.dtype) == (b.shape, b.dtype)
            assert np.array(a).tobytes() == np.array(b).tobytes()


# ---- Shapes that the loops side by side cut: wide rows, short rows, a few rows more than they take at once


@pytest.mark.parametrize("shape", [(300, 5000), (9, 17, 4200), (3000, 7), (2000, 3, 5), (40, 4097), (130, 64)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", "uint8", "bool"])
def test_wide_and_short_rows(shape, dtype):
    values = np.random.default_rng(3).integers(0, 2 if dtype == "bool" else 200, shape).astype(dtype)
    array = nd.asarray(values)
    for view in (lambda a: a, lambda a: a[::-1], lambda a: a[:, ::2], lambda a: a.swapaxes(0, -1)):
        host, x = view(values), view(array)
        for axis in (0, host.ndim - 1, tuple(range(host.ndim - 1))):
            assert np.array_equal(np.asarray(nd.sum(x, axis=axis)), host.sum(axis=axis))
            assert np.array_equal(np.asarray(nd.max(x, axis=axis)), host.max(axis=axis))
        for axis in (0, host.ndim - 1):
            assert np.array_equal(np.asarray(nd.argmax(x, axis=axis)), host.argmax(axis=axis))
            assert np.array_equal(np.asarray(nd.argmin(x, axis=axis)), host.argmin(axis=axis))


@pytest.mark.parametrize("axis", [0, 1, None])
def test_wide_sums_are_those_of_float64(axis):
    values = np.random.default_rng(4).standard_normal((1000, 4321)).astype("float32")
    exact, magnitudes = values.astype("float64").sum(axis=axis), abs(values.astype("float64")).sum(axis=axis)
    # The depth of the tree, log2 of the number of elements and some more, times half a unit in the last place.
    assert np.all(abs(np.asarray(nd.sum(nd.asarray(values), axis=axis)) - exact) <= 32 * 2.0**-24 * magnitudes)


@pytest.mark.parametrize("axis", [0, 1])
def test_nan_in_a_wide_array_is_the_largest_and_the_first(axis):
    values = np.random.default_rng(5).standard_normal((70, 4400)).astype("float32")
    values[[3, 20, 20, 69], [10, 10, 4399, 4399]] = np.nan
    assert np.array_equal(np.asarray(nd.argmax(nd.asarray(values), axis=axis)), values.argmax(axis=axis))
    assert np.array_equal(np.asarray(nd.max(nd.asarray(values), axis=axis)), values.max(axis=axis), equal_nan=True)


@pytest.mark.parametrize("name", ["sum", "prod", "max", "min", "mean", "any", "all"])
@pytest.mark.parametrize("dtype", ["bool", "int8", "float16", "float32", "float64"])
def test_axes_of_size_one_give_every_element_back(name, dtype):
    values = np.array([[[0, 1, -0.0], [3, np.nan, np.inf]]]) if dtype.startswith("f") else np.array([[[0, 1, 0]]])
    values = values.astype(dtype).swapaxes(1, 2)
    x = nd.asarray(values)
    for keepdims in (False, True):
        result = getattr(nd, name)(x, axis=0, keepdims=keepdims)
        expected = getattr(np, name)(values, axis=0, keepdims=keepdims)
        assert result.shape == expected.shape
        np.testing.assert_array_equal(result.astype("float64").numpy(), expected.astype("float64"))
        if name in ("prod", "max", "min"):  # the sign of a sum of zeros is left open
            assert (nd.signbit(result.astype("float64")).numpy() == np.signbit(expected.astype("float64"))).all()
