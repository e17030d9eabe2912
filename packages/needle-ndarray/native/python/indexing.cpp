// The functions that read, write and add by integer arrays.
#include "ops/copy.h"
#include "ops/index.h"
#include "python/functions.h"
#include <algorithm>

namespace needle::python {

using namespace nb::literals;

namespace {

const char *take_doc = R"(Elements of an axis at integer indices, in the order of the indices.

Args:
    x: An array of any dtype.
    indices: Integers of any dtype and shape; a negative one counts from the end.
    axis: The axis; may be left out for a one-dimensional x.

Returns:
    An array of x's dtype in which the axes of `indices` stand where `axis` was.

Raises:
    IndexError: An index or the axis is out of range, or the indices are no integers.
    ValueError: The axis is left out though x has not one axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.take(nd.asarray([[1, 2, 3], [4, 5, 6]]), nd.asarray([2, 0]), axis=1)
    array([[3, 1],
           [6, 4]])
)";

const char *take_along_axis_doc =
    R"(Elements of each row along an axis, every row by indices of its own: what undoes argmax and argsort.

In one formula, for the last axis: out[..., i] = x[..., indices[..., i]].

Args:
    x: An array of any dtype.
    indices: Integers of any dtype, with as many axes as x; the sizes of all axes but `axis` broadcast with x's. A
        negative index counts from the end.
    axis: The axis.

Returns:
    An array of x's dtype, as long as `indices` along the axis.

Raises:
    IndexError: An index or the axis is out of range, or the indices are no integers.
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.asarray([[3.0, 1.0, 2.0], [4.0, 6.0, 5.0]])
    >>> nd.take_along_axis(x, nd.argmax(x, axis=1, keepdims=True))
    array([[3.],
           [6.]])
)";

const char *put_along_axis_doc = R"(Writes to each row along an axis, in place, at indices of its own.

In one formula, for the last axis: x[..., indices[..., i]] = values[..., i]. Of equal indices the last one counts.

Args:
    x: The array that is written to.
    indices: Integers of any dtype, with as many axes as x; the sizes of all axes but `axis` broadcast with x's.
    values: What is written, broadcast to the shape of the indices and converted to x's dtype.
    axis: The axis.

Raises:
    IndexError: An index or the axis is out of range, or the indices are no integers; then nothing is written.
    ShapeError: The shapes do not fit.
    ValueError: x is read-only or a broadcast view.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.asarray([[3.0, 1.0, 2.0], [4.0, 6.0, 5.0]])
    >>> nd.put_along_axis(x, nd.argmax(x, axis=1, keepdims=True), 0)
    >>> x
    array([[0., 1., 2.],
           [4., 0., 5.]])
)";

const char *index_add_doc = R"(Adds values to elements of an axis at integer indices, in place; equal indices add up.

Args:
    x: The array that is added to, of a numeric dtype.
    indices: Integers of any dtype and shape; a negative one counts from the end.
    values: Of x's dtype and of x's shape with `axis` replaced by the axes of the indices.
    axis: The axis.

Returns:
    x.

Raises:
    IndexError: An index or the axis is out of range, or the indices are no integers; then nothing is added.
    ShapeError: The values have another shape.
    DTypeError: The dtypes differ, or are bool.
    ValueError: x is read-only or a broadcast view.

Example:
    >>> import needle_ndarray as nd
    >>> nd.index_add(nd.zeros(3), nd.asarray([0, 2, 0]), nd.asarray([1.0, 2.0, 3.0]))
    array([4., 0., 2.])
)";

const char *add_at_doc =
    R"(Adds values to the elements of x that a key selects, in place; what is selected twice gets both.

After x[key] += values, an element that the key selects several times has got only one of its values.

Args:
    x: The array that is added to; the sum of booleans is true where one of them is.
    key: What may stand in x[key]: integers, slices, `...`, None, masks and integer arrays.
    values: Of x's dtype, broadcast to the shape of x[key]; or a number.

Returns:
    x.

Raises:
    IndexError: The key does not fit, or an index is out of range; then nothing is added.
    ShapeError: The values do not broadcast to the shape of x[key].
    DTypeError: The dtypes differ.
    ValueError: x is read-only or a broadcast view.

