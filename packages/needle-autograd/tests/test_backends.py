"""The choice of a backend, and the plain kernels against independent formulas in NumPy."""

import array_api_strict
import needle_autograd as ag
import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd import BackendUnavailable, Tensor, backends
from needle_autograd.backends import reference

rng = np.random.default_rng(0)
LIBRARIES = [np, array_api_strict, *([nd] if callable(getattr(nd, "asarray", None)) else [])]


@pytest.fixture(params=LIBRARIES, ids=lambda library: library.__name__)
def xp(request):
    """Each array library that the kernels must work with."""
    return request.param


def host(array):
    return np.asarray(array.numpy() if isinstance(array, nd.NDArray) else array)


class TestSelection:
    def test_the_backend_decides_what_tensors_are_made_of(self, backend):
        assert ag.get_backend() == backend
        assert backends.array_namespace(Tensor([1.0]).cached_data) is {"np": np, "nd": nd}[backend]

    def test_an_unknown_backend_is_refused_with_the_names(self):
        with pytest.raises(
            BackendUnavailable, match=r"unknown backend 'tpu' in set_backend\(\); .*'nd' .*'np' \(NumPy\)"
        ):
            ag.set_backend("tpu")

    def test_namespaces_of_arrays_and_numpy_scalars(self):
        assert backends.array_namespace(np.ones(2)) is np
        assert backends.array_namespace(np.float32(1)) is np
        assert backends.array_namespace(array_api_strict.ones(2)) is array_api_strict
        with pytest.raises(TypeError, match=r"expected an array, got builtins\.list"):
            backends.array_namespace([1.0])

    def test_every_array_has_all_kernels(self, xp):
        found = backends.kernels(xp.ones((2,)))
        assert all(callable(getattr(found, name)) for name in reference.__all__)
        assert all(getattr(reference, name).__doc__ for name in reference.__all__)

    def test_numpy_arrays_get_the_plain_kernels(self):
        assert backends.kernels(np.ones(2)) is reference


def normalized(x, mean, var, eps):
    return (x - mean) / np.sqrt(var + eps)


X = rng.normal(size=(5, 4)) * 3
W, B = rng.normal(size=4), rng.normal(size=4)
LABELS = np.array([0, 3, 1, 1, 2])
KEEP = rng.random((5, 4)) < 0.6
EPS = 1e-3
MEAN, VAR = B - 0.5, W * W + 0.1  # statistics that are not those of X

FORWARD = {
    "relu": ((X,), {}, lambda x: np.where(x > 0, x, 0)),
    "sigmoid": ((X,), {}, lambda x: 0.5 * (1 + np.tanh(x / 2))),
    "logsumexp": ((X,), {}, lambda x: np.logaddexp.reduce(x.ravel())),
    "logsumexp rows": ((X,), {"axis": 1, "keepdims": True}, lambda x, **_: np.logaddexp.reduce(x, 1, keepdims=True)),
    "logsumexp both": ((X,), {"axis": (0, -1)}, lambda x, **_: np.logaddexp.reduce(x.ravel())),
    "softmax": ((X,), {"axis": 0}, lambda x, **_: np.exp(x - np.logaddexp.reduce(x, 0))),
    "log_softmax": ((X,), {}, lambda x: x - np.logaddexp.reduce(x, 1, keepdims=True)),
    "cross_entropy": ((X, LABELS), {}, lambda x, y: np.logaddexp.reduce(x, 1) - x[np.arange(5), y]),
    "cross_entropy mean": (
        (X, LABELS),
        {"ignore_index": 1, "reduction": "mean"},
        lambda x, y, **_: (np.logaddexp.reduce(x, 1) - x[np.arange(5), y])[y != 1].mean(),
    ),
    "layer_norm": (
        (X, W, B),
        {"eps": EPS},
        lambda x, w, b, eps: normalized(x, x.mean(1, keepdims=True), x.var(1, keepdims=True), eps) * w + b,
    ),
    "batch_norm": ((X, W, B), {"eps": EPS}, lambda x, w, b, eps: normalized(x, x.mean(0), x.var(0), eps) * w + b),
    "batch_norm_inference": (
        (X, W, B, MEAN, VAR),
        {"eps": EPS},
        lambda x, w, b, mean, var, eps: normalized(x, mean, var, eps) * w + b,
    ),
    "dropout": ((X, KEEP), {"p": 0.4}, lambda x, keep, p: x * keep / (1 - p)),
}


