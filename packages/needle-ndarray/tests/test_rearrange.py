"""Functions that move axes and elements: views that write through, and copies equal to NumPy's, for every layout."""

import math

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError

from .support import DTYPES, INTEGERS, equal_views, in_layouts, numbers, same


def axes_of(ndim):
    return st.integers(-ndim, ndim - 1)


def shares(view, array):
    return not view.size or np.shares_memory(view.numpy(), array.numpy())


# ---- Views


@given(equal_views(), st.data())
def test_moved_and_swapped_axes_are_views(both, data):
    values, x = both
    count = data.draw(st.integers(0, values.ndim))
    source = tuple(data.draw(st.permutations(range(values.ndim)))[:count])
    target = tuple(axis - values.ndim for axis in data.draw(st.permutations(range(values.ndim)))[:count])
    moved = nd.moveaxis(x, source, target)
    same(moved, np.moveaxis(values, source, target))
    assert shares(moved, x)
    if values.ndim:
        one, other = data.draw(axes_of(values.ndim)), data.draw(axes_of(values.ndim))
        same(nd.moveaxis(x, one, other), np.moveaxis(values, one, other))
        same(nd.swapaxes(x, one, other), np.swapaxes(values, one, other))
        same(x.swapaxes(one, other), values.swapaxes(one, other))
        assert shares(x.swapaxes(one, other), x)


def test_axes_that_cannot_be_moved_are_refused():
    x = nd.ones((2, 3, 4))
    with pytest.raises(ValueError, match=r"source \(0, 1\) and destination \(0,\) must name equally many axes"):
        nd.moveaxis(x, (0, 1), 0)
    with pytest.raises(ValueError, match=r"moveaxis: source: axis 2 is named twice in \(2, -1\)"):
        nd.moveaxis(x, (2, -1), (0, 1))
    with pytest.raises(ValueError, match="moveaxis: destination: axis 0 is named twice"):
        nd.moveaxis(x, (0, 1), (0, 0))
    with pytest.raises(IndexError, match="moveaxis: destination: axis 3 is out of range: expected -3 to 2"):
        nd.moveaxis(x, 0, 3)
    with pytest.raises(IndexError, match="swapaxes: axis -4 is out of range"):
        nd.swapaxes(x, 0, -4)
    with pytest.raises(TypeError, match=r"swapaxes: axis must be an int, not 1\.5"):
        x.swapaxes(0, 1.5)


@given(equal_views(), st.data())
def test_transpose_takes_axes_as_numpys(both, data):
    values, x = both
    axes = data.draw(st.permutations(range(values.ndim)))
    same(x.transpose(), values.T)
    same(x.transpose(None), values.T)
    same(x.transpose(axes), values.transpose(axes))
    same(x.transpose(*axes), values.transpose(*axes))
    assert shares(x.transpose(axes), x)


def test_a_transpose_that_names_too_few_axes_is_refused():
    with pytest.raises(ValueError, match=r"transpose: axes \(0, 1\) must name each of the 3 axes"):
        nd.ones((2, 3, 4)).transpose(0, 1)


@given(equal_views())
def test_ravel_is_a_view_where_the_array_is_dense(both):
    values, x = both
    same(x.ravel(), values.ravel())
    same(x.flatten(), values.flatten())
    if x.size:
        assert np.shares_memory(x.ravel().numpy(), x.numpy()) == x.is_compact()
        assert not np.shares_memory(x.flatten().numpy(), x.numpy())


@given(equal_views(), st.data())
def test_diagonals_are_numpys_and_can_be_written(both, data):
    values, x = both
    if values.ndim < 2:
        with pytest.raises(ShapeError, match="diagonal: expected at least two axes, but the shape is"):
            nd.diagonal(x)
        return
    rows, columns = data.draw(st.permutations(range(-values.ndim, 0)))[:2]
    offset = data.draw(st.integers(-7, 7) | st.sampled_from([2**62, -(2**62)]))
    expected = np.diagonal(values, offset, rows, columns) if abs(offset) < 10 else np.diagonal(values, 9, rows, columns)
    view = nd.diagonal(x, offset, rows, columns)
    same(view, expected)
    same(x.diagonal(offset, axis1=rows, axis2=columns), expected)
    if view.size:
        assert shares(view, x)
        for size, step, stride in zip(view.shape, view.strides, expected.strides, strict=True):
            assert size == 1 or step == stride // expected.itemsize


