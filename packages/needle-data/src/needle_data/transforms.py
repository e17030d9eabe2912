"""Functions of an example's input that a dataset applies as it is read.

A transform is any callable of one array. Images come as (height, width, channels). One that also takes a batch, with
one more axis in front, says so by a true attribute `batched`; the others are called image by image.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from needle_autograd.numpy_on_demand import np

from .errors import DTypeError, ShapeError


class Compose:
    """Several transforms as one, applied in order.

    Args:
        transforms: a sequence of callables, or a single one.

    Raises:
        TypeError: something in it can't be called.
    """

    def __init__(self, transforms: Sequence[Callable[[Any], Any]] | Callable[[Any], Any]) -> None:
        self.transforms = (transforms,) if callable(transforms) else tuple(transforms)
        for transform in self.transforms:
            if not callable(transform):
                raise TypeError(f"A transform must be callable with one array; {transform!r} is not.")

    @property
    def batched(self) -> bool:
        """Whether every one of the transforms takes a whole batch."""
        return all(getattr(transform, "batched", False) for transform in self.transforms)

    def __call__(self, x: Any) -> Any:
        """Return `x` after every transform."""
        for transform in self.transforms:
            x = transform(x)
        return x

    def __repr__(self) -> str:
        return f"Compose({list(self.transforms)!r})"


class ToFloat:
    """Turns integers into float32 between 0 and 1: x / maximum. Floats are only cast.

    Args:
        maximum: the value that becomes 1; by default the largest of the input's dtype, 255 for bytes.
    """

    batched = True

    def __init__(self, maximum: float | None = None) -> None:
        if maximum is not None and not maximum > 0:
            raise ValueError(f"ToFloat divides by its maximum, which must be above 0; it is {maximum}.")
        self.maximum = maximum

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return `x` as float32, of the same shape."""
        if x.dtype.kind not in "iu":
            return x.astype(np.float32)
        maximum = np.iinfo(x.dtype).max if self.maximum is None else self.maximum
        return np.divide(x, np.float32(maximum), dtype=np.float32)

    def __repr__(self) -> str:
        return f"ToFloat({'' if self.maximum is None else self.maximum})"


class Normalize:
    """Shifts and scales each channel: (x - mean) / std.

    Args:
        mean: a number, or one for each channel (the last axis).
        std: a number above 0, or one for each channel.

    Raises:
        ValueError: a std that is not above 0.
    """

    batched = True

    def __init__(self, mean: float | Sequence[float], std: float | Sequence[float]) -> None:
        self.mean, self.std = np.asarray(mean, np.float32), np.asarray(std, np.float32)
        if not np.all(self.std > 0):
            raise ValueError(f"Normalize divides by std, which must be above 0; it is {std}.")

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return (x - mean) / std in the dtype and shape of `x`, of shape (..., channels).

        Raises:
            DTypeError: `x` holds integers.
            ShapeError: there are as many means or stds as `x` has no channels.
        """
        if x.dtype.kind != "f":
            raise DTypeError(f"Normalize takes floats, and was given {x.dtype}: put ToFloat() before it.")
        for name, value in (("mean", self.mean), ("std", self.std)):
            if value.ndim and value.shape != x.shape[-1:]:
                raise ShapeError(
                    f"Normalize has a {name} of shape {value.shape}, and the input of shape {x.shape} has its channels "
                    f"in the last axis: give one number, or one for each channel."
                )
        centred: np.ndarray = x - self.mean.astype(x.dtype)
        centred /= self.std.astype(x.dtype)
        return centred

    def __repr__(self) -> str:
        return f"Normalize(mean={self.mean.tolist()}, std={self.std.tolist()})"
