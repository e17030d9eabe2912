"""What losses of classes have in common: where classes lie, ignored labels, and classes that count more than others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from ...backends import array_namespace, dtype_kind
from ...errors import ShapeError
from ..broadcasting import Shape, tensor_like, with_dtype_of
from ..elementwise.comparisons import not_equal
from ..elementwise.identities import astype
from ..elementwise.selection import where
from ..indexing.getting import take
from ..shapes.views import moveaxis
from .reduction import reduced

if TYPE_CHECKING:
    from ...tensor import Tensor


class ClassTargets(NamedTuple):
    """The classes of rows.

    Attributes:
        labels: the classes, (N,), with 0 in the place of those that are ignored.
        kept: whether each row counts at all, (N,); None where all do.
    """

    labels: Tensor
    kept: Tensor | None

    def shares(self, weight: Tensor | None, like: Tensor) -> Tensor | None:
        """Return how much each row counts, (N,), in the dtype of the logits; None where all count 1."""
        if weight is None:
            return None if self.kept is None else astype(self.kept, like.dtype)
        return self.hidden(take(weight, astype(self.labels, "int64")))

    def hidden(self, losses: Tensor) -> Tensor:
        """Return the losses of rows, but 0 for those that are ignored, also where that is infinite or NaN."""
        return losses if self.kept is None else where(self.kept, losses, 0.0)

    def hidden_scores(self, scores: Tensor) -> Tensor:
        """Return scores, (N, C), with 0 in ignored rows, whose own could be infinite or NaN, and so their gradient."""
        return scores if self.kept is None else where(self.kept.expand_dims(-1), scores, 0.0)


def class_axis(shape: Shape) -> int:
    """Return which axis holds the scores of the classes: the second, but the only one where there is one."""
    return 1 if len(shape) > 1 else 0


def label_shape(shape: Shape) -> Shape:
    """Return the shape of the labels that belong to scores of a shape: that without the axis of the classes."""
    axis = class_axis(shape)
    return shape[:axis] + shape[axis + 1 :]


def score_rows(scores: Tensor) -> Tensor:
    """Return scores (N, C, D1, ...) or (C,) as one row for each label, (labels, C)."""
    shape = scores.shape
    if len(shape) == 2:
        return scores
    axis = class_axis(shape)
    return moveaxis(scores, axis, -1).reshape((math.prod(label_shape(shape)), shape[axis]))


def class_weight(name: str, weight: Any, classes: int, like: Tensor) -> Tensor | None:
    """Return how much each class counts, in the dtype of the logits.

    Args:
        name: the loss's name, for the error.
        weight: a tensor, an array or a list of numbers; None for 1 each.
        classes: how many there have to be.
        like: the logits.

    Raises:
        ShapeError: there is not one number for each class.
    """
    if weight is None:
        return None
    found = tensor_like(weight, like)
    if found.shape != (classes,):
        raise ShapeError(
            f"{name}: weight has shape {found.shape}; expected {(classes,)}, a number for each of the {classes} classes"
        )
    return with_dtype_of(like, found)


def class_targets(labels: Tensor, ignore_index: int) -> ClassTargets:
    """Find out which rows are ignored.

    Args:
        labels: the classes of rows, (N,).
        ignore_index: the label of rows that do not count.
    """
    if not is_any(labels, ignore_index):
        return ClassTargets(labels, None)
    kept = not_equal(labels, ignore_index)
    return ClassTargets(where(kept, labels, 0), kept)


def is_any(labels: Tensor, label: int) -> bool:
    """Tell whether a label is among those of rows; in lazy mode they are computed for that."""
    if label < 0 and dtype_kind(labels.dtype) in "ub":
        return False
    array = labels.realize_cached_data()
    return bool(array_namespace(array).any(array == label))


def reduced_by_shares(losses: Tensor, shares: Tensor | None, reduction: str) -> Tensor:
    """Return the sum of losses, their mean over the sum of what counts, or the losses themselves.

    Args:
        losses: those of rows, (N,), times their shares.
        shares: how much each row counts, (N,); None where all count 1.
        reduction: "mean", "sum" or "none".
    """
    if shares is None or reduction != "mean":
        return reduced(losses, reduction)
    return losses.sum() / shares.sum()
