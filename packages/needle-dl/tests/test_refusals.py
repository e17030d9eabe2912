import json
import os
import shutil

import needle_autograd
import pytest
from needle.devices import device_named
from needle.run_folder import RunError, RunFolder
from needle.settings import Settings, SettingsError
from needle_autograd.errors import BackendUnavailable, DeviceError
from needle_data import DataNotFoundError


def refused(result, status, *texts):
    """Checks the exit status, that stderr ends in one line that begins with Error, and what it says."""
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output
    message = result.stderr.strip().splitlines()[-1]
    assert message.startswith("Error: ")
    for text in texts:
        assert text in message


@pytest.mark.parametrize(
    ("option", "value", "texts"),
    [
        ("--dataset", "cifar", ["'cifar'", "digits", "mnist", "fashion-mnist"]),
        ("--model", "cnn", ["'cnn'", "mlp", "linear", "mlp-resnet"]),
        ("--optimizer", "adamw", ["'adamw'", "adam", "sgd", "rmsprop"]),
        ("--backend", "torch", ["'torch'", "nd", "np"]),
        ("--epochs", "0", ["epochs", "1 or more", "0"]),
        ("--epochs", "many", ["'many'", "integer"]),
        ("--batch-size", "-3", ["batch_size", "1 or more", "-3"]),
        ("--lr", "0", ["lr", "above 0", "0"]),
        ("--lr", "nan", ["lr", "finite", "nan"]),
        ("--seed", "-1", ["seed", "0 or more", "-1"]),
        ("--hidden", "wide", ["'wide'", "128,64"]),
        ("--hidden", "8,0", ["hidden", "1 or more", "(8, 0)"]),
        ("--colour", "red", ["--colour"]),
    ],
)
def test_wrong_options_are_usage_errors(needle, tmp_path, option, value, texts):
    refused(needle("train", "--out", "run", option, value), 2, *texts)
    assert not (tmp_path / "run").exists()


def test_a_model_without_hidden_layers_takes_no_widths(needle):
    refused(needle("train", "--model", "linear", "--hidden", "8"), 2, "The model linear takes no hidden width", "(8,)")


@pytest.mark.skipif(needle_autograd.cuda().enabled(), reason="the refusal needs a machine without CUDA")
def test_cuda_without_a_gpu_is_refused_with_the_reason(needle, tmp_path):
    result = needle("train", "--device", "cuda", "--out", "run")
    refused(result, 1, "The device cuda can't be used: ", needle_autograd.cuda().why_not())
    assert not (tmp_path / "run").exists()
    with pytest.raises(BackendUnavailable, match="cuda:1 can't be used"):
        device_named("cuda:1", "nd")


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "cpu:0", ""])
def test_unknown_devices_are_refused(needle, name):
    refused(needle("train", "--device", name), 2, f"no device {name!r}", "cpu, cuda and cuda:INDEX")
    with pytest.raises(DeviceError):
        device_named(name, "nd")


def test_missing_data_are_refused_before_a_folder_is_made(needle, tmp_path):
    result = needle("train", "--dataset", "fashion-mnist", "--data-dir", "nowhere", "--out", "run")
    refused(result, 1, "nowhere", "train-images-idx3-ubyte", "dataset-fashion-mnist")
    assert not (tmp_path / "run").exists()
    refused(needle("train", "--dataset", "mnist"), 1, "data/mnist", "the MNIST database")
    assert issubclass(DataNotFoundError, OSError)


def test_damaged_data_are_refused(needle, tmp_path):
    for kind in ("images-idx3", "labels-idx1"):
        (tmp_path / f"train-{kind}-ubyte").write_bytes(b"no images here")
    refused(needle("train", "--dataset", "mnist", "--data-dir", "."), 1, "train-images-idx3-ubyte: not an IDX file")


def test_a_folder_that_cannot_be_written_is_refused(needle, tmp_path):
    (tmp_path / "file").write_text("in the way")
    refused(needle("train", "--out", "file"), 1, "'file'", "the run folder can't be made", "exists")
    refused(
        needle("train", "--out", "file/below"), 1, "'file/below'", "the run folder can't be made", "Not a directory"
    )
    assert (tmp_path / "file").read_text() == "in the way"
    (tmp_path / "runs").write_text("in the way")
    refused(needle("train"), 1, "'runs'", "the run folder can't be made")


def test_a_folder_without_permission_is_refused(needle, tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir(mode=0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write everywhere")
    refused(needle("train", "--out", folder), 1, "can't be made or written to", "Permission denied")


@pytest.fixture
def run(trained):
    return trained("--epochs", 1, "--model", "linear")


def test_a_folder_that_is_no_run_is_refused(needle, tmp_path):
    (tmp_path / "empty").mkdir()
    for name in ("empty", "nowhere"):
        refused(needle("evaluate", name), 1, f"{name} is no run folder", "needle train --out")
    with pytest.raises(RunError):
        RunFolder(tmp_path).read_settings()


def test_a_run_without_a_model_is_refused(needle, run):
    (run.path / "model.safetensors").unlink()
    refused(needle("evaluate", run.path), 1, "no model.safetensors", "no epoch")


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_model_is_refused(needle, run, damage):
    path = run.path / "model.safetensors"
    content = path.read_bytes()
    damaged = {"cut": content[:-7], "flipped": b"\xff" + content[1:], "empty": b"", "foreign": b"PK" + bytes(500)}
    path.write_bytes(damaged[damage])
    refused(needle("evaluate", run.path), 1, "model.safetensors", "safetensors file")


def test_another_models_weights_are_refused(needle, run, trained):
    other = trained("--epochs", 1, "--model", "mlp", out="other")
    shutil.copy(other.path / "model.safetensors", run.path)
    result = needle("evaluate", run.path)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the state dict does not fit this Sequential")
    assert "modules.1.weight is (64, 256), the module has (64, 10)" in result.stderr


@pytest.mark.parametrize(
    ("record", "text"),
    [
        ("{", "it holds no settings"),
        ("[]", "it holds no settings"),
        ("{}", "it holds no settings"),
        ('{"settings": 3}', "it holds no settings"),
        ('{"settings": {"model": "cnn"}}', "no model 'cnn'"),
        ('{"settings": {"colour": "red"}}', "no setting colour"),
        ('{"settings": {"epochs": "ten"}}', "epochs takes whole numbers"),
        ('{"settings": {"device": 5}}', "device and data_dir take text"),
        ('{"settings": {"data_dir": 5}}', "device and data_dir take text"),
        ('{"settings": {"hidden": "wide"}}', "hidden takes whole numbers"),
    ],
)
def test_a_damaged_record_is_refused(needle, run, record, text):
    (run.path / "run.json").write_text(record)
    refused(needle("evaluate", run.path), 1, "run.json is damaged or foreign", text)


def test_settings_survive_json():
    settings = Settings(model="mlp-resnet", hidden=(32, 16), lr=0.1 + 0.2, seed=2**63)
    assert Settings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize(
    "wrong", [{"epochs": 1.5}, {"epochs": True}, {"lr": "fast"}, {"seed": 2**64}, {"hidden": (2.0,)}]
)
def test_settings_of_wrong_types_are_refused(wrong):
    (name,) = wrong
    with pytest.raises(SettingsError, match=f"^{name} takes"):
        Settings(**wrong)
