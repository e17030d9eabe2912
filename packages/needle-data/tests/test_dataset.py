import numpy as np
import pytest
from needle_autograd import Tensor
from needle_data import ArrayDataset, Compose, Dataset, Normalize, ToFloat
from needle_data.datasets import ImageDataset
from needle_data.errors import ShapeError


class Squares(Dataset):
    """A dataset that knows single indices only, and never calls super().__init__()."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        if not 0 <= index < self.n:
            raise IndexError(index)
        return np.full((2,), index, "float32"), index**2


def test_default_batch_stacks_single_examples():
    x, y = Squares(6).batch(np.array([4, 0, 5]))
    np.testing.assert_array_equal(x, np.array([[4, 4], [0, 0], [5, 5]], "float32"))
    np.testing.assert_array_equal(y, [16, 0, 25])
    assert (x.dtype, y.dtype) == (np.float32, np.int64)


def test_dataset_is_iterable_by_its_index():
    assert [y for _, y in Squares(4)] == [0, 1, 4, 9]


def test_default_batch_takes_examples_that_are_no_tuples():
    class Plain(Squares):
        def __getitem__(self, index):
            return float(index)

    (x,) = Plain(3).batch(np.array([2, 1]))
    np.testing.assert_array_equal(x, np.array([2, 1], "float32"))
    assert x.dtype == np.float32


def test_examples_of_unequal_shapes_are_refused_by_name():
    class Ragged(Squares):
        def __getitem__(self, index):
            return np.zeros(index)

    with pytest.raises(ShapeError, match=r"example 2 has \[\(2,\)\], example 3 has \[\(3,\)\]"):
        Ragged(5).batch(np.array([2, 3]))


def test_dataset_without_methods_says_what_to_define():
    with pytest.raises(NotImplementedError, match="define __len__"):
        len(Dataset())
    with pytest.raises(NotImplementedError, match="define __getitem__"):
        Dataset()[0]


@pytest.mark.parametrize("index", [0, -1, np.int64(2), slice(1, 4), slice(None, None, -2), np.array([3, 3, 0])])
def test_array_dataset_indexes_every_array_like_numpy(index):
    x, y = np.arange(20, dtype="float32").reshape(5, 4), np.arange(5, dtype="uint8")
    found_x, found_y = ArrayDataset(x, y)[index]
    np.testing.assert_array_equal(found_x, x[index])
    np.testing.assert_array_equal(found_y, y[index])
    assert (found_x.dtype, found_y.dtype) == (x.dtype, y.dtype)


def test_array_dataset_takes_lists_and_tensors():
    x, y = ArrayDataset(Tensor(np.ones((2, 3), "float32")), [5, 6])[1]
    np.testing.assert_array_equal(x, np.ones(3, "float32"))
    assert y == 6
    assert ArrayDataset([0.5, 1.5])[0][0].dtype == np.float32


def test_array_dataset_index_out_of_range():
    with pytest.raises(IndexError):
        ArrayDataset(np.zeros(3))[3]


def test_array_dataset_refuses_unequal_lengths():
    with pytest.raises(ShapeError, match=r"\(3, 2\), \(4,\)"):
        ArrayDataset(np.zeros((3, 2)), np.zeros(4))
    with pytest.raises(ShapeError, match="at least one"):
        ArrayDataset()
    with pytest.raises(ShapeError, match="first axis"):
        ArrayDataset(np.float64(3))


def test_transforms_apply_to_the_first_array_in_order():
    data = ArrayDataset(np.array([[1.0], [2.0]]), [1, 2], transforms=[lambda x: x + 1, lambda x: x * 10])
    x, y = data[1]
    np.testing.assert_array_equal(x, [30.0])
    assert y == 2


def test_plain_functions_see_single_examples_and_batched_transforms_whole_batches():
    seen = []

    def plain(x):
        seen.append(x.shape)
        return x

    class Batched:
        batched = True

        def __call__(self, x):
            seen.append(x.shape)
            return x

    images = np.zeros((5, 4, 4, 1), "float32")
    ArrayDataset(images, transforms=plain)[:3]
    assert seen == [(4, 4, 1)] * 3
    seen.clear()
    ArrayDataset(images, transforms=Batched())[:3]
    assert seen == [(3, 4, 4, 1)]
    seen.clear()
    ArrayDataset(images, transforms=[Batched(), plain])[np.array([0, 1])]
    assert seen == [(4, 4, 1)] * 4


def test_batches_equal_single_examples_stacked():
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (6, 5, 4, 3), dtype="uint8"), np.arange(6)
    batched = [Normalize([0.1, 0.2, 0.3], [0.4, 0.5, 0.6])]
    for transforms in (None, batched, [*batched, lambda image: image[::-1]]):
        data = ImageDataset(images, labels, transforms=transforms)
        whole, _ = data[1:5]
        assert whole.shape == (4, 3, 5, 4)
        np.testing.assert_array_equal(whole, np.stack([data[i][0] for i in range(1, 5)]))


def test_image_dataset_scales_and_moves_channels_in_front():
    images = np.arange(2 * 3 * 4 * 2, dtype="uint8").reshape(2, 3, 4, 2)
    image, label = ImageDataset(images, np.array([7, 8]), maximum=47)[1]
    np.testing.assert_array_equal(image, (images[1] / 47).astype("float32").transpose(2, 0, 1))
    assert image.dtype == np.float32
    assert label == 8


def test_image_dataset_refuses_other_shapes():
    with pytest.raises(ShapeError, match=r"\(2, 3\) and \(2,\)"):
        ImageDataset(np.zeros((2, 3), "uint8"), np.zeros(2, "uint8"))
    with pytest.raises(ShapeError, match=r"\(2, 3, 3\) and \(3,\)"):
        ImageDataset(np.zeros((2, 3, 3), "uint8"), np.zeros(3, "uint8"))


def test_empty_batch_keeps_its_shape():
    data = ImageDataset(np.zeros((3, 4, 4), "uint8"), np.zeros(3, "int64"), transforms=Compose([ToFloat()]))
    x, y = data[0:0]
    assert (x.shape, y.shape) == ((0, 1, 4, 4), (0,))
