import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_autograd import Tensor, random
from needle_data import ArrayDataset, DataLoader, Dataset


def pairs(n):
    return ArrayDataset(np.arange(2 * n, dtype="float32").reshape(n, 2), np.arange(n, dtype="int64"))


def labels_of(loader):
    return [y.numpy().tolist() for _, y in loader]


def test_batches_are_tuples_of_tensors_that_require_no_gradient():
    batches = list(DataLoader(pairs(5), 2))
    assert [type(batch) for batch in batches] == [tuple] * 3
    for batch in batches:
        assert all(isinstance(part, Tensor) and not part.requires_grad for part in batch)
    np.testing.assert_array_equal(batches[1][0].numpy(), np.array([[4, 5], [6, 7]], "float32"))
    np.testing.assert_array_equal(batches[2][1].numpy(), [4])


def test_dtypes_are_kept():
    data = ArrayDataset(np.zeros((3, 2), "float32"), np.zeros(3, "uint8"), np.zeros(3, "int64"), np.zeros(3, "float64"))
    (batch,) = DataLoader(data, 3)
    assert [str(part.numpy().dtype) for part in batch] == ["float32", "uint8", "int64", "float64"]


@given(st.integers(0, 40), st.integers(1, 50), st.booleans(), st.booleans(), st.integers(0, 1000))
def test_a_pass_yields_every_example_once(n, size, shuffle, drop_last, seed):
    loader = DataLoader(pairs(n), size, shuffle, drop_last=drop_last, seed=seed)
    for _ in range(2):
        batches = labels_of(loader)
        assert len(batches) == len(loader) == (n // size if drop_last else -(-n // size))
        seen = sorted(label for batch in batches for label in batch)
        assert len(seen) == (n - n % size if drop_last else n)
        assert seen == sorted(set(seen))


def test_inputs_and_labels_stay_together_when_shuffled():
    for x, y in DataLoader(pairs(50), 7, shuffle=True, seed=0):
        np.testing.assert_array_equal(x.numpy()[:, 0], 2 * y.numpy())


def test_whole_batches_are_asked_for_at_once():
    calls = []

    class Counting(ArrayDataset):
        def __getitem__(self, index):
            calls.append(index)
            return super().__getitem__(index)

    list(DataLoader(Counting(np.zeros((10, 2))), 4))
    assert len(calls) == 3


def test_seed_reproduces_and_epochs_differ():
    a, b = DataLoader(pairs(60), 7, True, seed=1), DataLoader(pairs(60), 7, True, seed=1)
    first, second = labels_of(a), labels_of(a)
    assert first != second
    assert [labels_of(b), labels_of(b)] == [first, second]


def test_unseeded_shuffling_follows_the_default_generator():
    random.seed(11)
    first = labels_of(DataLoader(pairs(60), 7, True))
    random.seed(11)
    assert labels_of(DataLoader(pairs(60), 7, True)) == first


def test_next_on_the_loader_continues_the_latest_pass():
    loader = DataLoader(pairs(5), 2)
    assert next(loader)[1].numpy().tolist() == [0, 1]
    assert next(loader)[1].numpy().tolist() == [2, 3]
    iter(loader)
    assert next(loader)[1].numpy().tolist() == [0, 1]


def test_an_exhausted_loader_stops_until_it_is_iterated_again():
    loader = DataLoader(pairs(3), 2)
    assert len([next(loader), next(loader)]) == 2
    for _ in range(2):
        with pytest.raises(StopIteration):
            next(loader)
    assert labels_of(loader) == [[0, 1], [2]]


def test_nested_loops_over_one_loader():
    loader = DataLoader(pairs(4), 2)
    assert [(a[1].numpy()[0], b[1].numpy()[0]) for a in loader for b in loader] == [(0, 0), (0, 2), (2, 0), (2, 2)]


def test_two_loaders_zipped_and_their_batches_compared():
    a, b = DataLoader(pairs(6), 2), DataLoader(pairs(6), 2, shuffle=True)
    for batch_a, batch_b in zip(a, b, strict=True):
        assert batch_a != batch_b


def test_ordering_holds_the_indices_of_the_pass():
    loader = DataLoader(pairs(5), 2)
    assert [batch.tolist() for batch in loader.ordering] == [[0, 1], [2, 3], [4]]
    shuffled = DataLoader(pairs(5), 2, shuffle=True, seed=2)
    found = labels_of(shuffled)
    assert found == [batch.tolist() for batch in shuffled.ordering]


def test_a_list_of_pairs_is_a_dataset():
    (batch,) = DataLoader([([1.0, 2.0], 0), ([3.0, 4.0], 1)], 2)
    x, y = (part.numpy() for part in batch)
    np.testing.assert_array_equal(x, np.array([[1, 2], [3, 4]], "float32"))
    assert (x.dtype, y.dtype) == (np.float32, np.int64)


def test_a_dataset_of_single_arrays_yields_one_tensor_a_batch():
    class Plain(Dataset):
        def __len__(self):
            return 3

        def __getitem__(self, index):
            return np.full(2, index)

    assert [len(batch) for batch in DataLoader(Plain(), 2)] == [1, 1]


def test_a_sampler_replaces_shuffling():
    assert labels_of(DataLoader(pairs(9), 2, sampler=[8, 0, 4])) == [[8, 0], [4]]
    with pytest.raises(ValueError, match="leave out shuffle"):
        DataLoader(pairs(9), 2, shuffle=True, sampler=[1])


def test_batches_do_not_share_memory_with_the_dataset():
    data = pairs(4)
    (x, _), _ = DataLoader(data, 2)
    x.numpy()[...] = -1
    np.testing.assert_array_equal(data.arrays[0][0], [0, 1])


def test_an_empty_dataset_gives_no_batch():
    for shuffle in (False, True):
        assert list(DataLoader(pairs(0), 2, shuffle)) == []


def test_bad_arguments_are_refused():
    with pytest.raises(TypeError, match=r"a generator lacks them. Wrap arrays in ArrayDataset"):
        DataLoader((i for i in range(3)), 2)
    with pytest.raises(ValueError, match="batch size"):
        DataLoader(pairs(3), 0)
    with pytest.raises(ValueError, match="either a seed or a generator"):
        DataLoader(pairs(3), 1, True, seed=1, generator=random.Generator(1))
