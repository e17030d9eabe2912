"""What operations do besides computing: whether they record a graph, and whether they compute at once or later.

The modes belong to a thread. They are one small integer, so that an operation reads them once:

    ======  =========================================
    bit     meaning when set
    ======  =========================================
    GRAD    operations record what gradients need
    LAZY    operations are recorded, and computed when a value is asked for
    ======  =========================================
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

GRAD = 1
LAZY = 2


def _initial_flags() -> int:
    """The flags every thread starts with: recording, and lazy if the environment says NEEDLE_LAZY=1."""
    value = os.environ.get("NEEDLE_LAZY", "0")
    if value not in ("0", "1", ""):
        raise ValueError(f"NEEDLE_LAZY is {value!r}; write NEEDLE_LAZY=1 for lazy mode or NEEDLE_LAZY=0 without it")
    return GRAD | LAZY if value == "1" else GRAD


class _Modes(threading.local):
    """The flags of the current thread; the class attribute is what a new thread sees."""

    flags: int = _initial_flags()


modes = _Modes()


@contextmanager
def _flags_set_to(flags: int) -> Iterator[None]:
    before = modes.flags
    modes.flags = flags
    try:
        yield
    finally:
        modes.flags = before


@contextmanager
def no_grad() -> Iterator[None]:
    """Compute without recording a graph, in a `with` block or as a decorator.

    Results then require no gradient and hold nothing but their values.

    Example:
        >>> import needle_autograd as ag
        >>> w = ag.Tensor([1.0, 2.0])
        >>> with ag.no_grad():
        ...     (w * 2).requires_grad
        False
    """
    with _flags_set_to(modes.flags & ~GRAD):
        yield


@contextmanager
def enable_grad() -> Iterator[None]:
    """Record graphs again inside a `no_grad()` block, in a `with` block or as a decorator."""
    with _flags_set_to(modes.flags | GRAD):
        yield


@contextmanager
def lazy() -> Iterator[None]:
    """Record operations and compute them only when a value is asked for.

    Shapes, dtypes and errors about them are known at once; `cached_data` is None until `realize_cached_data()`,
    `numpy()`, `item()` or `backward()` needs the value. Each operation is computed once.

    Example:
        >>> import needle_autograd as ag
        >>> with ag.lazy():
        ...     y = ag.Tensor([1.0, 2.0]) + 1
        >>> y.cached_data is None
        True
        >>> y.numpy()
        array([2., 3.], dtype=float32)
    """
    with _flags_set_to(modes.flags | LAZY):
        yield


class _Restore(AbstractContextManager[None]):
    """Puts the flags back at the end of a `with` block."""

    def __init__(self, flags: int) -> None:
        self.flags = flags

    def __exit__(self, *exc_info: object) -> None:
        modes.flags = self.flags


def set_grad_enabled(enabled: bool) -> AbstractContextManager[None]:
    """Switch recording on or off for the current thread, at once.

    Args:
        enabled: whether operations record a graph from now on.

    Returns:
        A context manager: `with set_grad_enabled(flag):` restores the former state at the end of the block.
    """
    before = modes.flags
    modes.flags = before | GRAD if enabled else before & ~GRAD
    return _Restore(before)


def is_grad_enabled() -> bool:
    """Tell whether operations of this thread record a graph."""
    return bool(modes.flags & GRAD)


def set_lazy(enabled: bool) -> None:
    """Switch lazy mode on or off for the current thread, until it is switched again."""
    modes.flags = modes.flags | LAZY if enabled else modes.flags & ~LAZY


def is_lazy() -> bool:
    """Tell whether operations of this thread are recorded first and computed later."""
    return bool(modes.flags & LAZY)
