"""The graph behind a loss and its backward pass, in words and numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..value import Value
from .graph import NumberedGraph
from .rules import Rule, letters, rule_of, title
from .visits import Visit, visits_of
from .words import as_html, checked_limit, counted, described, excerpt, listed, norm, number

if TYPE_CHECKING:
    from ..tensor import Tensor


@dataclass(frozen=True)
class NodeReport:
    """What `explain` found out about one node.

    Attributes:
        number: its place in the order of computation.
        title: its operation with the arguments, or "leaf".
        inputs: the numbers of its inputs.
        description: dtype and shape.
        value_norm: the Euclidean length of its value.
        requires_grad: whether a gradient is computed for it.
        rule: formulas and place of the rule of differentiation; None for a leaf.
        letters: which nodes the letters of the formula stand for.
        grad_norm: the length of the gradient that arrives at it, summed over its uses; None if none arrives.
        senders: the numbers of the nodes that sent this gradient, in the order in which it arrived.
        sent: for each input, the length of the gradient that is sent to it, None if none is.
    """

    number: int
    title: str
    inputs: tuple[int, ...]
    description: str
    value_norm: float
    requires_grad: bool
    rule: Rule | None
    letters: str
    grad_norm: float | None
    senders: tuple[int, ...]
    sent: tuple[float | None, ...]


class Explanation:
    """A graph and its backward pass; printing it, or showing it in a notebook, gives the text.

    Attributes:
        nodes: what was found out about each node, in the order of computation.
        visits: the numbers of the nodes that a gradient reaches, in the order of the backward pass.
        text: all of it in words, where the middle of long lists is left out.
    """

    def __init__(self, nodes: list[NodeReport], visits: list[int], max_lines: int) -> None:
        self.nodes = nodes
        self.visits = visits
        self.text = "\n".join(_text(nodes, visits, max_lines))

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return as_html(self.text)


def explain(loss: Tensor, *, max_lines: int = 40) -> Explanation:
    """Tell how a loss was computed and how its gradient is, node by node.

    Nothing is changed: `.grad` is neither read nor written, and the graph stays. In lazy mode, what is recorded is
    computed.

    Args:
        loss: the tensor to explain; what arrives at it is a gradient of ones, as in `loss.backward()`.
        max_lines: how many nodes the text describes in each of its lists; the object has all of them.

    Raises:
        GraphError: the loss requires no gradient, its graph was dropped by an earlier `backward()`, or a value that a
            gradient reads was changed.
        ValueError: `max_lines` is less than 1.

    Example:
        >>> from needle_autograd import Tensor, learn
        >>> w = Tensor([1.0, 2.0])
        >>> print(learn.explain((w * w).sum()))  # doctest: +ELLIPSIS
        Forward: 3 nodes, 1 of them a leaf, each computed after its inputs. A length is Euclidean.
          #0  leaf       float32 (2,)  length 2.236   a parameter: requires a gradient
          #1  multiply   float32 (2,)  length 4.123   a * b, where a = #0, b = #0
          #2  summation  float32 ()    length 5       sum(a, axes), where a = #1
        <BLANKLINE>
        Backward: 3 nodes are visited, each after all that use it. The pass begins with ones.
          #2  receives ones, of length 1
              da = dc, broadcast along the axes       needle_autograd/ops/reductions/sums.py:...
              sends length 1.414 to #1
          #1  receives length 1.414 from #2
              da = dc * b; db = dc * a                needle_autograd/ops/elementwise/arithmetic.py:...
              sends length 2.236 to #0 and 2.236 to #0
          #0  receives length 4.472, a sum over 2 uses: #1, #1
              is a leaf: backward() writes this into .grad
    """
    max_lines = checked_limit("max_lines", max_lines)
    visits = visits_of(loss)
    graph = NumberedGraph(loss)
    reports = [_report(node, graph, visits.get(node)) for node in graph.nodes]
    return Explanation(reports, graph.number_of(*visits), max_lines)


def _report(node: Value, graph: NumberedGraph, visit: Visit | None) -> NodeReport:
    op = node.op
    return NodeReport(
        number=graph.numbers[node],
        title=title(op),
        inputs=tuple(graph.number_of(*node.inputs)),
        description=described(node),
        value_norm=norm(node),
        requires_grad=node.requires_grad,
        rule=None if op is None else rule_of(op),
        letters="" if op is None else letters(op, node.inputs, graph.numbers),
        grad_norm=None if visit is None else visit.arrived,
        senders=() if visit is None else tuple(graph.number_of(*visit.senders)),
        sent=() if visit is None else visit.sent,
    )


def _text(nodes: list[NodeReport], visits: list[int], max_lines: int) -> list[str]:
    """Write the whole explanation, as lines."""
    leaves = [report for report in nodes if report.rule is None]
    lines = [
        f"Forward: {counted(len(nodes), 'node')}, {len(leaves):,} of them {'a leaf' if len(leaves) == 1 else 'leaves'},"
        " each computed after its inputs. A length is Euclidean."
    ]
    first, last = excerpt(len(nodes), max_lines)
    shown = [nodes[i] for i in (*first, *last)]
    widths = [max(map(len, column)) for column in zip(*map(_cells, shown), strict=True)]
    for part in (first, last):
        lines += [_forward_line(nodes[i], widths) for i in part]
        if part is first and last:
            left_out = nodes[len(first) : last[0]]
            lines.append(f"  ... {counted(len(left_out), 'node')} left out: {_tally(left_out)}")
    lines += [
        "",
        f"Backward: {counted(len(visits), 'node is', 'nodes are')} visited, each after all that use it. "
        "The pass begins with ones.",
    ]
    first, last = excerpt(len(visits), max_lines)
    for part in (first, last):
        for i in part:
            lines += _backward_lines(nodes[visits[i]], is_root=i == 0)
        if part is first and last:
            lines.append(f"  ... {counted(last[0] - len(first), 'visit')} left out")
    return lines


def _number(report: NodeReport) -> str:
    return f"#{report.number}"


def _cells(report: NodeReport) -> tuple[str, ...]:
    """Return what stands in columns in a line about the forward pass."""
    return _number(report), report.title, report.description, f"length {number(report.value_norm)}"


def _forward_line(report: NodeReport, widths: list[int]) -> str:
    start = "  ".join(cell.ljust(width) for cell, width in zip(_cells(report), widths, strict=True))
    if report.rule is not None:
        return f"  {start}   {report.rule.formula}, where {report.letters}"
    return f"  {start}   {'a parameter: requires a gradient' if report.requires_grad else 'data: requires no gradient'}"


def _backward_lines(report: NodeReport, *, is_root: bool) -> list[str]:
    margin = " " * (len(_number(report)) + 4)
    length = "" if report.grad_norm is None else number(report.grad_norm)
    senders = report.senders
    if is_root:
        arrival = f"ones, of length {length}"
    elif len(senders) == 1:
        arrival = f"length {length} from {listed(senders)}"
    else:
        arrival = f"length {length}, a sum over {counted(len(senders), 'use')}: {listed(senders)}"
    lines = [f"  {_number(report)}  receives {arrival}"]
    if report.rule is None:
        return [*lines, f"{margin}is a leaf: backward() writes this into .grad"]
    lines.append(f"{margin}{report.rule.gradient_formula:<38}  {report.rule.place}")
    sent = [
        f"{number(grad)} to #{value}"
        for value, grad in zip(report.inputs, report.sent, strict=True)
        if grad is not None
    ]
    lines.append(f"{margin}sends length " + " and ".join(sent) if sent else f"{margin}sends nothing")
    return lines


def _tally(reports: list[NodeReport]) -> str:
    """Count operations by name, the most frequent first."""
    counts = Counter(report.title.partition("(")[0] for report in reports)
    most = [f"{count:,} {name}" for name, count in counts.most_common(6)]
    return ", ".join(most) + (" and others" if len(counts) > len(most) else "")
