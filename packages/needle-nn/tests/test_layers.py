"""Forward and gradients of every layer against stored PyTorch values and NumPy formulas."""

import numpy as np
import pytest
from needle_autograd import Tensor, ops
from needle_autograd.errors import ShapeError
from needle_nn import (
    BatchNorm1d,
    Dropout,
    Flatten,
    Identity,
    LayerNorm1d,
    Linear,
    ReLU,
    Residual,
    Sequential,
    Sigmoid,
    Tanh,
)


def tensor(values, **kwargs):
    return Tensor(np.asarray(values, dtype="float64"), **kwargs)


GOLDEN_LAYERS = {
    "linear": lambda: Linear(5, 3, dtype="float64"),
    "linear_3d": lambda: Linear(5, 3, dtype="float64"),
    "relu": ReLU,
    "sigmoid": Sigmoid,
    "tanh": Tanh,
    "layer_norm": lambda: LayerNorm1d(6, eps=1e-3, dtype="float64"),
    "batch_norm": lambda: BatchNorm1d(6, eps=1e-3, momentum=0.2, dtype="float64", unbiased=True),
    "batch_norm_eval": lambda: BatchNorm1d(6, eps=1e-3, dtype="float64").eval(),
}


@pytest.mark.parametrize("name", GOLDEN_LAYERS)
def test_outputs_and_gradients_equal_pytorch(name, golden):
    layer = GOLDEN_LAYERS[name]()
    for path, parameter in layer.named_parameters():
        parameter.data = tensor(golden[f"{name}/{path}"].reshape(parameter.shape))
    if name == "batch_norm_eval":
        layer.running_mean.data = tensor(golden["batch_norm/running_mean"])
        layer.running_var.data = tensor(golden["batch_norm/running_var"])
    x = tensor(golden[f"{name}/x"])
    out = layer(x)
    out.backward(tensor(golden[f"{name}/out_grad"]))
    np.testing.assert_allclose(out.numpy(), golden[f"{name}/out"], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(x.grad.numpy(), golden[f"{name}/grad/x"], rtol=1e-8, atol=1e-10)
    for path, parameter in layer.named_parameters():
        expected = golden[f"{name}/grad/{path}"].reshape(parameter.shape)
        np.testing.assert_allclose(parameter.grad.numpy(), expected, rtol=1e-8, atol=1e-10)


def test_batch_norm_moves_its_running_statistics_as_pytorch_does_when_unbiased(golden):
    layer = BatchNorm1d(6, eps=1e-3, momentum=0.2, dtype="float64", unbiased=True)
    layer(tensor(golden["batch_norm/x"]))
    np.testing.assert_allclose(layer.running_mean.numpy(), golden["batch_norm/running_mean"], rtol=1e-12)
    np.testing.assert_allclose(layer.running_var.numpy(), golden["batch_norm/running_var"], rtol=1e-12)


def test_batch_norm_moves_its_running_variance_towards_the_biased_variance():
    batches = np.random.default_rng(0).normal(3, 2, (3, 8, 4))
    layer = BatchNorm1d(4, momentum=0.3, dtype="float64")
    mean, var = np.zeros(4), np.ones(4)
    for batch in batches:
        layer(tensor(batch))
        mean = 0.7 * mean + 0.3 * batch.mean(0)
        var = 0.7 * var + 0.3 * batch.var(0)
    np.testing.assert_allclose(layer.running_mean.numpy(), mean, rtol=1e-12)
    np.testing.assert_allclose(layer.running_var.numpy(), var, rtol=1e-12)
    x, learned = batches[0], layer.running_mean.numpy().copy()
    out = layer.eval()(tensor(x))
    np.testing.assert_allclose(out.numpy(), (x - mean) / np.sqrt(var + 1e-5), rtol=1e-10)
    np.testing.assert_array_equal(layer.running_mean.numpy(), learned, err_msg="evaluation changes no statistics")


def test_batch_norm_statistics_stay_the_same_tensors_of_the_same_dtype():
    layer = BatchNorm1d(4)
    before = layer.running_mean
    layer(Tensor(np.ones((2, 4), dtype="float32")))
    assert layer.running_mean is before
    assert layer.running_mean.dtype == "float32"
    assert not layer.running_mean.requires_grad


def test_batch_norm_takes_a_single_row_unless_unbiased():
    assert np.isfinite(BatchNorm1d(3)(tensor(np.ones((1, 3)))).numpy()).all()
    with pytest.raises(ShapeError, match=r"BatchNorm1d\(3, .*unbiased=True\) needs at least 2 rows in training"):
        BatchNorm1d(3, unbiased=True)(tensor(np.ones((1, 3))))
    with pytest.raises(ShapeError, match="needs at least 1 rows in training mode, got 0"):
        BatchNorm1d(3)(tensor(np.ones((0, 3))))


def test_norms_refuse_other_shapes_and_momenta():
    with pytest.raises(ShapeError, match=r"BatchNorm1d\(3, eps=1e-05, momentum=0.1\) takes .*\(N, 3\), got \(3,\)"):
        BatchNorm1d(3)(tensor(np.ones(3)))
    with pytest.raises(ShapeError, match=r"LayerNorm1d\(3, eps=1e-05\) takes .*\(..., 3\), got \(2, 4\)"):
        LayerNorm1d(3)(tensor(np.ones((2, 4))))
    with pytest.raises(ValueError, match=r"momentum is a weight from 0 to 1, got 1.5"):
        BatchNorm1d(3, momentum=1.5)


def test_linear_has_a_weight_in_by_out_and_a_row_of_biases_and_works_in_float32():
    layer = Linear(5, 3)
    assert layer.weight.shape == (5, 3)
    assert layer.bias.shape == (1, 3)
    assert layer.weight.dtype == layer.bias.dtype == "float32"
    x = np.random.default_rng(0).normal(size=(4, 5)).astype("float32")
    expected = x @ layer.weight.numpy() + layer.bias.numpy()
    np.testing.assert_allclose(layer(Tensor(x)).numpy(), expected, rtol=1e-5, atol=1e-6)


def test_linear_takes_one_row_and_biases_of_either_shape():
    layer = Linear(5, 3, dtype="float64")
    row = np.arange(5.0)
    bias = layer.bias.numpy().copy()
    expected = row @ layer.weight.numpy() + bias[0]
    for shape in ((1, 3), (3,)):
        layer.bias.data = tensor(bias.reshape(shape))
        np.testing.assert_allclose(layer(tensor(row)).numpy(), expected, rtol=1e-12)
        np.testing.assert_allclose(layer(tensor([row, row])).numpy(), [expected, expected], rtol=1e-12)


def test_linear_without_bias_and_with_another_width():
    layer = Linear(2, 4, bias=False)
    assert layer.bias is None
    assert len(layer.parameters()) == 1
    with pytest.raises(ShapeError, match=r"Linear\(in_features=2, .*\) takes inputs of shape \(..., 2\), got \(4, 3\)"):
        layer(tensor(np.ones((4, 3))))


def test_flatten_keeps_the_first_axis_even_when_it_is_empty():
    x = np.arange(24.0).reshape(2, 3, 4)
    np.testing.assert_array_equal(Flatten()(tensor(x)).numpy(), x.reshape(2, 12))
    assert Flatten()(tensor(np.zeros((0, 3, 4)))).shape == (0, 12)
    assert Flatten()(tensor(np.zeros(3))).shape == (3, 1)


def test_dropout_keeps_about_the_share_it_should_and_scales_it():
    x = tensor(np.ones((100, 100)))
    out = Dropout(0.25)(x)
    kept = out.numpy() != 0
    np.testing.assert_allclose(out.numpy()[kept], 1 / 0.75, rtol=1e-12)
    assert abs(kept.mean() - 0.75) < 5 * np.sqrt(0.75 * 0.25 / kept.size)  # five standard deviations
    out.backward()
    np.testing.assert_array_equal(x.grad.numpy(), out.numpy())


def test_dropout_passes_its_input_in_evaluation_mode_and_with_p_zero_and_drops_all_with_p_one():
    x = tensor([1.0, 2.0])
    assert Dropout(0.5).eval()(x) is x
    assert Dropout(0.0)(x) is x
    np.testing.assert_array_equal(Dropout(1.0)(x).numpy(), [0.0, 0.0])


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
def test_dropout_refuses_a_share_outside_its_range(p):
    with pytest.raises(ValueError, match="probability that an element becomes zero, from 0 to 1; got"):
        Dropout(p)


def test_residual_adds_the_input_and_identity_returns_it():
    x = tensor([[1.0, -2.0]])
    np.testing.assert_array_equal(Residual(ReLU())(x).numpy(), [[2.0, -2.0]])
    assert Identity(3, eps=1)(x) is x


def test_sequential_applies_its_modules_in_order_and_can_be_indexed():
    first, second = Linear(3, 4, dtype="float64"), Linear(4, 2, dtype="float64")
    model = Sequential(first, ops.relu, second)
    x = tensor(np.random.default_rng(0).normal(size=(5, 3)))
    np.testing.assert_array_equal(model(x).numpy(), second(ops.relu(first(x))).numpy())
    assert model.modules == [first, ops.relu, second] == list(model)
    assert model[0] is first
    assert model[-1] is second
    assert len(model) == 3
    assert isinstance(model[:2], Sequential)
    assert model[:2][0] is first


def test_sequential_refuses_a_list_and_tells_what_to_write():
    with pytest.raises(TypeError, match=r"argument 0 is a list; write Sequential\(a, b\), or Sequential\(\*modules\)"):
        Sequential([ReLU()])
