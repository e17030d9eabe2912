"""Sets: the distinct values of an array, and membership.

Values are distinct where they are not equal: zeros of both signs are one value (with the sign of the first), and
each NaN is a value of its own. Values stand in ascending order, NaN last.
"""

from __future__ import annotations

from ._core import isin as isin
from ._core import unique

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import ArrayLike, NDArray


class _Fields(tuple["NDArray", ...]):
    """A tuple whose entries have names too; written out because importing typing takes long."""

    __slots__ = ()
    _fields: tuple[str, ...] = ()

    def __repr__(self) -> str:
        parts = (f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
        return f"{type(self).__name__}({', '.join(parts)})"


class UniqueAll(_Fields):
    """What `unique_all` returns: ``(values, indices, inverse_indices, counts)``."""

    __slots__ = ()
    _fields = ("values", "indices", "inverse_indices", "counts")

    @property
    def values(self) -> NDArray:
        """The distinct values, ascending, of shape (k,)."""
        return self[0]

    @property
    def indices(self) -> NDArray:
        """Where each value stands first in the flattened array: int64, of shape (k,)."""
        return self[1]

    @property
    def inverse_indices(self) -> NDArray:
        """The index of its value for each element: int64, in the array's shape."""
        return self[2]

    @property
    def counts(self) -> NDArray:
        """How often each value occurs: int64, of shape (k,)."""
        return self[3]


class UniqueCounts(_Fields):
    """What `unique_counts` returns: ``(values, counts)``."""

    __slots__ = ()
    _fields = ("values", "counts")

    @property
    def values(self) -> NDArray:
        """The distinct values, ascending, of shape (k,)."""
        return self[0]

    @property
    def counts(self) -> NDArray:
        """How often each value occurs: int64, of shape (k,)."""
        return self[1]


class UniqueInverse(_Fields):
    """What `unique_inverse` returns: ``(values, inverse_indices)``."""

    __slots__ = ()
    _fields = ("values", "inverse_indices")

    @property
    def values(self) -> NDArray:
        """The distinct values, ascending, of shape (k,)."""
        return self[0]

    @property
    def inverse_indices(self) -> NDArray:
        """The index of its value for each element: int64, in the array's shape."""
        return self[1]


def unique_all(x: ArrayLike, /) -> UniqueAll:
    """The distinct values of x, where they come first, which one each element is, and how often they occur.

    Args:
        x: Array of any shape and dtype.

    Returns:
        ``(values, indices, inverse_indices, counts)``, also by these names. ``values`` of shape (k,) and x's dtype is
        ascending; ``indices`` of the flattened x and ``counts`` have its shape; ``values[inverse_indices]`` equals x.

    Example:
        >>> import needle_ndarray as nd
        >>> found = nd.unique_all(nd.asarray([30, 10, 30]))
        >>> found.values, found.indices, found.inverse_indices, found.counts
        (array([10, 30]), array([1, 0]), array([1, 0, 1]), array([1, 2]))
    """
    return UniqueAll(unique(x, True, True, True))


def unique_counts(x: ArrayLike, /) -> UniqueCounts:
    """The distinct values of x and how often they occur.

    Args:
        x: Array of any shape and dtype.

    Returns:
        ``(values, counts)``, also by these names: the ascending values of shape (k,) and x's dtype, and an int64 array
        of the same shape.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.unique_counts(nd.asarray([30, 10, 30]))
        UniqueCounts(values=array([10, 30]), counts=array([1, 2]))
    """
    return UniqueCounts(unique(x, False, False, True))


def unique_inverse(x: ArrayLike, /) -> UniqueInverse:
    """The distinct values of x and which one each element is.

    Args:
        x: Array of any shape and dtype.

    Returns:
        ``(values, inverse_indices)``, also by these names: the ascending values of shape (k,) and x's dtype, and an
        int64 array of x's shape; ``values[inverse_indices]`` equals x.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.unique_inverse(nd.asarray([30, 10, 30]))
        UniqueInverse(values=array([10, 30]), inverse_indices=array([1, 0, 1]))
    """
    return UniqueInverse(unique(x, False, True, False))


def unique_values(x: ArrayLike, /) -> NDArray:
    """The distinct values of x.

    Args:
        x: Array of any shape and dtype.

    Returns:
        The ascending values, of shape (k,) and x's dtype.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.unique_values(nd.asarray([30, 10, 30]))
        array([10, 30])
    """
    return unique(x, False, False, False)[0]
