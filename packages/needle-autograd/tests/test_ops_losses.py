"""Losses: gradients by finite differences, definitions by NumPy, and what is refused."""

import re
from contextlib import nullcontext

import numpy as np
import pytest
from needle_autograd import DTypeError, ShapeError, Tensor, lazy, ops
from needle_autograd.testing import check_gradient

pytestmark = pytest.mark.usefixtures("backend")

PAIRED = [
    ops.mse_loss, ops.l1_loss, ops.huber_loss, ops.smooth_l1_loss, ops.kl_div, ops.binary_cross_entropy,
    ops.binary_cross_entropy_with_logits,
]  # fmt: skip


def zeros(*shape, dtype="float32"):
    return Tensor(np.zeros(shape, dtype))


def probabilities(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).uniform(0.1, 0.9, shape))


@pytest.mark.parametrize("loss", PAIRED)
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_gradients_equal_finite_differences(loss, reduction):
    for shape in ((2, 3), (), (1,)):
        check_gradient(
            lambda x, t: loss(x, t, reduction), probabilities(*shape), probabilities(*shape, seed=1), name=loss.__name__
        )


def test_a_huber_loss_has_a_square_in_the_middle_and_lines_outside():
    distances = np.array([-3.0, -0.5, 0.0, 1.0, 4.0])
    expected = [2.5, 0.125, 0.0, 0.5, 3.5]
    np.testing.assert_allclose(ops.huber_loss(Tensor(distances), Tensor(np.zeros(5)), "none").numpy(), expected)


def test_the_divergence_of_distributions_is_their_relative_entropy():
    p = np.array([[0.5, 0.25, 0.25], [1.0, 0.0, 0.0]])
    q = np.array([[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]])
    expected = (0.5 * np.log(2) + 0.25 * np.log(0.5) + np.log(2)) / 2
    assert ops.kl_div(Tensor(np.log(q)), Tensor(p), "batchmean").item() == pytest.approx(expected)


def test_binary_cross_entropy_of_logits_is_exact_where_probabilities_round():
    loss = ops.binary_cross_entropy_with_logits(Tensor([40.0, -40.0, 200.0]), Tensor([1.0, 0.0, 0.0]), "none")
    np.testing.assert_allclose(loss.numpy(), [np.exp(-40), np.exp(-40), 200], rtol=1e-6)


def test_a_row_of_logarithms_gives_the_class_its_loss():
    logits = Tensor(np.random.default_rng(0).normal(size=(4, 3)))
    labels = Tensor(np.array([2, 0, 1, 2], np.uint8))
    both = ops.nll_loss(ops.log_softmax(logits, 1), labels)
    assert both.item() == pytest.approx(ops.cross_entropy(logits, labels).item(), rel=1e-14)
    check_gradient(lambda x: ops.nll_loss(x, labels, "none"), logits)


CLASS_OPTIONS = {
    "ignored": {"ignore_index": 0},
    "weighted": {"weight": [0.5, 2.0, 1.0]},
    "smoothed": {"label_smoothing": 0.25},
    "all": {"ignore_index": 0, "weight": [0.5, 2.0, 1.0], "label_smoothing": 0.25},
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("options", CLASS_OPTIONS)
def test_gradients_of_losses_of_classes_equal_finite_differences(options, reduction):
    chosen = CLASS_OPTIONS[options]
    logits, labels = Tensor(np.random.default_rng(0).normal(size=(4, 3))), Tensor(np.array([2, 0, 1, 2]))
    check_gradient(lambda x: ops.cross_entropy(x, labels, reduction, **chosen), logits)
    if "label_smoothing" not in chosen:
        check_gradient(lambda x: ops.nll_loss(x, labels, reduction, **chosen), logits)


def test_gradients_of_probable_targets_and_of_weights_equal_finite_differences():
    logits, targets = Tensor(np.random.default_rng(0).normal(size=(4, 3))), probabilities(4, 3)
    weight, labels = probabilities(3, seed=1), Tensor(np.array([2, 0, 1, 2]))
    check_gradient(lambda x, t, w: ops.cross_entropy(x, t, weight=w, label_smoothing=0.1), logits, targets, weight)
    check_gradient(lambda x, w: ops.cross_entropy(x, labels, weight=w, ignore_index=1), logits, weight)
    check_gradient(ops.binary_cross_entropy_with_logits, logits, targets)
    for loss in (ops.binary_cross_entropy, ops.binary_cross_entropy_with_logits):
        check_gradient(lambda p, t, w, loss=loss: loss(p, t, weight=w), targets, probabilities(4, 3, seed=2), weight)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_rows_that_are_ignored_have_no_gradient_whatever_they_hold(smoothing):
    rows = np.random.default_rng(0).normal(size=(3, 3))
    rows[1] = [np.inf, np.nan, 0.0]
    logits = Tensor(rows)
    ops.cross_entropy(logits, Tensor(np.array([2, -100, 1])), label_smoothing=smoothing).backward()
    grad = logits.grad.numpy()
    assert grad[1].tolist() == [0.0, 0.0, 0.0]
    others = Tensor(rows[[0, 2]])
    ops.cross_entropy(others, Tensor(np.array([2, 1])), label_smoothing=smoothing).backward()
    np.testing.assert_allclose(grad[[0, 2]], others.grad.numpy(), rtol=1e-14)


def test_rows_that_are_ignored_have_no_part_in_the_loss_whatever_they_hold():
    rows = np.random.default_rng(0).normal(size=(4, 3))
    labels = np.array([2, 0, 1, 2])
    padded = np.concatenate([rows, [[np.inf, np.nan, 0.0]]])
    expected = ops.cross_entropy(Tensor(rows), Tensor(labels), label_smoothing=0.1).item()
    loss = ops.cross_entropy(Tensor(padded), Tensor(np.append(labels, -100)), label_smoothing=0.1)
    assert loss.item() == pytest.approx(expected, rel=1e-14)
    likely = ops.nll_loss(Tensor(padded), Tensor(np.append(labels, 7)), ignore_index=7)
    assert likely.item() == pytest.approx(ops.nll_loss(Tensor(rows), Tensor(labels)).item(), rel=1e-14)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "float32"])
