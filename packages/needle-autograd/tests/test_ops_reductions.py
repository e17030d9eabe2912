"""Reductions and orders where the table of samples does not reach: zeros, ties, NaN, several axes, refusals."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from needle_autograd import Tensor, ops
from needle_autograd.errors import ShapeError
from needle_autograd.testing import check_gradient

FEW = [0.0, 0.5, -2.0, 1.0]
METHODS = ("linear", "lower", "higher", "midpoint", "nearest")
SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)


def product_of_others(values):
    return [np.prod(np.delete(values, i)) for i in range(len(values))]


@settings(deadline=None)
@given(st.lists(st.sampled_from(FEW), min_size=1, max_size=9))
def test_the_gradient_of_a_product_is_the_product_of_the_others_whatever_is_zero(values):
    x = Tensor(np.array(values))
    ops.prod(x).backward()
    np.testing.assert_allclose(x.grad.numpy(), product_of_others(values), rtol=1e-14)


@settings(deadline=None)
@given(st.lists(st.sampled_from(FEW), min_size=2, max_size=6))
def test_the_second_derivative_of_a_product_is_the_product_of_all_but_two(values):
    x = Tensor(np.array(values))
    ops.prod(x).backward(create_graph=True)
    x.grad[0].backward()
    others = [0.0] + [np.prod(np.delete(values, [0, i])) for i in range(1, len(values))]
    np.testing.assert_allclose(x.grad.numpy(), others, rtol=1e-14)


@settings(deadline=None)
@given(st.lists(st.sampled_from(FEW), min_size=1, max_size=9))
def test_running_products_have_exact_gradients_whatever_is_zero(values):
    x = Tensor(np.array(values))
    weights = np.arange(1.0, len(values) + 1)
    ops.cumprod(x).backward(weights)
    expected = np.zeros(len(values))
    for end, weight in enumerate(weights, start=1):
        expected[:end] += weight * np.array(product_of_others(values[:end]))
    np.testing.assert_allclose(x.grad.numpy(), expected, rtol=1e-13)


@settings(deadline=None)
@given(hnp.arrays(np.float64, SHAPES, elements=st.sampled_from(FEW)), st.data())
def test_reductions_over_any_axes_are_those_of_numpy(values, data):
    axes = data.draw(st.none() | st.lists(st.integers(0, values.ndim - 1), unique=True).map(tuple))
    keepdims = data.draw(st.booleans())
    x = Tensor(values)
    for function, reference in [
        (ops.prod, np.prod), (ops.any, np.any), (ops.all, np.all), (ops.std, np.std),
    ]:  # fmt: skip
        expected = reference(values, axis=axes, keepdims=keepdims)
        np.testing.assert_allclose(function(x, axes, keepdims).numpy(), expected, atol=1e-15)
    expected = np.sum(values != 0, axis=axes, keepdims=keepdims)
    np.testing.assert_array_equal(ops.count_nonzero(x, axes, keepdims).numpy(), expected)


@settings(deadline=None)
@given(hnp.arrays(np.float64, SHAPES, elements=st.integers(-3, 3)), st.data())
def test_orders_along_any_axis_are_those_of_numpy(values, data):
    axis = data.draw(st.integers(-values.ndim, values.ndim - 1))
    k = data.draw(st.integers(0, values.shape[axis]))
    x = Tensor(values)
    np.testing.assert_array_equal(ops.sort(x, axis).numpy(), np.sort(values, axis))
    np.testing.assert_array_equal(ops.sort(x, axis, descending=True).numpy(), -np.sort(-values, axis))
    np.testing.assert_array_equal(ops.argsort(x, axis).numpy(), np.argsort(values, axis, stable=True))
    descending = np.argsort(-values, axis, stable=True)
    np.testing.assert_array_equal(ops.argsort(x, axis, descending=True).numpy(), descending)
    largest = ops.topk(x, k, axis)
    np.testing.assert_array_equal(largest.indices.numpy(), np.take(descending, np.arange(k), axis))
    np.testing.assert_array_equal(largest.values.numpy(), np.take_along_axis(values, largest.indices.numpy(), axis))
    half = (values.shape[axis] - 1) // 2
    expected = np.take(np.sort(values, axis), [half], axis)
    np.testing.assert_array_equal(ops.median(x, axis, keepdims=True).numpy(), expected)
    assert ops.median(x).item() == np.sort(values, None)[(values.size - 1) // 2]
    part = data.draw(st.floats(0, 1, allow_subnormal=False))
    for method in METHODS:
        for where in (axis, None):
            got = ops.quantile(x, part, where, True, method).numpy()
            want = np.quantile(values, part, axis=where, keepdims=True, method=method)
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12, err_msg=method)


@pytest.mark.usefixtures("backend")
class TestOnEachBackend:
    def test_gradients_of_sorted_elements_go_back_to_where_they_were(self):
        x = Tensor([3.0, 1.0, 2.0])
        ops.sort(x).backward(Tensor([1.0, 2.0, 3.0]))
        np.testing.assert_array_equal(x.grad.numpy(), [3.0, 1.0, 2.0])

    def test_the_largest_elements_alone_have_a_gradient(self):
        x = Tensor([[3.0, 1.0, 2.0], [0.0, 5.0, 4.0]])
        values, indices = ops.topk(x, 2)
        assert not indices.requires_grad
        values.sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
        values, _ = x.topk(1, axis=0, largest=False)
        np.testing.assert_array_equal(values.numpy(), [[0.0, 1.0, 2.0]])

    def test_the_median_of_an_even_number_is_the_smaller_in_the_middle_and_the_quantile_the_mean(self):
        x = Tensor([4.0, 1.0, 3.0, 2.0])
        middle = ops.median(x)
        middle.backward()
        assert middle.item() == 2
        np.testing.assert_array_equal(x.grad.numpy(), [0.0, 0.0, 0.0, 1.0])
        mean = ops.quantile(x, 0.5)
        mean.backward()
        assert mean.item() == 2.5
        np.testing.assert_array_equal(x.grad.numpy(), [0.0, 0.0, 0.5, 0.5])

    def test_several_quantiles_come_first(self):
        values = np.arange(24.0).reshape(2, 3, 4)[:, ::-1]
        for axis, shape in ((1, (2, 2, 4)), (None, (2,)), (-1, (2, 2, 3))):
            found = ops.quantile(Tensor(values), [0.1, 0.75], axis)
            assert found.shape == shape
            np.testing.assert_allclose(found.numpy(), np.quantile(values, [0.1, 0.75], axis=axis), rtol=1e-14)
        kept = ops.quantile(Tensor(values), Tensor([0.5]), None, keepdims=True)
        assert kept.shape == (1, 1, 1, 1)

    @pytest.mark.parametrize(
        ("call", "kind", "text"),
        [
            (lambda x: ops.quantile(x, 1.5), ValueError, "quantile: q is 1.5; expected numbers from 0 to 1"),
            (lambda x: ops.quantile(x, float("nan")), ValueError, "quantile: q is nan; expected numbers from 0 to 1"),
            (lambda x: ops.quantile(x, [[0.5]]), ShapeError, "quantile: q has shape (1, 1); expected a number, or"),
            (lambda x: ops.quantile(x, 0.5, interpolation="cubic"), ValueError, "expected one of 'linear', 'lower'"),
            (lambda x: ops.quantile(x[:0], 0.5), ShapeError, "quantile: shape (0,) has no elements along axis 0"),
        ],
    )
    def test_quantiles_that_there_are_not_are_refused(self, call, kind, text):
        with pytest.raises(kind, match=re.escape(text)):
            call(Tensor([1.0, 2.0]))

    def test_spread_and_mean_come_together(self):
        x = Tensor(np.arange(6.0).reshape(2, 3))
        for both, spread in ((ops.var_mean, ops.var), (ops.std_mean, ops.std)):
            found = both(x, 1, correction=1)
            np.testing.assert_array_equal(found[0].numpy(), spread(x, 1, correction=1).numpy())
            np.testing.assert_array_equal(found[1].numpy(), [1.0, 4.0])

    def test_a_median_is_nan_where_an_element_is(self):
        values = np.array([[1.0, np.nan, 2.0], [1.0, 3.0, 2.0]])
        np.testing.assert_array_equal(ops.median(Tensor(values), 1).numpy(), [np.nan, 2.0])
        np.testing.assert_array_equal(ops.quantile(Tensor(values), 0.0, 1).numpy(), [np.nan, 1.0])

    def test_nothing_has_no_median(self):
        with pytest.raises(ShapeError, match=r"median: shape \(2, 0\) has no elements along axis 1"):
            ops.median(Tensor(np.zeros((2, 0))), 1)

    def test_more_than_there_is_cannot_be_taken(self):
        with pytest.raises(ShapeError, match=r"topk: k is 4 and axis 1 of shape \(2, 3\) has 3 elements"):
            ops.topk(Tensor(np.zeros((2, 3))), 4)

    def test_norms_of_every_order_are_those_of_numpy(self):
        values = np.array([[3.0, -4.0, 0.5], [1.0, 2.0, -2.0]])
        x = Tensor(values)
        for order in (0, 0.5, 1, 1.5, 2, 3, np.inf, -np.inf):
            np.testing.assert_allclose(ops.norm(x, order, 1).numpy(), np.linalg.norm(values, order, 1), rtol=1e-14)
        for order in ("fro", 1, -1, np.inf, -np.inf):
            expected = np.linalg.norm(values, order, (-2, -1), keepdims=True)
            np.testing.assert_allclose(ops.matrix_norm(x, order, keepdims=True).numpy(), expected, rtol=1e-14)

    def test_a_norm_of_a_zero_vector_has_a_gradient_of_zero_to_second_order(self):
        for order in (1, 1.5, 2, 3):
            x = Tensor(np.array([[0.0, 0.0], [3.0, 4.0]]))
            ops.norm(x, order, 1).sum().backward(create_graph=True)
            np.testing.assert_array_equal(x.grad.numpy()[0], [0.0, 0.0])
            if order != 1:
                (x.grad**2).sum().backward()
                assert np.isfinite(x.grad.numpy()).all()

    def test_orders_that_need_singular_values_are_refused(self):
        with pytest.raises(ValueError, match=r'matrix_norm: ord is 2; expected "fro", 1, -1, inf or -inf'):
            ops.matrix_norm(Tensor(np.eye(2)), 2)

    def test_equal_elements_deviate_by_nothing_and_have_no_gradient(self):
        x = Tensor(np.array([2.0, 2.0, 2.0]))
        ops.std(x).backward(create_graph=True)
        np.testing.assert_array_equal(x.grad.numpy(), [0.0, 0.0, 0.0])

    def test_running_sums_need_an_axis_where_there_are_several(self):
        with pytest.raises(ShapeError, match=r"cumulative_sum: shape \(2, 3\) has 2 axes and none was chosen"):
            ops.cumsum(Tensor(np.zeros((2, 3))))
        np.testing.assert_array_equal(ops.cumsum(Tensor([1, 2, 3])).numpy(), [1, 3, 6])

    def test_numbers_count_as_true_where_they_are_not_zero(self):
        x = Tensor([[0.0, 2.0], [0.0, 0.0]])
        np.testing.assert_array_equal(x.any(1).numpy(), [True, False])
        np.testing.assert_array_equal(x.all(0).numpy(), [False, False])
        assert x.count_nonzero().item() == 1
        assert not x.any().requires_grad

    def test_products_are_differentiated_beyond_the_second_order(self):
        values = np.array([1.5, -2.0, 0.5])
        x = Tensor(values)
        grad = ops.prod(x)
        for _ in range(2):
            grad.backward(create_graph=True)
            grad = x.grad[0] if grad.ndim == 0 and x.grad.ndim else x.grad
        np.testing.assert_allclose(x.grad.numpy(), [0.0, 0.5, -2.0])
        check_gradient(lambda a: ops.cumprod(ops.cumprod(a)), values)
