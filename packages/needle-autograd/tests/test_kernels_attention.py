"""Attention: the plain kernel against formulas and finite differences, the native one against the plain one."""

import array_api_strict
import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import reference

rng = np.random.default_rng(0)

# (leading axes, T, S, D, E): around the widths of vectors, of tiles (64) and of blocks (64 and 32), and of few queries,
# which have loops of their own up to 4; then keys that are cut into parts.
SHAPES = [
    ((), 1, 1, 1, 1),
    ((2, 3), 1, 130, 64, 64),
    ((2,), 2, 63, 20, 36),
    ((1,), 3, 65, 33, 129),
    ((), 4, 200, 3, 5),
    ((2,), 5, 130, 16, 17),
    ((2, 3), 5, 7, 4, 3),
    ((2,), 17, 15, 16, 17),
    ((1,), 64, 64, 32, 32),
    ((1,), 65, 129, 33, 65),
    ((2,), 70, 200, 64, 64),
    ((1, 2), 600, 70, 8, 8),
    ((2,), 1, 2049, 16, 16),
    ((), 3, 5000, 5, 9),
    ((1,), 20, 2100, 8, 8),
]
EMPTY = [
    ((2,), 3, 0, 4, 2),
    ((2,), 5, 0, 4, 2),
    ((2,), 0, 5, 4, 3),
    ((0,), 3, 5, 4, 3),
    ((2,), 3, 5, 0, 2),
    ((2,), 3, 5, 4, 0),
    ((2,), 20, 5, 0, 0),
]
MASKS = {
    "none": lambda lead, t, s: None,
    "bool": lambda lead, t, s: rng.random((*lead, t, s)) < 0.5,
    "float": lambda lead, t, s: rng.normal(size=(t, s)),
    "keys": lambda lead, t, s: rng.random((*lead, 1, s)) < 0.7,
    "queries": lambda lead, t, s: rng.random((t, 1)) < 0.7,
}
KERNELS = {"native": (nd, nd.kernels), "plain": (np, reference)}
"""The kernels, and the library of their arrays."""


def operands(lead, t, s, d, e):
    return [rng.normal(size=(*lead, *shape)) for shape in ((t, d), (s, d), (s, e), (t, e))]


def native(arrays, dtype=nd.float64):
    return [nd.astype(nd.asarray(array), dtype) for array in arrays]


def as_native_mask(mask, dtype):
    if mask is None or mask.dtype == bool:
        return None if mask is None else nd.asarray(mask)
    return nd.astype(nd.asarray(mask), dtype)


def assert_close(got, expected, tolerance):
    """Within a tolerance relative to the largest of the expected numbers; infinities in the same places."""
    got, expected = np.asarray(got), np.asarray(expected)
    assert got.shape == expected.shape
    if expected.size:
        finite = np.abs(expected[np.isfinite(expected)])
        np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * max(1, finite.max(initial=0)))


def row_by_row(q, k, v, mask, causal, scale):
    """Attention of one head, for one query and one sum after the other."""
    out, log_sums = np.zeros((len(q), v.shape[1])), np.full(len(q), -np.inf)
    added = np.where(mask, 0, -np.inf) if mask.dtype == bool else mask
    for i, query in enumerate(q):
        seen = [j for j in range(len(k)) if not (causal and j > i) and added[i, j] > -np.inf]
        if seen:
            powers = np.exp([scale * sum(query * k[j]) + added[i, j] for j in seen])
            out[i] = powers @ v[seen] / powers.sum()
            log_sums[i] = np.log(powers.sum())
    return out, log_sums


