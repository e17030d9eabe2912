// What help() says about pooling; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *max_pool2d = R"(The largest element of each window of images, for each channel by itself.

Of equal elements the first counts, and a NaN is larger than all others. Padding holds no elements.

Args:
    x: Floats of shape (N, H, W, C), of any strides.
    kernel_size: The size of a window; an int, or a pair (height, width), like the following.
    stride: Steps between windows; the kernel's size where it is None.
    padding: Rows and columns on every side over which windows may reach, so far that each holds an element.
    dilation: Steps between the elements of one window.

Returns:
    The elements, of shape (N, OH, OW, C), and where they are: int64 numbers h * W + w.

Raises:
    ShapeError: x has not four axes, or the windows do not fit.
    DTypeError: x does not hold floats.
    ValueError: A parameter is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.reshape(nd.asarray([1.0, 5.0, 2.0, 0.0, 3.0, 7.0, 6.0, 4.0]), (1, 2, 4, 1))
    >>> out, indices = nd.kernels.max_pool2d(x, 2)
    >>> out[0, :, :, 0], indices[0, :, :, 0]
    (array([[7., 6.]]), array([[5, 6]]))
)";

constexpr const char *max_pool2d_grad =
    R"(The gradient of `max_pool2d`: that of each window goes to the element which it took.

Args:
    grad: The gradient of the elements, of shape (N, OH, OW, C).
    indices: The second result of `max_pool2d`, of the same shape.
    input_size: (H, W) of its input.

Returns:
    The gradient, of shape (N, H, W, C) and the dtype of grad.

Raises:
    ShapeError: The shapes of grad and indices differ, or are not of four axes.
    DTypeError: grad does not hold floats, or indices no integers.
    IndexError: An index is not one of a pixel.

Example:
    >>> import needle_ndarray as nd
    >>> indices = nd.reshape(nd.asarray([1, 5]), (1, 1, 2, 1))
    >>> nd.kernels.max_pool2d_grad(nd.ones((1, 1, 2, 1)), indices, (2, 4))[0, :, :, 0]
    array([[0., 1., 0., 0.],
           [0., 1., 0., 0.]])
)";

constexpr const char *avg_pool2d = R"(The mean of each window of images, for each channel by itself.

Args:
    x: Floats of shape (N, H, W, C), of any strides.
    kernel_size: The size of a window; an int, or a pair (height, width), like the following.
    stride: Steps between windows; the kernel's size where it is None.
    padding: Rows and columns of zeros on every side, so few that each window holds an element.
    count_include_pad: Whether the mean counts these zeros.

Returns:
    The means, of shape (N, OH, OW, C) and the dtype of x.

Raises:
    ShapeError: x has not four axes, or the windows do not fit.
    DTypeError: x does not hold floats.
    ValueError: A parameter is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.reshape(nd.asarray([1.0, 5.0, 2.0, 0.0, 3.0, 7.0, 6.0, 4.0]), (1, 2, 4, 1))
    >>> nd.kernels.avg_pool2d(x, 2)[0, :, :, 0]
    array([[4., 3.]])
)";

constexpr const char *avg_pool2d_grad =
    R"(The gradient of `avg_pool2d`: that of each window is divided among its elements.

Args:
    grad: The gradient of the means, of shape (N, OH, OW, C).
    input_size: (H, W) of the input.
    kernel_size: As in the forward call, like the following.
    stride: Steps between windows; the kernel's size where it is None.
    padding: Rows and columns of zeros on every side.
    count_include_pad: Whether the mean counts these zeros.

Returns:
    The gradient, of shape (N, H, W, C) and the dtype of grad.

Raises:
    ShapeError: The shape of grad is not that of the means.
    DTypeError: grad does not hold floats.
    ValueError: A parameter is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.avg_pool2d_grad(nd.ones((1, 1, 2, 1)), (2, 4), 2)[0, :, :, 0]
    array([[0.25, 0.25, 0.25, 0.25],
           [0.25, 0.25, 0.25, 0.25]])
)";

}  // namespace needle::python::docs
