"""What a training run is told."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import needle_autograd

from .models import MODELS
from .tasks import TASKS

BACKENDS = ("nd", "np")
DEFAULT_LR = {"adam": 0.002, "sgd": 0.1, "rmsprop": 0.001}


class SettingsError(ValueError):
    """A setting of a run has a value that it can't have."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that decides what a run computes; equal settings give equal losses.

    Args:
        dataset: a key of `needle.tasks.TASKS`.
        data_dir: folder with the data set's files; None is its usual place.
        model: a key of `needle.models.MODELS`.
        hidden: widths of the hidden layers; None are the model's own.
        epochs: passes over the training set.
        batch_size: examples in a step; None is the data set's usual number.
        optimizer: a key of `DEFAULT_LR`.
        lr: learning rate; None is the optimizer's usual one.
        seed: seeds initial parameters and shuffling.
        backend: "nd" or "np"; None is the one in use.
        device: "cpu", "cuda" or "cuda:INDEX".

    Raises:
        SettingsError: a value that can't be; the text says which, and what can be.
    """

    dataset: str = "digits"
    data_dir: str | None = None
    model: str = "mlp"
    hidden: tuple[int, ...] = None  # type: ignore[assignment]  # None is filled in below, as are the others
    epochs: int = 20
    batch_size: int = None  # type: ignore[assignment]
    optimizer: str = "adam"
    lr: float = None  # type: ignore[assignment]
    seed: int = 0
    backend: str = None  # type: ignore[assignment]
    device: str = "cpu"

    def __post_init__(self) -> None:
        self._fill("backend", needle_autograd.get_backend())
        for name, known in (("dataset", TASKS), ("model", MODELS), ("optimizer", DEFAULT_LR), ("backend", BACKENDS)):
            value = getattr(self, name)
            if value not in known:
                raise SettingsError(f"There is no {name} {value!r}; there are {', '.join(known)}.")
        kind = MODELS[self.model]
        self._fill("hidden", kind.default_hidden)
        self._fill("batch_size", TASKS[self.dataset].default_batch_size)
        self._fill("lr", DEFAULT_LR[self.optimizer])
        object.__setattr__(self, "hidden", tuple(self.hidden))
        if not kind.fewest <= len(self.hidden) <= kind.most:
            wanted = f"at least {kind.fewest}" if kind.fewest else "no"
            raise SettingsError(f"The model {self.model} takes {wanted} hidden width(s); hidden is {self.hidden}.")
        for name, values in (("hidden", self.hidden), ("epochs", (self.epochs,)), ("batch_size", (self.batch_size,))):
            if not all(type(value) is int and value >= 1 for value in values):
                raise SettingsError(f"{name} takes whole numbers of 1 or more; it is {getattr(self, name)!r}.")
        if not (isinstance(self.lr, (int, float)) and 0 < self.lr < math.inf):
            raise SettingsError(f"lr takes a finite number above 0; it is {self.lr!r}.")
        if not (isinstance(self.device, str) and isinstance(self.data_dir, str | None)):
            raise SettingsError(f"device and data_dir take text; they are {self.device!r} and {self.data_dir!r}.")
        if not (type(self.seed) is int and 0 <= self.seed < 2**64):
            raise SettingsError(f"seed takes a whole number of 0 or more, below 2**64; it is {self.seed!r}.")

    def _fill(self, name: str, default: Any) -> None:
        if getattr(self, name) is None:
            object.__setattr__(self, name, default)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Settings:
        """Return the settings that `to_dict` wrote.

        Raises:
            SettingsError: a value that can't be, or a name that is none.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise SettingsError(f"There is no setting {', '.join(sorted(unknown))}.")
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values for JSON."""
        return asdict(self)
