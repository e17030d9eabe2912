import json
import struct
import subprocess
import sys
from xml.etree import ElementTree

import needle_autograd
import numpy as np
import pytest
import safetensors.numpy
from click.testing import CliRunner
from needle.cli import main
from needle.progress import Progress
from needle.run_folder import RunFolder
from needle.settings import Settings
from needle.training import DivergenceError, Observer, evaluate, train

SHORT = ("--epochs", 2, "--batch-size", 64)


def last_line(result):
    return result.stdout.rstrip("\n").splitlines()[-1]


def test_a_run_leaves_its_four_files(needle, trained):
    run = trained(*SHORT, "--seed", 3)
    assert sorted(path.name for path in run.path.iterdir()) == [
        "curve.svg",
        "metrics.csv",
        "model.safetensors",
        "run.json",
    ]
    header = (run.path / "metrics.csv").read_text().splitlines()[0]
    assert header == "epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds"
    assert [row["epoch"] for row in run.rows] == [1, 2]
    assert run.rows[1]["train_loss"] < run.rows[0]["train_loss"]
    assert {row["seconds"] > 0 for row in run.rows} == {True}
    assert ElementTree.parse(run.path / "curve.svg").getroot().tag.endswith("svg")


def test_the_record_holds_settings_versions_and_final_figures(trained):
    run = trained(*SHORT, "--seed", 3, "--hidden", "24,16", "--optimizer", "sgd")
    record = run.record
    assert record["status"] == "finished"
    assert record["parameters"] == 64 * 24 + 24 + 24 * 16 + 16 + 16 * 10 + 10
    assert record["settings"] == {
        "dataset": "digits",
        "data_dir": None,
        "model": "mlp",
        "hidden": [24, 16],
        "epochs": 2,
        "batch_size": 64,
        "optimizer": "sgd",
        "lr": 0.1,
        "seed": 3,
        "backend": needle_autograd.get_backend(),
        "device": "cpu",
    }
    assert set(record["versions"]) >= {
        "needle-dl",
        "needle-nn",
        "needle-data",
        "needle-autograd",
        "needle-ndarray",
        "python",
    }
    assert {name: record["result"][name] for name in run.rows[-1] if name not in ("epoch", "seconds")} == {
        name: value for name, value in run.rows[-1].items() if name not in ("epoch", "seconds")
    }
    assert record["result"]["epochs"] == 2


def test_saved_weights_have_the_models_shapes(trained):
    run = trained(*SHORT, "--hidden", "24")
    shapes = sorted(array.shape for array in safetensors.numpy.load_file(run.path / "model.safetensors").values())
    assert shapes == [(1, 10), (1, 24), (24, 10), (64, 24)]


def test_the_last_line_is_the_accuracy_that_evaluate_and_the_files_give(needle, tmp_path):
    result = needle("train", "--out", "run", *SHORT)
    accuracy = json.loads((tmp_path / "run" / "run.json").read_text())["result"]["test_accuracy"]
    assert last_line(result) == f"test accuracy: {accuracy:.4f}"
    assert last_line(needle("evaluate", "run")) == last_line(result)
    as_json = needle("evaluate", "run", "--json")
    assert json.loads(as_json.stdout) == {"accuracy": accuracy}
    assert as_json.stdout.count("\n") == 1


def test_defaults_learn_the_digits(needle):
    """One full run: what the documentation promises of `needle train` without options."""
    result = needle("train")
    assert result.exit_code == 0, result.output
    assert float(last_line(result).removeprefix("test accuracy: ")) >= 0.97
    assert "runs/digits-mlp-1" in result.stdout
    assert result.stderr == ""


@pytest.mark.parametrize("backend", ["nd", "np"])
def test_equal_seeds_give_equal_losses_to_the_bit(trained, backend):
    first = trained(*SHORT, "--backend", backend, "--seed", 5, out="first").losses
    assert trained(*SHORT, "--backend", backend, "--seed", 5, out="second").losses == first
    assert trained(*SHORT, "--backend", backend, "--seed", 6, out="third").losses != first


@pytest.mark.parametrize(("model", "tolerance"), [("linear", 1e-4), ("mlp", 1e-4), ("mlp-resnet", 1e-2)])
def test_both_backends_give_equal_losses_to_rounding(trained, model, tolerance):
    """Each step carries the rounding of those before it on and enlarges it, most in the deepest model."""
    losses = [trained(*SHORT, "--model", model, "--backend", name, out=name).losses for name in ("nd", "np")]
    np.testing.assert_allclose(losses[0], losses[1], rtol=tolerance)


