"""Layer and batch normalization."""

from __future__ import annotations

from typing import Any

from ..selection import array_namespace

Array = Any


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


def batch_norm_inference(x: Array, weight: Array, bias: Array, mean: Array, var: Array, eps: float) -> Array:
    """Normalize each channel by given statistics, then scale and shift, as when a trained network is used.

    Args:
        x: (N, ..., C).
        weight: (C,).
        bias: (C,).
        mean: (C,).
        var: (C,).
        eps: added to the variance.

    Returns:
        (x - mean) / sqrt(var + eps) * weight + bias, (N, ..., C).
    """
    xp = array_namespace(x)
    return (x - mean) * (weight / xp.sqrt(var + eps)) + bias


def batch_norm_inference_grad(
    grad: Array, x: Array, weight: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array, Array]:
    """Return the gradients of `batch_norm_inference` for x (N, ..., C), weight (C,) and bias (C,).

    The statistics count as constants. With s = 1 / sqrt(var + eps):
    dx = grad * weight * s, dweight = sum(grad * (x - mean) * s), dbias = sum(grad).
    """
    xp = array_namespace(x)
    rows = tuple(range(len(x.shape) - 1))
    inverse_std = 1 / xp.sqrt(var + eps)
    dweight = xp.sum(grad * ((x - mean) * inverse_std), axis=rows)
    return grad * (weight * inverse_std), dweight, xp.sum(grad, axis=rows)
