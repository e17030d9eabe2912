"""How arrays are printed: as NumPy prints them, with dtype and device where they are not the usual ones."""

from __future__ import annotations

import math

from .dtypes import FLOATS
from .printing import current

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from ._core import NDArray


def array_str(array: NDArray) -> str:
    """The elements in nested brackets; more than `threshold` of them are summarized by those at the ends of axes."""
    if array.ndim == 0:
        value = array.item()
        return _shortest(value, array.dtype.name) if isinstance(value, float) else str(value)
    return _body(array, " ", "", "")


def array_repr(array: NDArray) -> str:
    """``array(...)`` with the dtype that Python's numbers would not give, and the device that is not the CPU."""
    prefix = "array("
    body = _body(array, ", ", prefix, ")")
    extras = []
    if array.size > current().threshold or (array.size == 0 and array.shape != (0,)):
        extras.append(f"shape={array.shape}")
    if array.dtype.name not in ("float32", "int64", "bool") or array.size == 0:
        extras.append(f"dtype={array.dtype.name}")
    if array.device.type != "cpu":
        extras.append(f"device='{array.device.name}'")
    if not extras:
        return f"{prefix}{body})"
    text, end = f"{prefix}{body},", f"{', '.join(extras)})"
    last_line = len(text) - (text.rfind("\n") + 1)
    gap = "\n" + " " * len(prefix) if last_line + len(end) + 1 > current().linewidth else " "
    return text + gap + end


# ---- What is shown


class _Gap:
    """Stands for the elements that are left out."""


def _shown(array: NDArray, summarize: bool) -> Any:
    """Nested lists of Python numbers, with _Gap where elements are left out."""
    length, edge = array.shape[0] if array.ndim else 0, current().edgeitems
    if summarize and length > 2 * edge:
        ends = [array[i] for i in (*range(edge), *range(length - edge, length))]
        parts = [_shown(part, summarize) for part in ends]
        return [*parts[:edge], _Gap, *parts[edge:]]
    if summarize and array.ndim > 1:
        return [_shown(array[i], summarize) for i in range(length)]
    return array.tolist()


def _leaves(shown: Any) -> Iterator[Any]:
    if isinstance(shown, list):
        for item in shown:
            yield from _leaves(item)
    elif shown is not _Gap:
        yield shown


# ---- One element


def _shortest(value: float, dtype: str) -> str:
    """The shortest decimal that reads back as the same number of the dtype."""
    if dtype == "float64" or not math.isfinite(value):
        return repr(value)
    for digits in range(_first_digits(value, dtype), 10):
        text = f"{value:.{digits}g}"
        if _rounded(float(text), dtype) == value:
            return repr(float(text))
        if abs(math.frexp(value)[0]) == 0.5:
            # The numbers below a power of two are closer than those above it, so the next decimal may do as well.
            text = _next_decimal(text, digits)
            if _rounded(float(text), dtype) == value:
                return repr(float(text))
    return repr(value)


def _first_digits(value: float, dtype: str) -> int:
    """The fewest digits to try. Decimals of so many are all told apart by the dtype, so a shorter one that reads back
    comes out with zeros at its end, which are not written; numbers below the normal ones tell fewer apart."""
    digits, above = FLOATS[dtype]
    return int((digits - 1) * math.log10(2)) if math.frexp(value)[1] >= 3 - above else 1


def _rounded(value: float, dtype: str) -> float:
    """The nearest number of the dtype, did its exponents have no upper end."""
    digits, above = FLOATS[dtype]
    place = max(math.frexp(value)[1], 3 - above) - digits
    return math.ldexp(round(math.ldexp(value, -place)), place)


def _next_decimal(text: str, digits: int) -> str:
    """The next decimal away from zero with so many digits."""
    from decimal import Context, Decimal  # noqa: PLC0415 - hardly ever needed

    context, number = Context(prec=digits), Decimal(text)
    return str(number.next_plus(context) if number > 0 else number.next_minus(context))


def _positional(value: float, dtype: str) -> tuple[str, str, str]:
    """Digits before and after the point; nothing for the exponent."""
    text = _shortest(value, dtype)
    precision = current().precision
    mantissa, _, exponent = text.partition("e-")
    if exponent:  # a small number, which Python writes with an exponent
        sign, digits = "-" * (value < 0), mantissa.lstrip("-").replace(".", "")
        text = f"{sign}0.{'0' * (int(exponent) - 1)}{digits}"
    if len(text.partition(".")[2].rstrip("0")) > precision:
        text = f"{value:.{precision}f}"
    whole, _, fraction = text.partition(".")
    return whole, fraction.rstrip("0"), ""


