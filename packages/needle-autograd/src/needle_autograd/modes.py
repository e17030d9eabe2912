"""What operations do besides computing: whether they record a graph, and whether they compute at once or later.

The modes belong to a thread (and to an asyncio task): a new one starts with the defaults. They are one small integer in
a context variable, which an operation reads once; that takes a third of the time of a `threading.local`.

    ======= =========================================
    bit     meaning when set
    ======= =========================================
    GRAD    operations record what gradients need
    LAZY    operations are recorded, and computed when a value is asked for
    WATCHED observers are told of each operation (observers.py)
    PASS    the operation belongs to a backward pass; set only together with WATCHED
    ======= =========================================
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

GRAD = 1
LAZY = 2
WATCHED = 4
PASS = 8


def _initial_flags() -> int:
    """The flags every thread starts with: recording, and what NEEDLE_LAZY and NEEDLE_DEBUG ask for."""
    value = os.environ.get("NEEDLE_LAZY", "0")
    if value not in ("0", "1", ""):
        raise ValueError(f"NEEDLE_LAZY is {value!r}; write NEEDLE_LAZY=1 for lazy mode or NEEDLE_LAZY=0 without it")
    return GRAD | (LAZY if value == "1" else 0) | (WATCHED if DEBUG_LEVEL else 0)


def _debug_level() -> int:
    """The number that NEEDLE_DEBUG asks for."""
    value = os.environ.get("NEEDLE_DEBUG") or "0"
    if value not in ("0", "1", "2", "3"):
        raise ValueError(
            f"NEEDLE_DEBUG is {value!r}; write 1 for operations as they run, 2 for the backward pass too, 3 for times"
        )
    return int(value)


DEBUG_LEVEL = _debug_level()

_INITIAL = _initial_flags()

_flags: ContextVar[int] = ContextVar("needle_flags", default=_INITIAL)

current_flags = _flags.get
"""Returns the flags of the current thread."""

set_flags = _flags.set
"""Sets the flags of the current thread."""


class _Modes:
    """Puts flags on and takes others off while a `with` block runs or, as a decorator, while a function does.

    An object may be entered again, also inside itself, but by one thread at a time; a decorated function makes one for
    each call. A class with slots takes a third of the time of a generator under `contextlib.contextmanager`.
    """

    __slots__ = ("_off", "_on", "_outside")

    def __init__(self, off: int, on: int) -> None:
        self._off = off
        self._on = on
        self._outside: Any = None  # the flags to go back to, and behind them those of blocks further out

    def __enter__(self) -> None:
        flags = current_flags()
        self._outside = flags, self._outside
        set_flags(flags & ~self._off | self._on)

    def __exit__(self, *exc_info: object) -> None:
        flags, self._outside = self._outside
        set_flags(flags)

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Return the function with its calls inside such a block, each in one of its own."""

        @wraps(function)
        def inside(*args: P.args, **kwargs: P.kwargs) -> T:
            with _Modes(self._off, self._on):
                return function(*args, **kwargs)

        return inside


def no_grad() -> _Modes:
    """Compute without recording a graph, in a `with` block or as a decorator.

    Results then require no gradient and hold nothing but their values.

    Example:
        >>> import needle_autograd as ag
        >>> w = ag.Tensor([1.0, 2.0])
        >>> with ag.no_grad():
        ...     (w * 2).requires_grad
        False
    """
    return _Modes(GRAD, 0)


def enable_grad() -> _Modes:
    """Record graphs again inside a `no_grad()` block, in a `with` block or as a decorator."""
    return _Modes(0, GRAD)


def lazy() -> _Modes:
    """Record operations and compute them only when a value is asked for.

    Shapes, dtypes and errors about them are known at once; `cached_data` is None until `realize_cached_data()`,
    `numpy()`, `item()` or `backward()` needs the value. `backward()` computes the gradients before it returns.
    Operations that cannot tell shape or dtype beforehand, such as arithmetic on integers, are computed at once.

    On large arrays, chains of elementwise operations, with a reduction at their end, are computed in one pass; their
    results are those of eager mode to the bit. The values between are never arrays: one that is asked for later is
    computed then. All else is computed once.

    Example:
        >>> import needle_autograd as ag
        >>> with ag.lazy():
        ...     y = ag.Tensor([1.0, 2.0]) + 1
        >>> y.cached_data is None
        True
        >>> y.numpy()
        array([2., 3.], dtype=float32)
    """
    return _Modes(0, LAZY)


class _Restore(AbstractContextManager[None]):
    """Puts the flags back at the end of a `with` block."""

    def __init__(self, flags: int) -> None:
        self.flags = flags

    def __exit__(self, *exc_info: object) -> None:
        set_flags(self.flags)


def set_grad_enabled(enabled: bool) -> AbstractContextManager[None]:
    """Switch recording on or off for the current thread, at once.

    Args:
        enabled: whether operations record a graph from now on.

    Returns:
        A context manager: `with set_grad_enabled(flag):` restores the former state at the end of the block.
    """
    before = current_flags()
    set_flags(before | GRAD if enabled else before & ~GRAD)
    return _Restore(before)


def is_grad_enabled() -> bool:
    """Tell whether operations of this thread record a graph."""
    return bool(current_flags() & GRAD)


def set_lazy(enabled: bool) -> None:
    """Switch lazy mode on or off for the current thread, until it is switched again."""
    set_flags(current_flags() | LAZY if enabled else current_flags() & ~LAZY)


def is_lazy() -> bool:
    """Tell whether operations of this thread are recorded first and computed later."""
    return bool(current_flags() & LAZY)
