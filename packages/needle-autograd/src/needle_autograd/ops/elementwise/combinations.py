"""Arithmetic of three tensors: between two of them, or a product or quotient that is added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...value import Value
from ..arguments import number_argument
from .comparisons import less
from .selection import where

if TYPE_CHECKING:
    from ...tensor import Tensor


def lerp(a: Tensor, b: Tensor, weight: Tensor | float) -> Tensor:
    """Go from one tensor to another: a + weight * (b - a), which is exactly b where the weight is 1.

    Args:
        a: where the weight is 0.
        b: where it is 1; the shapes broadcast.
        weight: a number or a tensor.
    """
    way = b - a
    if isinstance(weight, Value):
        part: Any = weight
        return where(less(part, 0.5), a + part * way, b - (1 - part) * way)
    return a + way * weight if weight < 0.5 else b - way * (1 - weight)


def addcmul(a: Tensor, b: Tensor, c: Tensor, value: float = 1.0) -> Tensor:
    """Add the product of two tensors to a third: a + value * b * c; the shapes broadcast."""
    value = number_argument("addcmul", "value", value)
    product = b * c
    return a + (product if value == 1 else product * value)


def addcdiv(a: Tensor, b: Tensor, c: Tensor, value: float = 1.0) -> Tensor:
    """Add the quotient of two tensors to a third: a + value * b / c; the shapes broadcast."""
    value = number_argument("addcdiv", "value", value)
    quotient = b / c
    return a + (quotient if value == 1 else quotient * value)
