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
    expected, largest = np.empty((2, rows, columns, 3)), np.empty((2, rows, columns, 3))
    for i, j in np.ndindex(rows, columns):
        window = values[
            :,
            i * height // rows : int(np.ceil((i + 1) * height / rows)),
            j * width // columns : int(np.ceil((j + 1) * width / columns)),
        ]
        expected[:, i, j] = window.mean((1, 2))
        largest[:, i, j] = window.max((1, 2))
    out = ops.adaptive_avg_pool2d(Tensor(values), (rows, columns))
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(ops.adaptive_max_pool2d(Tensor(values), (rows, columns)).numpy(), largest)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(["np", "nd"]))
def test_no_row_is_left_over_in_ceil_mode_and_no_window_begins_behind_the_padding(data, backend):
    set_backend(backend)
    kernel, step = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    margin = data.draw(st.integers(0, kernel // 2))
    size = data.draw(st.integers(max(1, kernel - 2 * margin), 9))
    values = np.random.default_rng(0).normal(size=size)
    starts = list(range(-margin, size + margin, step))
    whole = [start for start in starts if start + kernel <= size + margin]
    if whole[-1] + kernel < size + margin and whole[-1] + step < size:
        whole.append(whole[-1] + step)
    windows = [values[max(start, 0) : start + kernel] for start in whole]
    counts = [min(start + kernel, size + margin) - start for start in whole]
    x = Tensor(values.reshape(1, size, 1))
    largest = ops.max_pool1d(x, kernel, step, margin, ceil_mode=True)
    np.testing.assert_array_equal(largest.numpy().reshape(-1), [window.max() for window in windows])
    means = ops.avg_pool1d(x, kernel, step, margin, ceil_mode=True)
    expected = [window.sum() / count for window, count in zip(windows, counts, strict=True)]
    np.testing.assert_allclose(means.numpy().reshape(-1), expected, rtol=1e-12, atol=1e-12)


def test_gradients_in_ceil_mode_equal_finite_differences():
    values = np.random.default_rng(0).permutation(60).reshape(1, 6, 5, 2) / 8.0
    check_gradient(lambda x: ops.max_pool2d(x, 3, 2, 1, ceil_mode=True) ** 2, values)
    check_gradient(lambda x: ops.max_pool2d_with_indices(x, 3, 2, 1, ceil_mode=True)[0] ** 2, values)
    check_gradient(lambda x: ops.avg_pool2d(x, 3, 2, 1, ceil_mode=True) ** 2, values)
    check_gradient(lambda x: ops.max_unpool2d(*ops.max_pool2d_with_indices(x, 2), 2, output_size=(6, 5)) ** 2, values)


def test_where_the_largest_are_requires_no_gradient():
    places = ops.max_pool2d(image([[1, 3], [2, 0]]), 2, return_indices=True)[1]
    assert (places.item(), places.dtype, places.requires_grad) == (1, "int64", False)


def test_of_elements_put_back_at_one_place_the_last_counts():
    back = ops.max_unpool2d(image([[1, 2]]), image([[3, 3]], "int64"), 2, 1)
    np.testing.assert_array_equal(back.numpy()[0, :, :, 0], [[0, 0, 0], [2, 0, 0]])


def test_gradients_of_adaptive_pooling_equal_finite_differences():
    values = np.random.default_rng(0).normal(size=(2, 5, 4, 2))
    for size in (1, (5, 2), (3, 3)):
        for pool in (ops.adaptive_avg_pool2d, ops.adaptive_max_pool2d):
            check_gradient(lambda x, size=size, pool=pool: pool(x, size) ** 2, values)


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
    "three axes in ceil mode": (
        lambda: ops.max_pool2d(zeros(4, 4, 1), 2, ceil_mode=True),
        "max_pool2d: x has shape (4, 4, 1); expected four axes",
    ),
    "far too small in ceil mode": (lambda: ops.avg_pool2d(zeros(1, 2, 4, 1), 9, 1, ceil_mode=True), "a window of 9"),
    "sequences": (
        lambda: ops.max_pool1d(zeros(4, 1), 2),
        "max_pool1d: x has shape (4, 1); expected three axes, (sequences, length, channels); write x.expand_dims(0)",
    ),
    "places": (
        lambda: ops.max_unpool2d(zeros(1, 1, 2, 1), zeros(1, 2, 1, 1), 2),
        "max_unpool2d: x has shape (1, 1, 2, 1) and indices (1, 2, 1, 1); expected equal shapes",
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
        (lambda x: ops.avg_pool2d(x, 2, divisor_override=0), "avg_pool2d: divisor_override is 0; expected another"),
        (lambda x: ops.adaptive_avg_pool2d(x, 0), "adaptive_avg_pool2d: output_size is 0; expected an integer of at"),
    ],
)
def test_arguments_out_of_range_are_refused(call, text):
    with pytest.raises(ValueError, match=re.escape(text)):
        call(zeros(1, 4, 4, 1))


def test_places_outside_the_result_are_refused():
    with pytest.raises(IndexError, match="max_unpool2d: indices from 3 to 8; expected numbers from 0 to 7 for images"):
        ops.max_unpool2d(image([[1, 2]]), image([[8, 3]], "int64"), 2)
