"""Fusion: pending elementwise operations that run together, in one pass over blocks that stay in the cache.

`plan` looks at pending nodes before they are computed and makes groups of them. A group computes one array. Its other
members are elementwise operations of the same shape that lead to it, whose values are never arrays: they stay pending,
and are computed again, in the cache, in whatever group needs them later (in the backward pass, say). A reduction may
end a group. `run` turns a group into a program for `kernels.run_program`.

A value becomes an array if

* it was asked for, or an operation that is not elementwise reads it,
* groups of more than one array would have to compute it, unless that takes reading a single array, as the array of
  results would have to be read instead,
* a group has grown to the limits of a program.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import needle_ndarray as nd

if TYPE_CHECKING:
    from .value import Value

SMALLEST = 1 << 18
"""Elements of the smallest arrays that programs run on. Smaller ones stay in the caches between operations anyway."""

MOST_MEMBERS = 20
"""Operations in a group, so that a program's registers suffice in the worst case."""

MOST_ARRAYS = 16
"""Arrays that a program takes."""

ELEMENTWISE, FOLD = 1, 2


class Group:
    """Nodes that are computed together.

    Attributes:
        result: the node whose array is computed.
        members: the result and the nodes that only lead to it or are computed again, results before inputs.
        inputs: the values that are read as arrays; a dictionary, as it keeps their order.
    """

    __slots__ = ("inputs", "members", "result")

    def __init__(self, result: Value) -> None:
        self.result = result
        self.members = [result]
        self.inputs = dict.fromkeys(result.inputs)

    def inputs_with(self, node: Value) -> dict[Value, None]:
        """Return the values that the group reads if it computes a node itself."""
        inputs = self.inputs.copy()
        del inputs[node]
        inputs.update(dict.fromkeys(node.inputs))
        return inputs

    def is_full(self) -> bool:
        """Tell whether a program would have too many operations with one more."""
        return len(self.members) >= MOST_MEMBERS


def plan(order: list[Value], roots: Iterable[Value]) -> list[Group]:
    """Group pending nodes.

    Args:
        order: the nodes, inputs before results.
        roots: those whose values are asked for.

    Returns:
        Groups in the order in which they can be computed.
    """
    kinds = {node: kind_of(node) for node in order}
    if not any(kinds.values()):
        return [Group(node) for node in order]
    users: dict[Value, list[Value]] = {node: [] for node in order}
    for node in order:
        for value in node.inputs:
            if value in users:
                users[value].append(node)
    asked = set(roots)
    groups: list[Group] = []
    homes: dict[Value, tuple[Group, ...]] = {}
    for node in reversed(order):
        home: tuple[Group, ...] = ()
        if kinds[node] == ELEMENTWISE and node not in asked:
            home = join(node, users[node], kinds, homes)
        if not home:
            group = Group(node)
            groups.append(group)
            home = (group,)
        homes[node] = home
    groups.reverse()
    return groups


def join(
    node: Value, users: list[Value], kinds: dict[Value, int], homes: dict[Value, tuple[Group, ...]]
) -> tuple[Group, ...]:
    """Let groups compute an elementwise node where they need it, and return them; none if it has to become an array."""
    found: tuple[Group, ...] = ()
    shape = node.spec.shape
    for user in users:
        kind = kinds[user]
        if not kind or (kind == ELEMENTWISE and user.spec.shape != shape):
            return ()
        home = homes[user]
        if home != found:
            found = tuple(dict.fromkeys((*found, *home)))
    if len(found) > 1 and not reads_one_array(node):
        return ()
    inputs = [group.inputs_with(node) for group in found]
    if any(group.is_full() for group in found) or max(map(len, inputs)) > MOST_ARRAYS:
        return ()
    for group, values in zip(found, inputs, strict=True):
        group.inputs = values
        group.members.append(node)
    return found


def kind_of(node: Value) -> int:
    """Tell whether programs pay for a node, and as what: an elementwise operation, a reduction, or 0 for neither."""
    op: Any = node.op
    if op is None:
        return 0
    if op.instruction is not None:
        kind = ELEMENTWISE
    elif op.fold is not None:
        kind, node = FOLD, node.inputs[0]
    else:
        return 0
    shape, dtype, device = node.known_spec()
    return kind if math.prod(shape) >= SMALLEST and type(dtype) is nd.DType and device.type == "cpu" else 0


def reads_one_array(node: Value) -> bool:
    """Tell whether a node is computed from a single array of its size, which is there, and smaller ones."""
    if any(value.cached_data is None for value in node.inputs):
        return False
    shape = node.spec.shape
    return len({value for value in node.inputs if value.shape == shape}) <= 1


class Instructions:
    """The program of a group while it is written: operations append to it.

    Values are numbered as `kernels.run_program` has it once the number of constants is known; until then, constants
    count down from -1.
    """

    def __init__(self, inputs: int) -> None:
        self.inputs = inputs
        self.constants: list[float] = []
        self.lines: list[tuple[Any, ...]] = []

    def constant(self, number: float) -> int:
        """Return the number of the value that a constant is."""
        self.constants.append(number)
        return -len(self.constants)

    def append(self, name: str, *operands: int) -> int:
        """Add an instruction and return the number of its result."""
        self.lines.append((name, *operands))
        return self.inputs + len(self.lines) - 1

    def finished(self) -> tuple[int, tuple[float, ...], tuple[tuple[Any, ...], ...]]:
        """Return inputs, constants and instructions with their final numbers."""
        shift, inputs = len(self.constants), self.inputs
        lines = tuple(
            (name, *[n if 0 <= n < inputs else n + shift if n >= inputs else inputs - 1 - n for n in operands])
            for name, *operands in self.lines
        )
        return inputs, tuple(self.constants), lines


def run(group: Group) -> Any:
    """Compute the array of a group of several nodes."""
    result = group.result
    op: Any = result.op
    arrays = [value.cached_data for value in group.inputs]
    numbers = {value: number for number, value in enumerate(group.inputs)}
    instructions = Instructions(len(arrays))
    for node in reversed(group.members):
        if node is not result or op.fold is None:
            numbers[node] = node.op.emit(instructions, *[numbers[value] for value in node.inputs])  # type: ignore[union-attr]
    inputs, constants, lines = instructions.finished()
    fold = {} if op.fold is None else {"reduce": op.fold, "axis": op.axes, "keepdims": op.keepdims}
    try:
        program = compiled(inputs, repr(constants), constants, lines)
        return nd.kernels.run_program(program, *arrays, **fold)
    except Exception as error:
        names = ", ".join(repr(node.op) for node in reversed(group.members))
        error.add_note(f"raised by operations that lazy mode computes together: {names}")
        raise


@lru_cache(maxsize=256)
def compiled(inputs: int, _exactly: str, constants: tuple[float, ...], lines: tuple[tuple[Any, ...], ...]) -> Any:
    """Return a program, the same one for the same instructions, as it keeps what it found out about dtypes.

    The constants are also given as text, since 1, 1.0 and True are equal and so are 0.0 and -0.0.
    """
    return nd.kernels.Program(inputs, constants, lines)
