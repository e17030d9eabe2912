"""Functions that change shape and order: they share memory, have NumPy's strides, and writes go through them."""

import math

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError

from .support import DTYPES, equal_views, factorizations, numbers, same


def check_view(array, view, expected):
    """`view` shares the memory of `array`, and has the elements and the strides of NumPy's view."""
    same(view, expected)
    if expected.size:
        assert np.shares_memory(view.numpy(), array.numpy())
        for size, step, stride in zip(view.shape, view.strides, expected.strides, strict=True):
            assert size == 1 or step == stride // expected.itemsize


def steps(view):
    return tuple(stride // view.itemsize for stride in view.strides)


def pair(shape, dtype="int32"):
    values = numbers(dtype, shape)
    return values, nd.asarray(values.copy())


# ---- Axes in another order


@given(st.data())
def test_permute_dims_is_a_view(data):
    values, x = data.draw(equal_views())
    axes = data.draw(st.permutations(range(values.ndim)))
    check_view(x, nd.permute_dims(x, axes), values.transpose(axes))
    check_view(x, x.permute(*axes) if axes else x.permute(()), values.transpose(axes))
    check_view(x, x.T, values.T)
    negative = [axis - values.ndim for axis in axes]
    check_view(x, nd.permute_dims(x, negative), values.transpose(axes))
    if values.ndim >= 2:
        check_view(x, x.mT, values.mT)
        check_view(x, nd.matrix_transpose(x), values.mT)


def test_axes_that_are_no_permutation_are_refused():
    x = nd.ones((2, 3))
    for axes in [(0,), (0, 1, 2), ()]:
        with pytest.raises(ValueError, match="must name each of the 2 axes of an array of shape"):
            nd.permute_dims(x, axes)
    with pytest.raises(ValueError, match="axis 0 is named twice"):
        nd.permute_dims(x, (0, 0))
    with pytest.raises(IndexError, match="permute_dims: axis 2 is out of range"):
        nd.permute_dims(x, (0, 2))
    with pytest.raises(ShapeError, match=r"expected at least two axes, but the shape is \(3,\)"):
        nd.matrix_transpose(nd.ones(3))
    with pytest.raises(ShapeError, match="mT: expected at least two axes"):
        nd.asarray(1.0).mT  # noqa: B018 - reading it raises


# ---- Shapes


@given(st.data())
def test_reshape_is_a_view_exactly_where_numpys_is(data):
    values, x = data.draw(equal_views())
    shape = data.draw(factorizations(values.size)) if values.size else (*values.shape, 3)
    expected = values.reshape(shape)
    actual = nd.reshape(x, shape)
    same(actual, expected)
    same(x.reshape(*shape), expected)
    same(x.reshape(list(shape)), expected)
    same(x.reshape(shape, copy=True), expected)
    if values.size:
        shared = np.shares_memory(values, expected)
        assert np.shares_memory(x.numpy(), actual.numpy()) == shared
        assert not np.shares_memory(x.numpy(), nd.reshape(x, shape, copy=True).numpy())
        if shared:
            same(nd.reshape(x, shape, copy=False), expected)
        else:
            with pytest.raises(ValueError, match=r"reshape: .* cannot take shape .* without a copy; write copy=None"):
                nd.reshape(x, shape, copy=False)


@pytest.mark.parametrize(
    ("shape", "to"),
    [((6,), (2, -1)), ((6,), -1), ((2, 3), (-1,)), ((2, 3), (3, -1, 1)), ((), (1, -1)), ((0, 3), (-1, 3)), ((4,), 4)],
)
def test_one_size_may_be_left_to_reshape(shape, to):
    values, x = pair(shape)
    check_view(x, x.reshape(to), values.reshape(to))


@pytest.mark.parametrize(
    ("shape", "to", "text"),
    [
        ((6,), (4, -1), r"reshape: 6 elements cannot take shape \(4, -1\): 6 is not divisible by 4"),
        ((6,), (-1, -1), "only one size may be -1"),
        ((6,), (2, 2), r"6 elements cannot take shape \(2, 2\): it has 4"),
        ((6,), (-2, 3), r"sizes must not be negative \(but for one -1\)"),
        ((1,), (), None),
        ((2,), (), r"2 elements cannot take shape \(\): it has 1"),
        ((0,), (0, -1), "with a size of 0 the -1 could be anything"),
        ((6,), (2**40, 2**40), "multiply to more than memory can hold"),
        ((0,), (0, 2**40, 2**40), "multiply to more than memory can hold"),
    ],
)
def test_shapes_with_another_number_of_elements_are_refused(shape, to, text):
    if text is None:
        assert nd.ones(shape).reshape(to).shape == to
        return
    with pytest.raises(ValueError, match=text):
        nd.ones(shape).reshape(to)
    with pytest.raises(ShapeError if "memory" not in text else ValueError, match=text):
        nd.reshape(nd.ones(shape), to)


@given(equal_views(), st.data())
def test_squeeze_and_expand_dims_are_views(both, data):
    values, x = both
    check_view(x, nd.squeeze(x), np.squeeze(values))
    ones = tuple(axis for axis, size in enumerate(values.shape) if size == 1)
    check_view(x, nd.squeeze(x, axis=ones), np.squeeze(values, axis=ones))
    if ones:
        check_view(x, x.squeeze(ones[-1]), np.squeeze(values, axis=ones[-1]))
    count = data.draw(st.integers(1, 3))
    axes = data.draw(st.sets(st.integers(0, values.ndim + count - 1), min_size=count, max_size=count))
    mine, numpys = nd.expand_dims(x, axis=tuple(axes)), np.expand_dims(values, tuple(axes))
    same(mine, numpys)
    if values.size:
        assert np.shares_memory(mine.numpy(), x.numpy())
    same(mine.squeeze(tuple(axes)), values)


def test_new_axes_of_a_dense_array_have_the_strides_of_a_dense_array():
    values, x = pair((2, 3))
    for axis in (-3, -2, -1, 0, 1, 2):
        check_view(x, nd.expand_dims(x, axis=axis), np.expand_dims(values, axis))
        assert nd.expand_dims(x, axis=axis).strides == steps(np.expand_dims(values, axis))
    assert x[None].strides == steps(values[None])
    assert x[:, None].strides == steps(values[:, None])
    assert x.reshape(2, 1, 3, 1).strides == steps(values.reshape(2, 1, 3, 1))


def test_axes_that_cannot_be_squeezed_or_added_are_refused():
    x = nd.ones((2, 1))
    with pytest.raises(ValueError, match=r"axis 0 of shape \(2, 1\) has size 2; only axes of size 1 can be removed"):
        nd.squeeze(x, axis=0)
    with pytest.raises(IndexError, match="squeeze: axis 2 is out of range"):
        nd.squeeze(x, axis=2)
    with pytest.raises(IndexError, match="expand_dims: axis 3 is out of range: expected -3 to 2"):
        nd.expand_dims(x, axis=3)
    with pytest.raises(ValueError, match="expand_dims: axis 0 is named twice"):
        nd.expand_dims(x, axis=(0, -4))
    with pytest.raises(ValueError, match="at most 64 axes"):
        nd.expand_dims(nd.ones((1,) * 64), axis=0)


# ---- Broadcasting


@given(equal_views(), st.data())
def test_broadcast_to_is_a_read_only_view(both, data):
    values, x = both
    lead = data.draw(st.lists(st.integers(0, 3), max_size=2))
    shape = (*lead, *(data.draw(st.integers(0, 4)) if size == 1 else size for size in values.shape))
    expected, actual = np.broadcast_to(values, shape), nd.broadcast_to(x, shape)
    check_view(x, actual, expected)
    same(x.broadcast_to(*shape) if shape else x.broadcast_to(()), expected)
    same(actual + 0 if values.dtype != "bool" else actual | False, expected)
    if expected.size > values.size:
        with pytest.raises(ValueError, match="is a broadcast view"):
            actual[...] = 0
        assert not actual.numpy().flags.writeable


def test_one_element_of_a_broadcast_view_is_several_and_cannot_be_written():
    base = nd.zeros(3)
    view = base.broadcast_to(2, 3)
    for write in (lambda: view.__setitem__((0, 0), 1.0), lambda: view.flat.__setitem__(0, 1.0)):
        with pytest.raises(ValueError, match=r"of shape \(2, 3\) is a broadcast view"):
            write()
    assert base.tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("shape", "to", "text"),
    [
        ((2, 3), (3,), "the target has fewer axes"),
        ((2, 3), (2, 4), "axis -1 has size 3, which must be 1 or 4"),
        ((2, 3), (5, 1, 3), "axis -2 has size 2, which must be 1 or 1"),
        ((1,), (-1,), "sizes must not be negative"),
    ],
)
def test_shapes_that_do_not_broadcast_are_refused(shape, to, text):
    with pytest.raises(ShapeError, match=f"broadcast_to: shape .* does not broadcast to .*: {text}"):
        nd.broadcast_to(nd.ones(shape), to)


