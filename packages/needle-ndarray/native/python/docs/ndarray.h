// What help() says about the array class and its members; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *ndarray = R"(A strided n-dimensional array: a storage, a shape, strides, a dtype and a device.

Slicing, transposing and reshaping give views, which share the storage: writing to one writes to all.

Args:
    object: A number, nested sequences of numbers, an array, or anything with the buffer protocol; always copied.
    device: Where the elements go; the CPU by default.
    dtype: Type of the elements; by default that of `object`, float32 for Python's floats, int64 for its ints.

Raises:
    ShapeError: Nested sequences have different lengths.
    DTypeError: The elements of `object` have no counterpart here.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.NDArray([[1, 2, 3], [4, 5, 6]], dtype="float32")
    >>> x[:, ::-1].T
    array([[3., 6.],
           [2., 5.],
           [1., 4.]])
)";

constexpr const char *shape = R"(Sizes of the axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros((2, 3)).shape
    (2, 3)
)";

constexpr const char *strides = R"(Steps between neighbours along each axis, counted in elements, not in bytes.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.zeros((2, 3))
    >>> x.strides, x.T.strides, x[:, ::-1].strides
    ((3, 1), (1, 3), (3, -1))
)";

constexpr const char *dtype = R"(Type of the elements.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros(3).dtype
    needle_ndarray.float32
    >>> nd.zeros(3).dtype == "float32"
    True
)";

constexpr const char *device = R"(Where the elements are.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros(3).device
    cpu()
)";

constexpr const char *ndim = R"(Number of axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros((2, 3)).ndim
    2
)";

constexpr const char *size = R"(Number of elements.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros((2, 3)).size
    6
)";

constexpr const char *itemsize = R"(Bytes of one element.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros(3, dtype="float64").itemsize
    8
)";

constexpr const char *nbytes = R"(Bytes of all elements: size times itemsize, also where a view repeats elements.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros((2, 3)).nbytes
    24
)";

constexpr const char *layout = R"(How an index becomes a position in the storage: shape, strides and offset.

Example:
    >>> import needle_ndarray as nd
    >>> nd.arange(6).reshape(2, 3)[1:, ::2].layout
    Layout(shape=(1, 2), strides=(3, 2), offset=3)
)";

constexpr const char *T = R"(A view with the order of the axes reversed: the transpose of a matrix.

For other numbers of axes too, as in NumPy, although the standard leaves that open; `mT` transposes each matrix of a
stack.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros((2, 3, 4)).T.shape
    (4, 3, 2)
)";

constexpr const char *mT = R"(A view with the last two axes swapped: the transpose of each matrix of a stack.

Raises:
    ShapeError: The array has fewer than two axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros((2, 3, 4)).mT.shape
    (2, 4, 3)
)";

constexpr const char *flat = R"(The elements in row-major order as a one-dimensional view, which can be written.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.zeros((2, 2))
    >>> x.T.flat[1] = 7
    >>> x.tolist()
    [[0.0, 0.0], [7.0, 0.0]]
)";

constexpr const char *is_compact = R"(Whether the elements lie in row-major order without gaps.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.zeros((2, 3))
    >>> x.is_compact(), x.T.is_compact()
    (True, False)
)";

constexpr const char *reshape = R"(The same elements in row-major order with another shape.

Args:
    *shape: The new shape, as ints or as one tuple; one size may be -1 and is then computed.
    copy: None for a view where the strides allow one, else a copy; True for a copy; False for a view or an error.

Raises:
    ShapeError: The sizes differ.
    ValueError: copy is False and there is no such view.

Example:
    >>> import needle_ndarray as nd
    >>> nd.arange(6).reshape(2, -1)
    array([[0, 1, 2],
           [3, 4, 5]])
)";

constexpr const char *permute = R"(A view whose axis i is axis axes[i] of this array.

Args:
    *axes: Each axis once, as ints or as one tuple.

Raises:
    ShapeError, ValueError or IndexError: `axes` is no permutation of the axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros((2, 3, 4)).permute(2, 0, 1).shape
    (4, 2, 3)
)";

constexpr const char *transpose = R"(A view with the axes in another order, the reversed one by default.

Args:
    axes: For each axis of the result the axis of the array, as separate arguments or as one sequence. To swap two axes,
        write swapaxes.

Raises:
    ValueError: The axes do not name each axis of the array once.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.zeros((2, 3, 4))
    >>> x.transpose().shape, x.transpose(1, 0, 2).shape
    ((4, 3, 2), (3, 2, 4))
)";

constexpr const char *swapaxes = R"(A view with two axes swapped.

Args:
    axis1: The one axis; a negative one counts from the end.
    axis2: The other axis.

Raises:
    IndexError: An axis is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros((2, 3, 4)).swapaxes(0, -1).shape
    (4, 3, 2)
)";

constexpr const char *diagonal = R"(A view of the diagonals of matrices, which can be written.

Args:
    offset: Which diagonal: 0 is the main one, positive ones lie above it, negative ones below.
    axis1: The axis of the matrices' rows.
    axis2: The axis of their columns.

Raises:
    ShapeError: The array has fewer than two axes.
    IndexError: An axis is out of range.
    ValueError: The two axes are the same.

Example:
    >>> import needle_ndarray as nd
    >>> nd.arange(9).reshape(3, 3).diagonal(1)
    array([1, 5])
)";

