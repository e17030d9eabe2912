"""What lies in the middle, or at a given part, of the elements in order; mean and spread in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ...errors import ShapeError
from ...numpy_on_demand import np
from ...value import Value
from ..arguments import shown
from ..axes import Axes, canonical_axis, with_ones
from ..broadcasting import constant_like
from ..elementwise.logic import isnan
from ..elementwise.selection import where
from ..indexing.getting import take
from ..shapes.reshaping import reshape
from .sorting import sort
from .sums import mean
from .variance import std, var

if TYPE_CHECKING:
    from ...tensor import Tensor

INTERPOLATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda part: part,
    "lower": lambda part: 0 * part,
    "higher": lambda part: 1.0 * (part > 0),
    "midpoint": lambda part: 0.5 * (part > 0),
}
"""How much of the way from one element to the next is gone, where the wanted place lies a part of the way behind it."""


def quantile(
    a: Tensor,
    q: float | Sequence[float] | Tensor,
    axis: int | None = None,
    keepdims: bool = False,
    interpolation: str = "linear",
) -> Tensor:
    """Take the elements below which given parts of all lie along an axis; 0.5 is the median of statistics.

    Args:
        a: a tensor of floating point.
        q: a number in [0, 1], or several in one axis. It has no gradient.
        axis: the axis; None stands for all elements.
        keepdims: whether the axis stays, with size 1.
        interpolation: what to take where the place q * (n - 1) in the order lies between two elements: "linear" goes
            that part of the way from one to the other, "lower", "higher" and "nearest" (the even one of two that are
            equally near) take an element, and "midpoint" the mean of both.

    Returns:
        The elements; if q has an axis, it comes first. NaN where an element is NaN. The gradient goes to the elements
        that were taken.

    Raises:
        ShapeError: there is no such axis, there are no elements along it, or q has more than one axis.
        ValueError: a number is outside [0, 1], or the interpolation is unknown.
    """
    name = "quantile"
    try:
        parts = np.asarray(q.numpy() if isinstance(q, Value) else q, np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name}: q is {shown(q)}; expected a number, or several in one axis") from None
    if parts.ndim > 1:
        raise ShapeError(f"{name}: q has shape {parts.shape}; expected a number, or several in one axis")
    if not np.all((parts >= 0) & (parts <= 1)):
        raise ValueError(f"{name}: q is {q}; expected numbers from 0 to 1")
    known = [*INTERPOLATIONS, "nearest"]
    if interpolation not in known:
        raise ValueError(f"{name}: interpolation is {interpolation!r}; expected one of {', '.join(map(repr, known))}")
    flat = reshape(a, -1) if axis is None else a
    place = _filled_axis(name, 0 if axis is None else axis, flat)
    places = parts.reshape(-1) * (flat.shape[place] - 1)
    if interpolation == "nearest":
        places = np.round(places)
    below = np.floor(places).astype(np.int64)
    above = np.ceil(places).astype(np.int64)
    way = INTERPOLATIONS.get(interpolation, INTERPOLATIONS["linear"])(places - below)
    ordered = sort(flat, place)
    found = take(ordered, constant_like(below, flat), place)
    if way.any():
        step: Tensor = constant_like(way.reshape((-1, *(1,) * (flat.ndim - place - 1))), flat).astype(flat.dtype)
        ahead = take(ordered, constant_like(above, flat), place)
        found = where(step.eq(0), found, found + step * (ahead - found))
    found = _nan_where_any(found, ordered, place)
    shape = (*flat.shape[:place], *flat.shape[place + 1 :])
    if place:
        found = found.moveaxis(place, 0)
    if keepdims:
        shape = with_ones(a.shape, range(a.ndim) if axis is None else (place,))
    return reshape(found, (*parts.shape, *shape))


def median(a: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Take the middle element along an axis; of an even number, the smaller of the two in the middle, as PyTorch does.

    `quantile(a, 0.5)` is the mean of the two, as in NumPy.

    Args:
        a: a tensor of floating point.
        axis: the axis; None stands for all elements.
        keepdims: whether the axis stays, with size 1.

    Returns:
        The medians; NaN where an element is NaN. The gradient goes to the element in the middle.

    Raises:
        ShapeError: there is no such axis, or there are no elements along it.
    """
    if axis is None:
        middle = median(reshape(a, -1), 0)
        return reshape(middle, with_ones(a.shape, range(a.ndim))) if keepdims else middle
    place = _filled_axis("median", axis, a)
    ordered = sort(a, place)
    half = (a.shape[place] - 1) // 2
    middle = ordered[(*(slice(None),) * place, slice(half, half + 1))]
    middle = _nan_where_any(middle, ordered, place)
    return middle if keepdims else middle.squeeze(place)


def _filled_axis(name: str, axis: int, a: Tensor) -> int:
    """Return an axis counted from the front.

    Raises:
        ShapeError: there is no such axis, or there are no elements along it.
    """
    place = canonical_axis(name, axis, a.shape)
    if a.shape[place] == 0:
        raise ShapeError(f"{name}: shape {a.shape} has no elements along axis {place}; expected at least one")
    return place


def _nan_where_any(found: Tensor, ordered: Tensor, axis: int) -> Tensor:
    """Return what was found among ordered elements, but NaN where NaN is among them: there it comes last.

    It gets the gradient, as in PyTorch.
    """
    last = ordered[(*(slice(None),) * axis, slice(ordered.shape[axis] - 1, None))]
    return where(isnan(last), last, found)


def var_mean(
    a: Tensor, axes: Axes = None, keepdims: bool = False, *, correction: float = 0, axis: Axes = None
) -> tuple[Tensor, Tensor]:
    """Return the variance and the mean along axes; the arguments are those of `var`."""
    chosen = axes if axis is None else axis
    return var(a, chosen, keepdims, correction=correction), mean(a, chosen, keepdims)


def std_mean(
    a: Tensor, axes: Axes = None, keepdims: bool = False, *, correction: float = 0, axis: Axes = None
) -> tuple[Tensor, Tensor]:
    """Return the standard deviation and the mean along axes; the arguments are those of `std`."""
    chosen = axes if axis is None else axis
    return std(a, chosen, keepdims, correction=correction), mean(a, chosen, keepdims)


def nansum(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Add up the elements along axes that are not NaN; those that are have a gradient of zero.

    Args:
        a: a tensor of floating point.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return where(isnan(a), 0.0, a).sum(axes if axis is None else axis, keepdims)


def nanmean(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Average the elements along axes that are not NaN; those that are have a gradient of zero.

    Args:
        a: a tensor of floating point.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Returns:
        The means; NaN where all elements are.

    Raises:
        ShapeError: there is no such axis.
    """
    chosen = axes if axis is None else axis
    count = isnan(a).logical_not().astype(a.dtype).sum(chosen, keepdims)
    return nansum(a, chosen, keepdims) / count
