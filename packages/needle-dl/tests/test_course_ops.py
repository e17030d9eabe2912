"""What programs of the course rely on in `needle.ops`, one test for each promise."""

import needle as ndl
import numpy as np
import pytest
from needle import ops
from needle.autograd.testing import check_gradient

pytestmark = pytest.mark.usefixtures("backend")

CLASSES = """EWiseAdd AddScalar EWiseMul MulScalar EWisePow PowerScalar EWiseDiv DivScalar Transpose Reshape BroadcastTo
Summation MatMul Negate Log Exp ReLU Tanh Stack Split Flip Dilate UnDilate Conv LogSoftmax LogSumExp MakeTensorTuple
TupleGetItem FusedAddScalars"""

FUNCTIONS = """add_scalar power power_scalar divide divide_scalar matmul summation broadcast_to reshape negate transpose
log exp relu tanh logsumexp stack split flip dilate undilate conv add multiply mul_scalar logsoftmax make_tuple
tuple_get_item fused_add_scalars"""


def close(got, expected, tolerance=1e-6):
    """Compare a tensor with NumPy's numbers."""
    np.testing.assert_allclose(got.numpy(), expected, rtol=tolerance, atol=tolerance)


def drawn(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def test_classes_and_functions_have_the_names_of_the_course():
    assert [name for name in CLASSES.split() if not issubclass(getattr(ops, name), ndl.Op)] == []
    assert [name for name in FUNCTIONS.split() if getattr(ndl, name) is not getattr(ops, name)] == []


def test_transpose_exchanges_two_axes_the_last_ones_unless_given():
    x = drawn(2, 3, 4)
    close(ops.transpose(ndl.Tensor(x)), x.swapaxes(1, 2))
    close(ops.transpose(ndl.Tensor(x), axes=(0, 2)), x.swapaxes(0, 2))
    close(ops.transpose(ndl.Tensor(x), (-1, 0)), x.swapaxes(0, 2))


@pytest.mark.parametrize("axes", [None, 0, 1, (0, 1), (-1,), (0, 2)])
def test_summation_and_logsumexp_drop_the_axes_that_they_reduce(axes):
    x = drawn(2, 3, 4)
    close(ops.summation(ndl.Tensor(x), axes), x.sum(axes))
    close(ops.logsumexp(ndl.Tensor(x), axes=axes), np.log(np.exp(x).sum(axes)))


def test_logsoftmax_is_along_the_rows_of_a_matrix():
    x = drawn(3, 4)
    close(ops.logsoftmax(ndl.Tensor(x)), x - np.log(np.exp(x).sum(1, keepdims=True)))


@pytest.mark.parametrize("scalar", [0, 1, 2, 3, -1, -2, 0.5, -1.5])
def test_powers_take_integers_and_floats_of_both_signs(scalar):
    x = np.abs(drawn(2, 3)) + 0.5
    close(ops.power_scalar(ndl.Tensor(x), scalar), x ** float(scalar))
    check_gradient(lambda a: ops.power_scalar(a, scalar), x)


def test_a_divisor_may_be_an_array_of_one_element():
    result = ops.divide_scalar(ndl.Tensor([3.0, 6.0]), scalar=np.array([2.0]))
    close(result, [1.5, 3])
    assert result.dtype == "float32"


def test_power_broadcasts_and_takes_integers():
    a, b = ndl.Tensor(np.array([[1.0, 2.0, 3.0]])), ndl.Tensor(np.array([2, 3, 2]))
    close(ops.power(a, b), [[1, 8, 9]])
    ops.power(a, b).backward()
    close(a.grad, [[2, 12, 6]])
    check_gradient(ops.power, np.abs(drawn(1, 3)) + 0.5, drawn(3, seed=1))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((6, 6, 5, 4), (4, 3)),
        ((5, 4), (6, 6, 4, 3)),
        ((3, 3), (3, 3, 3)),
        ((6, 6, 5, 4), (6, 6, 4, 3)),
        ((5, 4), (4, 3)),
    ],
)
def test_products_of_batches_broadcast(left, right):
    a, b = drawn(*left), drawn(*right, seed=1)
    close(ops.matmul(ndl.Tensor(a), ndl.Tensor(b)), a @ b)
    check_gradient(ops.matmul, a, b, order=1)


@pytest.mark.parametrize(("shape", "wide"), [((), (2, 3)), ((3,), (2, 3)), ((1, 3), (4, 2, 3)), ((2, 1), (2, 3))])
def test_broadcasting_adds_leading_axes_and_its_gradient_sums(shape, wide):
    x = ndl.Tensor(drawn(*shape))
    out = ops.broadcast_to(x, wide)
    close(out, np.broadcast_to(x.numpy(), wide))
    out.backward()
    close(x.grad, np.full(shape, np.prod(wide) / np.prod(shape)))


