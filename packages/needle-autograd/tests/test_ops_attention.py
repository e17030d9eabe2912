"""Attention as an operation: heads that broadcast, masks, dropout, dtypes, what is refused."""

import re
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needle_autograd import DTypeError, GraphError, ShapeError, Tensor, lazy, ops, random, set_backend
from needle_autograd.testing import check_gradient

pytestmark = pytest.mark.usefixtures("backend")

attend = ops.scaled_dot_product_attention


def drawn(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape))


def zeros(*shape, dtype="float32"):
    return Tensor(np.zeros(shape, dtype))


@settings(max_examples=40, deadline=None)
@given(st.data(), st.sampled_from(["np", "nd"]))
def test_results_and_gradients_are_those_of_softmax_and_products(data, backend):
    set_backend(backend)
    axes = st.integers(1, 3)
    lead = [data.draw(axes) for _ in range(data.draw(st.integers(0, 2)))]
    t, s, d, e = (data.draw(axes) for _ in range(4))

    def operand(rows, columns, seed):
        own = [data.draw(st.sampled_from([1, size])) for size in lead][data.draw(st.integers(0, len(lead))) :]
        return drawn(*own, rows, columns, seed=seed)

    operands = operand(t, d, 0), operand(s, d, 1), operand(s, e, 2)
    out = attend(*operands, scale=0.7)
    out.backward(np.cos(np.arange(out.size)).reshape(out.shape))
    fused = [operand.grad.numpy() for operand in operands]
    q, k, v = operands
    plain = ops.softmax(q @ k.transpose() * 0.7, -1) @ v
    plain.backward(np.cos(np.arange(out.size)).reshape(plain.shape))
    np.testing.assert_allclose(out.numpy(), plain.numpy(), rtol=1e-11, atol=1e-12)
    for grad, operand in zip(fused, operands, strict=True):
        np.testing.assert_allclose(grad, operand.grad.numpy(), rtol=1e-10, atol=1e-11)


def test_a_mask_that_requires_a_gradient_gets_one():
    operands = drawn(2, 3, 2), drawn(2, 4, 2, seed=1), drawn(2, 4, 2, seed=2), drawn(3, 4, seed=3)
    check_gradient(attend, *operands)
    out = attend(*operands, is_causal=True)
    out.sum().backward()
    np.testing.assert_array_equal(operands[3].grad.numpy()[0, 1:], [0, 0, 0])  # what causality hides


def test_a_query_that_attends_to_no_key_has_zeros_and_no_gradient():
    mask = np.array([[True, False], [False, False]])
    for dropped in (0.0, 1e-9):  # fused, and composed
        q, k, v = drawn(2, 3), drawn(2, 3, seed=1), drawn(2, 3, seed=2)
        out = attend(q, k, v, mask, dropped)
        out.sum().backward()
        np.testing.assert_array_equal(out.numpy()[1], [0, 0, 0])
        np.testing.assert_array_equal(q.grad.numpy()[1], [0, 0, 0])
        assert np.isfinite(k.grad.numpy()).all()


def test_dropout_replaces_weights_by_zero():
    q, k, v = drawn(200, 2), drawn(1, 2, seed=1), Tensor(np.ones((1, 1)))
    random.seed(0)
    weights = attend(q, k, v, dropout_p=0.25).numpy()
    np.testing.assert_allclose(np.unique(weights), [0, 4 / 3])
    assert 120 < np.count_nonzero(weights) < 180
    np.testing.assert_array_equal(attend(q, k, v, dropout_p=1.0).numpy(), np.zeros((200, 1)))
    again = attend(q, k, v, dropout_p=0.25, generator=random.Generator(0)).numpy()
    np.testing.assert_array_equal(again, weights)
    with pytest.raises(ValueError, match=r"dropout: p is 1.5"):
        attend(q, k, v, dropout_p=1.5)
    random.set_generator(None)


def test_a_mask_that_was_changed_since_is_noticed():
    mask = Tensor(np.ones((2, 2), bool))
    out = attend(drawn(2, 3), drawn(2, 3), drawn(2, 3), mask)
    mask.data = np.zeros((2, 2), bool)
    with pytest.raises(GraphError, match="reads its input 3"):
        out.sum().backward()


def test_floats_of_16_bits_are_attended_to_and_differentiated():
    set_backend("nd")
    exact = [drawn(2, 5, 4), drawn(2, 6, 4, seed=1), drawn(2, 6, 3, seed=2)]
    attend(*exact).sum().backward()
    for dtype, tolerance in (("float16", 1e-2), ("bfloat16", 5e-2)):
        short = [Tensor(operand, dtype=dtype) for operand in exact]
        out = attend(*short)
        assert out.dtype == dtype
        out.sum().backward()
        for operand, reference in zip(short, exact, strict=True):
            assert operand.grad.dtype == dtype
            values = operand.grad.astype("float32").numpy()
            np.testing.assert_allclose(values, reference.grad.numpy(), rtol=tolerance, atol=tolerance)


SHAPE_ERRORS = {
    "features": (
        lambda: attend(zeros(2, 3), zeros(4, 5), zeros(4, 5)),
        "scaled_dot_product_attention: q (2, 3), k (4, 5) and v (4, 5): along axis -1, the features, q has size 3 and "
        "k 5, expected equal sizes",
    ),
    "keys": (
        lambda: attend(zeros(2, 3), zeros(4, 3), zeros(5, 3)),
        "along axis -2, the keys, k has size 4 and v 5, expected equal sizes",
    ),
    "heads": (
        lambda: attend(zeros(2, 2, 3), zeros(3, 4, 3), zeros(3, 4, 3)),
        "scaled_dot_product_attention: shapes (2,) and (3,) and (3,) do not broadcast: along axis -1",
    ),
    "vectors": (lambda: attend(zeros(3), zeros(4, 3), zeros(4, 3)), "expected two axes at least of each"),
    "mask": (
        lambda: attend(zeros(2, 3), zeros(4, 3), zeros(4, 3), np.ones((3, 4), bool)),
        "scaled_dot_product_attention: shapes (3, 4) and (2, 4) do not broadcast",
    ),
    "mask of more heads": (
        lambda: attend(zeros(2, 3), zeros(4, 3), zeros(4, 3), np.ones((5, 2, 4), bool)),
        "the mask has shape (5, 2, 4); expected one that broadcasts to (2, 4)",
    ),
    "with dropout": (lambda: attend(zeros(2, 3), zeros(4, 3), zeros(5, 3), dropout_p=0.5), "along axis -2, the keys"),
}


@pytest.mark.parametrize("case", SHAPE_ERRORS)
@pytest.mark.parametrize("mode", ["eager", "lazy"])
def test_shapes_that_do_not_fit_are_refused_at_the_call(case, mode):
    call, text = SHAPE_ERRORS[case]
    with lazy() if mode == "lazy" else nullcontext(), pytest.raises(ShapeError, match=re.escape(text)):
        call()


def test_dtypes_that_do_not_fit_are_refused():
    with pytest.raises(DTypeError, match=r"q, k and v are float32, float64 and float32; expected one floating-point"):
        attend(zeros(2, 3), zeros(2, 3, dtype="float64"), zeros(2, 3))
    with pytest.raises(DTypeError, match=r"the mask is int64; expected booleans, True where a query may attend to a"):
        attend(zeros(2, 3), zeros(2, 3), zeros(2, 3), np.ones((2, 2), np.int64))
