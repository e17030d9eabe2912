"""Random arrays against an independent Philox, and against the distributions that they are to have."""

import copy
import math
import pickle
import threading

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

Generator = nd.random.Generator
MASK = 2**32 - 1


def philox(counter, key):
    """Philox 4x32-10 in plain integers, written from the paper."""
    (a, b, c, d), (k0, k1) = counter, key
    for _ in range(10):
        left, right = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (right >> 32) ^ b ^ k0, right & MASK, (left >> 32) ^ d ^ k1, left & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return a, b, c, d


def words(seed, count, *, stream=0, position=0):
    """The words that a generator reads from this position of its stream on."""
    found = []
    while len(found) < count:
        counter = (position & MASK, position >> 32, stream & MASK, stream >> 32)
        found += philox(counter, (seed & MASK, seed >> 32))
        position += 1
    return np.array(found[:count], "uint64")


def long_words(*args, **kwargs):
    """The same as words of 64 bits, the lower half first."""
    seed, count = args
    halves = words(seed, 2 * count, **kwargs)
    return halves[0::2] | halves[1::2] << np.uint64(32)


def at(seed, *, stream=0, position=0):
    generator = Generator(seed)
    generator.set_state({**generator.get_state(), "stream": stream, "position": position})
    return generator


@pytest.mark.parametrize(
    ("counter", "key", "answer"),
    [  # the known answers of the Random123 library
        ((0,) * 4, (0,) * 2, (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((MASK,) * 4, (MASK,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_the_reference_gives_the_known_answers(counter, key, answer):
    assert philox(counter, key) == answer


SEEDS = [0, 1, 12345, 2**32 - 1, 2**32, 2**63 + 7, 2**64 - 1]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("stream", "position"), [(0, 0), (3, 5), (2**40 + 1, 2**33 - 20), (2**56 - 1, 2**59)])
def test_uniforms_are_the_words_of_philox(seed, stream, position):
    n = 1003
    expected = (words(seed, n, stream=stream, position=position) >> np.uint64(8)) * 2.0**-24
    np.testing.assert_array_equal(np.array(at(seed, stream=stream, position=position).uniform(n)), expected)
    expected = (long_words(seed, n, stream=stream, position=position) >> np.uint64(11)) * 2.0**-53
    drawn = at(seed, stream=stream, position=position).uniform(n, dtype="float64")
    np.testing.assert_array_equal(np.array(drawn), expected)


@pytest.mark.parametrize(("low", "high"), [(-3.0, 7.0), (1.0, 1.5), (-0.1, 0.3), (1e-30, 1e-29), (-1e30, 3e30)])
def test_uniforms_are_scaled_with_one_rounding(low, high):
    unit = (words(9, 2000) >> np.uint64(8)) * 2.0**-24
    low32, high32 = float(np.float32(low)), float(np.float32(high))
    expected = np.minimum((low32 + unit * (high32 - low32)).astype("float32"), np.nextafter(np.float32(high), -np.inf))
    np.testing.assert_array_equal(np.array(Generator(9).uniform(2000, low, high)), expected, strict=True)
    drawn = np.array(Generator(9).uniform(2000, low, high, dtype="float64"))
    unit = (long_words(9, 2000) >> np.uint64(11)) * 2.0**-53
    np.testing.assert_allclose(drawn, low + unit * (high - low), rtol=1e-15, atol=abs(high) * 2e-16)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_upper_bound_is_never_drawn(dtype):
    # Between these neighbours half of all numbers round up to the higher one.
    low = np.array(1, dtype)
    high = np.nextafter(low, np.array(2, dtype))
    drawn = np.array(Generator(0).uniform(5000, float(low), float(high), dtype=dtype))
    assert (drawn == low).all()
    assert (np.array(Generator(0).uniform(50, 2.5, 2.5, dtype=dtype)) == 2.5).all()


def test_bernoulli_compares_words():
    for p in (0.0, 0.1, 0.5, 0.9, 1.0):
        expected = words(4, 3000) < np.uint64(round(p * 2**32))
        np.testing.assert_array_equal(np.array(Generator(4).bernoulli(3000, p)), expected)
    kept = Generator(4).bernoulli((30, 100), 0.9, dtype="float32")
    assert kept.dtype == "float32"
    np.testing.assert_array_equal(np.array(kept).ravel(), words(4, 3000) < np.uint64(round(0.9 * 2**32)))


def test_integers_take_the_upper_half_of_a_product():
    for low, high in [(0, 10), (-5, 6), (0, 2**40), (-(2**63), 2**63 - 1)]:
        expected = [low + (int(word) * (high - low) >> 64) for word in long_words(8, 500)]
        np.testing.assert_array_equal(np.array(Generator(8).integers(low, high, 500)), expected)


def test_a_range_that_rejects_words_stays_unbiased():
    # 2^63 + 1 rejects nearly every second word: without that, the lower half would be drawn twice as often.
    high = 2**62 + 1
    drawn = np.array(Generator(1).integers(-(2**62), high, 20_000))
    assert abs((drawn < 0).mean() - 0.5) < 0.02
    thirds = np.histogram(drawn.astype("float64"), bins=3, range=(-(2.0**62), 2.0**62))[0] / drawn.size
    np.testing.assert_allclose(thirds, 1 / 3, atol=0.02)


# ---- Reproducibility


def draws(generator):
    """One draw of every kind, as bytes."""
    return [
        np.array(array).tobytes()
        for array in (
            generator.uniform((300, 401)),
            generator.uniform(70_001, -2, 5, dtype="float64"),
            generator.normal((300, 401)),
            generator.normal(70_001, 3, 2, dtype="float64"),
            generator.bernoulli(100_003, 0.3),
            generator.integers(-7, 1000, (50, 1001)),
            generator.permutation(40_000),
        )
    ]


def test_the_number_of_threads_changes_no_number(thread_count):
    results = []
    for threads in (1, 2, 5):
        thread_count(threads)
        results.append(draws(Generator(42)))
    assert results[0] == results[1] == results[2]


@given(st.lists(st.integers(0, 3000), min_size=1, max_size=5), st.sampled_from(["float32", "float64"]))
def test_any_split_of_a_draw_gives_the_same_numbers(counters, dtype):
    per_counter = {"float32": 4, "float64": 2}[dtype]
    for kind in ("uniform", "normal"):
        parts, whole = Generator(5), Generator(5)
        split = [np.array(getattr(parts, kind)(n * per_counter, dtype=dtype)) for n in counters]
        together = np.array(getattr(whole, kind)(sum(counters) * per_counter, dtype=dtype))
        np.testing.assert_array_equal(np.concatenate(split), together)
        assert parts.get_state() == whole.get_state()


def test_a_longer_draw_begins_with_the_shorter_one():
    for n in (1, 2, 3, 5, 255, 256, 257, 16_383, 16_385, 40_001):
        for kind, dtype in [("uniform", "float32"), ("normal", "float32"), ("normal", "float64")]:
            long = np.array(getattr(Generator(3), kind)(50_000, dtype=dtype))
            np.testing.assert_array_equal(np.array(getattr(Generator(3), kind)(n, dtype=dtype)), long[:n])


def test_a_draw_moves_the_position_by_the_counters_that_it_read():
    generator = Generator(0)
    for draw, counters in [
        (lambda: generator.uniform(()), 1),
        (lambda: generator.uniform(5), 2),
        (lambda: generator.uniform((2, 4)), 2),
        (lambda: generator.normal(3, dtype="float64"), 2),
        (lambda: generator.bernoulli(4), 1),
        (lambda: generator.integers(0, 5, 3), 2),
        (lambda: generator.permutation(7), 4),
        (lambda: generator.uniform((3, 0)), 0),
    ]:
        before = generator.get_state()["position"]
        draw()
        assert generator.get_state()["position"] - before == counters


def test_a_saved_state_goes_on_with_the_same_numbers():
    generator = Generator(17)
    generator.normal(1001)
    state = generator.get_state()
    expected = draws(generator)
    for other in (Generator(99), copy.deepcopy(Generator(0)), pickle.loads(pickle.dumps(Generator(0)))):
        other.set_state(state)
        assert draws(other) == expected
    generator.set_state(state)
    assert draws(pickle.loads(pickle.dumps(generator))) == expected


def test_seeds_give_different_numbers_and_no_seed_a_new_start():
    first = [np.array(Generator(seed).uniform(8)).tobytes() for seed in range(200)]
    assert len(set(first)) == 200
    assert Generator().get_state()["key"] != Generator().get_state()["key"]


# ---- Distributions; the seeds are fixed, so these are no games of chance.


def kolmogorov(sample, cumulative):
    """Largest distance of the sample's distribution from `cumulative`, in units of sqrt(1 / n)."""
    sample = np.sort(sample)
    n = sample.size
    expected = cumulative(sample)
    return max((np.arange(1, n + 1) / n - expected).max(), (expected - np.arange(n) / n).max()) * math.sqrt(n)


def normal_cumulative(x):
    return 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


# Above 1.95 such a distance would be seen once in a thousand times.
@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_uniform_distribution(dtype, seed):
    drawn = np.array(Generator(seed).uniform(40_000, -1, 3, dtype=dtype), "float64")
    assert -1 <= drawn.min() < -0.999
    assert 2.999 < drawn.max() < 3
    assert kolmogorov(drawn, lambda x: (x + 1) / 4) < 1.95
    assert (
        kolmogorov(drawn[::2] - drawn[1::2], lambda x: np.where(x < 0, (x + 4) ** 2 / 32, 1 - (4 - x) ** 2 / 32)) < 1.95
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_distribution(dtype, seed):
    drawn = np.array(Generator(seed).normal(40_000, dtype=dtype), "float64")
    assert kolmogorov(drawn, normal_cumulative) < 1.95
    # The two numbers of a pair are independent: so their sum is normal as well, and their squares do not correlate.
    pairs = drawn.reshape(-1, 2)
    assert kolmogorov(pairs.sum(1) / math.sqrt(2), normal_cumulative) < 1.95
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.02
    assert abs(np.corrcoef(pairs.T**2)[0, 1]) < 0.02


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_normal_moments_and_scale(dtype):
    n = 1_000_000
    drawn = np.array(Generator(11).normal(n, dtype=dtype), "float64")
    # Four standard errors each.
    assert abs(drawn.mean()) < 4 / math.sqrt(n)
    assert abs(drawn.var() - 1) < 4 * math.sqrt(2 / n)
    assert abs((drawn**3).mean()) < 4 * math.sqrt(15 / n)
    assert abs((drawn**4).mean() - 3) < 4 * math.sqrt(96 / n)
    assert 4.5 < np.abs(drawn).max() < 7
    scaled = np.array(Generator(11).normal(n, -2.5, 0.5, dtype=dtype), "float64")
    np.testing.assert_allclose(scaled, drawn * 0.5 - 2.5, rtol=0, atol=1e-6 if dtype == "float32" else 1e-14)
    assert (np.array(Generator(11).normal(5, 3.0, 0.0, dtype=dtype)) == 3).all()


def test_normals_follow_the_formula_of_box_and_muller():
    pairs = words(21, 4000).reshape(-1, 2)
    radius = np.sqrt(-2 * np.log((pairs[:, 0] + 0.5) * 2.0**-32))
    angle = pairs[:, 1].astype("uint32").view("int32") * (math.pi * 2.0**-31)
    expected = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).ravel()
    drawn = np.array(Generator(21).normal(4000))
    np.testing.assert_allclose(drawn, expected, rtol=3e-6, atol=3e-6)


def test_integers_are_evenly_spread():
    drawn = np.array(Generator(6).integers(-3, 4, 70_000))
    assert drawn.dtype == "int64"
    counts = np.bincount(drawn + 3, minlength=7)
    assert len(counts) == 7
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 22.5  # chi squared of 6, one in a thousand
    assert (np.array(Generator(6).integers(5, 6, 100)) == 5).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 1000, 1025, 5000])
def test_a_permutation_has_every_number_once(n):
    drawn = np.array(Generator(n).permutation(n))
    assert drawn.dtype == "int64"
    np.testing.assert_array_equal(np.sort(drawn), np.arange(n))


def test_every_order_is_as_likely():
    generator = Generator(3)
    orders = [tuple(np.array(generator.permutation(4))) for _ in range(12_000)]
    counts = np.array(list({order: orders.count(order) for order in set(orders)}.values()))
    assert len(counts) == 24
    assert ((counts - 500) ** 2 / 500).sum() < 49.7  # chi squared of 23, one in a thousand


# ---- Refusals


@pytest.mark.parametrize(
    ("draw", "error", "text"),
    [
        (lambda g: g.uniform(3, 2.0, 1.0), ValueError, r"low <= high.*got low=2, high=1"),
        (lambda g: g.uniform(3, 0.0, math.inf), ValueError, "must be finite"),
        (lambda g: g.uniform(3, -3e38, 3e38), ValueError, "their difference a float32"),
        (lambda g: g.uniform(3, math.nan), ValueError, "must be finite"),
        (lambda g: g.uniform(3, dtype="int32"), nd.errors.DTypeError, "float32 or float64, not int32"),
        (lambda g: g.normal(3, dtype="bool"), nd.errors.DTypeError, "float32 or float64, not bool"),
        (lambda g: g.normal(3, 0.0, -1.0), ValueError, "not negative.*std=-1"),
        (lambda g: g.normal(3, math.nan), ValueError, "mean must be finite"),
        (lambda g: g.bernoulli(3, 1.5), ValueError, "from 0 to 1; got 1.5"),
        (lambda g: g.bernoulli(3, math.nan), ValueError, "from 0 to 1; got nan"),
        (lambda g: g.integers(5, 5, 3), ValueError, "low must be less than high; got low=5, high=5"),
        (lambda g: g.permutation(-1), ValueError, "must not be negative, got -1"),
        (lambda g: g.uniform((2, -1)), nd.errors.ShapeError, "no negative sizes"),
        (lambda g: g.set_state({"key": 1}), ValueError, "is missing"),
        (lambda g: g.set_state({**g.get_state(), "key": None}), TypeError, "must be an int, not None"),
        (lambda _: Generator(-1), ValueError, r"from 0 to 2\*\*64 - 1"),
        (lambda _: Generator(1.5), TypeError, "must be an int"),
        (lambda _: at(0, position=2**61).uniform(3), ValueError, "beyond the end of its stream"),
    ],
)
def test_wrong_arguments_are_refused(draw, error, text):
    generator = Generator(0)
    with pytest.raises(error, match=text):
        draw(generator)
    assert generator.get_state()["position"] == 0


def test_the_state_is_read_and_set_between_the_draws_of_other_threads():
    generator = Generator(3)
    size = 70_000  # large enough to be drawn without the GIL
    positions = {size // 4 * count for count in range(21)}
    thread = threading.Thread(target=lambda: [generator.uniform(size) for _ in range(20)])
    thread.start()
    seen = set()
    while thread.is_alive():
        seen.add(generator.get_state()["position"])
        repr(generator)
    thread.join()
    assert seen <= positions
    assert generator.get_state()["position"] == max(positions)
