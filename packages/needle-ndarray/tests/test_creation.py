"""Arrays from lists, numbers, NumPy's arrays and other buffers, and the functions that make them from a shape."""

import array
import ctypes
import itertools
import math

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError

from .support import DTYPES, FLOATS, INTEGERS, NUMERIC, SHAPES, in_layouts, numbers, same

# ---- Numbers and nested sequences


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        *[(True, "bool"), (3, "int64"), (-1.5, "float32"), (2**63, "uint64"), (-(2**63), "int64")],
        *[(np.float64(1.5), "float64"), (np.int8(-3), "int8"), (np.bool_(True), "bool")],
        (np.uint64(2**64 - 1), "uint64"),
    ],
)
def test_a_number_becomes_an_array_without_axes(value, dtype):
    same(nd.asarray(value), np.asarray(value, dtype))


def test_python_numbers_become_the_default_dtypes_and_numpys_keep_theirs():
    assert nd.asarray([1.0, 2]).dtype == nd.float32
    assert nd.asarray([1, True]).dtype == nd.int64
    assert nd.asarray([True, False]).dtype == nd.bool
    assert nd.asarray([]).dtype == nd.float32
    assert nd.asarray([np.float64(1), 2]).dtype == nd.float64
    assert nd.asarray([np.int8(1), 2]).dtype == nd.int8
    assert nd.asarray([np.int8(1), 2.5]).dtype == nd.float32
    assert nd.asarray([np.int8(1), np.uint8(2)]).dtype == nd.int16


def nested(leaf):
    return st.integers(0, 3).flatmap(
        lambda depth: st.lists(st.integers(1, 3), min_size=depth, max_size=depth).flatmap(
            lambda shape: st.lists(leaf, min_size=int(np.prod(shape)), max_size=int(np.prod(shape))).map(
                lambda values: np.reshape(np.array(values, object), shape).tolist()
            )
        )
    )


@given(nested(st.integers(-(2**63), 2**63 - 1)))
def test_nested_lists_of_integers_are_read_exactly(values):
    same(nd.asarray(values), np.asarray(values, "int64"))


@given(nested(st.floats(width=32)))
def test_nested_lists_of_floats_are_read_exactly(values):
    same(nd.asarray(values), np.asarray(values, "float32"))
    same(nd.asarray(values, dtype="float64"), np.asarray(values, "float64"))


@given(nested(st.booleans()), st.sampled_from(DTYPES))
def test_nested_lists_of_booleans_take_any_dtype(values, dtype):
    same(nd.asarray(values, dtype=dtype), np.asarray(values, dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_lists_take_the_dtype_that_is_asked_for(dtype):
    same(nd.asarray([[1, 0], [1, 1]], dtype=dtype), np.asarray([[1, 0], [1, 1]], dtype))
    same(nd.asarray([1.0, 0.0], dtype=dtype), np.asarray([1.0, 0.0], dtype))
    same(nd.array((1, 0, 1), dtype=dtype), np.asarray((1, 0, 1), dtype))


def test_tuples_ranges_and_arrays_inside_lists_are_sequences_too():
    same(nd.asarray(range(5)), np.arange(5))
    same(nd.asarray(((1, 2), [3, 4])), np.array([[1, 2], [3, 4]]))
    same(nd.asarray([np.arange(3.0), [5, 6, 7]]), np.array([[0.0, 1, 2], [5, 6, 7]]))
    same(nd.asarray([nd.arange(3), nd.ones(3)]), np.array([[0, 1, 2], [1, 1, 1]], "float32"))
    same(nd.asarray([[nd.asarray(1), 2], [3, np.array(4)]]), np.array([[1, 2], [3, 4]]))
    same(nd.asarray([np.array([2**64 - 1], "uint64")]), np.array([[2**64 - 1]], "uint64"))


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3), (2, 0, 3)])
def test_empty_sequences_have_the_shape_that_can_be_seen(shape):
    values = np.zeros(shape, "float32")
    same(nd.asarray(values.tolist()), np.asarray(values.tolist(), "float32"))


