"""From a dataset to batches of tensors."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from needle_autograd import Tensor
from needle_autograd.numpy_on_demand import np

from .dataset import Dataset, stack_examples
from .sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler


class DataLoader:
    """Yields a dataset's examples in batches: tuples of Tensors that require no gradient.

    Each `iter(loader)` starts a pass of its own, so two loops over one loader do not disturb each other. `next(loader)`
    goes on with the latest pass, and starts the first one if there is none. Everything happens in the calling thread.

    Args:
        dataset: a `Dataset`, or anything with `len()` and `[i]`, such as a list of (input, label) pairs.
        batch_size: examples in a batch.
        shuffle: visits the examples in a new random order each pass.
        drop_last: leaves out the last batch when it is smaller; otherwise it is kept.
        seed: makes the orders depend on this number alone.
        generator: draws the orders from this generator instead of the default one of `needle_autograd.random`.
        sampler: gives the order itself, in place of `shuffle`: see `BatchSampler`.
        device: where the tensors are put.

    Raises:
        TypeError: a dataset without length or index.
        ValueError: a bad batch size, or arguments that contradict each other.

    Example:
        >>> from needle_data import ArrayDataset, DataLoader
        >>> loader = DataLoader(ArrayDataset([[0.0], [1.0], [2.0]], [0, 1, 0]), batch_size=2)
        >>> [x.shape for x, y in loader]
        [(2, 1), (1, 1)]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int = 1,
        shuffle: bool = False,
        *,
        drop_last: bool = False,
        seed: int | None = None,
        generator: Any = None,
        sampler: Sampler | Collection[int] | None = None,
        device: Any = None,
    ) -> None:
        if not (hasattr(dataset, "__len__") and hasattr(dataset, "__getitem__")):
            raise TypeError(
                f"DataLoader needs a dataset with len() and [index]; a {type(dataset).__name__} lacks them. "
                f"Wrap arrays in ArrayDataset(x, y)."
            )
        if sampler is not None and (shuffle or seed is not None or generator is not None):
            raise ValueError("A sampler gives the order by itself: leave out shuffle, seed and generator.")
        if sampler is None and shuffle:
            sampler = RandomSampler(len(dataset), seed=seed, generator=generator)
        elif sampler is None:
            sampler = SequentialSampler(len(dataset))
        self.dataset = dataset
        self.device = device
        self.batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.ordering: list[np.ndarray] = [] if shuffle else self.batch_sampler.batches()
        self._pass: Iterator[tuple[Tensor, ...]] | None = None

    @property
    def batch_size(self) -> int:
        """The number of examples in a full batch."""
        return self.batch_sampler.batch_size

    def __len__(self) -> int:
        """Return the number of batches in a pass."""
        return len(self.batch_sampler)

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        """Start a new pass; its index arrays stand in `ordering`."""
        self.ordering = self.batch_sampler.batches()
        self._pass = self._load(self.ordering)
        return self._pass

    def __next__(self) -> tuple[Tensor, ...]:
        """Return the next batch of the latest pass."""
        return next(iter(self) if self._pass is None else self._pass)

    def _load(self, ordering: list[np.ndarray]) -> Iterator[tuple[Tensor, ...]]:
        for indices in ordering:
            arrays = self._fetch(indices)
            yield tuple([Tensor(array, device=self.device, requires_grad=False) for array in arrays])

    def _fetch(self, indices: np.ndarray) -> tuple[np.ndarray, ...]:
        if isinstance(self.dataset, Dataset):
            batch = self.dataset.batch(indices)
            return tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)
        return stack_examples([self.dataset[index] for index in indices.tolist()], indices)
