"""Arrays by themselves, against results worked out in Python's own numbers."""

import array
import itertools
import math
import operator
import struct

import needle_ndarray as nd
import pytest

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
DTYPES = ["bool", *INTEGERS, "float32", "float64"]


def single(value):
    """The nearest float32, as a Python float."""
    return struct.unpack("f", struct.pack("f", value))[0]


def grid(rows, columns):
    return [[(7 * i + 3 * j) % 11 for j in range(columns)] for i in range(rows)]


# ---- Making


@pytest.mark.parametrize("dtype", DTYPES)
def test_lists_go_in_and_come_out(dtype):
    for values in ([], [1, 0, 1], [[1, 0], [0, 1], [1, 1]], [[[1]], [[0]]], 1):
        x = nd.asarray(values, dtype=dtype)
        assert x.tolist() == values
        assert x.dtype == dtype
        assert memoryview(x).tolist() == values


def test_default_dtypes():
    assert [nd.asarray(value).dtype.name for value in (1.5, 1, True, [1, 2.5], [True, 2])] == [
        *("float32", "int64", "bool", "float32", "int64")
    ]


def test_buffers_are_shared():
    values = array.array("d", range(6))
    x = nd.asarray(values).reshape(2, 3)
    x[1] = 7
    assert values.tolist() == [0, 1, 2, 7, 7, 7]
    assert nd.asarray(memoryview(b"\x01\x02")).tolist() == [1, 2]


def test_filled_arrays():
    assert nd.zeros((2, 2)).tolist() == [[0.0, 0.0]] * 2
    assert nd.ones(3, dtype="int8").tolist() == [1, 1, 1]
    assert nd.full((2,), 2.5).tolist() == [2.5, 2.5]
    assert nd.arange(5, 0, -2).tolist() == [5, 3, 1]
    assert nd.eye(2).tolist() == [[1, 0], [0, 1]]
    assert nd.zeros_like(nd.ones((1, 2), dtype="int32")).dtype == nd.int32


def test_ragged_lists_are_refused():
    with pytest.raises(nd.ShapeError, match="rectangle"):
        nd.asarray([[1, 2], [3]])


# ---- Computing


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("name", ["add", "sub", "mul", "floordiv", "mod", "and_", "or_", "xor"])
def test_operators_of_integers_are_pythons(name, dtype):
    function = getattr(operator, name)
    pairs = list(itertools.product([1, 2, 3, 7], [1, 2, 5]))
    pairs = [(a, b) for a, b in pairs if function(a, b) >= 0]
    x, y = (nd.asarray(list(side), dtype=dtype) for side in zip(*pairs, strict=True))
    assert function(x, y).tolist() == [function(a, b) for a, b in pairs]
    assert function(x, 2).tolist() == [
        function(a, 2) if function(a, 2) >= 0 or dtype[0] == "i" else function(a, 2) % 2 ** (8 * x.itemsize)
        for a, _ in pairs
    ]
    assert function(x, y).dtype == dtype


def test_operators_of_floats_are_pythons():
    numbers = [-2.5, -1.0, 0.5, 3.0]
    x = nd.asarray(numbers, dtype="float64")
    for function in (operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod):
        table = function(x[:, None], x[None])
        assert table.tolist() == [[function(a, b) for b in numbers] for a in numbers]
        assert function(1.5, x).tolist() == [function(1.5, a) for a in numbers]
    for function in (operator.lt, operator.le, operator.eq, operator.ne, operator.gt, operator.ge):
        assert function(x[:, None], x).tolist() == [[function(a, b) for b in numbers] for a in numbers]
    assert (-x).tolist() == [-a for a in numbers]
    assert abs(x).tolist() == [abs(a) for a in numbers]
    assert (x**2).tolist() == [a**2 for a in numbers]


def test_float32_rounds_once():
    a, b = [0.1, 1.7, -3.3, 1e-3], [0.2, 0.7, 5.1, 1e4]
    x, y = nd.asarray(a), nd.asarray(b)
    assert (x + y).tolist() == [single(single(p) + single(q)) for p, q in zip(a, b, strict=True)]
    assert (x * y).tolist() == [single(single(p) * single(q)) for p, q in zip(a, b, strict=True)]
    assert (x / y).tolist() == [single(single(p) / single(q)) for p, q in zip(a, b, strict=True)]


@pytest.mark.parametrize("name", ["exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh"])
def test_functions_are_close_to_pythons(name):
    numbers = [0.1, 0.5, 1.0, 2.5, 10.0]
    result = getattr(nd, name)(nd.asarray(numbers, dtype="float64"))
    assert result.tolist() == pytest.approx([getattr(math, name)(value) for value in numbers], rel=1e-14)


def test_in_place_operators_write_through_views():
    x = nd.zeros((3, 3), dtype="int64")
    x[1:, ::2] += 5
    x.T[0] -= 1
    assert x.tolist() == [[-1, 0, 0], [4, 0, 5], [4, 0, 5]]
    with pytest.raises(nd.DTypeError, match="cannot be stored"):
        x += 1.5


def test_where_and_logic():
    x = nd.asarray([1, 0, 3])
    assert nd.where(x > 0, x, -1).tolist() == [1, -1, 3]
    assert ((x > 0) & (x < 3)).tolist() == [True, False, False]
    assert nd.logical_not(x).tolist() == [False, True, False]


