"""Reading, writing and adding by integer arrays."""

from ._core import add_at as add_at
from ._core import index_add as index_add
from ._core import put_along_axis as put_along_axis
from ._core import take as take
from ._core import take_along_axis as take_along_axis
