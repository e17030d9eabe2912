"""Whether any or all elements hold, and differences between neighbours."""

from __future__ import annotations

from operator import index

from ._core import all as all
from ._core import any as any
from ._core import asarray, broadcast_to, concat, not_equal, result_type, subtract

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
        prepend: What to put before x along the axis first: an array of x's shape but for this axis, or one number.
        append: What to put behind x, likewise.

    Returns:
        An array of x's shape, in which the axis is longer by what was put to it and shorter by n; of x's dtype,
        promoted with those of `prepend` and `append`.

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
    x, along, times = asarray(x), index(axis), index(n)
    if not -x.ndim <= along < x.ndim:
        raise IndexError(f"diff: axis {axis} is out of range for an array of {x.ndim} axes")
    if times < 0:
        raise ValueError(f"diff: n must not be negative, and is {n}")
    along %= x.ndim
    if prepend is not None or append is not None:
        parts = [*_beside(x, prepend, along), x, *_beside(x, append, along)]
        x = concat(parts, axis=along)
    before, after = ((slice(None),) * along + (part,) for part in (slice(None, -1), slice(1, None)))
    difference = not_equal if x.dtype.kind == "b" else subtract
    for _ in range(min(times, x.shape[along])):
        x = difference(x[after], x[before])
    return x


def _beside(x: NDArray, more: ArrayLike | None, axis: int) -> list[NDArray]:
    """What is to be put beside x along the axis; one number becomes an array of length 1."""
    if more is None:
        return []
    given = asarray(more)
    if given.ndim:
        return [given]
    if given is not more:  # a number that is no array is weak
        given = asarray(more, dtype=result_type(x, more))
    return [broadcast_to(given, (*x.shape[:axis], 1, *x.shape[axis + 1 :]))]
