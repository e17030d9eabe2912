"""DLPack both ways: with NumPy, and with capsules made and read by hand."""

import ctypes
import gc
import sys
from typing import ClassVar

import array_api_strict as xp
import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given

from .support import DTYPES, SHAPES, equal_views, in_layouts, numbers, same

# ---- The structures, as the specification of DLPack 1.0 writes them


class Device(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int32), ("id", ctypes.c_int32)]


class DataType(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint8), ("bits", ctypes.c_uint8), ("lanes", ctypes.c_uint16)]


class Tensor(ctypes.Structure):
    _fields_ = [
        *[("data", ctypes.c_void_p), ("device", Device), ("ndim", ctypes.c_int32), ("dtype", DataType)],
        *[("shape", ctypes.POINTER(ctypes.c_int64)), ("strides", ctypes.POINTER(ctypes.c_int64))],
        ("byte_offset", ctypes.c_uint64),
    ]


DELETER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


class Old(ctypes.Structure):
    _fields_ = [("tensor", Tensor), ("context", ctypes.c_void_p), ("deleter", DELETER)]


class Versioned(ctypes.Structure):
    _fields_ = [
        *[("major", ctypes.c_uint32), ("minor", ctypes.c_uint32), ("context", ctypes.c_void_p)],
        *[("deleter", DELETER), ("flags", ctypes.c_uint64), ("tensor", Tensor)],
    ]


OLD, VERSIONED = b"dltensor", b"dltensor_versioned"
READ_ONLY, IS_COPIED = 1, 2

python = ctypes.pythonapi
python.PyCapsule_New.restype = ctypes.py_object
python.PyCapsule_New.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
python.PyCapsule_GetName.restype = ctypes.c_char_p
python.PyCapsule_GetName.argtypes = [ctypes.py_object]
python.PyCapsule_GetPointer.restype = ctypes.c_void_p
python.PyCapsule_GetPointer.argtypes = [ctypes.py_object, ctypes.c_char_p]


class Producer:
    """An array of another library, over a ctypes buffer, that counts how often its tensors were deleted."""

    kept: ClassVar = []  # because C still knows their deleters

    def __init__(self, data, dtype, shape, strides=None, *, device=(1, 0), offset=0, flags=None, version=(1, 0)):
        self.kept.append(self)
        self.deleted = 0
        self.asked = []
        self.capsule = None
        self.device = device
        self.data = data
        self.sizes = (ctypes.c_int64 * max(len(shape), 1))(*shape)
        self.steps = None if strides is None else (ctypes.c_int64 * max(len(shape), 1))(*strides)
        self.name = OLD if flags is None else VERSIONED
        self.managed = Old() if flags is None else Versioned(*version)
        self.deleter = DELETER(self.delete)
        self.managed.deleter = self.deleter
        if flags is not None:
            self.managed.flags = flags
        tensor = self.managed.tensor
        tensor.data = None if data is None else ctypes.addressof(data)
        tensor.device = Device(*device)
        tensor.ndim = len(shape)
        tensor.dtype = DataType(*dtype)
        tensor.shape = self.sizes
        if strides is not None:
            tensor.strides = self.steps
        tensor.byte_offset = offset

    def delete(self, managed):
        assert managed == ctypes.addressof(self.managed)
        self.deleted += 1

    def __dlpack__(self, **arguments):
        self.asked.append(arguments)
        self.capsule = python.PyCapsule_New(ctypes.addressof(self.managed), self.name, None)
        return self.capsule

    def __dlpack_device__(self):
        return self.device


class OldProducer(Producer):
    def __dlpack__(self, *, stream=None):
        return super().__dlpack__(stream=stream)


def ints(count=12):
    return (ctypes.c_int32 * count)(*range(count))


INT32 = (0, 32, 1)


# ---- Import

