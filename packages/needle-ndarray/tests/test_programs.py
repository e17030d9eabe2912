"""Programs of elementwise operations: the bits of the operations one after the other, for every dtype and layout."""

import gc
import os
import subprocess
import sys
import weakref

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError, ShapeError
from needle_ndarray.kernels import Program, run_program

from .support import DTYPES, FLOATS, INTEGERS, fractions, numbers, same

UNARY = [
    "abs",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "bitwise_invert",
    "ceil",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "expm1",
    "floor",
    "isfinite",
    "isinf",
    "isnan",
    "log",
    "log10",
    "log1p",
    "log2",
    "logical_not",
    "negative",
    "positive",
    "reciprocal",
    "round",
    "sigmoid",
    "sign",
    "signbit",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
    "trunc",
]
BINARY = [
    "add",
    "atan2",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "copysign",
    "divide",
    "equal",
    "floor_divide",
    "greater",
    "greater_equal",
    "hypot",
    "less",
    "less_equal",
    "logaddexp",
    "logical_and",
    "logical_or",
    "logical_xor",
    "maximum",
    "minimum",
    "multiply",
    "nextafter",
    "not_equal",
    "remainder",
    "subtract",
]
ALL_DTYPES = [*DTYPES, "float16", "bfloat16"]
REDUCTIONS = ["sum", "prod", "max", "min", "any", "all", "mean"]
CHAIN = Program(4, [], [("multiply", 0, 1), ("exp", 3), ("multiply", 2, 5), ("add", 4, 6)])


def one_after_the_other(program, arrays):
    """The result by the functions of the package."""
    values = [*arrays, *program.constants]
    for name, *numbers_of_values in program.instructions:
        operands = [values[number] for number in numbers_of_values]
        if name in ALL_DTYPES:
            values.append(nd.astype(operands[0], name))
        else:
            values.append(getattr(nd, name)(*operands))
    shape = nd.broadcast_shapes(*(array.shape for array in arrays))
    return nd.broadcast_to(values[-1], shape).compact()


def bits(array):
    """The bytes of an array, with one pattern for all NaNs."""
    if array.dtype.name in ("float16", "bfloat16"):
        array = array.astype("float32")
    values = np.array(array)
    if values.dtype.kind == "f":
        values[np.isnan(values)] = np.nan
    return values.tobytes()


def equal_bits(actual, expected):
    """Asserts that dtype, shape and bits are the same."""
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    assert bits(actual) == bits(expected)


# ---- Random programs


@st.composite
def operands(draw):
    """Arrays of any dtypes, of shapes that broadcast, in any layout."""
    shape = draw(st.lists(st.sampled_from([0, 1, 2, 3, 5, 17, 40]), max_size=3))
    arrays = []
    for seed in range(draw(st.integers(1, 4))):
        own = [size if draw(st.integers(0, 3)) else 1 for size in shape]
        own = own[draw(st.integers(0, len(own))) :]
        dtype = draw(st.sampled_from(ALL_DTYPES))
        floating = dtype.startswith(("float", "bfloat"))
        held = "float32" if dtype in ("float16", "bfloat16") else dtype
        values = fractions(held, own, seed) * 3 if floating else numbers(held, own, seed)
        array = nd.asarray(values, copy=True).astype(dtype)
        if draw(st.booleans()) and array.ndim:
            array = nd.flip(nd.flip(array).compact())
        if draw(st.booleans()) and array.ndim:
            array = nd.stack([array, array], axis=-1)[..., draw(st.integers(0, 1))]
        if draw(st.booleans()) and array.ndim > 1:
            array = array.T.compact().T
        arrays.append(array)
    return arrays


@st.composite
def programs(draw, inputs):
    """Any program that is well formed; nothing is said about dtypes."""
    constants = draw(st.lists(st.sampled_from([0, 1, -1, 2, 3, 300, True, 0.5, -2.25, 1e10, float("inf")]), max_size=3))
    instructions = []
    arrays = list(range(inputs))
    for i in range(draw(st.integers(1, 8))):
        array = st.sampled_from(arrays)
        anything = st.integers(0, inputs + len(constants) + i - 1)
        kind = draw(st.sampled_from(["unary", "binary", "binary", "binary", "where", "clip", "dtype"]))
        if kind == "unary":
            instructions.append((draw(st.sampled_from(UNARY)), draw(array)))
        elif kind == "binary":
            pair = draw(st.permutations([draw(array), draw(anything)]))
            instructions.append((draw(st.sampled_from(BINARY)), *pair))
        elif kind == "where":
            instructions.append(("where", draw(array), draw(anything), draw(anything)))
        elif kind == "clip":
            instructions.append(("clip", draw(array), draw(anything), draw(anything)))
        else:
            instructions.append((draw(st.sampled_from(ALL_DTYPES)), draw(array)))
        arrays.append(inputs + len(constants) + i)
    return Program(inputs, constants, instructions)


