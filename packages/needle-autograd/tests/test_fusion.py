"""Fusion in lazy mode: chains of elementwise operations run as programs, and give what operations one by one give."""

import needle_autograd as ag
import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_autograd import GraphError, Tensor, TensorOp, fusion, lazy, no_grad, ops
from needle_autograd.op import REGISTRY
from numpy.testing import assert_array_equal

FOLDS = sorted(name for name, op in REGISTRY.items() if op.fold is not None)
FUSED = sorted(name for name, op in REGISTRY.items() if op.instruction is not None)


@pytest.fixture(autouse=True, scope="module")
def fused_however_small():
    """Let programs run on arrays of any size; the size from which they pay is no matter of correctness."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fusion, "SMALLEST", 1)
        yield


@pytest.fixture
def programs(monkeypatch):
    """Record the names of the operations that are computed together, one list for each program."""
    found = []
    run = fusion.run

    def recorded(group):
        found.append([type(node.op).__name__ for node in reversed(group.members)])
        return run(group)

    monkeypatch.setattr(fusion, "run", recorded)
    return found


def tensors(*shapes, dtype="float32", seed=0):
    rng = np.random.default_rng(seed)
    return [Tensor(rng.uniform(0.5, 2, shape).astype(dtype)) for shape in shapes]


def gradients(function, *operands):
    """Return the value of sum(function) and the gradients of the operands, as arrays."""
    loss = function(*operands).sum()
    loss.backward()
    return [loss.numpy(), *[x.grad.numpy() for x in operands]]


def test_a_chain_is_one_program(programs):
    a, b, c, d = tensors(*[(3, 4)] * 4)
    with lazy():
        y = a * b + c * d.exp()
    assert_array_equal(y.numpy(), (a * b + c * d.exp()).numpy())
    assert programs == [["EWiseMul", "Exp", "EWiseMul", "EWiseAdd"]]


def test_a_reduction_ends_a_program_with_or_without_its_axes(programs):
    a, b = tensors((3, 4), (4,))
    with lazy():
        total, rows, mean = (a * b).sum(), (a + b).sum(1, keepdims=True), (a - b).mean((0,))
    assert_array_equal(total.numpy(), (a * b).sum().numpy())
    assert_array_equal(rows.numpy(), (a + b).sum(1, keepdims=True).numpy())
    assert_array_equal(mean.numpy(), (a - b).mean((0,)).numpy())
    assert programs == [["EWiseMul", "Summation"], ["EWiseAdd", "Summation"], ["EWiseAdd", "Mean"]]


def test_the_backward_pass_is_fused_too(programs):
    a, b, c, d = tensors(*[(3, 4)] * 4)

    def function(a, b, c, d):
        return a * b + c * d.exp()

    expected = gradients(function, a, b, c, d)
    with lazy():
        found = gradients(function, a, b, c, d)
    for x, y in zip(found, expected, strict=True):
        assert_array_equal(x, y)
    assert programs[0] == ["EWiseMul", "Exp", "EWiseMul", "EWiseAdd", "Summation"]
    assert sorted(programs[1:]) == [
        ["EWiseMul", "Exp", "EWiseMul"],
        ["Exp", "EWiseMul"],
    ]  # for d and c; a and b take one step


def test_no_array_between_is_made():
    n = 1 << 20
    a, b, c, d = (Tensor(nd.ones(n) * k) for k in (1.0, 2.0, 3.0, 0.5))

    def peak(function):
        before = nd.memory_statistics()["bytes_in_use"]
        nd.reset_peak_memory()
        result = function()
        return result, nd.memory_statistics()["peak_bytes_in_use"] - before

    def forward():
        with lazy(), no_grad():
            return (a * b + c * d.exp()).realize_cached_data()

    def backward():
        with lazy():
            (a * b + c * d.exp()).sum().backward()

    _, one_array = peak(lambda: nd.ones(n))
    _, bytes_forward = peak(forward)
    _, bytes_backward = peak(backward)
    assert bytes_forward == one_array  # the result
    assert 4 * one_array <= bytes_backward < 4.1 * one_array  # four gradients and the loss


def test_values_that_were_fused_away_are_there_when_they_are_asked_for():
    (x,) = tensors((5,))
    with lazy():
        inner = x * 2
        y = inner.exp() + 1
    expected = (x * 2).exp() + 1
    assert_array_equal(y.numpy(), expected.numpy())
    assert inner.cached_data is None
    assert_array_equal(inner.numpy(), (x * 2).numpy())
    y.backward()
    assert_array_equal(inner.numpy(), (x * 2).numpy())


def test_what_two_results_need_becomes_an_array_unless_one_array_gives_it(programs):
    a, b = tensors((3,), (3,))
    with lazy():
        product = a * b
        with no_grad():
            loss = (product + 1).exp() @ (product * 2)
    loss.numpy()
    assert product.cached_data is not None  # from two arrays: reading the product is less
    with lazy(), no_grad():
        root = a.sqrt()
        loss = (root + 1).exp() @ (root * 2)
    loss.numpy()
    assert root.cached_data is None  # from one array: reading that is as much
    assert programs[-2:] in (
        [["Sqrt", "AddScalar", "Exp"], ["Sqrt", "MulScalar"]],
        [["Sqrt", "MulScalar"], ["Sqrt", "AddScalar", "Exp"]],
    )


def test_a_smaller_operand_is_computed_once_and_broadcast(programs):
    a, row = tensors((4, 3), (3,))
    with lazy(), no_grad():
        y = (a * row.exp().sqrt() + 1) * 2
    assert_array_equal(y.numpy(), ((a * row.exp().sqrt() + 1) * 2).numpy())
    assert programs == [["Exp", "Sqrt"], ["EWiseMul", "AddScalar", "MulScalar"]]


@pytest.mark.parametrize("length", [19, 20, 21, 100])
def test_long_chains_are_cut_at_the_limit_of_a_program(programs, length):
    (x,) = tensors((7,))

    def chain(y):
        for step in range(length):
            y = y * 1.01 if step % 2 else (y + 0.5)
        return y

    expected = gradients(chain, x)
    with lazy():
        found = gradients(chain, x)
    for left, right in zip(found, expected, strict=True):
        assert_array_equal(left, right)
    assert max(map(len, programs)) <= fusion.MOST_MEMBERS


def test_sums_of_many_arrays_are_cut_at_the_arrays_that_a_program_takes(programs):
    operands = tensors(*[(6,)] * 40)

    def total(*operands):
        result = operands[0]
        for operand in operands[1:]:
            result = result * operand
        return result

    expected = gradients(total, *operands)
    with lazy():
        found = gradients(total, *operands)
    for left, right in zip(found, expected, strict=True):
        assert_array_equal(left, right)
    assert len(programs) > 2


def test_many_values_at_once_fit_the_registers():
    (x,) = tensors((6,), dtype="float16")

    def fan(x):
        terms = [(x + 0.25 * k).tanh() for k in range(19)]
        while len(terms) > 1:
            terms = [terms[i] * terms[-1 - i] for i in range(len(terms) // 2)]
        return terms[0]

    eager = fan(x).numpy()
    with lazy():
        y = fan(x)
    assert_array_equal(y.numpy(), eager)


@pytest.mark.parametrize("name", FUSED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_program_of_every_operation_gives_the_bits_of_its_computation(name, dtype, programs):
    op_class = REGISTRY[name]
    checked = 0
    for sample in op_class.samples():
        operands = [Tensor(values, requires_grad=False) for values in sample.arrays(dtype)]
        result = sample.apply(op_class, *operands)
        with lazy():
            late = ops.where(ops.equal(sample.apply(op_class, *operands), 0), 1, 0)  # two more steps
            again = sample.apply(op_class, *operands)
            if "float" in str(again.dtype):
                again = ops.negate(ops.negate(again))
        assert_array_equal(again.numpy(), result.numpy())
        assert_array_equal(late.numpy(), (result.numpy() == 0).astype(int))
        checked += result.size
    assert checked
    assert any(name in program for program in programs)


@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_reduction_at_the_end_of_a_program_gives_the_bits_of_its_computation(name, dtype, programs):
    op_class = REGISTRY[name]
    for sample in op_class.samples():
        operands = [Tensor(values, requires_grad=False) for values in sample.arrays(dtype)]
        result = sample.apply(op_class, *[ops.negate(x * 1.5) for x in operands])
        with lazy():
            late = sample.apply(op_class, *[ops.negate(x * 1.5) for x in operands])
        assert_array_equal(late.numpy(), result.numpy())
    assert ["MulScalar", "Negate", name] in programs


@pytest.mark.parametrize("pair", [(0.0, -0.0), (1.0, 2.0)])
def test_programs_that_differ_in_constants_alone_are_told_apart(pair):
    (x,) = tensors((3,))
    for constant in pair:
        with lazy():
            y = (x * constant) * constant / 0.5
        assert_array_equal(np.signbit(y.numpy()), np.signbit((x * constant * constant / 0.5).numpy()))
        assert_array_equal(y.numpy(), (x * constant * constant / 0.5).numpy())


def test_an_operation_that_is_not_elementwise_gets_its_operands_as_arrays(programs):
    a, b = tensors((3, 3), (3, 3))
    with lazy():
        y = (a + 1).exp() @ (b * 2)
    expected = (a + 1).exp() @ (b * 2)
    assert_array_equal(y.numpy(), expected.numpy())
    assert ["AddScalar", "Exp"] in programs


def test_arrays_of_other_libraries_are_computed_one_by_one(programs):
    with lazy():
        x = Tensor.make_const(np.linspace(0.5, 2, 6))
        y = (x * 2).exp() + 1
    assert_array_equal(y.numpy(), np.exp(np.linspace(0.5, 2, 6) * 2) + 1)
    assert programs == []


def test_an_input_of_a_fused_value_that_was_changed_is_refused():
    (x,) = tensors((4,))
    with lazy():
        inner = x * 2
        y = inner + 1
    y.numpy()
    x.data = Tensor(np.zeros(4, "float32"))
    with pytest.raises(GraphError, match="was changed after the operation was recorded"):
        inner.numpy()


def test_an_error_of_a_program_names_its_operations():
    (x,) = tensors((4,))
    limit = nd.memory_limit()
    with lazy():
        y = (x.broadcast_to(1 << 22, 4) * 2).exp()
    try:
        nd.set_memory_limit(1 << 20)
        with pytest.raises(MemoryError) as caught:
            y.numpy()
    finally:
        nd.set_memory_limit(limit)
    assert caught.value.__notes__ == [
        "raised by operations that lazy mode computes together: MulScalar(scalar=2), Exp()"
    ]


def test_a_second_pass_over_a_dropped_graph_is_refused_in_lazy_mode_too():
    (x,) = tensors((4,))
    with lazy():
        loss = (x * x).exp().sum()
        loss.backward()
        with pytest.raises(GraphError, match="retain_graph"):
            loss.backward()


def test_gradients_of_gradients_are_fused_and_right():
    def penalty(x):
        y = (x.tanh() * x).sum()
        y.backward(create_graph=True)
        return (x.grad * x.grad).sum()

    results = []
    for mode in (lazy, ag.enable_grad):
        (x,) = tensors((5,), dtype="float64")
        with mode():
            loss = penalty(x)
            loss.backward()
        results.append(x.grad.numpy())
    np.testing.assert_allclose(results[0], results[1], rtol=1e-14)


def test_accumulated_gradients_add_up_in_lazy_mode():
    (x,) = tensors((5,))
    with lazy():
        for _ in range(2):
            (x * x).sum().backward(accumulate=True)
    np.testing.assert_allclose(x.grad.numpy(), 4 * x.numpy(), rtol=1e-6)


def test_an_error_of_an_operation_leaves_gradients_and_graph_as_they_were():
    class Fails(TensorOp):
        def compute(self, a):
            return a + 0

        def infer(self, a):
            return a

        def gradient(self, out_grad, node):
            raise ZeroDivisionError

    (x,) = tensors((5,))
    with lazy():
        loss = Fails()(x * 2).exp().sum()
        with pytest.raises(ZeroDivisionError):
            loss.backward()
    assert x.grad is None
    assert loss.op is not None


UNARY = [ops.negate, ops.exp, ops.tanh, ops.sigmoid, ops.relu, ops.sqrt, ops.log, lambda x: x * 0.5, lambda x: 1 - x]
BINARY = [ops.add, ops.multiply, ops.divide, ops.maximum, lambda a, b: ops.where(ops.less(a, b), a, b)]
SHAPES = [(2, 3, 4), (3, 4), (4,), (3, 1), (1,), ()]


@st.composite
def expressions(draw):
    """Draw the shapes of leaves and steps: a function and the positions of the values that it takes."""
    shapes = [SHAPES[0], *draw(st.lists(st.sampled_from(SHAPES), min_size=1, max_size=3))]
    steps = []
    count = len(shapes)
    for _ in range(draw(st.integers(1, 14))):
        functions = UNARY if draw(st.booleans()) else BINARY
        which = draw(st.integers(0, len(functions) - 1))
        operands = [draw(st.integers(0, count - 1)) for _ in range(1 if functions is UNARY else 2)]
        steps.append((functions[which], operands))
        count += 1
    return shapes, steps


@given(expressions(), st.sampled_from(["float32", "float64"]), st.booleans())
def test_any_graph_gives_the_same_bits_lazily_and_at_once(expression, dtype, asks_between):
    shapes, steps = expression

    def function(*leaves):
        values = list(leaves)
        for apply, operands in steps:
            values.append(apply(*[values[i] for i in operands]))
        if asks_between:
            values[len(values) // 2].numpy()
        return values[-1] * values[-2]

    with np.errstate(all="ignore"):
        eager = tensors(*shapes, dtype=dtype)
        expected = function(*eager)
        expected.sum().backward()
        late = tensors(*shapes, dtype=dtype)
        with lazy():
            found = function(*late)
            found.sum().backward()
    assert_array_equal(found.numpy(), expected.numpy())
    for a, b in zip(eager, late, strict=True):
        assert (a.grad is None) == (b.grad is None)
        if a.grad is not None:
            assert_array_equal(b.grad.numpy(), a.grad.numpy())
