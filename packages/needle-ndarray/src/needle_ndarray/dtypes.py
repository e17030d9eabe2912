"""The element types, and questions about them.

A `DType` equals its name and NumPy's dtype of that name: ``x.dtype == "float32"``. float16 and bfloat16 are for
storage: loops compute in float32 and round the result once.
"""

from ._core import DType as DType
from ._core import bfloat16 as bfloat16
from ._core import bool_
from ._core import float16 as float16
from ._core import float32 as float32
from ._core import float64 as float64
from ._core import int8 as int8
from ._core import int16 as int16
from ._core import int32 as int32
from ._core import int64 as int64
from ._core import result_type as result_type
from ._core import uint8 as uint8
from ._core import uint16 as uint16
from ._core import uint32 as uint32
from ._core import uint64 as uint64

bool = bool_  # the standard's name
