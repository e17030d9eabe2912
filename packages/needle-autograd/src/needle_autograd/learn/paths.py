"""All paths from one number to a result, and how much of the number's gradient goes along each.

A path leads from a node to one that uses it, and so on to the result. Its contribution is the product of the
derivatives along it; the gradient is the sum over all paths. There may be more paths than atoms, so they are not
listed: with the gradient `a` that arrives at a node and the derivative `t` of the node's value with respect to the
number, the sum over all paths through the node is `sum(a * t)`, and that over all paths through one of its uses is the
same product with what the use sends back. Both come from one pass each over the nodes. Single paths are followed where
they are few.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..backends.selection import array_namespace
from ..engine import backward_steps
from ..value import Value
from .tangents import Tangent, carried, dot, measured
from .words import arrays

if TYPE_CHECKING:
    from ..tensor import Tensor

TOLERANCE = 1e-3
MOST_STEPS = 2000
"""How many times a derivative is carried through an operation to tell single paths apart."""


class Use(NamedTuple):
    """One use of a node: the node that takes it, and as which of its inputs."""

    node: Value
    position: int


@dataclass
class Bundle:
    """Paths that begin alike.

    Attributes:
        uses: the uses that they have in common, from the number on.
        value: the sum of their contributions.
        count: how many they are.
        tangents: the derivative of the value of each node of the common part along it, the first one included, as far
            as it was computed.
    """

    uses: list[Use]
    value: float
    count: int
    tangents: list[Tangent]


class Paths:
    """What lies between one number and a result.

    Attributes:
        order: the nodes between, in the order of computation; the first one is the number's, the last one the result.
        adjoints: for each node the gradient that arrives there.
        tangents: for each node the derivative of its value with respect to the number.
        uses: for each node its uses that lead to the result.
        count: for each node the number of paths from there to the result.
        total: the number's gradient.
    """

    def __init__(self, loss: Tensor, start: Tensor, index: tuple[int, ...]) -> None:
        self.start = start
        self.index = index
        self.loss: Value = loss
        self.adjoints: dict[Value, Any] = {}
        self._sent: dict[Use, Any] = {}
        self.uses: dict[Value, list[Use]] = {}
        self.count: dict[Value, int] = {}
        visited: list[Value] = []
        for node, out_grad, input_grads in backward_steps(loss):
            visited.append(node)
            self.adjoints[node] = out_grad
            for position, grad in enumerate(input_grads):
                if grad is not None and node.inputs[position].requires_grad:
                    self._sent[Use(node, position)] = grad
        self._forward(visited[::-1])

    def _forward(self, nodes: list[Value]) -> None:
        """Find the nodes between and carry the number's change through each of them, in the order of computation."""
        start = self.start
        if start not in self.adjoints:
            self.order: list[Value] = []
            return
        self.total = float(arrays(self.adjoints[start])[0][self.index])
        self.tangents: dict[Value, Tangent] = {start: self._unit()}
        self.order = [start]
        for node in nodes:
            if node is start:
                continue
            known = [
                self.tangents.get(value) if Use(node, position) in self._sent else None
                for position, value in enumerate(node.inputs)
            ]
            if any(tangent is not None for tangent in known):
                tangent = self.through(node, known)
                if tangent is not None:
                    self.order.append(node)
                    self.tangents[node] = tangent
        self.uses = {node: [] for node in self.order}
        for node in self.order:
            for use in self._into(node):
                self.uses[node.inputs[use.position]].append(use)
        for node in reversed(self.order):
            self.count[node] = 1 if node is self.loss else sum(self.count[use.node] for use in self.uses[node])

    def _unit(self) -> Tensor:
        """Return the derivative of the start's value with respect to the number: 1 there, 0 elsewhere."""
        kind: Any = Value.tensor_type
        array = array_namespace(self.start.realize_cached_data()).zeros_like(self.start.realize_cached_data())
        array[self.index] = 1.0
        unit: Tensor = kind.make_const(array)
        return unit

    def through(self, node: Value, known: list[Tangent]) -> Tangent:
        """Carry derivatives through a node, and measure them where the rule's own gradient is not right.

        What arrives must equal what goes on: the sum over all paths to the node is known from both sides.
        """
        op: Any = node.op
        if all(tangent is None for tangent in known):
            return None
        if op.output_index is not None:
            return carried(node, known)
        expected = sum(self.sent_along(Use(node, position), tangent) for position, tangent in enumerate(known))
        tangent = carried(node, known)
        size = sum(abs(self.sent_along(Use(node, position), t)) for position, t in enumerate(known))
        if tangent is None or abs(dot(self.adjoints[node], tangent) - expected) > TOLERANCE * max(size, 1e-300):
            return measured(node, known)
        return tangent

    def sent_along(self, use: Use, tangent: Tangent) -> float:
        """Return the sum over all paths that go on through a use, given the derivative of the value that is used."""
        if tangent is None:
            return 0.0
        op: Any = use.node.op
        if op.output_index is not None:
            return dot(self._sent[use], tangent[op.output_index])
        return dot(self._sent[use], tangent)

    def bundles(self, most: int) -> list[Bundle]:
        """Part all paths into bundles, one for each path if they are no more than allowed.

        Args:
            most: how many bundles there may be.
        """
        done: list[Bundle] = []
        waiting = deque([Bundle([], self.total, self.count[self.start], [self.tangents[self.start]])])
        steps = 0
        while waiting:
            bundle = waiting.popleft()
            node = bundle.uses[-1].node if bundle.uses else self.start
            tangent = bundle.tangents[-1]
            uses = self.uses[node]
            room = most - len(done) - len(waiting)
            if not uses or (room < 2 and len(uses) > 1) or steps >= MOST_STEPS:
                done.append(bundle)
                continue
            values = {use: self.sent_along(use, tangent) for use in uses}
            if len(uses) > room:
                greatest = sorted(uses, key=lambda use: -abs(values[use]))[: room - 1]
                rest = [use for use in uses if use not in greatest]
                uses = [use for use in uses if use in greatest]
                value, count = sum(values[use] for use in rest), sum(self.count[use.node] for use in rest)
                done.append(Bundle(bundle.uses, value, count, bundle.tangents))
            for use in uses:
                steps += 1
                further = self._along(use, tangent, node)
                waiting.append(
                    Bundle([*bundle.uses, use], values[use], self.count[use.node], [*bundle.tangents, further])
                )
        return done

    def _along(self, use: Use, tangent: Tangent, node: Value) -> Tangent:
        """Carry the derivative along a path through one more node."""
        if tangent is self.tangents[node] and len(self._into(use.node)) == 1:
            return self.tangents[use.node]
        return self.through(use.node, [tangent if i == use.position else None for i in range(len(use.node.inputs))])

    def _into(self, node: Value) -> list[Use]:
        """Return the uses of nodes between that a node makes, in the order of its inputs."""
        uses = [Use(node, position) for position in range(len(node.inputs)) if node is not self.start]
        return [use for use in uses if use in self._sent and node.inputs[use.position] in self.tangents]
