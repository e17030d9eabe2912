"""The arithmetic of layouts, against the strides that NumPy computes."""

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import Layout, ShapeError

from .support import factorizations, shapes, slices


def positions(layout):
    """Where each element is, by the definition: offset + sum of index * stride."""
    index = np.indices(layout.shape, dtype=np.int64).reshape(layout.ndim, *layout.shape)
    steps = np.asarray(layout.strides, np.int64).reshape(-1, *[1] * layout.ndim)
    return layout.offset + (index * steps).sum(axis=0)


def slice_by(layout, axis, key):
    start, stop, step = key.indices(layout.shape[axis])
    return layout.slice(axis, start, step, len(range(start, stop, step)))


def matches(layout, view):
    """The layout is NumPy's view of a buffer whose elements are their own positions."""
    assert layout.shape == view.shape
    assert layout.size == view.size
    np.testing.assert_array_equal(positions(layout), view)


def strides_match(layout, view):
    if view.size == 0:
        return  # never followed
    assert layout.strides == tuple(stride // view.itemsize for stride in view.strides)


def buffer(shape):
    return np.arange(np.prod(shape, dtype=np.int64)).reshape(shape)


@st.composite
def layouts_of_views(draw, max_steps=5):
    """A layout after several steps, with the view that NumPy's own operations give."""
    shape = draw(shapes())
    layout, view = Layout(shape), buffer(shape)
    for _ in range(draw(st.integers(0, max_steps))):
        ndim = view.ndim
        choices = ["expand", "broadcast"] if ndim < 6 else []
        if ndim:
            choices += ["slice", "slice", "permute", "flip"]
            choices += ["select"] * any(view.shape) + ["squeeze"] * (1 in view.shape)
        if not choices:
            break
        match draw(st.sampled_from(choices)):
            case "slice":
                axis = draw(st.integers(0, ndim - 1))
                key = draw(slices(view.shape[axis]))
                layout, view = slice_by(layout, axis, key), view[(slice(None),) * axis + (key,)]
            case "select":
                axis = draw(st.sampled_from([i for i in range(ndim) if view.shape[i]]))
                index = draw(st.integers(0, view.shape[axis] - 1))
                layout, view = layout.select(axis, index), view[(slice(None),) * axis + (index, ...)]
            case "permute":
                axes = draw(st.permutations(range(ndim)))
                layout, view = layout.permute(axes), view.transpose(axes)
            case "flip":
                axes = tuple(draw(st.sets(st.integers(0, ndim - 1))))
                layout, view = layout.flip(axes), np.flip(view, axes)
            case "expand":
                axis = draw(st.integers(0, ndim))
                layout, view = layout.expand_dims(axis), view[(slice(None),) * axis + (None, ...)]
            case "squeeze":
                axis = draw(st.sampled_from([i for i in range(ndim) if view.shape[i] == 1]))
                layout, view = layout.squeeze(axis), view.squeeze(axis)
            case "broadcast":
                size = draw(st.integers(0, 3))
                grown = (size, *(draw(st.integers(0, 3)) if n == 1 else n for n in view.shape))
                layout, view = layout.broadcast_to(grown), np.broadcast_to(view, grown)
    return layout, view


@given(layouts_of_views())
def test_every_sequence_of_views_has_numpys_positions(pair):
    matches(*pair)


@given(shapes())
def test_a_new_layout_is_row_major_as_numpys(shape):
    layout = Layout(shape)
    strides_match(layout, buffer(shape))
    assert layout.is_contiguous()
    assert (layout.ndim, layout.offset) == (len(shape), 0)


@given(st.data())
def test_slices_permutations_and_flips_have_numpys_strides(data):
    shape = data.draw(shapes())
    layout, view = Layout(shape), buffer(shape)
    for axis, size in enumerate(shape):
        key = data.draw(slices(size))
        layout, view = slice_by(layout, axis, key), view[(slice(None),) * axis + (key,)]
        strides_match(layout, view)
    axes = data.draw(st.permutations(range(len(shape))))
    strides_match(layout.permute(axes), view.transpose(axes))
    strides_match(layout.flip(None), np.flip(view))
    strides_match(layout.expand_dims(0), view[None])


@given(layouts_of_views())
def test_contiguous_is_what_numpy_calls_c_contiguous(pair):
    layout, view = pair
    assert layout.is_contiguous() == view.flags.c_contiguous


@given(layouts_of_views())
def test_extent_is_the_lowest_and_highest_position(pair):
    layout, view = pair
    if view.size:
        assert layout.extent() == (view.min(), view.max())


@given(layouts_of_views())
def test_broadcast_means_that_elements_share_places(pair):
    layout, view = pair
    if layout.is_broadcast() and view.size:
        assert np.unique(view).size < view.size
    elif view.size:
        assert np.unique(view).size == view.size


@given(st.data())
def test_reshape_gives_a_layout_exactly_where_numpy_needs_no_copy(data):
    layout, view = data.draw(layouts_of_views())
    shape = data.draw(factorizations(view.size)) if view.size else data.draw(shapes().filter(lambda s: 0 in s))
    reshaped, expected = layout.reshape(shape), view.reshape(shape)
    if view.size == 0:
        assert reshaped is not None
        assert reshaped.shape == shape
    else:
        assert (reshaped is not None) == np.shares_memory(view, expected)
        if reshaped is not None:
            matches(reshaped, expected)


@given(st.data())
def test_reshape_back_is_the_same_layout_where_it_was_dense(data):
    shape = data.draw(shapes().filter(lambda s: 0 not in s))
    other = data.draw(factorizations(int(np.prod(shape, dtype=int))))
    assert Layout(shape).reshape(other) == Layout(other)
    assert Layout(shape).reshape(other).reshape(shape) == Layout(shape)


def test_reshape_fills_in_one_unknown_size():
    assert Layout((2, 6)).reshape((3, -1)) == Layout((3, 4))
    assert Layout((2, 6)).reshape(-1) == Layout((12,))
    assert Layout(()).reshape((1, -1)) == Layout((1, 1))


def test_reshape_of_an_empty_layout_with_gaps_needs_no_copy():
    gaps = Layout((0, 6)).slice(1, 0, 2, 3)
    assert gaps.shape == (0, 3)
    for shape in [(3, 0), (0,), (2, 0, 5), (0, 4)]:
        assert gaps.reshape(shape).shape == shape


@given(layouts_of_views())
def test_flipping_twice_and_permuting_back_change_nothing(pair):
    layout, _ = pair
    if layout.size:
        assert layout.flip(None).flip(None) == layout
    order = [*range(1, layout.ndim), 0] if layout.ndim else []
    back = [order.index(axis) for axis in range(layout.ndim)]
    assert layout.permute(order).permute(back) == layout


@given(shapes(), st.integers(0, 3))
def test_squeeze_undoes_expand_dims(shape, axis):
    if axis <= len(shape):
        assert Layout(shape).expand_dims(axis).squeeze(axis) == Layout(shape)


def test_equal_layouts_have_equal_hashes_and_others_differ():
    assert Layout((2, 3)) == Layout((2, 3), (3, 1), 0)
    assert hash(Layout((2, 3))) == hash(Layout((2, 3), (3, 1), 0))
    assert Layout((2, 3)) != Layout((2, 3), offset=1)
    assert Layout((2, 3)) != (2, 3)
    assert Layout((2, 3)) != None  # noqa: E711 - the comparison itself is tested
    assert repr(Layout((2, 3), offset=4)) == "Layout(shape=(2, 3), strides=(3, 1), offset=4)"


def test_many_axes_are_kept_outside_the_object():
    shape = (1, 2) * 16
    layout = Layout(shape)
    strides_match(layout, np.empty(shape))
    axes = [*range(31, -1, -1)]
    strides_match(layout.permute(axes), np.empty(shape).transpose(axes))
    assert Layout((1,) * 64).ndim == 64
    with pytest.raises(ValueError, match="at most 64 axes, not 65"):
        Layout((1,) * 65)
    with pytest.raises(ValueError, match="at most 64 axes, not 65"):
        Layout((1,) * 64).expand_dims(0)


def test_sizes_that_overflow_are_refused():
    with pytest.raises(ValueError, match="more elements than memory can hold"):
        Layout((2**40, 2**40))
    with pytest.raises(ValueError, match="more elements than memory can hold"):
        Layout((2**40, 0, 2**40))
    with pytest.raises(ValueError, match="more elements than memory can hold"):
        Layout((1, 1)).broadcast_to((2**32, 2**32))
    with pytest.raises(ValueError, match="reach positions beyond 64 bits"):
        Layout((5,), (2**62,))
    with pytest.raises(ValueError, match="reach positions beyond 64 bits"):
        Layout((5, 5), (2**61, -(2**61)), 2**63 - 1)


def test_what_does_not_fit_the_layout_is_refused():
    layout = Layout((2, 3))
    with pytest.raises(IndexError, match="not all on axis 1 of size 3"):
        layout.slice(1, 0, 2, 3)
    with pytest.raises(IndexError, match="not all on axis 0 of size 2"):
        layout.slice(0, -1, 1, 1)
    with pytest.raises(IndexError, match="not all on axis 0 of size 2"):
        layout.slice(0, 0, 2**62, 5)
    with pytest.raises(IndexError, match="not all on axis 0 of size 2"):
        layout.slice(0, 0, 1, -1)
    with pytest.raises(IndexError, match="index 3 is out of range for axis 1 of size 3"):
        layout.select(1, 3)
    with pytest.raises(IndexError, match="axis 2 is out of range: expected -2 to 1 for an array of 2 axes"):
        layout.flip(2)
    with pytest.raises(ValueError, match="axis 1 is named twice"):
        layout.permute((1, 1))
    with pytest.raises(ValueError, match=r"axes \(0,\) must name each of the 2 axes"):
        layout.permute((0,))
    with pytest.raises(ValueError, match=r"axis 1 of shape \(2, 3\) has size 3; only axes of size 1"):
        layout.squeeze(1)
    with pytest.raises(ShapeError, match="no negative sizes"):
        Layout((2, -3))
    with pytest.raises(ShapeError, match="equally many entries"):
        Layout((2, 3), (1,))
    with pytest.raises(TypeError, match="shape must be an int or a tuple of ints"):
        Layout("ab")
    with pytest.raises(TypeError, match="shape must be an int"):
        Layout((2.0, 3))
    with pytest.raises(OverflowError, match="out of range"):
        Layout((2**70,))


def test_strides_that_no_index_follows_may_be_of_any_size():
    huge = 2**62
    assert Layout((2,), (huge,)).reshape((2, 1)) == Layout((2, 1), (huge, 1))
    x = nd.ones(1).as_strided((1,), (huge,))
    assert x.expand_dims(0).shape == (1, 1)
    assert memoryview(x).tolist() == x[::-3].tolist() == x.flip().tolist() == [1.0]
    assert nd.concat([x, x]).tolist() == [1.0, 1.0]
