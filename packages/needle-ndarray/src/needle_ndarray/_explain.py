"""How `Layout.explain` puts into words how an index becomes a position in a buffer."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from ._core import Layout, NDArray

WIDTH = 96
ROWS = 24  # of the table; of a larger view the first and the last ones
LAST_ROWS = 4


class Explanation(str):
    """A text that the interpreter and notebooks show as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def explain(layout: Layout, array: NDArray | None, storage: dict[str, Any], index: Any) -> Explanation:
    """The text for a layout and, where there is one, the array that it belongs to."""
    lines = [f"{layout!r}", *_formula(layout)]
    if index is not None:
        lines += ["", *_one_index(layout, array, _as_index(layout, index))]
    else:
        lines += ["", *_table(layout, array)]
    lines += ["", *_order(layout), *_axes(layout)]
    if array is None:
        lines.append("This layout stands alone; x.layout.explain() of an array x shows values and storage, too.")
    else:
        lines += [*_reach(layout, array, storage), *_storage(array, storage), *_writable(layout, storage)]
    return Explanation("\n".join(part for line in lines for part in _wrapped(line)))


def _wrapped(line: str) -> Iterator[str]:
    indent = ""
    while len(line) > WIDTH:
        at = line.rfind(" ", len(indent) + 1, WIDTH)
        if at < 0:
            break
        yield line[:at]
        indent = "    "
        line = indent + line[at + 1 :]
    yield line


def _count(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _letters(ndim: int) -> Sequence[str]:
    return "ijklmn"[:ndim] if ndim <= 6 else [f"i{axis}" for axis in range(ndim)]


def _factor(stride: int) -> str:
    return f"({stride})" if stride < 0 else str(stride)


def _formula(layout: Layout) -> Iterator[str]:
    if layout.ndim == 0:
        yield f"There is no axis, so the only index is (): position = offset = {layout.offset}"
        return
    names = _letters(layout.ndim)
    yield f"position of [{', '.join(names)}]"
    yield "    = " + " + ".join(["offset", *(f"{name}*strides[{axis}]" for axis, name in enumerate(names))])
    yield "    = " + _sum(layout, names)


def _sum(layout: Layout, factors: Sequence[object]) -> str:
    terms = (f"{factor}*{_factor(stride)}" for factor, stride in zip(factors, layout.strides, strict=True))
    return " + ".join([str(layout.offset), *terms])


def _position(layout: Layout, index: Sequence[int]) -> int:
    return layout.offset + sum(i * stride for i, stride in zip(index, layout.strides, strict=True))


def _value(array: NDArray, index: tuple[int, ...]) -> str:
    from .formatting import array_str  # noqa: PLC0415 - only for those who read values

    return array_str(array[index])


# ---- Indices


def _as_index(layout: Layout, index: Any) -> tuple[int, ...]:
    from operator import index as as_int  # noqa: PLC0415

    from .errors import ShapeError  # noqa: PLC0415

    given = tuple(map(as_int, index)) if isinstance(index, (tuple, list)) else (as_int(index),)
    if len(given) != layout.ndim:
        raise ShapeError(
            f"explain: expected one integer for each axis of shape {layout.shape}, {layout.ndim} together, "
            f"got {len(given)}: {given}"
        )
    for axis, (i, size) in enumerate(zip(given, layout.shape, strict=True)):
        if not -size <= i < size:
            raise IndexError(f"explain: index {i} is out of range for axis {axis} of size {size}")
    return given


def _one_index(layout: Layout, array: NDArray | None, given: tuple[int, ...]) -> Iterator[str]:
    index = tuple(i + size if i < 0 else i for i, size in zip(given, layout.shape, strict=True))
    counted = f" (counted from the end: {given})" if index != given else ""
    yield f"index {index}{counted}"
    position = _position(layout, index)
    yield f"    position = {_sum(layout, index)} = {position}" if index else f"    position = {position}"
    if array is not None:
        size = array.itemsize
        yield f"    bytes {position * size} to {position * size + size - 1} of the storage"
        yield f"    value {_value(array, index)}"


def _table(layout: Layout, array: NDArray | None) -> Iterator[str]:
    if layout.size == 0:
        yield "There are no elements, so no index leads anywhere."
        return
    every = layout.size <= ROWS
    first = range(layout.size if every else ROWS - LAST_ROWS - 1)
    last = () if every else range(layout.size - LAST_ROWS, layout.size)
    header = ("index", "position", *(["value"] if array is not None else []))
    rows: list[tuple[str, ...]] = []
    for index in (_unravelled(layout.shape, number) for number in (*first, *last)):
        shown = (_value(array, index),) if array is not None else ()
        rows.append((str(index), str(_position(layout, index)), *shown))
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    yield "  ".join(text.rjust(width) for text, width in zip(header, widths, strict=True))
    for number, row in enumerate(rows):
        if not every and number == len(rows) - LAST_ROWS:
            yield f"... {_count(layout.size - len(rows), 'more index', 'more indices')} ..."
        yield "  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True))


def _unravelled(shape: tuple[int, ...], number: int) -> tuple[int, ...]:
    index = []
    for size in reversed(shape):
        number, i = divmod(number, size)
        index.append(i)
    return tuple(reversed(index))


# ---- What follows from the strides


def _order(layout: Layout) -> Iterator[str]:
    from ._core import Layout as New  # noqa: PLC0415

    dense = New(layout.shape).strides
    if layout.is_contiguous():
        yield "Contiguous: the elements follow each other in row-major order, without gaps."
        return
    wrong = [axis for axis, size in enumerate(layout.shape) if size > 1 and layout.strides[axis] != dense[axis]]
    axes = ("axis " if len(wrong) == 1 else "axes ") + ", ".join(map(str, wrong))
    yield f"Not contiguous: row-major order without gaps has strides {dense}, other than here on {axes}."


def _axes(layout: Layout) -> Iterator[str]:
    for axis, (size, stride) in enumerate(zip(layout.shape, layout.strides, strict=True)):
        if size == 1:
            yield f"Axis {axis} has size 1: its stride is never followed."
        elif stride == 0 and size > 1 and layout.size:
            yield f"Axis {axis} has stride 0: its {size:,} entries are one and the same place (a broadcast axis)."
        elif stride < 0 and layout.size:
            yield f"Axis {axis} has a negative stride: it runs through the buffer backwards."


# ---- The memory behind


def _reach(layout: Layout, array: NDArray, storage: dict[str, Any]) -> Iterator[str]:
    if layout.size == 0:
        return
    low, high = layout.extent()
    held = storage["bytes"] // array.itemsize
    room = _count(held, "element", "elements")
    yield f"The view reaches positions {low} to {high} of a storage with room for {room}."


def _storage(array: NDArray, storage: dict[str, Any]) -> Iterator[str]:
    lender = storage["lender"]
    whose = "Needle's own" if lender is None else f"borrowed from {lender}"
    yield (
        f"Storage: {_count(storage['bytes'], 'byte', 'bytes')} on {array.device!r}, {whose}; {array.dtype.name}, "
        f"{_count(array.itemsize, 'byte', 'bytes')} an element."
    )
    others = storage["others"]
    yield (
        "No other array shares the storage."
        if others == 0
        else f"{_count(others, 'other array shares', 'other arrays share')} the storage: a write may show there."
    )


def _writable(layout: Layout, storage: dict[str, Any]) -> Iterator[str]:
    if not storage["writable"]:
        yield "Read-only: the memory is; x.copy() can be written."
    elif layout.is_overlapping():
        yield "Read-only: elements share places; x.copy() can be written."
    else:
        yield "Writable."
