"""Importing and using the package imports no NumPy, prints nothing and starts nothing."""

import subprocess
import sys

PROGRAM = """
import sys, threading
import needle_ndarray as nd
assert "numpy" not in sys.modules
assert not {"needle_ndarray.npy", "needle_ndarray.formatting", "needle_ndarray.printing", "zipfile"} & set(sys.modules)
x = nd.asarray([[1.0, 2.0], [3.0, 4.0]])
text = repr((x @ x.T + nd.exp(-x)).sum(axis=0)[::-1]) + str(x.mean()) + f"{x[0, 0]:.1f}"
y = nd.random.Generator(0).normal((100, 100)).astype("int8")
assert bytes(memoryview(y))
assert x.flat[1] == 2.0 and len(x.tolist()) == 2
import pickle, copy
assert pickle.loads(pickle.dumps(x)).tolist() == copy.deepcopy(x).tolist()
assert x.dtype == "float32" and x.dtype != 3
assert nd.build_info()["version"] == nd.__version__
assert "numpy" not in sys.modules
assert threading.active_count() == 1
"""


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


def test_using_the_package_imports_no_numpy_and_prints_nothing():
    done = run(PROGRAM)
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""


def test_numpy_is_asked_for_only_by_name():
    done = run("import sys; sys.modules['numpy'] = None\nimport needle_ndarray as nd\nnd.ones(2).numpy()")
    assert "ModuleNotFoundError" in done.stderr or "ImportError" in done.stderr


WATCHED_IMPORT = """
import builtins
found, usual = set(), builtins.__import__

def watched(name, globals=None, *rest):
    if globals and globals.get("__name__", "").startswith("needle_ndarray"):
        found.add(name)
    return usual(name, globals, *rest)

builtins.__import__ = watched
import needle_ndarray
print(*found)
"""


def test_the_package_imports_nothing_slow_when_it_is_imported():
    # What an editable installation imports to find the package is not told: only what its own modules ask for.
    done = run(WATCHED_IMPORT)
    found = set(done.stdout.split())
    assert "_core" in found or "needle_ndarray._core" in found
    slow = {"collections", "collections.abc", "contextlib", "dataclasses", "enum", "functools", "importlib", "inspect"}
    assert not {"importlib.metadata", "re", "typing", "numpy", *slow} & found
