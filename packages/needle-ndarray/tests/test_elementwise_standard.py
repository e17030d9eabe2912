"""The elementwise functions against the standard's reference implementation: promotion, values, corners."""

import doctest
import inspect
import itertools
import operator

import array_api_strict as strict
import needle_ndarray as nd
import numpy as np
import pytest

from .support import DTYPES, FLOATS, INTEGERS, NUMERIC, SIGNED, numbers, same

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of divisions by zero and overflow

UNARY_NAMES = """
abs acos acosh asin asinh atan atanh bitwise_invert ceil conj cos cosh exp expm1 floor imag isfinite isinf isnan log
log10 log1p log2 logical_not negative positive real reciprocal round sign signbit sin sinh sqrt square tan tanh trunc
"""
UNARY = UNARY_NAMES.split()
BINARY_NAMES = """
add atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign divide equal floor_divide
greater greater_equal hypot less less_equal logaddexp logical_and logical_or logical_xor maximum minimum multiply
nextafter not_equal pow remainder subtract
"""
BINARY = BINARY_NAMES.split()
BEYOND = ["erf", "erfc", "sigmoid"]  # not in the standard
EXACT = {*["add", "bitwise_left_shift", "bitwise_right_shift", "copysign", "multiply", "nextafter", "subtract"]}

special = np.array([0.0, 1.0, 2.5, 3.0, 1e-40, 1e30, np.inf, np.nan])
SPECIAL = np.concatenate([special, -special])


# ---- Names and documentation


def test_no_elementwise_function_of_the_standard_is_missing():
    ours = {name for name in dir(nd.elementwise) if callable(getattr(nd, name, None))} - {"DTypeError"}
    assert {*UNARY, *BINARY, "clip"} <= ours
    assert ours - {*UNARY, *BINARY, "clip", "where", "asarray", "zeros"} == set(BEYOND)


@pytest.mark.parametrize("name", [*UNARY, *BINARY, *BEYOND, "clip", "where"])
def test_the_documentation_has_every_part_and_its_example_runs(name):
    text = getattr(nd, name).__doc__
    body = text.split("\n\n", 1)[1] if text.startswith(f"{name}(") else text
    assert body.splitlines()[0].endswith(".")
    for part in ("Args:", "Returns:", "Raises:", "Example:"):
        assert f"\n{part}" in inspect.cleandoc(body), part
    assert max(map(len, inspect.cleandoc(body).splitlines())) <= 120
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    assert len(example.examples) >= 2
    failures = []
    doctest.DocTestRunner().run(example, out=failures.append)
    assert not failures, "".join(failures)


# ---- Promotion and values


def both(name, *arrays):
    """The function's result and the reference's, or None where the reference refuses the dtypes."""
    try:
        expected = getattr(strict, name)(*[strict.asarray(x) for x in arrays])
    except TypeError:
        return None
    return getattr(nd, name)(*[nd.asarray(x) for x in arrays]), expected


@pytest.mark.parametrize("name", UNARY)
@pytest.mark.parametrize("dtype", DTYPES)
def test_functions_of_one_array_are_the_references(name, dtype):
    pair = both(name, numbers(dtype, (3, 5), low=-3, high=4))
    if pair is None:
        return
    actual, expected = pair
    same(actual, np.asarray(expected), rtol=1e-6 if dtype == "float32" else 1e-14, atol=1e-14)


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_arrays_are_the_references(name):
    for a, b in itertools.product(DTYPES, DTYPES):
        x, y = numbers(a, (3, 5), 1, low=0, high=5), numbers(b, (5,), 2, low=1, high=4)
        pair = both(name, x, y)
        if pair is not None:
            tolerance = 0 if name in EXACT else 1e-6 if "float32" in (a, b) and "float64" not in (a, b) else 1e-14
            same(pair[0], np.asarray(pair[1]), rtol=tolerance)


SCALARS = {"bool": [True], "int8": [3], "uint64": [3], "float32": [3, 2.5], "float64": [3, 2.5]}


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("dtype", SCALARS)
def test_scalars_stand_on_either_side_as_in_the_reference(name, dtype):
    x = numbers(dtype, (7,), low=1, high=4)
    for scalar, turned in itertools.product(SCALARS[dtype], (False, True)):
        try:
            arguments = [scalar, strict.asarray(x)] if turned else [strict.asarray(x), scalar]
            expected = np.asarray(getattr(strict, name)(*arguments))
        except TypeError:
            continue
        arguments = [scalar, nd.asarray(x)] if turned else [nd.asarray(x), scalar]
        same(getattr(nd, name)(*arguments), expected, rtol=1e-6 if dtype == "float32" else 1e-14)


