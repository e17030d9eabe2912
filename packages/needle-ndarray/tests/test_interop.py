"""Between our arrays, NumPy, the buffer protocol and Python's own protocols."""

import ctypes
import gc
import math
import operator
import weakref

import array_api_strict as xp
import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given

from .support import DTYPES, FLOATS, INTEGERS, NUMERIC, SHAPES, equal_views, in_layouts, numbers, same

# ---- NumPy


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_numpy_shares_memory(dtype, shape):
    for _, values in in_layouts(numbers(dtype, shape)):
        x = nd.asarray(values, copy=True)
        for seen in (x.numpy(), np.asarray(x), x.__array__()):
            np.testing.assert_array_equal(seen, values)
            assert seen.dtype == dtype
            if values.size:
                assert np.shares_memory(seen, x.numpy())
        x.numpy()[...] = 1
        same(x, np.ones(shape, dtype))


@given(equal_views())
def test_views_are_seen_by_numpy_as_they_are(pair):
    values, x = pair
    seen = x.numpy()
    np.testing.assert_array_equal(seen, values)
    if values.size:
        assert [s for s, n in zip(seen.strides, seen.shape, strict=True) if n > 1] == [
            s * x.itemsize for s, n in zip(x.strides, x.shape, strict=True) if n > 1
        ]


def test_array_protocol_converts_and_copies():
    x = nd.arange(3)
    assert np.array(x).base is None
    assert not np.shares_memory(np.array(x), x.numpy())
    assert np.asarray(x, dtype="float32").dtype == "float32"
    assert x.__array__("int8").dtype == "int8"
    assert not np.shares_memory(x.__array__(copy=True), x.numpy())
    assert np.shares_memory(np.asarray(x, copy=False), x.numpy())
    assert np.shares_memory(x.__array__(None, copy=False), x.numpy())
    with pytest.raises(ValueError, match="copy"):
        x.__array__("float32", copy=False)
    with pytest.raises(TypeError):
        np.asarray(x, dtype="nonsense")
    with pytest.raises(TypeError, match="copy must be True, False or None, not 'no'"):
        x.__array__(copy="no")


def test_numpy_functions_that_convert_take_our_arrays():
    x = nd.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(x, [[0, 1, 2], [3, 4, 5]])
    np.testing.assert_array_equal(np.concatenate([x, x]), np.concatenate([x.numpy()] * 2))
    assert np.ones((2, 3))[nd.asarray(1), nd.asarray(2)] == 1
    values = np.zeros((2, 3))
    values[...] = x
    np.testing.assert_array_equal(values, x.numpy())
    assert np.arange(10)[nd.asarray([1, 3])].tolist() == [1, 3]


def test_ufuncs_leave_our_arrays_to_operators():
    with pytest.raises(TypeError, match="does not support ufuncs"):
        np.exp(nd.ones(2))
    with pytest.raises(TypeError, match="does not support ufuncs"):
        np.add(np.ones(2), nd.ones(2))


def test_read_only_is_kept():
    for x in (nd.broadcast_to(nd.ones(3), (2, 3)), nd.asarray(b"abc")):
        assert not x.numpy().flags.writeable
        assert memoryview(x).readonly
        assert not grants(x, WRITABLE | STRIDES)


# ---- Lifetimes


def test_memory_lives_as_long_as_anybody_sees_it():
    x = nd.arange(1000)
    seen, memory, row = x.numpy(), memoryview(x), x.reshape(10, 100)[3]
    del x
    gc.collect()
    others = [nd.full((1000,), -1) for _ in range(20)]
    np.testing.assert_array_equal(seen, np.arange(1000))
    assert memory[7] == 7
    same(row, np.arange(300, 400))
    del others


