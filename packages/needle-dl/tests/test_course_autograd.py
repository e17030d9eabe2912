"""What programs of the course rely on in `needle.autograd`, one test for each promise."""

import os
import subprocess
import sys

import needle as ndl
import numpy as np
import pytest
from needle.autograd import Op, TensorOp, TensorTuple, TensorTupleOp, Value

pytestmark = pytest.mark.usefixtures("backend")


def close(got, expected, tolerance=1e-6):
    """Compare a tensor with NumPy's numbers."""
    np.testing.assert_allclose(got.numpy(), expected, rtol=tolerance, atol=tolerance)


def run(code, **environment):
    """The output of a program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else done.stderr.strip().splitlines()[-1]


# Module globals


def test_assigning_lazy_mode_takes_effect():
    try:
        ndl.autograd.LAZY_MODE = True
        x = ndl.Tensor([1.0, 2.0])
        y = x * x + 1
        assert y.cached_data is None
        np.testing.assert_array_equal(y.numpy(), [2, 5])
        assert (x + 1).realize_cached_data() is not None
    finally:
        ndl.autograd.LAZY_MODE = False
    assert (x + 1).cached_data is not None


def test_tensor_counter_counts_live_tensors_and_can_be_assigned():
    before = ndl.autograd.TENSOR_COUNTER
    kept = [ndl.Tensor([1.0]) for _ in range(3)]
    assert before + 3 == ndl.autograd.TENSOR_COUNTER
    ndl.autograd.TENSOR_COUNTER = 0
    assert ndl.autograd.TENSOR_COUNTER == 0
    kept.append(ndl.Tensor([1.0]))
    assert ndl.autograd.TENSOR_COUNTER == 1
    ndl.autograd._not_counted = 0


# Op, Value


def test_operations_are_called_computed_and_differentiated_by_their_methods():
    op = ndl.ops.EWiseMul()
    assert isinstance(op, TensorOp)
    assert isinstance(op, Op)
    assert isinstance(ndl.ops.Split(0), TensorTupleOp)
    a, b = ndl.Tensor([2.0]), ndl.Tensor([3.0])
    y = op(a, b)
    assert op.compute(a.realize_cached_data(), b.realize_cached_data())[0] == 6
    close(op.gradient(ndl.Tensor([1.0]), y)[0], [3])
    assert len(op.gradient_as_tuple(ndl.Tensor([1.0]), y)) == 2
    negative = -a
    (grad,) = negative.op.gradient_as_tuple(ndl.Tensor([1.0]), negative)
    close(grad, [-1])


def test_operations_of_programs_are_subclasses():
    class Cube(ndl.TensorOp):
        def compute(self, a):
            return a * a * a

        def gradient(self, out_grad, node):
            return out_grad * 3 * node.inputs[0] ** 2

    x = ndl.Tensor([2.0])
    Cube()(x).backward()
    close(x.grad, [12])


def test_arguments_of_operations_are_their_attributes():
    assert (ndl.Tensor([1.0]) + 1).op.__dict__ == {"scalar": 1}


def test_values_show_their_fields_and_keep_the_identity_of_their_inputs():
    v1, v2 = ndl.Tensor([1.0]), ndl.Tensor([2.0])
    v3 = v1 + v2
    v4 = v3 * v2
    assert isinstance(v4, Value)
    assert v4.inputs[0] is v3
    assert v4.inputs[1] is v2
    assert isinstance(v4.op, ndl.ops.EWiseMul)
    assert v4.requires_grad
    assert v4.num_outputs == 1
    assert v1.is_leaf()
    assert not v4.is_leaf()
    assert v4.realize_cached_data() is v4.cached_data
    constant = ndl.Tensor.make_const(v4.cached_data, requires_grad=False)
    assert constant.is_leaf()
    close(ndl.Tensor.make_from_op(ndl.ops.EWiseAdd(), [v1, v2]), [3])


# Tensor


def test_tensors_require_gradients_unless_told_otherwise():
    assert ndl.Tensor([1.0]).requires_grad
    assert not ndl.Tensor([1.0], requires_grad=False).requires_grad


@pytest.mark.parametrize("dtype", ["float32", "float64", "int8", "int32", "int64", "uint8", "bool"])
def test_tensors_are_made_of_lists_numbers_arrays_and_tensors(dtype):
    for source in ([1, 0], np.array([1, 0]), ndl.NDArray([1, 0]), ndl.Tensor([1, 0])):
        x = ndl.Tensor(source, dtype=dtype, device=ndl.cpu())
        assert x.dtype == dtype
        np.testing.assert_array_equal(x.numpy(), np.array([1, 0], dtype))
    assert ndl.Tensor(3.0).shape == ndl.Tensor(np.float32(3)).shape == ()


def test_a_tensor_of_a_tensor_shares_its_data():
    x = ndl.Tensor([1.0, 2.0])
    assert ndl.Tensor(x).realize_cached_data() is x.realize_cached_data()
    assert ndl.Tensor(x, dtype="float64").realize_cached_data() is not x.realize_cached_data()


def test_unknown_keywords_are_ignored():
    assert ndl.Tensor([1.0], colour="red").shape == (1,)


def test_tensors_have_shape_dtype_device_data_and_grad():
    x = ndl.Tensor([[1.0, 2.0]])
    assert (x.shape, x.dtype, x.device, x.grad) == ((1, 2), "float32", ndl.cpu(), None)
    assert x.data.is_leaf()
    assert not x.data.requires_grad


def test_the_data_setter_checks_the_dtype_and_may_change_the_shape():
    x = ndl.Tensor([1.0, 2.0])
    new = ndl.Tensor([[3.0], [4.0], [5.0]])
    x.data = new
    assert x.shape == (3, 1)
    assert x.cached_data is new.cached_data
    with pytest.raises(ndl.DTypeError, match="float64"):
        x.data = ndl.Tensor([1.0], dtype="float64")


def test_tensors_have_the_methods_of_the_course():
    x = ndl.Tensor(np.arange(6.0, dtype="float32").reshape(2, 3))
    assert not x.detach().requires_grad
    assert x.numpy().shape == (2, 3)
    close(x.sum(), 15)
    close(x.sum(axes=(1,)), [3, 12])
    assert x.reshape((3, 2)).shape == (3, 2)
    assert x.broadcast_to((4, 2, 3)).shape == (4, 2, 3)
    assert x.transpose().shape == x.transpose((0, 1)).shape == x.transpose(axes=(1, 0)).shape == (3, 2)
    close(x.matmul(x.transpose()), x.numpy() @ x.numpy().T)
    close(x @ x.transpose(), x.numpy() @ x.numpy().T)


def test_operators_take_tensors_and_numbers():
    a, b = ndl.Tensor([1.0, 2.0]), ndl.Tensor([3.0, 5.0])
    for got, expected in [
        (a + b, [4, 7]), (a - b, [-2, -3]), (a * b, [3, 10]), (a / b, [1 / 3, 0.4]), (a**b, [1, 32]), (-a, [-1, -2]),
        (a + 1, [2, 3]), (a - 1, [0, 1]), (a * 3, [3, 6]), (a / 2, [0.5, 1]), (a**2, [1, 4]), (1 + a, [2, 3]),
        (3 * a, [3, 6]), (1 - a, [0, -1]), (2 / a, [2, 1]), (2**a, [2, 4]),
    ]:  # fmt: skip
        close(got, expected)


def test_tensors_are_shown_as_the_course_shows_them():
    x = ndl.Tensor([1.0, 2.0])
    assert repr(x) == f"needle.Tensor({x.numpy()})"
    assert str(x) == str(x.numpy())


# backward


def test_backward_of_several_elements_uses_ones():
    x = ndl.Tensor([1.0, 2.0])
    (x * x).backward()
    close(x.grad, [2, 4])


def test_gradients_are_overwritten_and_added_up_on_request_only():
    x = ndl.Tensor([2.0])
    for _ in range(2):
        (x * 3).backward()
    close(x.grad, [3])
    (x * 3).backward(accumulate=True)
    close(x.grad, [6])


def test_subtraction_and_numbers_make_the_nodes_of_the_course():
    a, b = ndl.Tensor([1.0]), ndl.Tensor([2.0])
    difference = a - b
    assert isinstance(difference.op, ndl.ops.EWiseAdd)
    assert isinstance(difference.inputs[1].op, ndl.ops.Negate)
    assert isinstance((3 * a).op, ndl.ops.MulScalar)
    assert isinstance((a + 1.5).op, ndl.ops.AddScalar)


def test_the_topological_order_is_post_order_with_the_left_input_first():
    a, b = ndl.Tensor([1.0]), ndl.Tensor([2.0])
    product = a * b
    total = product + a
    assert ndl.autograd.find_topo_sort([total]) == [a, b, product, total]
    visited, order = set(), []
    ndl.autograd.topo_sort_dfs(product, visited, order)
    assert order == [a, b, product]
    ndl.autograd.topo_sort_dfs(total, visited, order)
    assert order == [a, b, product, total]
    assert visited == {a, b, product, total}


def test_a_list_of_values_is_summed_without_a_zero():
    a, b, c = (ndl.Tensor([float(i)]) for i in range(3))
    assert ndl.autograd.sum_node_list([a]) is a
    total = ndl.autograd.sum_node_list([a, b, c])
    assert total.inputs[1] is c
    close(total, [3])


def test_gradients_can_be_computed_by_the_engines_function():
    x = ndl.Tensor([1.0, 2.0])
    ndl.autograd.compute_gradient_of_variables(x * 3, ndl.Tensor([1.0, 10.0]))
    close(x.grad, [3, 30])


def test_nodes_are_readable_until_a_backward_has_passed():
    x = ndl.Tensor([1.0])
    y = x * 2
    assert y.op is not None
    assert y.inputs[0] is x
    y.backward()
    close(y, [2])


# TensorTuple


def test_tuples_of_tensors_behave_like_tuples():
    a, b = ndl.Tensor([1.0]), ndl.Tensor([2.0])
    pair = TensorTuple(a, b)
    assert len(pair) == 2
    assert pair[0] is a
    assert tuple(pair) == (a, b)
    assert [item.item() for item in pair] == [1, 2]
    close((pair + pair)[1], [4])
    assert not pair.detach()[0].requires_grad
    assert repr(pair) == "needle.TensorTuple(needle.Tensor([1.]), needle.Tensor([2.]))"


# Conventions of tensors and arrays


def test_writing_into_the_flat_view_writes_into_the_tensor():
    for values in ([[1.0, 2.0], [3.0, 4.0]], 5.0):
        x = ndl.Tensor(np.array(values, "float32"))
        x.realize_cached_data().flat[0] += 10
        assert x.numpy().flat[0] == np.array(values).flat[0] + 10


def test_tensors_are_members_of_sets_and_compare_by_identity():
    a, b = ndl.Tensor([1.0]), ndl.Tensor([1.0])
    assert len({a, b, a}) == 2
    assert {a: "a", b: "b"}[b] == "b"
    assert a == a  # noqa: PLR0124
    assert a != b
    assert (a.realize_cached_data() == b.realize_cached_data()).all()


def test_the_truth_of_a_tensor_of_one_element_is_its_own():
    assert ndl.Tensor([1.0])
    assert not ndl.Tensor(0.0)


def test_devices_have_the_names_of_the_course():
    assert (repr(ndl.cpu()), repr(ndl.cuda())) == ("cpu()", "cuda()")
    assert (
        ndl.default_device() == ndl.Tensor([1.0]).device == ndl.init.ones(1).device == ndl.nn.Linear(1, 1).weight.device
    )


def test_numbers_leave_the_dtype_of_floats_alone_and_make_floats_of_integers():
    x = ndl.Tensor(np.array([0.1], "float32"))
    for number in (2, 0.1, np.float64(0.1), np.float32(0.1), np.int64(2)):
        for result in (x + number, number + x, x * number, x / number, x**number):
            assert result.dtype == "float32"
    assert x.eq(0.1).item()
    halves = ndl.Tensor(np.array([1, 2])) * 0.5
    close(halves, [0.5, 1.0])


def test_the_paths_of_the_course_can_be_imported():
    code = (
        "import needle.autograd, needle.ops, needle.init, needle.nn, needle.optim, needle.data.datasets\n"
        "from needle.backend_selection import array_api, NDArray, Device, cpu, cuda, all_devices, default_device\n"
        "from needle.backend_selection import BACKEND\n"
        "from needle import backend_ndarray as nd\n"
        "print(nd.NDArray is NDArray, BACKEND)"
    )
    assert run(code) == "True nd"
    assert run(code, NEEDLE_BACKEND="np") == "True np"


def test_an_unknown_backend_is_a_runtime_error():
    code = "try:\n    import needle\nexcept RuntimeError as error:\n    print(error)"
    assert "jax" in run(code, NEEDLE_BACKEND="jax")


# Course mode


@pytest.mark.usefixtures("course")
def test_gradients_are_written_everywhere_with_a_graph_that_is_kept():
    x = ndl.Tensor([2.0])
    square = x * x
    cube = square * x
    cube.backward()
    close(x.grad, [12])
    close(square.grad, [2])
    close(cube.grad, [1])
    assert cube.op is not None
    assert cube.inputs[0] is square
    x.grad.backward()
    close(x.grad, [12])  # the second derivative, 6 x
    cube.backward()
    close(x.grad, [12])


@pytest.mark.usefixtures("course")
def test_integers_require_gradients_like_any_other():
    x = ndl.Tensor(np.array([3]))
    assert x.requires_grad
    (x * 2).backward()
    close(x.grad, [2])


@pytest.mark.usefixtures("course")
def test_the_truth_of_a_tensor_says_that_there_is_one():
    assert ndl.Tensor([0.0, 0.0])
    assert ndl.Tensor(0.0)


@pytest.mark.usefixtures("course")
def test_input_of_double_precision_becomes_single_where_a_device_is_given(backend):
    values = np.array([1.0, 2.0])
    assert ndl.Tensor(values, device=ndl.cpu()).dtype == "float32"
    assert ndl.Tensor(values).dtype == "float64"
    assert ndl.Tensor(values, device=ndl.cpu(), dtype="float64").dtype == "float64"
    assert ndl.Tensor([1.0]).dtype == {"np": "float64", "nd": "float32"}[backend]


def test_course_mode_follows_the_environment_and_is_off_without_it():
    code = "import needle as ndl; x = ndl.Tensor([0.0, 0.0]); print(ndl.Tensor([1]).requires_grad)"
    assert run(code) == run(code, NEEDLE_COURSE="0") == "False"
    assert run(code, NEEDLE_COURSE="1") == "True"
    assert run(code, NEEDLE_COURSE="yes") == (
        "ValueError: NEEDLE_COURSE is 'yes'; write NEEDLE_COURSE=1 for course mode, or NEEDLE_COURSE=0"
    )
    assert run("import needle as ndl; ndl.course_mode(); print(bool(ndl.Tensor([0.0, 0.0])))") == "True"
