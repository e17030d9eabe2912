"""Convolution of images, channels last, and its gradients: three products that are each other's derivatives.

A convolution is linear in the images and in the weights, and so is each of its gradients in its two operands. The
derivatives of all three are among the three themselves, which gives gradients of every order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import kernels
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..arguments import integer_argument, require_tensors
from ..broadcasting import Shape, is_floating, promoted, same_device, with_dtype_of
from .windows import Pair, pair, pair_argument, require_images, window_counts

if TYPE_CHECKING:
    from ...tensor import Tensor


class Sliding(TensorOp):
    """What convolution and its gradients have in common: the arguments.

    Args:
        stride: steps between windows; an int, or a pair for height and width, like the next two.
        padding: rows and columns of zeros on every side.
        dilation: steps between the elements of one window.
        groups: part i of the outputs' channels reads part i of the inputs'.
    """

    def __init__(self, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1, groups: int = 1) -> None:
        self.stride = pair_argument(self.name, "stride", stride, 1)
        self.padding = pair_argument(self.name, "padding", padding, 0)
        self.dilation = pair_argument(self.name, "dilation", dilation, 1)
        self.groups = integer_argument(self.name, "groups", groups)
        if self.groups < 1:
            raise ValueError(f"{self.name}: groups is {groups}; expected at least 1")

    def arguments(self) -> dict[str, Any]:
        """Return the arguments by name, for a kernel or another of the three operations."""
        return {"stride": self.stride, "padding": self.padding, "dilation": self.dilation, "groups": self.groups}

    def result_shape(self, x: Shape, weight: Shape) -> Shape:
        """Return the shape (N, OH, OW, O) of a convolution.

        Raises:
            ShapeError: the operands do not belong together.
        """
        name, groups = self.name, self.groups
        require_images(name, "x", x)
        if len(weight) != 4:
            raise ShapeError(
                f"{name}: weight has shape {weight}; expected four axes, (kernel height, kernel width, input channels "
                "/ groups, output channels)"
            )
        channels = weight[2] * groups
        if x[3] != channels:
            if x[1] == channels:
                hint = "x looks like (N, C, H, W): write x.permute(0, 2, 3, 1)"
            elif x[3] == weight[1] * groups:
                hint = "weight looks like (O, C, KH, KW): write weight.permute(2, 3, 1, 0)"
            else:
                hint = "expected x (N, H, W, C) and weight (KH, KW, C / groups, O)"
            raise ShapeError(
                f"{name}: x has shape {x}, with {x[3]} channels along axis 3, but weight of shape {weight} takes "
                f"{weight[2]} along its axis 2{f' in each of {groups} groups' if groups > 1 else ''}; {hint}"
            )
        if weight[3] % groups:
            raise ShapeError(
                f"{name}: the {weight[3]} output channels along axis 3 of weight, of shape {weight}, are not divisible "
                f"by groups={groups}"
            )
        counts = window_counts(name, x, weight[:2], self.stride, self.padding, self.dilation)
        return (x[0], *counts, weight[3])


class Conv(Sliding):
    """A kernel that slides over images: at each place the sum of pixels times weights.

    Args:
        stride: steps between windows; an int, or a pair for height and width, like the next two.
        padding: rows and columns of zeros on every side.
        dilation: steps between the elements of one window.
        groups: part i of the outputs' channels reads part i of the inputs'.
    """

    name = "conv"
    formula = "c[n, i, j, o] = sum(a[n, i * stride + k * dilation - padding, ..., c] * b[k, l, c, o] over k, l, c)"
    gradient_formula = "da = conv_input_grad(dc, b); db = conv_weight_grad(dc, a)"
    needs = (0, 1)

    def compute(self, a: Array, b: Array) -> Array:
        """Slide the kernel."""
        self.result_shape(a.shape, b.shape)
        return kernels(a).conv2d(a, b, **self.arguments())

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Each operand's gradient is a product with the other."""
        x, weight = node.inputs
        x_grad = weight_grad = None
        if x.requires_grad:
            x_grad = ConvInputGrad(x.shape[1:3], **self.arguments())(out_grad, weight)
        if weight.requires_grad:
            weight_grad = ConvWeightGrad(weight.shape[:2], **self.arguments())(out_grad, x)
        return like(x, x_grad), like(weight, weight_grad)

    def infer(self, a: Spec, b: Spec) -> Spec | None:
        """The channels fit, and the kernel fits into the images."""
        found = Spec(self.result_shape(a.shape, b.shape), promoted(self.name, a, b), same_device(self.name, a, b))
        return found if is_floating(a.dtype) and is_floating(b.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """Strides, padding, dilation and groups, sizes that strides do not divide, nothing."""
        return [
            Sample(inputs=[x, weight], kwargs=arguments, reference=convolved, label=label)
            for label, (x, weight, arguments) in CASES.items()
        ]


class ConvInputGrad(Sliding):
    """The gradient of a convolution for its images: each result hands its gradient back to the pixels that it read.

    Args:
        input_size: (H, W) of the images, which the result's size does not tell where strides leave rows over.
        stride: as in the convolution, like the following.
        padding: rows and columns of zeros on every side.
        dilation: steps between the elements of one window.
        groups: part i of the outputs' channels reads part i of the inputs'.
    """

    name = "conv_input_grad"
    formula = "da[n, i * stride + k * dilation - padding, ..., c] = sum(dc[n, i, j, o] * b[k, l, c, o])"
    gradient_formula = "ddc = conv(u, b); db = conv_weight_grad(dc, u); u is what arrives"
    needs = (0, 1)

    def __init__(
        self, input_size: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1, groups: int = 1
    ) -> None:
        super().__init__(stride, padding, dilation, groups)
        self.input_size = pair(input_size)

    def compute(self, out_grad: Array, b: Array) -> Array:
        """Hand the gradients back."""
        self.image_shape(out_grad.shape, b.shape)
        return kernels(out_grad).conv2d_input_grad(out_grad, b, self.input_size, **self.arguments())

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Its derivatives are the convolution itself, and the gradient for the weights."""
        grad, weight = node.inputs
        grad_grad = weight_grad = None
        if grad.requires_grad:
            grad_grad = Conv(**self.arguments())(out_grad, weight)
        if weight.requires_grad:
            weight_grad = ConvWeightGrad(weight.shape[:2], **self.arguments())(grad, out_grad)
        return like(grad, grad_grad), like(weight, weight_grad)

    def image_shape(self, out_grad: Shape, weight: Shape) -> Shape:
        """Return the shape of the images.

        Raises:
            ShapeError: the operands do not belong together, or the gradient is not of the size of the results.
        """
        require_images(self.name, "out_grad", out_grad)
        images = (out_grad[0], *self.input_size, weight[2] * self.groups if len(weight) == 4 else 0)
        require_result(self.name, out_grad, self.result_shape(images, weight))
        return images

    def infer(self, out_grad: Spec, weight: Spec) -> Spec:
        """The size of the images was given."""
        shape = self.image_shape(out_grad.shape, weight.shape)
        return Spec(shape, promoted(self.name, out_grad, weight), same_device(self.name, out_grad, weight))

    @classmethod
    def samples(cls) -> list[Sample]:
        """The convolution's."""

        def reference(grad: Any, weight: Any, input_size: Any, **arguments: Any) -> Any:
            shape = (grad.shape[0], *input_size, weight.shape[2] * arguments.get("groups", 1))
            return adjoint(lambda x: convolved(x, weight, **arguments), shape, grad)

        return [
            Sample(
                inputs=[convolved(np.zeros(x), np.zeros(weight), **arguments).shape, weight],
                kwargs={"input_size": x[1:3], **arguments},
                reference=reference,
                label=label,
            )
            for label, (x, weight, arguments) in CASES.items()
        ]


class ConvWeightGrad(Sliding):
    """The gradient of a convolution for its weights: for each of them the sum over all windows.

    Args:
        kernel_size: (KH, KW) of the weights, which the result's size does not tell where strides leave rows over.
        stride: as in the convolution, like the following.
        padding: rows and columns of zeros on every side.
        dilation: steps between the elements of one window.
        groups: part i of the outputs' channels reads part i of the inputs'.
    """

    name = "conv_weight_grad"
    formula = "db[k, l, c, o] = sum(dc[n, i, j, o] * a[n, i * stride + k * dilation - padding, ..., c] over n, i, j)"
    gradient_formula = "ddc = conv(a, u); da = conv_input_grad(dc, u); u is what arrives"
    needs = (0, 1)

    def __init__(
        self, kernel_size: Pair, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1, groups: int = 1
    ) -> None:
        super().__init__(stride, padding, dilation, groups)
        self.kernel_size = pair(kernel_size)

    def compute(self, out_grad: Array, a: Array) -> Array:
        """Sum over all windows."""
        self.weight_shape(out_grad.shape, a.shape)
        return kernels(a).conv2d_weight_grad(out_grad, a, self.kernel_size, **self.arguments())

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Its derivatives are the convolution itself, and the gradient for the images."""
        grad, x = node.inputs
        grad_grad = x_grad = None
        if grad.requires_grad:
            grad_grad = Conv(**self.arguments())(x, out_grad)
        if x.requires_grad:
            x_grad = ConvInputGrad(x.shape[1:3], **self.arguments())(grad, out_grad)
        return like(grad, grad_grad), like(x, x_grad)

    def weight_shape(self, out_grad: Shape, x: Shape) -> Shape:
        """Return the shape of the weights.

        Raises:
            ShapeError: the gradient is not of the size of the results, or the channels are not divisible.
        """
        require_images(self.name, "out_grad", out_grad)
        require_images(self.name, "x", x)
        shape = (*self.kernel_size, x[3] // self.groups, out_grad[3])
        require_result(self.name, out_grad, self.result_shape(x, shape))
        return shape

    def infer(self, out_grad: Spec, x: Spec) -> Spec:
        """The size of the kernel was given."""
        shape = self.weight_shape(out_grad.shape, x.shape)
        return Spec(shape, promoted(self.name, out_grad, x), same_device(self.name, out_grad, x))

    @classmethod
    def samples(cls) -> list[Sample]:
        """The convolution's."""

        def reference(grad: Any, x: Any, kernel_size: Any, **arguments: Any) -> Any:
            shape = (*kernel_size, x.shape[3] // arguments.get("groups", 1), grad.shape[3])
            return adjoint(lambda weight: convolved(x, weight, **arguments), shape, grad)

        return [
            Sample(
                inputs=[convolved(np.zeros(x), np.zeros(weight), **arguments).shape, x],
                kwargs={"kernel_size": weight[:2], **arguments},
                reference=reference,
                label=label,
            )
            for label, (x, weight, arguments) in CASES.items()
        ]


CASES: dict[str, tuple[Shape, Shape, dict[str, Any]]] = {
    "3 x 3": ((2, 4, 3, 2), (3, 3, 2, 3), {"padding": 1}),
    "stride that leaves rows over": ((1, 6, 5, 1), (2, 3, 1, 2), {"stride": (3, 2)}),
    "dilation": ((1, 5, 6, 2), (2, 3, 2, 1), {"dilation": (2, 1), "padding": (0, 2), "stride": 2}),
    "groups": ((1, 3, 3, 4), (2, 2, 2, 6), {"groups": 2}),
    "depthwise": ((1, 3, 4, 3), (3, 3, 1, 3), {"groups": 3, "padding": 1}),
    "one element": ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    "no image": ((0, 3, 3, 2), (2, 2, 2, 1), {}),
    "no channel": ((1, 3, 3, 0), (2, 2, 0, 1), {}),
}
"""Shapes of images and weights with arguments, for samples."""


def convolved(x: Any, weight: Any, stride: Pair = 1, padding: Pair = 0, dilation: Pair = 1, groups: int = 1) -> Any:
    """Convolve in NumPy, by products with views of all windows, for samples."""
    (down, right), (top, left), gaps = pair(stride), pair(padding), pair(dilation)
    reach = tuple(gap * (size - 1) + 1 for gap, size in zip(gaps, weight.shape[:2], strict=True))
    wide = np.pad(x, ((0, 0), (top, top), (left, left), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(wide, reach, axis=(1, 2))
    windows = windows[:, ::down, ::right, :, :: gaps[0], :: gaps[1]]
    parts = zip(np.split(windows, groups, 3), np.split(weight, groups, 3), strict=True)
    return np.concatenate([np.einsum("nijcab,abco->nijo", *part) for part in parts], axis=3)


def adjoint(linear: Any, shape: Shape, grad: Any) -> Any:
    """Return the gradient of a linear function, from its values at each vector of the basis, for samples."""
    size = int(np.prod(shape))
    basis = np.eye(size, dtype=grad.dtype).reshape(size, *shape)
    return np.array([np.sum(linear(vector) * grad) for vector in basis], grad.dtype).reshape(shape)


def like(operand: Tensor, grad: Tensor | None) -> Tensor | None:
    """Give a gradient its operand's dtype, where there is one."""
    return None if grad is None else with_dtype_of(operand, grad)


def require_result(name: str, out_grad: Shape, expected: Shape) -> None:
    """Refuse a gradient that is not of the shape of the convolution's result."""
    if out_grad != expected:
        raise ShapeError(
            f"{name}: out_grad has shape {out_grad}; expected that of the convolution's result, {expected}"
        )


def conv(a: Tensor, b: Tensor, stride: Pair = 1, padding: Pair = 1, dilation: Pair = 1, groups: int = 1) -> Tensor:
    """Slide a kernel over images; `conv2d` is the same with a bias, and with another padding where none is given.

    Args:
        a: the images, (N, H, W, C).
        b: the weights, (KH, KW, C / groups, O).
        stride: steps between windows; an int, or a pair for height and width, like the next two.
        padding: rows and columns of zeros on every side; 1 unless given.
        dilation: steps between the elements of one window.
        groups: part i of the outputs' channels reads part i of the inputs'.

    Returns:
        (N, OH, OW, O) with OH = (H + 2 * padding - dilation * (KH - 1) - 1) // stride + 1, OW likewise.

    Raises:
        ShapeError: the shapes do not fit; the text names the axis and the sizes.
    """
    return Conv(stride, padding, dilation, groups)(a, b)


def conv2d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair | str = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Slide a kernel over images and add a bias: the cross-correlation that deep learning calls a convolution.

    Args:
        x: the images, channels last, (N, H, W, C).
        weight: (KH, KW, C / groups, O).
        bias: (O,), or None.
        stride: steps between windows; an int, or a pair for height and width, like the next two.
        padding: rows and columns of zeros on every side; "valid" for none, "same" for as many as keep the size.
        dilation: steps between the elements of one window.
        groups: part i of the outputs' channels reads part i of the inputs'.

    Returns:
        (N, OH, OW, O) with OH = (H + 2 * padding - dilation * (KH - 1) - 1) // stride + 1, OW likewise.

    Raises:
        ShapeError: the shapes do not fit; the text names the axis and the sizes.
        ValueError: an argument is out of range, or "same" needs strides, or more zeros on one side than on the other.
    """
    if isinstance(padding, str):
        padding = named_padding("conv2d", padding, weight.shape[:2], stride, dilation)
    return with_bias("conv2d", Conv(stride, padding, dilation, groups)(x, weight), bias)


def conv1d(
    x: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int | str = 0,
    dilation: int = 1,
    groups: int = 1,
) -> Tensor:
    """Slide a kernel along sequences and add a bias: `conv2d` of images one row high.

    Args:
        x: the sequences, channels last, (N, L, C).
        weight: (K, C / groups, O).
        bias: (O,), or None.
        stride: steps between windows.
        padding: zeros on both sides; "valid" for none, "same" for as many as keep the length.
        dilation: steps between the elements of one window.
        groups: part i of the outputs' channels reads part i of the inputs'.

    Returns:
        (N, OL, O) with OL = (L + 2 * padding - dilation * (K - 1) - 1) // stride + 1.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: an argument is out of range, as in `conv2d`.
    """
    require_tensors("conv1d", x=x, weight=weight)
    if len(x.shape) != 3 or len(weight.shape) != 3:
        raise ShapeError(
            f"conv1d: x has shape {x.shape} and weight {weight.shape}; expected (sequences, length, channels) and "
            "(kernel size, input channels / groups, output channels)"
        )
    rows, kernel = x.expand_dims(1), weight.expand_dims(0)
    if not isinstance(padding, str):
        padding = (0, padding)  # type: ignore[assignment]
    return conv2d(rows, kernel, bias, (1, stride), padding, (1, dilation), groups).squeeze(1)


def named_padding(name: str, padding: str, kernel: Shape, stride: Pair, dilation: Pair) -> Pair:
    """Return the padding that a word stands for.

    Raises:
        ValueError: the word is unknown, or no padding that is equal on both sides keeps the size.
    """
    if padding == "valid":
        return 0
    if padding != "same":
        raise ValueError(f"{name}: padding is {padding!r}; expected a number, a pair of them, 'valid' or 'same'")
    if pair(stride) != (1, 1):
        raise ValueError(f"{name}: padding 'same' keeps the size with stride 1 only, not with {stride}")
    lost = [gap * (size - 1) for gap, size in zip(pair(dilation), kernel, strict=True)]
    if any(total % 2 for total in lost):
        raise ValueError(
            f"{name}: padding 'same' of a kernel of size {tuple(kernel)} needs one row or column more on one side; "
            "pad the images before, or use a kernel of odd size"
        )
    return lost[0] // 2, lost[1] // 2


def with_bias(name: str, out: Tensor, bias: Tensor | None) -> Tensor:
    """Add a bias to each channel.

    Raises:
        ShapeError: it has not one number for each channel.
    """
    if bias is None:
        return out
    if bias.shape != out.shape[-1:]:
        raise ShapeError(
            f"{name}: bias has shape {bias.shape}; expected {out.shape[-1:]}, a number for each output channel"
        )
    return out + bias