@pytest.mark.parametrize(
    "values",
    [
        *[[1, [2]], [[1], 2], [[1, 2], [3]], [[1, 2], [[3], [4]]], [[[1]], [[1, 2]]]],
        *[[[], [1]], [[1], []], [[], [[]]], [[], 1], [np.zeros((0, 5)), []], [[], np.zeros((0, 5))]],
        *[[np.zeros(2), np.zeros(3)], [np.zeros((2, 2)), [1, 2]]],
    ],
)
def test_ragged_sequences_are_refused(values):
    with pytest.raises(ShapeError, match="nested sequences must form a rectangle"):
        nd.asarray(values)


@pytest.mark.parametrize(
    "values", [None, "abc", ["abc"], [1, None], {1: 2}, {1, 2}, object(), (i for i in range(3)), [[1], ["2"]]]
)
def test_what_is_no_number_is_refused(values):
    with pytest.raises(TypeError, match="cannot make an array of <class"):
        nd.asarray(values)


def test_sequences_without_an_end_are_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="nested deeper than 64 levels"):
        nd.asarray(endless)


def test_errors_of_a_sequence_come_through():
    class Broken:
        def __len__(self):
            return 3

        def __getitem__(self, index):
            raise RuntimeError("broken sequence")

    with pytest.raises(RuntimeError, match="broken sequence"):
        nd.asarray(Broken())


def test_a_list_that_shrinks_while_it_is_read_is_refused():
    values = [0, 1, 2, 3]

    class Shrinks:
        def __len__(self):
            values.clear()
            return 0

        def __getitem__(self, index):
            raise IndexError

    values[0] = Shrinks()
    with pytest.raises((IndexError, ShapeError)):
        nd.asarray(values)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        *[(300, "uint8"), (-1, "uint8"), (-1, "uint64"), (-129, "int8")],
        *[(2**63, "int64"), (-(2**63) - 1, "int64"), (2**64, "uint64"), (2**70, "int8"), (10**400, "int64")],
        *[(1e19, "int64"), (math.inf, "int32"), (math.nan, "int64")],
    ],
)
def test_numbers_that_no_element_can_hold_are_refused(value, dtype):
    with pytest.raises(OverflowError, match="out of range"):
        nd.asarray(value, dtype=dtype)
    with pytest.raises(OverflowError, match="out of range"):
        nd.asarray([value], dtype=dtype)
    target = nd.zeros(3, dtype=dtype)
    with pytest.raises(OverflowError, match="out of range"):
        target[0] = value
    assert target.tolist() == [0, 0, 0]


@pytest.mark.parametrize("value", [2**63, 2**64, 2**100, -(2**100)])
def test_large_integers_become_floats_of_their_size(value):
    same(nd.asarray(value, dtype="float64"), np.asarray(float(value)))
    same(nd.asarray([value, 1.5], dtype="float32"), np.asarray([value, 1.5], "float32"))
    same(nd.ones(2, dtype="float64") * value, np.ones(2) * value)


# ---- NumPy's arrays and other buffers


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_numpy_arrays_of_all_strides_are_shared(dtype, shape):
    for name, values in in_layouts(numbers(dtype, shape)):
        shared = nd.asarray(values)
        same(shared, values)
        if values.size:
            assert np.shares_memory(shared.numpy(), values), name
            assert all(
                size == 1 or step == stride // values.itemsize
                for size, step, stride in zip(shape, shared.strides, values.strides, strict=True)
            )
            values[...] = 1
            same(shared, np.ones_like(values))
            shared[...] = 0
            assert not values.any()


@pytest.mark.parametrize("dtype", DTYPES)
def test_copies_share_nothing(dtype):
    values = numbers(dtype, (3, 4))
    for copied in (nd.asarray(values, copy=True), nd.array(values), nd.NDArray(values)):
        same(copied, values)
        assert not np.shares_memory(copied.numpy(), values)
    own = nd.asarray(values)
    assert not np.shares_memory(nd.asarray(own, copy=True).numpy(), values)
    assert not np.shares_memory(nd.array(own).numpy(), values)


