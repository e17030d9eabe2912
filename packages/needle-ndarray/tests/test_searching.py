"""Where elements are: nonzero, count_nonzero and searchsorted against NumPy. argmax and argmin: test_reductions.py."""

import itertools

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .support import DTYPES, FLOATS, NUMERIC, SHAPES, equal_views, fractions, in_layouts, numbers, promoted, same

LARGE = [(100_000,), (3, 40_000), (40_000, 3), (70, 11, 70)]


def with_zeros(dtype, shape, share=0.5):
    """Numbers of which a share is zero; floats have zeros of both signs and NaNs."""
    values = numbers(dtype, shape, low=1)
    random = np.random.default_rng(7)
    values = np.where(random.random(shape) < share, np.zeros((), dtype), values).astype(dtype)
    if dtype in FLOATS and values.size:
        values[random.random(shape) < 0.1] = np.nan
        values[random.random(shape) < 0.1] = -0.0
    return values


def same_tuple(actual, expected):
    assert isinstance(actual, tuple)
    assert len(actual) == len(expected)
    for a, b in zip(actual, expected, strict=True):
        same(a, b)


@pytest.mark.parametrize("dtype", DTYPES)
def test_nonzero_and_its_count_in_every_layout(dtype):
    for shape in SHAPES:
        values = with_zeros(dtype, shape)
        for _, layout in in_layouts(values):
            array = nd.asarray(layout)
            if shape:
                same_tuple(nd.nonzero(array), np.nonzero(values))
            for keepdims in (False, True):
                for axis in (None, *range(-len(shape), len(shape))):
                    expected = np.count_nonzero(values, axis=axis, keepdims=keepdims)
                    same(nd.count_nonzero(array, axis=axis, keepdims=keepdims), np.asarray(expected, "int64"))
    values = with_zeros(dtype, (2, 3, 4))
    for axes in ((0, 2), (1,), (0, 1, 2), (-1, 0)):
        same(nd.count_nonzero(nd.asarray(values), axis=axes), np.count_nonzero(values, axis=axes))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999, 1.0])
@pytest.mark.parametrize("shape", LARGE)
def test_nonzero_of_large_arrays(shape, share):
    for dtype in ("bool", "int16", "float32", "uint64"):
        values = with_zeros(dtype, shape, share)
        same_tuple(nd.nonzero(nd.asarray(values)), np.nonzero(values))
        same(nd.count_nonzero(nd.asarray(values)), np.asarray(np.count_nonzero(values)))


@given(equal_views())
def test_nonzero_of_any_view(pair):
    values, array = pair
    same(nd.count_nonzero(array), np.asarray(np.count_nonzero(values)))
    if values.ndim:
        same_tuple(nd.nonzero(array), np.nonzero(values))
        same_tuple(array.nonzero(), np.nonzero(values))


def test_nonzero_of_an_array_without_axes_is_refused():
    with pytest.raises(ValueError, match=r"nonzero: expected an array with at least one axis; write x.reshape\(1\)"):
        nd.nonzero(nd.asarray(3))
    same(nd.count_nonzero(nd.asarray(3)), np.asarray(1))
    with pytest.raises(IndexError, match="axis 2 is out of range"):
        nd.count_nonzero(nd.ones((2, 2)), axis=2)


# ---- searchsorted


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_places_in_a_sorted_array(dtype, side):
    for length, count in itertools.product([0, 1, 2, 7, 100, 5000], [0, 1, 15, 16, 17, 3000]):
        known, wanted = np.sort(numbers(dtype, (length,))), numbers(dtype, (count,), seed=1, low=-22, high=22)
        expected = np.searchsorted(known, wanted, side=side)
        same(nd.searchsorted(nd.asarray(known), nd.asarray(wanted), side=side), expected)
    wanted = numbers(dtype, (4, 5, 3))
    for _, layout in in_layouts(wanted):
        same(
            nd.searchsorted(nd.asarray(known[::-1].copy())[::-1], nd.asarray(layout), side=side),
            np.searchsorted(known, wanted, side=side),
        )


