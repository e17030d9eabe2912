"""What `Layout.explain` says, against what NumPy knows of the same view."""

import gc
import mmap
import re
import weakref

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .support import equal_views

ROW = re.compile(r" *(\(.*\)) +(-?\d+)  +(\S+)")


@given(st.data())
def test_every_row_of_the_table_is_numpys(data):
    values, x = data.draw(equal_views(["int64", "uint8", "bool"]))
    text = x.layout.explain()
    assert max(map(len, text.splitlines())) < 100
    assert repr(text) == str(text) == text
    rows = [ROW.fullmatch(line) for line in text.splitlines()]
    rows = [row.groups() for row in rows if row]
    assert len(rows) == min(values.size, 23 if values.size > 24 else 24)
    for index, position, value in rows:
        index = eval(index)  # noqa: PLW2901 - the text of a tuple
        steps = [stride * i for stride, i in zip(x.strides, index, strict=True)]
        assert int(position) == x.layout.offset + sum(steps)
        assert value == str(values[index])
    assert ("Contiguous: " in text) == values.flags.c_contiguous
    if values.size > 24:
        assert f"... {values.size - 23:,} more ind" in text
        assert rows[-1][0] == str(tuple(size - 1 for size in values.shape))


@given(st.data())
def test_one_index_is_followed_to_its_value(data):
    values, x = data.draw(equal_views(["int64"]))
    if values.size == 0:
        return
    index = tuple(data.draw(st.integers(-size, size - 1)) for size in values.shape)
    text = x.layout.explain(index)
    position = int(re.search(r"position = .*?(-?\d+)\n +bytes", text)[1])
    assert f"value {values[index]}\n" in text
    assert f"bytes {8 * position} to {8 * position + 7} of the storage" in text
    at = values.__array_interface__["data"][0] + sum(
        i % size * stride for i, size, stride in zip(index, values.shape, values.strides, strict=True)
    )
    first = values.__array_interface__["data"][0]
    assert position - x.layout.offset == (at - first) // 8


def test_the_formula_of_a_transposed_and_flipped_view():
    text = nd.arange(12).reshape(3, 4)[::-1].T.layout.explain()
    assert "    = offset + i*strides[0] + j*strides[1]\n    = 8 + i*1 + j*(-4)\n" in text
    assert "has strides (3, 1), other than here on axes 0, 1." in text
    assert "Axis 1 has a negative stride: it runs through the buffer backwards." in text
    assert "The view reaches positions 0 to 11 of a storage with room for 12 elements." in text


def test_who_shares_the_storage():
    x = nd.arange(6)
    text = x.layout.explain()
    assert "Storage: 48 bytes on cpu(), Needle's own; int64, 8 bytes an element.\nNo other array shares" in text
    views = [x[1:], x.reshape(2, 3)]
    assert "2 other arrays share the storage: a write may show there.\nWritable." in x.layout.explain()
    views.pop()
    assert "1 other array shares the storage" in x.layout.explain()
    assert "1 other array shares the storage" in views[0].layout.explain()


def test_who_owns_the_storage(tmp_path):
    values = np.arange(3.0)
    assert "borrowed from an object of type numpy.ndarray through the buffer" in nd.asarray(values).layout.explain()
    (tmp_path / "bytes").write_bytes(b"abcdefgh")
    with (tmp_path / "bytes").open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    text = nd.asarray(mapped).layout.explain()
    assert "borrowed from an object of type mmap.mmap through the" in text
    assert text.endswith("Read-only: the memory is; x.copy() can be written.")
    exported = nd.from_dlpack(nd.arange(3).numpy())
    assert re.search(r"borrowed from (another library through DLPack|an object of type)", exported.layout.explain())


def test_broadcast_and_short_axes():
    text = nd.broadcast_to(nd.ones((3, 1)), (2, 3, 1)).layout.explain()
    assert "Axis 0 has stride 0: its 2 entries are one and the same place (a broadcast axis)." in text
    assert "Axis 2 has size 1: its stride is never followed." in text
    assert text.endswith("Read-only: elements share places; x.copy() can be written.")


def test_the_table_of_a_huge_view_is_as_short_as_any_other():
    text = nd.broadcast_to(nd.asarray([1, 2]), (2**40, 2)).layout.explain()
    assert "... 2,199,023,255,529 more indices ..." in text
    assert "(1099511627775, 1)         1      2\n" in text
    assert len(text.splitlines()) < 40


def test_without_axes_elements_or_array():
    assert "the only index is (): position = offset = 0" in nd.asarray(7).layout.explain()
    assert "    value 7\n" in nd.asarray(7).layout.explain(())
    assert "There are no elements, so no index leads anywhere." in nd.zeros((0, 3)).layout.explain()
    text = nd.Layout((2, 2), (1, 2)).explain()
    assert "value" not in text.split("\n\n")[1]
    assert text.endswith("x.layout.explain() of an array x shows values and storage, too.")
    assert max(map(len, nd.zeros((1,) * 60).layout.explain().splitlines())) < 200


@pytest.mark.parametrize(
    ("index", "error", "text"),
    [
        ((0, 3), IndexError, "index 3 is out of range for axis 1 of size 3"),
        ((-3, 0), IndexError, "index -3 is out of range for axis 0 of size 2"),
        (1, nd.ShapeError, r"each axis of shape \(2, 3\), 2 together, got 1: \(1,\)"),
        ((0.5, 1), TypeError, "integer"),
    ],
)
def test_indices_that_lead_nowhere(index, error, text):
    with pytest.raises(error, match=text):
        nd.zeros((2, 3)).layout.explain(index)


def test_a_layout_keeps_its_array_and_no_longer():
    class Own(nd.NDArray):
        pass

    x = Own([1, 2, 3])
    x.kept = x.layout  # a cycle
    gone = weakref.ref(x)
    del x
    gc.collect()
    assert gone() is None
    layout = nd.arange(4)[::2].layout
    assert "(1,)         2      2" in layout.explain()
    assert layout == nd.Layout((2,), (2,))
    assert hash(layout) == hash(nd.Layout((2,), (2,)))
    assert type(layout.flip()) is nd.Layout
