"""RMSprop."""

from collections.abc import Iterable
from typing import Any

from needle_autograd import Tensor
from needle_autograd.backends import kernels

from .optimizer import Optimizer, zeros_in_state


class RMSprop(Optimizer):
    """Gradient descent divided by a moving root mean square of the gradients.

    With gradient g, parameter w, and average v and velocity u, which start at zero::

        g = g + weight_decay * w
        v = alpha * v + (1 - alpha) * g**2
        u = momentum * u + g / (sqrt(v) + eps)
        w = w - lr * u

    Args:
        params: the tensors to train.
        lr: learning rate.
        alpha: how much of v stays, from 0 up to but not including 1.
        eps: added to the denominator.
        weight_decay: factor of the L2 penalty's gradient, which becomes part of g.
        momentum: how much of the velocity stays, from 0 up to but not including 1.

    Raises:
        ValueError: if a number is out of range.

    Source: Tieleman and Hinton, "Lecture 6.5: rmsprop", Neural Networks for Machine Learning, 2012.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        super().__init__(params)
        self.lr = self._check("lr", lr)
        self.alpha = self._check("alpha", alpha, below=1.0)
        self.eps = self._check("eps", eps)
        self.weight_decay = self._check("weight_decay", weight_decay)
        self.momentum = self._check("momentum", momentum, below=1.0)

    def update(self, param: Any, grad: Any, state: dict[str, Any]) -> None:
        """Update one parameter in place."""
        kernels(param).rmsprop_step(
            param,
            grad,
            zeros_in_state(state, "v", param),
            zeros_in_state(state, "velocity", param) if self.momentum else None,
            lr=self.lr,
            alpha=self.alpha,
            eps=self.eps,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
        )
