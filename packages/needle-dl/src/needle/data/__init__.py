"""Datasets, loaders and transforms, from needle_data."""

from needle_data import MNIST as MNIST
from needle_data import ArrayDataset as ArrayDataset
from needle_data import BatchSampler as BatchSampler
from needle_data import Compose as Compose
from needle_data import DataLoader as DataLoader
from needle_data import DataNotFoundError as DataNotFoundError
from needle_data import Dataset as Dataset
from needle_data import Digits as Digits
from needle_data import FashionMNIST as FashionMNIST
from needle_data import FormatError as FormatError
from needle_data import ImageDataset as ImageDataset
from needle_data import MNISTDataset as MNISTDataset
from needle_data import NDArrayDataset as NDArrayDataset
from needle_data import Normalize as Normalize
from needle_data import RandomSampler as RandomSampler
from needle_data import Sampler as Sampler
from needle_data import SequentialSampler as SequentialSampler
from needle_data import ToFloat as ToFloat
from needle_data import read_idx as read_idx

from . import datasets as datasets
