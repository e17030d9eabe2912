"""What a benchmark case is: one computation, written for each peer, and what the machine needs for it at the least."""

from dataclasses import dataclass

PEERS = ("needle", "numpy", "torch")


@dataclass(frozen=True)
class Snippet:
    """How one peer does it: `setup` runs once, `run` is timed. Both see the names that worker.py prepares."""

    setup: str
    run: str


@dataclass(frozen=True)
class Case:
    """One computation, the same for every peer that has a snippet.

    Attributes:
        name: Short and unique; `--only` matches it.
        needle, numpy, torch: The peers' snippets; None where a peer has nothing like it.
        calls: Operations in one run of the snippet: times are per operation.
        traffic: Bytes of memory that one operation has to read and write.
        flops: Floating-point operations that one operation has to do.
        own_clock: The value of `run` is the time in seconds, taken by the snippet itself.
    """

    name: str
    needle: Snippet | None = None
    numpy: Snippet | None = None
    torch: Snippet | None = None
    calls: int = 1
    traffic: int = 0
    flops: int = 0
    own_clock: bool = False

    def snippet(self, peer: str) -> Snippet | None:
        snippet: Snippet | None = getattr(self, peer)
        return snippet
