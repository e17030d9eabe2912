"""The recipes with SciPy in the repository's examples; only the environment of `hatch run clients:test` has SciPy."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

optimize = pytest.importorskip("scipy.optimize", reason="clients are tested by `hatch run clients:test`")

EXAMPLES = Path(__file__).parents[4] / "examples"

pytestmark = pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the examples are in the repository only")


def lines_of(name):
    done = subprocess.run([sys.executable, EXAMPLES / name], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+\.\d+", text)]


def test_logistic_regression_finds_the_minimum_that_newton_finds():
    """Oracle: Newton's method in NumPy, with the gradient and Hessian of the loss by hand."""
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(200, 3))
    labels = (inputs @ [1.0, -2.0, 0.5] + 0.3 + rng.logistic(size=200) > 0).astype("float64")
    design, penalty = np.column_stack([inputs, np.ones(200)]), 2e-3 * np.diag([1.0, 1.0, 1.0, 0.0])
    w = np.zeros(4)
    for _ in range(20):
        p = 1 / (1 + np.exp(-design @ w))
        hessian = design.T * (p * (1 - p)) @ design / 200 + penalty
        w -= np.linalg.solve(hessian, design.T @ (p - labels) / 200 + penalty @ w)
    scores = design @ w
    loss = (np.logaddexp(0, scores) - labels * scores).mean() + 1e-3 * (w[:3] ** 2).sum()
    lines = lines_of("minimize_with_scipy.py")
    assert [line.partition(":")[0] for line in lines] == ["L-BFGS-B", "trust-ncg"]
    for line in lines:
        np.testing.assert_allclose(numbers(line.partition(":")[2]), [loss, *w], atol=2e-4)


def test_least_squares_finds_what_it_finds_with_finite_differences():
    rng = np.random.default_rng(0)
    times = np.linspace(0, 4, 80)
    signal = 2.5 * np.exp(-1.3 * times) + 0.5 + 0.02 * rng.normal(size=80)
    expected = optimize.least_squares(lambda p: p[0] * np.exp(-p[1] * times) + p[2] - signal, np.ones(3))
    found = [numbers(line) for line in lines_of("fit_with_scipy.py")]
    np.testing.assert_allclose([value for value, _ in found], expected.x, atol=1e-4)
    for (value, error), truth in zip(found, [2.5, 1.3, 0.5], strict=True):
        assert 0 < error < 0.05
        assert abs(value - truth) < 4 * error
