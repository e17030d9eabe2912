"""Reading and writing by index, take and index_add, against NumPy."""

import operator

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError

from .support import DTYPES, INTEGERS, NUMERIC, SIGNED, basic_indices, equal_views, numbers, same

# ---- Basic indices


@given(equal_views(), st.data())
def test_every_basic_index_reads_as_numpys(pair, data):
    values, x = pair
    key = data.draw(basic_indices(values.shape))
    expected, actual = np.asarray(values[key]), x[key]
    same(actual, expected)
    if expected.size:
        assert np.shares_memory(actual.numpy(), x.numpy())


@given(equal_views(), st.data())
def test_every_basic_index_writes_as_numpys(pair, data):
    values, x = pair
    key = data.draw(basic_indices(values.shape))
    shape = np.shape(values[key])
    shape = tuple(data.draw(st.sampled_from([1, size])) for size in shape)
    new = numbers(data.draw(st.sampled_from(DTYPES)), shape[data.draw(st.integers(0, len(shape))) :], low=0)
    if values.dtype == "bool":
        new = new.astype("bool")
    values[key] = new
    x[key] = data.draw(st.sampled_from([new, nd.asarray(new)]))
    same(x, values)


@given(equal_views(), st.data(), st.sampled_from([0, 1, True, 3, 2.0, np.float32(1), np.int8(2), np.bool_(False)]))
def test_every_basic_index_takes_a_number(pair, data, number):
    values, x = pair
    key = data.draw(basic_indices(values.shape))
    values[key] = number
    x[key] = number
    same(x, values)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 100, -1, -2, -3, -7, -100, 2**62, -(2**62), 2**100, -(2**100), 2**63 - 1])
def test_slices_with_steps_of_every_size(step):
    values = numbers("int16", (9, 5))
    x = nd.asarray(values)
    bounds = [None, 0, 1, 4, 8, 9, 100, -1, -5, -9, -10, -100, 2**70, -(2**70)]
    for start in bounds:
        for stop in bounds:
            same(x[start:stop:step], values[start:stop:step])
            same(x[:, start:stop:step], values[:, start:stop:step])


def test_an_index_may_be_anything_that_counts_as_an_integer():
    class Two:
        def __index__(self):
            return 2

    x = nd.arange(12).reshape(3, 4)
    for two in (2, np.int8(2), np.uint64(2), Two(), nd.asarray(2), np.array(2), nd.asarray(2, dtype="uint8")):
        same(x[two], np.arange(8, 12))
        same(x[:, two], np.array([2, 6, 10]))
        same(x[two, two], np.array(10))
        same(x[two:], np.arange(8, 12)[None]) if not isinstance(two, np.ndarray) else None
        y = nd.zeros((3, 4))
        y[two, 1:] = 5
        assert y.sum().item() == 15
    same(x[nd.argmax(x[:, 0])], np.arange(8, 12))


@pytest.mark.parametrize("dtype", DTYPES)
def test_single_elements(dtype):
    values = numbers(dtype, (3, 4))
    x = nd.asarray(values.copy())
    for i in range(-3, 3):
        for j in range(-4, 4):
            same(x[i, j], values[i, j])
            assert x[i, j].item() == values[i, j].item()
            assert x[i][j].shape == ()
    x[1, 2] = 1
    x[-1][-1] = 1
    values[1, 2] = values[-1, -1] = 1
    same(x, values)


def test_one_element_of_a_number():
    x = nd.asarray(3.0)
    same(x[()], np.array(3, "float32"))
    same(x[...], np.array(3, "float32"))
    same(x[None], np.array([3], "float32"))
    x[()] = 4
    same(x, np.array(4, "float32"))
    x[...] = 5
    same(x, np.array(5, "float32"))