def test_copy_rules():
    values = np.arange(6.0)
    x = nd.asarray(values)
    assert nd.asarray(x) is x
    assert nd.asarray(x, copy=False) is x
    assert nd.asarray(x, copy=True) is not x
    assert np.shares_memory(nd.asarray(values, copy=False).numpy(), values)
    assert nd.asarray(x, dtype="float64", copy=False).dtype == nd.float64
    for impossible in (
        lambda: nd.asarray(values, dtype="float32", copy=False),
        lambda: nd.asarray([1, 2], copy=False),
        lambda: nd.asarray(1.0, copy=False),
        lambda: nd.asarray(x, dtype="int8", copy=False),
    ):
        with pytest.raises(ValueError, match="copy=False, but this object cannot become"):
            impossible()
    with pytest.raises(TypeError, match="copy must be True, False or None"):
        nd.asarray(values, copy="yes")


def test_read_only_memory_stays_read_only():
    values = np.arange(4.0)
    values.flags.writeable = False
    for x in (nd.asarray(values), nd.asarray(b"abcd"), nd.asarray(values)[1:], nd.asarray(memoryview(b"ab"))):
        with pytest.raises(ValueError, match="read-only"):
            x[0] = 1
        with pytest.raises(ValueError, match="read-only"):
            nd.add(x, 1, out=x)
        with pytest.raises(ValueError, match="read-only"):
            x.fill(1)
        assert not x.numpy().flags.writeable
    copied = nd.asarray(values, copy=True)
    copied[0] = 9
    assert values[0] == 0


@pytest.mark.parametrize("dtype", ["int16", "uint32", "int64", "float32", "float64"])
def test_unaligned_memory_is_copied(dtype):
    raw = np.zeros(6 * np.dtype(dtype).itemsize + 1, "uint8")
    values = raw[1:].view(dtype).reshape(2, 3)
    values[...] = numbers(dtype, (2, 3))
    same(nd.asarray(values), values)
    same(nd.asarray(values.T), values.T)
    same(nd.asarray(values[:, ::-1]), values[:, ::-1])
    assert not np.shares_memory(nd.asarray(values).numpy(), raw)
    with pytest.raises(ValueError, match="copy=False"):
        nd.asarray(values, copy=False)


@pytest.mark.parametrize("dtype", NUMERIC)
def test_fields_of_records_are_strided_arrays(dtype):
    records = np.zeros(5, np.dtype([("head", "u1"), ("value", dtype)]))
    records["value"] = numbers(dtype, (5,))
    same(nd.asarray(records["value"]), records["value"])


@pytest.mark.parametrize("dtype", [">i4", ">f8", ">f2", "complex64", "longdouble", "S3", "U2", "O"])
def test_foreign_element_types_are_refused_by_name(dtype):
    values = np.zeros(3, dtype)
    with pytest.raises(DTypeError, match=r"elements of buffer format .* are not supported"):
        nd.asarray(values)


def test_structured_and_dated_arrays_are_refused():
    with pytest.raises(DTypeError, match="not supported"):
        nd.asarray(np.zeros(2, [("a", "i4"), ("b", "f4")]))
    with pytest.raises(DTypeError, match=r"dtype\('<M8\[s\]'\) are not supported; convert them first"):
        nd.asarray(np.zeros(2, "datetime64[s]"))


def test_numpy_scalars_of_foreign_types_are_refused():
    for value in (np.complex64(1), np.datetime64("2020-01-01"), np.str_("a")):
        with pytest.raises((TypeError, ValueError)):
            nd.asarray(value)


