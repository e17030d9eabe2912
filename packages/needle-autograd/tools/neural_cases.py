"""What make_torch_golden.py asks PyTorch of the operations of neural networks, with channels put last."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812


def numbers(*shape: int, step: int = 7) -> Any:
    """Numbers in no order, in nested lists; equal ones occur."""
    count = torch.tensor(shape).prod().item()
    return ((torch.arange(count).double() * step + 3) % 11 / 4 - 1.25).reshape(shape).tolist()


def first(x: torch.Tensor) -> torch.Tensor:
    """Images or sequences with the channels first."""
    return x.movedim(-1, 1)


def last(x: torch.Tensor) -> torch.Tensor:
    """Images or sequences with the channels last."""
    return x.movedim(1, -1)


def weights(w: torch.Tensor) -> torch.Tensor:
    """Weights (KH, KW, C, O) as (O, C, KH, KW)."""
    return w.movedim((-1, -2), (0, 1))


def bias_and(function: Callable[..., torch.Tensor], **options: Any) -> Callable[..., torch.Tensor]:
    """A convolution of what has its channels last."""
    return lambda x, w, b=None: last(function(first(x), weights(w), b, **options))


def pooled(function: Callable[..., torch.Tensor], *args: Any, **options: Any) -> Callable[..., torch.Tensor]:
    """A pooling of what has its channels last."""
    return lambda x: last(function(first(x), *args, **options))


IMAGES = numbers(1, 5, 4, 4)

NEURAL_CASES: dict[str, tuple[Callable[..., torch.Tensor], list[Any]]] = {
    "conv2d": (bias_and(F.conv2d), [IMAGES, numbers(3, 2, 4, 3, step=5), [0.5, -1.0, 2.0]]),
    "conv2d_arguments": (
        bias_and(F.conv2d, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
        [IMAGES, numbers(2, 3, 2, 4, step=5), [0.5, -1.0, 2.0, 0.0]],
    ),
    "conv2d_same": (bias_and(F.conv2d, padding="same", dilation=2), [IMAGES, numbers(3, 3, 4, 2, step=5)]),
    "conv1d": (
        bias_and(F.conv1d, stride=2, padding=1, dilation=2, groups=2),
        [numbers(2, 7, 4), numbers(3, 2, 6, step=5), numbers(6)],
    ),
    "conv_transpose2d": (bias_and(F.conv_transpose2d), [IMAGES, numbers(3, 2, 3, 4, step=5), [0.5, -1.0, 2.0]]),
    "conv_transpose2d_arguments": (
        bias_and(F.conv_transpose2d, stride=(3, 2), padding=(1, 2), output_padding=(2, 1), groups=2, dilation=(1, 3)),
        [IMAGES, numbers(2, 3, 3, 4, step=5), numbers(6)],
    ),
    "max_pool2d_of_equal": (pooled(F.max_pool2d, 2), [IMAGES]),
    "max_pool2d_overlapping": (pooled(F.max_pool2d, (3, 2), stride=1, padding=1, dilation=(1, 2)), [IMAGES]),
    "max_pool2d_infinite": (pooled(F.max_pool2d, 2), [[[[[-torch.inf], [-torch.inf]], [[-torch.inf], [torch.inf]]]]]),
    "avg_pool2d": (pooled(F.avg_pool2d, (3, 2), stride=(2, 1), padding=1), [IMAGES]),
    "avg_pool2d_not_counted": (pooled(F.avg_pool2d, 3, stride=2, padding=1, count_include_pad=False), [IMAGES]),
    "adaptive_avg_pool2d": (pooled(F.adaptive_avg_pool2d, (3, 2)), [IMAGES]),
    "adaptive_avg_pool2d_to_one": (pooled(F.adaptive_avg_pool2d, 1), [IMAGES]),
    "adaptive_avg_pool2d_enlarging": (pooled(F.adaptive_avg_pool2d, (7, 4)), [IMAGES]),
}
