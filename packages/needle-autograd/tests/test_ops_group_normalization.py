"""Normalization by groups, by channel, by root mean square, and by given statistics."""

import re

import numpy as np
import pytest
from needle_autograd import ShapeError, Tensor, ops
from needle_autograd.testing import check_gradient

pytestmark = pytest.mark.usefixtures("backend")


def drawn(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(1.0, 2.0, size=shape))


def zeros(*shape):
    return Tensor(np.zeros(shape, "float32"))


def test_gradients_equal_finite_differences():
    weight, bias = drawn(4, seed=1), drawn(4, seed=2)
    check_gradient(lambda *operands: ops.group_norm(operands[0], 2, *operands[1:]), drawn(2, 3, 4), weight, bias)
    check_gradient(ops.instance_norm, drawn(2, 3, 2, 4), weight, bias)
    check_gradient(ops.rms_norm, drawn(2, 4), weight)


def test_every_group_has_mean_0_and_variance_1():
    out = ops.group_norm(drawn(2, 50, 6), 3, eps=0.0).numpy().reshape(2, 50, 3, 2)
    np.testing.assert_allclose(out.mean((1, 3)), np.zeros((2, 3)), atol=1e-13)
    np.testing.assert_allclose(out.var((1, 3)), np.ones((2, 3)))
    out = ops.instance_norm(drawn(2, 5, 5, 3), eps=0.0).numpy()
    np.testing.assert_allclose(out.var((1, 2)), np.ones((2, 3)))


def test_one_group_of_all_channels_without_pixels_is_layer_normalization():
    x, weight, bias = drawn(3, 4), drawn(4, seed=1), drawn(4, seed=2)
    expected = ops.layer_norm(x, weight, bias).numpy()
    np.testing.assert_allclose(ops.group_norm(x, 1, weight, bias).numpy(), expected, rtol=1e-13)


def test_batches_without_elements_stay_empty():
    for x in (zeros(0, 3, 4), zeros(2, 0, 4)):
        out = ops.group_norm(x, 2, zeros(4), zeros(4))
        assert out.shape == x.shape
        out.sum().backward()
        assert x.grad.shape == x.shape


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: ops.group_norm(zeros(2, 3, 4), 3),
            "group_norm: x of shape (2, 3, 4) has 4 channels along axis -1, which are not divisible by num_groups=3",
        ),
        (lambda: ops.group_norm(zeros(3), 1), "group_norm: x has shape (3,); expected (N, ..., C)"),
        (
            lambda: ops.group_norm(zeros(2, 3, 4), 2, zeros(3)),
            "group_norm: x has shape (2, 3, 4) and weight (3,); expected weight of shape (4,)",
        ),
        (
            lambda: ops.instance_norm(zeros(2, 3)),
            "instance_norm: x has shape (2, 3); expected (N, ..., C) with an axis",
        ),
        (
            lambda: ops.rms_norm(zeros(2, 3), zeros(1)),
            "rms_norm: x has shape (2, 3) and weight (1,); expected weight of",
        ),
        (lambda: ops.rms_norm(zeros()), "rms_norm: x has no axes"),
        (
            lambda: ops.batch_norm_inference(zeros(2, 3), zeros(3), zeros(3), zeros(3), zeros(2)),
            "batch_norm_inference: x has shape (2, 3) and var (2,); expected var of shape (3,)",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused(call, text):
    with pytest.raises(ShapeError, match=re.escape(text)):
        call()
    with pytest.raises(ValueError, match="group_norm: num_groups is 0; expected at least 1"):
        ops.group_norm(zeros(2, 3, 4), 0)
