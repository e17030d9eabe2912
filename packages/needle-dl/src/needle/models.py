"""The models that `needle train` can build by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from needle_nn import BatchNorm1d, Flatten, Linear, Module, ReLU, Residual, Sequential


def linear(features: int, classes: int, hidden: Sequence[int], device: Any = None) -> Module:
    """Build softmax regression: one linear layer from pixels to classes."""
    return Sequential(Flatten(), Linear(features, classes, device=device))


def mlp(features: int, classes: int, hidden: Sequence[int], device: Any = None) -> Module:
    """Build a multilayer perceptron: one linear layer with ReLU for each width in `hidden`, and a linear one on top."""
    layers: list[Module] = [Flatten()]
    width = features
    for next_width in hidden:
        layers += [Linear(width, next_width, device=device), ReLU()]
        width = next_width
    return Sequential(*layers, Linear(width, classes, device=device))


def mlp_resnet(features: int, classes: int, hidden: Sequence[int], device: Any = None) -> Module:
    """Build a residual network of linear layers.

    The first number in `hidden` is the width between the blocks, each further one is the inner width of a block
    `ReLU(x + BatchNorm(Linear(ReLU(BatchNorm(Linear(x))))))`. A bias before a BatchNorm would be subtracted again with
    the mean, so there is none.
    """
    width, *inner_widths = hidden
    layers: list[Module] = [Flatten(), Linear(features, width, device=device), ReLU()]
    for inner in inner_widths:
        block = Sequential(
            Linear(width, inner, bias=False, device=device),
            BatchNorm1d(inner, device=device),
            ReLU(),
            Linear(inner, width, bias=False, device=device),
            BatchNorm1d(width, device=device),
        )
        layers += [Residual(block), ReLU()]
    return Sequential(*layers, Linear(width, classes, device=device))


@dataclass(frozen=True)
class ModelKind:
    """A model that has a name: how it is built, its usual hidden widths, and how many it takes at least and at most."""

    build: Callable[..., Module]
    default_hidden: tuple[int, ...]
    fewest: int = 0
    most: float = math.inf


MODELS = {
    "mlp": ModelKind(mlp, (256,)),
    "linear": ModelKind(linear, (), most=0),
    "mlp-resnet": ModelKind(mlp_resnet, (128, 64, 64, 64), fewest=1),
}


def build_model(
    name: str, image_shape: Sequence[int], classes: int, hidden: Sequence[int], device: Any = None
) -> Module:
    """Build the model that `MODELS` has under `name`, with fresh parameters.

    Args:
        name: a key of `MODELS`.
        image_shape: (channels, height, width).
        classes: how many scores the model gives.
        hidden: widths of the hidden layers; what each means is the model's own.
        device: where the parameters are put.

    Returns:
        A module that takes (N, channels, height, width) and gives (N, classes).
    """
    return MODELS[name].build(math.prod(image_shape), classes, hidden, device)


def count_parameters(model: Module) -> int:
    """Return how many numbers a model learns."""
    return sum(math.prod(parameter.shape) for parameter in model.parameters())
