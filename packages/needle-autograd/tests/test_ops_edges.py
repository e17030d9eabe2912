"""At kinks, poles, ties, overflow and NaN, operations have the values and both derivatives that PyTorch has.

`tools/make_torch_golden.py` stored them, from `tools/edge_cases.py`.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from needle_autograd import Tensor, ops

pytestmark = pytest.mark.usefixtures("backend")

GOLDEN = json.loads((Path(__file__).parent / "data" / "torch_edges.json").read_text())
VERSION = GOLDEN.pop("torch")


NAMED = [
    "relu",
    "leaky_relu",
    "elu",
    "silu",
    "gelu",
    "hardtanh",
    "relu6",
    "sigmoid",
    "log_sigmoid",
    "tanh",
    "softsign",
    "mish",
    "erf",
    "abs",
    "sign",
    "square",
    "exp",
    "exp2",
    "expm1",
    "sqrt",
    "rsqrt",
    "reciprocal",
    "log",
    "log2",
    "log10",
    "asinh",
    "atan",
    "sinh",
    "cosh",
    "trunc",
    "log1p",
    "asin",
    "acos",
    "acosh",
    "atanh",
    "power",
    "maximum",
    "minimum",
    "multiply",
    "divide",
    "atan2",
    "hypot",
    "logaddexp",
    "fmod",
    "remainder",
    "layer_norm",
    "erfc",
    "sinc",
    "nan_to_num",
    "frac",
    "erfinv",
    "logit",
    "logaddexp2",
    "xlogy",
    "pairwise_distance",
    "cdist",
    "cosine_similarity",
    "selu",
    "hardshrink",
    "softshrink",
    "tanhshrink",
]
"""Cases that are called like the operation, on all operands."""

CASES = {
    **{name: getattr(ops, name) for name in NAMED},
    "celu": lambda x: ops.celu(x, 0.5),
    "threshold": lambda x: ops.threshold(x, 0.5, -2.0),
    "softplus": lambda x: ops.softplus(x, threshold=20.0),
    "gelu_tanh": lambda x: ops.gelu(x, approximate="tanh"),
    "clip": lambda x: ops.clip(x, -1.0, 30.0),
    "clip_low": lambda x: ops.clip(x, low=0.0),
    "clip_crossed": lambda x: ops.clip(x, 1.0, -1.0),
    "cube": lambda x: x**3,
    "power_0": lambda x: x**0,
    "power_1": lambda x: x**1,
    "power_half": lambda x: x**0.5,
    "power_three_halves": lambda x: x**1.5,
    "power_minus_1": lambda x: x**-1,
    "power_minus_2": lambda x: x**-2,
    "two_to_the_power": lambda x: 2.0**x,
    "nothing_to_the_power": lambda x: 0.0**x,
    "seven_over": lambda x: 7.0 / x,
    "log_where_positive": lambda x: ops.where(x > 0, x.log(), 0.0),
    "log_of_what_is_positive": lambda x: ops.where(x > 0, ops.where(x > 0, x, 1.0).log(), 0.0),
    "expm1_of_little": ops.expm1,
    "erf_of_little": ops.erf,
    "max": lambda x: ops.max(x, axes=1),
    "min": lambda x: ops.min(x, axes=1),
    "max_of_all": ops.max,
    "sort": ops.sort,
    "median": lambda x: ops.median(x, axis=1),
    "norm_2": lambda x: ops.norm(x, 2, axes=1),
    "norm_1": lambda x: ops.norm(x, 1, axes=1),
    "norm_inf": lambda x: ops.norm(x, np.inf, axes=1),
    "norm_-inf": lambda x: ops.norm(x, -np.inf, axes=1),
    "norm_0": lambda x: ops.norm(x, 0, axes=1),
    "norm_3": lambda x: ops.norm(x, 3, axes=1),
    "norm_1.5": lambda x: ops.norm(x, 1.5, axes=1),
    "norm_0.5": lambda x: ops.norm(x, 0.5, axes=1),
    "norm_-1": lambda x: ops.norm(x, -1, axes=1),
    "norm_of_all": ops.norm,
    "normalized": lambda x: ops.normalize(x, axis=1),
    "logcumsumexp": lambda x: ops.logcumsumexp(x, axis=1),
    "nansum": lambda x: ops.nansum(x, axes=1),
    "nanmean": lambda x: ops.nanmean(x, axes=1),
    "quantile": lambda x: ops.quantile(x, 0.25, axis=1),
    "prod": lambda x: ops.prod(x, axes=1),
    "cumprod": lambda x: ops.cumprod(x, axis=1),
    "var": lambda x: ops.var(x, axes=1),
    "var_of_one": lambda x: ops.var(x, axes=1),
    "var_of_one_unbiased": lambda x: ops.var(x, axes=1, correction=1),
    "std": lambda x: ops.std(x, axes=1),
    "std_of_one": lambda x: ops.std(x, axes=1),
    "std_of_one_unbiased": lambda x: ops.std(x, axes=1, correction=1),
    "logsumexp": lambda x: ops.logsumexp(x, axes=1),
    "softmax": ops.softmax,
    "log_softmax": ops.log_softmax,
    "cross_entropy": lambda x, y: ops.cross_entropy(x, y, reduction="none"),
    "cross_entropy_of_what_cannot_be": lambda x, y: ops.cross_entropy(x, y, reduction="none"),
    "binary_cross_entropy_with_logits": lambda x, y: ops.binary_cross_entropy_with_logits(x, y, "none"),
    "binary_cross_entropy": lambda x, y: ops.binary_cross_entropy(x, y.detach(), "none"),
    "kl_div": lambda x, y: ops.kl_div(x, y.detach(), "none"),
    "huber_loss": lambda x, y: ops.huber_loss(x, y, "none", delta=0.5),
    "smooth_l1_loss": lambda x, y: ops.smooth_l1_loss(x, y, "none", beta=0.5),
    "l1_loss": lambda x, y: ops.l1_loss(x, y, "none"),
    "rms_norm": lambda x, w: ops.rms_norm(x, w, eps=1e-5),
    "batch_norm": lambda x, w, b: ops.batch_norm(x, w, b)[0],
    "max_pool": lambda x: ops.max_pool2d(x.reshape((1, 4, 4, 1)), 2).reshape((2, 2)),
    "det_singular": ops.det,
    "det_of_nothing": ops.det,
    "index_add": lambda a, values: ops.index_add(a, 0, [0, 2, 0, 0], values),
    "embedding": ops.embedding,
}


def counted(like):
    return np.arange(1.0, like.size + 1).reshape(like.shape)


def compare(found, expected, inputs, *, where=None):
    """Compare gradients, of which None stands for zeros, with a tolerance relative to the largest of them."""
    expected = [np.zeros(a.shape) if grad is None else np.array(grad) for grad, a in zip(expected, inputs, strict=True)]
    largest = max(np.abs(grad[np.isfinite(grad)]).max(initial=1) for grad in expected)
    for tensor, want in zip(found, expected, strict=True):
        got = np.zeros(want.shape) if tensor is None else tensor.numpy()
        chosen = Ellipsis if where is None else where(want)
        np.testing.assert_allclose(got[chosen], want[chosen], rtol=1e-11, atol=1e-12 * largest)


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy warns of the infinities and NaN that this is about
def test_values_and_two_derivatives_are_those_of_pytorch(name):
    case = GOLDEN[name]
    inputs = [np.array(values) for values in case["inputs"]]
    tensors = [Tensor(values) for values in inputs]
    result = CASES[name](*tensors)
    np.testing.assert_allclose(result.numpy(), np.array(case["result"]), rtol=1e-13, atol=1e-14)
    result.backward(counted(result), create_graph=True)
    grads = [tensor.grad for tensor in tensors]
    compare(grads, case["grads"], inputs)
    if "second" not in case:
        return
    for tensor in tensors:
        tensor.grad = None
    again = [(grad * counted(grad)).sum() for grad in grads if grad is not None and grad.requires_grad]
    if again:
        sum(again[1:], again[0]).backward()
    compare([tensor.grad for tensor in tensors], case["second"], inputs, where=np.isfinite)  # where it says something


@pytest.mark.parametrize("name", ["log1p", "expm1_of_little", "erf_of_little"])
def test_small_operands_keep_all_their_digits(name):
    operand = np.array(GOLDEN[name]["inputs"][0][1:6])  # -1e-9 to 1e-9
    np.testing.assert_allclose(CASES[name](Tensor(operand)).numpy(), GOLDEN[name]["result"][1:6], rtol=1e-14)


def test_every_stored_case_is_tested():
    assert CASES.keys() == GOLDEN.keys()
