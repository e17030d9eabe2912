// What help() says about the functions that change shapes and join arrays; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *reshape = R"(The same elements in row-major order with another shape.

Args:
    x: An array of any dtype.
    shape: An int or a sequence of ints whose product is x's number of elements; one may be -1, which is worked out.
    copy: None gives a view where the strides allow it and a copy else, True always copies, False never does.

Raises:
    ShapeError: The shape has another number of elements.
    ValueError: A copy would be needed, but copy is False.

Example:
    >>> import needle_ndarray as nd
    >>> nd.reshape(nd.arange(6), (2, -1))
    array([[0, 1, 2],
           [3, 4, 5]])
)";

constexpr const char *permute_dims = R"(A view with the axes in another order.

Args:
    x: An array of any dtype.
    axes: For each axis of the result the axis of x; negative ones count from the end.

Raises:
    ValueError: The axes do not name each axis of x once.
    IndexError: An axis is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.permute_dims(nd.zeros((2, 3, 4)), (1, 2, 0)).shape
    (3, 4, 2)
)";

constexpr const char *matrix_transpose = R"(A view with the last two axes swapped: the transpose of each matrix.

Args:
    x: An array of any dtype and shape (..., M, N).

Returns:
    A view of shape (..., N, M).

Raises:
    ShapeError: x has fewer than two axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.matrix_transpose([[1, 2, 3], [4, 5, 6]])
    array([[1, 4],
           [2, 5],
           [3, 6]])
)";

constexpr const char *broadcast_to = R"(A view of x in a larger shape, which repeats elements and cannot be written.

Args:
    x: An array of any dtype.
    shape: An int or a sequence of ints; where it differs from x's shape, counted from the end, x's size must be 1.

Raises:
    ShapeError: x does not broadcast to the shape.

Example:
    >>> import needle_ndarray as nd
    >>> nd.broadcast_to([1, 2, 3], (2, 3))
    array([[1, 2, 3],
           [1, 2, 3]])
)";

constexpr const char *broadcast_shapes = R"(The shape that arrays of these shapes broadcast to.

Args:
    shapes: Sequences of ints, or ints.

Returns:
    A tuple of ints; empty without arguments.

Raises:
    ShapeError: The shapes do not broadcast, or a size is negative.

Example:
    >>> import needle_ndarray as nd
    >>> nd.broadcast_shapes((2, 1), (3,), ())
    (2, 3)
)";

constexpr const char *squeeze = R"(A view without axes of size 1.

Args:
    x: An array of any dtype.
    axis: One axis or several, each of size 1; by default all that are.

Raises:
    ValueError: An axis has another size.
    IndexError: An axis is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.squeeze(nd.zeros((1, 3, 1)), axis=0).shape
    (3, 1)
)";

constexpr const char *expand_dims = R"(A view with new axes of size 1.

Args:
    x: An array of any dtype.
    axis: One position or several, in the result; negative ones count from its end.

Raises:
    IndexError: A position is out of range.
    ValueError: A position is named twice.

Example:
    >>> import needle_ndarray as nd
    >>> nd.expand_dims(nd.zeros((2, 3)), (0, -1)).shape
    (1, 2, 3, 1)
)";

constexpr const char *flip = R"(A view with the elements in reversed order.

Args:
    x: An array of any dtype.
    axis: One axis or several; by default all.

Raises:
    IndexError: An axis is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.flip([[1, 2], [3, 4]], axis=1)
    array([[2, 1],
           [4, 3]])
)";

constexpr const char *concat = R"(The arrays one after the other along an existing axis.

Args:
    arrays: At least one array; the shapes are equal but for the axis.
    axis: The axis along which they are joined; None flattens them first.

Returns:
    A new array, of the dtype that holds all of theirs.

Raises:
    ShapeError: The shapes differ in another axis.
    DTypeError: No dtype holds all of theirs.
    IndexError: The axis is out of range.
    ValueError: There is no array.

Example:
    >>> import needle_ndarray as nd
    >>> nd.concat([[[1, 2]], [[3, 4], [5, 6]]])
    array([[1, 2],
           [3, 4],
           [5, 6]])
)";

constexpr const char *stack = R"(The arrays, all of one shape, one after the other along a new axis.

Args:
    arrays: At least one array.
    axis: Where the new axis stands in the result; a negative one counts from its end.

Returns:
    A new array, of the dtype that holds all of theirs.

Raises:
    ShapeError: The shapes differ.
    DTypeError: No dtype holds all of theirs.
    IndexError: The axis is out of range.
    ValueError: There is no array.

Example:
    >>> import needle_ndarray as nd
    >>> nd.stack([[1, 2], [3, 4]], axis=1)
    array([[1, 3],
           [2, 4]])
)";

}  // namespace needle::python::docs
