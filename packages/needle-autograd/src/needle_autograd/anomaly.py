"""Finds where the first NaN or infinite number comes from: the operation, the element, the line of the program."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from .backends.selection import array_namespace, dtype_kind, dtype_name
from .errors import AnomalyError
from .extra import extra_of, made_at_line
from .observers import Observer, in_backward_pass, observed_by
from .op import Op
from .value import Value, describe

_PACKAGE = os.path.dirname(__file__)  # not of a Path: pathlib takes longer to import than all of this file

_MOST_FRAMES = 6


@contextmanager
def detect_anomaly(*, infinite: bool = True) -> Iterator[None]:
    """Raise an error where a NaN or an infinite number first comes up, forward or backward, in this thread.

    Each result and each gradient is looked through, and each operation remembers the line that called it; programs take
    several times as long. An infinite result of an operand that was infinite already is accepted, as masks have it; a
    NaN never is. Errors inside the gradients of operations name the line that called the operation, too.

    Args:
        infinite: whether infinite numbers count, not only NaN.

    Raises:
        AnomalyError: in the block, at the operation or the backward pass at fault. The text names the operation, the
            first element at fault, the operands there, and the line that called the operation.

    Example:
        >>> import needle_autograd as ag
        >>> try:
        ...     with ag.detect_anomaly():
        ...         ag.Tensor([1.0, 0.0]).log()
        ... except ag.AnomalyError as error:
        ...     print(str(error).partition(" of its result")[0])
        Log() computed -inf at (1,)
    """
    with observed_by(_Detector(infinite)):
        yield


class _Detector(Observer):
    """Looks through what operations compute.

    Args:
        infinite: whether infinite numbers count.
    """

    def __init__(self, infinite: bool) -> None:
        self._infinite = infinite

    def made(self, node: Value) -> None:
        extra = extra_of(node)
        if not extra.made_at:
            extra.made_at = _calling_lines()

    def computed(self, node: Value, op: Op, inputs: tuple[Value, ...], seconds: float) -> None:
        if in_backward_pass():
            return  # the gradient as a whole is looked through when it is done, and its operation is the one to name
        for place, array in _parts(node):
            bad = _first_bad(array, self._infinite)
            if bad is None:
                continue
            index, found, count = bad
            operands = [(f"operand {i}{part}", a) for i, value in enumerate(inputs) for part, a in _parts(value)]
            given = [name for name, a in operands if _first_bad(a, found != "nan") is not None]
            if given and found != "nan":
                continue
            raise AnomalyError(
                f"{op!r} computed {found} at {index}{place} of its result ({describe(node)}; {count} of "
                f"{_size(array)} elements are not finite){_values_there(operands, array.shape, index)}"
                f"{_given_already(given)}{made_at_line(node)}"
            )

    def differentiated(self, node: Value, out_grad: Any, input_grads: tuple[Any, ...], seconds: float) -> None:
        for position, grad in enumerate(input_grads):
            if grad is None or not node.inputs[position].requires_grad:
                continue
            for place, array in _parts(grad):
                bad = _first_bad(array, self._infinite)
                if bad is None:
                    continue
                index, found, count = bad
                arriving = [(f"the gradient that arrives{part}", a) for part, a in _parts(out_grad)]
                given = [name for name, a in arriving if _first_bad(a, found != "nan") is not None]
                if given and found != "nan":
                    continue
                inputs = [(f"operand {i}{part}", a) for i, v in enumerate(node.inputs) for part, a in _parts(v)]
                raise AnomalyError(
                    f"the gradient of {node.op!r} for operand {position}{place} is {found} at {index} "
                    f"({describe(grad)}; {count} of {_size(array)} elements are not finite)"
                    f"{_values_there([*arriving, *inputs], array.shape, index)}{_given_already(given)}"
                    f"{made_at_line(node) or _NOT_RECORDED}"
                )


_NOT_RECORDED = "\n(the operation was called outside detect_anomaly(), so that its line is not known)"


def _calling_lines() -> list[traceback.FrameSummary]:
    """Return the innermost calls outside this package, outermost first."""
    frames: list[traceback.FrameSummary] = []
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and len(frames) < _MOST_FRAMES:
        code = frame.f_code
        if not code.co_filename.startswith(_PACKAGE):
            frames.append(traceback.FrameSummary(code.co_filename, frame.f_lineno, code.co_name, lookup_line=False))
        frame = frame.f_back
    return frames[::-1]


def _parts(value: Any) -> list[tuple[str, Any]]:
    """Return the arrays of a value with the text that tells them apart, which is empty for a Tensor."""
    data = value.cached_data
    return [(f"[{i}]", array) for i, array in enumerate(data)] if isinstance(data, tuple) else [("", data)]


def _first_bad(array: Any, infinite: bool) -> tuple[tuple[int, ...], str, int] | None:
    """Find the first NaN, or else the first infinite element.

    Returns:
        Its index, the number as text, and how many elements are not finite; None if there is none.
    """
    if dtype_kind(array.dtype) != "f" or _size(array) == 0:
        return None
    xp = array_namespace(array)
    if dtype_name(array.dtype) not in ("float32", "float64"):  # only stored in this width
        array = xp.astype(array, xp.float32)
    if bool(xp.all(xp.isfinite(array))):
        return None
    bad = xp.isnan(array)
    if not bool(xp.any(bad)):
        if not infinite:
            return None
        bad = ~xp.isfinite(array)
    flat = int(xp.argmax(xp.astype(xp.reshape(bad, (-1,)), xp.int64)))
    index = []
    for size in reversed(array.shape):
        flat, rest = divmod(flat, size)
        index.append(rest)
    place = tuple(reversed(index))
    count = int(xp.sum(xp.astype(~xp.isfinite(array), xp.int64)))
    return place, str(float(array[place])), count


def _size(array: Any) -> int:
    size = 1
    for length in array.shape:
        size *= length
    return size


def _values_there(arrays: list[tuple[str, Any]], shape: Any, index: tuple[int, ...]) -> str:
    """Return the text that says which numbers arrays of the same shape hold at an index."""
    found = [f"{name} is {float(array[index]):.6g}" for name, array in arrays if tuple(array.shape) == tuple(shape)]
    return f"; there, {', '.join(found)}" if found else ""


def _given_already(names: list[str]) -> str:
    return f"; {' and '.join(names)} held one already" if names else ""
