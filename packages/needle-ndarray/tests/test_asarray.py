"""What asarray reads besides numbers and lists of them: arrays of others, anywhere in nested sequences."""

import array
import collections
import re

import array_api_strict as xp
import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError

from .support import DTYPES, INTEGERS, numbers, same


class Lends:
    """An array of another library that only has DLPack."""

    def __init__(self, values):
        self.values = values

    def __dlpack__(self, **arguments):
        return self.values.__dlpack__(**arguments)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


class Converts:
    """An object that only turns itself into an array of NumPy's."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return self.values


class Both(Converts, Lends):
    """An object with both, of which DLPack serves NumPy's refusals too."""


WRAPPERS = [Lends, Converts, Both, lambda values: values, memoryview, nd.asarray]


@pytest.mark.parametrize("wrap", WRAPPERS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_arrays_of_others_are_shared(wrap, dtype):
    values = numbers(dtype, (3, 4))
    for view in (values, values.T, values[:, ::2], values[::-1], values[1, 2], values[:0]):
        seen = np.asarray(view)
        x = nd.asarray(wrap(seen))
        same(x, seen)
        assert not seen.size or np.shares_memory(x.numpy(), seen)
        same(nd.asarray(wrap(seen), copy=False), seen)
        copied = nd.asarray(wrap(seen), copy=True)
        same(copied, seen)
        assert not np.shares_memory(copied.numpy(), seen)
        same(nd.asarray(wrap(seen), dtype="float64"), seen.astype("float64"))
    with pytest.raises(ValueError, match=r"copy=False, but this object cannot become .* without a copy"):
        nd.asarray(wrap(values), dtype="float32" if dtype != "float32" else "int8", copy=False)


def test_the_strict_implementation_is_read():
    for dtype in DTYPES:
        values = numbers(dtype, (2, 3))
        same(nd.asarray(xp.asarray(values)), values)
        same(nd.asarray([xp.asarray(values), values]), np.stack([values, values]))


def test_where_dlpack_refuses_array_is_asked():
    class Refuses(Both):
        def __dlpack__(self, **_):
            raise BufferError("not this way")

    same(nd.asarray(Refuses(np.arange(3))), np.arange(3))

    class OnlyRefuses(Lends):
        def __dlpack__(self, **_):
            raise BufferError("not this way")

    with pytest.raises(BufferError, match="not this way"):
        nd.asarray(OnlyRefuses(np.arange(3)))

    class Breaks(Both):
        def __dlpack__(self, **_):
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        nd.asarray(Breaks(np.arange(3)))


@pytest.mark.parametrize("wrap", WRAPPERS)
def test_arrays_stand_anywhere_in_nested_sequences(wrap):
    row = np.array([1.5, 2.5])
    same(nd.asarray([wrap(row), [3, 4], (5.0, True)]), np.array([[1.5, 2.5], [3, 4], [5, 1]]))
    same(nd.asarray([[1, 2], wrap(row)]), np.array([[1, 2], [1.5, 2.5]]))
    same(nd.asarray([[[1, 2]], [wrap(row)], wrap(row[None])]), np.array([[[1, 2]], [[1.5, 2.5]], [[1.5, 2.5]]]))
    grid = np.arange(6, dtype="int16").reshape(2, 3)
    same(nd.asarray([wrap(grid.T), wrap(grid.T)]), np.stack([grid.T, grid.T]))
    same(nd.asarray((wrap(grid),)), grid[None])
    same(nd.asarray([wrap(grid[:0])]), grid[None, :0])
    same(nd.asarray([wrap(np.asarray(7)), 8, wrap(np.asarray(9))]), np.array([7, 8, 9]))


@pytest.mark.parametrize("wrap", [lambda value: value, nd.asarray, lambda value: value.reshape(1)])
def test_numbers_of_numpy_keep_their_dtype(wrap):
    for name in DTYPES:
        values = numbers(name, (3,))
        same(nd.asarray([wrap(np.asarray(value)) for value in values]).reshape(3), values)
    assert nd.asarray([np.int8(1), np.float64(2)]).dtype == "float64"
    assert nd.asarray([np.float32(1), 2]).dtype == "float32"
    assert nd.asarray([np.int8(1), 2.5]).dtype == "float32"
    assert nd.asarray([np.uint8(1), np.int8(2)]).dtype == "int16"


def test_sequences_of_every_kind():
    same(nd.asarray(range(4)), np.arange(4))
    same(nd.asarray([range(2), range(2)]), np.array([[0, 1]] * 2))
    same(nd.asarray(collections.deque([1, 2])), np.array([1, 2]))
    same(nd.asarray(collections.UserList([1.5])), np.array([1.5], "float32"))
    same(nd.asarray([array.array("h", [1, 2]), [3, 4]]), np.array([[1, 2], [3, 4]], "int16"))
    same(nd.asarray([[], []]), np.zeros((2, 0), "float32"))
    same(nd.asarray([]), np.zeros(0, "float32"))
    same(nd.asarray([[[]]], dtype="int8"), np.zeros((1, 1, 0), "int8"))
    deep = 5
    for _ in range(64):
        deep = [deep]
    assert nd.asarray(deep).shape == (1,) * 64
    with pytest.raises(ValueError, match="nested deeper than 64 levels"):
        nd.asarray([deep])
    endless = []
    endless.append(endless)
    with pytest.raises(ValueError, match="nested deeper than 64 levels"):
        nd.asarray(endless)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ([[1, 2], [1, 2, 3]], "entry [1] has length 3 and entry [0] length 2"),
        ([[1], 2], "entry [1] is a number and entry [0] has length 1"),
        ([1, [2]], "entry [1] has length 1 and entry [0] is a number"),
        ([[[1], [2]], [[3], [4, 5]]], "entry [1][1] has length 2 and entry [0][0] length 1"),
        ([[[1, 2]], [[3, [4]]]], "entry [1][0][1] has length 1 and entry [0][0][0] is a number"),
        ([[], [1]], "entry [1] has length 1 and entry [0] length 0"),
        ([[1, 2], np.zeros(3)], "entry [1] has length 3 and entry [0] length 2"),
        ([np.zeros((2, 3)), np.zeros((2, 4))], "entry [1][0] has length 4 and entry [0][0] length 3"),
        ([np.zeros(2), 1], "entry [1] is a number and entry [0] has length 2"),
        ([1, np.zeros(2)], "entry [1] has length 2 and entry [0] is a number"),
    ],
)
def test_what_is_no_rectangle_is_named(values, text):
    with pytest.raises(ShapeError, match=f"^nested sequences must form a rectangle, but {re.escape(text)}$"):
        nd.asarray(values)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ("text", "<class 'str'>; expected numbers"),
        (["a"], r"<class 'str'> (entry [0]); expected numbers"),
        ([[1, 2], [3, None]], r"<class 'NoneType'> (entry [1][1]); expected numbers"),
        ([{1: 2}], r"<class 'dict'> (entry [0])"),
        ({1, 2}, "<class 'set'>"),
        ((value for value in [1]), "<class 'generator'>"),
        (object(), "<class 'object'>"),
        (np.ndarray, "<class 'type'>"),
        ([Lends], r"<class 'type'> (entry [0])"),
    ],
)
def test_what_is_no_number_is_named(values, text):
    with pytest.raises(TypeError, match=re.escape(text)):
        nd.asarray(values)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_that_do_not_fit_are_refused(dtype):
    limits = np.iinfo(dtype)
    for value in (limits.min, limits.max):
        same(nd.asarray([[value]], dtype=dtype), np.array([[value]], dtype))
    for value in (limits.min - 1, limits.max + 1, 10**30, -(10**30), 10**400):
        with pytest.raises(OverflowError):
            nd.asarray([[0, value]], dtype=dtype)


