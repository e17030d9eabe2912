"""Activation functions with a kink: relu, leaky relu, elu, hardtanh."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import array_namespace, kernels
from ...numpy_on_demand import np
from ...op import Array, Sample
from ..arguments import number_argument
from ..broadcasting import SHAPES, Elementwise
from .comparisons import less
from .exponential import exp
from .logic import bitwise_or
from .selection import clip, where

if TYPE_CHECKING:
    from ...fusion import Instructions
    from ...tensor import Tensor


class ReLU(Elementwise):
    """The positive part; its derivative at 0 is 0."""

    name = "relu"
    formula = "max(a, 0)"
    gradient_formula = "da = 0 where c <= 0, else dc"
    needs = ("out",)
    instruction = "where"

    def compute(self, a: Array) -> Array:
        """Replace what is negative by 0."""
        return kernels(a).relu(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return _relu_grad(out_grad, node)

    def emit(self, program: Instructions, *operands: int) -> int:
        """Choose 0 where the element is not above it; a NaN stays."""
        (a,) = operands
        zero = program.constant(0.0)
        return program.append("where", program.append("less_equal", a, zero), zero, a)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [
            Sample(inputs=[shape], reference=lambda a: np.maximum(a, 0), kinks=(0.0,), exact=True) for shape in SHAPES
        ]


class ReLUGrad(Elementwise):
    """The gradient of the positive part, from its result, of which it is a step function."""

    name = "relu_grad"
    formula = "0 where c <= 0, else dc"
    gradient_formula = "ddc = 0 where c <= 0, else de"
    needs = (1,)
    instruction = "where"

    def compute(self, out_grad: Array, out: Array) -> Array:
        """Let the gradient through where the result is positive, and where it is NaN."""
        return kernels(out).relu_grad(out_grad, out)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, None]:
        """The same step again."""
        return _relu_grad(out_grad, node.inputs[1]), None

    def emit(self, program: Instructions, *operands: int) -> int:
        """Choose 0 where the result is not above it."""
        out_grad, out = operands
        zero = program.constant(0.0)
        return program.append("where", program.append("less_equal", out, zero), zero, out_grad)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        reference = lambda g, y: np.where(y > 0, g, 0)  # noqa: E731
        return [
            Sample(inputs=[shape, shape], reference=reference, kinks=(0.0,), differentiable=(0,), exact=True)
            for shape in SHAPES
        ]


class LeakyReLU(Elementwise):
    """The positive part, and a share of the negative one; its derivative at 0 is that share.

    Args:
        slope: the share.
    """

    name = "leaky_relu"
    formula = "a where a > 0, else slope * a"
    gradient_formula = "da = dc where a > 0, else slope * dc"
    needs = (0,)

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = number_argument(self.name, "slope", slope)

    def compute(self, a: Array) -> Array:
        """Scale what is negative."""
        return kernels(a).leaky_relu(a, self.slope)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return LeakyReLUGrad(self.slope)(out_grad, node.inputs[0])

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, two slopes."""
        reference = lambda a, slope: np.where(a > 0, a, slope * a)  # noqa: E731
        return [
            Sample(inputs=[shape], kwargs={"slope": slope}, reference=reference, kinks=(0.0,))
            for slope in (0.01, 0.5)
            for shape in SHAPES
        ]


class LeakyReLUGrad(Elementwise):
    """The gradient of leaky relu, from its operand, of which it is a step function.

    Args:
        slope: the share of the negative part.
    """

    name = "leaky_relu_grad"
    formula = "dc where a > 0, else slope * dc"
    gradient_formula = "ddc = de where a > 0, else slope * de"
    needs = (1,)

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = number_argument(self.name, "slope", slope)

    def compute(self, out_grad: Array, a: Array) -> Array:
        """Scale the gradient where the operand is negative."""
        return kernels(a).leaky_relu_grad(out_grad, a, self.slope)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, None]:
        """The same step again."""
        return LeakyReLUGrad(self.slope)(out_grad, node.inputs[1]), None

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        reference = lambda g, a, slope: np.where(a > 0, g, slope * g)  # noqa: E731
        return [
            Sample(
                inputs=[shape, shape], kwargs={"slope": 0.25}, reference=reference, kinks=(0.0,), differentiable=(0,)
            )
            for shape in SHAPES
        ]


