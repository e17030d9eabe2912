"""The thread pool: how many threads, forks in the middle of its use, several Python threads at once, nested work."""

import os
import re
import subprocess
import sys
import threading

import needle_ndarray as nd
import numpy as np
import pytest


def run(code, **environment):
    """The output of a fresh Python process; fails the test where the process fails or hangs."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


PRINT_THREADS = "import needle_ndarray as nd; print(nd.num_threads())"


def test_the_default_is_the_processors_this_process_may_use():
    available = min(len(os.sched_getaffinity(0)), 1024)
    environment = {key: value for key, value in os.environ.items() if key != "NEEDLE_NUM_THREADS"}
    done = subprocess.run([sys.executable, "-c", PRINT_THREADS], env=environment, capture_output=True, check=True)
    assert int(done.stdout) == available


def test_the_environment_sets_the_number_of_threads():
    assert run(PRINT_THREADS, NEEDLE_NUM_THREADS="3") == "3"


@pytest.mark.parametrize("value", ["0", "-2", "many", "2x", "1.5", "99999999999999999999", "100000", "2K"])
def test_a_senseless_environment_is_ignored_with_a_warning(value):
    done = subprocess.run(
        [sys.executable, "-c", PRINT_THREADS],
        env={**os.environ, "NEEDLE_NUM_THREADS": value},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(len(os.sched_getaffinity(0)))
    text = f'RuntimeWarning: NEEDLE_NUM_THREADS="{value}" is ignored: expected a number from 1 to 1024, or to leave it '
    assert text + "unset" in done.stderr


def test_an_empty_environment_is_no_setting():
    assert run(PRINT_THREADS, NEEDLE_NUM_THREADS="", PYTHONWARNINGS="error") == str(len(os.sched_getaffinity(0)))


def test_the_number_of_threads_is_set_and_read(thread_count):
    for count in (1, 4, 2, 7, 1):
        thread_count(count)
        assert nd.num_threads() == count
    for count in (0, -1, 1025):
        with pytest.raises(ValueError, match=f"expected a number from 1 to 1024, got {count}"):
            thread_count(count)
    assert nd.num_threads() == 1


def test_importing_starts_no_thread():
    assert (
        run("import needle_ndarray as nd, os; print(len(os.listdir('/proc/self/task')))", NEEDLE_NUM_THREADS="4") == "1"
    )


def work(seed=0):
    """An array whose making uses the pool several times, and the same by NumPy."""
    a = np.random.default_rng(seed).random((300, 301)).astype("float32")
    x = nd.asarray(a)
    total = nd.sum(nd.matmul(x, x.T) + 1.0, axis=0)
    return np.array(total), (a.astype("float64") @ a.T.astype("float64") + 1).sum(0)


def test_results_while_the_number_of_threads_changes(thread_count):
    for count in (2, 5, 1, 3, 8, 2, 1, 4):
        thread_count(count)
        actual, expected = work(count)
        np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_several_python_threads_at_once(thread_count):
    thread_count(3)
    failures = []

    def loop(seed):
        try:
            for i in range(20):
                actual, expected = work(seed * 100 + i)
                np.testing.assert_allclose(actual, expected, rtol=1e-5)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=loop, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for count in (1, 4, 2, 3):
        nd.set_num_threads(count)
    for thread in threads:
        thread.join()
    assert not failures


def progress_during(kernel, attempts=20_000):
    """Whether another Python thread runs while `kernel` does, which has to let go of the GIL for that by itself."""
    start, done = threading.Event(), []

    def wait():
        start.wait()
        done.append(True)

    thread = threading.Thread(target=wait)
    thread.start()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1000)  # nobody takes the GIL from this thread
    try:
        start.set()
        for _ in range(attempts):
            kernel()
            if done:
                return True
        return False
    finally:
        sys.setswitchinterval(interval)
        thread.join()


LONG_KERNELS = """
x + y; x * 2.0; x + i; nd.exp(x); nd.add(x, y, out=y); x == y; nd.where(b, x, y); nd.clip(x, 0.0, 1.0); -x
x.__iadd__(y)
nd.sum(x); nd.sum(x, axis=0); nd.mean(x, axis=1); nd.max(x, axis=0); nd.argmax(x); nd.var(x); nd.any(b, axis=0)
x @ x.T; i @ i.T; x.T.copy(); x.astype("float64"); nd.concat([x, y]); nd.stack([x, y]); nd.asarray(x, copy=True)
nd.sort(x, axis=1); nd.argsort(x, axis=1); nd.sort(x, axis=0); nd.unique_values(x); nd.nonzero(b)
x[b]; x[rows]; nd.take(x, rows, axis=0); x.__setitem__(..., y); x.__setitem__(b, 0.0); x.__setitem__(rows, y)
nd.flip(x).copy(); nd.roll(x, 3); nd.repeat(x, 2); nd.tile(x, (2, 1)); nd.full((400, 400), 1.5); x.fill(2.0)
g.normal((400, 400)); g.integers(0, 9, (400, 400)); g.permutation(200_000); g.choice(100_000, 100_000, replace=False)
g.shuffle(x); nd.tril(x)
"""


@pytest.mark.parametrize("operation", [text.strip() for text in re.split("[;\n]", LONG_KERNELS) if text.strip()])
def test_other_threads_run_during_long_operations(operation):
    names = {"x": nd.random.Generator(0).uniform((400, 400)), "y": nd.ones((400, 400)), "g": nd.random.Generator(1)}
    names |= {"i": nd.ones((400, 400), dtype="int32"), "b": names["x"] > 0.5, "rows": nd.arange(400), "nd": nd}
    code = compile(operation, operation, "eval")
    assert progress_during(lambda: eval(code, names))


def test_other_threads_do_not_run_during_short_operations():
    x = nd.ones(3)
    assert not progress_during(lambda: x + x, attempts=1000)


def test_many_threads_read_one_array(thread_count):
    thread_count(2)
    values = np.random.default_rng(0).integers(0, 100, (300, 300))
    x = nd.asarray(values)
    ready, failures = threading.Barrier(6), []

    def read(seed):
        random = np.random.default_rng(seed)
        ready.wait()
        try:
            for _ in range(15):
                step, at = int(random.integers(1, 5)), random.integers(0, 300, 50)
                np.testing.assert_array_equal(np.asarray(x[::step, ::-1].T.copy()), values[::step, ::-1].T)
                np.testing.assert_array_equal(np.asarray(x[nd.asarray(at)]), values[at])
                assert int(nd.sum(x[step:])) == values[step:].sum()
                np.testing.assert_array_equal(np.asarray(x @ x[:, :10]), values @ values[:, :10])
                assert x[step, step].item() == values[step, step]
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    np.testing.assert_array_equal(np.asarray(x), values)


FORKS = """
import os, sys, threading, warnings
import numpy as np
import needle_ndarray as nd

