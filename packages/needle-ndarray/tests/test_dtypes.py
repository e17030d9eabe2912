"""Functions of dtypes, promotion, scalars, constants and the inspection of the namespace.

Oracles: array_api_strict for the standard's table, NumPy for limits.
"""

import itertools
import math
import operator
import re

import array_api_strict as strict
import needle_ndarray as nd
import numpy as np
import pytest
from needle_ndarray import DTypeError

from .support import DTYPES, FLOATS, INTEGERS, NUMERIC, promoted

STORED = ["float16", "bfloat16"]
ALL = [*DTYPES, *STORED]
KINDS = ["bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric"]


def dtype_of(name):
    return getattr(nd, name)


def standard(a, b):
    """The standard's dtype of a and b, or None where it has none."""
    try:
        return str(strict.result_type(getattr(strict, a), getattr(strict, b))).rpartition(".")[2]
    except TypeError:
        return None


def decided(a, b):
    """The dtype of a and b where the standard has none, as docs/design/0004 says; None: refused."""
    if "bool" in (a, b):
        return a if b == "bool" else b
    if a in FLOATS or b in FLOATS:
        return a if a in FLOATS else b
    return None


# ---- Promotion


@pytest.mark.parametrize("a", DTYPES)
@pytest.mark.parametrize("b", DTYPES)
def test_promotion_of_every_pair(a, b):
    expected = standard(a, b) or decided(a, b)
    if expected is None:
        assert {a, b} & {"uint64"}
        with pytest.raises(DTypeError, match=rf"no integer dtype holds both ({a} and {b}|{b} and {a}); convert"):
            nd.result_type(dtype_of(a), dtype_of(b))
        with pytest.raises(DTypeError, match="no integer dtype holds both"):
            nd.ones(2, dtype=a) * nd.ones(2, dtype=b)
        assert not nd.can_cast(dtype_of(a), dtype_of(b))
        return
    assert nd.result_type(dtype_of(a), dtype_of(b)) == expected == promoted(a, b)
    assert nd.result_type(nd.ones(2, dtype=a), nd.ones((), dtype=b)) == expected
    assert (nd.ones(2, dtype=a) * nd.ones((), dtype=b)).dtype == expected
    assert nd.can_cast(dtype_of(a), dtype_of(b)) == (expected == b)


@pytest.mark.parametrize("a", DTYPES)
@pytest.mark.parametrize("b", DTYPES)
def test_can_cast_wherever_the_standard_says_so(a, b):
    allowed = nd.can_cast(dtype_of(a), dtype_of(b))
    assert allowed == nd.can_cast(nd.zeros(3, dtype=a), dtype_of(b)) == nd.can_cast(a, np.dtype(b))
    if strict.can_cast(getattr(strict, a), getattr(strict, b)):
        assert allowed
    elif standard(a, b):
        assert not allowed


def test_promotion_does_not_depend_on_the_order():
    names = ["uint64", "int8", "float32", "float16", "bool"]
    for order in itertools.permutations(names):
        assert nd.result_type(*map(dtype_of, order)) == "float32"
    for order in itertools.permutations(["float16", "bfloat16", "int64"]):
        assert nd.result_type(*map(dtype_of, order)) == "float32"
    for order in itertools.permutations(["uint8", "int8", "uint32"]):
        assert nd.result_type(*map(dtype_of, order)) == "int64"


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize(
    "scalar", [True, 1, 1.0, np.bool_(True), np.int8(1), np.uint64(1), np.float32(1), np.float64(1)]
)
def test_scalars_are_weak(dtype, scalar):
    kind = np.asarray(scalar).dtype.kind
    expected = dtype
    if kind == "f" and dtype_of(dtype).kind != "f":
        expected = "float32"
    elif kind in "iu" and dtype == "bool":
        expected = "int64"
    x = nd.ones(3, dtype=dtype)
    assert nd.result_type(x, scalar) == nd.result_type(scalar, dtype_of(dtype)) == expected
    assert (x * scalar).dtype == (scalar * x).dtype == expected
    assert nd.multiply(x, scalar).dtype == nd.multiply(scalar, x).dtype == expected
    assert nd.where(nd.asarray([True, False, True]), x, scalar).dtype == expected


