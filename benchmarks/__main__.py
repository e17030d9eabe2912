"""The command: measures the cases and prints a table, or compares two stored results."""

import argparse
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from benchmarks import limits, report
from benchmarks.case import PEERS, Case
from benchmarks.cases import CASES
from benchmarks.driver import Peer, PeerError, Plan, measure

FULL = Plan(rounds=15, seconds=0.05)
QUICK = Plan(rounds=5, seconds=0.01)


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hatch run bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: orders of magnitude only")
    parser.add_argument("--only", metavar="TEXT", help="only cases whose name contains TEXT")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the result to FILE")
    parser.add_argument(
        "--compare", type=Path, nargs=2, metavar=("A", "B"), help="compare two such files, measure nothing"
    )
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="threads for every peer")
    parser.add_argument("--torch", default=sys.executable, metavar="PYTHON", help="interpreter that has PyTorch")
    return parser.parse_args(argv)


def start(threads: int, torch_python: str) -> list[Peer]:
    """Starts a worker for each peer that is installed and says which one isn't; Needle has to be."""
    peers = []
    for name in PEERS:
        try:
            peers.append(Peer(name, threads, torch_python if name == "torch" else sys.executable))
        except PeerError as error:
            if name == "needle":
                raise
            advice = "; `hatch run bench-torch:bench` measures it too" if name == "torch" else ""
            print(f"left out: {error}{advice}", file=sys.stderr)
    return peers


def run(cases: list[Case], peers: list[Peer], plan: Plan, threads: int) -> tuple[dict[str, Any], list[str]]:
    """Measures all cases, and the limits before and after them; returns the result as it is stored, and the notes."""
    before = limits.measure(threads)
    measured, notes = {}, []
    for case in cases:
        measured[case], said = measure(case, peers, plan)
        notes += said
    limit = limits.best(before, limits.measure(threads))
    result: dict[str, Any] = {
        "machine": platform.machine(),
        "threads": threads,
        "limits": None if limit is None else {"flops": limit.flops, "bandwidth": limit.bandwidth},
        "peers": {peer.name: peer.version for peer in peers},
        "cases": {},
    }
    for case, times in measured.items():
        of_limit = limit.fraction(case, times["needle"]["minimum"]) if limit and "needle" in times else None
        result["cases"][case.name] = {"times": times, "of_limit": of_limit}
    return result, notes


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    if options.compare:
        before, after = (json.loads(path.read_text()) for path in options.compare)
        print(report.comparison(before, after))
        return 0
    cases = [case for case in CASES if options.only is None or options.only in case.name]
    if not cases:
        print(f"no case has {options.only!r} in its name; there are: {', '.join(case.name for case in CASES)}")
        return 2
    peers = start(options.threads, options.torch)
    try:
        result, notes = run(cases, peers, QUICK if options.quick else FULL, options.threads)
    finally:
        for peer in peers:
            peer.stop()
    versions = ", ".join(f"{name} {version}" for name, version in result["peers"].items())
    print(f"{versions}; {options.threads} thread(s); least time (median), below 1 needle is the faster one")
    if result["limits"]:
        print("limits: {flops:.3g} FLOP/s, {bandwidth:.3g} bytes/s".format(**result["limits"]))
    print(report.table(result))
    for note in notes:
        print(f"note: {note}")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    return 1 if notes else 0


if __name__ == "__main__":
    sys.exit(main())
