"""Evenly spaced numbers, grids, and arrays filled with numbers and arrays that bring a dtype of their own."""

import math
from fractions import Fraction

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError

from .support import DTYPES, FLOATS, INTEGERS, NUMERIC, numbers, same

# ---- arange


@pytest.mark.parametrize("dtype", INTEGERS)
def test_ranges_reach_the_ends_of_every_dtype_and_no_further(dtype):
    least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
    assert nd.arange(most - 2, most, dtype=dtype).tolist() == [most - 2, most - 1]
    assert nd.arange(least, least - 1, -1, dtype=dtype).tolist() == [least] if least > -(2**63) else True
    assert nd.arange(most - 1, most - 4, -2, dtype=dtype).tolist() == [most - 1, most - 3]
    if dtype == "uint64":
        with pytest.raises(OverflowError, match="arange: start, stop and step must fit int64 or uint64"):
            nd.arange(most, most + 2, dtype=dtype)
    else:
        assert nd.arange(most - 1, most + 1, dtype=dtype).tolist() == [most - 1, most]
        with pytest.raises(OverflowError, match=f"arange: {most + 1} is out of range for {dtype}"):
            nd.arange(most, most + 2, dtype=dtype)
    if dtype != "int64":
        with pytest.raises(OverflowError, match=f"arange: {least - 1} is out of range for {dtype}"):
            nd.arange(least, least - 2, -1, dtype=dtype)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_floats_that_an_integer_dtype_cannot_hold_are_refused(dtype):
    least, most = np.iinfo(dtype).min, np.iinfo(dtype).max
    for outside in (2.0 * most, least - 0.001 * most - 1.0, math.inf, math.nan, 1e300):
        for start, stop in ((outside, 1.0), (1.0, outside)):
            with pytest.raises(OverflowError, match=rf"linspace: .* is out of range for {dtype}"):
                nd.linspace(start, stop, 3, dtype=dtype)
    with pytest.raises(OverflowError, match=f"arange: .* is out of range for {dtype}"):
        nd.arange(1.0, 4.0 * most, float(most), dtype=dtype)
    assert nd.arange(0.0, 100.5, 50, dtype=dtype).tolist() == [0, 50, 100]
    assert nd.linspace(0.5, 100.5, 3, dtype=dtype).tolist() == [0, 50, 100]


def test_long_ranges_are_computed_from_the_index():
    for dtype in NUMERIC:
        if np.dtype(dtype).itemsize >= 4:
            same(nd.arange(3, 200_003, 2, dtype=dtype), np.arange(3, 200_003, 2).astype(dtype))
    long = nd.arange(0.0, 100_000.0, 0.1, dtype="float64")
    same(long, np.arange(1_000_000) * 0.1)
    assert nd.arange(2**63, 2**63 + 2, dtype="uint64").tolist() == [2**63, 2**63 + 1]
    assert nd.arange(2, dtype="bool").tolist() == [False, True]
    with pytest.raises(OverflowError, match="arange: 2 is out of range for bool"):
        nd.arange(3, dtype="bool")
    with pytest.raises(OverflowError, match="out of range for int64"):
        nd.arange(2**63, 2**63 + 2)
    assert nd.arange(nd.asarray(1), np.int8(4), np.float32(1.5)).tolist() == [1.0, 2.5]
    assert nd.arange(5, None, 1).tolist() == nd.arange(5, step=1).tolist() == [0, 1, 2, 3, 4]


# ---- linspace


@given(
    st.floats(-1e6, 1e6) | st.integers(-1000, 1000),
    st.floats(-1e6, 1e6) | st.integers(-1000, 1000),
    st.integers(0, 50),
    st.booleans(),
)
def test_linspace_is_numpys(start, stop, num, endpoint):
    expected = np.linspace(start, stop, num, endpoint=endpoint)
    same(nd.linspace(start, stop, num, endpoint=endpoint, dtype="float64"), expected, rtol=1e-14, atol=1e-9)
    same(nd.linspace(start, stop, num, endpoint=endpoint), expected.astype("float32"), rtol=1e-6, atol=1e-6)


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
@example(-1.7e308, 1.7e308)  # whose distance is no float
def test_linspace_is_close_to_the_exact_numbers_and_meets_both_ends(start, stop):
    x = nd.linspace(start, stop, 7, dtype="float64").tolist()
    assert (x[0], x[-1]) == (start, stop)
    assert nd.linspace(start, stop, 7)[-1].item() == nd.asarray(stop).item()
    # Of the last of many equal steps the rounding of the step is felt as often as there are steps.
    bound = max(abs(start), abs(stop)) * 1e-15 + 1e-323
    for i, value in enumerate(x):
        exact = Fraction(start) + (Fraction(stop) - Fraction(start)) * i / 6
        assert abs(Fraction(value) - exact) <= bound


def test_linspace_has_numbers_between_even_where_the_step_is_none():
    same(nd.linspace(0, 1e-323, 7, dtype="float64"), np.linspace(0, 1e-323, 7))


