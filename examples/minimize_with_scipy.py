"""SciPy's optimizers on a loss of ours: logistic regression, with exact gradients and products with the Hessian.

Needs SciPy: `pip install scipy`. Its optimizers work on one flat vector: `tree.ravel` makes it of named parameters, and
`unravel` makes named parameters of it.
"""

import numpy as np
from needle_autograd import Tensor, hvp, ops, tree, value_and_grad
from scipy.optimize import minimize

# Points of two classes, which overlap: y is 1 where x @ w + b with noise is positive.
rng = np.random.default_rng(0)
inputs = rng.normal(size=(200, 3))
labels = (inputs @ [1.0, -2.0, 0.5] + 0.3 + rng.logistic(size=200) > 0).astype("float64")
x, y = Tensor(inputs, requires_grad=False), Tensor(labels, requires_grad=False)


def loss(params):
    """Mean negative log-likelihood, with a small penalty: log(1 + exp(z)) - y z for z = x @ w + b."""
    scores = x @ params["w"] + params["b"]
    return (ops.softplus(scores) - y * scores).mean() + 1e-3 * (params["w"] ** 2).sum()


start, unravel = tree.ravel({"w": Tensor(np.zeros(3)), "b": Tensor(np.zeros(()))})


def flat_loss(vector):
    """The loss as a function of the flat vector."""
    return loss(unravel(vector))


def value_and_gradient(vector):
    """What `minimize(..., jac=True)` wants: a number and a NumPy array."""
    value, gradient = value_and_grad(flat_loss)(vector)
    return value.item(), gradient.numpy()


def hessian_times(vector, direction):
    """The product of the Hessian with a direction, for Newton's method in many variables."""
    _, (product,) = hvp(flat_loss, (vector,), (direction,))
    return product.numpy()


for method, options in [("L-BFGS-B", {}), ("trust-ncg", {"hessp": hessian_times})]:
    result = minimize(value_and_gradient, start.numpy(), jac=True, method=method, tol=1e-10, **options)
    found = unravel(result.x)
    w = ", ".join(f"{value:.4f}" for value in found["w"].numpy())
    print(f"{method}: loss {result.fun:.6f}, w {w}, b {found['b'].item():.4f}")
