"""Libraries that take any array of the standard, given ours; only the environment of `hatch run clients:test` has them.

The oracle is each library itself on NumPy arrays of the same values.
"""

import os

import pytest

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # SciPy reads it when it is imported


@pytest.fixture(params=["float32", "float64"])
def dtype(request):
    return request.param
