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
    # NEEDLE_SOAK=10000, say, looks for rare failures: that many examples of every property.
    examples = max(int(os.environ.get("NEEDLE_SOAK") or 0), 60)
    settings.register_profile("soak", settings.get_profile("needle"), max_examples=examples)
    settings.load_profile("soak")


@pytest.fixture
def thread_count():
    """set_num_threads; the number of before is set again after the test."""
    before = nd.num_threads()
    yield nd.set_num_threads
    nd.set_num_threads(before)
