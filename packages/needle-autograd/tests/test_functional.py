"""Transformations of functions, against closed forms in NumPy: first and second order, nested arguments and results."""

import threading
from collections import namedtuple

import array_api_strict
import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import DTypeError, GraphError, ShapeError, StructureError, Tensor, ops

pytestmark = pytest.mark.usefixtures("backend")

Pair = namedtuple("Pair", ["first", "second"])


def f64(*values):
    return Tensor(np.array(values, "float64"))


def close(tensor, expected):
    np.testing.assert_allclose(tensor.numpy(), expected, rtol=1e-12, atol=1e-12)


class TestGrad:
    def test_the_gradient_of_a_scalar_function(self):
        close(ag.grad(lambda x: (x**3).sum())(f64(1, 2)), [3, 12])

    def test_numbers_and_arrays_are_taken_as_arguments(self):
        assert ag.grad(lambda x: x * x)(3.0).item() == 6
        close(ag.grad(lambda x: (x * x).sum())(np.array([1.0, 2.0])), [2, 4])

    def test_argnums_choose_the_arguments_and_the_shape_of_the_answer(self):
        f = lambda a, b, c: (a * b * b).sum() + c  # noqa: E731
        a, b = f64(1, 2), f64(3, 4)
        close(ag.grad(f, 1)(a, b, 1.0), [6, 16])
        close(ag.grad(f, -2)(a, b, 1.0), [6, 16])
        (only,) = ag.grad(f, (0,))(a, b, 1.0)
        close(only, [9, 16])
        first, last = ag.grad(f, (0, 2))(a, b, 1.0)
        close(first, [9, 16])
        close(last, 1)

    def test_arguments_may_be_nested_and_hold_none(self):
        def f(params, x):
            return (params["layers"][0].first * x).sum() + params["layers"][1][0] ** 2

        params = {"layers": [Pair(f64(1, 2), None), (f64(5).sum(),)], "unused": f64(7, 8, 9)}
        found = ag.grad(f)(params, f64(3, 4))
        assert type(found["layers"][0]) is Pair
        assert found["layers"][0].second is None
        close(found["layers"][0].first, [3, 4])
        close(found["layers"][1][0], 10)
        close(found["unused"], [0, 0, 0])

    def test_value_and_grad_returns_both(self):
        value, gradient = ag.value_and_grad(lambda x: (x * x).sum())(f64(1, 2))
        assert value.item() == 5
        close(gradient, [2, 4])

    def test_has_aux_carries_anything_along(self):
        def f(x):
            return (x * x).sum(), {"doubled": x * 2, "text": "kept"}

        gradient, aux = ag.grad(f, has_aux=True)(f64(1, 2))
        close(gradient, [2, 4])
        close(aux["doubled"], [2, 4])
        assert not aux["doubled"].requires_grad
        assert aux["text"] == "kept"
        (value, aux), gradient = ag.value_and_grad(f, has_aux=True)(f64(1, 2))
        assert (value.item(), aux["text"]) == (5, "kept")

    def test_keyword_arguments_are_passed_on(self):
        close(ag.grad(lambda x, *, power: (x**power).sum())(f64(1, 2), power=3), [3, 12])

    def test_the_dtype_is_that_of_the_argument(self):
        for dtype in ("float32", "float64"):
            x = Tensor([1.0, 2.0], dtype=dtype)
            assert ag.grad(lambda x: (x.exp() * 2).sum())(x).dtype == dtype

    def test_no_grad_attribute_is_touched_and_no_graph_comes_back(self):
        x, w = f64(1, 2), f64(3, 4)
        w.grad = f64(9, 9)
        value, gradient = ag.value_and_grad(lambda x: (x * w * x).sum())(x)
        assert x.grad is None
        close(w.grad, [9, 9])
        assert not gradient.requires_grad
        assert not value.requires_grad
        assert value.is_leaf()

    def test_a_tensor_with_a_graph_keeps_it(self):
        x = f64(1, 2)
        y = x * x
        ag.grad(lambda y: (y * y).sum())(y)
        y.sum().backward()
        close(x.grad, [2, 4])

    def test_the_same_tensor_given_twice_counts_as_two_arguments(self):
        x = f64(2)
        first, second = ag.grad(lambda a, b: (a * a * b).sum(), (0, 1))(x, x)
        close(first, [8])
        close(second, [4])

    def test_it_works_inside_no_grad_and_in_lazy_mode(self):
        with ag.no_grad():
            close(ag.grad(lambda x: (x * x).sum())(f64(1, 2)), [2, 4])
        with ag.lazy():
            close(ag.grad(lambda x: (x * x).sum())(f64(1, 2)), [2, 4])
            close(ag.grad(ag.grad(lambda x: x * x * x))(2.0), 12)

    def test_no_grad_inside_the_function_makes_constants(self):
        def f(x):
            with ag.no_grad():
                scale = x * 10
            return (scale * x).sum()

        close(ag.grad(f)(f64(1, 2)), [10, 20])

    def test_a_result_that_does_not_depend_on_the_argument_has_the_gradient_zero(self):
        close(ag.grad(lambda x: f64(3).sum())(f64(1, 2)), [0, 0])
        close(ag.grad(lambda x, y: (y * y).sum())(f64(1, 2), f64(1)), [0, 0])

    def test_the_function_may_return_its_argument(self):
        assert ag.grad(lambda x: x)(2.0).item() == 1

    def test_it_keeps_the_name_and_the_docstring(self):
        def area(radius):
            """Area."""
            return radius * radius

        assert ag.grad(area).__name__ == "area"
        assert ag.value_and_grad(area).__doc__ == "Area."


