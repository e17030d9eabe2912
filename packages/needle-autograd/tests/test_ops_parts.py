"""Parts of tensors, tensors put together, other devices and dtypes: each as NumPy has it, with gradients."""

import re

import needle_autograd as ag
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from needle_autograd import DeviceError, DTypeError, ShapeError, Tensor, ops, set_backend
from needle_autograd.testing import check_gradient

pytestmark = pytest.mark.usefixtures("backend")


def numbered(*shape):
    return np.arange(float(np.prod(shape))).reshape(shape)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_parts_along_any_axis_are_those_of_numpy(data):
    values = numbered(*data.draw(hnp.array_shapes(max_dims=3, max_side=5)))
    axis = data.draw(st.integers(-values.ndim, values.ndim - 1))
    size = values.shape[axis]
    start = data.draw(st.integers(-size, size))
    length = data.draw(st.integers(0, size - start if start >= 0 else -start))
    x = Tensor(values)
    first = start % size if start < 0 else start
    expected = np.take(values, range(first, first + length), axis)
    np.testing.assert_array_equal(x.narrow(axis, start, length).numpy(), expected)
    index = data.draw(st.integers(-size, size - 1))
    np.testing.assert_array_equal(x.select(axis, index).numpy(), np.take(values, index, axis))
    width, step = data.draw(st.integers(1, size)), data.draw(st.integers(1, 3))
    windows = np.lib.stride_tricks.sliding_window_view(values, width, axis)
    windows = np.moveaxis(np.moveaxis(windows, axis % values.ndim, 0)[::step], 0, axis % values.ndim)
    np.testing.assert_array_equal(ops.sliding_windows(x, axis, width, step).numpy(), windows)


def test_turned_and_mirrored_tensors_are_those_of_numpy():
    values = numbered(2, 3, 4)
    x = Tensor(values)
    for k in range(-2, 6):
        for axes in ((0, 1), (2, 0), (-1, 1)):
            np.testing.assert_array_equal(x.rot90(k, axes).numpy(), np.rot90(values, k, axes))
    np.testing.assert_array_equal(x.fliplr().numpy(), np.fliplr(values))
    np.testing.assert_array_equal(x.flipud().numpy(), np.flipud(values))


@pytest.mark.parametrize("name", ["hstack", "vstack", "dstack", "column_stack"])
def test_tensors_beside_each_other_are_those_of_numpy(name):
    for shape in ((3,), (2, 3), (2, 3, 2)):
        parts = [numbered(*shape), numbered(*shape) + 0.5]
        got = getattr(ops, name)([Tensor(part) for part in parts])
        np.testing.assert_array_equal(got.numpy(), getattr(np, name)(parts), strict=True)


def test_more_axes_are_those_of_numpy():
    for shape in ((), (3,), (2, 3), (2, 3, 2), (2, 1, 3, 2)):
        for name in ("atleast_1d", "atleast_2d", "atleast_3d"):
            got = getattr(ops, name)(Tensor(numbered(*shape)))
            np.testing.assert_array_equal(got.numpy(), getattr(np, name)(numbered(*shape)), strict=True)


def test_matrices_along_a_diagonal_have_zeros_beside_them():
    a, b, c = numbered(2, 3) + 1, numbered(2) + 7, np.array(9.0)
    expected = np.zeros((4, 6))
    expected[:2, :3], expected[2, 3:5], expected[3, 5] = a, b, c
    np.testing.assert_array_equal(ops.block_diag(Tensor(a), Tensor(b), Tensor(c)).numpy(), expected)


def test_gradients_of_parts_equal_finite_differences():
    check_gradient(lambda a: ops.sliding_windows(a, 1, 3, 2) ** 2, numbered(2, 7))
    check_gradient(lambda a: a.rot90(1) * a.rot90(-1), numbered(2, 2))
    check_gradient(lambda a, b: ops.block_diag(a, b) ** 2, numbered(2, 2), numbered(3))
    check_gradient(lambda a, b: a.narrow(0, -2, 2) * b.select(0, 1), numbered(3, 2), numbered(2, 2))


def test_tensors_are_given_their_common_shape():
    a, b = ops.broadcast_tensors(Tensor(numbered(3)), Tensor(numbered(2, 1)))
    assert a.shape == b.shape == (2, 3)
    b.sum().backward()
    assert a.expand_as(b).shape == a.type_as(b).shape == (2, 3)
    assert Tensor(numbered(6)).view_as(b).shape == (2, 3)


def test_methods_convert_to_the_dtype_that_they_are_called_after():
    x = Tensor([0.0, 1.5])
    for name, dtype in [
        ("double", "float64"),
        ("float", "float32"),
        ("int", "int32"),
        ("long", "int64"),
        ("bool", "bool"),
    ]:
        assert getattr(x, name)().dtype == dtype
    assert x.float() is x
    x.double().sum().backward()
    assert x.grad.dtype == "float32"
    assert (x.dim(), x.numel(), x.tolist(), x.sum().tolist()) == (1, 2, [0.0, 1.5], 1.5)


def test_floats_of_16_bits_have_methods_too():
    set_backend("nd")
    assert (Tensor([1.5]).half().dtype, Tensor([1.5]).bfloat16().dtype) == ("float16", "bfloat16")


def test_a_tensor_goes_to_a_dtype_a_device_or_both_in_any_order():
    x = Tensor([1.0, 2.0])
    device = ag.cpu()
    assert x.to(device) is x.cpu() is x.to("float32") is x
    assert x.to("float64", device).dtype == x.to(device, "float64").dtype == x.to(dtype="float64").dtype == "float64"
    assert x.to(Tensor(np.ones(1))).dtype == "float64"
    with pytest.raises(DTypeError):
        x.to("gpu")


def test_an_array_of_numpy_stays_on_the_cpu():
    set_backend("np")
    with pytest.raises(DeviceError, match="NumPy arrays live on cpu"):
        Tensor([1.0]).to_device(ag.cuda())
    with pytest.raises(TypeError, match="device is 'cuda'; expected a device such as"):
        Tensor([1.0]).to_device("cuda")


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda x: x.narrow(0, 1, 2), IndexError, "narrow: start 1 and length 2 are not inside axis 0 of shape (2, 3)"),
        (lambda x: x.narrow(0, 1, -1), IndexError, "narrow: start 1 and length -1 are not inside axis 0"),
        (lambda x: x.select(1, 3), IndexError, "index 3 is out of range for axis 1 of shape (2, 3)"),
        (lambda x: ops.sliding_windows(x, 1, 4), ShapeError, "has 3 elements; expected at least a window's 4"),
        (lambda x: ops.sliding_windows(x, 1, 2, 0), ValueError, "sliding_windows: size is 2 and step 0"),
        (lambda x: x.rot90(1, (0, -2)), ShapeError, "rot90: axes (0, -2) of shape (2, 3) name one axis twice"),
        (lambda x: ops.block_diag(x[None]), ShapeError, "block_diag: a matrix has shape (1, 2, 3); expected two axes"),
        (lambda x: ops.broadcast_tensors(x, x[:, :2]), ShapeError, "broadcast_tensors: shapes (2, 3) and (2, 2)"),
    ],
)  # fmt: skip
def test_parts_that_there_are_not_are_refused(call, kind, text):
    with pytest.raises(kind, match=re.escape(text)):
        call(Tensor(numbered(2, 3)))