def test_shared_objects_are_let_go():
    class Owner(bytearray):
        pass

    owner = Owner(100)
    alive = weakref.ref(owner)
    x = nd.asarray(owner)
    view = x[10:20].reshape(2, 5).T
    del owner, x
    gc.collect()
    assert alive() is not None
    del view
    gc.collect()
    assert alive() is None


def test_weak_references():
    x = nd.ones(3)
    reference = weakref.ref(x)
    assert reference() is x
    del x
    assert reference() is None


# ---- The buffer protocol

SIMPLE, WRITABLE, FORMAT, ND, STRIDES = 0, 1, 4, 8, 8 | 16
C_CONTIGUOUS, F_CONTIGUOUS, ANY_CONTIGUOUS, INDIRECT = STRIDES | 32, STRIDES | 64, STRIDES | 128, STRIDES | 256


def grants(x, flags):
    """Whether a reader that asks with these flags gets the buffer."""

    class Buffer(ctypes.Structure):
        _fields_ = [("words", ctypes.c_void_p * 20)]

    get, release = ctypes.pythonapi.PyObject_GetBuffer, ctypes.pythonapi.PyBuffer_Release
    get.argtypes, release.argtypes = [ctypes.py_object, ctypes.c_void_p, ctypes.c_int], [ctypes.c_void_p]
    buffer = Buffer()
    try:
        get(x, ctypes.addressof(buffer), flags)
    except BufferError:
        return False
    release(ctypes.addressof(buffer))
    return True


@given(equal_views())
def test_each_reader_gets_what_it_can_read(pair):
    values, x = pair
    c, f = values.flags.c_contiguous, values.flags.f_contiguous
    for extra in (0, FORMAT, WRITABLE, WRITABLE | FORMAT):
        assert grants(x, SIMPLE | extra) == c
        assert grants(x, ND | extra) == c
        assert grants(x, STRIDES | extra)
        assert grants(x, INDIRECT | extra)
        assert grants(x, C_CONTIGUOUS | extra) == c
        assert grants(x, F_CONTIGUOUS | extra) == f
        assert grants(x, ANY_CONTIGUOUS | extra) == (c or f)
    if values.size:
        fixed = nd.broadcast_to(x, (2, *values.shape))
        assert not grants(fixed, STRIDES | WRITABLE)
        assert grants(fixed, STRIDES)


@pytest.mark.parametrize("dtype", DTYPES)
def test_memoryviews(dtype):
    values = numbers(dtype, (3, 4))
    memory = memoryview(nd.asarray(values.copy()))
    expected = memoryview(values)
    assert (memory.format, memory.itemsize, memory.shape, memory.strides, memory.ndim, memory.nbytes) == (
        *(expected.format, expected.itemsize, expected.shape, expected.strides, expected.ndim, expected.nbytes),
    )
    assert memory.tolist() == values.tolist()
    assert memory.tobytes() == values.tobytes()
    assert bytes(nd.asarray(values.T)) == values.T.tobytes()
    assert not memory.readonly
    number = memoryview(nd.asarray(values[0, 0]))
    assert (number.ndim, number.shape, number.tolist()) == (0, (), values[0, 0].item())
    empty = memoryview(nd.zeros((2, 0), dtype=dtype))
    assert (empty.shape, empty.nbytes) == ((2, 0), 0)


# ---- Instances


@pytest.mark.filterwarnings("ignore:nanobind")
def test_an_object_whose_init_never_ran_is_an_empty_array():
    class Forgetful(nd.NDArray):
        def __init__(self):
            pass

    for x in (Forgetful(), nd.NDArray.__new__(nd.NDArray)):
        same(x + 1, np.zeros(0, "float32"))
        same(nd.exp(1 - x), np.zeros(0, "float32"))
        same(nd.sum(x), np.array(0, "float32"))
        assert (len(x), list(x), memoryview(x).nbytes) == (0, [], 0)
        for use in (bool, float, repr, lambda array: array[0], lambda array: nd.ones(3) * array, lambda array: array.T):
            with pytest.raises((TypeError, ValueError, IndexError)):
                use(x)
    late = nd.NDArray.__new__(nd.NDArray)
    late.__init__([1, 2])
    same(late + 1, np.array([2, 3]))
    with pytest.raises(TypeError):
        late.__init__([3, 4])
    same(late, np.array([1, 2]))


