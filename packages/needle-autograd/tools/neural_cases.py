"""What make_torch_golden.py asks PyTorch of the operations of neural networks, with channels put last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
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


def with_places(*args: Any, **options: Any) -> Callable[..., torch.Tensor]:
    """A max pooling of what has its channels last: the largest elements, plus where they are."""
    return lambda x: last(sum(F.max_pool2d(first(x), *args, return_indices=True, **options)))


def unpooled(x: torch.Tensor) -> torch.Tensor:
    """The largest elements in pairs of windows beside each other, put back."""
    found, places = F.max_pool2d(first(x), 2, return_indices=True)
    return last(F.max_unpool2d(found, places, 2, output_size=x.shape[1:3]))


def lstm(gates_x: torch.Tensor, gates_h: torch.Tensor, c: torch.Tensor) -> torch.Tensor:
    """The two results of an LSTM cell whose products are given."""
    square, nothing = torch.eye(gates_x.shape[1]).double(), torch.zeros_like(c)
    ignored = torch.zeros(gates_x.shape[1], c.shape[1]).double()
    return torch.stack(torch.lstm_cell(gates_x + gates_h, (nothing, c), square, ignored))


def gru(x: torch.Tensor, h: torch.Tensor, w_x: torch.Tensor, w_h: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """A GRU cell with weights (in, out) and a bias of the hidden state's product."""
    return torch.gru_cell(x, h, w_x.T, w_h.T, torch.zeros_like(b), b)


IMAGES = numbers(1, 5, 4, 4)
PREDICTED, TARGETS = [0.0, 0.5, -0.5, 0.25, -3.0, 1e4], [0.0, 0.0, 0.0, 0.5, 1.0, 0.0]
QUERIES, KEYS, VALUES = numbers(2, 3, 2), numbers(2, 4, 2, step=5), numbers(2, 4, 3, step=3)
MASK = [[True, False, True, True], [False] * 4, [False, True, False, False]]
ADDED = [[0.5, -torch.inf, 1.0, 0.0], [-1e4, 0.0, 1e4, 0.0], [0.0] * 4]

CLASS_WEIGHTS = [0.5, 2.0, 0.0]
CLASS_LOSSES: dict[str, tuple[Any, dict[str, Any]]] = {
    "ignored": ([2, 0, -100, 1], {}),
    "ignored_class": ([2, 0, 0, 1], {"ignore_index": 0}),
    "all_ignored": ([-100] * 4, {}),
    "weighted": ([2, 0, 1, 1], {"weighted": True}),
    "smoothed": ([2, 0, 1, 1], {"label_smoothing": 0.25}),
    "everything": ([2, 0, -1, 1], {"weighted": True, "ignore_index": -1, "label_smoothing": 0.25}),
    "all_ignored_everything": ([-1] * 4, {"weighted": True, "ignore_index": -1, "label_smoothing": 0.25}),
    "probable": ([[0.25, 0.5, 0.25], [1.0, 0.0, 0.0], [0.0] * 3, [0.5, 2.0, -1.0]], {}),
    "probable_everything": (
        [[0.25, 0.5, 0.25], [1.0, 0.0, 0.0], [0.0] * 3, [0.5, 0.0, 0.5]],
        {"weighted": True, "label_smoothing": 0.25},
    ),
}


ONE_LOSSES: dict[str, tuple[Any, dict[str, Any]]] = {
    "alone": (1, {}),
    "none": (1, {"reduction": "none"}),
    "ignored": (-100, {}),
    "everything": (1, {"weighted": True, "label_smoothing": 0.25}),
    "probable": ([0.25, 0.5, 0.25], {}),
    "probable_none": ([0.25, 0.5, 0.25], {"weighted": True, "reduction": "none"}),
}


def by_place(labels: Any) -> Any:
    """The labels of four rows as those of two places in each of two rows, or their probabilities, (2, 3, 2)."""
    found = torch.tensor(labels)
    return (found.reshape(2, 2) if found.ndim == 1 else found.reshape(2, 2, 3).movedim(-1, 1)).tolist()


