"""The exceptions of this package: its own, and those it shares with needle-ndarray."""

from needle_ndarray.errors import BackendUnavailable, DeviceError, DTypeError, LinAlgError, ShapeError

__all__ = [
    "BackendUnavailable",
    "DTypeError",
    "DeviceError",
    "GraphError",
    "LinAlgError",
    "ShapeError",
    "StructureError",
]


class GraphError(RuntimeError):
    """A graph cannot be differentiated: it was dropped, never recorded, or its values changed since."""


class StructureError(ValueError):
    """Nested tuples, lists and dicts that should be alike are not."""
