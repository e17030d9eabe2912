"""Sums into the elements that indices name."""

from __future__ import annotations

from typing import Any

from ...numpy_on_demand import is_numpy, np
from ..selection import array_namespace

Array = Any


def index_add(x: Array, indices: Array, values: Array, axis: int = 0) -> Array:
    """Add values to the elements of x along an axis at given numbers, in place; equal numbers add up.

    Args:
        x: the array to add to, written.
        indices: integers of any shape; negative ones count from the end.
        values: the shape of x, with the axis replaced by those of `indices`.
        axis: the axis, from 0.

    Returns:
        x.
    """
    xp = array_namespace(x)
    if is_numpy(xp):
        place: Any = (slice(None),) * axis + (indices,)
        np.add.at(x, place, values)
    else:
        total = np.array(x)
        index_add(total, np.asarray(indices), np.asarray(values), axis)
        x[...] = xp.asarray(total, device=x.device)
    return x
