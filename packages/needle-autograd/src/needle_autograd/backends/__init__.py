"""The contract between tensors and arrays: the Array API standard, and a protocol of deep-learning kernels."""

from .native import kernels as kernels
from .selection import array_namespace as array_namespace
from .selection import check_device as check_device
from .selection import current_namespace as current_namespace
from .selection import device_of as device_of
from .selection import dtype_kind as dtype_kind
from .selection import dtype_name as dtype_name
from .selection import dtype_namespace as dtype_namespace
from .selection import get_backend as get_backend
from .selection import is_array as is_array
from .selection import named_dtype as named_dtype
from .selection import set_backend as set_backend
