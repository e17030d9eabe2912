"""Ten million random numbers."""

from benchmarks.case import Case, Snippet

N = 10**7


def draw(name: str, needle: str, numpy: str, torch: str) -> Case:
    count = f"n = size({N})\n"
    return Case(
        f"random {name} 1e7",
        needle=Snippet(f"{count}generator = nd.random.Generator(0)", needle),
        numpy=Snippet(f"{count}generator = np.random.default_rng(0)", numpy),
        torch=Snippet(count, torch),
        jax=Snippet(
            f"{count}key = jax.random.key(0)\nf = jax.jit(lambda key: jax.random.{name}(key, (n,)))", "ready(f(key))"
        ),
        writes=4 * N,
        comparable=False,
        target=0.6,
    )


CASES = [
    draw("normal", "generator.normal((n,))", "generator.standard_normal(n, dtype=np.float32)", "torch.randn(n)"),
    draw("uniform", "generator.uniform((n,))", "generator.random(n, dtype=np.float32)", "torch.rand(n)"),
]
