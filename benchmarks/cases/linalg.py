"""Matrix products of two square float32 matrices."""

from benchmarks.case import Case, Snippet


def gemm(n: int) -> Case:
    return Case(
        f"gemm {n}",
        needle=Snippet(f"a, b = nd.asarray(normal(({n}, {n}))), nd.asarray(normal(({n}, {n})))", "a @ b"),
        numpy=Snippet(f"a, b = normal(({n}, {n})), normal(({n}, {n}))", "a @ b"),
        torch=Snippet(f"a, b = torch.from_numpy(normal(({n}, {n}))), torch.from_numpy(normal(({n}, {n})))", "a @ b"),
        flops=2 * n**3,
    )


CASES = [gemm(n) for n in (64, 128, 256, 512, 1024, 2048)]
