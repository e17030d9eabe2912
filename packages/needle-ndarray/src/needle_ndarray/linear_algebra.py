"""Products of matrices and vectors; decompositions, norms and solvers are in `needle_ndarray.linalg`."""

from __future__ import annotations

from math import prod

from ._core import asarray, permute_dims, reshape
from ._core import matmul as matmul
from ._core import matrix_transpose as matrix_transpose
from ._core import vecdot as vecdot
from .errors import ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from ._core import ArrayLike, NDArray


def tensordot(
    x1: ArrayLike, x2: ArrayLike, /, *, axes: int | tuple[int | Sequence[int], int | Sequence[int]] = 2
) -> NDArray:
    """Sum of the products of all pairs of elements over some axes of each operand: the generalized matrix product.

    The axes to sum are brought together and one matrix product is taken, so operands whose axes cannot be merged as
    they lie in memory are copied.

    Args:
        x1: Numbers.
        x2: Numbers.
        axes: How many of the last axes of x1 to sum with as many of the first ones of x2, in order; or two sequences
            of equally many axes (or two axes), those of x1 and the ones of x2 that belong to them. 0 gives the
            product of all pairs.

    Returns:
        The sums: the axes of x1 that are left, then those of x2, in the promoted dtype. Integers wrap around.

    Raises:
        ShapeError: Axes that belong together differ in size.
        IndexError: An operand has no such axis.
        ValueError: axes is negative or larger than the number of axes, names an axis twice, or has sequences of
            different lengths.
        DTypeError: Both operands are bool.

    Example:
        >>> import needle_ndarray as nd
        >>> x, y = nd.ones((2, 3, 4)), nd.ones((4, 3, 5))
        >>> nd.tensordot(x, y, axes=([1, 2], [1, 0])).shape
        (2, 5)
        >>> nd.tensordot(x, y, axes=1).shape
        (2, 3, 3, 5)
    """
    x1, x2 = asarray(x1), asarray(x2)
    first, second = _paired_axes(axes, x1, x2)
    for i, j in zip(first, second, strict=True):
        if x1.shape[i] != x2.shape[j]:
            raise ShapeError(
                f"tensordot: axis {i} of the first operand ({x1.shape[i]}) must equal axis {j} of the second "
                f"({x2.shape[j]}); the shapes are {x1.shape} and {x2.shape}"
            )
    rows = [axis for axis in range(x1.ndim) if axis not in first]
    columns = [axis for axis in range(x2.ndim) if axis not in second]
    row_sizes, column_sizes = [x1.shape[axis] for axis in rows], [x2.shape[axis] for axis in columns]
    summed = prod(x1.shape[axis] for axis in first)
    left = reshape(permute_dims(x1, [*rows, *first]), (prod(row_sizes), summed))
    right = reshape(permute_dims(x2, [*second, *columns]), (summed, prod(column_sizes)))
    return reshape(matmul(left, right), (*row_sizes, *column_sizes))


def _paired_axes(axes: Any, x1: NDArray, x2: NDArray) -> tuple[list[int], list[int]]:
    """The axes of x1 to sum, and those of x2 that belong to them, counted from the beginning."""
    if hasattr(axes, "__index__"):
        count = axes.__index__()
        if not 0 <= count <= min(x1.ndim, x2.ndim):
            raise ValueError(
                f"tensordot: axes={count} is no number of axes that both operands have; the shapes are {x1.shape} and "
                f"{x2.shape}"
            )
        return _counted(range(-count, 0), x1, "first"), _counted(range(count), x2, "second")
    try:
        first, second = axes
    except (TypeError, ValueError):
        raise ValueError(
            f"tensordot: expected for axes a number of axes, or two sequences as in ([1, 2], [0, 1]), not {axes!r}"
        ) from None
    pair = _counted(first, x1, "first"), _counted(second, x2, "second")
    if len(pair[0]) != len(pair[1]):
        raise ValueError(
            f"tensordot: axes {axes} names {len(pair[0])} axes of the first operand and {len(pair[1])} of the second; "
            "expected equally many"
        )
    return pair


def _counted(axes: Any, x: NDArray, which: str) -> list[int]:
    """Axes of x as non-negative numbers, each there and named once."""
    numbers = [axes] if hasattr(axes, "__index__") else list(axes)
    for axis in numbers:
        if not hasattr(axis, "__index__"):
            raise TypeError(f"tensordot: axes of the {which} operand must be integers, but {axis!r} is among them")
        if not -x.ndim <= axis < x.ndim:
            raise IndexError(f"tensordot: the {which} operand, of shape {x.shape}, has no axis {axis}")
    counted = [axis.__index__() % x.ndim for axis in numbers]
    if len(set(counted)) < len(counted):
        raise ValueError(f"tensordot: an axis of the {which} operand is named twice in {tuple(numbers)}")
    return counted