class ELU(Elementwise):
    """The positive part, and an exponential that tends to -alpha; its derivative at 0 is alpha.

    Args:
        alpha: how far below 0 it goes.
    """

    name = "elu"
    formula = "a where a > 0, else alpha * (exp(a) - 1)"
    gradient_formula = "da = dc * alpha * exp(a) where a <= 0, else dc"
    needs = (0,)

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = number_argument(self.name, "alpha", alpha)

    def compute(self, a: Array) -> Array:
        """Bend what is negative."""
        return kernels(a).elu(a, self.alpha)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return ELUGrad(self.alpha)(out_grad, node.inputs[0])

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, two ways down."""
        reference = lambda a, alpha: np.where(a > 0, a, alpha * np.expm1(a))  # noqa: E731
        return [
            Sample(inputs=[shape], kwargs={"alpha": alpha}, reference=reference, kinks=(0.0,))
            for alpha in (1.0, 0.5)
            for shape in SHAPES
        ]


class ELUGrad(Elementwise):
    """The gradient of elu, from its operand.

    Args:
        alpha: how far below 0 elu goes.
    """

    name = "elu_grad"
    formula = "dc * alpha * exp(a) where a <= 0, else dc"
    gradient_formula = "ddc = elu_grad(de, a); da = de * dc * alpha * exp(a) where a < 0, else 0"
    needs = (0, 1)

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = number_argument(self.name, "alpha", alpha)

    def compute(self, out_grad: Array, a: Array) -> Array:
        """Scale the gradient where the operand is negative."""
        return kernels(a).elu_grad(out_grad, a, self.alpha)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        """No exponential is taken of what is positive, as it could be infinite; at 0 itself nothing is bent."""
        grad, a = node.inputs
        bend = where(less(a, 0.0), exp(clip(a, high=0.0)) * self.alpha, 0.0)
        return ELUGrad(self.alpha)(out_grad, a), out_grad * grad * bend

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""

        def reference(g: Any, a: Any, alpha: float) -> Any:
            return np.where(a > 0, g, g * alpha * np.exp(a))

        return [
            Sample(inputs=[shape, shape], kwargs={"alpha": 0.5}, reference=reference, kinks=(0.0,)) for shape in SHAPES
        ]


class HardTanh(Elementwise):
    """A tensor whose elements are kept between two numbers; on them its derivative is 0, other than that of clip.

    Args:
        low: the smallest element.
        high: the largest element.
    """

    name = "hardtanh"
    formula = "min(max(a, low), high)"
    gradient_formula = "da = 0 where a <= low or a >= high, else dc"
    needs = (0,)

    def __init__(self, low: float = -1.0, high: float = 1.0) -> None:
        self.low = number_argument(self.name, "low", low)
        self.high = number_argument(self.name, "high", high)

    def compute(self, a: Array) -> Array:
        """Replace what lies outside by the nearer bound."""
        namespace = array_namespace(a)
        return namespace.minimum(namespace.maximum(a, self.low), self.high)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Pass the gradient on inside the bounds, and at NaN."""
        a: Tensor = node.inputs[0]
        return where(bitwise_or(a <= self.low, a >= self.high), 0.0, out_grad)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [
            Sample(
                inputs=[shape],
                kwargs={"low": -0.5, "high": 1.0},
                reference=lambda a, low, high: np.minimum(np.maximum(a, low), high),
                domain=(-1.0, 1.5),
                kinks=(-0.5, 1.0),
                exact=True,
            )
            for shape in SHAPES
        ]


_relu, _relu_grad = ReLU(), ReLUGrad()


def relu(a: Tensor) -> Tensor:
    """Take the positive part of each element; the gradient at 0 is 0. NaN stays NaN and lets the gradient pass."""
    return _relu(a)


def leaky_relu(a: Tensor, slope: float = 0.01) -> Tensor:
    """Keep what is positive, and multiply what is negative by a slope, which is also the gradient at 0.

    Args:
        a: a tensor of floating point.
        slope: the factor of what is negative.

    Source: Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", 2013.
    """
    return LeakyReLU(slope)(a)


def elu(a: Tensor, alpha: float = 1.0) -> Tensor:
    """Keep what is positive, and take alpha * (exp(a) - 1) of the rest; the gradient at 0 is alpha.

    Args:
        a: a tensor of floating point.
        alpha: minus what very negative elements become.

    Source: Clevert, Unterthiner and Hochreiter, "Exponential Linear Units", 2015, https://arxiv.org/abs/1511.07289.
    """
    return ELU(alpha)(a)


def hardtanh(a: Tensor, low: float = -1.0, high: float = 1.0) -> Tensor:
    """Keep each element between two numbers; outside and on them the gradient is 0.

    Args:
        a: a tensor of floating point.
        low: the smallest element.
        high: the largest element.
    """
    return HardTanh(low, high)(a)


def relu6(a: Tensor) -> Tensor:
    """Keep each element between 0 and 6; outside and on them the gradient is 0."""
    return hardtanh(a, 0.0, 6.0)
