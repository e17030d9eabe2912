"""Starts one worker process per peer and lets them take turns on each case."""

import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.case import Case

THREAD_VARIABLES = (
    "NEEDLE_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "PJRT_NPROC",  # JAX's thread pool
)


PATIENCE = 10


class PeerError(RuntimeError):
    """A peer can't be started, or a snippet of its failed."""


@dataclass(frozen=True)
class Plan:
    """How long to measure.

    Attributes:
        rounds: Turns for each peer,
        seconds: each of at least that long;
        budget: but a peer whose turns have taken that many seconds on a case has no more,
        least: unless it had fewer than that many, which it gets unless they take `PATIENCE` budgets.
    """

    rounds: int
    seconds: float
    budget: float
    least: int


class Peer:
    """A worker, which is stopped while it has nothing to do.

    Otherwise threads that spin after their work, as those of OpenBLAS and OpenMP do for some time, would slow down
    whoever has the next turn.
    """

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
            process_group=0,  # so that the system ends a stopped worker whose driver was killed
        )
        try:
            self.version = str(self._answer()["version"])
        except PeerError:
            self.end()
            raise
        self.process.send_signal(signal.SIGSTOP)

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
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self.process.stdin.flush()
        try:
            return self._answer()
        finally:
            self.process.send_signal(signal.SIGSTOP)

    def open(self, case: Case) -> tuple[float, list[float] | None]:
        """Prepares a case and runs it once; returns the seconds, and a sample of its result where it has one."""
        snippet = case.snippet(self.name)
        assert snippet is not None
        answer = self.ask(
            "open",
            inputs=dict(case.inputs),
            setup=snippet.setup,
            run=snippet.run,
            own_clock=case.own_clock,
            wide=case.wide,
        )
        return float(answer["seconds"]), answer["sample"]

    def time(self, number: int) -> float:
        """Seconds for `number` runs of the open case."""
        return float(self.ask("time", number=number)["seconds"])

    def end(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


@dataclass
class Turns:
    """A peer that has a case open: how many runs make a turn, and how long each turn took."""

    peer: Peer
    number: int
    taken: list[float] = field(default_factory=list)

    def another(self) -> None:
        self.taken.append(self.peer.time(self.number))

    def may(self, plan: Plan) -> bool:
        budget = plan.budget * (PATIENCE if len(self.taken) < plan.least else 1)
        return sum(self.taken) < budget


SLOW = 0.5  # seconds: one run of that length is a turn, and needs no others to warm up


def repetitions(peer: Peer, seconds: float, first: float) -> int:
    """How many runs of the open case take at least `seconds`, when the very first took `first`."""
    number = 1
    while first < SLOW and (taken := peer.time(number)) < seconds:
        number = max(number + 1, min(number * 10, int(number * 1.2 * seconds / max(taken, 1e-9))))
    return number


def measure(case: Case, peers: Sequence[Peer], plan: Plan) -> tuple[dict[str, dict[str, float]], list[str]]:
    """Measures one case by turns.

    Returns:
        For each peer that can do the case the `minimum` and `median` time of one operation in seconds, and notes on
        what failed or disagreed.
    """
    notes: list[str] = []
    ready: list[Turns] = []
    samples: dict[str, list[float] | None] = {}
    for peer in peers:
        if case.snippet(peer.name) is None:
            continue
        try:
            first, samples[peer.name] = peer.open(case)
            ready.append(Turns(peer, repetitions(peer, plan.seconds, first)))
        except PeerError as error:
            notes.append(f"{case.name}: {error}")
    for turn in range(plan.rounds):
        # Another one begins in each round, so that nobody always runs after the same neighbour.
        first = turn % max(len(ready), 1)
        for turns in ready[first:] + ready[:first]:
            if turns.may(plan):
                turns.another()
    for turns in ready:
        turns.peer.ask("close")
    if case.comparable:
        notes += disagreements(case.name, samples)
    results = {}
    for turns in ready:
        each = [taken / turns.number / case.calls for taken in turns.taken]
        results[turns.peer.name] = {"minimum": min(each), "median": statistics.median(each)}
    return results, notes


def disagreements(case: str, samples: Mapping[str, Sequence[float] | None]) -> list[str]:
    """Notes on peers whose results differ from those of the first: they computed something else."""
    known = {name: values for name, values in samples.items() if values is not None}
    if not known:
        return []
    first, expected = next(iter(known.items()))
    tolerance = 1e-3 * max(map(abs, expected), default=0.0) + 1e-6
    notes = []
    for name, values in known.items():
        if len(values) != len(expected):
            notes.append(f"{case}: the result of {name} has another size than that of {first}")
            continue
        differing = [pair for pair in zip(values, expected, strict=True) if not abs(pair[0] - pair[1]) <= tolerance]
        if differing:
            notes.append(f"{case}: {name} computes {differing[0][0]:g} where {first} computes {differing[0][1]:g}")
    return notes
