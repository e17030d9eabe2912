"""The backward pass: its order, what it writes, what it lets go of, and what it refuses."""

import gc
import sys
import threading
import tracemalloc
import weakref

import needle_autograd as ag
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needle_autograd import DTypeError, GraphError, ShapeError, Tensor, TensorOp, ops, testing
from needle_autograd.switches import switches

pytestmark = pytest.mark.usefixtures("backend")


def leaf(*values, dtype="float32"):
    return Tensor(np.array(values, dtype))


@st.composite
def programs(draw):
    """Random graphs: each instruction combines two earlier values by `+` or `*`."""
    leaves = draw(st.integers(1, 3))
    length = draw(st.integers(1, 12))
    earlier = [st.integers(0, leaves + i - 1) for i in range(length)]
    return leaves, [(draw(st.sampled_from("+*")), draw(index), draw(index)) for index in earlier]


def run(program, leaves):
    values = list(leaves)
    for symbol, i, j in program:
        values.append(values[i] + values[j] if symbol == "+" else values[i] * values[j])
    return values[-1]


def recursive_post_order(node, seen, order):
    if node in seen:
        return order
    seen.add(node)
    for value in node.inputs:
        recursive_post_order(value, seen, order)
    order.append(node)
    return order


class TestOrder:
    def test_the_left_input_comes_first_and_every_value_once(self):
        a, b = leaf(1), leaf(2)
        c = a * b
        d = b + c
        e = c * d
        assert ag.find_topo_sort([e]) == [a, b, c, d, e]

    def test_several_roots_are_visited_in_turn(self):
        a, b = leaf(1), leaf(2)
        c, d = a + b, b * b
        assert ag.find_topo_sort([d, c]) == [b, d, a, c]

    @given(programs())
    @settings(deadline=None)
    def test_the_order_is_that_of_a_recursive_walk(self, case):
        count, program = case
        result = run(program, [leaf(i) for i in range(count)])
        assert ag.find_topo_sort([result]) == recursive_post_order(result, set(), [])

    @given(programs())
    @settings(deadline=None)
    def test_gradients_of_random_graphs_agree_with_finite_differences(self, case):
        count, program = case
        points = [np.full((2,), 0.5 + 0.1 * i) for i in range(count)]
        used = ag.find_topo_sort([run(program, tensors := [Tensor(p) for p in points])])
        chosen = tuple(i for i, tensor in enumerate(tensors) if tensor in used)
        testing.check_gradient(lambda *xs: run(program, xs), *points, differentiable=chosen)


class TestSteps:
    def test_there_is_one_step_a_node_from_the_result_to_the_leaves(self):
        a, b = leaf(2), leaf(3)
        c = a * b
        d = c + a
        steps = list(ag.backward_steps(d))
        assert [step.node for step in steps] == [d, c, b, a]
        assert [step.out_grad.item() for step in steps] == [1, 1, 2, 4]
        assert [grad.item() for grad in steps[1].input_grads] == [3, 2]
        assert steps[-1].input_grads == ()

    def test_walking_through_the_steps_changes_nothing(self):
        a = leaf(2)
        b = a * a
        c = b + a
        for _ in range(2):
            list(ag.backward_steps(c))
        assert a.grad is None
        assert (c.inputs, b.inputs) == ((b, a), (a, a))
        assert ag.is_grad_enabled()

    def test_the_modes_of_the_caller_hold_between_the_steps(self):
        x = leaf(1, 2)
        for _ in ag.backward_steps((x * x).sum()):
            assert ag.is_grad_enabled()
        with ag.no_grad(), ag.lazy():
            for _ in ag.backward_steps(_recorded(x)):
                assert not ag.is_grad_enabled()
                assert ag.is_lazy()

    def test_nodes_without_requires_grad_are_not_visited(self):
        x, c = leaf(2), Tensor(np.float32(3), requires_grad=False)
        y = x * (c * c)
        assert [step.node for step in ag.backward_steps(y)] == [y, x]


def _recorded(x):
    with ag.enable_grad():
        return (x * x).sum()


