"""NumPy, imported when something of it is used for the first time.

Importing it takes longer, and more memory, than all of this package, and on needle-ndarray's arrays hardly anything
asks for it. `np` has what the module has; the questions below are answered without importing it, as there are no
arrays and numbers of NumPy's where nobody has.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

__all__ = ["is_numpy", "is_numpy_imported", "is_numpy_integer", "is_numpy_number", "np", "numpy_module"]

if TYPE_CHECKING:
    import numpy as np
else:

    class NumPyOnDemand:
        """Has the attributes of the module numpy, and keeps those it was asked for, so that they are fast to find."""

        def __getattr__(self, name: str) -> Any:
            value = getattr(numpy_module(), name)
            setattr(self, name, value)
            return value

    np = NumPyOnDemand()


def numpy_module() -> ModuleType:
    """Return the module numpy itself, which other code may compare with its own."""
    return import_module("numpy")


def is_numpy_imported() -> bool:
    """Tell whether anybody in this process has imported NumPy."""
    return "numpy" in sys.modules


def is_numpy(namespace: Any) -> bool:
    """Tell whether the library of an array is NumPy."""
    return namespace is not None and namespace is sys.modules.get("numpy")


def is_numpy_number(value: Any) -> bool:
    """Tell whether a value is a number or truth value of NumPy's: np.float32(2), np.int64(3), np.True_."""
    numpy: Any = sys.modules.get("numpy")
    return hasattr(numpy, "number") and isinstance(value, (numpy.number, numpy.bool_))


def is_numpy_integer(value: Any) -> bool:
    """Tell whether a value is an integer of NumPy's."""
    return is_numpy_number(value) and isinstance(value, np.integer)
