"""`why`: the contributions of the paths to one number of a gradient, and a measurement beside them."""

import array_api_strict
import needle_autograd as ag
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needle_autograd import Tensor, TensorOp, TensorTuple, learn, ops
from needle_autograd.learn import paths

UNARY = [lambda a: a.tanh(), lambda a: a * 0.7, lambda a: -a, lambda a: a.sigmoid().log(), lambda a: (a * a + 1).sqrt()]
BINARY = [lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a / (b * b + 1), ops.maximum]
MATRIX = [
    lambda a, b: a @ b.T * 0.3,
    lambda a, b: ops.concat([a, b], 0).sum((0,), keepdims=True) + a,
    lambda a, b: ops.stack([a, b], 0).mean((0,)) + b[::-1],
    lambda a, b: ops.softmax(a) * b,
]


def random_graph(seed, length, shape, kinds):
    """Return a leaf and the sum of a value at the end of a random graph above it."""
    rng = np.random.default_rng(seed)
    w = Tensor(rng.uniform(-1, 1, shape))
    values = [w, Tensor(rng.uniform(-1, 1, shape), requires_grad=False)]
    for _ in range(length):
        kind = kinds[rng.integers(len(kinds))]
        count = 1 if kind in UNARY else 2
        values.append(kind(*[values[max(0, len(values) - 1 - int(rng.integers(4)))] for _ in range(count)]))
    return w, sum((value.sum() for value in values[-3:]), Tensor(0.0, dtype="float64")) + w.sum()


def enumerated(loss, w):
    """Return the contributions of all paths of a graph of numbers, each multiplied out by itself."""
    steps = {step.node: step for step in ag.backward_steps(loss)}
    local = {}
    for node, step in steps.items():
        ones = Tensor(1.0, dtype="float64", requires_grad=False)
        local[node] = [] if node.is_leaf() else node.op.gradient_as_tuple(ones, node)
        assert len(local[node]) == len(step.input_grads)
    found, waiting = [], [(loss, 1.0)]
    while waiting:
        node, product = waiting.pop()
        if node is w:
            found.append(product)
            continue
        for value, factor in zip(node.inputs, local[node], strict=False):
            if value.requires_grad and factor is not None:
                waiting.append((value, product * factor.item()))
    return found


def backward_at(loss, w, index):
    loss.backward(retain_graph=True)
    return w.grad.numpy()[index]


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), length=st.integers(1, 30))
def test_contributions_of_any_graph_add_up_to_the_gradient(seed, length):
    w, loss = random_graph(seed, length, (2, 2), UNARY + BINARY + MATRIX)
    reason = learn.why(loss, w, (1, 0))
    expected = backward_at(loss, w, (1, 0))
    scale = max(1.0, *(abs(c.value) for c in reason.contributions))
    assert reason.total == expected
    assert sum(c.value for c in reason.contributions) == pytest.approx(expected, abs=1e-10 * scale)
    assert 1 <= len(reason.contributions) <= 12
    assert reason.passages[0].through == pytest.approx(expected, abs=1e-10 * scale)
    assert reason.passages[-1].through == pytest.approx(expected, abs=1e-10 * scale)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10**6), length=st.integers(1, 8))
def test_each_contribution_is_the_product_along_its_path(seed, length):
    w, loss = random_graph(seed, length, (), UNARY + BINARY[:3])
    reason = learn.why(loss, w, max_paths=10_000)
    expected = enumerated(loss, w)
    assert reason.paths == len(reason.contributions) == len(expected)
    np.testing.assert_allclose(sorted(c.value for c in reason.contributions), sorted(expected), rtol=1e-9, atol=1e-12)
    for contribution in reason.contributions:
        assert len(contribution.positions) == len(contribution.path) - 1
        if contribution.factors:
            assert np.prod(contribution.factors) == pytest.approx(contribution.value, rel=1e-9)


def test_a_finite_difference_stands_beside_it(backend):
    w, loss = random_graph(3, 12, (2, 2), UNARY + MATRIX)
    reason = learn.why(loss, w, (0, 1))
    assert reason.finite_difference == pytest.approx(reason.total, rel=1e-7)
    assert reason.finite_difference != reason.total


def test_a_finite_difference_shows_a_wrong_rule(backend):
    class Wrong(TensorOp):
        def compute(self, a):
            return a * a

        def gradient(self, out_grad, node):
            return out_grad * node.inputs[0]

    x = Tensor(3.0, dtype="float64")
    reason = learn.why(Wrong()(x) + x, x)
    assert reason.total == 4
    assert reason.finite_difference == pytest.approx(7)
    assert "test_learn_why.py:" in reason.text


