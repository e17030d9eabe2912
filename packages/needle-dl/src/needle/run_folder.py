"""The folder that a training run leaves behind, and that an evaluation reads."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from .curve import curve_svg
from .settings import Settings, SettingsError


class RunError(ValueError):
    """A folder is no run folder, or lacks what was asked of it."""


@dataclass(frozen=True)
class EpochMetrics:
    """What one epoch came to; the columns of metrics.csv.

    The training figures are means over the epoch's steps, each taken before its update. The test figures are taken
    after the epoch. `seconds` covers both.
    """

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float
    test_accuracy: float
    seconds: float


class RunFolder:
    """The files of one run.

    Every file is written under another name first and then renamed, so that whoever reads, at whatever moment the
    run was broken off, finds whole files: those of the last finished epoch.

    Args:
        path: the folder.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.model = self.path / "model.safetensors"
        self.metrics = self.path / "metrics.csv"
        self.curve = self.path / "curve.svg"
        self.record = self.path / "run.json"

    @classmethod
    def create(cls, path: str | Path | None, name: str) -> RunFolder:
        """Make the folder of a new run.

        Args:
            path: the folder; if it holds an earlier run, that run's files are removed. None takes the first free one of
                runs/NAME-1, runs/NAME-2, ...
            name: what the run is called where `path` is None.

        Raises:
            OSError: the folder can't be made or written to.
        """
        try:
            run = cls(_first_free_folder(Path("runs"), name) if path is None else path)
            run.path.mkdir(parents=True, exist_ok=True)
            write_atomically(run.record, "{}\n")
            for file in (run.model, run.metrics, run.curve):
                file.unlink(missing_ok=True)
        except OSError as error:
            reason = f"the run folder can't be made or written to: {error.strerror or error}"
            raise OSError(error.errno, reason, str(path or "runs")) from error
        return run

    def write_epoch(self, history: Sequence[EpochMetrics], record: dict[str, Any]) -> None:
        """Write metrics.csv, curve.svg and run.json as they stand after an epoch.

        Args:
            history: the metrics of every epoch so far.
            record: the content of run.json.
        """
        write_atomically(self.metrics, metrics_csv(history))
        write_atomically(self.curve, curve_svg(history))
        self.write_record(record)

    def write_record(self, record: dict[str, Any]) -> None:
        """Write run.json."""
        write_atomically(self.record, json.dumps(record, indent=2, allow_nan=False) + "\n")

    def read_settings(self) -> Settings:
        """Read the settings from run.json.

        Raises:
            RunError: this is no run folder, its run.json is damaged, or no epoch was finished.
        """
        if not self.record.is_file():
            raise RunError(f"{self.path} is no run folder: it has no run.json. `needle train --out FOLDER` makes one.")
        try:
            settings = Settings.from_dict(json.loads(self.record.read_text(encoding="utf-8"))["settings"])
        except (ValueError, KeyError, TypeError) as error:
            reason = str(error) if isinstance(error, SettingsError) else "it holds no settings"
            raise RunError(f"{self.record} is damaged or foreign: {reason}.") from error
        if not self.model.is_file():
            raise RunError(
                f"{self.path} has no model.safetensors: no epoch of its training was finished. Train it again."
            )
        return settings


def metrics_csv(history: Sequence[EpochMetrics]) -> str:
    """Return the text of metrics.csv: a header and one line an epoch, with every digit of each number."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [field.name for field in fields(EpochMetrics)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(metrics) for metrics in history)
    return text.getvalue()


def write_atomically(path: Path, text: str) -> None:
    """Write a text file whole or not at all.

    Raises:
        OSError: it can't be written; a file that was there before is then still there.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        with open(temporary, "x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _first_free_folder(parent: Path, name: str) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = parent / f"{name}-{number}"
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path
