"""Convolution and pooling, forward and gradients. Images are NHWC; PyTorch gets the same memory as channels-last."""

from benchmarks.case import Case, Snippet, jitted

TORCH_LAYOUT = """
channels_last = lambda a, *axes: a.permute(*axes).contiguous(memory_format=torch.channels_last)
x, w = channels_last(x, 0, 3, 1, 2), channels_last(w, 3, 2, 0, 1)
"""
JAX_CONVOLUTION = """
def convolve(x, w):
    return jax.lax.conv_general_dilated(
        x, w, (stride, stride), [(padding, padding)] * 2, dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
"""


def convolution(
    label: str, images: tuple[int, int, int, int], weights: tuple[int, int, int, int], stride: int, padding: int
) -> list[Case]:
    """Forward, gradient of the images and gradient of the weights."""
    options = f"stride, padding = {stride}, {padding}"
    inputs = {"x": f"normal(*{images})", "w": f"normal(*{weights})"}
    outputs = f"convolved({images}, {weights}, {stride}, {padding})"
    with_grad = {**inputs, "grad": f"np.random.default_rng(1).standard_normal({outputs}, dtype=np.float32)"}
    batch, height, width, _ = images
    kernel_height, kernel_width, channels, filters = weights
    out_height = (height + 2 * padding - kernel_height) // stride + 1
    out_width = (width + 2 * padding - kernel_width) // stride + 1
    flops = 2 * batch * out_height * out_width * kernel_height * kernel_width * channels * filters

    def case(part: str, inputs: dict[str, str], needle: str, torch: Snippet, jax: Snippet) -> Case:
        return Case(
            f"conv {label} {part}",
            inputs,
            needle=Snippet(options, needle),
            torch=Snippet(f"{options}\n{TORCH_LAYOUT}{torch.setup}", torch.run),
            jax=Snippet(f"{options}\n{JAX_CONVOLUTION}{jax.setup}", jax.run),
            flops=flops,
            target=1.0,
            against="torch",
            enough=0.85,
        )

    torch_grad = "grad = channels_last(grad, 0, 3, 1, 2)"
    return [
        case(
            "forward",
            inputs,
            "kernels.conv2d(x, w, stride=stride, padding=padding)",
            Snippet("", "F.conv2d(x, w, stride=stride, padding=padding).permute(0, 2, 3, 1)"),
            jitted("x, w", "convolve(x, w)"),
        ),
        case(
            "input gradient",
            with_grad,
            "kernels.conv2d_input_grad(grad, w, x.shape[1:3], stride=stride, padding=padding)",
            Snippet(torch_grad, "torch.nn.grad.conv2d_input(x.shape, w, grad, stride, padding).permute(0, 2, 3, 1)"),
            jitted("grad, x, w", "jax.vjp(lambda x: convolve(x, w), x)[1](grad)[0]"),
        ),
        case(
            "weight gradient",
            with_grad,
            "kernels.conv2d_weight_grad(grad, x, w.shape[:2], stride=stride, padding=padding)",
            Snippet(torch_grad, "torch.nn.grad.conv2d_weight(x, w.shape, grad, stride, padding).permute(2, 3, 1, 0)"),
            jitted("grad, x, w", "jax.vjp(lambda w: convolve(x, w), w)[1](grad)[0]"),
        ),
    ]


IMAGES = (32, 32, 32, 64)
BYTES = 4 * 32 * 32 * 32 * 64
POOLED_BYTES = BYTES // 4
TORCH_IMAGES = "x = x.permute(0, 3, 1, 2)\n"
TORCH_POOLED = """
torch.set_grad_enabled(True)
x = x.permute(0, 3, 1, 2).detach().requires_grad_()
y = F.{kind}_pool2d(x, 2)
grad = grad.permute(0, 3, 1, 2)
"""
JAX_POOLING = {
    "max": """
def pool(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
""",
    "avg": """
def pool(x):
    return jax.lax.reduce_window(x, 0.0, jax.lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID") / 4
""",
}


def pooling(kind: str, needle: str, needle_grad: Snippet) -> list[Case]:
    images = {"x": f"normal(*{IMAGES})"}
    numpy = "x.reshape(len(x), x.shape[1] // 2, 2, x.shape[2] // 2, 2, -1).{}(axis=(2, 4))"
    gradient = Snippet(
        f"{JAX_POOLING[kind]}\ny, back = jax.vjp(pool, x)\nf = jax.jit(lambda back, grad: back(grad)[0])",
        "ready(f(back, grad))",
    )
    return [
        Case(
            f"{kind} pool 2x2 forward",
            images,
            needle=needle,
            numpy=numpy.format("max" if kind == "max" else "mean"),
            torch=Snippet(TORCH_IMAGES, f"F.{kind}_pool2d(x, 2).permute(0, 2, 3, 1)"),
            jax=Snippet(f"{JAX_POOLING[kind]}\nf = jax.jit(pool)", "ready(f(x))"),
            reads=BYTES,
            writes=POOLED_BYTES,
            target=1.0,
            against="torch",
            enough=0.85,
        ),
        Case(
            f"{kind} pool 2x2 gradient",
            {**images, "grad": "normal(32, 16, 16, 64)[:, : size(32) // 2, : size(32) // 2]"},
            needle=needle_grad,
            torch=Snippet(
                TORCH_POOLED.format(kind=kind),
                "torch.autograd.grad(y, x, grad, retain_graph=True)[0].permute(0, 2, 3, 1)",
            ),
            jax=gradient,
            reads=POOLED_BYTES,
            writes=BYTES,
            target=1.0,
            against="torch",
            enough=0.85,
        ),
    ]


CASES = [
    *convolution("3x3 64->64 32x32 x32", (32, 32, 32, 64), (3, 3, 64, 64), 1, 1),
    *convolution("1x1 128->128 16x16 x32", (32, 16, 16, 128), (1, 1, 128, 128), 1, 0),
    *convolution("7x7/4 3->16 32x32 x128", (128, 32, 32, 3), (7, 7, 3, 16), 4, 3),
    *pooling(
        "max",
        "kernels.max_pool2d(x, 2)[0]",
        Snippet("indices = kernels.max_pool2d(x, 2)[1]", "kernels.max_pool2d_grad(grad, indices, x.shape[1:3])"),
    ),
    *pooling("avg", "kernels.avg_pool2d(x, 2)", Snippet("", "kernels.avg_pool2d_grad(grad, x.shape[1:3], 2)")),
]
