import needle_data

NAMES = {
    *("ArrayDataset", "Dataset", "NDArrayDataset", "ImageDataset"),
    *("Digits", "FashionMNIST", "MNIST", "MNISTDataset", "datasets", "read_idx"),
    *("BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "DataLoader"),
    *("Compose", "Normalize", "ToFloat"),
    *("DataNotFoundError", "FormatError"),
}


def test_public_names_are_these():
    assert sorted(needle_data.__all__) == sorted(NAMES)
    assert all(hasattr(needle_data, name) for name in NAMES)


def test_alias_names_the_same_class():
    assert needle_data.NDArrayDataset is needle_data.ArrayDataset
