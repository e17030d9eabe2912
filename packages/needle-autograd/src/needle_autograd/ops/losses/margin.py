"""Losses that are zero where things are as far apart as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..elementwise.activations import softplus
from ..elementwise.comparisons import greater
from ..elementwise.rectifiers import relu
from ..elementwise.selection import minimum, where
from ..linalg.distances import cosine_similarity, pairwise_distance
from .reduction import check_reduction, check_target, reduced

if TYPE_CHECKING:
    from ...tensor import Tensor


def margin_ranking_loss(a: Tensor, b: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean") -> Tensor:
    """Measure how much one score falls short of being above another by a margin: max(0, margin - target * (a - b)).

    Args:
        a: scores, of any shape.
        b: others, of the same shape.
        target: of the same shape: 1 where `a` should be the larger, -1 where `b` should.
        margin: how much larger.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        ShapeError: the shapes differ; they are not broadcast.
        ValueError: the reduction is unknown.
    """
    name = "margin_ranking_loss"
    check_reduction(name, reduction)
    check_target(name, a, b)
    check_target(name, a, target)
    return reduced(relu(margin - target * (a - b)), reduction)


def hinge_embedding_loss(input: Tensor, target: Tensor, margin: float = 1.0, reduction: str = "mean") -> Tensor:
    """Measure distances of pairs that belong together, and how far others fall short of a margin.

    Args:
        input: distances, of any shape.
        target: of the same shape: 1 for pairs that belong together, -1 for others, which cost max(0, margin - input).
        margin: how far the others should be apart.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        ShapeError: the shapes differ; they are not broadcast.
        ValueError: the reduction is unknown.
    """
    name = "hinge_embedding_loss"
    check_reduction(name, reduction)
    check_target(name, input, target)
    return reduced(where(greater(target, 0), input, relu(margin - input)), reduction)


def soft_margin_loss(input: Tensor, target: Tensor, reduction: str = "mean") -> Tensor:
    """Take log(1 + exp(-target * input)), the logistic loss of scores, without overflow.

    Args:
        input: scores, of any shape.
        target: 1 or -1, of the same shape.
        reduction: "mean" or "sum" over all elements, or "none".

    Raises:
        ShapeError: the shapes differ; they are not broadcast.
        ValueError: the reduction is unknown.
    """
    check_reduction("soft_margin_loss", reduction)
    check_target("soft_margin_loss", input, target)
    return reduced(softplus(-(target * input)), reduction)


def cosine_embedding_loss(a: Tensor, b: Tensor, target: Tensor, margin: float = 0.0, reduction: str = "mean") -> Tensor:
    """Measure how unlike the directions of pairs are that belong together, and how alike those of others.

    Args:
        a: vectors, (N, D).
        b: others, (N, D).
        target: (N,): 1 for pairs that belong together, which cost 1 - cos, -1 for others: max(0, cos - margin).
        margin: how alike the others may be, from -1 to 1.
        reduction: "mean" or "sum" over the pairs, or "none".

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: the reduction is unknown.
    """
    name = "cosine_embedding_loss"
    check_reduction(name, reduction)
    check_target(name, a, b)
    cosines = cosine_similarity(a, b, -1)
    check_target(name, cosines, target)
    return reduced(where(greater(target, 0), 1 - cosines, relu(cosines - margin)), reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Measure how far vectors fall short of being nearer to one than to another, by a margin.

    max(0, distance(anchor, positive) - distance(anchor, negative) + margin)

    Args:
        anchor: vectors, (..., D).
        positive: those that should be near, of the same shape.
        negative: those that should be far, of the same shape.
        margin: how much farther.
        p: which norm.
        eps: added to differences, as in `pairwise_distance`.
        swap: whether to measure the negative from the positive, where it is nearer to that than to the anchor.
        reduction: "mean" or "sum" over the vectors, or "none".

    Raises:
        ShapeError: the shapes differ; they are not broadcast.
        ValueError: the reduction is unknown.

    Source: Balntas et al., "Learning local feature descriptors with triplets and shallow convolutional neural
    networks", 2016.
    """
    name = "triplet_margin_loss"
    check_reduction(name, reduction)
    check_target(name, anchor, positive)
    check_target(name, anchor, negative)
    far = pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = minimum(far, pairwise_distance(positive, negative, p, eps))
    return reduced(relu(pairwise_distance(anchor, positive, p, eps) - far + margin), reduction)
