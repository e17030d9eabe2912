"""Data sets: one carried along, the others read from a folder."""

from .digits import Digits as Digits
from .images import ImageDataset as ImageDataset
from .mnist import MNIST as MNIST
from .mnist import FashionMNIST as FashionMNIST
from .mnist import MNISTDataset as MNISTDataset

__all__ = ["MNIST", "Digits", "FashionMNIST", "ImageDataset", "MNISTDataset"]
