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


AT_FIRST = get_backend()


def pytest_runtest_teardown():
    """Leave the backend as it was: tests of properties set it themselves, as they may not use the fixture."""
    set_backend(AT_FIRST)
