"""The data sets that `needle train` knows by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from needle_data import MNIST, Digits, FashionMNIST, ImageDataset, Normalize


@dataclass(frozen=True)
class Task:
    """An image classification: its data, the mean and standard deviation of its training pixels, its usual settings."""

    read: Callable[..., ImageDataset]
    mean: float
    std: float
    default_batch_size: int
    default_folder: str | None = None
    classes: int = 10


TASKS = {
    "digits": Task(Digits, mean=0.305, std=0.376, default_batch_size=32),
    "mnist": Task(MNIST, mean=0.1307, std=0.3081, default_batch_size=128, default_folder="data/mnist"),
    "fashion-mnist": Task(
        FashionMNIST, mean=0.2860, std=0.3530, default_batch_size=128, default_folder=FashionMNIST.debian_folder
    ),
}


def read_task(name: str, folder: str | Path | None = None, *, train: bool) -> ImageDataset:
    """Read one part of a data set, with its images normalized.

    Args:
        name: a key of `TASKS`.
        folder: where its files are; None is the data set's usual place. `digits` needs none.
        train: the part to train on, or else to test on.

    Raises:
        DataNotFoundError: files are missing.
        FormatError: a file is damaged or foreign.
    """
    task = TASKS[name]
    folder = folder or task.default_folder
    where = () if task.default_folder is None else (folder,)
    return task.read(*where, train=train, transforms=Normalize(task.mean, task.std))
