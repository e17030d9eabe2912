"""Images of another size, channels last: pixels that are repeated, blended, or moved into channels and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import ShapeError
from ...numpy_on_demand import np
from ..arguments import integer_argument
from ..broadcasting import constant_like
from ..indexing.getting import take
from ..shapes.reshaping import permute, reshape
from .windows import Pair, pair, pair_argument, require_images

if TYPE_CHECKING:
    from ...tensor import Tensor


def interpolate(
    x: Tensor,
    size: Pair | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool = False,
) -> Tensor:
    """Make images of another size.

    Args:
        x: the images, channels last, (N, H, W, C).
        size: the new height and width; an int, or a pair.
        scale_factor: how many times as high and wide instead, rounded down; a number, or a pair.
        mode: "nearest" repeats pixels or leaves them out; "bilinear" blends the two nearest along each axis.
        align_corners: for "bilinear", whether the middles of the outermost pixels stay where they are, and not the
            edges of the images.

    Returns:
        (N, OH, OW, C).

    Raises:
        ShapeError: x has not four axes, or no pixels.
        ValueError: the mode is unknown, or not one of size and scale is given.
    """
    name = "interpolate"
    require_images(name, "x", x.shape)
    if mode not in ("nearest", "bilinear"):
        raise ValueError(f"{name}: mode is {mode!r}; expected 'nearest' or 'bilinear'")
    if (size is None) == (scale_factor is None):
        raise ValueError(f"{name}: size is {size} and scale_factor {scale_factor}; expected one of the two")
    if 0 in x.shape[1:3]:
        raise ShapeError(f"{name}: images of shape {x.shape} have no pixels along axes 1 and 2; expected at least one")
    scales: tuple[float | None, float | None] = (None, None)
    if scale_factor is not None:
        several = tuple(scale_factor) if isinstance(scale_factor, Sequence) else (scale_factor, scale_factor)
        scales = (several[0], several[1])
        size = (int(x.shape[1] * several[0]), int(x.shape[2] * several[1]))
    for axis, count in enumerate(pair(pair_argument(name, "size", size, 1)), start=1):  # type: ignore[arg-type]
        x = _resized(x, axis, count, scales[axis - 1], mode, align_corners)
    return x


def _resized(x: Tensor, axis: int, count: int, scale: float | None, mode: str, align_corners: bool) -> Tensor:
    """Return images with another number of rows, or of columns.

    Args:
        x: the images.
        axis: 1 or 2.
        count: how many there shall be.
        scale: how many times as many that was asked for, which tells the distance of their places; None for as many
            as there are.
        mode: as in `interpolate`.
        align_corners: as in `interpolate`.
    """
    old = x.shape[axis]
    if count == old and scale in (None, 1.0):
        return x
    step = old / count if scale is None else 1 / scale
    new = np.arange(count)
    if mode == "nearest":
        return take(x, constant_like(np.minimum((new * step).astype(np.int64), old - 1), x), axis)
    if align_corners:
        places = new * ((old - 1) / (count - 1) if count > 1 else 0.0)
    else:
        places = np.maximum((new + 0.5) * step - 0.5, 0.0)
    below = np.minimum(places.astype(np.int64), old - 1)
    above = np.minimum(below + 1, old - 1)
    part: Tensor = constant_like((places - below).reshape((-1, *(1,) * (3 - axis))), x).astype(x.dtype)
    low, high = (take(x, constant_like(numbers, x), axis) for numbers in (below, above))
    return low * (1 - part) + high * part


def pixel_shuffle(x: Tensor, upscale_factor: int) -> Tensor:
    """Make images higher and wider by a factor r out of r * r times as many channels.

    Args:
        x: the images, channels last, (N, H, W, C * r * r); channel (c * r + i) * r + j goes to row i and column j of
            each block, as in PyTorch.
        upscale_factor: r.

    Returns:
        (N, H * r, W * r, C).

    Raises:
        ShapeError: x has not four axes, or another number of channels.

    Source: Shi et al., "Real-Time Single Image and Video Super-Resolution", 2016, https://arxiv.org/abs/1609.05158.
    """
    name = "pixel_shuffle"
    require_images(name, "x", x.shape)
    r = integer_argument(name, "upscale_factor", upscale_factor)
    images, height, width, channels = x.shape
    if r < 1 or channels % (r * r):
        raise ShapeError(
            f"{name}: x has shape {x.shape} and upscale_factor is {r}; expected a number of channels that {r * r} "
            "divides"
        )
    blocks = reshape(x, (images, height, width, channels // (r * r), r, r))
    return reshape(permute(blocks, (0, 1, 4, 2, 5, 3)), (images, height * r, width * r, channels // (r * r)))


def pixel_unshuffle(x: Tensor, downscale_factor: int) -> Tensor:
    """Undo `pixel_shuffle`: make r * r times as many channels out of r times as many rows and columns.

    Args:
        x: the images, channels last, (N, H * r, W * r, C).
        downscale_factor: r.

    Returns:
        (N, H, W, C * r * r).

    Raises:
        ShapeError: x has not four axes, or height and width are no multiples of r.
    """
    name = "pixel_unshuffle"
    require_images(name, "x", x.shape)
    r = integer_argument(name, "downscale_factor", downscale_factor)
    images, height, width, channels = x.shape
    if r < 1 or height % r or width % r:
        raise ShapeError(
            f"{name}: x has shape {x.shape} and downscale_factor is {r}; expected height and width that {r} divides"
        )
    blocks = reshape(x, (images, height // r, r, width // r, r, channels))
    return reshape(permute(blocks, (0, 1, 3, 5, 2, 4)), (images, height // r, width // r, channels * r * r))
