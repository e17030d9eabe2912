"""What recording a graph and going back through it costs, per operation and on large arrays; NumPy has no graph."""

from benchmarks.case import Case, Snippet, jitted

GRADIENTS = "torch.set_grad_enabled(True)"  # the worker starts each case without

CHAIN = """
def chain():
    y = x
    for _ in range(100):
        y = y + x
    y.backward()
    return x.grad
"""

N = 10**7
FOUR = dict.fromkeys("abcd", f"normal({N})")
TENSORS = "a, b, c, d = (ndl.Tensor(x) for x in (a, b, c, d))"

TORCH_GRADIENTS = """
def gradients():
    for x in (a, b, c, d):
        x.grad = None
    (a * b + c * torch.exp(d)).sum().backward()
    return d.grad
"""

CASES = [
    Case(
        "tensor add, no gradient",
        needle=Snippet("a, b = (ndl.Tensor([1.0], requires_grad=False) for _ in 'ab')", "a + b"),
        numpy=Snippet("a, b = np.ones(1, np.float32), np.ones(1, np.float32)", "a + b"),
        torch=Snippet("a, b = torch.ones(1), torch.ones(1)", "a + b"),
        target=0.5,
        against="torch",
    ),
    Case(
        "tensor add, recording",
        needle=Snippet("a, b = ndl.Tensor([1.0]), ndl.Tensor([1.0])", "a + b"),
        numpy=Snippet("a, b = np.ones(1, np.float32), np.ones(1, np.float32)", "a + b"),
        torch=Snippet(f"{GRADIENTS}; a, b = (torch.ones(1, requires_grad=True) for _ in 'ab')", "a + b"),
        target=0.7,
        against="torch",
    ),
    Case(
        "100 adds + backward",
        needle=Snippet(f"x = ndl.Tensor([1.0])\n{CHAIN}", "chain()"),
        torch=Snippet(
            f"{GRADIENTS}; x = torch.ones(1, requires_grad=True)\n{CHAIN.replace('y = x', 'x.grad = None; y = x', 1)}",
            "chain()",
        ),
        calls=100,
        target=0.6,
        against="torch",
    ),
    Case(
        "lazy a*b + c*exp(d) 1e7",
        FOUR,
        needle=Snippet(
            f"{TENSORS}\ndef lazily():\n    with ndl.lazy(), ndl.no_grad():\n        y = a * b + c * ndl.exp(d)\n"
            "    return y.realize_cached_data()",
            "lazily()",
        ),
        numpy="a * b + c * np.exp(d)",
        torch="a * b + c * torch.exp(d)",
        jax=jitted("a, b, c, d", "a * b + c * jnp.exp(d)"),
        reads=16 * N,
        writes=4 * N,
        target=0.25,
    ),
    Case(
        "lazy sum(a*b + c*exp(d)) and gradients 1e7",
        FOUR,
        needle=Snippet(
            f"{TENSORS}\ndef lazily():\n    with ndl.lazy():\n        (a * b + c * ndl.exp(d)).sum().backward()\n"
            "    return d.grad",
            "lazily()",
        ),
        torch=Snippet(
            f"{GRADIENTS}; a, b, c, d = (x.detach().requires_grad_() for x in (a, b, c, d))\n{TORCH_GRADIENTS}",
            "gradients()",
        ),
        jax=Snippet(
            "f = jax.jit(jax.grad(lambda a, b, c, d: (a * b + c * jnp.exp(d)).sum(), argnums=(0, 1, 2, 3)))",
            "ready(f(a, b, c, d))[3]",
        ),
        reads=32 * N,
        writes=16 * N,
    ),
]
