"""Losses of numbers and their targets: squares, absolute values, and what lies between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..elementwise.selection import clip
from .reduction import check_reduction, check_target, reduced

if TYPE_CHECKING:
    from ...tensor import Tensor


def mse_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Measure the distance of predictions from targets by squares: (input - target)**2.

    Args:
        input: the predictions, floating point, of any shape.
        target: of the same shape.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        ShapeError: the shapes differ; they are not broadcast.
        ValueError: the reduction is unknown.
    """
    check_reduction("mse_loss", reduction)
    check_target("mse_loss", input, target)
    difference = input - target
    return reduced(difference * difference, reduction)


def l1_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Measure the distance of predictions from targets by absolute values: |input - target|, with gradient 0 at 0.

    Args:
        input: the predictions, floating point, of any shape.
        target: of the same shape.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        ShapeError: the shapes differ; they are not broadcast.
        ValueError: the reduction is unknown.
    """
    check_reduction("l1_loss", reduction)
    check_target("l1_loss", input, target)
    return reduced((input - target).abs(), reduction)


def huber_loss(input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0) -> Tensor:
    """Measure small distances d by squares and large ones by absolute values, so that outliers pull no harder.

    d**2 / 2 where |d| <= delta, and delta * (|d| - delta / 2) elsewhere.

    Args:
        input: the predictions, floating point, of any shape.
        target: of the same shape.
        reduction: "mean" or "sum" over all elements, or "none".
        delta: where the square turns into a line; more than 0.

    Raises:
        ShapeError: the shapes differ; they are not broadcast.
        ValueError: the reduction is unknown, or delta is not positive.

    Source: Huber, "Robust Estimation of a Location Parameter", 1964.
    """
    check_reduction("huber_loss", reduction)
    check_target("huber_loss", input, target)
    if not delta > 0:
        raise ValueError(f"huber_loss: delta is {delta}; expected more than 0")
    return reduced(rounded_distance(input, target, delta), reduction)


def smooth_l1_loss(input: Tensor, target: Tensor, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """Measure distances d by absolute values whose corner at 0 is rounded by a square.

    d**2 / (2 * beta) where |d| < beta, and |d| - beta / 2 elsewhere: `huber_loss` divided by beta.

    Args:
        input: the predictions, floating point, of any shape.
        target: of the same shape.
        reduction: "mean" or "sum" over all elements, or "none".
        beta: where the square turns into a line; 0 gives `l1_loss`.

    Raises:
        ShapeError: the shapes differ; they are not broadcast.
        ValueError: the reduction is unknown, or beta is negative.

    Source: Girshick, "Fast R-CNN", 2015, https://arxiv.org/abs/1504.08083.
    """
    check_reduction("smooth_l1_loss", reduction)
    check_target("smooth_l1_loss", input, target)
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss: beta is {beta}; expected 0 or more")
    return reduced(rounded_distance(input, target, beta) / beta if beta > 0 else (input - target).abs(), reduction)


def rounded_distance(input: Tensor, target: Tensor, width: float) -> Tensor:
    """Return d**2 / 2 for distances d of less than a width, and width * (d - width / 2) for others.

    Both are s * (d - s / 2) with s = min(d, width). A choice by `where` would give an infinite distance the gradient
    NaN: 0 times that of its infinite square.
    """
    distance = (input - target).abs()
    within = clip(distance, high=width)
    return within * (distance - within * 0.5)
