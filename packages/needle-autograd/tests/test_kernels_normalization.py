"""The native layer and batch normalization, against the plain formulas in double precision."""

import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import reference

from .kernel_support import LENGTHS, layouts, run_apart

EPS = 1e-3
RTOL = {"float32": 5e-6, "float64": 1e-13}
SHAPES = [(5,), (3, 7), (40, 3), (4, 5, 6), (2, 3, 4, 70), (6, 5, 5, 3)]


def numbers(shape, dtype="float64", seed=0):
    return (np.random.default_rng(seed).normal(size=shape) * 3 + 1).astype(dtype)


def assert_close(found, exact, dtype):
    """Relative to the size of the exact values, sums of which the results are."""
    for position, (one, wanted) in enumerate(zip(found, exact, strict=True)):
        assert one.shape == wanted.shape
        assert one.dtype == dtype
        scale = max(1.0, float(np.max(np.abs(wanted), initial=0)))
        np.testing.assert_allclose(
            one.numpy().astype(float), wanted, rtol=RTOL[dtype], atol=RTOL[dtype] * scale, err_msg=str(position)
        )


def planes(values):
    """The values (N, ..., C) as images whose channels are planes in memory."""
    return nd.asarray(np.moveaxis(values, -1, 1).copy()).permute(0, *range(2, values.ndim), 1)


def layouts_of_images(values):
    yield from layouts(values)
    if values.ndim > 2:
        yield "planes", planes(values)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["layer_norm", "batch_norm"])
@pytest.mark.parametrize("shape", SHAPES)
def test_results_and_gradients_of_every_layout(kind, shape, dtype):
    if kind == "batch_norm" and len(shape) == 1:
        shape = (6, *shape)
    values, grad = numbers(shape, dtype), numbers(shape, dtype, 1)
    w, b = numbers(shape[-1:], dtype, 2), numbers(shape[-1:], dtype, 3)
    wide = [array.astype(float) for array in (values, w, b)]
    exact = getattr(reference, kind)(*wide, EPS)
    more = () if kind == "layer_norm" else (EPS,)
    exact_grads = getattr(reference, f"{kind}_grad")(grad.astype(float), *wide[:2], *exact[1:], *more)
    weight, bias = nd.asarray(w), nd.asarray(b)
    grads = [g for _, g in layouts_of_images(grad)]
    for position, (_, x) in enumerate(layouts_of_images(values)):
        found = getattr(nd.kernels, kind)(x, weight, bias, EPS)
        assert_close(found, exact, dtype)
        for g in (grads[position], grads[-1 - position]):
            assert_close(getattr(nd.kernels, f"{kind}_grad")(g, x, weight, *found[1:], *more), exact_grads, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", LENGTHS)
def test_sizes_around_those_of_vectors(length, dtype):
    for kind, shape in [("layer_norm", (3, length)), ("batch_norm", (5, length)), ("batch_norm", (length + 1, 3))]:
        values, w, b = numbers(shape, dtype), numbers(shape[-1], dtype, 2), numbers(shape[-1], dtype, 3)
        exact = getattr(reference, kind)(values.astype(float), w.astype(float), b.astype(float), EPS)
        assert_close(getattr(nd.kernels, kind)(*map(nd.asarray, (values, w, b)), EPS), exact, dtype)
    values = numbers((4, length, 3), dtype)
    w, b = numbers(3, dtype, 2), numbers(3, dtype, 3)
    exact = reference.batch_norm(values.astype(float), w.astype(float), b.astype(float), EPS)
    assert_close(nd.kernels.batch_norm(planes(values), nd.asarray(w), nd.asarray(b), EPS), exact, dtype)


@pytest.mark.parametrize("kind", ["layer_norm", "batch_norm"])
def test_gradients_are_the_slopes_of_differences(kind):
    rng = np.random.default_rng(4)
    inputs = [rng.normal(size=shape) for shape in [(6, 5), (5,), (5,)]]
    steps = [rng.normal(size=a.shape) * 1e-6 for a in inputs]
    grad = rng.normal(size=(6, 5))
    function = getattr(nd.kernels, kind)
    above, below = (
        function(*(nd.asarray(a + sign * step) for a, step in zip(inputs, steps, strict=True)), EPS)[0].numpy()
        for sign in (1, -1)
    )
    x, w, b = map(nd.asarray, inputs)
    saved = function(x, w, b, EPS)[1:]
    more = () if kind == "layer_norm" else (EPS,)
    found = getattr(nd.kernels, f"{kind}_grad")(nd.asarray(grad), x, w, *saved, *more)
    slope = sum((g.numpy() * step).sum() for g, step in zip(found, steps, strict=True))
    np.testing.assert_allclose(slope, ((above - below) / 2 * grad).sum(), rtol=1e-7)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(0, 3), (1, 1), *((5, n) for n in LENGTHS), *SHAPES[1:]])
