from pathlib import Path

import numpy as np
import pytest
from needle_autograd import get_backend, random, set_backend


@pytest.fixture(autouse=True, params=["np", "nd"])
def backend(request):
    """Run every test on both backends, with the same random numbers each time."""
    before = get_backend()
    set_backend(request.param)
    random.seed(0)
    yield request.param
    set_backend(before)


@pytest.fixture(scope="session")
def golden():
    """What PyTorch computed; tools/make_torch_golden.py writes it."""
    with np.load(Path(__file__).parent / "torch_golden.npz") as file:
        return dict(file)
