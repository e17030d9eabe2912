"""Pooling of images, channels last: the largest element or the mean of each window, and their gradients."""

from __future__ import annotations

from typing import Any

from ..selection import array_namespace
from .indexing import index_add
from .windows import Pair, counts, padded, pair, taps

Array = Any


def max_pool2d(
    x: Array, kernel_size: Pair, *, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1
) -> tuple[Array, Array]:
    """Take the largest element of each window of (N, H, W, C), for each channel by itself.

    Args:
        x: (N, H, W, C).
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns on every side that hold no element.
        dilation: steps between the elements of one window.

    Returns:
        The elements, (N, OH, OW, C), and where they are: the int64 numbers h * W + w. Of equal elements the first
        counts, and a NaN is larger than all others.
    """
    xp = array_namespace(x)
    stride = kernel_size if stride is None else stride
    (top, left), (height, width) = pair(padding), x.shape[1:3]
    size = counts((height, width), kernel_size, stride, padding, dilation)
    shape = (x.shape[0], *size, x.shape[3])
    wide, steps, gaps = padded(x, padding, -float("inf")), pair(stride), pair(dilation)
    best = xp.full(shape, -float("inf"), dtype=x.dtype, device=x.device)
    where = xp.full(shape, -1, dtype=xp.int64, device=x.device)
    for (a, b), window in taps(size, kernel_size, stride, dilation):
        rows = xp.arange(size[0], dtype=xp.int64, device=x.device) * steps[0] + (a * gaps[0] - top)
        columns = xp.arange(size[1], dtype=xp.int64, device=x.device) * steps[1] + (b * gaps[1] - left)
        rows, columns = xp.reshape(rows, (-1, 1, 1)), xp.reshape(columns, (1, -1, 1))
        inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
        element = wide[:, window[0], window[1], :]
        larger = (element > best) | (xp.isnan(element) & ~xp.isnan(best)) | (where < 0)
        best = xp.where(inside & larger, element, best)
        where = xp.where(inside & larger, rows * width + columns, where)
    return best, where


def max_pool2d_grad(grad: Array, indices: Array, input_size: Pair) -> Array:
    """Return the gradient (N, H, W, C) of `max_pool2d`: each window's goes to the element that it took.

    Args:
        grad: (N, OH, OW, C).
        indices: (N, OH, OW, C), the second result of the forward call.
        input_size: (H, W) of the input.
    """
    xp = array_namespace(grad)
    (height, width), (images, channels) = pair(input_size), (grad.shape[0], grad.shape[3])
    image = xp.reshape(xp.arange(images, dtype=xp.int64, device=grad.device), (-1, 1, 1, 1))
    channel = xp.arange(channels, dtype=xp.int64, device=grad.device)
    places = (image * (height * width) + indices) * channels + channel
    out = xp.zeros(images * height * width * channels, dtype=grad.dtype, device=grad.device)
    index_add(out, xp.reshape(places, (-1,)), xp.reshape(grad, (-1,)))
    return xp.reshape(out, (images, height, width, channels))


def avg_pool2d(
    x: Array, kernel_size: Pair, *, stride: Pair | None = None, padding: Pair = 0, count_include_pad: bool = True
) -> Array:
    """Take the mean of each window of (N, H, W, C), for each channel by itself.

    Args:
        x: (N, H, W, C).
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns of zeros on every side.
        count_include_pad: whether the mean counts them.

    Returns:
        (N, OH, OW, C).
    """
    xp = array_namespace(x)
    stride = kernel_size if stride is None else stride
    size = counts(x.shape[1:3], kernel_size, stride, padding, 1)
    wide = padded(x, padding, 0)
    out = xp.zeros((x.shape[0], *size, x.shape[3]), dtype=x.dtype, device=x.device)
    for _, window in taps(size, kernel_size, stride, 1):
        out = out + wide[:, window[0], window[1], :]
    return out / counted(x, x.shape[1:3], kernel_size, stride, padding, count_include_pad)


def avg_pool2d_grad(
    grad: Array,
    input_size: Pair,
    kernel_size: Pair,
    *,
    stride: Pair | None = None,
    padding: Pair = 0,
    count_include_pad: bool = True,
) -> Array:
    """Return the gradient (N, H, W, C) of `avg_pool2d`: each window's is divided among its elements.

    Args:
        grad: (N, OH, OW, C).
        input_size: (H, W) of the input.
        kernel_size: as in the forward call, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns of zeros on every side.
        count_include_pad: whether the mean counts them.
    """
    xp = array_namespace(grad)
    stride = kernel_size if stride is None else stride
    (height, width), (top, left), size = pair(input_size), pair(padding), grad.shape[1:3]
    share = grad / counted(grad, (height, width), kernel_size, stride, padding, count_include_pad)
    out = xp.zeros(
        (grad.shape[0], height + 2 * top, width + 2 * left, grad.shape[3]), dtype=grad.dtype, device=grad.device
    )
    for _, window in taps(size, kernel_size, stride, 1):
        out[:, window[0], window[1], :] += share
    return out[:, top : top + height, left : left + width, :]


def counted(like: Array, input_size: Pair, kernel_size: Pair, stride: Pair, padding: Pair, include_pad: bool) -> Array:
    """How many elements the mean of each window counts, (OH, OW, 1)."""
    xp = array_namespace(like)
    size = counts(input_size, kernel_size, stride, padding, 1)
    if include_pad:
        return xp.full((*size, 1), pair(kernel_size)[0] * pair(kernel_size)[1], dtype=like.dtype, device=like.device)
    inside = padded(xp.ones((1, *pair(input_size), 1), dtype=like.dtype, device=like.device), padding, 0)
    count = xp.zeros((1, *size, 1), dtype=like.dtype, device=like.device)
    for _, window in taps(size, kernel_size, stride, 1):
        count = count + inside[:, window[0], window[1], :]
    return count[0, ...]