def test_writes_to_a_diagonal_reach_the_array():
    x = nd.zeros((2, 3, 3))
    x.diagonal(axis1=1, axis2=2)[...] = [1, 2, 3]
    same(x, np.stack([np.diag([1.0, 2.0, 3.0])] * 2).astype("float32"))
    with pytest.raises(ValueError, match="axis1 and axis2 must be different, but both name axis 1"):
        nd.diagonal(x, axis1=1, axis2=-2)
    with pytest.raises(IndexError, match="diagonal: axis 3 is out of range"):
        nd.diagonal(x, axis2=3)
    with pytest.raises(ValueError, match="broadcast view"):
        nd.broadcast_to(nd.asarray(1.0), (3, 3)).diagonal()[...] = 1


@given(equal_views(), st.data())
def test_unstacked_and_split_arrays_are_views(both, data):
    values, x = both
    if values.ndim == 0:
        for function in (nd.unstack, lambda x: nd.split(x, 1)):
            with pytest.raises(IndexError, match="the array has no axes"):
                function(x)
        return
    axis = data.draw(axes_of(values.ndim))
    size = values.shape[axis]
    parts = nd.unstack(x, axis=axis)
    assert isinstance(parts, tuple)
    assert len(parts) == size
    for part, expected in zip(parts, np.moveaxis(values, axis, 0), strict=True):
        same(part, expected)
        assert shares(part, x)
    points = data.draw(st.lists(st.integers(-9, 9), max_size=4))
    kind = data.draw(st.sampled_from([list, tuple, np.array, lambda p: nd.asarray(p, dtype="int32")]))
    cuts = nd.split(x, kind(points), axis=axis)
    assert isinstance(cuts, tuple)
    for part, expected in zip(cuts, np.array_split(values, points, axis), strict=True):
        same(part, expected)
        assert shares(part, x)
    divisors = [d for d in range(1, max(size, 4) + 1) if size % d == 0]
    count = data.draw(st.sampled_from(divisors))
    for part, expected in zip(nd.split(x, count, axis=axis), np.split(values, count, axis), strict=True):
        same(part, expected)


def test_split_positions_of_uint64_are_never_negative():
    x = nd.arange(6)
    assert [part.tolist() for part in nd.split(x, nd.asarray([2, 2**64 - 1], dtype="uint64"))] == [
        [0, 1],
        [2, 3, 4, 5],
        [],
    ]


def test_a_split_that_does_not_come_out_even_names_the_positions():
    with pytest.raises(ShapeError, match=r"axis 0 of size 7 does not divide into 3 equal parts; .* such as \[3, 5\]"):
        nd.split(nd.arange(7), 3)
    assert [part.tolist() for part in nd.split(nd.arange(7), [3, 5])] == [[0, 1, 2], [3, 4], [5, 6]]
    assert [p.size for p in np.array_split(np.arange(7), 3)] == [3, 2, 2]
    with pytest.raises(ShapeError, match=r"such as \[2, 4, 5, 6, 7, ...\]"):
        nd.split(nd.ones((2, 10)), 8, axis=1)
    with pytest.raises(ValueError, match="number of parts must be at least 1, not 0"):
        nd.split(nd.ones(3), 0)
    with pytest.raises(ValueError, match="parts are too many for an axis of size 0"):
        nd.split(nd.ones(0), 2**62)
    for wrong in (1.5, [1.5], [[1]], "a", None, True):
        with pytest.raises(TypeError, match="split"):
            nd.split(nd.ones(3), wrong)


@given(st.data())
def test_broadcast_arrays_are_views_of_one_shape(data):
    from hypothesis.extra.numpy import mutually_broadcastable_shapes

    count = data.draw(st.integers(1, 4))
    given_shapes = data.draw(mutually_broadcastable_shapes(num_shapes=count, max_side=4))
    values = [numbers(DTYPES[(i * 5 + count) % len(DTYPES)], s) for i, s in enumerate(given_shapes.input_shapes)]
    arrays = [nd.asarray(v) for v in values]
    result = nd.broadcast_arrays(*arrays)
    assert isinstance(result, tuple)
    for view, array, expected in zip(result, arrays, np.broadcast_arrays(*values), strict=True):
        same(view, expected)
        assert shares(view, array)
    assert nd.broadcast_shapes(*given_shapes.input_shapes) == given_shapes.result_shape