class TestWritingGradients:
    def test_a_pass_overwrites(self):
        x = leaf(1, 2)
        for _ in range(2):
            (x * x).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [2, 4])

    def test_accumulate_adds(self):
        x = leaf(1, 2)
        for _ in range(3):
            (x * x).sum().backward(accumulate=True)
        np.testing.assert_array_equal(x.grad.numpy(), [6, 12])

    def test_a_result_of_many_elements_starts_from_ones(self):
        x = leaf(1, 2, 3)
        (x * x).backward()
        np.testing.assert_array_equal(x.grad.numpy(), [2, 4, 6])

    def test_a_gradient_can_be_given_as_tensor_array_or_number(self):
        for given_grad in (leaf(1, 10), np.array([1, 10], "float32"), [1.0, 10.0]):
            x = leaf(3, 4)
            (x * 2).backward(given_grad)
            np.testing.assert_array_equal(x.grad.numpy(), [2, 20])
        x = leaf(3)
        (x * 2).sum().backward(5)
        np.testing.assert_array_equal(x.grad.numpy(), [10])

    def test_a_gradient_that_does_not_fit_is_refused(self):
        x = leaf(1, 2)
        with pytest.raises(ShapeError, match=r"of shape \(2,\) was given a gradient of shape \(3,\)"):
            (x * 2).backward(leaf(1, 2, 3))
        with pytest.raises(DTypeError, match=r"float32 was given a gradient of dtype float64; write out_grad.astype"):
            (x * 2).backward(leaf(1, 2, dtype="float64"))

    def test_only_leaves_get_a_gradient(self):
        x = leaf(1, 2)
        y = x * x
        y.sum().backward()
        with pytest.warns(UserWarning, match="retain_grad"):
            assert y.grad is None

    def test_gradients_carry_no_graph_unless_asked(self):
        x = leaf(1, 2)
        (x * x).backward()
        assert not x.grad.requires_grad
        assert x.grad.is_leaf()
        (x * x).backward(create_graph=True)
        assert x.grad.requires_grad

    def test_third_derivative_of_a_fourth_power(self):
        x = leaf(2, dtype="float64")
        (x * x * x * x).backward(create_graph=True)
        first = x.grad
        first.backward(create_graph=True)
        second = x.grad
        second.backward()
        assert (first.item(), second.item(), x.grad.item()) == (32, 48, 48)

    def test_integer_operands_get_no_gradient(self):
        x, n = leaf(1, 2), Tensor([3, 4])
        (x * n).backward()
        assert n.grad is None
        np.testing.assert_array_equal(x.grad.numpy(), [3, 4])

    def test_a_given_gradient_and_its_array_are_left_alone(self):
        x, given_grad = leaf(1, 2), leaf(5, 7)
        (x + x + x + x).backward(given_grad)
        np.testing.assert_array_equal(x.grad.numpy(), [20, 28])
        np.testing.assert_array_equal(given_grad.numpy(), [5, 7])

    def test_gradients_of_two_leaves_are_two_tensors(self):
        a, b = leaf(1), leaf(2)
        (a + b).backward()
        assert a.grad is not b.grad

    def test_elements_of_a_tuple_that_nobody_uses_count_as_zero(self):
        x = leaf(1, 2, 3)
        parts = ops.split(x, 0)
        (parts[0] * 3 + parts[2] * parts[2]).backward()
        np.testing.assert_array_equal(x.grad.numpy(), [3, 0, 6])

    def test_a_result_tells_its_input_gradients_directly(self):
        a, b = leaf(2), leaf(3)
        out = a * b
        grads = out.op.gradient_as_tuple(leaf(1), out)
        assert [grad.item() for grad in grads] == [3, 2]

    def test_compute_gradient_of_variables_is_what_backward_does(self):
        x = leaf(3)
        ag.compute_gradient_of_variables(x * x, leaf(2))
        assert x.grad.item() == 12

    def test_the_switch_writes_gradients_with_graphs_on_every_node(self, monkeypatch):
        monkeypatch.setattr(switches, "gradients_everywhere", True)
        x = leaf(3)
        y = x * x
        z = y * y
        z.backward()
        assert (z.grad.item(), y.grad.item(), x.grad.item()) == (1, 18, 108)
        assert x.grad.requires_grad
        z.backward()
        assert y.inputs == (x, x)


