"""One backward pass, kept as the lengths of what arrives and what is sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..engine import backward_steps
from ..value import Value
from .words import norm

if TYPE_CHECKING:
    from ..tensor import Tensor


@dataclass
class Visit:
    """What happened at one node in a backward pass.

    Attributes:
        arrived: the Euclidean length of the gradient of the node's value, summed over all its uses.
        sent: for each input the length of the gradient sent to it; None if none was sent.
        senders: the nodes that sent something, in the order in which it arrived.
    """

    arrived: float
    sent: tuple[float | None, ...]
    senders: list[Value] = field(default_factory=list)


def visits_of(loss: Tensor) -> dict[Value, Visit]:
    """Run a backward pass and return what happened at each node that a gradient reached, in the order of the pass.

    Raises:
        GraphError: as `backward_steps`.
    """
    visits: dict[Value, Visit] = {}
    senders: dict[Value, list[Value]] = {}
    for node, out_grad, input_grads in backward_steps(loss):
        sent: list[float | None] = []
        for value, grad in zip(node.inputs, input_grads, strict=False):  # a leaf sends nothing
            if grad is None or not value.requires_grad:
                sent.append(None)
            else:
                sent.append(norm(grad))
                senders.setdefault(value, []).append(node)
        visits[node] = Visit(norm(out_grad), tuple(sent), senders.pop(node, []))
    return visits
