"""Conventions of the operations: names, attributes, scalars, ties, broadcasting, dropout."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from needle_autograd import Tensor, lazy, no_grad, ops, random

pytestmark = pytest.mark.usefixtures("backend")


def test_public_names_are_those_on_record():
    """A name that is added or taken away must be so in tests/data/ops_names.txt too."""
    names = [name for name, value in vars(ops).items() if name[0] != "_" and not isinstance(value, ModuleType)]
    assert sorted(names) == (Path(__file__).parent / "data" / "ops_names.txt").read_text().split()


def test_other_names_are_the_same_objects():
    for first, *others in [
        ("summation", "sum"), ("negate", "negative"), ("power", "pow"), ("log_softmax", "logsoftmax"),
        ("abs", "absolute"), ("acos", "arccos"), ("acosh", "arccosh"), ("asin", "arcsin"), ("asinh", "arcsinh"),
        ("atan", "arctan"), ("atan2", "arctan2"), ("atanh", "arctanh"), ("bitwise_not", "bitwise_invert"),
        ("cumulative_prod", "cumprod"), ("cumulative_sum", "cumsum"), ("copy", "clone"), ("inv", "inverse"),
        ("moveaxis", "movedim"), ("norm", "vector_norm"),
        ("repeat", "repeat_interleave"), ("silu", "swish"), ("log_sigmoid", "logsigmoid"),
        ("max", "amax"), ("min", "amin"), ("clip", "clamp"), ("permute", "permute_dims"), ("expand_dims", "unsqueeze"),
        ("split", "unbind", "unstack"), ("concat", "cat", "concatenate"), ("equal", "eq"), ("not_equal", "ne"),
        ("less", "lt"), ("less_equal", "le"), ("greater", "gt"), ("greater_equal", "ge"),
    ]:  # fmt: skip
        for other in others:
            assert getattr(ops, other) is getattr(ops, first)


def test_arguments_are_attributes_of_the_operation():
    x = Tensor([[1.0, 2.0]])
    assert vars((x + 1).op) == {"scalar": 1}
    assert vars((x / 4).op) == {"scalar": 4}
    assert vars((x * x).op) == {}
    assert x.sum(1).op.axes == 1
    assert x.reshape((2, 1)).op.shape == (2, 1)
    assert x.transpose().op.axes is None


def test_operators_make_the_fewest_nodes():
    a, b = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    difference = a - b
    assert isinstance(difference.op, ops.EWiseAdd)
    assert difference.inputs[0] is a
    assert isinstance(difference.inputs[1].op, ops.Negate)
    assert difference.inputs[1].inputs[0] is b
    for result, kind in [
        (3 * a, ops.MulScalar),
        (a * 3, ops.MulScalar),
        (a + 1.5, ops.AddScalar),
        (2 / a, ops.ScalarDiv),
    ]:
        assert isinstance(result.op, kind)
        assert result.inputs[0] is a
    np.testing.assert_array_equal((1 - a).numpy(), [0.0, -1.0])
    np.testing.assert_array_equal((2**a).numpy(), [2.0, 4.0])


@pytest.mark.parametrize("scalar", [1.5, 2, True, np.float64(1.5), np.float32(1.5), np.int64(2)])
def test_scalars_leave_the_dtype_of_a_tensor_alone(scalar):
    x = Tensor([1.0, 2.0])
    for result in (x + scalar, scalar + x, x * scalar, scalar - x, x / scalar, scalar / x, x**scalar, scalar**x):
        assert result.dtype == "float32"
    assert ops.maximum(x, scalar).dtype == "float32"
    assert ops.where(x > scalar, x, scalar).dtype == "float32"
    assert ops.where(x > scalar, scalar, x).dtype == "float32"


def test_a_comparison_with_a_number_happens_in_the_dtype_of_the_tensor():
    x = Tensor(np.array([0.1], "float32"))
    assert x.eq(0.1).item()
    assert (Tensor(np.array([1])) < 1.5).item()


def test_a_divisor_may_be_an_array_of_one_element():
    result = ops.divide_scalar(Tensor([3.0]), scalar=np.array([2.0]))
    assert result.dtype == "float32"
    assert result.item() == 1.5


def test_comparisons_and_positions_require_no_gradient():
    a, b = Tensor([1.0, 2.0]), Tensor([2.0, 1.0])
    for result in (a < b, a.eq(b), a >= 1, ops.argmax(a), ops.argmin(a), ops.isnan(a), ops.one_hot(ops.argmax(a), 2)):
        assert not result.requires_grad


def test_no_gradient_is_computed_for_operands_that_want_none():
    a, b = Tensor(np.ones((2, 2))), Tensor(np.ones((2, 2)), requires_grad=False)
    for result in (a @ b, a * b, a / b, a**b, ops.where(a > 0, a, b), ops.maximum(a, b)):
        grads = result.op.gradient_as_tuple(Tensor(np.ones(result.shape)), result)
        wanted = [grad for grad, operand in zip(grads, result.inputs, strict=True) if operand is b]
        assert wanted == [None]


@pytest.mark.parametrize("kind", ["max", "min"])
def test_equal_extremes_share_the_gradient_equally(kind):
    x = Tensor([[1.0, 1.0, 0.0], [5.0, 5.0, 5.0]] if kind == "max" else [[1.0, 1.0, 2.0], [5.0, 5.0, 5.0]])
    getattr(ops, kind)(x, axes=1).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), [[0.5, 0.5, 0.0], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-6)


def test_reductions_take_axes_in_every_form():
    values = np.arange(24.0, dtype="float32").reshape(2, 3, 4)
    x = Tensor(values)
    for axes in (0, -1, (0, 2), [1], (-1,), None, ()):
        expected = values.sum(axis=tuple(axes) if isinstance(axes, list) else axes)
        np.testing.assert_allclose(ops.summation(x, axes).numpy(), expected)
        np.testing.assert_allclose(ops.sum(x, axis=axes).numpy() if axes is not None else expected, expected)
    assert ops.mean(x, axes=1, keepdims=True).shape == (2, 1, 4)
    assert ops.logsumexp(x, axis=(1, 2)).shape == (2,)


def test_matmul_and_power_broadcast():
    for left, right in [((6, 6, 5, 4), (4, 3)), ((5, 4), (6, 6, 4, 3)), ((3, 3), (3, 3, 3))]:
        a, b = Tensor(np.ones(left)), Tensor(np.ones(right))
        out = a @ b
        out.sum().backward()
        products = np.prod(out.shape[:-2])
        np.testing.assert_allclose(a.grad.numpy(), np.full(left, right[-1] * products / np.prod(left[:-2])))
        np.testing.assert_allclose(b.grad.numpy(), np.full(right, left[-2] * products / np.prod(right[:-2])))
    a, b = Tensor([[1.0, 2.0, 3.0]]), Tensor([2, 0, 1], dtype="int32")
    power = a**b
    power.sum().backward()
    np.testing.assert_allclose(power.numpy(), [[1.0, 1.0, 3.0]])
    np.testing.assert_allclose(a.grad.numpy(), [[2.0, 0.0, 1.0]])
    assert b.grad is None


def test_tuples_give_back_what_went_in():
    a, b = Tensor([1.0]), Tensor([2.0])
    made = ops.make_tuple(a, b)
    assert ops.tuple_get_item(made, 0) is a
    assert made[-1] is b
    first, second = ops.fused_add_scalars(a, 1.0, 2.0)
    (first * 3 + second).backward()
    assert (first.item(), second.item(), a.grad.item()) == (2.0, 3.0, 4.0)


def test_one_element_of_a_tuple_alone_carries_a_gradient():
    a = Tensor([[1.0, 2.0], [3.0, 4.0]])
    ops.split(a, axis=1)[1].sum().backward()
    np.testing.assert_array_equal(a.grad.numpy(), [[0.0, 1.0], [0.0, 1.0]])
    element = ops.TupleGetItem(1)(ops.split(a))
    zeros, ones = element.op.gradient_as_tuple(Tensor([1.0, 1.0]), element)[0]
    np.testing.assert_array_equal(zeros.numpy(), [0.0, 0.0])
    np.testing.assert_array_equal(ones.numpy(), [1.0, 1.0])


def test_stacking_takes_a_tensor_tuple():
    a = Tensor([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(ops.stack(ops.split(a, axis=1), axis=0).numpy(), a.numpy().T)


def test_dropout_draws_its_mask_from_the_default_generator():
    x = Tensor(np.ones((100, 100)))
    random.seed(3)
    first = ops.dropout(x, 0.25)
    second = ops.dropout(x, 0.25)
    random.seed(3)
    again = ops.dropout(x, 0.25)
    np.testing.assert_array_equal(first.numpy(), again.numpy())
    assert (first.numpy() != second.numpy()).any()
    assert set(np.unique(first.numpy())) == {0.0, 1 / 0.75}
    assert abs(first.numpy().mean() - 1) < 0.05


def test_dropout_takes_a_generator_of_its_own():
    x = Tensor(np.ones(1000))
    masks = [ops.dropout(x, 0.5, generator=random.Generator(7)).numpy() for _ in range(2)]
    np.testing.assert_array_equal(*masks)


def test_dropout_at_the_ends_of_its_range():
    x = Tensor([1.0, 2.0])
    assert ops.dropout(x, 0) is x
    np.testing.assert_array_equal(ops.dropout(x, 1).numpy(), [0.0, 0.0])


def test_the_gradient_of_dropout_has_the_same_mask():
    x = Tensor(np.ones(50, "float32"))
    y = ops.dropout(x, 0.5)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy())
    assert x.grad.dtype == "float32"


def test_batch_statistics_require_no_gradient():
    x = Tensor(np.arange(12.0).reshape(4, 3))
    _, mean, var = ops.batch_norm(x, Tensor(np.ones(3)), Tensor(np.zeros(3)))
    np.testing.assert_allclose(mean.numpy(), x.numpy().mean(0))
    np.testing.assert_allclose(var.numpy(), x.numpy().var(0))
    assert not mean.requires_grad
    assert not var.requires_grad


def test_cross_entropy_takes_labels_of_every_integer_dtype():
    logits = Tensor([[1.0, 2.0, 0.5], [0.0, 0.0, 3.0]])
    losses = [
        ops.cross_entropy(logits, Tensor(np.array([1, 2], dtype))).item()
        for dtype in ("uint8", "int8", "int32", "int64", "float32")
    ]
    assert len(set(losses)) == 1


def test_astype_returns_the_tensor_itself_where_nothing_changes():
    x = Tensor([1.0])
    assert x.astype("float32") is x
    wide = x.astype("float64")
    wide.backward()
    assert (wide.dtype, x.grad.dtype) == ("float64", "float32")


def test_integers_made_of_floats_require_no_gradient():
    x = Tensor([1.5, 2.5])
    for dtype in ("int64", "bool", "uint8"):
        assert not x.astype(dtype).requires_grad
    y = x.astype("int64") * x
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1.0, 2.0])


def test_float_as_a_dtype_means_float32():
    assert Tensor(np.array([1.0])).astype(float).dtype == "float32"


def test_relu_passes_nan_on():
    assert np.isnan(ops.relu(Tensor([float("nan")])).item())


def test_the_derivative_of_relu_is_constant():
    x = Tensor([-1.0, 2.0])
    (ops.relu(x) ** 2).sum().backward(create_graph=True)
    np.testing.assert_array_equal(x.grad.numpy(), [0.0, 4.0])
    x.grad.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [0.0, 2.0])


def test_third_derivatives_are_there():
    x = Tensor(np.array([0.3, -0.7]))
    grad = ops.exp(x * 2).sum()
    for power in (2, 4, 8):
        grad.backward(create_graph=True)
        grad = x.grad.sum()
        np.testing.assert_allclose(x.grad.numpy(), power * np.exp(2 * x.numpy()), rtol=1e-12)


def test_lazy_operations_compute_nothing_until_asked():
    with lazy(), no_grad():
        x = Tensor(np.ones((4, 3), "float32"))
        y = ops.softmax(ops.relu(x @ Tensor(np.ones((3, 2), "float32"))) + 1)
        assert y.cached_data is None
        assert (y.shape, y.dtype) == ((4, 2), "float32")
    np.testing.assert_allclose(y.numpy(), np.full((4, 2), 0.5))
