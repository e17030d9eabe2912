"""What arguments of operations may be: numbers, which leave an operand's dtype alone, integers, tensors."""

from __future__ import annotations

from operator import index
from typing import Any

from ..value import Value

LONGEST = 60


def number_argument(name: str, what: str, value: Any) -> float:
    """Return a number as Python's own: one of NumPy's float64 would make float64 of an operand of float32.

    Args:
        name: the operation's name, for the error.
        what: the argument's name.
        value: a number of Python's or NumPy's, or an array of one element.

    Raises:
        TypeError: it is anything else.
    """
    kind = type(value)
    if kind is float or kind is int or kind is bool:
        number: float = value
        return number
    hint = ""
    if isinstance(value, Value):
        hint = "; write x.item() for the number in a tensor"
    elif hasattr(value, "item"):
        try:
            number = value.item()
        except (TypeError, ValueError):
            hint = "; write Tensor(values) for several"
        else:
            if isinstance(number, int | float):
                return number
    raise TypeError(f"{name}: {what} is {shown(value)}; expected a number{hint}")


def integer_argument(name: str, what: str, value: Any) -> int:
    """Return an integer as Python's own.

    Args:
        name: the operation's name, for the error.
        what: the argument's name.
        value: an integer of Python's or NumPy's.

    Raises:
        TypeError: it is anything else.
    """
    if type(value) is int:
        return value
    try:
        return int(index(value))
    except TypeError:
        raise TypeError(f"{name}: {what} is {shown(value)}; expected an integer") from None


def integer_tuple(values: Any) -> tuple[int, ...]:
    """Return a sequence of integers, Python's or NumPy's, as a tuple of Python's own.

    Raises:
        TypeError: it is anything else.
    """
    if type(values) is tuple:
        for value in values:
            if type(value) is not int:
                break
        else:
            return values  # as it is, in nearly all calls: half the time of a new one
    return tuple(map(index, values))


def integers_argument(name: str, what: str, values: Any) -> tuple[int, ...]:
    """Return a sequence of integers as a tuple of Python's own.

    Args:
        name: the operation's name, for the error.
        what: the argument's name.
        values: several integers of Python's or NumPy's.

    Raises:
        TypeError: they are anything else.
    """
    try:
        return integer_tuple(values)
    except TypeError:
        raise TypeError(f"{name}: {what} is {shown(values)}; expected a sequence of integers") from None


def require_tensors(name: str, **operands: Any) -> None:
    """Refuse operands that are neither tensors nor arrays, and so have no shape.

    Args:
        name: the operation's name, for the error.
        **operands: the operands by their names.

    Raises:
        TypeError: one of them is a number, a list, or anything else.
    """
    for what, operand in operands.items():
        if not hasattr(operand, "shape"):
            raise TypeError(f"{name}: {what} is {shown(operand)}; expected a tensor: write Tensor({what})")


def shown(value: Any) -> str:
    """Write an argument for an error text: in full if it is short, else its type."""
    text = repr(value)
    return text if len(text) <= LONGEST and "\n" not in text else f"a {type(value).__name__}"
