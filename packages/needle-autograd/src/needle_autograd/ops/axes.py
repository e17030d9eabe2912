"""Axes as arguments: an integer, several or None, counted from the front or from the back."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any

from ..errors import ShapeError
from .arguments import integer_tuple, shown
from .broadcasting import Shape

Axes = int | Sequence[int] | None


def shape_argument(shape: Any) -> Shape:
    """Return a shape as a tuple of integers.

    Args:
        shape: an integer, or a sequence of integers.

    Raises:
        ShapeError: it is made of something else.
    """
    if type(shape) is int:
        return (shape,)
    try:
        return integer_tuple(shape) if hasattr(shape, "__iter__") else (index(shape),)
    except TypeError:
        raise ShapeError(f"a shape is made of integers; got {shape!r}") from None


def axis_argument(name: str, axis: Any) -> int:
    """Return an axis as an operation keeps it.

    Raises:
        ShapeError: it is no integer.
    """
    if type(axis) is int:
        return axis
    try:
        return int(index(axis))
    except TypeError:
        raise ShapeError(f"{name}: axis is {shown(axis)}; expected an integer") from None


def axes_argument(name: str, axes: Any) -> int | tuple[int, ...] | None:
    """Return axes as an operation keeps them: an integer, a tuple, or None for all.

    Raises:
        ShapeError: they are no integers.
    """
    if axes is None or type(axes) is int:
        return axes
    try:
        return integer_tuple(axes) if hasattr(axes, "__iter__") else int(index(axes))
    except TypeError:
        raise ShapeError(f"{name}: axes are {shown(axes)}; expected an integer, several, or None") from None


def canonical_axis(name: str, axis: int, shape: Shape, *, extra: int = 0) -> int:
    """Return an axis counted from the front.

    Args:
        name: the operation's name, for the error.
        axis: the axis; negative ones count from the back.
        shape: the shape that it belongs to.
        extra: how many axes the operation adds.

    Raises:
        ShapeError: there is no such axis.
    """
    ndim = len(shape) + extra
    if type(axis) is not int:
        axis = axis_argument(name, axis)
    if not -ndim <= axis < ndim:
        allowed = f"from {-ndim} to {ndim - 1}" if ndim else "not given, as there are none"
        raise ShapeError(f"{name}: axis {axis} is out of range for shape {shape}; expected axes {allowed}")
    return axis % ndim


def canonical_axes(name: str, axes: Axes, shape: Shape) -> tuple[int, ...]:
    """Return axes counted from the front; None stands for all.

    Raises:
        ShapeError: there is no such axis, or one is named twice.
    """
    if axes is None:
        return tuple(range(len(shape)))
    several = axes if type(axes) is tuple else axes_argument(name, axes)
    found = tuple(canonical_axis(name, axis, shape) for axis in (several if isinstance(several, tuple) else (several,)))
    if len(set(found)) < len(found):
        raise ShapeError(f"{name}: axes {several} of shape {shape} name an axis twice; expected each once")
    return found


def only_axis(name: str, axis: int | None, shape: Shape) -> int:
    """Return the axis that is given, or the only one that there is.

    Raises:
        ShapeError: none is given, and there is not exactly one.
    """
    if axis is None and len(shape) != 1:
        raise ShapeError(
            f"{name}: shape {shape} has {len(shape)} axes and none was chosen; write axis=... or flatten the tensor"
        )
    return 0 if axis is None else axis


def without_axes(shape: Shape, axes: Sequence[int]) -> Shape:
    """Return a shape without some of its axes."""
    return tuple(size for axis, size in enumerate(shape) if axis not in axes)


def reduced_shape(shape: Shape, axes: Sequence[int], keepdims: bool) -> Shape:
    """Return the shape that is left of a shape when some of its axes are reduced: they go, or get size 1."""
    return with_ones(shape, axes) if keepdims else without_axes(shape, axes)


def with_ones(shape: Shape, axes: Sequence[int]) -> Shape:
    """Return a shape with size 1 along some of its axes."""
    return tuple(1 if axis in axes else size for axis, size in enumerate(shape))