# ---- Order


@given(equal_views(), st.data())
def test_flip_is_a_view(both, data):
    values, x = both
    axes = tuple(data.draw(st.sets(st.integers(0, values.ndim - 1)))) if values.ndim else ()
    check_view(x, nd.flip(x, axis=axes), np.flip(values, axes))
    check_view(x, nd.flip(x), np.flip(values))
    check_view(x, x.flip(), np.flip(values))
    for axis in range(-values.ndim, values.ndim):
        check_view(x, x.flip(axis), np.flip(values, axis))


# ---- Writing through


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "view",
    [
        *[lambda x: x.T, lambda x: x[::-1], lambda x: x[1:, ::2], lambda x: x.reshape(-1), lambda x: x[None, :, None]],
        *[
            lambda x: x[0],
            lambda x: x[-1, 1:],
            lambda x: x[..., 1],
            lambda x: x.reshape(2, 6)[1, ::-2],
            lambda x: x[1:2, 2],
        ],
    ],
)
def test_writes_go_through_views(view, dtype):
    values = numbers(dtype, (3, 4))
    x = nd.asarray(values.copy())
    target = view(x)
    new = numbers(dtype, target.shape, seed=7)
    view(values)[...] = new
    target[...] = nd.asarray(new)
    same(x, values)
    view(values)[...] = 1
    target.fill(1)
    same(x, values)


