"""Losses of logits and labels."""

from __future__ import annotations

from typing import Any

from ..selection import array_namespace, dtype_kind
from .probability import logsumexp

Array = Any


def cross_entropy(logits: Array, labels: Array) -> tuple[Array, Array]:
    """Return the negative log-likelihood of each row's label: logsumexp(logits) - logits[label].

    Args:
        logits: floating point, (N, C).
        labels: integers in [0, C), or floats that are such numbers, (N,).

    Returns:
        The losses and the logsumexp of each row, both (N,).

    Raises:
        IndexError: a label is outside [0, C), or no whole number.
    """
    xp = array_namespace(logits)
    rows, classes = logits.shape
    outside = (labels < 0) | (labels >= classes)
    wrong = outside if dtype_kind(labels.dtype) != "f" else outside | (labels != xp.floor(labels))  # NaN too
    if bool(xp.any(wrong)):
        position = int(xp.argmax(xp.astype(wrong, xp.int64)))
        label = f"{float(labels[position]):g}" if dtype_kind(labels.dtype) == "f" else int(labels[position])
        why = "is out of range for" if bool(outside[position]) else "is none of the"
        raise IndexError(
            f"cross_entropy: label {label} at position {position} {why} {classes} "
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
