"""Cross entropy of logits and labels, as one operation, and what is composed of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import dtype_kind, kernels
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ...value import Value
from ..arguments import integer_argument, require_tensors
from ..broadcasting import same_device, zeros_like
from ..elementwise.selection import where
from ..neural.probability import SoftmaxGrad, log_softmax, softmax
from .class_targets import class_targets, class_weight, label_shape, reduced_by_shares, score_rows
from .reduction import REDUCTIONS, check_reduction, reduced

if TYPE_CHECKING:
    from ...tensor import Tensor

LABELS = [2, 0, 1, 2]

SOME_LABELS = [2, -100, 1, -100]
"""Labels of which the usual `ignore_index` leaves half out."""


class LossOfClasses(TensorOp):
    """What cross entropy and its gradient have in common.

    Args:
        reduction: "sum" or "mean" over the rows that count, or "none".
        ignore_index: the label of rows that do not count.
    """

    def __init__(self, reduction: str = "none", ignore_index: int = -100) -> None:
        check_reduction("cross_entropy", reduction)
        self.reduction = reduction
        self.ignore_index = integer_argument("cross_entropy", "ignore_index", ignore_index)


class CrossEntropy(LossOfClasses):
    """The negative logarithm of the probability that softmax gives each row's label.

    Args:
        reduction: "sum" or "mean" over the rows that count, or "none".
        ignore_index: the label of rows that do not count.
    """

    name = "cross_entropy"
    formula = "reduction(log(sum(exp(logits))) - logits[labels])"
    gradient_formula = "dlogits = dc * share * (softmax(logits) - one_hot(labels)); share = 1 / rows of a mean, else 1"
    needs = (0, 1)

    def compute(self, logits: Array, labels: Array) -> Array:
        """Compute a loss for each row, and reduce them."""
        return self.compute_saving(logits, labels)[0]

    def compute_saving(self, logits: Array, labels: Array) -> tuple[Array, Array]:
        """Keep the logsumexp of each row."""
        if len(logits.shape) != 2 or labels.shape != logits.shape[:1]:
            raise _shape_error(logits.shape, labels.shape)
        loss, log_sums = kernels(logits).cross_entropy(logits, labels, self.ignore_index, self.reduction)
        return loss, log_sums

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, None]:
        """One fused step."""
        logits, labels = node.inputs
        log_sums = Value.tensor_type.make_const(node.saved)
        options = self.reduction, self.ignore_index
        step = _usual_grad.get(options) or CrossEntropyGrad(*options)
        return step(out_grad, logits, labels, log_sums), None

    def infer(self, logits: Spec, labels: Spec) -> Spec:
        """One loss for each row, or one for all."""
        if len(logits.shape) != 2 or labels.shape != logits.shape[:1]:
            raise _shape_error(logits.shape, labels.shape)
        shape = labels.shape if self.reduction == "none" else ()
        return Spec(shape, logits.dtype, same_device(self.name, logits, labels))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Plain logits, logits whose exponentials overflow, one row, no rows; reductions, rows that do not count."""

        def losses(logits: Any, labels: Any) -> Any:
            return np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(labels)), labels]

        def reference(logits: Any, labels: Any, reduction: str = "none") -> Any:
            kept = labels != -100
            found = np.where(kept, losses(logits, np.where(kept, labels, 0)), 0)
            return {"none": found, "sum": found.sum(), "mean": found.sum() / max(kept.sum(), 1)}[reduction]

        huge = np.array([[1e4, -1e4], [-1e4, 1e4 + 1.0]])
        return [
            Sample(inputs=[(4, 3), np.array(LABELS)], reference=reference),
            Sample(inputs=[huge, np.array([0, 0])], reference=reference, label="huge", order=1),
            Sample(inputs=[(1, 1), np.array([0])], reference=reference, label="one element"),
            Sample(inputs=[(0, 3), np.zeros(0, np.int64)], reference=reference, label="empty"),
            *[
                Sample(
                    inputs=[(4, 3), np.array(labels)], kwargs={"reduction": reduction}, reference=reference, label=label
                )
                for label, labels in (("all", LABELS), ("some", SOME_LABELS))
                for reduction in REDUCTIONS
            ],
        ]


