"""What only few values of a graph have: hooks, a gradient that is kept, and the place where they were made.

Values have a slot for it that stays empty, and `Extra.in_use` says whether any value ever had one, so that passes over
graphs without hooks do not look.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from .value import Value


class Extra:
    """What a value has beyond others.

    Attributes:
        hooks: functions of the value's gradient by the numbers of their registration.
        keeps_grad: whether `backward()` writes `.grad` though the value is no leaf.
        made_at: the stack of calls outside this package that made the value, outermost first; empty if not recorded.
    """

    __slots__ = ("hooks", "keeps_grad", "made_at")

    in_use: ClassVar[bool] = False

    def __init__(self) -> None:
        self.hooks: dict[int, Callable[[Any], Any]] = {}
        self.keeps_grad = False
        self.made_at: list[traceback.FrameSummary] = []


def extra_of(value: Value) -> Extra:
    """Return what a value has beyond others, to be added to."""
    extra: Extra | None = getattr(value, "extra", None)
    if extra is None:
        extra = value.extra = Extra()
        Extra.in_use = True
    return extra


def hooks_of(value: Value) -> dict[int, Callable[[Any], Any]] | None:
    """Return the hooks of a value; None or empty if it has none."""
    extra: Extra | None = getattr(value, "extra", None)
    return None if extra is None else extra.hooks


def keeps_grad(value: Value) -> bool:
    """Tell whether `backward()` writes `.grad` of a value though it is no leaf."""
    extra: Extra | None = getattr(value, "extra", None)
    return extra is not None and extra.keeps_grad


def made_at_line(value: Value) -> str:
    """Return the text that says where a value was made, beginning with a new line; empty if that was not recorded."""
    extra: Extra | None = getattr(value, "extra", None)
    if extra is None or not extra.made_at:
        return ""
    return "\nthe operation was called here (most recent call last):\n" + "".join(
        traceback.StackSummary.from_list(extra.made_at).format()
    ).rstrip("\n")
