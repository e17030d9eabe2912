"""Losses of logits and labels."""

from __future__ import annotations

import math
from typing import Any

from ..selection import array_namespace, dtype_kind
from .probability import logsumexp

Array = Any


def cross_entropy(
    logits: Array, labels: Array, ignore_index: int = -100, reduction: str = "none"
) -> tuple[Array, Array]:
    """Return the negative log-likelihood of each row's label: logsumexp(logits) - logits[label].

    Args:
        logits: floating point, (N, C).
        labels: integers in [0, C), or floats that are such numbers, (N,).
        ignore_index: the label of rows that do not count; their loss is 0, whatever they hold.
        reduction: "sum" or "mean" over the rows that count, or "none". The mean of no rows is NaN.

    Returns:
        The losses, (N,), or their sum or mean, of no axes; and the logsumexp of each row, (N,).

    Raises:
        IndexError: a label is neither in [0, C) nor `ignore_index`, or no whole number.
    """
    xp = array_namespace(logits)
    rows, classes = logits.shape
    kept = _kept(labels, ignore_index)
    outside = (labels < 0) | (labels >= classes)
    wrong = outside if dtype_kind(labels.dtype) != "f" else outside | (labels != xp.floor(labels))  # NaN too
    wrong = wrong & kept
    if bool(xp.any(wrong)):
        position = int(xp.argmax(xp.astype(wrong, xp.int64)))
        label = f"{float(labels[position]):g}" if dtype_kind(labels.dtype) == "f" else int(labels[position])
        why = "is out of range for" if bool(outside[position]) else "is none of the"
        raise IndexError(
            f"cross_entropy: label {label} at position {position} {why} {classes} "
            f"classes; labels are integers from 0 to {classes - 1}"
        )
    first = xp.arange(rows, dtype=xp.int64, device=logits.device) * classes
    places = first + xp.where(kept, xp.astype(labels, xp.int64), 0)
    picked = xp.take(xp.reshape(logits, (-1,)), places, axis=0)
    log_sums = logsumexp(logits, axis=1)
    losses = xp.where(kept, log_sums - picked, 0.0)
    if reduction == "sum":
        losses = xp.sum(losses)
    elif reduction == "mean":
        counted = int(xp.count_nonzero(kept))
        losses = xp.mean(losses) * (rows / counted if counted else math.nan)
    return losses, log_sums


def cross_entropy_grad(
    grad: Array, logits: Array, labels: Array, log_sums: Array, ignore_index: int = -100, reduction: str = "none"
) -> Array:
    """Return dlogits = grad * (softmax(logits) - one_hot(labels)) of the losses of `cross_entropy`.

    Of the mean, it is divided by the number of rows that count; rows that do not count have a gradient of zero.

    Args:
        grad: the gradient of the first result of the forward call, of its shape.
        logits: (N, C), as in the forward call.
        labels: (N,), as in the forward call.
        log_sums: (N,), the second result of the forward call.
        ignore_index: as in the forward call.
        reduction: as in the forward call.
    """
    xp = array_namespace(logits)
    kept = _kept(labels, ignore_index)
    if reduction == "none":
        grad = grad[:, None]
    elif reduction == "mean":
        counted = int(xp.count_nonzero(kept))
        grad = grad / counted if counted else grad
    probabilities = xp.exp(logits - log_sums[:, None])
    hit = xp.astype(labels, xp.int64)[:, None] == xp.arange(logits.shape[1], dtype=xp.int64, device=logits.device)
    return xp.where(kept[:, None], grad * (probabilities - xp.astype(hit, logits.dtype)), 0.0)


def _kept(labels: Array, ignore_index: int) -> Array:
    """Tell which rows count."""
    if ignore_index < 0 and dtype_kind(labels.dtype) in "ub":  # where there is no such label to compare with
        xp = array_namespace(labels)
        return xp.ones_like(labels, dtype=xp.bool)
    return labels != ignore_index
