"""The table, for the terminal or in Markdown, and the comparison of two stored results."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.case import PEERS

UNITS = {
    "s": (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)),
    "B": (("GiB", 2.0**30), ("MiB", 2.0**20), ("KiB", 2.0**10)),
}
Times = Mapping[str, Mapping[str, float]]


def quantity(amount: float, beside: float | None = None, *, unit: str = "s") -> str:
    """An amount with three significant digits and the unit that fits: `1.23 ms`, or `1.23 (1.20) ms` with another."""
    unit, scale = next((pair for pair in UNITS[unit] if amount >= pair[1]), UNITS[unit][-1])

    def digits(value: float) -> str:
        return f"{value / scale:.{2 if value / scale < 10 else 1 if value / scale < 100 else 0}f}"

    return f"{digits(amount)} {unit}" if beside is None else f"{digits(amount)} ({digits(beside)}) {unit}"


def ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def to_best(times: Times, figure: str) -> float | None:
    """Needle's `median` or `minimum` over that of the best peer; None where there is nobody to compare with."""
    others = [time[figure] for peer, time in times.items() if peer != "needle"]
    return times["needle"][figure] / min(others) if others and "needle" in times else None


def wanted(case: Mapping[str, Any]) -> str:
    """The target of a case in words: `0.60 torch` is relative to PyTorch alone, `or 85%` to the machine's limit."""
    if case.get("target") is None:
        return ""
    words = [ratio(case["target"]), case["against"] or "", f"or {case['enough']:.0%}" if case["enough"] else ""]
    return " ".join(word for word in words if word)


def met(case: Mapping[str, Any]) -> bool | None:
    """Whether a case reaches its target; None where it has none, or was not measured beside the peer it names."""
    times, target, against = case["times"], case.get("target"), case.get("against")
    if target is None or "needle" not in times:
        return None
    if case["enough"] and (case["of_limit"] or 0.0) >= case["enough"]:
        return True
    if against is None:
        reached = to_best(times, "median")
    else:
        reached = times["needle"]["median"] / times[against]["median"] if against in times else None
    return None if reached is None else reached <= target


def align(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a table: the first column to the left, the others to the right, a line under the head."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * max(map(len, lines)))
    return "\n".join(lines)


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """The same as a table in Markdown."""
    head, *body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([head, "|---|" + "---:|" * (len(rows[0]) - 1), *body])


def table(result: Mapping[str, Any]) -> list[list[str]]:
    """The result of one run, a case a row: median and, in brackets, least time of each peer."""
    peers = [peer for peer in PEERS if peer in result["peers"]]
    rows = [["case", *peers, "ratio", "of least", "target", "met", "of limit"]]
    for name, case in result["cases"].items():
        times = case["times"]
        unit = case.get("unit", "s")
        cells = [
            quantity(times[peer]["median"], times[peer]["minimum"], unit=unit) if peer in times else "-"
            for peer in peers
        ]
        ratios = [ratio(to_best(times, figure)) for figure in ("median", "minimum")]
        limit = "" if case["of_limit"] is None else f"{case['of_limit']:.0%}"
        rows.append([name, *cells, *ratios, wanted(case), {None: "", True: "yes", False: "no"}[met(case)], limit])
    return rows


def heading(result: Mapping[str, Any]) -> str:
    """What was measured and where, above the table."""
    versions = ", ".join(f"{name} {version}" for name, version in result["peers"].items())
    lines = [
        f"{result['date']}, commit {result['commit']}; {versions}; {result['threads']} thread(s).",
        "Median (least time); ratio: needle's to the best peer's.",
    ]
    if result["limits"]:
        rates = ", ".join(
            f"{name} {rate / 1e9:.3g} {'GFLOP/s' if name.startswith('float') else 'GB/s'}"
            for name, rate in result["limits"].items()
        )
        lines.append(f"Limits of {result['machine']}: {rates}.")
    return "\n".join(lines)


def summary(result: Mapping[str, Any]) -> str:
    """How many targets are met, and in how many cases a peer is faster."""
    cases = result["cases"].values()
    verdicts = [met(case) for case in cases]
    ratios = [to_best(case["times"], "median") for case in cases]
    behind = sum(value is not None and value > 1 for value in ratios)
    return f"{verdicts.count(True)} targets met, {verdicts.count(False)} missed; a peer is ahead in {behind} cases."


def comparison(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[list[str]]:
    """Needle's times in two results side by side, also relative to NumPy's, which cancels how busy the machine was."""
    rows = [["case", "before", "after", "after/before", "against numpy's"]]
    for name, case in after["cases"].items():
        old = before["cases"].get(name, {}).get("times", {})
        new = case["times"]
        if "needle" not in old or "needle" not in new:
            continue
        a, b = old["needle"]["minimum"], new["needle"]["minimum"]
        drift = new["numpy"]["minimum"] / old["numpy"]["minimum"] if "numpy" in old and "numpy" in new else None
        unit = case.get("unit", "s")
        rows.append(
            [
                name,
                quantity(a, unit=unit),
                quantity(b, unit=unit),
                ratio(b / a),
                ratio(b / a / drift if drift else None),
            ]
        )
    return rows