Example:
    >>> import needle_ndarray as nd
    >>> nd.add_at(nd.zeros((2, 3)), ([0, 1, 0], [2, 1, 2]), nd.asarray([1.0, 2.0, 3.0]))
    array([[0., 0., 4.],
           [0., 2., 0.]])
)";

// The array that a function writes to.
const Array &to_target(nb::handle x, const char *what) {
    if (!is_array(x.ptr()))
        fail(ErrorKind::Type, std::string(what) + ": x must be an NDArray, which is written in place, not " +
                                  nb::repr(nb::handle(reinterpret_cast<PyObject *>(Py_TYPE(x.ptr())))).c_str());
    return array_of(x.ptr());
}

nb::object call_take(nb::handle x, nb::handle indices, nb::handle axis) {
    Array a = to_array(x, "take"), at = to_array(indices, "take"), result;
    if (axis.is_none() && a.ndim() != 1)
        fail(ErrorKind::Value,
             "take: axis may be left out only for one-dimensional arrays, and the shape is " + a.shape().text());
    const int along = axis.is_none() ? 0 : normalize_axis(to_index(axis, "axis"), a.ndim(), "take");
    {
        ReleaseGil release(wrapping_product(at.size(), a.size() / std::max<int64_t>(1, a.shape()[along])));
        result = take(a, at, along, "take");
    }
    return wrap(std::move(result));
}

nb::object call_take_along_axis(nb::handle x, nb::handle indices, nb::handle axis) {
    Array a = to_array(x, "take_along_axis"), at = to_array(indices, "take_along_axis"), result;
    const int along = normalize_axis(to_index(axis, "axis"), a.ndim(), "take_along_axis");
    {
        ReleaseGil release(std::max(a.size(), at.size()));
        result = take_along_axis(a, at, along);
    }
    return wrap(std::move(result));
}

void call_put_along_axis(nb::handle x, nb::handle indices, nb::handle values, nb::handle axis) {
    const Array &target = to_target(x, "put_along_axis");
    Array at = to_array(indices, "put_along_axis"), from;
    const int along = normalize_axis(to_index(axis, "axis"), target.ndim(), "put_along_axis");
    Scalar scalar;
    if (to_scalar(values.ptr(), scalar)) from = full(Dims{}, scalar, target.dtype, target.device());
    else from = to_array(values, "put_along_axis");
    ReleaseGil release(std::max(target.size(), at.size()));
    put_along_axis(target, at, from, along);
}

nb::object call_index_add(nb::handle x, nb::handle indices, nb::handle values, nb::handle axis) {
    const Array &target = to_target(x, "index_add");
    Array at = to_array(indices, "index_add"), added = to_array(values, "index_add");
    const int along = normalize_axis(to_index(axis, "axis"), target.ndim(), "index_add");
    {
        ReleaseGil release(added.size());
        index_add(target, at, added, along);
    }
    return nb::borrow(x);
}

}  // namespace

void bind_indexing(nb::module_ &m) {
    m.def("take", &call_take, "x"_a, "indices"_a, nb::kw_only(), "axis"_a.none() = nb::none(),
          nb::sig("def take(x: ArrayLike, indices: ArrayLike, /, *, axis: int | None = None) -> NDArray"), take_doc);
    m.def("take_along_axis", &call_take_along_axis, "x"_a, "indices"_a, nb::kw_only(), "axis"_a = -1,
          nb::sig("def take_along_axis(x: ArrayLike, indices: ArrayLike, /, *, axis: int = -1) -> NDArray"),
          take_along_axis_doc);
    m.def(
        "put_along_axis", &call_put_along_axis, "x"_a, "indices"_a, "values"_a, nb::kw_only(), "axis"_a = -1,
        nb::sig("def put_along_axis(x: NDArray, indices: ArrayLike, values: ArrayLike, /, *, axis: int = -1) -> None"),
        put_along_axis_doc);
    m.def("index_add", &call_index_add, "x"_a, "indices"_a, "values"_a, "axis"_a = 0,
          nb::sig("def index_add(x: NDArray, indices: ArrayLike, values: ArrayLike, axis: int = 0) -> NDArray"),
          index_add_doc);
    m.def("add_at", &call_add_at, "x"_a, "key"_a.none(), "values"_a,
          nb::sig("def add_at(x: NDArray, key: Any, values: ArrayLike, /) -> NDArray"), add_at_doc);
}

}  // namespace needle::python
