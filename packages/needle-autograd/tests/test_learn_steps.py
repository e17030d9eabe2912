"""The stepper: the backward pass node by node, with what accumulates."""

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import Tensor, learn, ops

pytestmark = pytest.mark.usefixtures("backend")


def diamond():
    """Return a loss in which a value is used three times, and the leaf."""
    x = Tensor([[1.0, 2.0], [3.0, 4.0]], dtype="float64")
    h = x * 0.1
    return (h.tanh() + h @ h).sum(), x


def test_steps_come_in_the_order_of_the_pass_and_carry_its_gradients():
    loss, _ = diamond()
    found = list(learn.steps(loss))
    order = ag.find_topo_sort([loss])
    expected = list(ag.backward_steps(loss))
    assert [step.number for step in found] == [order.index(step.node) for step in expected]
    for step, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(step.arrived[0], other.out_grad.numpy())


def test_what_accumulates_is_the_sum_of_what_was_sent_and_arrives_in_the_end():
    loss, x = diamond()
    stepper = learn.steps(loss)
    sums = {}
    for step in stepper:
        if step.number in sums:
            np.testing.assert_allclose(step.arrived[0], sums.pop(step.number), rtol=1e-12)
        for delivery in step.deliveries:
            sums[delivery.number] = sums.get(delivery.number, 0) + delivery.sent[0]
            np.testing.assert_allclose(delivery.accumulated[0], sums[delivery.number], rtol=1e-12)
        assert sorted(stepper.accumulated) == sorted(sums)
    assert not sums
    loss.backward()
    np.testing.assert_array_equal(stepper.gradients[0][0], x.grad.numpy())


def test_a_value_used_three_times_says_how_many_uses_have_sent():
    loss, _ = diamond()
    texts = [repr(step) for step in learn.steps(loss)]
    assert sum("the first of 3 uses" in text for text in texts) == 1
    assert sum("use 2 of 3: " in text for text in texts) == 1
    assert sum("use 3 of 3: " in text for text in texts) == 1
    assert texts[-1].startswith("#0 leaf, float64 (2, 2)\n  arrives: [[")
    assert texts[-1].endswith("a leaf: backward() writes this into .grad")


def test_elements_of_a_tuple_accumulate_in_their_places():
    x = Tensor(np.array([[1.0, 2.0], [3.0, 4.0]]))
    first, second = ops.split(x, 0)
    stepper = learn.steps((first * second).sum())
    sent = [delivery for step in stepper for delivery in step.deliveries if len(delivery.accumulated) == 2]
    assert [delivery.arrivals for delivery in sent] == [1, 2]
    np.testing.assert_array_equal(sent[-1].accumulated, [[3, 4], [1, 2]])
    np.testing.assert_array_equal(stepper.gradients[0][0], [[3, 4], [1, 2]])


def test_nothing_is_changed_and_the_graph_can_be_passed_afterwards():
    loss, x = diamond()
    stepper = learn.steps(loss)
    next(stepper)
    assert x.grad is None
    loss.backward(retain_graph=True)
    assert len(list(stepper)) == len(ag.find_topo_sort([loss])) - 1


def test_it_prints_each_step_and_the_end(capsys):
    loss, _ = diamond()
    stepper = learn.steps(loss)
    assert repr(stepper) == "a backward pass, 0 nodes visited"
    stepper.next()
    assert capsys.readouterr().out.startswith("#5 summation, float64 ()\n  arrives: 1.\n  rule:")
    assert "1 node visited; #4 waiting" in repr(stepper)
    stepper.run()
    out = capsys.readouterr().out
    assert out.count("arrives:") == 5
    assert out.endswith("the pass is over: 6 nodes visited\n")
    stepper.next()
    assert capsys.readouterr().out == "the pass is over: 6 nodes visited\n"
    with pytest.raises(StopIteration):
        next(stepper)


def test_large_gradients_are_shown_by_their_length():
    step = next(learn.steps(Tensor(np.ones((10, 10)))))
    assert "arrives: length 10" in step.text
    assert step._repr_html_().startswith("<pre>#0 leaf")