LAYOUTS = [
    ((12,), None, 0, np.s_[:]),
    ((3, 4), None, 0, None),
    ((3, 4), (4, 1), 0, None),
    ((4, 3), (1, 4), 0, "T"),
    ((3, 2), (4, 2), 0, np.s_[:, ::2]),
    ((3, 4), (-4, 1), 32, np.s_[::-1]),
    ((3, 4), (-4, -1), 44, np.s_[::-1, ::-1]),
    ((2, 4), (4, 1), 16, np.s_[1:]),
    ((2, 3, 4), (0, 4, 1), 0, "broadcast"),
    ((), None, 20, "element"),
    ((1, 4), (2**62, 1), 0, np.s_[:1]),
]


@pytest.mark.parametrize("flags", [None, 0, READ_ONLY])
@pytest.mark.parametrize(("shape", "strides", "offset", "view"), LAYOUTS)
def test_tensors_are_read_as_they_lie(shape, strides, offset, view, flags):
    producer = Producer(ints(), INT32, shape, strides, offset=offset, flags=flags)
    values = np.arange(12, dtype="int32").reshape(3, 4)
    if isinstance(view, str):
        values = {"T": values.T, "broadcast": np.broadcast_to(values, (2, 3, 4)), "element": values[1, 1]}[view]
    elif view is not None:
        values = (values if len(shape) > 1 else values.ravel())[view]
    x = nd.from_dlpack(producer)
    same(x, values)
    assert python.PyCapsule_GetName(producer.capsule) == b"used_" + producer.name
    assert x.numpy().flags.writeable == (flags != READ_ONLY and view != "broadcast")
    if flags == READ_ONLY:
        with pytest.raises(ValueError, match="read-only"):
            x[...] = 0
    elif view != "broadcast":
        x[...] = 77
        assert 77 in list(producer.data)
    view = x[..., None]
    del x
    gc.collect()
    assert producer.deleted == 0
    del view
    gc.collect()
    assert producer.deleted == 1


@pytest.mark.parametrize("flags", [None, 0])
@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0, 4)])
def test_tensors_without_elements_need_no_data(shape, flags):
    for data, strides in ((None, None), (ints(), None), (None, (1,) * len(shape)), (ints(), (2**62,) * len(shape))):
        producer = Producer(data, INT32, shape, strides, flags=flags)
        same(nd.from_dlpack(producer), np.zeros(shape, "int32"))
        gc.collect()
        assert producer.deleted == 1


@pytest.mark.parametrize("dtype", DTYPES)
def test_each_dtype_has_its_code(dtype):
    kind, size = np.dtype(dtype).kind, np.dtype(dtype).itemsize
    code = {"b": 6, "i": 0, "u": 1, "f": 2}[kind]
    values = numbers(dtype, (3,))
    data = (ctypes.c_char * values.nbytes).from_buffer_copy(values.tobytes())
    same(nd.from_dlpack(Producer(data, (code, 8 * size, 1), (3,))), values)
    capsule = nd.asarray(values).__dlpack__(max_version=(1, 0))
    managed = Versioned.from_address(python.PyCapsule_GetPointer(capsule, VERSIONED))
    described = managed.tensor.dtype
    assert (described.code, described.bits, described.lanes) == (code, 8 * size, 1)


@pytest.mark.parametrize(("dtype", "code"), [("float16", 2), ("bfloat16", 4)])
def test_floats_of_16_bits_have_codes(dtype, code):
    x = nd.asarray([1.5, -0.0, 2.0], dtype=dtype)
    _capsule, _, managed = described(x, max_version=(1, 0))
    assert (managed.tensor.dtype.code, managed.tensor.dtype.bits) == (code, 16)
    data = (ctypes.c_char * 6).from_buffer_copy(ctypes.string_at(managed.tensor.data, 6))
    y = nd.from_dlpack(Producer(data, (code, 16, 1), (3,)))
    assert (y.dtype, y.tolist(), str(y)) == (dtype, [1.5, 0.0, 2.0], str(x))
    assert nd.from_dlpack(x[::-1]).tolist() == [2.0, 0.0, 1.5]
    if dtype == "float16":
        np.testing.assert_array_equal(np.from_dlpack(x), np.array([1.5, 0, 2], "float16"))
    else:
        with pytest.raises((BufferError, RuntimeError)):  # NumPy has no such dtype
            np.from_dlpack(x)


