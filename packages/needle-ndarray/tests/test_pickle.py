"""Pickles of every protocol, buffers out of band, and copies."""

import copy
import copyreg
import gc
import pickle
import sys

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .support import DTYPES, SHAPES, equal_views, in_layouts, numbers, same

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", SHAPES)
def test_pickles_and_copies(dtype, shape):
    for _, values in in_layouts(numbers(dtype, shape)):
        x = nd.asarray(values)
        results = [pickle.loads(pickle.dumps(x, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
        for other in (*results, copy.copy(x), copy.deepcopy(x), copy.deepcopy([x, x])[0]):
            same(other, values)
            assert other.is_compact()
            if values.size:
                assert not np.shares_memory(other.numpy(), x.numpy())
            other.fill(1)  # writable
        same(x, values)


def test_deepcopy_keeps_what_is_one_array():
    x = nd.ones(3)
    both = copy.deepcopy([x, x])
    assert both[0] is both[1]


def test_small_objects_are_pickled():
    for thing in (*[getattr(nd, dtype) for dtype in DTYPES], nd.cpu(), nd.cuda(), nd.cuda(3)):
        assert pickle.loads(pickle.dumps(thing)) == thing
        assert copy.deepcopy(thing) == thing
        assert hash(pickle.loads(pickle.dumps(thing))) == hash(thing)
    assert pickle.loads(pickle.dumps(nd.float32)) is nd.float32


@given(equal_views(), st.sampled_from(PROTOCOLS))
def test_views_are_pickled_as_they_look(pair, protocol):
    values, x = pair
    same(pickle.loads(pickle.dumps(x, protocol)), values)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_floats_of_16_bits_are_pickled(dtype, protocol):
    x = nd.asarray([[1.5, -0.0, float("inf")], [2.0, 3.0, 0.25]], dtype=dtype)
    for view in (x, x.T, x[:, ::-1], x[:0], x[0, 0]):
        other = pickle.loads(pickle.dumps(view, protocol))
        assert (other.dtype, other.shape, str(other)) == (dtype, view.shape, str(view))


def test_large_arrays_go_out_of_band_without_a_copy():
    x = nd.arange(100_000).reshape(100, 1000)
    buffers = []
    data = pickle.dumps({"x": x, "again": x}, 5, buffer_callback=buffers.append)
    assert len(data) < 300
    assert len(buffers) == 1
    assert np.shares_memory(np.frombuffer(buffers[0], "uint8"), x.numpy())
    loaded = pickle.loads(data, buffers=buffers)
    assert loaded["x"] is loaded["again"]
    assert np.shares_memory(loaded["x"].numpy(), x.numpy())
    loaded["x"][0, 0] = -1
    assert x[0, 0].item() == -1
    copies = [bytes(buffer) for buffer in buffers]
    fixed = pickle.loads(data, buffers=copies)["x"]
    same(fixed, x.numpy())
    with pytest.raises(ValueError, match="read-only"):
        fixed[...] = 0
    with pytest.raises(nd.ShapeError, match=r"8 bytes are no array of shape \(100, 1000\) and dtype int64"):
        pickle.loads(data, buffers=[bytes(8)])


def test_what_shares_an_out_of_band_buffer_keeps_it():
    buffer = bytearray(np.arange(10).tobytes())
    data = pickle.dumps(nd.arange(10), 5, buffer_callback=lambda _: False)
    before = sys.getrefcount(buffer)
    x = pickle.loads(data, buffers=[buffer])
    view = x[3:5]
    del x
    gc.collect()
    assert sys.getrefcount(buffer) > before
    same(view, np.array([3, 4]))
    del view
    assert sys.getrefcount(buffer) == before


def test_read_only_arrays_and_broadcast_views():
    fixed, wide = nd.asarray(b"abc"), nd.broadcast_to(nd.arange(3), (2, 3))
    for protocol in PROTOCOLS:
        same(pickle.loads(pickle.dumps(fixed, protocol)), np.frombuffer(b"abc", "uint8"))
        loaded = pickle.loads(pickle.dumps(wide, protocol))
        same(loaded, wide.numpy())
        loaded[...] = 1  # has memory of its own
    copy.copy(fixed)[...] = 1
    copy.deepcopy(fixed)[...] = 1


class Named(nd.NDArray):
    """With attributes."""


class Slotted(nd.NDArray):
    """With a slot."""

    __slots__ = ("tag",)


class Stateful(nd.NDArray):
    """With a state of its own."""

    def __getstate__(self):
        return {"kept": self.kept}

    def __setstate__(self, state):
        self.kept = [*state["kept"], "set"]


def test_subclasses_keep_class_and_attributes():
    x = Named([[1.0, 2.0]])
    x.names = ["a"]
    x.itself = x
    results = [pickle.loads(pickle.dumps(x, protocol)) for protocol in PROTOCOLS]
    for other in (*results, copy.deepcopy(x)):
        assert type(other) is Named
        same(other.copy(), np.array([[1, 2]], "float32"))
        assert other.names == ["a"]
        assert other.names is not x.names
        assert other.itself is other
        other[...] = 0
    shallow = copy.copy(x)
    assert type(shallow) is Named
    assert shallow.names is x.names
    assert shallow.itself is x
    shallow[...] = 0
    same(x.copy(), np.array([[1, 2]], "float32"))


def test_slots_and_states_of_subclasses_are_kept():
    x = Slotted([1, 2])
    for other in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert not hasattr(other, "tag")
    x.tag = [5]
    for other in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert (type(other), other.tag, other.tolist()) == (Slotted, [5], [1, 2])
    y = Stateful([1, 2])
    y.kept = ["x"]
    for other in (copy.copy(y), copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert (type(other), other.kept, other.tolist()) == (Stateful, ["x", "set"], [1, 2])


def test_arrays_themselves_have_no_state():
    assert nd.ones(2).__getstate__() is None
    assert len(nd.ones(2).__reduce_ex__(4)) == 2
    assert copyreg.dispatch_table.get(nd.NDArray) is None


def test_nothing_leaks():
    x = nd.ones((100, 100))

    def run():
        for protocol in PROTOCOLS:
            pickle.loads(pickle.dumps(x, protocol))
            pickle.loads(pickle.dumps(x.T[::-1], protocol))
        buffers = []
        pickle.loads(pickle.dumps(x, 5, buffer_callback=buffers.append), buffers=buffers)
        copy.deepcopy(Named(x))

    run()
    gc.collect()
    count, held = sys.getrefcount(x), nd.memory_statistics()
    for _ in range(20):
        run()
    gc.collect()
    assert sys.getrefcount(x) == count
    assert nd.memory_statistics() == held
