"""The native activation functions, their gradients and dropout, against the plain formulas in double precision."""

import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import reference

from .kernel_support import LENGTHS, SPECIAL, layouts

pytestmark = pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")

TANH = {"approximate": "tanh"}
FORWARD = [
    ("relu", {}),
    ("gelu", {}),
    ("gelu", TANH),
    ("silu", {}),
    ("softplus", {}),
    ("leaky_relu", {}),
    ("leaky_relu", {"slope": 0.3}),
    ("elu", {}),
    ("elu", {"alpha": 0.7}),
]
GRADS = [(f"{name}_grad", kwargs) for name, kwargs in FORWARD] + [("sigmoid_grad", {}), ("tanh_grad", {})]
# From the result and not from the operand.
OF_RESULT = {"relu_grad", "sigmoid_grad", "tanh_grad"}
TOLERANCE = {"float32": 3e-6, "float64": 3e-14}


def numbers(shape, dtype="float64", seed=0):
    return (np.random.default_rng(seed).normal(size=shape) * 3).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "kwargs"), FORWARD)
def test_functions_of_every_length_and_layout(name, kwargs, dtype):
    for shape in [*LENGTHS, (3, 5), (40, 3, 7), (70001,), (), (0, 3)]:
        values = numbers(shape, dtype)
        exact = getattr(reference, name)(values.astype(float), **kwargs)
        for _, x in layouts(values):
            found = getattr(nd.kernels, name)(x, **kwargs)
            assert found.dtype == dtype
            np.testing.assert_allclose(found.numpy(), exact, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "kwargs"), GRADS)
def test_gradients_of_every_length_and_layout(name, kwargs, dtype):
    for shape in [*LENGTHS, (3, 5), (40, 3, 7), (70001,), (), (0, 3)]:
        values, grad = numbers(shape, dtype), numbers(shape, dtype, 1)
        exact = getattr(reference, name)(grad.astype(float), values.astype(float), **kwargs)
        for (_, x), (_, g) in zip(layouts(values), reversed(list(layouts(grad))), strict=True):
            found = getattr(nd.kernels, name)(g, x, **kwargs)
            atol = TOLERANCE[dtype] * max(1, np.max(np.abs(exact), initial=0))
            np.testing.assert_allclose(found.numpy(), exact, rtol=TOLERANCE[dtype], atol=atol)


@pytest.mark.parametrize(("name", "kwargs"), [*FORWARD, ("sigmoid", {})])
def test_gradients_are_the_slopes_of_differences(name, kwargs):
    x = numbers(50) + 0.01
    above, below = (getattr(nd.kernels, name)(nd.asarray(x + step), **kwargs).numpy() for step in (1e-6, -1e-6))
    operand = getattr(nd.kernels, name)(nd.asarray(x)) if f"{name}_grad" in OF_RESULT else nd.asarray(x)
    found = getattr(nd.kernels, f"{name}_grad")(nd.ones(50, dtype="float64"), operand, **kwargs)
    np.testing.assert_allclose(found.numpy(), (above - below) / 2e-6, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("name", "kwargs"), FORWARD)
def test_special_values_give_what_the_formulas_give(name, kwargs, dtype):
    values = np.tile(SPECIAL, 7).astype(dtype)
    found = getattr(nd.kernels, name)(nd.asarray(values), **kwargs)
    exact = getattr(reference, name)(values.astype(float), **kwargs).astype(dtype)
    np.testing.assert_allclose(found.numpy(), exact, rtol=1e-5, atol=1e-30)


def test_operands_broadcast_and_sixteen_bits_round_once():
    x = nd.asarray(numbers((4, 5), "float32"))
    one = nd.kernels.silu_grad(nd.asarray(2.0), x)
    assert (one == nd.kernels.silu_grad(nd.full((4, 5), 2.0), x)).all()
    for dtype in ("float16", "bfloat16"):
        narrow = nd.kernels.gelu(x.astype(dtype))
        assert narrow.dtype == dtype
        assert (narrow == nd.kernels.gelu(x.astype(dtype).astype("float32")).astype(dtype)).all()
    with pytest.raises(ValueError, match="gelu: approximate must be"):
        nd.kernels.gelu(x, approximate="erf")
    with pytest.raises(nd.ShapeError, match="elu_grad"):
        nd.kernels.elu_grad(nd.ones(3), x)


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_the_gradient_of_gelu_is_0_or_1_where_a_square_overflows(dtype):
    x = nd.asarray([3e38, -3e38] if dtype != "float64" else [1e300, -1e300], dtype=dtype)
    for approximate in ("none", "tanh"):
        assert nd.kernels.gelu_grad(nd.ones(2, dtype=dtype), x, approximate).tolist() == [1, 0]


class TestDropout:
    @pytest.mark.parametrize("p", [-0.1, 1.0, 2.0, np.nan])
    def test_what_is_no_probability_is_refused(self, p):
        with pytest.raises(ValueError, match="dropout: p is"):
            nd.kernels.dropout(nd.ones(2), nd.ones(2, dtype="bool"), p)
        with pytest.raises(ValueError, match="dropout: p is"):
            reference.dropout(np.ones(2), np.ones(2, dtype="bool"), p)

    @pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
    @pytest.mark.parametrize("shape", [(5,), (3, 70), (4, 5, 6), (70001,), (0, 3), ()])
    def test_agrees_with_the_formula(self, shape, dtype):
        values = numbers(shape, dtype)
        keep = np.random.default_rng(1).random(shape) < 0.6
        exact = reference.dropout(values.astype(float), keep, 0.4)
        rtol = {"float32": 1e-6, "float64": 1e-15, "float16": 1e-3}[dtype]
        for (_, x), (_, mask) in zip(layouts(values), reversed(list(layouts(keep))), strict=True):
            found = nd.kernels.dropout(x, mask, 0.4)
            assert found.dtype == dtype
            np.testing.assert_allclose(found.numpy(), exact, rtol=rtol)

    def test_what_is_dropped_is_zero_whatever_it_was(self):
        x, keep = nd.asarray([np.nan, np.inf, np.nan]), nd.asarray([False, False, True])
        np.testing.assert_array_equal(nd.kernels.dropout(x, keep, 0.5).numpy(), [0, 0, np.nan])

    def test_a_mask_broadcasts_and_does_nothing_else(self):
        x = nd.ones((3, 4))
        assert nd.kernels.dropout(x, nd.asarray([True, False, True, False]), 0.5).tolist() == [[2, 0, 2, 0]] * 3
        assert nd.kernels.dropout(nd.broadcast_to(nd.ones(4), (3, 4)), x > 0, 0.5).tolist() == [[2] * 4] * 3
        with pytest.raises(nd.ShapeError, match="dropout: keep"):
            nd.kernels.dropout(x, nd.ones(3, dtype="bool"), 0.5)
