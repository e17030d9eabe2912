"""Functions that make arrays."""

from __future__ import annotations

from ._core import arange as arange
from ._core import asarray as asarray
from ._core import broadcast_to, reshape
from ._core import empty as empty
from ._core import empty_like as empty_like
from ._core import eye as eye
from ._core import from_dlpack as from_dlpack
from ._core import full as full
from ._core import full_like as full_like
from ._core import linspace as linspace
from ._core import ones as ones
from ._core import ones_like as ones_like
from ._core import tril as tril
from ._core import triu as triu
from ._core import zeros as zeros
from ._core import zeros_like as zeros_like
from .errors import ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

    from ._core import ArrayLike, DeviceLike, DTypeLike, NDArray


def array(obj: ArrayLike, *, dtype: DTypeLike | None = None, device: DeviceLike | None = None) -> NDArray:
    """A new array of a number, nested sequences or another array; never shares memory.

    Args:
        obj: What `asarray` takes.
        dtype: Of the result; Python's floats become float32, ints int64, bools bool by default.
        device: Of the result; the CPU by default.

    Returns:
        An array of the shape that the sequences form.

    Raises:
        ShapeError: Sequences beside each other have different lengths.
        TypeError: There is something in it that is no number.

    Example:
        >>> import needle_ndarray as nd
        >>> x = nd.zeros(2)
        >>> y = nd.array(x)
        >>> y[0] = 1
        >>> x, y
        (array([0., 0.]), array([1., 0.]))
    """
    return asarray(obj, dtype=dtype, device=device, copy=True)


def meshgrid(*arrays: ArrayLike, indexing: Literal["xy", "ij"] = "xy") -> tuple[NDArray, ...]:
    """Coordinates of the points of a grid, as views that repeat one-dimensional arrays and cannot be written.

    Args:
        arrays: The coordinates along each axis, of any dtypes; at most one-dimensional.
        indexing: With ``"xy"``, as in plots, the first array goes along axis 1 and the second along axis 0; with
            ``"ij"``, as in matrices, each goes along the axis of its own number.

    Returns:
        As many arrays as were given, of their dtypes. For sizes n1, n2, n3, ... their shape is (n1, n2, n3, ...), with
        ``"xy"`` (n2, n1, n3, ...).

    Raises:
        ShapeError: An array has more than one axis.
        ValueError: Another indexing is named.

    Example:
        >>> import needle_ndarray as nd
        >>> x, y = nd.meshgrid([1, 2, 3], [10, 20])
        >>> x
        array([[1, 2, 3],
               [1, 2, 3]])
        >>> y
        array([[10, 10, 10],
               [20, 20, 20]])
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', not {indexing!r}")
    vectors = [asarray(array) for array in arrays]
    for position, vector in enumerate(vectors):
        if vector.ndim > 1:
            raise ShapeError(f"meshgrid: array {position} has shape {vector.shape}; expected one axis at most")
    axes = list(range(len(vectors)))
    if indexing == "xy":
        axes[:2] = axes[:2][::-1]
    shape = [1] * len(axes)
    for vector, axis in zip(vectors, axes, strict=True):
        shape[axis] = vector.size
    grids = []
    for vector, axis in zip(vectors, axes, strict=True):
        along = [1] * len(axes)
        along[axis] = vector.size
        grids.append(broadcast_to(reshape(vector, along), shape))
    return tuple(grids)
