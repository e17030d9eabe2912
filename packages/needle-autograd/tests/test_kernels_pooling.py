"""Pooling: the plain formula against loops and finite differences, the native kernels against the plain formula."""

import itertools

import array_api_strict
import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import reference

# (images, height, width, channels), the kernel's size, parameters; dilation is for the largest elements only
CASES = {
    "2x2": ((3, 8, 6, 32), 2, {}),
    "one element": ((1, 1, 1, 1), 1, {}),
    "3x3 stride 2": ((2, 9, 8, 17), 3, {"stride": 2, "padding": 1}),
    "few channels": ((2, 9, 8, 3), 3, {"stride": 1, "padding": 1}),
    "rows left over": ((2, 9, 7, 5), 2, {}),
    "steps beyond the kernel": ((2, 10, 11, 16), 2, {"stride": 4}),
    "pairs": ((2, 9, 10, 33), (2, 3), {"stride": (1, 2), "padding": (1, 0)}),
    "whole images": ((2, 7, 7, 24), 7, {}),
    "whole images of many channels": ((2, 7, 7, 150), 7, {}),
    "many channels at the border": ((2, 6, 5, 150), (4, 3), {"stride": (2, 1), "padding": (2, 1)}),
    "images one by one": ((20, 4, 4, 70), 2, {"stride": 1}),
    "no image": ((0, 4, 4, 3), 2, {}),
    "no channel": ((2, 4, 4, 0), 2, {}),
}
DILATED = {
    "dilation": ((2, 9, 9, 20), 3, {"stride": 2, "dilation": 2, "padding": 2}),
    "dilation of many channels": ((2, 9, 8, 150), (4, 3), {"stride": 1, "dilation": 2, "padding": 1}),
    "dilation of pairs": ((2, 9, 12, 5), (3, 2), {"stride": 1, "dilation": (1, 5), "padding": (1, 0)}),
}


def operands(case):
    """x, with equal elements among the others, the size of its images, and the parameters."""
    shape, kernel, parameters = {**CASES, **DILATED}[case]
    rng = np.random.default_rng(len(case))
    x = rng.normal(size=shape)
    return np.where(rng.random(shape) < 0.3, 1.0, x), kernel, parameters


def numbers(values, seed=1):
    return np.random.default_rng(seed).normal(size=values)


def windows(shape, kernel, stride=None, padding=0, dilation=1):
    """For each output its place and the pixels of the input in its window, one by one."""
    kernel = np.broadcast_to(kernel, 2)
    steps, pads, gaps = (np.broadcast_to(v, 2) for v in (kernel if stride is None else stride, padding, dilation))
    counts = [
        (n + 2 * p - g * (k - 1) - 1) // s + 1 for n, k, s, p, g in zip(shape, kernel, steps, pads, gaps, strict=True)
    ]
    for place in itertools.product(*map(range, counts)):
        axes = [
            [i for i in (o * s - p + t * g for t in range(k)) if 0 <= i < n]
            for o, n, k, s, p, g in zip(place, shape, kernel, steps, pads, gaps, strict=True)
        ]
        yield place, list(itertools.product(*axes))


