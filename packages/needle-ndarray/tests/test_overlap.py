"""Views in which elements share one place in memory: how they are found, and that nothing is written to them."""

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .support import equal_views, same


def test_writes_to_views_whose_elements_share_memory_are_refused():
    base = nd.arange(10.0)
    windows = base.as_strided((8, 3), (1, 1))
    crossing = base.as_strided((3, 2), (2, 3))
    crossing[...] = nd.asarray([[1, 2], [3, 4], [5, 6]])
    assert base.tolist() == [1, 1, 3, 2, 5, 4, 6, 6, 8, 9]
    before = base.copy()
    text = r"the array of shape \(8, 3\) is a view with overlapping strides, in which several elements share one place"
    writes = [
        lambda x: x.__setitem__(0, 1),
        lambda x: x.__setitem__([0, 1], 1),
        lambda x: x.__setitem__(x > 2, 1),
        lambda x: x.fill(1),
        lambda x: x.__iadd__(1),
        lambda x: nd.add(x, 1, out=x),
        lambda x: nd.put_along_axis(x, nd.zeros((8, 1), dtype="int64"), 1),
        lambda x: nd.index_add(x, [0], nd.ones((1, 3))),
    ]
    for write in writes:
        with pytest.raises(ValueError, match=text):
            write(windows)
        with pytest.raises(ValueError, match="broadcast view"):
            write(nd.broadcast_to(nd.arange(3.0), (8, 3)))
    same(base, np.asarray(before))


@given(st.data())
def test_overlap_is_found_where_two_indices_reach_one_position(data):
    ndim = data.draw(st.integers(0, 4))
    shape = tuple(data.draw(st.lists(st.integers(0, 4), min_size=ndim, max_size=ndim)))
    strides = tuple(data.draw(st.lists(st.integers(-12, 12), min_size=ndim, max_size=ndim)))
    positions = np.zeros(shape, "int64")
    for index, stride in zip(np.indices(shape), strides, strict=True):
        positions += index * stride
    expected = len(np.unique(positions)) < positions.size
    assert nd.Layout(shape, strides).is_overlapping() == expected


def test_overlap_of_hard_layouts_is_told_without_delay():
    assert nd.Layout((1000,) * 6, (1, 1001, 1000001, 999999937, 998244353, 1000000007)).is_overlapping() in (
        True,
        False,
    )
    assert not nd.Layout((2,) * 40, [2**i for i in range(40)]).is_overlapping()
    assert nd.Layout((2,) * 40, [2**i for i in range(39)] + [2**20 + 2**3]).is_overlapping()


@given(equal_views())
def test_usual_views_do_not_overlap(pair):
    _, x = pair
    assert not x.layout.is_overlapping()


def test_views_whose_elements_share_memory_are_handed_out_read_only():
    for x in (nd.arange(10.0).as_strided((8, 3), (1, 1)), nd.broadcast_to(nd.arange(3.0), (8, 3))):
        assert memoryview(x).readonly
        assert not x.numpy().flags.writeable
    assert nd.arange(10.0).as_strided((3, 2), (2, 3)).numpy().flags.writeable