def test_paths_too_many_to_list_are_summed_and_counted(backend):
    x = Tensor([0.5, 0.25], dtype="float64")
    y = x
    for _ in range(60):
        y = (y * y + y) * 0.6
    reason = learn.why(y.sum(), x, 1)
    assert reason.paths == 3**60
    assert len(reason.contributions) <= 12
    assert sum(c.paths for c in reason.contributions) == 3**60
    assert sum(c.value for c in reason.contributions) == pytest.approx(reason.total, abs=1e-10)
    assert "about 1e28 paths" in reason.text


def test_a_value_with_more_uses_than_contributions_may_be(backend):
    x = Tensor(0.5, dtype="float64")
    y = x * 2
    for i in range(50):
        y = y + x * (i * 0.1)
    reason = learn.why(y, x, max_paths=4)
    assert len(reason.contributions) == 4
    assert sum(c.value for c in reason.contributions) == pytest.approx(reason.total, abs=1e-10)
    assert sum(c.paths for c in reason.contributions) == reason.paths == 51


def test_the_rules_of_a_thousand_nodes_are_evaluated_about_once_each(backend, monkeypatch):
    rng = np.random.default_rng(0)
    w = Tensor(rng.normal(size=(2, 2)) * 0.1)
    h = w
    for _ in range(250):
        h = (h @ w).tanh() * 0.1 + h
    calls = []
    right = paths.carried
    monkeypatch.setattr(paths, "carried", lambda *arguments: calls.append(1) or right(*arguments))
    reason = learn.why(h.sum(), w, (0, 1))
    assert len(calls) < 1000 + 100
    assert len(reason.passages) == 1002
    assert reason.paths > 10**50
    assert sum(c.value for c in reason.contributions) == pytest.approx(reason.total, abs=1e-10)
    assert reason.finite_difference == pytest.approx(reason.total, rel=1e-7)


def test_nothing_is_changed(backend):
    w, loss = random_graph(5, 10, (2, 2), UNARY + BINARY + MATRIX)

    def state():
        return [(n, n.op, n.inputs, n._grad, n.saved, n.changed_at) for n in ag.find_topo_sort([loss])]

    before, values = state(), w.numpy().copy()
    learn.why(loss, w, (0, 0))
    assert state() == before
    np.testing.assert_array_equal(w.numpy(), values)
    assert ag.is_grad_enabled()


def test_modes_of_the_caller_do_not_matter(backend):
    w, loss = random_graph(7, 10, (2, 2), UNARY + BINARY + MATRIX)
    plain = learn.why(loss, w, (0, 0))
    with ag.no_grad():
        assert learn.why(loss, w, (0, 0)).text == plain.text
    with ag.lazy():
        assert learn.why(loss, w, (0, 0)).text == plain.text
        w, loss = random_graph(7, 10, (2, 2), UNARY + BINARY + MATRIX)
        assert learn.why(loss, w, (0, 0)).total == plain.total


def test_values_that_fusion_left_out_are_computed(backend):
    x = Tensor(np.linspace(-1, 1, 50_000))
    with ag.lazy():
        reason = learn.why(((x * x + x * 2).tanh() * x).sum(), x, 7)
    plain = learn.why(((x * x + x * 2).tanh() * x).sum(), x, 7)
    assert reason.total == pytest.approx(plain.total, rel=1e-12)
    assert [c.value for c in reason.contributions] == pytest.approx([c.value for c in plain.contributions], rel=1e-12)
    assert reason.finite_difference == pytest.approx(reason.total, rel=1e-4)


def test_tuples_are_passed(backend):
    w = Tensor(np.array([[0.5, 1.5], [2.0, 3.0]]))
    first, second = ops.split(w, 0)
    both = TensorTuple(first * second, first.exp())
    loss = (both[0] * both[1]).sum()
    reason = learn.why(loss, w, (0, 1))
    assert reason.total == pytest.approx(3 * np.exp(1.5) * (1 + 1.5))
    assert sum(c.value for c in reason.contributions) == pytest.approx(reason.total, abs=1e-12)
    assert reason.finite_difference == pytest.approx(reason.total, rel=1e-7)
    split = next(p for p in reason.passages if p.description.startswith("("))
    assert split.terms[0].index == (0, 1)


