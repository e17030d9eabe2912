"""Softmax, its logarithm, and the logarithm of a sum of exponentials, none of which overflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import kernels
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..axes import Axes, axes_argument, axis_argument, canonical_axes, canonical_axis, with_ones
from ..broadcasting import is_floating
from ..reductions.sums import CASES, Reduction

if TYPE_CHECKING:
    from ...tensor import Tensor

HUGE = [[1e4, 1e4 - 1.0, 0.0], [-1e4, -1e4, -1e4 + 2.0]]
"""Numbers whose exponentials overflow."""


class AlongAxis(TensorOp):
    """An operation on the vectors along one axis; its result has the operand's shape.

    Args:
        axis: the axis that the vectors lie along.
    """

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis_argument(self.name, axis)

    def infer(self, *specs: Spec) -> Spec | None:
        """The result is like the operands, unless they are of integers."""
        canonical_axis(self.name, self.axis, specs[0].shape)
        return specs[0] if is_floating(specs[0].dtype) else None

    @classmethod
    def axis_samples(cls, reference: Any, operands: int = 1, huge: bool = True) -> list[Sample]:
        """Each axis, nothing, one element, and numbers whose exponentials overflow."""
        cases: list[tuple[Any, int]] = [((2, 3), -1), ((2, 3, 2), 1), ((3,), 0), ((0, 3), 1), ((1, 1), 0)]
        return [
            Sample(inputs=[operand] * operands, kwargs={"axis": axis}, reference=reference, label=f"axis {axis}")
            for operand, axis in [*cases, *([(np.array(HUGE), 1)] if huge else [])]
        ]


class Softmax(AlongAxis):
    """Exponentials divided by their sum along an axis."""

    name = "softmax"
    formula = "exp(a) / sum(exp(a))"
    gradient_formula = "da = c * (dc - sum(dc * c))"
    needs = ("out",)

    def compute(self, a: Array) -> Array:
        """Turn each vector into probabilities."""
        return kernels(a).softmax(a, axis=self.axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return SoftmaxGrad(self.axis)(out_grad, node)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis, and numbers whose exponentials overflow."""

        def reference(a: Any, axis: int) -> Any:
            return np.exp(a - np.logaddexp.reduce(a, axis=axis, keepdims=True))

        return cls.axis_samples(reference)