class TestHigherOrder:
    def test_gradients_of_gradients(self):
        f = lambda x: x**4  # noqa: E731
        assert [d(2.0).item() for d in (ag.grad(f), ag.grad(ag.grad(f)), ag.grad(ag.grad(ag.grad(f))))] == [32, 48, 48]

    def test_the_inner_function_closes_over_variables_of_the_outer(self):
        """d/dx of x * d/dy(x * y) at y = 1 is 2x, though naive nesting mixes x and y up."""
        outer = lambda x: x * ag.grad(lambda y: x * y)(1.0)  # noqa: E731
        assert ag.grad(outer)(3.0).item() == 6
        mixed = lambda x: x * ag.grad(lambda y: x + y)(1.0)  # noqa: E731
        assert ag.grad(mixed)(3.0).item() == 1

    def test_create_graph_lets_backward_go_on(self):
        x, w = f64(1, 2), f64(3, 4)
        gradient = ag.grad(lambda x: (w * x**3).sum(), create_graph=True)(x)
        (gradient * gradient).sum().backward()  # sum of 9 w^2 x^4
        close(x.grad, 36 * w.numpy() ** 2 * x.numpy() ** 3)
        close(w.grad, 18 * w.numpy() * x.numpy() ** 4)

    def test_without_create_graph_backward_is_told_about_it(self):
        with pytest.raises(GraphError, match="requires no gradient"):
            ag.grad(lambda x: (x**3).sum())(f64(1, 2)).sum().backward()

    def test_jvp_of_a_gradient_is_a_product_with_the_hessian(self):
        x, v = f64(1, 2, 3), f64(1, -1, 2)
        f = lambda x: (x * x).sum() ** 2  # noqa: E731
        _, along = ag.jvp(ag.grad(f), (x,), (v,))
        point, direction = x.numpy(), v.numpy()
        close(along, 4 * (point @ point) * direction + 8 * point * (point @ direction))

    def test_the_gradient_of_a_jvp(self):
        """d/dx of f'(x) v = f''(x) v, and d/dv of it = f'(x)."""
        along = lambda x, v: ag.jvp(lambda x: x**3, (x,), (v,))[1]  # noqa: E731
        by_x, by_v = ag.grad(along, (0, 1))(2.0, 5.0)
        assert (by_x.item(), by_v.item()) == (60, 12)

    def test_a_pull_back_made_outside_can_be_differentiated_inside(self):
        _, vjp_fn = ag.vjp(lambda x: x * x, f64(1, 2))
        close(ag.grad(lambda v: (vjp_fn(v)[0] ** 2).sum())(f64(1, 1)), [8, 32])

    def test_the_inner_no_grad_cuts(self):
        def f(x):
            with ag.no_grad():
                slope = ag.grad(lambda y: y**3)(x)
            return slope * x

        assert ag.grad(f)(2.0).item() == 12


