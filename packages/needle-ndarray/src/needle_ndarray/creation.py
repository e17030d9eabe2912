"""Functions that make arrays."""

from __future__ import annotations

from ._core import arange as arange
from ._core import asarray as asarray
from ._core import empty as empty
from ._core import eye as eye
from ._core import from_dlpack as from_dlpack
from ._core import full as full
from ._core import ones as ones
from ._core import tril as tril
from ._core import triu as triu
from ._core import zeros as zeros

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import ArrayLike, DeviceLike, DTypeLike, NDArray


def array(obj: ArrayLike, *, dtype: DTypeLike | None = None, device: DeviceLike | None = None) -> NDArray:
    """A new array of a number, nested sequences or another array; never shares memory.

    Args:
        obj: What `asarray` takes.
        dtype: Of the result; Python's floats become float32, ints int64, bools bool by default.
        device: Of the result; the CPU by default.
    """
    return asarray(obj, dtype=dtype, device=device, copy=True)


def empty_like(x: NDArray, /, *, dtype: DTypeLike | None = None, device: DeviceLike | None = None) -> NDArray:
    """An array of x's shape, dtype and device (unless given) whose elements have no defined value."""
    return empty(x.shape, dtype=x.dtype if dtype is None else dtype, device=x.device if device is None else device)


def zeros_like(x: NDArray, /, *, dtype: DTypeLike | None = None, device: DeviceLike | None = None) -> NDArray:
    """Zeros of x's shape, dtype and device (unless given)."""
    return zeros(x.shape, dtype=x.dtype if dtype is None else dtype, device=x.device if device is None else device)


def ones_like(x: NDArray, /, *, dtype: DTypeLike | None = None, device: DeviceLike | None = None) -> NDArray:
    """Ones of x's shape, dtype and device (unless given)."""
    return ones(x.shape, dtype=x.dtype if dtype is None else dtype, device=x.device if device is None else device)


def full_like(
    x: NDArray, /, fill_value: float | NDArray, *, dtype: DTypeLike | None = None, device: DeviceLike | None = None
) -> NDArray:
    """One value in x's shape, dtype and device (unless given)."""
    return full(
        x.shape, fill_value, dtype=x.dtype if dtype is None else dtype, device=x.device if device is None else device
    )
