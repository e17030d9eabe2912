"""The gradient check itself: what is right passes, what is slightly wrong does not."""

import subprocess
import sys

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import Sample, Tensor, TensorOp, ops, testing

pytestmark = pytest.mark.usefixtures("backend")

A = np.array([[0.6, 1.4, 0.9], [1.1, 0.7, 1.8]])


class Cube(TensorOp):
    """The third power, with a gradient that can be made wrong."""

    name = "cube"
    factor = 1.0

    def compute(self, a):
        return a * a * a

    def gradient(self, out_grad, node):
        (a,) = node.inputs
        return out_grad * a * a * (3 * self.factor)

    @classmethod
    def samples(cls):
        return [Sample(inputs=[(2, 3)], reference=lambda a: a**3), Sample(inputs=[()], reference=lambda a: a**3)]


class WrongByOnePercent(Cube):
    factor = 1.01


class WrongInOneElement(Cube):
    """One of six components is wrong by one per cent."""

    def gradient(self, out_grad, node):
        scale = np.ones((2, 3))
        scale[1, 2] = 1.01
        return super().gradient(out_grad, node) * Tensor(scale, requires_grad=False)


class WithoutSecondOrder(Cube):
    def gradient(self, out_grad, node):
        (a,) = node.inputs
        return out_grad * (a.detach() ** 2) * 3


class OfWrongShape(Cube):
    def gradient(self, out_grad, node):
        return super().gradient(out_grad, node).sum()


class WrongResult(Cube):
    def compute(self, a):
        return a * a * a * 1.001


def test_right_gradients_pass():
    testing.check_gradient(Cube(), A)
    testing.check_gradient(lambda a, b: (a @ b).tanh(), A, A.T)
    testing.check_gradient(lambda a: ops.split(a, 0), A)
    testing.check_gradient(lambda a, n: a**n, A, np.array([1, 2, 3]))
    testing.check_gradient(lambda a: a * 2, 1.5)
    testing.check_op(Cube)


@pytest.mark.parametrize("kind", [WrongByOnePercent, WrongInOneElement])
@pytest.mark.parametrize("order", [1, 2])
def test_a_gradient_that_is_one_per_cent_wrong_is_found(kind, order):
    message = r"the gradient for input 0, of shape \(2, 3\), is wrong: along a random direction it gives .* differ by"
    with pytest.raises(AssertionError, match=message):
        testing.check_gradient(kind(), A, order=order)


def test_a_wrong_second_order_is_found_and_only_there():
    testing.check_gradient(WithoutSecondOrder(), A, order=1)
    with pytest.raises(AssertionError, match=r"WithoutSecondOrder\(\): the gradient of the gradient for input 0"):
        testing.check_gradient(WithoutSecondOrder(), A)


def test_a_gradient_of_the_wrong_shape_is_found():
    with pytest.raises(ag.ShapeError, match="expected the shape and dtype of the input"):
        testing.check_gradient(OfWrongShape(), A)


def test_a_wrong_gradient_of_one_of_several_inputs_is_named():
    with pytest.raises(AssertionError, match="for input 1"):
        testing.check_gradient(lambda a, b: a * WrongByOnePercent()(b), A, A)


def test_inputs_can_be_left_out():
    testing.check_gradient(lambda a, b: a * WrongByOnePercent()(b), A, A, differentiable=(0,))


def test_a_wrong_result_is_found_by_the_samples():
    with pytest.raises(AssertionError, match="WrongResult sample 0"):
        testing.check_op(WrongResult)
    with pytest.raises(AssertionError, match="WrongByOnePercent sample 0 : the gradient"):
        testing.check_op(WrongByOnePercent)


def test_an_operation_without_samples_is_refused():
    class Bare(TensorOp):
        pass

    with pytest.raises(AssertionError, match="Bare has no samples"):
        testing.check_op(Bare)


def test_senseless_calls_are_refused():
    with pytest.raises(ValueError, match="order is 3; expected 1 or 2"):
        testing.check_gradient(Cube(), A, order=3)
    with pytest.raises(ValueError, match="no input of floating point"):
        testing.check_gradient(Cube(), np.array([1, 2]))


def test_the_check_leaves_no_gradients_behind():
    x = Tensor(A)
    testing.check_gradient(lambda a: a * x, A)
    assert x.grad is None


def test_samples_are_the_same_each_time_and_avoid_kinks():
    sample = Sample(inputs=[(200,), np.array([1, 2])], reference=None, domain=(-1, 1), kinks=(0.0,))
    first, second = sample.arrays(), sample.arrays("float32")
    assert first[0].dtype == "float64"
    assert second[0].dtype == "float32"
    np.testing.assert_allclose(first[0], second[0], rtol=1e-6)
    assert np.abs(first[0]).min() >= 0.05
    assert first[1].dtype == "int64"


def test_a_wrong_gradient_is_found_where_python_drops_assertions():
    code = (
        "from needle_autograd import TensorOp, testing\n"
        "class Double(TensorOp):\n"
        "    def compute(self, a):\n"
        "        return a * 2\n"
        "    def gradient(self, out_grad, node):\n"
        "        return out_grad\n"
        "testing.check_gradient(Double(), [1.0])\n"
    )
    run = subprocess.run([sys.executable, "-O", "-c", code], capture_output=True, text=True, check=False)
    assert "AssertionError" in run.stderr
