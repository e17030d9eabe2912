"""How arrays are printed: as NumPy prints them, with dtype and device where they are not the usual ones."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ._core import NDArray

LINE_WIDTH = 75
SUMMARIZE_ABOVE = 1000  # elements
EDGE_ITEMS = 3
PRECISION = 8  # digits after the decimal point


def array_str(array: NDArray) -> str:
    """The elements in nested brackets; more than 1,000 of them are summarized by the three at each end of an axis."""
    return _layout(array, "", "")


def array_repr(array: NDArray) -> str:
    """``array(...)`` with the dtype where Python's numbers would not give it, and any device but the CPU."""
    prefix = "array("
    body = _layout(array, " " * len(prefix), ",") if array.size else "[]"
    extras = []
    if array.size == 0:
        extras.append(f"shape={array.shape}")
    if array.dtype.name not in ("float32", "int64", "bool") or array.size == 0:
        extras.append(f"dtype={array.dtype.name}")
    if array.device.type != "cpu":
        extras.append(f"device='{array.device.name}'")
    return f"{prefix}{', '.join([body, *extras])})"


def _layout(array: NDArray, indent: str, comma: str) -> str:
    if array.size == 0:
        return "[]"
    summarize = array.size > SUMMARIZE_ABOVE
    shown = _shown(array, summarize)
    write = _element_format(list(_leaves(shown)), array.dtype.name)
    return _brackets(shown, write, indent, comma)


_GAP = object()


def _shown(array: NDArray, summarize: bool) -> Any:
    """Nested lists of Python numbers, with _GAP where elements are left out."""
    if array.ndim == 0:
        return array.item()
    length = array.shape[0]
    if summarize and length > 2 * EDGE_ITEMS:
        ends = [array[i] for i in (*range(EDGE_ITEMS), *range(length - EDGE_ITEMS, length))]
        parts = [_shown(part, summarize) for part in ends]
        return [*parts[:EDGE_ITEMS], _GAP, *parts[EDGE_ITEMS:]]
    return [_shown(array[i], summarize) for i in range(length)] if array.ndim > 1 else array.tolist()


def _leaves(shown: Any) -> Any:
    stack = [shown]
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(item)
        elif item is not _GAP:
            yield item


def _shortest(value: float, single: bool) -> str:
    """The shortest decimal that reads back as the same float32 or float64."""
    if not single:
        return repr(value)
    packed = struct.pack("f", value)
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if struct.pack("f", min(max(float(text), -3.4028234e38), 3.4028234e38)) == packed:
            return repr(float(text))
    return repr(value)


def _element_format(values: Sequence[Any], dtype: str) -> Callable[[Any], str]:
    """A function that writes every element to the same width."""
    if not dtype.startswith("float"):
        width = max(len(str(value)) for value in values)
        return lambda value: str(value).rjust(width)
    finite = [value for value in values if math.isfinite(value)]
    texts = [_shortest(value, dtype == "float32") for value in finite]
    sizes = [abs(value) for value in finite if value != 0]
    scientific = bool(sizes) and (
        max(sizes) >= 1e8 or min(sizes) < 1e-4 or max(sizes) / min(sizes) > 1e3 * 10**PRECISION
    )
    if scientific:
        digits = max(len(f"{float(t):e}".split("e")[0].rstrip("0").split(".")[1]) for t in texts)
        digits = min(digits, PRECISION)

        def write(value: float) -> str:
            return f"{value:.{digits}e}" if math.isfinite(value) else str(value)
    else:
        fractions = [_fraction_digits(text) for text in texts]
        digits = min(max(fractions, default=0), PRECISION)

        def write(value: float) -> str:
            if not math.isfinite(value):
                return str(value)
            text = f"{value:.{digits}f}"
            whole, _, fraction = text.partition(".")
            return f"{whole}.{fraction.rstrip('0').ljust(digits)}"

    width = max(len(write(value)) for value in values)
    return lambda value: write(value).rjust(width)


def _fraction_digits(text: str) -> int:
    if "e" in text:
        return PRECISION
    return len(text.partition(".")[2].rstrip("0"))


def _brackets(shown: Any, write: Callable[[Any], str], indent: str, comma: str) -> str:
    if not isinstance(shown, list):
        return write(shown).strip()
    rows = not isinstance(next(item for item in shown if item is not _GAP), list)
    if rows:
        return _row(["..." if item is _GAP else write(item) for item in shown], indent, comma)
    depth = 1
    inner = next(item for item in shown if item is not _GAP)
    while isinstance(inner, list):
        depth += 1
        inner = inner[0]
    separator = comma + "\n" * (depth - 1) + indent + " "
    parts = ["..." if item is _GAP else _brackets(item, write, indent + " ", comma) for item in shown]
    return f"[{separator.join(parts)}]"


def _row(texts: list[str], indent: str, comma: str) -> str:
    lines, line = [], ""
    for i, text in enumerate(texts):
        piece = text + (comma if i + 1 < len(texts) else "")
        if line and len(indent) + 1 + len(line) + 1 + len(piece) > LINE_WIDTH:
            lines.append(line)
            line = piece
        else:
            line = f"{line} {piece}" if line else piece
    lines.append(line)
    return "[" + ("\n" + indent + " ").join(lines) + "]"
