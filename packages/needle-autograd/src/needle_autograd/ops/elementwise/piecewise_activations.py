"""Activations that are composed of pieces, and what is left of elements that are made smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ShapeError
from .comparisons import greater, less_equal
from .hyperbolic import tanh
from .identities import abs
from .rectifiers import elu, relu6
from .selection import clip, where

if TYPE_CHECKING:
    from ...tensor import Tensor

SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def prelu(a: Tensor, weight: Tensor) -> Tensor:
    """Keep what is positive, and multiply the rest by a slope that is learned.

    Args:
        a: a tensor of floating point, channels last.
        weight: the slope, of one element, or one for each channel, (C,).

    Raises:
        ShapeError: the weight has another shape.

    Source: He et al., "Delving Deep into Rectifiers", 2015, https://arxiv.org/abs/1502.01852.
    """
    if weight.size != 1 and weight.shape != a.shape[-1:]:
        raise ShapeError(
            f"prelu: a has shape {a.shape} and weight {weight.shape}; expected one element, or {a.shape[-1:]}, one for "
            "each channel"
        )
    slope = weight.reshape(()) if weight.size == 1 else weight
    return where(greater(a, 0), a, slope * a)


def selu(a: Tensor) -> Tensor:
    """Take 1.0507 * elu(a, 1.6733), which keeps mean 0 and variance 1 from layer to layer.

    Source: Klambauer et al., "Self-Normalizing Neural Networks", 2017, https://arxiv.org/abs/1706.02515.
    """
    return elu(a, SELU_ALPHA) * SELU_SCALE


def celu(a: Tensor, alpha: float = 1.0) -> Tensor:
    """Keep what is positive, and take alpha * (exp(a / alpha) - 1) of the rest, so that there is no kink at 0.

    Args:
        a: a tensor of floating point.
        alpha: minus what very negative elements become, more than 0.

    Raises:
        ValueError: alpha is not more than 0.

    Source: Barron, "Continuously Differentiable Exponential Linear Units", 2017, https://arxiv.org/abs/1704.07483.
    """
    if not alpha > 0:
        raise ValueError(f"celu: alpha is {alpha}; expected more than 0")
    return elu(a / alpha) * alpha


def hardsigmoid(a: Tensor) -> Tensor:
    """Take a straight line in place of the logistic function: relu6(a + 3) / 6."""
    return relu6(a + 3.0) * (1 / 6)


def hardswish(a: Tensor) -> Tensor:
    """Multiply each element by its `hardsigmoid`: a * relu6(a + 3) / 6.

    Source: Howard et al., "Searching for MobileNetV3", 2019, https://arxiv.org/abs/1905.02244.
    """
    return a * hardsigmoid(a)


def hardshrink(a: Tensor, threshold: float = 0.5) -> Tensor:
    """Keep elements whose size is larger than a threshold, and put 0 in the place of the others; NaN stays."""
    return where(less_equal(abs(a), threshold), 0.0, a)


def softshrink(a: Tensor, threshold: float = 0.5) -> Tensor:
    """Move elements towards 0 by a threshold, and no further than to 0; NaN stays."""
    return a - clip(a, -threshold, threshold)


def tanhshrink(a: Tensor) -> Tensor:
    """Take a - tanh(a) of each element."""
    return a - tanh(a)


def threshold(a: Tensor, threshold: float, value: float) -> Tensor:
    """Keep elements that are larger than a threshold, and put a value in the place of the others; NaN stays."""
    return where(less_equal(a, threshold), value, a)
