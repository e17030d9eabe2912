"""Windows that slide over images, channels last: what convolution and pooling have in common."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TypeAlias

from ...backends.reference.windows import pair as pair
from ...errors import ShapeError
from ..broadcasting import Shape

Pair: TypeAlias = int | Sequence[int]
"""One number for height and width both, or a number for each."""

DIRECTIONS = ("height", "width")


def pair_argument(name: str, what: str, value: Pair, least: int) -> int | tuple[int, int]:
    """Return a number for height and width, or a pair of them, as an operation keeps it.

    Args:
        name: the operation's name, for the error.
        what: the argument's name.
        value: an integer, or two.
        least: the smallest that is allowed.

    Raises:
        TypeError: it is made of something else than integers.
        ValueError: there are more or fewer than two, or one is too small.
    """
    try:
        numbers = tuple(map(index, value)) if hasattr(value, "__iter__") else (index(value),)
    except TypeError:
        raise TypeError(f"{name}: {what} is {value!r}; expected an integer, or two for height and width") from None
    if len(numbers) > 2 or not numbers or min(numbers) < least:
        raise ValueError(
            f"{name}: {what} is {value!r}; expected an integer of at least {least}, or two for height and width"
        )
    return numbers[0] if len(numbers) == 1 else numbers  # type: ignore[return-value]


def require_images(name: str, what: str, shape: Shape) -> None:
    """Refuse what has not the axes of a batch of images.

    Raises:
        ShapeError: there are not four axes.
    """
    if len(shape) != 4:
        single = "; write x.expand_dims(0) for a single image" if len(shape) == 3 else ""
        raise ShapeError(
            f"{name}: {what} has shape {shape}; expected four axes, (images, height, width, channels){single}"
        )


def require_sequences(name: str, shape: Shape) -> None:
    """Refuse what has not the axes of a batch of sequences.

    Raises:
        ShapeError: there are not three axes.
    """
    if len(shape) != 3:
        single = "; write x.expand_dims(0) for a single sequence" if len(shape) == 2 else ""
        raise ShapeError(f"{name}: x has shape {shape}; expected three axes, (sequences, length, channels){single}")


def window_counts(
    name: str, images: Shape, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> tuple[int, int]:
    """Return how many windows fit along height and width: (size + 2 padding - dilation (kernel - 1) - 1) // stride + 1.

    Args:
        name: the operation's name, for the error.
        images: the shape (N, H, W, C) of the images.
        kernel: the size of a window.
        stride: steps between windows.
        padding: rows and columns on every side.
        dilation: steps between the elements of one window.

    Raises:
        ShapeError: a window is larger than the padded images.
    """
    found = []
    arguments = zip(*map(pair, (kernel, stride, padding, dilation)), strict=True)
    for axis, (elements, step, margin, gap) in enumerate(arguments, start=1):
        reach, room = gap * (elements - 1) + 1, images[axis] + 2 * margin
        if reach > room:
            direction = DIRECTIONS[axis - 1]
            raise ShapeError(
                f"{name}: images of shape {images} have size {images[axis]} along axis {axis}, the {direction}, with "
                f"padding {room}, but a window of {elements} elements with dilation {gap} reaches over {reach}; use "
                "more padding, or a smaller window"
            )
        found.append((room - reach) // step + 1)
    return found[0], found[1]


def pooled_counts(
    name: str, images: Shape, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> tuple[int, int]:
    """Return how many windows fit along height and width, each of which has to hold an element of the images.

    Raises:
        ShapeError: a window is larger than the padded images, or lies in the padding altogether, so that it has no
            largest element and no mean.
    """
    counts = window_counts(name, images, kernel, stride, padding, dilation)
    if padding == 0:
        return counts
    arguments = zip(*map(pair, (kernel, stride, padding, dilation)), counts, strict=True)
    for axis, (elements, step, margin, gap, count) in enumerate(arguments, start=1):
        # Where a window begins behind the image, padding is wider than a window, and the first lies before the image.
        for start in range(-margin, min(0, count * step - margin), step):
            first = start % gap  # where the window first meets the image
            if first >= images[axis] or first > start + gap * (elements - 1):
                raise ShapeError(
                    f"{name}: with padding {margin} along axis {axis}, the {DIRECTIONS[axis - 1]}, a window of "
                    f"{elements} elements lies in the padding of images of shape {images} altogether; use padding of "
                    "at most half the window's size"
                )
    return counts


def ceiling_rest(images: Shape, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair) -> tuple[int, int]:
    """Return how many rows and columns behind the padding the last windows reach over if none may be left over.

    A window counts if it begins before the padding at the end.

    Args:
        images: the shape (N, H, W, C) of the images.
        kernel: the size of a window.
        stride: steps between windows.
        padding: rows and columns on every side.
        dilation: steps between the elements of one window.
    """
    found = []
    arguments = zip(*map(pair, (kernel, stride, padding, dilation)), strict=True)
    for axis, (elements, step, margin, gap) in enumerate(arguments, start=1):
        reach, room = gap * (elements - 1) + 1, images[axis] + 2 * margin
        last = -(-(room - reach) // step) * step
        if last >= images[axis] + margin:
            last -= step
        found.append(max(0, last + reach - room) if last >= 0 else 0)
    return found[0], found[1]
