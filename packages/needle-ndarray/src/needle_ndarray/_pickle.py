"""How arrays are pickled, by shape, dtype and the bytes in row-major order, and dtypes, by name."""

from __future__ import annotations

from . import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import DType, NDArray


def dtype(name: str) -> DType:
    """The dtype of this name."""
    found: DType = getattr(_core, "bool_" if name == "bool" else name)
    return found


def parts(array: NDArray) -> tuple[tuple[int, ...], str, bytes]:
    """What `rebuild` needs to make an equal array."""
    return array.shape, array.dtype.name, memoryview(array.compact()).cast("B").tobytes() if array.size else b""


def rebuild(shape: tuple[int, ...], dtype: str, data: bytes) -> NDArray:
    """The array that `parts` took apart, in memory of its own."""
    array = _core.empty(shape, dtype=dtype)
    if data:
        memoryview(array).cast("B")[:] = data
    return array
