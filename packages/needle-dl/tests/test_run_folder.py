import os

import pytest
from needle.run_folder import EpochMetrics, metrics_csv, write_atomically


def test_metrics_keep_every_digit():
    metrics = EpochMetrics(1, 0.1 + 0.2, 1 / 3, 2 / 3, 0.9, 1e-7)
    header, line = metrics_csv([metrics]).splitlines()
    assert header == "epoch,train_loss,train_accuracy,test_loss,test_accuracy,seconds"
    assert [float(value) for value in line.split(",")] == [1, 0.1 + 0.2, 1 / 3, 2 / 3, 0.9, 1e-7]


def test_a_file_is_replaced_whole(tmp_path):
    path = tmp_path / "a.txt"
    write_atomically(path, "old")
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, call):
    path = tmp_path / "a.txt"
    write_atomically(path, "old")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]
