"""Computing a recorded graph again with one number changed, for a finite difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..backends.selection import array_namespace, dtype_kind, dtype_name
from ..value import Value
from .tangents import widened

STEP = 1e-5
"""The step for a number of size 1 in float64: near the cube root of its rounding error, the best one."""

NARROW_STEP = 1e-2


def finite_difference(order: Sequence[Value], unit: Value, size: float) -> tuple[float, float]:
    """Return the central difference of the sum of a result with respect to one number, and the step it was made with.

    Everything is computed in float64, whatever the graph is of. What was recorded is computed again, not the program
    that recorded it: a branch that the program took stays taken, and a comparison keeps its outcome.

    Args:
        order: the nodes from the one that the number belongs to, to the result, inputs before results.
        unit: 1 at the place of the number, 0 elsewhere.
        size: the size of the number.
    """
    for scale in (STEP, NARROW_STEP):
        step = scale * max(1.0, size)
        change = step * widened(unit.cached_data)
        after, narrow = _replayed(order, change)
        before, _ = _replayed(order, -change)
        if not narrow:
            break  # else an operation insists on fewer digits, so that a difference needs a greater step
    return (after - before) / (2 * step), step


def _replayed(order: Sequence[Value], change: Any) -> tuple[float, bool]:
    """Return the sum of the result after a change of the first node, and whether fewer digits were used on the way."""
    start, *others = order
    known: dict[Value, Any] = {start: widened(start.realize_cached_data()) + change}
    constants: dict[int, Any] = {}
    narrow = False
    for node in others:
        operands = []
        for value in node.inputs:
            if value in known:
                operands.append(known[value])
            else:
                operands.append(constants.setdefault(id(value), widened(value.realize_cached_data())))
        op: Any = node.op
        result = op.compute(*operands)
        parts = tuple(result) if isinstance(result, tuple | list) else (result,)
        narrow = narrow or any(_is_narrow(part) for part in parts)
        known[node] = widened(parts if isinstance(node.realize_cached_data(), tuple) else result)
    result = known[order[-1]]
    return float(array_namespace(result).sum(result)), narrow


def _is_narrow(array: Any) -> bool:
    return dtype_kind(array.dtype) == "f" and dtype_name(array.dtype) != "float64"