def test_huge_integers():
    same(nd.asarray([2**63, 1], dtype="uint64"), np.array([2**63, 1], "uint64"))
    for values in ([2**64], [-(2**63) - 1]):
        with pytest.raises(OverflowError):
            nd.asarray(values)
    same(nd.asarray([10**30, 1], dtype="float64"), np.array([1e30, 1]))
    with pytest.raises(OverflowError):
        nd.asarray([10**400], dtype="float64")


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (np.zeros(2, ">f4"), r'buffer format ">f", which have the other byte order,.*newbyteorder\("="\)'),
        (np.zeros(2, ">i8"), r'buffer format ">[ql]", which have the other byte order'),
        (np.zeros(2, [("a", "f4"), ("b", "i4")]), "which are structures, are not supported; pass one of their fields"),
        (np.array([None, 1]), 'buffer format "O", which are Python objects'),
        (np.array(["a", "bc"]), "which are text, are not supported; pass numbers"),
        (np.array([b"a", b"bc"]), "which are text"),
        (np.zeros(2, "complex64"), r"which are complex, are not supported; .*pass their real and imaginary parts"),
        (np.zeros(2, "complex128"), "which are complex"),
        (np.zeros(2, "longdouble"), r'convert them first, for instance x.astype\("float32"\)'),
        (np.zeros(2, "datetime64[s]"), r"elements of dtype\('<M8\[s\]'\) are not supported; convert them first"),
        (np.zeros(2, "V3"), "are not supported"),
        (memoryview(b"ab").cast("c"), "which are text"),
    ],
    ids=lambda value: value.dtype.str if isinstance(value, np.ndarray) else "",
)
def test_elements_that_no_dtype_has_are_named(values, text):
    for given_as in (values, [values], Converts(values)):
        with pytest.raises(DTypeError, match=text):
            nd.asarray(given_as)


def test_bytes_in_the_other_order_do_not_matter_for_one_byte():
    same(nd.asarray(np.zeros(2, ">i1")), np.zeros(2, "int8"))


@given(
    st.recursive(
        st.floats(width=32) | st.integers(-100, 100) | st.booleans(), lambda inner: st.lists(inner, max_size=3)
    )
)
def test_nested_lists_are_read_as_numpy_reads_them(values):
    try:
        expected = np.array(values)
    except ValueError:
        with pytest.raises((ShapeError, ValueError)):
            nd.asarray(values)
        return
    x = nd.asarray(values)
    assert x.shape == expected.shape
    assert x.dtype == {"b": "bool", "i": "int64", "f": "float32"}[expected.dtype.kind]
    np.testing.assert_array_equal(x.numpy(), expected.astype(x.dtype.name))
