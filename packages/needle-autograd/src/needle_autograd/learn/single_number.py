"""Why one number of a gradient is what it is: the contributions of all paths, the rules along them, a measurement."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from operator import index as as_integer
from typing import TYPE_CHECKING

import numpy as np

from ..errors import GraphError
from ..value import Value
from .graph import NumberedGraph
from .paths import Bundle, Paths
from .replay import finite_difference
from .rules import Rule, letters, rule_of
from .tangents import Tangent, dot, pairs
from .words import arrays, as_html, at, checked_limit, counted, described, excerpt, number

if TYPE_CHECKING:
    from ..tensor import Tensor

MOST_TERMS = 3
DIGITS = 9
LONGEST_PATH = 12


@dataclass(frozen=True)
class Contribution:
    """What one path, or several that begin alike, add to the number.

    Attributes:
        value: the contribution.
        path: the numbers of the nodes along the path, from the one that the number belongs to; of several paths, as far
            as they have it in common.
        positions: for each node but the first, which of its inputs the one before it is.
        paths: how many paths these are.
        factors: the derivatives whose product is the contribution, one for each step of the path; empty if a step
            changes more than one number, so that it is no product of numbers but a sum of such products.
    """

    value: float
    path: tuple[int, ...]
    positions: tuple[int, ...]
    paths: int
    factors: tuple[float, ...]


@dataclass(frozen=True)
class Term:
    """What one element of a node's value passes on.

    Attributes:
        index: the place of the element; of a tuple's, its position comes first.
        value: the element.
        derivative: its derivative with respect to the number.
        gradient: the derivative of the result with respect to it.
    """

    index: tuple[int, ...]
    value: float
    derivative: float
    gradient: float


@dataclass(frozen=True)
class Passage:
    """A node between the number and the result.

    Attributes:
        number: its number in the order of computation.
        inputs: the numbers of its inputs.
        description: dtype and shape.
        rule: formulas and place of its rule; None for a leaf.
        letters: which nodes the letters of the formulas stand for.
        through: the sum of the contributions of all paths that pass it.
        touched: how many of its elements the number has an influence on.
        size: how many elements it has.
        terms: the elements that pass on most; their products `derivative * gradient`, and those of the other touched
            ones, add up to `through`.
    """

    number: int
    inputs: tuple[int, ...]
    description: str
    rule: Rule | None
    letters: str
    through: float
    touched: int
    size: int
    terms: tuple[Term, ...]


class Why:
    """The explanation of one number of a gradient; printing it, or showing it in a notebook, gives the text.

    Attributes:
        index: the place of the number.
        total: the number, as `backward()` writes it into `w.grad[index]`.
        contributions: what adds up to it.
        paths: how many paths there are.
        passages: the nodes along the paths, each once, in the order of computation.
        finite_difference: the number as measured by computing the result twice more, in float64.
        step: the distance of the two values of the number for that.
        text: all of it in words, where the middle of long lists is left out.
    """

    def __init__(
        self,
        index: tuple[int, ...],
        total: float,
        contributions: list[Contribution],
        passages: list[Passage],
        measured: tuple[float, float],
        max_lines: int,
    ) -> None:
        self.index = index
        self.total = total
        self.contributions = contributions
        self.paths = sum(contribution.paths for contribution in contributions)
        self.passages = passages
        self.finite_difference, self.step = measured
        self.text = "\n".join(_text(self, max_lines))

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return as_html(self.text)


def why(loss: Tensor, w: Tensor, index: int | tuple[int, ...] = (), *, max_paths: int = 12, max_lines: int = 40) -> Why:
    """Explain one number of a gradient: which paths it comes along, by which rules, and what a measurement says.

    Nothing is changed: `.grad` is neither read nor written, and the graph stays. It takes one backward pass and, for
    each node between `w` and the loss, about two more evaluations of its rule; the number of paths does not matter, as
    paths that share nodes are added up at the nodes.

    Args:
        loss: the result; of one that is no scalar, the sum is meant, as in `loss.backward()`.
        w: a tensor that the loss was computed from; it may be a leaf or not.
        index: the place of the number in `w`.
        max_paths: how many contributions to tell apart; where there are more paths, those that begin alike are summed.
        max_lines: how many nodes the text describes; the object has all of them.

    Raises:
        GraphError: no gradient of the loss reaches `w`; or as `backward_steps`.
        IndexError: `w` has no such number.
        ValueError: `max_paths` or `max_lines` is less than 1.

    Example:
        >>> from needle_autograd import Tensor, learn
        >>> x = Tensor(3.0, dtype="float64")
        >>> y = x * x + 2 * x
        >>> reason = learn.why(y, x)
        >>> reason.total, [c.value for c in reason.contributions]
        (8.0, [3.0, 3.0, 2.0])
        >>> abs(reason.finite_difference - 8) < 1e-6
        True
    """
    max_paths, max_lines = checked_limit("max_paths", max_paths), checked_limit("max_lines", max_lines)
    place = _checked_index(w, index)
    paths = Paths(loss, w, place)
    if not paths.order or paths.order[-1] is not loss:
        raise GraphError(_not_reached(loss, w))
    graph = NumberedGraph(loss)
    contributions = [_contribution(bundle, paths, graph) for bundle in paths.bundles(max_paths)]
    passages = [_passage(node, paths, graph) for node in paths.order]
    size = abs(float(arrays(w)[0][place]))
    measured = finite_difference(paths.order, paths.tangents[w], size)
    return Why(place, paths.total, contributions, passages, measured, max_lines)


def _checked_index(w: Tensor, index: int | tuple[int, ...]) -> tuple[int, ...]:
    """Return an index as a tuple of numbers that are not negative."""
    if not isinstance(w, Value.tensor_type):
        raise TypeError(f"why() explains a number of a Tensor, not of a {type(w).__name__}; give it an element of it")
    try:
        place = tuple(map(as_integer, index if isinstance(index, tuple) else (index,)))
    except TypeError:
        place = None
    shape = w.shape
    if place is None or len(place) != len(shape) or not all(-n <= i < n for i, n in zip(place, shape, strict=True)):
        raise IndexError(
            f"index {index!r} is no number of a tensor of shape {shape}; expected {counted(len(shape), 'integer')} "
            "within the shape, such as " + repr(tuple(size - 1 for size in shape))
        )
    return tuple(i % size for i, size in zip(place, shape, strict=True))


def _not_reached(loss: Tensor, w: Tensor) -> str:
    """Say why a gradient does not arrive."""
    if w not in NumberedGraph(loss).numbers:
        return (
            "the loss was not computed from this tensor: its graph does not contain it. Give why() the very tensor "
            "that was used, not a copy or a detach() of it"
        )
    if not w.requires_grad:
        return (
            "no gradient is computed for this tensor, as its requires_grad is False; set it before computing the loss"
        )
    return "no gradient reaches this tensor: all operations between it and the loss are without one at its place"


def _contribution(bundle: Bundle, paths: Paths, graph: NumberedGraph) -> Contribution:
    nodes = [paths.start, *[use.node for use in bundle.uses]]
    changes = [_only_change(tangent) for tangent in bundle.tangents]
    factors: tuple[float, ...] = ()
    if bundle.count == 1 and all(changes):
        factors = tuple(after / before for before, after in pairwise(changes) if before and after)
    positions = tuple(use.position for use in bundle.uses)
    return Contribution(bundle.value, tuple(graph.number_of(*nodes)), positions, bundle.count, factors)


def _only_change(tangent: Tangent) -> float | None:
    """Return the only number of a derivative that is not 0; None if there are more, or none."""
    if tangent is None or isinstance(tangent, list):
        return None
    values = arrays(tangent)[0]
    others = values[values != 0]
    return float(others[0]) if others.size == 1 else None


def _passage(node: Value, paths: Paths, graph: NumberedGraph) -> Passage:
    op = node.op
    tangent, adjoint = paths.tangents[node], paths.adjoints[node]
    terms: list[Term] = []
    touched = 0
    for part, (gradient, derivative) in enumerate(pairs(adjoint, tangent)):
        g, d = arrays(gradient)[0], arrays(derivative)[0]
        value = arrays(node)[part if isinstance(tangent, list) else 0]
        changed = np.argwhere(d != 0)
        touched += len(changed)
        products = np.abs(g * d)[d != 0]
        for where in np.argsort(-products, kind="stable")[:MOST_TERMS]:
            index = tuple(int(i) for i in changed[where])
            place = (part, *index) if isinstance(tangent, list) else index
            terms.append(Term(place, float(value[index]), float(d[index]), float(g[index])))
    terms.sort(key=lambda term: -abs(term.derivative * term.gradient))
    return Passage(
        number=graph.numbers[node],
        inputs=tuple(graph.number_of(*node.inputs)),
        description=described(node),
        rule=None if op is None else rule_of(op),
        letters="" if op is None else letters(op, node.inputs, graph.numbers),
        through=dot(adjoint, tangent),
        touched=touched,
        size=sum(array.size for array in arrays(node)),
        terms=tuple(terms[:MOST_TERMS]),
    )


def _text(reason: Why, max_lines: int) -> list[str]:
    first = reason.passages[0]
    name = f"#{first.number}{at(reason.index)}"
    error = abs(reason.total - reason.finite_difference)
    merged = "; those that begin alike are summed" if len(reason.contributions) < reason.paths else ""
    lines = [
        f"The derivative of the result #{reason.passages[-1].number} with respect to {name} is "
        f"{reason.total:.{DIGITS}g}.",
        f"A central difference with the step {reason.step:.0e} gives {reason.finite_difference:.{DIGITS}g}, "
        f"{error:.0e} away.",
        "",
        f"It is the sum over {_many(reason.paths)} from the number to the result{merged}:",
    ]
    inputs = {passage.number: passage.inputs for passage in reason.passages}
    lines += [f"  {_path_line(contribution, inputs)}" for contribution in reason.contributions]
    lines += ["", "The nodes along them, each once; t is the derivative of an element with respect to the number:"]
    shown, rest = excerpt(len(reason.passages), max_lines)
    for part in (shown, rest):
        for i in part:
            lines += _passage_lines(reason.passages[i])
        if part is shown and rest:
            lines.append(f"  ... {counted(rest[0] - len(shown), 'node')} left out")
    return lines


def _many(paths: int) -> str:
    """Write a number of paths, of which there may be more than atoms."""
    return counted(paths, "path") if paths < 1_000_000 else f"about 1e{len(str(paths)) - 1} paths"


def _path_line(contribution: Contribution, inputs: dict[int, tuple[int, ...]]) -> str:
    """Write a path and its contribution; where a node takes the one before it twice, also as which of its inputs."""
    path = contribution.path
    steps = [f"#{path[0]}"]
    for before, node, position in zip(path, path[1:], contribution.positions, strict=False):
        steps.append(f"#{node} (input {position})" if inputs[node].count(before) > 1 else f"#{node}")
    first, last = excerpt(len(steps), LONGEST_PATH)
    text = f"{contribution.value:>+16.{DIGITS}g}   " + " -> ".join(
        [*[steps[i] for i in first], *(["..."] if last else []), *[steps[i] for i in last]]
    )
    if contribution.paths > 1:
        text += f" -> {_many(contribution.paths)}"
    if 1 < len(contribution.factors) <= LONGEST_PATH:
        text += "   = " + " * ".join(number(factor) for factor in contribution.factors)
    return text


def _passage_lines(passage: Passage) -> list[str]:
    margin = " " * (len(str(passage.number)) + 5)
    rule = passage.rule
    if rule is None:
        lines = [f"  #{passage.number}  a leaf, {passage.description}"]
    else:
        lines = [
            f"  #{passage.number}  {rule.title}, {passage.description}: {rule.formula}, where {passage.letters}",
            f"{margin}{rule.gradient_formula}   {rule.place}",
        ]
    terms = " + ".join(f"{number(term.gradient)} * {number(term.derivative)}" for term in passage.terms)
    more = passage.touched - len(passage.terms)
    if passage.touched == 1 and passage.terms:
        term = passage.terms[0]
        where = f" element {at(term.index)}" if passage.size > 1 else ""
        lines.append(
            f"{margin}value{where} {number(term.value)}, gradient {number(term.gradient)}, "
            f"t = {number(term.derivative)}: {terms} = {passage.through:.{DIGITS}g}"
        )
    elif passage.touched:
        lines.append(
            f"{margin}{passage.touched:,} of {passage.size:,} elements change; gradient * t summed: {terms}"
            f"{f' + {more:,} more' if more else ''} = {passage.through:.{DIGITS}g}"
        )
    else:
        lines.append(f"{margin}no element changes")
    return lines
