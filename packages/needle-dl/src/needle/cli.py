"""The `needle` command."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
import needle_autograd
import needle_ndarray
from needle_autograd.errors import BackendUnavailable, DeviceError
from needle_data import DataNotFoundError, FormatError
from needle_nn import CheckpointError, StateDictError

from . import __version__
from .models import MODELS
from .progress import Progress
from .run_folder import RunError, RunFolder
from .settings import BACKENDS, DEFAULT_LR, Settings, SettingsError
from .tasks import TASKS
from .training import DivergenceError, evaluate, train, versions

REFUSALS = (
    BackendUnavailable,
    CheckpointError,
    DataNotFoundError,
    DivergenceError,
    FormatError,
    OSError,
    RunError,
    StateDictError,
)


LR_HELP = ", ".join(f"{lr:g} for {name}" for name, lr in DEFAULT_LR.items())
BATCH_SIZE_HELP = ", ".join(f"{task.default_batch_size} for {name}" for name, task in TASKS.items())
INTERRUPTED = 130  # what shells report of a program that Ctrl-C ended


@contextmanager
def refusals_in_one_line() -> Iterator[None]:
    """Turn the errors that a user can cause into click's: status 2 for wrong options, 1 for the rest."""
    try:
        yield
    except (SettingsError, DeviceError) as error:
        raise click.UsageError(str(error)) from error
    except REFUSALS as error:
        raise click.ClickException(str(error)) from error


def parse_widths(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """Turn "128,64" into (128, 64)."""
    try:
        return None if value is None else tuple(int(width) for width in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a list of widths; write for example 128,64.") from None


def where_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say where the data are and where to compute."""
    for option in (
        click.option("--device", metavar="cpu|cuda|cuda:N", help="Where to compute.  [default: cpu]"),
        click.option(
            "--backend",
            type=click.Choice(BACKENDS),
            help="What to compute with: nd is needle-ndarray, np is NumPy.  [default: $NEEDLE_BACKEND, or nd]",
        ),
        click.option("--data-dir", metavar="FOLDER", help="Folder with the files of the data set."),
    ):
        command = option(command)
    return command


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="needle")
def main() -> None:
    """Train and measure models with Needle."""


@main.command("train")
@click.option("--dataset", type=click.Choice(list(TASKS)), default="digits", show_default=True, help="What to learn.")
@click.option("--model", type=click.Choice(list(MODELS)), default="mlp", show_default=True, help="What learns it.")
@click.option("--hidden", callback=parse_widths, metavar="W,W,...", help="Widths of the model's hidden layers.")
@click.option("--epochs", type=int, default=Settings.epochs, show_default=True, help="Passes over the training set.")
@click.option("--batch-size", type=int, help=f"Examples in a step.  [default: {BATCH_SIZE_HELP}]")
@click.option("--optimizer", type=click.Choice(list(DEFAULT_LR)), default="adam", show_default=True)
@click.option("--lr", type=float, help=f"Learning rate.  [default: {LR_HELP}]")
@click.option("--seed", type=int, default=0, show_default=True, help="Equal seeds give equal losses, to the bit.")
@where_options
@click.option(
    "--out",
    metavar="FOLDER",
    help="Run folder; an earlier run in it is replaced.  [default: the next free runs/DATASET-MODEL-N]",
)
def train_command(out: str | None, **options: Any) -> None:
    """Train a model and leave its weights, metrics, settings and learning curve in a run folder."""
    progress = Progress()
    with refusals_in_one_line():
        settings = Settings(**{name: value for name, value in options.items() if value is not None})
        try:
            run, history = train(settings, out, progress)
        except KeyboardInterrupt:
            where = f"; what the finished epochs left is in {progress.run.path}" if progress.run else ""
            click.echo(f"Interrupted{where}.", err=True)
            raise SystemExit(INTERRUPTED) from None
        finally:
            progress.close()
    seconds = sum(metrics.seconds for metrics in history)
    click.echo(
        f"trained {len(history)} epoch(s) in {seconds:.1f} s; model, metrics, settings and curve are in {run.path}"
    )
    click.echo(accuracy_line(history[-1].test_accuracy))


@main.command("evaluate")
@click.argument("run", metavar="RUN")
@click.option("--json", "as_json", is_flag=True, help='Print {"accuracy": ...} alone.')
@where_options
def evaluate_command(run: str, as_json: bool, **where: Any) -> None:
    """Rebuild the model of the run folder RUN and print its accuracy on the test set."""
    with refusals_in_one_line():
        accuracy = evaluate(RunFolder(run), **where)
    click.echo(json.dumps({"accuracy": accuracy}) if as_json else accuracy_line(accuracy))


@main.command("info")
def info_command() -> None:
    """Print versions, and what this installation computes with."""
    cuda = needle_ndarray.cuda()
    build = needle_ndarray.build_info()
    facts = versions() | {
        "backend": needle_autograd.get_backend(),
        "threads": str(build["threads"]),
        "instruction set": build["isa"],
        "cuda": "on" if cuda.enabled() else f"off: {cuda.why_not()}",
    }
    width = max(map(len, facts))
    for name, value in facts.items():
        click.echo(f"{name:{width}}  {value}")


def accuracy_line(accuracy: float) -> str:
    """Return the line with which `train` and `evaluate` end."""
    return f"test accuracy: {accuracy:.4f}"
