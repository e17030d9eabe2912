"""The backward pass one node at a time: what arrives, what is sent, and what has accumulated so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..engine import backward_steps
from ..value import Value
from .graph import NumberedGraph
from .rules import Rule, rule_of, title
from .words import arrays, as_html, counted, described, listed, number

if TYPE_CHECKING:
    from ..tensor import Tensor

Gradient = list[np.ndarray[Any, Any]]
"""A gradient as arrays of float64: one, or for a tuple one for each element."""

MOST_NUMBERS = 8


@dataclass(frozen=True)
class Delivery:
    """What a node sends to one of its inputs.

    Attributes:
        number: the number of the input.
        position: which input of the node it is.
        sent: the gradient that is sent.
        accumulated: the sum of all that has been sent to the input so far, this included; the same if it is the first.
        arrivals: how many have been sent so far.
        expected: how many uses the input has, each of which may send one.
    """

    number: int
    position: int
    sent: Gradient
    accumulated: Gradient
    arrivals: int
    expected: int


@dataclass(frozen=True)
class Step:
    """One node's turn in the backward pass; printing it gives the text.

    Attributes:
        number: the number of the node in the order of computation.
        title: its operation with the arguments, or "leaf".
        description: dtype and shape of its value.
        arrived: the gradient of its value, complete.
        rule: formulas and place of its rule; None for a leaf.
        deliveries: what it sends, one for each input that gets something.
    """

    number: int
    title: str
    description: str
    arrived: Gradient
    rule: Rule | None
    deliveries: tuple[Delivery, ...]

    @property
    def text(self) -> str:
        """The step in words."""
        lines = [
            f"#{self.number} {self.title}, {self.description}",
            f"  arrives: {_shown(self.arrived)}",
        ]
        if self.rule is None:
            return "\n".join([*lines, "  a leaf: backward() writes this into .grad"])
        lines.append(f"  rule:    {self.rule.gradient_formula}   ({self.rule.place})")
        for delivery in self.deliveries:
            lines.append(f"  sends:   {_shown(delivery.sent)} to #{delivery.number}, {_progress(delivery)}")
        return "\n".join(lines if self.deliveries else [*lines, "  sends nothing"])

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return as_html(self.text)


class Stepper:
    """A backward pass that stops at each node; `next()` goes on, and showing it tells how far it is.

    Attributes:
        graph: the numbered nodes of the graph.
        visited: the numbers of the nodes that had their turn.
        accumulated: the sums of what has been sent so far to nodes that wait for their turn, by their numbers.
        gradients: the complete gradients of the leaves that had their turn, by their numbers.
    """

    def __init__(self, loss: Tensor) -> None:
        self._steps: Iterator[Any] | None = backward_steps(loss)
        self.graph = NumberedGraph(loss)
        self.visited: list[int] = []
        self.accumulated: dict[int, Gradient] = {}
        self.gradients: dict[int, Gradient] = {}
        self._arrivals: dict[int, int] = {}

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Step:
        """Make one step.

        Raises:
            StopIteration: the pass is over.
        """
        if self._steps is None:
            raise StopIteration
        try:
            node, out_grad, input_grads = next(self._steps)
        except StopIteration:
            self._steps = None
            raise
        place = self.graph.numbers[node]
        self.visited.append(place)
        self.accumulated.pop(place, None)
        arrived = arrays(out_grad)
        if node.is_leaf():
            self.gradients[place] = arrived
        op = node.op
        deliveries = [
            self._deliver(node, position, grad)
            for position, grad in enumerate(input_grads)
            if grad is not None and node.inputs[position].requires_grad
        ]
        return Step(place, title(op), described(node), arrived, None if op is None else rule_of(op), tuple(deliveries))

    def _deliver(self, node: Value, position: int, grad: Any) -> Delivery:
        """Note what is sent to an input, and add it to what was sent there before."""
        value = node.inputs[position]
        place = self.graph.numbers[value]
        op: Any = node.op
        sent = arrays(grad)
        whole = sent
        if op.output_index is not None:  # an element of a tuple: the others get nothing from this use
            whole = [np.zeros(array.shape) for array in arrays(value)]
            whole[op.output_index] = sent[0]
        before = self.accumulated.get(place)
        total = whole if before is None else [a + b for a, b in zip(before, whole, strict=True)]
        self.accumulated[place] = total
        self._arrivals[place] = self._arrivals.get(place, 0) + 1
        expected = sum(use.requires_grad for use in self.graph.uses[value])
        return Delivery(place, position, sent, total, self._arrivals[place], expected)

    def next(self) -> None:
        """Make one step and print it; say so when the pass is over."""
        step = next(self, None)
        print(self if step is None else step)

    def run(self) -> None:
        """Make and print all steps that are left."""
        for step in self:
            print(step)
        print(self)

    def __repr__(self) -> str:
        if self._steps is None:
            return f"the pass is over: {counted(len(self.visited), 'node')} visited"
        waiting = f"; {listed(sorted(self.accumulated))} waiting" if self.accumulated else ""
        return f"a backward pass, {counted(len(self.visited), 'node')} visited{waiting}"


def steps(loss: Tensor) -> Stepper:
    """Begin a backward pass that goes on one node at a time.

    Nothing is changed: `.grad` is neither read nor written, and the graph stays.

    Args:
        loss: the tensor to differentiate; what arrives at it is a gradient of ones, as in `loss.backward()`.

    Returns:
        An iterator of steps. In an interactive session, `next(pass_)` shows a step, and `pass_` how far it is.

    Raises:
        GraphError: as `backward_steps`.

    Example:
        >>> from needle_autograd import Tensor, learn
        >>> x = Tensor([1.0, 2.0])
        >>> backward = learn.steps(x * x)
        >>> next(backward)  # doctest: +ELLIPSIS
        #1 multiply, float32 (2,)
          arrives: [1. 1.]
          rule:    da = dc * b; db = dc * a   (needle_autograd/ops/elementwise/arithmetic.py:...)
          sends:   [1. 2.] to #0, the first of 2 uses
          sends:   [1. 2.] to #0, use 2 of 2: [2. 4.] accumulated
        >>> backward
        a backward pass, 1 node visited; #0 waiting
        >>> next(backward)
        #0 leaf, float32 (2,)
          arrives: [2. 4.]
          a leaf: backward() writes this into .grad
    """
    return Stepper(loss)


def _progress(delivery: Delivery) -> str:
    if delivery.expected == 1:
        return "its only use"
    if delivery.arrivals == 1:
        return f"the first of {delivery.expected} uses"
    return f"use {delivery.arrivals} of {delivery.expected}: {_shown(delivery.accumulated)} accumulated"


def _shown(gradient: Gradient) -> str:
    """Write a gradient: its numbers if they are few, else its length."""
    if sum(array.size for array in gradient) <= MOST_NUMBERS:
        texts = [" ".join(np.array2string(array + 0.0, precision=4).split()) for array in gradient]
        return texts[0] if len(texts) == 1 else f"({', '.join(texts)})"
    length = float(np.sqrt(sum(np.sum(np.square(array)) for array in gradient)))
    return f"length {number(length)}"