def test_a_view_of_a_view_keeps_the_memory_alive():
    def inner():
        return nd.arange(1000).reshape(10, 100)[::2].T[5:]

    view = inner()
    others = [nd.full((1000,), 7) for _ in range(10)]
    same(view, np.arange(1000).reshape(10, 100)[::2].T[5:])
    del others


# ---- as_strided


def test_as_strided_sees_windows():
    x = nd.arange(10)
    windows = np.lib.stride_tricks.sliding_window_view(np.arange(10), 4)
    same(x.as_strided((7, 4), (1, 1)), windows)
    same(x.as_strided((3, 4), (2, 1), 1), windows[1::2])
    same(x.as_strided((10,), (-1,), 9), np.arange(10)[::-1])
    same(x.as_strided((5, 2), (0, 1)), np.broadcast_to([0, 1], (5, 2)))
    same(x.as_strided((), (), 3), np.array(3))
    same(x.as_strided((0, 5), (2**62, 2**62)), np.zeros((0, 5), "int64"))


def test_as_strided_of_shared_memory_with_gaps_and_negative_strides():
    values = np.arange(20)
    for view in (values[::2], values[::-1], values[-3::-4], values.reshape(4, 5)[::-1, 1::2]):
        x = nd.asarray(view)
        same(x.as_strided(x.shape, x.strides), view)


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        *[((11,), (1,), 0), ((2,), (10,), 0), ((2,), (-1,), 0), ((1,), (1,), 10), ((1,), (1,), -1)],
        *[
            ((2, 2), (9, 1), 0),
            ((3,), (2**62,), 0),
            ((5,), (2**62,), 0),
            ((2,), (-(2**63),), 0),
            ((1,), (1,), 2**63 - 1),
        ],
    ],
)
def test_as_strided_never_leaves_the_buffer(shape, strides, offset):
    with pytest.raises((IndexError, ValueError), match=r"reach positions|outside the buffer"):
        nd.arange(10).as_strided(shape, strides, offset)


def test_as_strided_refuses_what_is_no_layout():
    x = nd.arange(10)
    with pytest.raises(ShapeError, match=r"shape \(2, 2\) and strides \(1,\) must have equally many entries"):
        x.as_strided((2, 2), (1,))
    with pytest.raises(ShapeError, match="negative size"):
        x.as_strided((-1,), (1,))
    with pytest.raises(ValueError, match="more elements than memory can hold"):
        x.as_strided((2**40, 2**40), (0, 0))


# ---- Joining


