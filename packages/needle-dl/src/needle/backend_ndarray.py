"""needle_ndarray by another name: `from needle import backend_ndarray as nd`."""

from typing import Any

from needle_ndarray import (
    Device,
    NDArray,
    all_devices,
    asarray,
    broadcast_to,
    cpu,
    cuda,
    default_device,
    empty,
    exp,
    flip,
    full,
    log,
    maximum,
    reshape,
    sum,
    tanh,
)

__all__ = [
    "Device",
    "NDArray",
    "all_devices",
    "array",
    "broadcast_to",
    "cpu",
    "cpu_numpy",
    "cuda",
    "default_device",
    "empty",
    "exp",
    "flip",
    "full",
    "log",
    "maximum",
    "reshape",
    "sum",
    "tanh",
]

cpu_numpy = cpu


def array(a: Any, dtype: Any = "float32", device: Any = None) -> NDArray:
    """Return a new array of numbers, nested lists or another array; float32 unless told otherwise.

    Args:
        a: what to copy.
        dtype: of the result.
        device: of the result; the CPU by default.
    """
    return asarray(a, dtype=dtype, device=device, copy=True)
