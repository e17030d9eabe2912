"""Running sums, differences, out= of reductions and the accuracy of variances, against NumPy and exact fractions."""

import itertools
import math
import warnings
from fractions import Fraction

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError

from .support import DTYPES, FLOATS, INTEGERS, equal_views, fractions, in_layouts, numbers, same

SHAPES = [(1,), (5,), (0,), (3, 4), (1, 1), (4, 1, 3), (2, 0, 3), (2, 3, 4, 5), (33, 17), (3, 70, 20)]
CUMULATIVE = {"cumulative_sum": np.cumulative_sum, "cumulative_prod": np.cumulative_prod}


def accumulated(dtype):
    return {"b": "int64", "i": "int64", "u": "uint64"}.get(np.dtype(dtype).kind, dtype)


# ---- Running sums and products


@pytest.mark.parametrize("name", CUMULATIVE)
@pytest.mark.parametrize("dtype", DTYPES)
def test_running_results_along_every_axis_in_every_layout(name, dtype):
    for shape in SHAPES:
        values = numbers(dtype, shape, low=-1, high=2) if name == "cumulative_prod" else numbers(dtype, shape)
        for (_, layout), axis in itertools.product(in_layouts(values), range(-len(shape), len(shape))):
            for initial in (False, True):
                expected = CUMULATIVE[name](values, axis=axis, dtype=accumulated(dtype), include_initial=initial)
                same(getattr(nd, name)(nd.asarray(layout), axis=axis, include_initial=initial), expected)


@given(equal_views(), st.data())
def test_running_sums_of_any_view(pair, data):
    values, array = pair
    if values.ndim:
        axis = data.draw(st.integers(-values.ndim, values.ndim - 1))
        expected = np.cumulative_sum(values, axis=axis, dtype=accumulated(values.dtype.name))
        same(nd.cumulative_sum(array, axis=axis), expected)


@pytest.mark.parametrize("shape", [(100_000,), (3, 40_000), (40_000, 3), (400, 300)])
def test_running_sums_of_large_arrays(shape):
    for dtype in ("int16", "float32", "float64"):
        values = numbers(dtype, shape)
        for axis in range(len(shape)):
            expected = np.cumulative_sum(values, axis=axis, dtype=accumulated(dtype))
            same(nd.cumulative_sum(nd.asarray(values), axis=axis), expected)
            same(
                nd.cumulative_sum(nd.asarray(values)[::-1], axis=axis),
                np.cumulative_sum(values[::-1], axis=axis, dtype=accumulated(dtype)),
            )


@pytest.mark.parametrize("dtype", [*INTEGERS, *FLOATS])
def test_running_results_in_a_dtype(dtype):
    values = numbers("int8", (50,), low=-3, high=4)
    same(nd.cumulative_sum(nd.asarray(values), dtype=dtype), np.cumulative_sum(values, dtype=dtype))
    same(nd.cumulative_prod(nd.asarray(values), dtype=dtype), np.cumulative_prod(values, dtype=dtype))
    assert nd.cumulative_sum(nd.asarray(values).astype("float16")).dtype == "float16"
    same(nd.cumulative_sum(nd.asarray([1.75, 1.75, -1.5]), dtype="int8"), np.array([1, 2, 1], "int8"))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("size", [5, 40, 3000])
