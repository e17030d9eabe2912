"""Limiting elements to a range: limits of every kind, in every layout."""

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError

from .support import FLOATS, INTEGERS, NUMERIC, SHAPES, SIGNED, equal_views, in_layouts, numbers, same


def expected_clip(x, low, high):
    """NumPy's, with None for no limit."""
    x = x if low is None else np.maximum(x, np.asarray(low, x.dtype))
    return x if high is None else np.minimum(x, np.asarray(high, x.dtype))


@pytest.mark.parametrize("dtype", NUMERIC)
def test_limits_of_every_kind_in_all_layouts(dtype):
    for shape in [*SHAPES, (5000,), (40, 1000)]:
        x, low, high = numbers(dtype, shape, 1), numbers(dtype, shape, 2, high=5), numbers(dtype, shape, 3, low=3)
        row = [limit[..., :1] if limit.ndim else limit for limit in (low, high)]
        for (_, values), (_, a), (_, b) in zip(in_layouts(x), in_layouts(low), [*in_layouts(high)][::-1], strict=True):
            array, lower, upper = nd.asarray(values), nd.asarray(a), nd.asarray(b)
            same(nd.clip(array), x)
            same(nd.clip(array, lower, upper), expected_clip(x, low, high))
            same(nd.clip(array, min=lower), expected_clip(x, low, None))
            same(nd.clip(array, max=upper), expected_clip(x, None, high))
            same(nd.clip(array, 2, upper), expected_clip(x, 2, high))
            same(nd.clip(array, 2, 7), expected_clip(x, 2, 7))
            same(nd.clip(array, nd.asarray(row[0]), row[1]), expected_clip(x, *row))


@given(st.data())
def test_any_views_broadcast(data):
    triple = [data.draw(equal_views(["float32", "int16"])) for _ in range(3)]
    x, low, high = (pair[0] for pair in triple)
    try:
        np.broadcast_shapes(x.shape, low.shape, high.shape)
    except ValueError:
        with pytest.raises(ShapeError, match=r"clip: shapes .* do not broadcast"):
            nd.clip(*[pair[1] for pair in triple])
        return
    dtype = "float32" if "float32" in {x.dtype.name, low.dtype.name, high.dtype.name} else "int16"
    same(nd.clip(*[pair[1] for pair in triple]), np.minimum(np.maximum(x, low), high).astype(dtype))


@pytest.mark.parametrize("dtype", FLOATS)
def test_a_nan_in_any_of_the_three_comes_through(dtype):
    x = nd.asarray(np.array([np.nan, 1, 5], dtype))
    same(nd.clip(x, 2, 3), np.array([np.nan, 2, 3], dtype))
    same(nd.clip(x), np.array([np.nan, 1, 5], dtype))
    for limits in ((np.nan, 3), (0, np.nan), (np.nan, None), (None, np.nan)):
        same(nd.clip(x, *limits), np.full(3, np.nan, dtype))
    same(nd.clip(x, nd.asarray(np.array([0, np.nan, 9], dtype))), np.array([np.nan, np.nan, 9], dtype))
    same(nd.clip(x, -np.inf, np.inf), np.array([np.nan, 1, 5], dtype))


@pytest.mark.parametrize("dtype", NUMERIC)
def test_the_upper_limit_wins_where_they_are_the_wrong_way_round(dtype):
    same(nd.clip(nd.asarray([1, 5, 9], dtype=dtype), 6, 3), np.clip(np.array([1, 5, 9], dtype), 6, 3))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_limits_beyond_the_dtype(dtype):
    bounds = np.iinfo(dtype)
    values = np.array([bounds.min, 0, 7, bounds.max], dtype)
    x = nd.asarray(values)
    same(nd.clip(x, bounds.min - 1, bounds.max + 1), values)
    same(nd.clip(x, -(2**100), 2**100), values)
    same(nd.clip(x, -(2**100), 5), np.minimum(values, np.array(5, dtype)))
    same(nd.clip(x, bounds.min, bounds.max), values)
    for low, high in ((bounds.max + 1, None), (None, bounds.min - 1), (2**100, 2**101)):
        with pytest.raises(OverflowError, match=f"out of range for dtype {dtype}"):
            nd.clip(x, low, high)