class SoftmaxGrad(AlongAxis):
    """The gradient of softmax, from its result."""

    name = "softmax_grad"
    formula = "c * (dc - sum(dc * c))"
    gradient_formula = "ddc = c * (de - sum(de * c)); dc = de * (dc - sum(dc * c)) - dc * sum(de * c)"
    needs = (0, 1)

    def compute(self, out_grad: Array, out: Array) -> Array:
        """Multiply each vector by the Jacobian of softmax, which is symmetric."""
        return kernels(out).softmax_grad(out_grad, out, axis=self.axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        """The Jacobian again, and the derivative of a quadratic form."""
        grad, out = node.inputs
        axis = self.axis
        sums = (grad * out).sum(axis, keepdims=True)
        out_sums = (out_grad * out).sum(axis, keepdims=True)
        return SoftmaxGrad(axis)(out_grad, out), out_grad * (grad - sums) - grad * out_sums

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis."""

        def reference(g: Any, y: Any, axis: int) -> Any:
            return y * g - y * (g * y).sum(axis, keepdims=True)

        return cls.axis_samples(reference, operands=2, huge=False)


class LogSoftmax(AlongAxis):
    """The logarithm of softmax along an axis."""

    name = "log_softmax"
    formula = "a - log(sum(exp(a)))"
    gradient_formula = "da = dc - exp(c) * sum(dc)"
    needs = ("out",)

    def compute(self, a: Array) -> Array:
        """Turn each vector into logarithms of probabilities."""
        return kernels(a).log_softmax(a, axis=self.axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return LogSoftmaxGrad(self.axis)(out_grad, node)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis, and numbers whose exponentials overflow."""

        def reference(a: Any, axis: int) -> Any:
            return a - np.logaddexp.reduce(a, axis=axis, keepdims=True)

        return cls.axis_samples(reference)


class LogSoftmaxGrad(AlongAxis):
    """The gradient of the logarithm of softmax, from its result."""

    name = "log_softmax_grad"
    formula = "dc - exp(c) * sum(dc)"
    gradient_formula = "ddc = de - sum(de * exp(c)); dc = -de * exp(c) * sum(dc)"
    needs = (0, 1)

    def compute(self, out_grad: Array, out: Array) -> Array:
        """Take each vector's probabilities, times the sum of its gradient, from the gradient."""
        return kernels(out).log_softmax_grad(out_grad, out, axis=self.axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        """It is linear in its first operand and exponential in the second."""
        grad, out = node.inputs
        axis = self.axis
        weighted = out_grad * out.exp()
        return out_grad - weighted.sum(axis, keepdims=True), -(weighted * grad.sum(axis, keepdims=True))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis."""

        def reference(g: Any, y: Any, axis: int) -> Any:
            return g - np.exp(y) * g.sum(axis, keepdims=True)

        return cls.axis_samples(reference, operands=2, huge=False)


class LogSumExp(Reduction):
    """The logarithm of the sum of exponentials over axes."""

    name = "logsumexp"
    formula = "log(sum(exp(a), axes))"
    gradient_formula = "da = dc * exp(a - c)"
    needs = (0, "out")

    def compute(self, a: Array) -> Array:
        """Add up exponentials along the axes, in logarithms."""
        return kernels(a).logsumexp(a, axis=self.axes, keepdims=self.keepdims)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return LogSumExpGrad(self.axes)(out_grad, node.inputs[0], node)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes, and numbers whose exponentials overflow."""

        def reference(a: Any, axes: Axes = None, keepdims: bool = False) -> Any:
            found = canonical_axes("logsumexp", axes, a.shape)
            for axis in found:
                a = np.logaddexp.reduce(a, axis=axis, keepdims=True)
            return a if keepdims else a.squeeze(found)

        cases: list[tuple[Any, dict[str, Any]]] = [*CASES, (np.array(HUGE), {"axes": 1})]
        return [
            Sample(inputs=[operand], kwargs=kwargs, reference=reference, label=str(kwargs)) for operand, kwargs in cases
        ]


class LogSumExpGrad(TensorOp):
    """The gradient of logsumexp, from its operand and its result.

    Args:
        axes: the axes that were reduced.
    """

    name = "logsumexp_grad"
    formula = "dc * exp(a - c)"
    gradient_formula = "ddc = sum(de * exp(a - c)); da = de * dc * exp(a - c); dc = -sum(da)"
    needs = (1, 2, "out")

    def __init__(self, axes: Axes = None) -> None:
        self.axes = axes_argument(self.name, axes)

    def compute(self, out_grad: Array, a: Array, out: Array) -> Array:
        """Give each element its share."""
        return kernels(a).logsumexp_grad(out_grad, a, out, axis=self.axes)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """It is linear in its first operand and exponential in the difference of the others."""
        grad, a, out = node.inputs
        kept = with_ones(a.shape, canonical_axes(self.name, self.axes, a.shape))
        share = (a - out.reshape(kept)).exp()
        a_grad = out_grad * node
        return (
            (out_grad * share).sum(self.axes).reshape(grad.shape),
            a_grad,
            -a_grad.sum(self.axes).reshape(out.shape),
        )

    @classmethod
    def samples(cls) -> list[Sample]:
        """Axes kept and dropped."""
        return [
            Sample(inputs=[(2,), (2, 3), (2,)], kwargs={"axes": 1}, reference=cls._reference),
            Sample(inputs=[(1, 3), (2, 3), (1, 3)], kwargs={"axes": (0,)}, reference=cls._reference, label="kept"),
            Sample(inputs=[(), (2, 3), ()], reference=cls._reference, label="all"),
        ]

    @staticmethod
    def _reference(g: Any, a: Any, y: Any, axes: Axes = None) -> Any:
        kept = with_ones(a.shape, canonical_axes("logsumexp_grad", axes, a.shape))
        return g.reshape(kept) * np.exp(a) / np.exp(y.reshape(kept))


def softmax(a: Tensor, axis: int = -1) -> Tensor:
    """Turn the vectors along an axis into probabilities: exponentials divided by their sum.

    Args:
        a: a tensor of any shape.
        axis: the axis that the vectors lie along.

    Raises:
        ShapeError: there is no such axis.
    """
    return Softmax(axis)(a)


def softmin(a: Tensor, axis: int = -1) -> Tensor:
    """Take the softmax of the negative elements along an axis, which makes the smallest the most probable."""
    return softmax(-a, axis)


def log_softmax(a: Tensor, axis: int = -1) -> Tensor:
    """Take the logarithm of softmax along an axis, without overflow: a - logsumexp(a).

    Args:
        a: a tensor of any shape.
        axis: the axis that the vectors lie along.

    Raises:
        ShapeError: there is no such axis.
    """
    return LogSoftmax(axis)(a)


def logsumexp(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Take the logarithm of the sum of exponentials over axes, without overflow.

    Args:
        a: a tensor of any shape.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return LogSumExp(axes if axis is None else axis, keepdims)(a)


logsoftmax = log_softmax
