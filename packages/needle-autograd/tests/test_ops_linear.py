"""The fully connected layer and the table of rows as operations."""

import re
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needle_autograd import DTypeError, ShapeError, Tensor, lazy, ops, set_backend
from needle_autograd.testing import check_gradient

pytestmark = pytest.mark.usefixtures("backend")


def drawn(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape))


def zeros(*shape, dtype="float32"):
    return Tensor(np.zeros(shape, dtype))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 3), max_size=2),
    st.integers(0, 4),
    st.integers(0, 4),
    st.sampled_from(["without bias", "row", "matrix of one row"]),
    st.sampled_from([None, "relu", "sigmoid", "silu", "tanh"]),
    st.sampled_from(["np", "nd"]),
)
def test_results_and_gradients_are_those_of_separate_operations(lead, inputs, outputs, bias, activation, backend):
    set_backend(backend)
    biased = bias != "without bias"
    row = drawn(outputs, seed=2) if bias == "row" else drawn(1, outputs, seed=2)
    operands = [drawn(*lead, inputs), drawn(inputs, outputs, seed=1)] + [row] * biased
    fused = ops.linear(*operands, activation=activation)
    fused.sum().backward()
    grads = [operand.grad.numpy() for operand in operands]
    plain = operands[0] @ operands[1]
    plain = plain + row.reshape((outputs,)) if biased else plain
    plain = plain if activation is None else getattr(ops, activation)(plain)
    plain.sum().backward()
    np.testing.assert_allclose(fused.numpy(), plain.numpy(), rtol=1e-12, atol=1e-14)
    for grad, operand in zip(grads, operands, strict=True):
        np.testing.assert_allclose(grad, operand.grad.numpy(), rtol=1e-11, atol=1e-12)


def test_silu_after_a_product_has_gradients_to_second_order():
    check_gradient(
        lambda x, w, b: ops.linear(x, w, b, "silu"), drawn(2, 3), drawn(3, 2, seed=1), drawn(2, seed=2), order=2
    )


def test_a_rectified_layer_is_one_node():
    out = ops.linear(zeros(2, 3), zeros(3, 4), zeros(4), "relu")
    assert isinstance(out.op, ops.Linear)
    assert vars(out.op) == {"activation": "relu"}


def test_operands_that_want_no_gradient_get_none():
    x, weight = drawn(2, 3).detach(), drawn(3, 2)
    out = ops.linear(x, weight)
    assert out.op.gradient_as_tuple(Tensor(np.ones((2, 2))), out)[0] is None


@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float64", "float32")])
def test_gradients_have_the_dtype_of_their_input_when_dtypes_differ(dtypes):
    x, weight = Tensor(drawn(2, 3), dtype=dtypes[0]), Tensor(drawn(3, 2), dtype=dtypes[1])
    bias = Tensor(drawn(2), dtype=dtypes[1])
    ops.linear(x, weight, bias, "tanh").sum().backward()
    assert (x.grad.dtype, weight.grad.dtype, bias.grad.dtype) == (*dtypes, dtypes[1])


def test_rows_that_are_read_twice_get_both_gradients():
    table = drawn(4, 3)
    ids = Tensor(np.array([[1, 3], [1, 0]]))
    out = ops.embedding(ids, table)
    np.testing.assert_array_equal(out.numpy(), table.numpy()[ids.numpy()])
    out.sum().backward()
    np.testing.assert_array_equal(table.grad.numpy(), np.repeat([[1.0], [2.0], [0.0], [1.0]], 3, 1))


SHAPE_ERRORS = {
    "inputs": (
        lambda: ops.linear(zeros(2, 3), zeros(4, 5)),
        "linear: x of shape (2, 3) has size 3 along axis -1, and weight of shape (4, 5) has size 4 along axis 0; they",
    ),
    "transposed weight": (
        lambda: ops.linear(zeros(2, 3), zeros(4, 3)),
        "write weight.transpose() for a weight (outputs, inputs)",
    ),
    "bias": (
        lambda: ops.linear(zeros(2, 3), zeros(3, 4), zeros(2, 4)),
        "linear: bias has shape (2, 4); expected (4,) or (1, 4), a number for each output of weight, (3, 4)",
    ),
    "vector": (lambda: ops.linear(zeros(2, 3), zeros(3)), "linear: x has shape (2, 3) and weight (3,); expected"),
    "table": (
        lambda: ops.embedding(zeros(2, dtype="int64"), zeros(3)),
        "embedding: weight has shape (3,); expected (rows, features)",
    ),
}


@pytest.mark.parametrize("case", SHAPE_ERRORS)
@pytest.mark.parametrize("mode", ["eager", "lazy"])
def test_shapes_that_do_not_fit_are_refused_at_the_call(case, mode):
    call, text = SHAPE_ERRORS[case]
    with lazy() if mode == "lazy" else nullcontext(), pytest.raises(ShapeError, match=re.escape(text)):
        call()


def test_what_is_no_row_of_the_table_is_refused():
    with pytest.raises(IndexError, match=r"index 4 is out of range for axis 0 of shape .4, 3."):
        ops.embedding(Tensor(np.array([0, 4])), zeros(4, 3))
    with pytest.raises(DTypeError, match=r"indices are .*float32.*, expected integers"):
        ops.embedding(zeros(2), zeros(4, 3))


def test_an_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="linear: activation is 'softmax'; expected one of None, 'relu', 'sigmoid'"):
        ops.linear(zeros(2, 3), zeros(3, 4), activation="softmax")
