"""Reading and writing through masks and integer arrays, and all mixtures with other indices, against NumPy."""

import contextlib
import threading

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError

from .keys import compatible, is_refused, keys, read
from .support import DTYPES, equal_views, numbers, same

# ---- Every key


@given(equal_views(), st.data())
def test_every_key_reads_as_numpys(pair, data):
    values, x = pair
    theirs, ours = data.draw(keys(values.shape))
    expected = read(values, theirs)
    if not is_refused(lambda: x[ours], expected):
        same(x[ours], expected)


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint64"])
def test_an_index_out_of_range_is_found_wherever_it_stands(dtype):
    values = np.arange(50)
    for count in [*range(1, 20), 513, 1030]:
        indices = np.arange(count) % 50 - (0 if dtype == "uint64" else 50)
        x, places = nd.asarray(values), nd.asarray(indices.astype(dtype))
        same(x[places], values[indices])
        x[places] = 1
        assert (np.array(x)[indices] == 1).all()
        for at in range(0, count, max(1, count // 20)):
            for wrong in [50, 2**31 - 1] + ([] if dtype == "uint64" else [-51, -(2**31)]):
                broken = indices.copy()
                broken[at] = wrong
                places = nd.asarray(broken.astype(dtype))
                with pytest.raises(IndexError, match=f"index {wrong} is out of range for axis 0 of size 50"):
                    x[places]
                with pytest.raises(IndexError, match=f"index {wrong} is out of range for axis 0 of size 50"):
                    x[places] = 2
        same(x, np.where(np.isin(values, values[indices]), 1, values))  # nothing was written


@given(equal_views(), st.data())
def test_every_key_writes_as_numpys_and_the_last_of_equal_indices_counts(pair, data):
    values, x = pair
    theirs, ours = data.draw(keys(values.shape))
    positions = read(np.arange(values.size).reshape(values.shape), theirs)
    shape = () if positions is None else data.draw(compatible(positions.shape))
    new = numbers(data.draw(st.sampled_from(DTYPES)), (1,) * data.draw(st.integers(0, 1)) + shape, low=0)
    if values.dtype == "bool":
        new = new.astype("bool")
    given_as = data.draw(st.sampled_from([new, nd.asarray(new), new.tolist() if new.size else new]))

    def write():
        x[ours] = given_as

    if not is_refused(write, positions):
        trimmed = new.reshape(new.shape[max(0, new.ndim - positions.ndim) :])
        for position, value in zip(positions.flat, np.broadcast_to(trimmed, positions.shape).flat, strict=True):
            values[np.unravel_index(position, values.shape)] = value
        write()
    same(x, values)


@given(equal_views(), st.data(), st.sampled_from([0, 1, True, 3, 2.0, np.float32(1), np.int8(2), np.bool_(False)]))
def test_every_key_takes_a_number(pair, data, number):
    values, x = pair
    theirs, ours = data.draw(keys(values.shape))
    positions = read(np.arange(values.size).reshape(values.shape), theirs)

    def write():
        x[ours] = number

    if not is_refused(write, positions):
        values[theirs] = number
        write()
    same(x, values)


@given(equal_views(), st.data())
def test_in_place_operators_through_every_key(pair, data):
    values, x = pair
    if values.dtype == "bool":
        return
    theirs, ours = data.draw(keys(values.shape))
    expected = read(values, theirs)

    def add():
        x[ours] += 1

    if not is_refused(lambda: x[ours], expected):
        values[theirs] += 1
        add()
        values[theirs] *= 3
        x[ours] *= 3
    same(x, values)


@given(equal_views(), st.data())
def test_add_at_every_key_as_numpys(pair, data):
    values, x = pair
    theirs, ours = data.draw(keys(values.shape))
    expected = read(values, theirs)
    shape = () if expected is None else data.draw(compatible(expected.shape))
    new = numbers(values.dtype.name, shape, seed=1)
    given_as = data.draw(st.sampled_from([new, nd.asarray(new), 1 if values.dtype != "bool" else True]))
    if not is_refused(lambda: x[ours], expected):
        np.add.at(values, theirs, np.asarray(given_as, values.dtype))
        assert nd.add_at(x, ours, given_as) is x
    same(x, values)


# ---- By hand


@pytest.mark.parametrize("dtype", [*DTYPES, "float16"])
def test_masks_and_integer_arrays_of_every_dtype(dtype):
    values = numbers(dtype, (4, 5), low=0)
    x = nd.asarray(values.copy())
    mask = numbers("bool", (4, 5), seed=1)
    same(x[nd.asarray(mask)], values[mask])
    same(x[[3, 0], [1, -1]], values[[3, 0], [1, -1]])
    new = numbers(dtype, (int(mask.sum()),), seed=2, low=0)
    x[mask], values[mask] = nd.asarray(new), new
    same(x, values)
    x[[1, 2], 3:], values[[1, 2], 3:] = 1, 1
    same(x, values)


def test_bfloat16_is_indexed_too():
    x = nd.asarray([1.0, 2.0, 3.0], dtype="bfloat16")
    assert x[x.astype("float32") > 1.5].tolist() == [2.0, 3.0]
    x[[0, 2]] = 5
    x[nd.asarray([False, True, False])] = nd.asarray([7], dtype="int8")
    assert x.tolist() == [5.0, 7.0, 5.0]


def test_what_counts_as_an_array_in_a_key():
    class Array:
        def __init__(self, values):
            self.values = np.asarray(values)

        def __array__(self, dtype=None, copy=None):
            return self.values

        def __setitem__(self, key, value):
            raise NotImplementedError

        def __index__(self):
            raise TypeError("only arrays of one element are integers")

    values = numbers("float32", (4, 3))
    x = nd.asarray(values)
    for key in ([0, 2], range(0, 3, 2), Array([0, 2]), np.array([0, 2]), memoryview(np.array([0, 2])), (np.s_[0:4:2])):
        same(x[key], values[[0, 2]])
        same(x[key, 1], values[[0, 2], 1])
    same(x[(0, 1), (1, 2)], values[(0, 1), (1, 2)])
    same(x[((0, 1),)], values[[0, 1]])
    same(x[[]], values[[]])
    same(x[()], values)
    same(x[[[]]], values[[[]]])
    same(x[[True, False, True, True]], values[[True, False, True, True]])
    same(x[Array([True, False, True, True])], values[[True, False, True, True]])
    same(x[[True, 2]], values[[1, 2]])
    for flag in (True, np.bool_(True), np.array(True), nd.asarray(True)):
        same(x[flag], values[None])
        same(x[~np.asarray(flag)], values[None][:0])
        same(nd.asarray(1)[flag], np.array([1]))


def test_masks_may_hold_other_bytes_than_0_and_1():
    data = np.array([0, 2, 255, 1, 0, 128, 0, 64, 3, 0], "uint8")
    mask, x = data.view("bool"), nd.arange(10)
    same(x[mask], np.flatnonzero(data))
    x[mask] = 0
    same(x, np.where(data, 0, np.arange(10)))


@pytest.mark.parametrize("size", [1, 7, 8, 9, 65535, 65536, 65537, 200_003])
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32", "float64"])
def test_long_masks(size, dtype, thread_count):
    thread_count(3)
    random = np.random.default_rng(size)
    values = numbers(dtype, (size,))
    for share in (0.0, 0.001, 0.5, 0.99, 1.0):
        mask = random.random(size) < share
        x = nd.asarray(values.copy())
        same(x[mask], values[mask])
        same(x[::-1][mask], values[::-1][mask])
        x[mask] = 1
        same(x, np.where(mask, 1, values).astype(dtype))
        new = numbers(dtype, (int(mask.sum()),), seed=1)
        x[mask] = nd.asarray(new)
        values[mask] = new
        same(x, values)
        x[::-1][mask] = new
        values[::-1][mask] = new
        same(x, values)


@pytest.mark.parametrize("threads", [1, 3])
def test_large_selections_do_not_depend_on_the_number_of_threads(threads, thread_count):
    thread_count(threads)
    random = np.random.default_rng(0)
    values = numbers("float32", (3000, 40))
    x = nd.asarray(values.copy())
    rows, columns = random.integers(-3000, 3000, 70_000), random.integers(0, 40, 70_000)
    mask, row_mask = random.random((3000, 40)) < 0.3, random.random(3000) < 0.7
    keys = [rows, (rows, columns), (slice(None), columns[:100]), mask, row_mask, (slice(None), mask[0])]
    keys += [np.ix_(rows[:300], columns[:77]), (rows[:, None], slice(3, 30, 4)), (slice(None, None, -1), rows[:9] % 40)]
    for key in keys:
        same(x[key], values[key])
        same(nd.asarray(values.T.copy()).T[key], values[key])
        new = numbers("float32", values[key].shape, seed=1)
        positions = np.arange(values.size).reshape(values.shape)[key]
        x[key] = nd.asarray(new)
        values.reshape(-1)[positions.reshape(-1)] = new.reshape(-1)
        same(x, values)


def test_few_points_with_many_elements_each():
    values = numbers("int16", (3, 200, 300))
    x = nd.asarray(values.copy())
    same(x[[2, 0, 2]], values[[2, 0, 2]])
    same(x.T[:, :, [1, 1]], values.T[:, :, [1, 1]])
    x[[2, 0]] = x[[0, 1]]
    values[[2, 0]] = values[[0, 1]]
    same(x, values)


def test_of_equal_indices_the_last_value_stays():
    random = np.random.default_rng(0)
    indices = random.integers(0, 50, 100_000)
    x, expected = nd.zeros(50, dtype="int64"), np.zeros(50, "int64")
    x[indices] = nd.arange(100_000)
    expected[indices] = np.arange(100_000)
    same(x, expected)
    y, expected = nd.zeros((50, 2)), np.zeros((50, 2), "float32")
    y[:, 1:][indices] = nd.arange(100_000)[:, None]
    expected[indices, 1] = np.arange(100_000)
    same(y, expected)


def test_large_sums_at_equal_indices(thread_count):
    random = np.random.default_rng(0)
    for shape, threads in (((50,), 1), ((50, 256), 1), ((50, 256), 3), ((50, 7), 3), ((50, 4, 6), 3)):
        thread_count(threads)
        values, added = np.zeros(shape, "int32"), random.integers(-9, 9, (3000, *shape[1:])).astype("int32")
        indices = random.integers(-50, 50, 3000)
        x = nd.asarray(values.copy())
        nd.add_at(x, indices, added)
        np.add.at(values, indices, added)
        same(x, values)
        nd.add_at(x.T, (..., indices[:9]), added[:9].T)
        np.add.at(values.T, (..., indices[:9]), added[:9].T)
        same(x, values)


def test_sums_at_equal_indices_of_stored_dtypes_are_rounded_once():
    x = nd.zeros(3, dtype="float16")
    nd.add_at(x, [1] * 3000, nd.asarray(1.0, dtype="float16"))
    assert x.tolist() == [0.0, 3000.0, 0.0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("length", [1, 15, 16, 300])
def test_rows_of_every_dtype_and_length_add_up(dtype, length):
    values, added = numbers(dtype, (3, length), low=0), numbers(dtype, (4, length), seed=1, low=0)
    x, indices = nd.asarray(values.copy()), [0, 2, 0, -1]
    nd.add_at(x, indices, nd.asarray(added))
    np.add.at(values, indices, added)
    same(x, values)


def test_add_at_refuses_what_does_not_fit():
    x = nd.zeros((2, 3))
    with pytest.raises(TypeError, match="add_at: x must be an NDArray"):
        nd.add_at([1.0], 0, 1)
    with pytest.raises(DTypeError, match="add_at: x and values must have one dtype, not float32 and float64; write "):
        nd.add_at(x, [0], np.ones(3))
    with pytest.raises(ShapeError, match=r"assignment: shape \(2,\) does not broadcast to \(1, 3\)"):
        nd.add_at(x, [0], nd.ones(2))
    with pytest.raises(IndexError, match="index 2 is out of range for axis 0"):
        nd.add_at(x, [0, 2], 1)
    with pytest.raises(ValueError, match=r"add_at: .* is a broadcast view"):
        nd.add_at(nd.broadcast_to(nd.ones(3), (2, 3)), [0], 1)
    assert not x.any()


# ---- Overlap


def test_values_and_indices_that_overlap_the_target_are_read_first():
    values = numbers("int64", (40,), low=0)
    permutation = np.random.default_rng(0).permutation(40)
    x = nd.asarray(values.copy())
    x[permutation] = x[::-1]
    values[permutation] = values[::-1].copy()
    same(x, values)
    x[x > 5] = x[: int((values > 5).sum())]
    values[values > 5] = values[: int((values > 5).sum())].copy()
    same(x, values)
    x = nd.asarray(permutation.copy())
    x[x] = x
    permutation[permutation.copy()] = permutation.copy()
    same(x, permutation)
    x[x[1:]] = 3
    permutation[permutation[1:].copy()] = 3
    same(x, permutation)
    mask = numbers("bool", (200,))
    m = nd.asarray(mask.copy())
    m[:-1][m[1:]] = False
    mask[:-1][mask[1:].copy()] = False
    same(m, mask)
    m[m] = m[nd.flip(m)][: int(mask.sum())] if m[nd.flip(m)].size == mask.sum() else True
    assert m.shape == (200,)


# ---- What fails changes nothing


@pytest.mark.parametrize("size", [10, 300_000])
def test_a_failed_assignment_leaves_the_target_as_it_is(size):
    indices = np.arange(size)
    indices[-1] = size
    x = nd.zeros(size)
    for action in (
        lambda: x.__setitem__(indices, 1),
        lambda: x.__setitem__(indices, nd.ones(size)),
        lambda: nd.put_along_axis(x, indices, 1),
        lambda: nd.index_add(x, indices, nd.ones(size)),
    ):
        with pytest.raises(IndexError, match=f"index {size} is out of range for axis 0 of size {size}"):
            action()
    with pytest.raises(ShapeError):
        x[indices[:-1]] = nd.ones(3)
    with pytest.raises(OverflowError):
        nd.zeros(3, dtype="int8")[[0, 1]] = 1000
    assert not x.any()


def test_read_only_arrays_are_not_written():
    values = np.arange(4)
    values.flags.writeable = False
    x = nd.asarray(values)
    for key in ([0], values > 1, True):
        with pytest.raises(ValueError, match="assignment: the array is read-only"):
            x[key] = 1
    with pytest.raises(ValueError, match="put_along_axis: the array is read-only"):
        nd.put_along_axis(x, [0], 1)


def test_strange_keys_are_refused():
    class Broken:
        def __index__(self):
            raise RuntimeError("broken")

    class Shorter(list):
        def __len__(self):
            return 5

    endless = []
    endless.append(endless)
    x = nd.zeros((3, 4))
    for key in (
        endless,
        Shorter([1]),
        {},
        {"a": 1},
        lambda: 0,
        type,
        [None],
        [[0], 1],
        [[[0]], [[1, 2]]],
        [{}],
        "",
        b"",
    ):
        with pytest.raises((IndexError, ValueError)):
            x[key]
        with pytest.raises((IndexError, ValueError)):
            x[0, key] = 1
    with pytest.raises(RuntimeError, match="broken"):
        x[Broken()]
    with pytest.raises(ValueError, match="at most 64 axes"):
        nd.zeros((1,) * 60)[np.zeros((1,) * 6, "int64")]
    same(x, np.zeros((3, 4), "float32"))


def test_selections_larger_than_memory_are_refused():
    x, indices = nd.broadcast_to(nd.asarray(1.0), (5, 2**30)), nd.broadcast_to(nd.asarray(0), (2**60,))
    for action in (lambda: x[indices], lambda: x[True, indices], lambda: nd.take(x, indices, axis=0)):
        with pytest.raises(MemoryError, match="larger than memory can be"):
            action()


# ---- Threads


def test_indices_that_another_thread_changes_never_reach_outside():
    indices = np.zeros(100_000, "int64")
    x, i = nd.zeros(1000), nd.asarray(indices)
    done = threading.Event()

    def spoil():
        while not done.is_set():
            indices[...] = 2**40
            indices[...] = 0

    thread = threading.Thread(target=spoil)
    thread.start()
    try:
        for _ in range(100):
            for action in (lambda: x[i], lambda: x.__setitem__(i, 1)):
                with contextlib.suppress(IndexError):
                    action()
    finally:
        done.set()
        thread.join()