def test_shapes_that_do_not_broadcast_are_all_named():
    assert nd.broadcast_arrays() == ()
    assert nd.broadcast_shapes() == ()
    assert nd.broadcast_shapes(3, (2, 1), [1, 1]) == (2, 3)
    text = r"shapes \(2, 3\), \(1,\) and \(4,\) do not broadcast: axis -1 has size 3 and 4"
    with pytest.raises(ShapeError, match="broadcast_shapes: " + text):
        nd.broadcast_shapes((2, 3), (1,), (4,))
    with pytest.raises(ShapeError, match="broadcast_arrays: " + text):
        nd.broadcast_arrays(nd.ones((2, 3)), nd.ones(1), nd.ones(4))
    with pytest.raises(ShapeError, match=r"broadcast_shapes: shape 1 is \(3, -1\), but sizes must not be negative"):
        nd.broadcast_shapes((3, 1), (3, -1))
    with pytest.raises(TypeError, match="broadcast_shapes"):
        nd.broadcast_shapes((2, 1.5))


# ---- Copies


@given(equal_views(), st.data())
def test_repeat_is_numpys(both, data):
    values, x = both
    axis = data.draw(st.none() | axes_of(values.ndim)) if values.ndim else None
    length = values.size if axis is None else values.shape[axis]
    count = data.draw(st.integers(0, 3))
    same(nd.repeat(x, count, axis=axis), np.repeat(values, count, axis=axis))
    counts = data.draw(st.lists(st.integers(0, 3), min_size=length, max_size=length))
    dtype = data.draw(st.sampled_from(INTEGERS))
    expected = np.repeat(values, np.array(counts, "int64"), axis=axis)
    same(nd.repeat(x, nd.asarray(counts, dtype=dtype), axis=axis), expected)
    same(nd.repeat(x, np.array(counts, "int64"), axis=axis), expected)
    same(nd.repeat(x, nd.asarray([count], dtype=dtype), axis=axis), np.repeat(values, count, axis=axis))
    same(nd.repeat(x, nd.asarray(count, dtype=dtype), axis=axis), np.repeat(values, count, axis=axis))


