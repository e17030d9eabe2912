"""Losses of probabilities, or of their logarithms, and what they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import array_namespace, dtype_kind
from ...errors import DTypeError, ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..arguments import require_tensors
from ..broadcasting import Shape, broadcast_shapes, constant_like, promoted, same_device, tensor_like, with_dtype_of
from ..elementwise.activations import softplus
from ..elementwise.exponential import exp, log
from ..elementwise.selection import maximum, where
from ..indexing.getting import take
from .class_targets import class_targets, class_weight, label_shape, reduced_by_shares, score_rows
from .reduction import REDUCTIONS, check_reduction, check_target, reduced

if TYPE_CHECKING:
    from ...tensor import Tensor

LEAST_LOG = -100.0
"""What takes the place of the logarithm of 0, as in PyTorch, so that a loss stays finite."""

LEAST_VARIANCE = 9.999999960041972e-13
"""What p * (1 - p) counts at least in the gradient, as in PyTorch: 1e-12, rounded to float32."""


class BinaryCrossEntropy(TensorOp):
    """The negative logarithm of the probability that a prediction gives to what is true, element by element."""

    name = "binary_cross_entropy"
    formula = "-(t * log(p) + (1 - t) * log(1 - p)), with logarithms of at least -100"
    gradient_formula = "dp = dc * (p - t) / max(p * (1 - p), 1e-12); dt = dc * (log(1 - p) - log(p))"
    needs = (0, 1)

    def compute(self, p: Array, t: Array) -> Array:
        """Compute a loss for each element."""
        check_target(self.name, p, t)
        check_probabilities(p)
        xp = array_namespace(p)

        def logarithm(value: Array) -> Array:
            positive = xp.where(value > 0, value, xp.ones_like(value))
            return xp.where(value > 0, xp.maximum(xp.log(positive), xp.full_like(value, LEAST_LOG)), LEAST_LOG)

        return (t - 1) * logarithm(1 - p) - t * logarithm(p)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """It is linear in the target."""
        p, t = node.inputs
        p_grad = t_grad = None
        if p.requires_grad:
            p_grad = with_dtype_of(p, out_grad * (p - t) / maximum(p * (1 - p), LEAST_VARIANCE))
        if t.requires_grad:
            t_grad = with_dtype_of(t, out_grad * (log(1 - p) - log(p)))
        return p_grad, t_grad

    def infer(self, p: Spec, t: Spec) -> Spec:
        """The shapes are equal."""
        check_target(self.name, p, t)
        return Spec(p.shape, promoted(self.name, p, t), same_device(self.name, p, t))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Some probabilities, none, and certain ones."""

        def reference(p: Any, t: Any) -> Any:
            return -(t * np.log(p) + (1 - t) * np.log1p(-p))

        def certain_reference(p: Any, t: Any) -> Any:
            return np.where(p == t, 0.0, 100.0)

        certain = [np.array([0.0, 0.0, 1.0, 1.0]), np.array([0.0, 1.0, 0.0, 1.0])]
        return [
            *[Sample(inputs=[s, s], reference=reference, domain=(0.1, 0.9)) for s in ((2, 3), (), (0, 3), (1, 1))],
            Sample(inputs=certain, reference=certain_reference, order=0, label="certain"),
        ]


def check_probabilities(p: Array) -> None:
    """Refuse what is no probability.

    Raises:
        ValueError: an element is outside [0, 1].
    """
    xp = array_namespace(p)
    if bool(xp.any((p < 0) | (p > 1))):
        raise ValueError(
            f"binary_cross_entropy: input holds numbers from {float(xp.min(p)):g} to {float(xp.max(p)):g}; expected "
            "probabilities from 0 to 1; for logits write binary_cross_entropy_with_logits"
        )


_binary_cross_entropy = BinaryCrossEntropy()


def binary_cross_entropy(
    input: Tensor, target: Tensor, reduction: str = "mean", weight: Tensor | None = None
) -> Tensor:
    """Measure how little probability predictions give to what is true: -(t * log(p) + (1 - t) * log(1 - p)).

    Args:
        input: probabilities p of yes, floating point in [0, 1], of any shape.
        target: t of the same shape, 1 for yes and 0 for no, or a probability.
        reduction: "mean" or "sum" over all elements, or "none".
        weight: how much each element counts; it broadcasts to the input. None for 1. The mean is divided by the number
            of elements all the same.

    Returns:
        The loss; logarithms count as -100 at least, so that it is finite. From logits,
        `binary_cross_entropy_with_logits` is the more exact.

    Raises:
        ShapeError: the shapes differ; only the weight is broadcast.
        ValueError: the reduction is unknown, or the input holds what is no probability.
    """
    name = "binary_cross_entropy"
    check_reduction(name, reduction)
    return reduced(_weighted(name, _binary_cross_entropy(input, target), "weight", weight), reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
    weight: Tensor | None = None,
) -> Tensor:
    """Measure how little probability the logistic function of logits gives to what is true, without overflow.

    pos_weight * t * log(1 + exp(-x)) + (1 - t) * log(1 + exp(x)), which is binary cross entropy of sigmoid(x).

    Args:
        input: logits x, floating point, of any shape.
        target: t of the same shape, 1 for yes and 0 for no, or a probability.
        reduction: "mean" or "sum" over all elements, or "none".
        pos_weight: how much more what is a yes counts; it broadcasts to the input. None for 1.
        weight: how much each element counts; it broadcasts to the input. None for 1. The mean is divided by the number
            of elements all the same.

    Raises:
        ShapeError: the shapes of input and target differ, or a weight's does not broadcast to theirs.
        ValueError: the reduction is unknown.
    """
    name = "binary_cross_entropy_with_logits"
    check_reduction(name, reduction)
    check_target(name, input, target)
    yes = _weighted(name, target, "pos_weight", pos_weight)
    losses = yes * softplus(-input) + (1 - target) * softplus(input)
    return reduced(_weighted(name, losses, "weight", weight), reduction)


