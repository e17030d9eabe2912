"""Activation functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...numpy_on_demand import np
from ..selection import array_namespace, dtype_kind

Array = Any


def relu(x: Array) -> Array:
    """Return max(x, 0), elementwise; NaN stays NaN."""
    xp = array_namespace(x)
    return xp.maximum(x, xp.zeros((), dtype=x.dtype, device=x.device))


def relu_grad(grad: Array, y: Array) -> Array:
    """Return dx of y = relu(x): 0 where y <= 0, and the gradient elsewhere, also where y is NaN."""
    xp = array_namespace(y)
    return xp.where(y <= 0, xp.zeros((), dtype=grad.dtype, device=grad.device), grad)


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), elementwise, without overflow for any x."""
    xp = array_namespace(x)
    decay = xp.exp(-xp.abs(x))  # in (0, 1]
    return xp.where(x >= 0, 1 / (1 + decay), decay / (1 + decay))


def sigmoid_grad(grad: Array, y: Array) -> Array:
    """Return dx = grad * y * (1 - y) of y = sigmoid(x)."""
    return grad * y * (1 - y)


def tanh_grad(grad: Array, y: Array) -> Array:
    """Return dx = grad * (1 - y^2) of y = tanh(x)."""
    return grad * (1 - y * y)


def erf(x: Array) -> Array:
    """Return the error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x."""
    return _number_by_number(math.erf, x)


def erfc(x: Array) -> Array:
    """Return 1 - erf(x), to all digits also where erf(x) is nearly 1."""
    return _number_by_number(math.erfc, x)


def erfinv(x: Array) -> Array:
    """Return the number whose error function is x: infinite at -1 and 1, and NaN beyond."""
    return _number_by_number(_inverse_error_function, x)


def gelu(x: Array, approximate: str = "none") -> Array:
    """Return x times the probability that a normal number lies below it.

    x * (1 + erf(x / sqrt(2))) / 2, or with "tanh" x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2.

    Args:
        x: floating point, any shape.
        approximate: "none" or "tanh".

    Raises:
        ValueError: `approximate` is neither.

    Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016, https://arxiv.org/abs/1606.08415.
    """
    if _is_tanh("gelu", approximate):
        return 0.5 * x * (1 + array_namespace(x).tanh(_gelu_argument(x)))
    return x * _normal_share(x)


def gelu_grad(grad: Array, x: Array, approximate: str = "none") -> Array:
    """Return dx of gelu(x, approximate)."""
    xp = array_namespace(x)
    if _is_tanh("gelu_grad", approximate):
        t = xp.tanh(_gelu_argument(x))
        slope = math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * x * x)
        return grad * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * slope)
    return grad * (_normal_share(x) + x * xp.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))


def silu(x: Array) -> Array:
    """Return x * sigmoid(x)."""
    return x * sigmoid(x)


def silu_grad(grad: Array, x: Array) -> Array:
    """Return dx = grad * s * (1 + x * (1 - s)) of silu(x), with s = sigmoid(x)."""
    s = sigmoid(x)
    return grad * (s * (1 + x * (1 - s)))


def softplus(x: Array) -> Array:
    """Return log(1 + exp(x)), without overflow."""
    xp = array_namespace(x)
    return relu(x) + xp.log1p(xp.exp(-xp.abs(x)))


def softplus_grad(grad: Array, x: Array) -> Array:
    """Return dx = grad * sigmoid(x) of softplus(x)."""
    return grad * sigmoid(x)


def leaky_relu(x: Array, slope: float = 0.01) -> Array:
    """Return x where it is positive, and slope * x elsewhere."""
    return array_namespace(x).where(x > 0, x, slope * x)


def leaky_relu_grad(grad: Array, x: Array, slope: float = 0.01) -> Array:
    """Return dx of leaky_relu(x, slope)."""
    return array_namespace(x).where(x > 0, grad, slope * grad)


def elu(x: Array, alpha: float = 1.0) -> Array:
    """Return x where it is positive, and alpha * (exp(x) - 1) elsewhere."""
    xp = array_namespace(x)
    return xp.where(x > 0, x, alpha * xp.expm1(_negative_part(x)))


def elu_grad(grad: Array, x: Array, alpha: float = 1.0) -> Array:
    """Return dx of elu(x, alpha); the gradient passes where x is NaN."""
    xp = array_namespace(x)
    return xp.where(x <= 0, grad * xp.exp(_negative_part(x)) * alpha, grad)


def _negative_part(x: Array) -> Array:
    """Return min(x, 0), so that no exponential of what is positive overflows; NaN stays NaN."""
    xp = array_namespace(x)
    return xp.minimum(x, xp.zeros((), dtype=x.dtype, device=x.device))


def _is_tanh(name: str, approximate: str) -> bool:
    if approximate not in ("none", "tanh"):
        raise ValueError(f'{name}: approximate must be "none" or "tanh", not {approximate!r}')
    return approximate == "tanh"


def _gelu_argument(x: Array) -> Array:
    return math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)


def _normal_share(x: Array) -> Array:
    """Return the normal distribution's function."""
    return _number_by_number(lambda value: 0.5 * math.erfc(-value / math.sqrt(2)), x)


def _inverse_error_function(p: float) -> float:
    """Return the number whose error function is p: an approximation to 0.2 per cent, and three of Halley's steps.

    Source of the approximation: Winitzki, "A handy approximation for the error function and its inverse", 2008.
    """
    if not 0 < abs(p) < 1:
        return p if p == 0 else math.copysign(math.inf, p) if abs(p) == 1 else math.nan
    size = abs(p)
    spread = math.log1p(-size) + math.log1p(size)
    middle = 2 / (math.pi * 0.147) + spread / 2
    c = math.sqrt(math.sqrt(middle * middle - spread / 0.147) - middle)
    for _ in range(3):
        excess = math.erf(c) - size if size < 0.5 else (1 - size) - math.erfc(c)
        step = excess * math.sqrt(math.pi) / 2 * math.exp(c * c)  # one of Newton's
        c -= step / (1 + c * step)
    return math.copysign(c, p)


def _number_by_number(function: Callable[[float], float], x: Array) -> Array:
    """Apply a function of Python's that the standard does not have, in float64; integers become floats."""
    xp = array_namespace(x)
    numbers = np.asarray(xp.astype(x, xp.float64))
    values = np.array([function(number) for number in numbers.ravel().tolist()], np.float64).reshape(numbers.shape)
    return xp.asarray(values, dtype=x.dtype if dtype_kind(x.dtype) == "f" else None, device=x.device)
