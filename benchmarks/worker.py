"""One peer in a process of its own, which does what the driver writes to it, a JSON object a line.

`{"do": "open", ...}` with the arguments of `Worker.open` prepares a case, runs it once and answers with the seconds and
a sample of the result, `{"do": "time", "number": n}` runs it n times and answers with the seconds, `{"do": "close"}`
forgets it. What fails is answered with the error's text.
"""

import functools
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
import timeit
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

# Executed for every case, so that what one case switches on is off again in the next. `own` copies a shared input.
PRELUDES = {
    "needle": """
import needle as ndl, needle_ndarray as nd
from needle_ndarray import kernels
version = ndl.__version__
own = lambda x: nd.asarray(x, copy=True)
""",
    "numpy": """
version = np.__version__
own = np.array
""",
    "torch": """
import torch
F = torch.nn.functional
torch.set_num_threads(THREADS)
torch.set_grad_enabled(False)
version = torch.__version__
own = lambda x: torch.as_tensor(x).clone()
""",
    "jax": """
import jax, jax.numpy as jnp
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_enable_x64", WIDE)
ready = jax.block_until_ready
version = jax.__version__
own = lambda x: jnp.array(x, copy=True)
""",
}

SAMPLES = 256  # elements of a result that are compared with the other peers'
CACHE_BYTES = 1 << 30


bytecode = tempfile.TemporaryDirectory()


def first_import(module: str, environment: Mapping[str, str]) -> float:
    """Seconds that `import module` takes in a fresh interpreter."""
    program = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", program]
    return float(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)


@functools.cache
def with_bytecode(module: str) -> Mapping[str, str]:
    """The environment of an interpreter that finds the bytecode of all that a module imports: it is compiled here."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = bytecode.name
    first_import(module, environment)
    return environment


def import_seconds(module: str) -> float:
    """Time that `import module` takes in a fresh interpreter, from bytecode, as all but the first do for users."""
    return first_import(module, with_bytecode(module))


def process_bytes(program: str, beyond: str = "") -> int:
    """Resident memory of a fresh interpreter that has run a program, beyond what it had after another one before.

    Args:
        program: What is measured.
        beyond: What runs before, and does not count; without it, all counts that the process holds.
    """
    resident = "int(open('/proc/self/statm').read().split()[1])"  # in pages; there is no other measure of the present
    before = resident if beyond else "0"
    text = f"{beyond}\nbefore = {before}\n{program}\nprint({resident} - before)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    return int(done.stdout) * os.sysconf("SC_PAGE_SIZE")


def names(threads: int, shrink: int, seed: int = 0, wide: bool = False) -> dict[str, Any]:
    """The names that snippets see, besides those of their peer: the same random inputs for every peer.

    Args:
        threads: How many threads each peer may use.
        shrink: Divides every extent of 32 or more, so that tests can run all cases in no time.
        seed: Of the generator behind the inputs.
        wide: The case needs numbers of 64 bits.
    """
    generator = np.random.default_rng(seed)

    def size(extent: int) -> int:
        return extent if extent < 32 else max(extent // shrink, 2)

    def normal_of(shape: Sequence[int], dtype: str = "float32") -> np.ndarray:
        return generator.standard_normal(shape, dtype=np.dtype(dtype))

    def normal(*shape: int, dtype: str = "float32") -> np.ndarray:
        return normal_of([*map(size, shape)], dtype)

    def integers(high: int, *shape: int, dtype: str = "int64") -> np.ndarray:
        return generator.integers(size(high), size=tuple(map(size, shape)), dtype=dtype)

    def convolved(images: Sequence[int], weights: Sequence[int], stride: int, padding: int) -> tuple[int, ...]:
        """The shape of the convolution of images (N, H, W, C) and weights (K, K, C, F)."""
        batch, height, width, _, rows, columns, _, filters = map(size, (*images, *weights))
        edges = ((height, rows), (width, columns))
        return batch, *((edge + 2 * padding - kernel) // stride + 1 for edge, kernel in edges), filters

    return {
        "np": np,
        "gc": gc,
        "size": size,
        "convolved": convolved,
        "normal": normal,
        "normal_of": normal_of,
        "integers": integers,
        "import_seconds": import_seconds,
        "process_bytes": process_bytes,
        "THREADS": threads,
        "WIDE": wide,
    }


def sample(value: Any) -> list[float] | None:
    """Evenly spaced elements of what a snippet computed, for comparison with the other peers; None if no numbers."""
    if isinstance(value, tuple | list):
        parts = [sample(part) for part in value]
        return None if not parts or None in parts else [number for part in parts for number in part or ()]
    if value is None:
        return None
    if hasattr(value, "detach"):
        value = value.detach()
    if hasattr(value, "numpy"):
        value = value.numpy()
    flat = np.asarray(value).reshape(-1)
    if flat.dtype.kind not in "biuf":
        return None
    return flat[:: max(flat.size // SAMPLES, 1)][:SAMPLES].astype(np.float64).tolist()


class Worker:
    """Holds the open case, and the inputs of earlier ones for those that share them."""

    def __init__(self, peer: str, threads: int, shrink: int = 1) -> None:
        self.peer, self.threads, self.shrink = peer, threads, shrink
        self.version = str(self.namespace()["version"])
        self.inputs: dict[tuple[str, str, bool], Any] = {}
        self.input_bytes = 0
        self.case: dict[str, Any] = {}
        self.time: Callable[[int], float]
        self.close()

    def namespace(self, wide: bool = False) -> dict[str, Any]:
        namespace = names(self.threads, self.shrink, wide=wide)
        exec(PRELUDES[self.peer], namespace)
        return namespace

    def input(self, name: str, expression: str, namespace: Mapping[str, Any]) -> Any:
        key = (name, expression, namespace["WIDE"])
        if key not in self.inputs:
            made = eval(expression, names(self.threads, self.shrink, zlib.crc32(f"{name} = {expression}".encode())))
            if self.input_bytes + made.nbytes > CACHE_BYTES:
                self.inputs.clear()
                self.input_bytes = 0
            # In the peer's own memory, which is aligned as the peer likes it.
            self.inputs[key] = namespace["own"](made)
            self.input_bytes += made.nbytes
        return self.inputs[key]

    def open(self, inputs: Mapping[str, str], setup: str, run: str, own_clock: bool, wide: bool) -> dict[str, Any]:
        namespace = self.case = self.namespace(wide)
        for name, expression in inputs.items():
            namespace[name] = self.input(name, expression, namespace)
        exec(setup, namespace)
        if own_clock:
            code = compile(run, "<run>", "eval")
            self.time = lambda number: min(float(eval(code, namespace)) for _ in range(number)) * number
            return {"seconds": self.time(1), "sample": None}
        # The collector runs as it would in the user's program.
        self.time = timeit.Timer(run, "gc.enable()", globals=namespace).timeit
        start = time.perf_counter()
        value = eval(run, namespace)
        return {"seconds": time.perf_counter() - start, "sample": sample(value)}

    def close(self) -> None:
        def nothing(number: int) -> float:
            raise RuntimeError("no case is open")

        self.time = nothing
        self.case.clear()  # of functions too, which would keep the arrays alive until the collector runs

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request.pop("do"):
            case "open":
                return self.open(**request)
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