# ---- Folding


def test_reductions():
    values = grid(5, 7)
    x = nd.asarray(values)
    columns = [list(column) for column in zip(*values, strict=True)]
    for name, function in [("sum", sum), ("max", max), ("min", min), ("any", any), ("all", all), ("prod", math.prod)]:
        assert getattr(nd, name)(x, axis=1).tolist() == [function(row) for row in values]
        assert getattr(nd, name)(x, axis=0).tolist() == [function(column) for column in columns]
        assert getattr(nd, name)(x).item() == function(itertools.chain(*values))
    assert nd.argmax(x, axis=1).tolist() == [row.index(max(row)) for row in values]
    flat = list(itertools.chain(*values))
    assert nd.argmin(x).item() == flat.index(0)
    assert x.mean(axis=0).tolist() == pytest.approx([sum(column) / 5 for column in columns])
    assert nd.var(x).item() == pytest.approx(sum((v - x.mean().item()) ** 2 for v in flat) / 35)


def test_long_sums_are_exact_where_they_can_be():
    assert nd.sum(nd.arange(100_001)).item() == 100_000 * 100_001 // 2
    assert nd.sum(nd.ones((1000, 1000))).item() == 1_000_000


# ---- Products


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize(("m", "k", "n"), [(1, 1, 1), (2, 3, 4), (17, 9, 5), (1, 40, 1), (33, 1, 33)])
def test_matrix_products(m, k, n, dtype):
    a, b = grid(m, k), grid(k, n)
    expected = [[sum(a[i][p] * b[p][j] for p in range(k)) for j in range(n)] for i in range(m)]
    x, y = nd.asarray(a, dtype=dtype), nd.asarray(b, dtype=dtype)
    assert (x @ y).tolist() == expected
    assert (y.T @ x.T).T.tolist() == expected
    assert (x @ y[:, 0]).tolist() == [row[0] for row in expected]
    assert nd.matmul(nd.stack([x, x]), y).tolist() == [expected, expected]


# ---- Indexing


def test_slices_are_pythons():
    values = list(range(7))
    x = nd.arange(7)
    bounds = [None, -8, -3, 0, 2, 7, 9]
    for start, stop, step in itertools.product(bounds, bounds, [None, 1, 2, -1, -3]):
        assert x[start:stop:step].tolist() == values[start:stop:step]
        y = x.copy()
        y[start:stop:step] = 0
        chosen = set(values[start:stop:step])
        assert y.tolist() == [0 if value in chosen else value for value in values]


def test_indices_of_rows_columns_and_elements():
    values = grid(4, 5)
    x = nd.asarray(values)
    assert x[2].tolist() == values[2]
    assert x[:, -1].tolist() == [row[-1] for row in values]
    assert x[..., None].shape == (4, 5, 1)
    assert x[1, 3].item() == values[1][3]
    assert x[[2, 0]].tolist() == [values[2], values[0]]
    assert nd.take(x, [1, 1], axis=1).tolist() == [[row[1]] * 2 for row in values]
    assert [row.tolist() for row in x] == values
    for key in (4, (0, 5), -5):
        with pytest.raises(IndexError, match="out of range"):
            x[key]


def test_shapes_change_without_copies():
    x = nd.arange(6)
    y = x.reshape(2, 3).T[::-1]
    y[0, 0] = 100
    assert x.tolist() == [0, 1, 100, 3, 4, 5]
    assert nd.concat([x[:1], x[-1:]]).tolist() == [0, 5]
    assert nd.stack([x, x], axis=1).shape == (6, 2)
    assert nd.broadcast_to(x, (2, 6)).tolist() == [x.tolist()] * 2


# ---- Text


@pytest.mark.parametrize(
    ("values", "dtype", "text"),
    [
        ([1, 10, 100], None, "array([  1,  10, 100])"),
        ([1.0, 2.5], None, "array([1. , 2.5])"),
        ([0.1, float("nan"), float("-inf")], None, "array([ 0.1,  nan, -inf])"),
        ([1e-7, 1.0], "float64", "array([1.e-07, 1.e+00], dtype=float64)"),
        ([[True], [False]], None, "array([[ True],\n       [False]])"),
        ([], "int8", "array([], dtype=int8)"),
        (5, None, "array(5)"),
    ],
)
def test_texts(values, dtype, text):
    x = nd.asarray(values, dtype=dtype)
    assert repr(x) == text
    assert str(nd.zeros((50, 50))).count("...") == 7


def test_texts_as_chosen():
    x = nd.asarray([1 / 3, 1e-9], dtype="float64")
    with nd.printoptions(precision=2, suppress=True):
        assert repr(x) == "array([0.33, 0.  ], dtype=float64)"
    assert str(x) == "[3.33333333e-01 1.00000000e-09]"


# ---- Random


def test_random_numbers_are_the_same_for_the_same_seed():
    first, second = nd.random.Generator(3), nd.random.Generator(3)
    assert first.uniform((5,)).tolist() == second.uniform((5,)).tolist()
    assert first.normal((5,), dtype="float64").tolist() == second.normal((5,), dtype="float64").tolist()
    assert sorted(first.permutation(20).tolist()) == list(range(20))
    assert all(0 <= value < 1 for value in first.uniform((1000,)).tolist())
    mean = nd.mean(first.normal((100_000,))).item()
    assert abs(mean) < 0.02
