"""Whether tensors are nearly equal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..broadcasting import tensor_like
from .comparisons import equal, less_equal
from .identities import abs
from .logic import isfinite, isnan, logical_and, logical_or

if TYPE_CHECKING:
    from ...tensor import Tensor


def isclose(a: Tensor, b: Tensor | float, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Tell where elements are nearly equal: |a - b| <= atol + rtol * |b|.

    Args:
        a: a tensor.
        b: a tensor whose shape broadcasts, or a number.
        rtol: how far elements may differ, relative to those of `b`.
        atol: how far they may differ besides.
        equal_nan: whether NaN is equal to NaN.

    Returns:
        A boolean tensor that requires no gradient. Infinities are close to themselves alone.
    """
    other = tensor_like(b, a)
    near = logical_and(less_equal(abs(a - other), abs(other) * rtol + atol), isfinite(other))
    found = logical_or(near, equal(a, other))
    return logical_or(found, logical_and(isnan(a), isnan(other))) if equal_nan else found


def allclose(a: Tensor, b: Tensor | float, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Tell whether all elements are nearly equal, as `isclose` says; of none, True."""
    return bool(isclose(a, b, rtol, atol, equal_nan).all().item())
