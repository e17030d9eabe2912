"""Recurrent cells: the plain kernels against formulas and finite differences, the native against the plain ones."""

import array_api_strict
import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import reference

rng = np.random.default_rng(0)

# Leading axes and H: around the widths of vectors, empty, one element, and enough rows for several threads.
SHAPES = [((), 1), ((1,), 1), ((3,), 7), ((2, 3), 16), ((2,), 17), ((5,), 40), ((0,), 4), ((3,), 0), ((300,), 33)]


def sigmoid(x):
    return 0.5 * (1 + np.tanh(x / 2))


def lstm_in_numpy(gates_x, gates_h, c):
    i, f, g, o = np.split(gates_x + gates_h, 4, axis=-1)
    c_next = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c_next), c_next


def gru_in_numpy(gates_x, gates_h, h):
    (x_r, x_z, x_n), (u_r, u_z, u_n) = np.split(gates_x, 3, axis=-1), np.split(gates_h, 3, axis=-1)
    z = sigmoid(x_z + u_z)
    return ((1 - z) * np.tanh(x_n + sigmoid(x_r + u_r) * u_n) + z * h,)


def lstm_gradients(kernels, grads, gates_x, gates_h, c):
    _, c_next, activations = kernels.lstm_cell(gates_x, gates_h, c)
    d_gates, d_c = kernels.lstm_cell_grad(*grads, activations, c, c_next)
    return d_gates, d_gates, d_c


def gru_gradients(kernels, grads, gates_x, gates_h, h):
    _, activations = kernels.gru_cell(gates_x, gates_h, h)
    return kernels.gru_cell_grad(*grads, activations, gates_h, h)


CELLS = {
    "lstm": (4, "lstm_cell", lstm_in_numpy, lstm_gradients),
    "gru": (3, "gru_cell", gru_in_numpy, gru_gradients),
}


@pytest.fixture(params=CELLS)
def cell(request):
    return CELLS[request.param]


def operands(cell, lead, hidden):
    gates = [rng.normal(size=(*lead, cell[0] * hidden)) * 2 for _ in range(2)]
    grads = [rng.normal(size=(*lead, hidden)) for _ in range(cell[0] - 2)]  # LSTM has two results, GRU one
    return [*gates, rng.normal(size=(*lead, hidden))], grads


def native(arrays, dtype=nd.float64):
    return [nd.astype(nd.asarray(array), dtype) for array in arrays]


