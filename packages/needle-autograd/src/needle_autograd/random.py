"""Random numbers: one default generator, from which initializers, dropout and data draw.

The numbers come from needle-ndarray's counter-based Philox generator on every backend, so that a seed gives the same
ones with `NEEDLE_BACKEND=np` and `nd`. `set_generator` puts any object with the methods of `Source` in its place.
"""

from __future__ import annotations

import os
import threading
from typing import Any, Protocol

import needle_ndarray as nd

from .backends.selection import check_device, current_namespace, dtype_name
from .numpy_on_demand import is_numpy, np

Generator = nd.random.Generator
"""The class of generators: `Generator(seed)`."""


class Source(Protocol):
    """What the default generator must be able to do; it may return arrays of NumPy or of needle-ndarray."""

    def uniform(self, shape: Any, low: float, high: float, *, dtype: Any, device: Any) -> Any:
        """Draw numbers from the interval [low, high)."""

    def normal(self, shape: Any, mean: float, std: float, *, dtype: Any, device: Any) -> Any:
        """Draw numbers from a normal distribution."""

    def bernoulli(self, shape: Any, p: float, *, dtype: Any, device: Any) -> Any:
        """Draw 1 with probability p and 0 otherwise."""

    def integers(self, low: int, high: int, shape: Any) -> Any:
        """Draw integers from low to high - 1."""

    def permutation(self, n: int) -> Any:
        """Draw an order of the integers from 0 to n - 1."""

    def get_state(self) -> dict[str, Any]:
        """Return what set_state needs to go on from here."""

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state that get_state returned."""


_lock = threading.Lock()
_default: Any = None


def generator() -> Any:
    """Return the default generator; before any `seed()` it starts from the system's entropy."""
    global _default  # noqa: PLW0603
    with _lock:
        if _default is None:
            _default = Generator(int.from_bytes(os.urandom(8), "little") >> 1)
        return _default


def set_generator(source: Source | None) -> None:
    """Draw all random numbers from another source from now on.

    Args:
        source: a `Generator`, or any object with the methods of `Source`; None for a new generator.
    """
    global _default  # noqa: PLW0603
    with _lock:
        _default = source


def seed(n: int) -> None:
    """Start the default generator anew, so that what is drawn afterwards can be repeated.

    Args:
        n: any integer from 0.
    """
    set_generator(Generator(n))


def get_state() -> dict[str, Any]:
    """Return the state of the default generator."""
    state: dict[str, Any] = generator().get_state()
    return state


def set_state(state: dict[str, Any]) -> None:
    """Put the default generator back into a state that `get_state` returned."""
    generator().set_state(state)


def uniform(
    shape: tuple[int, ...] = (),
    low: float = 0.0,
    high: float = 1.0,
    *,
    dtype: Any = "float32",
    device: Any = None,
    generator: Any = None,
) -> Any:
    """Draw numbers from the interval [low, high).

    Args:
        shape: the shape of the result.
        low: the smallest possible number.
        high: the end of the interval.
        dtype: a floating-point dtype.
        device: where the array lives; None for the default device.
        generator: what to draw from; None for the default generator.

    Returns:
        An array of the current backend.
    """
    return _drawn(_source(generator, device).uniform(shape, low, high, dtype=dtype_name(dtype), device=device), device)


def normal(
    shape: tuple[int, ...] = (),
    mean: float = 0.0,
    std: float = 1.0,
    *,
    dtype: Any = "float32",
    device: Any = None,
    generator: Any = None,
) -> Any:
    """Draw numbers from a normal distribution; arguments as in `uniform`.

    Args:
        shape: the shape of the result.
        mean: the mean of the distribution.
        std: its standard deviation.
        dtype: a floating-point dtype.
        device: where the array lives; None for the default device.
        generator: what to draw from; None for the default generator.

    Returns:
        An array of the current backend.
    """
    return _drawn(_source(generator, device).normal(shape, mean, std, dtype=dtype_name(dtype), device=device), device)


def bernoulli(
    shape: tuple[int, ...] = (),
    p: float = 0.5,
    *,
    dtype: Any = "bool",
    device: Any = None,
    generator: Any = None,
) -> Any:
    """Draw 1 (True) with probability p and 0 (False) otherwise.

    Args:
        shape: the shape of the result.
        p: the probability of 1, from 0 to 1.
        dtype: any dtype.
        device: where the array lives; None for the default device.
        generator: what to draw from; None for the default generator.

    Returns:
        An array of the current backend.
    """
    return _drawn(_source(generator, device).bernoulli(shape, p, dtype=dtype_name(dtype), device=device), device)


def permutation(n: int, *, generator: Any = None) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Draw an order of the integers from 0 to n - 1.

    Args:
        n: how many.
        generator: what to draw from; None for the default generator.

    Returns:
        A NumPy array of int64, (n,), on every backend.
    """
    return _numpy(_source(generator, None).permutation(n)).astype(np.int64, copy=False)


def integers(low: int, high: int, shape: tuple[int, ...] = (), *, generator: Any = None) -> np.ndarray[Any, Any]:
    """Draw integers from low to high - 1.

    Args:
        low: the smallest possible integer.
        high: one more than the largest.
        shape: the shape of the result.
        generator: what to draw from; None for the default generator.

    Returns:
        A NumPy array of int64, on every backend.
    """
    return _numpy(_source(generator, None).integers(low, high, shape)).astype(np.int64, copy=False)


_default_generator = generator


def _source(given: Any, device: Any) -> Any:
    check_device(device, current_namespace())
    return _default_generator() if given is None else given


def _numpy(array: Any) -> np.ndarray[Any, Any]:
    return np.asarray(array.numpy() if hasattr(array, "numpy") else array)


def _drawn(array: Any, device: Any) -> Any:
    """Make what a source returned an array of the current backend."""
    if is_numpy(current_namespace()):
        return _numpy(array)
    return array if isinstance(array, nd.NDArray) else nd.asarray(array, device=device)
