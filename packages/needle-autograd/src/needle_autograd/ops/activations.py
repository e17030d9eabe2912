"""Activation functions: tanh, sigmoid, relu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..backends import array_namespace, kernels
from ..op import Array, Sample
from .broadcasting import SHAPES, Elementwise

if TYPE_CHECKING:
    from ..tensor import Tensor


class Tanh(Elementwise):
    """The hyperbolic tangent."""

    name = "tanh"
    formula = "tanh(a)"
    gradient_formula = "da = dc * (1 - c**2)"
    needs = ("out",)

    def compute(self, a: Array) -> Array:
        """Take the tangent of each element."""
        return array_namespace(a).tanh(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by one less the square."""
        return out_grad * (1 - node * node)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape], reference=np.tanh) for shape in SHAPES]


class Sigmoid(Elementwise):
    """The logistic function."""

    name = "sigmoid"
    formula = "1 / (1 + exp(-a))"
    gradient_formula = "da = dc * c * (1 - c)"
    needs = ("out",)

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

    def compute(self, out_grad: Array, out: Array) -> Array:
        """Multiply by the slope."""
        return kernels(out).sigmoid_grad(out_grad, out)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, Tensor]:
        """It is linear in its first operand and a parabola in the second."""
        grad, out = node.inputs
        return _sigmoid_grad(out_grad, out), out_grad * grad * (1 - out * 2)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [Sample(inputs=[shape, shape], reference=lambda g, y: g * y * (1 - y)) for shape in SHAPES]


class ReLU(Elementwise):
    """The positive part; its derivative at 0 is 0."""

    name = "relu"
    formula = "max(a, 0)"
    gradient_formula = "da = dc where c > 0, else 0"
    needs = ("out",)

    def compute(self, a: Array) -> Array:
        """Replace what is negative by 0."""
        return kernels(a).relu(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """One fused step."""
        return _relu_grad(out_grad, node)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        return [
            Sample(inputs=[shape], reference=lambda a: np.maximum(a, 0), kinks=(0.0,), exact=True) for shape in SHAPES
        ]


class ReLUGrad(Elementwise):
    """The gradient of the positive part, from its result, of which it is a step function."""

    name = "relu_grad"
    formula = "dc where c > 0, else 0"
    gradient_formula = "ddc = de where c > 0, else 0"
    needs = (1,)

    def compute(self, out_grad: Array, out: Array) -> Array:
        """Let the gradient through where the result is positive."""
        return kernels(out).relu_grad(out_grad, out)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, None]:
        """The same step again."""
        return _relu_grad(out_grad, node.inputs[1]), None

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind."""
        reference = lambda g, y: np.where(y > 0, g, 0)  # noqa: E731
        return [
            Sample(inputs=[shape, shape], reference=reference, kinks=(0.0,), differentiable=(0,), exact=True)
            for shape in SHAPES
        ]


_tanh, _sigmoid, _sigmoid_grad, _relu, _relu_grad = Tanh(), Sigmoid(), SigmoidGrad(), ReLU(), ReLUGrad()


def tanh(a: Tensor) -> Tensor:
    """Take the hyperbolic tangent of each element."""
    return _tanh(a)


def sigmoid(a: Tensor) -> Tensor:
    """Take the logistic function 1 / (1 + exp(-a)) of each element, without overflow."""
    return _sigmoid(a)


def relu(a: Tensor) -> Tensor:
    """Take the positive part of each element; the gradient at 0 is 0, and NaN stays NaN."""
    return _relu(a)
