"""Convolution as an operation: names and defaults, what it is the transpose of, dtypes, what is refused."""

import re
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needle_autograd import ShapeError, Tensor, lazy, ops, set_backend
from needle_autograd.testing import check_gradient

pytestmark = pytest.mark.usefixtures("backend")


def zeros(*shape):
    return Tensor(np.zeros(shape, "float32"))


def drawn(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape))


def test_the_function_and_the_class_have_different_default_padding():
    assert ops.Conv().padding == 0
    assert ops.conv(zeros(1, 4, 4, 1), zeros(3, 3, 1, 1)).shape == (1, 4, 4, 1)
    assert ops.Conv()(zeros(1, 4, 4, 1), zeros(3, 3, 1, 1)).shape == (1, 2, 2, 1)
    assert ops.conv2d(zeros(1, 4, 4, 1), zeros(3, 3, 1, 1)).shape == (1, 2, 2, 1)


def test_arguments_are_attributes():
    op = ops.conv(zeros(1, 4, 4, 2), zeros(3, 3, 1, 2), stride=2, padding=[1, 2], groups=2).op
    assert vars(op) == {"stride": 2, "padding": (1, 2), "dilation": 1, "groups": 2}


def test_a_kernel_with_one_one_in_the_middle_changes_nothing():
    x = drawn(2, 5, 6, 3)
    kernel = np.zeros((3, 3, 3, 3))
    kernel[1, 1] = np.eye(3)
    np.testing.assert_array_equal(ops.conv2d(x, Tensor(kernel), padding="same").numpy(), x.numpy())


def test_padding_by_name_keeps_the_size_or_adds_nothing():
    x = zeros(1, 7, 8, 2)
    assert ops.conv2d(x, zeros(3, 5, 2, 4), padding="same", dilation=(2, 1)).shape == (1, 7, 8, 4)
    assert ops.conv2d(x, zeros(3, 5, 2, 4), padding="valid").shape == (1, 5, 4, 4)
    assert ops.conv1d(zeros(1, 7, 2), zeros(3, 2, 4), padding="same").shape == (1, 7, 4)


sizes = st.integers(1, 4)


