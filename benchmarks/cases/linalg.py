"""Matrix products: square, thin, of views, batched, by a vector, and with what follows in a linear layer."""

from math import prod

from benchmarks.case import Case, Snippet, jitted


def product(
    name: str,
    a: tuple[int, ...],
    b: tuple[int, ...],
    target: float | None = 1.0,
    enough: float | None = None,
    dtype: str = "float32",
    expression: str = "a @ b",
    inner: int = -1,
) -> Case:
    """The product of two arrays of these shapes; `inner` is the axis of `a` that is summed over."""
    bytes_each = 8 if dtype == "float64" else 4
    return Case(
        name,
        {"a": f"normal(*{a}, dtype='{dtype}')", "b": f"normal(*{b}, dtype='{dtype}')"},
        needle=expression,
        numpy=expression,
        torch=expression,
        jax=jitted("a, b", expression),
        flops=2 * prod(a) * prod(b) // (prod(a[:-2]) * a[inner]),
        reads=bytes_each * (prod(a) + prod(b)),
        writes=bytes_each * prod(a) * prod(b) // (prod(a[:-2]) * a[inner] ** 2),
        wide=dtype == "float64",
        target=target,
        enough=enough,
    )


def square(n: int, target: float = 1.0, dtype: str = "float32") -> Case:
    name = f"gemm {n}" if dtype == "float32" else f"gemm {dtype} {n}"
    return product(name, (n, n), (n, n), target, 0.85 if n >= 512 else None, dtype)


CASES = [
    square(64, 0.9),
    *(square(n) for n in (128, 256, 512, 1024, 2048)),
    *(square(n, dtype="float64") for n in (256, 1024)),
    product("gemm 8192x64 @ 64x64", (8192, 64), (64, 64)),
    product("gemm 64x8192 @ 8192x64", (64, 8192), (8192, 64)),
    product("gemm A^T B 512", (512, 512), (512, 512), enough=0.85, expression="a.T @ b", inner=-2),
    product("gemm A B^T 512", (512, 512), (512, 512), enough=0.85, expression="a @ b.T"),
    product("batched 64 x (128x64 @ 64x128)", (64, 128, 64), (64, 64, 128)),
    product("batched 1000 x (16x16 @ 16x16)", (1000, 16, 16), (1000, 16, 16)),
    product("gemv 4096", (4096, 4096), (4096,)),
    Case(
        "linear + relu 128x784 @ 784x1024",
        {"x": "normal(128, 784)", "w": "normal(784, 1024)", "b": "normal(1024)"},
        needle="kernels.linear(x, w, b, activation='relu')",
        numpy="np.maximum(x @ w + b, 0)",
        torch=Snippet("w = w.T.contiguous()", "F.relu(F.linear(x, w, b))"),
        jax=jitted("x, w, b", "jax.nn.relu(x @ w + b)"),
        flops=2 * 128 * 784 * 1024,
    ),
]
