"""What several test files share: dtypes, arrays in many layouts, hypothesis strategies, the comparison with NumPy."""

import needle_ndarray as nd
import numpy as np
from hypothesis import strategies as st

SIGNED = ["int8", "int16", "int32", "int64"]
UNSIGNED = ["uint8", "uint16", "uint32", "uint64"]
INTEGERS = SIGNED + UNSIGNED
FLOATS = ["float32", "float64"]
NUMERIC = INTEGERS + FLOATS
DTYPES = ["bool", *NUMERIC]

SHAPES = [(), (1,), (5,), (0,), (3, 4), (1, 1), (4, 1, 3), (2, 0, 3), (2, 3, 4, 5), (33, 17)]


def numbers(dtype, shape, seed=0, low=-20, high=20):
    """A NumPy array of small whole numbers (or booleans): exact in every dtype."""
    random = np.random.default_rng([seed, *shape])
    if dtype == "bool":
        return np.asarray(random.random(shape) < 0.5)
    if dtype.startswith("u"):
        low = 0
    return np.asarray(random.integers(low, high, shape), dtype)


def fractions(dtype, shape, seed=0):
    """A NumPy array of normally distributed floats."""
    return np.asarray(np.random.default_rng([seed, *shape]).standard_normal(shape), dtype)


def in_layouts(values):
    """The same values as NumPy arrays of their own with every kind of strides, by name."""
    yield "row-major", values.copy()
    if values.ndim == 0:
        return
    yield "column-major", values.copy(order="F")
    spaced = np.zeros([2 * size + 1 for size in values.shape], values.dtype)
    spaced = spaced[tuple(slice(1, None, 2) for _ in values.shape)]
    spaced[...] = values
    yield "spaced", spaced
    everything = tuple(slice(None, None, -1) for _ in values.shape)
    yield "reversed", values[everything].copy()[everything]
    yield "rolled", np.moveaxis(np.moveaxis(values, 0, -1).copy(), -1, 0)


def same(actual, expected, *, rtol=0.0, atol=0.0):
    """Asserts dtype, shape and elements; exact unless a tolerance is given, NaN equals NaN, -0 equals 0."""
    expected = np.asarray(expected)
    assert isinstance(actual, nd.NDArray), f"{type(actual)} is no NDArray"
    assert actual.dtype.name == expected.dtype.name
    assert actual.shape == expected.shape
    array = np.array(actual)
    if rtol or atol:
        np.testing.assert_allclose(array, expected, rtol=rtol, atol=atol)
    else:
        np.testing.assert_array_equal(array, expected)


def promoted(a, b):
    """The dtype of an operation on two arrays: as in the standard, and an integer with a float gives that float."""
    kinds = {np.dtype(a).kind, np.dtype(b).kind}
    if "f" in kinds and kinds != {"f"}:
        return a if np.dtype(a).kind == "f" else b
    return np.result_type(a, b).name


# ---- Hypothesis


def shapes(max_ndim=4, max_side=6):
    return st.lists(st.integers(0, max_side), max_size=max_ndim).map(tuple)


@st.composite
def slices(draw, size):
    """Any slice, also with bounds outside the axis and with steps of both signs."""
    bound = st.none() | st.integers(-size - 2, size + 2)
    step = draw(st.none() | st.integers(-size - 2, size + 2).filter(bool))
    return slice(draw(bound), draw(bound), step)


@st.composite
def basic_indices(draw, shape):
    """Any basic index of an array of this shape: integers, slices, None and at most one ellipsis."""
    consumed = draw(st.integers(0, len(shape)))
    at = draw(st.integers(0, consumed))  # where the ellipsis, if any, stands
    axes = [*range(at), *range(len(shape) - consumed + at, len(shape))]
    items = []
    for axis in axes:
        size = shape[axis]
        integers = st.integers(-size, size - 1) if size else st.nothing()
        items.append(draw(integers | integers.map(np.int64) | integers.map(np.int16) | slices(size)))
    if at != consumed or draw(st.booleans()):
        items.insert(at, ...)
    for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2]))):
        items.insert(draw(st.integers(0, len(items))), None)
    if len(items) == 1 and draw(st.booleans()):
        return items[0]
    return tuple(items)


def view_steps(shape):
    """A strategy of (name, function) where the function makes the same view of a NumPy array and of an NDArray."""
    ndim = len(shape)
    steps = [basic_indices(shape).map(lambda key: ("index", lambda _, x: x[key]))]
    if ndim:
        steps.append(
            st.permutations(range(ndim)).map(
                lambda axes: ("permute", lambda np_or_nd, x: x.transpose(axes) if np_or_nd is np else x.permute(axes))
            )
        )
        steps.append(
            st.sets(st.integers(0, ndim - 1), min_size=1).map(
                lambda axes: ("flip", lambda np_or_nd, x: np_or_nd.flip(x, axis=tuple(axes)))
            )
        )
        steps.append(
            st.integers(-ndim - 1, ndim).map(
                lambda axis: ("expand_dims", lambda np_or_nd, x: np_or_nd.expand_dims(x, axis=axis))
            )
        )
    return st.one_of(steps)


@st.composite
def equal_views(draw, dtypes=DTYPES, max_steps=4):
    """The same view, by several steps, of a NumPy array and of an NDArray with the same elements: (numpy, needle)."""
    shape = draw(shapes())
    values = numbers(draw(st.sampled_from(dtypes)), shape, seed=draw(st.integers(0, 3)))
    expected, actual = values.copy(), nd.asarray(values, copy=True)
    for _ in range(draw(st.integers(0, max_steps))):
        if expected.ndim > 5:
            break
        _, step = draw(view_steps(expected.shape))
        expected, actual = np.asarray(step(np, expected)), step(nd, actual)
        if not isinstance(actual, nd.NDArray):
            raise AssertionError(f"a view gave {type(actual)}")
        if expected.base is None and expected.size == 0:
            break
    return expected, actual


@st.composite
def factorizations(draw, count, max_ndim=5):
    """A shape with `count` elements."""
    sizes = []
    while count > 1 and len(sizes) < max_ndim - 1:
        divisors = [d for d in range(1, count + 1) if count % d == 0]
        size = draw(st.sampled_from(divisors))
        sizes.append(size)
        count //= size
    if count != 1 or draw(st.booleans()):
        sizes.append(count)
    return tuple(draw(st.permutations(sizes)))