warnings.simplefilter("ignore")  # that forking with threads is dangerous is why this test exists
nd.set_num_threads(3)
a = np.random.default_rng(0).random((400, 401))
x = nd.asarray(a)
expected = a @ a.T

def right():
    return np.allclose(np.array(x @ x.T), expected)

assert right()
stop = False
def busy():
    while not stop:
        assert right()
others = [threading.Thread(target=busy) for _ in range({others})]
for thread in others:
    thread.start()
for i in range(15):
    child = os.fork()
    if child == 0:
        ok = right() and right() and nd.num_threads() == 3
        nd.set_num_threads(2)
        ok = ok and right()
        grandchild = os.fork()
        if grandchild == 0:
            os._exit(0 if right() else 1)
        ok = ok and os.waitpid(grandchild, 0)[1] == 0
        os._exit(0 if ok else 1)
    status = os.waitpid(child, 0)[1]
    assert status == 0, status
stop = True
for thread in others:
    thread.join()
assert right()
print("ok")
"""


@pytest.mark.parametrize("others", [0, 2])
def test_a_forked_child_computes_while_the_parent_uses_the_pool(others):
    assert run(FORKS.replace("{others}", str(others))) == "ok"


def test_a_process_ends_while_workers_sleep_and_while_they_work():
    assert (
        run("import needle_ndarray as nd; nd.set_num_threads(4); x = nd.ones((500, 500)); x @ x; print('ok')") == "ok"
    )
    code = """
import needle_ndarray as nd, threading
nd.set_num_threads(4)
x = nd.ones((700, 700))
def loop():
    while True:
        x @ x
threading.Thread(target=loop, daemon=True).start()
x @ x
print("ok")
"""
    assert run(code) == "ok"


EXIT_INSIDE_CALLS = """
import sys, threading
import needle_ndarray as nd

sys.setswitchinterval(1e-5)  # so that the endless threads hold nobody up for long
x = nd.ones(5)
class Endless:
    # Python code that our functions call and that never returns, so that the interpreter ends in the middle of them.
    def __init__(self):
        self.entered = threading.Event()
    def __index__(self):
        self.entered.set()
        while True:
            pass
    __float__ = __index__
    def __len__(self):
        return 2
    def __getitem__(self, i):
        return self.__index__()

calls = [
    lambda e: nd.zeros((e, 2)),
    lambda e: x.reshape(e),
    lambda e: x[e],
    lambda e: x.expand_dims(e),
    lambda e: x.__setitem__(e, 1),
    lambda e: nd.asarray(e),
    lambda e: nd.asarray([e, e]),
    lambda e: nd.sum(x, axis=e),
    lambda e: nd.concat(e),
    lambda e: nd.Layout((e,)),
    lambda e: nd.random.Generator(e),
    lambda e: nd.random.Generator(0).integers(0, e),
]
for call in calls:
    endless = Endless()
    thread = threading.Thread(target=call, args=(endless,), daemon=True)
    thread.start()
    while not endless.entered.wait(1):
        assert thread.is_alive(), calls.index(call)
def compute():
    big = nd.ones(100_000)
    while True:
        big + big
for _ in range(4):
    threading.Thread(target=compute, daemon=True).start()
print("ok")
"""


def test_a_process_ends_while_daemon_threads_are_inside_calls():
    assert run(EXIT_INSIDE_CALLS) == "ok"


FORK_WITH_CACHES = """
import os, threading, warnings
import needle_ndarray as nd

warnings.simplefilter("ignore")
waiting, end = threading.Barrier(4), threading.Event()
def keep_blocks():
    arrays = [nd.ones(size) for size in (1, 100, 1000) for _ in range(8)]
    del arrays
    waiting.wait()
    end.wait()
for _ in range(3):
    threading.Thread(target=keep_blocks).start()
waiting.wait()
before = nd.memory_statistics()
child = os.fork()
if child == 0:
    nd.empty_cache()
    inside = nd.memory_statistics()
    more = [threading.Thread(target=lambda: nd.ones(100) + nd.ones(100)) for _ in range(8)]
    for thread in more:
        thread.start()
    for thread in more:
        thread.join()
    nd.memory_statistics()
    os._exit(0 if inside == {**before, "bytes_cached": 0} else 1)
status = os.waitpid(child, 0)[1]
end.set()
print("ok" if status == 0 else status)
"""


def test_a_forked_child_forgets_the_caches_of_threads_that_it_does_not_have():
    assert run(FORK_WITH_CACHES) == "ok"
