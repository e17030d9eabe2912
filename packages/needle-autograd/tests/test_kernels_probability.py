"""The native softmax, its relatives and cross entropy, against the plain formulas in double precision."""

import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import reference

from .kernel_support import LENGTHS, host, layouts, run_apart, units_apart

pytestmark = pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")

ALONG_AXIS = ["softmax", "log_softmax"]
GRADS = ["softmax_grad", "log_softmax_grad"]
SHAPES = [(5,), (3, 7), (40, 3), (4, 5, 6), (2, 3, 4, 70)]
# Relative to the largest magnitude of the row: exp amplifies the rounding of x - max(x) by at most |x - max(x)|.
RTOL = {"float32": 3e-6, "float64": 2e-14}


def numbers(shape, dtype="float64", seed=0):
    return (np.random.default_rng(seed).normal(size=shape) * 3).astype(dtype)


def assert_close(found, exact, dtype):
    found = host(found)
    assert found.shape == exact.shape
    assert str(found.dtype) == dtype
    np.testing.assert_allclose(found.astype(np.float64), exact, rtol=RTOL[dtype], atol=RTOL[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", ALONG_AXIS)
def test_along_every_axis_of_every_layout(name, shape, dtype):
    values = numbers(shape, dtype)
    for axis in range(-1, len(shape)):
        exact = getattr(reference, name)(values.astype(np.float64), axis=axis)
        for _, x in layouts(values):
            assert_close(getattr(nd.kernels, name)(x, axis=axis), exact, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", GRADS)
def test_gradients_along_every_axis_of_every_layout(name, shape, dtype):
    grad = numbers(shape, dtype, 1)
    for axis in range(-1, len(shape)):
        y = getattr(reference, name.removesuffix("_grad"))(numbers(shape), axis=axis).astype(dtype)
        exact = getattr(reference, name)(grad.astype(np.float64), y.astype(np.float64), axis=axis)
        for (_, g), (_, out) in zip(layouts(grad), reversed(list(layouts(y))), strict=True):
            assert_close(getattr(nd.kernels, name)(g, out, axis=axis), exact, dtype)


@pytest.mark.parametrize("name", ALONG_AXIS)
@pytest.mark.parametrize("axis", [0, 1])
def test_gradients_are_the_slopes_of_differences(name, axis):
    x, grad, step = numbers((4, 5)), numbers((4, 5), seed=1), numbers((4, 5), seed=2) * 1e-6
    function = getattr(nd.kernels, name)
    above, below = (host(function(nd.asarray(x + sign * step), axis)) for sign in (1, -1))
    found = getattr(nd.kernels, f"{name}_grad")(nd.asarray(grad), function(nd.asarray(x), axis), axis)
    np.testing.assert_allclose((host(found) * step).sum(), ((above - below) / 2 * grad).sum(), rtol=1e-8)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", LENGTHS)
def test_rows_of_every_length(length, dtype):
    values = numbers((3, length), dtype)
    for name in ALONG_AXIS:
        assert_close(getattr(nd, name)(nd.asarray(values)), getattr(reference, name)(values.astype(float)), dtype)
    exact = np.logaddexp.reduce(values.astype(float), axis=1)
    assert_close(nd.logsumexp(nd.asarray(values), axis=1), exact, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("length", [65536, 65537, 200001])
def test_rows_that_several_threads_share(length, dtype):
    values = numbers((2, length), dtype)
    for x in (nd.asarray(values), nd.asarray(np.ascontiguousarray(values.T)).T):
        for name in ALONG_AXIS:
            assert_close(getattr(nd, name)(x), getattr(reference, name)(values.astype(float)), dtype)
        exact = reference.logsumexp(values.astype(float), axis=1)
        assert_close(nd.logsumexp(x, axis=1), exact, dtype)
        found = nd.kernels.logsumexp_grad(nd.ones(2, dtype=dtype), x, nd.asarray(exact, dtype=dtype), 1)
        assert_close(found, np.exp(values - exact[:, None].astype(dtype)).astype(float), dtype)


def test_the_error_of_softmax_in_float32_is_a_few_units_in_the_last_place():
    values = np.random.default_rng(3).uniform(-1, 1, (200, 1000)).astype(np.float32)
    exact = reference.softmax(values.astype(np.longdouble))
    assert units_apart(nd.softmax(nd.asarray(values)), exact) < 5
    # Sums do not drift in long rows.
    values = np.random.default_rng(4).uniform(-1, 1, (2, 300000)).astype(np.float32)
    exact = reference.softmax(values.astype(np.longdouble))
    assert units_apart(nd.softmax(nd.asarray(values)), exact) < 6


@pytest.mark.parametrize("length", [3, 40, 70000])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_special_values_give_what_the_formulas_give(dtype, length):
    rows = [
        [-np.inf, -np.inf, -np.inf],
        [np.inf, 1, 2],
        [np.inf, np.inf, -np.inf],
        [np.nan, 1, 2],
        [np.nan, np.nan, np.nan],
        [np.inf, np.nan, 0],
        [-np.inf, 0, 1],
        [3e38, -3e38, 0],
        [-0.0, 0.0, -0.0],
        [1e-40, -1e-40, 0],
    ]
    values = np.array(rows, dtype)[:, np.arange(length) % 3]
    x = nd.asarray(values)
    for name in ALONG_AXIS:
        found, exact = host(getattr(nd, name)(x)), getattr(reference, name)(values.astype(np.float64))
        np.testing.assert_allclose(found, exact.astype(dtype), rtol=1e-5)
        down = host(getattr(nd, name)(nd.asarray(np.ascontiguousarray(values.T)), 0))
        np.testing.assert_allclose(down.T, exact.astype(dtype), rtol=1e-5)
    exact = reference.logsumexp(values.astype(np.float64), axis=1)
    np.testing.assert_allclose(host(nd.logsumexp(x, axis=1)), exact.astype(dtype), rtol=1e-5)
    down = host(nd.logsumexp(nd.asarray(np.ascontiguousarray(values.T)), axis=0))
    np.testing.assert_allclose(down, exact.astype(dtype), rtol=1e-5)


@pytest.mark.parametrize("axis", [None, 0, 1, 2, (0, 1), (0, 2), (1, 2), (-1, 0), (0, 1, 2), ()])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_logsumexp_over_axes_and_its_gradient(axis, dtype):
    values = numbers((4, 17, 6), dtype)
    for keepdims in (False, True):
        exact = reference.logsumexp(values.astype(float), axis=axis, keepdims=keepdims)
        grad = numbers(exact.shape, dtype, 1)
        exact_grad = reference.logsumexp_grad(grad.astype(float), values.astype(float), exact, axis)
        for _, x in layouts(values):
            found = nd.logsumexp(x, axis=axis, keepdims=keepdims)
            assert_close(found, np.asarray(exact), dtype)
            assert_close(nd.kernels.logsumexp_grad(nd.asarray(grad), x, found, axis), exact_grad, dtype)


def test_empty_and_single_elements():
    for name in ALONG_AXIS:
        function, gradient = getattr(nd, name), getattr(nd.kernels, f"{name}_grad")
        for shape, axis in [((0, 3), 1), ((0, 3), 0), ((3, 0), 1), ((0,), 0)]:
            assert function(nd.zeros(shape), axis).shape == shape
            assert gradient(nd.zeros(shape), nd.zeros(shape), axis).shape == shape
        assert function(nd.asarray([[5.0]])).tolist() == [[{"softmax": 1.0, "log_softmax": 0.0}[name]]]
    assert nd.logsumexp(nd.zeros((2, 0)), axis=1).tolist() == [-np.inf, -np.inf]
    assert nd.logsumexp(nd.zeros((0, 2)), axis=1).shape == (0,)
    assert nd.logsumexp(nd.asarray(2.5)).item() == 2.5
    assert nd.kernels.logsumexp_grad(nd.zeros(0), nd.zeros((0, 2)), nd.zeros(0), 1).shape == (0, 2)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_sixteen_bits_are_computed_in_float32_and_rounded_once(dtype):
    x = nd.asarray(numbers((3, 50), "float32")).astype(dtype)
    wide = x.astype("float32")
    for name in ALONG_AXIS:
        y = getattr(nd, name)(x)
        assert y.dtype == dtype
        assert (y == getattr(nd, name)(wide).astype(dtype)).all()
        gradient = getattr(nd.kernels, f"{name}_grad")
        assert (gradient(x, y) == gradient(wide, y.astype("float32")).astype(dtype)).all()
    assert (nd.logsumexp(x, axis=0) == nd.logsumexp(wide, axis=0).astype(dtype)).all()
    labels = nd.asarray([1, 2, 3])
    for found, exact in zip(nd.kernels.cross_entropy(x, labels), nd.kernels.cross_entropy(wide, labels), strict=True):
        assert (found == exact.astype(dtype)).all()


def test_integers_count_as_float32():
    assert nd.softmax(nd.asarray([1, 1])).dtype == "float32"
    assert nd.logsumexp(nd.asarray([[1, 2]]), axis=0).tolist() == [1.0, 2.0]


def test_a_gradient_broadcasts_to_the_result():
    y = nd.softmax(nd.asarray(numbers((4, 5))))
    grad = nd.asarray(numbers((5,), seed=1))
    same = nd.kernels.softmax_grad(nd.asarray(np.tile(grad.numpy(), (4, 1))), y)
    assert (nd.kernels.softmax_grad(grad, y) == same).all()


class TestCrossEntropy:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("classes", [1, 2, 10, 16, 17, 1000, 70000])
    def test_losses_and_gradients_agree_with_the_formula(self, classes, dtype):
        values = numbers((6, classes), dtype)
        labels = np.random.default_rng(5).integers(0, classes, 6)
        grad = numbers((6,), dtype, 1)
        losses, log_sums = reference.cross_entropy(values.astype(float), labels)
        exact = reference.cross_entropy_grad(grad.astype(float), values.astype(float), labels, log_sums)
        for _, x in layouts(values):
            for kind in ("int8", "uint16", "int64", "float32") if classes < 100 else ("int64",):
                found = nd.kernels.cross_entropy(x, nd.asarray(labels.astype(kind)))
                assert_close(found[0], losses, dtype)
                assert_close(found[1], log_sums, dtype)
                found_grad = nd.kernels.cross_entropy_grad(nd.asarray(grad), x, nd.asarray(labels), found[1])
                assert_close(found_grad, exact, dtype)

    def test_the_gradient_is_the_slope_of_differences(self):
        x, grad, step = numbers((4, 5)), numbers((4,), seed=1), numbers((4, 5), seed=2) * 1e-6
        labels = nd.asarray([0, 4, 2, 2])
        above, below = (nd.kernels.cross_entropy(nd.asarray(x + sign * step), labels)[0] for sign in (1, -1))
        log_sums = nd.kernels.cross_entropy(nd.asarray(x), labels)[1]
        found = nd.kernels.cross_entropy_grad(nd.asarray(grad), nd.asarray(x), labels, log_sums)
        np.testing.assert_allclose((host(found) * step).sum(), ((host(above - below)) / 2 * grad).sum(), rtol=1e-8)

    def test_the_gradient_at_a_label_of_great_probability_keeps_its_digits(self):
        x, labels = nd.asarray([[20.0, 0.0, 0.0]]), nd.asarray([0])
        _, log_sums = nd.kernels.cross_entropy(x.astype("float64"), labels)
        exact = nd.kernels.cross_entropy_grad(nd.ones(1, dtype="float64"), x.astype("float64"), labels, log_sums)
        assert exact[0, 0].item() == pytest.approx(-2 * np.exp(-20) / (1 + 2 * np.exp(-20)), rel=1e-6)

    @pytest.mark.parametrize("label", [-1, 3, 2**40])
    def test_labels_out_of_range_are_told_as_the_reference_tells_them(self, label):
        x, labels = numbers((3, 3)), np.array([0, label, 1])
        with pytest.raises(IndexError) as plain:
            reference.cross_entropy(x, labels)
        with pytest.raises(IndexError) as native:
            nd.kernels.cross_entropy(nd.asarray(x), nd.asarray(labels))
        assert str(native.value) == str(plain.value)
        with pytest.raises(IndexError, match=rf"cross_entropy_grad: label {label} at position 1"):
            nd.kernels.cross_entropy_grad(nd.ones(3), nd.asarray(x), nd.asarray(labels), nd.ones(3))

    @pytest.mark.parametrize(
        ("label", "text"),
        [(0.5, "label 0.5 at position 1 is none of"), (np.nan, "label nan at"), (1e300, r"label 1e\+300 at")],
    )
    def test_labels_that_are_no_whole_numbers_are_refused(self, label, text):
        x, labels = nd.zeros((3, 3)), nd.asarray([0.0, label, 1.0], dtype="float64")
        with pytest.raises(IndexError, match=text):
            nd.kernels.cross_entropy(x, labels)
        with pytest.raises(IndexError, match=text):
            nd.kernels.cross_entropy_grad(nd.ones(3), x, labels, nd.ones(3))
        for xp in (np, nd):  # the reference refuses the same, on every kind of array
            with pytest.raises(IndexError, match=text):
                reference.cross_entropy(xp.zeros((3, 3)), xp.asarray([0.0, label, 1.0], dtype="float64"))
        whole = nd.kernels.cross_entropy(nd.asarray([[1.0, 2.0]]), nd.asarray([1.0]))[0]
        assert (whole == nd.kernels.cross_entropy(nd.asarray([[1.0, 2.0]]), nd.asarray([1]))[0]).all()

    def test_a_label_beyond_signed_integers_is_told_as_it_is(self):
        with pytest.raises(IndexError, match=f"label {2**63 + 1} at position 0 is out of range"):
            nd.kernels.cross_entropy(nd.zeros((1, 3)), nd.asarray(np.array([2**63 + 1], dtype="uint64")))

    @pytest.mark.parametrize("reduction", ["none", "sum", "mean"])
    @pytest.mark.parametrize("ignored", [(), (1, 3), (0, 1, 2, 3, 4)])
    @pytest.mark.parametrize("kind", ["int32", "int64", "float64"])
    def test_rows_that_are_ignored_have_no_loss_and_no_gradient_whatever_they_hold(self, kind, ignored, reduction):
        values, labels = numbers((5, 3)), np.array([2, 0, 1, 2, 0], kind)
        values[list(ignored)] = [np.nan, np.inf, -np.inf]
        labels[list(ignored)] = -7
        kept = [row for row in range(5) if row not in ignored]
        grad = numbers((5,) if reduction == "none" else (), seed=1)
        logs = np.logaddexp.reduce(values[kept], axis=1)
        losses, slopes = np.zeros(5), np.zeros((5, 3))
        losses[kept] = logs - values[kept, labels[kept].astype(int)]
        slopes[kept] = np.exp(values[kept] - logs[:, None]) - np.eye(3)[labels[kept].astype(int)]
        count = len(kept)
        expected = {"none": losses, "sum": losses.sum(), "mean": losses.sum() / count if count else np.nan}[reduction]
        share = grad[..., None] / (count if count and reduction == "mean" else 1)
        for kernels, asarray in ((nd.kernels, nd.asarray), (reference, np.asarray)):
            x, y = asarray(values), asarray(labels)
            found, log_sums = kernels.cross_entropy(x, y, -7, reduction)
            np.testing.assert_allclose(host(found), expected, rtol=1e-12)
            np.testing.assert_allclose(host(log_sums)[kept], logs, rtol=1e-12)
            found = kernels.cross_entropy_grad(asarray(grad), x, y, log_sums, -7, reduction)
            np.testing.assert_allclose(host(found), slopes * share, rtol=1e-12, atol=1e-15)
            assert host(y).tolist() == labels.tolist()

    def test_a_class_may_be_ignored(self):
        x, labels = nd.asarray([[1.0, 2.0], [3.0, 5.0]]), nd.asarray([1, 0])
        losses, log_sums = nd.kernels.cross_entropy(x, labels, ignore_index=1)
        assert losses[0] == 0
        assert losses[1] == nd.kernels.cross_entropy(x, labels)[0][1]
        assert nd.kernels.cross_entropy_grad(nd.ones(2), x, labels, log_sums, ignore_index=1)[0].tolist() == [0, 0]

    @pytest.mark.parametrize("kind", ["uint8", "uint64"])
    def test_unsigned_labels_are_never_negative_ones(self, kind):
        label = np.array([2**64 - 100 if kind == "uint64" else 156], kind)  # the bits of -100
        for kernels, xp in ((nd.kernels, nd), (reference, np)):
            with pytest.raises(IndexError, match=f"label {label[0]} at position 0 is out of range"):
                kernels.cross_entropy(xp.zeros((1, 3)), xp.asarray(label))

    def test_options_that_are_none_are_refused(self):
        x, labels = nd.zeros((1, 3)), nd.asarray([0])
        with pytest.raises(ValueError, match="reduction is 'avg'; expected 'none', 'sum' or 'mean'"):
            nd.kernels.cross_entropy(x, labels, reduction="avg")
        with pytest.raises(TypeError, match=r"ignore_index must be an int, not 0\.5"):
            nd.kernels.cross_entropy(x, labels, 0.5)
        with pytest.raises(nd.ShapeError, match=r"grad has shape \(1, 2\); expected one number for each of 1 loss"):
            nd.kernels.cross_entropy_grad(nd.ones((1, 2)), x, labels, nd.ones(1), reduction="sum")

    def test_no_rows(self):
        losses, log_sums = nd.kernels.cross_entropy(nd.zeros((0, 3)), nd.zeros(0, dtype="int64"))
        assert losses.shape == log_sums.shape == (0,)
        assert nd.kernels.cross_entropy_grad(losses, nd.zeros((0, 3)), nd.zeros(0, dtype="int64"), log_sums).size == 0

    def test_what_does_not_fit_is_refused(self):
        with pytest.raises(nd.ShapeError, match=r"logits have shape \(2, 3\) and labels \(3,\); expected"):
            nd.kernels.cross_entropy(nd.zeros((2, 3)), nd.zeros(3, dtype="int64"))
        with pytest.raises(nd.ShapeError, match=r"cross_entropy_grad: grad has shape \(3,\); expected one number for"):
            nd.kernels.cross_entropy_grad(nd.ones(3), nd.zeros((2, 3)), nd.zeros(2, dtype="int64"), nd.ones(2))


def test_axes_out_of_range_are_refused():
    for name in ALONG_AXIS:
        with pytest.raises(IndexError, match=rf"{name}: axis 2 is out of range"):
            getattr(nd, name)(nd.zeros((2, 3)), 2)
    with pytest.raises(IndexError, match="softmax"):
        nd.softmax(nd.asarray(1.0))
    with pytest.raises(nd.ShapeError, match="softmax_grad"):
        nd.kernels.softmax_grad(nd.ones(3), nd.ones((2, 4)))


RESULTS = """
import hashlib, needle_ndarray as nd, numpy as np
rng = np.random.default_rng(0)
for shape in [(300, 257), (3, 100001), (70000, 3), (70000, 19)]:
    x, g = (nd.asarray(rng.normal(size=shape).astype("float32")) for _ in range(2))
    labels = nd.asarray(rng.integers(0, shape[1], shape[0]))
    for axis in (0, 1):
        y, z = nd.softmax(x, axis), nd.log_softmax(x, axis)
        s = nd.logsumexp(x, axis=axis)
        results = [y, z, s, nd.kernels.softmax_grad(g, y, axis), nd.kernels.log_softmax_grad(g, z, axis)]
        results += [nd.kernels.logsumexp_grad(s, x, s, axis), *nd.kernels.cross_entropy(x, labels)]
        results.append(nd.logsumexp(x))
        print([hashlib.sha1(r.numpy().tobytes()).hexdigest() for r in results])
"""


def test_results_do_not_depend_on_the_number_of_threads():
    assert run_apart(RESULTS, NEEDLE_NUM_THREADS="1") == run_apart(RESULTS, NEEDLE_NUM_THREADS="3")


def test_results_do_not_depend_on_the_place_of_a_row():
    values = numbers((3, 100), "float32")
    alone = nd.softmax(nd.asarray(values[1]))
    shifted = np.zeros(1000, np.float32)
    for offset in (0, 1, 7, 16):
        shifted[offset : offset + 100] = values[1]
        assert (nd.softmax(nd.asarray(shifted)[offset : offset + 100]) == alone).all()
    assert (nd.softmax(nd.asarray(values))[1] == alone).all()
    assert (nd.softmax(nd.asarray(np.tile(values.T, (1, 20))), 0)[:, 1] == alone).all()


COLUMNS = [
    ((5, 1), 0),
    ((21, 15), 0),
    ((17, 16), 0),
    ((70, 17), 0),
    ((2, 130, 3, 11), 1),
    ((3, 1, 40), 1),
    ((2100, 67), 0),
    ((13, 455), 0),
]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("shape", "axis"), COLUMNS)
def test_columns_side_by_side(shape, axis, dtype):
    values, grad = numbers(shape, dtype), numbers(shape, dtype, 1)
    inner, gap = shape[-1], np.zeros((*shape[:-1], 5), dtype)
    for name in ALONG_AXIS:
        y = getattr(reference, name)(values.astype(float), axis=axis)
        exact = getattr(reference, f"{name}_grad")(grad.astype(float), y.astype(dtype).astype(float), axis=axis)
        # The second keeps its columns side by side, while its rows stand further apart and elsewhere.
        for arrays in ((values, grad, y.astype(dtype)), [np.concatenate([gap, a], -1) for a in (values, grad, y)]):
            x, g, out = (nd.asarray(a, dtype=dtype)[..., -inner:] for a in arrays)
            assert_close(getattr(nd.kernels, name)(x, axis), y, dtype)
            assert_close(getattr(nd.kernels, f"{name}_grad")(g, out, axis), exact, dtype)
            sums = reference.logsumexp(values.astype(float), axis=axis)
            assert_close(nd.logsumexp(x, axis=axis), sums, dtype)


@pytest.mark.parametrize("isa", ["v2", "v3", "v4"])
def test_results_do_not_depend_on_the_place_of_a_column(isa):
    run_apart(PLACES, NEEDLE_ISA=isa)


PLACES = """
import needle_ndarray as nd, numpy as np
rng = np.random.default_rng(0)
for dtype in ("float32", "float64"):
    for length in (3, 21, 70, 2100):
        values, grads = (np.tile(rng.normal(size=(length, 1)), (1, 467)).astype(dtype) for _ in range(2))
        x, g = nd.asarray(values), nd.asarray(grads)
        y, z = nd.softmax(x, 0), nd.log_softmax(x, 0)
        for found in (y, z, nd.kernels.softmax_grad(g, y, 0), nd.kernels.log_softmax_grad(g, z, 0)):
            assert (found == found[:, :1]).all(), (dtype, length)
        rows = nd.asarray(values.T.copy())
        s = nd.logsumexp(x, axis=0)
        assert (s == s[:1]).all() and (s == nd.logsumexp(rows, axis=1)).all(), (dtype, length)
        assert (y == nd.softmax(rows).T).all() and (z == nd.log_softmax(rows).T).all(), (dtype, length)
"""


@pytest.mark.parametrize("name", ALONG_AXIS)
def test_results_larger_than_the_caches(name):
    values = np.tile(numbers((16, 4096), "float32"), (130, 1))
    found = host(getattr(nd, name)(nd.asarray(values)))
    assert_close(found[:16], getattr(reference, name)(values[:16].astype(float)), "float32")
    assert (found.reshape(130, 16, 4096) == found[:16]).all()
