// What help() says about layer and batch normalization; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *layer_norm =
    R"(Rows normalized to mean 0 and variance 1, then scaled and shifted: (x - mean) / sqrt(var + eps) * weight + bias.

The variance is biased, and taken around the mean, so that no digits cancel.

Args:
    x: Floats of shape (..., D).
    weight: (D,).
    bias: (D,).
    eps: Added to the variance.

Returns:
    The result (..., D), the mean (..., 1) and 1 / sqrt(var + eps) (..., 1).

Raises:
    ShapeError: x has no axes, or weight or bias are not of the size of the last one.

Example:
    >>> import needle_ndarray as nd
    >>> out, mean, inverse_std = nd.kernels.layer_norm(nd.asarray([[1.0, 3.0]]), nd.ones(2), nd.zeros(2), 0.0)
    >>> out, mean, inverse_std
    (array([[-1.,  1.]]), array([[2.]]), array([[1.]]))
)";

constexpr const char *layer_norm_grad = R"(The gradients of layer_norm for x, weight and bias.

With n = (x - mean) * inverse_std and g = grad * weight: dx = inverse_std * (g - mean(g) - n * mean(g * n)),
dweight = sum(grad * n), dbias = sum(grad).

Args:
    grad: The gradient of the result; broadcasts to the shape of x.
    x: As in the forward call, (..., D).
    weight: As in the forward call, (D,).
    mean: The second result of the forward call.
    inverse_std: The third.

Returns:
    dx (..., D), dweight (D,) and dbias (D,).

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> x = nd.asarray([[1.0, 3.0]])
    >>> _, mean, inverse_std = nd.kernels.layer_norm(x, nd.ones(2), nd.zeros(2), 0.0)
    >>> _, dweight, dbias = nd.kernels.layer_norm_grad(nd.asarray([[1.0, 2.0]]), x, nd.ones(2), mean, inverse_std)
    >>> dweight, dbias
    (array([-1.,  2.]), array([1., 2.]))
)";

constexpr const char *batch_norm =
    R"(Channels normalized over the batch to mean 0 and variance 1, then scaled and shifted, as in training.

Images whose channels are planes in memory, seen through permute_dims, are read in place. Statistics are taken of pieces
around the mean of each, and combined in float64.

Args:
    x: Floats of shape (N, ..., C): statistics are taken over all axes but the last.
    weight: (C,).
    bias: (C,).
    eps: Added to the variance.

Returns:
    The result (N, ..., C), whose axes lie in memory in the order of those of x, the batch's mean (C,) and its biased
    variance (C,).

Raises:
    ShapeError: x has no axes, or weight or bias are not of the size of the last one.

Example:
    >>> import needle_ndarray as nd
    >>> out, mean, var = nd.kernels.batch_norm(nd.asarray([[1.0, 0.0], [3.0, 0.0]]), nd.ones(2), nd.zeros(2), 1e-5)
    >>> mean, var
    (array([2., 0.]), array([1., 0.]))
)";

constexpr const char *batch_norm_grad = R"(The gradients of the result of batch_norm for x, weight and bias.

With n = (x - mean) / sqrt(var + eps): dbias = sum(grad), dweight = sum(grad * n),
dx = weight / sqrt(var + eps) * (grad - mean(grad) - n * mean(grad * n)).

Args:
    grad: The gradient of the result; broadcasts to the shape of x.
    x: As in the forward call, (N, ..., C).
    weight: As in the forward call, (C,).
    mean: The second result of the forward call, (C,).
    var: The third, (C,).
    eps: As in the forward call.

Returns:
    dx (N, ..., C), dweight (C,) and dbias (C,).

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> x, grad = nd.asarray([[1.0], [3.0]]), nd.asarray([[1.0], [2.0]])
    >>> _, mean, var = nd.kernels.batch_norm(x, nd.ones(1), nd.zeros(1), 0.0)
    >>> nd.kernels.batch_norm_grad(grad, x, nd.ones(1), mean, var, 0.0)
    (array([[0.],
           [0.]]), array([1.]), array([3.]))
)";

constexpr const char *batch_norm_inference =
    R"(Channels normalized by given statistics, then scaled and shifted, as when a trained network is used.

The formula is (x - mean) * (weight / sqrt(var + eps)) + bias, in one pass over x.

Args:
    x: Floats of shape (N, ..., C).
    weight: (C,).
    bias: (C,).
    mean: Of each channel, (C,).
    var: Of each channel, (C,).
    eps: Added to the variance.

Returns:
    The result (N, ..., C), whose axes lie in memory in the order of those of x.

Raises:
    ShapeError: x has no axes, or one of the others is not of the size of the last one.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.batch_norm_inference(nd.asarray([[3.0], [5.0]]), nd.ones(1), nd.zeros(1), nd.ones(1), nd.ones(1), 3.0)
    array([[1.],
           [2.]])
)";

constexpr const char *batch_norm_inference_grad =
    R"(The gradients of batch_norm_inference for x, weight and bias; the statistics count as constants.

With s = 1 / sqrt(var + eps): dx = grad * weight * s, dweight = sum(grad * (x - mean) * s), dbias = sum(grad).

Args:
    grad: The gradient of the result; broadcasts to the shape of x.
    x: As in the forward call, (N, ..., C).
    weight: As in the forward call, (C,).
    mean: As in the forward call, (C,).
    var: As in the forward call, (C,).
    eps: As in the forward call.

Returns:
    dx (N, ..., C), dweight (C,) and dbias (C,).

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> x, grad = nd.asarray([[3.0], [5.0]]), nd.asarray([[1.0], [2.0]])
    >>> nd.kernels.batch_norm_inference_grad(grad, x, nd.ones(1), nd.ones(1), nd.ones(1), 3.0)
    (array([[0.5],
           [1. ]]), array([5.]), array([3.]))
)";

}  // namespace needle::python::docs
