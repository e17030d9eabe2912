"""Initial values of weights whose variance fits the layer's size.

Each function draws a tensor from `needle_autograd.random`'s generator; `seed` there makes the draws repeatable. The
tensor is (fan_in, fan_out), the layout of `Linear.weight`, unless `shape` says otherwise; the fans still set the
variance then. Keyword arguments (`device`, `dtype`, `requires_grad`) go to `needle_autograd.creation`.
"""

from math import sqrt
from typing import Any

from needle_autograd import Tensor, creation

_GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5 / 3, "relu": sqrt(2.0)}


def xavier_uniform(
    fan_in: int, fan_out: int, gain: float = 1.0, *, shape: tuple[int, ...] | None = None, **kwargs: Any
) -> Tensor:
    """Draw from U(-a, a) with `a = gain * sqrt(6 / (fan_in + fan_out))`.

    Args:
        fan_in: number of inputs that each output sums over.
        fan_out: number of outputs that each input goes to.
        gain: factor of the standard deviation.
        shape: shape of the tensor, (fan_in, fan_out) by default.
        kwargs: passed on to `creation.rand`.

    Returns:
        A tensor of variance `gain**2 * 2 / (fan_in + fan_out)`.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    _check_fans(fan_in, fan_out)
    bound = gain * sqrt(6 / (fan_in + fan_out))
    return creation.rand(*_shape(shape, fan_in, fan_out), low=-bound, high=bound, **kwargs)


def xavier_normal(
    fan_in: int, fan_out: int, gain: float = 1.0, *, shape: tuple[int, ...] | None = None, **kwargs: Any
) -> Tensor:
    """Draw from N(0, std**2) with `std = gain * sqrt(2 / (fan_in + fan_out))`.

    The arguments are those of `xavier_uniform`.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010.
    """
    _check_fans(fan_in, fan_out)
    std = gain * sqrt(2 / (fan_in + fan_out))
    return creation.randn(*_shape(shape, fan_in, fan_out), mean=0.0, std=std, **kwargs)


def kaiming_uniform(
    fan_in: int, fan_out: int, shape: tuple[int, ...] | None = None, nonlinearity: str = "relu", **kwargs: Any
) -> Tensor:
    """Draw from U(-a, a) with `a = gain * sqrt(3 / fan_in)`.

    Args:
        fan_in: number of inputs that each output sums over.
        fan_out: number of outputs that each input goes to; only the default shape depends on it.
        shape: shape of the tensor, (fan_in, fan_out) by default.
        nonlinearity: what follows the layer and sets the gain: "relu" (sqrt(2)), "tanh" (5/3), "sigmoid" or
            "linear" (1).
        kwargs: passed on to `creation.rand`.

    Returns:
        A tensor of variance `gain**2 / fan_in`.

    Raises:
        ValueError: for a nonlinearity that is not in this list.

    Source: He et al., "Delving Deep into Rectifiers", 2015.
    """
    _check_fans(fan_in, fan_out)
    bound = _gain(nonlinearity) * sqrt(3 / fan_in)
    return creation.rand(*_shape(shape, fan_in, fan_out), low=-bound, high=bound, **kwargs)


def kaiming_normal(
    fan_in: int, fan_out: int, shape: tuple[int, ...] | None = None, nonlinearity: str = "relu", **kwargs: Any
) -> Tensor:
    """Draw from N(0, std**2) with `std = gain / sqrt(fan_in)`.

    The arguments are those of `kaiming_uniform`.

    Source: He et al., "Delving Deep into Rectifiers", 2015.
    """
    _check_fans(fan_in, fan_out)
    std = _gain(nonlinearity) / sqrt(fan_in)
    return creation.randn(*_shape(shape, fan_in, fan_out), mean=0.0, std=std, **kwargs)


def _check_fans(fan_in: int, fan_out: int) -> None:
    if fan_in < 1 or fan_out < 1:
        raise ValueError(f"fan_in and fan_out count connections and must be at least 1, got {fan_in} and {fan_out}.")


def _shape(shape: tuple[int, ...] | None, fan_in: int, fan_out: int) -> tuple[int, ...]:
    return (fan_in, fan_out) if shape is None else tuple(shape)


def _gain(nonlinearity: str) -> float:
    if nonlinearity not in _GAINS:
        raise ValueError(f"unknown nonlinearity {nonlinearity!r}; known are {', '.join(sorted(_GAINS))}.")
    return _GAINS[nonlinearity]
