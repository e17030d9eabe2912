"""Smooth activation functions: sigmoid, silu, gelu, softplus and their kin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace, kernels
from ...numpy_on_demand import np
from ...op import Array, Sample
from ..arguments import number_argument
from ..broadcasting import SHAPES, Elementwise
from .exponential import exp
from .hyperbolic import tanh
from .selection import clip, where

if TYPE_CHECKING:
    from ...fusion import Instructions
    from ...tensor import Tensor


class Sigmoid(Elementwise):
    """The logistic function."""

    name = "sigmoid"
    formula = "1 / (1 + exp(-a))"
    gradient_formula = "da = dc * c * (1 - c)"
    needs = ("out",)
    instruction = "sigmoid"

    def compute(self, a: Array) -> Array:
        """Squash each element into (0, 1), without overflow."""
        return kernels(a).sigmoid(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return _sigmoid_grad(out_grad, node)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and numbers of great size."""
        reference = lambda a: np.exp(-np.logaddexp(0, -a))  # noqa: E731
        return [
            *[Sample(inputs=[shape], reference=reference) for shape in SHAPES],
            Sample(inputs=[np.array([-30.0, 30.0])], reference=reference, order=1, label="saturated"),
        ]


class SigmoidGrad(Elementwise):
    """The gradient of the logistic function, from its result."""

    name = "sigmoid_grad"
    formula = "dc * c * (1 - c)"
    gradient_formula = "ddc = de * c * (1 - c); dc = de * dc * (1 - 2 * c)"
    needs = (0, 1)
    instruction = "multiply"

    def compute(self, out_grad: Array, out: Array) -> Array:
        """Multiply by the slope."""
        return kernels(out).sigmoid_grad(out_grad, out)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        """It is linear in its first operand and a parabola in the second."""
        grad, out = node.inputs
        return _sigmoid_grad(out_grad, out), out_grad * grad * (1 - out * 2)

    def emit(self, program: Instructions, *operands: int) -> int:
        """Multiply by the slope."""
        out_grad, out = operands
        rest = program.append("subtract", program.constant(1.0), out)
        return program.append("multiply", program.append("multiply", out_grad, out), rest)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape, shape], reference=lambda g, y: g * y * (1 - y)) for shape in SHAPES]


class SiLU(Elementwise):
    """A tensor times its logistic function, also called swish."""

    name = "silu"
    formula = "a * sigmoid(a)"
    gradient_formula = "da = dc * s * (1 + a * (1 - s)), with s = sigmoid(a)"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """One fused step."""
        return kernels(a).silu(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return _silu_grad(out_grad, node.inputs[0])

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape], reference=lambda a: a / (1 + np.exp(-a))) for shape in SHAPES]


