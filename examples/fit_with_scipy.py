"""SciPy's least squares with an exact Jacobian: the decay of a signal, with its uncertainty.

Needs SciPy: `pip install scipy`.
"""

import numpy as np
from needle_autograd import Tensor, jacobian, tree
from scipy.optimize import least_squares

# A decay, measured at 80 times with noise: 2.5 exp(-1.3 t) + 0.5.
rng = np.random.default_rng(0)
times = np.linspace(0, 4, 80)
signal = 2.5 * np.exp(-1.3 * times) + 0.5 + 0.02 * rng.normal(size=80)
t, measured = Tensor(times, requires_grad=False), Tensor(signal, requires_grad=False)


def residuals(params):
    """Model less measurement, (80,)."""
    return params["amplitude"] * (-params["rate"] * t).exp() + params["offset"] - measured


start, unravel = tree.ravel({name: Tensor(np.ones(())) for name in ("amplitude", "rate", "offset")})


def flat_residuals(vector):
    """The residuals as a function of the flat vector, (3,) -> (80,)."""
    return residuals(unravel(vector))


# The Jacobian, (80, 3), takes three passes, one a column, as it is taller than wide.
exact = jacobian(flat_residuals)
result = least_squares(
    lambda vector: flat_residuals(vector).numpy(), start.numpy(), jac=lambda vector: exact(vector).numpy()
)

variance = 2 * result.cost / (len(times) - len(result.x))
errors = np.sqrt(np.diag(variance * np.linalg.inv(result.jac.T @ result.jac)))
for name, value, error in zip(unravel(result.x), result.x, errors, strict=True):
    print(f"{name} = {value:.4f} +- {error:.4f}")
