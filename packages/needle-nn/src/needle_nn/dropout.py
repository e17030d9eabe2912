"""Dropout."""

from needle_autograd import Tensor, ops

from .module import Module


class Dropout(Module):
    """Set elements to zero at random while training.

    Each element is kept with probability 1 - p, independently, and then divided by 1 - p, so that its expected value
    stays the same. In evaluation mode the input passes unchanged.

    Args:
        p: probability that an element becomes zero.

    Raises:
        ValueError: if p is outside [0, 1].

    Source: Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", 2014.
    """

    def __init__(self, p: float = 0.5) -> None:
        if not 0 <= p <= 1:
            raise ValueError(f"Dropout's p is the probability that an element becomes zero, from 0 to 1; got {p}.")
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        """Return x with elements dropped in training mode, x itself in evaluation mode."""
        if not self.training or self.p == 0:
            return x
        return ops.dropout(x, self.p)

    def extra_repr(self) -> str:
        """Return the arguments that repr shows."""
        return f"p={self.p}"
