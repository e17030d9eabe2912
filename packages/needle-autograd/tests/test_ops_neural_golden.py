"""Operations of neural networks give the values and gradients of PyTorch, which tools/make_torch_golden.py stored."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from needle_autograd import Tensor, ops

pytestmark = pytest.mark.usefixtures("backend")

GOLDEN = json.loads((Path(__file__).parent / "data" / "torch_neural.json").read_text())
VERSION = GOLDEN.pop("torch")

MASK = [[True, False, True, True], [False] * 4, [False, True, False, False]]

CLASS_LOSSES = {
    "ignored": {},
    "ignored_class": {"ignore_index": 0},
    "all_ignored": {},
    "weighted": {"weighted": True},
    "smoothed": {"label_smoothing": 0.25},
    "everything": {"weighted": True, "ignore_index": -1, "label_smoothing": 0.25},
    "all_ignored_everything": {"weighted": True, "ignore_index": -1, "label_smoothing": 0.25},
    "probable": {},
    "probable_everything": {"weighted": True, "label_smoothing": 0.25},
}


ONE_LOSSES = {
    "alone": {},
    "none": {"reduction": "none"},
    "ignored": {},
    "everything": {"weighted": True, "label_smoothing": 0.25},
    "probable": {},
    "probable_none": {"weighted": True, "reduction": "none"},
}


def class_loss(x, t, w, weighted=False, **options):
    return ops.cross_entropy(x, t, weight=w.detach() if weighted else None, **options)


CASES = {
    "conv2d": ops.conv2d,
    "conv2d_arguments": lambda x, w, b: ops.conv2d(x, w, b, (2, 1), (1, 2), (1, 2), 2),
    "conv2d_same": lambda x, w: ops.conv2d(x, w, padding="same", dilation=2),
    "conv1d": lambda x, w, b: ops.conv1d(x, w, b, stride=2, padding=1, dilation=2, groups=2),
    "conv_transpose2d": ops.conv_transpose2d,
    "conv_transpose2d_arguments": lambda x, w, b: ops.conv_transpose2d(x, w, b, (3, 2), (1, 2), (2, 1), 2, (1, 3)),
    "conv_transpose2d_dilated": lambda x, w, b: ops.conv_transpose2d(x, w, b, (1, 2), 1, (2, 3), dilation=(3, 4)),
    "max_pool2d_of_equal": lambda x: ops.max_pool2d(x, 2),
    "max_pool2d_overlapping": lambda x: ops.max_pool2d(x, (3, 2), stride=1, padding=1, dilation=(1, 2)),
    "max_pool2d_infinite": lambda x: ops.max_pool2d(x, 2),
    "avg_pool2d": lambda x: ops.avg_pool2d(x, (3, 2), stride=(2, 1), padding=1),
    "avg_pool2d_not_counted": lambda x: ops.avg_pool2d(x, 3, stride=2, padding=1, count_include_pad=False),
    "adaptive_avg_pool2d": lambda x: ops.adaptive_avg_pool2d(x, (3, 2)),
    "adaptive_avg_pool2d_to_one": lambda x: ops.adaptive_avg_pool2d(x, 1),
    "adaptive_avg_pool2d_enlarging": lambda x: ops.adaptive_avg_pool2d(x, (7, 4)),
    "max_pool2d_ceil": lambda x: ops.max_pool2d(x, 2, ceil_mode=True),
    "max_pool2d_ceil_arguments": lambda x: ops.max_pool2d(x, (3, 2), (3, 4), 1, (1, 2), ceil_mode=True),
    "max_pool2d_indices": lambda x: ops.add(*ops.max_pool2d(x, 2, return_indices=True)),
    "max_pool2d_indices_ceil": lambda x: ops.add(*ops.max_pool2d_with_indices(x, 3, 2, 1, ceil_mode=True)),
    "max_unpool2d": lambda x: ops.max_unpool2d(*ops.max_pool2d_with_indices(x, 2), 2, output_size=x.shape[1:3]),
    "avg_pool2d_ceil": lambda x: ops.avg_pool2d(x, 3, 2, 1, ceil_mode=True),
    "avg_pool2d_ceil_not_counted": lambda x: ops.avg_pool2d(
        x, (2, 3), (2, 3), (0, 1), ceil_mode=True, count_include_pad=False
    ),
    "avg_pool2d_ceil_narrow": lambda x: ops.avg_pool2d(x, 4, 3, ceil_mode=True),
    "avg_pool2d_divisor": lambda x: ops.avg_pool2d(x, 3, 2, 1, ceil_mode=True, divisor_override=-2),
    "max_pool1d": lambda x: ops.max_pool1d(x, 3, 2, 1, ceil_mode=True),
    "avg_pool1d": lambda x: ops.avg_pool1d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False),
    "adaptive_max_pool2d": lambda x: ops.adaptive_max_pool2d(x, (3, 2)),
    "adaptive_max_pool2d_enlarging": lambda x: ops.adaptive_max_pool2d(x, (7, 4)),
    "group_norm": lambda x, w, b: ops.group_norm(x, 2, w, b),
    "instance_norm": ops.instance_norm,
    "rms_norm": ops.rms_norm,
    "batch_norm_inference": lambda x, w, b, m, v: ops.batch_norm_inference(x, w, b, m.detach(), v.detach()),
    "mse_loss": ops.mse_loss,
    "l1_loss": lambda x, t: ops.l1_loss(x, t, "sum"),
    "huber_loss": lambda x, t: ops.huber_loss(x, t, "none", delta=0.5),
    "smooth_l1_loss": lambda x, t: ops.smooth_l1_loss(x, t, beta=0.5),
    "smooth_l1_loss_without_square": lambda x, t: ops.smooth_l1_loss(x, t, beta=0.0),
    "nll_loss": ops.nll_loss,
    "nll_loss_none": lambda x, t: ops.nll_loss(x, t, "none"),
    "nll_loss_weighted": lambda x, t, w: ops.nll_loss(x, t, weight=w.detach(), ignore_index=1),
    "nll_loss_weighted_none": lambda x, t, w: ops.nll_loss(x, t, "none", weight=w.detach()),
    **{
        f"nll_loss_of_places_{reduction}": lambda x, t, w, reduction=reduction: ops.nll_loss(
            x, t, reduction, weight=w.detach()
        )
        for reduction in ("mean", "sum", "none")
    },
    "nll_loss_of_images_none": lambda x, t: ops.nll_loss(x, t, "none"),
    "nll_loss_of_one": ops.nll_loss,
    **{
        f"cross_entropy_{rows}{label}_{reduction}": partial(class_loss, reduction=reduction, **options)
        for rows in ("", "of_places_")
        for label, options in CLASS_LOSSES.items()
        for reduction in ("mean", "sum", "none")
    },
    **{
        f"cross_entropy_of_images_{reduction}": partial(ops.cross_entropy, reduction=reduction)
        for reduction in ("mean", "none")
    },
    **{f"cross_entropy_of_one_{label}": partial(class_loss, **options) for label, options in ONE_LOSSES.items()},
    "kl_div": lambda x, t: ops.kl_div(x, t.detach(), "batchmean"),
    "kl_div_of_logarithms": lambda x, t: ops.kl_div(x, t, "sum", log_target=True),
    "binary_cross_entropy": lambda p, t: ops.binary_cross_entropy(p, t, "none"),
    "binary_cross_entropy_with_logits": lambda x, t: ops.binary_cross_entropy_with_logits(x, t, "none"),
    "binary_cross_entropy_with_logits_weighted": lambda x, t, w: ops.binary_cross_entropy_with_logits(
        x, t, pos_weight=w.detach()
    ),
    "binary_cross_entropy_with_logits_both_weights": lambda x, t, w: ops.binary_cross_entropy_with_logits(
        x, t, pos_weight=2 * w.detach(), weight=w.detach()
    ),
    "binary_cross_entropy_weighted": lambda p, t, w: ops.binary_cross_entropy(p, t, weight=w.detach()),
    "linear_relu": lambda x, w, b: ops.linear(x, w, b, "relu"),
    "linear_silu": lambda x, w, b: ops.linear(x, w, b, activation="silu"),
    **{name: getattr(ops, name) for name in ("selu", "celu", "hardswish", "hardshrink", "softshrink", "tanhshrink")},
    "celu_alpha": lambda x: ops.celu(x, 0.5),
    "threshold": lambda x: ops.threshold(x, 0.5, -2.0),
    "prelu": ops.prelu,
    "prelu_of_one": ops.prelu,
    "softmin": ops.softmin,
    "glu": lambda x: ops.glu(x, 0),
    "margin_ranking_loss": lambda a, b, t: ops.margin_ranking_loss(a, b, t.detach(), 0.5),
    "hinge_embedding_loss": lambda x, t: ops.hinge_embedding_loss(x, t.detach(), 0.5, "none"),
    "soft_margin_loss": lambda x, t: ops.soft_margin_loss(x, t.detach(), "sum"),
    "cosine_embedding_loss": lambda a, b, t: ops.cosine_embedding_loss(a, b, t.detach(), 0.25),
    "triplet_margin_loss": ops.triplet_margin_loss,
    "triplet_margin_loss_swapped": lambda a, b, c: ops.triplet_margin_loss(a, b, c, 0.5, swap=True, reduction="none"),
    "poisson_nll_loss": lambda x, t: ops.poisson_nll_loss(x, t.detach(), full=True),
    "poisson_nll_loss_of_counts": lambda x, t: ops.poisson_nll_loss(x, t.detach(), False, reduction="none"),
    "gaussian_nll_loss": lambda x, t, v: ops.gaussian_nll_loss(x, t, v, full=True),
    "interpolate_nearest": lambda x: ops.interpolate(x, (3, 9)),
    "interpolate_nearest_scaled": lambda x: ops.interpolate(x, scale_factor=(1.7, 0.6)),
    "interpolate_bilinear": lambda x: ops.interpolate(x, (3, 9), mode="bilinear"),
    "interpolate_bilinear_scaled": lambda x: ops.interpolate(x, scale_factor=1.7, mode="bilinear"),
    "interpolate_bilinear_aligned": lambda x: ops.interpolate(x, (1, 9), mode="bilinear", align_corners=True),
    "pixel_shuffle": lambda x: ops.pixel_shuffle(x, 2),
    "pixel_unshuffle": lambda x: ops.pixel_unshuffle(x, 2),
    "conv_transpose1d": lambda x, w, b: ops.conv_transpose1d(x, w, b, 2, 1, 1, 2, 2),
    "embedding": ops.embedding,
    "attention": ops.scaled_dot_product_attention,
    "attention_mask": lambda q, k, v: ops.scaled_dot_product_attention(q, k, v, np.array(MASK), scale=2.5),
    "attention_causal": lambda q, k, v: ops.scaled_dot_product_attention(q, k, v, is_causal=True),
    "attention_learned_mask": ops.scaled_dot_product_attention,
    "lstm_cell": lambda x, h, c: ops.stack(ops.lstm_cell(x, h, c)),
    "lstm_cell_saturated": lambda x, h, c: ops.stack(ops.lstm_cell(x, h, c)),
    "gru_cell": lambda x, h, w_x, w_h, b: ops.gru_cell(x @ w_x, h @ w_h + b, h),
}


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy warns of the infinities that some cases are about
def test_values_and_gradients_are_those_of_pytorch(name):
    case = GOLDEN[name]
    tensors = [Tensor(np.array(values)) for values in case["inputs"]]
    result = CASES[name](*tensors)
    np.testing.assert_allclose(result.numpy(), np.array(case["result"]), rtol=1e-12, atol=1e-13)
    result.backward(np.arange(1.0, result.size + 1).reshape(result.shape))
    for tensor, grad in zip(tensors, case["grads"], strict=True):
        if grad is None:
            assert tensor.grad is None
        else:
            np.testing.assert_allclose(tensor.grad.numpy(), np.array(grad), rtol=1e-11, atol=1e-12)


def test_every_stored_case_is_tested():
    assert CASES.keys() == GOLDEN.keys()
