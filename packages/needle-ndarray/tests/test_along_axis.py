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
