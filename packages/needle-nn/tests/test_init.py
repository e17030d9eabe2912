"""Initializers: bounds, moments, shapes, and repeatable draws."""

from math import sqrt

import numpy as np
import pytest
from needle_autograd import random
from needle_nn import init

FAN_IN, FAN_OUT = 200, 300

# function, keyword arguments, standard deviation by the papers' formulas
CASES = [
    (init.xavier_uniform, {}, sqrt(2 / (FAN_IN + FAN_OUT))),
    (init.xavier_uniform, {"gain": 2.0}, 2 * sqrt(2 / (FAN_IN + FAN_OUT))),
    (init.xavier_normal, {}, sqrt(2 / (FAN_IN + FAN_OUT))),
    (init.xavier_normal, {"gain": 0.5}, 0.5 * sqrt(2 / (FAN_IN + FAN_OUT))),
    (init.kaiming_uniform, {}, sqrt(2 / FAN_IN)),
    (init.kaiming_uniform, {"nonlinearity": "linear"}, sqrt(1 / FAN_IN)),
    (init.kaiming_normal, {}, sqrt(2 / FAN_IN)),
    (init.kaiming_normal, {"nonlinearity": "tanh"}, 5 / 3 * sqrt(1 / FAN_IN)),
]


@pytest.mark.parametrize(("function", "kwargs", "std"), CASES)
def test_moments_and_bounds_are_those_of_the_formula(function, kwargs, std):
    values = function(FAN_IN, FAN_OUT, dtype="float64", **kwargs).numpy()
    assert values.shape == (FAN_IN, FAN_OUT)
    assert abs(values.mean()) < 5 * std / sqrt(values.size)
    uniform = "uniform" in function.__name__
    spread = (4 / 5 if uniform else 2) * std**4 / values.size  # variance of the sample variance
    assert abs(values.var() - std**2) < 5 * sqrt(spread)
    if uniform:
        bound = sqrt(3) * std
        assert 0.999 * bound < np.abs(values).max() <= bound
    else:
        assert np.abs(values).max() > 3 * std


@pytest.mark.parametrize(("function", "kwargs", "std"), CASES)
def test_shape_replaces_the_default_shape_and_not_the_fans(function, kwargs, std):
    values = function(FAN_IN, FAN_OUT, shape=(3, 3, 50, 60), **kwargs).numpy()
    assert values.shape == (3, 3, 50, 60)
    assert values.dtype == np.float32
    assert abs(values.std() / std - 1) < 0.05


@pytest.mark.parametrize(("function", "kwargs", "std"), CASES)
def test_the_same_seed_draws_the_same_values(function, kwargs, std):
    random.seed(5)
    first = function(4, 6, **kwargs)
    second = function(4, 6, **kwargs)
    random.seed(5)
    np.testing.assert_array_equal(function(4, 6, **kwargs).numpy(), first.numpy())
    assert (first.numpy() != second.numpy()).any()
    assert not first.requires_grad


def test_unknown_nonlinearities_and_fans_of_zero_are_refused():
    with pytest.raises(ValueError, match="unknown nonlinearity 'cube'; known are linear, relu, sigmoid, tanh"):
        init.kaiming_uniform(2, 3, nonlinearity="cube")
    with pytest.raises(ValueError, match="at least 1, got 0 and 3"):
        init.kaiming_normal(0, 3)
    with pytest.raises(ValueError, match="at least 1, got 2 and -1"):
        init.xavier_uniform(2, -1)
