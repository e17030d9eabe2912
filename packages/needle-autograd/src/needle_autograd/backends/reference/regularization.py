"""Dropout."""

from __future__ import annotations

from typing import Any

from ..selection import array_namespace

Array = Any


def dropout(x: Array, keep: Array, p: float) -> Array:
    """Return x / (1 - p) where `keep` is true and 0 elsewhere; the gradient is the same function of the gradient.

    Args:
        x: floating point, any shape.
        keep: bool, the shape of x.
        p: the probability with which an element was dropped, in [0, 1).

    Raises:
        ValueError: p is outside [0, 1).
    """
    if not 0 <= p < 1:
        raise ValueError(f"dropout: p is {p:g}; expected a probability from 0 to below 1")
    xp = array_namespace(x)
    return xp.where(keep, x * (1 / (1 - p)), xp.zeros((), dtype=x.dtype, device=x.device))
