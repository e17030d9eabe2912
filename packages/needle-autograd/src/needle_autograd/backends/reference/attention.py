"""Scaled dot-product attention."""

from __future__ import annotations

from typing import Any

from ..selection import array_namespace, dtype_kind

Array = Any


def attention(
    q: Array, k: Array, v: Array, *, mask: Array | None = None, causal: bool = False, scale: float | None = None
) -> tuple[Array, Array]:
    """Return softmax(scale * q @ k.mT + mask) @ v, with the softmax over the keys.

    Args:
        q: (..., T, D).
        k: (..., S, D); the axes before the last two of q, k and v broadcast.
        v: (..., S, E).
        mask: broadcast to (..., T, S): booleans, true where the query may attend to the key, or floats that are added
            to the scores.
        causal: whether query i attends to the keys 0 to i only, also where T and S differ.
        scale: None for 1 / sqrt(D).

    Returns:
        The result (..., T, E) and the logarithms (..., T) of what each row's softmax divides by, which the gradient
        wants. A query that may attend to no key has a row of zeros, and -inf. What a query may not attend to does not
        reach its row, be it NaN or infinite.

    Source: Vaswani et al., "Attention Is All You Need", 2017, https://arxiv.org/abs/1706.03762.
    """
    xp = array_namespace(q)
    scores = _scores(q, k, mask, causal, scale)
    scores = xp.broadcast_to(scores, (*_leading(xp, scores, v), *scores.shape[-2:]))
    log_sums = _log_sums(scores)
    return _weighted(_probabilities(scores, log_sums), v), log_sums


def attention_grad(
    grad: Array,
    q: Array,
    k: Array,
    v: Array,
    out: Array,
    log_sums: Array,
    *,
    mask: Array | None = None,
    causal: bool = False,
    scale: float | None = None,
) -> tuple[Array, Array, Array]:
    """Return the gradients of `attention` for q, k and v; the mask gets none.

    With P = exp(scale * q @ k.mT + mask - log_sums) and dS = scale * P * (grad @ v.mT - sum(grad * out)):
    dq = dS @ k, dk = dS.mT @ q, dv = P.mT @ grad, summed over the axes that were broadcast.

    Source: Dao, "FlashAttention-2", 2023, https://arxiv.org/abs/2307.08691.
    """
    xp = array_namespace(q)
    scores = _scores(q, k, mask, causal, scale)
    probabilities = _probabilities(scores, log_sums)
    deltas = xp.sum(grad * out, axis=-1, keepdims=True)
    d_scores = _factor(q, scale) * probabilities * (grad @ xp.matrix_transpose(v) - deltas)
    d_scores = xp.where(scores == -float("inf"), xp.zeros_like(d_scores), d_scores)
    return (
        _summed_to(_weighted(d_scores, k), q.shape),
        _summed_to(_weighted(xp.matrix_transpose(d_scores), q), k.shape),
        _summed_to(_weighted(xp.matrix_transpose(probabilities), grad), v.shape),
    )


def _factor(q: Array, scale: float | None) -> float:
    return max(q.shape[-1], 1) ** -0.5 if scale is None else scale


def _scores(q: Array, k: Array, mask: Array | None, causal: bool, scale: float | None) -> Array:
    xp = array_namespace(q)
    scores = _factor(q, scale) * (q @ xp.matrix_transpose(k))
    hidden = xp.full((), -float("inf"), dtype=scores.dtype)
    if mask is not None:
        is_seen, added = (mask, scores) if dtype_kind(mask.dtype) == "b" else (mask != hidden, scores + mask)
        scores = xp.where(is_seen, added, hidden)
    if causal:
        rows, columns = xp.arange(q.shape[-2]), xp.arange(k.shape[-2])
        scores = xp.where(xp.expand_dims(rows, axis=1) >= columns, scores, hidden)
    return scores


def _log_sums(scores: Array) -> Array:
    """Return logsumexp of each row, -inf for one of nothing but -inf or of no key."""
    xp = array_namespace(scores)
    nothing = xp.full(scores.shape[:-1], -float("inf"), dtype=scores.dtype)
    if scores.shape[-1] == 0:
        return nothing
    peak = xp.max(scores, axis=-1)
    seen = peak != -float("inf")
    shift = xp.where(seen, peak, xp.zeros_like(peak))
    sums = xp.sum(xp.exp(scores - xp.expand_dims(shift, axis=-1)), axis=-1)
    return xp.where(seen, xp.log(xp.where(seen, sums, xp.ones_like(sums))) + shift, nothing)


def _probabilities(scores: Array, log_sums: Array) -> Array:
    xp = array_namespace(scores)
    log_sums = xp.expand_dims(log_sums, axis=-1)
    nothing = log_sums == -float("inf")  # where -inf - -inf would be NaN
    shifted = scores - xp.where(nothing, xp.zeros_like(log_sums), log_sums)
    return xp.exp(xp.where(scores == -float("inf"), scores, shifted))  # what is hidden stays so in a row that is NaN


def _weighted(weights: Array, rows: Array) -> Array:
    """Return weights @ rows, in which a weight of 0 takes nothing from a row, though 0 * NaN is NaN."""
    xp = array_namespace(rows)
    if bool(xp.all(xp.isfinite(rows))):
        return weights @ rows
    columns = (weights[..., i : i + 1] for i in range(rows.shape[-2]))
    nothing = xp.zeros((), dtype=rows.dtype)
    return sum(w * xp.where(w == 0, nothing, rows[..., i : i + 1, :]) for i, w in enumerate(columns))


def _leading(xp: Any, scores: Array, v: Array) -> tuple[int, ...]:
    ones = tuple(xp.empty((*array.shape[:-2], 0)) for array in (scores, v))
    return tuple(xp.broadcast_arrays(*ones)[0].shape[:-1])


def _summed_to(gradient: Array, shape: tuple[int, ...]) -> Array:
    xp = array_namespace(gradient)
    extra = len(gradient.shape) - len(shape)
    if extra > 0:
        gradient = xp.sum(gradient, axis=tuple(range(extra)))
    folded = tuple(i for i, size in enumerate(shape[:-2]) if size == 1 and gradient.shape[i] != 1)
    return xp.sum(gradient, axis=folded, keepdims=True) if folded else gradient
