"""Losses against stored PyTorch values and NumPy formulas."""

import numpy as np
import pytest
from needle_autograd import Tensor
from needle_autograd.errors import ShapeError
from needle_nn import CrossEntropyLoss, L2Loss, MSELoss, SoftmaxLoss


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("name", "loss"), [("cross_entropy", CrossEntropyLoss), ("mse", MSELoss)])
def test_losses_and_gradients_equal_pytorch(name, loss, reduction, golden):
    name = f"{name}_{reduction}"
    x = Tensor(golden[f"{name}/x"])
    out = loss(reduction)(x, Tensor(golden[f"{name}/target"], requires_grad=False))
    out.backward()
    assert out.shape == golden[f"{name}/out"].shape
    np.testing.assert_allclose(out.numpy(), golden[f"{name}/out"], rtol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), golden[f"{name}/grad/x"], rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64", "float32", "float64"])
def test_labels_may_have_any_dtype_that_holds_integers(dtype, golden):
    logits = Tensor(golden["cross_entropy_mean/x"])
    labels = golden["cross_entropy_mean/target"].astype(dtype)
    for given in (Tensor(labels, requires_grad=False), labels, labels.tolist()):
        np.testing.assert_allclose(SoftmaxLoss()(logits, given).item(), golden["cross_entropy_mean/out"], rtol=1e-12)


def test_cross_entropy_of_large_scores_stays_finite():
    logits = np.array([[1e4, 0.0], [-1e4, 1e4]], dtype="float32")
    np.testing.assert_allclose(SoftmaxLoss()(Tensor(logits), [1, 1]).item(), 5e3, rtol=1e-6)


def test_a_label_that_is_no_class_is_refused():
    with pytest.raises(IndexError, match="label 3 at position 1 is out of range for 3 classes"):
        SoftmaxLoss()(Tensor(np.zeros((2, 3))), [0, 3]).item()
    with pytest.raises(IndexError, match="label -1 at position 0 is out of range for 3 classes"):
        SoftmaxLoss()(Tensor(np.zeros((2, 3))), [-1, 0]).item()


def test_a_label_that_is_no_integer_is_refused():
    for labels in ([1.0, 0.5], np.array([0.0, np.nan], "float32"), [0.0, float("inf")]):
        with pytest.raises(ValueError, match=r"label (0.5|nan|inf) at position 1 is no integer; labels are classes"):
            SoftmaxLoss()(Tensor(np.zeros((2, 3))), labels)


@pytest.mark.parametrize(
    ("logits", "labels"), [((2, 3), (3,)), ((2, 3), (2, 1)), ((), ()), ((2, 3), (2, 3)), ((2, 3, 4), (2, 3))]
)
def test_cross_entropy_refuses_shapes_that_do_not_fit(logits, labels):
    with pytest.raises(ShapeError) as error:
        CrossEntropyLoss()(Tensor(np.zeros(logits)), Tensor(np.zeros(labels, "int64"), requires_grad=False))
    assert str(logits) in str(error.value)
    assert str(labels) in str(error.value)


def test_cross_entropy_hands_its_options_on():
    logits = np.array([[1.0, -0.5, 2.0], [0.0, 3.0, 0.5], [0.25, 0.0, -1.0]])
    log_probabilities = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    weight = np.array([1.0, 2.0, 4.0])
    smoothed = 0.8 * np.eye(3)[[2, 1]] + 0.2 / 3
    expected = -(smoothed * weight * log_probabilities[:2]).sum() / (4.0 + 2.0)
    loss = CrossEntropyLoss(weight=weight, ignore_index=0, label_smoothing=0.2)
    np.testing.assert_allclose(loss(Tensor(logits), [2, 1, 0]).item(), expected, rtol=1e-12)
    assert repr(loss) == "CrossEntropyLoss(reduction='mean', ignore_index=0, label_smoothing=0.2)"
    assert loss.parameters() == []
    probable = -(np.full((3, 3), 1 / 3) * log_probabilities).sum() / 3
    np.testing.assert_allclose(CrossEntropyLoss()(Tensor(logits), np.full((3, 3), 1 / 3)).item(), probable, rtol=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_cross_entropy_of_images_is_that_of_their_pixels(reduction):
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(2, 3, 4, 5)), rng.integers(0, 3, (2, 4, 5))
    labels[0, 1, 2] = 9
    rows = Tensor(np.moveaxis(logits, 1, -1).reshape(-1, 3))
    loss = CrossEntropyLoss(reduction, weight=[1.0, 2.0, 4.0], ignore_index=9)
    expected = loss(rows, labels.reshape(-1)).numpy()
    for given in (labels, labels.tolist(), labels.astype("float32"), labels.astype("uint8")):
        found = loss(Tensor(logits), given).numpy()
        np.testing.assert_allclose(found, expected.reshape(labels.shape if reduction == "none" else ()), rtol=1e-12)
    with pytest.raises(ValueError, match=r"label 0\.5 at position 7 is no integer"):
        loss(Tensor(logits), np.where(np.arange(40).reshape(2, 4, 5) == 7, 0.5, labels))


def test_cross_entropy_of_one_row_needs_no_batch():
    logits = Tensor([1.0, 2.0, 0.5])
    expected = CrossEntropyLoss()(logits.reshape(1, 3), [1]).item()
    for label in (1, 1.0, np.int32(1), Tensor(1)):
        assert CrossEntropyLoss()(logits, label).item() == expected
    assert CrossEntropyLoss("none")(logits, [0.0, 1.0, 0.0]).item() == pytest.approx(expected, rel=1e-6)


def test_mse_refuses_shapes_that_differ_even_if_they_broadcast():
    with pytest.raises(ShapeError, match=r"prediction \(4, 1\) and target \(4,\); reshape one of them"):
        MSELoss()(Tensor(np.zeros((4, 1))), np.zeros(4))


def test_mse_takes_arrays_and_lists_as_targets():
    prediction = Tensor([[1.0, 2.0]])
    assert MSELoss()(prediction, [[1.0, 4.0]]).item() == 2.0
    assert MSELoss("sum")(prediction, np.array([[1.0, 4.0]])).item() == 4.0
    assert L2Loss is MSELoss


@pytest.mark.parametrize("loss", [CrossEntropyLoss, MSELoss])
def test_an_unknown_reduction_is_refused(loss):
    with pytest.raises(ValueError, match=f"{loss.__name__} knows the reductions 'mean', 'sum' and 'none', got 'max'"):
        loss("max")
