"""The errors of needle_data; the ones that all packages share come from below."""

from needle_autograd.errors import DTypeError, ShapeError

__all__ = ["DTypeError", "DataNotFoundError", "FormatError", "ShapeError"]


class FormatError(ValueError):
    """A file does not hold what its format, or the data set it belongs to, prescribes."""


class DataNotFoundError(FileNotFoundError):
    """The files of a data set are not in the folder that was named."""
