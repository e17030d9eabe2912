"""Rows taken from a table and added back to it, and boolean masks."""

from benchmarks.case import Case, Snippet, jitted

N = 10**7
TABLE = {"x": "normal(50000, 256)", "rows": "integers(50000, 4096)"}
ROW_BYTES = 4 * 4096 * 256
MASKED = {"x": f"normal({N})", "m": f"normal({N}) > 0"}

CASES = [
    Case(
        "gather 4096 of 50k x 256",
        TABLE,
        needle="nd.take(x, rows, axis=0)",
        numpy="np.take(x, rows, axis=0)",
        torch="torch.index_select(x, 0, rows)",
        jax=jitted("x, rows", "jnp.take(x, rows, axis=0)"),
        reads=ROW_BYTES,
        writes=ROW_BYTES,
        target=0.9,
    ),
    Case(
        "scatter-add 4096 to zeros 50k x 256",
        {"rows": "integers(50000, 4096)", "values": "normal(4096, 256)"},
        needle=Snippet(
            "shape = (size(50000), values.shape[1])",
            "kernels.index_add(nd.zeros(shape, dtype=nd.float32), rows, values)",
        ),
        numpy=Snippet(
            """
def scattered():
    y = np.zeros((size(50000), values.shape[1]), np.float32)
    np.add.at(y, rows, values)
    return y
""",
            "scattered()",
        ),
        torch=Snippet("shape = (size(50000), values.shape[1])", "torch.zeros(shape).index_add_(0, rows, values)"),
        jax=Snippet(
            "shape = (size(50000), values.shape[1])\nf = jax.jit(lambda r, v: jnp.zeros(shape).at[r].add(v))",
            "ready(f(rows, values))",
        ),
        reads=ROW_BYTES,
        writes=4 * 50000 * 256,
        target=0.3,
    ),
    Case(
        "scatter-add 4096 to 50k x 256",
        {**TABLE, "values": "normal(4096, 256)"},
        needle=Snippet("x = own(x)", "kernels.index_add(x, rows, values)"),
        numpy=Snippet("x = own(x)", "(np.add.at(x, rows, values), x)[1]"),
        torch=Snippet("x = own(x)", "x.index_add_(0, rows, values)"),
        jax=Snippet(
            """
f = jax.jit(lambda x, r, v: x.at[r].add(v), donate_argnums=0)
state = [own(x)]
def add():
    state[0] = ready(f(state[0], rows, values))
    return state[0]
""",
            "add()",
        ),
        reads=2 * ROW_BYTES,
        writes=ROW_BYTES,
        target=1.0,
    ),
    Case(
        "mask get 1e7",
        MASKED,
        needle="x[m]",
        numpy="x[m]",
        torch="x[m]",
        jax="ready(x[m])",
        reads=5 * N,
        writes=2 * N,
        target=0.7,
    ),
    Case(
        "mask set 1e7",
        MASKED,
        needle=Snippet("x = own(x)", "(x.__setitem__(m, 0.0), x)[1]"),
        numpy=Snippet("x = own(x)", "(x.__setitem__(m, 0.0), x)[1]"),
        torch=Snippet("x = own(x)", "(x.__setitem__(m, 0.0), x)[1]"),
        jax=Snippet(
            """
f = jax.jit(lambda x, m: jnp.where(m, 0.0, x), donate_argnums=0)
state = [own(x)]
def put():
    state[0] = ready(f(state[0], m))
    return state[0]
""",
            "put()",
        ),
        reads=5 * N,
        writes=4 * N,
        target=0.7,
    ),
]
