"""Loss functions: how far outputs are from what they should be."""

from __future__ import annotations

from typing import Any, Literal

from needle_autograd import Tensor, ops
from needle_autograd.errors import ShapeError
from needle_autograd.numpy_on_demand import np

from .module import Module

Reduction = Literal["mean", "sum", "none"]


def _check_reduction(loss: Module, reduction: str) -> None:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{type(loss).__name__} knows the reductions 'mean', 'sum' and 'none', got {reduction!r}.")


def _classes(labels: Any, logits: Tensor) -> Tensor:
    """Return labels as an int64 tensor; those of a wrong shape pass as they are, for the operation to refuse."""
    if not isinstance(labels, Tensor):
        labels = Tensor(labels, device=logits.device, requires_grad=False)
    if labels.dtype == "int64":
        return labels
    shape = logits.shape
    if labels.shape != (shape[:1] + shape[2:] if len(shape) > 1 else ()):
        return labels
    values = labels.numpy()
    if values.dtype.kind == "f":
        broken = ~(np.isfinite(values) & (values == np.floor(values)))
        if broken.any():
            position = int(broken.argmax())
            label = values.reshape(-1)[position]
            raise ValueError(
                f"label {label} at position {position} is no integer; labels are classes counted from 0; "
                "for probabilities as targets give one for each class, in the shape of the logits."
            )
    return Tensor(labels, dtype="int64", requires_grad=False)


class CrossEntropyLoss(Module):
    """Cross entropy between class scores and the true classes: `logsumexp(logits[i]) - logits[i, labels[i]]`.

    Args:
        reduction: "mean" or "sum" over the labels that count, or "none" for one loss a label.
        weight: how much each class counts, (C,), a tensor, an array or a list; None for 1. It is a buffer.
        ignore_index: where this is the label nothing counts.
        label_smoothing: how much of each label is spread evenly over all classes, in [0, 1].

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_nn import CrossEntropyLoss
        >>> round(CrossEntropyLoss()(Tensor([[0.0, 0.0]]), [1]).item(), 4)
        0.6931
    """

    def __init__(
        self,
        reduction: Reduction = "mean",
        *,
        weight: Any = None,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
    ) -> None:
        _check_reduction(self, reduction)
        self.reduction = reduction
        self.weight = weight if weight is None else Tensor(weight, requires_grad=False)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, logits: Tensor, labels: Any) -> Tensor:
        """Return the loss.

        Args:
            logits: scores that need not be normalized, (N, C), or (N, C, D1, ...) where each of N has several places,
                as images have pixels, or (C,) for one alone.
            labels: classes from 0 to C - 1, (N,), (N, D1, ...) or of no axes: a tensor, an array or a list, of any
                dtype that holds integers. Or how probable each class is, of floating point, in the shape of the logits.

        Returns:
            A scalar, or with reduction "none" one loss for each label, in the shape of the labels.

        Raises:
            ShapeError: unless the shapes are these, and the weight's is (C,).
            IndexError: if a label is no class and not `ignore_index`.
            ValueError: if a label is no integer.
        """
        return ops.cross_entropy(
            logits,
            _classes(labels, logits),
            reduction=self.reduction,
            weight=self.weight,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )

    def extra_repr(self) -> str:
        """Return the arguments that repr shows."""
        shown = f"reduction={self.reduction!r}"
        if self.ignore_index != -100:
            shown += f", ignore_index={self.ignore_index}"
        return f"{shown}, label_smoothing={self.label_smoothing}" if self.label_smoothing else shown


class SoftmaxLoss(CrossEntropyLoss):
    """Mean cross entropy between the softmax of class scores and the true classes."""

    def __init__(self) -> None:
        super().__init__("mean")

    def extra_repr(self) -> str:
        """Return the arguments that repr shows."""
        return ""


class MSELoss(Module):
    """Squared error: `(prediction - target)**2`, reduced.

    Args:
        reduction: "mean" or "sum" over all elements, or "none".

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_nn import MSELoss
        >>> MSELoss()(Tensor([1.0, 2.0]), Tensor([1.0, 5.0])).item()
        4.5
    """

    def __init__(self, reduction: Reduction = "mean") -> None:
        _check_reduction(self, reduction)
        self.reduction = reduction

    def forward(self, prediction: Tensor, target: Any) -> Tensor:
        """Return the loss.

        Args:
            prediction: of any shape.
            target: a tensor, an array or a list of the same shape.

        Returns:
            A scalar, or the shape of prediction with reduction "none".

        Raises:
            ShapeError: if the shapes differ. They are never broadcast: (N, 1) against (N,) would compare every
                prediction with every target.
        """
        if not isinstance(target, Tensor):
            target = Tensor(target, device=prediction.device, dtype=prediction.dtype, requires_grad=False)
        if prediction.shape != target.shape:
            raise ShapeError(
                f"{type(self).__name__} compares tensors of one shape, got prediction {prediction.shape} and "
                f"target {target.shape}; reshape one of them."
            )
        squares = (prediction - target) ** 2
        if self.reduction == "mean":
            return squares.mean()
        return squares.sum() if self.reduction == "sum" else squares

    def extra_repr(self) -> str:
        """Return the arguments that repr shows."""
        return f"reduction={self.reduction!r}"


L2Loss = MSELoss
