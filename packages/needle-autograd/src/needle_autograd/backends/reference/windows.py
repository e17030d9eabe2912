"""Windows that slide over images: what convolution and pooling have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, TypeAlias

from ..selection import array_namespace

Array = Any
Pair: TypeAlias = int | Sequence[int]


def pair(value: Pair) -> tuple[int, int]:
    """An int for height and width both, or what a pair says."""
    if isinstance(value, int):
        return value, value
    height, width = value
    return height, width


def counts(size: Pair, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> tuple[int, int]:
    """How many windows there are along height and width."""
    sizes = zip(*map(pair, (size, kernel, stride, padding, dilation)), strict=True)
    height, width = ((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in sizes)
    return height, width


def padded(x: Array, padding: Pair, value: float) -> Array:
    """Images (N, H, W, C) with rows and columns of one value on every side."""
    xp = array_namespace(x)
    (top, left), (images, height, width, channels) = pair(padding), x.shape
    wide = xp.full((images, height + 2 * top, width + 2 * left, channels), value, dtype=x.dtype, device=x.device)
    wide[:, top : top + height, left : left + width, :] = x
    return wide


def taps(
    counts: tuple[int, int], kernel: Pair, stride: Pair, dilation: Pair
) -> Iterator[tuple[tuple[int, int], tuple[slice, slice]]]:
    """For each element of the kernel its place, and the rows and columns of padded images that it meets."""
    steps = pair(stride)

    def met(axis: int, tap: int) -> slice:
        first = tap * pair(dilation)[axis]
        return slice(first, first + (counts[axis] - 1) * steps[axis] + 1, steps[axis])

    for a, b in product(*map(range, pair(kernel))):
        yield (a, b), (met(0, a), met(1, b))