# ---- Python's protocols


def test_length_iteration_and_unpacking():
    x = nd.arange(6).reshape(3, 2)
    assert len(x) == 3
    assert [row.tolist() for row in x] == [[0, 1], [2, 3], [4, 5]]
    (a, b), *rest = x
    assert (a.item(), b.item(), len(rest)) == (0, 1, 2)
    assert [row.tolist() for row in reversed(x)] == [[4, 5], [2, 3], [0, 1]]
    for row in x:
        row.fill(7)
    assert x.tolist() == [[7, 7]] * 3
    assert list(nd.zeros((0, 3))) == []
    assert len(nd.zeros((0, 3))) == 0
    with pytest.raises(TypeError, match=r"an array of shape \(\) has no length"):
        len(nd.asarray(1))
    with pytest.raises(TypeError, match=r"cannot iterate over an array of shape \(\)"):
        iter(nd.asarray(1))


def test_membership_is_by_value():
    x = nd.arange(3)
    assert 2 in x
    assert 5 not in x


@pytest.mark.parametrize("dtype", DTYPES)
def test_numbers_out_of_arrays(dtype):
    for value in (0, 1, *([] if dtype == "bool" else [7])):
        for x in (nd.asarray(value, dtype=dtype), nd.asarray([[value]], dtype=dtype)):
            expected = np.array(value, dtype).item()
            assert x.item() == expected
            assert type(x.item()) is type(expected)
            assert float(x) == float(value)
            assert int(x) == value
            assert bool(x) == bool(value)
            if dtype in INTEGERS:
                assert [10, 11, 12, 13, 14, 15, 16, 17][x] == 10 + value
                assert range(x).stop == value
    with pytest.raises(TypeError, match="only an integer array of one element can be an index"):
        [1, 2][nd.ones(2, dtype=dtype)]
    if dtype not in INTEGERS:
        with pytest.raises(TypeError, match=f"can be an index, not one of shape .* and dtype {dtype}"):
            [1, 2][nd.asarray(1, dtype=dtype)]


def test_extreme_integers_come_out_exactly():
    for dtype in INTEGERS:
        limits = np.iinfo(dtype)
        assert nd.asarray([limits.min, limits.max], dtype=dtype).tolist() == [limits.min, limits.max]
        assert int(nd.asarray(limits.max, dtype=dtype)) == limits.max
    assert math.isnan(nd.asarray(np.nan).item())
    with pytest.raises(ValueError, match="cannot convert float NaN to integer"):
        int(nd.asarray(np.nan))
    with pytest.raises(OverflowError, match="cannot convert float infinity to integer"):
        int(nd.asarray(np.inf))


@pytest.mark.parametrize("shape", [(2,), (0,), (2, 2)])
def test_arrays_of_other_sizes_are_no_number(shape):
    x = nd.zeros(shape)
    sentence = rf"needs an array of one element, but the shape is \({shape[0]},"
    for convert in (float, int):
        with pytest.raises(TypeError, match=sentence):
            convert(x)
    with pytest.raises(nd.ShapeError, match=rf"item\(\) {sentence}"):  # a ValueError, as NumPy's is
        x.item()
    with pytest.raises(ValueError, match=r"the truth value of an array of shape .* is ambiguous; write x.any\(\)"):
        bool(x)


@given(equal_views())
def test_in_asks_for_an_equal_element(pair):
    values, x = pair
    for value in (3, -1, 0.5, True, *values.ravel()[-1:]):
        assert (value in x) == (value in values)


