"""The deep-learning kernels that the Array API standard does not have, written plainly in terms of the standard.

This is the protocol between autograd and the arrays: every function here may have a native version of the same name
and signature in `needle_ndarray.kernels`, and is the oracle that the native version is tested against. It serves
NumPy and every other library that follows the standard. Functions take and return arrays; `*_grad` functions take the
gradient of the result first and return that of the inputs; `*_step` functions write into their arguments.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .selection import array_namespace

__all__ = [
    "adam_step",
    "batch_norm",
    "batch_norm_grad",
    "cross_entropy",
    "cross_entropy_grad",
    "dropout",
    "index_add",
    "layer_norm",
    "layer_norm_grad",
    "log_softmax",
    "log_softmax_grad",
    "logsumexp",
    "logsumexp_grad",
    "relu",
    "relu_grad",
    "rmsprop_step",
    "sgd_step",
    "sigmoid",
    "sigmoid_grad",
    "softmax",
    "softmax_grad",
]

Array = Any
Axes = int | tuple[int, ...] | None


def relu(x: Array) -> Array:
    """Return max(x, 0), elementwise; NaN stays NaN."""
    xp = array_namespace(x)
    return xp.maximum(x, xp.zeros((), dtype=x.dtype, device=x.device))


def relu_grad(grad: Array, y: Array) -> Array:
    """Return dx of y = relu(x): the gradient where y > 0, and 0 elsewhere."""
    xp = array_namespace(y)
    return xp.where(y > 0, grad, xp.zeros((), dtype=grad.dtype, device=grad.device))


def sigmoid(x: Array) -> Array:
    """Return 1 / (1 + exp(-x)), elementwise, without overflow for any x."""
    xp = array_namespace(x)
    decay = xp.exp(-xp.abs(x))  # in (0, 1]
    return xp.where(x >= 0, 1 / (1 + decay), decay / (1 + decay))


def sigmoid_grad(grad: Array, y: Array) -> Array:
    """Return dx = grad * y * (1 - y) of y = sigmoid(x)."""
    return grad * y * (1 - y)


def logsumexp(x: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    """Return log(sum(exp(x))) over axes, shifted by the maximum so that it does not overflow.

    Args:
        x: array of any shape.
        axis: the axes to reduce; None for all.
        keepdims: whether reduced axes stay, with size 1.
    """
    xp = array_namespace(x)
    peak = xp.max(x, axis=axis, keepdims=True)
    shift = xp.where(xp.isfinite(peak), peak, xp.zeros_like(peak))  # inf - inf would be NaN
    total = xp.log(xp.sum(xp.exp(x - shift), axis=axis, keepdims=True)) + shift
    if keepdims:
        return total
    return xp.reshape(total, _reduced_shape(x.shape, axis))


def logsumexp_grad(grad: Array, x: Array, y: Array, axis: Axes = None) -> Array:
    """Return dx = grad * exp(x - y) of y = logsumexp(x, axis), both given with the reduced axes kept or dropped."""
    xp = array_namespace(x)
    kept = _kept_shape(x.shape, axis)
    return xp.reshape(grad, kept) * xp.exp(x - xp.reshape(y, kept))


def softmax(x: Array, axis: int = -1) -> Array:
    """Return exp(x) / sum(exp(x)) along an axis, shifted by the maximum so that it does not overflow."""
    xp = array_namespace(x)
    powers = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return powers / xp.sum(powers, axis=axis, keepdims=True)


def softmax_grad(grad: Array, y: Array, axis: int = -1) -> Array:
    """Return dx = y * (grad - sum(grad * y)) of y = softmax(x, axis)."""
    xp = array_namespace(y)
    return y * (grad - xp.sum(grad * y, axis=axis, keepdims=True))


def log_softmax(x: Array, axis: int = -1) -> Array:
    """Return x - logsumexp(x) along an axis."""
    xp = array_namespace(x)
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))


def log_softmax_grad(grad: Array, y: Array, axis: int = -1) -> Array:
    """Return dx = grad - exp(y) * sum(grad) of y = log_softmax(x, axis)."""
    xp = array_namespace(y)
    return grad - xp.exp(y) * xp.sum(grad, axis=axis, keepdims=True)


def cross_entropy(logits: Array, labels: Array) -> tuple[Array, Array]:
    """Return the negative log-likelihood of each row's label: logsumexp(logits) - logits[label].

    Args:
        logits: floating point, (N, C).
        labels: integers in [0, C), (N,).

    Returns:
        The losses and the logsumexp of each row, both (N,).

    Raises:
        IndexError: a label is outside [0, C).
    """
    xp = array_namespace(logits)
    rows, classes = logits.shape
    outside = (labels < 0) | (labels >= classes)
    if bool(xp.any(outside)):
        position = int(xp.argmax(xp.astype(outside, xp.int64)))
        raise IndexError(
            f"cross_entropy: label {int(labels[position])} at position {position} is out of range for {classes} "
            f"classes; labels are integers from 0 to {classes - 1}"
        )
    offsets = xp.arange(rows, dtype=xp.int64, device=logits.device) * classes
    picked = xp.take(xp.reshape(logits, (-1,)), offsets + xp.astype(labels, xp.int64), axis=0)
    log_sums = logsumexp(logits, axis=1)
    return log_sums - picked, log_sums


def cross_entropy_grad(grad: Array, logits: Array, labels: Array, log_sums: Array) -> Array:
    """Return dlogits = grad * (softmax(logits) - one_hot(labels)) of the losses of `cross_entropy`.

    Args:
        grad: the gradient of the losses, (N,).
        logits: (N, C), as in the forward call.
        labels: (N,), as in the forward call.
        log_sums: (N,), the second result of the forward call.
    """
    xp = array_namespace(logits)
    probabilities = xp.exp(logits - log_sums[:, None])
    hit = xp.astype(labels, xp.int64)[:, None] == xp.arange(logits.shape[1], dtype=xp.int64, device=logits.device)
    return grad[:, None] * (probabilities - xp.astype(hit, logits.dtype))


def layer_norm(x: Array, weight: Array, bias: Array, eps: float) -> tuple[Array, Array, Array]:
    """Normalize each row to mean 0 and variance 1, then scale and shift: (x - mean) / sqrt(var + eps) * weight + bias.

    Args:
        x: (..., D).
        weight: (D,).
        bias: (D,).
        eps: added to the (biased) variance.

    Returns:
        The result (..., D), the mean (..., 1) and 1 / sqrt(var + eps) (..., 1).
    """
    xp = array_namespace(x)
    mean = xp.mean(x, axis=-1, keepdims=True)
    centred = x - mean
    inverse_std = 1 / xp.sqrt(xp.mean(centred * centred, axis=-1, keepdims=True) + eps)
    return centred * inverse_std * weight + bias, mean, inverse_std


def layer_norm_grad(
    grad: Array, x: Array, weight: Array, mean: Array, inverse_std: Array
) -> tuple[Array, Array, Array]:
    """Return the gradients of `layer_norm` for x (..., D), weight (D,) and bias (D,).

    With n = (x - mean) * inverse_std and g = grad * weight:
    dx = inverse_std * (g - mean(g) - n * mean(g * n)), dweight = sum(grad * n), dbias = sum(grad).
    """
    xp = array_namespace(x)
    rows = tuple(range(len(x.shape) - 1))
    normal = (x - mean) * inverse_std
    scaled = grad * weight
    dx = inverse_std * (
        scaled - xp.mean(scaled, axis=-1, keepdims=True) - normal * xp.mean(scaled * normal, axis=-1, keepdims=True)
    )
    return dx, xp.sum(grad * normal, axis=rows), xp.sum(grad, axis=rows)


def batch_norm(x: Array, weight: Array, bias: Array, eps: float) -> tuple[Array, Array, Array]:
    """Normalize each channel over the batch, then scale and shift, as in training.

    Args:
        x: (N, ..., C): statistics are taken over all axes but the last.
        weight: (C,).
        bias: (C,).
        eps: added to the variance.

    Returns:
        The result (N, ..., C), the batch's mean (C,) and its biased variance (C,).

    Source: Ioffe and Szegedy, "Batch Normalization", 2015, https://arxiv.org/abs/1502.03167.
    """
    xp = array_namespace(x)
    rows = tuple(range(len(x.shape) - 1))
    mean = xp.mean(x, axis=rows)
    centred = x - mean
    var = xp.mean(centred * centred, axis=rows)
    return centred * (weight / xp.sqrt(var + eps)) + bias, mean, var


def batch_norm_grad(
    grad: Array, x: Array, weight: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    """Return the gradients of the result of `batch_norm` for x (N, ..., C), weight (C,) and bias (C,).

    With n = (x - mean) / sqrt(var + eps): dbias = sum(grad), dweight = sum(grad * n),
    dx = weight / sqrt(var + eps) * (grad - mean(grad) - n * mean(grad * n)).
    """
    xp = array_namespace(x)
    rows = tuple(range(len(x.shape) - 1))
    count = x.size // x.shape[-1]
    inverse_std = 1 / xp.sqrt(var + eps)
    normal = (x - mean) * inverse_std
    dweight = xp.sum(grad * normal, axis=rows)
    dbias = xp.sum(grad, axis=rows)
    dx = weight * inverse_std * (grad - dbias / count - normal * (dweight / count))
    return dx, dweight, dbias


def dropout(x: Array, keep: Array, p: float) -> Array:
    """Return x / (1 - p) where `keep` is true and 0 elsewhere; the gradient is the same function of the gradient.

    Args:
        x: floating point, any shape.
        keep: bool, the shape of x.
        p: the probability with which an element was dropped, in [0, 1).
    """
    xp = array_namespace(x)
    return xp.where(keep, x * (1 / (1 - p)), xp.zeros((), dtype=x.dtype, device=x.device))


def index_add(x: Array, indices: Array, values: Array, axis: int = 0) -> Array:
    """Add values to the elements of x along an axis at given numbers, in place; equal numbers add up.

    Args:
        x: the array to add to, written.
        indices: integers of any shape; negative ones count from the end.
        values: the shape of x, with the axis replaced by those of `indices`.
        axis: the axis, from 0.

    Returns:
        x.
    """
    xp = array_namespace(x)
    if xp is np:
        place: Any = (slice(None),) * axis + (indices,)
        np.add.at(x, place, values)
    else:
        total = np.array(x)
        index_add(total, np.asarray(indices), np.asarray(values), axis)
        x[...] = xp.asarray(total, device=x.device)
    return x


def sgd_step(
    param: Array,
    grad: Array,
    buffer: Array | None,
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
) -> None:
    """Update a parameter by stochastic gradient descent, in place.

    g = grad + weight_decay * param; buffer = momentum * buffer + (1 - dampening) * g; param -= lr * buffer.

    Args:
        param: the parameter, written.
        grad: its gradient, read.
        buffer: the running update, written; None without momentum, and then param -= lr * g.
        lr: learning rate.
        momentum: share of the running update that is kept.
        dampening: share of the gradient that is left out of the running update.
        weight_decay: factor of the penalty on the parameter's square.
    """
    if weight_decay:
        grad = grad + weight_decay * param
    if buffer is None:
        param -= lr * grad
        return
    buffer *= momentum
    buffer += (1 - dampening) * grad
    param -= lr * buffer


def adam_step(
    param: Array,
    grad: Array,
    m: Array,
    v: Array,
    *,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float = 0.0,
    step: int,
) -> None:
    """Update a parameter by Adam, in place.

    g = grad + weight_decay * param; m = beta1 * m + (1 - beta1) * g; v = beta2 * v + (1 - beta2) * g^2;
    param -= lr * (m / (1 - beta1^step)) / (sqrt(v / (1 - beta2^step)) + eps).

    Args:
        param: the parameter, written.
        grad: its gradient, read.
        m: running mean of the gradient, written.
        v: running mean of the gradient's square, written.
        lr: learning rate.
        beta1: decay of m.
        beta2: decay of v.
        eps: added to the denominator.
        weight_decay: factor of the penalty on the parameter's square.
        step: number of this step, from 1.

    Source: Kingma and Ba, "Adam", 2015, https://arxiv.org/abs/1412.6980.
    """
    xp = array_namespace(param)
    if weight_decay:
        grad = grad + weight_decay * param
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * (grad * grad)
    param -= (lr / (1 - beta1**step)) * m / (xp.sqrt(v / (1 - beta2**step)) + eps)


def rmsprop_step(
    param: Array,
    grad: Array,
    square_average: Array,
    buffer: Array | None = None,
    *,
    lr: float,
    alpha: float,
    eps: float,
    momentum: float = 0.0,
    weight_decay: float = 0.0,
) -> None:
    """Update a parameter by RMSprop, in place.

    g = grad + weight_decay * param; s = alpha * s + (1 - alpha) * g^2; u = g / (sqrt(s) + eps);
    param -= lr * u, or with momentum buffer = momentum * buffer + u; param -= lr * buffer.

    Args:
        param: the parameter, written.
        grad: its gradient, read.
        square_average: s, the running mean of the gradient's square, written.
        buffer: the running update, written; None without momentum.
        lr: learning rate.
        alpha: decay of s.
        eps: added to the denominator.
        momentum: share of the running update that is kept.
        weight_decay: factor of the penalty on the parameter's square.

    Source: Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012.
    """
    xp = array_namespace(param)
    if weight_decay:
        grad = grad + weight_decay * param
    square_average *= alpha
    square_average += (1 - alpha) * (grad * grad)
    update = grad / (xp.sqrt(square_average) + eps)
    if buffer is None:
        param -= lr * update
        return
    buffer *= momentum
    buffer += update
    param -= lr * buffer


def _axes(ndim: int, axis: Axes) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(a % ndim for a in ((axis,) if isinstance(axis, int) else axis))


def _reduced_shape(shape: tuple[int, ...], axis: Axes) -> tuple[int, ...]:
    axes = _axes(len(shape), axis)
    return tuple(size for i, size in enumerate(shape) if i not in axes)


def _kept_shape(shape: tuple[int, ...], axis: Axes) -> tuple[int, ...]:
    axes = _axes(len(shape), axis)
    return tuple(1 if i in axes else size for i, size in enumerate(shape))