@pytest.mark.parametrize(
    ("dtype", "low", "high", "result"),
    [
        *[("int8", np.array(3, "int32"), None, "int32"), ("float32", np.array([1.0]), 2, "float64")],
        *[("float32", 0, 1, "float32"), ("float64", np.float32(0), 1, "float64"), ("int64", 0.5, 2, "float32")],
        *[("uint8", None, np.array(3, "int8"), "int16"), ("int16", np.array(0.5, "float32"), None, "float32")],
    ],
)
def test_arrays_promote_and_scalars_are_weak(dtype, low, high, result):
    out = nd.clip(nd.asarray([0, 1, 5], dtype=dtype), low, high)
    assert out.dtype == result
    same(out, np.clip(np.array([0, 1, 5], result), low, high).astype(result))


def test_what_is_refused():
    x = nd.ones(3)
    with pytest.raises(DTypeError, match="clip is not defined for bool; convert first"):
        nd.clip([True, False])
    with pytest.raises(DTypeError, match="no integer dtype holds both"):
        nd.clip(nd.ones(2, dtype="uint64"), nd.ones(2, dtype="int8"))
    with pytest.raises(ShapeError, match=r"clip: shapes \(3,\) and \(2,\) do not broadcast"):
        nd.clip(x, nd.ones(2))
    with pytest.raises(TypeError, match=r"clip: expected an array, not 'a'"):
        nd.clip(x, "a")
    with pytest.raises(TypeError):
        nd.clip(x, 0, 1, 2)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_dtypes_that_are_only_stored(dtype):
    x = nd.asarray([-1.0, 0.5, 3.0]).astype(dtype)
    out = nd.clip(x, 0, nd.asarray(2.0).astype(dtype))
    assert out.dtype == dtype
    assert out.astype("float32").tolist() == [0, 0.5, 2]


def test_the_result_is_written_to_out():
    values = numbers("int16", (4, 5))
    for dtype in ("int16", "int64", "float32"):
        out = nd.zeros((5, 4), dtype=dtype).T
        assert nd.clip(nd.asarray(values), 1, 5, out=out) is out
        same(out, np.clip(values, 1, 5).astype(dtype))
    x = nd.asarray(np.arange(10))
    nd.clip(x[:-1], x[1:], 6, out=x[1:])
    same(x, np.array([0, 1, 2, 3, 4, 5, 6, 6, 6, 6]))
    nd.clip(x, 2, x[::-1], out=x)
    same(x, np.clip(np.array([0, 1, 2, 3, 4, 5, 6, 6, 6, 6]), 2, np.array([6, 6, 6, 6, 5, 4, 3, 2, 1, 0])))
    for out, error, text in [
        (nd.zeros(3), ShapeError, "clip: the result has shape"),
        (nd.zeros(10, dtype="uint8"), DTypeError, "clip: the result has dtype int64, which cannot be stored"),
        (nd.broadcast_to(nd.asarray(1), (10,)), ValueError, "clip: the array of shape .* is a broadcast view"),
        (np.zeros(10), TypeError, "clip: out must be an NDArray"),
    ]:
        with pytest.raises(error, match=text):
            nd.clip(x, 0, 1, out=out)


@pytest.mark.parametrize("dtype", SIGNED)
def test_a_missing_limit_keeps_the_extremes(dtype):
    values = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max], dtype)
    same(nd.clip(nd.asarray(values), max=np.iinfo(dtype).max), values)
    same(nd.clip(nd.asarray(values), np.iinfo(dtype).min), values)
