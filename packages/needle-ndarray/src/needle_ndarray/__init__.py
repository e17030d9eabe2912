"""Strided n-dimensional arrays on CPU and CUDA, after the Python Array API standard.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.arange(6.0).reshape(2, 3)
    >>> (x + x.T.reshape(2, 3)).sum(axis=1)
    array([ 9., 21.])
"""

from . import kernels as kernels
from . import random as random
from ._core import Layout as Layout
from ._core import NDArray as NDArray
from ._core import cache_limit as cache_limit
from ._core import conv2d as conv2d
from ._core import empty_cache as empty_cache
from ._core import memory_limit as memory_limit
from ._core import memory_statistics as memory_statistics
from ._core import num_threads as num_threads
from ._core import reset_peak_memory as reset_peak_memory
from ._core import set_cache_limit as set_cache_limit
from ._core import set_memory_limit as set_memory_limit
from ._core import set_num_threads as set_num_threads
from .constants import e as e
from .constants import inf as inf
from .constants import nan as nan
from .constants import newaxis as newaxis
from .constants import pi as pi
from .creation import arange as arange
from .creation import array as array
from .creation import asarray as asarray
from .creation import empty as empty
from .creation import empty_like as empty_like
from .creation import eye as eye
from .creation import from_dlpack as from_dlpack
from .creation import full as full
from .creation import full_like as full_like
from .creation import linspace as linspace
from .creation import meshgrid as meshgrid
from .creation import ones as ones
from .creation import ones_like as ones_like
from .creation import tril as tril
from .creation import triu as triu
from .creation import zeros as zeros
from .creation import zeros_like as zeros_like
from .devices import Device as Device
from .devices import all_devices as all_devices
from .devices import cpu as cpu
from .devices import cuda as cuda
from .devices import default_device as default_device
from .dtypes import DType as DType
from .dtypes import astype as astype
from .dtypes import bfloat16 as bfloat16
from .dtypes import bool as bool
from .dtypes import can_cast as can_cast
from .dtypes import finfo as finfo
from .dtypes import float16 as float16
from .dtypes import float32 as float32
from .dtypes import float64 as float64
from .dtypes import iinfo as iinfo
from .dtypes import int8 as int8
from .dtypes import int16 as int16
from .dtypes import int32 as int32
from .dtypes import int64 as int64
from .dtypes import isdtype as isdtype
from .dtypes import result_type as result_type
from .dtypes import uint8 as uint8
from .dtypes import uint16 as uint16
from .dtypes import uint32 as uint32
from .dtypes import uint64 as uint64
from .elementwise import abs as abs
from .elementwise import acos as acos
from .elementwise import acosh as acosh
from .elementwise import add as add
from .elementwise import asin as asin
from .elementwise import asinh as asinh
from .elementwise import atan as atan
from .elementwise import atan2 as atan2
from .elementwise import atanh as atanh
from .elementwise import bitwise_and as bitwise_and
from .elementwise import bitwise_invert as bitwise_invert
from .elementwise import bitwise_left_shift as bitwise_left_shift
from .elementwise import bitwise_or as bitwise_or
from .elementwise import bitwise_right_shift as bitwise_right_shift
from .elementwise import bitwise_xor as bitwise_xor
from .elementwise import ceil as ceil
from .elementwise import clip as clip
from .elementwise import conj as conj
from .elementwise import copysign as copysign
from .elementwise import cos as cos
from .elementwise import cosh as cosh
from .elementwise import divide as divide
from .elementwise import equal as equal
from .elementwise import erf as erf
from .elementwise import erfc as erfc
from .elementwise import exp as exp
from .elementwise import expm1 as expm1
from .elementwise import floor as floor
from .elementwise import floor_divide as floor_divide
from .elementwise import greater as greater
from .elementwise import greater_equal as greater_equal
from .elementwise import hypot as hypot
from .elementwise import imag as imag
from .elementwise import isfinite as isfinite
from .elementwise import isinf as isinf
from .elementwise import isnan as isnan
from .elementwise import less as less
from .elementwise import less_equal as less_equal
from .elementwise import log as log
from .elementwise import log1p as log1p
from .elementwise import log2 as log2
from .elementwise import log10 as log10
from .elementwise import logaddexp as logaddexp
from .elementwise import logical_and as logical_and
from .elementwise import logical_not as logical_not
from .elementwise import logical_or as logical_or
from .elementwise import logical_xor as logical_xor
from .elementwise import maximum as maximum
from .elementwise import minimum as minimum
from .elementwise import multiply as multiply
from .elementwise import negative as negative
from .elementwise import nextafter as nextafter
from .elementwise import not_equal as not_equal
from .elementwise import positive as positive
from .elementwise import pow as pow
from .elementwise import real as real
from .elementwise import reciprocal as reciprocal
from .elementwise import remainder as remainder
from .elementwise import round as round
from .elementwise import sigmoid as sigmoid
from .elementwise import sign as sign
from .elementwise import signbit as signbit
from .elementwise import sin as sin
from .elementwise import sinh as sinh
from .elementwise import sqrt as sqrt
from .elementwise import square as square
from .elementwise import subtract as subtract
from .elementwise import tan as tan
from .elementwise import tanh as tanh
from .elementwise import trunc as trunc
from .errors import BackendUnavailable as BackendUnavailable
from .errors import DeviceError as DeviceError
from .errors import DTypeError as DTypeError
from .errors import ShapeError as ShapeError
from .indexing import add_at as add_at
from .indexing import index_add as index_add
from .indexing import put_along_axis as put_along_axis
from .indexing import take as take
from .indexing import take_along_axis as take_along_axis
from .linear_algebra import matmul as matmul
from .linear_algebra import matrix_transpose as matrix_transpose
from .linear_algebra import tensordot as tensordot
from .linear_algebra import vecdot as vecdot
from .manipulation import broadcast_arrays as broadcast_arrays
from .manipulation import broadcast_shapes as broadcast_shapes
from .manipulation import broadcast_to as broadcast_to
from .manipulation import concat as concat
from .manipulation import diagonal as diagonal
from .manipulation import expand_dims as expand_dims
from .manipulation import flip as flip
from .manipulation import moveaxis as moveaxis
from .manipulation import permute_dims as permute_dims
from .manipulation import repeat as repeat
from .manipulation import reshape as reshape
from .manipulation import roll as roll
from .manipulation import split as split
from .manipulation import squeeze as squeeze
from .manipulation import stack as stack
from .manipulation import swapaxes as swapaxes
from .manipulation import tile as tile
from .manipulation import unstack as unstack
from .probability import log_softmax as log_softmax
from .probability import logsumexp as logsumexp
from .probability import softmax as softmax
from .reductions import cumulative_prod as cumulative_prod
from .reductions import cumulative_sum as cumulative_sum
from .reductions import max as max
from .reductions import mean as mean
from .reductions import min as min
from .reductions import prod as prod
from .reductions import std as std
from .reductions import sum as sum
from .reductions import var as var
from .searching import argmax as argmax
from .searching import argmin as argmin
from .searching import count_nonzero as count_nonzero
from .searching import nonzero as nonzero
from .searching import searchsorted as searchsorted
from .searching import where as where
from .sets import isin as isin
from .sets import unique_all as unique_all
from .sets import unique_counts as unique_counts
from .sets import unique_inverse as unique_inverse
from .sets import unique_values as unique_values
from .sorting import argsort as argsort
from .sorting import sort as sort
from .utility import all as all
from .utility import any as any
from .utility import diff as diff

