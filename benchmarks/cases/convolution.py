"""Convolution, forward and both gradients. Images are NHWC, which PyTorch calls channels-last."""

from benchmarks.case import Case, Snippet, jax_backward, jitted, torch_backward

TORCH_LAYOUT = """
x = x.permute(0, 3, 1, 2).contiguous(memory_format=torch.{0})
w = w.permute(3, 2, 0, 1).contiguous(memory_format=torch.{0})
"""
TORCH = "F.conv2d(x, w, stride=stride, padding=padding, groups=groups).permute(0, 2, 3, 1)"
JAX = """
def convolve(x, w):
    return jax.lax.conv_general_dilated(
        x, w, (stride, stride), [(padding, padding)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups
    )
"""


def products(size: int, kernel: int, stride: int, padding: int) -> int:
    """How many pairs of an output and a weight meet an image of that size, and not its padding, along one axis."""
    outputs = range((size + 2 * padding - kernel) // stride + 1)
    return sum(0 <= output * stride + weight - padding < size for output in outputs for weight in range(kernel))


def convolution(
    label: str,
    images: tuple[int, int, int, int],
    weights: tuple[int, int, int, int],
    stride: int,
    padding: int,
    torch_forward_layout: str = "channels_last",
    groups: int = 1,
) -> list[Case]:
    """Forward, gradient of the images and gradient of the weights."""
    options = f"stride, padding, groups = {stride}, {padding}, size({groups})\n"
    inputs = {"x": f"normal(*{images})", "w": f"normal(*{weights})"}
    grad = {"grad": f"normal_of(convolved({images}, {weights}, {stride}, {padding}))"}
    batch, height, width, _ = images
    kernel_height, kernel_width, channels, filters = weights
    pairs = products(height, kernel_height, stride, padding) * products(width, kernel_width, stride, padding)

    def case(part: str, inputs: dict[str, str], needle: str, torch: Snippet, jax: Snippet) -> Case:
        return Case(
            f"conv {label} {part}",
            inputs,
            needle=Snippet(options, needle),
            torch=Snippet(options + torch.setup, torch.run),
            jax=Snippet(options + JAX + jax.setup, jax.run),
            flops=2 * batch * pairs * channels * filters,
            target=1.0,
            against="torch",
            enough=0.85,
        )

    def gradient(part: str, of: str, needle: str, axes: str) -> Case:
        torch = torch_backward(of, TORCH, TORCH_LAYOUT.format("channels_last"))
        return case(
            part,
            {**inputs, **grad},
            needle,
            Snippet(torch.setup, f"{torch.run}[0].permute({axes})"),
            jax_backward(of, "convolve(x, w)"),
        )

    return [
        case(
            "forward",
            inputs,
            "kernels.conv2d(x, w, stride=stride, padding=padding, groups=groups)",
            Snippet(TORCH_LAYOUT.format(torch_forward_layout), TORCH),
            jitted("x, w", "convolve(x, w)"),
        ),
        gradient(
            "input gradient",
            "x",
            "kernels.conv2d_input_grad(grad, w, x.shape[1:3], stride=stride, padding=padding, groups=groups)",
            "0, 2, 3, 1",
        ),
        gradient(
            "weight gradient",
            "w",
            "kernels.conv2d_weight_grad(grad, x, w.shape[:2], stride=stride, padding=padding, groups=groups)",
            "2, 3, 1, 0",
        ),
    ]


CASES = [
    *convolution("3x3 64->64 32x32 x32", (32, 32, 32, 64), (3, 3, 64, 64), 1, 1),
    *convolution("1x1 128->128 16x16 x32", (32, 16, 16, 128), (1, 1, 128, 128), 1, 0),
    # The stem and the first stage of residual networks for CIFAR.
    *convolution("3x3 3->16 32x32 x128", (128, 32, 32, 3), (3, 3, 3, 16), 1, 1),
    *convolution("3x3 16->16 32x32 x128", (128, 32, 32, 16), (3, 3, 16, 16), 1, 1),
    # So few channels are faster for PyTorch as planes.
    *convolution("7x7/4 3->16 32x32 x128", (128, 32, 32, 3), (7, 7, 3, 16), 4, 3, "contiguous_format"),
    *convolution("depthwise 3x3 128 56x56 x8", (8, 56, 56, 128), (3, 3, 1, 128), 1, 1, groups=128),
]
