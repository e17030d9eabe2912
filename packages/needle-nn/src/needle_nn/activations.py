"""Activation functions as modules."""

from needle_autograd import Tensor, ops

from .module import Module


class ReLU(Module):
    """Rectified linear unit: `max(x, 0)`, elementwise."""

    def forward(self, x: Tensor) -> Tensor:
        """Return max(x, 0), of the shape of x."""
        return ops.relu(x)


class Sigmoid(Module):
    """Logistic function: `1 / (1 + exp(-x))`, elementwise."""

    def forward(self, x: Tensor) -> Tensor:
        """Return 1 / (1 + exp(-x)), of the shape of x."""
        return ops.sigmoid(x)


class Tanh(Module):
    """Hyperbolic tangent, elementwise."""

    def forward(self, x: Tensor) -> Tensor:
        """Return tanh(x), of the shape of x."""
        return ops.tanh(x)
