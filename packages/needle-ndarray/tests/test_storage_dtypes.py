"""float16 and bfloat16: every bit pattern, conversions from and to every dtype, and what computes with them."""

import copy
import pickle

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import _core

from .support import DTYPES, FLOATS, INTEGERS, in_layouts, numbers

STORED = ["float16", "bfloat16"]
PATTERNS = np.arange(65536, dtype=np.uint16)


@pytest.fixture(autouse=True)
def quiet_oracle():
    """NumPy's conversions warn of signalling NaN and of overflow."""
    with np.errstate(all="ignore"):
        yield


def bits(x):
    """The bit patterns of an array of 16-bit floats."""
    return np.array(_core.reinterpret(x, "uint16"))


def from_bits(patterns, dtype):
    """The array of 16-bit floats of these bit patterns."""
    return _core.reinterpret(nd.asarray(np.asarray(patterns, np.uint16)), dtype)


def widened(patterns, dtype):
    """The oracle's float32 of these bit patterns."""
    patterns = np.asarray(patterns, np.uint16)
    if dtype == "float16":
        return patterns.view(np.float16).astype(np.float32)
    return (patterns.astype(np.uint32) << np.uint32(16)).view(np.float32)


def rounded(values, dtype):
    """The oracle's bit patterns of floats or integers (float64 or Python's) rounded once; NaN becomes one NaN."""
    values = np.asarray(values, np.float64)
    digits, last = (11, -24) if dtype == "float16" else (8, -133)
    finite = np.where(np.isfinite(values), values, 0)
    place = np.maximum(np.frexp(finite)[1] - digits, last)
    nearest = np.ldexp(np.rint(np.ldexp(finite, -place)), place)
    largest = 65504.0 if dtype == "float16" else float.fromhex("0x1.fep127")
    nearest = np.where(np.abs(nearest) > largest, np.copysign(np.inf, nearest), nearest)
    nearest = np.copysign(np.where(np.isfinite(values), nearest, values), values).astype(np.float32)
    if dtype == "float16":
        return nearest.astype(np.float16).view(np.uint16)
    return (nearest.view(np.uint32) >> np.uint32(16)).astype(np.uint16)


def assert_rounds(x, values, dtype):
    expected = rounded(values, dtype)
    nans = np.isnan(np.asarray(values, np.float64))
    assert x.dtype == dtype
    np.testing.assert_array_equal(bits(x)[~nans], expected[~nans])
    assert np.isnan(np.asarray(x.astype("float32"))[nans]).all()
    np.testing.assert_array_equal(bits(x)[nans] >> 15, np.signbit(np.asarray(values)[nans]))


def difficult(dtype, source):
    """Values of `source` at, just above and just below every number of `dtype` and every middle between two."""
    with np.errstate(over="ignore", invalid="ignore"):
        numbers = np.sort(widened(PATTERNS[np.isfinite(widened(PATTERNS, dtype))], dtype).astype(np.float64))
        middles = (numbers[1:] + numbers[:-1]) / 2
        ends = np.array([numbers[-1] + (numbers[-1] - numbers[-2]) / 2, np.inf, np.nan, 1e300])
        values = np.concatenate([numbers, middles, ends, -ends]).astype(source)
        return np.concatenate([values, np.nextafter(values, np.inf), np.nextafter(values, -np.inf)], dtype=source)


# ---- Conversions


@pytest.mark.parametrize("dtype", STORED)
@pytest.mark.parametrize("wide", FLOATS)
def test_every_bit_pattern_widens_exactly_and_comes_back(dtype, wide):
    x = from_bits(PATTERNS, dtype)
    expected = widened(PATTERNS, dtype).astype(wide)
    actual = np.asarray(x.astype(wide))
    np.testing.assert_array_equal(actual, expected)
    np.testing.assert_array_equal(np.signbit(actual), np.signbit(expected))
    back, nans = bits(x.astype(wide).astype(dtype)), np.isnan(expected)
    np.testing.assert_array_equal(back[~nans], PATTERNS[~nans])
    assert np.isnan(widened(back[nans], dtype)).all()
    np.testing.assert_array_equal(back[nans] >> 15, PATTERNS[nans] >> 15)


@pytest.mark.parametrize("dtype", STORED)
@pytest.mark.parametrize("source", FLOATS)
def test_rounding_is_to_the_nearest_and_halves_to_even(dtype, source):
    values = difficult(dtype, source)
    assert_rounds(nd.asarray(values).astype(dtype), values, dtype)