def test_given_statistics_in_every_layout(shape, dtype):
    values, grad = numbers(shape, dtype), numbers(shape, dtype, 1)
    w, b, mean = (numbers(shape[-1:], dtype, seed) for seed in (2, 3, 4))
    var = np.abs(numbers(shape[-1:], dtype, 5))
    weight, bias, *statistics = map(nd.asarray, (w, b, mean, var))
    wide, above, *others = (array.astype(float) for array in (values, grad, w, b, mean, var))
    exact = reference.batch_norm_inference(wide, *others, EPS)
    exact_grads = reference.batch_norm_inference_grad(above, wide, others[0], *others[2:], EPS)
    grads = [g for _, g in layouts_of_images(grad)]
    for position, (_, x) in enumerate(layouts_of_images(values)):
        assert_close([nd.kernels.batch_norm_inference(x, weight, bias, *statistics, EPS)], [exact], dtype)
        for g in (grads[position], grads[-1 - position]):
            found = nd.kernels.batch_norm_inference_grad(g, x, weight, *statistics, EPS)
            assert_close(found, exact_grads, dtype)


def test_given_statistics_and_what_is_broadcast_or_does_not_fit():
    x, w = nd.asarray(numbers((6, 5))), nd.ones(5, dtype="float64")
    one, ones = nd.asarray(1.0, dtype="float64"), nd.ones((6, 5), dtype="float64")
    for found, exact in zip(
        *(nd.kernels.batch_norm_inference_grad(g, x, w, w, w, EPS) for g in (one, ones)), strict=True
    ):
        assert (found == exact).all()
    for position, name in enumerate(("weight", "bias", "mean", "var")):
        operands = [w] * 4
        operands[position] = nd.ones(4, dtype="float64")
        with pytest.raises(nd.ShapeError, match=rf"batch_norm_inference: {name} has shape \(4,\); expected one number"):
            nd.kernels.batch_norm_inference(x, *operands, EPS)
    with pytest.raises(nd.ShapeError, match="batch_norm_inference_grad: x has no axes"):
        nd.kernels.batch_norm_inference_grad(one, one, w, w, w, EPS)


@pytest.mark.parametrize(("rows", "length"), [(7, 70), (33, 16), (1401, 2000), (1401, 2001)])
def test_a_row_has_the_same_result_alone(rows, length):
    """Also where rows are computed in pairs, and where results go past the caches."""
    x, grad = (nd.asarray(numbers((rows, length), "float32", seed)) for seed in (0, 1))
    w, b = (nd.asarray(numbers(length, "float32", seed)) for seed in (2, 3))
    out, mean, inverse_std = nd.kernels.layer_norm(x, w, b, EPS)
    dx = nd.kernels.layer_norm_grad(grad, x, w, mean, inverse_std)[0]
    for row in (slice(0, 1), slice(1, 2), slice(3, 6), slice(rows - 1, rows)):
        alone = nd.kernels.layer_norm(x[row], w, b, EPS)
        for found, whole in zip(alone, (out, mean, inverse_std), strict=True):
            assert (found == whole[row]).all()
        assert (nd.kernels.layer_norm_grad(grad[row], x[row], w, *alone[1:])[0] == dx[row]).all()


