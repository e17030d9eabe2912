"""Pooling of 2x2 pixels, forward and gradient. Images are NHWC; PyTorch gets the same memory as channels-last."""

from benchmarks.case import Case, Snippet, jax_backward, torch_backward

IMAGES = (32, 32, 32, 64)
BYTES = 4 * 32 * 32 * 32 * 64
POOLED_BYTES = BYTES // 4
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
    torch = f"F.{kind}_pool2d(x.permute(0, 3, 1, 2), 2).permute(0, 2, 3, 1)"
    return [
        Case(
            f"{kind} pool 2x2 forward",
            images,
            needle=needle,
            numpy=numpy.format("max" if kind == "max" else "mean"),
            torch=torch,
            jax=Snippet(f"{JAX_POOLING[kind]}\nf = jax.jit(pool)", "ready(f(x))"),
            reads=BYTES,
            writes=POOLED_BYTES,
            target=1.0,
            against="torch",
            enough=0.85,
        ),
        Case(
            f"{kind} pool 2x2 gradient",
            {**images, "grad": "normal_of((size(32), size(32) // 2, size(32) // 2, size(64)))"},
            needle=needle_grad,
            torch=torch_backward("x", torch),
            jax=jax_backward("x", "pool(x)", JAX_POOLING[kind]),
            reads=POOLED_BYTES,
            writes=BYTES,
            target=1.0,
            against="torch",
            enough=0.85,
        ),
    ]


CASES = [
    *pooling(
        "max",
        "kernels.max_pool2d(x, 2)[0]",
        Snippet("indices = kernels.max_pool2d(x, 2)[1]", "kernels.max_pool2d_grad(grad, indices, x.shape[1:3])"),
    ),
    *pooling("avg", "kernels.avg_pool2d(x, 2)", Snippet("", "kernels.avg_pool2d_grad(grad, x.shape[1:3], 2)")),
]
