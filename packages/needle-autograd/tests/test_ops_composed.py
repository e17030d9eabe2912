"""Functions that are composed of operations: gradients by finite differences, values by NumPy, and what is refused."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from needle_autograd import DTypeError, ShapeError, Tensor, ops, set_backend
from needle_autograd.testing import check_gradient

pytestmark = pytest.mark.usefixtures("backend")

SMOOTH = {
    "median": (lambda a: ops.median(a, 1), [(3, 4)]),
    "quantile": (lambda a: ops.quantile(a, [0.1, 0.5, 0.9], 0), [(5, 2)]),
    "logcumsumexp": (lambda a: ops.logcumsumexp(a, 1), [(2, 7)]),
    "diff": (lambda a, b: ops.diff(a, 2, 0, append=b) ** 2, [(3, 2), (1, 2)]),
    "trapezoid": (lambda y, x: ops.trapezoid(y, x, axis=0), [(4, 2), (4,)]),
    "trapezoid of as many axes": (ops.trapezoid, [(2, 4), (2, 4)]),
    "lerp": (lambda a, b: ops.lerp(a, b, 0.25), [(2, 3), (3,)]),
    "lerp of weights": (ops.lerp, [(2, 3), (3,), (2, 1)]),
    "addcmul": (lambda a, b, c: ops.addcmul(a, b, c, 2.0), [(2, 3), (3,), (2, 1)]),
    "addcdiv": (lambda a, b, c: ops.addcdiv(a, b, c * c + 1, 2.0), [(2, 3), (3,), (2, 1)]),
    "addmm": (lambda a, b, c: ops.addmm(a, b, c, beta=2.0, alpha=0.5), [(3,), (2, 4), (4, 3)]),
    "cross": (lambda a, b: ops.cross(a, b, 0), [(3, 2), (3, 1)]),
    "kron": (ops.kron, [(2, 3), (2,)]),
    "cdist": (ops.cdist, [(2, 3, 2), (4, 2)]),
    "cdist of another norm": (lambda a, b: ops.cdist(a, b, 3.0), [(3, 2), (4, 2)]),
    "pairwise_distance": (ops.pairwise_distance, [(3, 2), (2,)]),
    "cosine_similarity": (ops.cosine_similarity, [(2, 3), (3,)]),
    "normalize": (ops.normalize, [(2, 3)]),
    "logaddexp2": (ops.logaddexp2, [(2, 3), (3,)]),
    "logit": (lambda a: ops.logit(a.sigmoid()), [(2, 3)]),
    "frac": (ops.frac, [(2, 3)]),
    "sinc": (ops.sinc, [(2, 3)]),
    "scatter": (lambda a, b: ops.scatter(a, 1, [[0, 2], [1, 1]], b), [(2, 3), (2, 2)]),
    "index_add": (lambda a, b: ops.index_add(a, 0, [1, -1, 1], b, 0.5), [(2, 3), (3, 3)]),
    "index_copy": (lambda a, b: ops.index_copy(a, -1, [2, 0], b), [(2, 3), (2, 2)]),
    "glu": (ops.glu, [(2, 4)]),
    "prelu": (ops.prelu, [(4, 3), (3,)]),
    "selu": (ops.selu, [(2, 3)]),
    "celu": (lambda a: ops.celu(a, 0.5), [(2, 3)]),
    "hardsigmoid": (ops.hardsigmoid, [(2, 3)]),
    "hardswish": (ops.hardswish, [(2, 3)]),
    "softshrink": (ops.softshrink, [(2, 3)]),
    "tanhshrink": (ops.tanhshrink, [(2, 3)]),
    "softmin": (ops.softmin, [(2, 3)]),
    "cosine_embedding_loss": (lambda a, b: ops.cosine_embedding_loss(a, b, Tensor([1.0, -1.0])), [(2, 3), (2, 3)]),
    "triplet_margin_loss": (ops.triplet_margin_loss, [(2, 3), (2, 3), (2, 3)]),
    "poisson_nll_loss": (lambda x, t: ops.poisson_nll_loss(x, t * t + 2, full=True), [(2, 3), (2, 3)]),
    "gaussian_nll_loss": (lambda x, t, v: ops.gaussian_nll_loss(x, t, v * v + 1), [(2, 3), (2, 3), (3,)]),
    "interpolate": (lambda x: ops.interpolate(x, (3, 5), mode="bilinear") ** 2, [(1, 2, 3, 2)]),
    "logdet": (lambda a: ops.logdet(a @ a.mT + np.eye(3)), [(2, 3, 3)]),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_equal_finite_differences_to_second_order(name):
    function, shapes = SMOOTH[name]
    rng = np.random.default_rng(0)
    check_gradient(function, *[rng.uniform(-2, 2, shape) for shape in shapes], name=name)


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=5), elements=st.integers(-4, 4)), st.data())
def test_neighbours_along_any_axis_are_those_of_numpy(values, data):
    set_backend(data.draw(st.sampled_from(["np", "nd"])))
    axis = data.draw(st.integers(-values.ndim, values.ndim - 1))
    n = data.draw(st.integers(0, 3))
    x = Tensor(values)
    np.testing.assert_array_equal(ops.diff(x, n, axis).numpy(), np.diff(values, n, axis))
    places = np.cumsum(np.arange(1.0, values.shape[axis] + 1))
    for got, want in [
        (ops.trapezoid(x, dx=0.5, axis=axis), np.trapezoid(values, dx=0.5, axis=axis)),
        (ops.trapezoid(x, places, axis=axis), np.trapezoid(values, places, axis=axis)),
        (ops.logcumsumexp(x, axis), np.logaddexp.accumulate(values, axis)),
    ]:
        np.testing.assert_allclose(got.numpy(), want, rtol=1e-13, atol=1e-13)


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), elements=st.integers(-1, 1)))
def test_places_of_what_is_not_zero_are_those_of_numpy(values):
    x = Tensor(values)
    np.testing.assert_array_equal(ops.argwhere(x).numpy(), np.argwhere(values))
    if values.ndim:
        found = ops.nonzero(x)
        for got, want in zip(found, np.nonzero(values), strict=True):
            np.testing.assert_array_equal(got.numpy(), want)
        np.testing.assert_array_equal(x[found].numpy(), values[values != 0])


@settings(max_examples=50, deadline=None)
@given(hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=3), elements=st.integers(-4, 4)), st.data())
def test_kronecker_products_are_those_of_numpy(values, data):
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=3))
    other = np.arange(float(np.prod(shape))).reshape(shape)
    np.testing.assert_array_equal(ops.kron(Tensor(values), Tensor(other)).numpy(), np.kron(values, other))


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_what_is_scattered_is_read_back_by_gather(data):
    set_backend(data.draw(st.sampled_from(["np", "nd"])))
    shape = data.draw(hnp.array_shapes(max_dims=3, max_side=4))
    axis = data.draw(st.integers(-len(shape), len(shape) - 1))
    sizes = [data.draw(st.integers(1, size)) for size in shape]
    rng = np.random.default_rng(data.draw(st.integers(0, 100)))
    order = np.argsort(rng.random(shape), axis)[tuple(slice(size) for size in sizes)]  # no number twice in a row
    values, base = rng.normal(size=shape), rng.normal(size=shape)
    changed = ops.scatter(Tensor(base), axis, order, Tensor(values))
    read = values[tuple(slice(size) for size in sizes)]
    np.testing.assert_array_equal(ops.gather(changed, axis, order).numpy(), read)
    assert (changed.numpy() != base).sum() == order.size


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # NumPy's, of the difference of infinities
def test_closeness_is_that_of_numpy():
    a = np.array([1.0, 1.0, np.inf, np.inf, np.nan, 0.0, 1e6])
    b = np.array([1.0, 1.0 + 2e-5, np.inf, -np.inf, np.nan, 1e-9, 1e6 + 5])
    for equal_nan in (False, True):
        expected = np.isclose(a, b, equal_nan=equal_nan)
        got = ops.isclose(Tensor(a), Tensor(b), equal_nan=equal_nan)
        np.testing.assert_array_equal(got.numpy(), expected)
        assert ops.allclose(Tensor(a), Tensor(b), equal_nan=equal_nan) is False
    assert ops.allclose(Tensor(a[:1]), 1.0) is True
    assert ops.allclose(Tensor(a[:0]), Tensor(b[:0])) is True


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_infinities_become_the_largest_numbers_of_the_dtype(dtype):
    values = np.array([np.nan, np.inf, -np.inf, 1.5], dtype)
    x = Tensor(values)
    found = ops.nan_to_num(x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.numpy(), np.nan_to_num(values))
    found.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0, 0, 0, 1])


def test_the_complement_of_the_error_function_keeps_its_digits_where_the_function_rounds_to_one():
    points = np.array([6.0, 10.0, 26.0])
    np.testing.assert_allclose(ops.erfc(Tensor(points)).numpy(), [math.erfc(p) for p in points], rtol=1e-14)


@settings(max_examples=200, deadline=None)
@given(st.floats(-1, 1))
def test_the_error_function_undoes_its_inverse(p):
    found = ops.erfinv(Tensor(np.array(p))).item()
    if abs(p) == 1:
        assert found == math.copysign(math.inf, p)
    else:
        assert math.erf(found) == pytest.approx(p, rel=1e-15, abs=1e-300)


def test_outside_its_domain_the_inverse_of_the_error_function_is_nan():
    assert np.isnan(ops.erfinv(Tensor([1.5, -2.0, np.nan])).numpy()).all()


def test_a_hard_sigmoid_is_a_line_between_two_steps():
    x = Tensor(np.array([-4.0, -3.0, -1.5, 0.0, 3.0, 4.0]))
    y = ops.hardsigmoid(x)
    y.backward()
    np.testing.assert_allclose(y.numpy(), [0, 0, 0.25, 0.5, 1, 1])
    np.testing.assert_allclose(x.grad.numpy(), [0, 0, 1 / 6, 1 / 6, 0, 0])


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_shuffled_pixels_are_put_back(data):
    r = data.draw(st.integers(1, 3))
    images, height, width, channels = (data.draw(st.integers(0 if i == 0 else 1, 3)) for i in range(4))
    values = np.random.default_rng(0).normal(size=(images, height, width, channels * r * r))
    back = ops.pixel_unshuffle(ops.pixel_shuffle(Tensor(values), r), r)
    np.testing.assert_array_equal(back.numpy(), values)


def test_an_interpolation_reaches_its_ends_exactly():
    a, b = Tensor(np.array([0.1, 1e17])), Tensor(np.array([0.7, 1.0]))
    for weight in (1.0, Tensor(np.ones(2))):
        np.testing.assert_array_equal(ops.lerp(a, b, weight).numpy(), b.numpy())
    for weight in (0.0, Tensor(np.zeros(2))):
        np.testing.assert_array_equal(ops.lerp(a, b, weight).numpy(), a.numpy())


def test_what_is_added_with_a_factor_of_zero_plays_no_part():
    eye = Tensor(np.eye(2))
    np.testing.assert_array_equal(ops.addmm(Tensor(np.full(2, np.nan)), eye, eye, beta=0).numpy(), np.eye(2))


def test_logarithms_of_determinants_are_nan_where_those_are_negative():
    matrices = np.array([[[2.0, 0.0], [0.0, 3.0]], [[0.0, 1.0], [1.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]])
    np.testing.assert_allclose(ops.logdet(Tensor(matrices)).numpy(), [np.log(6), np.nan, -np.inf])


def test_means_of_numbers_alone_are_those_of_numpy():
    values = np.array([[1.0, np.nan, 3.0], [np.nan, 2.0, np.nan]])
    for axes in (0, 1, None):
        np.testing.assert_array_equal(ops.nansum(Tensor(values), axes).numpy(), np.nansum(values, axes))
        np.testing.assert_array_equal(ops.nanmean(Tensor(values), axes).numpy(), np.nanmean(values, axes))


def zeros(*shape):
    return Tensor(np.zeros(shape))


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: ops.glu(zeros(2, 3)), ShapeError, "glu: axis -1 of shape (2, 3) has 3 elements; expected an"),
        (lambda: ops.prelu(zeros(2, 3), zeros(2)), ShapeError, "prelu: a has shape (2, 3) and weight (2,); expected"),
        (lambda: ops.celu(zeros(2), 0.0), ValueError, "celu: alpha is 0.0; expected more than 0"),
        (lambda: ops.triplet_margin_loss(zeros(2, 3), zeros(3), zeros(3)), ShapeError, "triplet_margin_loss: input"),
        (lambda: ops.cosine_embedding_loss(zeros(2, 3), zeros(2, 3), zeros(2, 1)), ShapeError, "target (2, 1)"),
        (lambda: ops.interpolate(zeros(1, 2, 2, 1)), ValueError, "interpolate: size is None and scale_factor None"),
        (lambda: ops.interpolate(zeros(1, 2, 2, 1), 3, mode="cubic"), ValueError, "mode is 'cubic'; expected"),
        (lambda: ops.interpolate(zeros(1, 0, 2, 1), 3), ShapeError, "have no pixels along axes 1 and 2"),
        (lambda: ops.pixel_shuffle(zeros(1, 2, 2, 6), 2), ShapeError, "expected a number of channels that 4 divides"),
        (lambda: ops.pixel_unshuffle(zeros(1, 2, 3, 6), 2), ShapeError, "expected height and width that 2 divides"),
        (lambda: ops.conv_transpose1d(zeros(2, 3), zeros(1, 1, 3)), ShapeError, "conv_transpose1d: x has shape (2, 3)"),
        (lambda: ops.diff(zeros(3), -1), ValueError, "diff: n is -1; expected at least 0"),
        (lambda: ops.trapezoid(zeros(2, 3), zeros(2)), ShapeError, "trapezoid: y has shape (2, 3) and x (2,)"),
        (lambda: ops.logcumsumexp(zeros(2, 3)), ShapeError, "logcumsumexp: shape (2, 3) has 2 axes and none was"),
        (lambda: ops.cross(zeros(2, 3), zeros(2)), ShapeError, "do not broadcast"),
        (lambda: ops.cross(zeros(2, 3), zeros(2, 3), 0), ShapeError, "expected vectors of size 3 along axis 0 in"),
        (lambda: ops.cdist(zeros(2, 3), zeros(2, 2)), ShapeError, "expected (..., N, D) and (..., M, D)"),
        (lambda: ops.scatter(zeros(2, 3), 0, [[0]], zeros(1, 0)), ShapeError, "expected at least as many values"),
        (lambda: ops.scatter(zeros(2, 3), 0, [[0] * 4], 1.0), ShapeError, "expected sizes at most as large along the"),
        (lambda: ops.scatter(zeros(2, 3), 0, [[2]], 1.0), IndexError, "index 2 is out of range for axis 0"),
        (lambda: ops.index_add(zeros(2, 3), 1, [3], zeros(2, 1)), IndexError, "index_add: index 3 is out of range"),
        (lambda: ops.index_add(zeros(2, 3), 1, [0], zeros(2, 2)), ShapeError, "expected indices of one axis and"),
        (lambda: ops.index_fill(zeros(2, 3), 1, [[0]], 1.0), ShapeError, "index_fill: a has shape (2, 3), indices (1,"),
        (lambda: ops.index_copy(zeros(2), 0, [0.5], zeros(1)), DTypeError, "index_copy: indices are float64, expected"),
    ],
)  # fmt: skip
def test_operands_that_do_not_fit_are_refused(call, kind, text):
    with pytest.raises(kind, match=re.escape(text)):
        call()
