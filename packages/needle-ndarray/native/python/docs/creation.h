// What help() says about the functions that make arrays; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *asarray = R"(An array of a number, of nested sequences, or of another library's array.

Args:
    obj: A number; sequences, nested at most 64 deep, of numbers and arrays that form a rectangle; or an object with the
        buffer protocol, `__dlpack__` or `__array__`, such as a NumPy array or a PyTorch tensor on the CPU.
    dtype: Of the result. By default that of the object; float32 for Python's floats, int64 for its ints, bool for its
        bools, and what they promote to together.
    device: Where the result is to be; by default where the array is, else the CPU.
    copy: None shares memory where that is possible, True never does, False requires it.

Returns:
    An array of the object's shape; the object itself where it is an array already and nothing changes. It is read-only
    where the memory that it shares is.

Raises:
    ShapeError: Sequences have different lengths; the entry is named.
    DTypeError: The object's elements, such as complex numbers, text or bytes in the other order, have no dtype here.
    TypeError: The object, or an entry of it, is none of these.
    OverflowError: An integer does not fit the dtype.
    ValueError: copy=False, and a copy is needed.
    BufferError: The elements are in memory that cannot be read here.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1, 2], [3, 4.5]])
    array([[1. , 2. ],
           [3. , 4.5]])
    >>> memory = bytearray(3)
    >>> nd.asarray(memory)[0] = 65
    >>> memory
    bytearray(b'A\x00\x00')
)";

constexpr const char *empty = R"(An array whose elements have no defined value: to be filled before it is read.

Args:
    shape: An int or a sequence of ints.
    dtype: Of the elements; float32 by default.
    device: Where they are; the CPU by default.

Raises:
    ShapeError: A size is negative.
    MemoryError: There is not enough memory.

Example:
    >>> import needle_ndarray as nd
    >>> nd.empty((2, 3)).shape
    (2, 3)
)";

constexpr const char *empty_like = R"(An array of x's shape whose elements have no defined value.

Args:
    x: The array whose shape is taken.
    dtype: Of the elements; x's by default.
    device: Where they are; where x is by default.

Raises:
    MemoryError: There is not enough memory.

Example:
    >>> import needle_ndarray as nd
    >>> nd.empty_like(nd.zeros((2, 3), dtype="int8")).dtype
    needle_ndarray.int8
)";

constexpr const char *zeros = R"(An array of zeros.

Args:
    shape: An int or a sequence of ints.
    dtype: Of the elements; float32 by default.
    device: Where they are; the CPU by default.

Raises:
    ShapeError: A size is negative.
    MemoryError: There is not enough memory.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros((2, 3))
    array([[0., 0., 0.],
           [0., 0., 0.]])
)";

constexpr const char *zeros_like = R"(Zeros in x's shape.

Args:
    x: The array whose shape is taken.
    dtype: Of the elements; x's by default.
    device: Where they are; where x is by default.

Raises:
    MemoryError: There is not enough memory.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros_like([1, 2, 3])
    array([0, 0, 0])
)";

constexpr const char *ones = R"(An array of ones.

Args:
    shape: An int or a sequence of ints.
    dtype: Of the elements; float32 by default.
    device: Where they are; the CPU by default.

Raises:
    ShapeError: A size is negative.
    MemoryError: There is not enough memory.

Example:
    >>> import needle_ndarray as nd
    >>> nd.ones(3, dtype="int64")
    array([1, 1, 1])
)";

constexpr const char *ones_like = R"(Ones in x's shape.

Args:
    x: The array whose shape is taken.
    dtype: Of the elements; x's by default.
    device: Where they are; where x is by default.

Raises:
    MemoryError: There is not enough memory.

Example:
    >>> import needle_ndarray as nd
    >>> nd.ones_like([1.5, 2.5])
    array([1., 1.])
)";

constexpr const char *full = R"(An array of one value.

Args:
    shape: An int or a sequence of ints.
    fill_value: A number, or an array that broadcasts to the shape.
    dtype: Of the elements; by default the value's own, which is bool, int64 or float32 for Python's numbers.
    device: Where they are; the CPU by default.

Raises:
    OverflowError: An integer dtype cannot hold the number.
    ShapeError: A size is negative, or the array does not broadcast to the shape.
    MemoryError: There is not enough memory.

Example:
    >>> import needle_ndarray as nd
    >>> nd.full((2, 2), 7)
    array([[7, 7],
           [7, 7]])
)";

constexpr const char *full_like = R"(One value in x's shape.

Args:
    x: The array whose shape is taken.
    fill_value: A number, or an array that broadcasts to the shape.
    dtype: Of the elements; x's by default.
    device: Where they are; where x is by default.

Raises:
    OverflowError: An integer dtype cannot hold the number.
    ShapeError: The array does not broadcast to the shape.

Example:
    >>> import needle_ndarray as nd
    >>> nd.full_like([1.5, 2.5], 7)
    array([7., 7.])
)";

constexpr const char *arange = R"(The numbers start, start + step, ... before stop.

Args:
    start: The first number; with one argument that one is `stop`, and start is 0.
    stop: Where the range ends; it is not among the numbers, but for rounding.
    step: The distance between neighbours; negative to count down.
    dtype: Of the elements; by default int64 where all arguments are integers, else float32.
    device: Where they are; the CPU by default.

Returns:
    An array of shape (ceil((stop - start) / step),), or (0,) where step leads away from stop. Element i is computed as
    start + i * step, so that rounding does not add up.

Raises:
    ValueError: step is 0, or the range has no end.
    OverflowError: The dtype cannot hold an element.
    MemoryError: There is not enough memory.

Example:
    >>> import needle_ndarray as nd
    >>> nd.arange(3), nd.arange(1, 10, 4), nd.arange(1.0, 0.0, -0.25)
    (array([0, 1, 2]), array([1, 5, 9]), array([1.  , 0.75, 0.5 , 0.25]))
)";

constexpr const char *linspace = R"(Evenly spaced numbers from start to stop.

Args:
    start: The first number.
    stop: The last number, which is met exactly; without `endpoint` the one that would follow.
    num: How many numbers.
    dtype: Of the elements; float32 by default. For an integer dtype the numbers are rounded down.
    device: Where they are; the CPU by default.
    endpoint: Whether stop is the last number.

Returns:
    An array of shape (num,).

Raises:
    ValueError: num is negative.
    OverflowError: An integer dtype cannot hold start or stop.
    DTypeError: The dtype is bool.

Example:
    >>> import needle_ndarray as nd
    >>> nd.linspace(0, 1, 5)
    array([0.  , 0.25, 0.5 , 0.75, 1.  ])
    >>> nd.linspace(0, 1, 5, endpoint=False)
    array([0. , 0.2, 0.4, 0.6, 0.8])
)";

constexpr const char *eye = R"(A matrix with ones on one diagonal and zeros elsewhere.

Args:
    n_rows: Number of rows.
    n_cols: Number of columns; as many as rows by default.
    k: The diagonal: 0 is the main one, positive ones lie above it, negative ones below.
    dtype: Of the elements; float32 by default.
    device: Where they are; the CPU by default.

Raises:
    ShapeError: A size is negative.

Example:
    >>> import needle_ndarray as nd
    >>> nd.eye(2, 3, k=1)
    array([[0., 1., 0.],
           [0., 0., 1.]])
)";

}  // namespace needle::python::docs