def test_in_takes_numbers_and_arrays_that_broadcast():
    x = nd.arange(6).reshape(2, 3)
    assert nd.asarray([9, 9, 5]) in x
    assert np.array([[9], [2]]) not in x
    assert np.float32("nan") not in nd.asarray([math.nan])
    assert 2**70 not in x
    assert 5 in nd.asarray(5)
    with pytest.raises(nd.ShapeError, match="equal"):
        nd.ones(2) in x  # noqa: B015
    for value in ("a", None, [1, 2]):
        with pytest.raises(TypeError, match="in: expected a number or an array, not "):
            value in x  # noqa: B015


@given(equal_views())
def test_tolist_is_numpys(pair):
    values, x = pair
    assert x.tolist() == values.tolist()


def test_lists_larger_than_memory_are_refused_at_once():
    for x in (
        nd.zeros((2**62, 0)),
        nd.zeros((2**31, 2**29, 0, 5)),
        nd.broadcast_to(nd.asarray(1), (2**62,)),
        nd.broadcast_to(nd.asarray(1), (2**31, 2**20)),
    ):
        with pytest.raises(MemoryError, match=r"the lists of an array of shape \(.*\) take more than the memory"):
            x.tolist()
    assert nd.zeros((0, 2**62)).tolist() == []
    assert nd.zeros((2, 0, 2**59)).tolist() == [[], []]


@given(equal_views())
def test_items_are_numpys(pair):
    values, x = pair
    for flat in range(-values.size, values.size):
        assert x.item(flat) == values.item(flat)
        assert type(x.item(flat)) is type(values.item(flat))
    for index in np.ndindex(values.shape):
        assert x.item(*index) == x.item(index) == values.item(index)


def test_items_out_of_range():
    x = nd.arange(6).reshape(2, 3)
    assert x.item(-1, np.int8(-3)) == 3
    for flat in (6, -7):
        with pytest.raises(IndexError, match=rf"index {flat} is out of range for the 6 elements of shape \(2, 3\)"):
            x.item(flat)
    for index in ((0, 3), (0, -4)):
        with pytest.raises(IndexError, match=r"out of range for axis 1 of size 3 \(shape \(2, 3\)\)"):
            x.item(*index)
    with pytest.raises(IndexError, match="takes no index, one, or 2, not 3"):
        x.item(0, 0, 0)
    with pytest.raises(IndexError, match="out of range for the 0 elements"):
        nd.zeros((0, 2)).item(0)
    with pytest.raises(TypeError, match="item: index must be"):
        x.item("a")
    assert nd.asarray(5).item(0) == nd.asarray(5).item() == 5


def test_one_element_is_a_complex_number_too():
    assert complex(nd.asarray(2.5)) == 2.5 + 0j
    assert nd.asarray(True).__complex__() == 1 + 0j
    assert type(nd.asarray([3]).__complex__()) is complex
    with pytest.raises(TypeError, match="needs an array of one element"):
        nd.ones(2).__complex__()


def test_numpy_on_the_left_gives_our_arrays():
    x, values = nd.asarray([1.0, 2.0], dtype="float64"), np.array([3.0, 4.0])
    for operation in (
        *[operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow],
        *[operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge, operator.matmul],
    ):
        same(operation(values, x), operation(values, x.numpy()))
        same(operation(x, values), operation(x.numpy(), values))
        if operation is not operator.matmul:
            same(operation(np.float64(3), x), operation(np.float64(3), x.numpy()))
            same(operation(values[0], x), operation(values[0], x.numpy()))
    bits, masks = nd.asarray([1, 2]), np.array([3, 5])
    for operation in (operator.and_, operator.or_, operator.xor):
        same(operation(masks, bits), operation(masks, bits.numpy()))
        same(operation(np.int64(3), bits), operation(np.int64(3), bits.numpy()))