class TestReference:
    @pytest.mark.parametrize("case", ["3x3 stride 2", "pairs", "dilation"])
    def test_the_largest_agree_with_loops(self, case):
        x, kernel, parameters = operands(case)
        out, indices = reference.max_pool2d(x, kernel, **parameters)
        for (i, j), pixels in windows(x.shape[1:3], kernel, **parameters):
            elements = np.stack([x[:, h, w] for h, w in pixels])
            numbers = np.array([h * x.shape[2] + w for h, w in pixels])
            np.testing.assert_array_equal(out[:, i, j], elements.max(axis=0))
            np.testing.assert_array_equal(indices[:, i, j], numbers[elements.argmax(axis=0)])

    @pytest.mark.parametrize("case", ["3x3 stride 2", "pairs"])
    @pytest.mark.parametrize("count_include_pad", [True, False])
    def test_the_means_agree_with_loops(self, case, count_include_pad):
        x, kernel, parameters = operands(case)
        out = reference.avg_pool2d(x, kernel, count_include_pad=count_include_pad, **parameters)
        for (i, j), pixels in windows(x.shape[1:3], kernel, **parameters):
            total = sum(x[:, h, w] for h, w in pixels)
            count = np.prod(np.broadcast_to(kernel, 2)) if count_include_pad else len(pixels)
            np.testing.assert_allclose(out[:, i, j], total / count, rtol=1e-12)

    @pytest.mark.parametrize("case", ["3x3 stride 2", "pairs", "rows left over"])
    def test_gradients_agree_with_finite_differences(self, case):
        shape, kernel, parameters = CASES[case]
        x, direction = numbers(shape), numbers(shape, 2)  # no two elements are equal here
        out, indices = reference.max_pool2d(x, kernel, **parameters)
        grad = numbers(out.shape, 3)
        averages = dict(parameters, count_include_pad=False)
        for gradient, function in (
            (
                reference.max_pool2d_grad(grad, indices, shape[1:3]),
                lambda moved: reference.max_pool2d(moved, kernel, **parameters)[0],
            ),
            (
                reference.avg_pool2d_grad(grad, shape[1:3], kernel, **averages),
                lambda moved: reference.avg_pool2d(moved, kernel, **averages),
            ),
        ):
            ends = [np.sum(grad * function(x + step * direction)) for step in (-1e-6, 1e-6)]
            np.testing.assert_allclose(np.sum(gradient * direction), (ends[1] - ends[0]) / 2e-6, rtol=1e-6)

    def test_the_formula_needs_only_the_standard(self):
        x, kernel, parameters = operands("3x3 stride 2")
        strict = array_api_strict.asarray(x)
        for got, expected in zip(
            reference.max_pool2d(strict, kernel, **parameters),
            reference.max_pool2d(x, kernel, **parameters),
            strict=True,
        ):
            np.testing.assert_array_equal(np.asarray(got), expected)
        mean = reference.avg_pool2d(strict, kernel, count_include_pad=False, **parameters)
        expected = reference.avg_pool2d(x, kernel, count_include_pad=False, **parameters)
        np.testing.assert_allclose(np.asarray(mean), expected)
        back = reference.avg_pool2d_grad(mean, x.shape[1:3], kernel, **parameters)
        np.testing.assert_allclose(
            np.asarray(back), reference.avg_pool2d_grad(expected, x.shape[1:3], kernel, **parameters)
        )


