"""take_along_axis and put_along_axis against NumPy."""

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import ShapeError

from .keys import compatible, integers, is_refused
from .support import equal_views, numbers, same


@st.composite
def along(draw, shape):
    """An axis, and indices for it of a shape that broadcasts with the others."""
    axis = draw(st.integers(-len(shape), len(shape) - 1))
    sizes = [draw(st.sampled_from([size, size, 1])) for size in shape]
    sizes[axis] = draw(st.integers(0, 4)) if shape[axis] else 0
    return axis, draw(integers(tuple(sizes), shape[axis]))


def broadcast_but_for(axis, shape, other):
    """What `shape` becomes where all axes of the two but one broadcast."""
    return np.broadcast_shapes(shape, [*other[:axis], 1, *other[axis:][1:]])


@given(equal_views(), st.data())
def test_take_along_axis_as_numpys(pair, data):
    values, x = pair
    if not values.ndim:
        return
    axis, indices = data.draw(along(values.shape))
    whole = np.broadcast_to(indices, broadcast_but_for(axis, indices.shape, values.shape))
    try:
        expected = np.take_along_axis(values, whole, axis)
    except IndexError:
        expected = None
    mine = data.draw(st.sampled_from([indices, nd.asarray(indices)]))
    if not is_refused(lambda: nd.take_along_axis(x, mine, axis=axis), expected):
        same(nd.take_along_axis(x, mine, axis=axis), expected)


@given(equal_views(), st.data())
def test_put_along_axis_as_numpys(pair, data):
    values, x = pair
    if not values.ndim:
        return
    axis, indices = data.draw(along(values.shape))
    shape = broadcast_but_for(axis, indices.shape, values.shape)
    new = numbers(values.dtype.name, data.draw(compatible(shape)), seed=1)
    given_as = data.draw(st.sampled_from([new, nd.asarray(new), 1]))
    whole = np.broadcast_to(indices, shape)

    def put():
        nd.put_along_axis(x, indices, given_as, axis=axis)

    refused = whole.size == 0 or whole.min() < -values.shape[axis] or whole.max() >= values.shape[axis]
    if not is_refused(put, None if refused and whole.size else whole):
        if whole.size:
            np.put_along_axis(values, whole, np.broadcast_to(np.asarray(given_as, values.dtype), shape), axis)
        put()
    same(x, values)


def test_take_along_axis_undoes_argmax():
    values = numbers("float32", (30, 400))
    x = nd.asarray(values)
    for axis in (0, 1, -1):
        best = nd.argmax(x, axis=axis, keepdims=True)
        same(nd.take_along_axis(x, best, axis=axis), values.max(axis=axis, keepdims=True))


def test_take_and_put_along_axis_of_large_arrays():
    values = numbers("float32", (500, 300))
    for axis in (0, 1):
        order = np.argsort(values, axis=axis, kind="stable")
        x = nd.asarray(values.copy())
        same(nd.take_along_axis(x, order, axis=axis), np.sort(values, axis=axis))
        nd.put_along_axis(x, order, nd.asarray(values), axis=axis)
        expected = values.copy()
        np.put_along_axis(expected, order, values, axis)
        same(x, expected)


@pytest.mark.parametrize("name", ["take_along_axis", "put_along_axis"])
def test_along_axis_refuses_what_does_not_fit(name):
    def call(x, indices, axis=-1):
        if name == "take_along_axis":
            return nd.take_along_axis(x, indices, axis=axis)
        return nd.put_along_axis(x, indices, 1, axis=axis)

    x = nd.zeros((2, 3))
    with pytest.raises(IndexError, match=rf"{name}: axis 2 is out of range"):
        call(x, [[0]], axis=2)
    with pytest.raises(IndexError, match=rf"{name}: index 3 is out of range for axis 1 of size 3 \(shape \(2, 3\)\)"):
        call(x, [[0, 3]])
    with pytest.raises(IndexError, match=rf"{name}: an array used as an index must have an integer dtype, not float32"):
        call(x, [[0.0]])
    with pytest.raises(ShapeError, match=rf"{name}: the indices must have as many axes .* \(1,\) and \(2, 3\)"):
        call(x, [0])
    with pytest.raises(ShapeError, match=rf"{name}: shapes .* do not broadcast"):
        call(x, [[0], [1], [2]])
    with pytest.raises(IndexError, match=f"{name}: axis -1 is out of range: the array has no axes"):
        call(nd.asarray(1.0), nd.asarray(0))
    same(x, np.zeros((2, 3), "float32"))
    if name == "put_along_axis":
        with pytest.raises(TypeError, match="put_along_axis: x must be an NDArray, which is written in place"):
            call([[1.0]], [[0]])
        with pytest.raises(ShapeError, match="assignment: shape"):
            nd.put_along_axis(x, [[0], [1]], [1, 2, 3])


