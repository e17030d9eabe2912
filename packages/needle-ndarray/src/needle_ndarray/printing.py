"""How arrays are to be printed: the options, by NumPy's names."""

from __future__ import annotations

import contextlib
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Options(NamedTuple):
    """What `formatting` goes by."""

    precision: int = 8  # digits after the decimal point, at most
    threshold: float = 1000  # more elements than these are summarized
    edgeitems: int = 3  # how many of them are shown at each end of an axis
    linewidth: int = 75
    suppress: bool = False  # no exponents because of small numbers


_everywhere = Options()
_in_context: ContextVar[Options | None] = ContextVar("needle_ndarray_print_options", default=None)


def current() -> Options:
    """The options in force here."""
    return _in_context.get() or _everywhere


def get_printoptions() -> dict[str, Any]:
    """The options that arrays are printed with here, by name.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.get_printoptions()["precision"]
        8
    """
    return current()._asdict()


def set_printoptions(
    *,
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    suppress: bool | None = None,
) -> None:
    """Sets how arrays are printed from now on, in all threads; None leaves an option as it is.

    Inside `printoptions` it lasts until the end of that block.

    Args:
        precision: Digits after the decimal point, at most; 8 by default. Fewer are written where they tell a number
            from all others of its dtype.
        threshold: Arrays with more elements are summarized; 1000 by default, float("inf") never summarizes.
        edgeitems: Elements that a summary shows at each end of an axis; 3 by default.
        linewidth: Characters of a line; 75 by default.
        suppress: Whether small numbers are written without exponents, as 0 where the precision leaves nothing of them.

    Raises:
        TypeError: For a value of another type.
        ValueError: For a negative number or NaN.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.set_printoptions(precision=3)
        >>> nd.asarray([1 / 3, 2 / 3])
        array([0.333, 0.667])
        >>> nd.set_printoptions(precision=8)
    """
    global _everywhere  # noqa: PLW0603 - that is what it is for
    changed = _changed(locals())
    if _in_context.get() is None:
        _everywhere = changed
    else:
        _in_context.set(changed)


@contextlib.contextmanager
def printoptions(
    *,
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    suppress: bool | None = None,
) -> Iterator[dict[str, Any]]:
    """Prints arrays otherwise inside a with block, in this thread alone; arguments are those of `set_printoptions`.

    Example:
        >>> import needle_ndarray as nd
        >>> with nd.printoptions(precision=2, suppress=True):
        ...     print(nd.asarray([1e-9, 3.14159]))
        [0.   3.14]
    """
    token = _in_context.set(_changed(locals()))
    try:
        yield get_printoptions()
    finally:
        _in_context.reset(token)


def _changed(given: dict[str, Any]) -> Options:
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        if name == "suppress":
            if not isinstance(value, bool):
                raise TypeError(f"printoptions: suppress must be True or False, not {value!r}")
        elif name == "threshold":
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise TypeError(f"printoptions: threshold must be a number, not {value!r}")
        elif not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"printoptions: {name} must be an int, not {value!r}")
        if not value >= 0:
            raise ValueError(f"printoptions: {name} must not be negative or NaN, but is {value}")
    return current()._replace(**given)
