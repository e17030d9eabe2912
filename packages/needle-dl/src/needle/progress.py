"""What a training shows while it runs."""

from __future__ import annotations

import sys
from typing import Any

import click
from needle_data import DataLoader
from needle_nn import Module

from .models import count_parameters
from .run_folder import EpochMetrics, RunFolder
from .settings import Settings
from .training import Observer


class Progress(Observer):
    """Prints one line an epoch, and below it a progress bar with loss and accuracy if stderr is a terminal."""

    def __init__(self) -> None:
        self.bar: Any = None
        self.epochs = 0
        self.run: RunFolder | None = None

    def started(self, run: RunFolder, settings: Settings, model: Module, train: DataLoader, test: DataLoader) -> None:
        """Print what is going to be trained."""
        self.run = run
        self.epochs = settings.epochs
        click.echo(
            f"{settings.model} ({count_parameters(model):,} parameters) on "
            f"{settings.dataset} ({len(train.dataset):,} training and {len(test.dataset):,} test images), "
            f"{settings.optimizer} with learning rate {settings.lr:g}, backend {settings.backend} on {settings.device}"
        )
        if sys.stderr.isatty():
            from tqdm import tqdm  # noqa: PLC0415  imported only where a bar is shown

            self.bar = tqdm(total=settings.epochs * len(train), unit="step", leave=False)

    def step_ended(self, loss: float, accuracy: float) -> None:
        """Move the bar on."""
        if self.bar is not None:
            self.bar.set_postfix(loss=f"{loss:.4f}", accuracy=f"{accuracy:.4f}", refresh=False)
            self.bar.update()

    def epoch_ended(self, metrics: EpochMetrics) -> None:
        """Print what the epoch came to."""
        line = (
            f"epoch {metrics.epoch:>{len(str(self.epochs))}}/{self.epochs}  "
            f"train loss {metrics.train_loss:.4f}, accuracy {metrics.train_accuracy:.4f}  "
            f"test loss {metrics.test_loss:.4f}, accuracy {metrics.test_accuracy:.4f}  {metrics.seconds:.2f} s"
        )
        if self.bar is None:
            click.echo(line)
        else:
            self.bar.write(line, file=sys.stdout)

    def close(self) -> None:
        """Take the bar away."""
        if self.bar is not None:
            self.bar.close()
