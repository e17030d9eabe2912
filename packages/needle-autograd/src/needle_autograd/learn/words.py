"""How numbers, shapes and lists of nodes are written in the texts of this package."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from operator import index
from typing import Any

import numpy as np

from ..backends.selection import dtype_name
from ..value import Value


def number(value: float) -> str:
    """Write a number with four digits, and without the sign of a zero."""
    return f"{value + 0.0:.4g}"


def described(value: Value) -> str:
    """Write dtype and shape of a value, as in `float32 (2, 3)`; of a tuple, those of its elements."""
    spec = value.known_spec()
    if hasattr(spec, "shape"):
        return f"{dtype_name(spec.dtype)} {tuple(spec.shape)}"
    return "(" + ", ".join(f"{dtype_name(part.dtype)} {tuple(part.shape)}" for part in spec) + ")"


def at(index: tuple[int, ...]) -> str:
    """Write an index as it stands behind a name; a value without axes has none."""
    return f"[{', '.join(map(str, index))}]" if index else ""


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """Write a number of things: `1 node`, `1,000 nodes`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def listed(nodes: Iterable[int], most: int = 6) -> str:
    """Write the numbers of nodes, and how many more there are than are listed."""
    numbers = list(nodes)
    text = ", ".join(f"#{node}" for node in numbers[:most])
    return text if len(numbers) <= most else f"{text} and {len(numbers) - most:,} more"


def arrays(value: Any) -> list[np.ndarray[Any, Any]]:
    """Return what a value or gradient holds as NumPy arrays of float64, one for each element of a tuple.

    Args:
        value: a Tensor, a TensorTuple, or the list that the engine keeps for a tuple, whose missing elements are left
            out.
    """
    if isinstance(value, list):
        return [array for part in value if part is not None for array in arrays(part)]
    data = value.numpy()
    return [np.asarray(part, dtype=np.float64) for part in (data if isinstance(data, tuple) else (data,))]


def norm(value: Any) -> float:
    """Return the Euclidean length of a value or gradient, over all its elements."""
    return float(np.sqrt(sum(np.sum(np.square(array)) for array in arrays(value))))


def as_html(text: str) -> str:
    """Put a text as it is, in letters of equal width, into a notebook."""
    return f"<pre>{html.escape(text)}</pre>"


def checked_limit(name: str, limit: Any) -> int:
    """Return how many nodes, lines or paths to show.

    Raises:
        ValueError: it is less than 1.
        TypeError: it is no integer.
    """
    try:
        count = index(limit)
    except TypeError:
        raise TypeError(f"{name} is {limit!r}; expected an integer of at least 1") from None
    if count < 1:
        raise ValueError(f"{name} is {limit}; expected at least 1")
    return count


def excerpt(count: int, most: int) -> tuple[Sequence[int], Sequence[int]]:
    """Choose which of many lines to show: the first and the last ones.

    Args:
        count: the number of lines.
        most: how many to show.

    Returns:
        The indices of the first lines and of the last ones; the second is empty if all lines are shown.
    """
    if count <= most:
        return range(count), ()
    first = (most + 1) // 2
    return range(first), range(count - (most - first), count)
