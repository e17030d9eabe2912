"""Kernels at their edges give the values and gradients of PyTorch, which tools/make_torch_golden.py stored."""

import json
from pathlib import Path

import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import kernels

GOLDEN = json.loads((Path(__file__).parent / "data" / "torch_kernels.json").read_text())
VERSION = GOLDEN.pop("torch")

INF = float("inf")
NO_KEY_FOR_ONE = [[True, False, True], [False, False, False], [True] * 3, [False, True, False], [True] * 3]
ADDED = [[0.5, -INF, 1.0], [-INF] * 3, [0.0] * 3, [-1.0, 2.0, -INF], [1e4, 0.0, -1e4]]


def attention(xp, q, k, v, grad, *, swapped=False, mask=None, **options):
    """The result and the gradients, where `swapped` with the keys as queries and the queries as keys and values."""
    own = kernels(q)
    if mask is not None:
        options["mask"] = xp.asarray(np.array(mask))
    inputs = (k, q, q) if swapped else (q, k, v)
    out, log_sums = own.attention(*inputs, **options)
    dq, dk, dv = own.attention_grad(grad, *inputs, out, log_sums, **options)
    return out, (dk + dv, dq, None) if swapped else (dq, dk, dv)


def conv2d(xp, x, weight, grad, **options):
    own = kernels(x)
    gradients = (
        own.conv2d_input_grad(grad, weight, x.shape[1:3], **options),
        own.conv2d_weight_grad(grad, x, weight.shape[:2], **options),
    )
    return own.conv2d(x, weight, **options), gradients


def max_pool2d(xp, x, grad, **options):
    own = kernels(x)
    out, indices = own.max_pool2d(x, **options)
    return out, (own.max_pool2d_grad(grad, indices, x.shape[1:3]),)


def avg_pool2d(xp, x, grad, **options):
    own = kernels(x)
    return own.avg_pool2d(x, **options), (own.avg_pool2d_grad(grad, x.shape[1:3], **options),)


def lstm_cell(xp, gates, c, grad):
    own = kernels(c)
    h, c_next, activations = own.lstm_cell(gates, xp.zeros_like(gates), c)
    return xp.stack((h, c_next)), own.lstm_cell_grad(grad[0, ...], grad[1, ...], activations, c, c_next)


def gru_cell(xp, gates, h, weight, grad):
    own = kernels(h)
    gates_h = h @ weight.T
    h_next, activations = own.gru_cell(gates, gates_h, h)
    d_gates_x, d_gates_h, d_h = own.gru_cell_grad(grad, activations, gates_h, h)
    return h_next, (d_gates_x, d_h + d_gates_h @ weight, d_gates_h.T @ h)


CASES = {
    "attention": (attention, {}),
    "attention_scale": (attention, {"scale": 2.5}),
    "attention_causal": (attention, {"causal": True}),
    "attention_causal_wide": (attention, {"causal": True, "swapped": True}),
    "attention_no_key": (attention, {"mask": NO_KEY_FOR_ONE}),
    "attention_added": (attention, {"mask": ADDED}),
    "conv2d": (conv2d, {"stride": (2, 1), "padding": (1, 2), "dilation": (1, 2), "groups": 2}),
    "max_pool2d": (max_pool2d, {"kernel_size": (2, 3), "stride": (1, 2), "padding": 1}),
    "avg_pool2d": (avg_pool2d, {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
    "lstm_cell": (lstm_cell, {}),
    "gru_cell": (gru_cell, {}),
}


@pytest.mark.parametrize("xp", [np, nd], ids=["plain", "native"])
@pytest.mark.parametrize("name", GOLDEN)
def test_values_and_gradients_are_those_of_pytorch(name, xp):
    case, (function, options) = GOLDEN[name], CASES[name]
    inputs = [xp.asarray(np.array(values)) for values in case["inputs"]]
    result = np.array(case["result"])
    grad = xp.asarray(np.arange(1.0, result.size + 1).reshape(result.shape))
    out, gradients = function(xp, *inputs, grad, **options)
    np.testing.assert_allclose(np.asarray(out), result, rtol=1e-12, atol=1e-13)
    for gradient, expected in zip(gradients, case["grads"], strict=True):
        if expected is None:
            assert gradient is None
        else:
            np.testing.assert_allclose(np.asarray(gradient), np.array(expected), rtol=1e-10, atol=1e-11)


def test_every_stored_case_is_tested():
    assert CASES.keys() == GOLDEN.keys()
