// What help() says about sorting, searching and sets; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *sort = R"(A copy of x, sorted along an axis.

A NaN counts as larger than every number: it comes last, or first where the order is descending. Zeros of both signs
are equal. Elements that are equal keep their order, whatever `stable` says.

Args:
    x: Array of any dtype with at least one axis.
    axis: The axis to sort along.
    descending: Whether the largest element comes first.
    stable: Accepted because the standard has it; sorting is always stable.

Returns:
    A row-major array with x's shape and dtype.

Raises:
    IndexError: x has no such axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.sort(nd.asarray([[3, 1, 2], [9, 7, 8]]), descending=True)
    array([[3, 2, 1],
           [9, 8, 7]])
)";

constexpr const char *argsort = R"(The indices that sort x along an axis.

The order is that of `sort`: NaN counts as the largest, and equal elements keep their order.

Args:
    x: Array of any dtype with at least one axis.
    axis: The axis to sort along.
    descending: Whether the index of the largest element comes first.
    stable: Accepted because the standard has it; sorting is always stable.

Returns:
    An int64 array of x's shape.

Raises:
    IndexError: x has no such axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.argsort(nd.asarray([0.3, 0.1, 0.2]))
    array([1, 2, 0])
)";

constexpr const char *nonzero = R"(The indices of the elements that are not zero.

Args:
    x: Array of any dtype with at least one axis; a NaN is not zero.

Returns:
    A tuple of one-dimensional int64 arrays, one for each axis of x, in row-major order: entry i of all of them together
    is the index of the i-th element that is not zero.

Raises:
    ValueError: x has no axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.nonzero(nd.asarray([[0, 5], [7, 0]]))
    (array([0, 1]), array([1, 0]))
)";

constexpr const char *count_nonzero = R"(How many elements over axes are not zero.

Args:
    x: Array of any dtype; a NaN is not zero.
    axis: One axis, several, or None for all.
    keepdims: Whether the folded axes stay, with size 1.

Returns:
    An int64 array of x's shape without the folded axes.

Raises:
    IndexError: x has no such axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.count_nonzero(nd.asarray([[0, 5], [7, 8]]), axis=1)
    array([1, 2])
)";

constexpr const char *searchsorted = R"(Where values belong in a sorted array.

Args:
    x1: One-dimensional array in ascending order, NaN last; any order where `sorter` sorts it.
    x2: The values, of any shape, or one number. Both operands are compared in their common dtype.
    side: "left" for the place before elements that equal the value, "right" for the place behind them.
    sorter: Integer indices that sort x1, as `argsort` gives them.

Returns:
    An int64 array of x2's shape: the number of elements of x1 that stand before each value.

Raises:
    ShapeError: x1 has not exactly one axis, or `sorter` another shape.
    ValueError: `side` is neither "left" nor "right".
    IndexError: `sorter` holds no integers, or some that are out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.searchsorted(nd.asarray([10, 20, 20, 30]), nd.asarray([20, 5, 35]), side="right")
    array([3, 0, 4])
)";

constexpr const char *isin = R"(Which elements of x1 are among those of x2.

Args:
    x1: Array of any shape, or a number.
    x2: Array of any shape, or a number; one of the two is an array. A NaN equals nothing.
    invert: Whether to tell the elements that are not in x2.

Returns:
    A bool array of x1's shape.

Example:
    >>> import needle_ndarray as nd
    >>> nd.isin(nd.asarray([1, 2, 3, 4]), nd.asarray([4, 2, 9]))
    array([False,  True, False,  True])
)";

}  // namespace needle::python::docs
