"""Operations at their edges give the values and gradients of PyTorch, which tools/make_torch_golden.py stored."""

import json
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
