"""Steps of the optimizers, in place."""

from __future__ import annotations

from typing import Any

from ..selection import array_namespace

Array = Any


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
    decoupled: bool = False,
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
        decoupled: whether the parameter shrinks by the factor 1 - lr * weight_decay before the step, and the penalty
            stays out of g.

    Source: Kingma and Ba, "Adam", 2015, https://arxiv.org/abs/1412.6980; Loshchilov and Hutter, "Decoupled Weight
    Decay Regularization", 2019, https://arxiv.org/abs/1711.05101.
    """
    xp = array_namespace(param)
    if weight_decay and decoupled:
        param *= 1 - lr * weight_decay
    elif weight_decay:
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
