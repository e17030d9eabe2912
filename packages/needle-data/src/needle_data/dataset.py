"""What a dataset is, and the one made of arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from needle_autograd.numpy_on_demand import np

from .errors import ShapeError
from .transforms import Compose

Transforms = Sequence[Callable[[Any], Any]] | Callable[[Any], Any] | None
"""What the `transforms` argument of a dataset may be: several, one, or none."""


class Dataset:
    """A finite, indexed collection of examples.

    A subclass defines `__len__` and `__getitem__(index)`, which returns one example: an array, or a tuple of arrays and
    numbers. One that can fetch many examples at once also overrides `batch`; `DataLoader` asks for nothing else.

    Args:
        transforms: a callable, or a sequence of them, that `apply_transforms` applies in order.
    """

    transforms: Compose | None = None

    def __init__(self, transforms: Transforms = None) -> None:
        if transforms is not None:
            self.transforms = transforms if isinstance(transforms, Compose) else Compose(transforms)

    def __len__(self) -> int:
        """Return the number of examples."""
        raise NotImplementedError(f"{type(self).__name__} does not say how many examples it has: define __len__.")

    def __getitem__(self, index: Any) -> Any:
        """Return the example at `index`."""
        raise NotImplementedError(f"{type(self).__name__} does not say what its examples are: define __getitem__.")

    def batch(self, indices: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the examples at `indices` as arrays with one more axis, the first.

        This one fetches the examples one by one and stacks them. A dataset that takes index arrays returns
        `self[indices]` here, which is many times faster.

        Args:
            indices: int64 array of shape (N,).

        Returns:
            One array of shape (N, ...) for each part of an example.

        Raises:
            ShapeError: the examples differ in shape or in their number of parts.
        """
        return stack_examples([self[index] for index in indices.tolist()], indices)

    def apply_transforms(self, x: Any) -> Any:
        """Apply this dataset's transforms, in order, to one example's input."""
        return x if self.transforms is None else self.transforms(x)

    def apply_transforms_to_batch(self, x: np.ndarray) -> np.ndarray:
        """Apply the transforms to a batch: at once when every transform can, else example by example.

        Args:
            x: array of shape (N, ...).

        Returns:
            Array of shape (N, ...).
        """
        if self.transforms is None:
            return x
        if self.transforms.batched or not len(x):
            return self.transforms(x)
        return np.stack([self.transforms(example) for example in x])


class ArrayDataset(Dataset):
    """Arrays of equal length side by side: example `i` is the tuple of their rows `i`.

    An index may be an integer, a slice, or an array of integers; the latter two give whole batches.

    Args:
        *arrays: NumPy arrays, nested lists, arrays of needle_ndarray or Tensors, each of shape (N, ...).
        transforms: applied to the row of the first array.

    Raises:
        ShapeError: the lengths differ, or an array has no axis to index.
    """

    def __init__(self, *arrays: Any, transforms: Transforms = None) -> None:
        super().__init__(transforms)
        if not arrays:
            raise ShapeError("ArrayDataset needs at least one array.")
        self.arrays = tuple(as_numpy(array) for array in arrays)
        shapes = [array.shape for array in self.arrays]
        if not all(shapes):
            raise ShapeError(f"ArrayDataset needs arrays with a first axis to index; it was given shapes {shapes}.")
        if len({shape[0] for shape in shapes}) > 1:
            raise ShapeError(f"ArrayDataset needs arrays of equal length; the first axes of {shapes} differ.")

    def __len__(self) -> int:
        """Return the length that the arrays share."""
        return len(self.arrays[0])

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        """Return the tuple of the arrays' rows at `index`."""
        if isinstance(index, np.ndarray) and index.dtype.kind == "i":  # take finds rows in a third of the time
            first, *others = [array.take(index, axis=0) for array in self.arrays]
        else:
            first, *others = [array[index] for array in self.arrays]
        transform = self.apply_transforms if is_integer(index) else self.apply_transforms_to_batch
        return transform(first), *others

    def batch(self, indices: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the rows at `indices`, in one indexing per array."""
        return self[indices]


NDArrayDataset = ArrayDataset


def is_integer(index: object) -> bool:
    """Tell whether `index` picks one example rather than several."""
    return isinstance(index, (int, np.integer))


def as_numpy(value: Any) -> np.ndarray:
    """Return `value` as a NumPy array; Python floats become float32, as in a Tensor."""
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "numpy"):
        return np.asarray(value.numpy())
    array = np.asarray(value)
    is_plain = not hasattr(value, "dtype")
    return array.astype(np.float32) if is_plain and array.dtype == np.float64 else array


def stack_examples(examples: Sequence[Any], indices: np.ndarray) -> tuple[np.ndarray, ...]:
    """Stack examples into one array per part.

    Args:
        examples: N examples, each an array or a tuple (or list) of arrays and numbers.
        indices: where they stood in the dataset, for the error's text.

    Returns:
        One array of shape (N, ...) per part.

    Raises:
        ShapeError: the examples differ in shape or in their number of parts.
    """
    rows = [
        [as_numpy(part) for part in (example if isinstance(example, (tuple, list)) else (example,))]
        for example in examples
    ]
    shapes = [[part.shape for part in row] for row in rows]
    for index, found in zip(indices.tolist(), shapes, strict=True):
        if found != shapes[0]:
            raise ShapeError(
                f"Examples of one batch must have equal shapes: example {indices[0]} has {shapes[0]}, example {index} "
                f"has {found}. Pad or crop them with a transform, or use batch_size=1."
            )
    return tuple(np.stack(parts) for parts in zip(*rows, strict=True))