@given(st.data())
def test_concat_and_stack_are_numpys(data):
    dtypes = ["bool", "int8", "int32", "uint8", "float32"]
    values, x = data.draw(equal_views(dtypes))
    count = data.draw(st.integers(1, 3))
    axis = data.draw(st.integers(-values.ndim - 1, values.ndim))
    same(nd.stack([x] * count, axis=axis), np.stack([values] * count, axis=axis))
    if values.ndim:
        axis = data.draw(st.integers(-values.ndim, values.ndim - 1))
        parts, arrays = [values], [x]
        for _ in range(count):
            shape = list(values.shape)
            shape[axis] = data.draw(st.integers(0, 3))
            parts.append(numbers(data.draw(st.sampled_from(dtypes)), shape))
            arrays.append(nd.asarray(parts[-1]))
        same(nd.concat(arrays, axis=axis), np.concatenate(parts, axis=axis, dtype=nd.result_type(*arrays).name))
    same(nd.concat([x, x], axis=None), np.concatenate([values, values], axis=None))


def test_concat_takes_lists_and_iterables():
    same(nd.concat([[1, 2], np.array([3])]), np.array([1, 2, 3]))
    same(nd.concat(nd.ones((2, 3))), np.ones(6, "float32"))
    same(nd.stack([1.0, 2.0]), np.array([1, 2], "float32"))
    same(nd.stack((nd.arange(2) for _ in range(2)), axis=-1), np.array([[0, 0], [1, 1]]))


@pytest.mark.parametrize("name", ["concat", "stack"])
def test_arrays_that_do_not_join_are_refused(name):
    join = getattr(nd, name)
    with pytest.raises(ValueError, match=f"{name}: expected at least one array"):
        join([])
    with pytest.raises(TypeError):
        join(3)
    with pytest.raises(IndexError, match=f"{name}: axis 5 is out of range"):
        join([nd.ones((2, 3))], axis=5)
    with pytest.raises(DTypeError, match="no integer dtype holds both"):
        join([nd.ones(2, dtype="uint64"), nd.ones(2, dtype="int64")])


def test_errors_of_joining_name_the_array_and_both_shapes():
    a, b = nd.ones((2, 3)), nd.ones((2, 4))
    with pytest.raises(
        ShapeError, match=r"concat: array 1 has shape \(2, 4\), array 0 has shape \(2, 3\); all sizes but"
    ):
        nd.concat([a, b])
    assert nd.concat([a, b], axis=1).shape == (2, 7)
    with pytest.raises(ShapeError, match=r"concat: array 2 has shape \(3,\), array 0 has shape \(2, 3\)"):
        nd.concat([a, a, nd.ones(3)])
    with pytest.raises(
        ShapeError, match=r"stack: array 1 has shape \(2, 4\), array 0 has shape \(2, 3\); all shapes must"
    ):
        nd.stack([a, b])
    with pytest.raises(ShapeError, match=r"stack: array 1 has shape \(3,\), array 0 has shape \(2, 3\)"):
        nd.stack([a, nd.ones(3)], axis=1)
    with pytest.raises(IndexError, match="the array has no axes"):
        nd.concat([nd.asarray(1.0)])
    huge = nd.broadcast_to(nd.asarray(1.0), (2**62,))
    with pytest.raises((ValueError, MemoryError)):
        nd.concat([huge, huge])


def test_joined_arrays_are_copies():
    x = nd.ones((2, 2))
    for joined in (nd.concat([x]), nd.stack([x])):
        joined[...] = 5
        same(x, np.ones((2, 2), "float32"))


# ---- Large copies


@pytest.mark.parametrize("shape", [(300, 200), (7, 130, 90), (9, 8, 17, 33), (64, 64, 64), (2, 100_000), (100_000, 2)])
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32", "float64"])
def test_copies_of_large_transposed_arrays(shape, dtype):
    values = np.arange(math.prod(shape)).reshape(shape).astype(dtype)
    for axes in {
        tuple(range(len(shape)))[::-1],
        (len(shape) - 1, *range(len(shape) - 1)),
        (1, 0, *range(2, len(shape))),
    }:
        turned = values.transpose(axes)
        same(nd.asarray(turned).copy(), turned)
        same(nd.asarray(turned).astype("float64"), turned.astype("float64"))
        target = nd.zeros(turned.shape, dtype=dtype)
        target[::-1] = nd.asarray(turned)
        same(target, turned[::-1])


# Beyond the caches whole lines of the target are written at once, where its rows begin with lines.
@pytest.mark.parametrize("shape", [(1 << 10, 8256), (4100, 2112), (1023, 2080), (3, 700, 4096)])
@pytest.mark.parametrize("dtype", ["int8", "int16", "float32", "float64"])
def test_transposed_copies_beyond_the_caches(shape, dtype):
    values = np.arange(math.prod(shape), dtype="uint32").reshape(shape).astype(dtype)
    turned = np.swapaxes(values, -1, -2)
    same(nd.asarray(turned).copy(), turned)
