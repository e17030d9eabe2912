"""The layer check finds each violation that is planted in a workspace of five small packages."""

import check_layers
import pytest

PACKAGES = {
    "needle-ndarray": "needle_ndarray",
    "needle-autograd": "needle_autograd",
    "needle-nn": "needle_nn",
    "needle-data": "needle_data",
    "needle-dl": "needle",
}


@pytest.fixture
def workspace(tmp_path):
    for folder, package in PACKAGES.items():
        source = tmp_path / "packages" / folder / "src" / package
        source.mkdir(parents=True)
        below = sorted(check_layers.LAYERS[package])
        (source / "__init__.py").write_text("".join(f"import {name}\n" for name in below) + "from . import inner\n")
        (source / "inner.py").write_text("VALUE = 1\n")
    return tmp_path


def plant(workspace, folder, text, file="inner.py"):
    path = workspace / "packages" / folder / "src" / PACKAGES[folder] / file
    path.write_text(text)


def import_faults(workspace, package):
    paths = [workspace / "packages" / folder / "src" for folder in PACKAGES]
    return check_layers.import_faults(package, workspace / "report.json", flags=("-S",), path=paths)


def test_a_workspace_without_violations_has_no_faults(workspace):
    assert check_layers.source_faults(workspace) == []
    for package in PACKAGES.values():
        assert import_faults(workspace, package) == []


@pytest.mark.parametrize(
    ("folder", "text"),
    [
        ("needle-ndarray", "import needle_autograd\n"),
        ("needle-autograd", "def late():\n    from needle_nn import Module\n    return Module\n"),
        ("needle-nn", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import needle_data.loader as x\n"),
        ("needle-data", "import importlib\nnn = importlib.import_module('needle_nn.optim')\n"),
        ("needle-nn", "ndl = __import__('needle')\n"),
    ],
)
def test_an_import_that_goes_up_is_found_with_its_line(workspace, folder, text):
    plant(workspace, folder, text)
    (fault,) = check_layers.source_faults(workspace)
    assert fault.startswith(f"packages/{folder}/src/{PACKAGES[folder]}/inner.py:")
    assert "which is not below it" in fault


def test_relative_imports_and_look_alike_names_are_no_faults(workspace):
    plant(workspace, "needle-autograd", "from .needle import x\nimport needle_nn_like\n'import needle_nn'\n")
    assert check_layers.source_faults(workspace) == []


def test_the_word_course_is_allowed_in_the_facade_only(workspace):
    plant(workspace, "needle-dl", "NEEDLE_COURSE = True\n")
    assert check_layers.source_faults(workspace) == []
    plant(workspace, "needle-nn", "# recourse\ncourse_mode = True\n")
    (fault,) = check_layers.source_faults(workspace)
    assert fault.startswith("packages/needle-nn/src/needle_nn/inner.py:2:")


def test_native_sources_are_read_too(workspace):
    native = workspace / "packages" / "needle-ndarray" / "native" / "core"
    native.mkdir(parents=True)
    (native / "array.h").write_text("// Course\n")
    (fault,) = check_layers.source_faults(workspace)
    assert fault.startswith("packages/needle-ndarray/native/core/array.h:1:")


def test_a_package_in_no_layer_is_a_fault(workspace):
    source = workspace / "packages" / "needle-extra" / "src" / "needle_extra"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text("")
    (fault,) = check_layers.source_faults(workspace)
    assert "needle_extra is in no layer" in fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print('hello')\n", "import needle_nn prints 'hello'"),
        ("import sys\nsys.stderr.write('note')\n", "import needle_nn prints 'note'"),
        ("import needle_data\n", "import needle_nn loads needle_data"),
        (
            "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n",
            "import needle_nn starts 1 thread(s)",
        ),
        ("raise RuntimeError('boom')\n", "import needle_nn fails"),
    ],
)
def test_what_an_import_does_besides_defining_names_is_found(workspace, text, said):
    plant(workspace, "needle-nn", text)
    assert any(fault.startswith(said) for fault in import_faults(workspace, "needle_nn"))


def test_arrays_that_load_numpy_at_import_are_found(workspace):
    (workspace / "packages" / "needle-ndarray" / "src" / "numpy.py").write_text("")
    plant(workspace, "needle-ndarray", "import numpy\n")
    assert import_faults(workspace, "needle_ndarray") == ["import needle_ndarray loads numpy"]
