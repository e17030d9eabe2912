// What help() says about the methods that fold axes; the examples run as doctests.
#pragma once

namespace needle::python::docs::methods {

constexpr const char *sum = R"(The sum over axes.

Takes the arguments of `needle_ndarray.sum`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1, 2], [3, 4]]).sum(axis=0)
    array([4, 6])
)";

constexpr const char *prod = R"(The product over axes.

Takes the arguments of `needle_ndarray.prod`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1, 2], [3, 4]]).prod(axis=0)
    array([3, 8])
)";

constexpr const char *max = R"(The largest element over axes; NaN where there is one.

Takes the arguments of `needle_ndarray.max`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1, 2], [3, 4]]).max(axis=0)
    array([3, 4])
)";

constexpr const char *min = R"(The smallest element over axes; NaN where there is one.

Takes the arguments of `needle_ndarray.min`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1, 2], [3, 4]]).min(axis=0)
    array([1, 2])
)";

constexpr const char *any = R"(Whether any element over axes is not zero; of nothing False.

Takes the arguments of `needle_ndarray.any`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[0, 2], [0, 0]]).any(axis=1)
    array([ True, False])
)";

constexpr const char *all = R"(Whether all elements over axes are not zero; of nothing True.

Takes the arguments of `needle_ndarray.all`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1, 2], [0, 3]]).all(axis=1)
    array([ True, False])
)";

constexpr const char *mean = R"(The mean over axes: the sum, divided by the number of elements; of nothing NaN.

Takes the arguments of `needle_ndarray.mean`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1.0, 2.0], [3.0, 6.0]]).mean(axis=0)
    array([2., 4.])
)";

constexpr const char *var = R"(The variance over axes: sum((x - mean(x)) ** 2) / (n - correction).

Takes the arguments of `needle_ndarray.var`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1.0, 2.0], [3.0, 6.0]]).var(axis=0)
    array([1., 4.])
)";

constexpr const char *std = R"(The standard deviation over axes: the square root of `var`.

Takes the arguments of `needle_ndarray.std`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1.0, 2.0], [3.0, 6.0]]).std(axis=0)
    array([1., 2.])
)";

constexpr const char *argmax = R"(The index of the first largest element along an axis, or in the flattened array.

Takes the arguments of `needle_ndarray.argmax`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1, 7, 3], [6, 5, 4]]).argmax(axis=1)
    array([1, 0])
)";

constexpr const char *argmin = R"(The index of the first smallest element along an axis, or in the flattened array.

Takes the arguments of `needle_ndarray.argmin`.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1, 7, 3], [6, 5, 4]]).argmin(axis=1)
    array([0, 2])
)";

}  // namespace needle::python::docs::methods
