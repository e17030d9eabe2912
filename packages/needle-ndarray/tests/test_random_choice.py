"""Random integers of every dtype, orders, choices, and generators made by generators."""

import copy
import itertools
import math
import os
import subprocess
import sys
import threading

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .support import DTYPES, INTEGERS, numbers, same
from .test_random import Generator, at, long_words, philox

MASK = 2**32 - 1


def chi_squared(counts, expected):
    return float(((np.asarray(counts) - expected) ** 2 / expected).sum())


def one_in_a_thousand(freedom):
    """What chi squared exceeds once in a thousand times, by the approximation of Wilson and Hilferty."""
    return freedom * (1 - 2 / (9 * freedom) + 3.09 * math.sqrt(2 / (9 * freedom))) ** 3


def position(generator):
    return generator.get_state()["position"]


# ---- Integers


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_over_the_whole_range_of_a_dtype(dtype):
    info = np.iinfo(dtype)
    drawn = Generator(3).integers(int(info.min), int(info.max), 4000, dtype=dtype, endpoint=True)
    words = long_words(3, 4000)
    span = int(info.max) - int(info.min) + 1
    same(drawn, np.array([int(info.min) + (int(word) * span >> 64) for word in words], dtype))
    half_open = Generator(3).integers(int(info.min), int(info.max) + 1, 4000, dtype=dtype)
    same(half_open, np.array(drawn))


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_every_integer_of_a_byte_is_as_likely(dtype):
    info = np.iinfo(dtype)
    drawn = np.array(Generator(9).integers(int(info.min), int(info.max), 128_000, dtype=dtype, endpoint=True))
    counts = np.bincount(drawn.astype(int) - int(info.min), minlength=256)
    assert len(counts) == 256
    assert chi_squared(counts, 500) < one_in_a_thousand(255)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_the_numbers_do_not_depend_on_the_dtype(dtype):
    expected = np.array(Generator(5).integers(0, 100, (70, 301)))
    same(Generator(5).integers(0, 100, (70, 301), dtype=dtype), expected.astype(dtype))
    same(Generator(5).integers(0, 99, (70, 301), dtype=dtype, endpoint=True), expected.astype(dtype))


@given(st.sampled_from(INTEGERS), st.data(), st.integers(0, 300))
def test_integers_stay_in_their_range(dtype, data, count):
    info = np.iinfo(dtype)
    ends = st.integers(int(info.min), int(info.max))
    low, last = sorted((data.draw(ends), data.draw(ends)))
    drawn = np.array(Generator(count).integers(low, last, count, dtype=dtype, endpoint=True))
    assert drawn.dtype == dtype
    assert all(low <= int(value) <= last for value in drawn)
    again = Generator(count).integers(low, last + 1, count, dtype=dtype)
    same(again, drawn)


def test_a_range_of_two_thirds_of_all_words_is_unbiased():
    # Taking words modulo the range would draw the lower half of it twice as often.
    drawn = np.array(Generator(1).integers(0, 3 * 2**62, 30_000, dtype="uint64")).astype("float64")
    counts = np.histogram(drawn, bins=12, range=(0, 3.0 * 2**62))[0]
    assert chi_squared(counts, 2500) < one_in_a_thousand(11)


# ---- Orders


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_permuted_array_is_the_array_taken_by_a_permutation(dtype):
    values = numbers(dtype, (6, 5, 4))[::2, ::-1]
    x = nd.asarray(values)
    for axis in (0, 1, 2, -1):
        order = np.array(Generator(2).permutation(values.shape[axis]))
        same(Generator(2).permutation(x, axis=axis), np.take(values, order, axis=axis))
    same(x, values)


def test_a_permutation_of_what_asarray_takes():
    order = np.array(Generator(4).permutation(5))
    values = np.arange(5) * 10.0
    same(Generator(4).permutation(values), values[order])
    same(Generator(4).permutation([0, 10, 20, 30, 40]), (np.arange(5) * 10)[order])
    same(Generator(4).permutation(np.int8(5)), order)
    same(Generator(4).permutation(nd.zeros((0, 3))), np.zeros((0, 3), "float32"))


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_shuffle_moves_whole_entries_in_place(axis):
    values = np.arange(12 * 7).reshape(12, 7)
    whole = nd.asarray(values, copy=True)
    view = whole[::-2, 1::2]
    order = np.array(Generator(1).permutation(view.shape[axis]))
    assert Generator(1).shuffle(view, axis=axis) is None
    expected = values.copy()
    expected[::-2, 1::2] = np.take(values[::-2, 1::2], order, axis=axis)
    same(whole, expected)


