"""What the tests of the native kernels share: operands of every layout, and runs under other conditions."""

import os
import subprocess
import sys

import needle_ndarray as nd
import numpy as np

SPECIAL = np.array([0.0, -0.0, 1.0, -1.0, 1e-40, -1e-40, 88.8, -104.0, np.inf, -np.inf, np.nan])
# Below, at and above the number of elements in vectors of 16, 32 and 64 bytes, and in a few of them.
LENGTHS = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 130, 1000, 2049]


def layouts(values):
    """Copies of the values in different layouts, by name: dense, strided, reversed, with axes swapped."""
    values = np.asarray(values)
    yield "dense", nd.asarray(values.copy())
    if values.ndim == 0:
        return
    wide = np.full([2 * size for size in values.shape], 7, values.dtype)
    wide[tuple(slice(None, None, 2) for _ in values.shape)] = values
    yield "strided", nd.asarray(wide)[tuple(slice(None, None, 2) for _ in values.shape)]
    yield "reversed", nd.asarray(values[..., ::-1].copy())[..., ::-1]
    yield "swapped", nd.asarray(values.T.copy()).T


def host(array):
    """A NumPy array of the values."""
    return array.numpy() if isinstance(array, nd.NDArray) else np.asarray(array)


def units_apart(found, exact):
    """The largest distance from exact values (of a wider dtype), in units of the last place of the found ones."""
    found = host(found)
    finite = np.isfinite(exact) & (exact != 0)
    spacing = np.spacing(np.abs(exact[finite]).astype(found.dtype)).astype(np.longdouble)
    return float(np.max(np.abs(found[finite].astype(np.longdouble) - exact[finite]) / spacing, initial=0))


def run_apart(script, **environment):
    """The output of a Python script in a process of its own, with variables of the environment."""
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
