"""Sorting along an axis."""

from ._core import argsort as argsort
from ._core import sort as sort
