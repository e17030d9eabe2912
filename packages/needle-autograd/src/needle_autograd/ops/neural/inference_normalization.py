"""Batch normalization by statistics that are given, as when a trained network is used, with its fused gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import kernels
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp, TensorTupleOp
from ..arguments import number_argument
from ..broadcasting import Shape, same_device
from .normalization import SHAPES

if TYPE_CHECKING:
    from ...tensor import Tensor, TensorTuple


class BatchNormInference(TensorOp):
    """Channels normalized by statistics that are given, then scaled and shifted, as when a trained network is used.

    Args:
        eps: added to the variance.
    """

    name = "batch_norm_inference"
    formula = "(x - mean) * r * weight + bias, r = (var + eps)**-0.5"
    gradient_formula = (
        "dx = dc * r * weight; dweight = sum(dc * (x - mean)) * r; dbias = sum(dc); dmean = -sum(dc) * r * weight; "
        "dvar = -sum(dc * (x - mean)) * weight * r**3 / 2"
    )
    needs = (0, 1, 3, 4)

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = number_argument(self.name, "eps", eps)

    def compute(self, x: Array, weight: Array, bias: Array, mean: Array, var: Array) -> Array:
        """Normalize each channel."""
        check_channels(self.name, x.shape, weight.shape, bias.shape, mean.shape, var.shape)
        return kernels(x).batch_norm_inference(x, weight, bias, mean, var, self.eps)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, ...]:
        """One fused step, from which the gradients of the statistics follow; for x alone, one product."""
        x, weight, bias, mean, var = node.inputs
        if not (weight.requires_grad or bias.requires_grad or mean.requires_grad or var.requires_grad):
            return out_grad * (weight * (var + self.eps) ** -0.5), None, None, None, None
        x_grad, weight_grad, bias_grad = BatchNormInferenceGrad(self.eps)(out_grad, x, weight, mean, var)
        return (
            x_grad,
            weight_grad,
            bias_grad,
            bias_grad * weight * -((var + self.eps) ** -0.5) if mean.requires_grad else None,
            weight_grad * weight / (var + self.eps) * -0.5 if var.requires_grad else None,
        )

    def infer(self, x: Spec, *operands: Spec) -> Spec:
        """The operands are as long as the last axis."""
        check_channels(self.name, x.shape, *[operand.shape for operand in operands])
        return Spec(x.shape, x.dtype, same_device(self.name, x, *operands))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Matrices, batches of more axes, no rows; a gradient for x alone."""

        def reference(x: Any, weight: Any, bias: Any, mean: Any, var: Any) -> Any:
            return (x - mean) / np.sqrt(var + 1e-5) * weight + bias

        cases: list[tuple[Shape, tuple[int, ...] | None]] = [(shape, None) for shape in [*SHAPES, (0, 3)]]
        cases.append(((4, 3), (0,)))
        return [
            Sample(
                inputs=[shape, *[shape[-1:]] * 4], reference=reference, domain=(0.5, 2.0), differentiable=differentiable
            )
            for shape, differentiable in cases
        ]


class BatchNormInferenceGrad(TensorTupleOp):
    """The gradients of batch normalization by statistics that are given, for x, weight and bias.

    Args:
        eps: added to the variance.
    """

    name = "batch_norm_inference_grad"
    formula = "(dc * weight * r, sum(dc * (x - mean)) * r, sum(dc)), r = (var + eps)**-0.5"
    gradient_formula = (
        "ddc = u * weight * r + p * (x - mean) * r + q; dx = p * dc * r; dweight = sum(u * dc) * r; "
        "dmean = -p * sum(dc) * r; dvar = -(weight * sum(u * dc) + p * sum(dc * (x - mean))) * r**3 / 2; "
        "u, p and q are what arrives"
    )
    needs = (0, 1, 2, 3, 4)

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = number_argument(self.name, "eps", eps)

    def compute(self, out_grad: Array, x: Array, weight: Array, mean: Array, var: Array) -> tuple[Array, ...]:
        """Compute the three gradients."""
        grads: tuple[Array, ...] = kernels(x).batch_norm_inference_grad(out_grad, x, weight, mean, var, self.eps)
        return grads

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> tuple[Tensor | None, ...]:
        """Written in public operations; what no gradient is wanted for is not computed."""
        grad, x, weight, mean, var = node.inputs
        u, p, q = out_grad
        rows = tuple(range(x.ndim - 1))
        r = (var + self.eps) ** -0.5
        centred: Any = x - mean
        along: Any = (u * grad).sum(rows) if weight.requires_grad or var.requires_grad else None
        across: Any = p * (grad * centred).sum(rows) if var.requires_grad else None
        return (
            u * (weight * r) + centred * (p * r) + q if grad.requires_grad else None,
            grad * (p * r) if x.requires_grad else None,
            along * r if weight.requires_grad else None,
            grad.sum(rows) * p * -r if mean.requires_grad else None,
            (weight * along + across) * (r * r * r) * -0.5 if var.requires_grad else None,
        )

    def infer(self, out_grad: Spec, x: Spec, weight: Spec, mean: Spec, var: Spec) -> tuple[Spec, ...]:
        """One gradient for each of x, weight and bias."""
        return x, weight, weight

    @classmethod
    def samples(cls) -> list[Sample]:
        """Matrices, batches of more axes, no rows."""

        def reference(grad: Any, x: Any, weight: Any, mean: Any, var: Any) -> Any:
            rows = tuple(range(x.ndim - 1))
            std = np.sqrt(var + 1e-5)
            return grad * weight / std, (grad * (x - mean) / std).sum(rows), grad.sum(rows)

        return [
            Sample(inputs=[shape, shape, *[shape[-1:]] * 3], reference=reference, domain=(0.5, 2.0))
            for shape in [*SHAPES, (0, 3)]
        ]


def check_channels(name: str, x: Shape, *operands: Shape) -> None:
    """Refuse weight, bias, mean or variance that have not one number for each channel."""
    for what, shape in zip(("weight", "bias", "mean", "var"), operands, strict=True):
        if not shape == x[-1:] != ():
            raise ShapeError(
                f"{name}: x has shape {x} and {what} {shape}; expected {what} of shape {x[-1:]}, the size of the "
                "last axis"
            )


def batch_norm_inference(
    x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, var: Tensor, eps: float = 1e-5
) -> Tensor:
    """Normalize each channel by statistics that are given, then scale and shift, as when a trained network is used.

    Args:
        x: (N, ..., C); the channels lie along the last axis.
        weight: (C,).
        bias: (C,).
        mean: (C,), such as the running mean of training.
        var: (C,), the variance that goes with it.
        eps: added to the variance.

    Returns:
        (x - mean) / sqrt(var + eps) * weight + bias, (N, ..., C).

    Raises:
        ShapeError: an operand is not of the size of the last axis.
    """
    return BatchNormInference(eps)(x, weight, bias, mean, var)
