import json
from dataclasses import dataclass
from pathlib import Path

import needle_autograd
import pytest
from click.testing import CliRunner
from needle import course_mode
from needle.cli import main

METRICS = ["epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy"]


@pytest.fixture(autouse=True)
def unchanged_backend():
    before = needle_autograd.get_backend()
    yield
    needle_autograd.set_backend(before)


@pytest.fixture(params=["nd", "np"])
def backend(request):
    """Each backend by turns."""
    needle_autograd.set_backend(request.param)
    return request.param


@pytest.fixture
def course():
    """Course mode for one test."""
    switches = needle_autograd.switches
    before = {name: getattr(switches, name) for name in type(switches).__slots__}
    course_mode()
    yield
    for name, value in before.items():
        setattr(switches, name, value)
    needle_autograd.random.set_generator(None)


@pytest.fixture
def needle(tmp_path, monkeypatch):
    """Runs the `needle` command in an empty folder; gives click's result."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


@dataclass
class Run:
    """A run folder as a stranger reads it."""

    path: Path

    @property
    def rows(self):
        header, *lines = (self.path / "metrics.csv").read_text().splitlines()
        return [dict(zip(header.split(","), map(float, line.split(",")), strict=True)) for line in lines]

    @property
    def losses(self):
        """Every figure of every epoch but the seconds."""
        return [[row[name] for name in METRICS] for row in self.rows]

    @property
    def record(self):
        return json.loads((self.path / "run.json").read_text())


@pytest.fixture
def trained(needle, tmp_path):
    """Trains with the given options; gives the run folder."""

    def train(*options, out="run"):
        result = needle("train", "--out", out, *options)
        assert result.exit_code == 0, result.output
        return Run(tmp_path / out)

    return train
