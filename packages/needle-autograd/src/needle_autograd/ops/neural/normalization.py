"""Layer and batch normalization, with fused gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import kernels
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp, TensorTupleOp
from ...value import Value
from ..arguments import number_argument
from ..broadcasting import Shape, is_floating, same_device

if TYPE_CHECKING:
    from ...tensor import Tensor, TensorTuple

SHAPES: list[Shape] = [(4, 3), (2, 3, 5), (5, 1)]

SECOND_ORDER = (
    "ddc = weight * r * P(u) + p * n + q; dweight = sum(dc * r * P(u)); "
    "dx = r * P(p * dc - r * (mean(n * v) * u + mean(n * u) * v)) - r**2 * n * mean(v * P(u)); "
    "r = 1 / std; v = weight * dc; P(z) = z - mean(z) - n * mean(n * z); u, p and q are what arrives"
)


class LayerNorm(TensorOp):
    """Rows normalized to mean 0 and variance 1, then scaled and shifted.

    Args:
        eps: added to the variance.
    """

    name = "layer_norm"
    formula = "n * weight + bias, n = (x - mean(x)) / sqrt(var(x) + eps) over the last axis"
    gradient_formula = (
        "g = dc * weight; dx = (g - mean(g) - n * mean(g * n)) / std; dweight = sum(dc * n); dbias = sum(dc)"
    )
    needs = (0, 1)

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = number_argument(self.name, "eps", eps)

    def compute(self, x: Array, weight: Array, bias: Array) -> Array:
        """Normalize each row."""
        return self.compute_saving(x, weight, bias)[0]

    def compute_saving(self, x: Array, weight: Array, bias: Array) -> tuple[Array, tuple[Array, Array]]:
        """Keep the mean and 1 / std of each row."""
        if not weight.shape == bias.shape == x.shape[-1:] != ():
            raise _shape_error(self.name, x.shape, weight.shape, bias.shape)
        out, mean, inverse_std = kernels(x).layer_norm(x, weight, bias, self.eps)
        return out, (mean, inverse_std)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        """One fused step."""
        x, weight, _ = node.inputs
        mean, inverse_std = map(Value.tensor_type.make_const, node.saved)
        return tuple(LayerNormGrad(self.eps)(out_grad, x, weight, mean, inverse_std))

    def infer(self, x: Spec, weight: Spec, bias: Spec) -> Spec | None:
        """Weight and bias are as long as the rows."""
        if not weight.shape == bias.shape == x.shape[-1:] != ():
            raise _shape_error(self.name, x.shape, weight.shape, bias.shape)
        device = same_device(self.name, x, weight, bias)
        return Spec(x.shape, x.dtype, device) if is_floating(x.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """Matrices, and batches of them."""

        def reference(x: Any, weight: Any, bias: Any) -> Any:
            mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
            return (x - mean) / np.sqrt(var + 1e-5) * weight + bias

        return [Sample(inputs=[shape, shape[-1:], shape[-1:]], reference=reference) for shape in [(4, 3), (2, 3, 5)]]


class LayerNormGrad(TensorTupleOp):
    """The gradients of layer normalization for x, weight and bias.

    The last two operands, the mean and 1 / std of the rows, are functions of x, and count as such in the gradient.

    Args:
        eps: added to the variance.
    """

    name = "layer_norm_grad"
    formula = "((g - mean(g) - n * mean(g * n)) / std, sum(dc * n), sum(dc)), g = dc * weight, n = (x - mean) / std"
    gradient_formula = SECOND_ORDER
    needs = (0, 1, 2)

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = number_argument(self.name, "eps", eps)

    def compute(self, out_grad: Array, x: Array, weight: Array, mean: Array, inverse_std: Array) -> tuple[Array, ...]:
        """Compute the three gradients."""
        grads: tuple[Array, ...] = kernels(x).layer_norm_grad(out_grad, x, weight, mean, inverse_std)
        return grads

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> tuple[Tensor | None, ...]:
        """Written in public operations."""
        grad, x, weight = node.inputs[:3]
        rows = tuple(range(x.ndim - 1))
        return (*second_order(tuple(out_grad), grad, x, weight, self.eps, (-1,), rows), None, None)

    def infer(self, out_grad: Spec, x: Spec, weight: Spec, mean: Spec, inverse_std: Spec) -> tuple[Spec, ...]:
        """One gradient for each operand."""
        return x, weight, weight

    @classmethod
    def samples(cls) -> list[Sample]:
        """Matrices, and batches of them."""

        def call(grad: Any, x: Any, weight: Any) -> Any:
            mean = x.mean(-1, keepdims=True)
            inverse_std = 1 / (x.var(-1, keepdims=True) + 1e-5).sqrt()
            return cls()(grad, x, weight, mean.detach(), inverse_std.detach())

        def reference(grad: Any, x: Any, weight: Any) -> Any:
            return _gradients(grad, x, weight, -1, tuple(range(x.ndim - 1)))

        return [Sample(inputs=[s, s, s[-1:]], call=call, reference=reference) for s in [(4, 3), (2, 3, 5)]]


class BatchNorm(TensorTupleOp):
    """Channels normalized over the batch to mean 0 and variance 1, then scaled and shifted, as in training.

    Args:
        eps: added to the variance.
    """

    name = "batch_norm"
    formula = "(n * weight + bias, mean, var), n = (x - mean) / sqrt(var + eps) over all axes but the last"
    gradient_formula = (
        "dx = weight / std * (dc - mean(dc) - n * mean(dc * n)); dweight = sum(dc * n); dbias = sum(dc); "
        "none through mean and var"
    )
    needs = (0, 1, "out")

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = number_argument(self.name, "eps", eps)

    def compute(self, x: Array, weight: Array, bias: Array) -> tuple[Array, Array, Array]:
        """Normalize each channel."""
        if not weight.shape == bias.shape == x.shape[-1:] != ():
            raise _shape_error(self.name, x.shape, weight.shape, bias.shape)
        result: tuple[Array, Array, Array] = kernels(x).batch_norm(x, weight, bias, self.eps)
        return result

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> tuple[Tensor, ...]:
        """One fused step."""
        x, weight, _ = node.inputs
        _, mean, var = map(Value.tensor_type.make_const, node.cached_data)
        return tuple(BatchNormGrad(self.eps)(out_grad[0], x, weight, mean, var))

    def infer(self, x: Spec, weight: Spec, bias: Spec) -> tuple[Spec, Spec, Spec]:
        """Weight and bias are as long as the last axis."""
        if not weight.shape == bias.shape == x.shape[-1:] != ():
            raise _shape_error(self.name, x.shape, weight.shape, bias.shape)
        same_device(self.name, x, weight, bias)
        return x, weight, weight

    @classmethod
    def samples(cls) -> list[Sample]:
        """Matrices, and batches of more axes."""

        def reference(x: Any, weight: Any, bias: Any) -> Any:
            rows = tuple(range(x.ndim - 1))
            mean, var = x.mean(rows), x.var(rows)
            return (x - mean) / np.sqrt(var + 1e-5) * weight + bias, mean, var

        def result(*operands: Any) -> Any:
            return batch_norm(*operands)[0]

        def result_reference(*operands: Any) -> Any:
            return reference(*operands)[0]

        inputs = [[shape, shape[-1:], shape[-1:]] for shape in SHAPES]
        return [
            *[Sample(inputs=operands, call=result, reference=result_reference) for operands in inputs],
            *[Sample(inputs=operands, reference=reference, order=0, label="statistics") for operands in inputs],
        ]


class BatchNormGrad(TensorTupleOp):
    """The gradients of batch normalization for x, weight and bias.

    The last two operands, mean and variance of the channels, are functions of x, and count as such in the gradient.

    Args:
        eps: added to the variance.
    """

    name = "batch_norm_grad"
    formula = (
        "(weight / std * (dc - mean(dc) - n * mean(dc * n)), sum(dc * n), sum(dc)), n = (x - mean) / std, "
        "std = sqrt(var + eps)"
    )
    gradient_formula = SECOND_ORDER
    needs = (0, 1, 2)

    def __init__(self, eps: float = 1e-5) -> None:
        self.eps = number_argument(self.name, "eps", eps)

    def compute(self, out_grad: Array, x: Array, weight: Array, mean: Array, var: Array) -> tuple[Array, ...]:
        """Compute the three gradients."""
        grads: tuple[Array, ...] = kernels(x).batch_norm_grad(out_grad, x, weight, mean, var, self.eps)
        return grads

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> tuple[Tensor | None, ...]:
        """Written in public operations."""
        grad, x, weight = node.inputs[:3]
        rows = tuple(range(x.ndim - 1))
        return (*second_order(tuple(out_grad), grad, x, weight, self.eps, rows, rows), None, None)

    def infer(self, out_grad: Spec, x: Spec, weight: Spec, mean: Spec, var: Spec) -> tuple[Spec, ...]:
        """One gradient for each operand."""
        return x, weight, weight

    @classmethod
    def samples(cls) -> list[Sample]:
        """Matrices, and batches of more axes."""

        def call(grad: Any, x: Any, weight: Any) -> Any:
            rows = tuple(range(x.ndim - 1))
            return cls()(grad, x, weight, x.mean(rows).detach(), x.var(rows).detach())

        def reference(grad: Any, x: Any, weight: Any) -> Any:
            rows = tuple(range(x.ndim - 1))
            return _gradients(grad, x, weight, rows, rows)

        return [Sample(inputs=[shape, shape, shape[-1:]], call=call, reference=reference) for shape in SHAPES]


def second_order(
    out_grads: tuple[Tensor, ...],
    grad: Tensor,
    x: Tensor,
    weight: Tensor,
    eps: float,
    axes: tuple[int, ...],
    rows: tuple[int, ...],
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of a normalization's own gradients, for grad, x and weight.

    Let n = (x - mean(x)) * r with r = 1 / sqrt(var(x) + eps), and P(v) = v - mean(v) - n * mean(n * v), over `axes`.
    P is symmetric, dn = r * P(dx) and dr = -r**2 * mean(n * dx). What is differentiated is dx = r * P(weight * grad),
    dweight = sum(grad * n) and dbias = sum(grad) over `rows`; u, p and q are the gradients that arrive at them.
    With v = weight * grad,

        dgrad   = weight * r * P(u) + p * n + q
        dweight = sum(grad * r * P(u)) over `rows`
        dx      = r * P(p * grad - r * (mean(n * v) * u + mean(n * u) * v)) - r**2 * n * mean(v * P(u))

    Args:
        out_grads: u, of the shape of x, and p and q, of the shape of weight.
        grad: the gradient that arrived at the normalized result, of the shape of x.
        x: what was normalized.
        weight: the scale of the last axis.
        eps: added to the variance.
        axes: the axes that statistics are taken over.
        rows: the axes that weight is broadcast along.
    """
    u, p, q = out_grads
    centred = x - x.mean(axes, keepdims=True)
    r = ((centred * centred).mean(axes, keepdims=True) + eps) ** -0.5
    n = centred * r

    def mean(value: Tensor) -> Tensor:
        return value.mean(axes, keepdims=True)

    def project(value: Tensor) -> Tensor:
        return value - mean(value) - n * mean(n * value)

    v = weight * grad
    projected = project(u)
    slope = r * projected
    grad_grad = weight * slope + p * n + q
    x_grad = r * project(p * grad - r * (mean(n * v) * u + mean(n * u) * v)) - r * r * n * mean(v * projected)
    return grad_grad, x_grad, (grad * slope).sum(rows)