# ---- What is refused


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (3, r"index 3 is out of range for axis 0 of size 3 \(shape \(3, 4\)\)"),
        (-4, "index -4 is out of range for axis 0 of size 3"),
        ((0, 4), "index 4 is out of range for axis"),
        ((..., -5), "index -5 is out of range for axis 1 of size 4"),
        ((0, 0, 0), r"too many indices: 3 given, but shape \(3, 4\) has 2 axes"),
        ((..., ...), "at most one ellipsis"),
        ((1.0,), "an index must be an int, a slice, ..., None or an array of integers or booleans, not 1.0"),
        ("a", "an index must be an int"),
        (b"a", "an index must be an int"),
        (np.float32(1), "an index must be an int"),
        ({1}, "an index must be an int"),
        (object(), "an index must be an int"),
        ([0.5], "an array used as an index must have an integer dtype, or bool, not float32"),
        (["a"], "an index must be an array of integers or booleans: cannot make an array of"),
        ([2**70], "an index must be an array of integers or booleans: "),
        ([2**63], r"index 9223372036854775808 is out of range for axis 0 of size 3 \(shape \(3, 4\)\)"),
        ((0, [1, -5]), r"index -5 is out of range for axis 1 of size 4 \(shape \(3, 4\)\)"),
        ((0, 5), r"index 5 is out of range for axis 1 of size 4 \(shape \(3, 4\)\)"),
        ([True, False], r"a mask of shape \(2,\) does not fit an array of shape \(3, 4\): axis 0 has size 3, not 2"),
        ((0, [True]), r"a mask of shape \(1,\) does not fit an array of shape \(3, 4\): axis 1 has size 4, not 1"),
        (np.ones((3, 3), "bool"), r"a mask of shape \(3, 3\) does not fit .* axis 1 has size 4, not 3"),
        (np.ones((3, 4, 1), "bool"), r"too many indices: 3 given, but shape \(3, 4\) has 2 axes"),
        ((0, np.ones((3, 4), "bool")), "too many indices: 3 given"),
        (([0, 1], [0, 1, 2]), r"the arrays of an index: shapes \(2,\) and \(3,\) do not broadcast"),
        (([0, 1], [True, True, True, False]), r"the arrays of an index: shapes \(2,\) and \(3,\) do not broadcast"),
        (([0], [7], []), "too many indices: 3 given"),
        (([9], []), "index 9 is out of range for axis 0"),
        ((None,) * 70, "too many indices|at most 64 axes"),
        ((0,) * 200, "too many indices"),
    ],
)
def test_indices_that_do_not_fit_are_refused(key, text):
    x = nd.ones((3, 4))
    error = (IndexError, ValueError) if isinstance(key, tuple) and len(key) > 60 else IndexError
    with pytest.raises(error, match=text):
        x[key]
    with pytest.raises(error):
        x[key] = 1
    same(x, np.ones((3, 4), "float32"))


@pytest.mark.parametrize(
    "key", [2**63, -(2**63) - 1, 2**100, 10**6000], ids=["2**63", "-(2**63) - 1", "2**100", "large"]
)
def test_indices_beyond_int64_are_out_of_range(key):
    x = nd.ones(3)
    with pytest.raises(IndexError, match=r"an index beyond 64 bits is out of range for axis 0 of size 3"):
        x[key]
    with pytest.raises(IndexError, match="an index beyond 64 bits is out of range"):
        x[key] = 0
    same(x, np.ones(3, "float32"))


def test_slices_that_are_none_are_refused():
    x = nd.ones(3)
    with pytest.raises(ValueError, match="slice step cannot be zero"):
        x[::0]
    with pytest.raises(TypeError, match="slice indices must be integers"):
        x["a":]
    with pytest.raises(TypeError, match="slice indices must be integers"):
        x[:1.5]


def test_elements_are_not_deleted():
    x = nd.ones(3)
    with pytest.raises(TypeError, match="elements of an array cannot be deleted"):
        del x[0]


@pytest.mark.parametrize(
    ("key", "value", "error", "text"),
    [
        (0, np.ones(3), ShapeError, r"assignment: shape \(3,\) does not broadcast to \(4,\)"),
        (slice(None), np.ones((2, 4)), ShapeError, r"assignment: shape \(2, 4\) does not broadcast to \(3, 4\)"),
        ((0, 0), np.ones(2), ShapeError, r"assignment: shape \(2,\) does not broadcast to \(\)"),
        (0, "a", TypeError, "expected an array, not 'a'"),
        (0, None, TypeError, "expected an array, not None"),
        (0, object(), TypeError, "cannot make an array of"),
        (0, [1, [2]], ShapeError, "rectangle"),
        (([0, 1],), np.ones(3), ShapeError, r"assignment: shape \(3,\) does not broadcast to \(2, 4\)"),
        (np.eye(3, 4) > 0, np.ones(2), ShapeError, r"assignment: shape \(2,\) does not broadcast to \(3,\)"),
        (np.eye(3, 4) > 0, np.ones(4), ShapeError, r"assignment: shape \(4,\) does not broadcast to \(3,\)"),
        (([0, 3],), 1, IndexError, "index 3 is out of range for axis 0 of size 3"),
        ((slice(None), [0, 1, -5]), 1, IndexError, "index -5 is out of range for axis 1 of size 4"),
    ],
)
def test_values_that_do_not_fit_are_refused(key, value, error, text):
    x = nd.zeros((3, 4))
    with pytest.raises(error, match=text):
        x[key] = value
    same(x, np.zeros((3, 4), "float32"))


