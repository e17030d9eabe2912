// What help() says about activation functions and dropout; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *relu = R"(max(x, 0); NaN stays NaN.

Args:
    x: Array of floats; integers count as float32.

Returns:
    An array of x's shape.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.relu(nd.asarray([-1.0, 2.0]))
    array([0., 2.])
)";

constexpr const char *silu = R"(x * sigmoid(x).

Args:
    x: Array of floats; integers count as float32.

Returns:
    An array of x's shape.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.silu(nd.asarray([0.0, 100.0]))
    array([  0., 100.])
)";

constexpr const char *softplus = R"(log(1 + exp(x)), without overflow.

Args:
    x: Array of floats; integers count as float32.

Returns:
    An array of x's shape.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.softplus(nd.asarray([0.0, 100.0]))
    array([  0.6931472, 100.       ])
)";

constexpr const char *leaky_relu = R"(x where it is positive, else slope * x.

Args:
    x: Array of floats; integers count as float32.
    slope: Factor of what is negative.

Returns:
    An array of x's shape.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.leaky_relu(nd.asarray([-1.0, 2.0]), 0.5)
    array([-0.5,  2. ])
)";

constexpr const char *elu = R"(x where it is positive, else alpha * (exp(x) - 1).

Args:
    x: Array of floats; integers count as float32.
    alpha: The result at -infinity, negated.

Returns:
    An array of x's shape.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.elu(nd.asarray([-100.0, 2.0]))
    array([-1.,  2.])
)";

constexpr const char *relu_grad = R"(The gradient of relu from its result: 0 where y <= 0, else grad.

Args:
    grad: The gradient of the result.
    y: The result of the forward call. Broadcasts with grad.

Returns:
    An array of their common shape.

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.relu_grad(nd.asarray([1.0, 2.0]), nd.asarray([0.0, 3.0]))
    array([0., 2.])
)";

constexpr const char *sigmoid_grad = R"(The gradient of sigmoid from its result: grad * y * (1 - y).

Args:
    grad: The gradient of the result.
    y: The result of the forward call. Broadcasts with grad.

Returns:
    An array of their common shape.

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.sigmoid_grad(nd.asarray([2.0]), nd.asarray([0.5]))
    array([0.5])
)";

constexpr const char *tanh_grad = R"(The gradient of tanh from its result: grad * (1 - y^2).

Args:
    grad: The gradient of the result.
    y: The result of the forward call. Broadcasts with grad.

Returns:
    An array of their common shape.

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.tanh_grad(nd.asarray([2.0]), nd.asarray([0.5]))
    array([1.5])
)";

constexpr const char *silu_grad = R"(The gradient of silu: grad * s * (1 + x * (1 - s)) with s = sigmoid(x).

Args:
    grad: The gradient of the result.
    x: As in the forward call. Broadcasts with grad.

Returns:
    An array of their common shape.

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.silu_grad(nd.asarray([2.0]), nd.asarray([0.0]))
    array([1.])
)";

constexpr const char *softplus_grad = R"(The gradient of softplus: grad * sigmoid(x).

Args:
    grad: The gradient of the result.
    x: As in the forward call. Broadcasts with grad.

Returns:
    An array of their common shape.

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.softplus_grad(nd.asarray([2.0]), nd.asarray([0.0]))
    array([1.])
)";

constexpr const char *leaky_relu_grad = R"(The gradient of leaky_relu: grad where x > 0, else grad * slope.

Args:
    grad: The gradient of the result.
    x: As in the forward call. Broadcasts with grad.
    slope: As in the forward call.

Returns:
    An array of their common shape.

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.leaky_relu_grad(nd.asarray([1.0, 2.0]), nd.asarray([-1.0, 1.0]), 0.5)
    array([0.5, 2. ])
)";

constexpr const char *elu_grad = R"(The gradient of elu: grad * alpha * exp(x) where x <= 0, else grad.

Args:
    grad: The gradient of the result.
    x: As in the forward call. Broadcasts with grad.
    alpha: As in the forward call.

Returns:
    An array of their common shape.

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.elu_grad(nd.asarray([2.0, 2.0]), nd.asarray([0.0, 1.0]), 0.5)
    array([1., 2.])
)";

constexpr const char *gelu = R"(x times the probability that a normal number lies below it.

In one formula: x * (1 + erf(x / sqrt(2))) / 2, or with "tanh" x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3))) / 2.

Args:
    x: Array of floats; integers count as float32.
    approximate: "none" or "tanh".

Returns:
    An array of x's shape.

Raises:
    ValueError: `approximate` is neither.

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.gelu(nd.asarray([0.0, 1.0]))
    array([0.       , 0.8413447])
)";

constexpr const char *gelu_grad = R"(The gradient of gelu.

Args:
    grad: The gradient of the result.
    x: As in the forward call. Broadcasts with grad.
    approximate: As in the forward call.

Returns:
    An array of their common shape.

Raises:
    ShapeError: The shapes do not fit.
    ValueError: `approximate` is neither "none" nor "tanh".

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.gelu_grad(nd.asarray([2.0]), nd.asarray([0.0]))
    array([1.])
)";

constexpr const char *dropout =
    R"(x / (1 - p) where `keep` is true, else 0; the gradient is the same function of the gradient.

Args:
    x: Array of floats; integers count as float32.
    keep: Array of bool that broadcasts to the shape of x.
    p: The probability with which an element was dropped, in [0, 1).

Returns:
    An array of x's shape.

Raises:
    ShapeError: `keep` does not broadcast to the shape of x.
    ValueError: p is outside [0, 1).

Example:
    >>> import needle_ndarray as nd
    >>> nd.kernels.dropout(nd.asarray([1.0, 2.0]), nd.asarray([True, False]), 0.5)
    array([2., 0.])
)";

}  // namespace needle::python::docs