@pytest.mark.parametrize("dtype", DTYPES)
def test_places_in_rows_around_the_sizes_of_search_nodes(dtype):
    wanted = numbers(dtype, (700,), seed=1, low=-22, high=22)
    for length in (3, 15, 16, 17, 31, 32, 33, 255, 256, 257, 271, 272, 273, 4095, 4096, 4097, 4368, 70_000):
        known = np.sort(numbers(dtype, (length,)))
        for count, side in itertools.product((1, 100, 700), ("left", "right")):
            expected = np.searchsorted(known, wanted[:count], side=side)
            same(nd.searchsorted(nd.asarray(known), nd.asarray(wanted[:count]), side=side), expected)


def test_places_among_distinct_numbers_and_beyond_them():
    known = np.arange(0, 10_000, 2, dtype="float32")
    wanted = np.concatenate([np.arange(-3, 10_003, dtype="float32"), np.asarray([np.inf, -np.inf], "float32")])
    for dtype, side in itertools.product(("float32", "float64"), ("left", "right")):
        values, sought = known.astype(dtype), wanted.astype(dtype)
        expected = np.searchsorted(values, sought, side=side)
        same(nd.searchsorted(nd.asarray(values), nd.asarray(sought), side=side), expected)
    integers, sought = known.astype("int32"), wanted[:-2].astype("int32")
    same(nd.searchsorted(nd.asarray(integers), nd.asarray(sought)), np.searchsorted(integers, sought))


def test_places_in_a_row_that_is_not_sorted_lie_within_it():
    row = np.random.default_rng(0).standard_normal(5000, dtype="float32")
    row[::9] = np.nan
    for count, side in itertools.product((5, 3000), ("left", "right")):
        places = nd.searchsorted(nd.asarray(row), nd.asarray(row[:count]), side=side).numpy()
        assert places.min() >= 0
        assert places.max() <= 5000


@pytest.mark.parametrize("dtype", FLOATS)
def test_nan_and_zeros_have_the_places_that_sorting_gives_them(dtype):
    values = fractions(dtype, (200,))
    values[::5] = np.nan
    values[1::7] = np.random.default_rng(0).choice([0.0, -0.0, np.inf, -np.inf], values[1::7].size)
    known, array = np.sort(values), nd.sort(nd.asarray(values))
    for side in ("left", "right"):
        same(nd.searchsorted(array, nd.asarray(values), side=side), np.searchsorted(known, values, side=side))
        place = nd.searchsorted(array, float("nan"), side=side)
        same(place, np.asarray(np.searchsorted(known, np.nan, side=side)))


@pytest.mark.parametrize("other", NUMERIC)
@pytest.mark.parametrize("dtype", ["int16", "uint8", "int64", "float32"])
def test_operands_are_compared_in_their_common_dtype(dtype, other):
    known, wanted = np.sort(numbers(dtype, (50,))), numbers(other, (30,), seed=1)
    if {dtype, other} == {"int64", "uint64"} or (other == "uint64" and dtype == "int16"):
        with pytest.raises(TypeError, match="no integer dtype holds both"):
            nd.searchsorted(nd.asarray(known), nd.asarray(wanted))
        return
    common = promoted(dtype, other)
    expected = np.searchsorted(known.astype(common), wanted.astype(common))
    same(nd.searchsorted(nd.asarray(known), nd.asarray(wanted)), expected)


