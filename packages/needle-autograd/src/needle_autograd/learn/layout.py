"""Where the boxes of a drawing stand: a small layered layout for graphs without cycles.

Three steps, after Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures"
(1981). Each box gets a layer, below all boxes it depends on; an edge across several layers gets a point in each of
those between. Within a layer, boxes and points are ordered by the mean place of their neighbours, in sweeps down and
up. At last they are moved towards their neighbours as far as those beside them allow. The result depends on the input
only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

SWEEPS = 8
GAP = 24.0
LAYER_GAP = 44.0
MARGIN = 12.0
PARALLEL = 54.0

Edge = tuple[int, int]
Point = tuple[float, float]


@dataclass(frozen=True)
class Layout:
    """Places of boxes and edges.

    Attributes:
        centres: for each box the point in its middle.
        routes: for each edge the points that it passes, from the lower side of its first box to the upper side of the
            second.
        size: width and height of the drawing.
    """

    centres: list[Point]
    routes: list[list[Point]]
    size: Point


def lay_out(sizes: Sequence[Point], edges: Sequence[Edge]) -> Layout:
    """Find places for boxes, so that every edge leads down.

    Args:
        sizes: width and height of each box.
        edges: pairs of boxes; the first stands above the second, and has the lower index. Pairs may repeat.
    """
    layers = _layers(len(sizes), edges)
    widths = [width for width, _ in sizes]
    chains: list[list[int]] = []  # for each edge its boxes and the points between, which are numbered after the boxes
    for start, end in edges:
        points = list(range(len(widths), len(widths) + layers[end] - layers[start] - 1))
        widths += [GAP / 2] * len(points)
        layers += range(layers[start] + 1, layers[end])
        chains.append([start, *points, end])
    above: list[list[int]] = [[] for _ in widths]
    below: list[list[int]] = [[] for _ in widths]
    for chain in chains:
        for upper, lower in pairwise(chain):
            below[upper].append(lower)
            above[lower].append(upper)
    rows: list[list[int]] = [[] for _ in range(max(layers) + 1)]
    for item, layer in enumerate(layers):
        rows[layer].append(item)
    _order(rows, above, below)
    x = _abscissas(rows, widths, above, below)

    heights = [max((sizes[i][1] for i in row if i < len(sizes)), default=0.0) for row in rows]
    tops = [MARGIN + sum(heights[:layer]) + LAYER_GAP * layer for layer in range(len(rows))]
    centres = [(x[i], tops[layers[i]] + heights[layers[i]] / 2) for i in range(len(widths))]
    routes = [_route(chain, centres, sizes, _beside(edges, i)) for i, chain in enumerate(chains)]
    right = max(x[i] + widths[i] / 2 for i in range(len(widths)))
    return Layout(centres[: len(sizes)], routes, (right + MARGIN, tops[-1] + heights[-1] + MARGIN))


def _layers(count: int, edges: Sequence[Edge]) -> list[int]:
    """Put each box just below the lowest of those above it, and boxes with none above just above their highest use."""
    layers = [0] * count
    inputs: list[list[int]] = [[] for _ in range(count)]
    uses: list[list[int]] = [[] for _ in range(count)]
    for start, end in edges:
        inputs[end].append(start)
        uses[start].append(end)
    for box in range(count):
        layers[box] = max((layers[value] + 1 for value in inputs[box]), default=0)
    for box in range(count):
        if not inputs[box] and uses[box]:
            layers[box] = min(layers[use] for use in uses[box]) - 1
    return layers


def _order(rows: list[list[int]], above: list[list[int]], below: list[list[int]]) -> None:
    """Order each row by the mean place of the neighbours in the row before, in sweeps down and up."""
    place = {item: float(i) for row in rows for i, item in enumerate(row)}
    for sweep in range(SWEEPS):
        neighbours = below if sweep % 2 else above
        for row in reversed(rows) if sweep % 2 else rows:
            row.sort(key=_mean_place(neighbours, place))
            place.update((item, float(i)) for i, item in enumerate(row))


def _mean_place(neighbours: list[list[int]], place: dict[int, float]) -> Callable[[int], float]:
    def mean(item: int) -> float:
        around = neighbours[item]
        return sum(place[other] for other in around) / len(around) if around else place[item]

    return mean


def _abscissas(
    rows: list[list[int]], widths: list[float], above: list[list[int]], below: list[list[int]]
) -> list[float]:
    """Place the items of each row from left to right, then move them towards the middle of their neighbours."""
    x = [0.0] * len(widths)
    for row in rows:
        edge = 0.0
        for item in row:
            x[item] = edge + widths[item] / 2
            edge += widths[item] + GAP
    for sweep in range(SWEEPS):
        neighbours = below if sweep % 2 else above
        for row in reversed(rows) if sweep % 2 else rows:
            _move(row, x, widths, neighbours)
    left = min(x[item] - widths[item] / 2 for item in range(len(x)))
    return [value - left + MARGIN for value in x]


def _move(row: list[int], x: list[float], widths: list[float], neighbours: list[list[int]]) -> None:
    """Give the items of a row their wished places as nearly as possible, in their order and without overlap.

    Items that would overlap form a block, which stands where the mean of its members' wishes is.
    """
    blocks: list[tuple[list[int], list[float], float, float]] = []  # items, offsets of their centres, width, mean wish
    for item in row:
        around = neighbours[item]
        wish = sum(x[other] for other in around) / len(around) if around else x[item]
        items, offsets, width, left = [item], [widths[item] / 2], widths[item], wish - widths[item] / 2
        while blocks and blocks[-1][3] + blocks[-1][2] + GAP > left:
            earlier, their_offsets, their_width, their_left = blocks.pop()
            shift = their_width + GAP
            count, others = len(items), len(earlier)
            left = (their_left * others + (left - shift) * count) / (others + count)
            items, offsets = earlier + items, their_offsets + [offset + shift for offset in offsets]
            width += shift
        blocks.append((items, offsets, width, left))
    for items, offsets, _, left in blocks:
        for item, offset in zip(items, offsets, strict=True):
            x[item] = left + offset


def _beside(edges: Sequence[Edge], i: int) -> float:
    """Tell how far from the middle an edge runs: several between the same two boxes run side by side."""
    copies = edges.count(edges[i])
    return (edges[:i].count(edges[i]) - (copies - 1) / 2) * min(PARALLEL, 2 * PARALLEL / copies)


def _route(chain: list[int], centres: list[Point], sizes: Sequence[Point], beside: float) -> list[Point]:
    """Return the points of an edge, moved to the side by so much."""
    start, end = chain[0], chain[-1]
    (x0, y0), (x1, y1) = centres[start], centres[end]
    first, last = (x0 + beside, y0 + sizes[start][1] / 2), (x1 + beside, y1 - sizes[end][1] / 2)
    return [first, *[(centres[item][0] + beside, centres[item][1]) for item in chain[1:-1]], last]