def test_every_order_of_four_is_as_likely_by_every_way():
    table = {order: i for i, order in enumerate(itertools.permutations(range(4)))}
    for draw in (
        lambda g: g.permutation(nd.arange(4)),
        lambda g: g.choice(4, 4, replace=False),
        lambda g: g.choice(4, 4, replace=False, p=[0.25] * 4),
    ):
        generator = Generator(11)
        counts = [0] * 24
        for _ in range(6000):
            counts[table[tuple(draw(generator).tolist())]] += 1
        assert chi_squared(counts, 250) < one_in_a_thousand(23)


# ---- Choices


def test_a_choice_with_replacement_is_of_integers():
    same(Generator(6).choice(10, (30, 7)), np.array(Generator(6).integers(0, 10, (30, 7))))
    values = np.arange(30.0).reshape(5, 6)
    index = np.array(Generator(6).integers(0, 6, (2, 3)))
    same(Generator(6).choice(values, (2, 3), axis=1), np.take(values, index, axis=1))
    assert Generator(6).choice(5).shape == ()
    assert Generator(6).choice(0, (0, 2)).shape == (0, 2)


def sampled(seed, n, count):
    """The first steps of Fisher and Yates in plain Python."""
    order = list(range(n))
    for i, word in enumerate(long_words(seed, count)):
        other = i + (int(word) * (n - i) >> 64)
        order[i], order[other] = order[other], order[i]
    return order[:count]


@pytest.mark.parametrize(("n", "count"), [(1, 1), (5, 5), (1000, 1000), (1000, 3), (1600, 100), (1601, 99), (7, 0)])
def test_a_choice_without_replacement_is_the_begin_of_a_permutation(n, count):
    same(Generator(8).choice(n, count, replace=False), np.array(sampled(8, n, count), "int64"))


def test_few_of_very_many_need_no_memory_for_all():
    drawn = np.array(Generator(0).choice(2**62, 1000, replace=False))
    assert len(set(drawn.tolist())) == 1000
    assert 0 <= drawn.min() < drawn.max() < 2**62


