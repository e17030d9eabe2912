"""The machine's own limits, measured by a small native program that is compiled for it."""

import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.case import Case


@dataclass(frozen=True)
class Limits:
    """Multiply-adds of float32 in FLOP/s, and memory traffic in bytes/s."""

    flops: float
    bandwidth: float

    def fraction(self, case: Case, seconds: float) -> float | None:
        """How much of the limit that binds a case is reached when it takes `seconds`; None where none is known."""
        bounds = [case.flops / self.flops, case.traffic / self.bandwidth]
        return max(bounds) / seconds if any(bounds) else None


def measure(threads: int) -> Limits | None:
    """Measures the limits with `threads` threads; None where there is no C++ compiler."""
    compiler = os.environ.get("CXX") or shutil.which("c++")
    if compiler is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "limits"
        source = Path(__file__).with_suffix(".cpp")
        subprocess.run([compiler, "-O3", "-march=native", "-std=c++17", "-pthread", "-o", program, source], check=True)
        done = subprocess.run([program, str(threads)], capture_output=True, text=True, check=True)
    flops, bandwidth = map(float, done.stdout.split())
    return Limits(flops, bandwidth)


def best(*measured: Limits | None) -> Limits | None:
    """The highest of several measurements: what disturbed one of them was not the machine's limit."""
    known = [limits for limits in measured if limits is not None]
    return Limits(max(m.flops for m in known), max(m.bandwidth for m in known)) if known else None
