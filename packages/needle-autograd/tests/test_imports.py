"""The package, and a first gradient, load neither NumPy nor a package above; NumPy comes with its first use."""

import ast
import subprocess
import sys
from pathlib import Path

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import Tensor

SOURCE = Path(ag.__file__).parent
ABOVE = ("needle", "needle_nn", "needle_data")
FIRST_GRADIENT = """
from needle_autograd import Tensor
x = Tensor([1.0, 2.0])
y = Tensor([[3, 4], [5, 6]], dtype="float64")
loss = ((x * x - 2 * x) / 0.5).sum() + float((y @ y.T).sum().item())
loss.backward()
assert x.grad.sum().item() == 4.0, x.grad
assert repr(x) == "needle.Tensor([1. 2.])" and str(x.grad) == "[0. 4.]"
assert f"{x[1].item()} {x[1]:.1f}" == "2.0 2.0"
"""


def modules_after(program):
    """The modules that a fresh interpreter on needle-ndarray's arrays has loaded after a program."""
    text = f"import os, sys\nos.environ['NEEDLE_BACKEND'] = 'nd'\n{program}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize("program", ["import needle_autograd", FIRST_GRADIENT], ids=["import", "first gradient"])
def test_numpy_and_packages_above_are_not_loaded(program):
    loaded = modules_after(program)
    assert "needle_autograd" in loaded
    assert not loaded & {"numpy", *ABOVE}


def test_tensors_and_numpy_imported_later_understand_each_other():
    program = """
from needle_autograd import Tensor, backends, get_backend, set_backend
x = Tensor([1.0, 2.0])
assert "numpy" not in sys.modules
import numpy as np
assert backends.array_namespace(np.ones(2)) is np and backends.device_of(np.ones(2)) == x.device
assert (np.float32(2) * x).dtype == (x - np.float64(1)).dtype == (x * np.int64(3)).dtype == "float32"
assert (x + np.ones(2, "float32")).numpy().tolist() == [2.0, 3.0]
np.set_printoptions(precision=2)
assert str(Tensor([1 / 3])) == "[0.33]"
set_backend("np")
assert type(Tensor([1.0]).cached_data) is np.ndarray
"""
    assert "numpy" in modules_after(program)


@pytest.mark.parametrize(
    "path", [path for path in SOURCE.rglob("*.py") if path.name != "testing.py" and "learn" not in path.parts], ids=str
)
def test_sources_take_numpy_on_demand(path):
    tree = ast.parse(path.read_text())
    names = [alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names]
    assert "numpy" not in names, "write `from .numpy_on_demand import np`, which imports NumPy when it is used"


def test_what_the_stand_in_does_not_have_numpy_has_neither():
    from needle_autograd.numpy_on_demand import np as on_demand

    assert on_demand.ndarray is np.ndarray
    assert on_demand.linalg is np.linalg
    with pytest.raises(AttributeError, match="module 'numpy' has no attribute 'no_such_function'"):
        on_demand.no_such_function  # noqa: B018


@pytest.mark.parametrize(
    "numbers",
    [
        1.5,
        7,
        True,
        [1, 2.5],
        [True, 2],
        [[1.0, 2], [3, 4]],
        ((1, 2), [3, 4]),
        [True, False],
        [2**63],
        [],
        [[], []],
        [0.1, float("nan"), float("inf"), 1e300],
        [2**53 + 1, 0.5],
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [None, "float64", "float32"])
def test_numbers_make_the_tensor_that_numpys_array_of_them_makes(numbers, dtype):
    expected = np.array(numbers)
    if dtype is not None or expected.dtype == np.float64:
        with np.errstate(over="ignore"):
            expected = expected.astype(dtype or "float32")
    found = Tensor(numbers, dtype=dtype).numpy()
    assert found.dtype == expected.dtype
    assert np.array_equal(found, expected, equal_nan=True)


def test_the_first_of_nested_numbers_decides_whether_floats_are_pythons():
    assert Tensor([np.float64(1), 2.0]).dtype == "float64"
    assert Tensor([1.0, np.float64(2)]).dtype == "float32"
    assert Tensor([1, np.int32(2)]).dtype == "int64"
    assert Tensor([True, np.float32(2)]).dtype == "float32"
    assert Tensor([np.float32(1), 2.0]).dtype == "float64"