@pytest.mark.parametrize("xp", [np, array_api_strict, nd], ids=lambda xp: xp.__name__)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", ["bool", "float"])
def test_the_plain_kernel_follows_the_formula(xp, causal, kind):
    q, k, v, _ = operands((), 6, 5, 3, 2)
    mask = MASKS[kind]((), 6, 5)
    mask[2] = False if kind == "bool" else -np.inf
    out, log_sums = reference.attention(*map(xp.asarray, (q, k, v)), mask=xp.asarray(mask), causal=causal, scale=0.7)
    expected = row_by_row(q, k, v, mask, causal, 0.7)
    assert np.asarray(log_sums)[2] == -np.inf
    np.testing.assert_allclose(np.asarray(out), expected[0], rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(np.asarray(log_sums), expected[1], rtol=1e-13)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", MASKS)
def test_the_plain_gradient_agrees_with_finite_differences(causal, kind):
    arrays = operands((2,), 4, 5, 3, 2)
    arrays[1] = arrays[1][:1]  # keys for both heads
    grad = arrays.pop()
    options = {"mask": MASKS[kind]((2,), 4, 5), "causal": causal, "scale": 0.8}
    gradients = reference.attention_grad(grad, *arrays, *reference.attention(*arrays, **options), **options)
    for position, gradient in enumerate(gradients):
        assert gradient.shape == arrays[position].shape
        direction = rng.normal(size=gradient.shape)
        ends = []
        for step in (-1e-6, 1e-6):
            moved = list(arrays)
            moved[position] = moved[position] + step * direction
            ends.append(np.sum(grad * reference.attention(*moved, **options)[0]))
        np.testing.assert_allclose(np.sum(gradient * direction), (ends[1] - ends[0]) / 2e-6, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("hides", ["causal", "bool", "float"])
@pytest.mark.parametrize("dtype", ["float64", "float32"], ids=str)
@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # NumPy's, of the numbers that are not finite
def test_what_is_hidden_from_a_query_never_reaches_its_result_or_gradient(kernels, dtype, hides, bad):
    xp, kernels = KERNELS[kernels]
    t, hidden = 150, 70  # the last key that query `hidden` may not see shares tiles with keys that it sees
    *arrays, grad = operands((2,), t, t, 9, 10)
    seen = np.tril(np.ones((t, t), dtype=bool))
    mask = {"causal": None, "bool": xp.asarray(seen), "float": xp.asarray(np.where(seen, 0, -np.inf).astype(dtype))}
    options = {"mask": mask[hides], "causal": hides == "causal"}
    spoilt = [array.copy() for array in arrays]
    spoilt[1][:, hidden:] = spoilt[2][:, hidden:] = bad
    spoilt_grad = grad.copy()
    spoilt_grad[:, hidden:] = bad
    results = []
    for given in ([*arrays, grad], [*spoilt, spoilt_grad]):
        q, k, v, d_out = (xp.asarray(array.astype(dtype)) for array in given)
        out, log_sums = kernels.attention(q, k, v, **options)
        gradients = kernels.attention_grad(d_out, q, k, v, out, log_sums, **options)
        results.append([np.asarray(array)[:, :hidden] for array in (out, log_sums, gradients[0])])
    for clean, got in zip(*results, strict=True):
        assert_close(got, clean, 1e-14 if dtype == "float64" else 2e-6)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("hides", ["bool", "float"])
@pytest.mark.parametrize("queries", [1, 2, 3, 4, 5])
def test_padding_that_is_not_finite_reaches_no_row_of_a_few_queries(queries, hides, bad):
    *arrays, grad = operands((2,), queries, 150, 9, 70)
    seen = rng.random(150) < 0.5
    seen[:80] = False  # all of the first tile
    mask = nd.asarray(seen if hides == "bool" else np.where(seen, 0, -np.inf))
    results = []
    for padding in (0.0, bad):
        arrays[1][:, ~seen] = arrays[2][:, ~seen] = padding
        d_out, *given = native([grad, *arrays])
        out, log_sums = nd.kernels.attention(*given, mask=mask)
        results.append([out, log_sums, *nd.kernels.attention_grad(d_out, *given, out, log_sums, mask=mask)])
    for clean, got in zip(*results, strict=True):
        assert_close(got, clean, 1e-14)
    seen_only = reference.attention(arrays[0], arrays[1][:, seen], arrays[2][:, seen])
    for got, expected in zip(results[1], seen_only, strict=False):
        assert_close(got, expected, 1e-14)


@pytest.mark.parametrize("bad", [0.0, np.nan, np.inf])
@pytest.mark.parametrize("queries", [1, 20])
@pytest.mark.parametrize("shown", [(0, 0), (0, 1), (4999, 5000), (100, 1100), (2500, 5000)], ids=str)
def test_parts_of_the_keys_that_are_hidden_count_for_nothing(shown, queries, bad):
    arrays = operands((), queries, 5000, 6, 5)[:3]
    seen = np.zeros(5000, dtype=bool)
    seen[slice(*shown)] = True
    arrays[1][~seen] = arrays[2][~seen] = bad
    for dtype, tolerance in (("float64", 1e-14), ("float32", 2e-6)):
        out, log_sums = nd.kernels.attention(*native(arrays, dtype), mask=nd.asarray(seen))
        if not seen.any():
            assert not np.asarray(out).any()
            assert (np.asarray(log_sums) == -np.inf).all()
            continue
        expected = reference.attention(arrays[0], arrays[1][seen], arrays[2][seen])
        assert_close(out, expected[0], tolerance)
        assert_close(log_sums, expected[1], tolerance)


def test_scores_of_parts_that_lie_far_apart():
    q, k, v = operands((), 1, 4096, 4, 3)[:3]
    for first in (1e3, -1e3):  # one part has all of the weight; larger numbers would leave scores too few digits
        added = np.zeros(4096)
        added[:2048] = first
        out, log_sums = nd.kernels.attention(*native([q, k, v]), mask=nd.asarray(added))
        expected = reference.attention(q, k, v, mask=added)
        assert_close(out, expected[0], 1e-13)
        assert_close(log_sums, expected[1], 1e-14)
    k[5] = np.nan
    out, log_sums = nd.kernels.attention(*native([q, k, v]))
    assert np.isnan(np.asarray(out)).all()
    assert np.isnan(np.asarray(log_sums)).all()


@pytest.mark.parametrize(("queries", "spoilt"), [(70, 30), (3, 1)])
@pytest.mark.parametrize("hides", ["causal", "bool"])
@pytest.mark.parametrize("kernels", KERNELS)
def test_a_query_of_nan_spoils_no_gradient_of_a_key_that_it_may_not_see(kernels, hides, queries, spoilt):
    xp, kernels = KERNELS[kernels]
    *arrays, grad = operands((1,), queries, queries, 4, 4)
    seen = xp.asarray(np.tril(np.ones((queries, queries), dtype=bool)))
    options = {"causal": True} if hides == "causal" else {"mask": seen}
    gradients = []
    for bad in (0.0, np.nan):
        arrays[0][:, spoilt] = grad[:, spoilt] = bad
        d_out, *given = (xp.asarray(array) for array in (grad, *arrays))
        out, log_sums = kernels.attention(*given, **options)
        gradients.append(kernels.attention_grad(d_out, *given, out, log_sums, **options))
    for clean, got in zip(*gradients, strict=True):
        assert_close(np.asarray(got)[:, spoilt + 1 :], np.asarray(clean)[:, spoilt + 1 :], 1e-14)
    assert np.isnan(np.asarray(gradients[1][2])[:, : spoilt + 1]).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"], ids=str)
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("kind", MASKS)
@pytest.mark.parametrize("shape", SHAPES + EMPTY, ids=str)
def test_results_and_gradients_agree_with_the_plain_kernel(shape, kind, causal, dtype):
    *arrays, grad = operands(*shape)
    mask = MASKS[kind](*shape[:3])
    options = {"mask": mask, "causal": causal}
    expected = reference.attention(*arrays, **options)
    own = {"mask": as_native_mask(mask, dtype), "causal": causal}
    out, log_sums = nd.kernels.attention(*native(arrays, dtype), **own)
    assert out.dtype == log_sums.dtype == dtype
    tolerance = 1e-14 if dtype == nd.float64 else 2e-6
    assert_close(out, expected[0], tolerance)
    assert_close(log_sums, expected[1], tolerance)
    # The same statistics for both gradients, so that only these are compared.
    saved = [np.asarray(out).astype(np.float64), np.asarray(log_sums).astype(np.float64)]
    gradients = nd.kernels.attention_grad(*native([grad, *arrays], dtype), out, log_sums, **own)
    for got, wanted in zip(gradients, reference.attention_grad(grad, *arrays, *saved, **options), strict=True):
        assert_close(got, wanted, 10 * tolerance)


def test_heads_of_queries_share_keys_and_values():
    q, k, v, grad = operands((2, 6), 10, 12, 4, 4)
    q, grad = q.reshape(2, 3, 2, 10, 4), grad.reshape(2, 3, 2, 10, 4)
    k, v = k[:, :3, None], v[0, :3, None]
    out, log_sums = nd.kernels.attention(*native([q, k, v]))
    repeated = [np.broadcast_to(k, (2, 3, 2, 12, 4)), np.broadcast_to(v, (2, 3, 2, 12, 4))]
    assert_close(out, reference.attention(q, *repeated)[0], 1e-14)
    gradients = nd.kernels.attention_grad(*native([grad, q, k, v]), out, log_sums)
    dq, dk, dv = reference.attention_grad(grad, q, *repeated, np.asarray(out), np.asarray(log_sums))
    for got, expected in zip(gradients, [dq, dk.sum(2, keepdims=True), dv.sum((0, 2), keepdims=True)[0]], strict=True):
        assert_close(got, expected, 1e-13)


def test_queries_broadcast_as_well():
    q, k, v, grad = operands((3,), 4, 5, 2, 3)
    out, log_sums = nd.kernels.attention(*native([q[0], k, v]))
    assert_close(out, reference.attention(q[:1], k, v)[0], 1e-14)
    dq = nd.kernels.attention_grad(*native([grad, q[0], k, v]), out, log_sums)[0]
    assert_close(dq, reference.attention_grad(grad, q[0], k, v, np.asarray(out), np.asarray(log_sums))[0], 1e-13)


LAYOUTS = {
    "transposed": lambda x: nd.asarray(np.swapaxes(x, -1, -2).copy()).mT,
    "reversed": lambda x: nd.flip(nd.asarray(x[..., ::-1, ::-1].copy()), axis=(-2, -1)),
    "strided": lambda x: nd.asarray(np.repeat(np.repeat(x, 2, -1), 3, -2))[..., ::3, ::2],
    "heads inside": lambda x: nd.permute_dims(nd.asarray(np.moveaxis(x, 0, -2).copy()), (1, 0, 2)),
}


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("queries", [1, 3, 70])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_bits(layout, queries, causal):
    *arrays, grad = operands((3,), queries, 90, 20, 36)
    mask = rng.normal(size=(3, queries, 90))
    plain, viewed = native([*arrays, grad, mask]), [LAYOUTS[layout](x) for x in (*arrays, grad, mask)]
    results = []
    for q, k, v, g, m in (plain, viewed):
        out, log_sums = nd.kernels.attention(q, k, v, mask=m, causal=causal)
        results.append([out, log_sums, *nd.kernels.attention_grad(g, q, k, v, out, log_sums, mask=m, causal=causal)])
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(
    "shape",
    [
        ((3,), 1, 4100, 16, 16),
        ((), 20, 2100, 8, 8),
        ((2, 3), 200, 150, 16, 16),
        ((2,), 600, 100, 8, 8),
        ((7,), 2, 300, 64, 64),
    ],
)
def test_results_do_not_depend_on_the_number_of_threads(shape, causal):
    arrays = native(operands(*shape), nd.float32)
    *inputs, grad = arrays
    before, results = nd.num_threads(), []
    try:
        for threads in (1, 2, 3):
            nd.set_num_threads(threads)
            saved = nd.kernels.attention(*inputs, causal=causal)
            results.append([*saved, *nd.kernels.attention_grad(grad, *inputs, *saved, causal=causal)])
    finally:
        nd.set_num_threads(before)
    for result in results[1:]:
        for one, other in zip(results[0], result, strict=True):
            np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


@pytest.mark.parametrize("queries", [4, 131])
def test_equal_queries_get_equal_rows_wherever_they_stand(queries):
    q, k, v, _ = operands((1,), 1, 77, 24, 24)
    out, log_sums = nd.kernels.attention(*native([np.repeat(q, queries, 1), k, v], nd.float32))
    assert len(np.unique(np.asarray(out)[0], axis=0)) == 1
    assert len(np.unique(np.asarray(log_sums))) == 1


def test_a_query_that_attends_to_nothing_has_a_row_of_zeros_and_gives_no_gradient():
    q, k, v, grad = operands((2,), 5, 6, 3, 4)
    mask = np.ones((5, 6), bool)
    mask[3] = False
    out, log_sums = nd.kernels.attention(*native([q, k, v]), mask=nd.asarray(mask))
    np.testing.assert_array_equal(np.asarray(out)[:, 3], 0)
    np.testing.assert_array_equal(np.asarray(log_sums)[:, 3], -np.inf)
    dq, dk, dv = nd.kernels.attention_grad(*native([grad, q, k, v]), out, log_sums, mask=nd.asarray(mask))
    np.testing.assert_array_equal(np.asarray(dq)[:, 3], 0)
    rest = [0, 1, 2, 4]
    expected = reference.attention_grad(grad[:, rest], q[:, rest], k, v, *reference.attention(q[:, rest], k, v))
    assert_close(dk, expected[1], 1e-13)
    assert_close(dv, expected[2], 1e-13)


def test_scores_beyond_the_range_of_exp_do_not_overflow():
    q, k = nd.asarray([[1.0], [-1.0]]), nd.asarray([[-1e4], [1e4], [1e4 - 1]])
    out, log_sums = nd.kernels.attention(q, k, nd.asarray([[1.0], [2.0], [3.0]]), scale=1.0)
    weight = 1 / (1 + np.exp(-1))
    np.testing.assert_allclose(np.asarray(out), [[2 * weight + 3 * (1 - weight)], [1.0]], rtol=1e-6)
    np.testing.assert_allclose(np.asarray(log_sums), [1e4 - np.log(weight), 1e4], rtol=1e-6)


@pytest.mark.parametrize("special", [np.nan, np.inf])
@pytest.mark.parametrize("kernels", KERNELS)
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # NumPy's, of the numbers that are not finite
def test_what_is_not_finite_reaches_the_rows_that_attend_to_it(kernels, special):
    xp, kernels = KERNELS[kernels]
    q, k, v, _ = operands((), 4, 4, 2, 2)
    k[2, 0] = special
    q = np.abs(q)  # so that infinity becomes a score of +infinity
    out, log_sums = kernels.attention(*map(xp.asarray, (q, k, v)), causal=True)
    np.testing.assert_array_equal(np.isnan(np.asarray(out)), [[False] * 2] * 2 + [[True] * 2] * 2)
    np.testing.assert_array_equal(np.isnan(np.asarray(log_sums)), [False, False, True, True])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"], ids=str)
def test_half_precision_is_computed_in_float32_and_rounded_once(dtype):
    narrow = [nd.astype(array, dtype) for array in native(operands((2,), 33, 40, 16, 16), nd.float32)]
    wide = [nd.astype(array, nd.float32) for array in narrow]
    out, log_sums = nd.kernels.attention(*narrow[:3])
    expected, expected_sums = nd.kernels.attention(*wide[:3])
    assert out.dtype == dtype
    assert log_sums.dtype == nd.float32
    np.testing.assert_array_equal(
        np.asarray(nd.astype(out, nd.float32)), np.asarray(nd.astype(nd.astype(expected, dtype), nd.float32))
    )
    np.testing.assert_array_equal(np.asarray(log_sums), np.asarray(expected_sums))
    gradients = nd.kernels.attention_grad(narrow[3], *narrow[:3], out, log_sums)
    wide_gradients = nd.kernels.attention_grad(wide[3], *wide[:3], nd.astype(out, nd.float32), log_sums)
    for got, wanted in zip(gradients, wide_gradients, strict=True):
        assert got.dtype == dtype
        np.testing.assert_array_equal(
            np.asarray(nd.astype(got, nd.float32)), np.asarray(nd.astype(nd.astype(wanted, dtype), nd.float32))
        )


def test_the_default_scale_is_that_of_the_depth():
    arrays = native(operands((), 3, 4, 9, 2))
    for got, expected in zip(
        nd.kernels.attention(*arrays[:3]), nd.kernels.attention(*arrays[:3], scale=1 / 3), strict=True
    ):
        assert_close(got, expected, 1e-15)


# The operands by their shapes and dtypes: arrays of a module's own would outlive the interpreter's last look at them.
FIT = (2, 3, 4)
REFUSALS = [
    (((3,), FIT, FIT), None, nd.ShapeError, r"attention: q \(3,\), .*at least two axes"),
    ((FIT, (2, 3, 5), FIT), None, nd.ShapeError, r"last axes of q \(4\) and k \(5\) must be equal"),
    ((FIT, FIT, (2, 5, 4)), None, nd.ShapeError, r"numbers of keys, k's axis -2 \(3\) and v's \(5\)"),
    ((FIT, (3, 3, 4), FIT), None, nd.ShapeError, r"attention: the axes of q, k and v before the last two"),
    ((FIT, FIT, FIT), ((3, 2), "float32"), nd.ShapeError, r"attention: mask \(3, 2\).*\(2, 3, 3\)"),
    ((FIT, FIT, FIT), ((3, 3), "int64"), nd.DTypeError, "mask must be bool .* not int64"),
]


@pytest.mark.parametrize(("shapes", "mask", "error", "text"), REFUSALS)
def test_what_does_not_fit_is_refused(shapes, mask, error, text):
    options = {} if mask is None else {"mask": nd.ones(mask[0], dtype=mask[1])}
    with pytest.raises(error, match=text):
        nd.kernels.attention(*map(nd.ones, shapes), **options)


@pytest.mark.parametrize(
    ("dtypes", "text"),
    [
        (["float32", "float32", "float64"], "float32, float32 and float64"),
        (["int64"] * 3, "one floating-point dtype, not int64"),
    ],
)
def test_other_dtypes_are_refused(dtypes, text):
    with pytest.raises(nd.DTypeError, match=text):
        nd.kernels.attention(*(nd.ones(FIT, dtype=dtype) for dtype in dtypes))


@pytest.mark.parametrize(("position", "name"), [(0, "grad"), (4, "out"), (5, "log_sums")])
def test_gradients_of_other_shapes_are_refused(position, name):
    arrays = [nd.ones(FIT)] * 5 + [nd.ones((2, 3))]
    arrays[position] = nd.ones((2, 4))
    with pytest.raises(nd.ShapeError, match=f"attention_grad: {name} must have shape .*, not \\(2, 4\\)"):
        nd.kernels.attention_grad(*arrays)
