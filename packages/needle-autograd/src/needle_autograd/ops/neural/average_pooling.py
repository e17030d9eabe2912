"""Average pooling of images, channels last: the mean of each window."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...backends import kernels
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..broadcasting import Shape, constant_like, is_floating
from ..shapes.padding import pad
from .pooling_samples import CASES, windows
from .windows import Pair, ceiling_rest, pair, pair_argument, pooled_counts, require_images, require_sequences

if TYPE_CHECKING:
    from ...tensor import Tensor


class AvgPool2d(TensorOp):
    """The mean of each window of images, for each channel by itself.

    Args:
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns of zeros on every side.
        count_include_pad: whether the mean counts them.
    """

    name = "avg_pool2d"
    formula = "mean(a[n, i * stride + k - padding, j * stride + l - padding, c] over k, l)"
    gradient_formula = "da = zeros, to which dc / count is added at each element of the window"
    needs = ()

    def __init__(
        self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, count_include_pad: bool = True
    ) -> None:
        self.kernel_size = pair_argument(self.name, "kernel_size", kernel_size, 1)
        self.stride = self.kernel_size if stride is None else pair_argument(self.name, "stride", stride, 1)
        self.padding = pair_argument(self.name, "padding", padding, 0)
        self.count_include_pad = count_include_pad

    def compute(self, a: Array) -> Array:
        """Take the means."""
        self.result_shape(a.shape)
        return kernels(a).avg_pool2d(
            a,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            count_include_pad=self.count_include_pad,
        )

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Divide it among the elements of each window."""
        size = node.inputs[0].shape[1:3]
        return AvgPool2dGrad(size, self.kernel_size, self.stride, self.padding, self.count_include_pad)(out_grad)

    def result_shape(self, a: Shape) -> Shape:
        """Return the shape (N, OH, OW, C) of the result.

        Raises:
            ShapeError: the windows do not fit into the images, or one lies in the padding altogether.
        """
        require_images(self.name, "x", a)
        return (a[0], *pooled_counts(self.name, a, self.kernel_size, self.stride, self.padding, 1), a[3])

    def infer(self, a: Spec) -> Spec | None:
        """The windows fit into the images."""
        shape = self.result_shape(a.shape)
        return Spec(shape, a.dtype, a.device) if is_floating(a.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """Windows beside each other, overlapping, apart; padding that does not count; nothing."""
        return [
            Sample(inputs=[shape], kwargs=arguments, reference=averaged, label=label)
            for label, (shape, arguments) in AVERAGES.items()
        ]


class AvgPool2dGrad(TensorOp):
    """The gradient of `AvgPool2d`: each window's is divided among its elements.

    Args:
        input_size: (H, W) of the images.
        kernel_size: as in the forward operation, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns of zeros on every side.
        count_include_pad: whether the mean counts them.
    """

    name = "avg_pool2d_grad"
    formula = "zeros, to which dc / count is added at each element of the window"
    gradient_formula = "ddc = the mean of each window of what arrives"
    needs = ()

    def __init__(
        self,
        input_size: Pair,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        count_include_pad: bool = True,
    ) -> None:
        self.input_size = pair(input_size)
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.count_include_pad = count_include_pad

    def compute(self, out_grad: Array) -> Array:
        """Divide the gradients."""
        return kernels(out_grad).avg_pool2d_grad(
            out_grad,
            self.input_size,
            self.kernel_size,
            stride=self.stride,
            padding=self.padding,
            count_include_pad=self.count_include_pad,
        )

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Take means again."""
        return AvgPool2d(self.kernel_size, self.stride, self.padding, self.count_include_pad)(out_grad)

    def infer(self, out_grad: Spec) -> Spec:
        """The size of the images was given."""
        shape = (out_grad.shape[0], *self.input_size, out_grad.shape[3])
        return Spec(shape, out_grad.dtype, out_grad.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Those of the means."""

        def reference(grad: Any, input_size: Any, **arguments: Any) -> Any:
            shape = (grad.shape[0], *input_size, grad.shape[3])
            size = int(np.prod(shape))
            basis = np.eye(size, dtype=grad.dtype).reshape(size, *shape)
            return np.array([(averaged(x, **arguments) * grad).sum() for x in basis], grad.dtype).reshape(shape)

        return [
            Sample(
                inputs=[averaged(np.zeros(shape), **arguments).shape],
                kwargs={"input_size": shape[1:3], **arguments},
                reference=reference,
                label=label,
            )
            for label, (shape, arguments) in AVERAGES.items()
        ]


AVERAGES: dict[str, tuple[Shape, dict[str, Any]]] = {
    **CASES,
    "padding not counted": ((1, 3, 4, 2), {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
}
"""Shapes of images with arguments, for samples of means."""


def averaged(a: Any, count_include_pad: bool = True, **arguments: Any) -> Any:
    """Return the means of windows in NumPy, for samples."""
    counted = np.full(a.shape, 1.0)
    counts = windows(counted, 1.0 if count_include_pad else 0.0, **arguments).sum((-2, -1))
    return windows(a, 0.0, **arguments).sum((-2, -1)) / counts


def avg_pool2d(
    x: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    *,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Take the mean of each window of images, for each channel by itself.

    Args:
        x: the images, channels last, (N, H, W, C).
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns of zeros on every side.
        ceil_mode: whether windows may reach beyond the padding at the bottom and on the right, if they begin before
            it, so that no row and column is left over; nothing beyond the padding is counted.
        count_include_pad: whether the mean counts the zeros of the padding.
        divisor_override: what the sums are divided by instead of the number of elements.

    Returns:
        (N, OH, OW, C) with OH = (H + 2 * padding - KH) // stride + 1, or one more with `ceil_mode`.

    Raises:
        ShapeError: the windows do not fit; the text names the axis and the sizes.
        ValueError: an argument is out of range.
    """
    name = "avg_pool2d"
    op = AvgPool2d(kernel_size, stride, padding, count_include_pad)
    require_images(name, "x", x.shape)
    if divisor_override == 0:
        raise ValueError(f"{name}: divisor_override is 0; expected another number")
    rest = ceiling_rest(x.shape, op.kernel_size, op.stride, op.padding, 1) if ceil_mode else (0, 0)
    if rest == (0, 0) and divisor_override is None:
        return op(x)
    wide = pad(x, ((0, 0), (0, rest[0]), (0, rest[1]), (0, 0))) if any(rest) else x
    means = AvgPool2d(op.kernel_size, op.stride, op.padding)(wide)
    size = math.prod(pair(op.kernel_size))
    if divisor_override is not None:
        return means * (size / divisor_override)
    rows, columns = (_counted(op, axis, x.shape[axis], means.shape[axis]) for axis in (1, 2))
    scale: Tensor = constant_like(size / np.multiply.outer(rows, columns)[..., None], means)
    return means * scale.astype(means.dtype)


def _counted(op: AvgPool2d, axis: int, size: int, count: int) -> Any:
    """Return how many rows, or columns, of each window in an axis the mean counts."""
    elements, step, margin = (pair(argument)[axis - 1] for argument in (op.kernel_size, op.stride, op.padding))
    starts = np.arange(count) * step - margin
    low, high = (-margin, size + margin) if op.count_include_pad else (0, size)
    return np.minimum(starts + elements, high) - np.maximum(starts, low)


def avg_pool1d(
    x: Tensor,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    *,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Take the mean of each window of sequences: `avg_pool2d` of images one row high.

    Args:
        x: the sequences, channels last, (N, L, C).
        kernel_size: the size of a window.
        stride: steps between windows; the kernel's size where it is None.
        padding: zeros on both sides.
        ceil_mode: whether a window may reach beyond the padding at the end.
        count_include_pad: whether the mean counts the zeros of the padding.

    Returns:
        (N, OL, C) with OL as in `avg_pool2d`.

    Raises:
        ShapeError, ValueError: as `avg_pool2d`.
    """
    require_sequences("avg_pool1d", x.shape)
    steps = None if stride is None else (1, stride)
    options = {"ceil_mode": ceil_mode, "count_include_pad": count_include_pad}
    return avg_pool2d(x.expand_dims(1), (1, kernel_size), steps, (0, padding), **options).squeeze(1)
