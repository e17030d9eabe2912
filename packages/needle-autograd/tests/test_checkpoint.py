"""Recomputation: the same results, gradients and random numbers as without it, and none of the inner values kept."""

import gc
import weakref

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import GraphError, Tensor, TensorOp, checkpoint, ops, testing

pytestmark = pytest.mark.usefixtures("backend")


def f64(*values):
    return Tensor(np.array(values, "float64"))


def close(tensor, expected):
    np.testing.assert_allclose(tensor.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_results_and_gradients_are_those_of_the_function():
    def layer(x, params, *, power):
        return {"y": (x @ params["w"] + params["b"]).tanh() ** power, "note": "kept"}

    rng = np.random.default_rng(0)
    values = [rng.normal(size=shape) for shape in ((4, 3), (3, 2), (2,))]
    found = []
    for call in (lambda f, *a, **k: f(*a, **k), checkpoint):
        x, w, b = map(Tensor, values)
        out = call(layer, x, {"w": w, "b": b}, power=3)
        assert out["note"] == "kept"
        (out["y"] * out["y"]).sum().backward()
        found.append([out["y"].numpy(), x.grad.numpy(), w.grad.numpy(), b.grad.numpy()])
    for plain, recomputed in zip(*found, strict=True):
        np.testing.assert_array_equal(plain, recomputed)


def test_tensors_that_the_function_closes_over_get_their_gradients():
    w, x = f64(3, 4), f64(1, 2)
    h = w * 2  # an interior node of the graph outside
    checkpoint(lambda x: (x * h * w).sum(), x).backward()
    close(x.grad, 2 * w.numpy() ** 2)
    close(w.grad, 4 * x.numpy() * w.numpy())


def test_gradients_are_right_to_second_order():
    inner = Tensor(np.array([[0.3, -0.2], [0.1, 0.4]]), requires_grad=False)
    testing.check_gradient(
        lambda x, y: checkpoint(lambda x, y: (x @ inner).exp() * y.tanh(), x, y) * x, *np.ones((2, 2, 2))
    )


def test_create_graph_reaches_what_the_function_closes_over():
    x, w = f64(2), f64(3)
    y = checkpoint(lambda x: (w * x**3).sum(), x)
    y.backward(create_graph=True)
    x.grad.sum().backward()
    close(x.grad, [6 * 3 * 2])
    close(w.grad, [3 * 2**2])


def test_inner_values_are_not_kept():
    made = []

    class Watched(TensorOp):
        def compute(self, a):
            return a * 2

        def gradient(self, out_grad, node):
            return out_grad * 2

    def segment(x):
        for _ in range(5):
            x = Watched()(x)
            made.append(weakref.ref(x))
        return x

    gc.disable()
    try:
        y = f64(1)
        for _ in range(4):
            y = checkpoint(segment, y)
        assert len(made) == 20
        assert sum(ref() is not None for ref in made) == 0
        y.backward()
        assert len(made) == 40
    finally:
        gc.enable()


def test_the_largest_memory_of_a_chain_is_that_of_one_segment():
    """Counted in live tensors during the backward pass, which sees each inner value."""
    alive = []

    class Watched(TensorOp):
        def compute(self, a):
            return a * 1

        def gradient(self, out_grad, node):
            alive.append(ag.TENSOR_COUNTER)
            return out_grad

    def segment(x):
        for _ in range(10):
            x = Watched()(x)
        return x

    def run(call):
        before = ag.TENSOR_COUNTER
        y = f64(1)
        for _ in range(10):
            y = call(segment, y)
        alive.clear()
        y.backward()
        return max(alive) - before

    assert run(lambda f, x: f(x)) > 100
    assert run(checkpoint) < 50


def test_random_numbers_are_drawn_again():
    ag.random.seed(3)
    x = Tensor(np.ones(1000))
    y = checkpoint(lambda x: ops.dropout(x, 0.5), x)
    between = ag.random.uniform((3,))
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy())
    after = ag.random.uniform((3,))

    ag.random.seed(3)
    ops.dropout(x, 0.5)
    assert np.asarray(between).tolist() == np.asarray(ag.random.uniform((3,))).tolist()
    assert np.asarray(after).tolist() == np.asarray(ag.random.uniform((3,))).tolist()
    ag.random.set_generator(None)


