"""Boxes and arrows as a self-contained SVG: no script, no font file, no style from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from .layout import Point, lay_out

FONT = 12.0
LETTER = 7.3
"""The width of a letter of the monospaced font at 12 pixels, rounded up so that no text leaves its box."""
LINE = 16.0
PADDING = 8.0

FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
FILL = {"parameter": "#ddf4ff", "data": "#f0f1f3", "operation": "#fff", "result": "#fff8c5", "more": "none"}
LINES, TEXT, GRADIENT, NOTE = "#57606a", "#1b1f24", "#a40e26", "#57606a"


@dataclass(frozen=True)
class Box:
    """What is drawn of a node.

    Attributes:
        kind: "parameter", "data", "operation", "result", or "more" for nodes that are left out.
        lines: its text; the first line is its name.
        gradient: a line about its gradient, or the empty string.
    """

    kind: str
    lines: tuple[str, ...]
    gradient: str = ""

    def text(self) -> tuple[str, ...]:
        """Return all lines."""
        return (*self.lines, self.gradient) if self.gradient else self.lines

    def size(self) -> Point:
        """Return the width and height that the text needs."""
        text = self.text()
        return max(map(len, text)) * LETTER + 2 * PADDING, len(text) * LINE + 2 * PADDING - 4


@dataclass(frozen=True)
class Arrow:
    """An edge between two boxes, given by their indices, and what is written beside it."""

    start: int
    end: int
    label: str = ""


def svg(boxes: Sequence[Box], arrows: Sequence[Arrow], note: str = "") -> str:
    """Draw boxes and arrows.

    Args:
        boxes: the boxes; an arrow leads from a box of lower index to one of higher index.
        arrows: the arrows.
        note: a line below the drawing.

    Returns:
        The SVG as text. It is valid XML, and the same for the same input.
    """
    layout = lay_out([box.size() for box in boxes], [(arrow.start, arrow.end) for arrow in arrows])
    labels = [_label_place(route) for route in layout.routes]
    rights = [x + len(arrow.label) * LETTER + 12 for (x, _), arrow in zip(labels, arrows, strict=True)]
    width = max(layout.size[0], len(note) * LETTER + 24, *rights)
    height = layout.size[1] + (LINE + 4 if note else 0)
    # Attributes, not a style sheet: one within an SVG would change the whole page that a notebook shows it in.
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#fff"/>',
        f'<g fill="none" stroke="{LINES}">',
        *[f'<path d="{_curve(route)}"/>' for route in layout.routes],
        "</g>",
        f'<g fill="{LINES}">',
        *[f'<path d="M{x:.1f} {y:.1f}l-3.5 -7h7z"/>' for x, y in (route[-1] for route in layout.routes)],
        "</g>",
        f'<g font-family="{FONTS}" font-size="{FONT:g}" fill="{GRADIENT}">',
        *[_label(x, y, arrow.label) for arrow, (x, y) in zip(arrows, labels, strict=True) if arrow.label],
        "</g>",
        f'<g stroke="{LINES}">',
        *[_rectangle(box, centre) for box, centre in zip(boxes, layout.centres, strict=True)],
        "</g>",
        f'<g font-family="{FONTS}" font-size="{FONT:g}" fill="{TEXT}">',
        *[line for box, centre in zip(boxes, layout.centres, strict=True) for line in _lines(box, centre)],
        *([_text(12, height - 10, note, NOTE)] if note else []),
        "</g>",
    ]
    return "\n".join([*parts, "</svg>\n"])


def _rectangle(box: Box, centre: Point) -> str:
    width, height = box.size()
    dashes = ' stroke-dasharray="4 3"' if box.kind == "more" else ""
    return (
        f'<rect x="{centre[0] - width / 2:.1f}" y="{centre[1] - height / 2:.1f}" width="{width:.1f}" '
        f'height="{height:.1f}" rx="5" fill="{FILL[box.kind]}"{dashes}/>'
    )


def _lines(box: Box, centre: Point) -> list[str]:
    width, height = box.size()
    left, top = centre[0] - width / 2 + PADDING, centre[1] - height / 2 + PADDING + 10
    text = [_text(left, top, box.lines[0], TEXT, ' font-weight="bold"')]
    text += [_text(left, top + LINE * i, line, TEXT) for i, line in enumerate(box.lines) if i]
    return [*text, _text(left, top + LINE * len(box.lines), box.gradient, GRADIENT)] if box.gradient else text


def _label(x: float, y: float, text: str) -> str:
    """Write beside a point of an arrow, on a ground that keeps other arrows away from the letters."""
    ground = f'<rect x="{x + 3:.1f}" y="{y - 7:.1f}" width="{len(text) * LETTER + 3:.1f}" height="14" fill="#fff"/>'
    return f'{ground}<text x="{x + 5:.1f}" y="{y + 4:.1f}">{escape(text)}</text>'


def _text(x: float, y: float, text: str, colour: str, attributes: str = "") -> str:
    fill = "" if colour == TEXT else f' fill="{colour}"'
    return f'<text x="{x:.1f}" y="{y:.1f}"{fill}{attributes}>{escape(_printable(text))}</text>'


def _printable(text: str) -> str:
    """Replace the characters that XML does not allow, not even escaped."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _curve(route: list[Point]) -> str:
    """Return the path through the points, which leaves and enters each of them straight down."""
    (x, y), *others = route
    parts = [f"M{x:.1f} {y:.1f}"]
    for to_x, to_y in others:
        middle = (y + to_y) / 2
        parts.append(f"C{x:.1f} {middle:.1f} {to_x:.1f} {middle:.1f} {to_x:.1f} {to_y:.1f}")
        x, y = to_x, to_y
    return "".join(parts)


def _label_place(route: list[Point]) -> Point:
    """Return the point beside which the label of an edge stands: in the middle of its last part."""
    (x, y), (to_x, to_y) = route[-2:]
    return (x + to_x) / 2, (y + to_y) / 2
