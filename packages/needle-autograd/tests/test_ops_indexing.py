"""Indexing gives what NumPy gives, and its gradient adds up what was read several times."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_autograd import Tensor, ops, set_backend

SHAPE = (3, 4, 2)
VALUES = np.arange(24.0).reshape(SHAPE)

INDICES = {
    "integer": 1,
    "negative": -1,
    "numpy integer": np.int64(2),
    "all integers": (1, 2, 0),
    "slice": slice(1, None),
    "negative step": (slice(None, None, -1), slice(3, 0, -2)),
    "empty slice": slice(2, 1),
    "ellipsis": (..., 0),
    "ellipsis alone": ...,
    "nothing": (),
    "new axes": (None, 1, ..., None),
    "list": [0, 2, 0],
    "empty list": [],
    "matrix of indices": np.array([[0, 1], [2, 0]]),
    "array on the second axis": (slice(None), [3, 3, -1]),
    "array on the last axis": (..., [1, 0, 1]),
    "two arrays": ([0, 2, 0], [1, 1, 1]),
    "two arrays after a slice": (slice(None), [0, 3], [1, 0]),
    "two arrays around a slice": ([0, 2], slice(None), [1, 0]),
    "arrays that broadcast": ([[0], [2]], [1, 3]),
    "three arrays": ([0, 1], [1, 2], [1, 0]),
    "array and integer": (1, [0, 2]),
    "integer around a slice": (0, slice(None), [1, 0, 0]),
    "array, new axis, array": ([0, 1], None, [1, 2]),
    "array and negative step": ([1, 1], slice(None, None, -1)),
    "new axis and array": (None, [2, 0]),
    "arrays around an ellipsis": ([0, 1], ..., [1, 0]),
    "unsigned": np.array([0, 1], np.uint8),
    "mask": VALUES[:, 0, 0] > 5,
    "full mask": VALUES % 3 == 0,
    "mask on the second axis": (slice(None), np.array([True, False, False, True])),
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_values_and_gradients_are_those_of_numpy(index, backend):
    x = Tensor(VALUES)
    part = x[index]
    expected = VALUES[index]
    np.testing.assert_array_equal(part.numpy(), expected)
    assert part.shape == expected.shape

    weights = np.arange(1.0, expected.size + 1).reshape(expected.shape)
    part.backward(weights)
    grad = np.zeros_like(VALUES)
    np.add.at(grad, index, weights)
    np.testing.assert_array_equal(x.grad.numpy(), grad)


@given(st.data())
def test_any_basic_index_is_that_of_numpy(data):
    index = data.draw(hnp.basic_indices(SHAPE, allow_newaxis=True, allow_ellipsis=True))
    set_backend("np")
    x = Tensor(VALUES)
    part = x[index]
    np.testing.assert_array_equal(part.numpy(), VALUES[index])
    if part.size:
        part.sum().backward()
        grad = np.zeros_like(VALUES)
        grad[index] = 1
        np.testing.assert_array_equal(x.grad.numpy(), grad)


@given(st.data())
def test_any_integer_arrays_index_as_in_numpy(data):
    index = data.draw(hnp.integer_array_indices(SHAPE, result_shape=hnp.array_shapes(max_dims=2, max_side=3)))
    set_backend("np")
    x = Tensor(VALUES)
    part = x[index]
    np.testing.assert_array_equal(part.numpy(), VALUES[index])
    part.sum().backward()
    grad = np.zeros_like(VALUES)
    np.add.at(grad, index, 1.0)
    np.testing.assert_array_equal(x.grad.numpy(), grad)


def test_tensors_index_tensors(backend):
    rows = Tensor(np.array([2, 0]))
    np.testing.assert_array_equal(Tensor(VALUES)[rows].numpy(), VALUES[[2, 0]])
    np.testing.assert_array_equal(Tensor(VALUES)[rows, rows].numpy(), VALUES[[2, 0], [2, 0]])
    np.testing.assert_array_equal(ops.take(Tensor(VALUES), rows, axis=1).numpy(), VALUES[:, [2, 0]])


def test_a_view_shares_memory(backend):
    x = Tensor(VALUES)
    part = x[1:, 0]
    x.realize_cached_data()[2, 0, 1] = -5.0
    assert part.numpy()[1, 1] == -5.0


def test_gradients_of_gradients_pass_through_an_index(backend):
    x = Tensor(VALUES)
    (x[[0, 0, 1]] ** 3).sum().backward(create_graph=True)
    x.grad.sum().backward()
    expected = np.zeros_like(VALUES)
    np.add.at(expected, [0, 0, 1], 6 * VALUES[[0, 0, 1]])
    np.testing.assert_allclose(x.grad.numpy(), expected)
