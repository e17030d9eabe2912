"""Neighbours along an axis: their differences, the area under them, and running sums of exponentials."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...errors import ShapeError
from ..arguments import integer_argument, require_tensors
from ..axes import canonical_axis, only_axis
from ..broadcasting import tensor_like
from ..elementwise.exponential import logaddexp
from ..elementwise.selection import where
from ..shapes.joining import concat

if TYPE_CHECKING:
    from ...tensor import Tensor


def _part(a: Tensor, axis: int, start: int | None, stop: int | None) -> Tensor:
    """Return a part of the elements along an axis."""
    return a[(*(slice(None),) * axis, slice(start, stop))]


def diff(a: Tensor, n: int = 1, axis: int = -1, prepend: Tensor | None = None, append: Tensor | None = None) -> Tensor:
    """Take the differences of neighbours along an axis: c[i] = a[i + 1] - a[i].

    Args:
        a: a tensor of at least one axis.
        n: how often, one after the other.
        axis: the axis, which gets shorter by n.
        prepend: what to put before it first, with as many axes.
        append: what to put behind it first.

    Raises:
        ShapeError: there is no such axis, or what is put before and behind does not fit.
        ValueError: n is negative.
    """
    place = canonical_axis("diff", axis, a.shape)
    n = integer_argument("diff", "n", n)
    if n < 0:
        raise ValueError(f"diff: n is {n}; expected at least 0")
    parts = [part for part in (prepend, a, append) if part is not None]
    found = a if len(parts) == 1 else concat(parts, place)
    for _ in range(min(n, found.shape[place])):  # then nothing is left
        found = _part(found, place, 1, None) - _part(found, place, None, -1)
    return found


def trapezoid(y: Tensor, x: Tensor | None = None, dx: float = 1.0, axis: int = -1) -> Tensor:
    """Measure the area under points along an axis, which straight lines join.

    Args:
        y: the heights.
        x: where they stand: one number for each place along the axis, or a tensor of as many axes. None for `dx` apart.
        dx: the distance of neighbours.
        axis: the axis.

    Returns:
        sum((x[i + 1] - x[i]) * (y[i] + y[i + 1]) / 2); 0 of a single point.

    Raises:
        ShapeError: there is no such axis, or the shapes do not fit.
    """
    require_tensors("trapezoid", y=y)
    place = canonical_axis("trapezoid", axis, y.shape)
    pairs = _part(y, place, 1, None) + _part(y, place, None, -1)
    if x is None:
        return pairs.sum(place) * (dx / 2)
    points = tensor_like(x, y)
    along = place if points.ndim == y.ndim else 0
    if points.ndim not in (1, y.ndim) or points.shape[along] != y.shape[place]:
        raise ShapeError(
            f"trapezoid: y has shape {y.shape} and x {points.shape}; expected {y.shape[place]} places along axis "
            f"{place}, in one axis or in as many as y has"
        )
    steps = diff(points, 1, along)
    if points.ndim != y.ndim:
        steps = steps.reshape((-1, *(1,) * (y.ndim - place - 1)))
    return (pairs * steps).sum(place) * 0.5


def logcumsumexp(a: Tensor, axis: int | None = None) -> Tensor:
    """Take the logarithm of the sum of the exponentials of all elements up to each along an axis, without overflow.

    It is computed, and differentiated, in about log2(n) steps, in each of which the sums get twice as long.

    Args:
        a: a tensor of floating point.
        axis: the axis; it may be left out if there is only one.

    Raises:
        ShapeError: there is no such axis, or none is given and there are several.
    """
    name = "logcumsumexp"
    place = canonical_axis(name, only_axis(name, axis, a.shape), a.shape)
    size, reach, sums = a.shape[place], 1, a
    while reach < size:
        late, early = _part(sums, place, reach, None), _part(sums, place, None, -reach)
        nothing = early.eq(-math.inf)  # of two logarithms of nothing, the sum has no gradient but NaN
        longer = where(nothing, late, logaddexp(late, where(nothing, 0.0, early)))
        sums = concat([_part(sums, place, None, reach), longer], place)
        reach *= 2
    return sums
