"""Hooks on tensors, and gradients of results of operations."""

import gc
import weakref

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import GraphError, Tensor, ops

pytestmark = pytest.mark.usefixtures("backend")


def leaf(*values, dtype="float32"):
    return Tensor(np.array(values, dtype))


class TestHooks:
    def test_a_hook_sees_the_gradient_summed_over_all_uses(self):
        x = leaf(1, 2)
        y = x * 3
        seen = []
        y.register_hook(lambda grad: seen.append(("y", grad.numpy().tolist())))
        x.register_hook(lambda grad: seen.append(("x", grad.numpy().tolist())))
        (y * y + y).sum().backward()
        assert seen == [("y", [7, 13]), ("x", [21, 39])]

    def test_a_hook_may_replace_the_gradient_of_a_result_and_of_a_leaf(self):
        x, w = leaf(1, 2), leaf(3, 4)
        y = x * w
        y.register_hook(lambda grad: grad * 10)
        w.register_hook(lambda grad: grad + 1)
        y.sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [30, 40])
        np.testing.assert_array_equal(w.grad.numpy(), [11, 21])

    def test_hooks_are_called_in_turn_each_with_what_the_one_before_left(self):
        x = leaf(1)
        x.register_hook(lambda grad: grad + 1)
        x.register_hook(lambda grad: grad * 10)
        x.register_hook(lambda grad: None)
        (x * 2).backward()
        assert x.grad.item() == 30

    def test_a_handle_takes_its_hook_away(self):
        x = leaf(1)
        first = x.register_hook(lambda grad: grad * 2)
        x.register_hook(lambda grad: grad * 10)
        first.remove()
        first.remove()
        (x * 1).backward()
        assert x.grad.item() == 10

    def test_a_block_takes_its_hook_away(self):
        x = leaf(1)
        with x.register_hook(lambda grad: grad * 2):
            (x * 1).backward()
            assert x.grad.item() == 2
        (x * 1).backward()
        assert x.grad.item() == 1

    def test_a_hook_may_take_itself_away_and_register_others(self):
        x, seen = leaf(1), []
        y = x * 2

        def once(grad):
            handle.remove()
            x.register_hook(lambda grad: seen.append(grad.item()))

        handle = y.register_hook(once)
        for _ in range(2):
            y.backward(retain_graph=True)
        assert seen == [2, 2]

    def test_steps_of_the_backward_pass_show_what_hooks_left(self):
        x = leaf(1, 2)
        y = x * 3
        y.register_hook(lambda grad: grad * 10)
        steps = {step.node: step.out_grad.numpy().tolist() for step in ag.backward_steps(y.sum())}
        assert steps[y] == [10, 10]
        assert steps[x] == [30, 30]
        assert x.grad is None

    def test_elements_of_tuples_and_results_of_many_operations_have_hooks(self):
        x = leaf(1, 2)
        first, second = ops.split(x, 0)
        first.register_hook(lambda grad: grad * 5)
        (first * second).backward()
        np.testing.assert_array_equal(x.grad.numpy(), [10, 1])

    def test_the_loss_itself_has_hooks(self):
        x = leaf(3)
        y = (x * x).sum()
        y.register_hook(lambda grad: grad * 2)
        y.backward()
        assert x.grad.item() == 12

    def test_a_hook_is_recorded_when_gradients_have_a_graph(self):
        x = leaf(2)
        y = x * x
        modes = []

        def square(grad):
            modes.append(ag.is_grad_enabled())
            return grad * grad

        handle = y.register_hook(square)
        (y * y).sum().backward(create_graph=True)  # the hook makes dy = (2 x^2)^2 of 2 x^2, so dx = 8 x^5
        handle.remove()  # the graph of the gradient leads through y, too
        x.grad.sum().backward()
        assert x.grad.item() == 40 * 2**4
        x.register_hook(square)
        (x * 2).sum().backward()
        assert modes == [True, False]
        assert ag.is_grad_enabled()

    def test_transformations_of_functions_call_hooks_inside_the_function(self):
        def f(x):
            y = x * x
            y.register_hook(lambda grad: grad * 10)
            return y * 3

        assert ag.grad(f)(2.0).item() == 120

    def test_a_hook_that_knows_its_tensor_does_not_keep_it(self):
        x = leaf(1)
        y = x * 2
        y.register_hook(lambda grad, y=y: None)
        ref = weakref.ref(y)
        del y
        gc.collect()
        assert ref() is None

    @pytest.mark.parametrize(
        ("replace", "found"),
        [
            (lambda grad: grad.sum(), r"float32 \(\)"),
            (lambda grad: grad.astype("float64"), r"float64 \(2,\)"),
            (lambda grad: grad.numpy(), "a ndarray"),
        ],
    )
    def test_a_replacement_that_does_not_fit_is_refused(self, replace, found):
        x = leaf(1, 2)
        x.register_hook(replace)
        with pytest.raises(
            GraphError, match=rf"a hook on a tensor returned {found}.*; expected None, or .* float32 \(2,\)"
        ):
            (x * 2).backward()
        assert x.grad is None
        assert ag.is_grad_enabled()

    def test_refusals(self):
        with pytest.raises(GraphError, match="requires no gradient, so that no hook will ever be called"):
            Tensor([1]).register_hook(print)
        with pytest.raises(TypeError, match="register_hook was given a str"):
            leaf(1).register_hook("print")


class TestRetainGrad:
    def test_a_result_gets_its_gradient_too(self):
        x = leaf(1, 2)
        y = x * 3
        z = y * y
        y.retain_grad()
        z.sum().backward()
        np.testing.assert_array_equal(y.grad.numpy(), [6, 12])
        np.testing.assert_array_equal(x.grad.numpy(), [18, 36])
        assert (y.retains_grad, z.retains_grad, x.retains_grad) == (True, False, False)
        assert not y.grad.requires_grad

    def test_it_overwrites_or_accumulates_like_that_of_a_leaf(self):
        x = leaf(1)
        y = x * 3
        y.retain_grad()
        for accumulate, expected in ((False, 1), (False, 1), (True, 2)):
            y.backward(retain_graph=True, accumulate=accumulate)
            assert y.grad.item() == expected

    def test_the_graph_is_dropped_all_the_same(self):
        y = leaf(1) * 3
        y.retain_grad()
        y.backward()
        assert y.inputs == ()

    def test_it_holds_what_hooks_left(self):
        y = leaf(1) * 3
        y.retain_grad()
        y.register_hook(lambda grad: grad * 7)
        y.backward()
        assert y.grad.item() == 7

    def test_a_leaf_is_left_as_it_is_and_a_constant_refused(self):
        x = leaf(1)
        x.retain_grad()
        assert not x.retains_grad
        with pytest.raises(GraphError, match="requires no gradient, so that there will be none to keep"):
            leaf(1).detach().retain_grad()

    def test_reading_the_gradient_of_a_result_is_explained(self):
        y = leaf(1, 2) * 3
        with pytest.warns(
            UserWarning, match=r"result of an operation \(float32 \(2,\).* call y.retain_grad\(\) before"
        ):
            assert y.grad is None
        y.sum().backward()
        with pytest.warns(UserWarning, match="writes .grad of leaves alone"):
            assert y.grad is None

    def test_reading_that_of_leaves_constants_and_retained_results_is_not(self):
        y = leaf(1) * 3
        y.retain_grad()
        with ag.lazy():
            pending = leaf(1).detach() * 2
        assert [t.grad for t in (y, leaf(1), leaf(1).detach(), pending)] == [None] * 4