def test_reshape_takes_a_shape():
    x = drawn(2, 6)
    close(ops.reshape(ndl.Tensor(x), (3, 4)), x.reshape(3, 4))


def test_the_gradient_of_relu_at_zero_is_zero_and_is_constant():
    x = ndl.Tensor([-1.0, 0.0, 2.0])
    ops.relu(x).sum().backward()
    close(x.grad, [0, 0, 1])
    check_gradient(ops.relu, np.array([-1.0, 2.0]), order=2)


def test_stack_takes_lists_and_tuples_and_split_removes_the_axis():
    a, b = drawn(2, 3), drawn(2, 3, seed=1)
    for axis in (0, 1, 2):
        both = ops.stack([ndl.Tensor(a), ndl.Tensor(b)], axis)
        close(both, np.stack([a, b], axis))
        close(ops.stack(ndl.TensorTuple(ndl.Tensor(a), ndl.Tensor(b)), axis), np.stack([a, b], axis))
        parts = ops.split(both, axis)
        assert isinstance(parts, ndl.TensorTuple)
        close(parts[1], b)
    check_gradient(lambda x: ops.split(x, 1)[1], a)


def test_flip_reverses_axes():
    x = drawn(2, 3, 4)
    close(ops.flip(ndl.Tensor(x), (0, 2)), x[::-1, :, ::-1])


@pytest.mark.parametrize("dilation", [0, 1, 2])
def test_dilation_adds_as_many_zeros_after_each_element(dilation):
    x = drawn(2, 3, 2)
    out = ops.dilate(ndl.Tensor(x), axes=(0, 1), dilation=dilation)
    expected = np.zeros((2 * (dilation + 1), 3 * (dilation + 1), 2))
    expected[:: dilation + 1, :: dilation + 1] = x
    close(out, expected)
    close(ops.undilate(out, axes=(0, 1), dilation=dilation), x)
    check_gradient(lambda a: ops.dilate(a, (0, 1), dilation), x)


def test_the_padding_of_a_convolution_is_1_for_the_function_and_0_for_the_class():
    x, weight = ndl.Tensor(drawn(2, 5, 5, 3)), ndl.Tensor(drawn(3, 3, 3, 4, seed=1))
    assert ops.conv(x, weight).shape == (2, 5, 5, 4)
    assert ops.Conv()(x, weight).shape == (2, 3, 3, 4)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding"), [(17, 3, 2, 1), (14, 3, 2, 0), (14, 3, 1, 1), (8, 1, 3, 0), (6, 5, 4, 2)]
)
def test_convolutions_take_any_stride_also_where_it_does_not_divide(size, kernel, stride, padding):
    x, weight = drawn(1, size, size, 2), drawn(kernel, kernel, 2, 3, seed=1)
    out = ops.conv(ndl.Tensor(x), ndl.Tensor(weight), stride=stride, padding=padding)
    wide = np.pad(x, ((0, 0), (padding, padding), (padding, padding), (0, 0)))
    count = (size + 2 * padding - kernel) // stride + 1
    expected = np.empty((1, count, count, 3))
    for i, j in np.ndindex(count, count):
        window = wide[:, i * stride : i * stride + kernel, j * stride : j * stride + kernel]
        expected[:, i, j] = np.einsum("nabc,abco->no", window, weight)
    close(out, expected, 1e-10)
    check_gradient(lambda a, b: ops.conv(a, b, stride=stride, padding=padding), x, weight, order=1)


def test_the_smallest_operation_with_two_results():
    x = ndl.Tensor([1.0, 2.0])
    pair = ops.fused_add_scalars(x, 1, 2)
    assert isinstance(pair, ndl.TensorTuple)
    close(pair[0], [2, 3])
    close(pair[1], [3, 4])
    (pair[0] + pair[1]).backward()
    close(x.grad, [2, 2])


def test_an_item_of_a_tuple_that_was_made_is_what_went_in():
    a, b = ndl.Tensor([1.0]), ndl.Tensor([2.0])
    assert ops.tuple_get_item(ops.make_tuple(a, b), 1) is b


def test_the_other_functions_of_the_course():
    x, y = np.abs(drawn(2, 3)) + 0.5, drawn(2, 3, seed=1)
    a, b = ndl.Tensor(x), ndl.Tensor(y)
    for got, expected in [
        (ops.add(a, b), x + y), (ops.multiply(a, b), x * y), (ops.divide(a, b), x / y), (ops.negate(a), -x),
        (ops.add_scalar(a, 2), x + 2), (ops.mul_scalar(a, 2), x * 2), (ops.log(a), np.log(x)), (ops.exp(a), np.exp(x)),
        (ops.tanh(b), np.tanh(y)), (ops.relu(b), np.maximum(y, 0)),
    ]:  # fmt: skip
        close(got, expected)
