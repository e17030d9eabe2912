"""The same elements several times: tile, repeat, meshgrid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import ShapeError
from ...numpy_on_demand import np
from ..axes import canonical_axis, shape_argument
from ..broadcasting import constant_like
from ..indexing.getting import take
from .reshaping import broadcast_to, reshape

if TYPE_CHECKING:
    from ...tensor import Tensor


def tile(a: Tensor, repetitions: int | Sequence[int]) -> Tensor:
    """Put the whole tensor several times beside itself, along each axis.

    Args:
        a: a tensor.
        repetitions: how often, for each axis; where there are less numbers than axes they count for the last ones, and
            where there are more the tensor gets new axes in front.

    Raises:
        ShapeError: a number is negative, or none.
    """
    counts = shape_argument(repetitions)
    if any(count < 0 for count in counts):
        raise ShapeError(f"tile: repetitions {counts} are negative in part; expected numbers from 0 on")
    ndim = max(len(counts), a.ndim)
    counts = (1,) * (ndim - len(counts)) + counts
    shape = (1,) * (ndim - a.ndim) + a.shape
    spread = [size for count, length in zip(counts, shape, strict=True) for size in (count, length)]
    apart = [size for length in shape for size in (1, length)]
    result = [count * length for count, length in zip(counts, shape, strict=True)]
    return reshape(broadcast_to(reshape(a, apart), spread), result)


def repeat(a: Tensor, repeats: Any, axis: int | None = None) -> Tensor:
    """Put each element several times in a row, along an axis; `tile` repeats the whole tensor.

    It is NumPy's and the Array API standard's `repeat`, which PyTorch calls `repeat_interleave`.

    Args:
        a: a tensor.
        repeats: how often: a number, or as many numbers as the axis has elements.
        axis: the axis; None takes the elements in one row.

    Raises:
        ShapeError: there is no such axis, a number is negative, or there are not as many numbers as elements.
    """
    if axis is None:
        return repeat(reshape(a, -1), repeats, 0)
    place = canonical_axis("repeat", axis, a.shape)
    size = a.shape[place]
    counts = np.asarray(repeats)
    if counts.dtype.kind not in "iu" or counts.ndim > 1 or (counts.ndim and counts.size not in (1, size)):
        raise ShapeError(
            f"repeat: repeats {repeats} for axis {place} of shape {a.shape}; expected an integer, or {size} of them"
        )
    if (counts < 0).any():
        raise ShapeError(f"repeat: repeats {repeats} are negative in part; expected numbers from 0 on")
    if counts.size == 1:
        count = int(counts.reshape(()))
        before, after = a.shape[:place], a.shape[place + 1 :]
        copies = broadcast_to(reshape(a, (*before, size, 1, *after)), (*before, size, count, *after))
        return reshape(copies, (*before, size * count, *after))
    return take(a, constant_like(np.repeat(np.arange(size), counts), a), place)


def meshgrid(*tensors: Tensor, indexing: str = "xy") -> tuple[Tensor, ...]:
    """Return the coordinates of the points of a grid, one tensor for each axis of the grid.

    Args:
        *tensors: the coordinates along each axis, of one axis or none.
        indexing: "xy" lets the first tensor run along the second axis of the grid and the second along the first, as
            NumPy and the standard do; "ij" keeps their order, as PyTorch does.

    Returns:
        As many tensors, all of the grid's shape, without copying.

    Raises:
        ShapeError: a tensor has more than one axis.
        ValueError: `indexing` is neither.
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f'meshgrid: indexing is {indexing!r}; expected "xy" or "ij"')
    for tensor in tensors:
        if tensor.ndim > 1:
            raise ShapeError(f"meshgrid: a tensor has shape {tensor.shape}; expected one axis, or none")
    axes = list(range(len(tensors)))
    if indexing == "xy" and len(tensors) > 1:
        axes[0], axes[1] = 1, 0
    shape = [1] * len(tensors)
    for tensor, axis in zip(tensors, axes, strict=True):
        shape[axis] = tensor.size
    return tuple(
        broadcast_to(reshape(tensor, [tensor.size if i == axis else 1 for i in range(len(shape))]), shape)
        for tensor, axis in zip(tensors, axes, strict=True)
    )


repeat_interleave = repeat
