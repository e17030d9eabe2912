"""All parts together: a network is trained, repeatably and alike on both backends, saved and loaded."""

import subprocess
import sys

import numpy as np
from needle_autograd import Tensor, random, set_backend
from needle_nn import (
    BatchNorm1d,
    Dropout,
    LayerNorm1d,
    Linear,
    ReLU,
    Residual,
    Sequential,
    SoftmaxLoss,
    Tanh,
    load,
    optim,
    save,
)


def two_spirals(points=120):
    """Two classes that no straight line separates."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0.5, 6.0, points)
    labels = np.arange(points) % 2
    turn = angle + np.pi * labels
    x = np.stack([angle * np.cos(turn), angle * np.sin(turn)], axis=1) / 3
    return (x + rng.normal(0, 0.02, x.shape)).astype("float32"), labels


def network():
    block = Residual(Sequential(Linear(32, 32), BatchNorm1d(32), ReLU(), Dropout(0.1), Linear(32, 32)))
    return Sequential(Linear(2, 32), Tanh(), block, LayerNorm1d(32), ReLU(), Linear(32, 2))


def train(steps):
    random.seed(3)
    x, labels = two_spirals()
    model, loss_fn = network(), SoftmaxLoss()
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = loss_fn(model(Tensor(x, requires_grad=False)), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return model, losses


def accuracy(model):
    x, labels = two_spirals()
    logits = model.eval()(Tensor(x, requires_grad=False)).numpy()
    return (logits.argmax(1) == labels).mean()


def test_a_deep_network_learns_what_no_line_separates_and_survives_a_checkpoint(tmp_path):
    model, losses = train(150)
    assert losses[-1] < 0.1 < losses[0]
    assert accuracy(model) > 0.97
    save(tmp_path / "model.safetensors", model)
    twin = network()
    assert accuracy(twin) < 0.9
    twin.load_state_dict(load(tmp_path / "model.safetensors"))
    x = Tensor(two_spirals()[0], requires_grad=False)
    np.testing.assert_array_equal(twin.eval()(x).numpy(), model.eval()(x).numpy())


def test_the_same_seed_gives_the_same_losses_to_the_bit():
    assert train(10)[1] == train(10)[1]


def test_both_backends_give_the_same_losses_to_rounding():
    losses = {}
    for name in ("np", "nd"):
        set_backend(name)
        losses[name] = train(10)[1]
    np.testing.assert_allclose(losses["nd"], losses["np"], rtol=1e-3)


def test_a_training_step_on_needles_own_arrays_loads_no_numpy():
    program = """
import os, sys
os.environ["NEEDLE_BACKEND"] = "nd"
from needle_autograd import creation
from needle_nn import Linear, ReLU, Sequential, SoftmaxLoss, optim
model = Sequential(Linear(4, 3), ReLU(), Linear(3, 2))
optimizer = optim.Adam(model.parameters())
loss = SoftmaxLoss()(model(creation.randn(5, 4)), creation.zeros(5, dtype="int64"))
loss.backward()
optimizer.step()
sys.exit("numpy" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", program], check=True)
