"""Strategies for keys with arrays in them, which NumPy and we read and write through."""

import needle_ndarray as nd
import numpy as np
from hypothesis import strategies as st

from .support import INTEGERS, SIGNED, slices


@st.composite
def compatible(draw, shape):
    """A shape that broadcasts to `shape`."""
    sizes = [draw(st.sampled_from([size, size, 1])) for size in shape]
    return tuple(sizes[draw(st.integers(0, len(sizes))) :])


@st.composite
def masks(draw, shape, count):
    """A mask of a shape; often with as many true elements as the other arrays of the key have."""
    size = int(np.prod(shape))
    mask = np.array(draw(st.lists(st.booleans(), min_size=size, max_size=size)), "bool")
    if count is not None and count <= size:
        mask[:] = False
        mask[draw(st.permutations(range(size)))[:count]] = True
    return mask.reshape(shape)


@st.composite
def integers(draw, shape, size):
    """Indices of an axis of `size` elements, rarely one too large."""
    low, high = (-size, size - 1) if size else (0, 0)
    if draw(st.integers(0, 40)) == 0:
        high += 1
    count = int(np.prod(shape))
    values = np.array(draw(st.lists(st.integers(low, high), min_size=count, max_size=count)), "int64").reshape(shape)
    dtypes = INTEGERS if count and values.min() >= 0 else SIGNED
    return values.astype(draw(st.sampled_from(dtypes)))


def as_argument(draw, array):
    """An array of a key, as we may be given it."""
    forms = [array, nd.asarray(array), np.asfortranarray(array), nd.asarray(array.T).T]
    if array.size:
        forms.append(array.tolist())
    if array.ndim == 1 and array.size > 1:
        spaced = np.zeros(2 * array.size, array.dtype)
        spaced[::-2] = array
        forms += [spaced[::-2], nd.asarray(spaced)[::-2]]
    return draw(st.sampled_from(forms))


@st.composite
def keys(draw, shape):
    """A key for NumPy and the same for us: masks, integer arrays, integers, slices, None and at most one ellipsis."""
    common = draw(st.lists(st.integers(0, 3), max_size=2).map(tuple))
    theirs, ours, axis, dots = [], [], 0, False
    consumed = max(draw(st.integers(0, len(shape))), draw(st.integers(0, len(shape))))
    while axis < consumed or (len(ours) < 6 and draw(st.integers(0, 3)) == 3):
        kinds = ["array", "array", "mask", "mask", "integer", "slice"] if axis < consumed else []
        kind = draw(st.sampled_from([*kinds, "flag", "none", "..."]))
        if kind in ("flag", "none", "..."):
            axis -= 1
        elif kind != "mask":
            size = shape[axis]
        if kind == "array":
            array = draw(integers(draw(compatible(common)), size))
            theirs.append(array if array.ndim else np.asarray(array))
            ours.append(as_argument(draw, array) if array.ndim else draw(st.sampled_from([array, nd.asarray(array)])))
        elif kind == "mask":
            ndim = draw(st.integers(1, consumed - axis))
            count = draw(st.sampled_from([1, common[-1] if common else 1, None]))
            mask = draw(masks(shape[axis : axis + ndim], count))
            theirs.append(mask)
            ours.append(as_argument(draw, mask))
            axis += ndim - 1
        elif kind == "integer":
            item = draw(st.integers(-size, size - 1)) if size else 0
            theirs.append(item)
            ours.append(draw(st.sampled_from([item, np.int64(item), np.int16(item)])))
        elif kind == "slice":
            theirs.append(draw(slices(size)))
            ours.append(theirs[-1])
        elif kind == "flag":
            flag = draw(st.booleans())
            theirs.append(flag)
            ours.append(draw(st.sampled_from([flag, np.bool_(flag), np.array(flag), nd.asarray(flag)])))
        elif kind == "none":
            theirs.append(None)
            ours.append(None)
        elif not dots:
            dots, shape = True, shape[:axis] + shape[axis + len(shape) - consumed :]
            theirs.append(...)
            ours.append(...)
        axis += 1
    if len(theirs) == 1 and draw(st.booleans()):
        return theirs[0], ours[0]
    return tuple(theirs), tuple(ours)


def read(values, key):
    try:
        return np.asarray(values[key])
    except IndexError:
        return None


def is_refused(action, expected):
    """Whether both refuse the key.

    We refuse also an index out of range that NumPy does not read, because it is broadcast to no elements.
    """
    try:
        action()
    except IndexError as error:
        if expected is not None and (expected.size or "out of range" not in str(error)):
            raise
        return True
    assert expected is not None, "only NumPy refuses"
    return False