@given(st.data())
def test_a_program_gives_the_bits_of_its_operations(data):
    arrays = data.draw(operands())
    program = data.draw(programs(len(arrays)))
    try:
        expected = one_after_the_other(program, arrays)
    except (DTypeError, OverflowError) as error:
        with pytest.raises(type(error)):
            run_program(program, *arrays)
        return
    equal_bits(run_program(program, *arrays), expected)
    out = nd.zeros([2 * size for size in expected.shape], dtype=expected.dtype)[
        tuple(slice(None, None, 2) for _ in expected.shape)
    ]
    assert run_program(program, *arrays, out=out) is out
    equal_bits(out.compact(), expected)


@given(st.data())
def test_a_reduction_gives_the_bits_of_the_reduction_of_the_result(data):
    arrays = data.draw(operands())
    program = data.draw(programs(len(arrays)))
    try:
        whole = one_after_the_other(program, arrays)
    except (DTypeError, OverflowError):
        return
    name = data.draw(st.sampled_from(REDUCTIONS))
    axis = data.draw(st.none() | st.sets(st.integers(0, max(whole.ndim - 1, 0)), max_size=whole.ndim).map(tuple))
    keepdims = data.draw(st.booleans())
    try:
        expected = getattr(nd, name)(whole, axis=axis, keepdims=keepdims)
    except (DTypeError, ValueError) as error:
        with pytest.raises(type(error)):
            run_program(program, *arrays, reduce=name, axis=axis, keepdims=keepdims)
        return
    equal_bits(run_program(program, *arrays, reduce=name, axis=axis, keepdims=keepdims), expected)


# ---- Many blocks


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("length", [1, 63, 1023, 1024, 1025, 32_768, 32_769, 100_003])
def test_a_chain_of_every_length_equals_numpys(length, dtype):
    a, b, c, d = (fractions(dtype, (length,), seed) for seed in range(4))
    arrays = [nd.asarray(x) for x in (a, b, c, d)]
    result = run_program(CHAIN, *arrays)
    equal_bits(result, one_after_the_other(CHAIN, arrays))
    same(result, a * b + c * np.exp(d), rtol=1e-5 if dtype == "float32" else 1e-13, atol=1e-6)


def test_a_result_larger_than_the_caches():
    arrays = [nd.asarray(fractions("float32", (3000, 1001), seed)) for seed in range(4)]
    arrays[1], arrays[2] = arrays[1][:1], arrays[2][:, :1]
    equal_bits(run_program(CHAIN, *arrays), one_after_the_other(CHAIN, arrays))


SHAPES_AND_AXES = [
    ((70_001,), None),
    ((16_385,), 0),
    ((3, 40_000), 1),
    ((3, 40_000), None),
    ((3, 40_000), 0),
    ((500, 70), (1,)),
    ((500, 70), 0),
    ((20_000, 1), 1),
    ((20, 30, 64), (1, 2)),
    ((20, 30, 64), 1),
    ((20, 30, 64), (0, 2)),
    ((1, 40_000), (0, 1)),
    ((40_000, 1), 0),
]


@pytest.mark.parametrize("dtype", [*FLOATS, "float16", "int32", "uint8", "bool"])
@pytest.mark.parametrize(("shape", "axis"), SHAPES_AND_AXES)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_a_reduction_of_many_elements_gives_the_bits_of_the_reduction_of_the_result(name, shape, axis, dtype):
    held = "float32" if dtype == "float16" else dtype
    values = [fractions(held, shape, s) if held.startswith("float") else numbers(held, shape, s) for s in (1, 2)]
    x, y = (nd.asarray(value).astype(dtype) for value in values)
    program = Program(2, [], [("maximum", 0, 1), ("multiply", 2, 0)])
    expected = getattr(nd, name)(nd.maximum(x, y) * x, axis=axis)
    equal_bits(run_program(program, x, y, reduce=name, axis=axis), expected)
    out = nd.zeros(expected.shape, dtype=expected.dtype)
    assert run_program(program, x, y, reduce=name, axis=axis, out=out) is out
    equal_bits(out, expected)


