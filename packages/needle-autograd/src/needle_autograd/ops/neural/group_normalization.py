"""Normalization over other parts of a batch: groups of channels, single channels, and by the root mean square."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...errors import ShapeError
from ...numpy_on_demand import np
from ..arguments import integer_argument, require_tensors
from ..broadcasting import constant_like
from ..shapes.reshaping import permute
from .normalization import layer_norm

if TYPE_CHECKING:
    from ...tensor import Tensor


def group_norm(
    x: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """Normalize each example's groups of channels to mean 0 and variance 1, then scale and shift the channels.

    Args:
        x: (N, ..., C); the channels lie along the last axis.
        num_groups: into how many groups the channels are divided.
        weight: (C,), or None.
        bias: (C,), or None.
        eps: added to the variance.

    Raises:
        ShapeError: the channels are not divisible by the groups, or weight or bias are not of their number.
        ValueError: there is no group.

    Source: Wu and He, "Group Normalization", 2018, https://arxiv.org/abs/1803.08494.
    """
    return _normalized_groups("group_norm", x, num_groups, weight, bias, eps)


def instance_norm(x: Tensor, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5) -> Tensor:
    """Normalize each channel of each example to mean 0 and variance 1, then scale and shift the channels.

    Args:
        x: (N, ..., C); the channels lie along the last axis.
        weight: (C,), or None.
        bias: (C,), or None.
        eps: added to the variance.

    Raises:
        ShapeError: x has fewer than three axes, or weight or bias are not of the size of the last one.

    Source: Ulyanov, Vedaldi and Lempitsky, "Instance Normalization", 2016, https://arxiv.org/abs/1607.08022.
    """
    require_tensors("instance_norm", x=x)
    if len(x.shape) < 3:
        raise ShapeError(f"instance_norm: x has shape {x.shape}; expected (N, ..., C) with an axis between at least")
    return _normalized_groups("instance_norm", x, x.shape[-1], weight, bias, eps)


def rms_norm(x: Tensor, weight: Tensor | None = None, eps: float = 1e-6) -> Tensor:
    """Divide each row by the root of the mean of its squares, then scale: x / sqrt(mean(x**2) + eps) * weight.

    Args:
        x: (..., D); a row lies along the last axis.
        weight: (D,), or None.
        eps: added to the mean.

    Raises:
        ShapeError: x has no axes, or weight is not of the size of the last one.

    Source: Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019, https://arxiv.org/abs/1910.07467.
    """
    require_tensors("rms_norm", x=x)
    if not x.shape:
        raise ShapeError("rms_norm: x has no axes; expected (..., D)")
    _check_channels("rms_norm", x, weight=weight)
    out = x * ((x * x).mean(-1, keepdims=True) + eps) ** -0.5
    return out if weight is None else out * weight


def _normalized_groups(
    name: str, x: Tensor, groups: int, weight: Tensor | None, bias: Tensor | None, eps: float
) -> Tensor:
    """Bring each group of each example into a row of its own, and normalize the rows."""
    require_tensors(name, x=x)
    shape = x.shape
    if len(shape) < 2:
        raise ShapeError(f"{name}: x has shape {shape}; expected (N, ..., C)")
    count, channels = shape[0], shape[-1]
    groups = integer_argument(name, "num_groups", groups)
    if name == "group_norm" and groups < 1:
        raise ValueError(f"{name}: num_groups is {groups}; expected at least 1")
    if groups and channels % groups:
        raise ShapeError(
            f"{name}: x of shape {shape} has {channels} channels along axis -1, which are not divisible by "
            f"num_groups={groups}"
        )
    _check_channels(name, x, weight=weight, bias=bias)
    out = x
    if 0 not in shape:
        pixels, each = math.prod(shape[1:-1]), channels // groups
        rows = permute(x.reshape((count, pixels, groups, each)), (0, 2, 1, 3)).reshape((count, groups, pixels * each))
        one, zero = (constant_like(make(pixels * each), x).astype(x.dtype) for make in (np.ones, np.zeros))
        normal = layer_norm(rows, one, zero, eps)
        out = permute(normal.reshape((count, groups, pixels, each)), (0, 2, 1, 3)).reshape(shape)
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


def _check_channels(name: str, x: Tensor, **operands: Tensor | None) -> None:
    """Refuse a weight or bias that has not one number for each channel."""
    for what, operand in operands.items():
        if operand is not None:
            require_tensors(name, **{what: operand})
        if operand is not None and operand.shape != x.shape[-1:]:
            raise ShapeError(
                f"{name}: x has shape {x.shape} and {what} {operand.shape}; expected {what} of shape {x.shape[-1:]}, "
                "the size of the last axis"
            )