__array_api_version__ = "2025.12"
__version__: str

# What is seldom needed or slow to import is loaded on first use. To add a name, write it into both lists below: the
# first says where it is defined (a name that equals its module's stands for the module), the second tells type checkers
# and editors. A module must not have the name of a function in it, for importing it would hide the function.
_ON_FIRST_USE = {
    "__array_namespace_info__": "inspection",
    "build_info": "info",
    "einsum": "contraction",
    "linalg": "linalg",
    "get_printoptions": "printing",
    "load": "npy",
    "printoptions": "printing",
    "save": "npy",
    "savez": "npy",
    "savez_compressed": "npy",
    "set_printoptions": "printing",
    "pad": "padding",
}
TYPE_CHECKING = False  # type checkers take it for True; importing typing takes longer than all of this package
if TYPE_CHECKING:
    from . import linalg as linalg
    from .contraction import einsum as einsum
    from .info import build_info as build_info
    from .inspection import __array_namespace_info__ as __array_namespace_info__
    from .npy import load as load
    from .npy import save as save
    from .npy import savez as savez
    from .npy import savez_compressed as savez_compressed
    from .padding import pad as pad
    from .printing import get_printoptions as get_printoptions
    from .printing import printoptions as printoptions
    from .printing import set_printoptions as set_printoptions
else:

    def __getattr__(name):
        if name == "__version__":
            return __getattr__("build_info")()["version"]
        if name not in _ON_FIRST_USE:
            raise AttributeError(f"module 'needle_ndarray' has no attribute '{name}'")
        from importlib import import_module  # noqa: PLC0415 - as everything that is loaded here

        value = import_module(f".{_ON_FIRST_USE[name]}", __name__)
        if name != _ON_FIRST_USE[name]:
            value = getattr(value, name)
        globals()[name] = value
        return value

    def __dir__():
        return sorted({*globals(), *_ON_FIRST_USE} - {"TYPE_CHECKING"})
