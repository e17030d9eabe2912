"""Training a classifier and measuring it: the loop behind `needle train` and `needle evaluate`."""

from __future__ import annotations

import math
import platform
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any

import needle_autograd
import needle_data
import needle_ndarray
import needle_nn
from needle_autograd import Tensor, no_grad, random
from needle_autograd.numpy_on_demand import np
from needle_data import DataLoader
from needle_nn import Module, SoftmaxLoss
from needle_nn.optim import SGD, Adam, Optimizer, RMSprop

from . import __version__
from .devices import device_named
from .models import build_model, count_parameters
from .run_folder import EpochMetrics, RunFolder
from .settings import Settings
from .tasks import TASKS, read_task

TEST_BATCH = 500
SGD_MOMENTUM = 0.9


class DivergenceError(ArithmeticError):
    """The loss became infinite or no number at all."""


class Observer:
    """Hears how a training goes; this one ignores it. Derive from it to show or record progress."""

    def started(self, run: RunFolder, settings: Settings, model: Module, train: DataLoader, test: DataLoader) -> None:
        """Hear that all is read and built and the first epoch begins."""

    def step_ended(self, loss: float, accuracy: float) -> None:
        """Hear, after each step, the epoch's mean loss and accuracy so far."""

    def epoch_ended(self, metrics: EpochMetrics) -> None:
        """Hear what an epoch came to; its files are written."""


def train(
    settings: Settings, out: str | Path | None = None, observer: Observer | None = None
) -> tuple[RunFolder, list[EpochMetrics]]:
    """Train a model and keep the run folder up to date after every epoch.

    Args:
        settings: what to train, on what, and how.
        out: the run folder, made once the data are read; None is the first free one of runs/DATASET-MODEL-1, -2, ...
        observer: hears of every step and epoch.

    Returns:
        The run folder, and the metrics of each epoch.

    Raises:
        DivergenceError: the loss is no finite number any more; the epochs before stand in the run folder.
        DeviceError, BackendUnavailable: the device can't be used.
        DataNotFoundError, FormatError: the data set is missing or damaged.
        OSError: the run folder can't be made or written to.
    """
    observer = observer or Observer()
    if settings.data_dir is not None:  # recorded so that the run can be evaluated from any folder
        settings = replace(settings, data_dir=str(Path(settings.data_dir).absolute()))
    device = select(settings)
    random.seed(settings.seed)
    data = read_task(settings.dataset, settings.data_dir, train=True)
    loader = DataLoader(data, settings.batch_size, shuffle=True, device=device)
    test_loader = _test_loader(settings, device)
    model = build_model(settings.model, data[0][0].shape, TASKS[settings.dataset].classes, settings.hidden, device)
    optimizer = build_optimizer(settings, model)

    run = RunFolder.create(out, f"{settings.dataset}-{settings.model}")
    record: dict[str, Any] = {
        "status": "running",
        "settings": settings.to_dict(),
        "versions": versions(),
        "parameters": count_parameters(model),
        "result": None,
    }
    run.write_record(record)
    observer.started(run, settings, model, loader, test_loader)
    history: list[EpochMetrics] = []
    try:
        for epoch in range(1, settings.epochs + 1):
            start = perf_counter()
            with np.errstate(over="ignore", invalid="ignore"):  # a loss that diverges is reported below, by name
                train_loss, train_accuracy = train_epoch(model, loader, optimizer, observer.step_ended)
                test_loss, test_accuracy = measure(model, test_loader)
            seconds = perf_counter() - start
            if not math.isfinite(train_loss + test_loss):
                raise DivergenceError(
                    f"The loss became {train_loss} in training and {test_loss} in testing in epoch {epoch}: the steps "
                    f"are too long. Use a learning rate below {settings.lr}."
                )
            metrics = EpochMetrics(epoch, train_loss, train_accuracy, test_loss, test_accuracy, seconds)
            history.append(metrics)
            record["result"] = _result(history)
            needle_nn.save(run.model, model)
            run.write_epoch(history, record)
            observer.epoch_ended(metrics)
    except BaseException as error:
        run.write_record(record | {"status": "diverged" if isinstance(error, DivergenceError) else "interrupted"})
        raise
    run.write_record(record | {"status": "finished"})
    return run, history


