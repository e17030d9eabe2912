// What help() says about dtypes and the native functions on them; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *dtype_class = R"(The type of an array's elements; the dtypes are objects of the package.

A dtype equals its name and NumPy's dtype of that name.

Example:
    >>> import needle_ndarray as nd
    >>> nd.float32 == "float32", nd.float32 == nd.float64
    (True, False)
    >>> nd.int16.itemsize, nd.int16.kind
    (2, 'i')
)";

constexpr const char *dtype_name = R"(Its name, such as "float32".

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros(3).dtype.name
    'float32'
)";

constexpr const char *dtype_itemsize = R"(Bytes of one element.

Example:
    >>> import needle_ndarray as nd
    >>> nd.float64.itemsize
    8
)";

constexpr const char *dtype_kind = R"(One letter, as in NumPy: b for bool, i signed, u unsigned integers, f floats.

Example:
    >>> import needle_ndarray as nd
    >>> nd.uint8.kind
    'u'
)";

constexpr const char *astype_function = R"(The elements of an array converted to a dtype.

A float that an integer dtype cannot hold becomes its nearest limit, NaN becomes 0; integers wrap around; anything but
zero is True. Floats are rounded once, to the nearest and halves to even.

Args:
    x: Any shape, any dtype.
    dtype: A DType, its name, NumPy's dtype of that name, or bool, int or float.
    copy: False returns x itself where it has that dtype already.
    device: Where the result goes; x's device by default.

Returns:
    x's shape, the dtype asked for.

Raises:
    DTypeError: There is no such dtype here.

Example:
    >>> import needle_ndarray as nd
    >>> nd.astype(nd.asarray([1.7, -1.7, 300.0]), nd.uint8)
    array([  1,   0, 255], dtype=uint8)
)";

constexpr const char *result_type = R"(The dtype that an operation on these arrays, dtypes and Python scalars gives.

Of one kind the wider one, of unsigned and signed integers the narrowest signed one that holds both. Beyond the standard's
table: bool gives way to any dtype, integers to any float, float16 with bfloat16 gives float32. Scalars are weak: they
matter only where their kind is higher than that of all arrays and dtypes, and then give int64 or float32.

Args:
    arrays_and_dtypes: At least one array or dtype, and any number of Python or NumPy scalars.

Raises:
    DTypeError: uint64 with a signed integer, which no integer dtype holds; or no dtype of this name.
    ValueError: There are only scalars.

Example:
    >>> import needle_ndarray as nd
    >>> nd.result_type(nd.int8, nd.uint8), nd.result_type(nd.zeros(3), 2.5), nd.result_type(nd.int8, 2.5)
    (needle_ndarray.int16, needle_ndarray.float32, needle_ndarray.float32)
)";

}  // namespace needle::python::docs