def test_result_type_of_scalars_alone_is_refused():
    for scalars in ((), (1,), (1.0, True), (np.float32(1),)):
        with pytest.raises(ValueError, match="result_type: expected at least one array or dtype"):
            nd.result_type(*scalars)


OPERATORS = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": operator.pow,
    "lt": operator.lt,
    "le": operator.le,
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
}


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("scalar", [np.float32(2), np.float64(2), np.int16(2), np.uint8(2), np.float16(2)])
@pytest.mark.parametrize("dtype", ["int32", "float32", "float64", "bfloat16"])
def test_numpy_scalars_on_either_side_are_as_pythons(name, scalar, dtype):
    x = nd.asarray([1, 2, 3], dtype=dtype)
    apply = OPERATORS[name]
    for actual, expected in ((apply(x, scalar), apply(x, scalar.item())), (apply(scalar, x), apply(scalar.item(), x))):
        assert isinstance(actual, nd.NDArray)
        assert actual.dtype == expected.dtype
        assert actual.tolist() == expected.tolist()


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_out_of_range_are_refused(dtype):
    limits = nd.iinfo(dtype)
    x = nd.ones(3, dtype=dtype)
    for value in (limits.max, limits.min):
        assert nd.full((2,), value, dtype=dtype).tolist() == [value, value]
        assert (x * value).dtype == dtype
    for value in (limits.max + 1, limits.min - 1, 2**70, -(2**70)):
        text = rf"the integer {value} is out of range for dtype {dtype}$"
        if not -(2**63) <= value < 2**64:
            text = rf"an integer of about .* is out of range for dtype {dtype}$"
        for use in (
            lambda value=value: x + value,
            lambda value=value: value - x,
            lambda value=value: nd.maximum(x, value),
            lambda value=value: nd.full((2,), value, dtype=dtype),
            lambda value=value: nd.asarray([value], dtype=dtype),
            lambda value=value: operator.setitem(x, 0, value),
            lambda value=value: operator.iadd(x, value),
            lambda value=value: x.fill(value),
        ):
            with pytest.raises(OverflowError, match=text):
                use()
        assert x.tolist() == [1, 1, 1]
        # Comparisons have an answer.
        assert (x < value).tolist() == [value > 0] * 3
        assert (x == value).tolist() == [False] * 3


def test_integers_beyond_the_largest_float_are_refused():
    for dtype in (*FLOATS, *STORED):
        with pytest.raises(
            OverflowError, match=f"^an integer of more than 308 digits is out of range for dtype {dtype}$"
        ):
            nd.ones(2, dtype=dtype) + 10**400


# ---- astype


@pytest.mark.parametrize("source", ALL)
@pytest.mark.parametrize("target", ALL)
def test_astype_of_every_pair(source, target):
    x = nd.asarray([[0, 1, 0], [1, 1, 0]], dtype=source)[:, ::-1]
    for out in (nd.astype(x, dtype_of(target)), x.astype(target), nd.astype(x, dtype_of(target), device=nd.cpu())):
        assert out.dtype == target
        assert out.shape == (2, 3)
        assert out.tolist() == [[0, 1, 0], [0, 1, 1]]
    assert (nd.astype(x, dtype_of(target), copy=False) is x) == (source == target)
    assert nd.astype(x, dtype_of(target)) is not x


# ---- Limits and kinds


@pytest.mark.parametrize("dtype", ["float16", *FLOATS])
def test_limits_of_floats(dtype):
    expected = np.finfo(dtype)
    for limits in (nd.finfo(dtype), nd.finfo(dtype_of(dtype)), nd.finfo(nd.ones((2, 2), dtype=dtype).T)):
        assert limits.dtype is dtype_of(dtype)
        for name in ("bits", "eps", "max", "min", "smallest_normal"):
            assert getattr(limits, name) == getattr(expected, name)
            assert type(getattr(limits, name)) is (int if name == "bits" else float)


