"""What the array library can do, told to code that works with any: the standard's inspection functions."""

from __future__ import annotations

from . import _core, dtypes
from .devices import Device, all_devices, default_device

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import DeviceLike, DType

# In the standard's order; float16 and bfloat16 are not in the standard.
STANDARD_DTYPES = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float32", "float64"),
)


class ArrayNamespaceInfo:
    """What `__array_namespace_info__` gives: capabilities, devices and dtypes.

    Example:
        >>> import needle_ndarray as nd
        >>> info = nd.__array_namespace_info__()
        >>> info.default_dtypes()["real floating"]
        needle_ndarray.float32
    """

    __slots__ = ()

    def capabilities(self) -> dict[str, bool | int]:
        """Whether boolean masks index, whether shapes may depend on data, and how many axes an array may have.

        Example:
            >>> import needle_ndarray as nd
            >>> nd.__array_namespace_info__().capabilities()
            {'boolean indexing': True, 'data-dependent shapes': True, 'max dimensions': 64}
        """
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": _core.max_ndim}

    def default_device(self) -> Device:
        """The device that creation functions use when none is named.

        Example:
            >>> import needle_ndarray as nd
            >>> nd.__array_namespace_info__().default_device()
            cpu()
        """
        return default_device()

    def devices(self) -> tuple[Device, ...]:
        """The devices that can be used here.

        Example:
            >>> import needle_ndarray as nd
            >>> nd.cpu() in nd.__array_namespace_info__().devices()
            True
        """
        return tuple(all_devices())

    def default_dtypes(self, *, device: DeviceLike | None = None) -> dict[str, DType]:
        """The dtypes of arrays for which none is named, by kind; without "complex floating", which Needle has not.

        Args:
            device: The device in question; the defaults are the same on all.

        Raises:
            DeviceError: There is no such device.

        Example:
            >>> import needle_ndarray as nd
            >>> sorted(nd.__array_namespace_info__().default_dtypes())
            ['indexing', 'integral', 'real floating']
        """
        _check(device)
        return {"real floating": dtypes.float32, "integral": dtypes.int64, "indexing": dtypes.int64}

    def dtypes(
        self, *, device: DeviceLike | None = None, kind: str | tuple[str, ...] | None = None
    ) -> dict[str, DType]:
        """The standard's dtypes that arrays can have, by name; float16 and bfloat16, which it has not, are left out.

        Args:
            device: The device in question; the dtypes are the same on all.
            kind: A kind of dtypes as `isdtype` takes them, or several; None for all dtypes.

        Raises:
            ValueError: There is no kind of this name.
            DeviceError: There is no such device.

        Example:
            >>> import needle_ndarray as nd
            >>> list(nd.__array_namespace_info__().dtypes(kind="real floating"))
            ['float32', 'float64']
        """
        _check(device)
        known = {name: _core.as_dtype(name) for name in STANDARD_DTYPES}
        return {name: dtype for name, dtype in known.items() if kind is None or dtypes.isdtype(dtype, kind)}


def _check(device: DeviceLike | None) -> None:
    if device is not None:
        Device(device)


def __array_namespace_info__() -> ArrayNamespaceInfo:  # noqa: N807 - the standard's name
    """The standard's functions for asking what an array library can do.

    Returns:
        An object with ``capabilities()``, ``default_device()``, ``devices()``, ``default_dtypes(device=)`` and
        ``dtypes(device=, kind=)``.

    Example:
        >>> import needle_ndarray as nd
        >>> list(nd.__array_namespace_info__().dtypes(kind="unsigned integer"))
        ['uint8', 'uint16', 'uint32', 'uint64']
    """
    return ArrayNamespaceInfo()