def test_labels_that_are_ignored_may_have_any_dtype(dtype):
    logits = Tensor(np.random.default_rng(0).normal(size=(3, 3)))
    labels = Tensor(np.array([2, 0, 1], dtype))
    expected = ops.cross_entropy(logits[0:2], labels[0:2]).item()
    assert ops.cross_entropy(logits, labels, ignore_index=1).item() == pytest.approx(expected, rel=1e-14)
    assert ops.cross_entropy(logits, labels).item() != expected


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("options", [{}, {"weight": [0.5, 2.0, 1.0]}])
def test_rows_of_which_none_counts_have_gradients_of_zero(options, reduction):
    logits = Tensor([[1.0, 2.0, np.inf], [0.0, np.nan, 1.0]])
    with np.errstate(all="ignore"):
        loss = ops.cross_entropy(logits, Tensor([-100, -100]), reduction, **options)
        loss.backward()
    np.testing.assert_array_equal(loss.numpy(), {"mean": np.nan, "sum": 0, "none": [0, 0]}[reduction])
    assert logits.grad.numpy().tolist() == [[0, 0, 0]] * 2


def test_cross_entropy_is_one_operation_in_eager_and_lazy_mode():
    logits, labels = Tensor(np.random.default_rng(0).normal(size=(4, 3))), Tensor(np.array([2, 0, -100, 1]))
    eager = ops.cross_entropy(logits, labels)
    assert eager.inputs == (logits, labels)
    with lazy():
        assert ops.cross_entropy(logits, labels).item() == eager.item()


PLACES = {
    "sequences": ((2, 3, 4), [[2, 0, 1, 2], [0, 0, 1, 2]]),
    "images": ((2, 3, 1, 2), [[[2, 0]], [[0, 1]]]),
    "one": ((3,), 1),
}


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("options", [{}, *CLASS_OPTIONS.values()], ids=["plain", *CLASS_OPTIONS])
@pytest.mark.parametrize("places", PLACES)
def test_gradients_of_cross_entropy_in_several_places_equal_finite_differences(places, options, reduction):
    shape, labels = PLACES[places]
    logits, targets = Tensor(np.random.default_rng(0).normal(size=shape)), probabilities(*shape)
    check_gradient(lambda x: ops.cross_entropy(x, Tensor(labels), reduction, **options), logits)
    check_gradient(lambda x, t: ops.cross_entropy(x, t, reduction, **options), logits, targets)


@pytest.mark.parametrize("shape", [(0, 3, 2), (2, 3, 0), (0, 3, 0, 4)])
def test_cross_entropy_of_no_places_has_their_shape(shape):
    labels = zeros(*shape[:1], *shape[2:], dtype="int64")
    logits = zeros(*shape)
    loss = ops.cross_entropy(logits, labels, "none")
    assert loss.shape == labels.shape
    loss.sum().backward()
    assert logits.grad.shape == shape
    assert ops.cross_entropy(logits, labels, "sum").item() == 0


@pytest.mark.parametrize(
    ("logits", "labels"), [((2, 3, 4), (2, 3)), ((2, 3, 4), (8,)), ((2, 3, 4), (2, 4, 3)), ((3,), (1,)), ((), ())]
)
@pytest.mark.parametrize("mode", ["eager", "lazy"])
def test_places_that_do_not_fit_are_refused(logits, labels, mode):
    text = f"cross_entropy: logits have shape {logits} and labels {labels}; expected (rows, classes) and (rows,)"
    with lazy() if mode == "lazy" else nullcontext(), pytest.raises(ShapeError, match=re.escape(text)):
        ops.cross_entropy(zeros(*logits), zeros(*labels, dtype="int64"))