def test_limits_of_bfloat16():
    limits = nd.finfo(nd.bfloat16)
    assert (limits.bits, limits.eps, limits.smallest_normal) == (16, 2.0**-7, 2.0**-126)
    assert limits.max == -limits.min == float.fromhex("0x1.fep127")
    for value in (limits.eps, limits.max, limits.min, limits.smallest_normal):
        assert nd.full((), value, dtype="bfloat16").item() == value
    assert nd.full((), limits.max * (1 + limits.eps / 2), dtype="bfloat16").item() == math.inf


@pytest.mark.parametrize("dtype", INTEGERS)
def test_limits_of_integers(dtype):
    expected = np.iinfo(dtype)
    for limits in (nd.iinfo(dtype), nd.iinfo(dtype_of(dtype)), nd.iinfo(nd.ones(3, dtype=dtype))):
        assert limits.dtype is dtype_of(dtype)
        assert (limits.bits, limits.max, limits.min) == (expected.bits, expected.max, expected.min)


def test_limits_are_printed():
    assert repr(nd.iinfo("int8")) == "iinfo(bits=8, dtype=int8, max=127, min=-128)"
    assert repr(nd.finfo("float16")) == (
        "finfo(bits=16, dtype=float16, eps=0.0009765625, max=65504.0, min=-65504.0, smallest_normal=6.103515625e-05)"
    )


def test_limits_of_another_kind_are_refused():
    with pytest.raises(
        DTypeError, match=r'^finfo: expected a floating-point dtype, not int32; write iinfo\("int32"\)$'
    ):
        nd.finfo(nd.int32)
    with pytest.raises(DTypeError, match=r'^iinfo: expected an integer dtype, not float32; write finfo\("float32"\)$'):
        nd.iinfo(nd.ones(2))
    for limits in (nd.finfo, nd.iinfo):
        with pytest.raises(DTypeError, match="not bool; bool has no limits"):
            limits(nd.bool)
        with pytest.raises(DTypeError, match="unknown dtype 'int3'"):
            limits("int3")


@pytest.mark.parametrize("dtype", DTYPES)
def test_kinds_are_those_of_the_standard(dtype):
    for kind in KINDS:
        expected = strict.isdtype(getattr(strict, dtype), kind)
        assert nd.isdtype(dtype_of(dtype), kind) is expected
        assert nd.isdtype(dtype_of(dtype), (kind, nd.int8)) is (expected or dtype == "int8")
    for other in DTYPES:
        assert nd.isdtype(dtype_of(dtype), dtype_of(other)) is (dtype == other)
    assert nd.isdtype(dtype, ()) is False


def test_kinds_of_storage_dtypes_and_unknown_kinds():
    for dtype in STORED:
        assert [kind for kind in KINDS if nd.isdtype(dtype, kind)] == ["real floating", "numeric"]
    with pytest.raises(ValueError, match='no kind of dtypes is called "float"; known are "bool", "signed integer"'):
        nd.isdtype(nd.float32, "float")
    with pytest.raises(DTypeError, match=r"expected a dtype, not an array; write x\.dtype"):
        nd.zeros(2, dtype=nd.zeros(2))


# ---- No complex numbers


@pytest.mark.parametrize("dtype", ["complex64", "complex128", complex, np.complex64, np.dtype("complex128")])
def test_complex_dtypes_are_refused(dtype):
    text = re.escape(f"{dtype!r} is complex, and Needle has no complex dtypes; keep the real and the imaginary part in")
    for use in (
        lambda: nd.zeros(2, dtype=dtype),
        lambda: nd.asarray([1.0], dtype=dtype),
        lambda: nd.astype(nd.ones(2), dtype),
        lambda: nd.ones(2).astype(dtype),
        lambda: nd.result_type(nd.float32, dtype),
        lambda: nd.finfo(dtype),
        lambda: nd.can_cast(nd.float32, dtype),
        lambda: nd.isdtype(nd.float32, (dtype,)) if not isinstance(dtype, str) else nd.isdtype(dtype, "bool"),
    ):
        with pytest.raises(DTypeError, match=text):
            use()


