"""Max pooling of images, channels last: the largest element of each window."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, overload

from ...backends import array_namespace, kernels
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Op, Sample, Spec, TensorOp, TensorTupleOp
from ...value import Value
from ..broadcasting import Shape, constant_like, integer_like, is_floating, same_device
from ..indexing.assignment import index_put
from ..indexing.getting import Take
from ..shapes.padding import pad
from .pooling_samples import CASES, distinct, windows
from .windows import (
    Pair,
    ceiling_rest,
    pair,
    pair_argument,
    pooled_counts,
    require_images,
    require_sequences,
)

if TYPE_CHECKING:
    from ...tensor import Tensor, TensorTuple


class MaxWindows(Op):
    """What max pooling with and without positions have in common.

    Args:
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns on every side that hold no element.
        dilation: steps between the elements of one window.
    """

    gradient_formula = "da = zeros, to which dc is added at the largest element of each window, the first of equals"

    def __init__(self, kernel_size: Pair, stride: Pair | None = None, padding: Pair = 0, dilation: Pair = 1) -> None:
        self.kernel_size = pair_argument(self.name, "kernel_size", kernel_size, 1)
        self.stride = self.kernel_size if stride is None else pair_argument(self.name, "stride", stride, 1)
        self.padding = pair_argument(self.name, "padding", padding, 0)
        self.dilation = pair_argument(self.name, "dilation", dilation, 1)

    def pooled(self, a: Array) -> tuple[Array, Array]:
        """Take the largest elements, and tell where they are."""
        self.result_shape(a.shape)
        found: tuple[Array, Array] = kernels(a).max_pool2d(
            a, self.kernel_size, stride=self.stride, padding=self.padding, dilation=self.dilation
        )
        return found

    def result_shape(self, a: Shape) -> Shape:
        """Return the shape (N, OH, OW, C) of the result.

        Raises:
            ShapeError: the windows do not fit into the images, or one lies in the padding altogether.
        """
        require_images(self.name, "x", a)
        counts = pooled_counts(self.name, a, self.kernel_size, self.stride, self.padding, self.dilation)
        return (a[0], *counts, a[3])


class MaxPool2d(MaxWindows, TensorOp):
    """The largest element of each window of images, for each channel by itself.

    Args:
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns on every side that hold no element.
        dilation: steps between the elements of one window.
    """

    name = "max_pool2d"
    formula = "max(a[n, i * stride + k * dilation - padding, j * stride + ..., c] over k, l)"
    needs = (0,)

    def compute(self, a: Array) -> Array:
        """Take the largest elements."""
        return self.pooled(a)[0]

    def compute_saving(self, a: Array) -> tuple[Array, Array]:
        """Keep where they are."""
        return self.pooled(a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Hand it to the elements that were taken."""
        indices = Value.tensor_type.make_const(node.saved)
        return MaxPool2dGrad(node.inputs[0].shape[1:3])(out_grad, indices)

    def infer(self, a: Spec) -> Spec | None:
        """The windows fit into the images."""
        shape = self.result_shape(a.shape)
        return Spec(shape, a.dtype, a.device) if is_floating(a.dtype) else None

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


