"""repr and str, character by character as NumPy's but for what is decided otherwise.

Decided otherwise: repr leaves out the dtypes of Python's own numbers, which are float32, int64 and bool, and names
float64; str of one float of either dtype is written as Python writes floats.
"""

import math
import re
import threading

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .support import DTYPES, FLOATS, INTEGERS, numbers

SHAPES = [(1,), (3,), (7,), (20,), (60,), (2, 3), (3, 1, 2), (40, 3), (2, 2, 2, 2), (1, 1, 1), (1, 30)]
LARGE = [(1001,), (1000,), (50, 30), (7, 300), (300, 2), (11, 11, 11), (6, 7, 40), (8, 1, 200), (2, 501)]
# NumPy 2.3 brought exponents for float32 from 1e6 on, and the shape of what is summarized.
NEW_RULES = np.lib.NumpyVersion(np.__version__) >= "2.3.0"


def check(values):
    """Compares both texts with NumPy's."""
    x = nd.asarray(values)
    assert str(x) == str(values)
    body = np.array2string(values, separator=", ", prefix="array(", suffix=")")
    extras = [f"shape={values.shape}"] * (values.size > 1000)
    extras += [f"dtype={values.dtype.name}"] * (values.dtype.name not in ("float32", "int64", "bool"))
    text = repr(x)
    assert text.startswith(f"array({body}")
    assert re.sub(r"\s+", " ", text.removeprefix(f"array({body}")) == "".join(f", {extra}" for extra in extras) + ")"
    assert max(map(len, text.split("\n"))) <= max(75, max(map(len, body.split("\n"))) + 7)


def moderate(values):
    """Without float32 of which NumPy's versions think differently."""
    values = np.asarray(values)
    sizes = np.abs(values[np.isfinite(values)])
    if values.dtype == "float32" and not NEW_RULES and sizes.size and 1e6 <= sizes.max() < 1e8:
        return np.where(np.isfinite(values), values / np.float32(1000), values)
    return values


@pytest.mark.parametrize("shape", [*SHAPES, *LARGE])
@pytest.mark.parametrize("dtype", FLOATS)
def test_floats_of_every_size(dtype, shape):
    random = np.random.default_rng(0)
    normal = random.standard_normal(shape)
    rare = random.random(shape) < 0.1
    for values in (
        *[normal, normal * 1e3, normal * 1e-3, normal * 1e7, normal * 1e9, normal * 1e-9, np.round(normal * 100)],
        *[np.round(normal, 1), np.round(normal, 3), normal * 10.0 ** random.integers(-20, 20, shape), normal * 0],
        *[
            np.where(rare, np.nan, normal),
            np.where(rare, -np.inf, np.round(normal)),
            np.where(rare, np.inf, 1e9),
        ],
        *[np.full(shape, np.nan), np.full(shape, np.inf), np.where(rare, 0, normal * 1e-12), -np.abs(normal)],
    ):
        check(moderate(values.astype(dtype)))


@pytest.mark.parametrize("shape", [*SHAPES, *LARGE])
@pytest.mark.parametrize("dtype", ["bool", *INTEGERS])
def test_integers_and_booleans(dtype, shape):
    check(numbers(dtype, shape))
    check(np.ones(shape, dtype))
    if dtype != "bool":
        limits = np.iinfo(dtype)
        check(np.random.default_rng(0).choice(np.array([limits.min, 0, 7, limits.max], dtype), shape))


@given(st.lists(st.floats(width=32), min_size=1, max_size=8))
def test_any_float32(values):
    check(moderate(np.array(values, "float32")))


@given(st.lists(st.floats(), min_size=1, max_size=8))
def test_any_float64(values):
    check(np.array(values))