LAYOUTS = {
    "as it is": lambda array: array,
    "channels first": lambda array: np.moveaxis(np.ascontiguousarray(np.moveaxis(array, -1, 1)), 1, -1),
    "reversed": lambda array: np.ascontiguousarray(array[:, ::-1, ::-1, ::-1])[:, ::-1, ::-1, ::-1],
    "every other row": lambda array: np.repeat(array, 2, axis=1)[:, ::2],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", [*CASES, *DILATED])
def test_native_largest_elements_agree_with_the_reference(case, dtype, layout):
    x, kernel, parameters = operands(case)
    x = LAYOUTS[layout](x.astype(dtype))
    expected, places = reference.max_pool2d(x, kernel, **parameters)
    out, indices = nd.kernels.max_pool2d(nd.asarray(x), kernel, **parameters)
    assert (out.dtype.name, indices.dtype.name) == (dtype, "int64")
    np.testing.assert_array_equal(out.numpy(), expected)
    np.testing.assert_array_equal(indices.numpy(), places)
    grad = LAYOUTS[layout](numbers(expected.shape).astype(dtype))
    back = nd.kernels.max_pool2d_grad(nd.asarray(grad), indices, x.shape[1:3])
    wanted = reference.max_pool2d_grad(grad.astype("float64"), places, x.shape[1:3])
    assert back.dtype.name == dtype
    np.testing.assert_allclose(back.numpy(), wanted, rtol=0, atol=16 * np.finfo(dtype).eps)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_native_means_agree_with_the_reference(case, count_include_pad, dtype, layout):
    x, kernel, parameters = operands(case)
    parameters = dict(parameters, count_include_pad=count_include_pad)
    x = LAYOUTS[layout](x.astype(dtype))
    wide = x.astype("float64")
    expected = reference.avg_pool2d(wide, kernel, **parameters)
    out = nd.kernels.avg_pool2d(nd.asarray(x), kernel, **parameters)
    assert out.dtype.name == dtype
    np.testing.assert_allclose(out.numpy(), expected, rtol=0, atol=8 * np.finfo(dtype).eps)
    grad = LAYOUTS[layout](numbers(expected.shape).astype(dtype))
    back = nd.kernels.avg_pool2d_grad(nd.asarray(grad), x.shape[1:3], kernel, **parameters)
    wanted = reference.avg_pool2d_grad(grad.astype("float64"), x.shape[1:3], kernel, **parameters)
    np.testing.assert_allclose(back.numpy(), wanted, rtol=0, atol=16 * np.finfo(dtype).eps)


@pytest.mark.parametrize("channels", [1, 16, 19, 83])
@pytest.mark.parametrize("kernels", [nd.kernels, reference], ids=["native", "reference"])
def test_the_first_of_equals_is_taken_and_the_first_nan_before_all(kernels, channels):
    nan, inf = np.nan, np.inf
    rows = [[1, 3, nan, 0, -inf, -inf, 0.0, -0.0], [3, 2, inf, nan, -inf, -inf, -0.0, 0.0]]
    x = np.repeat(np.array(rows, dtype=np.float32)[None, :, :, None], channels, axis=3)
    out, indices = kernels.max_pool2d(nd.asarray(x) if kernels is nd.kernels else x, 2)
    np.testing.assert_array_equal(np.asarray(out)[0, 0, :, 0], [3, nan, -inf, 0])
    np.testing.assert_array_equal(np.asarray(indices), np.broadcast_to([[1], [2], [4], [6]], (1, 1, 4, channels)))
    out, indices = kernels.max_pool2d(nd.asarray(x) if kernels is nd.kernels else x, (2, 4))
    np.testing.assert_array_equal(np.asarray(out), np.broadcast_to([[nan], [0]], (1, 1, 2, channels)))
    np.testing.assert_array_equal(np.asarray(indices), np.broadcast_to([[2], [6]], (1, 1, 2, channels)))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_16_bit_floats_are_computed_in_float32_and_rounded_once(dtype):
    x = nd.astype(nd.asarray(operands("3x3 stride 2")[0]), dtype)
    wide = nd.astype(x, nd.float32)
    for name in ("max_pool2d", "avg_pool2d"):
        function = getattr(nd.kernels, name)
        got, exact = function(x, 3, stride=2, padding=1), function(wide, 3, stride=2, padding=1)
        got, exact = (got[0], exact[0]) if isinstance(got, tuple) else (got, exact)
        assert got.dtype == dtype
        np.testing.assert_array_equal(
            nd.astype(got, nd.float32).numpy(), nd.astype(nd.astype(exact, dtype), nd.float32).numpy()
        )


def test_results_do_not_depend_on_the_number_of_threads():
    x = nd.asarray(operands("images one by one")[0].astype("float32"))
    before, results = nd.num_threads(), []
    try:
        for threads in (1, 2, 5):
            nd.set_num_threads(threads)
            out, indices = nd.kernels.max_pool2d(x, 2, stride=1)
            back = nd.kernels.max_pool2d_grad(out, indices, 4)
            spread = nd.kernels.avg_pool2d_grad(nd.kernels.avg_pool2d(x, 2, stride=1), 4, 2, stride=1)
            results.append([array.numpy().tobytes() for array in (out, indices, back, spread)])
    finally:
        nd.set_num_threads(before)
    assert results[0] == results[1] == results[2]


X = np.ones((2, 6, 6, 4))
OUT = np.ones((2, 3, 3, 4))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda k: k.max_pool2d(X[0], 2), nd.ShapeError, r"x must have four axes, .*, but its shape is \(6, 6, 4\)"),
        (
            lambda k: k.max_pool2d(X, 7),
            nd.ShapeError,
            r"a kernel of size \(7, 7\) .* does not fit into images .*\(6, 6\)",
        ),
        (
            lambda k: k.max_pool2d(X, 2, padding=2),
            nd.ShapeError,
            r"padding \(2, 2\) a window of size \(2, 2\) lies in the padding .*; use padding of at most half",
        ),
        (
            lambda k: k.max_pool2d(X[:, :2, :2], 2, stride=1, padding=2, dilation=3),
            nd.ShapeError,
            r"lies in the padding of images of size \(2, 2\)",
        ),
        (lambda k: k.avg_pool2d(X.astype(int), 2), nd.DTypeError, "expected floats, not int64"),
        (lambda k: k.avg_pool2d(X, 2, stride=0), ValueError, "stride must be at least 1"),
        (lambda k: k.avg_pool2d(X, (1, 2, 3)), ValueError, "kernel_size must be an int or a pair"),
        (lambda k: k.avg_pool2d_grad(OUT, 6, 3), nd.ShapeError, r"grad of shape \(2, 3, 3, 4\) .* of size \(2, 2\)"),
        (lambda k: k.max_pool2d_grad(OUT, np.zeros((2, 3, 3, 4)), 6), nd.DTypeError, "indices must be integers"),
        (lambda k: k.max_pool2d_grad(OUT, np.zeros((2, 3, 3, 3), int), 6), nd.ShapeError, "must have the same shape"),
        (lambda k: k.max_pool2d_grad(OUT, np.full(OUT.shape, 36), 6), IndexError, r"an index is not in \[0, 36\)"),
        (lambda k: k.max_pool2d_grad(OUT, np.full(OUT.shape, -1), 6), IndexError, r"an index is not in \[0, 36\)"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(call, error, message):
    with pytest.raises(error, match=message):
        call(nd.kernels)