@pytest.mark.parametrize("number", [1j, 2 + 0j, np.complex64(1j), np.complex128(1)])
def test_complex_numbers_are_refused(number):
    x = nd.ones(2)
    for use in (
        lambda: x + number,
        lambda: number * x,
        lambda: x == number,
        lambda: nd.add(x, number),
        lambda: nd.asarray(number),
        lambda: nd.asarray([1.0, number]),
        lambda: nd.full((2,), number),
        lambda: operator.setitem(x, 0, number),
        lambda: operator.iadd(x, number),
        lambda: x.fill(number),
        lambda: nd.result_type(x, number),
        lambda: nd.where(x > 0, x, number),
    ):
        with pytest.raises(DTypeError, match="is complex, and Needle has no complex dtypes"):
            use()
    assert x.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
def test_complex_arrays_are_refused(dtype):
    values = np.ones(3, dtype)
    for use in (lambda: nd.asarray(values), lambda: nd.ones(3) + values, lambda: nd.asarray([values, values])):
        with pytest.raises(DTypeError, match="which are complex, are not supported; Needle has no complex dtypes, so"):
            use()


# ---- Constants and inspection


def test_constants():
    for name in ("e", "pi", "inf"):
        assert getattr(nd, name) == getattr(math, name)
        assert type(getattr(nd, name)) is float
    assert math.isnan(nd.nan)
    assert nd.newaxis is None
    assert nd.ones(3)[:, nd.newaxis].shape == (3, 1)


def test_inspection():
    info = nd.__array_namespace_info__()
    assert info.default_device() == nd.cpu()
    assert info.devices() == tuple(nd.all_devices())
    assert info.default_dtypes() == {"real floating": nd.float32, "integral": nd.int64, "indexing": nd.int64}
    assert info.default_dtypes(device=nd.cpu()) == info.default_dtypes(device="cpu") == info.default_dtypes()
    assert list(info.dtypes()) == list(info.dtypes(device=nd.cpu())) == DTYPES
    assert all(dtype is dtype_of(name) for name, dtype in info.dtypes().items())
    oracle = strict.__array_namespace_info__()
    for kind in (*KINDS, ("bool", "integral"), ("real floating",), ()):
        expected = {name for name in oracle.dtypes(kind=kind) if not name.startswith("complex")}
        assert set(info.dtypes(kind=kind)) == expected
    capabilities = info.capabilities()
    assert set(capabilities) == set(oracle.capabilities())
    most = capabilities["max dimensions"]
    assert nd.ones((1,) * most).ndim == most
    with pytest.raises(ValueError, match="at most"):
        nd.ones((1,) * (most + 1))
    with pytest.raises(ValueError, match='no kind of dtypes is called "float"'):
        info.dtypes(kind="float")
    with pytest.raises(nd.DeviceError):
        info.dtypes(device="tpu")
    with pytest.raises(nd.DeviceError):
        info.default_dtypes(device="tpu")


def test_the_namespace_of_an_array():
    x = nd.ones(2)
    assert x.__array_namespace__() is nd
    for version in ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12", None):
        assert x.__array_namespace__(api_version=version) is nd
    for version in ("2020.12", "2026.12", "", "latest"):
        with pytest.raises(ValueError, match=f'no version "{version}" known here; expected "2025.12" or an earlier'):
            x.__array_namespace__(api_version=version)
    with pytest.raises(TypeError, match="api_version must be a str"):
        x.__array_namespace__(api_version=2025)


def test_numeric_dtypes_are_all_but_bool():
    assert [name for name in DTYPES if nd.isdtype(name, "numeric")] == NUMERIC