def test_what_is_not_finite_comes_through_as_if_added_in_turn(dtype, size):
    huge = np.finfo(dtype).max
    for special in ([np.nan], [np.inf], [np.inf, -np.inf], [huge, huge, -huge], [-huge, huge, huge], [-0.0]):
        values = numbers(dtype, (size,))
        values[size // 2 : size // 2 + len(special)] = special
        with np.errstate(all="ignore"):
            sums, expected = nd.cumulative_sum(nd.asarray(values)), np.cumsum(values)
            # Where huge numbers cancel, what is left of the others depends on the order, which is the vectors'.
            error = np.finfo(dtype).eps * values.size * np.cumsum(np.abs(values))
            finite = np.isfinite(expected)
            np.testing.assert_array_equal(sums.numpy()[~finite], expected[~finite])
            assert (np.abs(sums.numpy()[finite] - expected[finite]) <= error[finite]).all()
            same(nd.cumulative_prod(nd.asarray(values)), np.cumprod(values))
    zeros = nd.cumulative_sum(nd.full(size, -0.0, dtype=dtype))
    assert np.signbit(np.array(zeros)).all()
    products = nd.cumulative_prod(nd.asarray([1e-30, 1e30, 1e30, 1e-30] * 5, dtype="float32"))
    same(products, np.cumprod(np.array([1e-30, 1e30, 1e30, 1e-30] * 5, "float32")))


def test_running_sums_of_float32_are_closer_to_exact_ones_than_those_added_in_turn():
    values = np.random.default_rng(0).random(100_000, "float32")
    exact = np.cumsum(values.astype("float64"))

    def error(sums):
        return np.max(np.abs(sums - exact) / exact)

    assert error(nd.cumulative_sum(nd.asarray(values)).numpy()) < error(np.cumsum(values)) / 2


def test_what_running_sums_refuse():
    for name, oracle in CUMULATIVE.items():
        function = getattr(nd, name)
        for shape in [(), (2, 3)]:
            with pytest.raises(ValueError, match=f"{name}: axis may be left out only for one-dimensional arrays"):
                function(nd.ones(shape))
        with pytest.raises(IndexError, match="axis 2 is out of range"):
            function(nd.ones((2, 3)), axis=2)
        with pytest.raises(DTypeError, match=f"{name} is not defined for bool"):
            function(nd.ones(3), dtype="bool")
        same(function([1.0, 2.0], dtype="float64"), oracle(np.array([1.0, 2.0])))


# ---- Differences


@pytest.mark.parametrize("dtype", DTYPES)
def test_differences_along_every_axis(dtype):
    for shape in SHAPES:
        values = numbers(dtype, shape)
        for (_, layout), axis in itertools.product(in_layouts(values), range(-len(shape), len(shape))):
            for n in (0, 1, 2, 7):
                same(nd.diff(nd.asarray(layout), axis=axis, n=n), np.diff(values, axis=axis, n=n))


def test_differences_take_their_arguments_in_numpys_order():
    values = np.arange(12.0).reshape(3, 4) ** 3
    same(nd.diff(nd.asarray(values), 2, 0), np.diff(values, 2, 0))


def test_differences_with_more_elements_at_either_end():
    values, more = numbers("int32", (4, 5)), numbers("int32", (4, 2), seed=1)
    x, y = nd.asarray(values), nd.asarray(more)
    for n in (1, 2):
        same(nd.diff(x, prepend=y, n=n), np.diff(values, prepend=more, n=n))
        same(nd.diff(x, append=y, n=n), np.diff(values, append=more, n=n))
        same(nd.diff(x, prepend=y, append=y, n=n), np.diff(values, prepend=more, append=more, n=n))
        same(
            nd.diff(x, axis=0, prepend=0, append=9, n=n),
            np.diff(values, axis=0, prepend=np.int32(0), append=np.int32(9), n=n),
        )
    assert nd.diff(x, prepend=y, n=0).shape == (4, 7)
    with pytest.raises(ShapeError, match="concat"):
        nd.diff(x, axis=0, prepend=y)
    with pytest.raises(ValueError, match="n must not be negative, and is -1"):
        nd.diff(x, n=-1)
    for array in (x, nd.asarray(1)):
        with pytest.raises(IndexError, match="diff: axis 2 is out of range"):
            nd.diff(array, axis=2)


@pytest.mark.parametrize("number", [2, 0.5, True, np.int64(2), np.float32(0.5)])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float32", "float64"])
def test_one_number_beside_an_array_promotes_as_in_an_operation(dtype, number):
    values = numbers(dtype, (3, 4))
    x = nd.asarray(values)
    for side in ("prepend", "append"):
        of_length_one = nd.zeros((1, 4), dtype=nd.result_type(x, number)) + number
        expected = nd.diff(x, axis=0, **{side: of_length_one})
        same(nd.diff(x, axis=0, **{side: number}), np.asarray(expected))
    assert nd.diff(nd.asarray([1, 2]), prepend=0.5).tolist() == [0.5, 1.0]
    with pytest.raises(OverflowError, match="-1 is out of range for dtype uint8"):
        nd.diff(nd.asarray([1, 2], dtype="uint8"), prepend=-1)


def test_differences_of_more_than_there_is_end_at_once():
    assert nd.diff(nd.arange(3), n=10**15).shape == (0,)
    for wrong in ({"n": 1.0}, {"axis": 0.0}):
        with pytest.raises(TypeError, match="integer"):
            nd.diff(nd.arange(3), **wrong)


# ---- out= and dtype=

FOLDS = ["sum", "prod", "max", "min", "any", "all", "mean", "var", "std"]


@pytest.mark.parametrize("name", FOLDS)
def test_results_go_to_out_in_every_layout(name):
    values = numbers("float32", (4, 5, 3), low=-3, high=3)
    x = nd.asarray(values)
    for axis, keepdims in itertools.product([None, 0, 1, (0, 2), ()], [False, True]):
        expected = getattr(nd, name)(x, axis=axis, keepdims=keepdims)
        for _, layout in in_layouts(np.zeros(expected.shape, np.array(expected).dtype)):
            for function in (getattr(nd, name), lambda x, **more: getattr(x, name)(**more)):
                out = nd.asarray(layout)
                assert function(x, axis=axis, keepdims=keepdims, out=out) is out
                same(out, np.array(expected))
        if name not in ("any", "all"):
            wide = nd.zeros(expected.shape, dtype="float64")
            getattr(nd, name)(x, axis=axis, keepdims=keepdims, out=wide)
            same(wide, np.array(expected).astype("float64"), rtol=1e-6)


def test_out_may_share_memory_with_the_input():
    values = numbers("int64", (6, 6))
    for name in ("sum", "max"):
        for axis in (0, 1):
            x = nd.asarray(values, copy=True)
            getattr(nd, name)(x, axis=axis, out=x[0] if axis else x[:, 0])
            same(x[0] if axis else x[:, 0], getattr(np, name)(values, axis=axis))
    x = nd.asarray(values, copy=True)
    nd.sum(x, axis=(), out=x[::-1])
    same(x, values[::-1])


@pytest.mark.parametrize("name", FOLDS)
def test_what_out_refuses(name):
    function, x = getattr(nd, name), nd.ones((2, 3))
    dtype = "bool" if name in ("any", "all") else "float32"
    with pytest.raises(
        ShapeError, match=rf"{name}: the result has shape \(2,\), but the array to write to has shape \(3,\)"
    ):
        function(x, axis=1, out=nd.zeros(3, dtype=dtype))
    if dtype == "float32":
        with pytest.raises(DTypeError, match=f"{name}: the result has dtype float32, which cannot be stored"):
            function(x, axis=1, out=nd.zeros(2, dtype="int32"))
    with pytest.raises(ValueError, match=f"{name}: the array .*broadcast view"):
        function(x, axis=1, out=nd.broadcast_to(nd.zeros(1, dtype=dtype), (2,)))
    with pytest.raises(TypeError, match=f"{name}: out must be an NDArray"):
        function(x, axis=1, out=np.zeros(2, dtype))
    before = nd.full((2,), 7, dtype="int8" if dtype == "float32" else "bool")
    with pytest.raises((DTypeError, ShapeError, IndexError)):
        function(x, axis=5, out=before)
    assert before.tolist() == ([7, 7] if dtype == "float32" else [True, True])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("wanted", ["int8", "uint16", "int64", "float32", "float64", "bool"])
def test_sums_in_a_dtype_convert_their_elements_first(dtype, wanted):
    values = numbers(dtype, (30, 40), low=0, high=3)
    for axis in (None, 0, 1):
        expected = values.astype(wanted).sum(axis=axis, dtype="int64" if wanted == "bool" else wanted).astype(wanted)
        same(nd.sum(nd.asarray(values), axis=axis, dtype=wanted), np.asarray(expected))
        same(nd.asarray(values).sum(axis, dtype=wanted), np.asarray(expected))
    same(nd.sum(nd.asarray([1.75, 1.75]), dtype="int32"), np.asarray(2, "int32"))


def test_means_of_wide_integers_do_not_overflow():
    for dtype, value in (("int64", 2**62), ("uint64", 2**63), ("int64", -(2**63))):
        assert nd.mean(nd.full(5, value, dtype=dtype)).item() == pytest.approx(value, rel=1e-6)
    assert nd.mean(nd.asarray([2**53, 1, -(2**53)])).item() == pytest.approx(1 / 3, abs=0.4)


# ---- Variances


def exact_variance(values, correction=0):
    exact = [Fraction(float(value)) for value in values]
    mean = sum(exact) / len(exact)
    return float(sum((value - mean) ** 2 for value in exact) / (len(exact) - correction))


@pytest.mark.parametrize("centre", [0, 1e3, 1e6])
@pytest.mark.parametrize("dtype", FLOATS)
def test_variances_far_from_zero_are_exact(dtype, centre):
    values = (fractions("float64", (3000,)) + centre).astype(dtype)
    for x in (nd.asarray(values), nd.asarray(np.repeat(values, 2))[::2], nd.asarray(np.stack([values] * 20, 1))):
        for correction in (0, 1):
            expected = exact_variance(values, correction)
            actual = np.array(nd.var(x, axis=0, correction=correction)).reshape(-1)
            assert np.max(np.abs(actual - expected)) <= 1e-6 * expected if dtype == "float32" else 1e-9 * expected
    same(nd.var(nd.full((7, 7), 0.1, dtype=dtype)), np.zeros((), dtype), atol=1e-30)


@pytest.mark.parametrize("dtype", DTYPES)
def test_variances_over_every_axis_in_every_layout(dtype):
    for shape in [*SHAPES, ()]:
        values = numbers(dtype, shape)
        kind = dtype if dtype in FLOATS else "float32"
        for axis in (None, *range(len(shape)), *itertools.combinations(range(len(shape)), 2), ()):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", RuntimeWarning)  # of nothing the variance is NaN
                expected = np.asarray(values.astype("float64").var(axis=axis)).astype(kind)
            for _, layout in in_layouts(values):
                x = nd.asarray(layout)
                same(nd.var(x, axis=axis), expected, rtol=1e-6, atol=1e-12)
                same(x.std(axis), np.sqrt(expected), rtol=1e-6, atol=1e-6)


def test_variances_without_degrees_of_freedom_are_nan():
    x = nd.asarray([[1.0, 2.0], [3.0, 5.0]])
    for correction in (2, 2.5, 10):
        assert np.isnan(np.array(nd.var(x, axis=0, correction=correction))).all()
        assert np.isnan(np.array(nd.std(x, axis=1, correction=correction))).all()
    assert math.isnan(nd.var(nd.asarray([1.0, math.nan])).item())
    assert math.isnan(nd.var(nd.asarray([1.0, math.inf])).item())
    assert math.isnan(nd.std(nd.zeros(0)).item())


def test_results_of_16_bits_are_rounded_before_they_are_stored():
    x = nd.asarray([1.0, 2**-11, 2**-11 + 2**-20], dtype="float16")
    for name in ("sum", "mean", "var", "std"):
        for dtype in ("float32", "float64"):
            out = nd.zeros((), dtype=dtype)
            getattr(nd, name)(x, out=out)
            assert out.item() == getattr(nd, name)(x).item()
