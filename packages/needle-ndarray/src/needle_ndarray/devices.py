"""The devices that arrays can be on: the CPU, and CUDA devices where the package was built for them."""

from __future__ import annotations

from ._core import Device as Device

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType


def cpu() -> Device:
    """The CPU's memory.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.cpu()
        cpu()
    """
    return Device("cpu")


def cuda(index: int = 0) -> Device:
    """The CUDA device of this number, whether it can be used or not.

    Ask `enabled()` whether it can be used, and `why_not()` why it cannot.

    Args:
        index: Number of the device, from 0.

    Raises:
        DeviceError: The number is negative, or none.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.cuda(1)
        cuda(1)
    """
    return Device("cuda" if index == 0 else f"cuda:{index}")


def default_device() -> Device:
    """The device that creation functions use when none is named: the CPU.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.default_device()
        cpu()
    """
    return cpu()


def all_devices() -> list[Device]:
    """The CPU and the CUDA devices that can be used here.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.cpu() in nd.all_devices()
        True
    """
    return [cpu(), *(cuda(index) for index in range(_cuda_device_count()))]


def _cuda_module() -> ModuleType | None:
    from importlib import import_module  # noqa: PLC0415 - seldom needed

    try:
        return import_module(f"{__package__}._cuda")  # loading it starts the CUDA runtime, which is for those who ask
    except ImportError:
        return None


def _cuda_device_count() -> int:
    module = _cuda_module()
    return 0 if module is None else int(module.device_count())


def cuda_why_not(index: int = 0) -> str | None:
    """The sentence that says why CUDA device `index` cannot be used, or None where it can."""
    module = _cuda_module()
    if module is None:
        return "needle-ndarray was built without CUDA; build it where nvcc is found, or with NEEDLE_CUDA=ON."
    reason: str | None = module.why_not()
    if reason is None and index >= module.device_count():
        return f"there is no CUDA device {index}: {module.device_count()} found, counted from 0."
    if reason is None:
        return "arrays on CUDA devices are not available in this version; the _cuda module holds its kernels only."
    return reason
