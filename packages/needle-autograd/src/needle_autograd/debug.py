"""Prints operations as they run: `NEEDLE_DEBUG=1` for a whole process, `debug()` for a block.

=====  ================================================================
level  what is printed to the standard error stream
=====  ================================================================
1      operations as they run: operands and results with dtype and shape, the device
2      the backward pass too: one line a step, and below it the operations inside
3      the time that each took
=====  ================================================================
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .backends.selection import dtype_name
from .modes import DEBUG_LEVEL
from .observers import Observer, everywhere, gradient_depth, in_backward_pass, observed_by
from .op import Op
from .value import Value


@contextmanager
def debug(level: int = 1) -> Iterator[None]:
    """Print the operations that this thread runs in a block; NEEDLE_DEBUG does it for all threads of a process.

    Args:
        level: 1 for operations with shapes, dtypes and devices; 2 for the steps of backward passes, too; 3 for times.

    Raises:
        ValueError: there is no such level.
    """
    if level not in (1, 2, 3):
        raise ValueError(f"debug: level is {level!r}; expected 1 (operations), 2 (and backward steps) or 3 (and times)")
    with observed_by(_Printer(level)):
        yield


class _Printer(Observer):
    """Prints a line for each operation.

    Args:
        level: how much.
    """

    def __init__(self, level: int) -> None:
        self._level = level

    def computed(self, node: Value, op: Op, inputs: tuple[Value, ...], seconds: float) -> None:
        backward = in_backward_pass()
        if backward and self._level < 2:
            return
        operands = ", ".join(_short(value.known_spec()) for value in inputs)
        self._print(
            max(gradient_depth(), backward),
            f"{op!r}: {operands} -> {_short(node.known_spec())} on {_device(node)}",
            seconds,
        )

    def differentiating(self, node: Value, out_grad: Any) -> None:
        if self._level >= 2:
            self._print(gradient_depth(), f"backward of {node.op!r}: {_short(out_grad.known_spec())}", None)

    def differentiated(self, node: Value, out_grad: Any, input_grads: tuple[Any, ...], seconds: float) -> None:
        if self._level >= 2:
            grads = ", ".join("None" if grad is None else _short(grad.known_spec()) for grad in input_grads)
            self._print(gradient_depth(), f"  -> {grads}", seconds)

    def _print(self, depth: int, text: str, seconds: float | None) -> None:
        time = f"  {seconds * 1e6:.1f} us" if seconds is not None and self._level >= 3 else ""
        print(f"needle: {'  ' * depth}{text}{time}", file=sys.stderr)


def _short(spec: Any) -> str:
    if hasattr(spec, "shape"):
        return f"{dtype_name(spec.dtype)} {tuple(spec.shape)}"
    return f"({', '.join(_short(part) for part in spec)})"


def _device(node: Value) -> str:
    spec = node.known_spec()
    return str((spec if hasattr(spec, "shape") else spec[0]).device) if spec else "no device"


if DEBUG_LEVEL:
    everywhere.append(_Printer(DEBUG_LEVEL))
