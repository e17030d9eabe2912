"""Arrays extended at their edges are NumPy's, for every mode and every form of the widths."""

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import ShapeError

from .support import DTYPES, equal_views, in_layouts, numbers, same

REPEATING = ["edge", "reflect", "symmetric", "wrap"]


@given(equal_views(), st.sampled_from(["constant", *REPEATING]), st.data())
def test_pad_is_numpys(both, mode, data):
    values, x = both
    widths = [(data.draw(st.integers(0, 9)), data.draw(st.integers(0, 9))) for _ in range(values.ndim)]
    while np.prod([size + sum(pair) for size, pair in zip(values.shape, widths, strict=True)]) > 20_000:
        widths = [(before // 2, after // 2) for before, after in widths]
    if mode != "constant" and any(size == 0 and any(pair) for size, pair in zip(values.shape, widths, strict=True)):
        with pytest.raises(ValueError, match=f"has no elements that mode '{mode}' could repeat"):
            nd.pad(x, widths, mode)
        return
    same(nd.pad(x, widths, mode), np.pad(values, widths or 0, mode))


@pytest.mark.parametrize(
    "width",
    [
        *[0, 2, (1, 2), [3], [[1, 2]], [[1], [2]], ((1, 2), (3, 4)), [(1, 2), (0, 0)], np.array([[1, 2], [3, 4]])],
        *[np.int64(2), np.array(1), {0: 1}, {-1: (1, 2)}, {0: (0, 2), 1: 3}, {}],
    ],
)
@pytest.mark.parametrize("mode", ["constant", *REPEATING])
def test_widths_take_every_form_of_numpys(width, mode):
    values = numbers("int16", (3, 4))
    pairs = width
    if isinstance(width, dict):
        pairs = [(0, 0), (0, 0)]
        for axis, pair in width.items():
            pairs[axis] = (pair, pair) if isinstance(pair, int) else pair
    expected = np.pad(values, pairs, mode)
    same(nd.pad(nd.asarray(values), width, mode), expected)
    if isinstance(width, np.ndarray):
        same(nd.pad(nd.asarray(values), nd.asarray(width), mode), expected)


@pytest.mark.parametrize("constants", [7, (1, 2), [[1, 2]], ((1, 2), (3, 4)), [[5], [6]], np.array([1, 2]), 2.5])
@pytest.mark.parametrize("dtype", ["int8", "float64", "bool"])
def test_constants_take_every_form_of_numpys(constants, dtype):
    values = numbers(dtype, (2, 3))
    expected = np.pad(values, ((1, 2), (3, 1)), constant_values=constants)
    same(nd.pad(nd.asarray(values), ((1, 2), (3, 1)), constant_values=constants), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mode", ["constant", *REPEATING])
def test_every_dtype_and_layout_is_padded(dtype, mode):
    values = numbers(dtype, (4, 5, 3))
    for _, laid_out in in_layouts(values):
        expected = np.pad(values, ((9, 1), (0, 4), (7, 8)), mode)
        same(nd.pad(nd.asarray(laid_out), ((9, 1), (0, 4), (7, 8)), mode), expected)
    for half in ("float16", "bfloat16"):
        x = nd.asarray(values[0, 0], dtype="float32").astype(half)
        same(nd.pad(x, 4, mode).astype("float32"), np.pad(values[0, 0].astype("float32"), 4, mode))


def test_arrays_without_axes_and_read_only_ones():
    same(nd.pad(nd.asarray(3), 2), np.asarray(3))
    same(nd.pad(nd.broadcast_to(nd.asarray(3), (2,)), 1, "edge"), np.full(4, 3))
    source = nd.ones(3)
    assert not np.shares_memory(nd.pad(source, 0).numpy(), source.numpy())


def test_what_cannot_be_padded_is_refused():
    x = nd.ones((2, 3), dtype="int8")
    with pytest.raises(ValueError, match=r"pad: mode 'mirror' is unknown; known are constant, edge, reflect"):
        nd.pad(x, 1, "mirror")
    with pytest.raises(ValueError, match=r"pad_width must not be negative, but that of axis 1 is \(-1, 2\)"):
        nd.pad(x, ((0, 0), (-1, 2)))
    with pytest.raises(ShapeError, match=r"pad_width \[1, 2, 3\] fits no array of 2 axes; expected one number, a pair"):
        nd.pad(x, [1, 2, 3])
    with pytest.raises(ShapeError, match="fits no array of 2 axes"):
        nd.pad(x, [(1, 2)] * 3)
    for wrong in (1.5, [1.5, 2], "a", None, [None], True):
        with pytest.raises(TypeError, match="pad: pad_width must be integers, but"):
            nd.pad(x, wrong)
    with pytest.raises(ValueError, match="constant_values are for mode 'constant', not for 'edge'"):
        nd.pad(x, 1, "edge", constant_values=1)
    with pytest.raises(OverflowError, match="300"):
        nd.pad(x, 1, constant_values=300)
    with pytest.raises(IndexError, match="pad: axis 2 is out of range for an array of 2 axes"):
        nd.pad(x, {2: 1})
    with pytest.raises((MemoryError, ValueError)):
        nd.pad(x, 2**60)
