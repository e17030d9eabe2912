"""The exceptions that arrays raise beyond Python's own (IndexError, ValueError, TypeError, OverflowError, MemoryError).

Each derives from the builtin that fits, so that code which catches the builtin keeps working.
"""


class ShapeError(ValueError):
    """Shapes do not fit each other or the operation."""


class DTypeError(TypeError):
    """A dtype is unknown, or the operation is not defined for it."""


class DeviceError(RuntimeError):
    """A device is unknown, or arrays are on different devices."""


class BackendUnavailable(RuntimeError):  # noqa: N818 - the name that users of several frameworks know
    """A device or backend exists but cannot be used here; the message says why."""


class LinAlgError(ValueError):
    """A matrix has no such decomposition, inverse or solution."""
