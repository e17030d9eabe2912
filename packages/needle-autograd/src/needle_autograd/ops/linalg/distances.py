"""How far vectors are from each other, how alike their directions are, and vectors of length 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ShapeError
from ..arguments import require_tensors
from ..elementwise.selection import clip
from ..reductions.norms import norm

if TYPE_CHECKING:
    from ...tensor import Tensor


def normalize(a: Tensor, p: float = 2.0, axis: int = 1, eps: float = 1e-12) -> Tensor:
    """Divide vectors by their norms, so that their length is 1.

    Args:
        a: a tensor of floating point.
        p: which norm, as in `norm`.
        axis: the axis along which the vectors lie.
        eps: the norm that a vector counts as having at least.

    Raises:
        ShapeError: there is no such axis.
    """
    return a / clip(norm(a, p, axis, keepdims=True), eps)


def cosine_similarity(a: Tensor, b: Tensor, axis: int = 1, eps: float = 1e-8) -> Tensor:
    """Take the cosine of the angle between vectors: sum(a * b) / (norm(a) * norm(b)).

    Args:
        a: vectors of floating point.
        b: others; the shapes broadcast.
        axis: the axis along which the vectors lie, of the shape that they have together.
        eps: the norm that a vector counts as having at least.

    Raises:
        ShapeError: there is no such axis, or the shapes do not broadcast.
    """
    require_tensors("cosine_similarity", a=a, b=b)
    product = a * b
    if a.shape != product.shape:
        a = a.broadcast_to(product.shape)
    if b.shape != product.shape:
        b = b.broadcast_to(product.shape)
    lengths = clip(norm(a, 2, axis), eps) * clip(norm(b, 2, axis), eps)
    return product.sum(axis) / lengths


def pairwise_distance(a: Tensor, b: Tensor, p: float = 2.0, eps: float = 1e-6, keepdims: bool = False) -> Tensor:
    """Measure how far vectors are from each other: norm(a - b + eps) along the last axis.

    Args:
        a: vectors, (..., D).
        b: others; the shapes broadcast.
        p: which norm, as in `norm`.
        eps: added to each difference, as PyTorch does, so that no distance is 0.
        keepdims: whether the last axis stays, with size 1.

    Raises:
        ShapeError: the shapes do not broadcast.
    """
    require_tensors("pairwise_distance", a=a, b=b)
    return norm(a - b + eps, p, -1, keepdims)


def cdist(a: Tensor, b: Tensor, p: float = 2.0) -> Tensor:
    """Measure how far each of some vectors is from each of others.

    The differences are taken one by one, so that near vectors have exact distances; they need memory for N * M * D
    numbers. Where two vectors are equal the gradient is zero.

    Args:
        a: (..., N, D).
        b: (..., M, D); the leading axes broadcast.
        p: which norm, as in `norm`.

    Returns:
        (..., N, M).

    Raises:
        ShapeError: the vectors differ in size, or there are less than two axes.
    """
    require_tensors("cdist", a=a, b=b)
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-1]:
        raise ShapeError(f"cdist: a has shape {a.shape} and b {b.shape}; expected (..., N, D) and (..., M, D)")
    return norm(a.expand_dims(-2) - b.expand_dims(-3), p, -1)
