// What help() says about the functions that fold axes, and about the running sums; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *sum = R"(The sum over axes.

Floats are added in a fixed tree of partial sums, whose error grows with the logarithm of their number; integers wrap
around. The sum of nothing is 0.

Args:
    x: Array of any dtype.
    axis: One axis, several, or None for all.
    dtype: Of the result. By default integers and bool give int64, unsigned ones uint64, floats their own dtype.
    keepdims: Whether the folded axes stay, with size 1.
    out: Array that takes the result: of its shape, and of its dtype or a wider one of the same kind.

Returns:
    The sums, of x's shape without the folded axes; `out` where it was given.

Raises:
    IndexError: x has no such axis.
    ShapeError: `out` has another shape than the result.
    DTypeError: `out` has a dtype that cannot take the result.

Example:
    >>> import needle_ndarray as nd
    >>> nd.sum(nd.asarray([[1, 2], [3, 4]]), axis=0)
    array([4, 6])
)";

constexpr const char *prod = R"(The product over axes.

Integers wrap around. The product of nothing is 1.

Args:
    x: Array of any dtype.
    axis: One axis, several, or None for all.
    dtype: Of the result. By default integers and bool give int64, unsigned ones uint64, floats their own dtype.
    keepdims: Whether the folded axes stay, with size 1.
    out: Array that takes the result: of its shape, and of its dtype or a wider one of the same kind.

Returns:
    The products, of x's shape without the folded axes; `out` where it was given.

Raises:
    IndexError: x has no such axis.
    ShapeError: `out` has another shape than the result.
    DTypeError: `out` has a dtype that cannot take the result.

Example:
    >>> import needle_ndarray as nd
    >>> nd.prod(nd.asarray([[1, 2], [3, 4]]), axis=0)
    array([3, 8])
)";

constexpr const char *max = R"(The largest element over axes; NaN where there is one.

Args:
    x: Array of any dtype.
    axis: One axis, several, or None for all.
    keepdims: Whether the folded axes stay, with size 1.
    out: Array that takes the result: of its shape, and of its dtype or a wider one of the same kind.

Returns:
    The largest elements, in x's dtype, of x's shape without the folded axes; `out` where it was given.

Raises:
    IndexError: x has no such axis.
    ShapeError: `out` has another shape than the result.
    DTypeError: `out` has a dtype that cannot take the result.
    ValueError: The folded axes are empty.

Example:
    >>> import needle_ndarray as nd
    >>> nd.max(nd.asarray([[1, 2], [3, 4]]), axis=0)
    array([3, 4])
)";

constexpr const char *min = R"(The smallest element over axes; NaN where there is one.

Args:
    x: Array of any dtype.
    axis: One axis, several, or None for all.
    keepdims: Whether the folded axes stay, with size 1.
    out: Array that takes the result: of its shape, and of its dtype or a wider one of the same kind.

Returns:
    The smallest elements, in x's dtype, of x's shape without the folded axes; `out` where it was given.

Raises:
    IndexError: x has no such axis.
    ShapeError: `out` has another shape than the result.
    DTypeError: `out` has a dtype that cannot take the result.
    ValueError: The folded axes are empty.

Example:
    >>> import needle_ndarray as nd
    >>> nd.min(nd.asarray([[1, 2], [3, 4]]), axis=0)
    array([1, 2])
)";

constexpr const char *any = R"(Whether any element over axes is not zero; of nothing False.

Args:
    x: Array of any dtype; a NaN is not zero.
    axis: One axis, several, or None for all.
    keepdims: Whether the folded axes stay, with size 1.
    out: Array that takes the result: of its shape, and of its dtype or a wider one of the same kind.

Returns:
    bools, of x's shape without the folded axes; `out` where it was given.

Raises:
    IndexError: x has no such axis.
    ShapeError: `out` has another shape than the result.
    DTypeError: `out` has a dtype that cannot take the result.

Example:
    >>> import needle_ndarray as nd
    >>> nd.any(nd.asarray([[0, 2], [0, 0]]), axis=1)
    array([ True, False])
)";

constexpr const char *all = R"(Whether all elements over axes are not zero; of nothing True.

Args:
    x: Array of any dtype; a NaN is not zero.
    axis: One axis, several, or None for all.
    keepdims: Whether the folded axes stay, with size 1.
    out: Array that takes the result: of its shape, and of its dtype or a wider one of the same kind.

Returns:
    bools, of x's shape without the folded axes; `out` where it was given.

Raises:
    IndexError: x has no such axis.
    ShapeError: `out` has another shape than the result.
    DTypeError: `out` has a dtype that cannot take the result.

Example:
    >>> import needle_ndarray as nd
    >>> nd.all(nd.asarray([[1, 2], [0, 3]]), axis=1)
    array([ True, False])
)";

constexpr const char *mean = R"(The mean over axes: the sum, divided by the number of elements; of nothing NaN.

Args:
    x: Array of any dtype.
    axis: One axis, several, or None for all.
    keepdims: Whether the folded axes stay, with size 1.
    out: Array that takes the result: of its shape, and of its dtype or a wider one of the same kind.

Returns:
    The means in x's dtype, or in float32 for integers and bool, of x's shape without the folded axes; `out` where it
    was given.

