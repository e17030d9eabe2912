"""How arrays are pickled and copied, by shape, dtype and bytes in row-major order; dtypes, by name; generators."""

from __future__ import annotations

from . import _core

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._core import DType, Generator, NDArray


def dtype(name: str) -> DType:
    """The dtype of this name."""
    found: DType = getattr(_core, "bool_" if name == "bool" else name)
    return found


def generator(state: dict[str, Any]) -> Generator:
    """A generator that goes on from a state that `Generator.get_state` returned."""
    restored = _core.Generator(0)
    restored.set_state(state)
    return restored


def as_bytes(array: NDArray) -> NDArray:
    """The memory of the elements in row-major order as one axis of uint8; shared where the array is dense."""
    dense = _core.NDArray.compact(array)
    return _core.reinterpret(dense, "uint8", (dense.nbytes,))


def reduced(array: NDArray, protocol: int) -> tuple[Any, ...]:
    """What `__reduce_ex__` returns: from protocol 5 on the elements are a buffer that need not be copied."""
    data: Any = as_bytes(array)
    if protocol >= 5:
        from pickle import PickleBuffer  # noqa: PLC0415 - loaded already by whoever pickles

        data = PickleBuffer(data)
    else:
        data = memoryview(data).tobytes()
    made = rebuild, (type(array), array.shape, array.dtype.name, data, protocol < 5)
    state = array.__getstate__()
    return made if state is None else (*made, state)


def rebuild(cls: type[NDArray], shape: tuple[int, ...], dtype: str, data: Any, copy: bool) -> NDArray:
    """The array that `reduced` took apart, over `data` itself unless it is to be copied."""
    view = memoryview(data)
    if view.nbytes == 0:
        array = _core.empty(shape, dtype=dtype)
    else:
        array = _core.reinterpret(_core.asarray(view.cast("B"), copy=copy or None), dtype, shape)
    return array if cls is _core.NDArray else _core.as_class(array, cls)


def copied(array: NDArray, memo: dict[int, Any] | None) -> NDArray:
    """A copy of an instance of a subclass; with a memo its attributes are copied deeply, as `copy.deepcopy` does."""
    out = _core.as_class(_core.NDArray.copy(array), type(array))
    state = array.__getstate__()
    if state is None:
        return out
    if memo is not None:
        from copy import deepcopy  # noqa: PLC0415 - loaded already by whoever copies

        memo[id(array)] = out
        state = deepcopy(state, memo)
    if hasattr(out, "__setstate__"):
        out.__setstate__(state)
        return out
    attributes, slots = state if isinstance(state, tuple) else (state, None)
    for part in (attributes, slots):
        for name, value in (part or {}).items():
            setattr(out, name, value)
    return out
