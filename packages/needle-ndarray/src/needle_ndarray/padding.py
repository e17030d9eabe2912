"""Arrays extended at their edges."""

from __future__ import annotations

from operator import index

from ._core import asarray, empty, flip
from .errors import ShapeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Literal

    from ._core import ArrayLike, NDArray

MODES = ("constant", "edge", "reflect", "symmetric", "wrap")


def pad(
    x: ArrayLike,
    pad_width: int | Sequence[int] | Sequence[Sequence[int]] | dict[int, int | tuple[int, int]],
    mode: Literal["constant", "edge", "reflect", "symmetric", "wrap"] = "constant",
    *,
    constant_values: float | Sequence[float] | Sequence[Sequence[float]] | None = None,
) -> NDArray:
    """A copy of x with more elements before and after each axis.

    Args:
        x: An array of any dtype.
        pad_width: How many elements: one int for every edge, ``(before, after)`` for every axis, a pair for each axis,
            or a dict from an axis to its int or pair, which leaves the other axes alone.
        mode: Where the new elements come from: ``"constant"`` sets `constant_values`, ``"edge"`` repeats the outermost
            element, ``"reflect"`` mirrors the array at its outermost element, ``"symmetric"`` beyond it, and ``"wrap"``
            goes on at the other end.
        constant_values: The numbers for ``"constant"``, in the forms of `pad_width` but the dict; 0 by default.

    Returns:
        A new array of x's dtype, whose sizes are those of x plus the widths.

    Raises:
        ValueError: A width is negative, the mode is unknown, or an empty axis would have to be repeated.
        ShapeError: The widths or values do not fit the number of axes.
        OverflowError: An integer dtype cannot hold a value.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.pad([[1, 2], [3, 4]], ((1, 0), (0, 2)))
        array([[0, 0, 0, 0],
               [1, 2, 0, 0],
               [3, 4, 0, 0]])
        >>> nd.pad([1, 2, 3], 2, mode="reflect")
        array([3, 2, 1, 2, 3, 2, 1])
    """
    if mode not in MODES:
        raise ValueError(f"pad: mode {mode!r} is unknown; known are {', '.join(MODES)}")
    if constant_values is not None and mode != "constant":
        raise ValueError(f"pad: constant_values are for mode 'constant', not for {mode!r}")
    x = asarray(x)
    widths = _widths(pad_width, x.ndim)
    values = _pairs(0 if constant_values is None else constant_values, x.ndim, "constant_values")
    shape = [before + size + after for size, (before, after) in zip(x.shape, widths, strict=True)]
    out = empty(shape, dtype=x.dtype, device=x.device)
    inner = [slice(before, before + size) for size, (before, _) in zip(x.shape, widths, strict=True)]
    out[tuple(inner)] = x
    for axis, (before, after) in enumerate(widths):
        if before == after == 0:
            continue
        # Axes before this one are complete, those after it are filled in between their edges only.
        region = out[tuple([slice(None)] * (axis + 1) + inner[axis + 1 :])]
        rows = region.permute(axis, *range(axis), *range(axis + 1, x.ndim))
        size = x.shape[axis]
        if mode == "constant":
            rows[:before] = values[axis][0]
            rows[before + size :] = values[axis][1]
        elif size == 0:
            raise ValueError(f"pad: axis {axis} has no elements that mode {mode!r} could repeat; use mode 'constant'")
        elif mode == "edge" or (mode == "reflect" and size == 1):
            rows[:before] = rows[before]
            rows[before + size :] = rows[before + size - 1]
        else:
            _repeat_outwards(rows, before, before + size, mode)
    return out


def _repeat_outwards(rows: NDArray, start: int, stop: int, mode: str) -> None:
    """Fills what lies before `start` and after `stop` with reflections or repetitions of rows[start:stop]."""
    size, end = stop - start, rows.shape[0]
    period = size
    if mode != "wrap":
        skip = 1 if mode == "reflect" else 0
        period = 2 * (size - skip)
        after = min(end - stop, size - skip)
        rows[stop : stop + after] = flip(rows[stop - skip - after : stop - skip], axis=0)
        before = min(start, size - skip)
        rows[start - before : start] = flip(rows[start + skip : start + skip + before], axis=0)
        start, stop = start - before, stop + after
    while stop < end:
        known = (stop - start) // period * period
        count = min(known, end - stop)
        rows[stop : stop + count] = rows[stop - known : stop - known + count]
        stop += count
    while start > 0:
        known = (stop - start) // period * period
        count = min(known, start)
        rows[start - count : start] = rows[start - count + known : start + known]
        start -= count


def _widths(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    if isinstance(pad_width, dict):
        widths = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            if not -ndim <= index(axis) < ndim:
                raise IndexError(f"pad: axis {axis} is out of range for an array of {ndim} axes")
            widths[index(axis)] = _pairs(width, 1, "pad_width")[0]
    else:
        widths = _pairs(pad_width, ndim, "pad_width")
    for axis, pair in enumerate(widths):
        for width in pair:
            if isinstance(width, (bool, float)) or not hasattr(width, "__index__"):
                raise TypeError(f"pad: pad_width must be integers, but {width!r} is among them")
            if width < 0:
                raise ValueError(f"pad: pad_width must not be negative, but that of axis {axis} is {pair}")
    return [(index(before), index(after)) for before, after in widths]


def _pairs(given: Any, ndim: int, what: str) -> list[tuple[Any, Any]]:
    """One pair for each axis, of a number, a pair, or a sequence of numbers or pairs, broadcast as arrays are."""
    if hasattr(given, "tolist"):
        given = given.tolist()
    rows = list(given) if isinstance(given, (list, tuple)) else [given]
    if not rows and ndim == 0:
        return []
    if not any(isinstance(row, (list, tuple)) for row in rows):
        rows = [rows]  # the same for every axis
    rows = [list(row) if isinstance(row, (list, tuple)) else [row] for row in rows]
    if len(rows) not in (1, ndim) or any(len(row) not in (1, 2) for row in rows):
        raise ShapeError(
            f"pad: {what} {given!r} fits no array of {ndim} axes; expected one number, a pair (before, after), or one "
            f"pair for each axis"
        )
    pairs = [(row[0], row[-1]) for row in rows]
    return pairs * ndim if len(pairs) == 1 else pairs
