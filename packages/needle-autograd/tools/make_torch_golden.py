"""Makes tests/data/torch_*.json: what PyTorch says where operations and kernels have edges.

Run it in an environment of its own, from this package's folder; the tests read the stored values and need no PyTorch:

    python -m venv torchenv && torchenv/bin/pip install torch==2.13.0 numpy
    torchenv/bin/python tools/make_torch_golden.py

Each case has the inputs, the result, and the gradients of the inputs for a gradient of the result of 1, 2, 3, ... The
cases of torch_edges.json also have the gradients of second order: those of the inputs when 1, 2, 3, ... arrive at each
gradient; null stands for zeros. Running it again changes no number that differs by rounding only.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from edge_cases import EDGE_CASES, ONCE
from neural_cases import NEURAL_CASES

INF, NAN = float("inf"), float("nan")
HUGE = [[1e4, 1e4 - 1.0, 0.0], [-1e4, -1e4, -1e4 + 2.0]]
STRAIGHT = [-1e4, -40.0, -1.0, 0.0, 1.0, 40.0, 1e4]
ROWS = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [0.0, 3.0, -2.0], [1.0, 1.0, 1.0]]

CASES: dict[str, tuple[Callable[..., torch.Tensor], list[Any]]] = {
    "relu": (torch.relu, [[-1.0, -0.0, 0.0, 2.0, INF]]),
    "abs": (torch.abs, [[-1.0, 0.0, 2.0]]),
    "sqrt": (torch.sqrt, [[0.0, 4.0]]),
    "log": (torch.log, [[0.0, 1.0]]),
    "log1p": (torch.log1p, [[-1.0, 0.0, 1e-12]]),
    "expm1": (torch.expm1, [[-1e3, 0.0, 1e-12]]),
    "exp": (torch.exp, [[-1e4, 0.0, 1e4]]),
    "sigmoid": (torch.sigmoid, [[-1e4, -40.0, 0.0, 40.0, 1e4]]),
    "tanh": (torch.tanh, [[-1e4, -20.0, 0.0, 20.0, 1e4]]),
    "maximum_of_equal": (torch.maximum, [[1.0, 2.0, 3.0], [1.0, 3.0, 2.0]]),
    "minimum_of_equal": (torch.minimum, [[1.0, 2.0, 3.0], [1.0, 3.0, 2.0]]),
    "max_of_equal": (lambda a: torch.amax(a, dim=1), [[[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]]]),
    "max_of_all_equal": (torch.amax, [[[1.0, 3.0, 3.0], [3.0, 2.0, 2.0]]]),
    "min_of_equal": (lambda a: torch.amin(a, dim=0), [[[1.0, 3.0, 3.0], [1.0, 2.0, 3.0]]]),
    "clip_on_bounds": (lambda a: torch.clamp(a, -1.0, 1.0), [[-2.0, -1.0, 0.0, 1.0, 2.0]]),
    "power_at_zero": (torch.pow, [[0.0, 0.0, 0.0, 2.0], [0.0, 1.0, 2.0, 0.0]]),
    "power_scalar_0": (lambda a: torch.pow(a, 0), [[-1.0, 0.0, 2.0]]),
    "power_scalar_1": (lambda a: torch.pow(a, 1), [[-1.0, 0.0, 2.0]]),
    "power_scalar_2": (lambda a: torch.pow(a, 2), [[-1.0, 0.0, 2.0]]),
    "power_scalar_3": (lambda a: torch.pow(a, 3), [[-1.0, 0.0, 2.0]]),
    "divide_by_zero": (torch.div, [[1.0, -1.0], [0.0, 2.0]]),
    "softmax_huge": (lambda a: torch.softmax(a, dim=1), [HUGE]),
    "log_softmax_huge": (lambda a: torch.log_softmax(a, dim=1), [HUGE]),
    "logsumexp_huge": (lambda a: torch.logsumexp(a, dim=1), [HUGE]),
    "logsumexp_infinite": (lambda a: torch.logsumexp(a, dim=1), [[[-INF, 0.0], [1.0, 1.0]]]),
    "softmax_masked": (lambda a: torch.softmax(a, dim=1), [[[-INF, 0.0, 1.0], [1.0, -INF, -INF]]]),
    "cross_entropy": (F.cross_entropy, [ROWS, [2, 0, 1, 1]]),
    "cross_entropy_sum": (lambda a, y: F.cross_entropy(a, y, reduction="sum"), [ROWS, [2, 0, 1, 1]]),
    "cross_entropy_huge": (lambda a, y: F.cross_entropy(a, y, reduction="none"), [HUGE, [2, 0]]),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (3,), w, b), [ROWS, [0.5, 1.0, -2.0], [0.0, 1.0, 2.0]]),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        [ROWS, [0.5, 1.0, -2.0], [0.0, 1.0, 2.0]],
    ),
    "square": (torch.square, [[-1.0, 0.0, 2.0]]),
    "rsqrt": (torch.rsqrt, [[0.0, 4.0]]),
    "reciprocal": (torch.reciprocal, [[0.0, 4.0]]),
    "log2": (torch.log2, [[0.0, 8.0]]),
    "log10": (torch.log10, [[0.0, 100.0]]),
    "exp2": (torch.exp2, [[-1e4, 0.0, 3.0, 1e4]]),
    "tan": (torch.tan, [[0.0, 1.5]]),
    "asin": (torch.asin, [[-1.0, 0.0, 1.0]]),
    "acos": (torch.acos, [[-1.0, 0.0, 1.0]]),
    "atan": (torch.atan, [[-1e30, 0.0, 1.0]]),
    "atan2": (torch.atan2, [[0.0, 1.0, 0.0, -0.0, -2.0], [-1.0, 0.0, 2.0, -1.0, -3.0]]),
    "atan2_of_nothing": (torch.atan2, [[0.0], [0.0]]),
    "sinh": (torch.sinh, [[-1e3, 0.0, 1.0]]),
    "cosh": (torch.cosh, [[-1e3, 0.0, 1.0]]),
    "asinh": (torch.asinh, [[-1e3, 0.0, 1.0]]),
    "acosh": (torch.acosh, [[1.0, 2.0]]),
    "atanh": (torch.atanh, [[-1.0, 0.0, 1.0]]),
    "erf": (torch.erf, [[-40.0, 0.0, 1e-12, 40.0]]),
    "logaddexp": (torch.logaddexp, [[1e4, 0.0, -INF], [-1e4, 0.0, 1.0]]),
    "hypot": (torch.hypot, [[0.0, 3.0], [0.0, 4.0]]),
    "sign": (torch.sign, [[-2.0, 0.0, 3.0]]),
    "floor": (torch.floor, [[-1.5, 1.0]]),
    "round": (torch.round, [[-1.5, 0.5, 2.5]]),
    "remainder": (torch.remainder, [[-3.5, 3.5, 4.0], [2.0, -2.0, 2.0]]),
    "fmod": (torch.fmod, [[-3.5, 3.5, 4.0], [2.0, -2.0, 2.0]]),
    "gelu": (F.gelu, [STRAIGHT]),
    "gelu_tanh": (lambda a: F.gelu(a, approximate="tanh"), [STRAIGHT]),
    "silu": (F.silu, [STRAIGHT]),
    "softplus": (F.softplus, [[0.0, 20.0, 20.5, 40.0, -1e4]]),
    "softplus_beta": (lambda a: F.softplus(a, beta=2.0, threshold=5.0), [[-1.0, 0.0, 2.5, 3.0]]),
    "log_sigmoid": (F.logsigmoid, [STRAIGHT]),
    "softsign": (F.softsign, [STRAIGHT]),
    "mish": (F.mish, [STRAIGHT]),
    "leaky_relu": (F.leaky_relu, [STRAIGHT]),
    "elu": (lambda a: F.elu(a, alpha=0.5), [STRAIGHT]),
    "hardtanh": (F.hardtanh, [[-2.0, -1.0, 0.0, 1.0, 2.0]]),
    "relu6": (F.relu6, [[-1.0, 0.0, 3.0, 6.0, 7.0]]),
    "prod_with_a_zero": (lambda a: torch.prod(a, dim=1), [[[2.0, 0.0, 3.0], [1.0, 2.0, 3.0], [0.0, 0.0, 5.0]]]),
    "prod_of_all": (torch.prod, [[[2.0, 4.0], [0.0, 3.0]]]),
    "cumprod_with_zeros": (lambda a: torch.cumprod(a, dim=0), [[2.0, 0.0, 3.0, 0.0, 5.0]]),
    "cumsum": (lambda a: torch.cumsum(a, dim=1), [ROWS]),
    "std_of_equal": (lambda a: torch.std(a, dim=1), [[[2.0, 2.0, 2.0], [1.0, 2.0, 4.0]]]),
    "norm_2": (lambda a: torch.linalg.vector_norm(a, 2, dim=1), [[[0.0, 0.0], [3.0, 4.0]]]),
    "norm_1": (lambda a: torch.linalg.vector_norm(a, 1, dim=1), [[[0.0, 0.0], [3.0, -4.0]]]),
    "norm_inf": (lambda a: torch.linalg.vector_norm(a, INF, dim=1), [[[-4.0, 4.0, 1.0], [0.0, 3.0, 0.0]]]),
    "norm_minus_inf": (lambda a: torch.linalg.vector_norm(a, -INF, dim=1), [[[-4.0, 4.0, 5.0], [2.0, 3.0, 4.0]]]),
    "norm_3": (lambda a: torch.linalg.vector_norm(a, 3, dim=1), [[[0.0, 0.0], [3.0, 0.0]]]),
    "norm_1.5": (lambda a: torch.linalg.vector_norm(a, 1.5, dim=1), [[[0.0, 0.0], [3.0, 0.0]]]),
    "norm_half": (lambda a: torch.linalg.vector_norm(a, 0.5, dim=1), [[[0.0, 4.0], [1.0, 4.0]]]),
    "matrix_norm_1": (lambda a: torch.linalg.matrix_norm(a, 1), [[[1.0, -2.0], [-3.0, 4.0]]]),
    "sort_of_equal": (lambda a: torch.sort(a, stable=True).values, [[2.0, 1.0, 2.0, 1.0]]),
    "sort_descending": (lambda a: torch.sort(a, stable=True, descending=True).values, [[2.0, 1.0, 2.0, 1.0]]),
    "median_of_three": (lambda a: torch.median(a, dim=1).values, [[[3.0, 1.0, 2.0], [0.0, 5.0, -1.0]]]),
    "gather": (lambda a, i: torch.gather(a, 1, i), [ROWS, [[0, 0], [2, 1]]]),
    "scatter_add": (lambda a, v: torch.scatter_add(a, 0, torch.tensor([[0, 0, 3], [0, 1, 3]]), v), [ROWS, ROWS[:2]]),
    "index_put": (lambda a, v: torch.index_put(a, (torch.tensor([0, 3]),), v), [ROWS, ROWS[1]]),
    "index_put_accumulate": (
        lambda a, v: torch.index_put(a, (torch.tensor([0, 3, 0]),), v, accumulate=True),
        [ROWS, ROWS[1]],
    ),
    "pad_reflect": (lambda a: F.pad(a[None], (2, 1), mode="reflect")[0], [ROWS]),
    "pad_edge": (lambda a: F.pad(a[None], (2, 1), mode="replicate")[0], [ROWS]),
    "pad_wrap": (lambda a: F.pad(a[None], (2, 1), mode="circular")[0], [ROWS]),
    "einsum": (lambda a, b: torch.einsum("ij,kj,j->ik", a, b, b[0]), [ROWS, ROWS]),
    "inv": (torch.linalg.inv, [[[2.0, 1.0], [-1.0, 3.0]]]),
    "solve": (torch.linalg.solve, [[[2.0, 1.0], [-1.0, 3.0]], [1.0, -2.0]]),
    "cholesky": (torch.linalg.cholesky, [[[4.0, 2.0], [2.0, 3.0]]]),
    "det": (torch.linalg.det, [[[1.0, 2.0], [3.0, 4.0]]]),
    "slogdet": (lambda a: torch.linalg.slogdet(a)[1], [[[2.0, 1.0], [-1.0, -3.0]]]),
    "var_unbiased": (lambda a: torch.var(a, dim=1), [ROWS]),
    "median_of_four": (lambda a: torch.median(a, dim=0).values, [ROWS]),
    "quantile": (lambda a: torch.quantile(a, torch.tensor([0.0, 0.25, 0.5, 1.0]).double(), dim=0), [ROWS]),
    **{
        f"quantile_{mode}": (partial(torch.quantile, q=0.4, dim=1, keepdim=True, interpolation=mode), [ROWS])
        for mode in ("linear", "lower", "higher", "midpoint", "nearest")
    },
    "logcumsumexp": (
        lambda a: torch.logcumsumexp(a, dim=1),
        [[[1e3, 0.0, -1e3], [-1e3, 0.0, 1e3], [1.0, -INF, 2.0], ROWS[0]]],
    ),
    "erfc": (torch.erfc, [[-INF, -2.0, 0.0, 1e-12, 3.0, 10.0, 26.0, INF]]),
    "erfinv": (torch.erfinv, [[-1.0, -0.99, -1e-12, 0.0, 0.3, 0.5, 0.999999]]),
    "logaddexp2": (torch.logaddexp2, [[1e4, 0.0, 3.0], [-1e4, 0.0, 1.0]]),
    "xlogy": (torch.xlogy, [[0.0, 0.0, 2.0, 1.0], [2.0, 1.0, 3.0, 0.5]]),
    "xlogy_of_nothing": (lambda a, b: torch.xlogy(a, b.detach()), [[0.0, 0.0, 0.0], [0.0, -1.0, 5.0]]),
    "logit": (torch.logit, [[0.25, 0.5, 1e-12]]),
    "logit_bounded": (lambda a: torch.logit(a, 0.125), [[0.0, 0.125, 0.5, 1.0]]),
    "frac": (torch.frac, [[-1.75, 2.25, 3.0]]),
    "sinc": (torch.sinc, [[0.0, 0.5, -1.25]]),
    "deg2rad": (torch.deg2rad, [[-90.0, 30.0]]),
    "rad2deg": (torch.rad2deg, [[-1.0, 3.0]]),
    "nan_to_num": (lambda a: torch.nan_to_num(a, 7.0, posinf=3.0, neginf=-4.0), [[NAN, INF, -INF, 2.0]]),
    "lerp": (lambda a, b: torch.lerp(a, b, 0.75), [ROWS[0], ROWS[1]]),
    "lerp_of_weights": (torch.lerp, [ROWS[0], ROWS[1], [0.0, 0.25, 1.0]]),
    "addcmul": (lambda a, b, c: torch.addcmul(a, b, c, value=0.5), ROWS[:3]),
    "addcdiv": (lambda a, b, c: torch.addcdiv(a, b, c, value=-2.0), [ROWS[0], ROWS[1], [1.0, 2.0, -4.0]]),
    "addmm": (lambda a, b, c: torch.addmm(a, b, c.T, beta=0.5, alpha=2.0), [ROWS[0] + [1.0], ROWS, ROWS]),
    "diff": (lambda a: torch.diff(a, 2, dim=0, prepend=a[:1]), [ROWS]),
    "trapezoid": (lambda y: torch.trapezoid(y, dx=0.5, dim=0), [ROWS]),
    "trapezoid_of_places": (torch.trapezoid, [ROWS, [0.0, 1.0, 4.0]]),
    "cross": (torch.linalg.cross, [ROWS, ROWS[1:2]]),
    "kron": (torch.kron, [ROWS, [2.0, -1.0]]),
    "logdet": (torch.logdet, [[[[2.0, 1.0], [-1.0, 3.0]], [[1.0, 2.0], [3.0, 4.0]]]]),
    "cdist": (torch.cdist, [ROWS, [ROWS[1], [0.0, 0.0, 1.0]]]),
    "cdist_1": (lambda a, b: torch.cdist(a, b, p=1), [ROWS, [ROWS[1], [0.0, 0.0, 1.0]]]),
    "pairwise_distance": (F.pairwise_distance, [ROWS, ROWS[1:] + ROWS[3:]]),
    "cosine_similarity": (F.cosine_similarity, [ROWS, [ROWS[1], [0.0] * 3, ROWS[2], ROWS[0]]]),
    "normalize": (F.normalize, [[*ROWS, [0.0] * 3]]),
    "nansum": (lambda a: torch.nansum(a, dim=1), [[[1.0, NAN, 2.0], [NAN, NAN, NAN]]]),
    "nanmean": (lambda a: torch.nanmean(a, dim=1), [[[1.0, NAN, 2.0], [3.0, 4.0, 5.0]]]),
    "scatter": (lambda a, v: torch.scatter(a, 0, torch.tensor([[0, 2, 3], [1, 1, 0]]), v), [ROWS, ROWS[:2]]),
    "index_add": (lambda a, v: torch.index_add(a, 0, torch.tensor([3, 0, 3]), v, alpha=2.0), [ROWS, ROWS[:3]]),
    "index_copy": (lambda a, v: torch.index_copy(a, 0, torch.tensor([3, 0]), v), [ROWS, ROWS[:2]]),
    "index_fill": (lambda a: torch.index_fill(a, 1, torch.tensor([2, 0]), 7.0), [ROWS]),
    "take_along_dim": (lambda a: torch.take_along_dim(a, torch.tensor([3, 3, 11])), [ROWS]),
    "getitem_repeated": (lambda a: a[[0, 2, 0], [1, 1, 1]], [ROWS]),
    "take_repeated": (lambda a: a[[3, 3, 0]], [ROWS]),
}

QUERIES = [[[0.5, -1.0], [1.5, 0.25], [0.0, 3.0], [-0.5, 1.0], [2.0, 0.0]]]
KEYS = [[[1.0, 0.5], [-0.25, 2.0], [0.75, -1.0]], [[0.0, 1.0], [3.0, -2.0], [-1.0, -1.5]]]
VALUES = [[[1.0, 2.0, 3.0], [-1.0, 0.5, 0.0], [0.25, -4.0, 1.0]]]
NO_KEY_FOR_ONE = [[True, False, True], [False, False, False], [True] * 3, [False, True, False], [True] * 3]
ADDED = [[0.5, -INF, 1.0], [-INF] * 3, [0.0] * 3, [-1.0, 2.0, -INF], [1e4, 0.0, -1e4]]
GATES = [[0.5, -1.0, 2.0, -40.0, 1e4, 0.25, -0.75, 3.0, 0.0, -2.0, 1.0, 40.0]]
IMAGES = [[[[(7 * (20 * i + 4 * j + k) % 11 - 5) / 4 for k in range(4)] for j in range(5)] for i in range(4)]]
KERNEL = [
    [[[(5 * (24 * i + 8 * j + 4 * k + o) % 13 - 6) / 8 for o in range(4)] for k in range(2)] for j in range(3)]
    for i in range(2)
]
SQUARE = torch.eye(12, dtype=torch.float64)
NOTHING = torch.zeros(1, 3, dtype=torch.float64)


def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, **options: Any) -> torch.Tensor:
    """Attention of operands whose heads broadcast."""
    return F.scaled_dot_product_attention(q.expand(2, -1, -1), k, v.expand(2, -1, -1), **options)


def conv2d(x: torch.Tensor, weight: torch.Tensor, **options: Any) -> torch.Tensor:
    """Convolution of images whose channels come last."""
    return channels_last(F.conv2d(x.permute(0, 3, 1, 2), weight.permute(3, 2, 0, 1), **options))


def channels_last(images: torch.Tensor) -> torch.Tensor:
    """Images (N, C, H, W) as (N, H, W, C)."""
    return images.permute(0, 2, 3, 1)


KERNEL_CASES: dict[str, tuple[Callable[..., torch.Tensor], list[Any]]] = {
    "attention": (attention, [QUERIES, KEYS, VALUES]),
    "attention_scale": (lambda q, k, v: attention(q, k, v, scale=2.5), [QUERIES, KEYS, VALUES]),
    "attention_causal": (lambda q, k, v: attention(q, k, v, is_causal=True), [QUERIES, KEYS, VALUES]),
    "attention_causal_wide": (lambda q, k, v: attention(k, q, q, is_causal=True), [QUERIES, KEYS, VALUES]),
    "attention_no_key": (
        lambda q, k, v: attention(q, k, v, attn_mask=torch.tensor(NO_KEY_FOR_ONE)),
        [QUERIES, KEYS, VALUES],
    ),
    "attention_added": (
        lambda q, k, v: attention(q, k, v, attn_mask=torch.tensor(ADDED).double()),
        [QUERIES, KEYS, VALUES],
    ),
    "conv2d": (
        lambda x, w: conv2d(x, w, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
        [IMAGES, KERNEL],
    ),
    "max_pool2d": (
        lambda x: channels_last(F.max_pool2d(x.permute(0, 3, 1, 2), (2, 3), stride=(1, 2), padding=1)),
        [IMAGES],
    ),
    "avg_pool2d": (
        lambda x: channels_last(F.avg_pool2d(x.permute(0, 3, 1, 2), 3, stride=2, padding=1, count_include_pad=False)),
        [IMAGES],
    ),
    "lstm_cell": (
        lambda a, c: torch.stack(torch.lstm_cell(a, (NOTHING, c), SQUARE, torch.zeros(12, 3).double())),
        [GATES, [[0.5, -2.0, 1e4]]],
    ),
    "gru_cell": (
        lambda x, h, w: torch.gru_cell(x, h, SQUARE[:9, :9], w),
        [[GATES[0][:9]], [[0.5, -2.0, 1.0]], [[0.125 * i, 0.5 - 0.25 * i, 0.375] for i in range(9)]],
    ),
}


def golden(function: Callable[..., torch.Tensor], inputs: list[Any], *, twice: bool = False) -> dict[str, Any]:
    """Run one case in float64."""
    tensors = [operand(values) for values in inputs]
    leaves = [tensor for tensor in tensors if tensor.requires_grad]
    out = function(*tensors)
    grads = torch.autograd.grad(out, leaves, counted(out), create_graph=twice, allow_unused=True)
    case = {"inputs": inputs, "result": out.tolist(), "grads": listed(tensors, leaves, grads)}
    if twice:
        again = [grad for grad in grads if grad is not None and grad.requires_grad]
        second = (
            torch.autograd.grad(again, leaves, [counted(grad) for grad in again], allow_unused=True) if again else ()
        )
        case["second"] = listed(tensors, leaves, second or [None] * len(leaves))
    return case


def operand(values: Any) -> torch.Tensor:
    """A tensor of the numbers: float64, which requires a gradient, or integers."""
    integers = not torch.tensor(values).is_floating_point()
    return torch.tensor(values) if integers else torch.tensor(values, dtype=torch.float64, requires_grad=True)


def counted(like: torch.Tensor) -> torch.Tensor:
    """1, 2, 3, ... in the shape of a tensor."""
    return torch.arange(1, like.numel() + 1, dtype=torch.float64).reshape(like.shape)


def listed(tensors: list[torch.Tensor], leaves: list[torch.Tensor], grads: Sequence[torch.Tensor | None]) -> list[Any]:
    """The gradients of all inputs, None for those that have none."""
    found = {id(leaf): grad for leaf, grad in zip(leaves, grads, strict=True)}
    ordered = [found.get(id(tensor)) for tensor in tensors]
    # torch.where gives memory to the zeros that PyTorch keeps without any
    return [None if grad is None else torch.where(grad == 0, 0.0, grad).tolist() for grad in ordered]


def settled(values: Any, stored: Any) -> Any:
    """The values, rounded to 15 digits, but the stored ones where they are the same up to rounding."""
    if isinstance(values, dict):
        stored = stored if isinstance(stored, dict) else {}
        return {key: settled(value, stored.get(key)) for key, value in values.items()}
    if isinstance(values, list):
        stored = stored if isinstance(stored, list) and len(stored) == len(values) else [None] * len(values)
        return [settled(value, old) for value, old in zip(values, stored, strict=True)]
    if not isinstance(values, float):
        return values
    if isinstance(stored, float) and math.isclose(values, stored, rel_tol=1e-13):
        return stored
    rounded = float(f"{values:.15g}")
    return values if math.isinf(rounded) else rounded  # the largest number would become infinite


def write(
    name: str, cases: dict[str, tuple[Callable[..., torch.Tensor], list[Any]]], twice: Iterable[str] = ()
) -> None:
    """Write one file, in which numbers that differ from those stored only by rounding stay as they are."""
    path = Path(__file__).parent.parent / "tests" / "data" / name
    stored = json.loads(path.read_text()) if path.exists() else {}
    made = {case: settled(golden(*cases[case], twice=case in twice), stored.get(case)) for case in cases}
    lines = ",\n".join(f"  {json.dumps(case)}: {json.dumps(made[case])}" for case in made)
    path.write_text(f'{{\n  "torch": {json.dumps(torch.__version__)},\n{lines}\n}}\n')


def main() -> None:
    """Write the files."""
    write("torch_golden.json", CASES)
    write("torch_kernels.json", KERNEL_CASES)
    write("torch_neural.json", NEURAL_CASES)
    write("torch_edges.json", EDGE_CASES, twice=EDGE_CASES.keys() - ONCE)


if __name__ == "__main__":
    main()
