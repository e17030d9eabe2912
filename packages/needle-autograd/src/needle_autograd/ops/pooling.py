"""Pooling of images, channels last: the largest element or the mean of each window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..backends import array_namespace, kernels
from ..errors import ShapeError
from ..numpy_on_demand import np
from ..op import Array, Sample, Spec, TensorOp
from ..value import Value
from .broadcasting import Shape, constant_like, same_device
from .indexing import Take
from .windows import Pair, pair, pair_argument, pooled_counts, require_images

if TYPE_CHECKING:
    from ..tensor import Tensor

CASES: dict[str, tuple[Shape, dict[str, Any]]] = {
    "2 x 2": ((2, 4, 4, 3), {"kernel_size": 2}),
    "overlapping": ((1, 5, 4, 2), {"kernel_size": 3, "stride": 1, "padding": 1}),
    "rows left over": ((1, 6, 5, 1), {"kernel_size": (2, 3), "stride": (3, 2), "padding": (0, 1)}),
    "one element": ((1, 1, 1, 1), {"kernel_size": 1}),
    "no image": ((0, 2, 2, 1), {"kernel_size": 2}),
}
"""Shapes of images with arguments, for samples."""


class MaxPool2d(TensorOp):
    """The largest element of each window of images, for each channel by itself.

    Args:
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns on every side that hold no element.
        dilation: steps between the elements of one window.
    """

    name = "max_pool2d"
    formula = "max(a[n, i * stride + k * dilation - padding, j * stride + ..., c] over k, l)"
    gradient_formula = "da = zeros, to which dc is added at the largest element of each window, the first of equals"
    needs = (0,)

    def __init__(self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1) -> None:
        self.kernel_size = pair_argument(self.name, "kernel_size", kernel_size, 1)
        self.stride = self.kernel_size if stride is None else pair_argument(self.name, "stride", stride, 1)
        self.padding = pair_argument(self.name, "padding", padding, 0)
        self.dilation = pair_argument(self.name, "dilation", dilation, 1)

    def compute(self, a: Array) -> Array:
        """Take the largest elements."""
        return self.compute_saving(a)[0]

    def compute_saving(self, a: Array) -> tuple[Array, Array]:
        """Keep where they are."""
        self.result_shape(a.shape)
        out, indices = kernels(a).max_pool2d(
            a, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation
        )
        return out, indices

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Hand it to the elements that were taken."""
        indices = Value.tensor_type.make_const(node.saved)
        return MaxPool2dGrad(node.inputs[0].shape[1:3])(out_grad, indices)

    def result_shape(self, a: Shape) -> Shape:
        """Return the shape (N, OH, OW, C) of the result.

        Raises:
            ShapeError: the windows do not fit into the images, or one lies in the padding altogether.
        """
        require_images(self.name, "x", a)
        counts = pooled_counts(self.name, a, self.kernel_size, self.stride, self.padding, self.dilation)
        return (a[0], *counts, a[3])

    def infer(self, a: Spec) -> Spec:
        """The windows fit into the images."""
        return Spec(self.result_shape(a.shape), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Windows beside each other, overlapping, apart, dilated; equal elements; nothing."""

        def reference(a: Any, **arguments: Any) -> Any:
            return windows(a, -np.inf, **arguments).max((-2, -1))

        dilated = ((1, 5, 6, 2), {"kernel_size": 2, "stride": 1, "dilation": (3, 2), "padding": 1})
        cases = {**CASES, "dilated": dilated}
        return [
            *[
                Sample(inputs=[distinct(shape)], kwargs=arguments, reference=reference, exact=True, label=label)
                for label, (shape, arguments) in cases.items()
            ],
            Sample(
                inputs=[np.ones((1, 4, 4, 1))],
                kwargs={"kernel_size": 2},
                reference=reference,
                exact=True,
                order=0,
                label="equal elements",
            ),
        ]


class MaxPool2dGrad(TensorOp):
    """The gradient of `MaxPool2d`: each window's goes to the element that it took.

    Args:
        input_size: (H, W) of the images.
    """

    name = "max_pool2d_grad"
    formula = "zeros, to which dc[n, i, j, c] is added at [n, index // W, index % W, c], index = indices[n, i, j, c]"
    gradient_formula = "ddc = the elements of what arrives at the same places"
    needs = (1,)

    def __init__(self, input_size: Pair) -> None:
        self.input_size = pair(input_size)

    def compute(self, out_grad: Array, indices: Array) -> Array:
        """Add the gradients at their places."""
        return kernels(out_grad).max_pool2d_grad(out_grad, indices, self.input_size)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, None]:
        """Read from the same places."""
        places = flat_places(node.inputs[1].realize_cached_data(), out_grad.shape)
        return Take(0)(out_grad.reshape((-1,)), constant_like(places, out_grad)), None

    def infer(self, out_grad: Spec, indices: Spec) -> Spec:
        """The size of the images was given."""
        shape = (out_grad.shape[0], *self.input_size, out_grad.shape[3])
        return Spec(shape, out_grad.dtype, same_device(self.name, out_grad, indices))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Places of their own, one place for several windows, several images, none."""

        def reference(grad: Any, indices: Any, input_size: Any) -> Any:
            out = np.zeros((grad.shape[0], *input_size, grad.shape[3]), grad.dtype)
            for n, i, j, c in np.ndindex(grad.shape):
                out[n, *divmod(indices[n, i, j, c], input_size[1]), c] += grad[n, i, j, c]
            return out

        places = np.array([[0, 5], [4, 4]], np.int64).reshape(1, 2, 2, 1)
        channels = np.concatenate([places, places[:, ::-1] - 4 * (places[:, ::-1] > 4)], 3)
        cases = [channels, np.concatenate([channels, 5 - channels, channels]), places[:0]]
        return [Sample(inputs=[case.shape, case], kwargs={"input_size": (2, 3)}, reference=reference) for case in cases]


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

    def infer(self, a: Spec) -> Spec:
        """The windows fit into the images."""
        return Spec(self.result_shape(a.shape), a.dtype, a.device)

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


def averaged(a: Any, count_include_pad: bool = True, **arguments: Any) -> Any:
    """Return the means of windows in NumPy, for samples."""
    counted = np.full(a.shape, 1.0)
    counts = windows(counted, 1.0 if count_include_pad else 0.0, **arguments).sum((-2, -1))
    return windows(a, 0.0, **arguments).sum((-2, -1)) / counts


def distinct(shape: Shape) -> Any:
    """Return numbers of which no two are near each other, in no order, for samples."""
    size = int(np.prod(shape))
    return np.random.default_rng(size).permutation(size).reshape(shape) / 4.0


def flat_places(indices: Array, shape: Shape) -> Array:
    """Return where the elements that a max pooling took lie in the flattened images.

    Args:
        indices: the numbers h * W + w, (N, OH, OW, C).
        shape: that of the images, (N, H, W, C).
    """
    xp = array_namespace(indices)
    images, height, width, channels = shape
    image = xp.reshape(xp.arange(images, dtype=xp.int64, device=indices.device), (-1, 1, 1, 1))
    channel = xp.arange(channels, dtype=xp.int64, device=indices.device)
    return (image * (height * width) + indices) * channels + channel


def max_pool2d(
    x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1
) -> Tensor:
    """Take the largest element of each window of images, for each channel by itself.

    Args:
        x: the images, channels last, (N, H, W, C).
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns on every side over which windows may reach, and which hold no element.
        dilation: steps between the elements of one window.

    Returns:
        (N, OH, OW, C) with OH = (H + 2 * padding - dilation * (KH - 1) - 1) // stride + 1. A NaN is larger than all
        others; of equal elements the first gets the gradient.

    Raises:
        ShapeError: the windows do not fit; the text names the axis and the sizes.
        ValueError: an argument is out of range.
    """
    return MaxPool2d(kernel_size, stride, padding, dilation)(x)


def avg_pool2d(
    x: Tensor, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, count_include_pad: bool = True
) -> Tensor:
    """Take the mean of each window of images, for each channel by itself.

    Args:
        x: the images, channels last, (N, H, W, C).
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns of zeros on every side.
        count_include_pad: whether the mean counts these zeros.

    Returns:
        (N, OH, OW, C) with OH = (H + 2 * padding - KH) // stride + 1.

    Raises:
        ShapeError: the windows do not fit; the text names the axis and the sizes.
        ValueError: an argument is out of range.
    """
    return AvgPool2d(kernel_size, stride, padding, count_include_pad)(x)


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
    name = "adaptive_avg_pool2d"
    require_images(name, "x", x.shape)
    images, height, width, channels = x.shape
    rows, columns = pair(pair_argument(name, "output_size", output_size, 1))
    if 0 in (height, width):
        raise ShapeError(f"{name}: images of shape {x.shape} have no pixels along axes 1 and 2; expected at least one")
    if (rows, columns) == (1, 1):
        return x.mean((1, 2), keepdims=True)
    if height % rows == width % columns == 0:
        return AvgPool2d((height // rows, width // columns))(x)
    across = shares(width, columns, x) @ x
    down = shares(height, rows, x) @ across.reshape((images, height, columns * channels))
    return down.reshape((images, rows, columns, channels))


def shares(size: int, count: int, like: Tensor) -> Tensor:
    """Return the matrix (count, size) by which the means of windows are products, of the dtype of a tensor."""
    matrix = np.zeros((count, size))
    for window in range(count):
        first, last = window * size // count, -(-(window + 1) * size // count)
        matrix[window, first:last] = 1 / (last - first)
    constant: Tensor = constant_like(matrix, like)
    return constant.astype(like.dtype)
