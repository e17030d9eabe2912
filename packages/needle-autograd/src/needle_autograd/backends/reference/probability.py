"""Softmax and its relatives."""

from __future__ import annotations

from typing import Any

from ..selection import array_namespace

Array = Any
Axes = int | tuple[int, ...] | None


def logsumexp(x: Array, axis: Axes = None, keepdims: bool = False) -> Array:
    """Return log(sum(exp(x))) over axes, shifted by the maximum so that it does not overflow.

    Args:
        x: array of any shape.
        axis: the axes to reduce; None for all.
        keepdims: whether reduced axes stay, with size 1.

    Returns:
        The logarithms; of nothing, -inf.
    """
    xp = array_namespace(x)
    if 0 in x.shape:
        shape = xp.sum(x, axis=axis, keepdims=keepdims).shape
        return xp.full(shape, -float("inf"), dtype=xp.exp(x).dtype, device=x.device)
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
    _require_axes(x)
    if 0 in x.shape:
        return xp.exp(x)  # nothing has no maximum
    powers = xp.exp(x - xp.max(x, axis=axis, keepdims=True))
    return powers / xp.sum(powers, axis=axis, keepdims=True)


def softmax_grad(grad: Array, y: Array, axis: int = -1) -> Array:
    """Return dx = y * (grad - sum(grad * y)) of y = softmax(x, axis)."""
    xp = array_namespace(y)
    return y * (grad - xp.sum(grad * y, axis=axis, keepdims=True))


def log_softmax(x: Array, axis: int = -1) -> Array:
    """Return x - logsumexp(x) along an axis."""
    xp = array_namespace(x)
    _require_axes(x)
    if 0 in x.shape:
        return xp.exp(x)
    shifted = x - xp.max(x, axis=axis, keepdims=True)
    return shifted - xp.log(xp.sum(xp.exp(shifted), axis=axis, keepdims=True))


def log_softmax_grad(grad: Array, y: Array, axis: int = -1) -> Array:
    """Return dx = grad - exp(y) * sum(grad) of y = log_softmax(x, axis)."""
    xp = array_namespace(y)
    return grad - xp.exp(y) * xp.sum(grad, axis=axis, keepdims=True)


def _require_axes(x: Array) -> None:
    """Refuse an array without axes, of which NumPy would reduce an axis that is not there."""
    if not x.shape:
        raise IndexError("an array without axes has no vectors along one")


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