@pytest.mark.parametrize(
    ("dtype", "name"),
    [
        ((5, 64, 1), "complex64"),
        ((0, 32, 4), "int32 in 4 lanes"),
        ((0, 128, 1), "int128"),
        ((2, 8, 1), "float8"),
        ((3, 64, 1), "opaque64"),
        ((6, 1, 1), "bool1"),
        ((10, 8, 1), "code 10, 8 bits"),
        ((255, 255, 65535), "code 255, 255 bits in 65535 lanes"),
    ],
)
@pytest.mark.parametrize("flags", [None, 0])
def test_unknown_elements_are_named_and_the_capsule_is_left_alone(dtype, name, flags):
    producer = Producer(ints(), dtype, (1,), flags=flags)
    with pytest.raises(BufferError, match=f"elements of DLPack type {name} are not supported"):
        nd.from_dlpack(producer)
    assert python.PyCapsule_GetName(producer.capsule) == producer.name
    assert producer.deleted == 0


@pytest.mark.parametrize(
    ("device", "name"), [((2, 0), "cuda"), ((10, 3), "rocm"), ((8, 0), "metal"), ((99, 1), ""), ((-5, 0), "")]
)
def test_unknown_devices_are_named(device, name):
    text = rf"DLPack device \({device[0]}, {device[1]}\){f' .{name}.' if name else ''}, whose memory cannot be read"
    for make in (nd.from_dlpack, nd.asarray):
        with pytest.raises(BufferError, match=text):
            make(Producer(ints(), INT32, (12,), device=device))

    class Sly(Producer):
        def __dlpack_device__(self):
            return (1, 0)

    with pytest.raises(BufferError, match=text):
        nd.from_dlpack(Sly(ints(), INT32, (12,), device=device))


def test_pinned_memory_is_the_cpus():
    for device in ((3, 0), (11, 1)):
        assert nd.from_dlpack(Producer(ints(), INT32, (12,), device=device)).device == nd.cpu()


def test_a_producer_elsewhere_is_asked_to_move_its_elements():
    class Elsewhere(Producer):
        def __dlpack_device__(self):
            return (2, 1)

    producer = Elsewhere(ints(), INT32, (12,), flags=IS_COPIED)
    same(nd.from_dlpack(producer, device="cpu"), np.arange(12, dtype="int32"))
    assert producer.asked == [{"max_version": (1, 0), "dl_device": (1, 0)}]

    class OldElsewhere(OldProducer):
        def __dlpack_device__(self):
            return (2, 1)

    with pytest.raises(TypeError, match="unexpected keyword argument"):
        nd.from_dlpack(OldElsewhere(ints(), INT32, (12,)), device="cpu")


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"ndim": -1}, "a tensor of -1 axes"),
        ({"ndim": 65}, "a tensor of 65 axes; expected 0 to 64"),
        ({"shape": None}, "a tensor of 1 axes without a shape"),
        ({"data": None}, r"a tensor of shape \(12,\) without data"),
    ],
)
def test_tensors_that_make_no_sense_are_refused(change, text):
    producer = Producer(ints(), INT32, (12,))
    for name, value in change.items():
        setattr(producer.managed.tensor, name, value)
    with pytest.raises(BufferError, match=text):
        nd.from_dlpack(producer)
    assert producer.deleted == 0


@pytest.mark.parametrize(
    ("shape", "strides", "error", "text"),
    [
        ((-1,), None, BufferError, "negative size"),
        ((2**62, 2**62), None, ValueError, "more elements than memory"),
        ((2, 2), (2**62, 1), BufferError, "strides that reach beyond 64 bits"),
        ((2**40, 2), (2**40, 1), ValueError, "reach positions beyond 64 bits"),
    ],
)
def test_sizes_that_overflow_are_refused(shape, strides, error, text):
    producer = Producer(ints(), INT32, shape, strides)
    with pytest.raises(error, match=text):
        nd.from_dlpack(producer)
    assert producer.deleted == (python.PyCapsule_GetName(producer.capsule) != OLD)