def test_results_do_not_depend_on_the_number_of_threads():
    arrays = [nd.asarray(fractions("float32", (300, 1001), seed)) for seed in range(4)]
    threads = nd.num_threads()
    results = []
    try:
        for count in (1, 2, 3):
            nd.set_num_threads(count)
            results.append([bits(run_program(CHAIN, *arrays)), bits(run_program(CHAIN, *arrays, reduce="sum"))])
    finally:
        nd.set_num_threads(threads)
    assert results[0] == results[1] == results[2]


# ---- Operands


def test_an_output_may_be_an_input():
    a, b, c, d = (nd.asarray(fractions("float32", (5000,), seed)) for seed in range(4))
    expected = one_after_the_other(CHAIN, [a, b, c, d])
    assert run_program(CHAIN, a, b, c, d, out=a) is a
    equal_bits(a, expected)


def test_an_output_that_overlaps_an_input_otherwise():
    x = nd.asarray(fractions("float32", (5000,)))
    doubled = Program(1, [2], [("multiply", 0, 1)])
    expected = np.array(x[:-1]) * np.float32(2)
    run_program(doubled, x[:-1], out=x[1:])
    same(x[1:].copy(), expected)


def test_one_program_serves_arrays_of_every_dtype_in_turn():
    program = Program(1, [1], [("add", 0, 1)])
    for dtype in [*INTEGERS, *FLOATS, *INTEGERS]:
        same(run_program(program, nd.asarray(numbers(dtype, (7,)))), numbers(dtype, (7,)) + np.asarray(1, dtype))


def test_powers_with_constant_exponents():
    x = nd.asarray(fractions("float32", (100,)))
    for exponent in (2, 3, -1, 0.5):
        equal_bits(run_program(Program(1, [exponent], [("pow", 0, 1)]), x), x**exponent)
    y = nd.asarray(numbers("int32", (100,)))
    equal_bits(run_program(Program(1, [3], [("pow", 0, 1)]), y), y**3)
    with pytest.raises(ValueError, match="takes a constant exponent that is not negative"):
        run_program(Program(1, [-3], [("pow", 0, 1)]), y)
    with pytest.raises(ValueError, match="takes a constant exponent that is not negative"):
        run_program(Program(2, [], [("pow", 0, 1)]), y, y)


def test_a_long_program_reuses_its_registers():
    x = nd.asarray(fractions("float32", (3000,)))
    program = Program(1, [1.5], [("add", max(0, i), 1) if i <= 0 else ("add", i + 1, 1) for i in range(200)])
    expected = x
    for _ in range(200):
        expected = expected + 1.5
    equal_bits(run_program(program, x), expected)


def test_a_program_keeps_none_of_its_arrays():
    x = nd.ones(100)
    alive = weakref.ref(x)
    run_program(CHAIN, x, x, x, x)
    del x
    gc.collect()
    assert alive() is None


def test_its_parts_are_attributes():
    program = Program(1, [2, 0.5, True], [["multiply", 0, 1], ("float64", 4)])
    assert program.inputs == 1
    assert program.constants == (2, 0.5, True)
    assert [type(constant) for constant in program.constants] == [int, float, bool]
    assert program.instructions == (("multiply", 0, 1), ("float64", 4))


# ---- What is no program


