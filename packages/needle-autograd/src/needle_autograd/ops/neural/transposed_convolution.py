"""The transpose of a convolution, which enlarges images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ShapeError
from ..arguments import require_tensors
from ..shapes.padding import pad
from .convolution import ConvInputGrad, with_bias
from .windows import Pair, pair, pair_argument, require_images

if TYPE_CHECKING:
    from ...tensor import Tensor


def conv_transpose2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    groups: int = 1,
    dilation: Pair = 1,
) -> Tensor:
    """Enlarge images by the transpose of a convolution: each pixel adds its multiple of the kernel to the result.

    It is the gradient for the images of the `conv2d` with the same weights, stride, padding, dilation and groups.

    Args:
        x: the images, channels last, (N, H, W, C).
        weight: (KH, KW, O / groups, C): what the convolution takes that this is the transpose of.
        bias: (O,), or None.
        stride: steps between the places of neighbouring pixels; an int, or a pair for height and width, like the next.
        padding: rows and columns that are left off on every side.
        output_padding: rows and columns more at the bottom and on the right, less than the stride or the dilation: the
            convolution of so many sizes gives the size of x.
        groups: part i of the outputs' channels reads part i of the inputs'.
        dilation: steps between the elements of the kernel.

    Returns:
        (N, OH, OW, O) with OH = (H - 1) * stride - 2 * padding + dilation * (KH - 1) + 1 + output_padding.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: an argument is out of range.
    """
    name = "conv_transpose2d"
    require_tensors(name, x=x, weight=weight)
    require_images(name, "x", x.shape)
    if len(weight.shape) != 4 or weight.shape[3] != x.shape[3]:
        raise ShapeError(
            f"{name}: x has shape {x.shape} and weight {weight.shape}; expected x (N, H, W, C) and weight (KH, KW, "
            "output channels / groups, C); for weights (C, O / groups, KH, KW) write weight.permute(2, 3, 1, 0)"
        )
    arguments = [("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)]
    sliding = [pair(pair_argument(name, *argument)) for argument in arguments]
    extra = pair(pair_argument(name, "output_padding", output_padding, 0))
    size, blank = [], []
    for axis, (step, margin, gap) in enumerate(zip(*sliding, strict=True)):
        if extra[axis] >= max(step, gap):
            raise ValueError(
                f"{name}: output_padding is {output_padding}; expected less than the stride, {stride}, or less than "
                f"the dilation, {dilation}"
            )
        grown = (x.shape[axis + 1] - 1) * step - 2 * margin + gap * (weight.shape[axis] - 1) + 1 + extra[axis]
        if grown < 1:
            raise ShapeError(
                f"{name}: of images of shape {x.shape}, padding {margin} leaves {grown} rows or columns along axis "
                f"{axis + 1}; expected at least 1; use less padding"
            )
        size.append(grown)
        blank.append(extra[axis] // step)
    if any(blank):  # the convolution of the larger images has results that x does not have: those of its last rows
        x = pad(x, ((0, 0), (0, blank[0]), (0, blank[1]), (0, 0)))
    grown_images = ConvInputGrad((size[0], size[1]), stride, padding, dilation, groups)(x, weight)
    return with_bias(name, grown_images, bias)


def conv_transpose1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    groups: int = 1,
    dilation: int = 1,
) -> Tensor:
    """Lengthen sequences by the transpose of a convolution: `conv_transpose2d` of images one row high.

    Args:
        x: the sequences, channels last, (N, L, C).
        weight: (K, O / groups, C).
        bias: (O,), or None.
        stride: steps between the places of neighbours.
        padding: how many places are left off on both sides.
        output_padding: how many places there are more at the end, less than the stride or the dilation.
        groups: part i of the outputs' channels reads part i of the inputs'.
        dilation: steps between the elements of the kernel.

    Returns:
        (N, OL, O) with OL as in `conv_transpose2d`.

    Raises:
        ShapeError, ValueError: as `conv_transpose2d`.
    """
    if len(x.shape) != 3 or len(weight.shape) != 3:
        raise ShapeError(
            f"conv_transpose1d: x has shape {x.shape} and weight {weight.shape}; expected (sequences, length, "
            "channels) and (kernel size, output channels / groups, input channels)"
        )
    rows, kernel = x.expand_dims(1), weight.expand_dims(0)
    extra, gaps = (0, output_padding), (1, dilation)
    return conv_transpose2d(rows, kernel, bias, (1, stride), (0, padding), extra, groups, gaps).squeeze(1)