@pytest.mark.parametrize("dtype", STORED)
def test_conversions_do_not_depend_on_where_an_element_stands(dtype):
    x = from_bits(PATTERNS[::7], dtype)
    wide = _core.reinterpret(x.astype("float32"), "uint32")
    narrow = bits(x.astype("float32").astype(dtype))
    for start in (1, 3, 63):
        rest = x[start:].copy().astype("float32")
        assert _core.reinterpret(rest, "uint32").tolist() == wide[start:].tolist()
        assert bits(rest.astype(dtype)).tolist() == narrow[start:].tolist()
    assert [_core.reinterpret(x[i].astype("float32"), "uint32").item() for i in range(0, x.size, 5)] == wide[
        ::5
    ].tolist()


def test_float16_rounds_as_numpy_does():
    for source in FLOATS:
        values = difficult("float16", source)
        values = values[~np.isnan(values)]
        with np.errstate(over="ignore"):
            expected = values.astype(np.float16)
        np.testing.assert_array_equal(bits(nd.asarray(values).astype("float16")), expected.view(np.uint16))


def test_bfloat16_of_float32_is_its_upper_half_rounded():
    random = np.random.default_rng(0).integers(0, 2**32, 200_000, dtype=np.uint32)
    random = random[np.isfinite(random.view(np.float32))]
    odd = (random >> np.uint32(16)) & np.uint32(1)
    expected = ((random + np.uint32(0x7FFF) + odd) >> np.uint32(16)).astype(np.uint16)
    np.testing.assert_array_equal(bits(nd.asarray(random.view(np.float32)).astype("bfloat16")), expected)


def test_float64_is_rounded_once():
    # Through float32, which drops the last bit, each of these would be rounded as the middle that it is not.
    for dtype, one_up in (("float16", 2.0**-10), ("bfloat16", 2.0**-7)):
        value = 1 + one_up / 2 + 2.0**-40
        assert nd.asarray([value], dtype="float64").astype(dtype).item() == 1 + one_up
        assert nd.full((), value, dtype=dtype).item() == 1 + one_up


@pytest.mark.parametrize("dtype", STORED)
@given(st.floats() | st.floats(-70000, 70000) | st.floats(-1e-6, 1e-6))
def test_any_float64(dtype, value):
    values = np.full(70, value)  # whole vectors and a rest
    assert_rounds(nd.asarray(values).astype(dtype), values, dtype)