Raises:
    IndexError: x has no such axis.
    ShapeError: `out` has another shape than the result.
    DTypeError: `out` has a dtype that cannot take the result.

Example:
    >>> import needle_ndarray as nd
    >>> nd.mean(nd.asarray([[1.0, 2.0], [3.0, 6.0]]), axis=0)
    array([2., 4.])
)";

constexpr const char *var = R"(The variance over axes: sum((x - mean(x)) ** 2) / (n - correction).

It is computed in float64 for every dtype, in two passes, so that values far from zero lose nothing.

Args:
    x: Array of any dtype.
    axis: One axis, several, or None for all.
    correction: Subtracted from the number of elements in the divisor; 1 gives the unbiased estimate.
    keepdims: Whether the folded axes stay, with size 1.
    out: Array that takes the result: of its shape, and of its dtype or a wider one of the same kind.

Returns:
    The variances in x's dtype, or in float32 for integers and bool; NaN where n - correction is not positive, of x's
    shape without the folded axes; `out` where it was given.

Raises:
    IndexError: x has no such axis.
    ShapeError: `out` has another shape than the result.
    DTypeError: `out` has a dtype that cannot take the result.

Example:
    >>> import needle_ndarray as nd
    >>> nd.var(nd.asarray([[1.0, 2.0], [3.0, 6.0]]), axis=0)
    array([1., 4.])
)";

constexpr const char *std = R"(The standard deviation over axes: the square root of `var`.

Args:
    x: Array of any dtype.
    axis: One axis, several, or None for all.
    correction: Subtracted from the number of elements in the divisor; 1 gives the unbiased estimate.
    keepdims: Whether the folded axes stay, with size 1.
    out: Array that takes the result: of its shape, and of its dtype or a wider one of the same kind.

Returns:
    The deviations in x's dtype, or in float32 for integers and bool; NaN where n - correction is not positive, of x's
    shape without the folded axes; `out` where it was given.

Raises:
    IndexError: x has no such axis.
    ShapeError: `out` has another shape than the result.
    DTypeError: `out` has a dtype that cannot take the result.

Example:
    >>> import needle_ndarray as nd
    >>> nd.std(nd.asarray([[1.0, 2.0], [3.0, 6.0]]), axis=0)
    array([1., 2.])
)";

constexpr const char *argmax = R"(The index of the first largest element along an axis; a NaN counts as the largest.

Args:
    x: Array of any dtype.
    axis: The axis, or None for an index into the flattened array.
    keepdims: Whether the searched axis (all of them for None) stays, with size 1.

Returns:
    int64 indices, of x's shape without the axis; of shape () for None.

Raises:
    IndexError: x has no such axis.
    ValueError: The axis is empty.

Example:
    >>> import needle_ndarray as nd
    >>> nd.argmax(nd.asarray([[1, 7, 3], [6, 5, 4]]), axis=1)
    array([1, 0])
)";

constexpr const char *argmin = R"(The index of the first smallest element along an axis; a NaN counts as the smallest.

Args:
    x: Array of any dtype.
    axis: The axis, or None for an index into the flattened array.
    keepdims: Whether the searched axis (all of them for None) stays, with size 1.

Returns:
    int64 indices, of x's shape without the axis; of shape () for None.

Raises:
    IndexError: x has no such axis.
    ValueError: The axis is empty.

Example:
    >>> import needle_ndarray as nd
    >>> nd.argmin(nd.asarray([[1, 7, 3], [6, 5, 4]]), axis=1)
    array([0, 2])
)";

constexpr const char *cumulative_sum = R"(The running sum along an axis: element i is the sum of all elements up to i.

Args:
    x: Array of any dtype with at least one axis.
    axis: The axis; it may be left out where there is only one.
    dtype: Of the result. By default integers and bool give int64, unsigned ones uint64, floats their own dtype.
    include_initial: Whether the result begins with 0, the sum of nothing; its axis is then longer by one.

Returns:
    An array of x's shape.

Raises:
    IndexError: x has no such axis.
    ValueError: The axis was left out, and x has none or several.
    DTypeError: `dtype` is bool.

Example:
    >>> import needle_ndarray as nd
    >>> nd.cumulative_sum(nd.asarray([1, 2, 3, 4]), include_initial=True)
    array([ 0,  1,  3,  6, 10])
)";

constexpr const char *cumulative_prod =
    R"(The running product along an axis: element i is the product of all elements up to i.

Args:
    x: Array of any dtype with at least one axis.
    axis: The axis; it may be left out where there is only one.
    dtype: Of the result. By default integers and bool give int64, unsigned ones uint64, floats their own dtype.
    include_initial: Whether the result begins with 1, the product of nothing; its axis is then longer by one.

Returns:
    An array of x's shape.

Raises:
    IndexError: x has no such axis.
    ValueError: The axis was left out, and x has none or several.
    DTypeError: `dtype` is bool.

Example:
    >>> import needle_ndarray as nd
    >>> nd.cumulative_prod(nd.asarray([1, 2, 3, 4]), include_initial=True)
    array([ 1,  1,  2,  6, 24])
)";

}  // namespace needle::python::docs
