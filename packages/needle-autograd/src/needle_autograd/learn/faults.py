"""What a check of an operation found, told so that the mistake can be found too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from .words import at, counted, number

Numbers = np.ndarray[Any, Any]

MOST_NUMBERS = 12


@dataclass(frozen=True)
class Fault:
    """One check that an operation failed.

    Attributes:
        check: what was checked, such as "the gradient of input 0".
        sample: the number of the sample.
        label: the sample's own word, or the empty string.
        inputs: the operands, as NumPy arrays.
        found: what was computed, or what happened, in words.
        expected: what it should have been, in words.
        details: further lines.
        hint: what the mistake looks like, or the empty string.
        place: file and line of the method that is to be looked at.
    """

    check: str
    sample: int
    label: str
    inputs: tuple[Numbers, ...]
    found: str
    expected: str
    details: tuple[str, ...] = ()
    hint: str = ""
    place: str = ""

    @property
    def text(self) -> str:
        """The fault in words."""
        label = f" ({self.label})" if self.label else ""
        lines = [f"sample {self.sample}{label}: {self.check} is not right"]
        lines += [f"  input {i}:  {shown(values)}" for i, values in enumerate(self.inputs)]
        lines += [f"  found:    {self.found}", f"  expected: {self.expected}", *[f"  {line}" for line in self.details]]
        if self.hint:
            lines.append(f"  hint:     {self.hint}")
        if self.place:
            lines.append(f"  look at:  {self.place}")
        return "\n".join(lines)


def shown(values: Numbers) -> str:
    """Write an array in one line: its numbers if they are few, else its shape."""
    if values.size <= MOST_NUMBERS:
        text = " ".join(np.array2string(values, precision=5, suppress_small=False).split())
        return text if values.size else f"empty, of shape {values.shape}"
    return f"{values.dtype} of shape {values.shape}"


def differences(found: Numbers, expected: Numbers, tolerance: float) -> tuple[str, ...]:
    """Tell how many elements of two arrays of one shape differ, and where they do most."""
    wrong = ~np.isclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    count = int(np.sum(wrong))
    if not count or found.size == 1:
        return ()
    error = np.where(wrong, np.abs(np.nan_to_num(found) - np.nan_to_num(expected)), -1.0)
    worst = tuple(int(i) for i in np.unravel_index(int(np.argmax(error)), found.shape))
    return (
        f"{counted(count, 'element')} of {found.size} differ, most at {at(worst)}: {number(float(found[worst]))} where "
        f"{number(float(expected[worst]))} is expected",
    )


def hint(found: Numbers, expected: Numbers, others: dict[str, Numbers], sizes: dict[str, int]) -> str:
    """Say what a mistake looks like.

    Args:
        found: what was computed.
        expected: what it should have been.
        others: arrays that it may be instead, and what it means if it is.
        sizes: numbers that may be a missing or superfluous factor, and what they are.
    """
    if found.shape != expected.shape:
        return f"the shape is {found.shape}, expected is {expected.shape}: was an axis summed, or not summed?"
    if not np.all(np.isfinite(found)):
        return "there are numbers that are not finite: look for a division by 0, or for log or sqrt of what is negative"
    if _same(found, np.zeros_like(expected)):
        return "it is 0 everywhere: was the graph left, by numpy(), detach() or data?"
    ratio = _constant_ratio(found, expected)
    if ratio is not None:
        return _about_factor(ratio, sizes)
    for meaning, other in others.items():
        if other.shape == expected.shape and _same(found, other):
            return meaning
    if found.ndim >= 2 and found.shape == found.T.shape and _same(found, expected.T):
        return "it is the transpose of what is expected"
    for axis in range(found.ndim):
        if _same(found, np.flip(expected, axis)):
            return f"it is in the opposite order along axis {axis}"
    offset = found - expected
    if found.size > 1 and _same(offset, np.full_like(offset, offset.flat[0])):
        return f"every element is off by {number(float(offset.flat[0]))}: is a term missing, or one too many?"
    if found.size > 1 and _same(np.sort(found, axis=None), np.sort(expected, axis=None)):
        return "the numbers are right, but in other places: look at axes, indices or reshapes"
    right = np.isclose(found, expected, rtol=1e-6, atol=1e-9)
    if found.size > 2 and right.any():
        return f"{counted(int(right.sum()), 'element')} of {found.size} are right: what is special about the others?"
    return ""


def _same(a: Numbers, b: Numbers) -> bool:
    return bool(np.allclose(a, b, rtol=1e-5, atol=1e-8))


def _constant_ratio(found: Numbers, expected: Numbers) -> float | None:
    """Return the number that all elements of one array are that many times those of the other."""
    large = np.abs(expected) > 1e-6 * np.max(np.abs(expected), initial=0.0)
    if not large.any():
        return None
    ratio = float(np.median(found[large] / expected[large]))
    return ratio if _same(found, ratio * expected) else None


def _about_factor(ratio: float, sizes: dict[str, int]) -> str:
    """Say what a constant factor between what was computed and what is expected may mean."""
    if np.isclose(ratio, -1, rtol=1e-5):
        return "the sign is wrong everywhere"
    sign = "the sign is wrong, and it" if ratio < 0 else "it"
    size, inverse = abs(ratio), 1 / abs(ratio)
    if np.isclose(inverse, round(inverse), rtol=1e-5):
        text = f"{sign} looks like a missing factor of {round(inverse)}"
    elif np.isclose(size, round(size), rtol=1e-5):
        text = f"{sign} looks like a factor of {round(size)} too much"
    else:
        text = f"{sign} looks like a constant factor"
    text += f": every element is {number(ratio)} times what is expected"
    for name, count in sizes.items():
        if count > 3 and (np.isclose(size, count, rtol=1e-5) or np.isclose(inverse, count, rtol=1e-5)):
            return f"{text}, and {count} is {name}: a sum for a mean, or the other way round?"
    return text