def test_arrays_are_not_hashable_and_compare_elementwise():
    x = nd.ones(3)
    assert nd.NDArray.__hash__ is None
    with pytest.raises(TypeError, match="unhashable"):
        hash(x)
    same(x == x.copy(), np.ones(3, "bool"))
    same(x != x.copy(), np.zeros(3, "bool"))


# ---- Properties


@given(equal_views())
def test_properties_are_numpys(pair):
    values, x = pair
    assert (x.shape, x.ndim, x.size) == (values.shape, values.ndim, values.size)
    assert (x.itemsize, x.nbytes) == (values.itemsize, values.nbytes)
    assert x.dtype == values.dtype
    assert x.device == nd.cpu()
    assert x.is_compact() == values.flags.c_contiguous
    assert x.layout.shape == x.shape


@pytest.mark.parametrize("name", ["shape", "strides", "dtype", "device", "ndim", "size", "T", "mT", "layout", "flat"])
def test_properties_cannot_be_set(name):
    x = nd.ones((2, 2))
    with pytest.raises(AttributeError):
        setattr(x, name, 1)


def test_subclasses_are_arrays():
    class Named(nd.NDArray):
        name = "x"

    x = Named([[1.0, 2.0]])
    assert isinstance(x, nd.NDArray)
    same(x + 1, np.array([[2, 3]], "float32"))
    same(1 + x, np.array([[2, 3]], "float32"))
    assert nd.asarray(x) is x
    assert x.T.shape == (2, 1)


# ---- dtypes and devices


@pytest.mark.parametrize("name", DTYPES)
def test_dtypes_equal_their_names_and_numpys(name):
    dtype = getattr(nd, name)
    assert dtype == name
    assert dtype == np.dtype(name)
    assert dtype == getattr(np, name)
    assert np.dtype(name) == name
    assert dtype != "float16"
    assert dtype != None  # noqa: E711 - the comparison itself is tested
    assert dtype != 3
    assert (dtype.name, dtype.itemsize, dtype.kind) == (name, np.dtype(name).itemsize, np.dtype(name).kind)
    for other in DTYPES:
        assert (dtype == getattr(nd, other)) == (name == other)
    for given_as in (dtype, name, np.dtype(name), getattr(np, name)):
        assert nd.zeros(1, dtype=given_as).dtype is dtype
    assert {dtype: 1}[name] == 1


def test_pythons_types_are_the_default_dtypes():
    assert nd.zeros(1, dtype=float).dtype == nd.float32
    assert nd.zeros(1, dtype=int).dtype == nd.int64
    assert nd.zeros(1, dtype=bool).dtype == nd.bool


def test_devices_are_equal_by_name():
    assert nd.cpu() == nd.Device("cpu") == "cpu"
    assert nd.cuda() == nd.cuda(0) == nd.Device("cuda") == "cuda"
    assert nd.cuda(1) == "cuda:1"
    assert nd.cuda(1) != nd.cuda()
    assert nd.cpu() != nd.cuda()
    assert hash(nd.cuda(1)) == hash(nd.Device("cuda:1"))
    assert (nd.cuda(1).type, nd.cuda(1).index, nd.cuda(1).name) == ("cuda", 1, "cuda:1")
    assert nd.default_device() == nd.cpu()
    assert nd.all_devices()[0] == nd.cpu()
    assert nd.cpu().enabled()
    assert nd.cpu().why_not() is None


def test_to_gives_the_array_itself_where_it_is_there():
    x = nd.ones(2)
    assert x.to(nd.cpu()) is x
    assert x.to("cpu") is x
    assert x.to_device(nd.cpu()) is x
    with pytest.raises(ValueError, match="no streams"):
        x.to_device("cpu", stream=1)


# ---- The Array API standard


def test_array_namespace():
    x = nd.ones(2)
    assert x.__array_namespace__() is nd
    assert x.__array_namespace__(api_version="2023.12") is nd
    with pytest.raises(ValueError, match=r'has no version "1999.01" known here; expected "2025.12"'):
        x.__array_namespace__(api_version="1999.01")
    assert nd.__array_api_version__ == "2025.12"