def train_epoch(
    model: Module,
    loader: DataLoader,
    optimizer: Optimizer,
    step_ended: Callable[[float, float], None] = lambda loss, accuracy: None,
) -> tuple[float, float]:
    """Take one optimizer step for each batch.

    Args:
        model: gives class scores (N, classes).
        loader: yields (inputs, labels (N,)).
        optimizer: updates the model's parameters.
        step_ended: called after each step with the means so far.

    Returns:
        Mean loss and accuracy over the examples, each measured before its batch's update.
    """
    model.train()
    loss_function = SoftmaxLoss()
    tally = Tally()
    for inputs, labels in loader:
        optimizer.reset_grad()
        logits = model(inputs)
        loss = loss_function(logits, labels)
        loss.backward()
        optimizer.step()
        tally.add(loss, logits, labels)
        step_ended(tally.loss, tally.accuracy)
    return tally.loss, tally.accuracy


@no_grad()
def measure(model: Module, loader: DataLoader) -> tuple[float, float]:
    """Return a model's mean loss and accuracy on the loader's examples, with the model in evaluation mode."""
    model.eval()
    loss_function = SoftmaxLoss()
    tally = Tally()
    for inputs, labels in loader:
        logits = model(inputs)
        tally.add(loss_function(logits, labels), logits, labels)
    return tally.loss, tally.accuracy


def evaluate(
    run: RunFolder, *, data_dir: str | Path | None = None, backend: str | None = None, device: str | None = None
) -> float:
    """Rebuild a run's model from its folder and return its accuracy on the test set.

    Args:
        run: the folder that training wrote.
        data_dir: where the data set's files are, if not where they were at training.
        backend: "nd" or "np", if not that of the training.
        device: "cpu", "cuda" or "cuda:INDEX", if not that of the training.

    Raises:
        RunError: the folder holds no finished epoch of a run.
        CheckpointError, StateDictError: the model's file is damaged or belongs to another model.
        DeviceError, BackendUnavailable: the device can't be used.
        DataNotFoundError, FormatError: the data set is missing or damaged.
    """
    settings = run.read_settings()
    changes = {"data_dir": None if data_dir is None else str(data_dir), "backend": backend, "device": device}
    settings = Settings(**settings.to_dict() | {name: value for name, value in changes.items() if value is not None})
    where = select(settings)
    loader = _test_loader(settings, where)
    image_shape = loader.dataset[0][0].shape
    model = build_model(settings.model, image_shape, TASKS[settings.dataset].classes, settings.hidden, where)
    model.load_state_dict(needle_nn.load(run.model))
    return measure(model, loader)[1]


def build_optimizer(settings: Settings, model: Module) -> Optimizer:
    """Return the optimizer that the settings name, over the model's parameters."""
    parameters = model.parameters()
    if settings.optimizer == "sgd":
        return SGD(parameters, lr=settings.lr, momentum=SGD_MOMENTUM)
    return {"adam": Adam, "rmsprop": RMSprop}[settings.optimizer](parameters, lr=settings.lr)


def select(settings: Settings) -> needle_autograd.Device:
    """Make the settings' backend the current one and return their device."""
    needle_autograd.set_backend(settings.backend)
    return device_named(settings.device, settings.backend)


def versions() -> dict[str, str]:
    """Return the versions of the five packages, Python and NumPy, by name."""
    packages = {
        "needle-dl": __version__,
        "needle-nn": needle_nn.__version__,
        "needle-data": needle_data.__version__,
        "needle-autograd": needle_autograd.__version__,
        "needle-ndarray": needle_ndarray.__version__,
    }
    return packages | {"python": platform.python_version(), "numpy": np.__version__}


class Tally:
    """Running means over batches of different sizes."""

    def __init__(self) -> None:
        self.examples = 0
        self.summed_loss = 0.0
        self.correct = 0

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Count a batch.

        Args:
            loss: the batch's mean loss, a scalar.
            logits: class scores (N, classes).
            labels: the true classes (N,).
        """
        answers = labels.numpy()
        self.examples += len(answers)
        self.summed_loss += float(loss.item()) * len(answers)
        self.correct += int(np.count_nonzero(logits.numpy().argmax(axis=1) == answers))

    @property
    def loss(self) -> float:
        """The mean loss of the examples so far."""
        return self.summed_loss / self.examples

    @property
    def accuracy(self) -> float:
        """The share of right answers among the examples so far."""
        return self.correct / self.examples


def _test_loader(settings: Settings, device: Any) -> DataLoader:
    return DataLoader(read_task(settings.dataset, settings.data_dir, train=False), TEST_BATCH, device=device)


def _result(history: list[EpochMetrics]) -> dict[str, float]:
    last = history[-1]
    return {
        "epochs": last.epoch,
        "train_loss": last.train_loss,
        "train_accuracy": last.train_accuracy,
        "test_loss": last.test_loss,
        "test_accuracy": last.test_accuracy,
        "seconds": sum(metrics.seconds for metrics in history),
    }
