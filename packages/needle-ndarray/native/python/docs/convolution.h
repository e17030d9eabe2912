// What help() says about convolutions; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *conv2d =
    R"(Convolution of images with a kernel: the cross-correlation that deep learning calls so.

out[n, i, j, o] is the sum over kernel rows a, kernel columns b and the channels c of o's group of
x[n, i * stride + a * dilation - padding, j * stride + b * dilation - padding, c] * weight[a, b, c, o],
with zeros beyond the edges of x.

Any strides are read: an array of shape (N, C, H, W) whose axes are permuted is fine. Where weights are infinite or NaN,
outputs at padded edges may be NaN or leave the padding out.

Args:
    x: Floats of shape (N, H, W, C).
    weight: Floats of shape (KH, KW, C / groups, O).
    stride: Steps between windows; this and the next two are an int, or a pair (height, width).
    padding: Rows and columns of zeros on every side.
    dilation: Steps between the elements that one window reads.
    groups: Into how many parts the channels are divided: part i of the outputs reads part i of the inputs.

Returns:
    The sums, of shape (N, OH, OW, O) and the promoted dtype, where OH = (H + 2 * padding - dilation * (KH - 1) - 1) //
    stride + 1. 16-bit floats are summed in float32 and rounded once.

Raises:
    ShapeError: The shapes do not belong together, or the kernel does not fit into the padded images.
    DTypeError: x or weight does not hold floats.
    ValueError: A parameter is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.reshape(nd.arange(9.0, dtype=nd.float32), (1, 3, 3, 1))
    >>> nd.conv2d(x, nd.ones((2, 2, 1, 1), dtype=nd.float32))[0, :, :, 0]
    array([[ 8., 12.],
           [20., 24.]])
)";

constexpr const char *conv2d_input_grad =
    R"(The gradient of `conv2d` for its input: every output hands its gradient back to the pixels it was summed from.

Args:
    grad: The gradient of the result, of shape (N, OH, OW, O).
    weight: As in the forward call, of shape (KH, KW, C / groups, O).
    input_size: (H, W) of the input, which the size of the result does not tell where the stride skips the last rows.
    stride: As in the forward call, like the following.
    padding: Rows and columns of zeros on every side.
    dilation: Steps between the elements that one window reads.
    groups: Into how many parts the channels are divided.

Returns:
    The gradient, of shape (N, H, W, C) and the promoted dtype.

Raises:
    ShapeError: The shapes do not belong together.
    DTypeError: grad or weight does not hold floats.
    ValueError: A parameter is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> weight = nd.reshape(nd.arange(4.0, dtype=nd.float32), (2, 2, 1, 1))
    >>> nd.kernels.conv2d_input_grad(nd.ones((1, 2, 2, 1), dtype=nd.float32), weight, (3, 3))[0, :, :, 0]
    array([[0., 1., 1.],
           [2., 6., 4.],
           [2., 5., 3.]])
)";

constexpr const char *conv2d_weight_grad =
    R"(The gradient of `conv2d` for its weight: for each element of the kernel, the sum over all windows.

Args:
    grad: The gradient of the result, of shape (N, OH, OW, O).
    x: As in the forward call, of shape (N, H, W, C).
    kernel_size: (KH, KW) of the weight, which the size of the result does not tell where the stride skips rows.
    stride: As in the forward call, like the following.
    padding: Rows and columns of zeros on every side.
    dilation: Steps between the elements that one window reads.
    groups: Into how many parts the channels are divided.

Returns:
    The gradient, of shape (KH, KW, C / groups, O) and the promoted dtype.

Raises:
    ShapeError: The shapes do not belong together.
    DTypeError: grad or x does not hold floats.
    ValueError: A parameter is out of range.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.reshape(nd.arange(9.0, dtype=nd.float32), (1, 3, 3, 1))
    >>> nd.kernels.conv2d_weight_grad(nd.ones((1, 2, 2, 1), dtype=nd.float32), x, 2)[:, :, 0, 0]
    array([[ 8., 12.],
           [20., 24.]])
)";

}  // namespace needle::python::docs