class TestLettingGo:
    def test_a_second_pass_is_refused_and_told_about_retain_graph(self):
        x = leaf(1, 2)
        y = x * x
        y.backward()
        with pytest.raises(GraphError, match=r"float32 \(2,\).* was dropped by an earlier backward.*retain_graph=True"):
            y.backward()

    def test_a_second_loss_on_a_dropped_part_is_refused(self):
        x = leaf(1, 2)
        shared = x * x
        shared.sum().backward()
        with pytest.raises(GraphError, match="was dropped"):
            (shared * 2).backward()
        np.testing.assert_array_equal(shared.numpy(), [1, 4])

    @pytest.mark.parametrize("option", ["retain_graph", "create_graph"])
    def test_a_retained_graph_can_be_passed_again(self, option):
        x = leaf(1, 2)
        y = x * x
        y.backward(**{option: True})
        y.backward()
        np.testing.assert_array_equal(x.grad.numpy(), [2, 4])

    def test_values_are_freed_while_the_pass_goes_on(self):
        alive = []

        class Watch(TensorOp):
            def compute(self, a):
                return a * 1

            def gradient(self, out_grad, node):
                alive.append(sum(ref() is not None for ref in refs))
                return out_grad

        refs = []
        x = leaf(1)
        y = x
        for _ in range(10):
            y = Watch()(y)
            refs.append(weakref.ref(y))
        gc.disable()
        try:
            y.backward()
        finally:
            gc.enable()
        # The loss is held by this test and the node at hand by the engine; every later value is gone.
        assert alive == [10, *range(10, 1, -1)]

    def test_gradients_are_freed_when_they_are_used_up(self):
        alive = []
        refs = []

        class Watch(TensorOp):
            def compute(self, a):
                return a * 1

            def gradient(self, out_grad, node):
                alive.append(sum(ref() is not None for ref in refs))
                grad = out_grad * 1
                refs.append(weakref.ref(grad))
                return grad

        x = leaf(1)
        y = x
        for _ in range(10):
            y = Watch()(y)
        gc.disable()
        try:
            y.backward()
        finally:
            gc.enable()
        assert max(alive) == 1

    def test_no_tensor_is_left_after_a_pass_without_the_garbage_collector(self):
        x = leaf(1, 2)
        y = (x * x).sum()
        kept = weakref.ref(y), weakref.ref(y.inputs[0])
        gc.disable()
        try:
            y.backward()
            del y
            assert [ref() for ref in kept] == [None, None]
        finally:
            gc.enable()


class TestRefusals:
    def test_a_tensor_that_requires_no_gradient(self):
        with pytest.raises(GraphError, match=r"requires no gradient.*requires_grad=True"):
            Tensor([1.0], requires_grad=False).backward()
        with ag.no_grad():
            y = leaf(1) * 2
        with pytest.raises(GraphError, match=r"no_grad\(\)"):
            y.backward()

    def test_integers_are_told_that_they_are_no_floats(self):
        x = Tensor([6])
        with pytest.raises(GraphError, match=r"it is of int64, and integers .* such as Tensor\(\[6\.0\]\)"):
            (x * x).backward()

    def test_a_gradient_without_a_graph_is_told_about_create_graph(self):
        x = leaf(1, 2)
        (x * x).backward()
        with pytest.raises(GraphError, match=r"backward\(create_graph=True\) for gradients that can be"):
            x.grad.backward()

    def test_an_input_that_was_replaced_after_its_use(self):
        x, w = leaf(1, 2), leaf(3, 4)
        y = (x * w).sum()
        w.data = leaf(5, 6)
        with pytest.raises(GraphError, match=r"gradient of EWiseMul\(\) reads its input 1 \(float32 \(2,\)"):
            y.backward()
        assert x.grad is None
        assert w.grad is None

    def test_an_input_that_was_written_in_place_after_its_use(self):
        x = leaf(1, 2)
        y = (x * x).sum()
        x.mark_changed()
        with pytest.raises(GraphError, match=r"call backward\(\) before changing it"):
            y.backward()

    def test_a_result_that_was_replaced_after_it_was_computed(self):
        y = leaf(1, 2).exp()
        y.data = leaf(0, 0)
        with pytest.raises(GraphError, match="reads its result"):
            y.sum().backward()

    def test_a_replaced_input_that_no_gradient_reads_is_accepted(self):
        x, b = leaf(1, 2), leaf(3, 4)
        y = x + b
        b.data = leaf(5, 6)
        y.backward()
        np.testing.assert_array_equal(b.grad.numpy(), [1, 1])

    def test_a_value_replaced_before_its_use_is_accepted(self):
        x = leaf(1, 2)
        x.data = leaf(3, 4)
        (x * x).backward()
        np.testing.assert_array_equal(x.grad.numpy(), [6, 8])


