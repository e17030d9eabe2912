"""Observers: objects that are told of each operation as it is recorded, computed and differentiated.

`detect_anomaly` and `NEEDLE_DEBUG` are observers. They belong to a thread, as the modes do, and while a thread has none
nothing is asked or told: the mode WATCHED, which is one bit of the flags that an operation reads anyway, leads here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Any

from .modes import PASS, WATCHED, current_flags, set_flags

if TYPE_CHECKING:
    from .op import Op
    from .value import Value


class Observer:
    """What is told of operations; subclasses override what they want to hear."""

    def made(self, node: Value) -> None:
        """Hear that an operation was called; `node` is its result, which is not computed yet."""

    def computed(self, node: Value, op: Op, inputs: tuple[Value, ...], seconds: float) -> None:
        """Hear that a result was computed.

        Args:
            node: the result; it has let go of `op` and `inputs` if it requires no gradient.
            op: the operation.
            inputs: its operands.
            seconds: how long it took.
        """

    def differentiating(self, node: Value, out_grad: Any) -> None:
        """Hear that the gradient of a result is about to be turned into those of the operands."""

    def differentiated(self, node: Value, out_grad: Any, input_grads: tuple[Any, ...], seconds: float) -> None:
        """Hear that it was.

        Args:
            node: the result.
            out_grad: its gradient.
            input_grads: those of the operands, None for an operand without one.
            seconds: how long it took, the operations inside included.
        """


everywhere: list[Observer] = []
"""The observers of every thread; NEEDLE_DEBUG puts one here."""

_own: ContextVar[tuple[Observer, ...]] = ContextVar("needle_observers", default=())

_depth: ContextVar[int] = ContextVar("needle_gradient_depth", default=0)

gradient_depth = _depth.get
"""Returns how many gradients of operations this thread is inside of."""


def in_backward_pass() -> bool:
    """Tell whether the operation at hand belongs to a backward pass: to a gradient, or to a sum of gradients."""
    return bool(current_flags() & PASS)


@contextmanager
def observed_by(observer: Observer) -> Iterator[None]:
    """Tell an observer of the operations that this thread runs in the block."""
    before, flags = _own.get(), current_flags()
    _own.set((*before, observer))
    set_flags(flags | WATCHED)
    try:
        yield
    finally:
        _own.set(before)
        set_flags(flags)


def _observers() -> tuple[Observer, ...]:
    return (*everywhere, *_own.get())


def tell_made(node: Value) -> None:
    """Tell the observers that a node was made."""
    for observer in _observers():
        observer.made(node)


def compute_watched(compute: Callable[[Any, list[Any]], None], node: Value, arrays: list[Any]) -> None:
    """Compute a node and tell the observers."""
    op: Any = node.op
    inputs = node.inputs
    start = perf_counter()
    compute(node, arrays)
    seconds = perf_counter() - start
    for observer in _observers():
        observer.computed(node, op, inputs, seconds)


def gradient_watched(op: Op, out_grad: Any, node: Value) -> tuple[Any, ...]:
    """Call the gradient of an operation and tell the observers before and after."""
    observers = _observers()
    for observer in observers:
        observer.differentiating(node, out_grad)
    token = _depth.set(_depth.get() + 1)
    try:
        start = perf_counter()
        input_grads = op.gradient_as_tuple(out_grad, node)
        seconds = perf_counter() - start
    finally:
        _depth.reset(token)
    for observer in observers:
        observer.differentiated(node, out_grad, input_grads, seconds)
    return input_grads
