"""Where elements are that are not zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...numpy_on_demand import np
from ..broadcasting import constant_like

if TYPE_CHECKING:
    from ...tensor import Tensor


def argwhere(a: Tensor) -> Tensor:
    """Return the indices of the elements that are not zero, a row for each: what PyTorch's `nonzero` returns.

    Args:
        a: a tensor of any shape and dtype. It is computed, also in lazy mode, as the result's shape depends on it.

    Returns:
        Integers of dtype int64, (elements that are not zero, axes of a), in the order of the elements.
    """
    found: Tensor = constant_like(np.argwhere(a.numpy()), a)
    return found


def nonzero(a: Tensor) -> tuple[Tensor, ...]:
    """Return the indices of the elements that are not zero, a tensor for each axis, as NumPy and the standard do.

    `a[nonzero(a)]` are these elements. PyTorch's function of this name returns `argwhere(a)` unless told otherwise.

    Args:
        a: a tensor of at least one axis, of any dtype. It is computed, also in lazy mode.

    Returns:
        For each axis integers of dtype int64, in the order of the elements.
    """
    return tuple(constant_like(axis, a) for axis in np.nonzero(np.atleast_1d(a.numpy())))
