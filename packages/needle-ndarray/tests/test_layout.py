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


# ---- Elements that share a place


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-12, 12)), max_size=4))
def test_a_layout_overlaps_exactly_where_two_indices_have_one_position(axes):
    layout = Layout([size for size, _ in axes], [stride for _, stride in axes], 100)
    reached = positions(layout)
    assert layout.is_overlapping() == (np.unique(reached).size < reached.size)


@pytest.mark.parametrize(
    ("shape", "strides", "overlapping"),
    [
        ((3, 4), (1, 1), True),  # sliding windows
        ((3, 4), (4, 1), False),
        ((4, 3), (1, 4), False),
        ((6, 4, 2), (6, 10, 15), True),  # 5 * 6 = 3 * 10
        ((2, 2, 2), (6, 10, 15), False),
        ((3, 3, 3), (1, 3, 9), False),
        ((2, 2, 2, 2, 2, 2, 2), (64, 1, 32, 2, 16, 4, 8), False),
        ((3, 2), (2**61, 2**60), False),  # too far apart to search, but each stride passes all smaller ones
        ((2, 3), (2**61, 2**60), True),  # too far apart to search, so that it is not known
        ((3, 3), (2**61, -(2**61)), True),
        ((2,), (-(2**63),), False),
        ((3,), (-(2**62),), True),
        ((3, 3), (6, 4), False),
        ((2, 5), (6, 4), False),
        ((0, 3), (0, 0), False),
        ((3, 0), (0, 1), False),
        ((1, 3), (0, 2), False),
    ],
)
def test_overlaps(shape, strides, overlapping):
    layout = Layout(shape, strides)
    assert layout.is_overlapping() == overlapping
    assert layout.is_broadcast() == (0 not in shape and 0 in [t for n, t in zip(shape, strides, strict=True) if n > 1])


def test_an_overlap_that_takes_too_long_to_find_is_taken_for_one():
    # Distances within 14 axes of pairwise close strides: far more combinations than are worth a search.
    strides = [10_000_019 + 2 * i * i + 37 * i for i in range(14)]
    assert Layout((3,) * 14, strides).is_overlapping()


# ---- What only some shapes reach


def test_axes_are_counted_from_the_end_or_refused():
    assert Layout((2, 3, 4)).flip(-3) == Layout((2, 3, 4)).flip(0)
    for axis in (-3, 2):
        with pytest.raises(IndexError, match=rf"axis {axis} is out of range: expected -2 to 1 for an array of 2 axes"):
            Layout((2, 3)).flip(axis)
    with pytest.raises(IndexError, match=r"axis 1 is out of range: expected -1 to 0 for an array of 1 axis$"):
        Layout((2,)).flip(1)
    with pytest.raises(IndexError, match="axis 0 is out of range: the array has no axes"):
        Layout(()).flip(0)
    assert Layout((5,)).expand_dims(-1).shape == (5, 1)


def test_shapes_that_broadcast_and_shapes_that_do_not():
    for shapes_given in [((2, 3), (3,)), ((3,), (2, 3)), ((1, 3), (2, 1), ()), ((), ()), ((0, 1), (1, 4)), ((5,),)]:
        assert nd.broadcast_shapes(*shapes_given) == np.broadcast_shapes(*shapes_given)
    text = r"shapes \(2, 3\), \(1,\) and \(4, 1, 2\) do not broadcast: axis -1 has size 3 and 2"
    with pytest.raises(ShapeError, match=text):
        nd.broadcast_shapes((2, 3), (1,), (4, 1, 2))
    assert Layout((3,)).broadcast_to((3,)) == Layout((3,))
    for target, why in [
        ((3,), "the target has fewer axes"),
        ((2, -3), "sizes must not be negative"),
        ((2, 4), "axis -1"),
    ]:
        with pytest.raises(ShapeError, match=rf"shape \(2, 3\) does not broadcast to .*{why}"):
            Layout((2, 3)).broadcast_to(target)


@given(st.data())
def test_moved_axes_are_numpys(data):
    shape = data.draw(shapes())
    ndim = len(shape)
    count = data.draw(st.integers(0, ndim))
    axes = st.permutations(range(ndim)).map(lambda order: [axis - ndim * (axis % 2) for axis in order[:count]])
    source, destination = data.draw(axes), data.draw(axes)
    view = np.moveaxis(buffer(shape), source, destination)
    matches(nd.moveaxis(nd.asarray(buffer(shape)), source, destination).layout, view)


def test_axes_that_cannot_be_moved():
    x = nd.zeros((2, 3))
    with pytest.raises(ValueError, match=r"moveaxis: source \(0, 1\) and destination \(0,\)"):
        nd.moveaxis(x, (0, 1), (0,))
    with pytest.raises(ValueError, match="moveaxis: destination: axis 1 is named twice"):
        nd.moveaxis(x, (0, 1), (1, -1))


def test_assigning_drops_leading_axes_of_size_one():
    x = nd.zeros((2, 3))
    x[...] = nd.ones((1, 1, 2, 3))
    assert x.tolist() == [[1.0] * 3] * 2
    with pytest.raises(ShapeError, match="fewer axes"):
        x[...] = nd.ones((2, 2, 3))


@pytest.mark.parametrize(
    ("shape", "target", "why"),
    [
        ((2, 3), (4, -1), "6 elements cannot take shape .* 6 is not divisible by 4"),
        ((2, 3), (-1, -1), "only one size may be -1"),
        ((2, 3), (-2, 3), r"sizes must not be negative \(but for one -1\)"),
        ((2, 3), (7,), "it has 7"),
        ((), (2,), "1 element cannot take shape"),
        ((0, 3), (0, -1), "with a size of 0 the -1 could be anything"),
        ((2, 3), (2**40, 2**40), "more than memory can hold"),
        ((0, 3), (2**40, 0, 2**40), "more than memory can hold"),
        ((2, 3), (0,), "it has 0"),
    ],
)
def test_shapes_that_the_elements_cannot_take(shape, target, why):
    with pytest.raises(ShapeError, match=why):
        Layout(shape).reshape(target)


def test_reshapes_around_axes_of_size_one():
    gaps = Layout((2, 1, 3, 1, 4), (100, 7, 20, -3, 5))
    assert gaps.reshape((6, 4)) is None
    assert gaps.reshape((2, 12)) == Layout((2, 12), (100, 5))
    assert gaps.reshape((1, 2, 1, 12, 1)).strides[1] == 100
    assert gaps.reshape((2, 2, 6)) == Layout((2, 2, 6), (100, 30, 5))
    assert gaps.reshape((24,)) is None
    assert Layout((1, 1), (5, 9)).reshape((1,)).shape == (1,)
    assert Layout((2, 1), (5, 9)).reshape((2, 1, 1)).strides[0] == 5


def test_views_of_nothing_stay_where_they_are():
    assert Layout((0,), (5,), 7).flip().offset == 7
    assert nd.zeros((3, 4)).diagonal(4).layout.offset == nd.zeros((3, 4)).diagonal(-9).layout.offset == 0
    assert nd.zeros((0, 4)).diagonal(2).layout.offset == 0
