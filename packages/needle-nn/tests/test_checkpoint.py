"""Checkpoints: round trips, damaged files, and files that cannot be written."""

import json
import os

import needle_nn.checkpoint
import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from needle_autograd import Tensor
from needle_nn import BatchNorm1d, CheckpointError, Linear, Sequential, load, load_metadata, save


def model():
    return Sequential(Linear(4, 3), BatchNorm1d(3))


def test_a_module_is_saved_and_loaded_exactly(tmp_path):
    source, target = model(), model()
    source(Tensor(np.random.default_rng(0).normal(size=(5, 4)).astype("float32")))
    save(tmp_path / "model.safetensors", source, {"epochs": "3"})
    target.load_state_dict(load(tmp_path / "model.safetensors"))
    expected = source.state_dict()
    for name, value in target.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), expected[name].numpy())
        assert value.dtype == expected[name].dtype
    assert load_metadata(tmp_path / "model.safetensors") == {"epochs": "3"}
    assert os.listdir(tmp_path) == ["model.safetensors"]


def test_the_file_is_read_by_the_reference_library_and_the_other_way_round(tmp_path):
    source = model()
    save(str(tmp_path / "ours"), source)
    theirs = safetensors.numpy.load_file(tmp_path / "ours")
    assert set(theirs) == set(source.state_dict())
    np.testing.assert_array_equal(theirs["modules.0.weight"], source[0].weight.numpy())
    safetensors.numpy.save_file({"x": np.arange(6.0).reshape(2, 3)}, tmp_path / "theirs")
    np.testing.assert_array_equal(load(tmp_path / "theirs")["x"].numpy(), np.arange(6.0).reshape(2, 3))
    assert load_metadata(tmp_path / "theirs") == {}


DTYPES = st.sampled_from(["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "f4", "f8"])
VALUES = DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0)))


@settings(max_examples=60, deadline=None)
@given(state=st.dictionaries(st.text(min_size=1, max_size=8).filter("__metadata__".__ne__), VALUES, max_size=4))
def test_states_of_any_names_shapes_and_dtypes_round_trip(state, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "state.safetensors"
    save(path, state)
    loaded = load(path)
    assert set(loaded) == set(state)
    for name, expected in state.items():
        assert loaded[name].shape == expected.shape
        assert loaded[name].dtype == expected.dtype
        np.testing.assert_array_equal(loaded[name].numpy(), expected)
        assert not loaded[name].requires_grad


def test_views_are_saved_with_the_values_that_they_show(tmp_path):
    base = np.arange(24.0).reshape(4, 6)
    save(tmp_path / "views", {"transposed": Tensor(base).transpose(), "reversed": base[::-1, ::2]})
    loaded = load(tmp_path / "views")
    np.testing.assert_array_equal(loaded["transposed"].numpy(), base.T)
    np.testing.assert_array_equal(loaded["reversed"].numpy(), base[::-1, ::2])


def test_the_path_comes_first(tmp_path):
    with pytest.raises(TypeError, match=r"save takes the path first, and was given a dict; write save\(path, module\)"):
        save({"x": np.ones(3)}, tmp_path / "model")


def test_metadata_must_be_text(tmp_path):
    with pytest.raises(TypeError, match=r"metadata is text by name, but 'epochs' is 3; write json.dumps"):
        save(tmp_path / "model", model(), {"epochs": 3})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_whole_and_no_other(step, tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    save(path, {"x": np.ones(3)})
    old = path.read_bytes()

    def fail(*args):
        raise OSError(28, "No space left on device")

    if step == "write":
        real_open = open

        def open_small(*args):
            file = real_open(*args)
            write = file.raw.write

            class Full:
                def __getattr__(self, name):
                    return getattr(file, name)

                def __enter__(self):
                    return self

                def __exit__(self, *exc_info):
                    file.close()

                def write(self, content):
                    write(content[: len(content) // 2])
                    fail()

            return Full()

        monkeypatch.setattr(needle_nn.checkpoint, "open", open_small, raising=False)
    else:
        monkeypatch.setattr(os, step, fail)
    with pytest.raises(
        OSError, match=r"cannot write the checkpoint: No space left on device. Check that the folder"
    ) as e:
        save(path, {"x": np.zeros(1000)})
    monkeypatch.undo()
    assert e.value.filename == str(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["model.safetensors"]


def test_a_folder_that_is_missing_or_a_file_cannot_be_written_to(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cannot write the checkpoint: No such file .*'.*/none/model'"):
        save(tmp_path / "none" / "model", {"x": np.ones(3)})
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match=r"Check that the folder .*/file exists, may be written to"):
        save(tmp_path / "file" / "model", {"x": np.ones(3)})
    with pytest.raises(IsADirectoryError, match="cannot write the checkpoint"):
        save(tmp_path, {"x": np.ones(3)})


def test_a_folder_without_permission_cannot_be_written_to(tmp_path, monkeypatch):
    def forbidden(*args):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(needle_nn.checkpoint, "open", forbidden, raising=False)
    with pytest.raises(PermissionError, match="cannot write the checkpoint: Permission denied"):
        save(tmp_path / "model", {"x": np.ones(3)})


def test_a_file_that_is_missing_or_a_folder_cannot_be_read(tmp_path):
    with pytest.raises(FileNotFoundError, match="none"):
        load(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        load(tmp_path)


def raw(header, data):
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


GOOD = raw({"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, bytes(8))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        GOOD[:-1],
        GOOD + b"x",
        GOOD[:20],
        b"\xff" * 8 + GOOD[8:],
        b"\x80\x04\x95pickled",
        raw({"x": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}, bytes(8)),
        raw({"x": {"dtype": "F99", "shape": [2], "data_offsets": [0, 8]}}, bytes(8)),
    ],
)
def test_a_damaged_or_foreign_file_is_named_and_refused(content, tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(GOOD)
    assert load(path)["x"].shape == (2,)
    path.write_bytes(content)
    for read in (load, load_metadata):
        with pytest.raises(CheckpointError, match=r"model.safetensors is no readable safetensors file: .*damaged"):
            read(path)


def test_an_array_of_an_unknown_dtype_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(raw({"x": {"dtype": "BF16", "shape": [2], "data_offsets": [0, 4]}}, bytes(4)))
    with pytest.raises(CheckpointError, match=r"has an array of a dtype that cannot be read: .*bfloat16"):
        load(path)


def test_a_file_takes_the_permissions_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    save(tmp_path / "model", {"x": np.ones(3)})
    assert (tmp_path / "model").stat().st_mode == (tmp_path / "plain").stat().st_mode
