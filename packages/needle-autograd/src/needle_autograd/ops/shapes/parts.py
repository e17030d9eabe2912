"""Other ways to ask for parts of a tensor, and to put tensors together; each is an index, a flip or a join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...errors import ShapeError
from ...numpy_on_demand import np
from ..arguments import integer_argument
from ..axes import canonical_axis
from ..broadcasting import broadcast_shapes, constant_like
from ..indexing.getting import getitem, take
from .joining import concat
from .padding import pad
from .reshaping import broadcast_to, flip, reshape, transpose

if TYPE_CHECKING:
    from ...tensor import Tensor


def narrow(a: Tensor, axis: int, start: int, length: int) -> Tensor:
    """Take a part of the elements along an axis, without copying.

    Args:
        a: a tensor.
        axis: the axis, which stays.
        start: where the part begins; negative numbers count from the end.
        length: how long it is.

    Raises:
        ShapeError: there is no such axis.
        IndexError: the part is not inside the axis.
    """
    place = canonical_axis("narrow", axis, a.shape)
    size = a.shape[place]
    first = start + size if start < 0 else start
    if not 0 <= first <= first + length <= size:
        raise IndexError(
            f"narrow: start {start} and length {length} are not inside axis {axis} of shape {a.shape}; expected a part "
            f"of its {size} elements"
        )
    return getitem(a, (*(slice(None),) * place, slice(first, first + length)))


def select(a: Tensor, axis: int, index: int) -> Tensor:
    """Take the elements at one place along an axis, which goes: `a[..., index, ...]`.

    Args:
        a: a tensor.
        axis: the axis.
        index: the place; negative numbers count from the end.

    Raises:
        ShapeError: there is no such axis.
        IndexError: there is no such place.
    """
    place = canonical_axis("select", axis, a.shape)
    return getitem(a, (*(slice(None),) * place, integer_argument("select", "index", index)))


def sliding_windows(a: Tensor, axis: int, size: int, step: int = 1) -> Tensor:
    """Take windows of neighbours along an axis: what PyTorch's method `unfold` does.

    Args:
        a: a tensor.
        axis: the axis.
        size: how many neighbours are in a window.
        step: from one window's beginning to the next one's.

    Returns:
        A tensor in which the axis counts the windows, and a last axis more holds their elements.

    Raises:
        ShapeError: there is no such axis, or it is shorter than a window.
        ValueError: the size is negative, or the step is not positive.
    """
    name = "sliding_windows"
    place = canonical_axis(name, axis, a.shape)
    if size < 0 or step < 1:
        raise ValueError(f"{name}: size is {size} and step {step}; expected at least 0 and at least 1")
    if size > a.shape[place]:
        raise ShapeError(
            f"{name}: axis {axis} of shape {a.shape} has {a.shape[place]} elements; expected at least a window's {size}"
        )
    starts = np.arange(0, a.shape[place] - size + 1, step)
    found = take(a, constant_like(np.add.outer(starts, np.arange(size)), a), place)
    return found.moveaxis(place + 1, -1)


def fliplr(a: Tensor) -> Tensor:
    """Turn the order of the columns round: that of axis 1."""
    return flip(a, (1,))


def flipud(a: Tensor) -> Tensor:
    """Turn the order of the rows round: that of axis 0."""
    return flip(a, (0,))


def rot90(a: Tensor, k: int = 1, axes: Sequence[int] = (0, 1)) -> Tensor:
    """Turn a tensor in the plane of two axes, from the first towards the second.

    Args:
        a: a tensor.
        k: how many quarter turns.
        axes: the two axes.

    Raises:
        ShapeError: there are no such axes, or they are one.
    """
    first, second = (canonical_axis("rot90", axis, a.shape) for axis in axes)
    if first == second:
        raise ShapeError(f"rot90: axes {tuple(axes)} of shape {a.shape} name one axis twice; expected two")
    turns = integer_argument("rot90", "k", k) % 4
    if turns == 0:
        return a
    if turns == 2:
        return flip(a, (first, second))
    if turns == 1:
        return transpose(flip(a, (second,)), (first, second))
    return flip(transpose(a, (first, second)), (second,))


def atleast_1d(a: Tensor) -> Tensor:
    """Give a tensor without axes one."""
    return a if a.ndim else reshape(a, 1)


def atleast_2d(a: Tensor) -> Tensor:
    """Make a tensor with less than two axes a matrix of one row."""
    return a if a.ndim >= 2 else reshape(a, (1, -1))


def atleast_3d(a: Tensor) -> Tensor:
    """Give a tensor three axes at least: a row becomes (1, n, 1), a matrix (n, m, 1), as in NumPy and PyTorch."""
    if a.ndim >= 3:
        return a
    return reshape(a, (*a.shape, 1) if a.ndim == 2 else (1, -1, 1))


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Put tensors beside each other: along axis 1, or along the only one."""
    parts = [atleast_1d(tensor) for tensor in tensors]
    return concat(parts, 0 if parts[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Put tensors below each other, along axis 0; those of one axis are rows."""
    return concat([atleast_2d(tensor) for tensor in tensors], 0)


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """Put tensors behind each other, along axis 2, which those with less axes get."""
    return concat([atleast_3d(tensor) for tensor in tensors], 2)


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """Put tensors beside each other, along axis 1; those of one axis are columns."""
    return concat([tensor if tensor.ndim >= 2 else reshape(tensor, (-1, 1)) for tensor in tensors], 1)


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Give tensors the shape that they have together, without copying.

    Raises:
        ShapeError: their shapes do not broadcast.
    """
    shape = broadcast_shapes("broadcast_tensors", *[tensor.shape for tensor in tensors])
    return tuple(tensor if tensor.shape == shape else broadcast_to(tensor, shape) for tensor in tensors)


def block_diag(*matrices: Tensor) -> Tensor:
    """Put matrices along the diagonal of a larger one, with zeros beside them.

    Args:
        *matrices: tensors of two axes; those with less are matrices of one row.

    Raises:
        ShapeError: one has more than two axes.
    """
    parts = [atleast_2d(matrix) for matrix in matrices]
    wrong: Any = next((part.shape for part in parts if part.ndim > 2), None)
    if wrong is not None:
        raise ShapeError(f"block_diag: a matrix has shape {wrong}; expected two axes at most")
    width, before, rows = sum(part.shape[1] for part in parts), 0, []
    for part in parts:
        rows.append(pad(part, ((0, 0), (before, width - before - part.shape[1]))))
        before += part.shape[1]
    return concat(rows, 0)
