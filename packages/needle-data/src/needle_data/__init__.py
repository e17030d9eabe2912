"""Datasets, samplers, data loaders and transforms."""

from . import datasets as datasets
from .dataset import ArrayDataset as ArrayDataset
from .dataset import Dataset as Dataset
from .dataset import NDArrayDataset as NDArrayDataset
from .datasets import MNIST as MNIST
from .datasets import Digits as Digits
from .datasets import FashionMNIST as FashionMNIST
from .datasets import ImageDataset as ImageDataset
from .datasets import MNISTDataset as MNISTDataset
from .errors import DataNotFoundError as DataNotFoundError
from .errors import FormatError as FormatError
from .idx import read_idx as read_idx
from .loader import DataLoader as DataLoader
from .sampler import BatchSampler as BatchSampler
from .sampler import RandomSampler as RandomSampler
from .sampler import Sampler as Sampler
from .sampler import SequentialSampler as SequentialSampler
from .transforms import Compose as Compose
from .transforms import Normalize as Normalize
from .transforms import ToFloat as ToFloat

__version__ = "0.1.0"

__all__ = [
    "MNIST",
    "ArrayDataset",
    "BatchSampler",
    "Compose",
    "DataLoader",
    "DataNotFoundError",
    "Dataset",
    "Digits",
    "FashionMNIST",
    "FormatError",
    "ImageDataset",
    "MNISTDataset",
    "NDArrayDataset",
    "Normalize",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "ToFloat",
    "datasets",
    "read_idx",
]
