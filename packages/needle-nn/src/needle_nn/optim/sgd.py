"""Stochastic gradient descent."""

from collections.abc import Iterable
from typing import Any

from needle_autograd import Tensor
from needle_autograd.backends import kernels

from .optimizer import Optimizer, zeros_in_state


class SGD(Optimizer):
    """Gradient descent with momentum and weight decay.

    With gradient g, parameter w and velocity u, which starts at zero::

        g = g + weight_decay * w
        u = momentum * u + (1 - dampening) * g
        w = w - lr * u

    Without momentum, u is g.

    Args:
        params: the tensors to train.
        lr: learning rate.
        momentum: how much of the velocity stays, from 0 up to but not including 1.
        weight_decay: factor of the L2 penalty's gradient.
        dampening: None stands for `momentum`, which makes u a moving average of gradients; 0 adds gradients up in
            full, as PyTorch does by default.

    Raises:
        ValueError: if a number is out of range.

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 0.01,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        *,
        dampening: float | None = None,
    ) -> None:
        super().__init__(params)
        self.lr = self._check("lr", lr)
        self.momentum = self._check("momentum", momentum, below=1.0)
        self.weight_decay = self._check("weight_decay", weight_decay)
        self.dampening = None if dampening is None else self._check("dampening", dampening)

    def update(self, param: Any, grad: Any, state: dict[str, Any]) -> None:
        """Update one parameter in place."""
        kernels(param).sgd_step(
            param,
            grad,
            zeros_in_state(state, "velocity", param) if self.momentum else None,
            lr=self.lr,
            momentum=self.momentum,
            dampening=self.momentum if self.dampening is None else self.dampening,
            weight_decay=self.weight_decay,
        )
