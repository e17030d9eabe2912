"""Reading and adding by integer arrays."""

from ._core import index_add as index_add
from ._core import take as take