def _gradients(grad: Any, x: Any, weight: Any, axes: Any, rows: Any) -> tuple[Any, ...]:
    """The gradients in NumPy, by the chain rule through mean and variance, for samples."""
    count = x.size / x.mean(axes).size
    centred = x - x.mean(axes, keepdims=True)
    var = x.var(axes, keepdims=True) + 1e-5
    normal_grad = grad * weight
    var_grad = (normal_grad * centred * -0.5 * var**-1.5).sum(axes, keepdims=True)
    mean_grad = -(normal_grad / np.sqrt(var)).sum(axes, keepdims=True)
    x_grad = normal_grad / np.sqrt(var) + 2 * centred * var_grad / count + mean_grad / count
    return x_grad, (grad * centred / np.sqrt(var)).sum(rows), grad.sum(rows)


def _shape_error(name: str, x: Shape, weight: Shape, bias: Shape) -> ShapeError:
    length = f"({x[-1]},)" if x else "one axis at least of x"
    return ShapeError(
        f"{name}: x has shape {x}, weight {weight} and bias {bias}; expected weight and bias of shape {length}, the "
        "size of the last axis"
    )


def layer_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> Tensor:
    """Normalize each row to mean 0 and variance 1, then scale and shift: (x - mean) / sqrt(var + eps) * weight + bias.

    Args:
        x: (..., D); a row lies along the last axis.
        weight: (D,).
        bias: (D,).
        eps: added to the variance.

    Raises:
        ShapeError: weight or bias are not of the size of the last axis.

    Source: Ba, Kiros and Hinton, "Layer Normalization", 2016, https://arxiv.org/abs/1607.06450.
    """
    return LayerNorm(eps)(x, weight, bias)


def batch_norm(x: Tensor, weight: Tensor, bias: Tensor, eps: float = 1e-5) -> tuple[Tensor, Tensor, Tensor]:
    """Normalize each channel over the batch to mean 0 and variance 1, then scale and shift, as in training.

    Args:
        x: (N, ..., C); the channels lie along the last axis.
        weight: (C,).
        bias: (C,).
        eps: added to the variance.

    Returns:
        The result, of the shape of x, and the batch's mean and biased variance, (C,), which require no gradient.

    Raises:
        ShapeError: weight or bias are not of the size of the last axis.

    Source: Ioffe and Szegedy, "Batch Normalization", 2015, https://arxiv.org/abs/1502.03167.
    """
    out, mean, var = BatchNorm(eps)(x, weight, bias)
    return out, mean.detach(), var.detach()