# A row that is only stored is not converted for few values.
@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_few_values_in_a_row_of_16_bits(dtype, side):
    random = np.random.default_rng(0)
    bits = random.integers(0, 2**16, 5000, "uint16")
    zeros = np.array([0, 2**15] * 40, "uint16")
    stored = nd.asarray(np.concatenate([bits, zeros]).view("float16"))
    if dtype == "bfloat16":
        stored = stored.astype("float32").astype("bfloat16")
    row = nd.sort(stored)
    known = np.array(row.astype("float32"))
    assert np.isnan(known).any()
    for wanted in ([0.0, -0.0, np.nan, np.inf, -np.inf], [*known[[0, 7, 2500, 5000]], 1e9, 2.0**-30], [-np.nan]):
        values = nd.asarray(np.array(wanted, "float32")).astype(dtype)
        expected = np.searchsorted(known, np.array(values.astype("float32")), side=side)
        same(nd.searchsorted(row, values, side=side), expected)
        same(nd.searchsorted(nd.flip(nd.flip(row)), values, side=side), expected)
    same(nd.searchsorted(row, 1.5, side=side), np.asarray(np.searchsorted(known, 1.5, side=side)))


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint8", "int16", "uint16"])
def test_narrow_integers_in_rows_around_the_size_of_a_node(dtype):
    limits = (0, 1) if dtype == "bool" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    random = np.random.default_rng(0)
    for length in (1, 15, 16, 17, 255, 256, 257, 5000):
        known = np.sort(random.integers(*limits, length, endpoint=True)).astype(dtype)
        wanted = np.concatenate([random.integers(*limits, 2 * length, endpoint=True), limits]).astype(dtype)
        for side in ("left", "right"):
            expected = np.searchsorted(known, wanted, side=side)
            same(nd.searchsorted(nd.asarray(known), nd.asarray(wanted), side=side), expected)


def test_searchsorted_takes_numbers_and_an_order():
    known = np.array([30, 10, 20, 20])
    order = np.argsort(known)
    for sorter in (nd.asarray(order), nd.asarray(order.astype("int8")), order.tolist()):
        same(nd.searchsorted(nd.asarray(known), 20, sorter=sorter), np.asarray(1))
        same(nd.searchsorted(nd.asarray(known), [20, 99], side="right", sorter=sorter), np.array([3, 4]))
    same(nd.searchsorted(nd.asarray(np.sort(known)), 19.5), np.asarray(1))
    same(nd.searchsorted([1.0, 2.0], 2), np.asarray(1))


def test_what_searchsorted_refuses():
    x = nd.asarray([1, 2, 3])
    with pytest.raises(nd.ShapeError, match=r"x1 must have one axis, but its shape is \(1, 3\)"):
        nd.searchsorted(x.reshape(1, 3), x)
    with pytest.raises(ValueError, match='side must be "left" or "right", not \'middle\''):
        nd.searchsorted(x, x, side="middle")
    with pytest.raises(nd.ShapeError, match=r"sorter must have the shape of x1, \(3,\), not \(2,\)"):
        nd.searchsorted(x, x, sorter=nd.asarray([0, 1]))
    with pytest.raises(IndexError, match="sorter: index 3 is out of range for axis 0 of size 3"):
        nd.searchsorted(x, x, sorter=nd.asarray([0, 1, 3]))
    with pytest.raises(IndexError, match="sorter: an array used as an index must have an integer dtype"):
        nd.searchsorted(x, x, sorter=nd.asarray([0.0, 1.0, 2.0]))
    with pytest.raises(OverflowError, match="out of range for dtype int8"):
        nd.searchsorted(x.astype("int8"), 1000)


@given(st.lists(st.integers(-30, 30), max_size=40), st.lists(st.integers(-35, 35), max_size=40))
def test_inserting_at_the_places_keeps_the_order(known, wanted):
    array = nd.sort(nd.asarray(known, dtype="int64"))
    for side in ("left", "right"):
        for value, place in zip(
            wanted, nd.searchsorted(array, wanted, side=side).tolist() if wanted else [], strict=True
        ):
            elements = array.tolist()
            assert sorted([*elements, value]) == [*elements[:place], value, *elements[place:]]
