"""The modes of a thread, and what importing the package with environment variables does."""

import os
import subprocess
import sys
import threading

import needle_autograd as ag
import pytest
from needle_autograd import Tensor


def records():
    return (Tensor([1.0]) * 2).requires_grad


def test_no_grad_and_enable_grad_nest():
    assert records()
    with ag.no_grad():
        assert not records()
        with ag.enable_grad():
            assert records()
            with ag.no_grad():
                assert not records()
        assert not records()
    assert records()


def test_they_work_as_decorators_also_of_recursive_functions():
    @ag.no_grad()
    def countdown(n):
        """Count down."""
        return [records(), *(countdown(n - 1) if n else [])]

    assert countdown(3) == [False] * 4
    assert countdown.__doc__ == "Count down."
    assert records()


def test_a_block_kept_in_a_variable_can_be_entered_again_also_inside_itself():
    without = ag.no_grad()
    for _ in range(2):
        with without:
            with ag.enable_grad(), without:
                assert not records()
            assert not records()
        assert records()


def test_an_error_inside_restores_the_mode():
    with pytest.raises(ZeroDivisionError), ag.no_grad(), ag.lazy():
        raise ZeroDivisionError
    assert ag.is_grad_enabled()
    assert not ag.is_lazy()


def test_set_grad_enabled_acts_at_once_and_restores_at_the_end_of_a_block():
    with ag.set_grad_enabled(False):
        assert not records()
    assert records()
    restore = ag.set_grad_enabled(False)
    assert not records()
    with restore:
        pass
    assert records()


def test_a_new_thread_starts_with_the_defaults():
    seen = []
    with ag.no_grad(), ag.lazy():
        thread = threading.Thread(target=lambda: seen.append((ag.is_grad_enabled(), ag.is_lazy())))
        thread.start()
        thread.join()
    assert seen == [(True, False)]


def python(code, **environment):
    """Run code in a fresh interpreter, with this one's path of modules."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_importing_prints_nothing_and_starts_no_thread():
    done = python("import needle_autograd, threading; assert threading.active_count() == 1", NEEDLE_BACKEND="np")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_environment_chooses_the_backend():
    done = python("import needle_autograd as ag; print(ag.get_backend())", NEEDLE_BACKEND="np")
    assert done.stdout == "np\n"


def test_an_unknown_backend_in_the_environment_is_refused_with_the_names():
    done = python("import needle_autograd", NEEDLE_BACKEND="jax")
    assert done.returncode == 1
    message = (
        "BackendUnavailable: unknown backend 'jax' in NEEDLE_BACKEND; the backends are 'nd' (needle-ndarray), 'np'"
    )
    assert message in done.stderr


def test_the_environment_switches_lazy_mode_on_in_every_thread():
    code = (
        "import needle_autograd as ag, threading\n"
        "def show(): print(ag.is_lazy(), (ag.Tensor([1.0]) + 1).cached_data)\n"
        "show(); t = threading.Thread(target=show); t.start(); t.join()"
    )
    assert python(code, NEEDLE_BACKEND="np", NEEDLE_LAZY="1").stdout == "True None\n" * 2


def test_an_unknown_value_for_lazy_mode_is_refused():
    done = python("import needle_autograd", NEEDLE_LAZY="yes", NEEDLE_BACKEND="np")
    assert "ValueError: NEEDLE_LAZY is 'yes'; write NEEDLE_LAZY=1" in done.stderr