@pytest.mark.parametrize("code", "bBhHiIlLqQfd")
def test_arrays_of_the_standard_library_are_shared(code):
    values = array.array(code, [1, 2, 3])
    x = nd.asarray(values)
    same(x, np.asarray(values))
    x[1] = 7
    assert values[1] == 7
    with pytest.raises(BufferError):
        values.append(4)
    del x
    values.append(4)


def test_memoryviews_bytes_and_ctypes_arrays_are_buffers():
    same(nd.asarray(b"\x01\x02"), np.array([1, 2], "uint8"))
    same(nd.asarray(bytearray(b"\x01\x02")), np.array([1, 2], "uint8"))
    same(nd.asarray(memoryview(bytes(12)).cast("i", (3, 1))), np.zeros((3, 1), "int32"))
    same(nd.asarray(memoryview(bytes(8)).cast("d", ())), np.zeros(()))
    same(nd.asarray((ctypes.c_double * 3)(1, 2, 3)), np.array([1.0, 2, 3]))
    same(nd.asarray(((ctypes.c_int16 * 2) * 3)()), np.zeros((3, 2), "int16"))
    same(nd.asarray((ctypes.c_bool * 2)(True, False)), np.array([True, False]))
    same(nd.asarray((ctypes.c_double * 3).from_buffer(bytearray(25), 1)), np.zeros(3))
    same(nd.asarray(memoryview(np.arange(10)[::-3])), np.arange(10)[::-3])
    with pytest.raises(DTypeError, match="not supported"):
        nd.asarray(array.array("w", "abc") if "w" in array.typecodes else (ctypes.c_char * 3)())
    released = memoryview(b"ab")
    released.release()
    with pytest.raises(ValueError, match="released"):
        nd.asarray(released)


def test_objects_with_an_array_method_are_asked_for_it():
    class Wrapper:
        def __init__(self, value):
            self.value = value

        def __array__(self, dtype=None, copy=None):
            return self.value

    values = np.arange(3.0)
    assert np.shares_memory(nd.asarray(Wrapper(values)).numpy(), values)
    same(nd.asarray(Wrapper(values), dtype="int8"), values.astype("int8"))
    with pytest.raises(TypeError, match=r"gave .*, which is no array"):
        nd.asarray(Wrapper([1, 2]))
    with pytest.raises(TypeError, match="cannot make an array of"):
        nd.asarray(Wrapper)


def test_shared_memory_lives_as_long_as_the_array():
    def shared():
        return nd.asarray(np.arange(100_000.0))

    x = shared()
    others = [np.full(100_000, 7.0) for _ in range(4)]
    same(x, np.arange(100_000.0))
    del others


# ---- From a shape


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [*SHAPES, 3, [2, 3], np.int64(4), (np.int32(2), 3)])
def test_filled_arrays(dtype, shape):
    same(nd.zeros(shape, dtype=dtype), np.zeros(shape, dtype))
    same(nd.ones(shape, dtype=dtype), np.ones(shape, dtype))
    same(nd.full(shape, 1, dtype=dtype), np.full(shape, 1, dtype))
    assert nd.empty(shape, dtype=dtype).shape == np.empty(shape).shape
    assert nd.empty(shape, dtype=dtype).dtype == dtype


def test_filled_arrays_have_the_default_dtypes():
    assert nd.zeros(2).dtype == nd.ones(2).dtype == nd.empty(2).dtype == nd.eye(2).dtype == nd.float32
    assert nd.full(2, 1).dtype == nd.int64
    assert nd.full(2, 1.0).dtype == nd.float32
    assert nd.full(2, True).dtype == nd.bool
    same(nd.full(2, nd.asarray(3)), np.full(2, 3))
    same(nd.full((2, 2), 300.7, dtype="int16"), np.full((2, 2), 300, "int16"))
    same(nd.full(3, 2**64 - 1, dtype="uint64"), np.full(3, 2**64 - 1, "uint64"))


