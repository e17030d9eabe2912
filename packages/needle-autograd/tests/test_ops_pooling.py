"""Pooling as an operation: ties and NaN, windows of every size, dtypes, what is refused."""

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


def image(rows, dtype="float64"):
    return Tensor(np.array(rows, dtype)[None, :, :, None])


def test_of_equal_elements_the_first_gets_the_gradient():
    x = image([[1, 1, 5, 5], [1, 1, 5, 0]])
    ops.max_pool2d(x, 2).backward()
    np.testing.assert_array_equal(x.grad.numpy()[0, :, :, 0], [[1, 0, 1, 0], [0, 0, 0, 0]])


def test_a_nan_is_the_largest():
    x = image([[1, np.nan], [np.inf, 2]])
    out = ops.max_pool2d(x, 2)
    assert np.isnan(out.item())
    out.backward()
    np.testing.assert_array_equal(x.grad.numpy()[0, :, :, 0], [[0, 1], [0, 0]])


def test_padding_holds_no_element_even_where_all_are_negative():
    out = ops.max_pool2d(image([[-3, -1], [-2, -4]]), 2, stride=1, padding=1)
    np.testing.assert_array_equal(out.numpy()[0, :, :, 0], [[-3, -1, -1], [-2, -1, -1], [-2, -2, -4]])


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["np", "nd"]))
def test_adaptive_windows_cover_the_image_as_their_formula_says(data, backend):
    set_backend(backend)
    height, width, rows, columns = (data.draw(st.integers(1, 7)) for _ in range(4))
    values = np.random.default_rng(0).normal(size=(2, height, width, 3))
    expected = np.empty((2, rows, columns, 3))
    for i, j in np.ndindex(rows, columns):
        window = values[
            :,
            i * height // rows : int(np.ceil((i + 1) * height / rows)),
            j * width // columns : int(np.ceil((j + 1) * width / columns)),
        ]
        expected[:, i, j] = window.mean((1, 2))
    out = ops.adaptive_avg_pool2d(Tensor(values), (rows, columns))
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-12, atol=1e-12)


def test_gradients_of_adaptive_pooling_equal_finite_differences():
    values = np.random.default_rng(0).normal(size=(2, 5, 4, 2))
    for size in (1, (5, 2), (3, 3)):
        check_gradient(lambda x, size=size: ops.adaptive_avg_pool2d(x, size) ** 2, values)


def test_max_pooling_of_squares_has_a_third_derivative():
    x = image([[1.0, 3.0], [2.0, 0.0]])
    third = ops.max_pool2d(x * x * x, 2).sum()
    for _ in range(3):
        third.backward(create_graph=True)
        third = x.grad.sum()
    np.testing.assert_allclose(x.grad.numpy()[0, :, :, 0], [[0, 6], [0, 0]])


def test_floats_of_16_bits_are_pooled_and_differentiated():
    set_backend("nd")
    for dtype in ("float16", "bfloat16"):
        for pool in (ops.max_pool2d, ops.avg_pool2d):
            x = Tensor(image([[1, 3], [2, 0]]), dtype=dtype)
            out = pool(x, 2)
            out.backward()
            assert out.dtype == x.grad.dtype == dtype


SHAPE_ERRORS = {
    "three axes": (lambda: ops.max_pool2d(zeros(4, 4, 1), 2), "max_pool2d: x has shape (4, 4, 1); expected four axes"),
    "window": (
        lambda: ops.max_pool2d(zeros(1, 4, 2, 1), 3),
        "max_pool2d: images of shape (1, 4, 2, 1) have size 2 along axis 2, the width, with padding 2, but a window of "
        "3 elements",
    ),
    "window of means": (lambda: ops.avg_pool2d(zeros(1, 2, 4, 1), 3), "avg_pool2d: images of shape (1, 2, 4, 1) have"),
    "padding in front": (
        lambda: ops.max_pool2d(zeros(1, 8, 8, 1), 2, padding=(0, 2)),
        "max_pool2d: with padding 2 along axis 2, the width, a window of 2 elements lies in the padding of images of "
        "shape (1, 8, 8, 1) altogether; use padding of at most half the window's size",
    ),
    "padding behind": (
        lambda: ops.avg_pool2d(zeros(1, 8, 8, 1), 3, stride=5, padding=(3, 0)),
        "avg_pool2d: with padding 3 along axis 1, the height",
    ),
    "padding between the elements of a window": (
        lambda: ops.max_pool2d(zeros(1, 1, 1, 1), 2, padding=1, dilation=2),
        "lies in the padding of images of shape (1, 1, 1, 1) altogether",
    ),
    "no pixels": (
        lambda: ops.adaptive_avg_pool2d(zeros(1, 0, 4, 1), 1),
        "adaptive_avg_pool2d: images of shape (1, 0, 4, 1) have no pixels along axes 1 and 2",
    ),
}


@pytest.mark.parametrize("case", SHAPE_ERRORS)
@pytest.mark.parametrize("mode", ["eager", "lazy"])
def test_shapes_that_do_not_fit_are_refused_at_the_call(case, mode):
    call, text = SHAPE_ERRORS[case]
    with lazy() if mode == "lazy" else nullcontext(), pytest.raises(ShapeError, match=re.escape(text)):
        call()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: ops.max_pool2d(x, 0), "max_pool2d: kernel_size is 0; expected an integer of at least 1"),
        (lambda x: ops.avg_pool2d(x, 2, stride=(1, 0)), "avg_pool2d: stride is (1, 0); expected"),
        (lambda x: ops.adaptive_avg_pool2d(x, 0), "adaptive_avg_pool2d: output_size is 0; expected an integer of at"),
    ],
)
def test_arguments_out_of_range_are_refused(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call(zeros(1, 4, 4, 1))
