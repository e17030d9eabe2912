"""One peer in a process of its own, which does what the driver writes to it, a JSON object a line.

`{"do": "open", "setup": ..., "run": ..., "own_clock": ...}` prepares a case and answers with the sum of its result,
`{"do": "time", "number": n}` runs it n times and answers with the seconds, `{"do": "close"}` forgets it. What fails is
answered with the error's text.
"""

import gc
import json
import os
import subprocess
import sys
import timeit
from collections.abc import Callable
from typing import Any

import numpy as np

PRELUDES = {
    "needle": "import needle as ndl, needle_ndarray as nd\nversion = ndl.__version__",
    "numpy": "version = np.__version__",
    "torch": "import torch\ntorch.set_num_threads(THREADS)\nversion = torch.__version__",
}


def import_seconds(module: str) -> float:
    """Time that `import module` takes in a fresh interpreter."""
    program = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return float(done.stdout)


def names(threads: int) -> dict[str, Any]:
    """The names that snippets see, besides those of their peer: the same random inputs for every peer."""
    generator = np.random.default_rng(0)
    return {
        "np": np,
        "normal": lambda shape: generator.standard_normal(shape, dtype=np.float32),
        "integers": lambda high, shape: generator.integers(high, size=shape),
        "import_seconds": import_seconds,
        "THREADS": threads,
    }


def total(value: Any) -> float | None:
    """The sum of what a snippet computed, so that the peers' results can be compared; None where there is no number."""
    if value is None:
        return None
    if hasattr(value, "detach"):
        value = value.detach()
    if hasattr(value, "numpy"):
        value = value.numpy()
    try:
        return float(np.asarray(value, dtype=np.float64).sum())
    except (TypeError, ValueError):
        return None


class Worker:
    """Holds the open case."""

    def __init__(self, peer: str, threads: int) -> None:
        self.peer, self.threads = peer, threads
        self.version = str(self.namespace()["version"])
        self.time: Callable[[int], float]
        self.close()

    def namespace(self) -> dict[str, Any]:
        namespace = names(self.threads)
        exec(PRELUDES[self.peer], namespace)
        return namespace

    def open(self, setup: str, run: str, own_clock: bool) -> float | None:
        namespace = self.namespace()
        exec(setup, namespace)
        if own_clock:
            code = compile(run, "<run>", "eval")
            self.time = lambda number: min(float(eval(code, namespace)) for _ in range(number)) * number
            return None
        # The collector runs as it would in the user's program.
        self.time = timeit.Timer(run, "gc.enable()", globals={**namespace, "gc": gc}).timeit
        return total(eval(run, namespace))

    def close(self) -> None:
        def nothing(number: int) -> float:
            raise RuntimeError("no case is open")

        self.time = nothing
        gc.collect()

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request["do"]:
            case "open":
                return {"total": self.open(request["setup"], request["run"], request["own_clock"])}
            case "time":
                return {"seconds": self.time(request["number"])}
            case _:
                self.close()
                return {}


def main(peer: str, threads: int) -> None:
    """Serves requests from stdin until it ends; the answers go to stdout, and whatever else prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    try:
        worker = Worker(peer, threads)
    except ImportError as error:
        print(json.dumps({"error": str(error)}), file=answers)
        return
    print(json.dumps({"version": worker.version}), file=answers)
    for line in sys.stdin:
        try:
            answer = worker.answer(json.loads(line))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
