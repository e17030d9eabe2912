"""Pooling into as many windows as the result shall have, whatever the size of the images, channels last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ShapeError
from ...numpy_on_demand import np
from ..broadcasting import constant_like
from ..indexing.getting import take
from .average_pooling import AvgPool2d
from .max_pooling import MaxPool2d
from .windows import Pair, pair, pair_argument, require_images

if TYPE_CHECKING:
    from ...tensor import Tensor


def adaptive_avg_pool2d(x: Tensor, output_size: Pair) -> Tensor:
    """Take the means of as many windows as the result shall have, which cover the images; 1 is the mean of all pixels.

    Window i of n along an axis of size s holds the elements from floor(i * s / n) to ceil((i + 1) * s / n) - 1.

    Args:
        x: the images, channels last, (N, H, W, C).
        output_size: the number of windows; an int, or a pair for height and width.

    Returns:
        (N, OH, OW, C).

    Raises:
        ShapeError: x has not four axes, or no pixels.
        ValueError: the output size is no positive number.
    """
    images, height, width, channels = x.shape
    rows, columns = _counts("adaptive_avg_pool2d", x, output_size)
    if (rows, columns) == (1, 1):
        return x.mean((1, 2), keepdims=True)
    if height % rows == width % columns == 0:
        return AvgPool2d((height // rows, width // columns))(x)
    across = shares(width, columns, x) @ x
    down = shares(height, rows, x) @ across.reshape((images, height, columns * channels))
    return down.reshape((images, rows, columns, channels))


def adaptive_max_pool2d(x: Tensor, output_size: Pair) -> Tensor:
    """Take the largest elements of as many windows as the result shall have, which cover the images.

    The windows are those of `adaptive_avg_pool2d`; of equal elements the first gets the gradient.

    Args:
        x: the images, channels last, (N, H, W, C).
        output_size: the number of windows; an int, or a pair for height and width.

    Returns:
        (N, OH, OW, C).

    Raises:
        ShapeError: x has not four axes, or no pixels.
        ValueError: the output size is no positive number.
    """
    counts = _counts("adaptive_max_pool2d", x, output_size)
    window = []
    for axis, count in zip((1, 2), counts, strict=True):
        size = x.shape[axis]
        parts = bounds(size, count)
        longest = max(last - first for first, last in parts)
        if longest * count != size:  # windows overlap or differ in length: the shorter repeat their last element
            places = [min(first + step, last - 1) for first, last in parts for step in range(longest)]
            x = take(x, constant_like(np.array(places), x), axis)
        window.append(longest)
    return MaxPool2d((window[0], window[1]))(x)


def _counts(name: str, x: Tensor, output_size: Pair) -> tuple[int, int]:
    """Return how many windows there shall be along height and width, after a look at the images."""
    require_images(name, "x", x.shape)
    if 0 in x.shape[1:3]:
        raise ShapeError(f"{name}: images of shape {x.shape} have no pixels along axes 1 and 2; expected at least one")
    return pair(pair_argument(name, "output_size", output_size, 1))


def bounds(size: int, count: int) -> list[tuple[int, int]]:
    """Return where each window begins along an axis, and where it ends."""
    return [(window * size // count, -(-(window + 1) * size // count)) for window in range(count)]


def shares(size: int, count: int, like: Tensor) -> Tensor:
    """Return the matrix (count, size) by which the means of windows are products, of the dtype of a tensor."""
    matrix = np.zeros((count, size))
    for window, (first, last) in enumerate(bounds(size, count)):
        matrix[window, first:last] = 1 / (last - first)
    constant: Tensor = constant_like(matrix, like)
    return constant.astype(like.dtype)