@pytest.mark.parametrize("rows", [1, 63, 64, 65, 129, 9001])
@pytest.mark.parametrize("channels", [3, 70, 150])
def test_a_channel_has_the_same_result_in_every_place(rows, channels):
    """Channels are computed several vectors at a time, the last ones one vector at a time, or a part of one."""
    operands = [numbers((rows, channels), "float32", seed) for seed in (0, 1)]
    operands += [numbers(channels, "float32", seed) for seed in (2, 3)]

    def results(x, grad, weight, bias):
        out, mean, var = nd.kernels.batch_norm(x, weight, bias, EPS)
        return out, mean, var, *nd.kernels.batch_norm_grad(grad, x, weight, mean, var, EPS)

    def assert_places_do_not_matter(*operands):
        found = results(*map(as_planes_or_rows, operands))
        for shift in (1, channels // 2, channels - 1):
            moved = results(*(as_planes_or_rows(np.roll(a, shift, -1)) for a in operands))
            for one, other in zip(found, moved, strict=True):
                np.testing.assert_array_equal(np.roll(one.numpy(), shift, -1), other.numpy())

    def as_planes_or_rows(values):
        return planes(values) if values.ndim > 2 else nd.asarray(values)

    assert_places_do_not_matter(*operands)
    images = [numbers((3, rows, channels), "float32", seed) for seed in (0, 1)]
    assert_places_do_not_matter(*images, *operands[2:])


@pytest.mark.parametrize("rows", [300, 40000])
def test_a_mean_far_from_zero_costs_no_digits_of_the_variance(rows):
    values = (np.random.default_rng(5).normal(size=(rows, 16)) + 1000).astype("float32")
    wide = values.astype(float)
    x, w, b = nd.asarray(values), nd.ones(16), nd.zeros(16)
    for operand in (x, nd.asarray(values.T.copy()).T, planes(values.reshape(-1, 20, 16))):
        _, mean, var = nd.kernels.batch_norm(operand, w, b, EPS)
        np.testing.assert_allclose(var.numpy(), wide.var(0), rtol=2e-6)
        np.testing.assert_allclose(mean.numpy(), wide.mean(0), rtol=2e-7)
    columns = nd.asarray(values[:, 0].copy()).reshape(1, rows)
    _, mean, inverse_std = nd.kernels.layer_norm(columns, nd.ones(rows), nd.zeros(rows), EPS)
    np.testing.assert_allclose(inverse_std.item(), 1 / np.sqrt(wide[:, 0].var() + EPS), rtol=2e-6)
    np.testing.assert_allclose(mean.item(), wide[:, 0].mean(), rtol=5e-7)


@pytest.mark.parametrize("shape", [(4, 6, 33, 3), (300, 7, 7, 2), (2, 3, 5000, 2), (2, 1, 40000, 1), (16, 14, 150, 2)])
def test_planes_in_short_and_long_runs_evenly_apart_or_not(shape):
    """Images cut out of others lie in runs of rows, the gaps between which differ from those between images."""
    values, grad = numbers(shape, "float32"), numbers(shape, "float32", 1)
    w, b = numbers(shape[-1], "float32", 2), numbers(shape[-1], "float32", 3)
    wide = [array.astype(float) for array in (values, w, b)]
    exact = reference.batch_norm(*wide, EPS)
    exact_grads = reference.batch_norm_grad(grad.astype(float), *wide[:2], *exact[1:], EPS)
    weight, bias = nd.asarray(w), nd.asarray(b)

    def cut(array):
        return planes(np.pad(array, [(1, 0), (2, 1), (0, 5), (0, 0)]))[1:, 2:-1, :-5]

    every_second = planes(np.repeat(grad, 2, axis=0))[::2]
    for x in (planes(values), cut(values), planes(values[::-1].copy())[::-1]):
        found = nd.kernels.batch_norm(x, weight, bias, EPS)
        assert_close(found, exact, "float32")
        for g in (planes(grad), cut(grad), every_second):
            assert_close(nd.kernels.batch_norm_grad(g, x, weight, *found[1:], EPS), exact_grads, "float32")
        given = nd.kernels.batch_norm_inference(x, weight, bias, *found[1:], EPS)
        assert_close([given], exact[:1], "float32")


def test_the_result_of_planes_is_planes():
    x = planes(numbers((2, 4, 5, 3), "float32"))
    out, mean, var = nd.kernels.batch_norm(x, nd.ones(3), nd.zeros(3), EPS)
    dx = nd.kernels.batch_norm_grad(out, x, nd.ones(3), mean, var, EPS)[0]
    assert out.strides == dx.strides == x.strides


def test_broadcast_operands():
    values = numbers((1, 1, 20, 1))
    for shape in [(3, 4, 20, 5), (3, 4, 20, 1), (1, 1, 20, 5)]:
        wide = np.broadcast_to(values, shape)
        x = nd.broadcast_to(nd.asarray(values), shape)
        w, b = numbers(shape[-1], seed=1), numbers(shape[-1], seed=2)
        exact = reference.batch_norm(wide, w, b, EPS)
        assert_close(nd.kernels.batch_norm(x, nd.asarray(w), nd.asarray(b), EPS), exact, "float64")
        found = nd.kernels.batch_norm_grad(x, x, nd.asarray(w), *map(nd.asarray, exact[1:]), EPS)
        assert_close(found, reference.batch_norm_grad(wide, wide, w, *exact[1:], EPS), "float64")
        rows = reference.layer_norm(wide, w, b, EPS)
        assert_close(nd.kernels.layer_norm(x, nd.asarray(w), nd.asarray(b), EPS), rows, "float64")
    # The gradient of a sum is one number.
    x, w = nd.asarray(numbers((6, 5))), nd.ones(5, dtype="float64")
    _, mean, var = nd.kernels.batch_norm(x, w, w, EPS)
    one, ones = nd.asarray(1.0, dtype="float64"), nd.ones((6, 5), dtype="float64")
    for found, exact in zip(
        nd.kernels.batch_norm_grad(one, x, w, mean, var, EPS),
        nd.kernels.batch_norm_grad(ones, x, w, mean, var, EPS),
        strict=True,
    ):
        assert (found == exact).all()


def test_special_values_stay_in_their_row_or_channel():
    values = numbers((20, 18), "float32")
    values[3, 5], values[7, 2] = np.nan, np.inf
    x, w, b = nd.asarray(values), nd.ones(18), nd.zeros(18)
    rows = nd.kernels.layer_norm(x, w, b, EPS)[0].numpy()
    assert np.flatnonzero(np.isnan(rows).any(1)).tolist() == [3, 7]
    for operand in (x, nd.asarray(values.T.copy()).T):
        channels = nd.kernels.batch_norm(operand, w, b, EPS)[0].numpy()
        assert np.flatnonzero(np.isnan(channels).any(0)).tolist() == [2, 5]
    constant = nd.full((4, 3), 7.0)
    assert (nd.kernels.layer_norm(constant, nd.ones(3), nd.ones(3), EPS)[0] == 1).all()


def test_empty_operands():
    for shape in [(0, 3), (3, 0), (0, 2, 3)]:
        x, w = nd.zeros(shape), nd.ones(shape[-1])
        out, mean, inverse_std = nd.kernels.layer_norm(x, w, w, EPS)
        assert (out.shape, mean.shape) == (shape, (*shape[:-1], 1))
        dx, dweight, dbias = nd.kernels.layer_norm_grad(x, x, w, mean, inverse_std)
        assert (dx.shape, dweight.shape, dbias.tolist()) == (shape, shape[-1:], [0.0] * shape[-1])
        out, mean, var = nd.kernels.batch_norm(x, w, w, EPS)
        assert (out.shape, mean.shape, bool(nd.isnan(var).all())) == (shape, shape[-1:], True)
        assert nd.kernels.batch_norm_grad(x, x, w, mean, var, EPS)[2].tolist() == [0.0] * shape[-1]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_sixteen_bits_are_computed_in_float32_and_rounded_once(dtype):
    x = nd.asarray(numbers((6, 20), "float32")).astype(dtype)
    w = nd.ones(20, dtype=dtype)
    for kind in ("layer_norm", "batch_norm"):
        narrow = getattr(nd.kernels, kind)(x, w, w, EPS)
        wide = getattr(nd.kernels, kind)(x.astype("float32"), w.astype("float32"), w.astype("float32"), EPS)
        for found, exact in zip(narrow, wide, strict=True):
            assert found.dtype == dtype
            assert (found == exact.astype(dtype)).all()


def test_what_does_not_fit_is_refused():
    x = nd.zeros((4, 3))
    for kind in ("layer_norm", "batch_norm"):
        with pytest.raises(nd.ShapeError, match=rf"{kind}: weight has shape \(4,\); expected one number for each of 3"):
            getattr(nd.kernels, kind)(x, nd.ones(4), nd.ones(3), EPS)
        with pytest.raises(nd.ShapeError, match=rf"{kind}: x has no axes"):
            getattr(nd.kernels, kind)(nd.asarray(1.0), nd.ones(1), nd.ones(1), EPS)
    with pytest.raises(nd.ShapeError, match="layer_norm_grad"):
        nd.kernels.layer_norm_grad(nd.ones((4, 2)), x, nd.ones(3), nd.ones(4), nd.ones(4))
    with pytest.raises(
        nd.ShapeError, match=r"layer_norm_grad: mean has shape \(3,\); expected one number for each of 4"
    ):
        nd.kernels.layer_norm_grad(x, x, nd.ones(3), nd.ones(3), nd.ones(4))


RESULTS = """
import hashlib, needle_ndarray as nd, numpy as np
rng = np.random.default_rng(0)
def show(arrays): print([hashlib.sha1(a.numpy().tobytes()).hexdigest() for a in arrays])
for shape, planes in [((3000, 70), 0), ((5, 30, 40, 20), 0), ((5, 20, 30, 40), 1)]:
    x, g = (nd.asarray(rng.normal(size=shape).astype("float32")) for _ in range(2))
    if planes: x, g = x.permute(0, 2, 3, 1), g.permute(0, 2, 3, 1)
    w, b = (nd.asarray(rng.normal(size=x.shape[-1]).astype("float32")) for _ in range(2))
    out = nd.kernels.layer_norm(x, w, b, 1e-5)
    show([*out, *nd.kernels.layer_norm_grad(g, x, w, *out[1:])])
    out = nd.kernels.batch_norm(x, w, b, 1e-5)
    show([*out, *nd.kernels.batch_norm_grad(g, x, w, *out[1:], 1e-5)])
"""


def test_results_do_not_depend_on_the_number_of_threads():
    assert run_apart(RESULTS, NEEDLE_NUM_THREADS="1") == run_apart(RESULTS, NEEDLE_NUM_THREADS="3")
