"""MNIST and the data sets that come in its files' form."""

from __future__ import annotations

from pathlib import Path

from needle_autograd.numpy_on_demand import np

from ..dataset import Transforms
from ..errors import DataNotFoundError, FormatError
from ..idx import read_idx
from .images import ImageDataset


class MNIST(ImageDataset):
    """60,000 handwritten digits of 28 x 28 pixels to train on, and 10,000 to test on.

    They are read from a folder that holds the files under their usual names, gzip-compressed (`.gz`) or plain:
    `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`, `t10k-images-idx3-ubyte`, `t10k-labels-idx1-ubyte`.

    Args:
        root: the folder.
        train: the training images, or else the test images.
        transforms: a callable, or a sequence of them, applied to float32 images of shape (28, 28, 1) between 0 and 1.

    Raises:
        DataNotFoundError: a file is missing; the text lists what was looked for, and where it can be had.
        FormatError: a file is no IDX file, is damaged, or does not belong to the other.

    Source: Y. LeCun, C. Cortes, C. Burges, The MNIST database of handwritten digits, <http://yann.lecun.com/exdb/mnist/>.
    """

    classes = 10
    where = "They are the four files of the MNIST database, <http://yann.lecun.com/exdb/mnist/>."

    def __init__(self, root: str | Path, train: bool = True, transforms: Transforms = None) -> None:
        kind = "train" if train else "t10k"
        names = (f"{kind}-images-idx3-ubyte", f"{kind}-labels-idx1-ubyte")
        found = [path for name in names if (path := find_file(root, name))]
        if len(found) < len(names):
            raise DataNotFoundError(
                f"{type(self).__name__} did not find all of its files in {root}. It looked for "
                f"{' and '.join(f'{name}[.gz]' for name in names)}. {self.where}"
            )
        images, labels = read_labelled_images(found[0], found[1], classes=self.classes)
        super().__init__(images, labels.astype(np.int64), transforms=transforms)


class FashionMNIST(MNIST):
    """70,000 photographs of clothes in ten classes, in the form of MNIST, and harder than it.

    The arguments are those of `MNIST`; `root` is by default where Debian's package puts the files.

    Source: H. Xiao, K. Rasul, R. Vollgraf, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning
    Algorithms, 2017, <https://arxiv.org/abs/1708.07747>.
    """

    debian_folder = "/usr/share/datasets/fashion-mnist"
    where = f"Debian's package dataset-fashion-mnist puts them into {debian_folder}."

    def __init__(self, root: str | Path = debian_folder, train: bool = True, transforms: Transforms = None) -> None:
        super().__init__(root, train, transforms)


class MNISTDataset(ImageDataset):
    """Two files in the form of MNIST, named one by one; images come out flat.

    Example `i` is (image of shape (height * width,), label), float32 between 0 and 1 and uint8. Transforms see
    (height, width, 1).

    Args:
        image_filename: an IDX file of bytes of three dimensions, gzip-compressed or plain.
        label_filename: an IDX file of bytes of one dimension, with values from 0 to 9.
        transforms: a callable, or a sequence of them.

    Raises:
        FormatError: a file is no IDX file, is damaged, or does not belong to the other.
    """

    def __init__(self, image_filename: str | Path, label_filename: str | Path, transforms: Transforms = None) -> None:
        super().__init__(*read_labelled_images(image_filename, label_filename, classes=10), transforms=transforms)

    def arrange(self, images: np.ndarray) -> np.ndarray:
        """Join the axes of an image: (..., height, width, 1) -> (..., height * width)."""
        return images.reshape(*images.shape[:-3], -1)


def read_labelled_images(images: str | Path, labels: str | Path, *, classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Read images and their labels from two IDX files and check that they belong together.

    Args:
        images: file of bytes of shape (N, height, width).
        labels: file of bytes of shape (N,).
        classes: labels must be less than this.

    Returns:
        Both arrays, as uint8.

    Raises:
        FormatError: a file is damaged or foreign, their lengths differ, or a label is out of range.
    """
    pixels = read_idx(images, dtype="uint8", ndim=3)
    classes_of = read_idx(labels, dtype="uint8", ndim=1)
    if len(pixels) != len(classes_of):
        raise FormatError(f"{images} has {len(pixels)} images, but {labels} has {len(classes_of)} labels.")
    wrong = np.flatnonzero(classes_of >= classes)
    if wrong.size:
        raise FormatError(
            f"{labels}: label {classes_of[wrong[0]]} at position {wrong[0]} is out of range; the classes are 0 to "
            f"{classes - 1}."
        )
    return pixels, classes_of


def find_file(root: str | Path, name: str) -> Path | None:
    """Return the path of `name` in the folder `root`, compressed or plain, or None."""
    return next((path for path in (Path(root, f"{name}.gz"), Path(root, name)) if path.is_file()), None)
