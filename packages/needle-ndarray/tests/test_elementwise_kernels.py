"""The loops of every instruction set against NumPy: operations, dtypes, special values, accuracy, conversions."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import needle_ndarray as nd
import numpy as np
import pytest

from .support import DTYPES, FLOATS, INTEGERS, NUMERIC, same

pytestmark = pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")

# The largest error of each function on float32 and float64, in units of the last place, on any instruction set.
ULP = {
    "exp": (1.0, 1.0),
    "expm1": (1.5, 2.0),
    "log": (0.9, 0.9),
    "log1p": (1.4, 1.4),
    "log2": (1.0, 1.0),
    "log10": (0.9, 0.9),
    "sin": (1.6, 1.6),
    "cos": (1.6, 1.6),
    "tan": (3.0, 3.0),
    "asin": (1.8, 1.8),
    "acos": (1.3, 1.3),
    "atan": (2.0, 2.0),
    "sinh": (1.8, 1.8),
    "cosh": (1.6, 1.6),
    "tanh": (1.4, 1.4),
    "asinh": (1.9, 1.9),
    "acosh": (2.8, 2.8),
    "atanh": (1.7, 1.7),
    "sigmoid": (2.0, 2.0),
    "erf": (1.1, 1.4),
    "erfc": (4.3, 4.7),
}
ULP_OF_TWO = {"atan2": (2.0, 2.0), "hypot": (1.3, 1.3)}
ULP_OF_POW = (1.2, 1.3)
NUMPY_NAMES = {
    **{"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2"},
    **{"asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "pow": "power"},
    **{"bitwise_invert": "invert", "bitwise_left_shift": "left_shift", "bitwise_right_shift": "right_shift"},
    "round": "rint",
}
STATED_ULP = {**ULP, **ULP_OF_TWO, "pow": ULP_OF_POW}
OF_TWO = ["pow", "floor_divide", "remainder", "atan2", "hypot", "logaddexp", "nextafter"]

EXACT_UNARY = {
    "negative": NUMERIC,
    "positive": NUMERIC,
    "abs": NUMERIC,
    "sign": NUMERIC,
    "square": NUMERIC,
    "floor": NUMERIC,
    "ceil": NUMERIC,
    "trunc": NUMERIC,
    "round": NUMERIC,
    "reciprocal": FLOATS,
    "sqrt": FLOATS,
    "isnan": DTYPES,
    "isinf": DTYPES,
    "isfinite": DTYPES,
    "signbit": FLOATS,
    "logical_not": DTYPES,
    "bitwise_invert": ["bool", *INTEGERS],
}
EXACT_BINARY = {
    "add": NUMERIC,
    "subtract": NUMERIC,
    "multiply": NUMERIC,
    "divide": FLOATS,
    "floor_divide": NUMERIC,
    "remainder": NUMERIC,
    "maximum": NUMERIC,
    "minimum": NUMERIC,
    "equal": DTYPES,
    "not_equal": DTYPES,
    "less": DTYPES,
    "less_equal": DTYPES,
    "greater": DTYPES,
    "greater_equal": DTYPES,
    "logical_and": DTYPES,
    "logical_or": DTYPES,
    "logical_xor": DTYPES,
    "bitwise_and": ["bool", *INTEGERS],
    "bitwise_or": ["bool", *INTEGERS],
    "bitwise_xor": ["bool", *INTEGERS],
    "bitwise_left_shift": INTEGERS,
    "bitwise_right_shift": INTEGERS,
    "copysign": FLOATS,
    "nextafter": FLOATS,
}


def cases(table):
    return [(name, dtype) for name, dtypes in table.items() for dtype in dtypes]


def special_values(dtype):
    """The values at which arithmetic of this dtype changes its ways."""
    if dtype == "bool":
        return np.array([False, True])
    if dtype in INTEGERS:
        limits = np.iinfo(dtype)
        values = [limits.min, limits.min + 1, limits.max - 1, limits.max, 0, 1, 2, 3, 5, 7, 10, 100]
        if limits.bits == 64:  # quotients go by way of doubles up to here
            values += [2**50 - 1, 2**50, 2**50 + 1, 2**53 + 1]
        return np.array(values + ([-1, -2, -3, -7] if limits.min else []), dtype)
    limits = np.finfo(dtype)
    edges = [limits.max, limits.tiny, limits.smallest_subnormal, limits.tiny / 2, 1 - limits.epsneg, 1 + limits.eps]
    halves = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 7.0, 10.0, 0.1, 100.0, 1e-5, 1e10, np.pi, 88.7, 710.0]
    large = [2.0**22 + 0.5, 2.0**23, 2.0**24 + 2, 2.0**52 + 1, 2.0**53, np.inf, np.nan]
    values = np.array(edges + halves + large, dtype)
    return np.concatenate([values, -values])


def any_values(dtype, count, seed=0):
    """Special values among ordinary ones of all magnitudes."""
    random = np.random.default_rng([seed, count])
    special = random.choice(special_values(dtype), count)
    if dtype == "bool":
        return special
    if dtype in INTEGERS:
        limits = np.iinfo(dtype)
        ordinary = random.integers(limits.min, limits.max, count, dtype, endpoint=True)
    else:
        ordinary = (random.standard_normal(count) * 10.0 ** random.integers(-3, 4, count)).astype(dtype)
    return np.where(random.random(count) < 0.3, special, ordinary)


def pairs(dtype):
    special = special_values(dtype)
    left, right = np.repeat(special, len(special)), np.tile(special, len(special))
    return np.concatenate([left, any_values(dtype, 333, 1)]), np.concatenate([right, any_values(dtype, 333, 2)])


def same_bits(actual, expected):
    """As `same`, and zeros have the same sign."""
    same(actual, expected)
    if expected.dtype.kind == "f":
        numbers = ~np.isnan(expected)
        np.testing.assert_array_equal(np.signbit(np.array(actual))[numbers], np.signbit(expected)[numbers])


def integers_of(dtype, values):
    """Python integers wrapped to the dtype."""
    bits = np.iinfo(dtype).bits
    return np.array([value & ((1 << bits) - 1) for value in values], f"uint{bits}").view(dtype)


def expected_unary(name, x):
    if x.dtype.kind in "iu" and name in ("floor", "ceil", "trunc", "round"):
        return x
    if name == "reciprocal":
        return 1 / x
    return getattr(np, NUMPY_NAMES.get(name, name))(x)


def expected_binary(name, x, y):
    if x.dtype.kind in "iu" and name in ("floor_divide", "remainder"):
        divide = int.__floordiv__ if name == "floor_divide" else int.__mod__
        quotients = [divide(a, b) if b else 0 for a, b in zip(x.tolist(), y.tolist(), strict=True)]
        return integers_of(x.dtype, quotients)
    return getattr(np, NUMPY_NAMES.get(name, name))(x, y)


# ---- Values


@pytest.mark.parametrize(("name", "dtype"), cases(EXACT_UNARY))
def test_a_function_of_one_operand_equals_numpys(name, dtype):
    x = np.concatenate([special_values(dtype), any_values(dtype, 333)])
    same_bits(getattr(nd, name)(nd.asarray(x)), expected_unary(name, x))


@pytest.mark.parametrize(("name", "dtype"), cases(EXACT_BINARY))
def test_a_function_of_two_operands_equals_numpys(name, dtype):
    x, y = pairs(dtype)
    check = same if name in ("maximum", "minimum") else same_bits  # of 0 and -0 either may be the larger
    check(getattr(nd, name)(nd.asarray(x), nd.asarray(y)), expected_binary(name, x, y))


@pytest.mark.parametrize(("name", "dtype"), cases({**EXACT_BINARY, "pow": FLOATS}))
def test_one_operand_may_be_a_single_element(name, dtype):
    function = getattr(nd, name)
    many = nd.asarray(any_values(dtype, 203))
    for value in special_values(dtype):
        one, repeated = nd.asarray(np.array([value])), nd.asarray(np.full(203, value))
        if name == "pow" and value in (2, 3, 0.5, -1):
            continue  # more exact where the exponent is one for all
        same_bits(function(many, one), np.array(function(many, repeated)))
        same_bits(function(one, many), np.array(function(repeated, many)))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_powers_wrap(dtype):
    x, y = pairs(dtype)
    keep = y.astype("float64") >= 0
    x, y = x[keep], y[keep]
    bits = np.iinfo(dtype).bits
    expected = integers_of(dtype, [pow(a, b, 1 << bits) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
    same(nd.pow(nd.asarray(x), nd.asarray(y)), expected)


@pytest.mark.parametrize("dtype", INTEGERS)
def test_multiples_and_their_neighbours_divide_exactly(dtype):
    limits = np.iinfo(dtype)
    most = min(limits.max, 2**50)
    random = np.random.default_rng(11)
    b = (most ** random.uniform(0, 1, 3000)).astype(dtype)
    if limits.min:
        b = np.where(random.random(b.size) < 0.5, b, -b)
    quotient = (most // np.maximum(np.abs(b), 1) * random.uniform(-1 if limits.min else 0, 1, b.size)).astype("int64")
    exact = quotient * b.astype("int64") + random.integers(-1, 2, b.size)
    x = np.clip(exact, max(limits.min, -most), most).astype(dtype)
    assert (b != 0).all()
    same(nd.asarray(x) // nd.asarray(b), x // b)
    same(nd.asarray(x) % nd.asarray(b), x % b)
    for divisor in b[:40].tolist():
        same(nd.asarray(x) // divisor, x // b.dtype.type(divisor))
        same(nd.asarray(x) % divisor, x % b.dtype.type(divisor))


@pytest.mark.parametrize("dtype", INTEGERS)
def test_dividing_an_integer_by_zero_gives_zero(dtype):
    x, zero = nd.asarray(special_values(dtype)), nd.zeros(1, dtype=dtype)
    same(x // zero, np.zeros(x.size, dtype))
    same(x % zero, np.zeros(x.size, dtype))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64"])
def test_the_least_integer_wraps(dtype):
    least = nd.asarray(np.full(65, np.iinfo(dtype).min, dtype))
    for wrapped in (nd.negative(least), nd.abs(least), least // nd.asarray(np.array([-1], dtype))):
        same(wrapped, np.full(65, np.iinfo(dtype).min, dtype))
    same(least % nd.asarray(np.array([-1], dtype)), np.zeros(65, dtype))


# ---- Exponentials and their like


def error_function(x):
    """The error function by its series of positive terms, which loses nothing."""
    a = np.minimum(np.abs(x).astype("longdouble"), 7)  # 1 to the last place of every type from there
    term = total = a
    for n in range(1, 250):
        term = term * (2 * a * a) / (2 * n + 1)
        total = total + term
    return np.copysign(total * np.exp(-a * a) * (2 / np.sqrt(np.longdouble("3.14159265358979323846264338328"))), x)


def complement_of_the_error_function(x):
    """1 - erf(x): from 2 on its continued fraction, as the difference would lose digits."""
    wide = np.clip(x.astype("longdouble"), -7, 40)
    a = np.maximum(wide, 2)
    fraction = a
    for n in range(120, 0, -1):
        fraction = a + n / 2 / fraction
    top = a.astype("float32").astype("longdouble")  # few digits, so that its square is exact
    bell = np.exp(-top * top) * np.exp(-(a - top) * (a + top))
    far = bell / fraction / np.sqrt(np.longdouble("3.14159265358979323846264338328"))
    return np.where(wide < 2, 1 - error_function(np.minimum(wide, 2)), far)


def reference(name, x):
    """The function in the next wider type."""
    if name == "erf":
        return error_function(x)
    if name == "erfc":
        return complement_of_the_error_function(x)
    wide = x.astype("float64" if x.dtype == "float32" else "longdouble")
    if name == "sigmoid":
        return np.where(wide < 0, np.exp(wide) / (1 + np.exp(wide)), 1 / (1 + np.exp(-wide)))
    return getattr(np, NUMPY_NAMES.get(name, name))(wide)


def largest_error(actual, expected, dtype):
    """In units of the last place of the expected number; infinite where a special value is wrong."""
    limits = np.finfo(dtype)
    rounded = expected.astype(dtype)
    ordinary = np.isfinite(rounded) & np.isfinite(actual)
    wrong = ~ordinary & ~((actual == rounded) | (np.isnan(actual) & np.isnan(rounded)))
    # Beside the overflow threshold, infinity is one place away from the largest number.
    edge = wrong & (np.abs(expected) >= limits.max) & (np.isinf(actual) | (np.abs(actual) == limits.max))
    if (wrong & ~edge).any() or (np.signbit(actual) != np.signbit(rounded))[ordinary].any():
        return np.inf
    distance = np.abs(actual[ordinary] - expected[ordinary]) / np.spacing(np.abs(rounded[ordinary]))
    return max(distance.max(initial=0), edge.any())


def all_over(dtype):
    """Numbers of every exponent and both signs, and many of the magnitudes where functions bend."""
    random = np.random.default_rng(7)
    bits = 8 * np.dtype(dtype).itemsize
    patterns = random.integers(0, 2**bits - 1, 60_000, f"uint{bits}", endpoint=True).view(dtype)
    scales = np.repeat([1e-3, 0.1, 1, 4, 20, 100, 800, 10_000], 10_000)
    near_one = 1 + random.uniform(-1, 1, 20_000) * 10.0 ** random.uniform(-16, 0, 20_000)
    ordinary = np.concatenate([random.uniform(-1, 1, scales.size) * scales, near_one, -near_one])
    return np.concatenate([special_values(dtype), patterns, ordinary.astype(dtype)])


wide_reference = pytest.mark.skipif(np.finfo("longdouble").nmant < 60, reason="needs a type wider than float64")
float_dtypes = pytest.mark.parametrize("dtype", ["float32", pytest.param("float64", marks=wide_reference)])


@float_dtypes
@pytest.mark.parametrize("name", ULP)
def test_the_error_stays_within_the_stated_bound(name, dtype):
    x = all_over(dtype)
    actual = np.array(getattr(nd, name)(nd.asarray(x)))
    assert largest_error(actual, reference(name, x), dtype) <= ULP[name][dtype == "float64"]


@float_dtypes
def test_the_error_of_pow_stays_within_the_stated_bound(dtype):
    x = all_over(dtype)
    random = np.random.default_rng(8)
    y = random.permutation(x)
    largest = np.log(np.finfo(dtype).max)
    with np.errstate(all="ignore"):  # half of the exponents such that the result is an ordinary number
        fitting = (random.uniform(-1, 1, x.size) * largest / np.abs(np.log(np.abs(x)))).astype(dtype)
    y = np.where(random.random(x.size) < 0.5, fitting, y)
    x = np.where(random.random(x.size) < 0.7, np.abs(x), x)
    wide = "float64" if dtype == "float32" else "longdouble"
    expected = np.power(x.astype(wide), y.astype(wide))
    assert largest_error(np.array(nd.asarray(x) ** nd.asarray(y)), expected, dtype) <= ULP_OF_POW[dtype == "float64"]


@float_dtypes
@pytest.mark.parametrize("exponent", [2, 3, 0.5, -1])
def test_powers_with_loops_of_their_own_stay_within_the_bound_of_pow(exponent, dtype):
    x = all_over(dtype)
    wide = "float64" if dtype == "float32" else "longdouble"
    with np.errstate(all="ignore"):
        expected = np.power(x.astype(wide), np.full(x.size, exponent, wide))  # one alone would be a root
    assert largest_error(np.array(nd.asarray(x) ** exponent), expected, dtype) <= ULP_OF_POW[dtype == "float64"]


def pairs_all_over(dtype):
    """Pairs of numbers of every exponent, half of them of similar magnitude."""
    x = all_over(dtype)
    random = np.random.default_rng(9)
    with np.errstate(all="ignore"):
        near = (np.abs(x) * random.choice([-1, 1], x.size) * 10.0 ** random.uniform(-3, 3, x.size)).astype(dtype)
    return x, np.where(random.random(x.size) < 0.5, near, random.permutation(x))


@float_dtypes
@pytest.mark.parametrize("name", ULP_OF_TWO)
def test_the_error_of_functions_of_two_operands_stays_within_the_stated_bound(name, dtype):
    x, y = pairs_all_over(dtype)
    wide = "float64" if dtype == "float32" else "longdouble"
    expected = getattr(np, NUMPY_NAMES.get(name, name))(x.astype(wide), y.astype(wide))
    actual = np.array(getattr(nd, name)(nd.asarray(x), nd.asarray(y)))
    assert largest_error(actual, expected, dtype) <= ULP_OF_TWO[name][dtype == "float64"]


@float_dtypes
def test_the_error_of_logaddexp_stays_within_four_places_of_the_largest_number(dtype):
    x, y = pairs_all_over(dtype)
    wide = "float64" if dtype == "float32" else "longdouble"
    expected = np.logaddexp(x.astype(wide), y.astype(wide))
    actual = np.array(nd.logaddexp(nd.asarray(x), nd.asarray(y)))
    rounded = expected.astype(dtype)
    ordinary = np.isfinite(rounded)
    np.testing.assert_array_equal(actual[~ordinary], rounded[~ordinary])
    # Where the two parts cancel, the result is as exact as the larger one of them.
    scale = np.spacing(np.maximum(np.abs(rounded), np.abs(np.maximum(x, y)))[ordinary])
    assert (np.abs(actual[ordinary] - expected[ordinary]) / scale).max() <= 4


SPECIAL_POWERS = [  # base, exponent, result: annex F of the C standard
    *[(base, zero, 1.0) for base in (0.0, -0.0, 1.0, -2.0, np.inf, -np.inf, np.nan) for zero in (0.0, -0.0)],
    *[(1.0, exponent, 1.0) for exponent in (0.5, -3.0, 1e30, np.inf, -np.inf, np.nan)],
    *[(-1.0, np.inf, 1.0), (-1.0, -np.inf, 1.0), (-1.0, 3.0, -1.0), (-1.0, 1e30, 1.0)],
    *[(np.nan, 2.0, np.nan), (np.nan, -0.5, np.nan), (2.0, np.nan, np.nan), (-1.0, np.nan, np.nan)],
    *[(-2.0, 0.5, np.nan), (-1e-30, -1.5, np.nan), (-0.0, 0.5, 0.0), (-np.inf, 0.5, np.inf), (-np.inf, -0.5, 0.0)],
    *[(0.0, -3.0, np.inf), (-0.0, -3.0, -np.inf), (0.0, -2.0, np.inf), (-0.0, -2.0, np.inf), (-0.0, -0.5, np.inf)],
    *[(0.0, 3.0, 0.0), (-0.0, 3.0, -0.0), (0.0, 2.0, 0.0), (-0.0, 2.0, 0.0)],
    *[(0.0, np.inf, 0.0), (0.0, -np.inf, np.inf), (-0.0, np.inf, 0.0), (-0.0, -np.inf, np.inf)],
    *[(0.5, -np.inf, np.inf), (-0.5, -np.inf, np.inf), (2.0, -np.inf, 0.0), (-2.0, -np.inf, 0.0)],
    *[(0.5, np.inf, 0.0), (-0.5, np.inf, 0.0), (2.0, np.inf, np.inf), (-2.0, np.inf, np.inf)],
    *[(-np.inf, -3.0, -0.0), (-np.inf, -2.0, 0.0), (-np.inf, 3.0, -np.inf), (-np.inf, 2.0, np.inf)],
    *[(np.inf, -0.1, 0.0), (np.inf, 0.1, np.inf), (np.inf, np.inf, np.inf), (np.inf, -np.inf, 0.0)],
    *[(2.0, 1e30, np.inf), (2.0, -1e30, 0.0), (-2.0, 1e30, np.inf), (-10.0, 999.0, -np.inf), (-10.0, -999.0, -0.0)],
    *[(1e-40, 0.0, 1.0), (4.0, 0.5, 2.0), (-8.0, 3.0, -512.0), (2.0, 10.0, 1024.0), (2.0, -1.0, 0.5)],
]


@pytest.mark.parametrize("dtype", FLOATS)
def test_special_powers_are_those_of_the_c_standard(dtype):
    x, y, expected = (np.array(values, dtype) for values in zip(*SPECIAL_POWERS, strict=True))
    same_bits(nd.asarray(x) ** nd.asarray(y), expected)
    for base, exponent, power in zip(x, y, expected, strict=True):  # and where the exponent is one for all
        same_bits(nd.full(5, base, dtype=dtype) ** float(exponent), np.full(5, power))


SPECIAL = {
    "exp": [(-np.inf, 0.0), (np.inf, np.inf), (0.0, 1.0), (-0.0, 1.0)],
    "expm1": [(-np.inf, -1.0), (np.inf, np.inf), (0.0, 0.0), (-0.0, -0.0)],
    "log": [(0.0, -np.inf), (-0.0, -np.inf), (-1.0, np.nan), (-np.inf, np.nan), (np.inf, np.inf), (1.0, 0.0)],
    "log1p": [(-1.0, -np.inf), (-2.0, np.nan), (-np.inf, np.nan), (np.inf, np.inf), (0.0, 0.0), (-0.0, -0.0)],
    "sin": [(0.0, 0.0), (-0.0, -0.0), (np.inf, np.nan), (-np.inf, np.nan)],
    "cos": [(0.0, 1.0), (-0.0, 1.0), (np.inf, np.nan), (-np.inf, np.nan)],
    "erfc": [(0.0, 1.0), (-0.0, 1.0), (np.inf, 0.0), (-np.inf, 2.0), (np.nan, np.nan)],
    "erf": [(0.0, 0.0), (-0.0, -0.0), (np.inf, 1.0), (-np.inf, -1.0), (np.nan, np.nan)],
    "log2": [(0.0, -np.inf), (-0.0, -np.inf), (-1.0, np.nan), (np.inf, np.inf), (1.0, 0.0), (2.0**-149, -149.0)],
    "log10": [(0.0, -np.inf), (-0.0, -np.inf), (-1.0, np.nan), (np.inf, np.inf), (1.0, 0.0), (1000.0, 3.0)],
    "tan": [(0.0, 0.0), (-0.0, -0.0), (np.inf, np.nan), (-np.inf, np.nan)],
    "asin": [(0.0, 0.0), (-0.0, -0.0), (1.0, np.pi / 2), (-1.0, -np.pi / 2), (1.5, np.nan), (-np.inf, np.nan)],
    "acos": [(0.0, np.pi / 2), (-0.0, np.pi / 2), (1.0, 0.0), (-1.0, np.pi), (-1.5, np.nan), (np.inf, np.nan)],
    "atan": [(0.0, 0.0), (-0.0, -0.0), (np.inf, np.pi / 2), (-np.inf, -np.pi / 2), (1.0, np.pi / 4)],
    "sinh": [(0.0, 0.0), (-0.0, -0.0), (np.inf, np.inf), (-np.inf, -np.inf), (1000.0, np.inf)],
    "cosh": [(0.0, 1.0), (-0.0, 1.0), (np.inf, np.inf), (-np.inf, np.inf), (-1000.0, np.inf)],
    "asinh": [(0.0, 0.0), (-0.0, -0.0), (np.inf, np.inf), (-np.inf, -np.inf)],
    "acosh": [(1.0, 0.0), (0.5, np.nan), (-2.0, np.nan), (-np.inf, np.nan), (np.inf, np.inf)],
    "atanh": [(0.0, 0.0), (-0.0, -0.0), (1.0, np.inf), (-1.0, -np.inf), (1.5, np.nan), (-np.inf, np.nan)],
    "tanh": [(0.0, 0.0), (-0.0, -0.0), (np.inf, 1.0), (-np.inf, -1.0), (30.0, 1.0), (-30.0, -1.0)],
    "sigmoid": [(0.0, 0.5), (-0.0, 0.5), (np.inf, 1.0), (-np.inf, 0.0), (60.0, 1.0)],
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", SPECIAL)
def test_special_values_are_exact(name, dtype):
    x, expected = np.array([*SPECIAL[name], (np.nan, np.nan)], dtype).T
    same_bits(getattr(nd, name)(nd.asarray(np.ascontiguousarray(x))), np.ascontiguousarray(expected))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", [*ULP, *OF_TWO])
def test_a_result_does_not_depend_on_its_place(name, dtype):
    x, y = any_values(dtype, 150, 3), any_values(dtype, 150, 4)
    operands = [nd.asarray(x), nd.asarray(y)] if name in OF_TWO else [nd.asarray(x)]
    function = getattr(nd, name)
    whole = np.array(function(*operands))
    for start, stop in [(0, 1), (7, 8), (149, 150), (1, 150), (3, 20), (5, 70), (17, 146)]:
        same_bits(function(*[operand[start:stop] for operand in operands]), whole[start:stop])


# ---- Conversions


@pytest.mark.parametrize("source", DTYPES)
@pytest.mark.parametrize("target", DTYPES)
def test_a_conversion_equals_numpys_and_saturates_where_numpy_leaves_it_open(source, target):
    x = np.concatenate([special_values(source), any_values(source, 333)])
    if source in FLOATS and target in INTEGERS:
        limits = np.iinfo(target)
        whole = [0 if np.isnan(value) else int(max(min(value, 1e30), -1e30)) for value in x.tolist()]
        expected = np.array([max(limits.min, min(limits.max, value)) for value in whole], target)
    else:
        expected = x.astype(target)
    same_bits(nd.asarray(x).astype(target), expected)


# ---- Selection and reductions


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [1, 63, 64, 200])
def test_where_takes_elements_and_single_elements(dtype, count):
    condition = np.random.default_rng(count).random(count) < 0.5
    x, y = any_values(dtype, count, 1), any_values(dtype, count, 2)
    for a in (x, x[:1]):
        for b in (y, y[:1]):
            same_bits(nd.where(nd.asarray(condition), nd.asarray(a), nd.asarray(b)), np.where(condition, a, b))


LENGTHS = [1, 2, 15, 16, 17, 63, 64, 65, 129, 2047, 2048, 2049, 4097, 6144, 10_000]


@pytest.mark.parametrize("count", LENGTHS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_extrema_and_their_places(dtype, count):
    for x in (any_values(dtype, count), np.random.default_rng(1).integers(0, 3, count).astype(dtype)):
        array = nd.asarray(x)
        assert int(nd.argmax(array)) == np.argmax(x)
        assert int(nd.argmin(array)) == np.argmin(x)
        if dtype != "bool":
            same(nd.max(array), np.max(x))
            same(nd.min(array), np.min(x))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("place", [0, 5, 77, 2048, 2999])
def test_a_nan_comes_through_a_reduction(dtype, place):
    x = np.random.default_rng(place).standard_normal(3000).astype(dtype)
    x[place] = np.nan
    array = nd.asarray(x)
    assert int(nd.argmax(array)) == int(nd.argmin(array)) == place
    assert all(np.isnan(float(function(array))) for function in (nd.max, nd.min, nd.sum, nd.prod))


@pytest.mark.parametrize("count", LENGTHS)
@pytest.mark.parametrize("dtype", INTEGERS)
def test_integer_sums_are_exact(dtype, count):
    x = any_values(dtype, count)
    same(nd.sum(nd.asarray(x)), np.sum(x))
    same(nd.prod(nd.asarray(x)), np.prod(x))


@pytest.mark.parametrize("count", [*LENGTHS, 1_000_000])
def test_the_error_of_a_float_sum_grows_slowly(count):
    x = np.random.default_rng(count).random(count, "float32")
    exact = x.astype("float64").sum()
    # Three places and a half; adding one element after the other is off by hundreds.
    assert abs(float(nd.sum(nd.asarray(x))) - exact) <= 4e-7 * exact


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("step", [2, 3, 4, 5, -1, -2])
def test_a_strided_copy_at_every_length_up_to_several_vectors(step, dtype):
    x = any_values(dtype, 500)
    array = nd.asarray(x)
    for length in [*range(140), 141, 300, 499, 500]:
        same_bits(array[:length][::step].copy(), x[:length][::step])


# ---- Instruction sets


def run_with(isa, *arguments):
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "NEEDLE_ISA": isa},
        capture_output=True,
        text=True,
        check=False,
    )


def running_isa(isa):
    return run_with(isa, "-c", "import needle_ndarray as nd; print(nd.build_info()['isa'])").stdout.strip()


def test_an_unknown_instruction_set_gives_the_best_one():
    assert running_isa("v9") == running_isa("")


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="one instruction set on this processor")
@pytest.mark.skipif(bool(os.environ.get("NEEDLE_ISA")), reason="this is the run under another instruction set")
@pytest.mark.parametrize("isa", ["v2", "v3"])
def test_every_instruction_set_passes_these_tests(isa):
    if running_isa(isa) != f"x86-64-{isa}":
        pytest.skip(f"this processor does not run {isa}")
    if nd.build_info()["isa"] == f"x86-64-{isa}":
        pytest.skip("the set that these tests just ran on")
    result = run_with(isa, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", __file__)
    assert result.returncode == 0, result.stdout


def test_the_readme_states_the_errors_that_are_tested():
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `(\w+)` \| ([\d.]+) \| ([\d.]+) \|$", readme, re.MULTILINE)
    assert {name: (float(single), float(double)) for name, single, double in table} == STATED_ULP