def _scientific(value: float, dtype: str) -> tuple[str, str, str]:
    """Digits before and after the point, and the exponent with its sign."""
    text = _shortest(value, dtype)
    digits = len(text.partition("e")[0].lstrip("-").replace(".", "").strip("0"))
    precision = current().precision
    short = f"{float(text):.{digits - 1}e}" if 0 < digits <= precision else f"{value:.{precision}e}"
    mantissa, _, exponent = short.partition("e")
    whole, _, fraction = mantissa.partition(".")
    return whole, fraction.rstrip("0"), exponent


def _wants_exponents(values: Sequence[float], dtype: str) -> bool:
    """Whether some numbers are very large or small, or their sizes lie far apart."""
    sizes = [abs(value) for value in values if value != 0]
    if not sizes:
        return False
    largest, smallest = max(sizes), min(sizes)
    whole_digits = min(8, max(3, int((FLOATS[dtype][0] - 1) * math.log10(2))))
    if largest >= 10.0**whole_digits:
        return True
    far_apart = _rounded(min(largest / smallest, 1e6), dtype) > 1000
    return not current().suppress and (smallest < _rounded(1e-4, dtype) or far_apart)


def _float_writer(values: Sequence[float], dtype: str) -> Callable[[float], str]:
    finite = [value for value in values if math.isfinite(value)]
    split = _scientific if _wants_exponents(finite, dtype) else _positional
    parts = {value or str(value): split(value, dtype) for value in finite}  # 0.0 and -0.0 are one key
    left = max((len(whole) for whole, _, _ in parts.values()), default=0)
    right = max((len(fraction) for _, fraction, _ in parts.values()), default=0)
    exponent_digits = max((len(exponent) - 1 for _, _, exponent in parts.values()), default=-1)
    tail = right if exponent_digits < 0 else right + exponent_digits + 2
    if len(finite) < len(values):
        left = max(left, len("-inf" if -math.inf in values else "inf") - tail - 1)

    def write(value: float) -> str:
        if not math.isfinite(value):
            return str(value).rjust(left + 1 + tail)
        whole, fraction, exponent = parts[value or str(value)]
        if exponent_digits < 0:
            return f"{whole.rjust(left)}.{fraction.ljust(right)}"
        if len(fraction) < right:  # digits of the number itself, beyond those that tell it from others
            mantissa, _, exponent = f"{value:.{right}e}".partition("e")
            whole, _, fraction = mantissa.partition(".")
        return f"{whole.rjust(left)}.{fraction}e{exponent[0]}{exponent[1:].zfill(exponent_digits)}"

    return write


def _writer(values: Sequence[Any], dtype: str, ndim: int) -> Callable[[Any], str]:
    """A function that writes every element to the same width."""
    if dtype in FLOATS:
        return _float_writer(values, dtype)
    width = max((len(str(value)) for value in values), default=0)
    if dtype == "bool" and ndim:
        width = len("False")
    return lambda value: str(value).rjust(width)


# ---- Rows and brackets


def _body(array: NDArray, separator: str, prefix: str, suffix: str) -> str:
    if array.size == 0:
        return "[]"
    shown = _shown(array, array.size > current().threshold)
    write = _writer(list(_leaves(shown)), array.dtype.name, array.ndim)
    if array.ndim == 0:
        return write(shown)
    indent = " " * (len(prefix) + 1)
    return _brackets(shown, array.ndim, write, indent, current().linewidth - len(suffix), separator)


def _brackets(shown: list[Any], ndim: int, write: Callable[[Any], str], indent: str, width: int, separator: str) -> str:
    """The rows of `shown`, which has `ndim` axes; `indent` is what stands before every line but the first."""
    if ndim == 1:
        words = ["..." if item is _Gap else write(item) for item in shown]
        return f"[{_row(words, indent, width - 1, separator)}]"
    between = separator.rstrip() + "\n" * (ndim - 1) + indent
    inner = (ndim - 1, write, indent + " ", width - 1, separator)
    return f"[{between.join('...' if item is _Gap else _brackets(item, *inner) for item in shown)}]"


def _row(words: list[str], indent: str, width: int, separator: str) -> str:
    """The words of one row, broken into lines of at most `width` where they have more than one word."""
    lines, line = [], indent
    for i, word in enumerate(words):
        if len(line) > len(indent) and len(line) + len(word) > width:
            lines.append(line.rstrip())
            line = indent
        line += word if i + 1 == len(words) else word + separator
    lines.append(line)
    return "\n".join(lines)[len(indent) :]
