import hashlib
import subprocess
import sys

import numpy as np
import pytest
from needle_data import MNIST, DataLoader, DataNotFoundError, Digits, FashionMNIST, FormatError, MNISTDataset, Normalize

IMAGES = np.random.default_rng(0).integers(0, 256, (7, 4, 5), dtype="uint8")
LABELS = np.array([3, 1, 4, 1, 5, 9, 0], "uint8")


def bytes_of(data):
    return hashlib.sha256(data.images.tobytes() + data.labels.astype("uint8").tobytes()).hexdigest()


def test_digits_are_the_source_s_images():
    """Counts per class are those of the UCI repository's page; the sums were taken from scikit-learn's file."""
    train, test = Digits(), Digits(train=False)
    counts = np.bincount(np.concatenate([train.labels, test.labels]))
    assert counts.tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert int(train.images.sum()) + int(test.images.sum()) == 561718
    first = [[0, 0, 5, 13, 9, 1, 0, 0], [0, 0, 13, 15, 10, 15, 5, 0]]
    assert train.images[0, :2, :, 0].tolist() == first


def test_digits_are_split_into_fixed_stratified_parts():
    train, test = Digits(), Digits(train=False)
    assert (len(train), len(test)) == (1442, 355)
    assert np.bincount(test.labels).tolist() == [n // 5 for n in (178, 182, 177, 183, 181, 182, 181, 179, 174, 180)]
    assert len({image.tobytes() for image in train.images} & {image.tobytes() for image in test.images}) == 0
    assert bytes_of(train) == bytes_of(Digits())


def test_digits_come_as_floats_between_zero_and_one():
    x, y = Digits()[:]
    assert (x.shape, x.dtype, y.dtype) == ((1442, 1, 8, 8), np.float32, np.int64)
    assert (x.min(), x.max()) == (0, 1)
    np.testing.assert_array_equal(x[:, 0] * 16, Digits().images[..., 0])


def test_writing_into_one_digits_leaves_the_others_alone():
    first = Digits()
    first.images[...] = 0
    assert Digits().images.any()


def test_importing_reads_no_data():
    code = "import sys, needle_data.datasets.digits as d; sys.exit(d._read.cache_info().currsize)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.fixture
def folder(tmp_path, write_idx):
    for kind, part in (("train", slice(None)), ("t10k", slice(2, 5))):
        write_idx(tmp_path / f"{kind}-images-idx3-ubyte.gz", IMAGES[part], compressed=True)
        write_idx(tmp_path / f"{kind}-labels-idx1-ubyte", LABELS[part])
    return tmp_path


@pytest.mark.parametrize("kind", [MNIST, FashionMNIST])
def test_standard_files_compressed_or_plain(folder, kind):
    train, test = kind(folder), kind(str(folder), train=False)
    x, y = train[:]
    np.testing.assert_array_equal(x, (IMAGES[:, None] / 255).astype("float32"))
    np.testing.assert_array_equal(y, LABELS)
    assert y.dtype == np.int64
    assert len(test) == 3
    np.testing.assert_array_equal(test.labels, LABELS[2:5])


def test_transforms_reach_the_batches(folder):
    (x, _), *_ = DataLoader(MNIST(folder, transforms=Normalize(0.5, 0.25)), 7)
    np.testing.assert_allclose(x.numpy(), (IMAGES[:, None] / 255 - 0.5) / 0.25, rtol=1e-5, atol=1e-6)


def test_missing_files_are_listed_with_their_source(tmp_path):
    with pytest.raises(DataNotFoundError) as caught:
        FashionMNIST(tmp_path)
    for text in (
        str(tmp_path),
        "train-images-idx3-ubyte[.gz]",
        "train-labels-idx1-ubyte[.gz]",
        "dataset-fashion-mnist",
    ):
        assert text in str(caught.value)
    with pytest.raises(DataNotFoundError, match=r"t10k-images.*the MNIST database"):
        MNIST(tmp_path, train=False)
    assert issubclass(DataNotFoundError, FileNotFoundError)


def test_label_out_of_range_is_refused(folder, write_idx):
    path = write_idx(folder / "train-labels-idx1-ubyte", np.array([0, 1, 2, 10, 4, 5, 6], "uint8"))
    with pytest.raises(FormatError, match="label 10 at position 3 is out of range; the classes are 0 to 9") as caught:
        MNIST(folder)
    assert str(caught.value).startswith(str(path))


def test_images_and_labels_of_different_number_are_refused(folder, write_idx):
    write_idx(folder / "train-labels-idx1-ubyte", LABELS[:-1])
    with pytest.raises(FormatError, match=r"7 images, but .* has 6 labels"):
        MNIST(folder)


def test_swapped_files_are_refused(folder):
    with pytest.raises(FormatError, match=r"expected an array of 3 dimension\(s\), found 1"):
        MNISTDataset(folder / "train-labels-idx1-ubyte", folder / "train-images-idx3-ubyte.gz")


def test_two_named_files_give_flat_images_and_byte_labels(folder):
    files = folder / "train-images-idx3-ubyte.gz", folder / "train-labels-idx1-ubyte"
    seen = []
    data = MNISTDataset(*files, transforms=[lambda image: seen.append(image.shape) or image[::-1]])
    x, y = data[2]
    assert seen == [(4, 5, 1)]
    np.testing.assert_array_equal(x, (IMAGES[2, ::-1] / 255).astype("float32").ravel())
    assert y == 4
    assert y.dtype == np.uint8
    whole, labels = data[1:4]
    assert whole.shape == (3, 20)
    np.testing.assert_array_equal(whole, np.stack([data[i][0] for i in range(1, 4)]))
    np.testing.assert_array_equal(labels, LABELS[1:4])
    batch, _ = next(iter(DataLoader(data, 3)))
    np.testing.assert_array_equal(batch.numpy(), data[np.arange(3)][0])
