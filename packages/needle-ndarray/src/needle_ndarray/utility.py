"""Whether any or all elements hold, and differences between neighbours."""

from __future__ import annotations

from ._core import all as all
from ._core import any as any
from ._core import asarray, concat, full, not_equal, subtract

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import ArrayLike, NDArray


def diff(
    x: ArrayLike,
    /,
    n: int = 1,
    axis: int = -1,
    *,
    prepend: ArrayLike | None = None,
    append: ArrayLike | None = None,
) -> NDArray:
    """The differences between neighbours along an axis: x[i + 1] - x[i], taken n times.

    Args:
        x: Array with at least one axis; neighbours that are bools are compared instead.
        n: How often differences are taken; by position too, as NumPy's.
        axis: The axis.
        prepend: What to put before x along the axis first: an array of x's shape but for this axis, or a number.
        append: What to put behind x, likewise.

    Returns:
        An array of x's shape, in which the axis is longer by what was put to it and shorter by n.

    Raises:
        IndexError: x has no such axis.
        ValueError: n is negative.
        ShapeError: `prepend` or `append` does not fit x.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.diff(nd.asarray([1, 4, 9, 16]))
        array([3, 5, 7])
        >>> nd.diff(nd.asarray([1, 4, 9, 16]), n=2, prepend=0)
        array([2, 2, 2])
    """
    x = asarray(x)
    if not -x.ndim <= axis < x.ndim:
        raise IndexError(f"diff: axis {axis} is out of range for an array of {x.ndim} axes")
    if n < 0:
        raise ValueError(f"diff: n must not be negative, and is {n}")
    axis %= x.ndim
    parts = [x]
    for side, at in ((prepend, 0), (append, len(parts) + 1)):
        if side is not None:
            one = (*x.shape[:axis], 1, *x.shape[axis + 1 :])
            parts.insert(at, full(one, side, dtype=x.dtype) if isinstance(side, (bool, int, float)) else asarray(side))
    if len(parts) > 1:
        x = concat(parts, axis=axis)
    before, after = ((slice(None),) * axis + (part,) for part in (slice(None, -1), slice(1, None)))
    difference = not_equal if x.dtype.kind == "b" else subtract
    for _ in range(n):
        x = difference(x[after], x[before])
    return x
