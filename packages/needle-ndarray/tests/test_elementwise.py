"""The fronts of the elementwise operations: broadcasting, promotion, layouts, in-place forms, operators."""

import itertools
import operator

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError

from .support import DTYPES, FLOATS, INTEGERS, NUMERIC, SHAPES, SIGNED, equal_views, in_layouts, numbers, promoted, same

ARITHMETIC = {
    **{"add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide},
    **{"floor_divide": np.floor_divide, "remainder": np.remainder, "pow": np.power},
    **{"maximum": np.maximum, "minimum": np.minimum},
}
COMPARISONS = {
    **{"equal": np.equal, "not_equal": np.not_equal, "less": np.less, "less_equal": np.less_equal},
    **{"greater": np.greater, "greater_equal": np.greater_equal},
}
LOGIC = {"logical_and": np.logical_and, "logical_or": np.logical_or, "logical_xor": np.logical_xor}
BITWISE = {"bitwise_and": np.bitwise_and, "bitwise_or": np.bitwise_or, "bitwise_xor": np.bitwise_xor}
SHIFTS = {"bitwise_left_shift": np.left_shift, "bitwise_right_shift": np.right_shift}
FLOAT_BINARY = {
    **{"atan2": np.arctan2, "hypot": np.hypot, "logaddexp": np.logaddexp},
    **{"copysign": np.copysign, "nextafter": np.nextafter},
}
BINARY = ARITHMETIC | COMPARISONS | LOGIC | BITWISE | SHIFTS | FLOAT_BINARY
OPERATORS = {
    **{"add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv},
    **{"floor_divide": operator.floordiv, "remainder": operator.mod, "pow": operator.pow},
    **{"bitwise_and": operator.and_, "bitwise_or": operator.or_, "bitwise_xor": operator.xor},
    **{"bitwise_left_shift": operator.lshift, "bitwise_right_shift": operator.rshift},
    **{"equal": operator.eq, "not_equal": operator.ne, "less": operator.lt, "less_equal": operator.le},
    **{"greater": operator.gt, "greater_equal": operator.ge},
}
IN_PLACE = {
    **{"add": operator.iadd, "subtract": operator.isub, "multiply": operator.imul, "divide": operator.itruediv},
    **{"floor_divide": operator.ifloordiv, "remainder": operator.imod, "pow": operator.ipow},
    **{"bitwise_and": operator.iand, "bitwise_or": operator.ior, "bitwise_xor": operator.ixor},
    **{"bitwise_left_shift": operator.ilshift, "bitwise_right_shift": operator.irshift},
}
SAME_UNARY = {
    **{"negative": np.negative, "positive": np.positive, "abs": np.abs, "sign": np.sign, "square": np.square},
    **{"floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "round": np.round},
}
FLOAT_UNARY = {
    **{"reciprocal": np.reciprocal, "sqrt": np.sqrt, "exp": np.exp, "expm1": np.expm1, "log": np.log},
    **{"log1p": np.log1p, "log2": np.log2, "log10": np.log10, "sin": np.sin, "cos": np.cos, "tan": np.tan},
    **{"asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh},
    **{"asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh},
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}
FLOAT_TESTS = {"signbit": np.signbit}
BOOL_UNARY = {
    **{"isnan": np.isnan, "isinf": np.isinf, "isfinite": np.isfinite, "logical_not": np.logical_not},
}

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of divisions by zero and overflow


def exactness(name, dtype):
    """Tolerances: none where one rounding is involved, a few units in the last place for functions."""
    functions = {*FLOAT_UNARY, "atan2", "hypot", "logaddexp"} - {"sqrt", "reciprocal"}
    if name in functions or (name == "pow" and dtype in FLOATS):
        return {"rtol": 1e-14, "atol": 1e-14} if dtype == "float64" else {"rtol": 1e-6, "atol": 1e-6}
    return {}


def operands(name, a, b, shape_a, shape_b):
    """Small whole numbers on which NumPy and we agree: no integer is divided by zero or raised to a negative power."""
    x, y = numbers(a, shape_a, seed=1), numbers(b, shape_b, seed=2)
    if name in ("divide", "floor_divide", "remainder"):
        y = np.where(y == 0, np.ones_like(y), y)
    if name == "pow":
        y = np.abs(y) % np.array(4, b)
    if name in SHIFTS and b != "bool":
        y = np.abs(y) % np.array(9, b)
    return x, y


def oracle(name, x, y):
    """NumPy's result on operands that were converted to our dtype of the operation."""
    dtype = promoted(x.dtype.name, y.dtype.name)
    if (name == "divide" or name in FLOAT_BINARY) and np.dtype(dtype).kind != "f":
        dtype = "float32"
    return BINARY[name](x.astype(dtype), y.astype(dtype))


def takes(name, dtype):
    """Whether an operation is defined for operands that promote to this dtype."""
    if name in BITWISE or name in SHIFTS:
        return dtype not in FLOATS and not (dtype == "bool" and name in SHIFTS)
    if dtype == "bool":
        return name not in ("subtract", "floor_divide", "remainder", "pow")
    return True


# ---- Operations and layouts


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_binary_operations_in_all_layouts(name, dtype):
    if not takes(name, dtype):
        pytest.skip("not defined, see the test of refusals")
    for shape in SHAPES:
        x, y = operands(name, dtype, dtype, shape, shape)
        expected, close = oracle(name, x, y), exactness(name, dtype)
        for (_, left), (_, right) in zip(in_layouts(x), reversed([*in_layouts(y)]), strict=True):
            same(getattr(nd, name)(nd.asarray(left), nd.asarray(right)), expected, **close)
            if name in OPERATORS:
                same(OPERATORS[name](nd.asarray(left), nd.asarray(right)), expected, **close)


@pytest.mark.parametrize("name", [*SAME_UNARY, *FLOAT_UNARY, *FLOAT_TESTS, *BOOL_UNARY])
@pytest.mark.parametrize("dtype", DTYPES)
def test_unary_operations_in_all_layouts(name, dtype):
    if dtype == "bool" and name in SAME_UNARY:
        pytest.skip("not defined, see the test of refusals")
    function = (SAME_UNARY | FLOAT_UNARY | FLOAT_TESTS | BOOL_UNARY)[name]
    for shape in SHAPES:
        x = numbers(dtype, shape, low=-3, high=4)
        if name in ("log", "sqrt", "log1p", "reciprocal"):
            x = np.abs(x) + np.array(1, dtype) if dtype != "bool" else x | True
        given = x.astype("float32") if name in FLOAT_UNARY | FLOAT_TESTS and dtype not in FLOATS else x
        expected = np.asarray(function(given))
        if name == "sign" and dtype.startswith("u"):
            expected = expected.astype(dtype)
        for _, values in in_layouts(x):
            same(getattr(nd, name)(nd.asarray(values)), expected, **exactness(name, expected.dtype.name))


@pytest.mark.parametrize("dtype", [*INTEGERS, "bool"])
def test_invert_in_all_layouts(dtype):
    for shape in SHAPES:
        for _, values in in_layouts(numbers(dtype, shape)):
            same(nd.bitwise_invert(nd.asarray(values)), ~values)
            same(~nd.asarray(values), ~values)


@pytest.mark.parametrize("dtype", NUMERIC)
def test_signs_and_absolute_values_are_operators(dtype):
    values = numbers(dtype, (3, 4))
    x = nd.asarray(values)
    same(-x, -values)
    same(+x, +values)
    same(abs(x), abs(values))
    assert not np.shares_memory((+x).numpy(), values)


@pytest.mark.parametrize("size", [1023, 1024, 1025, 32768, 32769, 100_003])
@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_sizes_around_the_buffers_and_tasks(size, dtype):
    x, y = numbers(dtype, (2 * size,), seed=1), numbers(dtype, (size,), seed=2)
    same(nd.asarray(x)[:size] + nd.asarray(y), x[:size] + y)
    same(nd.asarray(x)[::2] * nd.asarray(y)[::-1], x[::2] * y[::-1])
    same(nd.asarray(x)[::2] + nd.asarray(y.astype("float64")), x[::2] + y.astype("float64"))
    same(-nd.asarray(x)[1::2], -x[1::2])
    target, expected = nd.asarray(x.copy()), x.copy()
    target[::2] += nd.asarray(y)
    expected[::2] += y
    same(target, expected)


@pytest.mark.parametrize("shape", [(300, 7), (7, 300), (5, 3, 11, 13), (2, 1000, 3), (90, 90, 3), (3, 90, 90)])
def test_larger_shapes_with_axes_in_any_order(shape):
    x = numbers("float32", shape, seed=1)
    for axes in itertools.permutations(range(len(shape))):
        y = numbers("int32", [shape[axis] for axis in axes], seed=2)
        turned = nd.permute_dims(nd.asarray(x), axes)
        same(turned + nd.asarray(y.astype("float32")), x.transpose(axes) + y.astype("float32"))
        same(turned * nd.asarray(y), x.transpose(axes) * y.astype("float32"))
        same(nd.where(nd.asarray(y) > 0, turned, 0), np.where(y > 0, x.transpose(axes), np.float32(0)))


# ---- Broadcasting


@pytest.mark.parametrize(
    ("a", "b"),
    [
        *[((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 3)), ((1,), (5,)), ((2, 1, 4), (3, 1)), ((0,), (1,))],
        *[((0, 3), (1, 3)), ((2, 0, 1), (4,)), ((1, 1, 1), (2, 3, 4)), ((5, 1, 3, 1), (4, 1, 6)), ((1,), ())],
        *[((300, 1), (1, 200)), ((40, 1, 50), (30, 1)), ((1, 5000), (7, 1))],
    ],
)
@pytest.mark.parametrize("name", ["add", "subtract", "maximum", "less"])
def test_shapes_broadcast_as_numpys(name, a, b):
    x, y = numbers("float32", a, seed=1), numbers("float32", b, seed=2)
    for left, right in [(x, y), (y, x)]:
        same(getattr(nd, name)(nd.asarray(left), nd.asarray(right)), BINARY[name](left, right))
    assert nd.broadcast_shapes(a, b) == np.broadcast_shapes(a, b)


@given(st.data())
def test_any_views_broadcast_as_numpys(data):
    x, mine_x = data.draw(equal_views(["float32", "int32"]))
    y, mine_y = data.draw(equal_views(["float32", "int32"]))
    try:
        shape = np.broadcast_shapes(x.shape, y.shape)
    except ValueError:
        with pytest.raises(ShapeError, match=r"add: shapes .* and .* do not broadcast: axis -"):
            mine_x + mine_y
        with pytest.raises(ShapeError, match="do not broadcast"):
            nd.broadcast_shapes(x.shape, y.shape)
        return
    assert nd.broadcast_shapes(x.shape, y.shape) == shape
    same(mine_x + mine_y, oracle("add", x, y))


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float32", "float64"])
@pytest.mark.parametrize("order", [(1, 0, 2), (2, 1, 0), (0, 2, 1), (1, 2, 0)])
def test_large_operands_that_lie_across_the_result(order, dtype):
    values = numbers(dtype, (20, 24, 28), low=0, high=10)
    across, along = np.transpose(values, order), np.ones(np.transpose(values, order).shape, dtype)
    x, y = nd.asarray(values, copy=True).permute(*order), nd.asarray(along, copy=True)
    same(x + y, across + along)
    same(x + x, across + across)
    same(x * 2, across * 2)
    same(nd.square(x), np.square(across))
    same(nd.where(x > y, x, y), np.where(across > along, across, along))
    same(nd.clip(x, 2, 5), np.clip(across, 2, 5))
    y += x
    same(y, across + along)
    x += y
    same(x, across + across + along)
    same(nd.add(x, y, out=x), 3 * across + 2 * along)


def test_broadcast_views_as_operands():
    row, column = np.arange(4.0), np.arange(3.0)[:, None]
    x = nd.broadcast_to(nd.asarray(row), (3, 4)) * nd.broadcast_to(nd.asarray(column), (3, 4))
    same(x, row * column)
    same(nd.broadcast_to(nd.asarray(2.0), (2, 2)) + 1, np.full((2, 2), 3, "float32"))


def test_where_broadcasts_three_operands():
    condition, x, y = np.array([[True], [False], [True]]), np.arange(4.0), np.array(-1.0)
    same(nd.where(condition, x, y), np.where(condition, x, y))
    same(nd.where(nd.asarray(condition), nd.asarray(x), 0), np.where(condition, x, 0))
    same(nd.where(nd.asarray([1.0, 0.0, np.nan]), 1, 2), np.array([1, 2, 1]))
    same(nd.where(nd.asarray(condition), 1, 2.5), np.where(condition, 1, 2.5).astype("float32"))
    same(nd.where(nd.asarray(True), nd.asarray([1, 2], dtype="int8"), 3), np.array([1, 2], "int8"))
    with pytest.raises(ShapeError, match=r"where: shapes .* do not broadcast: axis -1 has size 2 and 3"):
        nd.where(nd.ones((3, 1)), nd.ones(2), nd.ones(3))


@pytest.mark.parametrize("dtype", DTYPES)
def test_where_of_every_dtype_in_all_layouts(dtype):
    for shape in [(5,), (3, 4), (2, 3, 4, 5), (0, 2), (40, 1000)]:
        x, y, condition = numbers(dtype, shape, 1), numbers(dtype, shape, 2), numbers("bool", shape, 3)
        for (_, c), (_, a), (_, b) in zip(in_layouts(condition), in_layouts(x), [*in_layouts(y)][::-1], strict=True):
            same(nd.where(nd.asarray(c), nd.asarray(a), nd.asarray(b)), np.where(condition, x, y))


# ---- Promotion


@pytest.mark.parametrize(("a", "b"), [*itertools.product(DTYPES, DTYPES)])
def test_promotion_of_two_arrays(a, b):
    x, y = operands("add", a, b, (3, 5), (3, 5))
    if {a, b} & {"uint64"} and {a, b} & set(SIGNED):
        # NumPy would make float64 of them; the standard leaves it open, and we do not guess.
        with pytest.raises(DTypeError, match=r"no integer dtype holds both .*uint64.*convert one of the arrays first"):
            nd.asarray(x) + nd.asarray(y)
        with pytest.raises(DTypeError, match="no integer dtype holds both"):
            nd.result_type(a, b)
        return
    assert nd.result_type(a, b) == promoted(a, b)
    for name in ["add", "multiply", "maximum", "less", "equal"]:
        same(getattr(nd, name)(nd.asarray(x), nd.asarray(y)), oracle(name, x, y))
    x, y = operands("divide", a, b, (4, 300), (300,))
    same(nd.asarray(x) / nd.asarray(y), oracle("divide", x, y))


@pytest.mark.parametrize(
    "name", ["add", "multiply", "subtract", "floor_divide", "remainder", "maximum", "less", "divide"]
)
@pytest.mark.parametrize("dtype", NUMERIC)
def test_python_scalars_take_the_arrays_dtype(name, dtype):
    x, _ = operands(name, dtype, dtype, (3, 4), (3, 4))
    array, function = nd.asarray(x), getattr(nd, name)
    for scalar in (3, True, *([2.5] if dtype in FLOATS else [])):
        same(function(array, scalar), oracle(name, x, np.array(scalar, dtype)))
        safe = np.where(x == 0, np.ones_like(x), x)
        same(function(scalar, nd.asarray(safe)), oracle(name, np.array(scalar, dtype), safe))


@pytest.mark.parametrize(
    "scalar", [np.float64(2.5), np.float32(2.5), np.int8(3), np.uint64(3), np.int64(3), np.bool_(True)]
)
def test_numpy_scalars_are_weak_like_pythons(scalar):
    x = nd.asarray([1.0, 2.0])
    for result in (x + scalar, scalar + x, nd.add(x, scalar), nd.add(scalar, x)):
        same(result, np.array([1, 2], "float32") + np.float32(scalar))
    same(x * np.array(2.0), np.array([2.0, 4.0]))  # an array without axes is no scalar: float64


@pytest.mark.parametrize(
    ("dtype", "scalar", "expected"),
    [
        *[("bool", True, "bool"), ("bool", 2, "int64"), ("bool", 2.5, "float32"), ("int8", True, "int8")],
        *[("int8", 2, "int8"), ("uint64", 2, "uint64"), ("int8", 2.5, "float32"), ("int64", 2.5, "float32")],
        *[("float32", 2, "float32"), ("float64", 2.5, "float64"), ("float32", True, "float32")],
    ],
)
def test_scalars_lift_only_across_kinds(dtype, scalar, expected):
    x = numbers(dtype, (3,))
    assert (nd.asarray(x) + scalar).dtype == expected
    assert (scalar + nd.asarray(x)).dtype == expected
    assert nd.result_type(dtype, scalar) == expected
    assert nd.result_type(nd.asarray(x), scalar) == expected
    assert nd.result_type(scalar, nd.asarray(x)) == expected


def test_float32_stays_float32_through_comparisons_with_scalars():
    x = nd.asarray([0.1, 0.2])
    same(x == 0.1, np.array([True, False]))
    same(x <= 0.1, np.array([True, False]))


def test_results_of_two_scalars_are_arrays():
    same(nd.add(2, 3), np.array(5))
    same(nd.multiply(2, 1.5), np.array(3, "float32"))
    same(nd.logical_and(True, False), np.array(False))
    same(nd.exp(0), np.array(1, "float32"))


@pytest.mark.parametrize("dtype", INTEGERS)
@pytest.mark.parametrize("scalar", [-1, 300, -200, 70_000, -40_000, 2**40, -(2**40), 2**63, 2**64, 2**100, -(2**100)])
@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_with_integers_out_of_range_are_right(name, scalar, dtype):
    values = np.array([np.iinfo(dtype).min, 0, 1, np.iinfo(dtype).max], dtype)
    expected = np.array([OPERATORS[name](int(value), scalar) for value in values])
    same(getattr(nd, name)(nd.asarray(values), scalar), expected)
    same(OPERATORS[name](nd.asarray(values), scalar), expected)
    turned = np.array([OPERATORS[name](scalar, int(value)) for value in values])
    same(getattr(nd, name)(scalar, nd.asarray(values)), turned)
    same(OPERATORS[name](scalar, nd.asarray(values).reshape(2, 2).T), turned.reshape(2, 2).T)


def test_arithmetic_with_integers_out_of_range_is_refused():
    for dtype, scalar in [("uint8", 256), ("uint8", -1), ("int8", 200), ("int64", 2**63), ("uint32", 2**40)]:
        with pytest.raises(OverflowError, match=f"the integer {scalar} is out of range for dtype {dtype}"):
            nd.ones(3, dtype=dtype) + scalar
    with pytest.raises(OverflowError, match=r"an integer of about 1\.84e\+19 is out of range for dtype uint64"):
        nd.ones(3, dtype="uint64") + 2**64
    same(nd.ones(2, dtype="uint64") + (2**64 - 2), np.full(2, 2**64 - 1, "uint64"))


# ---- In place, and out=


@pytest.mark.parametrize("name", IN_PLACE)
@pytest.mark.parametrize("dtype", DTYPES)
def test_in_place_operators_in_all_layouts(name, dtype):
    if not takes(name, dtype) or (name == "divide" and dtype not in FLOATS):
        pytest.skip("not defined, see the test of refusals")
    for shape in SHAPES:
        x, y = operands(name, dtype, dtype, shape, shape)
        expected = oracle(name, x, y)
        for _, values in in_layouts(x):
            array = nd.asarray(values)
            assert IN_PLACE[name](array, nd.asarray(y)) is array
            same(array, expected, **exactness(name, dtype))
            np.testing.assert_array_equal(array.numpy(), values)


@pytest.mark.parametrize(
    ("a", "b"), [("float32", "float64"), ("float64", "int64"), ("int8", "int64"), ("int64", "uint8")]
)
def test_in_place_results_are_converted_to_the_targets_dtype(a, b):
    x, y = operands("add", a, b, (5, 7), (7,))
    target = nd.asarray(x.copy())
    target += nd.asarray(y)
    same(target, (x + y).astype(a))
    target = nd.asarray(x.copy())[::-2]
    target *= nd.asarray(y)
    same(target, (x[::-2] * y).astype(a))


@pytest.mark.parametrize(
    ("dtype", "other", "result"),
    [
        *[
            ("int64", 1.5, "float32"),
            ("int8", np.ones(3, "float32"), "float32"),
            ("bool", 2, "int64"),
            ("uint8", 0.5, "float32"),
        ],
        *[("bool", np.ones(3, "int8"), "int8"), ("uint8", np.ones(3, "int8"), "int16")],
        ("uint32", np.ones(3, "int8"), "int64"),
    ],
)
def test_in_place_never_changes_the_dtype(dtype, other, result):
    x = nd.ones(3, dtype=dtype)
    with pytest.raises(
        DTypeError, match=f"the result has dtype {result}, which cannot be stored in .* dtype {dtype}; write"
    ):
        x += other
    with pytest.raises(DTypeError, match="cannot be stored"):
        nd.add(x, other, out=x)
    assert x.dtype == dtype
    assert x.tolist() == [1, 1, 1]


@pytest.mark.parametrize("dtype", [*INTEGERS, "bool"])
def test_in_place_division_of_integers_is_refused(dtype):
    x = nd.ones(3, dtype=dtype)
    with pytest.raises(DTypeError, match="divide: the result has dtype float32"):
        x /= 2


def test_in_place_never_changes_the_shape():
    x = nd.ones((1, 3))
    with pytest.raises(ShapeError, match=r"add: the result has shape \(2, 3\).* to write to has shape \(1, 3\)"):
        x += nd.ones((2, 3))
    scalar = nd.asarray(1.0)
    with pytest.raises(ShapeError, match="never change or broadcast"):
        scalar += nd.ones(2)
    with pytest.raises(ShapeError, match="never change or broadcast"):
        nd.add(nd.ones(3), 1, out=nd.ones((2, 3)))


def test_broadcast_views_are_not_written_through():
    x = nd.ones(3)
    spread = nd.broadcast_to(x, (2, 3))
    for write in (
        lambda: operator.iadd(spread, 1),
        lambda: nd.exp(spread, out=spread),
        lambda: spread.fill(0),
        lambda: operator.setitem(spread, slice(None), 1),
    ):
        with pytest.raises(ValueError, match=r"the array of shape \(2, 3\) is a broadcast view"):
            write()
    same(x, np.ones(3, "float32"))


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "less"])
def test_out_takes_the_result_and_is_returned(name):
    x, y = numbers("int32", (4, 5), 1), numbers("int32", (5,), 2)
    for dtype in ["int32", "int64", "float64"] if name != "less" else ["bool", "int8", "float32"]:
        out = nd.zeros((5, 4), dtype=dtype).T
        assert getattr(nd, name)(nd.asarray(x), nd.asarray(y), out=out) is out
        same(out, BINARY[name](x, y).astype(dtype))
    out = nd.zeros((4, 5), dtype="float64")
    assert nd.sqrt(nd.asarray(np.abs(x)), out=out) is out
    np.testing.assert_allclose(out.numpy(), np.sqrt(np.abs(x)), rtol=1e-6)


@pytest.mark.parametrize("out", [3, [1, 2], np.zeros(3), "x"])
def test_out_must_be_an_array_of_ours(out):
    with pytest.raises(TypeError, match="add: out must be an NDArray"):
        nd.add(nd.ones(3), 1, out=out)
    with pytest.raises(TypeError, match="exp: out must be an NDArray"):
        nd.exp(nd.ones(3), out=out)


OVERLAPS = {
    "one later": (np.s_[1:], np.s_[:-1]),
    "one earlier": (np.s_[:-1], np.s_[1:]),
    "reversed": (np.s_[:], np.s_[::-1]),
    "every second": (np.s_[: (5000 // 2)], np.s_[::2]),
    "interleaved": (np.s_[1::2], np.s_[::2]),
}


@pytest.mark.parametrize("overlap", OVERLAPS)
@pytest.mark.parametrize("dtype", ["int8", "float32", "float64"])
def test_operands_that_overlap_the_target_are_read_before_it_is_written(overlap, dtype):
    to, source = OVERLAPS[overlap]
    for size in (10, 5000):
        if overlap == "every second":
            to = np.s_[: size // 2]
        expected, x = numbers(dtype, (size,)), nd.asarray(numbers(dtype, (size,)))
        expected[to] += expected[source].copy()
        x[to] += x[source]
        same(x, expected)
        nd.multiply(x[source], x[source], out=x[to])
        expected[to] = expected[source] * expected[source]
        same(x, expected)
        nd.negative(x[source], out=x[to])
        expected[to] = -expected[source]
        same(x, expected)


@pytest.mark.parametrize("size", [3, 40, 250])
def test_a_square_array_plus_its_own_transpose_in_place(size):
    expected, x = numbers("float64", (size, size)), nd.asarray(numbers("float64", (size, size)))
    x += x.T
    same(x, expected + expected.T)
    x.T[...] -= x
    same(x, np.zeros((size, size)))


def test_memory_seen_as_two_dtypes_overlaps_too():
    buffer = bytearray(64)
    wide, narrow = nd.asarray(memoryview(buffer).cast("d")), nd.asarray(memoryview(buffer).cast("f"))
    wide[...] = range(8)
    before = np.array(narrow)
    nd.add(narrow[8:], 1, out=wide)
    np.testing.assert_array_equal(wide.numpy(), (before[8:] + 1).astype("float64"))


# ---- Operators between NumPy and us


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_with_a_numpy_array_on_either_side_give_our_arrays(name):
    a, b = operands(name, "int32", "int32", (3, 4), (4,))
    same(OPERATORS[name](a, nd.asarray(b)), oracle(name, a, b), **exactness(name, "float64"))
    same(OPERATORS[name](nd.asarray(a), b), oracle(name, a, b), **exactness(name, "float64"))


@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "floor_divide", "remainder", "pow"])
@pytest.mark.parametrize("dtype", ["int64", *FLOATS])
def test_reflected_operators_keep_the_order(name, dtype):
    values = np.array([1, 2, 5, 7], dtype)
    for scalar in (3, 2.5) if dtype in FLOATS else (3,):
        expected = oracle(name, np.full(4, scalar, dtype), values)
        same(OPERATORS[name](scalar, nd.asarray(values)), expected, **exactness(name, dtype))
        same(
            OPERATORS[name](np.float64(scalar), nd.asarray(values.astype("float64"))),
            oracle(name, np.full(4, scalar), values.astype("float64")),
            **exactness(name, "float64"),
        )


def test_in_place_with_numpy_on_either_side():
    x, values = nd.ones(3), np.arange(3, dtype="float32")
    x += values
    same(x, np.array([1, 2, 3], "float32"))
    with pytest.raises(TypeError, match="does not support ufuncs"):  # NumPy's in-place operators never give way
        values += x


@pytest.mark.parametrize("other", [None, "a", object(), [1, 2, 3], (1,), {}])
def test_operators_leave_what_they_do_not_know_to_the_other_side(other):
    x = nd.ones(3)
    for name in ("add", "subtract", "multiply", "less"):
        with pytest.raises(TypeError, match=r"unsupported operand|not supported between|can be an index"):
            OPERATORS[name](x, other)
        with pytest.raises(
            TypeError, match=r"unsupported operand|not supported between|can only concatenate|can be an index"
        ):
            OPERATORS[name](other, x)
    assert (x == other) is False
    assert (x != other) is True

    class Knows:
        def __radd__(self, left):
            return "known"

    assert x + Knows() == "known"


def test_functions_take_lists_where_operators_do_not():
    same(nd.add([1, 2], [3, 4]), np.array([4, 6]))
    same(nd.exp([0.0]), np.array([1], "float32"))
    same(nd.add(nd.ones(2), [1, 2]), np.array([2, 3], "float32"))


def test_power_takes_no_modulus():
    with pytest.raises(TypeError, match="unsupported operand"):
        pow(nd.arange(3), 2, 5)


# ---- What is refused


@pytest.mark.parametrize("name", ["subtract", "floor_divide", "remainder", "pow", *SHIFTS])
def test_arithmetic_that_booleans_do_not_have(name):
    x = nd.asarray([True, False])
    with pytest.raises(DTypeError, match=f"{name} is not defined for bool; convert first"):
        getattr(nd, name)(x, x)


@pytest.mark.parametrize("name", SAME_UNARY)
def test_functions_that_booleans_do_not_have(name):
    with pytest.raises(DTypeError, match=f"{name} is not defined for bool; convert first"):
        getattr(nd, name)(nd.asarray([True, False]))


@pytest.mark.parametrize("name", [*BITWISE, *SHIFTS])
@pytest.mark.parametrize("dtype", FLOATS)
def test_bits_of_floats_are_refused(name, dtype):
    x = nd.ones(2, dtype=dtype)
    known = "integer dtypes" if name in SHIFTS else "integer dtypes and bool"
    with pytest.raises(DTypeError, match=f"{name} takes {known}, not {dtype}"):
        getattr(nd, name)(x, x)
    with pytest.raises(DTypeError, match="bitwise_invert takes integer dtypes and bool"):
        nd.bitwise_invert(x)


def test_booleans_add_and_multiply_as_logic():
    a, b = np.array([True, True, False, False]), np.array([True, False, True, False])
    for name in ("add", "multiply", "maximum", "minimum"):
        same(getattr(nd, name)(nd.asarray(a), nd.asarray(b)), BINARY[name](a, b))
    x = nd.asarray(a.copy())
    x += nd.asarray(b)
    same(x, a | b)


@pytest.mark.parametrize("dtype", SIGNED)
def test_integers_to_negative_powers_are_refused(dtype):
    x = nd.asarray([1, 2], dtype=dtype)
    for power in (lambda: x**-1, lambda: x ** nd.asarray([1, -1], dtype=dtype), lambda: 2**-x):
        with pytest.raises(ValueError, match="pow: an integer to a negative power is no integer; convert the base"):
            power()
    with pytest.raises(ValueError, match="negative power"):
        nd.ones(2, dtype="uint8") ** nd.asarray([1, -1], dtype="int8")
    same(x**2, np.array([1, 4], dtype))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_divided_by_zero_give_zero(dtype):
    x, zero = nd.asarray([1, 0, 7], dtype=dtype), nd.zeros(3, dtype=dtype)
    same(x // zero, np.zeros(3, dtype))
    same(x % zero, np.zeros(3, dtype))
    if dtype in SIGNED:
        least = nd.asarray([np.iinfo(dtype).min], dtype=dtype)
        same(least // -1, np.array([np.iinfo(dtype).min], dtype))
        same(least % -1, np.array([0], dtype))


@pytest.mark.parametrize("name", [*LOGIC, "logical_not"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_logic_takes_any_dtype_by_its_truth(name, dtype):
    values = numbers(dtype, (40,), low=-1, high=2)
    if dtype in FLOATS:
        values[3] = np.nan
    arguments = [values] if name == "logical_not" else [values, numbers("bool", (40,))]
    same(getattr(nd, name)(*map(nd.asarray, arguments)), getattr(np, name)(*arguments))


def test_exponents_beyond_int64_are_out_of_range_and_not_negative():
    for exponent in (2**63, 2**70):
        with pytest.raises(OverflowError, match="out of range for dtype int64"):
            nd.asarray([2]) ** exponent
    same(nd.asarray([2], dtype="uint64") ** 2**63, np.array([0], "uint64"))


def test_operands_far_larger_than_memory_are_refused():
    row = nd.broadcast_to(nd.asarray(1.0), (1, 2**62))
    for operation in (lambda: nd.concat([row] * 3), lambda: row + row, lambda: nd.matmul(row.T, row)):
        with pytest.raises((ValueError, MemoryError), match=r"larger than memory|more elements than memory"):
            operation()
