"""The fully connected layer: the plain kernel against the formula, the native one against the plain one."""

import array_api_strict
import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import kernels, reference

rng = np.random.default_rng(0)
ACTIVATIONS = {
    None: lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "silu": lambda x: x / (1 + np.exp(-x)),
    "tanh": np.tanh,
}
# (leading axes, in, out): no tiles at all, around the widths of vectors, several blocks of the summed axis, and bands.
SHAPES = [
    ((), 3, 5),
    ((2,), 3, 4),
    ((1,), 2000, 3),
    ((33,), 20, 1),
    ((2500,), 1100, 1),
    ((17,), 16, 16),
    ((5, 7), 33, 70),
    ((300,), 600, 200),
    ((130,), 1200, 65),
    ((0,), 3, 4),
    ((3,), 0, 4),
    ((3,), 4, 0),
]


def operands(lead, size_in, size_out):
    scale = max(size_in, 1) ** -0.5
    return (
        rng.normal(size=(*lead, size_in)),
        rng.normal(size=(size_in, size_out)) * scale,
        rng.normal(size=(size_out,)),
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_plain_kernel_follows_its_formula(activation):
    x, weight, bias = operands((4, 3), 5, 6)
    strict = [array_api_strict.asarray(array) for array in (x, weight, bias)]
    expected = ACTIVATIONS[activation](x @ weight + bias)
    np.testing.assert_allclose(reference.linear(x, weight, bias, activation), expected, rtol=1e-14)
    np.testing.assert_allclose(np.asarray(reference.linear(*strict, activation)), expected, rtol=1e-14)
    np.testing.assert_allclose(
        reference.linear(x, weight, None, activation), ACTIVATIONS[activation](x @ weight), rtol=1e-14
    )


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-13), ("float32", 2e-5)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_native_kernel_agrees_with_the_plain_one(shape, activation, dtype, tolerance):
    arrays = operands(*shape)
    x, weight, bias = (nd.asarray(array, dtype=getattr(nd, dtype)) for array in arrays)
    for b, plain_bias in ((bias, arrays[2]), (None, None)):
        expected = reference.linear(arrays[0], arrays[1], plain_bias, activation)
        result = nd.kernels.linear(x, weight, b, activation)
        assert result.dtype == x.dtype
        assert result.shape == expected.shape
        np.testing.assert_allclose(np.asarray(result), expected, rtol=tolerance, atol=tolerance)


def test_any_layout():
    x, weight, bias = operands((6, 70), 40, 50)
    expected = reference.linear(x, weight, bias, "tanh")
    views = (
        nd.permute_dims(nd.asarray(np.ascontiguousarray(x.transpose(2, 1, 0))), (2, 1, 0)),
        nd.asarray(np.ascontiguousarray(weight.T)).T,
        nd.asarray(np.repeat(bias, 2))[::2],
    )
    np.testing.assert_allclose(np.asarray(nd.kernels.linear(*views, "tanh")), expected, rtol=1e-13, atol=1e-13)
    row = nd.broadcast_to(nd.asarray(x[0, :1]), (9, 40))
    np.testing.assert_allclose(np.asarray(nd.kernels.linear(row, *views[1:]))[8], x[0, 0] @ weight + bias, rtol=1e-12)


def test_special_values_come_through():
    x = nd.asarray([[np.nan], [np.inf], [-np.inf], [-0.0], [1e-310]])
    for activation in ACTIVATIONS:
        with np.errstate(invalid="ignore"):
            expected = reference.linear(np.asarray(x), np.ones((1, 20)), None, activation)
        result = np.asarray(nd.kernels.linear(x, nd.ones((1, 20), dtype=nd.float64), None, activation))
        np.testing.assert_allclose(result, expected, rtol=1e-14)


def test_half_floats_are_rounded_once():
    x, weight, bias = (nd.astype(nd.asarray(array), nd.float16) for array in operands((9,), 300, 33))
    result = nd.kernels.linear(x, weight, bias, "silu")
    wide = [nd.astype(array, nd.float32) for array in (x, weight, bias)]
    assert result.dtype == nd.float16
    np.testing.assert_array_equal(
        np.asarray(result), np.asarray(nd.astype(nd.kernels.linear(*wide, "silu"), nd.float16))
    )


def test_the_number_of_threads_changes_no_bit():
    x, weight, bias = (nd.asarray(array, dtype=nd.float32) for array in operands((250,), 900, 310))
    before, results = nd.num_threads(), set()
    try:
        for threads in (1, 2, 5):
            nd.set_num_threads(threads)
            results.add(np.asarray(nd.kernels.linear(x, weight, bias, "sigmoid")).tobytes())
    finally:
        nd.set_num_threads(before)
    assert len(results) == 1


def test_arrays_of_both_kinds_find_their_kernel():
    assert kernels(nd.zeros(1)).linear is nd.kernels.linear
    assert kernels(np.zeros(1)).linear is reference.linear


@pytest.mark.parametrize(
    ("error", "text", "shapes", "activation"),
    [
        (nd.errors.ShapeError, r"weight of shape \(in, out\), got \(2, 3\) and \(3,\)", [(2, 3), (3,)], None),
        (nd.errors.ShapeError, r"last axis of x \(3\) must equal axis 0 of weight \(4\)", [(2, 3), (4, 5)], None),
        (
            nd.errors.ShapeError,
            r"expected bias of shape \(5,\) or \(1, 5\), .* got \(2, 5\)",
            [(3,), (3, 5), (2, 5)],
            None,
        ),
        (ValueError, r"activations None, 'relu', .* got 'softplus'", [(3,), (3, 5)], "softplus"),
    ],
)
def test_what_does_not_fit_is_refused(error, text, shapes, activation):
    arrays = [nd.zeros(shape) for shape in shapes]
    with pytest.raises(error, match=text):
        nd.kernels.linear(*arrays, activation=activation)
    if activation is not None:
        with pytest.raises(ValueError, match="softplus"):
            reference.linear(*(np.zeros(shape) for shape in shapes), activation=activation)


@pytest.mark.parametrize("shape", [(1,), (2, 5), (5, 1), (1, 1, 5), ()])
def test_a_bias_that_is_no_row_is_refused_by_both(shape):
    for call, array in ((nd.kernels.linear, nd.zeros), (reference.linear, np.zeros)):
        with pytest.raises(nd.errors.ShapeError, match=r"expected bias of shape \(5,\) or \(1, 5\)"):
            call(array((2, 3)), array((3, 5)), array(shape))


def test_a_bias_may_be_a_matrix_of_one_row():
    x, weight, bias = operands((4,), 3, 5)
    expected = np.asarray(nd.kernels.linear(*map(nd.asarray, (x, weight, bias))))
    for lead in (x, x[0]):
        result = nd.kernels.linear(nd.asarray(lead), nd.asarray(weight), nd.asarray(bias[None, :]))
        np.testing.assert_array_equal(np.asarray(result), expected if lead is x else expected[0])
        np.testing.assert_allclose(reference.linear(lead, weight, bias[None, :]), np.asarray(result), rtol=1e-14)
