"""Learning curves as an SVG file, without a plotting library."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

WIDTH, HEIGHT = 960, 380
PANEL_WIDTH, PANEL_HEIGHT = 390, 264
TOP, LEFTS = 62, (64, 550)

# Colours are told apart by readers with any kind of colour vision, and the dashes carry the difference without colour.
STYLE = """
    text { font: 13px system-ui, "DejaVu Sans", Helvetica, sans-serif; fill: #24292f; }
    .title { font-size: 16px; font-weight: 600; }
    .paper { fill: #ffffff; }
    .axis { stroke: #57606a; }
    .grid { stroke: #d8dee4; }
    .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
    .train { stroke: #0969da; }
    .test { stroke: #bc4c00; stroke-dasharray: 6 3; }
    .end { stroke-width: 4; stroke-dasharray: none; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .paper { fill: #0d1117; }
      .axis { stroke: #9198a1; }
      .grid { stroke: #30363d; }
      .train { stroke: #58a6ff; }
      .test { stroke: #ffa657; }
    }
"""


def curve_svg(history: Sequence[Any]) -> str:
    """Draw loss and accuracy by epoch, side by side, each for training and test.

    Args:
        history: one object per epoch, in order, with the attributes `epoch`, `train_loss`, `test_loss`,
            `train_accuracy` and `test_accuracy`, all finite.

    Returns:
        The text of an SVG file that stands alone and follows the reader's light or dark setting.
    """
    epochs = [metrics.epoch for metrics in history]
    panels = []
    for left, quantity in zip(LEFTS, ("loss", "accuracy"), strict=True):
        series = {part: [getattr(metrics, f"{part}_{quantity}") for metrics in history] for part in ("train", "test")}
        values = [value for line in series.values() for value in line]
        low, high = (0.0, max(values)) if quantity == "loss" else (min(*values, 0.95), 1.0)
        panels.append(_panel(left, quantity, epochs, series, ticks(low, high)))
    last = history[-1]
    summary = f"Loss and accuracy by epoch; after epoch {last.epoch} the test accuracy is {last.test_accuracy:.4f}."
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'role="img">\n  <title>{summary}</title>\n  <style>{STYLE}  </style>\n'
        f'  <rect class="paper" width="{WIDTH}" height="{HEIGHT}"/>\n{"".join(panels)}</svg>\n'
    )


def ticks(low: float, high: float, at_most: int = 6) -> list[float]:
    """Return evenly spaced round numbers that enclose an interval.

    The spacing is 1, 2 or 5 times a power of ten, the smallest for which `at_most` numbers suffice.

    Args:
        low: the interval's lower end.
        high: its upper end, at least `low`.
        at_most: how many numbers there may be, 3 or more.

    Returns:
        Numbers in rising order, the first at most `low`, the last at least `high`, at least two of them.
    """
    span = high - low or abs(high) or 1.0
    power = math.floor(math.log10(span)) - 2
    while True:
        for factor in (1, 2, 5):
            step = factor * 10.0**power
            first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
            last = max(last, first + 1)
            if last - first < at_most:
                return [round(index * step, max(0, -power)) for index in range(first, last + 1)]
        power += 1


def _panel(left: int, name: str, epochs: list[int], series: dict[str, list[float]], y_ticks: list[float]) -> str:
    right, bottom = left + PANEL_WIDTH, TOP + PANEL_HEIGHT
    first, last = epochs[0], max(epochs[-1], epochs[0] + 1)
    decimals = max(len(f"{tick:.10f}".rstrip("0").partition(".")[2]) for tick in y_ticks)

    def x(epoch: float) -> float:
        return left + (epoch - first) / (last - first) * PANEL_WIDTH

    def y(value: float) -> float:
        return bottom - (value - y_ticks[0]) / (y_ticks[-1] - y_ticks[0]) * PANEL_HEIGHT

    parts = [f'<text class="title" x="{left}" y="28">{name}</text>']
    for tick in y_ticks:
        parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(f'<text x="{left - 9}" y="{y(tick) + 4.5:.1f}" text-anchor="end">{tick:.{decimals}f}</text>')
    for epoch in _whole_ticks(first, epochs[-1]):
        parts.append(f'<line class="axis" x1="{x(epoch):.1f}" x2="{x(epoch):.1f}" y1="{bottom}" y2="{bottom + 5}"/>')
        parts.append(f'<text x="{x(epoch):.1f}" y="{bottom + 20}" text-anchor="middle">{epoch}</text>')
    parts.append(f'<path class="axis" fill="none" d="M{left} {TOP}V{bottom}H{right}"/>')
    parts.append(f'<text x="{left + PANEL_WIDTH / 2}" y="{bottom + 40}" text-anchor="middle">epoch</text>')
    for legend_x, (part, values) in zip((right - 244, right - 112), series.items(), strict=True):
        points = " ".join(f"{x(epoch):.1f},{y(value):.1f}" for epoch, value in zip(epochs, values, strict=True))
        end = points.split()[-1].split(",")
        parts.append(f'<polyline class="line {part}" points="{points}"/>')
        parts.append(f'<circle class="line {part} end" cx="{end[0]}" cy="{end[1]}" r="1.5"/>')
        parts.append(f'<path class="line {part}" d="M{legend_x} 23h28"/>')
        parts.append(f'<text x="{legend_x + 35}" y="28">{part} {values[-1]:.4f}</text>')
    return "  <g>\n" + "".join(f"    {part}\n" for part in parts) + "  </g>\n"


def _whole_ticks(first: int, last: int, at_most: int = 10) -> list[int]:
    """Return the multiples of 1, 2, 5, 10, ... in an interval, at the smallest spacing that leaves them room."""
    steps = (factor * 10**power for power in range(12) for factor in (1, 2, 5))
    step = next(step for step in steps if (last - first) / step < at_most)
    return [epoch for epoch in range(first, last + 1) if epoch % step == 0]
