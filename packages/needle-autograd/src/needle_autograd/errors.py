"""The exceptions of this package: its own, and those it shares with needle-ndarray."""

from needle_ndarray.errors import BackendUnavailable, DeviceError, DTypeError, LinAlgError, ShapeError

__all__ = [
    "AnomalyError",
    "BackendUnavailable",
    "DTypeError",
    "DeviceError",
    "GraphError",
    "LinAlgError",
    "ShapeError",
    "StructureError",
]


class AnomalyError(FloatingPointError):
    """A number that is none, or an infinite one, came up while `detect_anomaly` watched."""


class GraphError(RuntimeError):
    """A graph cannot be differentiated: it was dropped, never recorded, or its values changed since."""


class StructureError(ValueError):
    """Nested tuples, lists and dicts that should be alike are not."""
