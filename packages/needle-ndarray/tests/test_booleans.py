"""Booleans whose bytes others have written: through a view that they share, any of 256 may stand there.

All but 0 are true, as for NumPy, which is the oracle.
"""

import needle_ndarray as nd
import numpy as np
import pytest

from .support import FLOATS, NUMERIC

BYTES = np.resize(np.array([0, 2, 1, 255, 0, 128, 254, 1, 0, 0, 3], dtype="uint8"), (18, 136))
VIEWS = {
    "contiguous": lambda x: x,
    "transposed": lambda x: x.T,
    "strided": lambda x: x[::2, 1::3],
    "reversed": lambda x: x[::-1, ::-1],
    "few": lambda x: x[:3, 3:8],
}
BINARY = (
    *("equal", "not_equal", "less", "less_equal", "greater", "greater_equal"),
    *("logical_and", "logical_or", "logical_xor", "bitwise_and", "bitwise_or", "bitwise_xor"),
)
REDUCTIONS = ("sum", "prod", "any", "all", "max", "min", "mean", "argmax", "argmin", "count_nonzero")


@pytest.fixture(params=VIEWS)
def overwritten(request):
    """Ours with these bytes, and their truth values as NumPy's array."""
    x = nd.zeros(BYTES.shape, dtype=bool)
    x.numpy().view("uint8")[...] = BYTES
    return VIEWS[request.param](x), VIEWS[request.param](BYTES != 0)


def same_bytes(x, truth):
    """Compares the bytes, which NumPy's comparison of booleans looks beyond."""
    np.testing.assert_array_equal(x.numpy().view("uint8"), np.asarray(truth).view("uint8"))


@pytest.mark.parametrize("name", BINARY)
def test_binary_functions_see_truth_values(overwritten, name):
    x, truth = overwritten
    ours, numpys = getattr(nd, name), getattr(np, name)
    for other in (truth, ~truth):
        same_bytes(ours(x, nd.asarray(other)), numpys(truth, other))
        same_bytes(ours(nd.asarray(other), x), numpys(other, truth))
    for scalar in (True, False):
        same_bytes(ours(x, scalar), numpys(truth, scalar))
        same_bytes(ours(scalar, x), numpys(scalar, truth))
    same_bytes(ours(x, x), numpys(truth, truth))


def test_not_sees_truth_values(overwritten):
    x, truth = overwritten
    same_bytes(nd.logical_not(x), ~truth)
    same_bytes(~x, ~truth)


@pytest.mark.parametrize("dtype", [*NUMERIC, "float16"])
def test_conversions_give_zero_and_one(overwritten, dtype):
    x, truth = overwritten
    np.testing.assert_array_equal(x.astype(dtype).numpy(), truth.astype(dtype))
    np.testing.assert_array_equal((x * nd.ones((), dtype=dtype)).numpy(), truth.astype(dtype))


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("axis", [None, 0, 1])
def test_reductions_see_truth_values(overwritten, name, axis):
    x, truth = overwritten
    result, expected = getattr(nd, name)(x, axis=axis), getattr(np, name)(truth, axis=axis)
    if result.dtype.name in FLOATS:
        np.testing.assert_allclose(result.numpy(), expected, rtol=1e-6)
    else:
        np.testing.assert_array_equal(result.numpy(), expected)
    if result.dtype == nd.bool:
        same_bytes(result, expected)


@pytest.mark.parametrize("axis", [0, 1])
def test_sorting_and_running_sums_see_truth_values(overwritten, axis):
    x, truth = overwritten
    same_bytes(nd.sort(x, axis=axis), np.sort(truth, axis=axis))
    np.testing.assert_array_equal(nd.argsort(x, axis=axis).numpy(), np.argsort(truth, axis=axis, kind="stable"))
    np.testing.assert_array_equal(nd.cumulative_sum(x, axis=axis).numpy(), np.cumsum(truth, axis=axis))


def test_searching_and_sets_see_truth_values(overwritten):
    x, truth = overwritten
    known = nd.asarray([True])
    np.testing.assert_array_equal(nd.isin(x, known).numpy(), truth)
    np.testing.assert_array_equal(nd.isin(known, x).numpy(), [True])
    np.testing.assert_array_equal(nd.searchsorted(nd.asarray([False, True]), x).numpy(), truth)
    for axis, places in enumerate(np.nonzero(truth)):
        np.testing.assert_array_equal(nd.nonzero(x)[axis].numpy(), places)
    values, counts = nd.unique_counts(x)
    assert (values.tolist(), counts.tolist()) == ([False, True], [(~truth).sum(), truth.sum()])


def test_masks_and_choices_see_truth_values(overwritten):
    x, truth = overwritten
    numbers = np.arange(truth.size).reshape(truth.shape)
    np.testing.assert_array_equal(nd.asarray(numbers)[x].numpy(), numbers[truth])
    np.testing.assert_array_equal(nd.where(x, 1, 2).numpy(), np.where(truth, 1, 2))


def test_elements_as_python_numbers_and_text_are_truth_values(overwritten):
    x, truth = overwritten
    assert x.tolist() == truth.tolist()
    assert [x.item(i) for i in range(x.size)] == truth.ravel().tolist()
    assert str(x) == str(truth)


@pytest.mark.parametrize("size", [1, 7, 63, 64, 65, 255, 256, 257, 1000])
def test_the_first_true_or_false_element_is_found(size):
    for at in {0, size // 2, size - 1}:
        x = np.zeros(size, bool)
        x[at] = True
        assert nd.argmax(nd.asarray(x)).item() == nd.argmin(nd.asarray(~x)).item() == at
    assert nd.argmax(nd.zeros(size, dtype=bool)).item() == nd.argmin(nd.ones(size, dtype=bool)).item() == 0
