// What help() says about the steps of optimizers; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *sgd_step = R"(Updates a parameter by stochastic gradient descent, in place and in one pass.

In formulas: g = grad + weight_decay * param; buffer = momentum * buffer + (1 - dampening) * g; param -= lr * buffer.

Args:
    param: The parameter, written: floats of any layout.
    grad: Its gradient.
    buffer: The running update, written; None without momentum, and then param -= lr * g.
    lr: Learning rate.
    momentum: Share of the running update that is kept.
    dampening: Share of the gradient that is left out of the running update.
    weight_decay: Factor of the penalty on the parameter's square.

Raises:
    ShapeError: The arrays differ in shape.
    DTypeError: They differ in dtype, or have none of floats.
    ValueError: What is written is read-only, a broadcast view, or shares memory with something else that is.

Example:
    >>> import needle_ndarray as nd
    >>> w = nd.asarray([1.0, 2.0])
    >>> nd.kernels.sgd_step(w, nd.asarray([1.0, -1.0]), None, lr=0.5)
    >>> w
    array([0.5, 2.5])
)";

constexpr const char *adam_step = R"(Updates a parameter by Adam, in place and in one pass.

In formulas: g = grad + weight_decay * param; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
param -= lr * (m / (1 - beta1^step)) / (sqrt(v / (1 - beta2^step)) + eps).

Args:
    param: The parameter, written: floats of any layout.
    grad: Its gradient.
    m: Running mean of the gradient, written.
    v: Running mean of the gradient's square, written.
    lr: Learning rate.
    beta1: Decay of m.
    beta2: Decay of v.
    eps: Added to the denominator.
    weight_decay: Factor of the penalty on the parameter's square.
    step: Number of this step, from 1.
    decoupled: Whether the parameter shrinks by the factor 1 - lr * weight_decay before the step, as in AdamW, and the
        penalty stays out of g.

Raises:
    ShapeError: The arrays differ in shape.
    DTypeError: They differ in dtype, or have none of floats.
    ValueError: step is below 1; or what is written is read-only, a broadcast view, or shares memory with something
        else that is.

Example:
    >>> import needle_ndarray as nd
    >>> w, m, v = nd.asarray([1.0, 2.0]), nd.zeros(2), nd.zeros(2)
    >>> nd.kernels.adam_step(w, nd.asarray([4.0, -4.0]), m, v, lr=0.5, beta1=0.9, beta2=0.99, eps=1e-8, step=1)
    >>> w
    array([0.5, 2.5])
)";

constexpr const char *rmsprop_step = R"(Updates a parameter by RMSprop, in place and in one pass.

In formulas: g = grad + weight_decay * param; s = alpha * s + (1 - alpha) * g^2; u = g / (sqrt(s) + eps);
param -= lr * u, or with a buffer: buffer = momentum * buffer + u; param -= lr * buffer.

Args:
    param: The parameter, written: floats of any layout.
    grad: Its gradient.
    square_average: s, the running mean of the gradient's square, written.
    buffer: The running update, written; None without momentum.
    lr: Learning rate.
    alpha: Decay of s.
    eps: Added to the denominator.
    momentum: Share of the running update that is kept.
    weight_decay: Factor of the penalty on the parameter's square.

Raises:
    ShapeError: The arrays differ in shape.
    DTypeError: They differ in dtype, or have none of floats.
    ValueError: What is written is read-only, a broadcast view, or shares memory with something else that is.

Example:
    >>> import needle_ndarray as nd
    >>> w, s = nd.asarray([1.0, 2.0]), nd.zeros(2)
    >>> nd.kernels.rmsprop_step(w, nd.asarray([4.0, -4.0]), s, lr=0.5, alpha=0.75, eps=0.0)
    >>> w
    array([0., 3.])
)";

}  // namespace needle::python::docs
