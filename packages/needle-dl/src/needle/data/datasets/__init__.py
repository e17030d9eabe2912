"""The data sets, from needle_data.datasets."""

from needle_data.datasets import MNIST as MNIST
from needle_data.datasets import Digits as Digits
from needle_data.datasets import FashionMNIST as FashionMNIST
from needle_data.datasets import ImageDataset as ImageDataset
from needle_data.datasets import MNISTDataset as MNISTDataset
