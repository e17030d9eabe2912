"""Reading and writing through masks and integer arrays, and all mixtures with other indices, against NumPy."""

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from needle_ndarray import ShapeError

from .support import DTYPES, INTEGERS, equal_views, numbers, same, slices

# ---- Keys


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
    dtypes = INTEGERS if count and values.min() >= 0 else ["int8", "int16", "int32", "int64"]
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
    """The same key for NumPy and for us, with masks, integer arrays, integers, slices, None and at most one ellipsis."""
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
    """Whether both refuse the key; we also refuse an index out of range that broadcasting to no element leaves unread."""
    if expected is not None and expected.size:
        return False
    try:
        action()
    except IndexError as error:
        assert expected is None or "out of range" in str(error)
        return True
    assert expected is not None
    return False


@given(equal_views(), st.data())
def test_every_key_reads_as_numpys(pair, data):
    values, x = pair
    theirs, ours = data.draw(keys(values.shape))
    expected = read(values, theirs)
    if not is_refused(lambda: x[ours], expected):
        same(x[ours], expected)


@given(equal_views(), st.data())
def test_every_key_writes_as_numpys_and_the_last_of_equal_indices_counts(pair, data):
    values, x = pair
    theirs, ours = data.draw(keys(values.shape))
    positions = read(np.arange(values.size).reshape(values.shape), theirs)
    shape = () if positions is None else data.draw(compatible(positions.shape))
    new = numbers(data.draw(st.sampled_from(DTYPES)), (1,) * data.draw(st.integers(0, 1)) + shape, low=0)
    if values.dtype == "bool":
        new = new.astype("bool")
    given_as = data.draw(st.sampled_from([new, nd.asarray(new), new.tolist() if new.size else new]))

    def write():
        x[ours] = given_as

    if not is_refused(write, positions):
        trimmed = new.reshape(new.shape[max(0, new.ndim - positions.ndim) :])
        for position, value in zip(positions.flat, np.broadcast_to(trimmed, positions.shape).flat, strict=True):
            values[np.unravel_index(position, values.shape)] = value
        write()
    same(x, values)


@given(equal_views(), st.data(), st.sampled_from([0, 1, True, 3, 2.0, np.float32(1), np.int8(2), np.bool_(False)]))
def test_every_key_takes_a_number(pair, data, number):
    values, x = pair
    theirs, ours = data.draw(keys(values.shape))
    positions = read(np.arange(values.size).reshape(values.shape), theirs)

    def write():
        x[ours] = number

    if not is_refused(write, positions):
        values[theirs] = number
        write()
    same(x, values)


@given(equal_views(), st.data())
def test_in_place_operators_through_every_key(pair, data):
    values, x = pair
    if values.dtype == "bool":
        return
    theirs, ours = data.draw(keys(values.shape))
    expected = read(values, theirs)

    def add():
        x[ours] += 1

    if not is_refused(lambda: x[ours], expected):
        values[theirs] += 1
        add()
        values[theirs] *= 3
        x[ours] *= 3
    same(x, values)