def strict(values):
    return xp.asarray(np.asarray(values))


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "maximum", "minimum", "less", "equal", "floor_divide"])
@pytest.mark.parametrize("dtype", NUMERIC)
def test_operations_agree_with_the_strict_implementation(name, dtype):
    x, y = numbers(dtype, (3, 4), 1, low=1), numbers(dtype, (4,), 2, low=1) + np.array(1, dtype)
    same(getattr(nd, name)(nd.asarray(x), nd.asarray(y)), np.asarray(getattr(xp, name)(strict(x), strict(y))))


@pytest.mark.parametrize("a", [*NUMERIC, "bool"])
@pytest.mark.parametrize("b", [*NUMERIC, "bool"])
def test_promotion_agrees_with_the_strict_implementation_where_it_promotes(a, b):
    try:
        expected = str(xp.result_type(getattr(xp, a), getattr(xp, b))).removeprefix("array_api_strict.")
    except TypeError:
        return
    assert nd.result_type(a, b) == expected


def test_functions_agree_with_the_strict_implementation():
    values = numbers("float32", (4, 5, 6))
    x, y = nd.asarray(values), strict(values)
    for mine, theirs in [
        (nd.permute_dims(x, (2, 0, 1)), xp.permute_dims(y, (2, 0, 1))),
        (nd.flip(x, axis=1), xp.flip(y, axis=1)),
        (nd.expand_dims(x, axis=-2), xp.expand_dims(y, axis=-2)),
        (nd.squeeze(x[:, :1], axis=1), xp.squeeze(y[:, :1, ...], axis=1)),
        (nd.concat([x, x], axis=1), xp.concat([y, y], axis=1)),
        (nd.concat([x, x], axis=None), xp.concat([y, y], axis=None)),
        (nd.stack([x, x], axis=-1), xp.stack([y, y], axis=-1)),
        (nd.reshape(x, (20, -1)), xp.reshape(y, (20, -1))),
        (nd.matrix_transpose(x), xp.matrix_transpose(y)),
        (nd.take(x, nd.asarray([3, 0]), axis=2), xp.take(y, xp.asarray([3, 0]), axis=2)),
        (nd.where(x > 0, x, -x), xp.where(y > 0, y, -y)),
        (nd.sum(x, axis=(0, 2)), xp.sum(y, axis=(0, 2))),
        (nd.prod(nd.asarray([1, 2, 3], dtype="int8")), xp.prod(xp.asarray([1, 2, 3], dtype=xp.int8))),
        (nd.max(x, axis=1, keepdims=True), xp.max(y, axis=1, keepdims=True)),
        (nd.argmax(x, axis=-1), xp.argmax(y, axis=-1)),
        (nd.any(x == 3, axis=0), xp.any(y == 3, axis=0)),
        (nd.astype(x, nd.int32), xp.astype(y, xp.int32)),
        (nd.eye(3, 4, k=1), xp.eye(3, 4, k=1, dtype=xp.float32)),
        (nd.arange(2, 9, 3), xp.arange(2, 9, 3)),
        (nd.sign(x), xp.sign(y)),
        (nd.square(x), xp.square(y)),
        (x[1, ::-2, None, ..., 1:3], y[1, ::-2, None, ..., 1:3]),
    ]:
        same(mine, np.asarray(theirs))


@pytest.mark.parametrize("dtype", FLOATS)
def test_rounding_functions_agree_with_the_strict_implementation(dtype):
    values = np.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 1e10, -1e-10, np.inf, -np.inf, np.nan], dtype)
    for name in ("floor", "ceil", "trunc", "round", "isnan", "isinf", "isfinite"):
        same(getattr(nd, name)(nd.asarray(values)), np.asarray(getattr(xp, name)(strict(values))))