def test_it_nests():
    runs = []

    def inner(x):
        runs.append("inner")
        return x.exp()

    def outer(x):
        runs.append("outer")
        return checkpoint(inner, x * x) * x

    x = f64(0.5, 1)
    checkpoint(outer, x).sum().backward()
    value = x.numpy()
    close(x.grad, np.exp(value**2) * (1 + 2 * value**2))
    assert runs == ["outer", "inner", "outer", "inner", "inner"]


def test_transformations_of_functions_go_through_it_and_inside_it():
    f = lambda x: checkpoint(lambda x: x**3, x)  # noqa: E731
    assert [ag.grad(f)(2.0).item(), ag.grad(ag.grad(f))(2.0).item()] == [12, 12]
    assert ag.jvp(f, (2.0,), (Tensor(10.0),))[1].item() == 120
    slope = lambda x: checkpoint(ag.grad(lambda y: y**3), x)  # noqa: E731
    assert ag.grad(slope)(2.0).item() == 12


def test_without_gradients_the_function_is_just_called():
    runs = []

    def f(x):
        runs.append(1)
        return x * 2

    with ag.no_grad():
        assert checkpoint(f, f64(1)).is_leaf()
    constant = checkpoint(f, Tensor(np.ones(2), requires_grad=False))
    assert not constant.requires_grad
    assert len(runs) == 2


def test_a_retained_graph_is_recomputed_each_time():
    x = f64(1, 2)
    y = checkpoint(lambda x: (x * x).sum(), x)
    for _ in range(2):
        y.backward(retain_graph=True)
        close(x.grad, [2, 4])


def test_results_without_a_gradient_and_results_given_through():
    x, w = f64(1, 2), f64(5)
    same, constant, largest, outside = checkpoint(lambda x: (x, f64(3).detach(), x.argmax(), w), x)
    assert not constant.requires_grad
    assert largest.item() == 1
    ((same * same).sum() + outside.sum()).backward()
    close(x.grad, [2, 4])
    close(w.grad, [1])


def test_the_same_tensor_twice():
    x = f64(3)
    checkpoint(lambda a, b: (a * b).sum(), x, x).backward()
    close(x.grad, [6])


def test_tuples_of_tensors_inside_and_outside():
    parts = ops.split(x := f64(1, 2), 0)
    first, second = checkpoint(lambda y: ops.split(y * parts[0], 0), f64(3, 4))
    (first + second).backward()
    close(x.grad, [7, 0])


def test_in_lazy_mode_the_result_is_the_same():
    with ag.lazy():
        x = f64(1, 2)
        y = checkpoint(lambda x: (x * x).sum(), x)
    y.backward()
    close(x.grad, [2, 4])


class TestRefusals:
    def test_a_tensor_that_was_changed_in_between(self):
        x, w = f64(1, 2), f64(3, 4)
        y = checkpoint(lambda x: (x * w).sum(), x)
        w.data = f64(5, 6)
        with pytest.raises(GraphError, match=r"the gradient of Checkpoint\(.*lambda.*\) reads its input 1"):
            y.backward()

    def test_a_function_that_returns_something_else_the_second_time(self):
        sizes = iter([2, 1])
        y = checkpoint(lambda x: x[: next(sizes)] * 1, f64(1, 2))
        with pytest.raises(
            GraphError, match=r"returned float64 \(1,\) .* expected the shapes and dtypes of the first run"
        ):
            y.backward()

    def test_an_error_in_the_second_run_leaves_the_modes_and_random_numbers(self):
        ag.random.seed(1)
        state = ag.random.get_state()
        calls = []

        def f(x):
            calls.append(1)
            if len(calls) == 2:
                ag.random.uniform((5,))
                raise ZeroDivisionError
            return x * 1

        y = checkpoint(f, f64(1))
        with pytest.raises(ZeroDivisionError):
            y.backward()
        assert ag.is_grad_enabled()
        assert ag.random.get_state() == state
        ag.random.set_generator(None)
