"""Programs of elementwise operations: what lazy mode makes of a chain of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ...numpy_on_demand import np
from ..selection import DTYPE_NAMES, array_namespace, named_dtype
from .activations import erf, erfc, sigmoid

Array = Any


class Program(NamedTuple):
    """Elementwise operations, one after the other.

    Values are numbered: first the arrays that the program is run on, then the constants, then the results of the
    instructions. The last one is the program's result.
    """

    inputs: int
    """How many arrays the program takes."""
    constants: Sequence[float]
    """Python numbers."""
    instructions: Sequence[tuple[Any, ...]]
    """The name of an elementwise function, "where", "clip" or a dtype, and the numbers of the values that it takes."""


def run_program(
    program: Program,
    *arrays: Array,
    reduce: str | None = None,
    axis: int | tuple[int, ...] | None = None,
    keepdims: bool = False,
    out: Array | None = None,
) -> Array:
    """Compute the result of a program, one operation after the other.

    Args:
        program: what to compute.
        arrays: as many as the program takes, of shapes that broadcast; the result has their common shape.
        reduce: the name of a reduction of the result: "sum", "prod", "max", "min", "any", "all" or "mean".
        axis: the axes to reduce over; all where it is None.
        keepdims: whether reduced axes stay, with size 1.
        out: an array that the result is written to.

    Returns:
        The result, or `out`.
    """
    if len(arrays) != program.inputs:
        raise ValueError(f"the program takes {program.inputs} arrays, not {len(arrays)}")
    xp = array_namespace(arrays[0])
    values = [*arrays, *program.constants]
    for name, *operands in program.instructions:
        values.append(_operation(xp, name)(*(values[number] for number in operands)))
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    result = xp.broadcast_to(values[-1], shape)
    if reduce is not None:
        result = getattr(xp, reduce)(result, axis=axis, keepdims=keepdims)
    if out is None:
        return xp.asarray(result, copy=True)
    out[...] = result
    return out


def _operation(xp: Any, name: str) -> Callable[..., Array]:
    if name in _BEYOND_THE_STANDARD:
        return _BEYOND_THE_STANDARD[name]
    if name in (*DTYPE_NAMES, "float16", "bfloat16"):
        return lambda x: xp.astype(x, named_dtype(name, xp))
    operation: Callable[..., Array] = getattr(xp, name)
    return operation


_BEYOND_THE_STANDARD: dict[str, Callable[..., Array]] = {"sigmoid": sigmoid, "erf": erf, "erfc": erfc}
