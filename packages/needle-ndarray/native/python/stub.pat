_core.__prefix__:
    from collections.abc import Iterator, Sequence
    from typing import Any, Literal, TypeAlias

    import numpy as np

    from needle_ndarray.flat import FlatView

    DTypeLike: TypeAlias = "DType | str | type[bool] | type[int] | type[float] | type[Any]"
    DeviceLike: TypeAlias = "Device | str"
    ArrayLike: TypeAlias = "NDArray | Any"

    bool_: DType

NDArray\.(__[ir]?(?:add|sub|mul|truediv|floordiv|mod|pow|and|or|xor|lshift|rshift|matmul)__)$:
    def \1(self, other: ArrayLike, /) -> NDArray: ...

NDArray\.(__r?divmod__)$:
    def \1(self, other: ArrayLike, /) -> tuple[NDArray, NDArray]: ...

NDArray\.(__(?:lt|le|gt|ge)__)$:
    def \1(self, other: ArrayLike, /) -> NDArray: ...

NDArray\.(__(?:eq|ne)__)$:
    def \1(self, other: object, /) -> NDArray: ...  # type: ignore[override]

NDArray\.(__(?:neg|pos|abs|invert)__)$:
    def \1(self) -> NDArray: ...

NDArray\.(__(?:repr|str)__)$:
    def \1(self) -> str: ...

NDArray\.__bool__$:
    def __bool__(self) -> bool: ...

NDArray\.(__(?:int|index|len)__)$:
    def \1(self) -> int: ...

NDArray\.__contains__$:
    def __contains__(self, value: Any, /) -> bool: ...

NDArray\.__float__$:
    def __float__(self) -> float: ...

NDArray\.__iter__$:
    def __iter__(self) -> Iterator[NDArray]: ...

NDArray\.__getitem__$:
    def __getitem__(self, key: Any, /) -> NDArray: ...

NDArray\.__setitem__$:
    def __setitem__(self, key: Any, value: ArrayLike, /) -> None: ...

NDArray\.__delitem__$:

NDArray\.__hash__$:
    __hash__: None  # type: ignore[assignment]

NDArray\.(__array_(?:priority|ufunc)__)$:

__reduce__$:
    def __reduce__(self) -> tuple[Any, ...]: ...

NDArray\.numpy$:
    def numpy(self) -> np.ndarray[Any, Any]:
        \doc

NDArray\.__array__$:
    def __array__(self, dtype: Any = None, *, copy: bool | None = None) -> np.ndarray[Any, Any]: ...

NDArray\.__suffix__$:
    def __buffer__(self, flags: int, /) -> memoryview: ...
    __array_priority__: float
    __array_ufunc__: None

