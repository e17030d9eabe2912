"""Makes arrays of the right library, dtype and device out of whatever a tensor is given."""

from __future__ import annotations

from typing import Any

import needle_ndarray as nd

from .backends.selection import (
    array_namespace,
    check_device,
    current_namespace,
    device_of,
    dtype_kind,
    dtype_name,
    dtype_namespace,
    get_backend,
    is_array,
    named_dtype,
    namespace_of,
)
from .errors import DTypeError, ShapeError
from .numpy_on_demand import is_numpy, is_numpy_number, np
from .switches import switches
from .value import Value

PYTHON_NUMBERS = (float, int, bool)


def array_from(source: Any, device: Any, dtype: Any) -> Any:
    """Make an array for a new tensor.

    Args:
        source: a number, nested lists, an array, or a Tensor.
        device: where it lives; None leaves it where it is.
        dtype: a name or dtype; None keeps that of arrays, and makes Python floats float32 and Python ints int64.

    Returns:
        A Tensor's own array if device and dtype match; a copy in every other case, as an array of the current backend
        or, for an array of a third library, of that library.
    """
    if isinstance(source, Value):
        data = source.realize_cached_data()
        if isinstance(data, tuple):
            raise TypeError(
                "a TensorTuple is no single array; take an element, or make a tensor by ops.stack or ops.concat"
            )
        if (dtype is None or data.dtype == dtype) and (device is None or device_of(data) == device):
            return data
        return _copy(data, array_namespace(data), device, dtype)
    library = namespace_of(source)
    if library is not None:
        if is_numpy(library):
            own = source.dtype
            if own.kind not in "biuf":
                named_dtype(own, library)  # raises the error that lists the dtypes
            if not own.isnative:
                source = source.astype(own.newbyteorder("="))
            library = current_namespace()
        elif library is nd:
            library = current_namespace()
        if dtype is None and device is not None and switches.narrow_on_device and source.dtype == "float64":
            dtype = "float32"
        return _copy(source, library, device, dtype)
    array = _array_of_numbers(source, device, dtype) if get_backend() == "nd" else None
    if array is not None:
        return array
    values = _numbers(source)
    if dtype is None and values.dtype == np.float64 and _holds_python_floats(source):
        keep = switches.keep_python_floats and get_backend() == "np"
        narrow = switches.narrow_on_device and device is not None
        dtype = "float64" if keep and not narrow else "float32"
    elif dtype is not None and values.dtype.kind in "iu":
        _check_range(values, dtype_name(named_dtype(dtype, current_namespace())))
    return _copy(values, current_namespace(), device, dtype)


def array_like(source: Any, like: Any) -> Any:
    """Make an array for an operand beside a tensor: of its library, on its device; numbers also take its dtype.

    Args:
        source: a number, nested lists, or an array.
        like: the tensor, or None if there is none.
    """
    if like is None:
        return array_from(source, None, None)
    dtype = None
    if isinstance(source, (int, float)) or is_numpy_number(source):
        dtype = _dtype_beside(source, like.dtype)
    elif not is_array(source):
        source = array_from(source, None, None)
    return _copy(source, dtype_namespace(like.dtype), like.device, dtype)


def _dtype_beside(number: Any, dtype: Any) -> Any:
    """Return the dtype that a number takes beside an array: the array's, unless the number is of a higher kind."""
    if dtype_kind(dtype) == "f":
        return dtype
    if is_numpy_number(number):
        kind = number.dtype.kind
    else:
        kind = "b" if isinstance(number, bool) else "i" if isinstance(number, int) else "f"
    if kind not in "biu":
        return "float32"
    return "int64" if dtype == "bool" and kind != "b" else dtype


def copied(array: Any) -> Any:
    """Return a copy of an array in the same library, on the same device."""
    return _copy(array, array_namespace(array), None, None)


def _copy(array: Any, library: Any, device: Any, dtype: Any) -> Any:
    """Copy an array into a library, with another dtype and device if they are given."""
    if device is not None:
        check_device(device, library)
    wanted = None if dtype is None else named_dtype(dtype, library)
    if library is nd:
        return nd.asarray(array, dtype=wanted, device=device, copy=True)
    if is_numpy(library):
        source = array.numpy() if isinstance(array, nd.NDArray) else array
        return np.array(source, dtype=wanted)
    if device is None:
        return library.asarray(array, dtype=wanted, copy=True)
    if is_array(array) and device == device_of(array):
        return library.asarray(array, dtype=wanted, copy=True)
    return library.asarray(array, dtype=wanted, device=device, copy=True)


def _array_of_numbers(source: Any, device: Any, dtype: Any) -> Any:
    """Make an array of Needle of Python numbers or nested lists of them, which it reads as NumPy does.

    Returns:
        The array; None where NumPy's rules have to decide: for lists that hold arrays or NumPy's numbers, for dtypes
        into which numbers may not fit, and for what makes no array.
    """
    first = source
    while isinstance(first, (list, tuple)) and first:
        first = first[0]
    if type(first) not in PYTHON_NUMBERS:
        return None
    check_device(device, nd)
    wanted = None if dtype is None else named_dtype(dtype, nd)
    if wanted is not None and dtype_kind(wanted) != "f":
        return None
    try:
        array = nd.asarray(source, dtype=wanted, device=device)
    except (TypeError, ValueError, OverflowError):
        return None
    return array if wanted is not None or dtype_name(array.dtype) in ("float32", "int64", "bool") else None


def _numbers(source: Any) -> np.ndarray[Any, Any]:
    """Read a number or nested lists into a NumPy array."""
    try:
        values = np.array(source)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ShapeError(f"nested lists of uneven lengths make no tensor: {error}; pad them to equal lengths") from None
    if values.dtype.kind not in "biuf":
        raise DTypeError(
            f"a tensor holds numbers; got {type(source).__name__} of dtype {values.dtype}: pass numbers, nested lists "
            "of numbers, or an array"
        )
    return values


def _check_range(values: np.ndarray[Any, Any], dtype: str) -> None:
    """Refuse integers that a dtype of integers does not hold, instead of wrapping them around."""
    if "int" in dtype and values.size:
        limits = np.iinfo(dtype)
        for value in (int(values.min()), int(values.max())):
            if not limits.min <= value <= limits.max:
                raise OverflowError(
                    f"the integer {value} is out of range for {dtype}, which holds {limits.min} to {limits.max}"
                )


def _holds_python_floats(source: Any) -> bool:
    """Tell whether the numbers of nested lists are Python's own, which have no dtype, rather than NumPy's."""
    while isinstance(source, (list, tuple)) and source:
        source = source[0]
    return not hasattr(source, "dtype")