def test_likes_take_shape_dtype_and_device():
    x = nd.zeros((2, 3), dtype="int8").T
    for like, value in [(nd.zeros_like(x), 0), (nd.ones_like(x), 1), (nd.full_like(x, 5), 5)]:
        same(like, np.full((3, 2), value, "int8"))
        assert like.device == x.device
    same(nd.ones_like(x, dtype="float64"), np.ones((3, 2)))
    assert (nd.empty_like(x).shape, nd.empty_like(x).dtype) == ((3, 2), "int8")


@given(st.integers(-300, 300), st.integers(-300, 300), st.integers(-40, 40).filter(bool), st.sampled_from(NUMERIC))
def test_ranges_of_integers_are_numpys(start, stop, step, dtype):
    same(nd.arange(start, stop, step), np.arange(start, stop, step))
    same(nd.arange(stop), np.arange(stop))
    if (dtype.startswith("int") and dtype != "int8") or dtype in FLOATS:
        same(nd.arange(start, stop, step, dtype=dtype), np.arange(start, stop, step).astype(dtype))


@given(st.floats(-100, 100), st.floats(-100, 100), st.floats(0.05, 30) | st.floats(-30, -0.05))
def test_ranges_of_floats_are_numpys(start, stop, step):
    expected = np.arange(start, stop, step)
    actual = nd.arange(start, stop, step, dtype="float64")
    assert actual.shape == expected.shape
    np.testing.assert_allclose(actual.numpy(), start + np.arange(len(expected)) * step, rtol=1e-15, atol=1e-300)
    assert nd.arange(start, stop, step).dtype == nd.float32


@pytest.mark.parametrize("count", [31, 32, 33, 1000, 100_003])
def test_long_ranges_are_computed_from_their_places(count):
    places = np.arange(count)
    for dtype in FLOATS:
        same(nd.arange(0.3, 0.3 + 0.7 * (count - 0.5), 0.7, dtype=dtype), (0.3 + places * 0.7).astype(dtype))
        same(nd.linspace(2, 2 + count, count, endpoint=False, dtype=dtype), (2 + places * 1.0).astype(dtype))
    for dtype in ("int32", "int64", "uint64"):
        same(nd.arange(7, 7 + 3 * count, 3, dtype=dtype), (7 + places * 3).astype(dtype))
    same(nd.arange(count, -count, -2), np.arange(count, -count, -2))


def test_ranges_at_the_ends_of_int64():
    top = 2**63 - 1
    same(nd.arange(top - 2, top), np.arange(top - 2, top))
    same(nd.arange(-top, -top - 1, -1), np.arange(-top, -top - 1, -1))
    same(nd.arange(-top - 1, top, 2**62), np.array([-(2**63), -(2**62), 0, 2**62]))
    same(nd.arange(0, top, top), np.array([0]))
    same(nd.arange(0, -top - 1, -top - 1), np.array([0]))
    assert nd.arange(0, -1e300).shape == (0,)
    assert nd.arange(0, -math.inf).shape == (0,)


@pytest.mark.parametrize("arguments", [(0, 10, 0), (0.0, 1.0, 0.0), (0, math.inf), (0, math.nan), (0, 1, math.nan)])
def test_ranges_without_an_end_are_refused(arguments):
    with pytest.raises(ValueError, match="arange"):
        nd.arange(*arguments)


@pytest.mark.parametrize("arguments", [(10**15,), (-(2**63), 2**63 - 1), (0, 1e18), (1e300,)])
def test_ranges_beyond_memory_are_refused(arguments):
    with pytest.raises((MemoryError, ValueError)):
        nd.arange(*arguments)


@pytest.mark.parametrize("rows", [0, 1, 4])
@pytest.mark.parametrize("columns", [None, 0, 1, 3, 6])
@pytest.mark.parametrize("k", [0, 1, -1, 2, -3, 7, -7, 2**63 - 1, -(2**63), 2**70, -(2**70)])
def test_eye_is_numpys(rows, columns, k):
    bounded = max(-10, min(k, 10))
    same(nd.eye(rows, columns, k=k), np.eye(rows, columns, k=bounded, dtype="float32"))
    same(nd.eye(rows, columns, k=k, dtype="bool"), np.eye(rows, columns, k=bounded, dtype="bool"))