@pytest.mark.parametrize("dtype", STORED)
@pytest.mark.parametrize("source", ["bool", *INTEGERS])
def test_integers_are_rounded_once(dtype, source):
    if source == "bool":
        values = np.array([False, True])
    else:
        limits = np.iinfo(source)
        values = np.array([0, 1, limits.max, limits.min, limits.max - 1, limits.min + 1], source)
        random = np.random.default_rng(0).integers(limits.min, limits.max, 5000, source, endpoint=True)
        values = np.concatenate([values, random, random >> 3, random // 100])
    exact = np.array([float_to_odd(int(value)) for value in values])
    assert_rounds(nd.asarray(values).astype(dtype), exact, dtype)


def float_to_odd(value):
    """An integer as a float whose last bit stands for the bits that are lost: it rounds further as the integer does."""
    lost = max(abs(value).bit_length() - 53, 0)
    kept = abs(value) >> lost
    kept |= kept << lost != abs(value)
    return float(kept << lost) * (-1 if value < 0 else 1)


@pytest.mark.parametrize("dtype", STORED)
def test_integers_that_a_float32_rounds_to_a_middle(dtype):
    value = 2**30 + 2**22 + 1  # just above the middle between two numbers of bfloat16
    expected = float("inf") if dtype == "float16" else 2.0**30 + 2**23
    for source in ("int32", "int64", "uint64"):
        assert nd.asarray([value], dtype=source).astype(dtype).item() == expected
    assert nd.full((), value, dtype=dtype).item() == expected
    assert nd.asarray([2**62 + 2**54 + 1]).astype("bfloat16").item() == 2.0**62 + 2**55
    assert nd.full((), 2**62 + 2**54 + 1, dtype="bfloat16").item() == 2.0**62 + 2**55


@pytest.mark.parametrize("dtype", STORED)
@pytest.mark.parametrize("target", DTYPES)
def test_conversion_to_every_dtype_is_that_of_the_float32(dtype, target):
    x = from_bits(PATTERNS, dtype)
    np.testing.assert_array_equal(
        np.asarray(x.astype(target)), np.asarray(nd.asarray(widened(PATTERNS, dtype)).astype(target))
    )


def test_conversions_between_the_two():
    values = widened(PATTERNS, "float16")
    assert_rounds(from_bits(PATTERNS, "float16").astype("bfloat16"), values, "bfloat16")
    values = widened(PATTERNS, "bfloat16")
    assert_rounds(from_bits(PATTERNS, "bfloat16").astype("float16"), values, "float16")


@pytest.mark.parametrize("dtype", STORED)
@pytest.mark.parametrize("source", DTYPES)
def test_conversions_in_every_layout(dtype, source):
    values = numbers(source, (7, 3, 65))
    for name, layout in in_layouts(values):
        x = nd.asarray(layout).astype(dtype)
        np.testing.assert_array_equal(np.asarray(x.astype(source)), values, err_msg=name)


# ---- Arrays of them


@pytest.mark.parametrize("dtype", STORED)
def test_creation(dtype):
    assert nd.zeros((2, 3), dtype=dtype).tolist() == [[0.0] * 3] * 2
    assert nd.ones(2, dtype=dtype).tolist() == [1.0, 1.0]
    assert nd.full((2,), -2.5, dtype=dtype).tolist() == [-2.5, -2.5]
    assert nd.empty((4, 2), dtype=dtype).nbytes == 16
    assert nd.eye(2, dtype=dtype).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert nd.arange(4, dtype=dtype).tolist() == [0.0, 1.0, 2.0, 3.0]
    assert nd.arange(0, 1, 0.25, dtype=dtype).tolist() == [0.0, 0.25, 0.5, 0.75]
    assert nd.asarray([1, 2.5], dtype=dtype).dtype == dtype
    assert nd.asarray([nd.ones((), dtype=dtype), 2.5]).dtype == dtype
    assert nd.zeros_like(nd.ones(3, dtype=dtype)).dtype == dtype
    assert nd.empty((0, 3), dtype=dtype).tolist() == []
    assert nd.asarray(float("1e300"), dtype=dtype).item() == float("inf")


@pytest.mark.parametrize("dtype", STORED)
def test_views_copies_and_indices(dtype):
    values = numbers("float32", (4, 5, 6))
    x = nd.asarray(values).astype(dtype)

    def check(actual, expected):
        assert actual.dtype == dtype
        np.testing.assert_array_equal(np.asarray(actual.astype("float32")), expected)

    check(x.permute(2, 0, 1), values.transpose(2, 0, 1))
    check(x.permute(2, 0, 1).compact(), values.transpose(2, 0, 1))
    check(x[::-2, 1, ..., None].copy(), values[::-2, 1, ..., None])
    check(nd.take(x, nd.asarray([3, 0, 3]), axis=1), values[:, [3, 0, 3]])
    check(nd.concat([x, x], axis=1), np.concatenate([values, values], axis=1))
    check(nd.stack([x, x]), np.stack([values, values]))
    check(x[0].broadcast_to(3, 5, 6), np.broadcast_to(values[0], (3, 5, 6)))
    target, expected = x.copy(), values.copy()
    target[1:3, ::2] = nd.asarray(7)
    expected[1:3, ::2] = 7
    target[0] = nd.asarray(values[3].astype("float64"))
    expected[0] = values[3]
    check(target, expected)
    target.fill(0.5)
    check(target, np.full_like(values, 0.5))


@pytest.mark.parametrize("dtype", STORED)
def test_python_numbers_text_and_pickles(dtype):
    x = nd.asarray([[0.1, -2.0], [float("inf"), 1e-7]], dtype=dtype)
    assert x.tolist() == np.asarray(x.astype("float64")).tolist()
    assert x[0, 1].item() == float(x[0, 1]) == -2.0
    assert f"{x[0, 1]:.2f}" == "-2.00"
    assert repr(x[0]) == f"array([ 0.1, -2. ], dtype={dtype})"
    for twin in (pickle.loads(pickle.dumps(x)), pickle.loads(pickle.dumps(x.T)).T, copy.deepcopy(x)):
        assert twin.dtype == dtype
        np.testing.assert_array_equal(bits(twin), bits(x))
    assert pickle.loads(pickle.dumps(x.dtype)) == dtype
    assert x.dtype.itemsize == 2
    assert x.dtype.kind == "f"


def test_float16_shares_memory_with_numpy_both_ways():
    values = np.array([1.5, -2.0, 65504.0], np.float16)
    x = nd.asarray(values)
    assert x.dtype == nd.float16 == np.float16
    values[0] = 7
    assert x.tolist() == [7.0, -2.0, 65504.0]
    assert x.numpy().dtype == np.float16
    assert np.shares_memory(x.numpy(), values)
    assert memoryview(x).format == "e"
    assert np.float16(2).dtype == nd.asarray(np.float16(2)).dtype


def test_bfloat16_tells_how_to_reach_numpy():
    x = nd.ones(3, dtype="bfloat16")
    with pytest.raises(nd.DTypeError, match=r"NumPy has no bfloat16; write x\.astype\(nd\.float32\)\.numpy\(\)"):
        x.numpy()
    with pytest.raises(nd.DTypeError, match="no bfloat16"):
        np.asarray(x)
    with pytest.raises(BufferError, match="no bfloat16"):
        memoryview(x)
    assert x.astype(nd.float32).numpy().tolist() == [1.0, 1.0, 1.0]


# ---- Computing


def test_promotion():
    assert nd.result_type("float16", "float16") == "float16"
    assert nd.result_type("float16", "bfloat16") == "float32"
    for dtype in STORED:
        assert nd.result_type(dtype, "float32") == "float32"
        assert nd.result_type("float64", dtype) == "float64"
        for integer in ("bool", *INTEGERS):
            assert nd.result_type(dtype, integer) == dtype
        x = nd.ones(2, dtype=dtype)
        assert (x + 1).dtype == (2.5 * x).dtype == (x + True).dtype == (x + np.float64(2)).dtype == dtype
        assert (x + nd.ones(2)).dtype == "float32"


def elementwise(count):
    """The names of the elementwise functions of so many arrays that are defined for floats."""
    names = []
    for name in sorted(set(vars(nd.elementwise)) & set(dir(nd))):
        function = getattr(nd, name)
        if not callable(function) or name in ("DTypeError", "asarray", "nextafter", "where", "clip", "pow"):
            continue
        try:
            function(*[nd.ones(2)] * count)
        except TypeError:  # another number of arguments, or another kind of dtype
            continue
        names.append(name)
    return names


def assert_computed_in_float32(name, dtype, *arrays):
    function = getattr(nd, name)
    exact, actual = function(*[x.astype("float32") for x in arrays]), function(*arrays)
    if exact.dtype == "float32":
        assert_rounds(actual.reshape(-1), np.asarray(exact).astype(np.float64).reshape(-1), dtype)
    else:
        assert actual.dtype == exact.dtype
        np.testing.assert_array_equal(np.asarray(actual), np.asarray(exact))


@pytest.mark.parametrize("dtype", STORED)
@pytest.mark.parametrize("name", elementwise(1))
def test_functions_of_one_array_are_computed_in_float32_and_rounded_once(dtype, name):
    assert_computed_in_float32(name, dtype, from_bits(PATTERNS, dtype))
    assert_computed_in_float32(name, dtype, from_bits(PATTERNS, dtype).reshape(256, 256).T[::-3])


@pytest.mark.parametrize("dtype", STORED)
@pytest.mark.parametrize("name", [*elementwise(2), "pow"])
def test_functions_of_two_arrays_are_computed_in_float32_and_rounded_once(dtype, name):
    patterns = np.random.default_rng(0).integers(0, 65536, (2, 16, 1200)).astype(np.uint16)
    a, b = (from_bits(pattern, dtype) for pattern in patterns)
    assert_computed_in_float32(name, dtype, a, b)
    assert_computed_in_float32(name, dtype, a[:, ::-2], b[3, 1::2])


def test_the_elementwise_functions_were_found():
    assert {"exp", "negative", "isnan", "logical_not", "floor"} <= set(elementwise(1))
    assert {"add", "divide", "maximum", "less", "equal", "remainder"} <= set(elementwise(2))


@pytest.mark.parametrize("dtype", STORED)
def test_neighbours_are_refused(dtype):
    with pytest.raises(nd.DTypeError, match=f"nextafter: numbers of {dtype} are computed with in float32"):
        nd.nextafter(nd.ones(2, dtype=dtype), 2.0)


@pytest.mark.parametrize("dtype", STORED)
def test_scalars_are_rounded_to_the_dtype_first(dtype):
    x = nd.full((3,), 0.1, dtype=dtype)
    assert (x == 0.1).tolist() == [True, True, True]
    assert (x - 0.1).tolist() == [0.0, 0.0, 0.0]
    assert nd.where(nd.asarray([True, False, True]), x, 0.1).tolist() == x.tolist()


@pytest.mark.parametrize("dtype", STORED)
def test_in_place_and_out(dtype):
    x = nd.asarray([1.0, 2.0, 3.0], dtype=dtype)
    before = x
    x += 1
    x *= nd.asarray([2.0, 2.0, 0.5])
    assert x is before
    assert x.dtype == dtype
    assert x.tolist() == [4.0, 6.0, 2.0]
    out = nd.zeros(3, dtype=dtype)
    nd.add(x, nd.ones(3), out=out[::-1])
    assert out.tolist() == [3.0, 7.0, 5.0]
    wide = nd.zeros(3)
    third = nd.asarray([1 / 3, 2 / 3, 4 / 3], dtype=dtype)
    assert nd.exp(third, out=wide).tolist() == nd.exp(third).tolist() == wide.tolist()
    assert nd.multiply(third, third, out=wide).tolist() == (third * third).tolist()
    with pytest.raises(nd.DTypeError):
        nd.bitwise_and(x, x)


@pytest.mark.parametrize("dtype", STORED)
def test_reductions_accumulate_in_float32(dtype):
    x = nd.ones((3, 5000), dtype=dtype)
    assert x.sum(axis=1).dtype == dtype
    assert x.sum(axis=1).tolist() == [rounding(5000, dtype)] * 3
    assert x.T.sum(axis=0).tolist() == [rounding(5000, dtype)] * 3
    large = nd.full((1000,), 60000.0, dtype=dtype)
    assert large.mean().item() == rounding(60000.0, dtype)  # the sum is beyond float16
    values = numbers("float32", (6, 7))
    y = nd.asarray(values).astype(dtype)
    assert y.max(axis=0).tolist() == values.max(axis=0).tolist()
    assert y.argmin(axis=1).tolist() == values.argmin(axis=1).tolist()
    assert y.argmax().item() == values.argmax()
    assert y.any(axis=0).dtype == nd.bool
    assert y.T.all(axis=0).tolist() == values.all(axis=1).tolist()
    assert nd.prod(nd.asarray([2.0, 0.5, 3.0], dtype=dtype)).item() == 3.0
    assert nd.sum(nd.empty((0, 2), dtype=dtype), axis=0).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("dtype", STORED)
def test_logsumexp_is_rounded_once(dtype):
    x = nd.arange(3000, dtype="float32").reshape(3, 1000).astype(dtype) * 1e-3
    exact = nd.logsumexp(x.astype("float32"), axis=1)
    assert_rounds(nd.logsumexp(x, axis=1), np.asarray(exact).astype(np.float64), dtype)
    assert nd.logsumexp(x, axis=(0, 1), keepdims=True).shape == (1, 1)


def rounding(value, dtype):
    return nd.asarray([float(value)]).astype(dtype).item()


@pytest.mark.parametrize("dtype", STORED)
def test_matmul_accumulates_in_float32(dtype):
    random = np.random.default_rng(0)
    a = nd.asarray(random.standard_normal((2, 17, 300)).astype("float32")).astype(dtype)
    b = nd.asarray(random.standard_normal((300, 9)).astype("float32")).astype(dtype)
    exact = nd.matmul(a.astype("float32"), b.astype("float32"))
    product = a @ b
    assert_rounds(product.reshape(-1), np.asarray(exact).astype(np.float64).reshape(-1), dtype)
    assert (nd.ones((1, 3000), dtype=dtype) @ nd.ones(3000, dtype=dtype)).item() == rounding(3000, dtype)
    assert (nd.ones((0, 3), dtype=dtype) @ nd.ones((3, 2), dtype=dtype)).dtype == dtype
    assert (a[0] @ b.astype("float32")).dtype == "float32"


@pytest.mark.parametrize("dtype", STORED)
def test_index_add_is_rounded_at_the_end(dtype):
    x = nd.zeros((2, 3), dtype=dtype)
    nd.index_add(x, nd.zeros(5000, dtype=nd.int64), nd.ones((5000, 3), dtype=dtype))
    assert x.tolist() == [[rounding(5000, dtype)] * 3, [0.0] * 3]


def test_random_draws_name_the_dtypes_that_they_have():
    with pytest.raises(nd.DTypeError, match="float32 or float64, not float16"):
        nd.random.Generator(0).uniform((2,), dtype=nd.float16)