@pytest.mark.parametrize("case", FORWARD)
def test_results_agree_with_numpy(case, xp):
    arrays, kwargs, oracle = FORWARD[case]
    result = getattr(backends.kernels(xp.asarray(X)), case.split()[0])(*map(xp.asarray, arrays), **kwargs)
    result = result[0] if isinstance(result, tuple) else result
    np.testing.assert_allclose(host(result), oracle(*arrays, **kwargs), rtol=1e-12, atol=1e-12)


def test_the_statistics_come_along(xp):
    x, w, b = map(xp.asarray, (X, W, B))
    _, mean, inverse_std = backends.kernels(x).layer_norm(x, w, b, EPS)
    np.testing.assert_allclose(host(mean), X.mean(1, keepdims=True))
    np.testing.assert_allclose(host(inverse_std), 1 / np.sqrt(X.var(1, keepdims=True) + EPS))
    _, mean, var = backends.kernels(x).batch_norm(x, w, b, EPS)
    np.testing.assert_allclose(host(mean), X.mean(0))
    np.testing.assert_allclose(host(var), X.var(0))
    _, log_sums = backends.kernels(x).cross_entropy(x, xp.asarray(LABELS))
    np.testing.assert_allclose(host(log_sums), np.logaddexp.reduce(X, 1))


def test_batch_norm_normalizes_the_last_axis_of_images_too(xp):
    image = rng.normal(size=(3, 2, 2, 4))
    out, mean, var = backends.kernels(xp.asarray(X)).batch_norm(*map(xp.asarray, (image, W, B)), EPS)
    np.testing.assert_allclose(host(mean), image.mean((0, 1, 2)))
    np.testing.assert_allclose(host(out), normalized(image, host(mean), host(var), EPS) * W + B)


def test_extreme_inputs_do_not_overflow(xp):
    kernels = backends.kernels(xp.ones((2,)))
    x = xp.asarray([-1e4, 0.0, 1e4])
    with np.errstate(over="raise", invalid="raise"):
        np.testing.assert_array_equal(host(kernels.sigmoid(x)), [0, 0.5, 1])
        np.testing.assert_array_equal(host(kernels.softmax(x)), [0, 0, 1])
        np.testing.assert_array_equal(host(kernels.log_softmax(x)), [-2e4, -1e4, 0])
        assert float(kernels.logsumexp(x)) == 1e4
    nothing = xp.asarray([-np.inf, -np.inf])
    with np.errstate(divide="ignore"):
        assert float(kernels.logsumexp(nothing)) == -np.inf
    assert float(kernels.logsumexp(xp.asarray([np.inf, 0.0]))) == np.inf


def test_not_a_number_stays_one(xp):
    kernels = backends.kernels(xp.ones((2,)))
    x = xp.asarray([np.nan, 1.0])
    assert np.isnan(host(kernels.relu(x))[0])
    assert np.isnan(host(kernels.sigmoid(x))[0])
    assert np.isnan(float(kernels.logsumexp(x)))


def numerical_gradient(function, x, weights):
    """The gradient of sum(weights * function(x)), element by element, by central differences."""
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        ends = []
        for step in (-1e-5, 1e-5):
            moved = x.copy()
            moved[index] += step
            ends.append(np.sum(weights * function(moved)))
        gradient[index] = (ends[1] - ends[0]) / 2e-5
    return gradient


G = rng.normal(size=(5, 4))
GRADIENTS = {
    "relu_grad": (lambda k, g, x: k.relu_grad(g, k.relu(x)), FORWARD["relu"], G),
    "sigmoid_grad": (lambda k, g, x: k.sigmoid_grad(g, k.sigmoid(x)), FORWARD["sigmoid"], G),
    "softmax_grad": (lambda k, g, x: k.softmax_grad(g, k.softmax(x, axis=0), axis=0), FORWARD["softmax"], G),
    "log_softmax_grad": (lambda k, g, x: k.log_softmax_grad(g, k.log_softmax(x)), FORWARD["log_softmax"], G),
    "logsumexp_grad": (
        lambda k, g, x: k.logsumexp_grad(g, x, k.logsumexp(x, 1, True), axis=1),
        FORWARD["logsumexp rows"],
        G[:, :1],
    ),
    "cross_entropy_grad": (
        lambda k, g, x, y: k.cross_entropy_grad(g, x, y, k.cross_entropy(x, y)[1]),
        FORWARD["cross_entropy"],
        G[:, 0],
    ),
    "cross_entropy_grad of a mean": (
        lambda k, g, x, y: k.cross_entropy_grad(g, x, y, k.cross_entropy(x, y)[1], 1, "mean"),
        FORWARD["cross_entropy mean"],
        G[0, 0],
    ),
    "layer_norm_grad": (
        lambda k, g, x, w, b: k.layer_norm_grad(g, x, w, *k.layer_norm(x, w, b, EPS)[1:]),
        FORWARD["layer_norm"],
        G,
    ),
    "batch_norm_grad": (
        lambda k, g, x, w, b: k.batch_norm_grad(g, x, w, *k.batch_norm(x, w, b, EPS)[1:], EPS),
        FORWARD["batch_norm"],
        G,
    ),
    "batch_norm_inference_grad": (
        lambda k, g, x, w, b, mean, var: k.batch_norm_inference_grad(g, x, w, mean, var, EPS),
        FORWARD["batch_norm_inference"],
        G,
    ),
}


