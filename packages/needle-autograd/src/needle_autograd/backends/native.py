"""Chooses for each array the kernels that serve it best: needle-ndarray's native ones, or the plain reference."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

import needle_ndarray as nd

from . import reference


def _native_kernels() -> Any:
    """Take every kernel of the protocol from needle-ndarray where it has it, the rest from the reference."""
    try:
        native = importlib.import_module("needle_ndarray.kernels")
    except ModuleNotFoundError:
        return reference
    return SimpleNamespace(**{name: getattr(native, name, getattr(reference, name)) for name in reference.__all__})


_native = _native_kernels()


def kernels(array: Any) -> Any:
    """Return the deep-learning kernels for an array.

    Args:
        array: the array that the kernels will be called with.

    Returns:
        A namespace with every function of `backends.reference`: needle-ndarray's native version for its own arrays,
        where there is one, and the plain version otherwise.
    """
    return _native if isinstance(array, nd.NDArray) else reference
