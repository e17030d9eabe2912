"""Convolution: the plain formula against loops and finite differences, the native kernels against the plain formula."""

import itertools
import os
import subprocess
import sys

import array_api_strict
import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import reference

# (images, height, width, channels), (kernel height, kernel width, channels / groups, out channels), parameters
CASES = {
    "one pixel": ((1, 1, 1, 1), (1, 1, 1, 1), {}),
    "3x3": ((2, 8, 8, 4), (3, 3, 4, 5), {"padding": 1}),
    "vectors": ((2, 12, 13, 16), (3, 3, 16, 32), {"padding": 1}),
    "between vectors": ((2, 10, 9, 17), (3, 3, 17, 33), {"padding": 1}),
    "single pixels": ((2, 7, 5, 20), (1, 1, 20, 18), {}),
    "single pixels apart": ((2, 8, 8, 8), (1, 1, 8, 8), {"stride": 2}),
    "single pixels in padding": ((2, 8, 8, 8), (1, 1, 8, 8), {"padding": 1}),
    "7x7 stride 4": ((3, 32, 32, 3), (7, 7, 3, 16), {"stride": 4, "padding": 3}),
    "stride that leaves rows over": ((2, 11, 10, 3), (3, 3, 3, 6), {"stride": 3}),
    "stride of the kernel, padding": ((2, 48, 48, 4), (3, 3, 4, 40), {"stride": 3, "padding": 1}),
    "stride beyond the kernel": ((2, 13, 13, 3), (2, 2, 3, 6), {"stride": 5}),
    "stride beyond the image": ((2, 5, 7, 3), (2, 3, 3, 6), {"stride": 10**6, "padding": 1}),
    "stride and dilation": ((2, 17, 19, 3), (3, 3, 3, 6), {"stride": 2, "dilation": 3, "padding": 2}),
    "common divisor": ((2, 23, 23, 2), (4, 4, 2, 3), {"stride": 4, "dilation": 2, "padding": 3}),
    "dilation": ((2, 12, 12, 5), (3, 3, 5, 7), {"dilation": 2, "padding": 2}),
    "pairs": ((2, 12, 15, 5), (2, 5, 5, 7), {"stride": (1, 2), "dilation": (3, 1), "padding": (2, 0)}),
    "padding beyond the image": ((1, 2, 3, 4), (3, 3, 4, 4), {"padding": 6}),
    "images as rows": ((33, 4, 4, 32), (3, 3, 32, 32), {"padding": 1}),
    "images as rows, eight columns": ((17, 9, 8, 5), (3, 3, 5, 40), {"padding": 1}),
    "images as rows, stride": ((20, 8, 8, 16), (3, 3, 16, 24), {"padding": 1, "stride": 2}),
    "images as rows, between vectors": ((19, 2, 2, 5), (3, 3, 5, 21), {"padding": 1}),
    "wide": ((1, 3, 700, 2), (3, 3, 2, 3), {"padding": 1}),
    "many channels": ((2, 5, 5, 300), (3, 3, 300, 70), {"padding": 1}),
    "rows of 27 weights": ((5, 9, 7, 9), (3, 3, 9, 11), {"padding": 1}),
    "large kernel": ((2, 14, 14, 3), (9, 9, 3, 4), {"padding": 4, "dilation": 2, "stride": 3}),
    "few outputs": ((3, 20, 19, 1), (5, 5, 1, 6), {"padding": 2}),
    "few outputs, no padding": ((2, 28, 28, 1), (5, 5, 1, 5), {}),
    "few outputs, short rows": ((2, 33, 9, 5), (3, 3, 5, 7), {"padding": 1}),
    "few outputs, dilation": ((2, 25, 24, 3), (3, 2, 3, 4), {"padding": (5, 4), "dilation": (2, 3)}),
    "few outputs, blocks of rows": ((2, 83, 61, 2), (4, 3, 2, 9), {"padding": 1}),
    "few outputs, blocks of columns": ((2, 1, 2300, 3), (1, 9, 3, 8), {"padding": (0, 4)}),
    "few outputs, images as blocks": ((5, 9, 8, 37), (3, 2, 37, 5), {"padding": (2, 1), "dilation": (1, 2)}),
    "few outputs of many channels": ((1, 17, 16, 35), (3, 3, 35, 3), {"padding": 1}),
    "a vector of outputs": ((2, 20, 21, 1), (5, 5, 1, 16), {"padding": 2}),
    "taps of one tile": ((9, 30, 21, 1), (3, 3, 1, 21), {"padding": (5, 0), "dilation": (2, 1)}),
    "taps of one tile, vector": ((2, 20, 21, 1), (3, 3, 1, 16), {"padding": 1}),
    "taps of one tile, two channels": ((2, 19, 40, 2), (3, 3, 2, 16), {"padding": 1, "stride": 2}),
    "taps of one tile, groups": ((2, 9, 300, 6), (3, 3, 2, 36), {"padding": (0, 1), "groups": 3}),
    "shared inputs": ((3, 20, 19, 9), (3, 3, 9, 16), {"padding": 1}),
    "shared inputs, groups": ((2, 12, 10, 10), (3, 3, 5, 8), {"groups": 2, "padding": (0, 2)}),
    "shared inputs, blocks of columns": ((1, 3, 300, 8), (3, 3, 4, 8), {"groups": 2, "padding": (1, 0)}),
    "shared inputs, more padding than pixels": ((2, 9, 1, 6), (3, 3, 3, 8), {"groups": 2, "padding": 5}),
    "groups": ((2, 9, 9, 12), (3, 3, 4, 9), {"groups": 3, "padding": 1}),
    "groups of vectors": ((2, 9, 9, 64), (3, 3, 32, 32), {"groups": 2, "padding": 1, "stride": 2}),
    "depthwise": ((2, 9, 9, 20), (3, 3, 1, 20), {"groups": 20, "padding": 1}),
    "depthwise, few": ((2, 9, 9, 3), (3, 3, 1, 3), {"groups": 3, "padding": 1}),
    "depthwise, stride": ((2, 11, 9, 33), (5, 5, 1, 33), {"groups": 33, "padding": 2, "stride": 2}),
    "depthwise, dilation": ((2, 11, 9, 16), (3, 2, 1, 16), {"groups": 16, "padding": (0, 3), "dilation": (2, 3)}),
    "depthwise, many taps": ((1, 12, 21, 18), (9, 9, 1, 18), {"groups": 18, "padding": 4}),
    "depthwise, tall": ((1, 20, 9, 18), (18, 3, 1, 18), {"groups": 18, "padding": (9, 1)}),
    "depthwise, five across": ((2, 12, 13, 40), (5, 5, 1, 40), {"groups": 40, "padding": 2}),
    "depthwise, seven across": ((1, 14, 15, 36), (7, 7, 1, 36), {"groups": 36, "padding": 3}),
    "depthwise, four columns": ((2, 6, 6, 34), (3, 3, 1, 34), {"groups": 34, "padding": 1}),
    "depthwise, every other pixel": ((1, 9, 34, 24), (3, 3, 1, 24), {"groups": 24, "stride": 2, "padding": 1}),
    "depthwise, every other of few": ((2, 13, 13, 16), (5, 3, 1, 16), {"groups": 16, "stride": 2, "padding": 1}),
    "depthwise, more padding than half": ((1, 8, 9, 20), (3, 3, 1, 20), {"groups": 20, "padding": 2}),
    "depthwise, many channels": ((1, 5, 9, 300), (3, 3, 1, 300), {"groups": 300, "padding": 1}),
    "depthwise, rows of padding": ((1, 3, 20, 80), (2, 2, 1, 80), {"groups": 80, "padding": (4, 1)}),
    "depthwise, strips": ((2, 70, 130, 17), (3, 3, 1, 17), {"groups": 17, "padding": 1}),
    "depthwise, blocks of channels": ((2, 5, 6, 150), (3, 5, 1, 150), {"groups": 150, "padding": (1, 2)}),
    "depthwise, stride of the dilation": ((2, 14, 15, 16), (3, 3, 1, 16), {"groups": 16, "stride": 2, "dilation": 2}),
    "depthwise, several each": ((2, 9, 9, 10), (3, 3, 1, 30), {"groups": 10, "padding": 1}),
    "no image": ((0, 5, 5, 3), (3, 3, 3, 4), {"padding": 1}),
    "no output channel": ((2, 5, 5, 3), (3, 3, 3, 0), {"padding": 1}),
    "no channel": ((2, 5, 5, 0), (3, 3, 0, 4), {"padding": 1}),
}


