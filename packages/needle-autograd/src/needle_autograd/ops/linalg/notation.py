"""Einstein's notation: what the axes of the operands and of the result of `einsum` are called.

A label is one letter, or, for an axis that `...` stands for, a negative number that counts from the last of them.
"""

from __future__ import annotations

from functools import lru_cache

from ...errors import ShapeError
from ..broadcasting import Shape

Label = str | int
Labels = tuple[Label, ...]


@lru_cache(maxsize=1000)
def read(subscripts: str, ndims: tuple[int, ...]) -> tuple[tuple[Labels, ...], Labels]:
    """Return the labels of each operand's axes, and those of the result's.

    Args:
        subscripts: the notation, such as "ij,jk->ik".
        ndims: how many axes each operand has.

    Raises:
        ValueError: the notation cannot be read, or names another number of operands.
        ShapeError: it names other numbers of axes than the operands have.
    """
    left, arrow, right = "".join(subscripts.split()).partition("->")
    groups = left.split(",")
    if len(groups) != len(ndims):
        raise ValueError(f"einsum: {subscripts!r} names {len(groups)} operands and {len(ndims)} are given")
    operands = tuple(
        _axes(group, ndim, number, subscripts) for number, (group, ndim) in enumerate(zip(groups, ndims, strict=True))
    )
    named = {label for labels in operands for label in labels}
    dots = tuple(sorted(label for label in named if isinstance(label, int)))
    if arrow:
        output = tuple(label for part in _parts(right, subscripts) for label in (dots if part == "..." else (part,)))
        if dots and "..." not in right:
            raise ValueError(
                f"einsum: '...' of the operands of {subscripts!r} stands for {len(dots)} axes and the result has no "
                "'...'; write it there too, or give these axes names"
            )
        for label in output:
            if label not in named or output.count(label) > 1:
                what = "is in no operand" if label not in named else "is named twice"
                raise ValueError(f"einsum: label '{label}' of the result of {subscripts!r} {what}")
    else:
        letters = [label for labels in operands for label in labels if isinstance(label, str)]
        output = (*dots, *sorted(label for label in letters if letters.count(label) == 1))
    return operands, output


def _parts(group: str, subscripts: str) -> list[str]:
    """Return letters, and '...' once at most."""
    before, dots, after = group.partition("...")
    for character in before + after:
        if not (character.isascii() and character.isalpha()):
            raise ValueError(
                f"einsum: {character!r} in {subscripts!r} is no label; expected letters, ',', '->', and one '...' for "
                "each operand"
            )
    return [*before, *([dots] if dots else []), *after]


def _axes(group: str, ndim: int, number: int, subscripts: str) -> Labels:
    parts = _parts(group, subscripts)
    named = sum(part != "..." for part in parts)
    rest = ndim - named
    if rest < 0 or (rest and "..." not in parts):
        raise ShapeError(
            f"einsum: '{group}' of {subscripts!r} names {named} axes and operand {number} has {ndim}"
            + ("; write '...' for axes without names" if rest > 0 else "; expected a name for each axis")
        )
    return tuple(label for part in parts for label in (range(-rest, 0) if part == "..." else (part,)))


def sizes_of(groups: tuple[Labels, ...], shapes: list[Shape]) -> dict[Label, int]:
    """Return how long the axis of each label is; axes of size 1 may be repeated to that.

    Raises:
        ShapeError: a label has two sizes.
    """
    sizes: dict[Label, tuple[int, int]] = {}
    for number, (labels, shape) in enumerate(zip(groups, shapes, strict=True)):
        for label, size in zip(labels, shape, strict=True):
            known, where = sizes.setdefault(label, (size, number))
            if labels.count(label) > 1 and size != shape[labels.index(label)]:
                raise ShapeError(
                    f"einsum: label '{label}' has sizes {shape[labels.index(label)]} and {size} in operand {number}; a "
                    "diagonal needs equal ones"
                )
            if known == 1:
                sizes[label] = (size, number)
            elif size not in (1, known):
                name = f"axis {label} of '...'" if isinstance(label, int) else f"label '{label}'"
                raise ShapeError(
                    f"einsum: {name} has size {known} in operand {where} and {size} in operand {number}; expected "
                    "equal sizes, or a 1"
                )
    return {label: size for label, (size, _) in sizes.items()}
