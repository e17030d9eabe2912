"""out= of every elementwise function, and in-place operators: where results may go, and what they leave alone."""

import operator

import needle_ndarray as nd
import numpy as np
import pytest
from needle_ndarray import DTypeError, ShapeError

from .support import FLOATS, INTEGERS, numbers, same

UNARY_NAMES = """
abs acos acosh asin asinh atan atanh bitwise_invert ceil cos cosh erf erfc exp expm1 floor isfinite isinf isnan log
log10 log1p log2 logical_not negative positive reciprocal round sigmoid sign signbit sin sinh sqrt square tan tanh trunc
"""
BINARY_NAMES = """
add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign divide equal floor_divide
greater greater_equal hypot less less_equal logaddexp logical_and logical_or logical_xor maximum minimum multiply
nextafter not_equal pow remainder subtract
"""
UNARY, BINARY = UNARY_NAMES.split(), BINARY_NAMES.split()
EVERY = [*UNARY, *BINARY, "clip"]
IN_PLACE = {
    **{"add": operator.iadd, "subtract": operator.isub, "multiply": operator.imul, "divide": operator.itruediv},
    **{"floor_divide": operator.ifloordiv, "remainder": operator.imod, "pow": operator.ipow},
    **{"bitwise_and": operator.iand, "bitwise_or": operator.ior, "bitwise_xor": operator.ixor},
    **{"bitwise_left_shift": operator.ilshift, "bitwise_right_shift": operator.irshift},
}

# Arrays of a shape that are no row-major blocks, by name: a function of the array of zeros with room for it.
TARGETS = {
    "row-major": lambda shape, dtype: nd.zeros(shape, dtype=dtype),
    "column-major": lambda shape, dtype: nd.zeros(shape[::-1], dtype=dtype).T,
    "spaced": lambda shape, dtype: nd.zeros([3 * n for n in shape], dtype=dtype)[1::3, 2::3],
    "reversed": lambda shape, dtype: nd.zeros(shape, dtype=dtype)[::-1, ::-1],
    "part of a block": lambda shape, dtype: nd.zeros((4, *shape), dtype=dtype)[2],
}


def operands(name, shape, dtype=None):
    """Arrays that the function takes, in a dtype that it computes in."""
    dtype = dtype or ("int32" if name.startswith("bitwise") else "float32")
    count = 3 if name == "clip" else 2 if name in BINARY else 1
    return [nd.asarray(numbers(dtype, shape, seed, low=1, high=5)) for seed in range(count)]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("layout", TARGETS)
def test_results_go_to_targets_in_every_layout(name, layout):
    function = getattr(nd, name)
    for shape in ((3, 5), (0, 4), (1, 1), (70, 90)):
        arguments = operands(name, shape)
        expected = np.array(function(*arguments))
        for dtype in {expected.dtype.name, "float64"}:
            out = TARGETS[layout](shape, dtype)
            assert function(*arguments, out=out) is out
            same(out, expected.astype(dtype))


@pytest.mark.parametrize("name", EVERY)
def test_a_target_may_be_any_of_the_operands_or_overlap_them(name):
    function = getattr(nd, name)
    for size in (9, 5000):
        for place in range(len(operands(name, (1,)))):
            whole = operands(name, (size,))
            expected = np.array(function(*whole))
            if expected.dtype == "bool":
                continue
            function(*whole, out=whole[place])
            same(whole[place], expected)

            arguments = [x[1:] for x in operands(name, (size,))]
            arguments[place] = (shared := operands(name, (size,))[place])[:-1]
            expected = np.array(function(*arguments))
            function(*arguments, out=shared[1:])
            same(shared[1:], expected)

            arguments = operands(name, (size,))
            arguments[place] = arguments[place][::-1]
            expected = np.array(function(*arguments))
            function(*arguments, out=arguments[place][::-1])
            same(arguments[place][::-1], expected)


@pytest.mark.parametrize("name", EVERY)
def test_targets_that_do_not_fit_are_refused_and_left_alone(name):
    function, arguments = getattr(nd, name), operands(name, (2, 3))
    result = function(*arguments).dtype
    frozen = np.zeros((2, 3), result.name)
    frozen.flags.writeable = False
    refused = [
        (nd.zeros((3, 2), dtype=result), ShapeError, rf"{name}: the result has shape \(2, 3\), .* shape \(3, 2\)"),
        (nd.zeros((1, 2, 3), dtype=result), ShapeError, "never change or broadcast the target's shape"),
        (nd.zeros(3, dtype=result), ShapeError, "never change or broadcast the target's shape"),
        (nd.asarray(frozen), ValueError, f"{name}: the array is read-only"),
        (nd.broadcast_to(nd.zeros(3, dtype=result), (2, 3)), ValueError, f"{name}: .* is a broadcast view"),
        (frozen, TypeError, f"{name}: out must be an NDArray, not"),
    ]
    if result != "bool":
        refused.append((nd.zeros((2, 3), dtype="uint8"), DTypeError, f"{name}: .* cannot be stored .* dtype uint8"))
    for out, error, text in refused:
        with pytest.raises(error, match=text):
            function(*arguments, out=out)
        assert not np.asarray(out).any()


@pytest.mark.parametrize("name", IN_PLACE)
@pytest.mark.parametrize("dtype", [*INTEGERS, *FLOATS])
def test_operands_broadcast_into_the_target_but_never_the_target_into_them(name, dtype):
    if dtype in FLOATS and name.startswith("bitwise"):
        pytest.skip("not defined, see the test of refusals")
    if dtype in INTEGERS and name == "divide":
        pytest.skip("would change the dtype")
    x, y = numbers(dtype, (3, 4), 1, low=1, high=4), numbers(dtype, (4,), 2, low=1, high=4)
    expected = np.array(getattr(nd, name)(nd.asarray(x), nd.asarray(y)))
    for row in (nd.asarray(y), nd.asarray(y)[None], y, nd.broadcast_to(nd.asarray(y), (3, 4))):
        target = nd.asarray(x.copy())
        same_array = target
        target = IN_PLACE[name](target, row)
        assert target is same_array
        same(target, expected)
    row = nd.asarray(y)
    with pytest.raises(ShapeError, match="never change or broadcast the target's shape"):
        IN_PLACE[name](row, nd.asarray(x))
    same(row, y)


@pytest.mark.parametrize(
    ("target", "other", "fits"),
    [
        *[("float32", "float64", True), ("float64", "float32", True), ("float16", "float32", True)],
        *[("int8", "int64", True), ("uint8", "uint64", True), ("int16", "uint8", True), ("float32", "int64", True)],
        *[("int64", "float32", False), ("uint8", "int8", False), ("uint32", "int64", False), ("bool", "int8", False)],
        *[("int64", "bool", True), ("bool", "bool", True)],
    ],
)
def test_results_of_the_same_kind_are_stored_and_no_others(target, other, fits):
    x, y = numbers("int8", (50,), 1, low=0, high=2), numbers("int8", (50,), 2, low=0, high=2)
    array, operand = nd.asarray(x).astype(target), nd.asarray(y).astype(other)
    if not fits:
        with pytest.raises(DTypeError, match=rf"cannot be stored in an array of dtype {target}; write x = x.astype"):
            array += operand
        assert array.astype("int8").tolist() == x.tolist()
        return
    array += operand
    assert array.dtype == target
    assert array.astype("int8").tolist() == (np.minimum(x + y, 1) if target == other == "bool" else x + y).tolist()
