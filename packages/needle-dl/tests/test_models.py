import numpy as np
import pytest
from needle.models import MODELS, build_model, count_parameters
from needle_autograd import Tensor


@pytest.mark.parametrize(
    ("name", "hidden", "parameters"),
    [
        ("linear", (), 64 * 10 + 10),
        ("mlp", (), 64 * 10 + 10),
        ("mlp", (128,), 64 * 128 + 128 + 128 * 10 + 10),
        ("mlp", (32, 16), 64 * 32 + 32 + 32 * 16 + 16 + 16 * 10 + 10),
        ("mlp-resnet", (32, 16), 64 * 32 + 32 + (32 * 16 + 2 * 16 + 16 * 32 + 2 * 32) + 32 * 10 + 10),
    ],
)
def test_models_have_their_parameters_and_give_a_score_for_each_class(name, hidden, parameters):
    model = build_model(name, (1, 8, 8), 10, hidden)
    assert count_parameters(model) == parameters
    assert model(Tensor(np.zeros((3, 1, 8, 8), "float32"))).shape == (3, 10)


@pytest.mark.parametrize("name", list(MODELS))
def test_usual_widths_are_allowed(name):
    kind = MODELS[name]
    assert kind.fewest <= len(kind.default_hidden) <= kind.most
