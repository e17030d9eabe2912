"""The graph behind a result as a numbered list: the first thing that every view of it needs."""

from __future__ import annotations

from ..engine import find_topo_sort
from ..value import Value


class NumberedGraph:
    """The nodes that a value is computed from, inputs before results, each with its number.

    Attributes:
        root: the value.
        nodes: all nodes; the last one is the root.
        numbers: the position of each node in `nodes`.
        uses: for each node, the nodes that it is an input of, in the order of `nodes`; one that takes it twice is there
            twice.
    """

    def __init__(self, root: Value) -> None:
        self.root = root
        self.nodes = find_topo_sort([root])
        self.numbers = {node: number for number, node in enumerate(self.nodes)}
        self.uses: dict[Value, list[Value]] = {node: [] for node in self.nodes}
        for node in self.nodes:
            for value in node.inputs:
                self.uses[value].append(node)

    def __len__(self) -> int:
        return len(self.nodes)

    def leaves(self) -> list[Value]:
        """Return the nodes that were given, not computed."""
        return [node for node in self.nodes if node.is_leaf()]

    def number_of(self, *nodes: Value) -> list[int]:
        """Return the numbers of nodes."""
        return [self.numbers[node] for node in nodes]