class TestGradientsOfUsers:
    def make(self, gradient):
        kind = type("Custom", (TensorOp,), {"compute": lambda self, a, b: a + b, "gradient": gradient})
        return kind()(leaf(1, 2), leaf(3, 4))

    def test_a_wrong_number_of_gradients(self):
        with pytest.raises(GraphError, match=r"gradient of Custom\(\) returned 1 gradients for 2 inputs"):
            self.make(lambda self, out_grad, node: out_grad).backward()

    def test_a_forgotten_return(self):
        def forget(self, out_grad, node):
            out_grad * 2

        with pytest.raises(GraphError, match=r"of Custom\(\) returned None; let it return a Tensor for each input"):
            self.make(forget).backward()

    def test_an_array_instead_of_a_tensor(self):
        with pytest.raises(GraphError, match="for input 0 is a ndarray; expected a Tensor"):
            self.make(lambda self, out_grad, node: (np.ones(2), out_grad)).backward()

    def test_a_gradient_of_the_wrong_shape(self):
        with pytest.raises(ShapeError, match=r"for input 1 is float32 \(\) .*; expected .* float32 \(2,\)"):
            self.make(lambda self, out_grad, node: (out_grad, out_grad.sum())).backward()

    def test_an_error_inside_a_gradient_names_the_operation_and_its_operands(self):
        def fail(self, out_grad, node):
            raise ZeroDivisionError("no")

        with pytest.raises(ZeroDivisionError) as caught:
            self.make(fail).backward()
        assert "raised in the gradient of Custom() on float32 (2,)" in caught.value.__notes__[0]
        assert ag.is_grad_enabled()

    def test_none_means_no_gradient(self):
        y = self.make(lambda self, out_grad, node: (None, out_grad))
        a, b = y.inputs
        y.backward()
        assert a.grad is None
        np.testing.assert_array_equal(b.grad.numpy(), [1, 1])


class TestDepth:
    """A recursion anywhere would fail long before 100,000; the stack is kept small to make sure."""

    N = 100_000

    @pytest.fixture(autouse=True)
    def small_stack(self):
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(500)
        yield
        sys.setrecursionlimit(limit)

    def chain(self, x, y):
        for _ in range(self.N):
            x = x + y
        return x

    def test_a_long_chain_is_built_differentiated_and_freed(self):
        x, y = leaf(1), leaf(0.5)
        z = self.chain(x, y)
        assert z.item() == 1 + 0.5 * self.N
        z.backward()
        assert (x.grad.item(), y.grad.item()) == (1, self.N)
        freed = weakref.ref(z)
        del z
        assert freed() is None

    def test_a_chain_of_a_million_is_built_differentiated_and_freed(self, backend):
        self.N = 1_000_000
        x, y = leaf(0), leaf(1)
        gc.disable()  # else it walks through the graph again and again while that grows
        try:
            z = self.chain(x, y)
            z.backward()
            freed = weakref.ref(z)
            del z
        finally:
            gc.enable()
        assert freed() is None
        assert (x.grad.item(), y.grad.item()) == (1, self.N)

    def test_a_node_takes_little_memory_and_a_backward_pass_little_more(self):
        """What Python allocates; measured are 360 bytes to build (200 with NumPy's scalars) and 425 at the peak."""
        x, y = leaf(0), leaf(1)
        gc.disable()
        tracemalloc.start()
        try:
            z = self.chain(x, y)
            built = tracemalloc.get_traced_memory()[1] / self.N
            z.backward()
            kept, peak = (size / self.N for size in tracemalloc.get_traced_memory())
        finally:
            tracemalloc.stop()
            gc.enable()
        assert built < 400
        assert peak < built + 100
        assert kept < 10

    def test_a_long_chain_is_freed_without_a_backward_pass(self):
        x = leaf(1)
        z = self.chain(x, leaf(1))
        middle = weakref.ref(z.inputs[0].inputs[0])
        del z
        assert middle() is None

    def test_a_long_chain_is_realized_in_lazy_mode(self):
        with ag.lazy():
            z = self.chain(leaf(1), leaf(1))
        assert z.cached_data is None
        assert z.item() == 1 + self.N

    def test_a_long_chain_of_gradients_with_graphs_is_freed(self):
        x = leaf(1)
        z = self.chain(x, x)
        z.backward(create_graph=True)
        assert x.grad.item() == self.N + 1
        freed = weakref.ref(x.grad)
        x.grad = None
        del z
        assert freed() is None


def test_two_threads_build_and_differentiate_graphs_of_their_own():
    results = {}

    def work(number):
        shared_mode = ag.no_grad() if number % 2 else ag.enable_grad()
        with shared_mode:
            assert ag.is_grad_enabled() == (number % 2 == 0)
            with ag.enable_grad():
                x = leaf(number, number + 1)
                for _ in range(50):
                    y = (x * x + x).sum()
                    y.backward()
                results[number] = x.grad.numpy().tolist()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: [2 * n + 1, 2 * n + 3] for n in range(4)}
    assert ag.is_grad_enabled()