def test_a_newer_major_version_is_refused():
    producer = Producer(ints(), INT32, (12,), flags=0, version=(2, 0))
    with pytest.raises(BufferError, match=r"DLPack 2\.0 was given, but 1\.0 was asked for"):
        nd.from_dlpack(producer)
    assert producer.deleted == 0
    newer = Producer(ints(), INT32, (12,), flags=0, version=(1, 7))
    assert nd.from_dlpack(newer).shape == (12,)


def test_a_capsule_is_taken_only_once():
    producer = Producer(ints(), INT32, (12,))
    x = nd.from_dlpack(producer)

    class Again:
        def __dlpack__(self, **_):
            return producer.capsule

        def __dlpack_device__(self):
            return (1, 0)

    with pytest.raises(BufferError, match=r"used_dltensor.* is taken only once"):
        nd.from_dlpack(Again())
    producer.capsule = "no capsule"
    with pytest.raises(BufferError, match=r"__dlpack__ gave 'no capsule', but a capsule"):
        nd.from_dlpack(Again())
    del x
    assert producer.deleted == 1


def test_elements_at_odd_addresses_are_copied():
    data = (ctypes.c_char * 9).from_buffer_copy(b"." + np.array([5, -7], "int32").tobytes())
    producer = Producer(data, INT32, (2,), offset=1)
    x = nd.from_dlpack(producer)
    same(x, np.array([5, -7], "int32"))
    assert producer.deleted == 1
    with pytest.raises(BufferError, match="copy=False, but the elements must be copied"):
        nd.from_dlpack(producer, copy=False)
    assert producer.deleted == 2


def test_a_missing_deleter_is_no_crash():
    producer = Producer(ints(), INT32, (12,))
    producer.managed.deleter = DELETER(0)
    same(nd.from_dlpack(producer)[3], np.array(3, "int32"))


@pytest.mark.parametrize("flags", [0, READ_ONLY, IS_COPIED])
def test_copies_asked_for(flags):
    producer = Producer(ints(), INT32, (12,), flags=flags)
    for copy in (None, True, False):
        x = nd.from_dlpack(producer, copy=copy)
        assert producer.asked[-1] == {"max_version": (1, 0)} | ({} if copy is None else {"copy": copy})
        shared = x.numpy().ctypes.data == ctypes.addressof(producer.data)
        assert shared == (copy is not True or flags == IS_COPIED)  # a copy of the producer's own is enough
        assert x.numpy().flags.writeable == (flags != READ_ONLY or copy is True)
    with pytest.raises(TypeError, match="copy must be True, False or None"):
        nd.from_dlpack(producer, copy=1)


@pytest.mark.parametrize("copy", [None, True, False])
def test_producers_that_know_no_arguments(copy):
    producer = OldProducer(ints(), INT32, (12,))
    x = nd.from_dlpack(producer, copy=copy)
    same(x, np.arange(12, dtype="int32"))
    assert (x.numpy().ctypes.data == ctypes.addressof(producer.data)) == (copy is not True)


def test_objects_without_dlpack():
    for thing in ([1, 2], 5, None, b"abc"):
        with pytest.raises(AttributeError, match="__dlpack"):
            nd.from_dlpack(thing)
    with pytest.raises(nd.BackendUnavailable, match=r"cuda\(\) cannot be used"):
        nd.from_dlpack(nd.ones(2), device="cuda:0")


def test_what_a_producer_raises_comes_through():
    class Refuses(Producer):
        def __dlpack__(self, **_):
            raise RuntimeError("not today")

    with pytest.raises(RuntimeError, match="not today"):
        nd.from_dlpack(Refuses(ints(), INT32, (12,)))


# ---- Booleans of other bytes


