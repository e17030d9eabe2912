"""Boxes and arrows in the language of Graphviz, for those who want its layouts."""

from __future__ import annotations

from collections.abc import Sequence

from .svg import FILL, Arrow, Box

COLOURS = {**FILL, "operation": "white", "more": "white"}
"""The colours of boxes; Graphviz knows white by its name alone, where SVG also takes `#fff` and `none`."""


def dot(boxes: Sequence[Box], arrows: Sequence[Arrow], note: str = "") -> str:
    """Write a graph in the DOT language.

    Args:
        boxes: the boxes.
        arrows: the arrows between them.
        note: a line below the drawing.
    """
    lines = ["digraph needle {", '  node [shape=box, style="rounded,filled", fontname=monospace, fontsize=11];']
    lines.append("  edge [fontname=monospace, fontsize=10];")
    if note:
        lines.append(f"  label={quoted(note)}; fontname=monospace; fontsize=10;")
    for i, box in enumerate(boxes):
        style = ', style="rounded,dashed"' if box.kind == "more" else ""
        label = quoted("\n".join(box.text()))
        lines.append(f'  n{i} [label={label}, fillcolor="{COLOURS[box.kind]}"{style}];')
    for arrow in arrows:
        label = f" [label={quoted(arrow.label)}]" if arrow.label else ""
        lines.append(f"  n{arrow.start} -> n{arrow.end}{label};")
    return "\n".join([*lines, "}\n"])


def quoted(text: str) -> str:
    """Write a text as a quoted string of DOT; line breaks become those within a label, aligned left."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(f"{line}\\l" for line in escaped.split("\n")) + '"' if "\n" in escaped else f'"{escaped}"'
