"""What recording a graph and going back through it costs per operation; NumPy adds without a graph."""

from benchmarks.case import Case, Snippet

GRADIENTS = "torch.set_grad_enabled(True)"  # the worker starts each case without

CHAIN = """
def chain():
    y = x
    for _ in range(100):
        y = y + x
    y.backward()
    return x.grad
"""

CASES = [
    Case(
        "tensor add, no gradient",
        needle=Snippet("a, b = (ndl.Tensor([1.0], requires_grad=False) for _ in 'ab')", "a + b"),
        numpy=Snippet("a, b = np.ones(1, np.float32), np.ones(1, np.float32)", "a + b"),
        torch=Snippet("a, b = torch.ones(1), torch.ones(1)", "a + b"),
    ),
    Case(
        "tensor add, recording",
        needle=Snippet("a, b = ndl.Tensor([1.0]), ndl.Tensor([1.0])", "a + b"),
        numpy=Snippet("a, b = np.ones(1, np.float32), np.ones(1, np.float32)", "a + b"),
        torch=Snippet(f"{GRADIENTS}; a, b = (torch.ones(1, requires_grad=True) for _ in 'ab')", "a + b"),
    ),
    Case(
        "100 adds + backward",
        needle=Snippet(f"x = ndl.Tensor([1.0])\n{CHAIN}", "chain()"),
        torch=Snippet(
            f"{GRADIENTS}; x = torch.ones(1, requires_grad=True)\n{CHAIN.replace('y = x', 'x.grad = None; y = x', 1)}",
            "chain()",
        ),
        calls=100,
    ),
]
