"""What the tests of this package share."""

import pytest
from needle_autograd import get_backend, set_backend


@pytest.fixture(params=["np", "nd"])
def backend(request):
    """Each backend by turns, as the one that new tensors are made of."""
    before = get_backend()
    set_backend(request.param)
    yield request.param
    set_backend(before)
