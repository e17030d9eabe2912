"""The class of this package's module object: it makes two of its attributes properties, and loads others when needed.

`needle_autograd.LAZY_MODE = True` takes effect, and `needle_autograd.TENSOR_COUNTER` is counted when it is read. The
views in `needle_autograd.learn` and the checks in `needle_autograd.testing` are loaded at their first use, as programs
that only train need none of them.
"""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from .modes import is_lazy, set_lazy
from .tensor import Tensor

ON_FIRST_USE = ("learn", "testing")


class AutogradModule(ModuleType):
    """A module with the properties LAZY_MODE and TENSOR_COUNTER."""

    _not_counted = 0

    @property
    def LAZY_MODE(self) -> bool:  # noqa: N802
        """Whether operations of this thread are recorded first and computed when a value is asked for."""
        return is_lazy()

    @LAZY_MODE.setter
    def LAZY_MODE(self, enabled: bool) -> None:  # noqa: N802
        set_lazy(enabled)

    @property
    def TENSOR_COUNTER(self) -> int:  # noqa: N802
        """The number of tensors that are alive, counted now; keeping it costs nothing meanwhile.

        Assigning a number goes on from it: after `TENSOR_COUNTER = 0` it says how many more there are than then.
        """
        return _live_tensors() - self._not_counted

    @TENSOR_COUNTER.setter
    def TENSOR_COUNTER(self, count: int) -> None:  # noqa: N802
        self._not_counted = _live_tensors() - count

    def __getattr__(self, name: str) -> Any:
        if name in ON_FIRST_USE:
            return import_module(f"{self.__name__}.{name}")
        raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")


def _live_tensors() -> int:
    """Count the tensors that are alive."""
    gc.collect()
    return sum(issubclass(type(thing), Tensor) for thing in gc.get_objects())


def install(name: str) -> None:
    """Give a module of this process the properties."""
    sys.modules[name].__class__ = AutogradModule
