"""Distinct values and membership, against NumPy and sets of Python numbers."""

import copy
import math
import pickle

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .support import DTYPES, FLOATS, NUMERIC, SHAPES, equal_views, fractions, in_layouts, numbers, same


def check(values, array):
    expected = np.unique(values, return_index=True, return_inverse=True, return_counts=True, equal_nan=False)
    distinct, first, inverse, counts = expected
    every = nd.unique_all(array)
    same(every.values, distinct)
    same(every.indices, first)
    same(every.inverse_indices, inverse.reshape(values.shape))
    same(every.counts, counts)
    same(nd.unique_values(array), distinct)
    for actual in (nd.unique_counts(array), nd.unique_inverse(array)):
        same(actual.values, distinct)
    same(nd.unique_counts(array).counts, counts)
    same(nd.unique_inverse(array).inverse_indices, inverse.reshape(values.shape))


@pytest.mark.parametrize("dtype", DTYPES)
def test_distinct_values_in_every_layout(dtype):
    for shape in [*SHAPES, (3000,), (50, 40)]:
        values = numbers(dtype, shape)
        for _, layout in in_layouts(values):
            check(values, nd.asarray(layout))


@given(equal_views())
def test_distinct_values_of_any_view(pair):
    check(*pair)


@pytest.mark.parametrize("dtype", ["int32", "float64"])
def test_distinct_values_of_a_long_array(dtype):
    values = numbers(dtype, (200_000,), low=-30_000, high=30_000)
    check(values, nd.asarray(values))


# Integers of few different values are counted; around the lengths from which they are, and in chunks.
@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint64", "int32"])
@pytest.mark.parametrize("length", [31, 32, 255, 256, 257, 4099, 140_003])
def test_distinct_values_of_a_small_range(dtype, length):
    random = np.random.default_rng(9)
    least = -100 if dtype in ("int8", "int16", "int32") else 0
    for values in (1, 2, 90, 3000, 60_000):
        row = (random.integers(0, values, length) + least).astype(dtype)
        for some in (row, np.sort(row)[::-1], np.repeat(row, 2)[::2], row[: length // 5 * 5].reshape(5, -1).T):
            check(some, nd.asarray(some))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int64", "uint64"])
def test_distinct_extremes(dtype):
    limits = np.iinfo(dtype)
    values = np.array([limits.max, limits.min, limits.max - 1, limits.max] * 100, dtype)
    check(values, nd.asarray(values))
    check(values[values > limits.min], nd.asarray(values[values > limits.min]))


@pytest.mark.parametrize("dtype", FLOATS)
def test_each_nan_is_a_value_and_both_zeros_are_one(dtype):
    values = np.array([np.nan, 1, -0.0, np.nan, 0.0, -np.inf, 1, -0.0], dtype)
    check(values, nd.asarray(values))
    every = nd.unique_all(nd.asarray(values))
    assert every.counts.tolist() == [1, 3, 2, 1, 1]
    for result in (every.values, nd.unique_values(nd.asarray(values))):
        assert math.copysign(1, result[1].item()) == -1  # the zero that came first
        assert math.copysign(1, nd.unique_values(nd.asarray(values[::-1][:4]))[0].item()) == -1
    assert math.copysign(1, nd.unique_values(nd.asarray(values[3:]))[1].item()) == 1
    assert every.inverse_indices.tolist() == [3, 2, 1, 4, 1, 0, 2, 1]


def test_the_parts_have_names():
    x = nd.asarray([3, 1, 3])
    every, counts, inverse = nd.unique_all(x), nd.unique_counts(x), nd.unique_inverse(x)
    assert every._fields == ("values", "indices", "inverse_indices", "counts")
    for result in (every, counts, inverse):
        assert isinstance(result, tuple)
        assert len(result) == len(result._fields)
        for name, part in zip(result._fields, result, strict=True):
            assert getattr(result, name) is part
        for other in (pickle.loads(pickle.dumps(result)), copy.deepcopy(result)):
            assert type(other) is type(result)
            assert [part.tolist() for part in other] == [part.tolist() for part in result]
    values, number = counts
    assert (values.tolist(), number.tolist()) == ([1, 3], [1, 2])
    assert repr(counts) == "UniqueCounts(values=array([1, 3]), counts=array([1, 2]))"


# ---- isin


@pytest.mark.parametrize("dtype", DTYPES)
def test_membership_in_every_layout(dtype):
    for shape in SHAPES:
        values = numbers(dtype, shape)
        for others in (numbers(dtype, (3, 4), seed=1), numbers(dtype, (), seed=2), numbers(dtype, (0,))):
            for _, layout in in_layouts(values):
                same(nd.isin(nd.asarray(layout), nd.asarray(others)), np.isin(values, others))
                same(nd.isin(nd.asarray(layout), nd.asarray(others), invert=True), np.isin(values, others, invert=True))


@pytest.mark.parametrize("dtype", NUMERIC)
@pytest.mark.parametrize("count", [1, 50, 5000])
def test_membership_of_values_far_apart(dtype, count):
    random = np.random.default_rng(count)
    raw = random.integers(0, 256, (6000, np.dtype(dtype).itemsize), dtype="uint8")
    values = raw.view(dtype)[:, 0]
    others = random.choice(values, count)
    same(nd.isin(nd.asarray(values), nd.asarray(others)), np.isin(values, others))


@pytest.mark.parametrize("dtype", FLOATS)
def test_nan_is_no_member_and_both_zeros_are_one(dtype):
    values = np.array([np.nan, 0.0, -0.0, np.inf, 1, 2], dtype)
    same(nd.isin(nd.asarray(values), nd.asarray(values)), np.array([False, True, True, True, True, True]))
    same(nd.isin(nd.asarray(values), nd.asarray([-0.0], dtype=dtype)), np.isin(values, [0.0]))
    same(nd.isin(nd.asarray(values), nd.asarray([np.nan], dtype=dtype)), np.zeros(6, bool))
    big = fractions(dtype, (5000,))
    same(nd.isin(nd.asarray(big), nd.asarray(big[::2])), np.isin(big, big[::2]))


def test_membership_of_numbers():
    x = nd.asarray([1, 2, 3], dtype="uint8")
    same(nd.isin(x, 2), np.array([False, True, False]))
    same(nd.isin(2, x), np.asarray(True))
    same(nd.isin(5, x, invert=True), np.asarray(True))
    same(nd.isin([1, 7], [7]), np.array([False, True]))
    same(nd.isin(x, 2.0), np.array([False, True, False]))
    with pytest.raises(OverflowError, match="out of range for dtype uint8"):
        nd.isin(x, 300)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30), st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30))
def test_membership_is_that_of_python_sets(values, others):
    others += values[::2]
    x, y = nd.asarray(values, dtype="int64"), nd.asarray(others, dtype="int64")
    assert nd.isin(x, y).tolist() == [value in set(others) for value in values]
