"""Normalization of activations."""

from typing import Any

from needle_autograd import Device, Tensor, creation, no_grad, ops
from needle_autograd.errors import ShapeError

from .module import Module
from .parameter import Parameter


class LayerNorm1d(Module):
    """Normalize each row over its features, then scale and shift.

    `y = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias`, with mean and biased variance over the last axis.

    Attributes:
        weight: (dim,), ones at first.
        bias: (dim,), zeros at first.

    Args:
        dim: number of features.
        eps: added to the variance.
        device: where the parameters live.
        dtype: their dtype.

    Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
    """

    def __init__(self, dim: int, eps: float = 1e-5, device: Device | None = None, dtype: Any = "float32") -> None:
        self.dim = dim
        self.eps = eps
        self.weight = Parameter(creation.ones(dim, device=device, dtype=dtype))
        self.bias = Parameter(creation.zeros(dim, device=device, dtype=dtype))

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalized over its last axis.

        Args:
            x: (..., dim).

        Returns:
            A tensor of the shape of x.

        Raises:
            ShapeError: if the last axis of x does not have dim elements.
        """
        if x.shape[-1:] != (self.dim,):
            raise ShapeError(f"{self!r} takes inputs of shape (..., {self.dim}), got {x.shape}.")
        return ops.layer_norm(x, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        """Return the arguments that repr shows."""
        return f"{self.dim}, eps={self.eps}"


class BatchNorm1d(Module):
    """Normalize each feature over the batch, then scale and shift.

    `y = (x - mean) / sqrt(var + eps) * weight + bias`. In training mode mean and biased variance are the batch's, and
    the running statistics move towards them: `running = (1 - momentum) * running + momentum * batch`. In evaluation
    mode the running statistics take their place.

    Attributes:
        weight: (dim,), ones at first.
        bias: (dim,), zeros at first.
        running_mean: (dim,), a buffer, zeros at first.
        running_var: (dim,), a buffer, ones at first.

    Args:
        dim: number of features.
        eps: added to the variance.
        momentum: weight of the newest batch in the running statistics.
        device: where the tensors live.
        dtype: their dtype.
        unbiased: whether running_var moves towards the batch's unbiased variance (divided by N - 1), as PyTorch's
            does, and not the biased one (divided by N).

    Source: Ioffe and Szegedy, "Batch Normalization", 2015.
    """

    def __init__(
        self,
        dim: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        device: Device | None = None,
        dtype: Any = "float32",
        *,
        unbiased: bool = False,
    ) -> None:
        if not 0 <= momentum <= 1:
            raise ValueError(f"BatchNorm1d's momentum is a weight from 0 to 1, got {momentum}.")
        self.dim = dim
        self.eps = eps
        self.momentum = momentum
        self.unbiased = unbiased
        self.weight = Parameter(creation.ones(dim, device=device, dtype=dtype))
        self.bias = Parameter(creation.zeros(dim, device=device, dtype=dtype))
        self.running_mean = creation.zeros(dim, device=device, dtype=dtype)
        self.running_var = creation.ones(dim, device=device, dtype=dtype)

    def forward(self, x: Tensor) -> Tensor:
        """Return x normalized over its first axis.

        Args:
            x: (N, dim).

        Returns:
            (N, dim).

        Raises:
            ShapeError: if x is not (N, dim), or, in training mode, if N is 0, or 1 and the variance unbiased.
        """
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise ShapeError(f"{self!r} takes inputs of shape (N, {self.dim}), got {x.shape}.")
        if not self.training:
            scale = self.weight / (self.running_var + self.eps) ** 0.5
            return (x - self.running_mean) * scale + self.bias
        least = 2 if self.unbiased else 1
        if x.shape[0] < least:
            raise ShapeError(f"{self!r} needs at least {least} rows in training mode, got {x.shape[0]}.")
        out, mean, var = ops.batch_norm(x, self.weight, self.bias, self.eps)
        self._update_statistics(mean, var, x.shape[0])
        return out

    def _update_statistics(self, mean: Tensor, var: Tensor, rows: int) -> None:
        with no_grad():
            if self.unbiased:
                var = var * (rows / (rows - 1))
            for running, batch in ((self.running_mean, mean), (self.running_var, var)):
                newest = Tensor(batch, dtype=running.dtype)
                running.data = running * (1 - self.momentum) + newest * self.momentum

    def extra_repr(self) -> str:
        """Return the arguments that repr shows."""
        unbiased = ", unbiased=True" if self.unbiased else ""
        return f"{self.dim}, eps={self.eps}, momentum={self.momentum}{unbiased}"