@pytest.mark.parametrize("case", GRADIENTS)
def test_gradients_agree_with_finite_differences(case, xp):
    apply, (arrays, kwargs, oracle), weights = GRADIENTS[case]
    got = apply(backends.kernels(xp.asarray(X)), xp.asarray(weights), *map(xp.asarray, arrays))
    for position, gradient in enumerate(got if isinstance(got, tuple) else (got,)):

        def function(moved, position=position):
            operands = list(arrays)
            operands[position] = moved
            return oracle(*operands, **kwargs)

        expected = numerical_gradient(function, arrays[position], weights)
        np.testing.assert_allclose(host(gradient), expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("label", "position"), [(4, 3), (-1, 0)])
def test_a_label_out_of_range_is_refused(label, position, xp):
    labels = LABELS.copy()
    labels[position] = label
    message = f"cross_entropy: label {label} at position {position} is out of range for 4 classes"
    with pytest.raises(IndexError, match=message):
        backends.kernels(xp.asarray(X)).cross_entropy(xp.asarray(X), xp.asarray(labels))


class TestSteps:
    """Each optimizer's update against the formula for one number, three steps long."""

    def check(self, xp, states, step, oracle):
        param = xp.asarray([0.5, -1.5], dtype=xp.float64)
        arrays = [xp.zeros(2, dtype=param.dtype) for _ in range(states)]
        expected = [(p, [0.0] * states) for p in (0.5, -1.5)]
        for number, gradients in enumerate(([1.0, -2.0], [0.5, 0.25], [-3.0, 1.0]), start=1):
            given = xp.asarray(gradients, dtype=xp.float64)
            assert step(backends.kernels(param), param, given, arrays, number) is None
            expected = [oracle(p, g, state, number) for (p, state), g in zip(expected, gradients, strict=True)]
            np.testing.assert_allclose(host(param), [p for p, _ in expected], rtol=1e-12)
            np.testing.assert_array_equal(host(given), gradients)

    def test_gradient_descent(self, xp):
        self.check(
            xp,
            0,
            lambda k, p, g, s, n: k.sgd_step(p, g, None, lr=0.1, weight_decay=0.01),
            lambda p, g, s, n: (p - 0.1 * (g + 0.01 * p), s),
        )

    def test_gradient_descent_with_momentum(self, xp):
        def oracle(p, g, s, n):
            u = 0.9 * s[0] + 0.7 * g
            return p - 0.1 * u, [u]

        self.check(xp, 1, lambda k, p, g, s, n: k.sgd_step(p, g, s[0], lr=0.1, momentum=0.9, dampening=0.3), oracle)

    def test_adam(self, xp):
        def oracle(p, g, s, n):
            g = g + 0.01 * p
            m, v = 0.9 * s[0] + 0.1 * g, 0.99 * s[1] + 0.01 * g * g
            return p - 0.1 * (m / (1 - 0.9**n)) / ((v / (1 - 0.99**n)) ** 0.5 + 1e-8), [m, v]

        def step(k, p, g, s, n):
            return k.adam_step(p, g, *s, lr=0.1, beta1=0.9, beta2=0.99, eps=1e-8, weight_decay=0.01, step=n)

        self.check(xp, 2, step, oracle)

    @pytest.mark.parametrize("momentum", [0.0, 0.9])
    def test_rmsprop(self, xp, momentum):
        def oracle(p, g, s, n):
            g = g + 0.01 * p
            average = 0.9 * s[0] + 0.1 * g * g
            update = momentum * s[1] + g / (average**0.5 + 1e-8)
            return p - 0.1 * update, [average, update]

        def step(k, p, g, s, n):
            buffer = s[1] if momentum else None
            kwargs = {"lr": 0.1, "alpha": 0.9, "eps": 1e-8, "momentum": momentum, "weight_decay": 0.01}
            return k.rmsprop_step(p, g, s[0], buffer, **kwargs)

        self.check(xp, 2, step, oracle)
