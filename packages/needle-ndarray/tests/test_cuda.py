"""CUDA: clean answers where it is absent; the kernels against NumPy where there is a device."""

import needle_ndarray as nd
import numpy as np
import pytest

from .support import fractions, in_layouts, numbers

try:
    from needle_ndarray import _cuda
except ImportError:
    _cuda = None

built = pytest.mark.skipif(_cuda is None, reason="needle-ndarray was built without CUDA")
device = pytest.mark.skipif(
    _cuda is None or _cuda.device_count() == 0,
    reason="needle-ndarray was built without CUDA" if _cuda is None else _cuda.why_not() or "",
)


def test_a_device_that_cannot_be_used_says_why():
    cuda = nd.cuda()
    assert (cuda.type, cuda.index, cuda.name) == ("cuda", 0, "cuda")
    assert cuda.enabled() is (cuda.why_not() is None)
    if not cuda.enabled():
        assert cuda.why_not().endswith(".")
        with pytest.raises(nd.errors.BackendUnavailable):
            nd.zeros((2, 3), device=cuda)
    assert nd.cpu().enabled()
    assert nd.cpu().why_not() is None


@built
def test_the_module_answers_without_a_driver():
    assert _cuda.runtime_version() >= 11_000
    assert _cuda.driver_version() >= 0
    if _cuda.device_count() == 0:
        assert "CUDA" in _cuda.why_not()
        with pytest.raises(RuntimeError, match="CUDA: cudaGetDeviceProperties: "):
            _cuda.device_name(0)
        with pytest.raises(RuntimeError, match="CUDA: cudaMalloc: "):
            _cuda.fill(np.ones(1), np.zeros(3))
    else:
        assert _cuda.why_not() is None
        assert _cuda.device_name(0)
        with pytest.raises(RuntimeError, match="CUDA: cudaGetDeviceProperties: "):
            _cuda.device_name(10_000)


@built
def test_senseless_arguments_are_refused():
    with pytest.raises(ValueError, match='no binary operation "nope"'):
        _cuda.has_binary("nope", np.zeros(1))
    assert _cuda.has_binary("add", np.zeros(1, "float32"))
    assert not _cuda.has_binary("divide", np.zeros(1, "int32"))
    with pytest.raises(ValueError, match="one element of the dtype of out"):
        _cuda.fill(np.zeros(2), np.zeros(3))
    with pytest.raises(ValueError, match="same shape and dtype"):
        _cuda.copy(np.zeros((2, 3)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="row-major, of the shape and dtype of out, or one element"):
        _cuda.binary("add", np.zeros((2, 3)), np.zeros((3, 2)).T, np.zeros((2, 3)))


@device
@pytest.mark.parametrize("dtype", ["bool", "int16", "int32", "uint64", "float32", "float64"])
@pytest.mark.parametrize("n", [0, 1, 255, 256, 257, 100_003])
def test_fill(dtype, n):
    value, out = np.ones(1, dtype), np.zeros(n, dtype)
    _cuda.fill(value, out)
    assert (out == 1).all()


@device
@pytest.mark.parametrize("dtype", ["bool", "int16", "int32", "uint64", "float32", "float64"])
@pytest.mark.parametrize("shape", [(), (1,), (5, 0, 3), (1000,), (33, 17), (2, 3, 4, 5, 6), (400, 501)])
def test_copy_of_any_strides(dtype, shape):
    for _, values in in_layouts(numbers(dtype, shape)):
        out = np.zeros(shape, dtype)
        _cuda.copy(values, out)
        np.testing.assert_array_equal(out, values)


@device
@pytest.mark.parametrize("name", ["add", "subtract", "multiply", "divide", "maximum", "minimum"])
@pytest.mark.parametrize("dtype", ["int32", "int64", "float32", "float64"])
def test_binary_operations(name, dtype):
    if not _cuda.has_binary(name, np.zeros(1, dtype)):
        pytest.skip(f"{name} has no kernel for {dtype}")
    make = numbers if dtype.startswith("int") else fractions
    for shape in [(1,), (300, 401), (0,)]:
        a, b = make(dtype, shape), make(dtype, shape, seed=1)
        one = make(dtype, (1,), seed=2)
        for x, y in [(a, b), (a, one), (one, b)]:
            out = np.zeros(shape, dtype)
            _cuda.binary(name, x, y, out)
            np.testing.assert_array_equal(out, getattr(np, name)(x, y))