# ---- Corners


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", ["atan2", "hypot", "logaddexp", "copysign", "nextafter", "pow", "remainder", "divide"])
def test_zeros_infinities_and_nan_of_two_operands(name, dtype):
    x, y = (a.ravel() for a in np.meshgrid(SPECIAL.astype(dtype), SPECIAL.astype(dtype)))
    oracle = {"atan2": np.arctan2, "pow": np.power}.get(name) or getattr(np, name)
    expected = oracle(x, y)
    actual = np.array(getattr(nd, name)(nd.asarray(x), nd.asarray(y)))
    exact = ~np.isfinite(expected) | (expected == 0)
    np.testing.assert_array_equal(actual[exact], expected[exact])
    np.testing.assert_allclose(actual[~exact], expected[~exact], rtol=4 * np.finfo(dtype).eps)
    signed = ~np.isnan(expected) | (name == "copysign")
    np.testing.assert_array_equal(np.signbit(actual)[signed], np.signbit(expected)[signed])


@pytest.mark.parametrize("dtype", FLOATS)
def test_the_sign_of_nan_is_seen_and_set(dtype):
    values = np.array([np.nan, -np.nan, 1.0, -1.0], dtype)
    x = nd.asarray(values)
    same(nd.signbit(x), np.array([False, True, False, True]))
    same(nd.signbit(nd.copysign(x, -1.0)), np.full(4, True))
    same(nd.signbit(nd.abs(x)), np.full(4, False))
    same(nd.signbit(-x), np.array([True, False, True, False]))


@pytest.mark.parametrize("dtype", FLOATS)
def test_lengths_neither_overflow_nor_underflow(dtype):
    limits = np.finfo(dtype)
    for exponent in (limits.maxexp - 4, limits.minexp, limits.minexp - limits.nmant + 3, 0):
        scale = np.ldexp(np.ones((), dtype), exponent)
        x, y = nd.asarray(np.array([3, -4, 0], dtype) * scale), nd.asarray(np.array([4, 3, -5], dtype) * scale)
        same(nd.hypot(x, y), np.full(3, 5, dtype) * scale)
        same(nd.hypot(y, x), np.full(3, 5, dtype) * scale)
    random = np.random.default_rng(1)
    x = (random.standard_normal(1000) * 10.0 ** random.integers(-30, 30, 1000)).astype(dtype)
    same(nd.hypot(nd.asarray(x), 0.0), np.abs(x))


@pytest.mark.parametrize("dtype", FLOATS)
def test_powers_of_two_and_ten_have_exact_logarithms(dtype):
    exponents = np.arange(-126, 128)
    same(nd.log2(nd.asarray((2.0**exponents).astype(dtype))), exponents.astype(dtype))
    exponents = np.arange(0, 11 if dtype == "float32" else 23)  # those that the dtype holds exactly
    same(nd.log10(nd.asarray(np.array([10.0**e for e in exponents], dtype))), exponents.astype(dtype))


@pytest.mark.parametrize("dtype", FLOATS)
def test_even_and_odd_functions_are_exactly_so(dtype):
    random = np.random.default_rng(2)
    x = nd.asarray((random.standard_normal(500) * 10.0 ** random.integers(-4, 3, 500)).astype(dtype))
    for name in ("sin", "tan", "asin", "atan", "sinh", "tanh", "asinh", "atanh"):
        same(getattr(nd, name)(-x), np.array(-getattr(nd, name)(x)))
    for name in ("cos", "cosh"):
        same(getattr(nd, name)(-x), np.array(getattr(nd, name)(x)))


# ---- Shifts