class TestProducts:
    A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])

    def f(self, x):
        a = Tensor(self.A, requires_grad=False)
        return {"product": a @ x, "square": (x * x,)}

    def test_vjp_is_the_transposed_jacobian_times_a_vector(self):
        x = f64(1, -1, 2)
        result, vjp_fn = ag.vjp(self.f, x)
        close(result["product"], self.A @ x.numpy())
        for _ in range(2):
            (gradient,) = vjp_fn({"product": f64(1, 10), "square": (f64(0, 1, 0),)})
            close(gradient, self.A.T @ [1, 10] + [0, -2, 0])

    def test_jvp_is_the_jacobian_times_a_vector(self):
        x, v = f64(1, -1, 2), f64(3, 4, 5)
        result, along = ag.jvp(self.f, (x,), (v,))
        close(result["square"][0], [1, 1, 4])
        close(along["product"], self.A @ v.numpy())
        close(along["square"][0], 2 * x.numpy() * v.numpy())

    def test_jvp_and_vjp_agree_on_every_smooth_operation(self):
        rng = np.random.default_rng(0)
        x, u = Tensor(rng.uniform(0.5, 1.5, (3, 3))), Tensor(rng.normal(size=(3, 3)))
        for f in (
            lambda x: x.exp() / (x + 1),
            lambda x: x.softmax(1) @ x,
            lambda x: ops.stack([x.log(), x.sum(0).broadcast_to((3, 3))], 0),
            lambda x: x[1:, ::2] * x.max(),
            lambda x: ops.split(x, 0)[1],
        ):
            y, along = ag.jvp(f, (x,), (u,))
            v = Tensor(rng.normal(size=y.shape))
            (back,) = ag.vjp(f, x)[1](v)
            np.testing.assert_allclose((along * v).sum().numpy(), (back * u).sum().numpy(), rtol=1e-12)

    def test_a_linear_function_and_a_constant_one_have_derivatives(self):
        x, v = f64(1, 2), f64(3, 4)
        close(ag.jvp(lambda x: x * 2, (x,), (v,))[1], [6, 8])
        close(ag.jvp(lambda x: x, (x,), (v,))[1], [3, 4])
        close(ag.jvp(lambda x: f64(5), (x,), (v,))[1], [0])
        assert ag.hvp(lambda x: x.sum(), (x,), (v,))[1][0].numpy().tolist() == [0, 0]

    def test_several_arguments_and_aux(self):
        f = lambda a, b: (a * b, "aux")  # noqa: E731
        a, b = f64(1, 2), f64(3, 4)
        y, along, aux = ag.jvp(f, (a, b), (f64(1, 0), f64(0, 1)), has_aux=True)
        close(y, [3, 8])
        close(along, [3, 2])
        assert aux == "aux"
        y, vjp_fn, aux = ag.vjp(f, a, b, has_aux=True)
        close(vjp_fn(f64(1, 1))[1], [1, 2])
        value, products, aux = ag.hvp(lambda a, b: ((a * a * b).sum(), "aux"), (a, b), (f64(1, 1), f64(0, 0)), True)
        assert (value.item(), aux) == (19, "aux")
        close(products[0], [6, 8])
        close(products[1], [2, 4])

    def test_hvp_of_nested_parameters(self):
        params = {"w": f64(1, 2), "b": f64(3).sum()}
        direction = {"b": f64(1).sum(), "w": f64(0, 1)}
        f = lambda p: (p["w"] ** 2).sum() * p["b"]  # noqa: E731
        _, (product,) = ag.hvp(f, (params,), (direction,))
        close(product["w"], [2, 4 + 6])
        close(product["b"], 4)

    def test_the_result_of_a_tuple_operation_is_a_tuple(self):
        parts, vjp_fn = ag.vjp(lambda x: ops.split(x, 0), f64(1, 2))
        assert type(parts) is tuple
        close(vjp_fn((f64(5).sum(), f64(6).sum()))[0], [5, 6])


