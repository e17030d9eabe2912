"""The order in which a loader visits a dataset's examples."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from needle_autograd import random
from needle_autograd.numpy_on_demand import np


class Sampler:
    """An order of the indices 0 .. length-1; `indices` gives that of the next pass.

    Args:
        length: how many examples there are.
    """

    def __init__(self, length: int) -> None:
        if length < 0:
            raise ValueError(f"A sampler needs a length of 0 or more; it was given {length}.")
        self.length = length

    def indices(self) -> np.ndarray:
        """Return the indices of one pass, in their order: int64 of shape (length,)."""
        raise NotImplementedError(f"{type(self).__name__} does not say its order: define indices.")

    def __iter__(self) -> Iterator[int]:
        """Start a pass and yield its indices as Python integers."""
        return iter(self.indices().tolist())

    def __len__(self) -> int:
        """Return how many indices one pass has."""
        return self.length


class SequentialSampler(Sampler):
    """Visits the examples as they stand."""

    def indices(self) -> np.ndarray:
        """Return 0, 1, .., length-1."""
        return np.arange(self.length)


class RandomSampler(Sampler):
    """Visits every example once a pass, each time in another random order.

    Args:
        length: how many examples there are.
        seed: starts a generator of the sampler's own, so that its orders depend on nothing else.
        generator: draws from this one. With neither, the default generator of `needle_autograd.random` is used.

    Raises:
        ValueError: both a seed and a generator are given.
    """

    def __init__(self, length: int, *, seed: int | None = None, generator: Any = None) -> None:
        super().__init__(length)
        if seed is not None and generator is not None:
            raise ValueError("Give either a seed or a generator: a generator has been seeded already.")
        self.generator = generator if seed is None else random.Generator(seed)

    def indices(self) -> np.ndarray:
        """Return a fresh permutation of 0 .. length-1."""
        return random.permutation(self.length, generator=self.generator)


class BatchSampler:
    """Cuts the order of another sampler into batches.

    Args:
        sampler: a Sampler, or anything of known length whose iteration gives indices, such as a list.
        batch_size: how many indices a batch has.
        drop_last: leaves out the last batch when it is smaller; otherwise it is kept.

    Raises:
        ValueError: a batch size that is no whole number above 0.
    """

    def __init__(self, sampler: Sampler | Collection[int], batch_size: int, drop_last: bool = False) -> None:
        if not isinstance(batch_size, (int, np.integer)) or isinstance(batch_size, bool) or batch_size < 1:
            raise ValueError(f"A batch size must be a whole number of 1 or more; it is {batch_size!r}.")
        self.sampler, self.batch_size, self.drop_last = sampler, int(batch_size), drop_last

    def batches(self) -> list[np.ndarray]:
        """Start a pass and return its batches, each an int64 array of indices."""
        sampler = self.sampler
        order = sampler.indices() if isinstance(sampler, Sampler) else np.array(list(sampler), dtype=np.int64)
        stop = len(order) - len(order) % self.batch_size if self.drop_last else len(order)
        return [order[start : min(start + self.batch_size, stop)] for start in range(0, stop, self.batch_size)]

    def __iter__(self) -> Iterator[np.ndarray]:
        """Start a pass and yield its batches."""
        return iter(self.batches())

    def __len__(self) -> int:
        """Return how many batches one pass has."""
        full, rest = divmod(len(self.sampler), self.batch_size)
        return full if self.drop_last or not rest else full + 1
