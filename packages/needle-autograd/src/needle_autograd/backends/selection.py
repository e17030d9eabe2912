"""Which library new tensors are made of, and how to reach the functions that belong to an array.

There are two backends: `nd` (needle-ndarray, the default) and `np` (NumPy). The environment variable NEEDLE_BACKEND
chooses when the package is imported, `set_backend()` afterwards. Tensors that exist keep their arrays, and a tensor may
hold an array of any other library that follows the Python Array API standard.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import needle_ndarray as nd

from ..errors import BackendUnavailable, DeviceError, DTypeError
from ..numpy_on_demand import is_numpy, np, numpy_module

BACKENDS = {"nd": "needle-ndarray", "np": "NumPy"}

DTYPE_NAMES = ("bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)), "float32", "float64")

_namespaces: dict[type, Any] = {nd.NDArray: nd}
"""The libraries of the types of arrays met so far; arrays and scalars of NumPy's name theirs as the standard says."""


def _checked(name: str, source: str) -> str:
    if name not in BACKENDS:
        known = ", ".join(f"{key!r} ({title})" for key, title in BACKENDS.items())
        raise BackendUnavailable(f"unknown backend {name!r} in {source}; the backends are {known}")
    return name


_current = _checked(os.environ.get("NEEDLE_BACKEND", "nd"), "NEEDLE_BACKEND")


def get_backend() -> str:
    """Return the name of the backend that new tensors are made of: "nd" or "np"."""
    return _current


def set_backend(name: str) -> None:
    """Choose what new tensors are made of; tensors that exist keep their arrays.

    Args:
        name: "nd" for needle-ndarray, "np" for NumPy.

    Raises:
        BackendUnavailable: there is no backend of that name.
    """
    global _current  # noqa: PLW0603
    _current = _checked(name, "set_backend()")


def array_namespace(array: Any) -> Any:
    """Return the module of functions that belongs to an array, as the Array API standard names it.

    Args:
        array: an array of NumPy, needle-ndarray, or any library that follows the standard.

    Raises:
        TypeError: the object is no such array.
    """
    kind = type(array)
    namespace = _namespaces.get(kind) or namespace_of(array)
    if namespace is None:
        raise TypeError(f"expected an array, got {kind.__module__}.{kind.__qualname__}; write Tensor(x) around it")
    return namespace


def namespace_of(value: Any) -> Any:
    """Return the module of functions that belongs to an array, or None for what is no array."""
    kind = type(value)
    namespace = _namespaces.get(kind)
    if namespace is None and hasattr(kind, "__array_namespace__"):
        namespace = _namespaces[kind] = value.__array_namespace__()
    return namespace


def dtype_namespace(dtype: Any) -> Any:
    """Return the library that a dtype belongs to, as a module."""
    return sys.modules[type(dtype).__module__.partition(".")[0]]


def is_array(value: Any) -> bool:
    """Tell whether a value is an array that a tensor can hold as it is."""
    kind = type(value)
    return kind in _namespaces or hasattr(kind, "__array_namespace__")


def device_of(array: Any) -> Any:
    """Return the device of an array; arrays of NumPy are on `cpu()`."""
    namespace = _namespaces.get(type(array)) or array_namespace(array)
    return array.device if namespace is nd or not is_numpy(namespace) else nd.cpu()


def named_dtype(dtype: Any, namespace: Any) -> Any:
    """Return a library's own dtype for a name or for another library's dtype.

    Args:
        dtype: a name ("float32"), a dtype of any library, or Python's `bool`, `int` or `float`.
        namespace: the library, as `array_namespace` gives it.

    Raises:
        DTypeError: no dtype has that name; the text lists those there are.
    """
    if dtype is float:
        name = "float32"
    elif dtype is int:
        name = "int64"
    elif dtype is bool:
        name = "bool"
    elif isinstance(dtype, str):
        name = dtype
    else:
        name = dtype_name(dtype)
    found = getattr(namespace, name, None) if name in DTYPE_NAMES or name in ("float16", "bfloat16") else None
    if found is None:
        raise DTypeError(f"unknown dtype {dtype!r}; the dtypes are {', '.join(DTYPE_NAMES)}")
    return np.dtype(found) if is_numpy(namespace) else found


def dtype_name(dtype: Any) -> str:
    """Return the plain name of a dtype of any library, such as float32."""
    name = getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    return str(name).rpartition(".")[2]


def dtype_kind(dtype: Any) -> str:
    """Return the letter of a dtype's kind, of any library: "f" for floats, "i", "u" for unsigned, "b" for booleans."""
    try:
        kind: str = dtype.kind
    except AttributeError:  # a library that follows the standard alone
        name = dtype_name(dtype)
        return "f" if "float" in name else name[0]
    return kind


def current_namespace() -> Any:
    """Return the library that new tensors are made of, as a module."""
    return numpy_module() if _current == "np" else nd


def check_device(device: Any, namespace: Any) -> None:
    """Refuse a device that a library cannot put arrays on.

    Raises:
        DeviceError: NumPy arrays were asked for on another device than the CPU.
        TypeError: `device` is no device.
    """
    if device is None or not (namespace is nd or is_numpy(namespace)):
        return
    if not isinstance(device, nd.Device):
        raise TypeError(f"device is {device!r}; expected a device such as cpu() or cuda()")
    if is_numpy(namespace) and device != nd.cpu():
        raise DeviceError(f"NumPy arrays live on cpu(), not on {device}; use the backend 'nd' for other devices")
