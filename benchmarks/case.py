"""What a benchmark case is: one computation, written for each peer, and what the machine needs for it at the least."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PEERS = ("needle", "numpy", "torch", "jax")


@dataclass(frozen=True)
class Snippet:
    """How one peer does it: `setup` runs once, `run` is timed. Both see the case's inputs and worker.py's names."""

    setup: str
    run: str


@dataclass(frozen=True)
class Case:
    """One computation, the same for every peer that has a snippet.

    Attributes:
        name: Short and unique; `--only` matches it.
        inputs: Names of arrays and expressions that make them with NumPy; each peer gets them as arrays of its own.
            Cases share them, so a snippet that writes makes its own copy in `setup`.
        needle, numpy, torch, jax: The peers' snippets, or only what is timed; None where a peer has nothing like it.
        calls: Operations in one run of the snippet: times are per operation.
        reads, writes: Bytes of memory that one operation has to read and write at the least.
        flops: Floating-point operations that one operation has to do.
        wide: Numbers have 64 bits: JAX has to be told, and `flops` are those of float64.
        own_clock: The value of `run` is what is measured, taken by the snippet itself.
        unit: What is measured: "s", seconds, or "B", bytes, which only a snippet itself can take.
        comparable: The peers compute the same numbers; False for random ones and where order is left open.
        target: Needle's median time divided by that of `against` has to be at most this.
        against: The peer that the target names; None is whichever is fastest.
        enough: Reaching this fraction of the limit meets the target as well.
    """

    name: str
    inputs: Mapping[str, str] = field(default_factory=dict)
    needle: Snippet | str | None = None
    numpy: Snippet | str | None = None
    torch: Snippet | str | None = None
    jax: Snippet | str | None = None
    calls: int = 1
    reads: int = 0
    writes: int = 0
    flops: int = 0
    wide: bool = False
    own_clock: bool = False
    unit: str = "s"
    comparable: bool = True
    target: float | None = None
    against: str | None = None
    enough: float | None = None

    def snippet(self, peer: str) -> Snippet | None:
        written: Snippet | str | None = getattr(self, peer)
        return Snippet("", written) if isinstance(written, str) else written


def jitted(arguments: str, formula: str) -> Snippet:
    """What a user of JAX writes: the formula, compiled as one function, and waiting for its result."""
    return Snippet(f"f = jax.jit(lambda {arguments}: {formula})", f"ready(f({arguments}))")


def torch_backward(arguments: str, formula: str, setup: str = "") -> Snippet:
    """The gradients of the arguments for the gradient `grad` of the formula's result; the forward pass is not timed."""
    leaves = "; ".join(f"{name.strip()} = {name.strip()}.detach().requires_grad_()" for name in arguments.split(","))
    return Snippet(
        f"torch.set_grad_enabled(True)\n{setup}\n{leaves}\ny = {formula}",
        f"torch.autograd.grad(y, ({arguments},), grad, retain_graph=True)",
    )


def jax_backward(arguments: str, formula: str, setup: str = "") -> Snippet:
    """The same for JAX: what the forward pass leaves is an argument of the compiled backward pass."""
    return Snippet(
        f"{setup}\ny, back = jax.vjp(lambda {arguments}: {formula}, {arguments})\nf = jax.jit(lambda back, g: back(g))",
        "ready(f(back, grad))",
    )
