"""The affine map."""

from typing import Any

from needle_autograd import Device, Tensor, ops
from needle_autograd.errors import ShapeError

from .init import kaiming_uniform
from .module import Module
from .parameter import Parameter


class Linear(Module):
    """Multiply by a weight and add a bias: `x @ weight + bias`.

    Attributes:
        weight: (in_features, out_features), drawn first, by `kaiming_uniform(in_features, out_features)`.
        bias: (1, out_features), drawn by `kaiming_uniform(out_features, 1)`, or None.

    Args:
        in_features: size of the input's last axis.
        out_features: size of the output's last axis.
        bias: whether to add a bias.
        device: where the parameters live.
        dtype: their dtype.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_nn import Linear
        >>> Linear(3, 5)(Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])).shape
        (2, 5)
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Device | None = None,
        dtype: Any = "float32",
    ) -> None:
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(kaiming_uniform(in_features, out_features, device=device, dtype=dtype))
        self.bias = None
        if bias:
            column = kaiming_uniform(out_features, 1, device=device, dtype=dtype)
            self.bias = Parameter(column.reshape((1, out_features)))

    def forward(self, x: Tensor) -> Tensor:
        """Return x @ weight + bias.

        Args:
            x: (..., in_features).

        Returns:
            (..., out_features).

        Raises:
            ShapeError: if the last axis of x does not have in_features elements.
        """
        try:
            return ops.linear(x, self.weight, self.bias)
        except ShapeError as error:
            if x.shape[-1:] == self.weight.shape[:1]:
                raise
            raise ShapeError(
                f"{self!r} takes inputs of shape (..., {self.weight.shape[0]}), got {x.shape}; "
                "flatten the input, or build the layer with the size of its last axis."
            ) from error

    def extra_repr(self) -> str:
        """Return the arguments that repr shows."""
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"