def test_an_operation_without_second_order_is_measured(backend):
    class Opaque(TensorOp):
        """A square whose gradient leaves the graph."""

        def compute(self, a):
            return a * a

        def gradient(self, out_grad, node):
            return Tensor(2 * out_grad.numpy() * node.inputs[0].numpy())

    w = Tensor(np.array([0.5, 1.5]))
    loss = (Opaque()(w).exp() * w).sum()
    reason = learn.why(loss, w, 1)
    assert reason.total == pytest.approx(np.exp(2.25) * (1 + 2 * 1.5**2))
    assert sum(c.value for c in reason.contributions) == pytest.approx(reason.total, abs=1e-10)
    assert reason.passages[-1].through == pytest.approx(reason.total, rel=1e-6)


def test_graphs_of_float32_are_measured_in_float64(backend):
    w = Tensor([[0.5, -1.0], [2.0, 0.25]])
    loss = ops.cross_entropy((w @ w).tanh(), Tensor([0, 1])).mean()
    reason = learn.why(loss, w, (1, 1))
    assert reason.finite_difference == pytest.approx(reason.total, rel=1e-5)
    narrow = learn.why((w.astype("float64") * 2).astype("float32").tanh().sum(), w, (1, 1))
    assert narrow.step > 1e-3
    assert narrow.finite_difference == pytest.approx(narrow.total, rel=1e-3)


def test_any_array_of_the_standard():
    w = Tensor.make_const(array_api_strict.asarray([[0.5, 1.0], [1.5, 2.0]]), requires_grad=True)
    reason = learn.why((w @ w).tanh().sum() + (w * w).sum(), w, (0, 1))
    assert reason.finite_difference == pytest.approx(reason.total, rel=1e-7)
    assert sum(c.value for c in reason.contributions) == pytest.approx(reason.total, abs=1e-10)


def test_intermediate_values_and_the_result_itself_can_be_asked_for(backend):
    x = Tensor([1.0, 2.0])
    h = x * 3
    loss = (h * h).sum()
    assert learn.why(loss, h, 0).total == 6
    assert learn.why(loss, h, -1).index == (1,)
    own = learn.why(loss, loss)
    assert own.total == own.contributions[0].value == 1
    assert own.finite_difference == pytest.approx(1)
    assert own.contributions[0].path == (own.passages[0].number,)


def test_of_a_result_that_is_no_scalar_the_sum_is_meant(backend):
    x = Tensor([1.0, 2.0], dtype="float64")
    reason = learn.why(x * x, x, 1)
    assert reason.total == 4
    assert reason.finite_difference == pytest.approx(4)


def test_the_text_names_paths_formulas_values_and_lines(backend):
    x = Tensor(3.0, dtype="float64")
    y = x * x + 2 * x
    reason = learn.why(y, x)
    text = str(reason)
    assert "is 8." in text
    assert "the sum over 3 paths" in text
    assert "+3   #0 -> #1 (input 0) -> #3   = 3 * 1" in text
    assert "+2   #0 -> #2 -> #3   = 2 * 1" in text
    assert "multiply, float64 (): a * b, where a = #0, b = #0" in text
    assert "value 9, gradient 1, t = 6: 1 * 6 = 6" in text
    multiply = reason.passages[1].rule
    with open(multiply.file) as source:
        assert "def gradient" in source.readlines()[multiply.line - 1]
    assert multiply.place in text
    assert reason._repr_html_().startswith("<pre>The derivative of")


def test_questions_without_an_answer_are_refused(backend):
    x, other = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
    constant = Tensor([1.0, 2.0], requires_grad=False)
    loss = (x * constant).sum()
    with pytest.raises(IndexError, match=r"index 2 is no number of a tensor of shape \(2,\); expected 1 integer"):
        learn.why(loss, x, 2)
    with pytest.raises(IndexError, match=r"index \(\) is no number"):
        learn.why(loss, x)
    with pytest.raises(ag.GraphError, match="was not computed from this tensor"):
        learn.why(loss, other, 0)
    with pytest.raises(ag.GraphError, match="requires_grad is False"):
        learn.why(loss, constant, 0)
    with pytest.raises(ag.GraphError, match="requires no gradient"):
        learn.why(constant, constant, 0)
    with pytest.raises(TypeError, match="not of a TensorTuple"):
        learn.why(loss, TensorTuple(x, x), 0)
