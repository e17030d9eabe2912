"""What the tests of this package share."""

import needle_ndarray as nd
import pytest
from needle_autograd import get_backend, set_backend

BACKENDS = ["np", "nd"] if callable(getattr(nd, "asarray", None)) else ["np"]


@pytest.fixture(params=BACKENDS)
def backend(request):
    """Each backend by turns, as the one that new tensors are made of."""
    before = get_backend()
    set_backend(request.param)
    yield request.param
    set_backend(before)
