"""Operations that users write: one result, several results, saved values, and their place in the graph."""

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import Spec, Tensor, TensorOp, TensorTuple, TensorTupleOp, testing
from needle_autograd.op import REGISTRY

pytestmark = pytest.mark.usefixtures("backend")


class Hypotenuse(TensorOp):
    """The length of the diagonal of a rectangle, which keeps its result for the gradient."""

    needs = (0, 1)

    def compute(self, a, b):
        return (a * a + b * b) ** 0.5

    def compute_saving(self, a, b):
        length = self.compute(a, b)
        return length, length

    def gradient(self, out_grad, node):
        a, b = node.inputs
        share = out_grad / node
        return share * a, share * b


class AddBoth(TensorTupleOp):
    """A tensor plus each of two numbers."""

    def __init__(self, c0, c1):
        self.c0, self.c1 = c0, c1

    def compute(self, a):
        return a + self.c0, a + self.c1

    def gradient(self, out_grad, node):
        return out_grad[0] + out_grad[1]


class Scale(TensorOp):
    """A tensor times a number."""

    def __init__(self, factor):
        self.factor = factor

    def compute(self, a):
        return a * self.factor

    def gradient(self, out_grad, node):
        return Scale(self.factor)(out_grad)

    def infer(self, a):
        return Spec(a.shape, a.dtype, a.device)


def test_an_operation_of_ones_own_computes_and_differentiates():
    a, b = Tensor([3.0, 6.0]), Tensor([4.0, 8.0])
    y = Hypotenuse()(a, b)
    np.testing.assert_allclose(y.numpy(), [5, 10], rtol=1e-6)
    assert y.saved is not None
    y.backward()
    np.testing.assert_allclose(a.grad.numpy(), [0.6, 0.6], rtol=1e-6)
    np.testing.assert_allclose(b.grad.numpy(), [0.8, 0.8], rtol=1e-6)
    assert y.saved is None
    testing.check_gradient(Hypotenuse(), np.array([1.0, 2.0]), np.array([0.5, 1.5]))


def test_nothing_is_saved_where_no_gradient_is_recorded():
    a, b = Tensor([3.0]), Tensor([4.0])
    with ag.no_grad():
        assert Hypotenuse()(a, b).saved is None


def test_an_operation_with_two_results():
    x = Tensor([1.0, 2.0])
    pair = AddBoth(10, 20)(x)
    assert isinstance(pair, TensorTuple)
    left, right = pair
    np.testing.assert_array_equal(left.numpy(), [11, 12])
    np.testing.assert_array_equal(right.numpy(), [21, 22])
    (left * right).backward()
    np.testing.assert_array_equal(x.grad.numpy(), [11 + 21, 12 + 22])
    testing.check_gradient(AddBoth(1.0, 2.0), np.array([1.0, 2.0]))


def test_arguments_are_attributes_and_show_in_the_repr():
    y = Scale(2.5)(Tensor([1.0]))
    assert vars(y.op) == {"factor": 2.5}
    assert repr(y.op) == "Scale(factor=2.5)"


def test_it_is_recorded_in_lazy_mode_if_it_can_infer():
    with ag.lazy():
        y = Scale(3.0)(Tensor([1.0]))
    assert y.cached_data is None
    assert y.item() == 3


def test_operations_of_users_are_not_registered():
    assert "Scale" not in REGISTRY
    assert REGISTRY["EWiseAdd"] is ag.ops.EWiseAdd


def test_what_is_not_defined_says_so():
    class Empty(TensorOp):
        pass

    with pytest.raises(NotImplementedError, match="Empty does not define compute"):
        Empty()(Tensor([1.0]))

    class Forward(TensorOp):
        def compute(self, a):
            return a

    with pytest.raises(NotImplementedError, match="Forward does not define gradient"):
        Forward()(Tensor([1.0])).backward()
    with pytest.raises(NotImplementedError, match="subclass TensorOp"):
        ag.Op()(Tensor([1.0]))


@pytest.mark.parametrize("kind", [list, float, type(None), Tensor])
def test_a_computation_that_returns_no_array_is_refused(kind):
    class Careless(TensorOp):
        def compute(self, a):
            return {list: [1.0], float: 1.0, type(None): None, Tensor: Tensor(a)}[kind]

    for x in (Tensor([1.0]), Tensor([1.0], requires_grad=False)):
        with pytest.raises(TypeError, match=rf"Careless\(\).compute returned a {kind.__name__}; expected an array"):
            Careless()(x)


def test_a_computation_of_a_tuple_returns_a_tuple_of_arrays():
    class Pair(TensorTupleOp):
        def __init__(self, wrap):
            self.wrap = wrap

        def compute(self, a):
            return self.wrap(a)

    assert len(Pair(lambda a: [a, a + 1])(Tensor([1.0]))) == 2
    for wrap, found in [(lambda a: a, "array"), (lambda a: (a, 1.0), "tuple with a float")]:
        with pytest.raises(TypeError, match=rf"(?i)compute returned a .*{found}; expected a tuple of arrays"):
            Pair(wrap)(Tensor([1.0]))


def test_training_by_hand_lowers_the_loss_and_keeps_no_tensors():
    class ScaleAndAdd:
        """y = w * x + b, with parameters as plain attributes."""

        def __init__(self):
            self.w, self.b = Tensor([0.0]), Tensor([0.0])

        def __call__(self, x):
            return x * self.w + self.b

    model = ScaleAndAdd()
    x = Tensor(np.linspace(-1, 1, 9, dtype="float32"), requires_grad=False)
    target = Tensor(3 * x.numpy() - 1, requires_grad=False)
    losses, counts = [], []
    for _ in range(60):
        loss = ((model(x) - target) ** 2).mean()
        loss.backward()
        for p in (model.w, model.b):
            p.data = p.data + (-0.3) * p.grad
        losses.append(loss.item())
        counts.append(ag.TENSOR_COUNTER)
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 1e-4
    assert len(set(counts)) == 1
    np.testing.assert_allclose([model.w.item(), model.b.item()], [3, -1], atol=0.02)