@pytest.mark.parametrize("dtype", DTYPES)
def test_copies_of_runs_of_every_length(dtype):
    for length in [1, 2, 4, 7, 8, 15, 16, 17, 32, 33, 64, 65, 128]:
        values = numbers(dtype, (3, 5, 2, length))
        for order in [(0, 2, 1, 3), (2, 1, 0, 3), (1, 0, 2, 3), (2, 0, 1, 3)]:
            same(nd.permute_dims(nd.asarray(values), order).copy(), np.transpose(values, order))
        same(nd.asarray(values)[:, 1:4, :, length // 3 :].copy(), values[:, 1:4, :, length // 3 :])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 17])
def test_repeats_of_single_elements_are_numpys(count, dtype):
    values = numbers(dtype, (70, 300))
    same(nd.repeat(nd.asarray(values), count), np.repeat(values, count))
    same(nd.repeat(nd.asarray(values), count, axis=1), np.repeat(values, count, axis=1))


@pytest.mark.parametrize("dtype", DTYPES)
def test_long_repeats_rolls_tiles_and_triangles_are_numpys(dtype):
    for values in (numbers(dtype, (300, 170)), numbers(dtype, (3, 170, 90)).transpose(2, 0, 1)):
        x = nd.asarray(values)
        counts = np.arange(values.shape[1]) % 3
        same(nd.repeat(x, counts, axis=1), np.repeat(values, counts, axis=1))
        same(nd.repeat(x, 3), np.repeat(values, 3))
        same(nd.repeat(x, 2, axis=0), np.repeat(values, 2, axis=0))
        same(nd.tile(x, (2, 3, 2)), np.tile(values, (2, 3, 2)))
        same(nd.tile(x[0, 0], 9000), np.tile(values[0, 0], 9000))
        same(nd.roll(x, (33, -1), axis=(0, 1)), np.roll(values, (33, -1), axis=(0, 1)))
        same(nd.roll(x, 12345), np.roll(values, 12345))
        same(nd.tril(x, k=-5), np.tril(values, -5))
        same(nd.triu(x, k=7), np.triu(values, 7))


def test_numbers_of_repeats_that_do_not_fit_are_refused():
    x = nd.ones((2, 3))
    with pytest.raises(ShapeError, match=r"one number or 3, one for each element of the axis, but its shape is \(2,\)"):
        nd.repeat(x, [1, 2], axis=1)
    with pytest.raises(ShapeError, match=r"its shape is \(1, 3\)"):
        nd.repeat(x, [[1, 2, 3]], axis=1)
    with pytest.raises(DTypeError, match="repeats must have an integer dtype, not float32"):
        nd.repeat(x, nd.ones(6))
    with pytest.raises(DTypeError, match="not bool"):
        nd.repeat(x, [True, False], axis=0)
    with pytest.raises(ValueError, match="repeats must not be negative, but -2 is among them"):
        nd.repeat(x, [1, -2], axis=0)
    with pytest.raises(ValueError, match="repeats must not be negative"):
        nd.repeat(x, -1)
    with pytest.raises(ValueError, match="more elements than memory can hold"):
        nd.repeat(x, 2**62)
    for huge in ([2**62, 2**62], nd.asarray([2**63 + 5, 0], dtype="uint64")):
        with pytest.raises((ValueError, MemoryError), match="memory"):
            nd.repeat(nd.ones(2), huge)
    with pytest.raises(IndexError, match="repeat: axis 2 is out of range"):
        nd.repeat(x, 1, axis=2)


@given(equal_views(), st.data())
def test_tile_is_numpys(both, data):
    values, x = both
    times = data.draw(st.lists(st.integers(0, 3), max_size=5))
    if values.size * math.prod(times) > 10_000:
        return
    same(nd.tile(x, tuple(times)), np.tile(values, times))
    same(nd.tile(x, 2), np.tile(values, 2))


def test_repetitions_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match=r"repetitions \(2, -1\) must not be negative"):
        nd.tile(nd.ones(2), (2, -1))
    with pytest.raises(ValueError, match="more elements than memory can hold"):
        nd.tile(nd.ones(3), 2**62)
    with pytest.raises((ValueError, MemoryError), match="memory"):
        nd.tile(nd.ones((3, 3)), (2**40, 2**40))
    deep = nd.ones((2,) + (1,) * 62)
    assert nd.tile(deep, 3).shape == (2,) + (1,) * 61 + (3,)


@given(equal_views(), st.data())
def test_roll_is_numpys(both, data):
    values, x = both
    shift = data.draw(st.integers(-20, 20) | st.sampled_from([2**63 - 1, -(2**63)]))
    same(nd.roll(x, shift), np.roll(values, shift % max(values.size, 1)))
    if not values.ndim:
        return
    axis = data.draw(axes_of(values.ndim))
    same(nd.roll(x, shift, axis=axis), np.roll(values, shift % max(values.shape[axis], 1), axis=axis))
    axes = data.draw(st.lists(axes_of(values.ndim), max_size=4))
    shifts = data.draw(st.lists(st.integers(-9, 9), min_size=len(axes), max_size=len(axes)))
    same(nd.roll(x, tuple(shifts), axis=tuple(axes)), np.roll(values, tuple(shifts), axis=tuple(axes)))
    same(nd.roll(x, 2, axis=tuple(axes)), np.roll(values, 2, axis=tuple(axes)))


def test_large_shifts_of_one_axis_add_up():
    x = nd.arange(7)
    same(nd.roll(x, (2**62, 2**62, 2**62), axis=(0, 0, 0)), np.roll(np.arange(7), 3 * 2**62 % 7))


def test_shifts_without_their_axes_are_refused():
    x = nd.ones((2, 3))
    with pytest.raises(ValueError, match=r"roll: shift \(1, 2\) is a tuple, which needs a tuple of axes"):
        nd.roll(x, (1, 2))
    with pytest.raises(ValueError, match=r"shift \(1, 2\) and axis \(1,\) must have equally many entries"):
        nd.roll(x, (1, 2), axis=1)
    with pytest.raises(IndexError, match="roll: axis 2 is out of range"):
        nd.roll(x, 1, axis=2)
    with pytest.raises(TypeError, match="roll: shift must be an int"):
        nd.roll(x, 1.5)


@given(equal_views(), st.integers(-8, 8))
def test_triangles_are_numpys(both, k):
    values, x = both
    if values.ndim < 2:
        for function in (nd.tril, nd.triu):
            with pytest.raises(ShapeError, match=r"tri[lu]: expected at least two axes, but the shape is"):
                function(x, k=k)
        return
    same(nd.tril(x, k=k), np.tril(values, k))
    same(nd.triu(x, k=k), np.triu(values, k))
    same(nd.tril(x, k=2**62), values)
    same(nd.triu(x, k=2**62), np.zeros_like(values))
    same(nd.tril(x, k=2**70), values)
    same(nd.triu(x, k=-(2**70)), values)
    assert nd.diagonal(x, 2**70).shape[-1] == nd.diagonal(x, -(2**70)).shape[-1] == 0


def test_copies_do_not_share_memory_and_read_only_arrays_can_be_read():
    values = np.arange(6.0).reshape(2, 3)
    values.flags.writeable = False
    x = nd.asarray(values)
    for copied in (
        nd.repeat(x, 1),
        nd.tile(x, 1),
        nd.roll(x, 0),
        nd.roll(x, 0, axis=()),
        nd.tril(x, k=5),
        nd.triu(x, k=-5),
        x.flatten(),
    ):
        assert not np.shares_memory(copied.numpy(), values)
        copied[...] = 0
    for view in (x.ravel(), x.diagonal(), *nd.unstack(x), *nd.split(x, 2), nd.moveaxis(x, 0, 1), x.transpose()):
        assert np.shares_memory(view.numpy(), values)
        with pytest.raises(ValueError, match="read-only"):
            view[...] = 0


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_layout_is_read_right(dtype):
    values = numbers(dtype, (4, 5, 3))
    for _, laid_out in in_layouts(values):
        x = nd.asarray(laid_out)
        same(nd.repeat(x, [0, 2, 1, 3, 1], axis=1), np.repeat(values, [0, 2, 1, 3, 1], axis=1))
        same(nd.tile(x, (2, 2, 2)), np.tile(values, (2, 2, 2)))
        same(nd.roll(x, (1, 2), axis=(0, 2)), np.roll(values, (1, 2), axis=(0, 2)))
        same(nd.tril(x), np.tril(values))
        same(nd.diagonal(x, 1, 1, 2), np.diagonal(values, 1, 1, 2))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_floats_are_moved_and_made_like_the_others(dtype):
    values = numbers("float32", (4, 5))
    x = nd.asarray(values).astype(dtype)
    for function, expected in [
        (lambda x: nd.repeat(x, 2, axis=1), np.repeat(values, 2, axis=1)),
        (lambda x: nd.tile(x, (2, 3)), np.tile(values, (2, 3))),
        (lambda x: nd.roll(x, 3), np.roll(values, 3)),
        (nd.tril, np.tril(values)),
        (nd.diagonal, np.diagonal(values)),
        (lambda x: nd.split(x, [2], axis=1)[1], values[:, 2:]),
        (lambda x: nd.concat([x, x], axis=None), np.concatenate([values, values], axis=None)),
        (lambda x: nd.stack([x, x.astype("float32")]), np.stack([values, values])),
        (nd.ones_like, np.ones_like(values)),
        (lambda x: nd.full_like(x, [1, 2, 3, 4, 5]), np.full_like(values, [1, 2, 3, 4, 5])),
        (lambda _: nd.eye(3, dtype=dtype), np.eye(3, dtype="float32")),
        (lambda _: nd.arange(9, dtype=dtype), np.arange(9, dtype="float32")),
        (lambda _: nd.linspace(0, 8, 17, dtype=dtype), np.linspace(0, 8, 17, dtype="float32")),
    ]:
        result = function(x)
        assert result.dtype in (dtype, "float32")
        same(result.astype("float32"), expected)
    assert nd.meshgrid(x[0], x[1])[0].dtype == dtype
