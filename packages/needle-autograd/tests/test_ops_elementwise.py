"""Elementwise functions where the table of samples does not reach: steps, saturation, operators, refusals."""

import math
import operator

import numpy as np
import pytest
from needle_autograd import Tensor, ops
from needle_autograd.errors import DTypeError

pytestmark = pytest.mark.usefixtures("backend")


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "round", "sign"])
def test_steps_have_a_gradient_of_zero(name):
    x = Tensor([-1.5, 0.25, 2.0])
    getattr(ops, name)(x).backward(Tensor([math.inf, 1.0, 1.0]))
    np.testing.assert_array_equal(x.grad.numpy(), [0.0, 0.0, 0.0])


def test_steps_leave_the_gradient_of_what_is_added_to_them():
    x = Tensor([1.25, -2.75])
    (x - ops.floor(x)).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1.0, 1.0])


def test_rounding_keeps_integers():
    x = Tensor([3, -4])
    for function in (ops.floor, ops.ceil, ops.trunc, ops.round):
        result = function(x)
        assert result.dtype == "int64"
        np.testing.assert_array_equal(result.numpy(), [3, -4])


@pytest.mark.parametrize(
    ("function", "slopes"),
    [
        (ops.gelu, (0.0, 0.5, 1.0)),
        (lambda a: ops.gelu(a, "tanh"), (0.0, 0.5, 1.0)),
        (ops.silu, (0.0, 0.5, 1.0)),
        (ops.softplus, (0.0, 0.5, 1.0)),
        (ops.log_sigmoid, (1.0, 0.5, 0.0)),
        (ops.mish, (0.0, 0.6, 1.0)),
        (ops.elu, (0.0, 1.0, 1.0)),
        (ops.tanh, (0.0, 1.0, 0.0)),
        (ops.sigmoid, (0.0, 0.25, 0.0)),
        (ops.erf, (0.0, 2 / math.sqrt(math.pi), 0.0)),
    ],
)
def test_saturated_functions_have_finite_derivatives_to_third_order(function, slopes):
    x = Tensor(np.array([-1e4, 0.0, 1e4]))
    result = function(x)
    for _order in range(3):
        result.sum().backward(create_graph=True)
        if _order == 0:
            np.testing.assert_allclose(x.grad.numpy(), slopes, atol=1e-15)
        else:
            np.testing.assert_array_equal(x.grad.numpy()[[0, 2]], [0.0, 0.0])
        assert np.isfinite(x.grad.numpy()).all()
        result = x.grad


def test_gelu_refuses_an_unknown_formula():
    with pytest.raises(ValueError, match=r'gelu: approximate is \'erf\'; expected "none" or "tanh"'):
        ops.gelu(Tensor([1.0]), "erf")


def test_softplus_refuses_a_beta_of_zero():
    with pytest.raises(ValueError, match="softplus: beta is 0"):
        ops.softplus(Tensor([1.0]), beta=0)


def test_hardtanh_and_clip_differ_on_their_bounds():
    x = Tensor([-1.0, 0.0, 1.0])
    ops.hardtanh(x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0.0, 1.0, 0.0])
    ops.clip(x, -1.0, 1.0).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1.0, 1.0, 1.0])


