"""Losses that are negative logarithms of the likelihood of numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..elementwise.comparisons import greater
from ..elementwise.exponential import exp, log
from ..elementwise.selection import where
from .reduction import check_reduction, check_target, reduced

if TYPE_CHECKING:
    from ...tensor import Tensor


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """Take the negative logarithm of the likelihood of counts, less log(target!), under Poisson's distribution.

    Args:
        input: logarithms of the expected counts, of any shape: exp(input) - target * input. Or the counts themselves:
            input - target * log(input + eps).
        target: counts, of the same shape.
        log_input: which of the two `input` is.
        full: whether to add Stirling's approximation of log(target!) where the target is more than 1.
        eps: keeps the logarithm of 0 finite.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        ShapeError: the shapes differ; they are not broadcast.
        ValueError: the reduction is unknown.
    """
    name = "poisson_nll_loss"
    check_reduction(name, reduction)
    check_target(name, input, target)
    losses = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        several = greater(target, 1)
        count = where(several, target, 1.0)
        losses = losses + where(several, count * log(count) - count + 0.5 * log(2 * math.pi * count), 0.0)
    return reduced(losses, reduction)


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """Take the negative logarithm of the likelihood of numbers under a normal distribution, less log(2 * pi) / 2.

    (log(var) + (input - target)**2 / var) / 2

    Args:
        input: the expected numbers, of any shape.
        target: the numbers, of the same shape.
        var: the variances, of a shape that broadcasts to it; what is less than eps counts as eps, and has the gradient
            that it would have there.
        full: whether to add log(2 * pi) / 2.
        eps: the least variance.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        ShapeError: the shapes of input and target differ, or that of the variances does not broadcast.
        ValueError: the reduction is unknown.
    """
    name = "gaussian_nll_loss"
    check_reduction(name, reduction)
    check_target(name, input, target)
    spread = var + where(greater(eps - var, 0), eps - var, 0.0).detach()
    losses = (log(spread) + (input - target) ** 2 / spread) * 0.5
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)
