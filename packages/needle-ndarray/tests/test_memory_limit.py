"""Limits on memory, and allocations that fail in every place where one can: nothing leaks, nothing is half done."""

import gc
import os
import re
import subprocess
import sys

import needle_ndarray as nd
import numpy as np
import pytest

from .support import same


@pytest.fixture(autouse=True)
def limits():
    """Every test begins and ends without limits."""
    yield
    nd.set_memory_limit(None)
    nd.set_cache_limit(None)


@pytest.fixture(scope="module", autouse=True)
def no_garbage():
    """So that no cycle of another test dies, and gives memory back, in the middle of one of these."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def in_use():
    found = nd.memory_statistics()
    return found["bytes_in_use"], found["blocks_in_use"]


def limit_beyond_what_is_in_use(extra):
    nd.empty_cache()
    found = nd.memory_statistics()
    nd.set_memory_limit(found["bytes_in_use"] + found["bytes_cached"] + extra)


# ---- The limits themselves


def test_an_allocation_beyond_the_limit_says_what_was_asked_and_what_is_in_use():
    limit_beyond_what_is_in_use(1_000_000)
    before = in_use()
    x = nd.ones(100_000, dtype="uint8")
    with pytest.raises(MemoryError) as caught:
        nd.ones(1_000_000)
    text = str(caught.value)
    asked, used, block, limit = map(int, re.findall(r"\d+", text))
    assert (asked, limit) == (4_000_000, nd.memory_limit())
    assert used == in_use()[0]
    assert asked <= block <= asked * 1.25 + 64
    assert text.endswith("free arrays, or change the limit with set_memory_limit()")
    same(x, np.ones(100_000, "uint8"))
    del x
    assert in_use() == before


def test_what_waits_in_the_cache_is_given_back_before_an_allocation_fails():
    limit_beyond_what_is_in_use(9_000_000)
    for size in (1_000_000, 1_500_000, 2_000_000, 100_000, 300):
        x = nd.zeros(size)  # together they are more than the limit
        del x
    found = nd.memory_statistics()
    assert found["bytes_in_use"] + found["bytes_cached"] <= nd.memory_limit()


def test_a_limit_below_what_is_in_use_leaves_arrays_alone():
    x = nd.arange(1_000_000)
    nd.set_memory_limit(0)
    assert nd.memory_limit() == 0
    assert nd.memory_statistics()["bytes_cached"] <= 5_000_000  # of small blocks, which other threads may keep
    with pytest.raises(MemoryError, match="the limit is 0 bytes"):
        x + 1
    same(x[::-7], np.arange(1_000_000)[::-7])
    cached = nd.memory_statistics()["bytes_cached"]
    del x
    assert nd.memory_statistics()["bytes_cached"] <= cached  # while the limit is exceeded, nothing large is kept
    nd.set_memory_limit(None)
    assert nd.memory_limit() is None
    same(nd.arange(3) + 1, np.arange(1, 4))


def test_the_bound_of_the_cache():
    default = nd.cache_limit()
    nd.empty_cache()
    small = nd.memory_statistics()["bytes_cached"]
    nd.set_cache_limit(3_000_000)
    assert nd.cache_limit() == 3_000_000
    arrays = [nd.zeros(100_000) for _ in range(20)]
    del arrays
    assert nd.memory_statistics()["bytes_cached"] <= small + 3_000_000
    nd.set_cache_limit(0)
    x = nd.zeros(100_000)
    del x
    assert nd.memory_statistics()["bytes_cached"] <= small + 100_000
    nd.set_cache_limit(None)
    assert nd.cache_limit() == default > 0


@pytest.mark.parametrize("set_limit", [nd.set_memory_limit, nd.set_cache_limit])
def test_senseless_limits_are_refused(set_limit):
    with pytest.raises(ValueError, match=r"bytes must not be negative, got -1; None lifts the limit"):
        set_limit(-1)
    for value in (1.5, "1G", True):
        with pytest.raises(TypeError, match="bytes must be an int"):
            set_limit(value)
    with pytest.raises(OverflowError, match="out of range"):
        set_limit(2**70)
    assert nd.memory_limit() is None


def test_the_peak_is_the_most_that_was_in_use_at_once():
    nd.reset_peak_memory()
    before = nd.memory_statistics()
    assert before["peak_bytes_in_use"] == before["bytes_in_use"]
    x = nd.zeros((1024, 1024)) + 1  # two of 4 MiB and a header each at once
    peak = nd.memory_statistics()["peak_bytes_in_use"] - before["bytes_in_use"]
    assert 2 * 4 * 2**20 <= peak <= 2 * 5 * 2**20 + 2**20
    for _ in range(5):
        x += 1
        x = x.copy()
    assert nd.memory_statistics()["peak_bytes_in_use"] - before["bytes_in_use"] == peak
    del x
    nd.reset_peak_memory()
    assert (
        nd.memory_statistics()["peak_bytes_in_use"] == nd.memory_statistics()["bytes_in_use"] == before["bytes_in_use"]
    )


def start(**environment):
    code = "import needle_ndarray as nd; print(nd.memory_limit(), nd.cache_limit(), nd.num_threads())"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout.split(), done.stderr


@pytest.mark.parametrize(
    ("text", "limit"),
    [("500000000", 500_000_000), ("64K", 2**16), ("512M", 2**29), ("4g", 2**32), ("2T", 2**41), ("0", 0)],
)
def test_the_environment_sets_the_limits(text, limit):
    (memory, cache, _), complaints = start(NEEDLE_MEMORY_LIMIT=text, NEEDLE_CACHE_LIMIT=text)
    assert (memory, cache, complaints) == (str(limit), str(limit), "")


@pytest.mark.parametrize("text", ["-1", "many", "1.5G", "4GB", "99999999999999999999", "9000000000T", " 1"])
def test_a_senseless_environment_is_ignored_with_a_warning(text):
    (memory, _, _), complaints = start(NEEDLE_MEMORY_LIMIT=text)
    assert memory == "None"
    expected = "a number of bytes such as 500000000, 512M or 4G, or to leave it unset"
    assert f'RuntimeWarning: NEEDLE_MEMORY_LIMIT="{text}" is ignored: expected {expected}' in complaints


# ---- Every allocation of every operation fails once


def inputs(shape):
    values = np.random.default_rng(0).integers(1, 9, shape)
    x = nd.asarray(values.astype("float32"), copy=True)
    return {
        "x": x,
        "y": nd.asarray(values[::-1].astype("float32"), copy=True),
        "d": nd.asarray(values.astype("float64"), copy=True),
        "i": nd.asarray(values.astype("int64"), copy=True),
        "b": nd.asarray(values > 4, copy=True),
        "rows": nd.asarray(values[:, 0] % shape[0], copy=True),
        "t": x.T,
        "s": x[::-2, 1::2],
        "w": nd.broadcast_to(x[0], shape),
    }


# Of x, y: float32; d: float64; i: int64; b: bool; t: transposed; s: strided; w: broadcast; rows: indices.
OPERATIONS = """
x + y; x * 2.5; x + i; x - d; x / w; x // 2; x % i; x ** 2; -x; t + t; s + s; x == y; x < w; ~b; b & b; i & 3
x.__iadd__(y); x.__imul__(x.T.T[::-1]); x[1:].__iadd__(x[:-1]); x[:, ::-1].__isub__(x); x.__iadd__(i)
nd.exp(x); nd.exp(t); nd.log1p(s); nd.tanh(w); nd.sqrt(i); nd.round(x); nd.isnan(s); nd.abs(i); nd.logical_not(x)
nd.maximum(x, d); nd.where(b, x, y); nd.where(x, t.T, d); nd.add(x, y, out=x); nd.exp(x, out=x); nd.add(x, y, out=d)
nd.add(x[1:], x[:-1], out=x[1:]); nd.multiply(s, s, out=x[::-2, 1::2])
nd.sum(x); nd.sum(x, axis=0); nd.sum(x, axis=1); nd.sum(t, axis=1, keepdims=True); nd.prod(s); nd.sum(i, axis=0)
nd.mean(x, axis=0); nd.mean(i); nd.var(x, axis=1); nd.std(d, axis=0); nd.max(t, axis=0); nd.min(s, axis=1)
nd.any(b, axis=0); nd.all(b); nd.argmax(x, axis=0); nd.argmin(t); nd.logsumexp(x, axis=1); nd.logsumexp(t, axis=0)
x @ t; t @ x; d @ d.T; i @ i.T; s @ s.T; x @ y[0]; x[0] @ t; nd.stack([x, x]) @ nd.stack([t, t]); w @ t
x.copy(); t.copy(); s.compact(); w.copy(); x.astype("float64"); t.astype("int8"); x.astype("bool"); t.reshape(-1)
nd.asarray(t, copy=True); nd.asarray(d, dtype="float32"); nd.asarray(x.tolist()); nd.NDArray(x)
nd.zeros(x.shape); nd.ones_like(x); nd.full(x.shape, 7); nd.arange(x.size); nd.eye(*x.shape); nd.empty_like(t)
nd.concat([x, y]); nd.concat([x, d], axis=1); nd.stack([x, t.T]); nd.concat([s, s], axis=0)
x[rows]; x[:, rows % 2]; nd.take(x, rows, axis=0); nd.index_add(x, rows, y); x[1, 2]; x[::2]; i[rows]
x.__setitem__(slice(1, None), x[:-1]); x.__setitem__((..., slice(None, None, -1)), x); x.__setitem__(..., d)
x.__setitem__(..., t.T[::-1]); x.__setitem__(0, x.tolist()[1]); x.fill(3); t.__setitem__(0, i[:, 0])
nd.random.Generator(0).normal(x.shape); nd.random.Generator(0).permutation(x.size)
nd.random.Generator(0).integers(0, 9, x.shape); nd.random.Generator(0).bernoulli(x.shape, dtype="float64")
nd.random.Generator(0).choice(x.size, 20, replace=False); nd.random.Generator(0).shuffle(x)
nd.random.Generator(0).permutation(t, axis=1); nd.sort(x, axis=0); nd.argsort(t, axis=1); nd.unique_values(i)
nd.nonzero(b)
x[b]; t[b.T]; x[rows, 0]; x[rows[:, None], rows % 5]; x.__setitem__(b, y[b]); x.__setitem__(rows, y)
x.__setitem__(b, 0)
nd.roll(x, 2, axis=0); nd.repeat(t, 2, axis=1); nd.tile(s, (2, 1)); nd.tril(x); nd.take_along_axis(x, i % 5, axis=1)
nd.einsum("ij,kj->ik", x, y); nd.tensordot(x, t, axes=1); nd.meshgrid(x[0], x[1]); nd.isin(i, rows)
nd.searchsorted(rows, i)
str(x); memoryview(t); x.numpy(); np.asarray(t); x.flat[3:5]; x.tolist()
nd.sort(x); nd.sort(t, descending=True); nd.sort(d, axis=0); nd.argsort(x); nd.argsort(s, axis=0)
nd.sort(i.reshape(-1))
nd.argsort(d.reshape(-1)); nd.unique_all(x); nd.unique_values(t); nd.unique_counts(i); nd.isin(x, y[0])
nd.isin(i, i[0])
nd.nonzero(b); nd.nonzero(t); nd.count_nonzero(s); nd.count_nonzero(x, axis=0); nd.searchsorted(x[0], t)
nd.searchsorted(d[0], x, sorter=nd.argsort(d[0])); nd.cumulative_sum(x, axis=0); nd.cumulative_sum(t, axis=1)
nd.cumulative_prod(i, axis=1, include_initial=True); nd.cumulative_sum(b, axis=0); nd.diff(x, axis=0, n=2, prepend=y)
nd.sum(x, axis=0, out=y[0]); nd.mean(t, axis=0, out=d[:, 0]); nd.var(x, axis=0, out=x[1]); nd.sum(b, dtype="float64")
"""


CASES = [operation.strip() for operation in re.split("[;\n]", OPERATIONS) if operation.strip()]


@pytest.mark.parametrize("shape", [(6, 5), (310, 120)])
@pytest.mark.parametrize("operation", CASES)
def test_every_allocation_may_fail(operation, shape, thread_count):
    thread_count(2)
    code = compile(operation, operation, "eval")
    eval(code, {"nd": nd, "np": np, **inputs(shape)})  # what is made once and kept is made here
    names = inputs(shape)
    values = {name: np.array(array) for name, array in names.items()}
    before = in_use()
    extra = 0
    for _ in range(50):
        limit_beyond_what_is_in_use(extra)
        try:
            eval(code, {"nd": nd, "np": np, **names})
            break
        except MemoryError as error:
            extra += int(re.search(r"the block takes (\d+) and the limit is \d+ bytes", str(error))[1])
        finally:
            nd.set_memory_limit(None)
        assert in_use() == before
        for name, array in names.items():
            same(array, values[name])
    else:
        pytest.fail("the operation never came to its end")


def test_the_table_of_operations_meets_failures():
    nd.empty_cache()
    limit_beyond_what_is_in_use(0)
    failed = 0
    for operation in CASES:
        nd.set_memory_limit(None)
        names = inputs((310, 120))
        limit_beyond_what_is_in_use(0)
        try:
            eval(operation, {"nd": nd, "np": np, **names})
        except MemoryError:
            failed += 1
    assert failed > 0.8 * len(CASES)