class TestJacobians:
    def test_the_jacobian_has_the_shape_of_the_result_and_then_of_the_argument(self):
        a = np.arange(12.0).reshape(2, 6)
        x = Tensor(np.arange(6.0).reshape(3, 2))
        f = lambda x: Tensor(a, requires_grad=False) @ (x * x).reshape(6)  # noqa: E731
        for by in ("rows", "columns", None):
            found = ag.jacobian(f, by=by)(x)
            assert found.shape == (2, 3, 2)
            close(found.reshape(2, 6), a * 2 * x.numpy().reshape(6))

    @pytest.mark.parametrize("by", ["rows", "columns"])
    def test_trees_of_results_hold_trees_of_arguments(self, by):
        def f(params, y):
            return [params["a"] * y.sum(), (params["b"] * params["b"],)], params["a"] * 0

        params = {"a": f64(1, 2), "b": f64(3).sum()}
        (first, (second,)), aux = ag.jacobian(f, (0, 1), True, by=by)(params, f64(4, 5, 6))
        close(first[0]["a"], np.eye(2) * 15)
        close(first[0]["b"], [0, 0])
        close(first[1], [[1] * 3, [2] * 3])
        close(second[0]["a"], [0, 0])
        close(second[0]["b"], 6)
        close(second[1], [0, 0, 0])
        close(aux, [0, 0])

    @pytest.mark.parametrize("by", ["rows", "columns"])
    def test_no_elements(self, by):
        assert ag.jacobian(lambda x: x[:0], by=by)(f64(1, 2)).shape == (0, 2)
        assert ag.jacobian(lambda x: x.sum(), by=by)(Tensor(np.zeros((0, 3)))).shape == (0, 3)

    def test_a_tall_jacobian_takes_a_pass_for_each_column(self):
        runs = []

        class Count(ag.TensorOp):
            def compute(self, a):
                return a * 1

            def gradient(self, out_grad, node):
                runs.append(1)
                return out_grad

        points = Tensor(np.linspace(0, 1, 500), requires_grad=False)
        found = ag.jacobian(lambda p: p[0] * Count()(points * p[1]).exp())(f64(2, 3))
        assert len(runs) < 10
        grid = points.numpy()
        close(found, np.stack([np.exp(3 * grid), 2 * grid * np.exp(3 * grid)], 1))

    def test_the_hessian_is_symmetric_and_right(self):
        x = np.array([1.0, 2.0, 0.5])
        found = ag.hessian(lambda x: (x * x).sum() ** 2)(Tensor(x)).numpy()
        np.testing.assert_allclose(found, 4 * (x @ x) * np.eye(3) + 8 * np.outer(x, x), rtol=1e-12)

    def test_the_hessian_of_several_arguments(self):
        f = lambda a, b: ((a * b).sum() ** 2, "aux")  # noqa: E731
        a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
        ((aa, ab), (ba, bb)), aux = ag.hessian(f, (0, 1), has_aux=True)(Tensor(a), Tensor(b))
        close(aa, 2 * np.outer(b, b))
        close(bb, 2 * np.outer(a, a))
        close(ab, 2 * np.outer(b, a) + 2 * (a @ b) * np.eye(2))
        close(ba, ab.numpy().T)
        assert aux == "aux"

    def test_jacobians_nest(self):
        """The second derivative of x^3, element by element."""
        found = ag.jacobian(ag.jacobian(lambda x: x**3))(f64(1, 2))
        expected = np.zeros((2, 2, 2))
        expected[0, 0, 0], expected[1, 1, 1] = 6, 12
        close(found, expected)

    def test_create_graph(self):
        x = f64(1, 2)
        ag.jacobian(lambda x: x**3, create_graph=True)(x).sum().backward()
        close(x.grad, [6, 12])

    def test_another_way_than_rows_and_columns_is_refused(self):
        with pytest.raises(ValueError, match="by is 'diagonals'"):
            ag.jacobian(lambda x: x, by="diagonals")


