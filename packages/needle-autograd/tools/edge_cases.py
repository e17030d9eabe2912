"""What make_torch_golden.py asks PyTorch where functions have kinks, poles, ties, overflow, or no value at all."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812

INF, NAN = float("inf"), float("nan")
Function = Callable[..., torch.Tensor]
Cases = dict[str, tuple[Function, list[Any]]]

SIGNED = [-INF, -1e4, -100.0, -30.0, -1.0, -0.0, 0.0, 1.0, 30.0, 100.0, 1e4, INF, NAN]
NUMBERS = SIGNED[:-1]  # sign(nan) is 0 in PyTorch, but NaN in NumPy and the Array API standard, and in Needle
FINITE = NUMBERS[1:-1]
ROOTS = [-1e4, -1.0, 0.0, 1.0, 30.0, 1e4, INF, NAN]  # of -0 and -inf, PyTorch's powers are not those of IEEE 754
KINKS = [-INF, -100.0, -3.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 3.0, 100.0, INF, NAN]
SMALL = [-1.0, -1e-9, -1e-20, 0.0, 1e-20, 1e-9, 2.0, INF, NAN]
UNIT = [-INF, -2.0, -1.0, 0.0, 1.0, 2.0, INF, NAN]
CROSSED = [list(column) for column in zip(*product([-INF, -2.0, -0.0, 0.0, 3.0, INF, NAN], repeat=2), strict=True)]
BASES, EXPONENTS = [
    list(column)
    for column in zip(
        *product([-2.0, -1.0, -0.0, 0.0, 1.0, 2.0, INF, NAN], [-2.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0]), strict=True
    )
]
EQUAL = [[2.0, 2.0, 1.0], [3.0, 3.0, 3.0], [-1.0, -2.0, -2.0], [-INF, -INF, -INF], [INF, 0.0, INF], [1.0, NAN, 2.0]]
VECTORS = [[0.0, 0.0, 0.0], [3.0, -4.0, 0.0], [-2.0, 2.0, 2.0], [0.0, 0.5, 0.0]]
MASKED = [[-INF, 0.0, 1.0], [1.0, -INF, -INF], [-INF, -INF, -INF], [INF, 0.0, 1.0], [INF, INF, 0.0], [NAN, 0.0, 1.0]]
LOGITS = [[1e4, 0.0, -1e4], [1e4, 0.0, -1e4], [-INF, 0.0, 1.0], [2.0, 2.0, 2.0], [100.0, 0.0, 0.0]]
LINES = [[2.0, 2.0, 2.0], [0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]
ZEROS = [[2.0, 3.0, 4.0], [0.0, 3.0, 4.0], [0.0, 3.0, 0.0], [0.0, 0.0, 0.0], [-0.0, 2.0, INF]]
SCALE, SHIFT = [0.5, 1.0, -2.0], [0.0, 1.0, 2.0]
DISTANCES = [-3.0, -0.5, -0.25, 0.0, 0.25, 0.5, 3.0, INF]
NOTHING = [0.0] * len(DISTANCES)


def at(points: list[float], **functions: Function) -> Cases:
    """Functions of one number, at the same points."""
    return {name: (function, [points]) for name, function in functions.items()}


def normalized(x: torch.Tensor) -> torch.Tensor:
    """Rows of length 1."""
    return F.normalize(x, dim=1)


ONCE = {"power", "fmod", "binary_cross_entropy", "cdist"}
"""Cases whose second derivatives PyTorch refuses, or loses as it puts 0 or a bound in the place of the first ones."""

EDGE_CASES: Cases = {
    **at(
        SIGNED,
        relu=F.relu,
        leaky_relu=F.leaky_relu,
        elu=F.elu,
        softplus=F.softplus,
        silu=F.silu,
        gelu=F.gelu,
        hardtanh=F.hardtanh,
        relu6=F.relu6,
        sigmoid=torch.sigmoid,
        log_sigmoid=F.logsigmoid,
        tanh=torch.tanh,
        mish=F.mish,
        erf=torch.erf,
        square=torch.square,
        exp=torch.exp,
        exp2=torch.exp2,
        expm1=torch.expm1,
        sqrt=torch.sqrt,
        rsqrt=torch.rsqrt,
        reciprocal=torch.reciprocal,
        log=torch.log,
        log2=torch.log2,
        log10=torch.log10,
        asinh=torch.asinh,
        atan=torch.atan,
        sinh=torch.sinh,
        cosh=torch.cosh,
        trunc=torch.trunc,
        clip=lambda x: torch.clamp(x, -1.0, 30.0),
        clip_low=lambda x: torch.clamp(x, min=0.0),
        clip_crossed=lambda x: torch.clamp(x, 1.0, -1.0),
        cube=lambda x: x**3,
        power_0=lambda x: x**0,
        power_1=lambda x: x**1,
        power_minus_1=lambda x: x**-1,
        power_minus_2=lambda x: x**-2,
        two_to_the_power=lambda x: 2.0**x,
        nothing_to_the_power=lambda x: 0.0**x,
        seven_over=lambda x: 7.0 / x,
        log_where_positive=lambda x: torch.where(x > 0, torch.log(x), 0.0),
        log_of_what_is_positive=lambda x: torch.where(x > 0, torch.log(torch.where(x > 0, x, 1.0)), 0.0),
    ),
    **at(NUMBERS, abs=torch.abs, sign=torch.sign),
    **at(SIGNED, erfc=torch.erfc, sinc=torch.sinc, nan_to_num=torch.nan_to_num),
    **at(FINITE, frac=torch.frac),
    **at(
        KINKS,
        selu=F.selu,
        celu=lambda x: F.celu(x, 0.5),
        hardshrink=F.hardshrink,
        softshrink=F.softshrink,
        tanhshrink=F.tanhshrink,
        threshold=lambda x: F.threshold(x, 0.5, -2.0),
    ),
    **at(FINITE, gelu_tanh=lambda x: F.gelu(x, approximate="tanh"), softsign=F.softsign),
    **at(ROOTS, power_half=lambda x: x**0.5, power_three_halves=lambda x: x**1.5),
    **at(SMALL, log1p=torch.log1p, expm1_of_little=torch.expm1, erf_of_little=torch.erf),
    **at(UNIT, asin=torch.asin, acos=torch.acos, acosh=torch.acosh, atanh=torch.atanh, erfinv=torch.erfinv),
    **at([0.0, 1e-300, 0.25, 0.5, 1.0, NAN], logit=torch.logit),
    "power": (torch.pow, [BASES, EXPONENTS]),
    "maximum": (torch.maximum, CROSSED),
    "minimum": (torch.minimum, CROSSED),
    "multiply": (torch.mul, CROSSED),
    "divide": (torch.div, CROSSED),
    "atan2": (torch.atan2, CROSSED),
    "hypot": (torch.hypot, CROSSED),
    "logaddexp": (torch.logaddexp, CROSSED),
    "logaddexp2": (torch.logaddexp2, CROSSED),
    "xlogy": (torch.xlogy, CROSSED),
    "fmod": (torch.fmod, [[4.0, -4.0, 4.0, 0.0, 5.0, INF, 1.0, NAN], [2.0, 2.0, -2.0, 3.0, INF, 2.0, 0.0, 1.0]]),
    "remainder": (
        torch.remainder,
        [[4.0, -4.0, 4.0, 0.0, 5.0, INF, 1.0, NAN], [2.0, 2.0, -2.0, 3.0, INF, 2.0, 0.0, 1.0]],
    ),
    "max": (lambda x: torch.amax(x, 1), [EQUAL]),
    "min": (lambda x: torch.amin(x, 1), [EQUAL]),
    "max_of_all": (torch.amax, [EQUAL[:3]]),
    "sort": (lambda x: torch.sort(x, dim=1, stable=True).values, [EQUAL]),
    "median": (lambda x: torch.median(x, dim=1).values, [EQUAL]),
    **{
        f"norm_{order}": (lambda x, order=order: torch.linalg.vector_norm(x, order, 1), [VECTORS])
        for order in (2, 1, INF, -INF, 0, 3, 1.5, 0.5, -1)
    },
    "norm_of_all": (torch.linalg.vector_norm, [[[0.0, 0.0], [0.0, 0.0]]]),
    "normalized": (normalized, [VECTORS]),
    "cosine_similarity": (F.cosine_similarity, [VECTORS, [[1.0, 2.0, 3.0], [0.0, 0.0, 0.0], [2.0, 2.0, 2.0], SHIFT]]),
    "pairwise_distance": (F.pairwise_distance, [VECTORS, [VECTORS[0], *VECTORS[:3]]]),
    "cdist": (torch.cdist, [VECTORS, VECTORS[1:]]),
    "prod": (lambda x: torch.prod(x, 1), [ZEROS]),
    "cumprod": (lambda x: torch.cumprod(x, 1), [ZEROS[:4]]),
    "var": (lambda x: torch.var(x, 1, correction=0), [LINES]),
    "var_of_one": (lambda x: torch.var(x, 1, correction=0), [[[2.0], [0.0]]]),
    "var_of_one_unbiased": (lambda x: torch.var(x, 1), [[[2.0], [0.0]]]),
    "std": (lambda x: torch.std(x, 1, correction=0), [LINES]),
    "std_of_one": (lambda x: torch.std(x, 1, correction=0), [[[2.0], [0.0]]]),
    "std_of_one_unbiased": (lambda x: torch.std(x, 1), [[[2.0], [0.0]]]),
    "logsumexp": (lambda x: torch.logsumexp(x, 1), [MASKED]),
    "logcumsumexp": (lambda x: torch.logcumsumexp(x, 1), [[[1.0, -INF, -INF], [0.0, -INF, 1.0]]]),
    "nansum": (lambda x: torch.nansum(x, 1), [EQUAL]),
    "nanmean": (lambda x: torch.nanmean(x, 1), [EQUAL]),
    "quantile": (lambda x: torch.quantile(x, 0.25, dim=1), [EQUAL[:3]]),
    "softmax": (lambda x: torch.softmax(x, 1), [MASKED]),
    "log_softmax": (lambda x: torch.log_softmax(x, 1), [MASKED]),
    "cross_entropy": (lambda x, y: F.cross_entropy(x, y, reduction="none"), [LOGITS, [0, 2, 2, 1, 0]]),
    "cross_entropy_of_what_cannot_be": (lambda x, y: F.cross_entropy(x, y, reduction="none"), [LOGITS[2:], [0, 1, 2]]),
    "binary_cross_entropy_with_logits": (
        lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"),
        [[-1e4, -30.0, 0.0, 30.0, 1e4] * 2 + [INF, -INF], [0.0] * 5 + [1.0] * 5 + [1.0, 0.0]],
    ),
    "binary_cross_entropy": (
        lambda x, y: F.binary_cross_entropy(x, y.detach(), reduction="none"),
        [[0.0, 0.0, 1.0, 1.0, 1e-300], [0.0, 1.0, 0.0, 1.0, 1.0]],
    ),
    "kl_div": (
        lambda x, y: F.kl_div(x, y.detach(), reduction="none"),
        [[-1.0, 0.0, -INF, -1e4], [0.0, 1.0, 0.0, 0.5]],
    ),
    "huber_loss": (lambda x, y: F.huber_loss(x, y, reduction="none", delta=0.5), [DISTANCES, NOTHING]),
    "smooth_l1_loss": (lambda x, y: F.smooth_l1_loss(x, y, reduction="none", beta=0.5), [DISTANCES, NOTHING]),
    "l1_loss": (lambda x, y: F.l1_loss(x, y, reduction="none"), [DISTANCES, NOTHING]),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (3,), w, b), [LINES, SCALE, SHIFT]),
    "rms_norm": (lambda x, w: F.rms_norm(x, (3,), w, eps=1e-5), [LINES, SCALE]),
    "batch_norm": (
        lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
        [[[2.0, 0.0, 1.0]] * 3, SCALE, SHIFT],
    ),
    "max_pool": (
        lambda x: F.max_pool2d(x[None, None], 2)[0, 0],
        [[[1.0, 1.0, -INF, -INF], [1.0, 0.0, -INF, -INF], [NAN, 1.0, 0.0, 0.0], [2.0, 3.0, -0.0, 0.0]]],
    ),
    "det_singular": (torch.linalg.det, [[[1.0, 2.0], [2.0, 4.0]]]),
    "det_of_nothing": (torch.linalg.det, [[[0.0, 0.0], [0.0, 0.0]]]),
    "index_add": (
        lambda a, v: torch.index_add(a, 0, torch.tensor([0, 2, 0, 0]), v),
        [LINES, [[1.0, 2.0, 3.0]] * 4],
    ),
    "embedding": (F.embedding, [[[1, 1], [0, 1]], LINES]),
}