@pytest.mark.parametrize("bad", [2, 255, 128])
@pytest.mark.parametrize("shape", [(1,), (3,), (8,), (100,), (5, 7), (33, 2)])
def test_booleans_that_are_neither_0_nor_1_are_read_as_true(shape, bad):
    raw = numbers("bool", shape).astype("uint8")
    raw[tuple(size // 2 for size in shape)] = bad
    for _, values in in_layouts(raw):
        seen = values.view(bool)
        data = (ctypes.c_char * raw.nbytes).from_buffer_copy(raw.tobytes())
        producer = Producer(data, (6, 8, 1), shape)
        for x in (nd.asarray(seen), nd.asarray(memoryview(seen)), nd.from_dlpack(seen), nd.from_dlpack(producer)):
            assert x.astype("uint8").tolist() == (raw != 0).tolist()
            assert x.copy().numpy().view("uint8").max() == 1
            assert (not np.shares_memory(x.numpy(), seen)) or seen.flags.c_contiguous is False
        assert producer.deleted == 1
    with pytest.raises(ValueError, match="copy=False"):
        nd.asarray(raw.view(bool), copy=False)
    with pytest.raises(BufferError, match="copy=False"):
        nd.from_dlpack(raw.view(bool), copy=False)


def test_proper_booleans_are_shared():
    for _, values in in_layouts(numbers("bool", (33, 17))):
        assert np.shares_memory(nd.asarray(values).numpy(), values)
        assert np.shares_memory(nd.from_dlpack(values, copy=False).numpy(), values)


# ---- Export


def described(x, **arguments):
    """A capsule, its name and what it points at, which is alive as long as the capsule."""
    capsule = x.__dlpack__(**arguments)
    name = python.PyCapsule_GetName(capsule)
    kind = Versioned if name == VERSIONED else Old
    managed = kind.from_address(python.PyCapsule_GetPointer(capsule, name))
    return capsule, name, managed


@pytest.mark.parametrize("max_version", [None, (0, 8), (1, 0), (1, 3), (2, 0)])
def test_capsules_are_of_the_version_that_the_reader_knows(max_version):
    x = nd.arange(6).reshape(2, 3)[:, ::2]
    _capsule, name, managed = described(x, max_version=max_version)
    if max_version is None or max_version[0] == 0:
        assert name == OLD
    else:
        assert name == VERSIONED
        assert (managed.major, managed.minor, managed.flags) == (1, 0, 0)
    tensor = managed.tensor
    assert (tensor.ndim, tensor.shape[:2], tensor.strides[:2], tensor.byte_offset) == (2, [2, 2], [3, 2], 0)
    assert tensor.data == x.numpy().ctypes.data
    assert (tensor.device.type, tensor.device.id) == (1, 0) == x.__dlpack_device__()


@given(equal_views())
def test_numpy_reads_every_view(pair):
    values, x = pair
    seen = np.from_dlpack(x)
    np.testing.assert_array_equal(seen, values)
    assert seen.dtype == values.dtype
    negative = any(stride < 0 for stride, size in zip(values.strides, values.shape, strict=True) if size > 1)
    if values.size:
        assert np.shares_memory(seen, x.numpy()) != negative
    same(nd.from_dlpack(values), values)
    assert not values.size or np.shares_memory(nd.from_dlpack(values).numpy(), values)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_round_trips(dtype, shape):
    for _, values in in_layouts(numbers(dtype, shape)):
        x = nd.asarray(values)
        same(nd.from_dlpack(x), values)
        same(nd.from_dlpack(np.from_dlpack(x)), values)
        same(nd.from_dlpack(xp.asarray(values)), values)
        copied = nd.from_dlpack(x, copy=True)
        copied[...] = 1
        same(x, values)


def test_negative_strides_are_copied():
    x = nd.arange(12).reshape(3, 4)
    for view in (x[::-1], x[:, ::-1], x[::-1, ::-1], x[..., None, ::-2], x[1:][::-1]):
        _capsule, _, managed = described(view, max_version=(1, 0))
        assert managed.flags == IS_COPIED
        assert min(managed.tensor.strides[: view.ndim]) > 0
        assert np.from_dlpack(view).flags.writeable
        with pytest.raises(BufferError, match=r"copy=False, but the array of strides .* must be copied"):
            view.__dlpack__(copy=False)
    for view in (x[:1][::-1], x[:0, ::-1], x[:, 2:3][:, ::-1]):  # strides that nobody follows
        _capsule, _, managed = described(view, max_version=(1, 0), copy=False)
        assert managed.flags == 0
        assert min(managed.tensor.strides[: view.ndim]) > 0


def test_copies_are_marked():
    x = nd.arange(3)
    _capsule, _, managed = described(x, max_version=(1, 0), copy=True)
    assert managed.flags == IS_COPIED
    assert managed.tensor.data != x.numpy().ctypes.data
    _capsule, _, managed = described(x, copy=True)
    assert managed.tensor.data != x.numpy().ctypes.data


def test_read_only_arrays_say_so():
    for x in (nd.asarray(b"abc"), nd.broadcast_to(nd.arange(3), (2, 3))):
        _capsule, _, managed = described(x, max_version=(1, 0))
        assert managed.flags == READ_ONLY
        assert not np.from_dlpack(x).flags.writeable
        assert not nd.from_dlpack(x).numpy().flags.writeable
        with pytest.raises(BufferError, match=r"read-only or a broadcast view.* export x\.copy\(\), or ask"):
            x.__dlpack__()
        assert described(x, copy=True)[1] == OLD
        _capsule, _, managed = described(x, copy=True, max_version=(1, 0))
        assert managed.flags == IS_COPIED
        writable = nd.from_dlpack(x, copy=True)
        writable[...] = 1
    fixed = np.arange(3)
    fixed.flags.writeable = False
    assert not nd.from_dlpack(fixed).numpy().flags.writeable


def test_arguments_of_dlpack():
    class Kind:
        value = 1

    x = nd.arange(3)
    assert described(x, dl_device=(1, 0), stream=None)[1] == OLD
    assert described(x, dl_device=(Kind(), 0))[1] == OLD
    with pytest.raises(ValueError, match="the CPU has no streams; leave stream out"):
        x.__dlpack__(stream=1)
    with pytest.raises(
        BufferError, match=r"cannot move an array from the CPU to DLPack device \(2, 0\) \(cuda\); leave"
    ):
        x.__dlpack__(dl_device=(2, 0))
    for wrong in (
        {"max_version": 1},
        {"max_version": (1,)},
        {"max_version": ("1", 0)},
        {"dl_device": "cpu"},
        {"copy": 0},
    ):
        with pytest.raises(TypeError, match=f"{next(iter(wrong))} must be"):
            x.__dlpack__(**wrong)
    with pytest.raises(TypeError):
        x.__dlpack__(None)


def test_elements_live_as_long_as_their_reader():
    owner = np.arange(1000)
    before = sys.getrefcount(owner)
    for arguments in ({}, {"max_version": (1, 0)}, {"copy": True}, {"max_version": (1, 0), "copy": True}):
        x = nd.asarray(owner)
        capsule = x.__dlpack__(**arguments)
        del x
        gc.collect()
        assert sys.getrefcount(owner) == before + ("copy" not in arguments)
        del capsule  # that nobody consumed
        assert sys.getrefcount(owner) == before
    seen = np.from_dlpack(nd.asarray(owner))
    gc.collect()
    assert sys.getrefcount(owner) == before + 1
    np.testing.assert_array_equal(seen, owner)
    del seen
    assert sys.getrefcount(owner) == before


def test_nothing_leaks():
    x, values = nd.ones((64, 64)), np.ones((64, 64))
    producer = Producer(ints(), INT32, (12,), flags=0)

    def run():
        for _ in range(50):
            nd.from_dlpack(values)
            np.from_dlpack(x)
            np.from_dlpack(x[::-1])
            x.__dlpack__()
            x.__dlpack__(max_version=(1, 0), copy=True)
            nd.from_dlpack(producer)
            for wrong in (np.ones(2, "complex64"), [1]):
                with pytest.raises((BufferError, AttributeError)):
                    nd.from_dlpack(wrong)
            with pytest.raises(BufferError):
                x[::-1].__dlpack__(copy=False)

    run()
    gc.collect()
    count, before, held = sys.getrefcount(values), sys.getrefcount(producer), nd.memory_statistics()
    run()
    gc.collect()
    assert sys.getrefcount(values) == count
    assert nd.memory_statistics() == held
    assert producer.deleted == 100
    assert sys.getrefcount(producer) == before