# ---- Assignment


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
def test_assignment_converts_to_the_targets_dtype(source, target):
    values, expected = numbers(source, (3, 4), low=0), numbers(target, (3, 4), seed=1)
    x = nd.asarray(expected.copy())
    x[::-1, ::2] = nd.asarray(values)[:, 1::2]
    expected[::-1, ::2] = values[:, 1::2]
    same(x, expected)


@pytest.mark.parametrize("dtype", ["int8", "float16", "float32", "float64"])
@pytest.mark.parametrize("step", [2, 3, 4, 5, -2])
@pytest.mark.parametrize("size", [0, 1, 15, 31, 33, 64, 65, 200, 3000])
def test_what_lies_between_the_places_that_are_written_stays(size, step, dtype):
    expected, values = numbers(dtype, (5, size)), numbers(dtype, (5, size), seed=1)[:, ::step]
    x = nd.asarray(expected.copy())
    for value in (values, values[2], values[:, :1], 7):
        for rows in (np.s_[:], np.s_[1:-1], np.s_[::-2]):
            new = value[rows] if np.ndim(value) == 2 else value
            x[rows, ::step] = nd.asarray(new)
            expected[rows, ::step] = new
            same(x, expected)
    if size > abs(step):  # every place moves to the one before it
        x[:, 1::4] = x[:, : len(range(1, size, 4))]
        expected[:, 1::4] = expected[:, : len(range(1, size, 4))].copy()
        same(x, expected)


@pytest.mark.parametrize("dtype", ["int8", "float16", "float32", "float64"])
@pytest.mark.parametrize("step", [2, 3, 4, 5, -1, -2])
def test_every_step_th_element_of_rows_of_every_length(step, dtype):
    rows = numbers(dtype, (3, 300))
    x = nd.asarray(rows)
    for size in [*range(1, 40), 63, 64, 65, 300]:
        same(x[:, :size:step].copy(), rows[:, :size:step].copy())
        target, expected = nd.zeros((310,), dtype=getattr(nd, dtype)), np.zeros(310, dtype)
        taken = rows[1, :size:step]
        for start in (0, 1, 3):  # wherever a line of memory begins, and nothing beside the target changes
            target[start : start + taken.size] = x[1, :size:step]
            expected[start : start + taken.size] = taken
            same(target, expected)


# From 8 MiB on, results go past the caches.
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("step", [2, 3, 4, -2])
@pytest.mark.parametrize("size", [17, 200, 2047])
def test_every_step_th_element_of_a_large_array(size, step, dtype):
    count = (8 << 20) // (size * np.dtype(dtype).itemsize) + 2
    values = np.resize(np.arange(2039).astype(dtype), (count, size * abs(step)))
    x = nd.asarray(values)
    same(x[:, ::step].copy(), values[:, ::step].copy())
    ends = x[1:, abs(step) - 1 :: abs(step)]  # each row ends with the last element before the next
    target, expected = nd.zeros(ends.size + 9, dtype=getattr(nd, dtype)), np.zeros(ends.size + 9, dtype)
    target[3:-6].reshape(ends.shape, copy=False)[...] = ends
    expected[3:-6] = values[1:, abs(step) - 1 :: abs(step)].reshape(-1)
    same(target, expected)


def test_assignment_takes_lists():
    x = nd.zeros((2, 3))
    x[0] = [1, 2, 3]
    x[:, 1] = [[7], [8]][0]
    x[1] = range(3)
    same(x, np.array([[1, 7, 3], [0, 1, 2]], "float32"))


OVERLAPS = [
    *[(np.s_[1:], np.s_[:-1]), (np.s_[:-1], np.s_[1:]), (np.s_[:], np.s_[::-1]), (np.s_[2::3], np.s_[:-2:3])],
    *[(np.s_[:500], np.s_[::2]), (np.s_[500:], np.s_[1::2]), (np.s_[::2], np.s_[:500]), (np.s_[:], np.s_[:])],
]


