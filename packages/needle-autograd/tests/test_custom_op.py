"""Operations made of plain functions."""

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import GraphError, Tensor, custom_op, testing
from needle_autograd.backends import array_namespace

pytestmark = pytest.mark.usefixtures("backend")


def f64(*values):
    return Tensor(np.array(values, "float64"))


def scaled_exp():
    """exp(scale * x), with a backward function on tensors."""

    @custom_op
    def scaled_exp(x, *, scale=1.0):
        """Grow."""
        return array_namespace(x).exp(scale * x)

    @scaled_exp.backward
    def backward(context, out_grad):
        return out_grad * context.arguments.get("scale", 1.0) * context.result

    return scaled_exp


def test_it_computes_records_and_differentiates_to_any_order():
    op = scaled_exp()
    x = f64(0, 1)
    y = op(x, scale=2.0)
    np.testing.assert_allclose(y.numpy(), np.exp([0, 2]))
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * np.exp([0, 2]))
    testing.check_gradient(lambda x: op(x, scale=0.5), np.array([0.1, -0.3]))
    assert ag.grad(ag.grad(ag.grad(op)))(0.0).item() == 1
    assert op(f64(1).detach()).is_leaf()


def test_it_has_a_name_a_docstring_and_a_text():
    op = scaled_exp()
    assert (op.__name__, op.__doc__) == ("scaled_exp", "Grow.")
    assert repr(op(f64(1), scale=3.0).op) == "scaled_exp(scale=3.0)"
    assert issubclass(op.op_class, ag.TensorOp)

    @custom_op(name="grow")
    def other(x):
        return x + 0

    assert repr(other(f64(1)).op) == "grow()"


def test_several_operands_and_results_and_operands_without_a_gradient():
    @custom_op(results=2)
    def add_and_scale(a, b, n):
        return a + b, a * n

    @add_and_scale.backward
    def backward(context, sum_grad, scaled_grad):
        a, _, n = context.inputs
        total, _ = context.result
        assert total.shape == a.shape
        return sum_grad + scaled_grad * n, sum_grad, None

    a, b, n = f64(1, 2), f64(3, 4), Tensor(np.array(5))
    total, scaled = add_and_scale(a, b, n)
    (total * scaled).sum().backward()
    np.testing.assert_allclose(a.grad.numpy(), [5 * 1 + 5 * (1 + 3), 5 * 2 + 5 * (2 + 4)])
    np.testing.assert_allclose(b.grad.numpy(), [5, 10])


def saving(on):
    """The square, which saves twice its operand; `runs` counts the two kinds of forward function."""
    runs = []

    @custom_op
    def square(x):
        runs.append("plain")
        return x * x

    @square.forward_saving
    def square_saving(x):
        runs.append("saving")
        return x * x, {"double": 2 * x}

    @square.backward(on=on)
    def backward(context, out_grad):
        assert type(context.inputs[0]) is type(out_grad)
        return out_grad * (context.saved["double"] if on == "arrays" else Tensor(context.saved["double"]))

    return square, runs


@pytest.mark.parametrize("on", ["arrays", "tensors"])
class TestOnceDifferentiable:
    def test_saved_values_reach_the_backward_function(self, on):
        square, runs = saving(on)
        x = f64(3, 4)
        square(x).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [6, 8])
        assert runs == ["saving"]
        with ag.no_grad():
            square(x)
        assert runs == ["saving", "plain"]
        testing.check_gradient(square, np.array([0.5, 1.5]), order=1)

    def test_a_second_derivative_is_refused_instead_of_wrong(self, on):
        square, _ = saving(on)
        x = f64(3, 4)
        square(x).sum().backward(create_graph=True)
        np.testing.assert_array_equal(x.grad.numpy(), [6, 8])
        reason = "computes on arrays" if on == "arrays" else "reads values that the forward function saved"
        with pytest.raises(
            GraphError, match=f"backward function of square {reason}.*context.inputs and context.result"
        ):
            x.grad.sum().backward()

    def test_a_gradient_that_does_not_pass_through_it_twice_is_fine(self, on):
        square, _ = saving(on)
        x, w = f64(3, 4), f64(1, 2)
        slope = ag.grad(lambda x: square(x).sum())(x)
        np.testing.assert_array_equal(slope.numpy(), [6, 8])
        assert ag.grad(lambda w: (ag.grad(lambda x: square(x).sum())(x) * w).sum())(w).numpy().tolist() == [6, 8]


def test_a_backward_function_on_arrays_without_saved_values():
    @custom_op(results=2)
    def parts(a, b):
        return a * b, a - b

    @parts.backward(on="arrays")
    def backward(context, product, difference):
        a, b = context.inputs
        assert len(context.result) == 2
        return product * b + difference, product * a - difference

    testing.check_gradient(lambda a, b: parts(a, b)[0] * parts(a, b)[1], *np.array([[1.0, 2.0], [0.5, 3.0]]), order=1)


def test_in_lazy_mode_it_computes_at_once():
    with ag.lazy():
        y = scaled_exp()(f64(0.0) + 0)
    assert y.item() == 1


class TestRefusals:
    def test_no_backward_function(self):
        @custom_op
        def forward_only(x):
            return x + 1

        with pytest.raises(GraphError, match=r"forward_only has no backward function; write one under @forward_only"):
            forward_only(f64(1)).backward()

    def test_gradients_that_do_not_fit(self):
        @custom_op
        def add(a, b):
            return a + b

        add.backward(lambda context, out_grad: out_grad)
        with pytest.raises(GraphError, match=r"gradient of add\(\) returned 1 gradients for 2 inputs"):
            add(f64(1), f64(2)).backward()
        add.backward(on="arrays")(lambda context, out_grad: (1.0, out_grad))
        with pytest.raises(GraphError, match="for input 0 is a float; expected a Tensor"):
            add(f64(1), f64(2)).backward()

    def test_a_saving_function_that_returns_no_pair(self):
        @custom_op
        def f(x):
            return x + 1

        f.forward_saving(lambda x: x + 1)
        with pytest.raises(TypeError, match=r"the saving forward function of f returned a .*; expected a pair"):
            f(f64(1))

    def test_what_is_no_function_and_what_is_no_kind(self):
        with pytest.raises(TypeError, match="custom_op was given a float; expected a function of arrays"):
            custom_op(1.0)
        with pytest.raises(ValueError, match='on is \'numpy\'; expected "tensors" or "arrays"'):
            scaled_exp().backward(on="numpy")
