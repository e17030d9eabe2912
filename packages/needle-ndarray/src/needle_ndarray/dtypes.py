"""The element types, and questions about them.

A `DType` equals its name and NumPy's dtype of that name: ``x.dtype == "float32"``. float16 and bfloat16 are for
storage: loops compute in float32 and round the result once.
"""

from __future__ import annotations

from ._core import DType as DType
from ._core import as_dtype, bool_
from ._core import astype as astype
from ._core import bfloat16 as bfloat16
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
from .errors import DTypeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from builtins import bool as _bool

    from ._core import DTypeLike, NDArray

bool = bool_  # the standard's name

# The standard's names of sets of dtypes, and what `DType.kind` is in them. Needle's floats of 16 bits are among the
# floats; there are no complex dtypes.
KINDS = {
    "bool": "b",
    "signed integer": "i",
    "unsigned integer": "u",
    "integral": "iu",
    "real floating": "f",
    "complex floating": "",
    "numeric": "iuf",
}
# Significant bits of each float dtype, and the power of two that is just too large for it.
FLOATS = {"float16": (11, 16), "bfloat16": (8, 128), "float32": (24, 128), "float64": (53, 1024)}


class FloatLimits:
    """The limits of a floating-point dtype, as `finfo` gives them.

    Attributes:
        dtype: The dtype.
        bits: Bits of an element.
        eps: The distance from 1 to the next number.
        max: The largest finite number.
        min: The smallest finite number, -max.
        smallest_normal: The smallest positive number that has all digits.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.finfo(nd.bfloat16).smallest_normal == nd.finfo(nd.float32).smallest_normal
        True
    """

    __slots__ = ("bits", "dtype", "eps", "max", "min", "smallest_normal")

    def __init__(self, dtype: DType) -> None:
        digits, above = FLOATS[dtype.name]
        self.dtype = dtype
        self.bits = 8 * dtype.itemsize
        self.eps = 2.0 ** (1 - digits)
        self.max = (2 - self.eps) * 2.0 ** (above - 1)
        self.min = -self.max
        self.smallest_normal = 2.0 ** (2 - above)

    def __repr__(self) -> str:
        return _text("finfo", self)


class IntegerLimits:
    """The limits of an integer dtype, as `iinfo` gives them.

    Attributes:
        dtype: The dtype.
        bits: Bits of an element.
        max: The largest number.
        min: The smallest number.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.iinfo("uint8")
        iinfo(bits=8, dtype=uint8, max=255, min=0)
    """

    __slots__ = ("bits", "dtype", "max", "min")

    def __init__(self, dtype: DType) -> None:
        self.dtype = dtype
        self.bits = 8 * dtype.itemsize
        signed = dtype.kind == "i"
        self.max = 2 ** (self.bits - signed) - 1
        self.min = -self.max - 1 if signed else 0

    def __repr__(self) -> str:
        return _text("iinfo", self)


def _text(name: str, limits: FloatLimits | IntegerLimits) -> str:
    return f"{name}({', '.join(f'{slot}={getattr(limits, slot)}' for slot in limits.__slots__)})"


def finfo(type: DTypeLike | NDArray, /) -> FloatLimits:
    """The limits of a floating-point dtype.

    Args:
        type: A dtype or an array of it; float16 and bfloat16 as well.

    Returns:
        An object with ``bits``, ``eps``, ``max``, ``min``, ``smallest_normal`` (Python's numbers) and ``dtype``.

    Raises:
        DTypeError: The dtype is not floating-point.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.finfo(nd.float32).eps
        1.1920928955078125e-07
        >>> nd.finfo(nd.zeros(3, dtype="float16")).max
        65504.0
    """
    dtype = as_dtype(type)
    if dtype.kind != "f":
        raise DTypeError(f"finfo: expected a floating-point dtype, not {dtype}; {_other('iinfo', dtype)}")
    return FloatLimits(dtype)


def iinfo(type: DTypeLike | NDArray, /) -> IntegerLimits:
    """The limits of an integer dtype.

    Args:
        type: A dtype or an array of it.

    Returns:
        An object with ``bits``, ``max``, ``min`` (Python's ints) and ``dtype``.

    Raises:
        DTypeError: The dtype is not an integer one.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.iinfo(nd.int8).min, nd.iinfo(nd.uint16).max
        (-128, 65535)
    """
    dtype = as_dtype(type)
    if dtype.kind not in "iu":
        raise DTypeError(f"iinfo: expected an integer dtype, not {dtype}; {_other('finfo', dtype)}")
    return IntegerLimits(dtype)


def _other(name: str, dtype: DType) -> str:
    return "bool has no limits" if dtype.kind == "b" else f'write {name}("{dtype}")'


def isdtype(dtype: DTypeLike, kind: DTypeLike | tuple[DTypeLike, ...]) -> _bool:
    """Whether a dtype is another one, or belongs to a kind of dtypes.

    Args:
        dtype: The dtype.
        kind: A dtype; or the name of a kind: ``"bool"``, ``"signed integer"``, ``"unsigned integer"``, ``"integral"``
            (both), ``"real floating"`` (float16 and bfloat16 too), ``"complex floating"`` (Needle has none) or
            ``"numeric"`` (all but bool); or a tuple of such, of which one is enough.

    Raises:
        ValueError: There is no kind of this name.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.isdtype(nd.int32, "integral"), nd.isdtype(nd.int32, (nd.bool, "real floating"))
        (True, False)
    """
    dtype = as_dtype(dtype)
    return any(_belongs(dtype, one) for one in (kind if isinstance(kind, tuple) else (kind,)))


def _belongs(dtype: DType, kind: DTypeLike) -> _bool:
    if not isinstance(kind, str):
        return dtype == as_dtype(kind)
    if kind not in KINDS:
        known = ", ".join(f'"{name}"' for name in KINDS)
        raise ValueError(f'isdtype: no kind of dtypes is called "{kind}"; known are {known}, and dtypes themselves')
    return dtype.kind in KINDS[kind]


def can_cast(from_: DTypeLike | NDArray, to: DTypeLike, /) -> _bool:
    """Whether promotion turns one dtype into another: whether ``result_type(from_, to)`` is ``to``.

    Beyond the standard's table bool can be cast to every dtype, and an integer to every float.

    Args:
        from_: A dtype, or an array of it.
        to: A dtype.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.can_cast(nd.uint8, nd.int16), nd.can_cast(nd.int16, nd.uint8)
        (True, False)
    """
    source, target = as_dtype(from_), as_dtype(to)
    try:
        return result_type(source, target) == target
    except DTypeError:  # uint64 and a signed integer
        return False
