"""The module that does nothing."""

from needle_autograd import Tensor

from .module import Module


class Identity(Module):
    """Return the input unchanged. Arguments of the constructor are ignored, so that it can stand in for any module."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def forward(self, x: Tensor) -> Tensor:
        """Return x."""
        return x
