"""Functions of each element: arithmetic, comparisons, logic, exponentials, angles."""

from __future__ import annotations

from ._core import abs as abs
from ._core import acos as acos
from ._core import acosh as acosh
from ._core import add as add
from ._core import asarray, zeros
from ._core import asin as asin
from ._core import asinh as asinh
from ._core import atan as atan
from ._core import atan2 as atan2
from ._core import atanh as atanh
from ._core import bitwise_and as bitwise_and
from ._core import bitwise_invert as bitwise_invert
from ._core import bitwise_left_shift as bitwise_left_shift
from ._core import bitwise_or as bitwise_or
from ._core import bitwise_right_shift as bitwise_right_shift
from ._core import bitwise_xor as bitwise_xor
from ._core import ceil as ceil
from ._core import clip as clip
from ._core import copysign as copysign
from ._core import cos as cos
from ._core import cosh as cosh
from ._core import divide as divide
from ._core import equal as equal
from ._core import erf as erf
from ._core import erfc as erfc
from ._core import exp as exp
from ._core import expm1 as expm1
from ._core import floor as floor
from ._core import floor_divide as floor_divide
from ._core import greater as greater
from ._core import greater_equal as greater_equal
from ._core import hypot as hypot
from ._core import isfinite as isfinite
from ._core import isinf as isinf
from ._core import isnan as isnan
from ._core import less as less
from ._core import less_equal as less_equal
from ._core import log as log
from ._core import log1p as log1p
from ._core import log2 as log2
from ._core import log10 as log10
from ._core import logaddexp as logaddexp
from ._core import logical_and as logical_and
from ._core import logical_not as logical_not
from ._core import logical_or as logical_or
from ._core import logical_xor as logical_xor
from ._core import maximum as maximum
from ._core import minimum as minimum
from ._core import multiply as multiply
from ._core import negative as negative
from ._core import nextafter as nextafter
from ._core import not_equal as not_equal
from ._core import positive as positive
from ._core import pow as pow
from ._core import reciprocal as reciprocal
from ._core import remainder as remainder
from ._core import round as round
from ._core import sigmoid as sigmoid
from ._core import sign as sign
from ._core import signbit as signbit
from ._core import sin as sin
from ._core import sinh as sinh
from ._core import sqrt as sqrt
from ._core import square as square
from ._core import subtract as subtract
from ._core import tan as tan
from ._core import tanh as tanh
from ._core import trunc as trunc
from .errors import DTypeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._core import ArrayLike, NDArray


def real(x: ArrayLike, /) -> NDArray:
    """The real part of each element: the array itself, since no dtype is complex.

    Args:
        x: Array, or what `asarray` takes, of numbers.

    Returns:
        x, with shared memory.

    Raises:
        DTypeError: x is of bool.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.real([1.5, -2.0])
        array([ 1.5, -2. ])
    """
    return _numbers(x, "real")


def imag(x: ArrayLike, /) -> NDArray:
    """The imaginary part of each element: 0, since no dtype is complex.

    Args:
        x: Array, or what `asarray` takes, of numbers.

    Returns:
        Zeros of x's shape and dtype.

    Raises:
        DTypeError: x is of bool.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.imag([1.5, -2.0])
        array([0., 0.])
    """
    x = _numbers(x, "imag")
    return zeros(x.shape, dtype=x.dtype, device=x.device)


def conj(x: ArrayLike, /) -> NDArray:
    """The complex conjugate of each element: a copy, since no dtype is complex.

    Args:
        x: Array, or what `asarray` takes, of numbers.

    Returns:
        A copy of x.

    Raises:
        DTypeError: x is of bool.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.conj([1.5, -2.0])
        array([ 1.5, -2. ])
    """
    return _numbers(x, "conj").copy()


def _numbers(x: ArrayLike, name: str) -> NDArray:
    x = asarray(x)
    if x.dtype == "bool":
        raise DTypeError(f'{name} is not defined for bool; convert first, for instance x.astype("int64")')
    return x