def class_loss(
    x: torch.Tensor, t: torch.Tensor, w: torch.Tensor, weighted: bool = False, **options: Any
) -> torch.Tensor:
    """Cross entropy whose weights, if they are used, have no gradient."""
    return F.cross_entropy(x, t, w.detach() if weighted else None, **options)


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
    "conv_transpose2d_dilated": (
        bias_and(F.conv_transpose2d, stride=(1, 2), padding=1, output_padding=(2, 3), dilation=(3, 4)),
        [IMAGES, numbers(2, 3, 3, 4, step=5), numbers(3)],
    ),
    "max_pool2d_of_equal": (pooled(F.max_pool2d, 2), [IMAGES]),
    "max_pool2d_overlapping": (pooled(F.max_pool2d, (3, 2), stride=1, padding=1, dilation=(1, 2)), [IMAGES]),
    "max_pool2d_infinite": (pooled(F.max_pool2d, 2), [[[[[-torch.inf], [-torch.inf]], [[-torch.inf], [torch.inf]]]]]),
    "avg_pool2d": (pooled(F.avg_pool2d, (3, 2), stride=(2, 1), padding=1), [IMAGES]),
    "avg_pool2d_not_counted": (pooled(F.avg_pool2d, 3, stride=2, padding=1, count_include_pad=False), [IMAGES]),
    "adaptive_avg_pool2d": (pooled(F.adaptive_avg_pool2d, (3, 2)), [IMAGES]),
    "adaptive_avg_pool2d_to_one": (pooled(F.adaptive_avg_pool2d, 1), [IMAGES]),
    "adaptive_avg_pool2d_enlarging": (pooled(F.adaptive_avg_pool2d, (7, 4)), [IMAGES]),
    "max_pool2d_ceil": (pooled(F.max_pool2d, 2, ceil_mode=True), [numbers(2, 5, 3, 2)]),
    "max_pool2d_ceil_arguments": (
        pooled(F.max_pool2d, (3, 2), stride=(3, 4), padding=1, dilation=(1, 2), ceil_mode=True),
        [numbers(1, 7, 6, 2)],
    ),
    "max_pool2d_indices": (with_places(2), [numbers(2, 5, 5, 2)]),
    "max_pool2d_indices_ceil": (with_places(3, stride=2, padding=1, ceil_mode=True), [numbers(2, 6, 5, 2)]),
    "max_unpool2d": (unpooled, [numbers(2, 5, 4, 2)]),
    "avg_pool2d_ceil": (pooled(F.avg_pool2d, 3, stride=2, padding=1, ceil_mode=True), [numbers(1, 6, 5, 2)]),
    "avg_pool2d_ceil_not_counted": (
        pooled(F.avg_pool2d, (2, 3), stride=(2, 3), padding=(0, 1), ceil_mode=True, count_include_pad=False),
        [numbers(1, 5, 6, 2)],
    ),
    "avg_pool2d_ceil_narrow": (pooled(F.avg_pool2d, 4, stride=3, ceil_mode=True), [numbers(1, 3, 6, 2)]),
    "avg_pool2d_divisor": (
        pooled(F.avg_pool2d, 3, stride=2, padding=1, ceil_mode=True, divisor_override=-2),
        [numbers(1, 6, 5, 2)],
    ),
    "max_pool1d": (pooled(F.max_pool1d, 3, stride=2, padding=1, ceil_mode=True), [numbers(2, 6, 2)]),
    "avg_pool1d": (
        pooled(F.avg_pool1d, 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False),
        [numbers(2, 6, 2)],
    ),
    "adaptive_max_pool2d": (pooled(F.adaptive_max_pool2d, (3, 2)), [IMAGES]),
    "adaptive_max_pool2d_enlarging": (pooled(F.adaptive_max_pool2d, (7, 4)), [IMAGES]),
    "group_norm": (
        lambda x, w, b: last(F.group_norm(first(x), 2, w, b)),
        [IMAGES, [0.5, 1.0, -2.0, 1.5], [0.0, 1.0, 2.0, -1.0]],
    ),
    "instance_norm": (
        # Not F.instance_norm, whose gradient on the CPU is wrong where that of the result has its channels last.
        lambda x, w, b: last(F.group_norm(first(x), 4, w, b)),
        [IMAGES, [0.5, 1.0, -2.0, 1.5], [0.0, 1.0, 2.0, -1.0]],
    ),
    "rms_norm": (lambda x, w: F.rms_norm(x, (3,), w, 1e-6), [[*numbers(2, 3), [0.0] * 3], [0.5, 1.0, -2.0]]),
    "batch_norm_inference": (
        lambda x, w, b, m, v: last(F.batch_norm(first(x), m.detach(), v.detach(), w, b)),
        [IMAGES, [0.5, 1.0, -2.0, 1.5], [0.0, 1.0, 2.0, -1.0], [0.5, 1.0, -2.0, 1.5], [0.0, 1.0, 2.0, 4.0]],
    ),
    "mse_loss": (F.mse_loss, [numbers(2, 3), numbers(2, 3, step=5)]),
    "l1_loss": (lambda x, t: F.l1_loss(x, t, reduction="sum"), [PREDICTED, TARGETS]),
    "huber_loss": (lambda x, t: F.huber_loss(x, t, reduction="none", delta=0.5), [PREDICTED, TARGETS]),
    "smooth_l1_loss": (lambda x, t: F.smooth_l1_loss(x, t, beta=0.5), [PREDICTED, TARGETS]),
    "smooth_l1_loss_without_square": (lambda x, t: F.smooth_l1_loss(x, t, beta=0.0), [PREDICTED, TARGETS]),
    "nll_loss": (F.nll_loss, [numbers(3, 3), [2, 0, 2]]),
    "nll_loss_none": (lambda x, t: F.nll_loss(x, t, reduction="none"), [numbers(3, 3), [2, 0, 2]]),
    "nll_loss_weighted": (
        lambda x, t, w: F.nll_loss(x, t, w.detach(), ignore_index=1),
        [numbers(4, 3), [2, 0, 1, 2], CLASS_WEIGHTS],
    ),
    "nll_loss_weighted_none": (
        lambda x, t, w: F.nll_loss(x, t, w.detach(), reduction="none"),
        [numbers(4, 3), [2, 0, -100, 2], CLASS_WEIGHTS],
    ),
    **{
        f"nll_loss_of_places_{reduction}": (
            lambda x, t, w, reduction=reduction: F.nll_loss(x, t, w.detach(), reduction=reduction),
            [numbers(2, 3, 2), [[2, 0], [-100, 1]], CLASS_WEIGHTS],
        )
        for reduction in ("mean", "sum", "none")
    },
    "nll_loss_of_images_none": (
        lambda x, t: F.nll_loss(x, t, reduction="none"),
        [numbers(2, 3, 1, 2), [[[2, 0]], [[-100, 1]]]],
    ),
    "nll_loss_of_one": (F.nll_loss, [numbers(3), 2]),
    **{
        f"cross_entropy_{label}_{reduction}": (
            partial(class_loss, reduction=reduction, **options),
            [numbers(4, 3), labels, CLASS_WEIGHTS],
        )
        for label, (labels, options) in CLASS_LOSSES.items()
        for reduction in ("mean", "sum", "none")
    },
    **{
        f"cross_entropy_of_places_{label}_{reduction}": (
            partial(class_loss, reduction=reduction, **options),
            [numbers(2, 3, 2), by_place(labels), CLASS_WEIGHTS],
        )
        for label, (labels, options) in CLASS_LOSSES.items()
        for reduction in ("mean", "sum", "none")
    },
    **{
        f"cross_entropy_of_images_{reduction}": (
            partial(F.cross_entropy, reduction=reduction),
            [numbers(2, 3, 1, 2), [[[2, 0]], [[-100, 1]]]],
        )
        for reduction in ("mean", "none")
    },
    **{
        f"cross_entropy_of_one_{label}": (partial(class_loss, **options), [numbers(3), target, CLASS_WEIGHTS])
        for label, (target, options) in ONE_LOSSES.items()
    },
    "kl_div": (
        lambda x, t: F.kl_div(x, t.detach(), reduction="batchmean"),
        [numbers(2, 3), [[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]]],
    ),
    "kl_div_of_logarithms": (
        lambda x, t: F.kl_div(x, t, reduction="sum", log_target=True),
        [numbers(2, 3), numbers(2, 3, step=5)],
    ),
    "binary_cross_entropy": (
        lambda x, t: F.binary_cross_entropy(x, t, reduction="none"),
        [[0.0, 0.0, 1.0, 1.0, 0.25, 0.5, 2.0**-100], [0.0, 1.0, 0.0, 1.0, 1.0, 0.5, 1.0]],
    ),
    "binary_cross_entropy_with_logits": (
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"),
        [[0.0, -1e4, 1e4, 40.0, 40.0, -2.0, 1.5], [0.0, 1.0, 0.0, 1.0, 0.0, 0.5, 1.0]],
    ),
    "binary_cross_entropy_with_logits_weighted": (
        lambda x, t, w: F.binary_cross_entropy_with_logits(x, t, pos_weight=w.detach()),
        [numbers(2, 3), [[0.0, 1.0, 0.5], [1.0, 1.0, 0.0]], [0.5, 2.0, 3.0]],
    ),
    "binary_cross_entropy_with_logits_both_weights": (
        lambda x, t, w: F.binary_cross_entropy_with_logits(x, t, w.detach(), pos_weight=2 * w.detach()),
        [numbers(2, 3), [[0.0, 1.0, 0.5], [1.0, 1.0, 0.0]], [0.5, 2.0, 0.0]],
    ),
    "binary_cross_entropy_weighted": (
        lambda p, t, w: F.binary_cross_entropy(p, t, w.detach()),
        [[[0.25, 1.0, 0.5], [0.0, 0.75, 1.0]], [[0.0, 1.0, 0.5], [1.0, 1.0, 0.0]], [0.5, 2.0, 0.0]],
    ),
    "linear_relu": (
        lambda x, w, b: torch.relu(F.linear(x, w.T, b)),
        [numbers(3, 2), [[1.0, -2.0], [0.5, 1.0]], [0.25, 0.0]],
    ),
    "linear_silu": (lambda x, w, b: F.silu(F.linear(x, w.T, b)), [numbers(2, 2, 3), numbers(3, 2), [1e3, -1e3]]),
    **{
        function.__name__: (function, [[-1e4, -3.0, -0.75, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 1e4]])
        for function in (F.selu, F.celu, F.hardswish, F.hardshrink, F.softshrink, F.tanhshrink)
    },
    "celu_alpha": (lambda x: F.celu(x, 0.5), [numbers(5)]),
    "threshold": (lambda x: F.threshold(x, 0.5, -2.0), [[-1.0, 0.5, 1.0]]),
    "prelu": (lambda x, w: last(F.prelu(first(x), w)), [[[[-1.0, 2.0], [0.0, -3.0]]], [0.25, -0.5]]),
    "prelu_of_one": (F.prelu, [numbers(2, 3), [0.25]]),
    "softmin": (lambda x: F.softmin(x, dim=-1), [numbers(2, 3)]),
    "glu": (lambda x: F.glu(x, dim=0), [numbers(4, 3)]),
    "margin_ranking_loss": (
        lambda a, b, t: F.margin_ranking_loss(a, b, t.detach(), 0.5),
        [numbers(6), numbers(6, step=5), [1.0, -1.0] * 3],
    ),
    "hinge_embedding_loss": (
        lambda x, t: F.hinge_embedding_loss(x, t.detach(), 0.5, reduction="none"),
        [numbers(6), [1.0, -1.0] * 3],
    ),
    "soft_margin_loss": (
        lambda x, t: F.soft_margin_loss(x, t.detach(), reduction="sum"),
        [numbers(6), [1.0, -1.0] * 3],
    ),
    "cosine_embedding_loss": (
        lambda a, b, t: F.cosine_embedding_loss(a, b, t.detach(), 0.25),
        [numbers(4, 3), numbers(4, 3, step=5), [1.0, -1.0] * 2],
    ),
    "triplet_margin_loss": (F.triplet_margin_loss, [numbers(4, 3), numbers(4, 3, step=5), numbers(4, 3, step=3)]),
    "triplet_margin_loss_swapped": (
        lambda a, b, c: F.triplet_margin_loss(a, b, c, 0.5, swap=True, reduction="none"),
        [numbers(4, 3), numbers(4, 3, step=5), numbers(4, 3, step=3)],
    ),
    "poisson_nll_loss": (
        lambda x, t: F.poisson_nll_loss(x, t.detach(), full=True),
        [numbers(5), [0.0, 1.0, 2.0, 3.0, 7.0]],
    ),
    "poisson_nll_loss_of_counts": (
        lambda x, t: F.poisson_nll_loss(x, t.detach(), log_input=False, reduction="none"),
        [[0.5, 1.0, 2.0], [0.0, 1.0, 3.0]],
    ),
    "gaussian_nll_loss": (
        lambda x, t, v: F.gaussian_nll_loss(x, t, v, full=True),
        [numbers(4), numbers(4, step=5), [0.5, 1.0, 0.0, 2.0]],
    ),
    **{
        f"interpolate_{name}": (pooled(F.interpolate, **options), [IMAGES])
        for name, options in {
            "nearest": {"size": (3, 9)},
            "nearest_scaled": {"scale_factor": (1.7, 0.6)},
            "bilinear": {"size": (3, 9), "mode": "bilinear"},
            "bilinear_scaled": {"scale_factor": 1.7, "mode": "bilinear"},
            "bilinear_aligned": {"size": (1, 9), "mode": "bilinear", "align_corners": True},
        }.items()
    },
    "pixel_shuffle": (pooled(F.pixel_shuffle, 2), [numbers(2, 2, 3, 8)]),
    "pixel_unshuffle": (pooled(F.pixel_unshuffle, 2), [numbers(2, 4, 6, 2)]),
    "conv_transpose1d": (
        lambda x, w, b: last(F.conv_transpose1d(first(x), w.permute(2, 1, 0), b, 2, 1, 1, 2, 2)),
        [numbers(2, 5, 4), numbers(3, 3, 4, step=5), numbers(6)],
    ),
    "embedding": (F.embedding, [[[0, 2], [2, 2]], numbers(4, 3)]),
    "attention": (F.scaled_dot_product_attention, [QUERIES, KEYS, VALUES]),
    "attention_mask": (
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, torch.tensor(MASK), scale=2.5),
        [QUERIES, KEYS, VALUES],
    ),
    "attention_causal": (
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True),
        [QUERIES, KEYS, VALUES],
    ),
    "attention_learned_mask": (F.scaled_dot_product_attention, [QUERIES, KEYS, VALUES, ADDED]),
    "lstm_cell": (lstm, [numbers(2, 12), numbers(2, 12, step=5), numbers(2, 3)]),
    "lstm_cell_saturated": (lstm, [[[1e4, -1e4, 40.0, 40.0]], [[0.0] * 4], [[1e4]]]),
    "gru_cell": (gru, [numbers(2, 3), numbers(2, 2), numbers(3, 6, step=5), numbers(2, 6, step=3), numbers(6)]),
}