@given(st.integers(-(2**63), 2**63 - 1), st.integers(-(2**63), 2**63 - 1), st.integers(1, 20), st.booleans())
def test_linspace_of_integers_is_exact_and_rounds_down(start, stop, num, endpoint):
    parts = max(num - 1 if endpoint else num, 1)
    expected = [start + (stop - start) * i // parts for i in range(num)]
    assert nd.linspace(start, stop, num, dtype="int64", endpoint=endpoint).tolist() == expected


@pytest.mark.parametrize("dtype", NUMERIC)
def test_linspace_takes_every_dtype(dtype):
    same(nd.linspace(0, 100, 7, dtype=dtype), np.linspace(0, 100, 7, dtype=dtype), rtol=1e-6 if dtype in FLOATS else 0)
    same(nd.linspace(0.5, 99.5, 5, dtype=dtype), np.linspace(0.5, 99.5, 5).astype(dtype))
    same(nd.linspace(5, 5, 3, dtype=dtype), np.full(3, 5, dtype))
    same(nd.linspace(1, 2, 0, dtype=dtype), np.zeros(0, dtype))
    same(nd.linspace(1, 2, 1, dtype=dtype), np.ones(1, dtype))
    same(nd.linspace(1, 2, 1, dtype=dtype, endpoint=False), np.ones(1, dtype))
    large = nd.linspace(0, 100, 100_001, dtype=dtype)
    same(large, np.linspace(0, 100, 100_001).astype(dtype), rtol=1e-6)


def test_what_linspace_cannot_give_is_refused():
    with pytest.raises(ValueError, match="linspace: num must not be negative, but -1 was given"):
        nd.linspace(0, 1, -1)
    with pytest.raises(DTypeError, match="must be a float or an integer dtype, not bool"):
        nd.linspace(0, 1, 2, dtype="bool")
    with pytest.raises(OverflowError, match="linspace: 300 is out of range for uint8"):
        nd.linspace(0, 300, 2, dtype="uint8")
    with pytest.raises(TypeError, match="linspace: num must be an int"):
        nd.linspace(0, 1, 2.0)
    with pytest.raises(TypeError, match="linspace: stop must be a number, not 'a'"):
        nd.linspace(0, "a", 2)
    with pytest.raises((MemoryError, ValueError)):
        nd.linspace(0, 1, 2**60)
    assert all(math.isnan(v) for v in nd.linspace(0, math.nan, 3).tolist()[1:])


# ---- Grids


@given(st.lists(st.integers(0, 4), max_size=4), st.sampled_from(["xy", "ij"]), st.data())
def test_meshgrid_is_numpys_in_views(sizes, indexing, data):
    values = [numbers(data.draw(st.sampled_from(DTYPES)), (size,)) for size in sizes]
    arrays = [nd.asarray(v) for v in values]
    grids = nd.meshgrid(*arrays, indexing=indexing)
    assert isinstance(grids, tuple)
    for grid, array, expected in zip(grids, arrays, np.meshgrid(*values, indexing=indexing), strict=True):
        same(grid, expected)
        assert not grid.size or np.shares_memory(grid.numpy(), array.numpy())


def test_grids_of_numbers_and_of_matrices():
    same(nd.meshgrid(3, [1, 2])[0], np.full((2, 1), 3))
    with pytest.raises(ShapeError, match=r"meshgrid: array 1 has shape \(2, 2\); expected one axis at most"):
        nd.meshgrid([1], nd.ones((2, 2)))
    with pytest.raises(ValueError, match="indexing must be 'xy' or 'ij', not 'yx'"):
        nd.meshgrid([1], [2], indexing="yx")


# ---- Values with a dtype of their own


def test_numpys_numbers_and_arrays_fill_with_their_own_dtype():
    same(nd.full(2, np.float64(1.5)), np.full(2, 1.5))
    same(nd.full(2, np.int8(3)), np.full(2, 3, "int8"))
    same(nd.full((2, 3), np.arange(3)), np.full((2, 3), np.arange(3)))
    same(nd.full(2, nd.asarray(1.5, dtype="float64")), np.full(2, 1.5))
    same(nd.full((2, 2), [[1], [2]], dtype="float64"), np.array([[1.0, 1.0], [2.0, 2.0]]))
    same(nd.full_like(np.zeros((2, 2), "int16"), [1, 2]), np.full((2, 2), [1, 2], "int16"))
    with pytest.raises(OverflowError, match="300"):
        nd.full(2, np.int64(300), dtype="int8")
    with pytest.raises(ShapeError, match=r"full: fill_value: shape \(3,\) does not broadcast to \(2,\)"):
        nd.full(2, [1, 2, 3])
    with pytest.raises(TypeError):
        nd.full(2, None)


@pytest.mark.parametrize("like", [nd.zeros_like, nd.ones_like, nd.empty_like, lambda x, **kw: nd.full_like(x, 1, **kw)])
def test_likes_take_anything_that_becomes_an_array(like):
    assert like([[1, 2], [3, 4]]).shape == (2, 2)
    assert like([1.5]).dtype == "float32"
    assert like(np.zeros(3, "int8")).dtype == "int8"
    assert like(nd.broadcast_to(nd.asarray(1.0), (2, 3)), dtype="uint8", device="cpu").strides == (3, 1)
    with pytest.raises(TypeError, match="cannot make an array of <class 'object'>"):
        like(object())