def test_powers_of_two_are_written_as_short_as_can_be():
    with np.errstate(over="ignore", under="ignore"):
        for exponent in range(-149, 128):
            check(moderate(np.array([2.0**exponent], "float32")))
            check(moderate(np.array([np.nextafter(np.float32(2.0**exponent), np.float32(0))])))
        for exponent in range(-1074, 1024, 7):
            check(np.array([2.0**exponent, 1.0]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_one_element_without_axes(dtype):
    for value in (0, 1, 7, 0.5, -3, 0.1, 1 / 3, 123456.789) if dtype in FLOATS else (0, 1, 7):
        values = np.array(value, dtype)
        x = nd.asarray(values)
        assert str(x) == str(values)
        suffix = "" if dtype in ("float32", "int64", "bool") else f", dtype={dtype}"
        assert repr(x) == f"array({np.array2string(values, separator=', ')}{suffix})"


def test_one_float_is_written_as_python_writes_floats():
    assert str(nd.asarray(1e7)) == "10000000.0"
    assert str(nd.asarray(1e20)) == "1e+20"
    assert str(nd.asarray(1e-5)) == "1e-05"
    assert str(nd.asarray(0.1)) == "0.1"  # and not the digits of the nearest float32
    assert str(nd.asarray(0.1, dtype="float64")) == "0.1"
    assert str(nd.asarray(float("nan"))) == "nan"
    assert str(nd.asarray(-float("inf"))) == "-inf"


@pytest.mark.parametrize(
    ("shape", "dtype", "text"),
    [
        ((0,), "float32", "array([], dtype=float32)"),
        ((2, 0), "int64", "array([], shape=(2, 0), dtype=int64)"),
        ((0, 3, 1), "bool", "array([], shape=(0, 3, 1), dtype=bool)"),
    ],
)
def test_empty_arrays_show_shape_and_dtype(shape, dtype, text):
    x = nd.zeros(shape, dtype=dtype)
    assert repr(x) == text
    assert str(x) == "[]" == str(np.zeros(shape))


def test_views_print_what_they_show():
    values = np.arange(2400.0, dtype="float32").reshape(40, 60)
    for view in (np.s_[::-1], np.s_[:, ::7], np.s_[3], np.s_[..., None], np.s_[5:8, 10:2:-3]):
        assert str(nd.asarray(values)[view]) == str(values[view])
    assert str(nd.asarray(values).T) == str(values.T)
    assert str(nd.broadcast_to(nd.asarray(values[0]), (2000, 60))) == str(np.broadcast_to(values[0], (2000, 60)))


def test_a_huge_view_is_printed_at_once():
    shape = (2**29, 2**29)
    assert str(nd.broadcast_to(nd.asarray(1), shape)) == str(np.broadcast_to(1, shape))


def test_the_dtype_goes_to_a_line_of_its_own_where_it_would_be_too_long():
    texts = []
    for size in range(1, 70):
        values = np.arange(size, dtype="int8")
        texts.append(repr(nd.asarray(values)))
        assert texts[-1] == repr(values)
    assert any("],\n      dtype=int8)" in text for text in texts)


def test_many_axes():
    values = np.arange(64).reshape((2,) * 6)
    assert str(nd.asarray(values)) == str(values)
    deep = np.ones((1,) * 64)
    assert str(nd.asarray(deep)) == str(deep)


def test_formats():
    x = nd.asarray(3.14159)
    assert f"{x:.2f}" == "3.14"
    assert f"{nd.asarray(7):03d}" == "007"
    assert f"{x}" == str(x.item())
    assert f"{nd.asarray([1, 2])}" == "[1 2]"
    assert f"{nd.asarray([[3.14159]]):.2f}" == "3.14"
    assert f"{nd.asarray([1, 2]):>8}" == "   [1 2]"
    assert f"{nd.asarray([3])}" == "[3]"
    with pytest.raises(ValueError, match=r'format: ".2f" formats one element, but the shape is \(2,\)'):
        f"{nd.asarray([1.0, 2.0]):.2f}"
    with pytest.raises(ValueError, match="Unknown format code"):
        f"{nd.asarray(1.5):d}"


OPTIONS = [
    *[{"precision": digits} for digits in (0, 1, 3, 5, 8, 12, 17)],
    *[{"suppress": True}, {"suppress": True, "precision": 3}, {"suppress": True, "precision": 12}],
    *[{"threshold": 5}, {"threshold": 0}, {"threshold": math.inf}, {"threshold": 5, "edgeitems": 1}],
    *[{"edgeitems": 5, "threshold": 20}, {"linewidth": 30}, {"linewidth": 1}],
    {"linewidth": 120, "precision": 2, "threshold": 10, "suppress": True, "edgeitems": 2},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options_do_what_numpys_do(options):
    random = np.random.default_rng(0)
    with np.printoptions(**options), nd.printoptions(**options):
        for shape in ((3,), (11,), (4, 5), (2, 7, 3), (1, 30)):
            normal = random.standard_normal(shape)
            for values in (
                *[normal, normal * 1e-6, normal * 1e5, normal * 1e12, np.round(normal * 20), normal * 0],
                *[normal * 10.0 ** random.integers(-12, 3, shape), np.where(normal > 0.5, np.nan, normal)],
            ):
                assert str(nd.asarray(values)) == str(values)
                assert repr(nd.asarray(values)).startswith(
                    f"array({np.array2string(values, separator=', ', prefix='array(', suffix=')')}"
                )
                assert str(nd.asarray(moderate(values.astype("float32")))) == str(moderate(values.astype("float32")))
            for dtype in ("bool", "int16"):
                assert str(nd.asarray(numbers(dtype, shape))) == str(numbers(dtype, shape))


def test_a_summary_without_edges():
    with nd.printoptions(threshold=1, edgeitems=0):
        assert str(nd.asarray([1.5, 2.5])) == "[...]"
        assert repr(nd.zeros((3, 3))) == "array([...], shape=(3, 3))"


def test_options_last_as_long_as_they_should():
    x = nd.asarray([1 / 3], dtype="float64")
    assert nd.get_printoptions() == {
        **{"precision": 8, "threshold": 1000, "edgeitems": 3, "linewidth": 75, "suppress": False}
    }
    with nd.printoptions(precision=2) as options:
        assert options == nd.get_printoptions()
        assert str(x) == "[0.33]"
        seen = []
        thread = threading.Thread(target=lambda: seen.append(str(x)))
        thread.start()
        thread.join()
        assert seen == ["[0.33333333]"]
        nd.set_printoptions(precision=1)
        assert str(x) == "[0.3]"
        with nd.printoptions(precision=4):
            assert str(x) == "[0.3333]"
        with pytest.raises(ZeroDivisionError), nd.printoptions(precision=4):
            1 / 0  # noqa: B018 - raises
        assert str(x) == "[0.3]"
    assert str(x) == "[0.33333333]"
    try:
        nd.set_printoptions(precision=3, threshold=2)
        thread = threading.Thread(target=lambda: seen.append(str(x)))
        thread.start()
        thread.join()
        assert seen[1] == str(x) == "[0.333]"
        assert repr(nd.arange(7)) == "array([0, 1, 2, ..., 4, 5, 6], shape=(7,))"
    finally:
        nd.set_printoptions(precision=8, threshold=1000)


def test_options_of_the_wrong_kind_are_refused():
    for name, wrong in [
        *[("precision", 1.5), ("precision", "3"), ("precision", True), ("threshold", "all"), ("edgeitems", 2.0)],
        *[("linewidth", []), ("suppress", 1), ("threshold", False)],
    ]:
        for use in (nd.set_printoptions, lambda **options: nd.printoptions(**options).__enter__()):
            with pytest.raises(TypeError, match=f"printoptions: {name} must be"):
                use(**{name: wrong})
    for name, wrong in [("precision", -1), ("threshold", math.nan), ("edgeitems", -1), ("linewidth", -5)]:
        with pytest.raises(ValueError, match=f"printoptions: {name} must not be negative or NaN"):
            nd.set_printoptions(**{name: wrong})
    with pytest.raises(TypeError):
        nd.set_printoptions(floatmode="fixed")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_text_reads_back_as_the_same_number(dtype):
    random = np.random.default_rng(0)
    values = nd.asarray(random.standard_normal(300) * 10.0 ** random.integers(-6, 5, 300), dtype=dtype)
    for value in (*values, nd.asarray(-0.0, dtype=dtype), nd.asarray(2.0**-14, dtype=dtype)):
        back = nd.asarray(float(str(value)), dtype=dtype)
        assert back.item() == value.item()
        assert str(back) == str(value)
    with nd.printoptions(precision=17, threshold=math.inf):
        back = nd.asarray([float(text) for text in str(values).strip("[]").split()], dtype=dtype)
    assert nd.all(back == values).item()


def test_names_of_dtypes_devices_and_layouts():
    assert repr(nd.float32) == "needle_ndarray.float32"
    assert str(nd.float32) == "float32"
    assert repr(nd.cpu()) == "cpu()"
    assert repr(nd.cuda()) == "cuda()"
    assert repr(nd.cuda(2)) == "cuda(2)"
    assert repr(nd.ones((2, 3)).layout) == "Layout(shape=(2, 3), strides=(3, 1), offset=0)"
