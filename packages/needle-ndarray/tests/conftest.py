import os

import needle_ndarray as nd
import pytest

try:
    from hypothesis import HealthCheck, settings
except ImportError:  # the tests in without_numpy need nothing but pytest
    pass
else:
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    settings.register_profile("needle", deadline=None, max_examples=60, suppress_health_check=checks)
    settings.register_profile("soak", deadline=None, max_examples=5000, suppress_health_check=checks)
    # NEEDLE_SOAK=1 looks for rare failures for as long as one likes.
    settings.load_profile("soak" if os.environ.get("NEEDLE_SOAK") else "needle")


@pytest.fixture
def thread_count():
    """set_num_threads; the number of before is set again after the test."""
    before = nd.num_threads()
    yield nd.set_num_threads
    nd.set_num_threads(before)
