"""Labelled images, kept as bytes and converted as they are read."""

from __future__ import annotations

from typing import Any

from needle_autograd.numpy_on_demand import np

from ..dataset import Dataset, Transforms, is_integer
from ..errors import ShapeError
from ..transforms import ToFloat


class ImageDataset(Dataset):
    """Images with one label each: example `i` is (image, label).

    Images are stored as integers, a quarter of the memory of floats. What comes out is float32 between 0 and 1 of shape
    (channels, height, width), as convolutions take it. Transforms are applied before that change of axes and see
    (height, width, channels). An index may be an integer, a slice, or an array of integers.

    Args:
        images: integers of shape (N, height, width) or (N, height, width, channels).
        labels: integers of shape (N,).
        maximum: the pixel value that becomes 1.
        transforms: a callable, or a sequence of them.

    Raises:
        ShapeError: the shapes are others, or there are not as many labels as images.
    """

    def __init__(
        self, images: np.ndarray, labels: np.ndarray, *, maximum: float = 255, transforms: Transforms = None
    ) -> None:
        super().__init__(transforms)
        if images.ndim not in (3, 4) or labels.shape != images.shape[:1]:
            raise ShapeError(
                f"ImageDataset needs images of shape (N, height, width) or (N, height, width, channels) and labels of "
                f"shape (N,); it was given {images.shape} and {labels.shape}."
            )
        self.images = images if images.ndim == 4 else images[..., np.newaxis]
        self.labels = labels
        self.to_float = ToFloat(maximum)

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self.images)

    def __getitem__(self, index: Any) -> tuple[np.ndarray, Any]:
        """Return (image, label), or a batch of both for a slice or an index array."""
        images = self.to_float(self.images[index])
        transform = self.apply_transforms if is_integer(index) else self.apply_transforms_to_batch
        return self.arrange(transform(images)), self.labels[index]

    def batch(self, indices: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return the images (N, channels, height, width) and labels (N,) at `indices`."""
        return self[indices]

    def arrange(self, images: np.ndarray) -> np.ndarray:
        """Move the channels in front: (..., height, width, channels) -> (..., channels, height, width)."""
        return np.moveaxis(images, -1, -3)
