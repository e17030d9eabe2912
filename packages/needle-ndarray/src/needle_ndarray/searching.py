"""Where elements are: not zero, largest, smallest, or the place of a value in a sorted array; and choices by a mask."""

from ._core import argmax as argmax
from ._core import argmin as argmin
from ._core import count_nonzero as count_nonzero
from ._core import nonzero as nonzero
from ._core import searchsorted as searchsorted
from ._core import where as where