def _weighted(name: str, values: Tensor, what: str, weight: Any) -> Tensor:
    """Return values times a weight.

    Raises:
        ShapeError: the weight does not broadcast to the shape of the values.
    """
    if weight is None:
        return values
    found = tensor_like(weight, values)
    if broadcast_shapes(name, values.shape, found.shape) != values.shape:
        raise ShapeError(
            f"{name}: {what} has shape {found.shape}; expected one that broadcasts to that of the input, {values.shape}"
        )
    return values * found


def nll_loss(
    input: Tensor,
    target: Tensor,
    reduction: str = "mean",
    *,
    weight: Tensor | None = None,
    ignore_index: int = -100,
) -> Tensor:
    """Take the negative logarithm of the probability of the right class: -input[i, target[i]].

    Args:
        input: logarithms of probabilities, floating point, (N, C); (N, C, D1, ...) where each of N has several places,
            as images have pixels; or (C,) for one alone. From logits, `cross_entropy` does both in one step.
        target: the right classes, integers in [0, C), (N,), (N, D1, ...) or of no axes.
        reduction: "mean" or "sum" over the targets that count, or "none".
        weight: how much each class counts, (C,); None for 1. The mean is divided by the sum of the targets' weights.
        ignore_index: where this is the target nothing counts, and the input has a gradient of zero; where no target
            counts, the mean is NaN, as 0 / 0 is.

    Returns:
        The loss, of no axes, or without reduction that of each target, in the shape of the targets.

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the classes are no integers.
        IndexError: a class is outside [0, C) and not `ignore_index`.
        ValueError: the reduction is unknown.
    """
    name = "nll_loss"
    check_reduction(name, reduction)
    require_tensors(name, input=input, target=target)
    places = target.shape
    if not input.shape or places != label_shape(input.shape):
        raise ShapeError(
            f"{name}: input has shape {input.shape} and target {places}; expected (rows, classes) and (rows,), one "
            "integer for each row; further axes, such as those of images, come last in both"
        )
    if dtype_kind(target.dtype) not in "iu":
        raise DTypeError(f"{name}: target is {target.dtype}; expected integers; write target.astype('int64')")
    input = score_rows(input)
    size, classes = input.shape
    weights = class_weight(name, weight, classes, input)
    rows = class_targets(target.reshape((size,)) if len(places) != 1 else target, ignore_index)
    chosen = rows.labels.numpy().astype(np.int64)
    outside = (chosen < 0) | (chosen >= classes)
    if outside.any():
        position = int(np.argmax(outside))
        raise IndexError(
            f"{name}: class {chosen[position]} at position {position} is out of range for {classes} classes; classes "
            f"are integers from 0 to {classes - 1}"
        )
    positions = constant_like(np.arange(size) * classes + chosen, input)
    losses = rows.hidden(-take(input.reshape((size * classes,)), positions))
    shares = rows.shares(weights, input)
    loss = reduced_by_shares(losses if shares is None else losses * shares, shares, reduction)
    return loss.reshape(places) if reduction == "none" and len(places) != 1 else loss


def kl_div(input: Tensor, target: Tensor, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """Measure how far a distribution is from the one that it should be: target * (log(target) - input).

    Args:
        input: logarithms of probabilities, floating point, of any shape.
        target: probabilities of the same shape, or their logarithms.
        reduction: "batchmean" for the sum divided by the size of the first axis, which is the mathematical definition;
            "mean" or "sum" over all elements, or "none".
        log_target: whether the target holds logarithms.

    Returns:
        The loss; a target of 0 counts as 0.

    Raises:
        ShapeError: the shapes differ; they are not broadcast.
        ValueError: the reduction is unknown.

    Source: Kullback and Leibler, "On Information and Sufficiency", 1951.
    """
    check_reduction("kl_div", reduction, (*REDUCTIONS, "batchmean"))
    check_target("kl_div", input, target)
    if log_target:
        losses = exp(target) * (target - input)
    else:
        losses = target * log(where(target > 0, target, 1.0)) - target * input
    if reduction == "batchmean":
        return losses.sum() / batch_size("kl_div", input.shape)
    return reduced(losses, reduction)


def batch_size(name: str, shape: Shape) -> int:
    """Return the size of the first axis."""
    if not shape:
        raise ShapeError(f"{name}: input has no axes, expected one for the batch; write reduction='sum'")
    return shape[0]
