"""Starts one worker process per peer and lets them take turns on each case."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.case import Case, Snippet

THREAD_VARIABLES = ("NEEDLE_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class PeerError(RuntimeError):
    """A peer can't be started, or a snippet of its failed."""


@dataclass(frozen=True)
class Plan:
    """How long to measure: `rounds` turns for each peer, each of at least `seconds`."""

    rounds: int
    seconds: float


class Peer:
    """A running worker."""

    def __init__(self, name: str, threads: int, python: str = sys.executable) -> None:
        self.name = name
        environment = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads))}
        script = str(Path(__file__).with_name("worker.py"))
        self.process = subprocess.Popen(
            [python, "-P", script, name, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        try:
            self.version = str(self._answer()["version"])
        except PeerError:
            self.stop()
            raise

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise PeerError(f"{self.name}: its process ended with status {self.process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PeerError(f"{self.name}: {answer['error']}")
        return answer

    def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def open(self, snippet: Snippet, own_clock: bool) -> float | None:
        """Prepares a case and runs it once; returns the sum of its result where it has one."""
        total: float | None = self.ask("open", setup=snippet.setup, run=snippet.run, own_clock=own_clock)["total"]
        return total

    def time(self, number: int) -> float:
        """Seconds for `number` runs of the open case."""
        return float(self.ask("time", number=number)["seconds"])

    def stop(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def repetitions(peer: Peer, seconds: float) -> int:
    """How many runs of the open case take at least `seconds`."""
    number = 1
    while (taken := peer.time(number)) < seconds:
        number = max(number + 1, min(number * 10, int(number * 1.2 * seconds / max(taken, 1e-9))))
    return number


def measure(case: Case, peers: Sequence[Peer], plan: Plan) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Measures one case by turns.

    Returns:
        For each peer that can do the case the `minimum` and `median` time of one operation in seconds, and notes on
        what failed or disagreed.
    """
    notes: list[str] = []
    ready: list[tuple[Peer, int]] = []
    totals: dict[str, float] = {}
    for peer in peers:
        snippet = case.snippet(peer.name)
        if snippet is None:
            continue
        try:
            total = peer.open(snippet, case.own_clock)
            ready.append((peer, repetitions(peer, plan.seconds)))
        except PeerError as error:
            notes.append(f"{case.name}: {error}")
            continue
        if total is not None:
            totals[peer.name] = total
    times: dict[str, list[float]] = {peer.name: [] for peer, _ in ready}
    for turn in range(plan.rounds):
        # Another one begins in each round, so that nobody always runs after the same neighbour.
        first = turn % max(len(ready), 1)
        for peer, number in ready[first:] + ready[:first]:
            times[peer.name].append(peer.time(number) / number / case.calls)
    for peer, _ in ready:
        peer.ask("close")
    notes += disagreements(case.name, totals)
    results = {name: {"minimum": min(ts), "median": statistics.median(ts)} for name, ts in times.items()}
    return results, notes


def disagreements(case: str, totals: dict[str, float]) -> list[str]:
    """Notes on peers whose results sum to something else than those of the first: they computed something else."""
    if not totals:
        return []
    first, expected = next(iter(totals.items()))
    size = max(map(abs, totals.values()))
    return [
        f"{case}: {name} computes {value:g} where {first} computes {expected:g}"
        for name, value in totals.items()
        if not abs(value - expected) <= 1e-3 * size + 1e-6
    ]
