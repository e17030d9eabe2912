"""The devices that NumPy's arrays can be on: the CPU."""

from needle_autograd import Device, cpu, default_device

__all__ = ["Device", "all_devices", "cpu", "default_device"]


def all_devices() -> list[Device]:
    """Return the CPU, in a list."""
    return [cpu()]
