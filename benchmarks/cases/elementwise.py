"""Elementwise arithmetic: the price of one small operation, and loops over up to ten million elements."""

from benchmarks.case import Case, Snippet, jitted

N = 10**7
ITEM_BYTES = {"float32": 4, "float64": 8, "int64": 8}


def vectors(*names: str, size: int = N, dtype: str = "float32") -> dict[str, str]:
    """Inputs of that many elements; integers are small enough to add up."""
    made = f"integers(1000, {size})" if dtype == "int64" else f"normal({size}, dtype='{dtype}')"
    return dict.fromkeys(names, made)


def operator(symbol: str, word: str, size: int, label: str, target: float | None, dtype: str = "float32") -> Case:
    expression, bytes_each = f"a {symbol} b", ITEM_BYTES[dtype] * size
    return Case(
        f"{word} {label}" if dtype == "float32" else f"{word} {dtype} {label}",
        vectors("a", "b", size=size, dtype=dtype),
        needle=expression,
        numpy=expression,
        torch=expression,
        jax=jitted("a, b", expression),
        reads=2 * bytes_each,
        writes=bytes_each,
        wide=dtype.endswith("64"),
        target=target,
    )


def function(
    name: str,
    needle: str,
    numpy: str | None,
    torch: str,
    jax: str,
    target: float | None = 0.25,
    dtype: str = "float32",
) -> Case:
    """A function of ten million elements x; `jax` is its formula."""
    positive = {"x": f"0.01 + abs(normal({N}))"} if name == "log" else vectors("x", dtype=dtype)
    return Case(
        f"{name} 1e7",
        positive,
        needle=needle,
        numpy=numpy,
        torch=torch,
        jax=jitted("x", jax),
        reads=ITEM_BYTES[dtype] * N,
        writes=ITEM_BYTES[dtype] * N,
        wide=dtype.endswith("64"),
        target=target,
    )


NUMPY_SIGMOID = "1 / (1 + np.exp(-x))"
NUMPY_GELU_TANH = "0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x * x * x)))"

SMALL = [
    Case(
        f"add {label}",
        {"a": f"normal({shape})", "b": f"normal({shape})"},
        needle="a + b",
        numpy="a + b",
        torch="a + b",
        jax=jitted("a, b", "a + b"),
        target=0.4,
        against="numpy",
    )
    for label, shape in (("one element", "1"), ("8x8", "8, 8"))
]

FUNCTIONS = [
    function("exp", "nd.exp(x)", "np.exp(x)", "torch.exp(x)", "jnp.exp(x)"),
    function("tanh", "nd.tanh(x)", "np.tanh(x)", "torch.tanh(x)", "jnp.tanh(x)"),
    function("sigmoid", "nd.sigmoid(x)", NUMPY_SIGMOID, "torch.sigmoid(x)", "jax.nn.sigmoid(x)"),
    function("gelu", "kernels.gelu(x)", None, "F.gelu(x)", "jax.nn.gelu(x, approximate=False)"),
    function(
        "gelu tanh",
        "kernels.gelu(x, approximate='tanh')",
        NUMPY_GELU_TANH,
        "F.gelu(x, approximate='tanh')",
        "jax.nn.gelu(x, approximate=True)",
    ),
    function("silu", "kernels.silu(x)", f"x * ({NUMPY_SIGMOID})", "F.silu(x)", "jax.nn.silu(x)", target=None),
    function("log", "nd.log(x)", "np.log(x)", "torch.log(x)", "jnp.log(x)"),
    function("erf", "nd.erf(x)", None, "torch.erf(x)", "jax.scipy.special.erf(x)"),
    function("sin", "nd.sin(x)", "np.sin(x)", "torch.sin(x)", "jnp.sin(x)"),
]

PROGRAM = """
instructions = [("multiply", 0, 1), ("exp", 3), ("multiply", 2, 5), ("add", 4, 6)]
program = kernels.Program(4, [], instructions)  # numbers 0 to 3 are the arrays, 4 to 7 the results
"""


def chain(name: str, needle: Snippet | str, target: float | None, total: bool = False) -> Case:
    """a*b + c*exp(d), or its sum."""
    formula, whole = "a * b + c * {0}.exp(d)", "({0}).sum()" if total else "{0}"
    return Case(
        name,
        vectors("a", "b", "c", "d"),
        needle=needle,
        numpy=whole.format(formula.format("np")),
        torch=whole.format(formula.format("torch")),
        jax=jitted("a, b, c, d", whole.format(formula.format("jnp"))),
        reads=16 * N,
        writes=0 if total else 4 * N,
        target=target,
    )


CASES = [
    *SMALL,
    *(
        operator(symbol, word, size, label, target)
        for symbol, word in (("+", "add"), ("*", "mul"))
        for size, label, target in ((10**3, "1e3", 0.5), (10**5, "1e5", 0.7), (N, "1e7", 0.4))
    ),
    Case(
        "add 1e7 into out=",
        vectors("a", "b"),
        needle=Snippet("o = own(a)", "nd.add(a, b, out=o)"),
        numpy=Snippet("o = own(a)", "np.add(a, b, out=o)"),
        torch=Snippet("o = own(a)", "torch.add(a, b, out=o)"),
        reads=8 * N,
        writes=4 * N,
        target=0.9,
    ),
    *FUNCTIONS,
    Case(
        "where 1e7",
        {**vectors("a", "b"), "m": f"normal({N}) > 0"},
        needle="nd.where(m, a, b)",
        numpy="np.where(m, a, b)",
        torch="torch.where(m, a, b)",
        jax=jitted("m, a, b", "jnp.where(m, a, b)"),
        reads=9 * N,
        writes=4 * N,
        target=0.2,
    ),
    *(
        Case(
            f"{word} 1e7",
            vectors("a", "b"),
            needle=f"a {symbol} b",
            numpy=f"a {symbol} b",
            torch=f"a {symbol} b",
            jax=jitted("a, b", f"a {symbol} b"),
            reads=8 * N,
            writes=N,
            target=0.5,
        )
        for symbol, word in (("<", "less"), ("==", "equal"))
    ),
    chain("a*b + c*exp(d) 1e7", "a * b + c * nd.exp(d)", 0.5),
    chain("program a*b + c*exp(d) 1e7", Snippet(PROGRAM, "kernels.run_program(program, a, b, c, d)"), 0.25),
    chain(
        "program sum(a*b + c*exp(d)) 1e7",
        Snippet(PROGRAM, "kernels.run_program(program, a, b, c, d, reduce='sum')"),
        None,
        total=True,
    ),
    operator("+", "add", N, "1e7", None, dtype="int64"),
    operator("+", "add", N, "1e7", None, dtype="float64"),
    function("exp float64", "nd.exp(x)", "np.exp(x)", "torch.exp(x)", "jnp.exp(x)", None, "float64"),
]