@pytest.mark.parametrize("dtype", INTEGERS)
def test_shifts_by_any_count(dtype):
    bits, limits = np.iinfo(dtype).bits, np.iinfo(dtype)
    values = np.array([0, 1, 5, limits.max, limits.min, limits.min // 3], dtype)
    counts = [0, 1, 3, bits - 1, bits, bits + 1, 127, limits.max] + ([-1, -bits, limits.min] if limits.min else [])
    for value, count in itertools.product(values.tolist(), counts):
        inside = 0 <= count < bits
        left = (value << count) & (2**bits - 1) if inside else 0
        left = left - 2**bits if limits.min and left >= 2 ** (bits - 1) else left
        right = value >> count if inside else (-1 if value < 0 else 0)
        x, n = nd.asarray(np.array([value] * 70, dtype)), np.array([count] * 70, dtype)
        for y in (nd.asarray(n), nd.asarray(n[:1]), count):
            same(x << y, np.full(70, left, dtype))
            same(x >> y, np.full(70, right, dtype))


def test_shifts_have_reflected_and_in_place_forms():
    x = nd.asarray([0, 1, 2])
    same(1 << x, np.array([1, 2, 4]))
    same(-8 >> x, np.array([-8, -4, -2]))
    x <<= 3
    same(x, np.array([0, 8, 16]))
    x >>= nd.asarray([0, 1, 2])
    same(x, np.array([0, 4, 4]))
    small = nd.asarray([1], dtype="int8")
    with pytest.raises(nd.DTypeError, match="bitwise_left_shift takes integer dtypes, not float32"):
        small << 1.5
    with pytest.raises(OverflowError, match="the integer 200 is out of range for dtype int8"):
        small << 200
    same(nd.asarray([True, False]) << 2, np.array([4, 0]))


# ---- Operators

OPERATORS = ["add", "and", "floordiv", "lshift", "matmul", "mod", "mul", "or", "pow", "rshift", "sub", "truediv", "xor"]
METHODS_NAMES = """
abs array_namespace bool complex dlpack dlpack_device eq float ge getitem gt index int invert le lt ne neg pos setitem
"""
METHODS = METHODS_NAMES.split()


def test_every_operator_of_the_standard_has_all_its_forms():
    for name in OPERATORS:
        for form in ("", "r", "i"):
            assert callable(getattr(nd.NDArray, f"__{form}{name}__")), (form, name)
    for name in [*METHODS, "divmod", "rdivmod"]:
        assert callable(getattr(nd.NDArray, f"__{name}__")), name


@pytest.mark.parametrize("dtype", NUMERIC)
def test_divmod_is_quotient_and_remainder(dtype):
    x, y = numbers(dtype, (3, 5), 1, low=-9, high=10), numbers(dtype, (5,), 2, low=1, high=4)
    for actual, expected in zip(divmod(nd.asarray(x), nd.asarray(y)), np.divmod(x, y), strict=True):
        same(actual, expected)
    for actual, expected in zip(divmod(7, nd.asarray(y)), np.divmod(np.array(7, dtype), y), strict=True):
        same(actual, expected)
    with pytest.raises(TypeError, match="unsupported operand"):
        divmod(nd.ones(3), "a")
    with pytest.raises(nd.ShapeError, match="floor_divide"):
        divmod(nd.ones(3), nd.ones(2))


def test_matrices_multiply_in_place():
    a, b = numbers("float32", (3, 4), 1), numbers("float32", (4, 4), 2)
    x = nd.asarray(a.copy())
    view, before = x, x.numpy()
    x @= nd.asarray(b)
    assert x is view
    same(x, a @ b)
    np.testing.assert_array_equal(before, a @ b)
    square = nd.asarray(b.copy())
    square @= square.T
    same(square, b @ b.T)
    strided = nd.asarray(np.zeros((8, 6), "float64"))[::2, ::-1][:, :4]
    strided[...] = b
    strided @= nd.asarray(b)
    same(strided, (b @ b).astype("float64"))
    for other, error, text in [
        (nd.ones((4, 2)), nd.ShapeError, r"matmul: the result has shape \(3, 2\), .* to write to has shape \(3, 4\)"),
        (np.ones((4, 4), "float32"), nd.DTypeError, "matmul: the result has dtype float32, which cannot be stored"),
    ]:
        target = x if error is nd.ShapeError else nd.ones((3, 4), dtype="int64")
        with pytest.raises(error, match=text):
            operator.imatmul(target, other)
    with pytest.raises(TypeError, match="unsupported operand"):
        operator.imatmul(x, 3)
    with pytest.raises(ValueError, match="broadcast view"):
        operator.imatmul(nd.broadcast_to(nd.ones(2), (2, 2)), nd.ones((2, 2)))


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_element_is_a_complex_number(dtype):
    assert complex(nd.asarray(numbers(dtype, (), 5))) == complex(numbers(dtype, (), 5))
    with pytest.raises(TypeError, match=r"complex\(\) needs an array of one element, but the shape is \(2,\)"):
        complex(nd.ones(2, dtype=dtype))


# ---- Real numbers as complex ones


@pytest.mark.parametrize("dtype", NUMERIC)
def test_parts_of_real_numbers(dtype):
    values = numbers(dtype, (3, 4))
    x = nd.asarray(values)
    same(nd.real(x), values)
    same(nd.conj(x), values)
    same(nd.imag(x), np.zeros_like(values))
    assert nd.real(x) is x
    assert not np.shares_memory(nd.conj(x).numpy(), values)


@pytest.mark.parametrize("name", ["real", "imag", "conj"])
def test_parts_of_booleans_are_refused(name):
    with pytest.raises(nd.DTypeError, match=f"{name} is not defined for bool; convert first"):
        getattr(nd, name)([True])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_neighbours_of_dtypes_that_are_only_stored_are_refused(dtype):
    x = nd.ones(2, dtype=dtype)
    with pytest.raises(nd.DTypeError, match=f"nextafter: numbers of {dtype} are computed with in float32"):
        nd.nextafter(x, x)
    assert nd.hypot(x, x).dtype == dtype


@pytest.mark.parametrize("dtype", SIGNED)
def test_the_least_integer_wraps_as_its_docstring_says(dtype):
    least = np.iinfo(dtype).min
    x = nd.asarray([least], dtype=dtype)
    for wrapped in (-x, abs(x), x // -1, x - 1 + 1):
        same(wrapped, np.array([least], dtype))
