"""The examples of docstrings and of the README run, and public names are those on record."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import needle_autograd as ag
import numpy as np
import pytest

README = Path(__file__).parents[1] / "README.md"
MODULES = [name for _, name, _ in pkgutil.walk_packages(ag.__path__, "needle_autograd.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    failures, _ = doctest.testmod(importlib.import_module(name))
    assert failures == 0


@pytest.mark.parametrize("number", [0, 1, 2])
def test_examples_in_the_readme_run(number, capsys):
    if not README.exists():
        pytest.skip("the README is not beside the tests")
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), flags=re.DOTALL | re.MULTILINE)
    names = {}
    exec(blocks[number], names)
    if number == 1:
        np.testing.assert_allclose(names["params"]["w"].numpy(), [1 - 0.1 * 3 * 3.5, 2 - 0.1 * 4 * 8.5], atol=1e-6)
        np.testing.assert_allclose(names["params"]["b"].numpy(), 0.5 - 0.1 * 12, atol=1e-6)
    if number == 0:
        assert abs(names["w"].numpy() - [1, -2, 0.5]).max() < 1e-3
        assert abs(names["b"].item() - 3) < 1e-3
    ag.random.set_generator(None)


def test_public_names_are_those_on_record():
    """A name that is added or taken away must be so in tests/data/names.txt too."""
    record = (Path(__file__).parent / "data" / "names.txt").read_text().split()
    names = [name for name, value in vars(ag).items() if name[0] != "_" and not isinstance(value, ModuleType)]
    assert sorted(names) == record