def test_every_pair_is_as_likely():
    for n in (4, 40):  # with all numbers in memory, and with those that moved
        generator = Generator(1)
        pairs = [tuple(generator.choice(n, 2, replace=False).tolist()) for _ in range(n * (n - 1) * 20)]
        counts = [0] * (n * n)
        for first, second in pairs:
            counts[first * n + second] += 1
        assert all(counts[i * n + i] == 0 for i in range(n))
        counts = [count for i, count in enumerate(counts) if i // n != i % n]
        assert chi_squared(counts, 20) < one_in_a_thousand(n * (n - 1) - 1)


PROBABILITIES = [0.05, 0.0, 0.4, 0.15, 0.3, 0.1, 0.0]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_weighted_choice_has_its_probabilities(dtype):
    p = nd.asarray(PROBABILITIES, dtype=dtype)
    drawn = np.array(Generator(2).choice(7, (100, 400), p=p)).ravel()
    counts = np.bincount(drawn, minlength=7)
    assert counts[1] == counts[6] == 0
    possible = np.array(PROBABILITIES) > 0
    assert chi_squared(counts[possible], 40_000 * np.array(PROBABILITIES)[possible]) < one_in_a_thousand(4)
    sums = np.cumsum(np.array(p, "float64"))
    units = (long_words(2, 40_000) >> np.uint64(11)) * 2.0**-53
    np.testing.assert_array_equal(drawn, np.searchsorted(sums, units * sums[-1], side="right"))


def test_a_weighted_choice_without_replacement_is_one_draw_after_the_other():
    generator, p = Generator(3), PROBABILITIES
    index = nd.asarray(p)
    counts = np.zeros((7, 7))
    for _ in range(10_000):
        first, second = generator.choice(7, 2, replace=False, p=index).tolist()
        counts[first, second] += 1
    expected = np.array([[p[i] * p[j] / (1 - p[i]) if i != j else 0.0 for j in range(7)] for i in range(7)])
    assert (counts[expected == 0] == 0).all()
    assert chi_squared(counts[expected > 0], 10_000 * expected[expected > 0]) < one_in_a_thousand(19)
    assert sorted(generator.choice(7, 5, replace=False, p=p).tolist()) == [0, 2, 3, 4, 5]


def test_choices_and_orders_are_the_same_for_every_number_of_threads(thread_count):
    results = []
    weights = nd.full(50_000, 1 / 50_000, dtype="float64")
    for threads in (1, 2, 3, 8):
        thread_count(threads)
        g = Generator(5)
        drawn = [
            *[g.choice(1000, 100_000), g.choice(50_000, 100_000, p=weights), g.permutation(nd.arange(70_000))],
            *[g.choice(50_000, 40_000, replace=False), g.choice(50_000, 300, replace=False, p=weights)],
            *[g.integers(-5, 5, 100_000, dtype="int8"), g.bernoulli(100_000, 0.3, dtype="float32")],
        ]
        results.append([np.array(x).tobytes() for x in drawn] + [g.get_state()])
    assert results[0] == results[1] == results[2] == results[3]


# ---- Children


def test_children_take_their_key_from_a_block_of_the_parent():
    parent = at(2**40 + 3, stream=5, position=77)
    children = parent.spawn(3)
    assert position(parent) == 80
    for i, child in enumerate(children):
        a, b, c, d = philox((77 + i, 0, 5, 255 << 24), (3, 2**8))
        state = child.get_state()
        assert (state["key"], state["stream"], state["position"]) == (a | b << 32, (c | d << 32) >> 8, 0)
    assert "stream=" in repr(children[0])
    assert "stream=" not in repr(Generator(1))


def test_children_depend_on_the_state_of_their_parent_and_on_nothing_else():
    first, second = Generator(1), Generator(1)
    again = [child.get_state() for child in second.spawn(4)]
    assert [child.get_state() for child in first.spawn(4)] == again
    more = [child.get_state() for child in first.spawn(4)]
    assert not any(state in again for state in more)
    keys = {child.get_state()["key"] for seed in range(100) for child in Generator(seed).spawn(100)}
    assert len(keys) == 10_000
    grandchildren = {g.get_state()["key"] for child in Generator(0).spawn(50) for g in child.spawn(50)}
    assert len(grandchildren) == 2500
    assert Generator(0).spawn(0) == []


def correlation(a, b):
    return abs(float(np.corrcoef(a, b)[0, 1]))


def test_streams_seeds_and_neighbours_do_not_correlate():
    n = 40_000
    bound = 4.5 / math.sqrt(n)
    parent = Generator(7)
    children = parent.spawn(4)
    sequences = [np.array(g.normal(n, dtype="float64")) for g in (parent, *children, *map(Generator, range(8, 12)))]
    sequences.append(np.array(children[0].spawn(1)[0].normal(n, dtype="float64")))
    for a, b in itertools.combinations(sequences, 2):
        assert correlation(a, b) < bound
    for x in (sequences[0], np.array(Generator(3).uniform(n), "float64"), np.array(Generator(3).integers(0, 9, n))):
        for lag in (1, 2, 3, 4, 8, 256, 1024):
            assert correlation(x[:-lag], x[lag:]) < bound


def test_a_copy_goes_on_by_itself():
    generator = Generator(2)
    generator.uniform(10)
    for copied in (copy.copy(generator), copy.deepcopy(generator)):
        expected = np.array(copy.copy(generator).uniform(5))
        same(copied.uniform(5), expected)
        assert position(copied) == position(generator) + 2


# ---- Threads and forks


def test_threads_that_share_a_generator_draw_each_number_once():
    shared, alone = Generator(6), Generator(6)
    drawn = []

    def draw():
        for _ in range(50):
            drawn.append(tuple(shared.integers(0, 2**60, 64).tolist()))

    threads = [threading.Thread(target=draw) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(drawn) == sorted(tuple(alone.integers(0, 2**60, 64).tolist()) for _ in range(200))
    assert shared.get_state() == alone.get_state()


FORKS_WHILE_DRAWING = """
import os, threading, warnings
import needle_ndarray as nd

warnings.simplefilter("ignore")  # that forking with threads is dangerous is why this test exists
nd.set_num_threads(2)
generators = [nd.random.Generator(seed) for seed in range(3)]
stop = False
def draw():
    while not stop:
        for generator in generators:
            generator.uniform(100_000)  # without the GIL
            generator.integers(0, 5, 3)
threads = [threading.Thread(target=draw) for _ in range(3)]
for thread in threads:
    thread.start()
for _ in range(30):
    child = os.fork()
    if child == 0:
        for generator in generators:
            generator.uniform(100_000)
            generator.permutation(5)
            generator.get_state()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
stop = True
for thread in threads:
    thread.join()
print("ok")
"""


def test_a_child_forked_in_the_middle_of_a_draw_can_draw():
    done = subprocess.run(
        [sys.executable, "-c", FORKS_WHILE_DRAWING], env=os.environ, capture_output=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, b"ok"), done.stderr


# ---- Refusals


@pytest.mark.parametrize(
    ("draw", "error", "text"),
    [
        (lambda g: g.integers(0, 300, 3, dtype="int8"), OverflowError, "low=0, high=300 reaches beyond int8; pass a"),
        (lambda g: g.integers(-1, 3, 3, dtype="uint8"), OverflowError, "low=-1, high=3 reaches beyond uint8"),
        (lambda g: g.integers(0, 2**63 + 1), OverflowError, "reaches beyond int64"),
        (lambda g: g.integers(0, 2**64, dtype="uint64", endpoint=True), OverflowError, r"\(included\) reaches beyond"),
        (lambda g: g.integers(0, 2**100), OverflowError, "reaches beyond int64"),
        (lambda g: g.integers(-(2**100), 0, dtype="int16"), OverflowError, "reaches beyond int16"),
        (lambda g: g.integers(3, 2, endpoint=True), ValueError, "low must not be greater than high; got low=3, high=2"),
        (lambda g: g.integers(0, 2, dtype="bool"), nd.DTypeError, r"not bool; write bernoulli\(shape\)"),
        (lambda g: g.integers(0, 2, dtype="float32"), nd.DTypeError, r"not float32; write integers\(...\).astype"),
        (lambda g: g.integers(0.0, 2), TypeError, "integers: low must be an int, not 0.0"),
        (lambda g: g.integers(0, True), TypeError, "integers: high must be an int, not True"),
        (lambda g: g.permutation(nd.asarray(5)), nd.ShapeError, "permutation: the array has no axis"),
        (lambda g: g.permutation(nd.ones(3), axis=1), IndexError, "permutation: axis 1 is out of range"),
        (lambda g: g.permutation("abc"), TypeError, "permutation"),
        (lambda g: g.shuffle([1, 2]), TypeError, r"in place; got list, of which permutation\(x\) gives"),
        (lambda g: g.shuffle(nd.broadcast_to(nd.ones(3), (2, 3))), ValueError, "shuffle: .*broadcast view"),
        (lambda g: g.shuffle(nd.asarray(memoryview(b"abc"))), ValueError, "shuffle: the array is read-only"),
        (
            lambda g: g.choice(3, 4, replace=False),
            ValueError,
            "4 elements cannot be chosen without replacement from 3;",
        ),
        (
            lambda g: g.choice(3, 2, replace=False, p=[1, 0, 0]),
            ValueError,
            "2 elements cannot be chosen .* from 1 of nonzero probability; pass replace=True",
        ),
        (lambda g: g.choice(0, 1), ValueError, "nothing to choose from"),
        (lambda g: g.choice(-1), ValueError, "a must not be negative, got -1"),
        (lambda g: g.choice(3, -1), nd.ShapeError, "no negative sizes"),
        (lambda g: g.choice(3, p=[0.5, 0.5]), nd.ShapeError, r"each of the 3 elements, shape \(3,\); got shape \(2,\)"),
        (lambda g: g.choice(2, p=[0.5, 0.4]), ValueError, r"must sum to 1, its sum is 0.900000; write p / p.sum\(\)"),
        (lambda g: g.choice(2, p=[1.5, -0.5]), ValueError, r"p\[1\] is -0.5"),
        (lambda g: g.choice(2, p=[math.nan, 1]), ValueError, r"p\[0\] is nan"),
        (lambda g: g.choice(2, p=[math.inf, 1]), ValueError, r"p\[0\] is inf"),
        (lambda g: g.choice(nd.asarray(1.0)), nd.ShapeError, "choice: the array has no axis"),
        (lambda g: g.spawn(-1), ValueError, "spawn: n must not be negative"),
        (lambda g: g.set_state({**g.get_state(), "stream": 2**56}), ValueError, r"stream is below 2\*\*56"),
        (lambda g: g.uniform(3, dtype="float16"), nd.DTypeError, "float32 or float64, not float16"),
        (lambda g: g.normal(3, dtype="bfloat16"), nd.DTypeError, "float32 or float64, not bfloat16"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_drawn(draw, error, text):
    generator = Generator(0)
    with pytest.raises(error, match=text):
        draw(generator)
    assert position(generator) == 0