class TestRefusals:
    def test_a_result_that_is_no_scalar(self):
        with pytest.raises(
            ShapeError, match=r"grad: the function returned a tensor of shape \(2,\); expected a scalar"
        ):
            ag.grad(lambda x: x * x)(f64(1, 2))
        with pytest.raises(TypeError, match=r"value_and_grad: the function returned a tuple; .* has_aux=True"):
            ag.value_and_grad(lambda x: (x.sum(), x))(f64(1, 2))
        with pytest.raises(ShapeError, match="hvp: the function returned"):
            ag.hvp(lambda x: x, (f64(1, 2),), (f64(1, 2),))

    def test_integers(self):
        with pytest.raises(DTypeError, match=r"grad: argument 0\['n'\] is of int64; only floating-point"):
            ag.grad(lambda p: p["n"])({"n": Tensor(3)})
        with pytest.raises(DTypeError, match="jacobian: argument 1 is of int64"):
            ag.jacobian(lambda x, n: x, (0, 1))(1.0, 2)
        with pytest.raises(DTypeError, match=r"vjp: the function returned bool at \[1\]"):
            ag.vjp(lambda x: (x, x > 0), f64(1))

    def test_arguments_that_are_no_tensors(self):
        with pytest.raises(TypeError, match=r"grad: argument 0\[1\] is a str; expected tensors"):
            ag.grad(lambda p: p[0])((f64(1), "name"))

    def test_results_that_are_no_tensors(self):
        with pytest.raises(TypeError, match=r"grad: the function returned a float; .* leave out item\(\)"):
            ag.grad(lambda x: x.item())(1.0)
        with pytest.raises(TypeError, match=r"vjp: the function returned a ndarray at \['y'\]; expected a tensor"):
            ag.vjp(lambda x: {"y": x.numpy()}, f64(1))
        with pytest.raises(TypeError, match="the function returned None; expected a tensor"):
            ag.grad(lambda x: None)(1.0)

    def test_aux_needs_a_pair(self):
        with pytest.raises(TypeError, match=r"with has_aux=True the function returns a pair.* returned a Tensor"):
            ag.grad(lambda x: x, has_aux=True)(1.0)

    def test_argnums_out_of_range(self):
        with pytest.raises(ValueError, match="argnums is 2, and the function was called with 2 positional"):
            ag.grad(lambda x, y: x, 2)(1.0, 2.0)
        with pytest.raises(TypeError, match="argnums is \\('x',\\); expected an integer"):
            ag.grad(lambda x: x, ("x",))(1.0)

    def test_a_vector_that_does_not_fit(self):
        _, vjp_fn = ag.vjp(lambda x: {"y": x * 2}, f64(1, 2))
        with pytest.raises(StructureError, match="trees differ at v: expected a dict of 1, found a leaf"):
            vjp_fn(f64(1, 2))
        with pytest.raises(
            ShapeError, match=r"v\['y'\] of a tensor of shape \(2,\) was given a gradient of shape \(3,\)"
        ):
            vjp_fn({"y": f64(1, 2, 3)})
        with pytest.raises(DTypeError, match=r"float64 was given a gradient of dtype float32"):
            vjp_fn({"y": Tensor([1.0, 2.0])})

    def test_tangents_that_do_not_fit(self):
        x = f64(1, 2)
        with pytest.raises(TypeError, match=r"jvp: primals is a Tensor; expected a tuple .* jvp\(f, \(x,\), \(v,\)\)"):
            ag.jvp(lambda x: x, x, x)
        with pytest.raises(ValueError, match="there are 1 primals and 2 tangents"):
            ag.jvp(lambda x: x, (x,), (x, x))
        with pytest.raises(ShapeError, match=r"tangents\[0\] of a tensor of shape \(2,\)"):
            ag.jvp(lambda x: x, (x,), (f64(1),))

    def test_what_is_no_function(self):
        with pytest.raises(TypeError, match="vjp was given a Tensor; expected a function"):
            ag.vjp(f64(1), f64(1))


def test_they_work_on_arrays_of_any_library_of_the_standard():
    x = Tensor(array_api_strict.asarray([1.0, 2.0, 3.0]))
    w = Tensor(array_api_strict.asarray([1.0, 2.0, 3.0]))
    point = x.numpy()
    expected = 2 * np.outer(point, point) + (point @ point) * np.eye(3)
    for by in ("rows", "columns"):
        found = ag.jacobian(lambda x: (x * x).sum() * x, by=by)(x)
        assert type(found.cached_data) is type(x.cached_data)
        close(found, expected)
    close(ag.hessian(lambda x: (x**3).sum())(x), np.diag(6 * point))
    ag.checkpoint(lambda x: (x * w).exp().sum(), x).backward()
    close(w.grad, point * np.exp(point * point))
    with np.errstate(all="ignore"), ag.detect_anomaly():
        y = x - 2
        with pytest.raises(ag.AnomalyError, match=r"Log\(\) computed nan at \(0,\)"):
            y.log()


def test_two_threads_transform_functions_of_their_own():
    def inner(y):
        return (y**3).sum()

    def work(number, results):
        for _ in range(30):
            with ag.no_grad() if number % 2 else ag.enable_grad():
                slope = ag.grad(lambda x: (ag.grad(inner)(x) * number).sum())(f64(1, 2))
                results[number] = slope.numpy().tolist()
                assert ag.is_grad_enabled() == (number % 2 == 0)

    results = {}
    threads = [threading.Thread(target=work, args=(number, results)) for number in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {number: [6 * number, 12 * number] for number in range(1, 5)}


def test_transformations_touch_no_graph_of_others():
    """A pass that stops at the function's own nodes leaves a graph outside it as it was, and may be repeated."""
    w = f64(1, 2)
    h = w * w
    for _ in range(2):
        close(ag.grad(lambda x: (x * h).sum())(f64(3, 4)), [1, 4])
    h.sum().backward()
    close(w.grad, [2, 4])


def test_memory_of_the_graph_is_let_go_of_on_the_way():
    alive = []

    class Watch(ag.TensorOp):
        def compute(self, a):
            return a * 1

        def gradient(self, out_grad, node):
            alive.append(ag.TENSOR_COUNTER)
            return out_grad

    def chain(x):
        for _ in range(20):
            x = Watch()(x)
        return x

    ag.grad(chain)(1.0)
    assert alive[-1] <= alive[0] - 17
