"""The table on the terminal, and the comparison of two stored results."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.case import PEERS


def duration(seconds: float) -> str:
    """Seconds with three significant digits and the unit that fits: `1.23 ms`."""
    units = (("s ", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9))
    unit, scale = next((pair for pair in units if seconds >= pair[1]), units[-1])
    value = seconds / scale
    return f"{value:.{2 if value < 10 else 1 if value < 100 else 0}f} {unit}"


def ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def ratios(times: Mapping[str, Mapping[str, float]]) -> tuple[float | None, float | None]:
    """Needle's least time over NumPy's, and over that of the best peer; None where there is nobody to compare with."""
    if "needle" not in times:
        return None, None
    ours = times["needle"]["minimum"]
    others = {peer: time["minimum"] for peer, time in times.items() if peer != "needle"}
    to_numpy = ours / others["numpy"] if "numpy" in others else None
    return to_numpy, ours / min(others.values()) if others else None


def align(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a table: the first column to the left, the others to the right, a line under the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def table(result: Mapping[str, Any]) -> str:
    """The result of one run, a case a line: least time and, in brackets, the median of each peer."""
    peers = [peer for peer in PEERS if peer in result["peers"]]
    rows = [["case", *peers, "/numpy", "/best", "of limit"]]
    for name, case in result["cases"].items():
        times = case["times"]
        cells = [
            f"{duration(times[peer]['minimum'])} ({duration(times[peer]['median'])})" if peer in times else "-"
            for peer in peers
        ]
        limit = "" if case["of_limit"] is None else f"{case['of_limit']:.0%}"
        rows.append([name, *cells, *map(ratio, ratios(times)), limit])
    return align(rows)


def comparison(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Needle's times in two results side by side, also relative to NumPy's, which cancels how busy the machine was."""
    rows = [["case", "before", "after", "after/before", "against numpy's"]]
    for name, case in after["cases"].items():
        old = before["cases"].get(name, {}).get("times", {})
        new = case["times"]
        if "needle" not in old or "needle" not in new:
            continue
        a, b = old["needle"]["minimum"], new["needle"]["minimum"]
        drift = new["numpy"]["minimum"] / old["numpy"]["minimum"] if "numpy" in old and "numpy" in new else None
        rows.append([name, duration(a), duration(b), ratio(b / a), ratio(b / a / drift if drift else None)])
    return align(rows)
