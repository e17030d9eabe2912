"""The graph behind a tensor as a picture."""

from __future__ import annotations

import math
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from ..value import Value
from .dot import dot
from .graph import NumberedGraph
from .rules import title
from .svg import Arrow, Box, svg
from .visits import Visit, visits_of
from .words import arrays, checked_limit, counted, described, number

if TYPE_CHECKING:
    from ..tensor import Tensor


class Drawing:
    """A picture of a graph; a notebook shows it by itself.

    Attributes:
        svg: the picture as a self-contained SVG.
        dot: the same graph in the language of Graphviz.
        nodes: the nodes that are shown, in the order of computation.
        note: what the picture leaves out, or the empty string.
    """

    def __init__(self, nodes: list[Value], boxes: list[Box], arrows: list[Arrow], note: str) -> None:
        self.nodes = nodes
        self.note = note
        self.svg = svg(boxes, arrows, note)
        self.dot = dot(boxes, arrows, note)

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return f"<drawing of {counted(len(self.nodes), 'node')}; a notebook shows it, save('graph.svg') writes it>"

    def save(self, path: str | Path) -> None:
        """Write the picture into a file.

        Args:
            path: where to; its ending, .svg or .dot, chooses the format.

        Raises:
            ValueError: the path has another ending.
        """
        path = Path(path)
        if path.suffix not in (".svg", ".dot"):
            raise ValueError(f"drawings are saved as .svg or .dot, not as {path.suffix or 'a file without an ending'}")
        path.write_text(self.svg if path.suffix == ".svg" else self.dot, encoding="utf-8")


def draw(tensor: Tensor, *, max_nodes: int = 60, gradients: bool = True) -> Drawing:
    """Draw the graph that a tensor was computed by: inputs above, the result at the bottom.

    A box shows an operation or a leaf with its number in the order of computation, dtype and shape, and the Euclidean
    length of the gradient that arrives there in a backward pass; an arrow, the length of what is sent back along it.
    Where that is a single number, the number itself is shown. Nothing is changed by drawing.

    Args:
        tensor: the result.
        max_nodes: how many nodes to show; of a larger graph, those nearest to the result.
        gradients: whether to run a backward pass, which costs as much as `backward()`.

    Raises:
        GraphError: as `backward_steps`, if gradients are asked for and the tensor requires one.
        ValueError: `max_nodes` is less than 1.

    Example:
        >>> from needle_autograd import Tensor, learn
        >>> w = Tensor([1.0, 2.0])
        >>> picture = learn.draw((w * w).sum())
        >>> picture.svg[:4], len(picture.nodes)
        ('<svg', 3)
    """
    if not isinstance(tensor, Value.tensor_type):
        raise TypeError(f"draw() shows the graph behind a Tensor, not behind a {type(tensor).__name__}")
    max_nodes = checked_limit("max_nodes", max_nodes)
    visits = visits_of(tensor) if gradients and tensor.requires_grad else {}
    graph = NumberedGraph(tensor)
    kept = nearest(tensor, max_nodes)
    nodes = [node for node in graph.nodes if node in kept]
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    places: dict[Value, int] = {}
    for node in nodes:
        left_out = [value for value in node.inputs if value not in kept]
        if left_out:
            boxes.append(Box("more", tuple(f"#{graph.numbers[value]} and its inputs" for value in left_out[:3])))
            arrows.append(Arrow(len(boxes) - 1, len(boxes)))
        places[node] = len(boxes)
        boxes.append(_box(node, graph, visits.get(node)))
        for position, value in enumerate(node.inputs):
            if value in kept:
                arrows.append(Arrow(places[value], places[node], _sent(position, visits.get(node))))
    note = ""
    if len(nodes) < len(graph):
        note = f"{len(nodes):,} of {len(graph):,} nodes, those nearest to the result; max_nodes= shows more"
    return Drawing(nodes, boxes, arrows, note)


def nearest(root: Value, most: int) -> set[Value]:
    """Return at most so many nodes of a graph, the root and those that are the fewest steps away from it."""
    kept, queue = {root}, deque([root])
    while queue:
        for value in queue.popleft().inputs:
            if len(kept) == most:
                return kept
            if value not in kept:
                kept.add(value)
                queue.append(value)
    return kept


def _box(node: Value, graph: NumberedGraph, visit: Visit | None) -> Box:
    name = f"#{graph.numbers[node]} {title(node.op)}"
    if node is graph.root:
        kind = "result"
    elif not node.is_leaf():
        kind = "operation"
    else:
        kind = "parameter" if node.requires_grad else "data"
        name = f"#{graph.numbers[node]} {kind}"
    lines = (name, described(node) + _single(node))
    return Box(kind, lines, "" if visit is None else f"gradient {number(visit.arrived)}")


def _single(node: Value) -> str:
    """Return the value of a node that consists of a single number, as text to append."""
    spec = node.known_spec()
    if not hasattr(spec, "shape") or math.prod(spec.shape) != 1:
        return ""
    return f" = {number(float(arrays(node)[0].item()))}"


def _sent(position: int, visit: Visit | None) -> str:
    sent = None if visit is None or not visit.sent else visit.sent[position]
    return "" if sent is None else number(sent)
