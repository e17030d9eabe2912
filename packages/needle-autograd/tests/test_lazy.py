"""Lazy mode: operations are recorded, checked at the call, and computed once when a value is asked for."""

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import GraphError, ShapeError, Tensor, TensorOp, lazy, ops

pytestmark = pytest.mark.usefixtures("backend")


class Counting(TensorOp):
    """The identity, which counts how often it is computed."""

    def __init__(self):
        self.calls = 0

    def compute(self, a):
        self.calls += 1
        return a + 0

    def infer(self, a):
        return a

    def gradient(self, out_grad, node):
        return out_grad


def test_nothing_is_computed_until_a_value_is_asked_for():
    x = Tensor([1.0, 2.0])
    with lazy():
        y = x * x + 1
    assert y.cached_data is None
    assert y.inputs[0].cached_data is None
    assert (y.shape, y.dtype, y.device, y.ndim, y.size) == ((2,), "float32", ag.cpu(), 1, 2)
    assert y.cached_data is None
    np.testing.assert_array_equal(y.numpy(), [2, 5])
    assert y.cached_data is not None


@pytest.mark.parametrize(
    "ask", [Tensor.numpy, Tensor.realize_cached_data, Tensor.detach, repr, lambda y: y.sum().item(), np.asarray]
)
def test_asking_for_the_value_computes_it(ask):
    with lazy():
        y = Tensor([3.0]) + 1
    ask(y)
    assert float(y.cached_data[0]) == 4


def test_each_operation_is_computed_once():
    op = Counting()
    with lazy():
        shared = op(Tensor([1.0, 2.0]))
        left, right = shared + 1, shared * 2
        both = left + right
    assert op.calls == 0
    np.testing.assert_array_equal(both.numpy(), [4, 7])
    left.numpy()
    shared.numpy()
    assert op.calls == 1


def test_shape_errors_are_raised_at_the_call():
    with lazy(), pytest.raises(ShapeError, match="do not broadcast"):
        Tensor([1.0, 2.0]) + Tensor([1.0, 2.0, 3.0])


def test_the_results_are_those_of_eager_mode():
    def model(x, w):
        h = (x @ w).relu()
        return (ops.log_softmax(h, 1) * h.max(1, keepdims=True)).mean()

    values = np.random.default_rng(0).normal(size=(4, 3)), np.random.default_rng(1).normal(size=(3, 5))
    eager = [Tensor(v) for v in values]
    late = [Tensor(v) for v in values]
    expected = model(*eager)
    expected.backward()
    with lazy():
        result = model(*late)
        assert result.cached_data is None
        result.backward()
    np.testing.assert_array_equal(result.numpy(), expected.numpy())
    for a, b in zip(eager, late, strict=True):
        np.testing.assert_array_equal(a.grad.numpy(), b.grad.numpy())


def test_backward_computes_what_is_pending_and_its_gradients_at_once():
    x = Tensor([1.0, 2.0])
    with lazy():
        (x * x).sum().backward()
    assert x.grad.cached_data is not None
    np.testing.assert_array_equal(x.grad.numpy(), [2, 4])


def test_an_operation_that_cannot_infer_is_computed_at_once():
    class Plain(TensorOp):
        def compute(self, a):
            return a * 3

    with lazy():
        y = Plain()(Tensor([1.0]) + 1)
    assert y.cached_data is not None
    assert y.item() == 6


def test_a_pending_operand_is_computed_for_an_eager_operation():
    with lazy():
        y = Tensor([1.0]) + 1
    for z in (y * y, -(y + y), y.exp().log() * 2):
        assert z.cached_data is not None
        assert z.item() == pytest.approx(4 if z.item() > 0 else -4)


def test_results_without_gradients_drop_their_inputs_once_computed():
    with lazy(), ag.no_grad():
        y = Tensor([1.0]) + 1
    assert y.inputs != ()
    y.numpy()
    assert (y.op, y.inputs) == (None, ())


def test_an_input_changed_between_recording_and_computing_is_refused():
    x = Tensor([1.0])
    with lazy():
        y = x * 2
    x.data = Tensor([5.0])
    with pytest.raises(GraphError, match=r"input 0 of MulScalar.* was changed after the operation was recorded"):
        y.numpy()


def test_updates_in_lazy_mode_compute_and_keep_no_graph():
    w = Tensor([1.0])
    with lazy():
        for _ in range(3):
            (w * w).sum().backward()
            w.data = w.data + (-0.1) * w.grad
            assert w.is_leaf()
            assert w.cached_data is not None
    assert w.item() == pytest.approx(0.8**3)


def test_tuples_are_recorded_too():
    x = Tensor([1.0, 2.0])
    with lazy():
        pair = ops.fused_add_scalars(x, 1.0, 2.0)
        assert pair.cached_data is None
        assert len(pair) == 2
        total = pair[0] * pair[1]
    assert total.cached_data is None
    np.testing.assert_array_equal(total.numpy(), [6, 12])
    total.backward()
    np.testing.assert_array_equal(x.grad.numpy(), [5, 7])


def test_assigning_the_attribute_of_the_module_switches_lazy_mode():
    try:
        ag.LAZY_MODE = True
        assert ag.LAZY_MODE
        assert (Tensor([1.0]) + 1).cached_data is None
    finally:
        ag.LAZY_MODE = False
    assert (Tensor([1.0]) + 1).cached_data is not None


def test_numbers_and_arrays_beside_a_pending_tensor_leave_it_pending():
    x = Tensor([1.0, 2.0])
    with lazy():
        y = x * 2
        z = y + np.ones(2, "float32")
        w = ops.maximum(z, 4.0)
    assert (y.cached_data, z.cached_data, w.cached_data) == (None, None, None)
    np.testing.assert_array_equal(w.numpy(), [4, 5])
