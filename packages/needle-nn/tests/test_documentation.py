"""Examples in docstrings and in the README run; public names are these."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import needle_nn
import pytest

MODULES = ["needle_nn", *(module.name for module in pkgutil.walk_packages(needle_nn.__path__, "needle_nn."))]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_right(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_the_readme_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    (example,) = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})


def test_public_names_are_pinned():
    concepts = {name for name, value in vars(needle_nn).items() if isinstance(value, ModuleType)} - {"init", "optim"}
    assert sorted(name for name in vars(needle_nn) if not name.startswith("_") and name not in concepts) == [
        "BatchNorm1d",
        "CheckpointError",
        "CrossEntropyLoss",
        "Dropout",
        "Flatten",
        "Identity",
        "L2Loss",
        "LayerNorm1d",
        "Linear",
        "LoadReport",
        "MSELoss",
        "Module",
        "Parameter",
        "ReLU",
        "Residual",
        "Sequential",
        "Sigmoid",
        "SoftmaxLoss",
        "StateDictError",
        "Tanh",
        "init",
        "load",
        "load_metadata",
        "optim",
        "save",
    ]
