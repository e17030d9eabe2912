"""The machine's own limits, measured by a small native program that is compiled for it."""

import math
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.case import Case

CACHED_BYTES = 1 << 24  # what moves less than this need not leave the caches


@dataclass(frozen=True)
class Limits:
    """Rates of all threads together.

    Attributes:
        float32, float64: Multiply-adds in FLOP/s.
        triad: Memory traffic in bytes/s where two arrays are read and one is written past the caches.
        read: Memory traffic in bytes/s where nothing is written.
        cached: Bytes/s read and written by copies within the second-level cache.
    """

    float32: float
    float64: float
    triad: float
    read: float
    cached: float

    def bandwidth(self, case: Case) -> float:
        """The rate at which the traffic of a case could go at the most."""
        if case.reads + case.writes < CACHED_BYTES:
            return self.cached
        return self.triad if case.writes > case.reads / 100 else self.read

    def fraction(self, case: Case, seconds: float) -> float | None:
        """How much of the limit that binds a case is reached when it takes `seconds`; None where none is known."""
        arithmetic = case.flops / (self.float64 if case.wide else self.float32)
        traffic = (case.reads + case.writes) / self.bandwidth(case)
        return max(arithmetic, traffic) / seconds if case.flops or traffic else None


AGAIN = 20.0  # seconds: on a shared machine the memory's rates may double or halve in that time


class Probe:
    """The compiled program; every measurement can only raise what is known of the machine."""

    def __init__(self, program: Path, threads: int) -> None:
        self.program, self.threads = program, threads
        self.known: Limits | None = None
        self.measured = -math.inf

    def measure_again(self) -> None:
        """Measures if the last time was some while ago."""
        if time.monotonic() - self.measured >= AGAIN:
            self.measure()

    def measure(self) -> None:
        done = subprocess.run([self.program, str(self.threads)], capture_output=True, text=True, check=True)
        rates = dict(line.split() for line in done.stdout.splitlines())
        self.known = best(self.known, Limits(**{name: float(rate) for name, rate in rates.items()}))
        self.measured = time.monotonic()


@contextmanager
def probe(threads: int) -> Iterator[Probe | None]:
    """Compiles the program, for as long as the context lasts; None where there is no C++ compiler."""
    compiler = os.environ.get("CXX") or shutil.which("c++")
    if compiler is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "limits"
        source = Path(__file__).with_suffix(".cpp")
        subprocess.run([compiler, "-O3", "-march=native", "-std=c++17", "-pthread", "-o", program, source], check=True)
        yield Probe(program, threads)


def best(known: Limits | None, measured: Limits) -> Limits:
    """The higher of two measurements: what disturbed one of them was not the machine's limit."""
    if known is None:
        return measured
    new = asdict(measured)
    return Limits(**{name: max(rate, new[name]) for name, rate in asdict(known).items()})
