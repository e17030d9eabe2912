"""Activation functions."""

from __future__ import annotations

from typing import Any

from ..selection import array_namespace

Array = Any


def relu(x: Array) -> Array:
    """Return max(x, 0), elementwise; NaN stays NaN."""
    xp = array_namespace(x)
    return xp.maximum(x, xp.zeros((), dtype=x.dtype, device=x.device))


def relu_grad(grad: Array, y: Array) -> Array:
    """Return dx of y = relu(x): the gradient where y > 0, and 0 elsewhere."""
    xp = array_namespace(y)
    return xp.where(y > 0, grad, xp.zeros((), dtype=grad.dtype, device=grad.device))


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), elementwise, without overflow for any x."""
    xp = array_namespace(x)
    decay = xp.exp(-xp.abs(x))  # in (0, 1]
    return xp.where(x >= 0, 1 / (1 + decay), decay / (1 + decay))


def sigmoid_grad(grad: Array, y: Array) -> Array:
    """Return dx = grad * y * (1 - y) of y = sigmoid(x)."""
    return grad * y * (1 - y)