class CrossEntropyGrad(LossOfClasses):
    """The gradient of cross entropy for the logits, from the logits, the labels and the logsumexp of each row.

    The last operand is a function of the logits, and counts as such in the gradient.

    Args:
        reduction: that of the loss.
        ignore_index: the label of rows that do not count; their gradient is zero.
    """

    name = "cross_entropy_grad"
    formula = "dc * share * (softmax(logits) - one_hot(labels)); share = 1 / rows of a mean, else 1"
    gradient_formula = (
        "ddc = sum(de * share * (p - one_hot(labels))); dlogits = dc * share * p * (de - sum(de * p)); "
        "p = softmax(logits)"
    )
    needs = (0, 1, 2)

    def compute(self, out_grad: Array, logits: Array, labels: Array, log_sums: Array) -> Array:
        """Take the label's one from each row's probabilities."""
        options = self.ignore_index, self.reduction
        return kernels(logits).cross_entropy_grad(out_grad, logits, labels, log_sums, *options)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, ...]:
        """Softmax has a gradient, the labels have none."""
        grad, logits, labels, log_sums = node.inputs
        slopes = out_grad * self(zeros_like(grad) + 1, logits, labels, log_sums)
        rows = class_targets(labels, self.ignore_index)
        by_row = self.reduction == "none"
        share = grad.expand_dims(-1) if by_row else grad
        if self.reduction == "mean":
            counted = rows.shares(None, logits)
            share = share / (labels.size if counted is None else counted.sum())
        bend = share * SoftmaxGrad(-1)(out_grad, softmax(logits, -1))
        if rows.kept is not None:
            bend = where(rows.kept.expand_dims(-1), bend, 0.0)
        return slopes.sum(-1) if by_row else slopes.sum(), bend, None, None

    def infer(self, out_grad: Spec, logits: Spec, labels: Spec, log_sums: Spec) -> Spec:
        """The result is like the logits."""
        return logits

    @classmethod
    def samples(cls) -> list[Sample]:
        """Some rows, with their logsumexp, for each reduction, and with rows that do not count."""

        def call(grad: Any, logits: Any, labels: Any, reduction: str) -> Any:
            return cls(reduction)(grad, logits, labels, logits.logsumexp(axes=1).detach())

        def reference(grad: Any, logits: Any, labels: Any, reduction: str) -> Any:
            probabilities = np.exp(logits - np.logaddexp.reduce(logits, axis=1, keepdims=True))
            kept = (labels != -100)[:, None]
            share = 1 / kept.sum() if reduction == "mean" else 1
            return grad[..., None] * share * kept * (probabilities - np.eye(logits.shape[1])[kept[:, 0] * labels])

        return [
            Sample(
                inputs=[(4,) if reduction == "none" else (), (4, 3), np.array(labels)],
                kwargs={"reduction": reduction},
                call=call,
                reference=reference,
                label=label,
            )
            for label, labels in (("all", LABELS), ("some", SOME_LABELS))
            for reduction in REDUCTIONS
        ]


def _shape_error(logits: tuple[int, ...], labels: tuple[int, ...]) -> ShapeError:
    hint = "further axes, such as those of images, come last in both"
    if len(logits) > 2 and labels == logits[:-1]:
        hint = "write logits.moveaxis(-1, 1) if the classes are the last axis"
    return ShapeError(
        f"cross_entropy: logits have shape {logits} and labels {labels}; expected (rows, classes) and (rows,), one "
        f"integer for each row, or probabilities of the classes in the shape of the logits; {hint}"
    )


_usual = {(reduction, -100): CrossEntropy(reduction) for reduction in REDUCTIONS}
_usual_grad = {options: CrossEntropyGrad(*options) for options in _usual}