@st.composite
def convolutions(draw):
    groups = draw(st.integers(1, 2))
    kernel = (draw(sizes), draw(sizes))
    arguments = {
        "stride": (draw(sizes), draw(sizes)),
        "padding": (draw(st.integers(0, 2)), draw(st.integers(0, 2))),
        "dilation": (draw(st.integers(1, 2)), draw(st.integers(1, 2))),
        "groups": groups,
    }
    least = [
        d * (k - 1) + 1 - 2 * p for d, k, p in zip(arguments["dilation"], kernel, arguments["padding"], strict=True)
    ]
    image = [max(1, size) + draw(st.integers(0, 5)) for size in least]
    shape = (draw(st.integers(0, 2)), *image, groups * draw(st.integers(1, 2)))
    return shape, (*kernel, shape[3] // groups, groups * draw(st.integers(1, 2))), arguments


@settings(max_examples=60, deadline=None)
@given(convolutions(), st.sampled_from(["np", "nd"]))
def test_a_transposed_convolution_is_the_transpose_of_a_convolution(case, backend):
    """For all x and y: sum(conv2d(x) * y) = sum(x * conv_transpose2d(y))."""
    set_backend(backend)
    shape, kernel, arguments = case
    x, weight = drawn(*shape), drawn(*kernel, seed=1)
    out = ops.conv2d(x, weight, **arguments)
    y = drawn(*out.shape, seed=2)
    rest = tuple(
        (size + 2 * p - d * (k - 1) - 1) % s
        for size, p, d, k, s in zip(
            shape[1:3], arguments["padding"], arguments["dilation"], kernel[:2], arguments["stride"], strict=True
        )
    )
    back = ops.conv_transpose2d(y, weight, output_padding=rest, **arguments)
    assert back.shape == shape
    np.testing.assert_allclose((out * y).sum().item(), (x * back).sum().item(), rtol=1e-10, atol=1e-10)


def test_gradients_of_transposed_convolutions_and_biases_equal_finite_differences():
    check_gradient(
        lambda x, w, b: ops.conv_transpose2d(x, w, b, stride=2, padding=1, output_padding=1),
        drawn(1, 3, 2, 2), drawn(3, 3, 1, 2, seed=1), drawn(1, seed=2),
    )  # fmt: skip
    check_gradient(
        lambda x, w, b: ops.conv1d(x, w, b, padding=1), drawn(2, 4, 2), drawn(3, 2, 1, seed=1), drawn(1, seed=2)
    )


def test_images_that_want_no_gradient_get_none():
    x, weight = Tensor(np.ones((1, 3, 3, 1)), requires_grad=False), Tensor(np.ones((2, 2, 1, 1)))
    out = ops.conv2d(x, weight)
    x_grad, weight_grad = out.op.gradient_as_tuple(Tensor(np.ones(out.shape)), out)
    assert x_grad is None
    np.testing.assert_array_equal(weight_grad.numpy(), np.full((2, 2, 1, 1), 4.0))


@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float64", "float32")])
def test_gradients_have_the_dtype_of_their_input_when_dtypes_differ(dtypes):
    x, weight = Tensor(drawn(1, 3, 3, 1), dtype=dtypes[0]), Tensor(drawn(2, 2, 1, 1), dtype=dtypes[1])
    out = ops.conv2d(x, weight)
    assert out.dtype == "float64"
    out.sum().backward(create_graph=True)
    assert (x.grad.dtype, weight.grad.dtype) == dtypes
    (x.grad.sum() + weight.grad.sum()).backward()
    assert (x.grad.dtype, weight.grad.dtype) == dtypes


def test_floats_of_16_bits_are_convolved_and_differentiated():
    set_backend("nd")
    x, weight = drawn(1, 4, 4, 2), drawn(3, 3, 2, 3, seed=1)
    ops.conv2d(x, weight, padding=1).sum().backward()
    for dtype, tolerance in (("float16", 1e-2), ("bfloat16", 1e-1)):
        short = [Tensor(operand, dtype=dtype) for operand in (x, weight)]
        out = ops.conv2d(*short, padding=1)
        assert out.dtype == dtype
        out.sum().backward()
        for operand, exact in zip(short, (x, weight), strict=True):
            assert operand.grad.dtype == dtype
            values = operand.grad.astype("float32").numpy()
            np.testing.assert_allclose(values, exact.grad.numpy(), rtol=tolerance, atol=tolerance)


SHAPE_ERRORS = {
    "three axes": (
        lambda: ops.conv2d(zeros(4, 4, 1), zeros(3, 3, 1, 1)),
        "conv: x has shape (4, 4, 1); expected four axes, (images, height, width, channels); write x.expand_dims(0) "
        "for a single image",
    ),
    "weights of three axes": (
        lambda: ops.conv2d(zeros(1, 4, 4, 1), zeros(3, 3, 1)),
        "conv: weight has shape (3, 3, 1); expected four axes, (kernel height, kernel width, input channels / groups, ",
    ),
    "channels": (
        lambda: ops.conv2d(zeros(1, 4, 4, 5), zeros(3, 3, 2, 1)),
        "conv: x has shape (1, 4, 4, 5), with 5 channels along axis 3, but weight of shape (3, 3, 2, 1) takes 2 along "
        "its axis 2; expected x (N, H, W, C) and weight (KH, KW, C / groups, O)",
    ),
    "channels first": (
        lambda: ops.conv2d(zeros(8, 3, 32, 32), zeros(5, 5, 3, 16)),
        "x looks like (N, C, H, W): write x.permute(0, 2, 3, 1)",
    ),
    "weights with channels first": (
        lambda: ops.conv2d(zeros(8, 32, 32, 3), zeros(16, 3, 5, 5)),
        "weight looks like (O, C, KH, KW): write weight.permute(2, 3, 1, 0)",
    ),
    "groups": (
        lambda: ops.conv2d(zeros(1, 4, 4, 4), zeros(3, 3, 4, 4), groups=2),
        "takes 4 along its axis 2 in each of 2 groups",
    ),
    "groups of outputs": (
        lambda: ops.conv2d(zeros(1, 4, 4, 4), zeros(3, 3, 2, 3), groups=2),
        "conv: the 3 output channels along axis 3 of weight, of shape (3, 3, 2, 3), are not divisible by groups=2",
    ),
    "kernel": (
        lambda: ops.conv2d(zeros(1, 8, 4, 1), zeros(3, 3, 1, 1), dilation=3, padding=(0, 1)),
        "conv: images of shape (1, 8, 4, 1) have size 4 along axis 2, the width, with padding 6, but a window of 3 "
        "elements with dilation 3 reaches over 7; use more padding, or a smaller window",
    ),
    "bias": (
        lambda: ops.conv2d(zeros(1, 4, 4, 1), zeros(3, 3, 1, 5), zeros(1, 5)),
        "conv2d: bias has shape (1, 5); expected (5,), a number for each output channel",
    ),
    "sequences": (
        lambda: ops.conv1d(zeros(1, 4, 4, 1), zeros(3, 1, 1)),
        "conv1d: x has shape (1, 4, 4, 1) and weight (3, 1, 1); expected (sequences, length, channels) and (kernel",
    ),
    "transposed": (
        lambda: ops.conv_transpose2d(zeros(1, 4, 4, 2), zeros(3, 3, 2, 1)),
        "conv_transpose2d: x has shape (1, 4, 4, 2) and weight (3, 3, 2, 1); expected x (N, H, W, C) and weight",
    ),
    "transposed, too much padding": (
        lambda: ops.conv_transpose2d(zeros(1, 1, 4, 2), zeros(1, 1, 1, 2), padding=(1, 0)),
        "padding 1 leaves -1 rows or columns along axis 1; expected at least 1",
    ),
    "gradient": (
        lambda: ops.ConvInputGrad((4, 4))(zeros(1, 4, 4, 1), zeros(3, 3, 1, 1)),
        "conv_input_grad: out_grad has shape (1, 4, 4, 1); expected that of the convolution's result, (1, 2, 2, 1)",
    ),
    "gradient for the weights": (
        lambda: ops.ConvWeightGrad(3)(zeros(2, 2, 2, 1), zeros(1, 4, 4, 1)),
        "conv_weight_grad: out_grad has shape (2, 2, 2, 1); expected that of the convolution's result, (1, 2, 2, 1)",
    ),
}


@pytest.mark.parametrize("case", SHAPE_ERRORS)
@pytest.mark.parametrize("mode", ["eager", "lazy"])
def test_shapes_that_do_not_fit_are_refused_at_the_call(case, mode):
    call, text = SHAPE_ERRORS[case]
    with lazy() if mode == "lazy" else nullcontext(), pytest.raises(ShapeError, match=re.escape(text)):
        call()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"stride": 0}, "conv: stride is 0; expected an integer of at least 1, or two for height and width"),
        ({"padding": (1, -1)}, "conv: padding is (1, -1); expected an integer of at least 0"),
        ({"dilation": (1, 1, 1)}, "conv: dilation is (1, 1, 1); expected an integer of at least 1"),
        ({"groups": 0}, "conv: groups is 0; expected at least 1"),
        ({"padding": "full"}, "conv2d: padding is 'full'; expected a number, a pair of them, 'valid' or 'same'"),
        ({"padding": "same", "stride": 2}, "conv2d: padding 'same' keeps the size with stride 1 only, not with 2"),
    ],
)
def test_arguments_out_of_range_are_refused(arguments, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        ops.conv2d(zeros(1, 4, 4, 1), zeros(3, 3, 1, 1), **arguments)


def test_arguments_of_other_kinds_are_refused():
    with pytest.raises(TypeError, match=r"conv: stride is 1.5; expected an integer, or two for height and width"):
        ops.conv2d(zeros(1, 4, 4, 1), zeros(3, 3, 1, 1), stride=1.5)
    with pytest.raises(ValueError, match=r"'same' of a kernel of size .2, 3. needs one row or column more on one side"):
        ops.conv2d(zeros(1, 4, 4, 1), zeros(2, 3, 1, 1), padding="same")
    with pytest.raises(ValueError, match="output_padding is 2; expected less than the stride, 2, or less than the dil"):
        ops.conv_transpose2d(zeros(1, 4, 4, 1), zeros(2, 3, 1, 1), stride=2, output_padding=2)
