"""The fully connected layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import ShapeError
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
        bias: (out,) or (1, out), or None.
        activation: None, "relu", "sigmoid", "silu" or "tanh".

    Raises:
        ShapeError: the weight is no matrix, or the bias no row of its outputs.
        ValueError: there is no such activation.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"linear: expected one of the activations {list(ACTIVATIONS)}, got {activation!r}")
    if len(weight.shape) != 2:
        raise ShapeError(f"linear: expected weight of shape (in, out), got {weight.shape}")
    y = array_namespace(x).matmul(x, weight)
    if bias is not None:
        row = (weight.shape[1],)
        if bias.shape not in (row, (1, *row)):
            raise ShapeError(f"linear: expected bias of shape {row} or {(1, *row)}, got {bias.shape}")
        y = y + (bias if len(bias.shape) == 1 else bias[0, ...])
    return ACTIVATIONS[activation](y)