def operands(case):
    """x, weight and a gradient of the result, in float64, and the parameters."""
    shape, kernel, parameters = CASES[case]
    rng = np.random.default_rng(len(case))
    x, weight = rng.normal(size=shape), rng.normal(size=kernel)
    return x, weight, rng.normal(size=reference.conv2d(x, weight, **parameters).shape), parameters


def plain(x, weight, grad, parameters):
    """The three results of the reference, on NumPy in float64."""
    return (
        reference.conv2d(x, weight, **parameters),
        reference.conv2d_input_grad(grad, weight, x.shape[1:3], **parameters),
        reference.conv2d_weight_grad(grad, x, weight.shape[:2], **parameters),
    )


def native(x, weight, grad, parameters):
    return (
        nd.kernels.conv2d(x, weight, **parameters),
        nd.kernels.conv2d_input_grad(grad, weight, x.shape[1:3], **parameters),
        nd.kernels.conv2d_weight_grad(grad, x, weight.shape[:2], **parameters),
    )


def close(got, expected, dtype):
    """Compare with sums in float64: rounding errors grow with the square root of how many products are summed."""
    scale = max(1.0, float(np.max(np.abs(expected), initial=0)))
    np.testing.assert_allclose(got.numpy(), expected, rtol=0, atol=32 * np.finfo(dtype).eps * scale)