def test_remainders_have_the_signs_that_their_names_promise():
    a, b = [-7.5, 7.5, -7.5, 7.5], [2.0, -2.0, -2.0, 2.0]
    np.testing.assert_array_equal((Tensor(a) % Tensor(b)).numpy(), [x % y for x, y in zip(a, b, strict=True)])
    np.testing.assert_array_equal((Tensor(a) // Tensor(b)).numpy(), [x // y for x, y in zip(a, b, strict=True)])
    expected = [math.fmod(x, y) for x, y in zip(a, b, strict=True)]
    np.testing.assert_array_equal(ops.fmod(Tensor(a), Tensor(b)).numpy(), expected)


def test_operators_of_remainders_mix_tensors_with_numbers():
    x = Tensor([5.0, -5.0])
    assert (x % 3).dtype == (5 % x).dtype == "float32"
    np.testing.assert_array_equal((x % 3).numpy(), [2.0, 1.0])
    np.testing.assert_array_equal((7 % x).numpy(), [2.0, -3.0])
    np.testing.assert_array_equal((x // 3).numpy(), [1.0, -2.0])
    np.testing.assert_array_equal((11 // x).numpy(), [2.0, -3.0])
    np.testing.assert_array_equal((np.array([7.0, 7.0], "float32") % x).numpy(), [2.0, -3.0])


def test_bits_and_masks_are_connected_by_operators():
    x = Tensor([-1.0, 0.5, 3.0])
    np.testing.assert_array_equal(((x > 0) & (x < 1)).numpy(), [False, True, False])
    np.testing.assert_array_equal(((x < 0) | (x > 1)).numpy(), [True, False, True])
    np.testing.assert_array_equal(((x < 1) ^ (x > 0)).numpy(), [True, False, True])
    np.testing.assert_array_equal((~(x > 0)).numpy(), [True, False, False])
    np.testing.assert_array_equal((Tensor([12, 7]) & 5).numpy(), [4, 5])
    np.testing.assert_array_equal((5 | Tensor([8, 1])).numpy(), [13, 5])


def test_floats_have_no_bits_to_connect():
    with pytest.raises(DTypeError, match=r"bitwise_and: an operand is .*float32.*, expected integers or booleans"):
        Tensor([1.0]) & Tensor([True])


def test_numbers_that_are_not_zero_are_true():
    np.testing.assert_array_equal(ops.logical_and(Tensor([0.0, 2.0]), Tensor([3, 3])).numpy(), [False, True])
    np.testing.assert_array_equal(ops.logical_not(Tensor([0, 2])).numpy(), [True, False])


def test_methods_are_the_functions():
    x = Tensor([0.25, 0.5])
    for name in [
        "abs",
        "acos",
        "arccosh",
        "asin",
        "asinh",
        "atan",
        "atanh",
        "ceil",
        "clamp",
        "cos",
        "cosh",
        "erf",
        "exp",
        "exp2",
        "expm1",
        "floor",
        "isfinite",
        "isinf",
        "isnan",
        "log",
        "log10",
        "log1p",
        "log2",
        "logical_not",
        "reciprocal",
        "relu",
        "round",
        "rsqrt",
        "sigmoid",
        "sign",
        "sin",
        "sinh",
        "sqrt",
        "square",
        "tan",
        "tanh",
        "trunc",
    ]:
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(getattr(x, name)().numpy(), getattr(ops, name)(x).numpy())
    for name in ("arctan2", "floor_divide", "fmod", "hypot", "logaddexp", "logical_xor", "remainder"):
        np.testing.assert_array_equal(getattr(x, name)(x).numpy(), getattr(ops, name)(x, x).numpy())


def test_arithmetic_has_methods_that_take_numbers_too():
    x = Tensor([1.0, 4.0])
    for result, expected in [
        (x.add(2), [3.0, 6.0]), (x.sub(x), [0.0, 0.0]), (x.mul(0.5), [0.5, 2.0]), (x.div(2), [0.5, 2.0]),
        (x.neg(), [-1.0, -4.0]), (x.pow(0.5), [1.0, 2.0]), (x.lt(2), [True, False]), (x.ge(x), [True, True]),
    ]:  # fmt: skip
        np.testing.assert_array_equal(result.numpy(), expected)
    assert isinstance(x.pow(3).op, ops.PowerScalar)
    assert isinstance(x.pow(x).op, ops.EWisePow)


def test_functions_of_integers_are_of_floating_point():
    for function, expected in [
        (ops.exp2, [2.0, 8.0]),
        (ops.erf, [math.erf(1), math.erf(3)]),
        (ops.rsqrt, [1, 3**-0.5]),
    ]:
        result = function(Tensor([1, 3]))
        assert "float" in str(result.dtype)
        np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("function", "operator_"),
    [
        (ops.add, operator.add),
        (ops.subtract, operator.sub),
        (ops.multiply, operator.mul),
        (ops.divide, operator.truediv),
        (ops.power, operator.pow),
    ],
)
def test_functions_take_numbers_as_operators_do(function, operator_, backend):
    x, y = Tensor([1.5, 2.0]), Tensor([3.0, 0.5])
    for operands in [(x, y), (x, 2), (x, 0.5), (2, x), (0.5, x)]:
        got, want = function(*operands), operator_(*operands)
        np.testing.assert_array_equal(got.numpy(), want.numpy())
        assert type(got.op) is type(want.op)
        assert len(got.inputs) == sum(operand is x or operand is y for operand in operands)  # no constant for a number