class SiLUGrad(Elementwise):
    """The gradient of silu, from its operand."""

    name = "silu_grad"
    formula = "dc * s * (1 + a * (1 - s)), with s = sigmoid(a)"
    gradient_formula = "ddc = silu_grad(de, a); da = de * dc * s * (1 - s) * (2 + a * (1 - 2 * s))"
    needs = (0, 1)

    def compute(self, out_grad: Array, a: Array) -> Array:
        """One fused step."""
        return kernels(a).silu_grad(out_grad, a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        """It is linear in its first operand; the second has the second derivative of silu."""
        grad, a = node.inputs
        s = sigmoid(a)
        return _silu_grad(out_grad, a), out_grad * grad * (s * (1 - s) * (a * (1 - s * 2) + 2))

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""

        def reference(g: Any, a: Any) -> Any:
            s = 1 / (1 + np.exp(-a))
            return g * (s + a * s * (1 - s))

        return [Sample(inputs=[shape, shape], reference=reference) for shape in SHAPES]


class GELU(Elementwise):
    """A tensor times the probability that a normal number lies below it.

    Args:
        approximate: "none" for the probability itself, "tanh" for a formula that was cheaper once.
    """

    name = "gelu"
    formula = "a * P(a), with P(a) = (1 + erf(a / sqrt(2))) / 2"
    gradient_formula = "da = dc * (P(a) + a * p(a)), with p(a) = exp(-a**2 / 2) / sqrt(2 * pi)"
    needs = (0,)

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def compute(self, a: Array) -> Array:
        """One fused step."""
        return kernels(a).gelu(a, self.approximate)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return GELUGrad(self.approximate)(out_grad, node.inputs[0])

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, both ways."""
        return [
            Sample(inputs=[shape], kwargs={"approximate": way}, reference=_gelu, label=way)
            for way in ("none", "tanh")
            for shape in SHAPES
        ]


class GELUGrad(Elementwise):
    """The gradient of gelu, from its operand.

    Args:
        approximate: as for gelu.
    """

    name = "gelu_grad"
    formula = "dc * (P(a) + a * p(a)), with P and p the function and the density of the normal distribution"
    gradient_formula = "ddc = gelu_grad(de, a); da = de * dc * p(a) * (2 - a**2)"
    needs = (0, 1)

    def __init__(self, approximate: str = "none") -> None:
        self.approximate = approximate

    def compute(self, out_grad: Array, a: Array) -> Array:
        """One fused step."""
        return kernels(a).gelu_grad(out_grad, a, self.approximate)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        """It is linear in its first operand; the second has the second derivative of gelu."""
        grad, a = node.inputs
        return GELUGrad(self.approximate)(out_grad, a), out_grad * grad * self.curvature(a)

    def curvature(self, a: Tensor) -> Tensor:
        """Return the second derivative of gelu."""
        a = clip(a, -40.0, 40.0)  # beyond, it is 0 to the last digit, but squares could overflow
        square = a * a
        if self.approximate == "none":
            return exp(square * -0.5) * (2 - square) * (1 / math.sqrt(2 * math.pi))
        slope = (square * (3 * 0.044715) + 1) * _SCALE  # of the argument of tanh
        bend = a * (6 * 0.044715 * _SCALE)
        t = tanh((square * 0.044715 + 1) * a * _SCALE)
        return (1 - t * t) * (slope + a * (bend * 0.5 - t * (slope * slope)))

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, both ways."""

        def reference(g: Any, a: Any, approximate: str) -> Any:
            if approximate == "none":
                return g * (_normal_share(a) + a * np.exp(-a * a / 2) / np.sqrt(2 * np.pi))
            t = np.tanh(_SCALE * (a + 0.044715 * a**3))
            return g * 0.5 * (1 + t + a * (1 - t * t) * _SCALE * (1 + 3 * 0.044715 * a * a))

        return [
            Sample(inputs=[shape, shape], kwargs={"approximate": way}, reference=reference, label=way)
            for way in ("none", "tanh")
            for shape in SHAPES
        ]


_SCALE = math.sqrt(2 / math.pi)


def _gelu(a: Any, approximate: str) -> Any:
    if approximate == "tanh":
        return 0.5 * a * (1 + np.tanh(_SCALE * (a + 0.044715 * a**3)))
    return a * _normal_share(a)


def _normal_share(a: Any) -> Any:
    return np.vectorize(lambda x: 0.5 * math.erfc(-x / math.sqrt(2)), otypes=[np.float64])(a)


class Softplus(Elementwise):
    """The logarithm of one plus the exponential: the smooth version of the positive part."""

    name = "softplus"
    formula = "log(1 + exp(a))"
    gradient_formula = "da = dc * sigmoid(a)"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """One fused step, without overflow."""
        return kernels(a).softplus(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return _softplus_grad(out_grad, node.inputs[0])

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and numbers of great size."""
        reference = lambda a: np.logaddexp(0, a)  # noqa: E731
        return [
            *[Sample(inputs=[shape], reference=reference) for shape in SHAPES],
            Sample(inputs=[np.array([-1e3, -40.0, 40.0, 1e3])], reference=reference, order=1, label="saturated"),
        ]


class SoftplusGrad(Elementwise):
    """The gradient of softplus, from its operand."""

    name = "softplus_grad"
    formula = "dc * sigmoid(a)"
    gradient_formula = "ddc = de * sigmoid(a); da = de * dc * s * (1 - s), with s = sigmoid(a)"
    needs = (0, 1)

    def compute(self, out_grad: Array, a: Array) -> Array:
        """One fused step."""
        return kernels(a).softplus_grad(out_grad, a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        """It is linear in its first operand; the second has the slope of the logistic function."""
        grad, a = node.inputs
        return _softplus_grad(out_grad, a), _sigmoid_grad(out_grad * grad, sigmoid(a))

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape, shape], reference=lambda g, a: g / (1 + np.exp(-a))) for shape in SHAPES]


class LogSigmoid(Elementwise):
    """The logarithm of the logistic function, without underflow."""

    name = "log_sigmoid"
    formula = "-log(1 + exp(-a))"
    gradient_formula = "da = dc * sigmoid(-a)"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """Minus the softplus of what is turned."""
        return -kernels(a).softplus(-a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the share that is missing to 1."""
        return out_grad * sigmoid(-node.inputs[0])

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and numbers of great size."""
        reference = lambda a: -np.logaddexp(0, -a)  # noqa: E731
        return [
            *[Sample(inputs=[shape], reference=reference) for shape in SHAPES],
            Sample(inputs=[np.array([-1e3, -40.0, 40.0, 1e3])], reference=reference, order=1, label="saturated"),
        ]


class Softsign(Elementwise):
    """A tensor divided by one more than its size; it tends to -1 and 1."""

    name = "softsign"
    formula = "a / (1 + |a|)"
    gradient_formula = "da = dc / (1 + |a|)**2"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """Divide each element by one more than its size."""
        return a / (array_namespace(a).abs(a) + 1)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """It is smooth at 0 too."""
        a: Tensor = node.inputs[0]
        size = a.abs() + 1
        return out_grad / (size * size)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind; the second derivative jumps at 0."""
        return [Sample(inputs=[shape], reference=lambda a: a / (1 + np.abs(a)), kinks=(0.0,)) for shape in SHAPES]


class Mish(Elementwise):
    """A tensor times the hyperbolic tangent of its softplus."""

    name = "mish"
    formula = "a * tanh(softplus(a))"
    gradient_formula = "da = dc * (t + a * (1 - t**2) * sigmoid(a)), with t = tanh(softplus(a))"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """Weigh each element."""
        return a * array_namespace(a).tanh(kernels(a).softplus(a))

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The weight, and the slope of the weight."""
        a: Tensor = node.inputs[0]
        t = tanh(_softplus(a))
        return out_grad * (t + a * (1 - t * t) * sigmoid(a))

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape], reference=lambda a: a * np.tanh(np.log1p(np.exp(a)))) for shape in SHAPES]


_sigmoid, _sigmoid_grad, _silu, _silu_grad = Sigmoid(), SigmoidGrad(), SiLU(), SiLUGrad()
_softplus, _softplus_grad, _log_sigmoid = Softplus(), SoftplusGrad(), LogSigmoid()
_softsign, _mish = Softsign(), Mish()


def sigmoid(a: Tensor) -> Tensor:
    """Take the logistic function 1 / (1 + exp(-a)) of each element, without overflow."""
    return _sigmoid(a)


def silu(a: Tensor) -> Tensor:
    """Take a * sigmoid(a) of each element; also called swish.

    Source: Ramachandran et al., "Searching for Activation Functions", 2017, https://arxiv.org/abs/1710.05941.
    """
    return _silu(a)


def gelu(a: Tensor, approximate: str = "none") -> Tensor:
    """Multiply each element by the probability that a normal number lies below it.

    Args:
        a: a tensor of floating point.
        approximate: "none" for (1 + erf(a / sqrt(2))) / 2, or "tanh" for the formula
            (1 + tanh(sqrt(2 / pi) * (a + 0.044715 * a**3))) / 2, which models were trained with.

    Raises:
        ValueError: `approximate` is neither.

    Source: Hendrycks and Gimpel, "Gaussian Error Linear Units", 2016, https://arxiv.org/abs/1606.08415.
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f'gelu: approximate is {approximate!r}; expected "none" or "tanh"')
    return GELU(approximate)(a)


def softplus(a: Tensor, beta: float = 1.0, threshold: float | None = None) -> Tensor:
    """Take log(1 + exp(beta * a)) / beta of each element, without overflow.

    Args:
        a: a tensor of floating point.
        beta: how sharp the bend at 0 is; not 0.
        threshold: above `beta * a > threshold` give `a` itself, as PyTorch does from 20 on; None gives the function
            itself everywhere, which needs no such help.

    Raises:
        ValueError: beta is 0.
    """
    beta = number_argument("softplus", "beta", beta)
    if beta == 0:
        raise ValueError("softplus: beta is 0; expected a number that can be divided by, such as the default 1.0")
    smooth = _softplus(a) if beta == 1 else _softplus(a * beta) * (1 / beta)
    if threshold is None:
        return smooth
    return where(a * beta > number_argument("softplus", "threshold", threshold), a, smooth)


def log_sigmoid(a: Tensor) -> Tensor:
    """Take the logarithm of the logistic function of each element, without underflow."""
    return _log_sigmoid(a)


def softsign(a: Tensor) -> Tensor:
    """Divide each element by one more than its size: a / (1 + |a|)."""
    return _softsign(a)


def mish(a: Tensor) -> Tensor:
    """Take a * tanh(softplus(a)) of each element.

    Source: Misra, "Mish: A Self Regularized Non-Monotonic Activation Function", 2019,
    https://arxiv.org/abs/1908.08681.
    """
    return _mish(a)


swish = silu
logsigmoid = log_sigmoid
