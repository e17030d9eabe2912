"""Course mode: what programs written for the course's Needle rely on, where it differs from Needle's own conventions.

`NEEDLE_COURSE=1`, or `course_mode()` before anything is made, sets switches that the lower layers own:

* random numbers come from NumPy's global stream, so that `np.random.seed` decides about all of them;
* Python floats are float64 with the NumPy backend, and float64 input that is given with a device becomes float32;
* integer tensors require gradients; `backward()` writes `.grad`, with a graph of its own, on every node of a graph,
  which it keeps;
* the truth value of a tensor is True, so that `if layer.bias:` asks whether there is one.
"""

from __future__ import annotations

import os
from typing import Any

from needle_autograd import random, switches
from needle_autograd.numpy_on_demand import np


class NumpyStream:
    """The source of random numbers that is NumPy's global one: one call of it per tensor, for the full shape.

    Numbers are drawn in float64, scaled, and only then given their dtype, for every device.
    """

    def uniform(self, shape: Any, low: float, high: float, *, dtype: Any, device: Any) -> Any:
        """Draw numbers from the interval [low, high)."""
        return np.asarray(np.random.rand(*shape) * (high - low) + low).astype(dtype)

    def normal(self, shape: Any, mean: float, std: float, *, dtype: Any, device: Any) -> Any:
        """Draw numbers from a normal distribution."""
        return np.asarray(np.random.randn(*shape) * std + mean).astype(dtype)

    def bernoulli(self, shape: Any, p: float, *, dtype: Any, device: Any) -> Any:
        """Draw 1 where a number from [0, 1) is at most p, and 0 elsewhere."""
        return np.asarray(np.random.rand(*shape) <= p).astype(dtype)

    def integers(self, low: int, high: int, shape: Any) -> Any:
        """Draw integers from low to high - 1."""
        return np.asarray(np.random.randint(low, high, size=shape))

    def permutation(self, n: int) -> Any:
        """Draw an order of the integers from 0 to n - 1."""
        return np.random.permutation(n)

    def get_state(self) -> dict[str, Any]:
        """Return the state of NumPy's stream."""
        return {"numpy": np.random.get_state()}

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state that get_state returned."""
        np.random.set_state(state["numpy"])


def course_mode() -> None:
    """Use the course's conventions from now on, in the whole process; call it before the first tensor is made."""
    switches.keep_python_floats = True
    switches.narrow_on_device = True
    switches.integer_gradients = True
    switches.gradients_everywhere = True
    switches.always_true = True
    random.set_generator(NumpyStream())


def from_environment() -> None:
    """Use the course's conventions if the environment says NEEDLE_COURSE=1.

    Raises:
        ValueError: it says something else than 0 or 1.
    """
    value = os.environ.get("NEEDLE_COURSE", "0")
    if value not in ("0", "1", ""):
        raise ValueError(f"NEEDLE_COURSE is {value!r}; write NEEDLE_COURSE=1 for course mode, or NEEDLE_COURSE=0")
    if value == "1":
        course_mode()