constexpr const char *ravel = R"(The elements in row-major order along one axis: a view where they lie so, else a copy.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.asarray([[1, 2], [3, 4]])
    >>> x.ravel(), x.T.ravel()
    (array([1, 2, 3, 4]), array([1, 3, 2, 4]))
)";

constexpr const char *flatten = R"(A copy of the elements in row-major order along one axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([[1, 2], [3, 4]]).flatten()
    array([1, 2, 3, 4])
)";

constexpr const char *broadcast_to = R"(A read-only view in which axes of size 1, and new leading axes, repeat.

Args:
    *shape: The new shape, as ints or as one tuple.

Raises:
    ShapeError: A size differs that is not 1.

Example:
    >>> import needle_ndarray as nd
    >>> nd.arange(3).broadcast_to(2, 3)
    array([[0, 1, 2],
           [0, 1, 2]])
)";

constexpr const char *squeeze = R"(A view without axes of size 1.

Args:
    axis: One axis or several; all of size 1 by default.

Raises:
    ShapeError or ValueError: A named axis has another size than 1.
    IndexError: There is no such axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros((1, 3, 1)).squeeze(0).shape
    (3, 1)
)";

constexpr const char *expand_dims = R"(A view with new axes of size 1.

Args:
    axis: Where the new axes are in the result: one position or several.

Raises:
    IndexError: A position is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros(3).expand_dims(0).shape
    (1, 3)
)";

constexpr const char *flip = R"(A view with the order along axes reversed.

Args:
    axis: One axis, several, or None for all.

Raises:
    IndexError: There is no such axis.

Example:
    >>> import needle_ndarray as nd
    >>> nd.arange(4).flip()
    array([3, 2, 1, 0])
)";

constexpr const char *as_strided = R"(A view with any shape and strides that stays inside the storage.

Args:
    shape: Sizes of the axes.
    strides: Steps along them, in elements.
    offset: Where the first element lies, in elements from this array's first.

Raises:
    IndexError: The view would reach outside the storage.
    ShapeError: `shape` and `strides` differ in length, or a size is negative.

Example:
    >>> import needle_ndarray as nd
    >>> nd.arange(5).as_strided((3, 3), (1, 1))
    array([[0, 1, 2],
           [1, 2, 3],
           [2, 3, 4]])
)";

constexpr const char *compact =
    R"(The array itself where it lies in row-major order without gaps, else a copy that does.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.zeros((2, 3))
    >>> x.compact() is x, x.T.compact().strides
    (True, (2, 1))
)";

constexpr const char *copy = R"(A row-major copy in a storage of its own.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.zeros(2)
    >>> y = x.copy()
    >>> y[0] = 1
    >>> x.tolist()
    [0.0, 0.0]
)";

constexpr const char *astype = R"(The elements converted to a dtype.

A float that an integer dtype cannot hold becomes its nearest limit, NaN becomes 0; integers wrap around.

Args:
    dtype: A DType, its name, NumPy's dtype of that name, or bool, int or float.
    copy: False returns the array itself where it has that dtype already.

Raises:
    DTypeError: There is no such dtype here.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([1.7, -1.7]).astype("int32")
    array([ 1, -1], dtype=int32)
)";

constexpr const char *to = R"(The array on a device: itself where it is there already, else a copy.

Args:
    device: A Device or its name.

Raises:
    BackendUnavailable: The device cannot be used; the message says why.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.zeros(3)
    >>> x.to(nd.cpu()) is x
    True
)";

constexpr const char *to_device = R"(The standard's name of `to`.

Args:
    device: A Device or its name.
    stream: None; the CPU has no streams.

Raises:
    BackendUnavailable: The device cannot be used; the message says why.
    ValueError: A stream is given.

Example:
    >>> import needle_ndarray as nd
    >>> nd.zeros(3).to_device("cpu").device
    cpu()
)";

constexpr const char *fill = R"(Sets every element to one number.

Args:
    value: The number; it must fit the dtype.

Raises:
    OverflowError: An integer dtype cannot hold the number.
    ValueError: The array is read-only, or a broadcast view.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.zeros(3)
    >>> x.fill(2)
    >>> x
    array([2., 2., 2.])
)";

constexpr const char *nonzero =
    R"(The indices of the elements that are not zero, as `needle_ndarray.nonzero` gives them.

Returns:
    A tuple of one-dimensional int64 arrays, one for each axis.

Raises:
    ValueError: The array has no axes.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([0, 5, 0, 7]).nonzero()
    (array([1, 3]),)
)";

constexpr const char *item = R"(One element as a Python number: the only one, or the one at an index.

Args:
    index: Nothing for an array of one element; one position in row-major order; or one index for each axis.

Returns:
    A bool, int or float.

Raises:
    ShapeError: Without an index there are more elements than one, or none.
    IndexError: The index is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.asarray([2.5]).item()
    2.5
    >>> nd.arange(6).reshape(2, 3).item(1, 0)
    3
)";

constexpr const char *tolist = R"(Nested lists of Python numbers; for shape () the number itself.

Example:
    >>> import needle_ndarray as nd
    >>> nd.arange(4).reshape(2, 2).tolist()
    [[0, 1], [2, 3]]
)";

constexpr const char *numpy = R"(A NumPy array that shares the memory; read-only where this array is.

Raises:
    ImportError: NumPy is not installed.
    DeviceError: The array is not in the CPU's memory.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.zeros(3)
    >>> x.numpy()[1] = 5
    >>> x
    array([0., 5., 0.])
)";

}  // namespace needle::python::docs
