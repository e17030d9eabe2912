"""Choosing a device by its name."""

from __future__ import annotations

import re

from needle_autograd import Device, cpu, cuda
from needle_autograd.errors import BackendUnavailable, DeviceError


def device_named(name: str, backend: str) -> Device:
    """Return the device that a user named, if it can be used.

    Args:
        name: "cpu", "cuda" or "cuda:INDEX".
        backend: the backend that is to compute there.

    Raises:
        DeviceError: there is no such device, or the backend can't use it.
        BackendUnavailable: the device can't be used on this machine; the text says why.
    """
    found = re.fullmatch(r"(cpu)|cuda(?::(\d+))?", name)
    if not found:
        raise DeviceError(f"There is no device {name!r}; there are cpu, cuda and cuda:INDEX.")
    if found[1]:
        return cpu()
    device = cuda(int(found[2] or 0))
    if not device.enabled():
        raise BackendUnavailable(f"The device {name} can't be used: {device.why_not()}")
    if backend == "np":
        raise DeviceError(f"The backend np computes on the cpu only, and was asked for {name}. Use the backend nd.")
    return device
