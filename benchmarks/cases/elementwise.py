"""Elementwise arithmetic: the price of one small operation, and loops over ten million elements."""

from benchmarks.case import Case, Snippet

N = 10**7
ROWS, COLUMNS = 10**4, 10**3

NUMPY_SOFTMAX = """
x = normal((ROWS, COLUMNS))
def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    e /= e.sum(axis=1, keepdims=True)
    return e
""".replace("ROWS, COLUMNS", f"{ROWS}, {COLUMNS}")

CASES = [
    Case(
        "add one element",
        needle=Snippet("a, b = nd.ones(1), nd.ones(1)", "a + b"),
        numpy=Snippet("a, b = np.ones(1, np.float32), np.ones(1, np.float32)", "a + b"),
        torch=Snippet("a, b = torch.ones(1), torch.ones(1)", "a + b"),
    ),
    Case(
        "add 1e7",
        needle=Snippet(f"a, b = nd.asarray(normal({N})), nd.asarray(normal({N}))", "a + b"),
        numpy=Snippet(f"a, b = normal({N}), normal({N})", "a + b"),
        torch=Snippet(f"a, b = torch.from_numpy(normal({N})), torch.from_numpy(normal({N}))", "a + b"),
        traffic=12 * N,
    ),
    Case(
        "exp 1e7",
        needle=Snippet(f"x = nd.asarray(normal({N}))", "nd.exp(x)"),
        numpy=Snippet(f"x = normal({N})", "np.exp(x)"),
        torch=Snippet(f"x = torch.from_numpy(normal({N}))", "torch.exp(x)"),
        traffic=8 * N,
    ),
    Case(
        "softmax 1e7",
        needle=Snippet(f"x = ndl.Tensor(normal(({ROWS}, {COLUMNS})), requires_grad=False)", "ndl.softmax(x, axis=1)"),
        numpy=Snippet(NUMPY_SOFTMAX, "softmax(x)"),
        torch=Snippet(f"x = torch.from_numpy(normal(({ROWS}, {COLUMNS})))", "torch.softmax(x, 1)"),
        traffic=8 * N,
    ),
]