@pytest.mark.parametrize(
    ("inputs", "constants", "instructions", "text"),
    [
        (0, [], [("add", 0, 0)], "takes from 1 to 16 arrays, not 0"),
        (17, [], [("add", 0, 0)], "takes from 1 to 16 arrays, not 17"),
        (1, [], [], "has no instruction"),
        (1, [], [("plus", 0, 0)], r"instruction 0 \(plus\): there is no such operation"),
        (1, [], [("add", 0)], r"instruction 0 \(add\) takes 2 operands, not 1"),
        (1, [], [("exp",)], r"instruction 0 \(exp\) takes 1 operands, not 0"),
        (1, [], [("where", 0, 0)], r"instruction 0 \(where\) takes 3 operands, not 2"),
        (1, [], [("exp", 1)], r"instruction 0 \(exp\) refers to value 1, but only 0 to 0 exist there"),
        (1, [], [("exp", -1)], "refers to value -1"),
        (1, [2], [("exp", 0), ("add", 0, 3)], r"instruction 1 \(add\) refers to value 3, but only 0 to 2"),
        (1, [], [("exp", 2**70)], "refers to value"),
        (1, [], [()], "must be a name and the numbers of its operands"),
        (1, [], ["exp"], "must be a name and the numbers of its operands"),
        (1, [], [(0, "exp")], "must be a name and the numbers of its operands"),
        (1, [], [("exp", 0.0)], "must be a name and the numbers of its operands"),
        (1, [], [("exp", True)], "must be a name and the numbers of its operands"),
    ],
)
def test_what_is_no_program_is_refused(inputs, constants, instructions, text):
    with pytest.raises(ValueError, match=text):
        Program(inputs, constants, instructions)


def test_constants_are_numbers():
    with pytest.raises(TypeError, match="a constant must be a number, not 'x'"):
        Program(1, ["x"], [("add", 0, 1)])
    with pytest.raises(ValueError, match="add of constants alone"):
        run_program(Program(1, [1, 2], [("add", 1, 2)]), nd.ones(3))
    with pytest.raises(OverflowError, match="the integer 300 is out of range for dtype uint8"):
        run_program(Program(1, [300], [("add", 0, 1)]), nd.ones(3, dtype="uint8"))


def test_a_program_of_too_many_values_at_once_is_refused():
    count = 40
    instructions = [("exp", 0) for _ in range(count)]
    instructions.append(("add", 1, 2))
    instructions.extend(("add", count + i, 2 + i) for i in range(1, count - 1))
    with pytest.raises(ValueError, match="more than 32 values are needed at once"):
        run_program(Program(1, [], instructions), nd.ones(3))


def test_arrays_that_do_not_fit_are_refused():
    x = nd.ones(3)
    with pytest.raises(ValueError, match="the program takes 4 arrays, not 1"):
        run_program(CHAIN, x)
    with pytest.raises(ShapeError, match=r"\(3,\).*\(2,\)"):
        run_program(CHAIN, x, x, x, nd.ones(2))
    with pytest.raises(DTypeError, match="bitwise_and takes integer dtypes and bool, not float32"):
        run_program(Program(1, [], [("bitwise_and", 0, 0)]), x)
    with pytest.raises(ShapeError, match=r"the result has shape \(3,\), but the array to write to has shape \(1,\)"):
        run_program(CHAIN, x, x, x, x, out=nd.ones(1))
    with pytest.raises(DTypeError, match="dtype float32, which cannot be stored in an array of dtype int64"):
        run_program(CHAIN, x, x, x, x, out=nd.zeros(3, dtype="int64"))
    with pytest.raises(ValueError, match=r"read-only|share"):
        run_program(CHAIN, x, x, x, x, out=nd.broadcast_to(nd.ones(1), (3,)))


def test_reductions_that_do_not_exist_are_refused():
    x = nd.ones(3)
    with pytest.raises(ValueError, match=r'reduce must be "sum".* not median'):
        run_program(CHAIN, x, x, x, x, reduce="median")
    with pytest.raises(ValueError, match="axis and keepdims belong to a reduction"):
        run_program(CHAIN, x, x, x, x, axis=0)
    with pytest.raises(IndexError, match="axis 1"):
        run_program(CHAIN, x, x, x, x, reduce="sum", axis=1)


def test_a_thread_with_a_small_stack_runs_programs():
    # In a process of its own, which a stack too small would end. The thread sanitizer's frames alone need more: with it
    # a plain sum of two arrays ends a thread of half a megabyte.
    stack = 2**22 if os.environ.get("NEEDLE_SANITIZE") == "thread" else 2**18
    script = f"""if True:
        import threading
        import needle_ndarray as nd
        from needle_ndarray.kernels import Program, run_program
        x, program = nd.ones((100, 1000))[:, ::-1], Program(1, [], [("add", 0, 0), ("square", 1)])
        threading.stack_size({stack})
        results = []
        def run():
            results.append(run_program(program, x).sum().item())
            results.append(run_program(program, x, reduce="sum").item())
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
        print(results)
    """
    environment = {**os.environ, "NEEDLE_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[400000.0, 400000.0]"), done.stderr
