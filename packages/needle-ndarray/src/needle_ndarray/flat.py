"""The elements of an array in row-major order, as a one-dimensional view that can be written."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from ._core import NDArray


class FlatView:
    """What `x.flat` gives: reads and writes go to x itself, whatever its strides; works for shape () too.

    Example:
        >>> import needle_ndarray as nd
        >>> x = nd.zeros((2, 2)).T
        >>> x.flat[1] += 3
        >>> x.tolist()
        [[0.0, 3.0], [0.0, 0.0]]
    """

    __slots__ = ("base",)

    def __init__(self, base: NDArray) -> None:
        self.base = base

    def __len__(self) -> int:
        return self.base.size

    def __iter__(self) -> Iterator[bool | int | float]:
        for position in range(self.base.size):
            yield self.base.item(position)

    def __getitem__(self, key: int | slice) -> Any:
        """An element as a Python number, or a one-dimensional copy for a slice."""
        if isinstance(key, slice):
            return self.base.reshape(-1)[key].copy()
        return self.base[self._index(key)].item()

    def __setitem__(self, key: int | slice, value: Any) -> None:
        if not isinstance(key, slice):
            self.base[self._index(key)] = value
        elif self.base.is_compact():
            self.base.reshape(-1)[key] = value
        else:
            changed = self.base.reshape(-1)
            changed[key] = value
            self.base[...] = changed.reshape(self.base.shape)

    def _index(self, position: int) -> tuple[int, ...]:
        size = self.base.size
        if not hasattr(position, "__index__") or isinstance(position, bool):
            raise TypeError(
                f"flat takes an int or a slice, not {position!r}; reshape(-1) gives an array that takes every index"
            )
        position = position.__index__()
        if not -size <= position < size:
            raise IndexError(f"index {position} is out of range for the {size} elements of shape {self.base.shape}")
        index: list[int] = []
        rest = position % size
        for length in reversed(self.base.shape):
            rest, at = divmod(rest, length)
            index.append(at)
        return tuple(reversed(index))
