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
    return array.shape, array.dtype.name, _bytes(array.compact()).tobytes() if array.size else b""


def rebuild(shape: tuple[int, ...], dtype: str, data: bytes) -> NDArray:
    """The array that `parts` took apart, in memory of its own."""
    array = _core.empty(shape, dtype=dtype)
    if data:
        _bytes(array)[:] = data
    return array


def _bytes(array: NDArray) -> memoryview:
    """The memory of a dense array; the buffer protocol does not know, or cannot cast, floats of 16 bits."""
    if array.dtype.itemsize == 2:
        array = _core.reinterpret(array, "uint16")
    return memoryview(array).cast("B")
