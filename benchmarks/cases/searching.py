"""Sorting, searching, sets, running sums and variances."""

from benchmarks.case import Case, jitted

FLOATS = {size: {"x": f"normal({size})"} for size in (10**6, 10**7)}
INTEGERS = {"x": f"integers(1 << 31, {10**6})"}
LABELS = {"x": f"integers(1000, {10**6})"}

CASES = [
    *(
        Case(
            f"sort {dtype} {label}",
            inputs,
            needle="nd.sort(x)",
            numpy="np.sort(x)",
            torch="torch.sort(x)[0]",
            jax=jitted("x", "jnp.sort(x)"),
            wide=dtype == "int64",
            target=target,
        )
        for dtype, label, inputs, target in (
            ("float32", "1e6", FLOATS[10**6], None),
            ("float32", "1e7", FLOATS[10**7], 0.6),
            ("int64", "1e6", INTEGERS, None),
        )
    ),
    *(
        Case(
            f"argsort float32 {label}",
            FLOATS[size],
            needle="nd.argsort(x, stable=False)",
            numpy="np.argsort(x)",
            torch="torch.argsort(x)",
            jax=jitted("x", "jnp.argsort(x, stable=False)"),
            comparable=False,
            target=target,
        )
        for label, size, target in (("1e6", 10**6, None), ("1e7", 10**7, 0.6))
    ),
    Case(
        "argsort stable float32 1e6",
        FLOATS[10**6],
        needle="nd.argsort(x)",
        numpy="np.argsort(x, kind='stable')",
        torch="torch.argsort(x, stable=True)",
        jax=jitted("x", "jnp.argsort(x)"),
    ),
    *(
        Case(
            f"cumulative_sum {label}",
            FLOATS[size],
            needle="nd.cumulative_sum(x)",
            numpy="np.cumulative_sum(x)",
            torch="torch.cumsum(x, 0)",
            jax=jitted("x", "jnp.cumsum(x)"),
            reads=4 * size,
            writes=4 * size,
            target=target,
        )
        for label, size, target in (("1e6", 10**6, None), ("1e7", 10**7, 0.6))
    ),
    Case(
        "unique int64 1e6",
        LABELS,
        needle="nd.unique_values(x)",
        numpy="np.unique_values(x)",
        torch="torch.unique(x)",
        jax="ready(jnp.unique_values(x))",
        wide=True,
        comparable=False,
    ),
    Case(
        "nonzero 1e6",
        {"x": f"normal({10**6}) > 0"},
        needle="nd.nonzero(x)[0]",
        numpy="np.nonzero(x)[0]",
        torch="torch.nonzero(x)",
        jax="ready(jnp.nonzero(x)[0])",
    ),
    Case(
        "var 1e6",
        FLOATS[10**6],
        needle="nd.var(x)",
        numpy="np.var(x)",
        torch="torch.var(x, correction=0)",
        jax=jitted("x", "jnp.var(x)"),
        reads=4 * 10**6,
    ),
    Case(
        "searchsorted 1e6",
        {"x": "np.sort(normal(1000))", "y": f"normal({10**6})"},
        needle="nd.searchsorted(x, y)",
        numpy="np.searchsorted(x, y)",
        torch="torch.searchsorted(x, y)",
        jax=jitted("x, y", "jnp.searchsorted(x, y)"),
    ),
]
