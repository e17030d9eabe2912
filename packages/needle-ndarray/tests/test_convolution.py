"""Convolution against NumPy, for what a sanitizer should see: strides below zero, and parts of different reach."""

import needle_ndarray as nd
import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view


def correlated(x, weight, stride, padding):
    """The convolution (N, OH, OW, O) of x (N, H, W, C) with weight (KH, KW, C, O)."""
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    windows = sliding_window_view(wide, weight.shape[:2], axis=(1, 2))[:, ::stride, ::stride]
    return np.einsum("nijcab,abco->nijo", windows, weight)


@pytest.mark.parametrize("padding", [0, 1])
def test_reversed_images_are_read(padding):
    rng = np.random.default_rng(0)
    x, weight = rng.normal(size=(2, 6, 9, 5)), rng.normal(size=(3, 3, 5, 20))
    view = nd.asarray(x[::-1, ::-1, ::-1, ::-1].copy())[::-1, ::-1, ::-1, ::-1]
    out = nd.conv2d(view, nd.asarray(weight), padding=padding)
    np.testing.assert_allclose(out.numpy(), correlated(x, weight, 1, padding), rtol=1e-10, atol=1e-12)


def test_a_convolution_and_its_gradient_for_the_input_are_adjoint():
    # Of the inputs that have the stride as period, the first meet results only, and the last also padding.
    rng = np.random.default_rng(1)
    x, weight = rng.normal(size=(2, 48, 48, 4)), rng.normal(size=(3, 3, 4, 40))
    grad = rng.normal(size=(2, 16, 16, 40))
    back = nd.kernels.conv2d_input_grad(nd.asarray(grad), nd.asarray(weight), (48, 48), stride=3, padding=1)
    np.testing.assert_allclose(np.sum(back.numpy() * x), np.sum(grad * correlated(x, weight, 3, 1)), rtol=1e-9)
