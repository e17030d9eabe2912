import needle_ndarray as nd
import numpy as np
import pytest

from .clients import assert_same

special = pytest.importorskip("scipy.special", reason="clients are tested by `hatch run clients:test`")
from scipy import integrate, stats
from scipy.cluster import vq

VALUES = np.random.default_rng(5).normal(size=(7, 5)) * 3
TIES = np.array([[3.0, 1.0, 4.0, 1.0, 5.0], [9.0, 2.0, 6.0, 5.0, 3.0], [5.0, 5.0, 5.0, 0.0, -1.0]])


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
def test_special_functions_over_axes(name, axis, dtype):
    function = getattr(special, name)
    assert_same(function(nd.asarray(VALUES, dtype=dtype), axis=axis), function(VALUES, axis=axis), dtype)


def test_logsumexp_of_infinities(dtype):
    values = np.array([[-np.inf, -np.inf], [np.inf, 1.0], [0.0, -np.inf]])
    expected = special.logsumexp(values, axis=1)
    assert_same(special.logsumexp(nd.asarray(values, dtype=dtype), axis=1), expected, dtype)


@pytest.mark.parametrize("name", ["erf", "expit", "gammaln", "ndtr"])
def test_special_functions_of_each_element(name, dtype):
    function = getattr(special, name)
    assert_same(function(nd.asarray(np.abs(VALUES), dtype=dtype)), function(np.abs(VALUES)), dtype)


@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_zscore(axis, ddof, dtype):
    expected = stats.zscore(VALUES, axis=axis, ddof=ddof)
    assert_same(stats.zscore(nd.asarray(VALUES, dtype=dtype), axis=axis, ddof=ddof), expected, dtype)


@pytest.mark.parametrize("method", ["linear", "median_unbiased", "hazen", "inverted_cdf", "closest_observation"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_quantile(axis, method, dtype):
    p = np.array([0.1, 0.5, 0.9])
    if axis is None:
        expected = stats.quantile(VALUES, p, axis=None, method=method)
    else:
        p = p[:, None] if axis == 0 else p[None, :]
        expected = stats.quantile(VALUES, p, axis=axis, method=method)
    result = stats.quantile(nd.asarray(VALUES, dtype=dtype), nd.asarray(p, dtype=dtype), axis=axis, method=method)
    assert_same(result, expected, dtype)


@pytest.mark.parametrize("method", ["average", "min", "max", "dense", "ordinal"])
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_rankdata(axis, method, dtype):
    result = stats.rankdata(nd.asarray(TIES, dtype=dtype), method, axis=axis)
    np.testing.assert_array_equal(np.asarray(result), stats.rankdata(TIES, method, axis=axis))
    assert isinstance(result, nd.NDArray)


@pytest.mark.parametrize("name", ["skew", "kurtosis", "gmean", "hmean", "sem", "variation", "moment"])
def test_statistics_over_an_axis(name, dtype):
    function, values = getattr(stats, name), np.abs(VALUES) + 0.5
    arguments = {"order": 3} if name == "moment" else {}
    assert_same(
        function(nd.asarray(values, dtype=dtype), axis=0, **arguments), function(values, axis=0, **arguments), dtype
    )


@pytest.mark.parametrize("name", ["ttest_1samp", "pearsonr", "ttest_ind", "ttest_rel"])
def test_hypothesis_tests(name, dtype):
    function = getattr(stats, name)
    first, second = VALUES, VALUES[::-1] * 0.5 + np.arange(5)
    if name == "ttest_1samp":
        arguments, ours = (first, 0.25), (nd.asarray(first, dtype=dtype), 0.25)
    else:
        arguments = (first, second)
        ours = (nd.asarray(first, dtype=dtype), nd.asarray(second, dtype=dtype))
    expected, result = function(*arguments, axis=0), function(*ours, axis=0)
    assert_same([result.statistic, result.pvalue], [expected.statistic, expected.pvalue], dtype)


def test_whiten_and_vector_quantization(dtype):
    expected = vq.whiten(VALUES)
    ours = vq.whiten(nd.asarray(VALUES, dtype=dtype))
    assert_same(ours, expected, dtype)
    code, distance = vq.vq(ours, ours[:3, :])
    expected_code, expected_distance = vq.vq(expected, expected[:3, :])
    assert_same(distance**2, expected_distance**2, dtype)  # what is near zero is the root of a rounding error
    assert code.tolist() == expected_code.tolist()


def test_trapezoid_and_simpson(dtype):
    x = np.linspace(0, 2, 9)
    for rule in (integrate.trapezoid, integrate.cumulative_simpson):
        assert_same(rule(nd.asarray(x**2, dtype=dtype), x=nd.asarray(x, dtype=dtype)), rule(x**2, x=x), dtype)
