"""Adam."""

from collections.abc import Iterable
from typing import Any

from needle_autograd import Tensor
from needle_autograd.backends import kernels

from .optimizer import Optimizer, zeros_in_state


class Adam(Optimizer):
    """Gradient descent with a step size for each element, from moving averages of gradients and their squares.

    With gradient g, parameter w, averages m and v, which start at zero, and t counting the parameter's steps from 1::

        g = g + weight_decay * w
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        w = w - lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)

    Args:
        params: the tensors to train.
        lr: learning rate.
        beta1: how much of m stays, from 0 up to but not including 1.
        beta2: how much of v stays, from 0 up to but not including 1.
        eps: added to the denominator.
        weight_decay: factor of the L2 penalty's gradient, which becomes part of g.

    Raises:
        ValueError: if a number is out of range.

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2014.
    """

    def __init__(
        self,
        params: Iterable[Tensor],
        lr: float = 0.01,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params)
        self.lr = self._check("lr", lr)
        self.beta1 = self._check("beta1", beta1, below=1.0)
        self.beta2 = self._check("beta2", beta2, below=1.0)
        self.eps = self._check("eps", eps)
        self.weight_decay = self._check("weight_decay", weight_decay)

    def update(self, param: Any, grad: Any, state: dict[str, Any]) -> None:
        """Update one parameter in place."""
        state["step"] = state.get("step", 0) + 1
        kernels(param).adam_step(
            param,
            grad,
            zeros_in_state(state, "m", param),
            zeros_in_state(state, "v", param),
            lr=self.lr,
            beta1=self.beta1,
            beta2=self.beta2,
            eps=self.eps,
            weight_decay=self.weight_decay,
            step=state["step"],
        )
