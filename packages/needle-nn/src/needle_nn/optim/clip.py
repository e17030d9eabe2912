"""Limiting the size of gradients."""

from collections.abc import Iterable
from math import isfinite, sqrt

from needle_autograd import Tensor, no_grad


def clip_grad_norm(params: Iterable[Tensor], max_norm: float) -> float:
    """Scale gradients so that their joint Euclidean norm is at most max_norm.

    `grad = grad * min(1, max_norm / norm)`. The scaled gradients are new tensors in `param.grad`.

    Args:
        params: tensors; those without a gradient are passed over.
        max_norm: the largest norm to allow.

    Returns:
        The norm before scaling.

    Raises:
        ValueError: if max_norm is not positive.
        FloatingPointError: if the norm is infinite or NaN, which no scaling can mend.
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm must be positive, got {max_norm}.")
    with_grad = [param for param in params if param.grad is not None]
    with no_grad():
        norm = sqrt(sum((param.grad * param.grad).sum().item() for param in with_grad))
        if not isfinite(norm):
            raise FloatingPointError(f"the norm of the gradients is {norm}; look for inf or NaN in the loss.")
        if norm > max_norm:
            for param in with_grad:
                param.grad = param.grad * (max_norm / norm)
    return norm