@pytest.mark.parametrize(("to", "source"), OVERLAPS)
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32", "int64"])
def test_assignment_from_overlapping_memory_reads_first(to, source, dtype):
    for shape in [(1000,), (1000, 3)]:
        expected = numbers(dtype, shape)
        x = nd.asarray(expected.copy())
        count = min(len(expected[to]), len(expected[source]))
        expected[to][:count] = expected[source][:count].copy()
        x[to][:count] = x[source][:count]
        same(x, expected)


@pytest.mark.parametrize("size", [2, 7, 64, 130])
def test_an_array_takes_its_own_transpose(size):
    expected = numbers("float32", (size, size))
    x = nd.asarray(expected.copy())
    x[...] = x.T
    same(x, expected.T)
    x[...] = x[::-1, ::-1].T
    same(x, expected.T[::-1, ::-1].T)


def test_augmented_assignment_through_an_index():
    expected = numbers("float32", (5, 6))
    x = nd.asarray(expected.copy())
    for key in (0, np.s_[1:3], np.s_[:, ::2], np.s_[..., None, 1], (2, 3)):
        x[key] += 2
        expected[key] += 2
        x[key] *= x[key]
        expected[key] *= expected[key]
    same(x, expected)


# ---- Integer arrays


@given(equal_views(), st.data())
def test_one_integer_array_reads_as_numpys(pair, data):
    values, x = pair
    axes = [axis for axis, size in enumerate(values.shape) if size]
    if not axes:
        return
    axis = data.draw(st.sampled_from(axes))
    size = values.shape[axis]
    shape = data.draw(st.lists(st.integers(0, 3), min_size=1, max_size=2))
    index = st.integers(-size, size - 1)
    count = int(np.prod(shape))
    indices = np.array(data.draw(st.lists(index, min_size=count, max_size=count)), "int64").reshape(shape)
    dtype = data.draw(st.sampled_from(SIGNED))
    indices = indices.astype(dtype)
    key = (*[slice(None)] * axis, indices)
    mine = data.draw(st.sampled_from([indices, nd.asarray(indices), indices.tolist() if indices.size else indices]))
    expected = values[key]
    same(x[(*[slice(None)] * axis, mine)], expected)
    same(x[(*[slice(None)] * axis, mine, ...)], expected)
    same(nd.take(x, nd.asarray(indices.astype("int64")), axis=axis), np.take(values, indices, axis=axis))
    assert not np.shares_memory(x[key].numpy(), x.numpy())


@pytest.mark.parametrize(
    "key",
    [
        *[([1, 0],), ([1, 0], 2), (0, [1, 2]), (slice(None), [1, 2], 3), ([0, 1], slice(None, None, -1), slice(1, 3))],
        *[
            ([0, 1], None),
            (None, [0, 1]),
            (0, ..., [0, 1]),
            ([0, 1], ..., 0),
            (0, slice(None), [3, 1]),
            (..., 0, [1, 1]),
        ],
        *[(0, None, [1, 2]), ([[0, 1], [1, 0]],), ([[0], [1]], slice(None), 2), (slice(1), 1, [0, 3]), ([], 1)],
        *[(slice(None), 0, [1, 2], None), (-1, [2, 0], -1)],
    ],
)
def test_one_integer_array_with_other_indices_reads_as_numpys(key):
    values = numbers("float32", (2, 3, 4))
    np_key = tuple(np.array(item, "int64") if isinstance(item, list) else item for item in key)
    same(nd.asarray(values)[key], values[np_key])
    same(nd.asarray(values.T).T[key], values[np_key])


@pytest.mark.parametrize("dtype", INTEGERS)
def test_indices_of_every_integer_dtype(dtype):
    x, indices = nd.arange(5), np.array([4, 0, 2], dtype)
    same(x[nd.asarray(indices)], np.array([4, 0, 2]))
    same(x[indices], np.array([4, 0, 2]))
    same(nd.take(x, indices), np.array([4, 0, 2]))


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("wrong", [5, -6, 100, -100])
def test_integer_arrays_are_checked(dtype, wrong):
    if wrong < 0 and dtype.startswith("u"):
        wrong += 2 ** np.iinfo(dtype).bits
    x, indices = nd.arange(5), nd.asarray(np.array([0, 4, wrong], dtype))
    for read in (lambda: x[indices], lambda: nd.take(x, indices), lambda: nd.take(x, indices, axis=-1)):
        with pytest.raises(IndexError, match=f"index {wrong} is out of range for axis 0 of size 5"):
            read()
    with pytest.raises(IndexError, match="is out of range for axis 0 of size 0"):
        nd.zeros((0,))[nd.asarray([0])]
    target = nd.zeros(5)
    with pytest.raises(IndexError, match=f"index_add: index {wrong} is out of range"):
        nd.index_add(target, indices, nd.ones(3))
    same(target, np.zeros(5, "float32"))