def test_classes_that_are_the_last_axis_are_refused_with_the_way_out():
    logits, labels = zeros(2, 4, 5, 3), zeros(2, 4, 5, dtype="int64")
    with pytest.raises(ShapeError, match=re.escape("write logits.moveaxis(-1, 1) if the classes are the last axis")):
        ops.cross_entropy(logits, labels)
    assert ops.cross_entropy(logits.moveaxis(-1, 1), labels).item() == pytest.approx(np.log(3), rel=1e-6)


def test_an_ignored_label_is_an_integer():
    with pytest.raises(TypeError, match=r"cross_entropy: ignore_index is 0\.5; expected an integer"):
        ops.cross_entropy(zeros(2, 3), zeros(2, dtype="int64"), ignore_index=0.5)


def test_a_loss_of_nothing_has_a_sum_of_zero():
    for loss in PAIRED:
        assert loss(zeros(0, 3), zeros(0, 3), "sum").item() == 0
    assert ops.nll_loss(zeros(0, 3), zeros(0, dtype="int64"), "sum").item() == 0


@pytest.mark.parametrize("loss", PAIRED)
@pytest.mark.parametrize("mode", ["eager", "lazy"])
def test_shapes_that_differ_are_refused_and_not_broadcast(loss, mode):
    text = "input has shape (4, 1) and target (4,); expected equal shapes; write target.reshape((4, 1)) if the elements"
    with lazy() if mode == "lazy" else nullcontext(), pytest.raises(ShapeError, match=re.escape(text)):
        loss(zeros(4, 1), zeros(4))
    with pytest.raises(ShapeError, match=f"{loss.__name__}: input has shape"):
        loss(zeros(4, 3), zeros(3))


@pytest.mark.parametrize("loss", PAIRED)
def test_an_unknown_reduction_is_refused(loss):
    with pytest.raises(ValueError, match=f"{loss.__name__}: unknown reduction 'avg'; expected 'mean', 'sum'"):
        loss(zeros(2), zeros(2), reduction="avg")


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        (lambda: ops.binary_cross_entropy(Tensor([0.5, 1.5]), zeros(2)), ValueError, "input holds numbers from 0.5"),
        (lambda: ops.huber_loss(zeros(2), zeros(2), delta=0.0), ValueError, "huber_loss: delta is 0.0; expected more"),
        (lambda: ops.smooth_l1_loss(zeros(2), zeros(2), beta=-1.0), ValueError, "smooth_l1_loss: beta is -1.0"),
        (lambda: ops.kl_div(zeros(), zeros(), "batchmean"), ShapeError, "kl_div: input has no axes"),
        (
            lambda: ops.cross_entropy(zeros(2, 3), zeros(2, dtype="int64"), label_smoothing=1.5),
            ValueError,
            "cross_entropy: label_smoothing is 1.5; expected a number from 0 to 1",
        ),
        (
            lambda: ops.cross_entropy(zeros(2, 3), zeros(2, dtype="int64"), weight=[1.0, 2.0]),
            ShapeError,
            "cross_entropy: weight has shape (2,); expected (3,), a number for each of the 3 classes",
        ),
        (
            lambda: ops.cross_entropy(zeros(2, 3), Tensor(np.array([-100, 3])), weight=[1.0, 2.0, 3.0]),
            IndexError,
            "cross_entropy: label 3 at position 1 is out of range for 3 classes",
        ),
        (
            lambda: ops.nll_loss(zeros(2, 3), Tensor(np.array([-100, -1]))),
            IndexError,
            "nll_loss: class -1 at position 1 is out of range",
        ),
        (
            lambda: ops.binary_cross_entropy(zeros(2), zeros(2), weight=zeros(3, 1)),
            ShapeError,
            "binary_cross_entropy: weight has shape (3, 1); expected one that broadcasts to that of the input, (2,)",
        ),
        (lambda: ops.nll_loss(zeros(2, 3), zeros(2)), DTypeError, "nll_loss: target is float32; expected integers"),
        (
            lambda: ops.nll_loss(zeros(2, 3), zeros(1, dtype="int64")),
            ShapeError,
            "nll_loss: input has shape (2, 3) and target (1,); expected (rows, classes) and (rows,)",
        ),
        (
            lambda: ops.nll_loss(zeros(2, 3), Tensor(np.array([0, -1]))),
            IndexError,
            "nll_loss: class -1 at position 1 is out of range for 3 classes; classes are integers from 0 to 2",
        ),
    ],
)  # fmt: skip
def test_operands_that_do_not_fit_are_refused(call, kind, text):
    with pytest.raises(kind, match=re.escape(text)):
        call()