def cross_entropy(
    logits: Tensor,
    labels: Tensor,
    reduction: str = "mean",
    *,
    weight: Tensor | None = None,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Tensor:
    """Measure how little probability softmax gives the right class: -log(softmax(logits)[label]).

    Args:
        logits: scores of the classes, floating point, (N, C), or (N, C, D1, ...) where each of N has several places, as
            images have pixels, or (C,) for one alone.
        labels: the right classes, integers in [0, C), (N,), (N, D1, ...) or of no axes; or how probable each class is,
            floating point, in the shape of the logits, for -sum(labels * log(softmax(logits))).
        reduction: "mean" or "sum" over the labels that count, or "none".
        weight: how much each class counts, (C,); None for 1. The mean over labels is divided by the sum of their
            weights, and that over probabilities by the number of places.
        ignore_index: where this is the label nothing counts, and the logits have a gradient of zero; where no label
            counts, the mean is NaN, as 0 / 0 is. It plays no part for probabilities.
        label_smoothing: how much of each label is spread evenly over all classes, in [0, 1].

    Returns:
        The loss, of no axes, or without reduction that of each label, in the shape of the labels.

    Raises:
        ShapeError: the shapes do not fit.
        IndexError: a label is outside [0, C) and not `ignore_index`; the text names it, C, and its position among all
            labels in a row.
        ValueError: the reduction is unknown, or the smoothing outside [0, 1].

    Source of the smoothing: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2015,
    https://arxiv.org/abs/1512.00567.
    """
    name = "cross_entropy"
    check_reduction(name, reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise ValueError(f"{name}: label_smoothing is {label_smoothing}; expected a number from 0 to 1")
    try:
        shape, given = logits.shape, labels.shape
    except AttributeError:
        require_tensors(name, logits=logits, labels=labels)
        raise
    usual = _usual.get((reduction, ignore_index))
    if usual is not None and weight is None and not label_smoothing and len(shape) == 2 and given == shape[:1]:
        return usual(logits, labels)
    places = label_shape(shape)
    probable = given == shape and dtype_kind(labels.dtype) == "f"
    if not shape or not (probable or given == places):
        raise _shape_error(shape, given)
    if len(shape) != 2:
        logits = score_rows(logits)
        labels = score_rows(labels) if probable else labels.reshape(logits.shape[:1])
    weights = class_weight(name, weight, logits.shape[1], logits)
    if probable:
        loss = _of_probabilities(logits, labels, reduction, weights, label_smoothing)
    elif weights is None and not label_smoothing:
        loss = (usual or CrossEntropy(reduction, ignore_index))(logits, labels)
    else:
        loss = _of_labels(logits, labels, reduction, weights, ignore_index, label_smoothing)
    return loss.reshape(places) if reduction == "none" and len(shape) != 2 else loss


def _of_labels(
    logits: Tensor,
    labels: Tensor,
    reduction: str,
    weights: Tensor | None,
    ignore_index: int,
    label_smoothing: float,
) -> Tensor:
    """Return the loss of rows whose labels have weights, or are spread over all classes in part."""
    rows = class_targets(labels, ignore_index)
    losses = CrossEntropy("none", ignore_index)(logits, labels)
    shares = rows.shares(weights, logits)
    if shares is not None:
        losses = losses * shares
    if label_smoothing:
        spread = rows.hidden(_expected(rows.hidden_scores(logits), None, weights))
        losses = losses * (1 - label_smoothing) + spread * (label_smoothing / logits.shape[1])
    return reduced_by_shares(losses, shares, reduction)


def _of_probabilities(
    logits: Tensor, targets: Tensor, reduction: str, weights: Tensor | None, label_smoothing: float
) -> Tensor:
    """Return the loss of rows of which it is known how probable each class is."""
    if label_smoothing:
        targets = targets * (1 - label_smoothing) + label_smoothing / logits.shape[1]
    return reduced(_expected(logits, targets, weights), reduction)


def _expected(logits: Tensor, targets: Tensor | None, weights: Tensor | None) -> Tensor:
    """Return the sum of each row's losses, over all classes, times how probable and how heavy they are."""
    losses = -log_softmax(logits, 1)
    for factor in (targets, weights):
        if factor is not None:
            losses = losses * factor
    return losses.sum(1)