class TestReference:
    def by_loops(self, x, weight, stride=1, padding=0, dilation=1, groups=1):
        (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(value, 2) for value in (stride, padding, dilation))
        (images, height, width, _), (kh, kw, channels, outs) = x.shape, weight.shape
        oh, ow = (height + 2 * ph - dh * (kh - 1) - 1) // sh + 1, (width + 2 * pw - dw * (kw - 1) - 1) // sw + 1
        out = np.zeros((images, oh, ow, outs))
        for i, j, a, b in itertools.product(range(oh), range(ow), range(kh), range(kw)):
            h, w = i * sh + a * dh - ph, j * sw + b * dw - pw
            if 0 <= h < height and 0 <= w < width:
                for o in range(outs):
                    first = o // (outs // groups) * channels
                    out[:, i, j, o] += x[:, h, w, first : first + channels] @ weight[a, b, :, o]
        return out

    @pytest.mark.parametrize("case", ["3x3", "stride and dilation", "pairs", "groups", "depthwise, several each"])
    def test_the_formula_agrees_with_loops(self, case):
        x, weight, _, parameters = operands(case)
        expected = self.by_loops(x, weight, **parameters)
        np.testing.assert_allclose(reference.conv2d(x, weight, **parameters), expected, atol=1e-12)

    @pytest.mark.parametrize("case", ["3x3", "stride and dilation", "pairs", "groups", "stride beyond the kernel"])
    def test_gradients_agree_with_finite_differences(self, case):
        x, weight, grad, parameters = operands(case)
        _, dx, dweight = plain(x, weight, grad, parameters)
        rng = np.random.default_rng(1)
        for given, gradient, function in (
            (x, dx, lambda moved: reference.conv2d(moved, weight, **parameters)),
            (weight, dweight, lambda moved: reference.conv2d(x, moved, **parameters)),
        ):
            direction = rng.normal(size=given.shape)
            ends = [np.sum(grad * function(given + step * direction)) for step in (-1e-4, 1e-4)]
            np.testing.assert_allclose(np.sum(gradient * direction), (ends[1] - ends[0]) / 2e-4, rtol=1e-7)

    @pytest.mark.parametrize("case", ["3x3", "pairs", "groups"])
    def test_the_formula_needs_only_the_standard(self, case):
        x, weight, grad, parameters = operands(case)
        strict = plain(*map(array_api_strict.asarray, (x, weight, grad)), parameters)
        for got, expected in zip(strict, plain(x, weight, grad, parameters), strict=True):
            np.testing.assert_allclose(np.asarray(got), expected, atol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_native_kernels_agree_with_the_reference(case, dtype):
    *arrays, parameters = operands(case)
    arrays = [array.astype(dtype) for array in arrays]
    expected = plain(*(array.astype("float64") for array in arrays), parameters)
    for got, wanted in zip(native(*map(nd.asarray, arrays), parameters), expected, strict=True):
        assert got.dtype.name == dtype
        assert got.shape == wanted.shape
        assert got.is_compact()
        close(got, wanted, dtype)


LAYOUTS = {
    "channels first": lambda array: np.moveaxis(np.ascontiguousarray(np.moveaxis(array, -1, 1)), 1, -1),
    "every other": lambda array: np.repeat(np.repeat(array, 2, axis=3), 2, axis=1)[:, ::2, :, ::2],
    "reversed": lambda array: np.ascontiguousarray(array[:, ::-1, ::-1, ::-1])[:, ::-1, ::-1, ::-1],
    "transposed images": lambda array: np.ascontiguousarray(array.transpose(2, 1, 0, 3)).transpose(2, 1, 0, 3),
    "inside a larger array": lambda array: np.pad(array, ((0, 0), (1, 2), (3, 0), (1, 1)))[:, 1:-2, 3:, 1:-1],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    "case",
    [
        "3x3",
        "vectors",
        "single pixels",
        "7x7 stride 4",
        "images as rows",
        "groups",
        "depthwise, many taps",
        "few outputs, short rows",
        "shared inputs",
    ],
)
def test_every_layout_is_read(case, layout):
    *arrays, parameters = operands(case)
    expected = plain(*arrays, parameters)
    views = [nd.asarray(LAYOUTS[layout](array)) for array in arrays]
    for got, wanted in zip(native(*views, parameters), expected, strict=True):
        close(got, wanted, "float64")


@pytest.mark.parametrize("case", ["3x3", "images as rows", "depthwise"])
def test_broadcast_operands_are_read(case):
    *arrays, parameters = operands(case)
    arrays = [np.broadcast_to(array[:1, :1, :1, :1], array.shape) for array in arrays]
    expected = plain(*arrays, parameters)
    views = [nd.broadcast_to(nd.asarray(array[:1, :1, :1, :1].copy()), array.shape) for array in arrays]
    for got, wanted in zip(
        native(*views, parameters), expected, strict=True
    ):  # sums of equal numbers: all errors agree
        np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_16_bit_floats_are_summed_in_float32_and_rounded_once(dtype):
    *arrays, parameters = operands("3x3")
    narrow = [nd.astype(nd.asarray(array), dtype) for array in arrays]
    wide = [nd.astype(array, nd.float32) for array in narrow]
    for got, exact in zip(native(*narrow, parameters), native(*wide, parameters), strict=True):
        assert got.dtype == dtype
        np.testing.assert_array_equal(
            nd.astype(got, nd.float32).numpy(), nd.astype(nd.astype(exact, dtype), nd.float32).numpy()
        )


@pytest.mark.parametrize("outputs", [17, 2])
def test_special_values_reach_what_reads_them_and_nothing_else(outputs):
    x = np.zeros((1, 9, 20, 3), dtype=np.float32)
    x[0, 4, 10, 1], x[0, 0, 0, 0], x[0, 8, 19, 2] = np.nan, np.inf, -np.inf
    weight = np.ones((3, 3, 3, outputs), dtype=np.float32)
    out = nd.kernels.conv2d(nd.asarray(x), nd.asarray(weight), padding=1).numpy()
    expected = np.zeros_like(out)
    expected[0, 3:6, 9:12], expected[0, :2, :2], expected[0, 7:, 18:] = np.nan, np.inf, -np.inf
    np.testing.assert_array_equal(out, expected)


def test_special_values_at_the_corner_reach_the_taps_of_depthwise_weights_that_meet_it():
    x = np.zeros((1, 9, 20, 17), dtype=np.float32)
    x[0, 0, 0, 5], x[0, 8, 19, 16] = np.inf, np.nan
    grad = np.ones((1, 9, 20, 17), dtype=np.float32)
    out = nd.kernels.conv2d_weight_grad(nd.asarray(grad), nd.asarray(x), (3, 3), padding=1, groups=17).numpy()
    expected = np.zeros_like(out)
    expected[:2, :2, 0, 5], expected[1:, 1:, 0, 16] = np.inf, np.nan
    np.testing.assert_array_equal(out, expected)


def test_special_values_at_the_edge_reach_only_the_taps_of_few_outputs_that_meet_it():
    x = np.zeros((1, 28, 28, 1), dtype=np.float32)
    x[0, 0, 27], x[0, 27, 0], x[0, 20, 26] = np.inf, np.nan, -np.inf
    grad = np.ones((1, 24, 24, 6), dtype=np.float32)
    out = nd.kernels.conv2d_weight_grad(nd.asarray(grad), nd.asarray(x), (5, 5)).numpy()
    expected = np.zeros_like(out)
    expected[:, 3:], expected[4, 0] = -np.inf, np.nan
    expected[0, 4] = np.nan  # the sum of both infinities
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("padding", [0, 1, 3])
def test_special_values_at_the_edge_reach_only_the_shared_taps_that_meet_them(padding):
    x = np.zeros((1, 9, 20, 8), dtype=np.float32)
    x[0, 4, 0], x[0, 4, 19] = np.inf, -np.inf
    grad = np.ones((1, 7 + 2 * padding, 18 + 2 * padding, 8), dtype=np.float32)
    out = nd.kernels.conv2d_weight_grad(nd.asarray(grad), nd.asarray(x), (3, 3), padding=padding, groups=2).numpy()
    met = {0: [np.inf, 0, -np.inf], 1: [np.inf, np.nan, -np.inf], 3: [np.nan] * 3}[padding]
    np.testing.assert_array_equal(out, np.broadcast_to(np.reshape(met, (3, 1, 1)), out.shape))


def test_tiny_and_huge_products_are_exact():
    smallest = np.finfo(np.float32).smallest_subnormal
    x = np.full((1, 4, 9, 2), smallest, dtype=np.float32)
    out = nd.kernels.conv2d(nd.asarray(x), nd.ones((2, 2, 2, 3), dtype=nd.float32)).numpy()
    np.testing.assert_array_equal(out, np.full_like(out, 8 * smallest))


@pytest.mark.parametrize(
    "case",
    [
        "vectors",
        "7x7 stride 4",
        "images as rows",
        "images as rows, eight columns",
        "few outputs",
        "few outputs, blocks of columns",
        "taps of one tile",
        "shared inputs",
        "groups of vectors",
        "depthwise, stride",
        "depthwise, strips",
    ],
)
def test_results_do_not_depend_on_the_number_of_threads(case):
    *arrays, parameters = operands(case)
    arrays = [nd.asarray(array.astype("float32")) for array in arrays]
    before, results = nd.num_threads(), []
    try:
        for threads in (1, 2, 5):
            nd.set_num_threads(threads)
            results.append([array.numpy().tobytes() for array in native(*arrays, parameters)])
    finally:
        nd.set_num_threads(before)
    assert results[0] == results[1] == results[2]


@pytest.mark.parametrize("case", ["vectors", "7x7 stride 4", "few outputs"])
def test_results_do_not_depend_on_the_place_in_the_batch(case):
    x, weight, _, parameters = operands(case)
    image, weight = np.repeat(x[:1], 5, axis=0).astype("float32"), nd.asarray(weight.astype("float32"))
    out = nd.kernels.conv2d(nd.asarray(image), weight, **parameters).numpy()
    alone = nd.kernels.conv2d(nd.asarray(image[:1]), weight, **parameters).numpy()
    assert all((out[i] == alone[0]).all() for i in range(5))


@pytest.mark.parametrize(("case", "stride", "padding", "size"), [("7x7 stride 4", 4, 3, 7), ("few outputs", 1, 2, 5)])
def test_nan_in_a_gradient_reaches_no_pixel_beyond_the_kernel(case, stride, padding, size):
    x, weight, grad, parameters = operands(case)
    grad = np.ones_like(grad)
    grad[1, 2, 3] = np.nan
    operand, kernel = nd.asarray(grad.astype("float32")), nd.asarray(weight.astype("float32"))
    result = nd.kernels.conv2d_input_grad(operand, kernel, x.shape[1:3], **parameters).numpy()
    expected = np.zeros(x.shape, dtype=bool)
    row, column = 2 * stride - padding, 3 * stride - padding
    expected[1, row : row + size, column : column + size] = True
    np.testing.assert_array_equal(np.isnan(result), expected)


X, W = np.ones((2, 6, 6, 4)), np.ones((3, 3, 2, 6))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda k: k.conv2d(X[0], W), nd.ShapeError, r"x must have four axes, .*, but its shape is \(6, 6, 4\)"),
        (lambda k: k.conv2d(X, W[0]), nd.ShapeError, r"weight must have four axes, \(kernel height, .*\(3, 2, 6\)"),
        (
            lambda k: k.conv2d(X, W),
            nd.ShapeError,
            r"x of shape \(2, 6, 6, 4\) and weight of shape \(3, 3, 2, 6\) with groups=1 .* expected 2 channels, not 4",
        ),
        (
            lambda k: k.conv2d(X, np.ones((3, 3, 2, 5)), groups=2),
            nd.ShapeError,
            "groups=2 must divide .* the 5 of the out",
        ),
        (lambda k: k.conv2d(X, W, groups=0), ValueError, "groups must be at least 1 .* not 0"),
        (lambda k: k.conv2d_input_grad(X, W, 6, groups=2**62), ValueError, "groups must be at least 1 .* not 46116"),
        (lambda k: k.conv2d_weight_grad(X, X, 3, groups=-1), ValueError, "groups must be at least 1 .* not -1"),
        (
            lambda k: k.conv2d(X, W, groups=2, dilation=3),
            nd.ShapeError,
            r"a kernel of size \(3, 3\) with dilation \(3, 3\) does not fit into images of size \(6, 6\)",
        ),
        (lambda k: k.conv2d(X, W, groups=2, stride=0), ValueError, "stride must be at least 1 .* not 0"),
        (lambda k: k.conv2d(X, W, groups=2, padding=-1), ValueError, "padding must be at least 0 .* not -1"),
        (
            lambda k: k.conv2d(X, W, groups=2, stride=(1, 2, 3)),
            ValueError,
            r"stride must be an int or a pair .*\(1, 2, 3\)",
        ),
        (
            lambda k: k.conv2d(X.astype(int), W, groups=2),
            nd.DTypeError,
            r"expected floats, not int64; convert .* astype",
        ),
        (lambda k: k.conv2d_input_grad(X, W, (6, 6), groups=2), nd.ShapeError, "expected 6 channels, not 4"),
        (
            lambda k: k.conv2d_input_grad(np.ones((2, 5, 4, 6)), W, 6, groups=2),
            nd.ShapeError,
            r"grad of shape \(2, 5, 4, 6\) does not belong to these parameters, whose results are of size \(4, 4\)",
        ),
        (
            lambda k: k.conv2d_weight_grad(np.ones((3, 4, 4, 6)), X, 3, groups=2),
            nd.ShapeError,
            "have different numbers of images",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(call, error, message):
    with pytest.raises(error, match=message):
        call(nd.kernels)


@pytest.mark.parametrize("isa", ["v2", "v3"])
@pytest.mark.skipif("NEEDLE_ISA" in os.environ, reason="this run is about one instruction set already")
def test_narrower_instruction_sets_agree_too(isa):
    environment = {**os.environ, "NEEDLE_ISA": isa}
    selected = "agree_with_the_reference or every_layout"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", __file__, "-k", selected],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout
