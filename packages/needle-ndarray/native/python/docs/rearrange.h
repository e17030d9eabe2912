// What help() says about the functions that move axes and elements; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *broadcast_arrays = R"(Views of the arrays, all in the shape that they broadcast to; never copies.

Args:
    arrays: Arrays of any dtypes whose shapes broadcast.

Returns:
    A tuple with one array for each argument, of its dtype. Where an array had to be repeated, its view cannot be
    written.

Raises:
    ShapeError: The shapes do not broadcast.

Example:
    >>> import needle_ndarray as nd
    >>> a, b = nd.broadcast_arrays([1, 2, 3], [[10], [20]])
    >>> a.tolist(), b.tolist()
    ([[1, 2, 3], [1, 2, 3]], [[10, 10, 10], [20, 20, 20]])
)";

constexpr const char *moveaxis = R"(A view with axes moved to other positions; the remaining axes keep their order.

Args:
    x: An array of any dtype.
    source: The axis, or axes, to move; negative ones count from the end.
    destination: Where each of them stands in the result.

Raises:
    IndexError: An axis is out of range.
    ValueError: An axis is named twice, or source and destination name different numbers of axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.moveaxis(nd.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
)";

constexpr const char *swapaxes = R"(A view with two axes swapped.

Args:
    x: An array of any dtype.
    axis1: The one axis; a negative one counts from the end.
    axis2: The other axis; it may be the same.

Raises:
    IndexError: An axis is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.swapaxes(nd.zeros((2, 3, 4)), 0, 2).shape
    (4, 3, 2)
)";

constexpr const char *diagonal = R"(A view of the diagonals of matrices, which can be written.

Args:
    x: An array of any dtype with at least two axes.
    offset: Which diagonal: 0 is the main one, positive ones lie above it, negative ones below.
    axis1: The axis of the matrices' rows.
    axis2: The axis of their columns.

Returns:
    The elements with index (i, i + offset) along the two axes, which are replaced by one at the end.

Raises:
    ShapeError: x has fewer than two axes.
    IndexError: An axis is out of range.
    ValueError: The two axes are the same.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.zeros((3, 3), dtype="int64")
    >>> nd.diagonal(x)[...] = nd.arange(1, 4)
    >>> x
    array([[1, 0, 0],
           [0, 2, 0],
           [0, 0, 3]])
)";

constexpr const char *unstack = R"(The parts of an array along an axis, as a tuple of views without that axis.

Args:
    x: An array of any dtype with at least one axis.
    axis: The axis that is taken apart; a negative one counts from the end.

Raises:
    IndexError: The axis is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> x, y = nd.unstack([[1, 2], [3, 4], [5, 6]], axis=1)
    >>> x, y
    (array([1, 3, 5]), array([2, 4, 6]))
)";

constexpr const char *split = R"(Parts of an array along an axis, as a tuple of views.

Args:
    x: An array of any dtype with at least one axis.
    sections: A number of equal parts, or the positions to split at in a sequence of integers, which are taken as the
        bounds of slices: negative ones count from the end, and what lies beyond the axis is cut off.
    axis: The axis that is split; a negative one counts from the end.

Raises:
    ShapeError: The axis does not divide into so many equal parts.
    ValueError: The number of parts is below 1.
    IndexError: The axis is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.split(nd.arange(6), 3)
    (array([0, 1]), array([2, 3]), array([4, 5]))
    >>> nd.split(nd.arange(6), [1, 4])
    (array([0]), array([1, 2, 3]), array([4, 5]))
)";

constexpr const char *repeat = R"(Each element, several times in a row.

Args:
    x: An array of any dtype.
    repeats: How many times: one number for all, or an integer array with a number for each element of the axis.
    axis: The axis along which elements repeat; by default x is flattened first.

Returns:
    A new array of x's dtype, of x's shape but for the axis, or with one axis.

Raises:
    ShapeError: The numbers are neither one nor as many as the axis has elements.
    DTypeError: The numbers are no integers.
    ValueError: One of them is negative.
    IndexError: The axis is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.repeat([1, 2, 3], 2)
    array([1, 1, 2, 2, 3, 3])
    >>> nd.repeat([[1, 2], [3, 4]], [1, 2], axis=0)
    array([[1, 2],
           [3, 4],
           [3, 4]])
)";

constexpr const char *tile = R"(The whole array, several times along each axis.

Args:
    x: An array of any dtype.
    repetitions: How many times along each axis. Of repetitions and x's axes, what is fewer gets ones in front.

Returns:
    A new array of x's dtype whose sizes are those of x times the repetitions.

Raises:
    ValueError: A number of repetitions is negative, or the result has more elements than memory can hold.

Example:
    >>> import needle_ndarray as nd
    >>> nd.tile([1, 2], (2, 2))
    array([[1, 2, 1, 2],
           [1, 2, 1, 2]])
)";

constexpr const char *roll = R"(The elements moved along axes; those that leave at one end come in at the other.

Args:
    x: An array of any dtype.
    shift: By how many places, towards larger indices; an int, or a tuple with one for each axis.
    axis: One axis or several. By default the flattened array is rolled and gets its shape back.

Returns:
    A new array of x's shape and dtype.

Raises:
    IndexError: An axis is out of range.
    ValueError: shift is a tuple, and axis is none of the same length.

Example:
    >>> import needle_ndarray as nd
    >>> nd.roll(nd.arange(5), 2)
    array([3, 4, 0, 1, 2])
    >>> nd.roll([[1, 2], [3, 4], [5, 6]], (1, 1), axis=(0, 1))
    array([[6, 5],
           [2, 1],
           [4, 3]])
)";

constexpr const char *tril = R"(The lower triangles of matrices: a copy with zeros above a diagonal.

Args:
    x: An array of any dtype and shape (..., M, N).
    k: The highest diagonal that is kept: 0 is the main one, positive ones lie above it.

Raises:
    ShapeError: x has fewer than two axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.tril(nd.ones((3, 3), dtype="int64"))
    array([[1, 0, 0],
           [1, 1, 0],
           [1, 1, 1]])
)";

constexpr const char *triu = R"(The upper triangles of matrices: a copy with zeros below a diagonal.

Args:
    x: An array of any dtype and shape (..., M, N).
    k: The lowest diagonal that is kept: 0 is the main one, positive ones lie above it.

Raises:
    ShapeError: x has fewer than two axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.triu(nd.ones((3, 3), dtype="int64"), k=1)
    array([[0, 1, 1],
           [0, 0, 1],
           [0, 0, 0]])
)";

}  // namespace needle::python::docs
