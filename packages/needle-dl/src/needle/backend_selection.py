"""What tensors are made of: the backend in use, its array library, and the devices."""

from typing import Any

from needle_autograd import Device, all_devices, cpu, cuda, default_device, get_backend, set_backend
from needle_autograd.backends import current_namespace
from needle_ndarray import NDArray

__all__ = ["Device", "NDArray", "all_devices", "cpu", "cuda", "default_device", "get_backend", "set_backend"]


def __getattr__(name: str) -> Any:
    """Give what depends on the backend at the moment: `BACKEND`, its name, and `array_api`, its module of functions."""
    if name == "BACKEND":
        return get_backend()
    if name == "array_api":
        return current_namespace()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
