"""The data set that is carried inside the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from needle_autograd.numpy_on_demand import np

from ..dataset import Transforms
from ..idx import read_idx
from .images import ImageDataset

FILES = Path(__file__).with_name("files")


class Digits(ImageDataset):
    """1,797 real handwritten digits of 8 x 8 pixels: the first data set to try, with no download.

    The split is fixed: of each class's images, in the order of the source, every fifth belongs to the test set. That
    gives 1,442 images to train on and 355 to test on, with the classes in equal proportions. Both sets hold every
    writer, so the test measures new drawings, not new hands.

    Args:
        train: the training images, or else the test images.
        transforms: a callable, or a sequence of them, applied to float32 images of shape (8, 8, 1) between 0 and 1.

    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998;
    CC BY 4.0. Files and licence are in this package's folder `datasets/files`.

    Example:
        >>> image, label = Digits()[0]
        >>> image.shape, int(label)
        ((1, 8, 8), 0)
    """

    classes = 10

    def __init__(self, train: bool = True, transforms: Transforms = None) -> None:
        images, labels = _read()
        chosen = _is_test(labels) != bool(train)
        super().__init__(images[chosen], labels[chosen], maximum=16, transforms=transforms)


@cache
def _read() -> tuple[np.ndarray, np.ndarray]:
    images = read_idx(FILES / "digits-images-idx3-ubyte.gz", dtype="uint8", ndim=3)
    labels = read_idx(FILES / "digits-labels-idx1-ubyte.gz", dtype="uint8", ndim=1)
    return images, labels.astype(np.int64)


def _is_test(labels: np.ndarray) -> np.ndarray:
    rank_in_class = np.empty_like(labels)
    for label in range(Digits.classes):
        members = labels == label
        rank_in_class[members] = np.arange(members.sum())
    return rank_in_class % 5 == 4