def test_a_run_is_evaluated_on_the_other_backend(needle, trained):
    run = trained(*SHORT, "--backend", "np")
    for backend in ("nd", "np"):
        found = json.loads(needle("evaluate", run.path, "--json", "--backend", backend).stdout)["accuracy"]
        assert found == pytest.approx(run.record["result"]["test_accuracy"], abs=1e-3)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_every_optimizer_learns_with_its_own_learning_rate(trained, optimizer):
    rows = trained(*SHORT, "--optimizer", optimizer).rows
    assert rows[-1]["test_accuracy"] > 0.8


def test_runs_without_a_name_are_numbered(needle, tmp_path):
    for _ in range(2):
        assert needle("train", "--epochs", 1, "--model", "linear").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["digits-linear-1", "digits-linear-2"]


def test_an_earlier_run_in_the_folder_is_replaced(needle, trained):
    first = trained(*SHORT, "--model", "linear").losses
    run = trained("--epochs", 1, "--model", "mlp")
    assert len(run.rows) == 1
    assert run.losses != first
    assert needle("evaluate", run.path).exit_code == 0


class StopAfter(Observer):
    def __init__(self, epochs):
        self.epochs = epochs

    def step_ended(self, loss, accuracy):
        if not self.epochs:
            raise KeyboardInterrupt

    def epoch_ended(self, metrics):
        self.epochs -= 1


def test_an_interrupted_run_holds_its_finished_epochs(tmp_path):
    settings = Settings(epochs=5, batch_size=64)
    with pytest.raises(KeyboardInterrupt):
        train(settings, tmp_path / "run", StopAfter(2))
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (record["status"], record["result"]["epochs"]) == ("interrupted", 2)
    assert len((tmp_path / "run" / "metrics.csv").read_text().splitlines()) == 3
    assert evaluate(RunFolder(tmp_path / "run")) == record["result"]["test_accuracy"]


def test_interrupting_the_command_says_where_its_epochs_are(needle, monkeypatch):
    def interrupt(self, metrics):
        raise KeyboardInterrupt

    monkeypatch.setattr(Progress, "epoch_ended", interrupt)
    result = needle("train", "--out", "run")
    assert result.exit_code == 130
    assert result.stderr == "Interrupted; what the finished epochs left is in run.\n"


def test_a_diverging_run_says_so_and_leaves_valid_files(tmp_path, recwarn):
    with pytest.raises(DivergenceError, match=r"The loss became .* in epoch 1.*learning rate below 1e\+20"):
        train(Settings(optimizer="sgd", lr=1e20, epochs=2), tmp_path / "run")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "diverged"
    assert not recwarn.list


def test_the_command_as_a_process(tmp_path):
    """Standard output ends with the accuracy, and standard error stays silent when it is no terminal."""
    command = [sys.executable, "-m", "needle", "train", "--epochs", "1", "--out", str(tmp_path / "run")]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert last_line(result).startswith("test accuracy: 0.")
    assert result.stderr == ""


def test_help_names_every_option(needle):
    text = needle("train", "--help").stdout
    for name in ("dataset", "data-dir", "model", "hidden", "epochs", "batch-size", "lr", "optimizer", "seed"):
        assert f"--{name} " in text
    for name in ("backend", "device", "out"):
        assert f"--{name} " in text
    assert main.commands.keys() == {"train", "evaluate", "info"}


def test_info_lists_versions_and_devices(needle):
    lines = dict(
        line.split(maxsplit=1) for line in needle("info").stdout.replace("instruction set", "isa").splitlines()
    )
    assert {"needle-dl", "needle-nn", "needle-data", "needle-autograd", "needle-ndarray", "python", "numpy"} < set(
        lines
    )
    assert lines["needle-autograd"] == needle_autograd.__version__
    assert lines["backend"] == needle_autograd.get_backend()
    assert int(lines["threads"]) >= 1
    assert lines["isa"]
    cuda = needle_autograd.cuda()
    assert lines["cuda"] == ("on" if cuda.enabled() else f"off: {cuda.why_not()}")


def test_data_are_found_again_from_another_folder(needle, tmp_path, monkeypatch):
    """A data set of random images in MNIST's files, named by a relative path."""
    rng = np.random.default_rng(0)
    (tmp_path / "data").mkdir()
    for kind, n in (("train", 256), ("t10k", 100)):
        header = struct.pack(">4B3I", 0, 0, 8, 3, n, 28, 28)
        (tmp_path / f"data/{kind}-images-idx3-ubyte").write_bytes(header + rng.bytes(n * 28 * 28))
        labels = bytes(rng.integers(0, 10, n, dtype="uint8"))
        (tmp_path / f"data/{kind}-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, n) + labels)
    options = ["--dataset", "mnist", "--data-dir", "data", "--model", "linear", "--epochs", "1"]
    trained = needle("train", "--out", "run", *options)
    assert trained.exit_code == 0, trained.output
    assert "(7,850 parameters) on mnist (256 training and 100 test images)" in trained.stdout
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    result = CliRunner().invoke(main, ["evaluate", str(tmp_path / "run")])
    assert last_line(result) == last_line(trained)
