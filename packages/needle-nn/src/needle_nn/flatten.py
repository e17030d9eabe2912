"""From images and the like to rows."""

from math import prod

from needle_autograd import Tensor

from .module import Module


class Flatten(Module):
    """Flatten every axis but the first: (B, ...) -> (B, product of the rest)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return x as (B, D)."""
        batch, *rest = x.shape
        return x.reshape((batch, prod(rest)))
