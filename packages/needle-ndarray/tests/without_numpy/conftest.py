import sys

import pytest


@pytest.fixture(autouse=True)
def no_numpy(monkeypatch):
    """NumPy cannot be imported while these tests run, whether it is installed or not."""
    monkeypatch.setitem(sys.modules, "numpy", None)
