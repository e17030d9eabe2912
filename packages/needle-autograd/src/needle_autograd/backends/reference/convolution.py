"""Convolution of images, channels last, and its gradients, one tap of the kernel at a time."""

from __future__ import annotations

from typing import Any

from ..selection import array_namespace
from .windows import Pair, counts, padded, pair, taps

Array = Any


def conv2d(
    x: Array, weight: Array, *, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1, groups: int = 1
) -> Array:
    """Slide a kernel over images: each tap of it is a matrix product of the channels, and the products add up.

    Args:
        x: (N, H, W, C).
        weight: (KH, KW, C / groups, O).
        stride: steps between windows; an int, or a pair for height and width, like the next two.
        padding: rows and columns of zeros on every side.
        dilation: steps between the elements of one window.
        groups: part i of the outputs' channels reads part i of the inputs'.

    Returns:
        (N, OH, OW, O).
    """
    xp = array_namespace(x)
    kernel = weight.shape[:2]
    size = counts(x.shape[1:3], kernel, stride, padding, dilation)
    wide = padded(x, padding, 0)
    out = xp.zeros((x.shape[0], *size, groups, weight.shape[3] // groups), dtype=x.dtype, device=x.device)
    for (a, b), window in taps(size, kernel, stride, dilation):
        pixels = xp.reshape(wide[:, window[0], window[1], :], (x.shape[0], *size, groups, 1, weight.shape[2]))
        out = out + xp.matmul(pixels, by_group(weight[a, b, ...], groups))[..., 0, :]
    return xp.reshape(out, (x.shape[0], *size, weight.shape[3]))


def conv2d_input_grad(
    grad: Array,
    weight: Array,
    input_size: Pair,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Array:
    """Return the gradient (N, H, W, C) of `conv2d` for x, of which `input_size` is (H, W).

    Each tap hands the gradient of its window's result, times the transposed weight, back to the pixels that it read.
    """
    xp = array_namespace(grad)
    height, width = pair(input_size)
    (top, left), size, kernel = pair(padding), grad.shape[1:3], weight.shape[:2]
    out = xp.zeros(
        (grad.shape[0], height + 2 * top, width + 2 * left, weight.shape[2] * groups),
        dtype=xp.result_type(grad.dtype, weight.dtype),
        device=grad.device,
    )
    pixels = xp.reshape(grad, (*grad.shape[:3], groups, 1, weight.shape[3] // groups))
    for (a, b), window in taps(size, kernel, stride, dilation):
        back = xp.matmul(pixels, xp.matrix_transpose(by_group(weight[a, b, ...], groups)))
        out[:, window[0], window[1], :] += xp.reshape(back, (*grad.shape[:3], out.shape[3]))
    return out[:, top : top + height, left : left + width, :]


def conv2d_weight_grad(
    grad: Array,
    x: Array,
    kernel_size: Pair,
    *,
    stride: Pair = 1,
    padding: Pair = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Array:
    """Return the gradient (KH, KW, C / groups, O) of `conv2d` for the weight, of which `kernel_size` is (KH, KW).

    Each tap's is a matrix product over all windows: of the pixels that it reads, transposed, and the results' gradient.
    """
    xp = array_namespace(x)
    kernel = pair(kernel_size)
    size, wide = grad.shape[1:3], padded(x, padding, 0)
    channels, outs = x.shape[3] // groups, grad.shape[3] // groups
    windows = x.shape[0] * size[0] * size[1]
    results = xp.permute_dims(xp.reshape(grad, (windows, groups, outs)), (1, 0, 2))
    dtype = xp.result_type(grad.dtype, x.dtype)
    out = xp.zeros((*kernel, channels, grad.shape[3]), dtype=dtype, device=grad.device)
    for (a, b), window in taps(size, kernel, stride, dilation):
        pixels = xp.reshape(wide[:, window[0], window[1], :], (windows, groups, channels))
        product = xp.matmul(xp.permute_dims(pixels, (1, 2, 0)), results)  # (groups, channels, outs)
        out[a, b, ...] = xp.reshape(xp.permute_dims(product, (1, 0, 2)), (channels, groups * outs))
    return out


def by_group(weight: Array, groups: int) -> Array:
    """The matrices (groups, C / groups, O / groups) of one tap's weight (C / groups, O)."""
    xp = array_namespace(weight)
    return xp.permute_dims(xp.reshape(weight, (weight.shape[0], groups, weight.shape[1] // groups)), (1, 0, 2))
