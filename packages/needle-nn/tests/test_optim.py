"""Optimizers against stored PyTorch values and NumPy formulas, and what a step must not do."""

import gc
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from needle_autograd import Tensor, creation
from needle_autograd.errors import GraphError, ShapeError
from needle_nn import Linear, Module, Parameter
from needle_nn.optim import SGD, Adam, Optimizer, RMSprop, clip_grad_norm

GOLDEN_OPTIMIZERS = {
    "sgd": (SGD, {"lr": 0.1}),
    "sgd_momentum": (SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.0}),
    "sgd_decay": (SGD, {"lr": 0.05, "momentum": 0.5, "weight_decay": 0.1, "dampening": 0.0}),
    "adam": (Adam, {"lr": 0.01}),
    "adam_options": (Adam, {"lr": 0.1, "beta1": 0.8, "beta2": 0.95, "eps": 1e-3, "weight_decay": 0.1}),
    "rmsprop": (RMSprop, {"lr": 0.01}),
    "rmsprop_options": (RMSprop, {"lr": 0.05, "alpha": 0.8, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.9}),
}
ALL = [SGD, Adam, RMSprop]


def constant(values, dtype="float64"):
    return Tensor(np.asarray(values, dtype=dtype), requires_grad=False)


@pytest.mark.parametrize("name", GOLDEN_OPTIMIZERS)
def test_five_steps_equal_pytorch(name, golden):
    kind, options = GOLDEN_OPTIMIZERS[name]
    parameter = Parameter(golden[f"{name}/start"])
    optimizer = kind([parameter], **options)
    for grad, expected in zip(golden[f"{name}/grads"], golden[f"{name}/steps"], strict=True):
        parameter.grad = constant(grad)
        optimizer.step()
        np.testing.assert_allclose(parameter.numpy(), expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", GOLDEN_OPTIMIZERS)
def test_five_steps_in_float32_stay_close(name, golden):
    kind, options = GOLDEN_OPTIMIZERS[name]
    parameter = Parameter(golden[f"{name}/start"].astype("float32"))
    optimizer = kind([parameter], **options)
    for grad in golden[f"{name}/grads"]:
        parameter.grad = constant(grad, "float32")
        optimizer.step()
    assert parameter.dtype == "float32"
    np.testing.assert_allclose(parameter.numpy(), golden[f"{name}/steps"][-1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("dampening", "kept"), [(None, 0.1), (0.0, 1.0), (0.4, 0.6)])
def test_the_velocity_of_sgd_starts_at_zero_and_takes_the_undampened_share(dampening, kept, golden):
    w, u = golden["sgd/start"], 0.0
    parameter = Parameter(w)
    optimizer = SGD([parameter], lr=0.1, momentum=0.9, weight_decay=0.01, dampening=dampening)
    for grad in golden["sgd/grads"]:
        parameter.grad = constant(grad)
        optimizer.step()
        u = 0.9 * u + kept * (grad + 0.01 * w)
        w = w - 0.1 * u
        np.testing.assert_allclose(parameter.numpy(), w, rtol=1e-12)


@pytest.mark.parametrize("kind", ALL)
def test_a_step_changes_no_gradient_and_keeps_the_parameter_a_leaf(kind):
    parameter = Parameter(np.ones(3))
    optimizer = kind([parameter], weight_decay=0.1, **({} if kind is Adam else {"momentum": 0.9}))
    parameter.grad = grad = constant([1.0, 2.0, 3.0])
    for _ in range(3):
        optimizer.step()
    assert parameter.grad is grad
    np.testing.assert_array_equal(grad.numpy(), [1.0, 2.0, 3.0])
    assert parameter.is_leaf()
    assert parameter.inputs == ()
    assert parameter.requires_grad
    assert (parameter.numpy() < 1).all()


@pytest.mark.parametrize("kind", ALL)
def test_parameters_without_a_gradient_are_passed_over(kind):
    frozen, trained = Parameter(np.ones(2)), Parameter(np.ones(2))
    optimizer = kind([frozen, trained], weight_decay=0.5)
    trained.grad = constant([1.0, 1.0])
    optimizer.step()
    np.testing.assert_array_equal(frozen.numpy(), [1.0, 1.0])
    assert (trained.numpy() < 1).all()


def test_adam_corrects_the_bias_by_the_steps_of_the_parameter_itself():
    early, late = Parameter(np.zeros(1)), Parameter(np.zeros(1))
    optimizer = Adam([early, late], lr=0.1)
    for step in range(4):
        early.grad = constant([1.0])
        late.grad = constant([1.0]) if step == 3 else None
        optimizer.step()
    np.testing.assert_allclose(late.numpy(), [-0.1], rtol=1e-6)


@pytest.mark.parametrize("kind", ALL)
def test_reset_grad_and_zero_grad_forget_gradients(kind):
    parameter = Parameter(np.ones(2))
    optimizer = kind([parameter])
    for forget in (optimizer.reset_grad, optimizer.zero_grad):
        parameter.grad = constant([1.0, 1.0])
        forget()
        assert parameter.grad is None


@pytest.mark.parametrize("kind", ALL)
def test_a_parameter_given_twice_is_updated_once(kind):
    once, twice = Parameter(np.ones(1)), Parameter(np.ones(1))
    for parameter, optimizer in ((once, kind([once])), (twice, kind(iter([twice, twice])))):
        parameter.grad = constant([1.0])
        optimizer.step()
    np.testing.assert_array_equal(once.numpy(), twice.numpy())


@pytest.mark.parametrize("kind", ALL)
def test_arrays_that_share_elements_are_copied_before_they_are_written(kind):
    spread = Tensor(np.ones((2, 3)))
    spread.data = constant([1.0]).broadcast_to((2, 3)).detach()
    spread.grad = constant([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    plain = Parameter(np.ones((2, 3)))
    plain.grad = spread.grad
    kind([spread, plain]).step()
    np.testing.assert_array_equal(spread.numpy(), plain.numpy())


@pytest.mark.parametrize("kind", ALL)
def test_a_tensor_made_of_numpy_values_leaves_them_alone(kind):
    values = np.ones(3)
    weight = Tensor(values)
    weight.grad = constant([1.0, 1.0, 1.0])
    kind([weight]).step()
    np.testing.assert_array_equal(values, [1.0, 1.0, 1.0])


@pytest.mark.parametrize("kind", ALL)
def test_scalars_are_trained_too(kind):
    weight = Parameter(np.asarray(1.0))
    optimizer = kind([weight], lr=0.1)
    (weight * weight).backward()
    optimizer.step()
    assert weight.shape == ()
    assert weight.item() < 1


def test_a_backward_after_a_step_that_changed_what_it_reads_is_refused():
    weight = Parameter(np.ones(2))
    loss = (weight * weight).sum()
    weight.grad = constant([1.0, 1.0])
    SGD([weight]).step()
    with pytest.raises(GraphError, match="changed"):
        loss.backward()


def test_a_gradient_of_another_shape_is_refused():
    weight = Parameter(np.ones(2))
    weight.grad = constant([1.0])
    with pytest.raises(ShapeError, match=r"SGD: a parameter is \(2,\), its gradient \(1,\)"):
        SGD([weight]).step()


def test_what_is_no_list_of_leaf_tensors_is_refused():
    weight = Parameter(np.ones(2))
    with pytest.raises(TypeError, match=r"SGD takes a list of tensors; write SGD\(\[w\]\) for one"):
        SGD(weight)
    with pytest.raises(TypeError, match=r"Adam takes tensors, such as model.parameters\(\), and not a Linear"):
        Adam(Linear(2, 2))
    with pytest.raises(ValueError, match=r"Adam got no parameters; pass model.parameters\(\)"):
        Adam([])
    with pytest.raises(TypeError, match="RMSprop takes tensors, but entry 1 is a str"):
        RMSprop([weight, "weight"])
    with pytest.raises(
        ValueError, match=r"SGD cannot train entry 0, of shape \(2,\): it is the result of an operation"
    ):
        SGD([weight * 2])


@pytest.mark.parametrize(
    ("kind", "options", "text"),
    [
        (SGD, {"lr": -1.0}, "SGD: lr must be at least 0 and finite, got -1.0"),
        (SGD, {"lr": float("nan")}, "SGD: lr must be at least 0 and finite, got nan"),
        (SGD, {"momentum": 1.0}, "SGD: momentum must be at least 0 and less than 1, got 1.0"),
        (SGD, {"weight_decay": -0.1}, "SGD: weight_decay must be at least 0"),
        (SGD, {"dampening": -0.1}, "SGD: dampening must be at least 0"),
        (Adam, {"lr": float("inf")}, "Adam: lr must be at least 0 and finite, got inf"),
        (Adam, {"beta1": 1.0}, "Adam: beta1 must be at least 0 and less than 1"),
        (Adam, {"beta2": -0.5}, "Adam: beta2 must be at least 0 and less than 1"),
        (Adam, {"eps": -1e-8}, "Adam: eps must be at least 0"),
        (RMSprop, {"alpha": 1.5}, "RMSprop: alpha must be at least 0 and less than 1"),
        (RMSprop, {"momentum": -0.5}, "RMSprop: momentum must be at least 0 and less than 1"),
    ],
)
def test_hyperparameters_out_of_range_are_refused(kind, options, text):
    with pytest.raises(ValueError, match=text):
        kind([Parameter(np.ones(1))], **options)


def test_an_optimizer_of_ones_own_defines_update_alone():
    class SignDescent(Optimizer):
        def update(self, param, grad, state):
            state["steps"] = state.get("steps", 0) + 1
            param -= 0.5 * (grad / abs(grad))

    weight = Parameter(np.zeros(2))
    optimizer = SignDescent([weight])
    weight.grad = constant([3.0, -4.0])
    optimizer.step()
    np.testing.assert_array_equal(weight.numpy(), [-0.5, 0.5])
    assert optimizer.state[weight]["steps"] == 1
    with pytest.raises(NotImplementedError, match="Optimizer defines neither update nor step"):
        Optimizer([weight]).step()


def test_clipping_scales_all_gradients_to_the_norm_and_returns_the_old_one():
    first, second, third = (Parameter(np.zeros(n)) for n in (2, 1, 1))
    first.grad, second.grad = constant([3.0, 0.0]), constant([4.0])
    before = first.grad
    assert SGD([first, second, third]).clip_grad_norm(10.0) == pytest.approx(5.0)
    assert first.grad is before
    assert clip_grad_norm([first, second, third], 1.0) == pytest.approx(5.0)
    np.testing.assert_allclose(first.grad.numpy(), [0.6, 0.0], rtol=1e-12)
    np.testing.assert_allclose(second.grad.numpy(), [0.8], rtol=1e-12)
    np.testing.assert_array_equal(before.numpy(), [3.0, 0.0])
    assert third.grad is None


def test_clipping_refuses_what_it_cannot_mend():
    weight = Parameter(np.zeros(1))
    weight.grad = constant([np.nan])
    with pytest.raises(FloatingPointError, match="the norm of the gradients is nan; look for inf or NaN"):
        clip_grad_norm([weight], 1.0)
    with pytest.raises(ValueError, match="max_norm must be positive, got 0"):
        clip_grad_norm([weight], 0)


# The smallest training there is


class Affine(Module):
    """Scale and shift by one number each."""

    def __init__(self, scale, shift):
        self.scale = Parameter(Tensor([scale]))
        self.shift = Parameter(Tensor([shift]))

    def forward(self, x):
        return self.scale * x + self.shift


class TwoBranches(Module):
    """The sum of two maps of the same input."""

    def __init__(self):
        self.left = Affine(1.0, 0.0)
        self.right = Affine(-0.5, 1.0)

    def forward(self, x):
        return self.left(x) * 0.5 + self.right(x)


class PlainDescent(SimpleNamespace):
    """Gradient descent in four lines, without the library."""

    def step(self):
        for w in self.params:
            w.data = w.data + (-self.lr) * w.grad


def live_tensors():
    gc.collect()
    return sum(isinstance(item, Tensor) for item in gc.get_objects())


def test_modules_without_super_init_train_with_an_optimizer_of_four_lines():
    model = TwoBranches()
    assert [name for name, _ in model.named_parameters()] == [
        "left.scale",
        "left.shift",
        "right.scale",
        "right.shift",
    ]
    optimizer = PlainDescent(params=model.parameters(), lr=0.1)
    x = Tensor(np.linspace(-1, 1, 8, dtype="float32"), requires_grad=False)
    target = Tensor(np.linspace(-1, 1, 8, dtype="float32") * 3 - 2, requires_grad=False)
    losses, counts = [], set()
    for step in range(20):
        loss = ((model(x) - target) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step % 6 == 1:
            counts.add(live_tensors())
    assert all(later < earlier for earlier, later in pairwise(losses))
    assert losses[-1] < 0.2 * losses[0]
    assert len(counts) == 1


@pytest.mark.parametrize("kind", ALL)
def test_training_a_layer_recovers_a_linear_map_and_leaks_nothing(kind):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 3)).astype("float32")
    y = x @ np.array([[1.0], [-2.0], [0.5]], "float32") + 0.3
    layer = Linear(3, 1)
    optimizer = kind(layer.parameters(), lr=0.1 if kind is SGD else 0.03)
    counts = set()
    for step in range(600):
        optimizer.zero_grad()
        loss = ((layer(Tensor(x, requires_grad=False)) - Tensor(y, requires_grad=False)) ** 2).mean()
        loss.backward()
        optimizer.step()
        if step % 100 == 99:
            counts.add(live_tensors())
    assert len(counts) == 1
    np.testing.assert_allclose(layer.weight.numpy(), [[1.0], [-2.0], [0.5]], atol=0.05)
    np.testing.assert_allclose(layer.bias.numpy(), [[0.3]], atol=0.05)


def test_creation_and_optimizer_agree_on_dtype_and_shape():
    weight = Parameter(creation.ones(2, 3))
    weight.grad = creation.ones(2, 3)
    Adam([weight]).step()
    assert weight.dtype == "float32"
    assert weight.shape == (2, 3)
