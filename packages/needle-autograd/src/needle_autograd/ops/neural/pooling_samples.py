"""Samples that the operations of pooling have in common, and what NumPy says of their windows."""

from __future__ import annotations

from typing import Any

from ...numpy_on_demand import np
from ..broadcasting import Shape
from .windows import Pair, pair

CASES: dict[str, tuple[Shape, dict[str, Any]]] = {
    "2 x 2": ((2, 4, 4, 3), {"kernel_size": 2}),
    "overlapping": ((1, 5, 4, 2), {"kernel_size": 3, "stride": 1, "padding": 1}),
    "rows left over": ((1, 6, 5, 1), {"kernel_size": (2, 3), "stride": (3, 2), "padding": (0, 1)}),
    "one element": ((1, 1, 1, 1), {"kernel_size": 1}),
    "no image": ((0, 2, 2, 1), {"kernel_size": 2}),
}
"""Shapes of images with arguments, for samples."""


def windows(
    a: Any,
    outside: float,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
) -> Any:
    """Return the windows (N, OH, OW, C, KH, KW) of images in NumPy, for samples; `outside` fills the padding."""
    (down, right), (top, left) = pair(kernel_size if stride is None else stride), pair(padding)
    gaps = pair(dilation)
    reach = tuple(gap * (size - 1) + 1 for gap, size in zip(gaps, pair(kernel_size), strict=True))
    wide = np.pad(a, ((0, 0), (top, top), (left, left), (0, 0)), constant_values=outside)
    views = np.lib.stride_tricks.sliding_window_view(wide, reach, axis=(1, 2))
    return views[:, ::down, ::right, :, :: gaps[0], :: gaps[1]]


def distinct(shape: Shape) -> Any:
    """Return numbers of which no two are near each other, in no order, for samples."""
    size = int(np.prod(shape))
    return np.random.default_rng(size).permutation(size).reshape(shape) / 4.0