class MaxPool2dWithIndices(MaxWindows, TensorTupleOp):
    """The largest element of each window of images, and where it is.

    Args:
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns on every side that hold no element.
        dilation: steps between the elements of one window.
    """

    name = "max_pool2d_with_indices"
    formula = (
        "(max(a[n, h, w, c]), h * W + w), h = i * stride + k * dilation - padding, w = j * stride + ..., over k, l"
    )
    needs = ("out",)

    def compute(self, a: Array) -> tuple[Array, Array]:
        """Take the largest elements, and tell where they are."""
        return self.pooled(a)

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> Tensor:
        """Hand it to the elements that were taken."""
        indices = Value.tensor_type.make_const(node.cached_data[1])
        return MaxPool2dGrad(node.inputs[0].shape[1:3])(out_grad[0], indices)

    def infer(self, a: Spec) -> tuple[Spec, Spec] | None:
        """The windows fit into the images."""
        shape = self.result_shape(a.shape)
        if not is_floating(a.dtype):
            return None
        return Spec(shape, a.dtype, a.device), Spec(shape, integer_like(a.dtype), a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Those of max pooling, with its places found in NumPy."""

        def reference(a: Any, **arguments: Any) -> tuple[Any, Any]:
            numbers = np.broadcast_to(np.arange(math.prod(a.shape[1:3])).reshape(1, *a.shape[1:3], 1), a.shape)
            found = windows(a, -np.inf, **arguments)
            found = found.reshape((*found.shape[:-2], math.prod(found.shape[-2:])))
            places = windows(numbers, -1, **arguments).reshape(found.shape)
            best = found.argmax(-1)[..., None]
            return np.take_along_axis(found, best, -1)[..., 0], np.take_along_axis(places, best, -1)[..., 0]

        def largest(a: Any, **arguments: Any) -> Any:
            return cls(**arguments)(a)[0]

        def largest_reference(a: Any, **arguments: Any) -> Any:
            return reference(a, **arguments)[0]

        made: list[Sample] = []
        for label, (shape, arguments) in CASES.items():
            inputs = [distinct(shape)]
            made += [
                Sample(inputs=inputs, kwargs=arguments, reference=reference, exact=True, order=0, label=label),
                Sample(inputs=inputs, kwargs=arguments, call=largest, reference=largest_reference, label=f"of {label}"),
            ]
        return made


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


@overload
def max_pool2d(
    x: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
    return_indices: Literal[False] = False,
) -> Tensor: ...


@overload
def max_pool2d(
    x: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
    *,
    return_indices: Literal[True],
) -> tuple[Tensor, Tensor]: ...


def max_pool2d(
    x: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Tensor | tuple[Tensor, Tensor]:
    """Take the largest element of each window of images, for each channel by itself.

    Args:
        x: the images, channels last, (N, H, W, C).
        kernel_size: the size of a window; an int, or a pair for height and width, like the following.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns on every side over which windows may reach, and which hold no element.
        dilation: steps between the elements of one window.
        ceil_mode: whether windows may reach beyond the padding at the bottom and on the right, if they begin before
            it, so that no row and column is left over.
        return_indices: whether to tell where the elements are, too, as `max_pool2d_with_indices` does.

    Returns:
        (N, OH, OW, C) with OH = (H + 2 * padding - dilation * (KH - 1) - 1) // stride + 1, or one more with
        `ceil_mode`. A NaN is larger than all others; of equal elements the first gets the gradient.

    Raises:
        ShapeError: the windows do not fit; the text names the axis and the sizes.
        ValueError: an argument is out of range.
    """
    if return_indices:
        return max_pool2d_with_indices(x, kernel_size, stride, padding, dilation, ceil_mode)
    op = MaxPool2d(kernel_size, stride, padding, dilation)
    return op(_enlarged(op, x) if ceil_mode else x)


def max_pool2d_with_indices(
    x: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
) -> tuple[Tensor, Tensor]:
    """Take the largest element of each window of images, and tell where it is.

    Args:
        x: the images, channels last, (N, H, W, C).
        kernel_size: the size of a window; this and the following are as in `max_pool2d`.
        stride: steps between windows.
        padding: rows and columns on every side.
        dilation: steps between the elements of one window.
        ceil_mode: whether windows may reach beyond the padding.

    Returns:
        The elements, (N, OH, OW, C), and their places h * W + w, int64 of the same shape, which require no gradient;
        `max_unpool2d` takes them.

    Raises:
        ShapeError, ValueError: as `max_pool2d`.
    """
    op = MaxPool2dWithIndices(kernel_size, stride, padding, dilation)
    images = _enlarged(op, x) if ceil_mode else x
    largest, places = op(images)
    places = places.detach()
    wide, width = images.shape[2], x.shape[2]
    if wide != width:
        places = places // wide * width + places % wide
    return largest, places


def _enlarged(op: MaxWindows, x: Tensor) -> Tensor:
    """Return images with as many rows and columns without elements more as `ceil_mode` reaches beyond the padding."""
    require_images(op.name, "x", x.shape)
    bottom, right = ceiling_rest(x.shape, op.kernel_size, op.stride, op.padding, op.dilation)
    return pad(x, ((0, 0), (0, bottom), (0, right), (0, 0)), value=-math.inf) if bottom or right else x


def max_pool1d(
    x: Tensor,
    kernel_size: int,
    stride: int | None = None,
    padding: int = 0,
    dilation: int = 1,
    ceil_mode: bool = False,
) -> Tensor:
    """Take the largest element of each window of sequences: `max_pool2d` of images one row high.

    Args:
        x: the sequences, channels last, (N, L, C).
        kernel_size: the size of a window.
        stride: steps between windows; the kernel's size where it is None.
        padding: places on both sides over which windows may reach, and which hold no element.
        dilation: steps between the elements of one window.
        ceil_mode: whether a window may reach beyond the padding at the end.

    Returns:
        (N, OL, C) with OL as in `max_pool2d`.

    Raises:
        ShapeError, ValueError: as `max_pool2d`.
    """
    require_sequences("max_pool1d", x.shape)
    steps = None if stride is None else (1, stride)
    return max_pool2d(x.expand_dims(1), (1, kernel_size), steps, (0, padding), (1, dilation), ceil_mode).squeeze(1)


def max_unpool2d(
    x: Tensor,
    indices: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put elements back where max pooling took them from, among zeros.

    Args:
        x: (N, H, W, C).
        indices: their places h * OW + w, of the same shape, as `max_pool2d_with_indices` gives them; where a place is
            named several times, the last element counts, and it alone has a gradient.
        kernel_size: as in the pooling, like the following; they tell the size of the result.
        stride: steps between windows; the kernel's size where it is None.
        padding: rows and columns on every side.
        output_size: (OH, OW), where windows left rows or columns over.

    Returns:
        (N, OH, OW, C) with OH = (H - 1) * stride - 2 * padding + KH.

    Raises:
        ShapeError: x and the indices have different shapes.
        IndexError: a place is outside the result.
    """
    name = "max_unpool2d"
    require_images(name, "x", x.shape)
    if indices.shape != x.shape:
        raise ShapeError(f"{name}: x has shape {x.shape} and indices {indices.shape}; expected equal shapes")
    kernel = pair(pair_argument(name, "kernel_size", kernel_size, 1))
    steps = kernel if stride is None else pair(pair_argument(name, "stride", stride, 1))
    margin = pair(pair_argument(name, "padding", padding, 0))
    found = [(x.shape[i + 1] - 1) * steps[i] - 2 * margin[i] + kernel[i] for i in (0, 1)]
    height, width = found if output_size is None else output_size
    places = indices.numpy()
    if places.size and not (places.min() >= 0 and places.max() < height * width):
        raise IndexError(
            f"{name}: indices from {places.min()} to {places.max()}; expected numbers from 0 to "
            f"{height * width - 1} for images of {height} rows and {width} columns; give output_size if windows left "
            "some over"
        )
    shape = (x.shape[0], height, width, x.shape[3])
    zeros = constant_like(np.zeros(math.prod(shape)), x).astype(x.dtype)
    flat = np.asarray(flat_places(places, shape)).reshape(-1)
    return index_put(zeros, flat, x.reshape(-1)).reshape(shape)
