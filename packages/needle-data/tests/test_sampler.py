import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_autograd import random
from needle_data import BatchSampler, RandomSampler, Sampler, SequentialSampler

lengths = st.integers(0, 200)
seeds = st.integers(0, 2**32 - 1)
sizes = st.integers(1, 250)


@given(lengths)
def test_sequential_order(n):
    assert list(SequentialSampler(n)) == list(range(n))
    assert len(SequentialSampler(n)) == n


@given(lengths, seeds)
def test_random_order_visits_every_index_once_each_pass(n, seed):
    sampler = RandomSampler(n, seed=seed)
    for _ in range(3):
        assert sorted(sampler) == list(range(n))


@given(lengths, seeds)
def test_equal_seeds_give_equal_passes(n, seed):
    a, b = RandomSampler(n, seed=seed), RandomSampler(n, seed=seed)
    for _ in range(3):
        np.testing.assert_array_equal(a.indices(), b.indices())


def test_passes_and_seeds_differ():
    sampler = RandomSampler(1000, seed=3)
    first, second = list(sampler), list(sampler)
    assert first != second
    assert first != list(RandomSampler(1000, seed=4))


def test_a_seeded_sampler_neither_reads_nor_moves_the_default_generator():
    random.seed(0)
    alone = list(RandomSampler(50))
    random.seed(0)
    seeded = RandomSampler(50, seed=1)
    first = list(seeded)
    assert list(RandomSampler(50)) == alone
    random.seed(99)
    assert list(RandomSampler(50, seed=1)) == first


def test_default_generator_is_used_and_seedable():
    random.seed(5)
    a = list(RandomSampler(50))
    random.seed(5)
    assert list(RandomSampler(50)) == a


def test_a_generator_may_be_shared():
    a = RandomSampler(50, generator=random.Generator(7))
    assert list(a) == list(RandomSampler(50, seed=7))
    with pytest.raises(ValueError, match="either a seed or a generator"):
        RandomSampler(50, seed=7, generator=random.Generator(7))


@given(lengths, sizes, st.booleans(), seeds)
def test_batches_cut_the_order_and_lose_nothing(n, size, drop_last, seed):
    batches = BatchSampler(RandomSampler(n, seed=seed), size, drop_last)
    found = list(batches)
    assert len(found) == len(batches)
    assert all(len(batch) == size for batch in (found if drop_last else found[:-1]))
    assert all(len(batch) for batch in found)
    order = RandomSampler(n, seed=seed).indices()
    kept = n - n % size if drop_last else n
    np.testing.assert_array_equal(np.concatenate([*found, np.zeros(0, int)]), order[:kept])


def test_batches_of_any_iterable():
    assert [batch.tolist() for batch in BatchSampler([5, 3, 1], 2)] == [[5, 3], [1]]


@pytest.mark.parametrize("size", [0, -1, 2.5, "3", True])
def test_bad_batch_sizes_are_refused(size):
    with pytest.raises(ValueError, match="whole number of 1 or more"):
        BatchSampler(SequentialSampler(3), size)


def test_bad_samplers_are_refused():
    with pytest.raises(ValueError, match="0 or more"):
        SequentialSampler(-1)
    with pytest.raises(NotImplementedError, match="define indices"):
        list(Sampler(3))
