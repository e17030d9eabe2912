"""Sorting, searching, sets, running sums and variances of one million elements."""

from benchmarks.case import Case, Snippet

N = 10**6
FLOATS = f"normal({N})"
INTEGERS = f"np.random.default_rng(0).integers(0, 1 << 31, {N}, dtype=np.int64)"
LABELS = f"np.random.default_rng(0).integers(0, 1000, {N}, dtype=np.int64)"


def on_values(name: str, values: str, needle: str, numpy: str, torch: str | None, traffic: int = 0) -> Case:
    """A case whose snippets see the same values as x."""
    return Case(
        name,
        needle=Snippet(f"x = nd.asarray({values})", needle),
        numpy=Snippet(f"x = {values}", numpy),
        torch=None if torch is None else Snippet(f"x = torch.from_numpy({values})", torch),
        traffic=traffic,
    )


CASES = [
    on_values("sort float32 1e6", FLOATS, "nd.sort(x)", "np.sort(x, kind='stable')", "torch.sort(x, stable=True)[0]"),
    on_values("sort int64 1e6", INTEGERS, "nd.sort(x)", "np.sort(x, kind='stable')", "torch.sort(x, stable=True)[0]"),
    on_values(
        "argsort float32 1e6", FLOATS, "nd.argsort(x)", "np.argsort(x, kind='stable')", "torch.argsort(x, stable=True)"
    ),
    on_values("unique int64 1e6", LABELS, "nd.unique_values(x)", "np.unique_values(x)", "torch.unique(x)"),
    on_values("nonzero 1e6", f"({FLOATS} > 0)", "nd.nonzero(x)[0]", "np.nonzero(x)[0]", "torch.nonzero(x)"),
    on_values(
        "cumulative_sum 1e6", FLOATS, "nd.cumulative_sum(x)", "np.cumulative_sum(x)", "torch.cumsum(x, 0)", 8 * N
    ),
    on_values("var 1e6", FLOATS, "nd.var(x)", "np.var(x)", "torch.var(x, correction=0)", 4 * N),
    Case(
        "searchsorted 1e6",
        needle=Snippet(f"v = {FLOATS}; x, y = nd.asarray(np.sort(v[:1000])), nd.asarray(v)", "nd.searchsorted(x, y)"),
        numpy=Snippet(f"v = {FLOATS}; x, y = np.sort(v[:1000]), v", "np.searchsorted(x, y)"),
        torch=Snippet(
            f"v = {FLOATS}; x, y = torch.from_numpy(np.sort(v[:1000])), torch.from_numpy(v)",
            "torch.searchsorted(x, y)",
        ),
    ),
]