def test_what_an_index_raises_comes_through():
    class Interrupted:
        def __index__(self):
            raise KeyboardInterrupt

    for use in (nd.zeros, lambda index: nd.zeros((2, index)), lambda index: nd.zeros(2).item(index)):
        with pytest.raises(KeyboardInterrupt):
            use(Interrupted())


@pytest.mark.parametrize("make", [nd.zeros, nd.ones, nd.empty, lambda shape: nd.full(shape, 1)])
def test_shapes_that_are_none_are_refused(make):
    with pytest.raises(ShapeError, match=r"no negative sizes, but \(2, -1\) was given"):
        make((2, -1))
    for shape in (1.5, (1.5,), "12", (True,), True, (None,), ((1, 2),)):
        with pytest.raises(TypeError, match="shape must be an int"):
            make(shape)
    with pytest.raises(TypeError):
        make(None)
    with pytest.raises(ValueError, match="at most 64 axes"):
        make((1,) * 65)
    with pytest.raises(OverflowError, match="shape is out of range"):
        make(2**64)


def test_the_class_makes_arrays_too():
    x = nd.NDArray([[1, 2], [3, 4]])
    same(x, np.array([[1, 2], [3, 4]]))
    same(nd.NDArray(x, device=nd.cpu(), dtype="float32"), np.array([[1, 2], [3, 4]], "float32"))


# ---- Conversions


@pytest.mark.parametrize(("source", "target"), [*itertools.product(DTYPES, DTYPES)])
def test_astype_converts_what_fits_as_numpy_does(source, target):
    for _, values in in_layouts(numbers(source, (5, 7), low=0)):
        same(nd.asarray(values).astype(target), values.astype(target))
        same(nd.astype(nd.asarray(values), target), values.astype(target))


@pytest.mark.parametrize(("source", "target"), [*itertools.product(INTEGERS, INTEGERS)])
def test_astype_wraps_integers_as_numpy_does(source, target):
    limits = np.iinfo(source)
    values = np.array([limits.min, limits.min + 1, -1 if limits.min else 0, 0, 1, limits.max - 1, limits.max], source)
    same(nd.asarray(values).astype(target), values.astype(target))


@pytest.mark.parametrize("source", FLOATS)
@pytest.mark.parametrize("target", INTEGERS)
def test_astype_of_floats_truncates_and_stops_at_the_limits(source, target):
    limits = np.iinfo(target)
    values = np.array([0.5, -0.5, 1.9, -1.9, 1e30, -1e30, np.inf, -np.inf, np.nan], source)
    expected = [
        min(max(int(v), limits.min), limits.max) for v in [0, 0, 1, -1, 10**30, -(10**30), 10**30, -(10**30), 0]
    ]
    same(nd.asarray(values).astype(target), np.array(expected, target))


def test_astype_to_the_same_dtype_copies_only_when_asked():
    x = nd.ones(3)
    assert nd.astype(x, "float32", copy=False) is x
    assert x.astype("float32", copy=False) is x
    assert x.astype("float32") is not x
    assert not np.shares_memory(x.astype("float32").numpy(), x.numpy())


def test_copy_and_compact():
    x = nd.arange(6).reshape(2, 3)
    assert x.compact() is x
    turned = x.T
    assert not turned.is_compact()
    for dense in (turned.compact(), turned.copy()):
        same(dense, np.arange(6).reshape(2, 3).T)
        assert dense.is_compact()
        assert dense.strides == (2, 1)
        assert not np.shares_memory(dense.numpy(), x.numpy())


@pytest.mark.parametrize("value", [2**64, -(2**70), 10**400])
def test_integers_that_no_dtype_holds_are_true(value):
    same(nd.full(2, value, dtype="bool"), np.array([True, True]))
    same(nd.asarray([value, 0], dtype="bool"), np.array([True, False]))
