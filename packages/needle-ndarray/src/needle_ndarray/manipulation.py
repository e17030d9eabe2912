"""Functions that change shape and order, as views wherever the strides allow it."""

from ._core import broadcast_arrays as broadcast_arrays
from ._core import broadcast_shapes as broadcast_shapes
from ._core import broadcast_to as broadcast_to
from ._core import concat as concat
from ._core import diagonal as diagonal
from ._core import expand_dims as expand_dims
from ._core import flip as flip
from ._core import moveaxis as moveaxis
from ._core import permute_dims as permute_dims
from ._core import repeat as repeat
from ._core import reshape as reshape
from ._core import roll as roll
from ._core import split as split
from ._core import squeeze as squeeze
from ._core import stack as stack
from ._core import swapaxes as swapaxes
from ._core import tile as tile
from ._core import unstack as unstack
