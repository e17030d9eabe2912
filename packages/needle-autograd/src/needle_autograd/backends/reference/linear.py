"""The fully connected layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..selection import array_namespace
from .activations import relu, sigmoid

Array = Any

ACTIVATIONS: dict[str | None, Callable[[Array], Array]] = {
    None: lambda x: x,
    "relu": relu,
    "sigmoid": sigmoid,
    "silu": lambda x: x * sigmoid(x),
    "tanh": lambda x: array_namespace(x).tanh(x),
}


def linear(x: Array, weight: Array, bias: Array | None = None, activation: str | None = None) -> Array:
    """Return activation(x @ weight + bias).

    Args:
        x: (..., in).
        weight: (in, out).
        bias: (out,), or None.
        activation: None, "relu", "sigmoid", "silu" or "tanh".

    Raises:
        ValueError: there is no such activation.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"linear: expected one of the activations {list(ACTIVATIONS)}, got {activation!r}")
    y = array_namespace(x).matmul(x, weight)
    return ACTIVATIONS[activation](y if bias is None else y + bias)