ROW_SHAPES = [(7,), (300,), (5, 9), (40, 33), (3, 4, 70), (2, 3, 2, 5)]


@pytest.mark.parametrize("kind", ["int64", "int32", "int8", "uint8", "uint64"])
@pytest.mark.parametrize("dtype", ["bool", "float16", "float32", "int64"])
def test_rows_by_indices_of_every_dtype(dtype, kind):
    generator = np.random.default_rng(0)
    for shape in ROW_SHAPES:
        size = min(shape[-1], 127)
        low = 0 if kind[0] == "u" else -size
        for count in (1, 3, 4, 5, 64):
            indices = generator.integers(low, size, (*shape[:-1], count)).astype(kind)
            new = numbers(dtype, indices.shape, seed=1)
            values = numbers(dtype, shape)
            for view in (np.s_[...], np.s_[..., ::-1], np.s_[::-1]):
                x, others = values.copy()[view], new.copy()[view][..., : new.shape[-1]]
                chosen = indices[view]
                whole = chosen.astype("int64")
                mine = nd.asarray(x)
                same(nd.take_along_axis(mine, nd.asarray(chosen), axis=-1), np.take_along_axis(x, whole, -1))
                for given_as in (others, others[..., :1]):
                    expected = x.copy()
                    np.put_along_axis(expected, whole, np.broadcast_to(given_as, whole.shape), -1)
                    target = nd.asarray(x.copy())
                    nd.put_along_axis(target, nd.asarray(chosen), nd.asarray(given_as), axis=-1)
                    same(target, expected)


@pytest.mark.parametrize("bad", [9, -10, 2**63 - 1, -(2**63), 2**62])
@pytest.mark.parametrize("at", [0, 17, 44])
def test_an_index_out_of_range_in_a_row_leaves_all_of_them(bad, at):
    values = numbers("float32", (5, 9))
    indices = np.zeros((5, 9), "int64")
    indices.flat[at] = bad
    x = nd.asarray(values)
    with pytest.raises(IndexError, match=rf"index {bad} is out of range for axis 1 of size 9 \(shape \(5, 9\)\)"):
        nd.take_along_axis(x, indices, axis=1)
    with pytest.raises(IndexError, match=rf"index {bad} is out of range for axis 1 of size 9"):
        nd.put_along_axis(x, indices, 7, axis=1)
    row = x[0]
    with pytest.raises(IndexError, match=rf"index {bad} is out of range for axis 0 of size 9 \(shape \(9,\)\)"):
        row[nd.asarray(indices)]
    with pytest.raises(IndexError, match=rf"index {bad} is out of range for axis 0 of size 9 \(shape \(9,\)\)"):
        row[nd.asarray(indices.ravel())] = 7
    same(x, values)


def test_large_unsigned_indices_do_not_wrap_around():
    x = nd.arange(9)
    for bad in (2**64 - 1, 2**63):
        indices = nd.asarray([0, 1, 2, bad], dtype="uint64")
        for call in (
            lambda i=indices: nd.take_along_axis(x, i, axis=0),
            lambda i=indices: x[i],
            lambda i=indices: nd.take(x, i),
        ):
            with pytest.raises(IndexError, match=f"index {bad} is out of range"):
                call()


def test_rows_that_share_memory_with_what_is_written():
    values = np.random.default_rng(0).permutation(40).reshape(4, 10) % 10
    expected = values.copy()
    np.put_along_axis(expected, values.copy(), values[:, ::-1].copy(), 1)
    x = nd.asarray(values.copy())
    nd.put_along_axis(x, x, x[:, ::-1], axis=1)
    same(x, expected)
    row = nd.asarray([3, 0, 2, 1])
    row[row] = row[::-1]
    wanted = np.array([3, 0, 2, 1])
    wanted[wanted.copy()] = wanted[::-1].copy()
    same(row, wanted)


@pytest.mark.parametrize("threads", [1, 3])
def test_rows_of_many_tasks(thread_count, threads):
    thread_count(threads)
    values = numbers("float32", (300, 700))
    indices = np.random.default_rng(0).integers(-700, 700, (300, 900))
    same(nd.take_along_axis(nd.asarray(values), nd.asarray(indices), axis=1), np.take_along_axis(values, indices, 1))
    new = numbers("float32", (300, 900), seed=1)
    expected = values.copy()
    np.put_along_axis(expected, indices, new, 1)  # of equal indices the last one counts
    x = nd.asarray(values)
    nd.put_along_axis(x, nd.asarray(indices), nd.asarray(new), axis=1)
    same(x, expected)