@pytest.mark.parametrize("xp", [np, array_api_strict, nd], ids=lambda xp: xp.__name__)
def test_the_plain_kernels_follow_the_formulas(cell, xp):
    _, name, formula, _ = cell
    arrays, _ = operands(cell, (3,), 5)
    results = getattr(reference, name)(*map(xp.asarray, arrays))
    for got, expected in zip(results, formula(*arrays), strict=False):
        np.testing.assert_allclose(np.asarray(got), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("kernels", [reference, nd.kernels], ids=["plain", "native"])
def test_gradients_agree_with_finite_differences(cell, kernels):
    _, _, formula, gradients = cell
    arrays, grads = operands(cell, (2,), 3)
    make = np.asarray if kernels is reference else nd.asarray
    got = gradients(kernels, [make(grad) for grad in grads], *map(make, arrays))
    for position, gradient in enumerate(got):
        direction = rng.normal(size=gradient.shape)
        ends = []
        for step in (-1e-6, 1e-6):
            moved = list(arrays)
            moved[position] = moved[position] + step * direction
            ends.append(sum(np.sum(grad * result) for grad, result in zip(grads, formula(*moved), strict=True)))
        np.testing.assert_allclose(np.sum(np.asarray(gradient) * direction), (ends[1] - ends[0]) / 2e-6, rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float64", "float32"], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_results_and_gradients_agree_with_the_plain_kernels(cell, shape, dtype):
    _, name, _, gradients = cell
    arrays, grads = operands(cell, *shape)
    tolerance = 1e-15 if dtype == nd.float64 else 6e-7
    results = getattr(nd.kernels, name)(*native(arrays, dtype))
    got = gradients(nd.kernels, native(grads, dtype), *native(arrays, dtype))
    expected = getattr(reference, name)(*arrays), gradients(reference, grads, *arrays)
    for mine, plain in zip([*results, *got], [*expected[0], *expected[1]], strict=True):
        assert mine.dtype == dtype
        assert mine.shape == plain.shape
        np.testing.assert_allclose(np.asarray(mine), plain, rtol=20 * tolerance, atol=20 * tolerance)


LAYOUTS = {
    "transposed": lambda x: nd.asarray(x.T.copy()).T,
    "reversed": lambda x: nd.flip(nd.asarray(x[::-1, ::-1].copy()), axis=(0, 1)),
    "strided": lambda x: nd.asarray(np.repeat(np.repeat(x, 2, -1), 3, 0))[::3, ::2],
    "one row for all": lambda x: nd.broadcast_to(nd.asarray(x[:1]), x.shape),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_bits(cell, layout):
    _, name, _, gradients = cell
    arrays, grads = operands(cell, (4,), 19)
    if layout == "one row for all":
        arrays, grads = ([np.repeat(x[:1], 4, 0) for x in group] for group in (arrays, grads))
    results = []
    for make in (nd.asarray, LAYOUTS[layout]):
        made, made_grads = [make(x) for x in arrays], [make(x) for x in grads]
        results.append([*getattr(nd.kernels, name)(*made), *gradients(nd.kernels, made_grads, *made)])
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_results_do_not_depend_on_the_number_of_threads(cell):
    _, name, _, gradients = cell
    arrays, grads = operands(cell, (500,), 50)
    arrays, grads = native(arrays, nd.float32), native(grads, nd.float32)
    before, results = nd.num_threads(), []
    try:
        for threads in (1, 3):
            nd.set_num_threads(threads)
            results.append([*getattr(nd.kernels, name)(*arrays), *gradients(nd.kernels, grads, *arrays)])
    finally:
        nd.set_num_threads(before)
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_large_gates_saturate_and_a_nan_stays_one(cell):
    count, name, _, _ = cell
    gates = np.repeat([[1e4, -1e4, np.nan]], count, 0).reshape(1, -1)
    state = np.array([[0.25, 0.25, 0.25]])
    result = np.asarray(getattr(nd.kernels, name)(*native([gates, np.zeros_like(gates), state], nd.float32))[0])
    # LSTM: o tanh(f c + i g) with i = f = g = o = 1, then 0; GRU: z = 1 keeps h, z = 0 takes n = -1.
    np.testing.assert_allclose(result[0, :2], [np.tanh(1.25), 0] if count == 4 else [0.25, -1], rtol=1e-6)
    assert np.isnan(result[0, 2])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"], ids=str)
def test_half_precision_is_computed_in_float32_and_rounded_once(cell, dtype):
    arrays = [nd.astype(array, dtype) for array in native(operands(cell, (3,), 9)[0], nd.float32)]
    narrow = getattr(nd.kernels, cell[1])(*arrays)
    wide = getattr(nd.kernels, cell[1])(*(nd.astype(array, nd.float32) for array in arrays))
    for got, expected in zip(narrow, wide, strict=True):
        assert got.dtype == dtype
        rounded = nd.astype(nd.astype(expected, dtype), nd.float32)
        np.testing.assert_array_equal(np.asarray(nd.astype(got, nd.float32)), np.asarray(rounded))


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(nd.ShapeError, match=r"lstm_cell: gates_h has shape \(2, 9\); with a state of shape \(2, 3\)"):
        nd.kernels.lstm_cell(nd.zeros((2, 12)), nd.zeros((2, 9)), nd.zeros((2, 3)))
    with pytest.raises(nd.ShapeError, match=r"gru_cell: gates_x has shape \(1, 9\); .* it must have \(2, 9\)"):
        nd.kernels.gru_cell(nd.zeros((1, 9)), nd.zeros((2, 9)), nd.zeros((2, 3)))
    with pytest.raises(nd.ShapeError, match=r"lstm_cell_grad: c_next has shape \(3,\)"):
        nd.kernels.lstm_cell_grad(*[nd.zeros((2, 3))] * 2, nd.zeros((2, 12)), nd.zeros((2, 3)), nd.zeros(3))
    with pytest.raises(nd.ShapeError, match=r"gru_cell_grad: h has no axes; expected \(\.\.\., H\)"):
        nd.kernels.gru_cell_grad(*[nd.zeros(())] * 4)