def test_take_of_large_arrays():
    values = numbers("float32", (2000, 130))
    random = np.random.default_rng(0)
    rows, columns = random.integers(-2000, 2000, (3, 500)), random.integers(0, 130, 1000)
    same(nd.take(nd.asarray(values), rows, axis=0), values[rows])
    same(nd.take(nd.asarray(values), columns, axis=1), values[:, columns])
    same(nd.asarray(values)[::-2][:, columns], values[::-2][:, columns])
    same(nd.asarray(values.T)[:, rows[0]], values.T[:, rows[0]])


@pytest.mark.parametrize("length", [1, 3, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100, 129, 256, 700, 5000])
@pytest.mark.parametrize("dtype", ["int8", "float32"])
def test_rows_of_every_length_are_taken_and_put_whole_and_alone(dtype, length):
    values = numbers(dtype, (90, length + 5))
    x = nd.asarray(values.copy())
    rows = np.random.default_rng(1).permutation(np.arange(-90, 0))[:70]
    same(nd.take(x[:, 2:-3], rows, axis=0), values[:, 2:-3][rows])
    new = numbers(dtype, (70, length), seed=1)
    x[:, 2:-3][rows] = nd.asarray(new)
    values[:, 2:-3][rows] = new
    same(x, values)


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 600])
@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8"])
def test_the_first_and_the_last_index_are_checked(dtype, count):
    x = nd.asarray(numbers("float32", (50, 20)))
    for place in (0, count // 2, count - 1):
        indices = np.full(count, 49, dtype)
        same(nd.take(x, indices, axis=0), np.asarray(x)[indices])
        for wrong in (50, -51) if dtype != "uint8" else (50, 255):
            indices[place] = wrong
            with pytest.raises(IndexError, match=f"index {wrong} is out of range for axis 0 of size 50"):
                nd.take(x, indices, axis=0)


def test_take_refuses_what_does_not_fit():
    x = nd.ones((2, 3))
    with pytest.raises(ValueError, match="take: axis may be left out only for one-dimensional arrays"):
        nd.take(x, [0])
    with pytest.raises(IndexError, match="take: axis 2 is out of range"):
        nd.take(x, [0], axis=2)
    with pytest.raises(IndexError, match="take: an array used as an index must have an integer dtype, not float32"):
        nd.take(x, [0.0], axis=0)
    with pytest.raises(IndexError, match="must have an integer dtype, not bool"):
        nd.take(x, [True], axis=0)
    with pytest.raises(ValueError, match="at most 64 axes"):
        nd.take(nd.ones((1,) * 40), nd.zeros((1,) * 40, dtype="int64"), axis=0)


# ---- index_add


@pytest.mark.parametrize("dtype", NUMERIC)
def test_index_add_sums_repeated_indices(dtype):
    for shape, count in [((5,), (7,)), ((4, 3), (6,)), ((4, 3), (2, 5)), ((3, 2, 2), (0,)), ((5,), ())]:
        values = numbers(dtype, shape)
        indices = np.random.default_rng(0).integers(-shape[0], shape[0], count)
        source = numbers(dtype, (*count, *shape[1:]), seed=1)
        target = nd.asarray(values.copy())
        assert nd.index_add(target, nd.asarray(indices), nd.asarray(source)) is target
        np.add.at(values, indices, source)
        same(target, values)


@pytest.mark.parametrize("columns", [16, 17, 256])
def test_rows_are_added_in_the_order_of_the_indices_by_every_number_of_threads(columns):
    rng = np.random.default_rng(0)
    indices = np.concatenate([rng.integers(-50, 50, 3000), np.full(500, 7), np.arange(50)])
    values = rng.normal(size=(len(indices), columns)).astype(np.float32)
    expected = np.zeros((50, columns), np.float32)
    np.add.at(expected, indices, values)
    before = nd.num_threads()
    try:
        for threads in (1, 2, 5):
            nd.set_num_threads(threads)
            target = nd.index_add(nd.zeros((50, columns)), nd.asarray(indices), nd.asarray(values))
            np.testing.assert_array_equal(np.asarray(target), expected)
    finally:
        nd.set_num_threads(before)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_index_add_along_an_axis(axis):
    values = numbers("float64", (4, 5, 6))
    indices = np.array([[0, 2], [0, -1]])
    shape = list(values.shape)
    shape[axis : axis % 3 + 1] = indices.shape
    source = numbers("float64", shape, seed=1)
    target = nd.asarray(values.copy())
    nd.index_add(target, indices, source, axis=axis)
    key = (*[slice(None)] * (axis % 3), indices)
    np.add.at(values, key, source)
    same(target, values)


def test_index_add_writes_through_views_of_any_layout():
    values = numbers("int32", (6, 5))
    for view in (np.s_[::-1], np.s_[:, ::2], np.s_[1:4]):
        base, x = values.copy(), nd.asarray(values.copy())
        target, expected = x[view].T, base[view].T
        indices = np.array([0, -1, 0, 1])
        source = numbers("int32", (4, expected.shape[1]), seed=2)
        nd.index_add(target, indices, source)
        np.add.at(expected, indices, source)
        same(x, base)


def test_index_add_of_an_array_to_itself_reads_first():
    values = numbers("int64", (5, 3))
    x = nd.asarray(values.copy())
    nd.index_add(x, [0, 0, 1], x[2:])
    np.add.at(values, [0, 0, 1], values[2:].copy())
    same(x, values)


def test_index_add_refuses_what_does_not_fit():
    target = nd.zeros((4, 3))
    with pytest.raises(ShapeError, match=r"index_add: .* must have shape \(2, 3\), not \(2, 2\)"):
        nd.index_add(target, [0, 1], nd.ones((2, 2)))
    with pytest.raises(DTypeError, match="one numeric dtype, not float32 and float64"):
        nd.index_add(target, [0, 1], nd.ones((2, 3), dtype="float64"))
    with pytest.raises(DTypeError, match="one numeric dtype, not bool and bool"):
        nd.index_add(nd.zeros(3, dtype="bool"), [0], nd.ones(1, dtype="bool"))
    with pytest.raises(TypeError, match="index_add: x must be an NDArray, which is written in place"):
        nd.index_add(np.zeros(3), [0], nd.ones(1))
    with pytest.raises((IndexError, ValueError), match=r"no axes|no axis"):
        nd.index_add(nd.asarray(1.0), [0], nd.ones(1))
    with pytest.raises(ValueError, match="broadcast view"):
        nd.index_add(nd.broadcast_to(nd.zeros(3), (2, 3)), [0], nd.ones((1, 3)))
    with pytest.raises(ValueError, match="read-only"):
        nd.index_add(nd.asarray(bytes(4)), [0], nd.ones(1, dtype="uint8"))
    same(target, np.zeros((4, 3), "float32"))


# ---- flat


@given(equal_views(), st.data())
def test_flat_reads_and_writes_in_row_major_order(pair, data):
    values, x = pair
    assert list(x.flat) == values.ravel().tolist()
    assert len(x.flat) == values.size
    if values.size:
        position = data.draw(st.integers(-values.size, values.size - 1))
        assert x.flat[position] == values.flat[position]
        x.flat[position] = values.flat[position] = 1
        same(x, values)
    key = slice(
        *data.draw(st.tuples(*[st.none() | st.integers(-8, 8)] * 2)), data.draw(st.sampled_from([None, 1, 2, -1]))
    )
    same(x.flat[key], values.ravel()[key])
    x.flat[key] = 0
    values.flat[np.arange(values.size)[key]] = 0
    same(x, values)


def test_flat_takes_augmented_assignment_and_refuses_what_is_out_of_range():
    x = nd.zeros((2, 3)).T
    x.flat[1] += 3
    same(x, np.array([[0, 3], [0, 0], [0, 0]], "float32"))
    for key in (6, -7):
        with pytest.raises(IndexError, match=rf"index {key} is out of range for the 6 elements of shape \(3, 2\)"):
            x.flat[key]
        with pytest.raises(IndexError, match="out of range"):
            operator.setitem(x.flat, key, 1)
    number = nd.asarray(1.0)
    number.flat[0] = 5
    assert number.item() == 5
    for key in (1.5, "a", [0, 1], None, True):
        with pytest.raises(TypeError, match=r"flat takes an int or a slice, not .*; reshape\(-1\) gives an array"):
            x.flat[key]
