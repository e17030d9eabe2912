"""Other ways to ask for a shape or an order of axes; each is a reshape, a transpose or a permutation."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import ShapeError
from ..axes import Axes, canonical_axes, canonical_axis, shape_argument
from .reshaping import broadcast_to, permute, reshape, transpose

if TYPE_CHECKING:
    from ...tensor import Tensor


def ravel(a: Tensor) -> Tensor:
    """Put all elements in one row: a tensor of one axis."""
    return reshape(a, -1)


def flatten(a: Tensor, start: int = 0, end: int = -1) -> Tensor:
    """Make one axis of several that follow each other; of all, if none are named.

    Args:
        a: a tensor; one without axes gets one.
        start: the first of the axes.
        end: the last of them.

    Raises:
        ShapeError: there is no such axis, or the last comes before the first.
    """
    shape = a.shape
    if not shape:
        return reshape(a, 1)
    first, last = canonical_axis("flatten", start, shape), canonical_axis("flatten", end, shape)
    if last < first:
        raise ShapeError(f"flatten: axis {start} of shape {shape} comes after axis {end}; expected start before end")
    return reshape(a, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))


def unflatten(a: Tensor, axis: int, sizes: Sequence[int]) -> Tensor:
    """Make several axes of one: the opposite of `flatten`.

    Args:
        a: a tensor.
        axis: the axis.
        sizes: the sizes of the new ones, whose product is its size; one may be -1 and follows from the others.

    Raises:
        ShapeError: there is no such axis, or the sizes do not fit.
    """
    place = canonical_axis("unflatten", axis, a.shape)
    new = shape_argument(sizes)
    known = math.prod(size for size in new if size != -1)
    if -1 in new and known:
        new = tuple(a.shape[place] // known if size == -1 else size for size in new)
    if math.prod(new) != a.shape[place] or sum(size < 0 for size in new):
        raise ShapeError(
            f"unflatten: axis {place} of shape {a.shape} has {a.shape[place]} elements and sizes {new} do not "
            "make them; expected sizes with that product, with at most one -1"
        )
    return reshape(a, (*a.shape[:place], *new, *a.shape[place + 1 :]))


def swapaxes(a: Tensor, axis1: int, axis2: int) -> Tensor:
    """Exchange two axes.

    Args:
        a: a tensor.
        axis1: one axis.
        axis2: the other.

    Raises:
        ShapeError: there is no such axis.
    """
    return transpose(a, (axis1, axis2))


def matrix_transpose(a: Tensor) -> Tensor:
    """Exchange the last two axes.

    Args:
        a: (..., n, m).

    Raises:
        ShapeError: the tensor has less than two axes.
    """
    return transpose(a)


def moveaxis(a: Tensor, source: Axes, destination: Axes) -> Tensor:
    """Move axes to other places; the others keep their order.

    Args:
        a: a tensor.
        source: an axis, or several.
        destination: for each of them, its place in the result.

    Raises:
        ShapeError: there is no such axis, one is named twice, or there are not as many places as axes.
    """
    places, targets = (canonical_axes("moveaxis", axes, a.shape) for axes in (source, destination))
    if len(places) != len(targets):
        raise ShapeError(f"moveaxis: {len(places)} axes {source} for {len(targets)} places {destination}")
    moved = dict(zip(targets, places, strict=True))
    others = iter([axis for axis in range(a.ndim) if axis not in places])
    return permute(a, [moved[place] if place in moved else next(others) for place in range(a.ndim)])


def expand(a: Tensor, shape: int | Sequence[int]) -> Tensor:
    """Repeat a tensor along axes of size 1 and new leading axes, without copying; -1 keeps a size.

    It is PyTorch's `expand`, and `broadcast_to` but for the -1.

    Args:
        a: a tensor.
        shape: the new shape.

    Raises:
        ShapeError: a size that is not 1 would change, or a new axis has size -1.
    """
    sizes = shape_argument(shape)
    lead = len(sizes) - a.ndim
    if lead >= 0 and -1 not in sizes[:lead]:
        sizes = tuple(a.shape[i - lead] if size == -1 else size for i, size in enumerate(sizes))
    elif -1 in sizes:
        raise ShapeError(f"expand: shape {a.shape} to {sizes}: -1 keeps the size of an axis that there is")
    return broadcast_to(a, sizes)


movedim = moveaxis
