"""What a process holds: after a first gradient, and after training steps beyond the arrays that training needs.

After a first gradient that is to be less than 30 MiB, the interpreter included.
"""

from benchmarks.case import Case, Snippet

FIRST_GRADIENT = {
    "needle": """
from needle_autograd import Tensor
x = Tensor([1.0, 2.0])
(x * x).sum().backward()
""",
    "torch": """
import torch
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
""",
    "jax": """
import jax
jax.grad(lambda x: (x * x).sum())(jax.numpy.array([1.0, 2.0]))
""",
}

# A step runs before the count begins, on a small network: libraries start their threads and pools in the first one.
NEEDLE_MODEL = """
import needle as ndl
def train(*sizes):
    layers = [layer for pair in zip(sizes, sizes[1:]) for layer in (ndl.nn.Linear(*pair), ndl.nn.ReLU())][:-1]
    model, loss = ndl.nn.Sequential(*layers), ndl.nn.SoftmaxLoss()
    optimizer = ndl.optim.Adam(model.parameters(), lr=1e-3)
    x, y = ndl.randn(128, sizes[0]), ndl.zeros(128, dtype="int64")
    for _ in range(3):
        optimizer.reset_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
    return model, optimizer, x, y, value
kept = [train(8, 8, 8, 2)]
"""

TORCH_MODEL = """
import torch
def train(*sizes):
    layers = [layer for pair in zip(sizes, sizes[1:]) for layer in (torch.nn.Linear(*pair), torch.nn.ReLU())][:-1]
    model = torch.nn.Sequential(*layers)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    x, y = torch.randn(128, sizes[0]), torch.zeros(128, dtype=torch.int64)
    for _ in range(3):
        optimizer.zero_grad()
        value = torch.nn.functional.cross_entropy(model(x), y)
        value.backward()
        optimizer.step()
    return model, optimizer, x, y, value
kept = [train(8, 8, 8, 2)]
"""

# The arrays alone: parameters, their gradients and two moments, and the input and results of all layers.
ARRAYS = """
import numpy as np
def train(*sizes):
    parameters = [shape for a, b in zip(sizes, sizes[1:]) for shape in ((a, b), (1, b))]
    results = [(128, size) for size in (sizes[0], *[size for size in sizes[1:-1] for _ in range(2)], sizes[-1])]
    return [np.full(shape, 0.5, np.float32) for shape in [*parameters * 4, *results]]
kept = [train(8, 8, 8, 2)]
"""

STEP = "kept.append(train(784, 1024, 1024, 10))"

CASES = [
    Case(
        "memory: first gradient",
        **{peer: Snippet("", f"process_bytes({program!r})") for peer, program in FIRST_GRADIENT.items()},
        own_clock=True,
        unit="B",
    ),
    Case(
        "memory: Adam steps of 784-1024-1024-10, batch 128",
        needle=Snippet("", f"process_bytes({STEP!r}, {NEEDLE_MODEL!r})"),
        numpy=Snippet("", f"process_bytes({STEP!r}, {ARRAYS!r})"),
        torch=Snippet("", f"process_bytes({STEP!r}, {TORCH_MODEL!r})"),
        own_clock=True,
        unit="B",
        target=1.2,
        against="numpy",
    ),
]
