"""Rows of every length read, written and added by integer arrays, many enough for several threads, against NumPy."""

import needle_ndarray as nd
import numpy as np
import pytest

from .support import DTYPES, NUMERIC, numbers, same

# Around the widths of vectors, and where rows become long.
LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 300]


def some_rows(count, of, seed=0):
    return np.random.default_rng(seed).integers(-of, of, count)


@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_are_read_and_written(dtype):
    for length in LENGTHS:
        values, rows = numbers(dtype, (40, length)), some_rows(1500, 40)
        x = nd.asarray(values)
        same(nd.take(x, rows, axis=0), values[rows])
        same(x[rows], values[rows])
        # What a spaced row reads and writes besides would show in the columns between.
        wide = np.repeat(values, 2, axis=1)
        same(nd.take(nd.asarray(wide)[:, ::2], rows, axis=0), values[rows])
        new = numbers(dtype, (1500, length), seed=1)
        x[rows] = nd.asarray(new)
        values[rows] = new
        same(x, values)


@pytest.mark.parametrize("dtype", NUMERIC)
def test_equal_rows_add_up(dtype):
    for length in LENGTHS:
        values, rows = numbers(dtype, (40, length)), some_rows(1500, 40)
        added = numbers(dtype, (1500, length), seed=1)
        x = nd.asarray(values)
        nd.index_add(x, rows, nd.asarray(added))
        with np.errstate(over="ignore"):
            np.add.at(values, rows, added)
        same(x, values)


def test_true_rows_are_the_or_of_all():
    for length in LENGTHS:
        values, rows = numbers("bool", (40, length)), some_rows(50, 40)
        added = numbers("bool", (50, length), seed=1)
        x = nd.asarray(values)
        nd.add_at(x, nd.asarray(rows), nd.asarray(added))
        np.add.at(values, rows, added)
        same(x, values)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_the_last_of_equal_places_counts_whatever_the_threads(thread_count, axis, threads):
    thread_count(threads)
    values = numbers("int32", (30, 40, 50))
    shape = list(values.shape)
    shape[axis] = 97  # so that every line names some place several times
    indices, new = some_rows(shape, values.shape[axis]), numbers("int64", shape, low=-9999, high=9999).astype("int32")
    x = nd.asarray(values)
    nd.put_along_axis(x, indices, nd.asarray(new), axis=axis)
    np.put_along_axis(values, indices, new, axis)
    same(x, values)


def test_places_that_broadcasting_repeats_keep_what_comes_last(thread_count):
    thread_count(5)
    # Of a target with one row, every row of the indices writes to it.
    values, indices = numbers("int64", (1, 50)), some_rows((900, 97), 50)
    new = np.arange(indices.size).reshape(indices.shape)
    x = nd.asarray(values)
    nd.put_along_axis(x, indices, nd.asarray(new), axis=1)
    for row in range(900):
        np.put_along_axis(values, indices[row : row + 1], new[row : row + 1], 1)
    same(x, values)


@pytest.mark.parametrize("wrong", [40, -41, 2**63 - 1, -(2**63), 2**62, -(2**62)])
@pytest.mark.parametrize("place", [0, 5, 511, 1498, 1499])
def test_an_index_out_of_range_is_found_wherever_it_stands(wrong, place):
    values, rows = numbers("float32", (40, 3)), some_rows(1500, 40)
    rows[place] = wrong
    x = nd.asarray(values)
    text = rf"index {wrong} is out of range for axis 0 of size 40 \(shape \(40, 3\)\)"
    for use in (
        lambda: nd.take(x, rows, axis=0),
        lambda: x.__setitem__(nd.asarray(rows), 1.0),
        lambda: nd.index_add(x, rows, nd.ones((1500, 3))),
    ):
        with pytest.raises(IndexError, match=text):
            use()
    same(x, values)


def test_no_index_is_right_where_an_axis_is_empty():
    for index in (0, -1, 1):
        with pytest.raises(IndexError, match=f"index {index} is out of range for axis 0 of size 0"):
            nd.take(nd.zeros((0, 3)), nd.asarray([index]), axis=0)
