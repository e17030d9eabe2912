"""The command: measures the cases and prints a table, or compares two stored results."""

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import limits, report
from benchmarks.case import PEERS, Case
from benchmarks.cases import CASES, FAMILIES
from benchmarks.driver import Peer, PeerError, Plan, measure

FULL = Plan(rounds=15, seconds=0.03, budget=0.8, least=3)
QUICK = Plan(rounds=3, seconds=0.005, budget=0.03, least=1)


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hatch run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: orders of magnitude only")
    parser.add_argument(
        "--only", nargs="+", metavar="TEXT", help="only cases that contain one of the texts as --list prints them"
    )
    parser.add_argument("--list", action="store_true", help="print the cases' families and names, measure nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result to FILE")
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    parser.add_argument(
        "--compare", type=Path, nargs=2, metavar=("A", "B"), help="compare two such files, measure nothing"
    )
    parser.add_argument(
        "--show", type=Path, nargs="+", metavar="FILE", help="print stored results as one table, measure nothing"
    )
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="threads for every peer")
    for peer in PEERS[1:]:
        parser.add_argument(f"--{peer}", default=sys.executable, metavar="PYTHON", help=f"interpreter that has {peer}")
    return parser.parse_args(argv)


def chosen(only: list[str] | None) -> list[Case]:
    return [
        case
        for family, cases in FAMILIES.items()
        for case in cases
        if only is None or any(text in f"{family}: {case.name}" for text in only)
    ]


def start(threads: int, pythons: Mapping[str, str]) -> list[Peer]:
    """Starts a worker for each peer that is installed and says which one isn't; Needle has to be."""
    peers = []
    for name in PEERS:
        try:
            peers.append(Peer(name, threads, pythons.get(name, sys.executable)))
        except PeerError as error:
            if name == "needle":
                raise
            print(f"left out: {error}; `hatch run bench-peers:bench` measures all peers", file=sys.stderr)
    return peers


def commit() -> str:
    """The commit that is measured, with a mark where files differ from it; empty outside a repository."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent)
    return done.stdout.strip()


def processor() -> str:
    """The processor's name where the system tells it, else its kind."""
    information = Path("/proc/cpuinfo")
    lines = information.read_text().splitlines() if information.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def place(name: str) -> int:
    """Where a case stands in the table; those that are no longer in it stand at the end."""
    names = [case.name for case in CASES]
    return names.index(name) if name in names else len(names)


def merged(results: list[dict[str, Any]]) -> dict[str, Any]:
    """Results of parts of the table as one, held against the highest limits that any of them measured."""
    measured = {name: case for result in results for name, case in result["cases"].items()}
    whole = {**results[-1], "cases": {name: measured[name] for name in sorted(measured, key=place)}}
    known = None
    for result in results:
        if result["limits"]:
            known = limits.best(known, limits.Limits(**result["limits"]))
    if known:
        whole["limits"] = asdict(known)
        for case in CASES:
            if case.name in whole["cases"] and "needle" in (times := whole["cases"][case.name]["times"]):
                whole["cases"][case.name]["of_limit"] = known.fraction(case, times["needle"]["median"])
    return whole


def run(cases: list[Case], peers: list[Peer], plan: Plan, threads: int) -> tuple[dict[str, Any], list[str]]:
    """Measures all cases, and the limits now and then; returns the result as it is stored, and the notes."""
    measured, notes = {}, []
    with limits.probe(threads) as probe:
        for case in cases:
            if probe:
                probe.measure_again()
            measured[case.name], said = measure(case, peers, plan)
            notes += said
        if probe:
            probe.measure()
    known = probe.known if probe else None
    result: dict[str, Any] = {
        "date": date.today().isoformat(),
        "commit": commit(),
        "machine": processor(),
        "threads": threads,
        "limits": asdict(known) if known else None,
        "peers": {peer.name: peer.version for peer in peers},
        "cases": {},
    }
    for case in cases:
        times = measured[case.name]
        result["cases"][case.name] = {
            "times": times,
            "unit": case.unit,
            "target": case.target,
            "against": case.against,
            "enough": case.enough,
            "of_limit": known.fraction(case, times["needle"]["median"]) if known and "needle" in times else None,
        }
    return result, notes


def show(result: Mapping[str, Any], in_markdown: bool) -> None:
    rows = report.table(result)
    print(report.heading(result), report.markdown(rows) if in_markdown else report.align(rows), sep="\n\n")
    print(f"\n{report.summary(result)}")


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    if options.compare:
        before, after = (json.loads(path.read_text()) for path in options.compare)
        print(report.align(report.comparison(before, after)))
        return 0
    if options.show:
        show(merged([json.loads(path.read_text()) for path in options.show]), options.markdown)
        return 0
    cases = chosen(options.only)
    if not cases:
        print(f"no case has {' or '.join(map(repr, options.only))} in its name; --list prints the names")
        return 2
    if options.list:
        print(
            *(f"{family}: {case.name}" for family, members in FAMILIES.items() for case in members if case in cases),
            sep="\n",
        )
        return 0
    peers = start(options.threads, {peer: getattr(options, peer) for peer in PEERS[1:]})
    try:
        result, notes = run(cases, peers, QUICK if options.quick else FULL, options.threads)
    finally:
        for peer in peers:
            peer.end()
    show(result, options.markdown)
    for note in notes:
        print(f"note: {note}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    return 1 if notes else 0


if __name__ == "__main__":
    sys.exit(main())
