"""Operations at their edges give the values and gradients of PyTorch, which tools/make_torch_golden.py stored."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from needle_autograd import Tensor, ops

pytestmark = pytest.mark.usefixtures("backend")

GOLDEN = json.loads((Path(__file__).parent / "data" / "torch_golden.json").read_text())
VERSION = GOLDEN.pop("torch")

CASES = {
    "relu": ops.relu,
    "abs": ops.abs,
    "sqrt": ops.sqrt,
    "log": ops.log,
    "log1p": ops.log1p,
    "expm1": ops.expm1,
    "exp": ops.exp,
    "sigmoid": ops.sigmoid,
    "tanh": ops.tanh,
    "maximum_of_equal": ops.maximum,
    "minimum_of_equal": ops.minimum,
    "max_of_equal": lambda a: ops.max(a, axes=1),
    "max_of_all_equal": ops.max,
    "min_of_equal": lambda a: ops.min(a, axes=0),
    "clip_on_bounds": lambda a: ops.clip(a, -1.0, 1.0),
    "power_at_zero": ops.power,
    "power_scalar_0": lambda a: ops.power_scalar(a, 0),
    "power_scalar_1": lambda a: ops.power_scalar(a, 1),
    "power_scalar_2": lambda a: ops.power_scalar(a, 2),
    "power_scalar_3": lambda a: ops.power_scalar(a, 3),
    "divide_by_zero": ops.divide,
    "softmax_huge": lambda a: ops.softmax(a, axis=1),
    "log_softmax_huge": lambda a: ops.log_softmax(a, axis=1),
    "logsumexp_huge": lambda a: ops.logsumexp(a, axes=1),
    "logsumexp_infinite": lambda a: ops.logsumexp(a, axes=1),
    "softmax_masked": lambda a: ops.softmax(a, axis=1),
    "cross_entropy": ops.cross_entropy,
    "cross_entropy_sum": lambda a, y: ops.cross_entropy(a, y, reduction="sum"),
    "cross_entropy_huge": lambda a, y: ops.cross_entropy(a, y, reduction="none"),
    "layer_norm": ops.layer_norm,
    "batch_norm": lambda x, weight, bias: ops.batch_norm(x, weight, bias)[0],
    "square": ops.square,
    "rsqrt": ops.rsqrt,
    "reciprocal": ops.reciprocal,
    "log2": ops.log2,
    "log10": ops.log10,
    "exp2": ops.exp2,
    "tan": ops.tan,
    "asin": ops.asin,
    "acos": ops.acos,
    "atan": ops.atan,
    "atan2": ops.atan2,
    "atan2_of_nothing": ops.atan2,
    "sinh": ops.sinh,
    "cosh": ops.cosh,
    "asinh": ops.asinh,
    "acosh": ops.acosh,
    "atanh": ops.atanh,
    "erf": ops.erf,
    "logaddexp": ops.logaddexp,
    "hypot": ops.hypot,
    "sign": ops.sign,
    "floor": ops.floor,
    "round": ops.round,
    "remainder": ops.remainder,
    "fmod": ops.fmod,
    "gelu": ops.gelu,
    "gelu_tanh": lambda a: ops.gelu(a, approximate="tanh"),
    "silu": ops.silu,
    "softplus": lambda a: ops.softplus(a, threshold=20.0),
    "softplus_beta": lambda a: ops.softplus(a, beta=2.0, threshold=5.0),
    "log_sigmoid": ops.log_sigmoid,
    "softsign": ops.softsign,
    "mish": ops.mish,
    "leaky_relu": ops.leaky_relu,
    "elu": lambda a: ops.elu(a, alpha=0.5),
    "hardtanh": ops.hardtanh,
    "relu6": ops.relu6,
    "prod_with_a_zero": lambda a: ops.prod(a, axes=1),
    "prod_of_all": ops.prod,
    "cumprod_with_zeros": ops.cumprod,
    "cumsum": lambda a: ops.cumsum(a, axis=1),
    "std_of_equal": lambda a: ops.std(a, axes=1, correction=1),
    "norm_2": lambda a: ops.norm(a, 2, axes=1),
    "norm_1": lambda a: ops.norm(a, 1, axes=1),
    "norm_inf": lambda a: ops.norm(a, np.inf, axes=1),
    "norm_minus_inf": lambda a: ops.norm(a, -np.inf, axes=1),
    "norm_3": lambda a: ops.norm(a, 3, axes=1),
    "norm_1.5": lambda a: ops.norm(a, 1.5, axes=1),
    "norm_half": lambda a: ops.norm(a, 0.5, axes=1),
    "matrix_norm_1": lambda a: ops.matrix_norm(a, 1),
    "sort_of_equal": ops.sort,
    "sort_descending": lambda a: ops.sort(a, descending=True),
    "median_of_three": lambda a: ops.median(a, axis=1),
    "gather": lambda a, i: ops.gather(a, 1, i),
    "scatter_add": lambda a, v: ops.scatter_add(a, 0, [[0, 0, 3], [0, 1, 3]], v),
    "index_put": lambda a, v: ops.index_put(a, [0, 3], v),
    "index_put_accumulate": lambda a, v: ops.index_put(a, [0, 3, 0], v, accumulate=True),
    "pad_reflect": lambda a: ops.pad(a, ((0, 0), (2, 1)), mode="reflect"),
    "pad_edge": lambda a: ops.pad(a, ((0, 0), (2, 1)), mode="replicate"),
    "pad_wrap": lambda a: ops.pad(a, ((0, 0), (2, 1)), mode="circular"),
    "einsum": lambda a, b: ops.einsum("ij,kj,j->ik", a, b, b[0]),
    "inv": ops.inv,
    "solve": ops.solve,
    "cholesky": ops.cholesky,
    "det": ops.det,
    "slogdet": lambda a: ops.slogdet(a)[1],
    "var_unbiased": lambda a: ops.var(a, axes=1, correction=1),
    "median_of_four": lambda a: ops.median(a, 0),
    "quantile": lambda a: ops.quantile(a, [0.0, 0.25, 0.5, 1.0], 0),
    **{
        f"quantile_{mode}": partial(ops.quantile, q=0.4, axis=1, keepdims=True, interpolation=mode)
        for mode in ("linear", "lower", "higher", "midpoint", "nearest")
    },
    "logcumsumexp": lambda a: ops.logcumsumexp(a, 1),
    "erfc": ops.erfc,
    "erfinv": ops.erfinv,
    "logaddexp2": ops.logaddexp2,
    "xlogy": ops.xlogy,
    "xlogy_of_nothing": lambda a, b: ops.xlogy(a, b.detach()),
    "logit": ops.logit,
    "logit_bounded": lambda a: ops.logit(a, 0.125),
    "frac": ops.frac,
    "sinc": ops.sinc,
    "deg2rad": ops.deg2rad,
    "rad2deg": ops.rad2deg,
    "nan_to_num": lambda a: ops.nan_to_num(a, 7.0, posinf=3.0, neginf=-4.0),
    "lerp": lambda a, b: ops.lerp(a, b, 0.75),
    "lerp_of_weights": ops.lerp,
    "addcmul": lambda a, b, c: ops.addcmul(a, b, c, 0.5),
    "addcdiv": lambda a, b, c: ops.addcdiv(a, b, c, -2.0),
    "addmm": lambda a, b, c: ops.addmm(a, b, c.transpose(), beta=0.5, alpha=2.0),
    "diff": lambda a: ops.diff(a, 2, 0, prepend=a[:1]),
    "trapezoid": lambda y: ops.trapezoid(y, dx=0.5, axis=0),
    "trapezoid_of_places": ops.trapezoid,
    "cross": ops.cross,
    "kron": ops.kron,
    "logdet": ops.logdet,
    "cdist": ops.cdist,
    "cdist_1": lambda a, b: ops.cdist(a, b, 1),
    "pairwise_distance": ops.pairwise_distance,
    "cosine_similarity": ops.cosine_similarity,
    "normalize": ops.normalize,
    "nansum": lambda a: ops.nansum(a, 1),
    "nanmean": lambda a: ops.nanmean(a, 1),
    "scatter": lambda a, v: ops.scatter(a, 0, [[0, 2, 3], [1, 1, 0]], v),
    "index_add": lambda a, v: ops.index_add(a, 0, [3, 0, 3], v, 2.0),
    "index_copy": lambda a, v: ops.index_copy(a, 0, [3, 0], v),
    "index_fill": lambda a: ops.index_fill(a, 1, [2, 0], 7.0),
    "take_along_dim": lambda a: ops.take_along_dim(a, [3, 3, 11]),
    "getitem_repeated": lambda a: ops.getitem(a, ([0, 2, 0], [1, 1, 1])),
    "take_repeated": lambda a: ops.getitem(a, [3, 3, 0]),
}


@pytest.mark.parametrize("name", GOLDEN)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy warns of the infinities that some cases are about
def test_values_and_gradients_are_those_of_pytorch(name):
    case = GOLDEN[name]
    tensors = [Tensor(np.array(values)) for values in case["inputs"]]
    result = CASES[name](*tensors)
    np.testing.assert_allclose(result.numpy(), np.array(case["result"]), rtol=1e-13, atol=1e-15)
    result.backward(np.arange(1.0, result.size + 1).reshape(result.shape))
    for tensor, grad in zip(tensors, case["grads"], strict=True):
        if grad is None:
            assert tensor.grad is None
        else:
            np.testing.assert_allclose(tensor.grad.numpy(), np.array(grad), rtol=1e-12, atol=1e-13)


def test_every_stored_case_is_tested():
    assert CASES.keys() == GOLDEN.keys()
