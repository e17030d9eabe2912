"""What the tests of all clients share."""

import needle_ndarray as nd
import numpy as np

TOLERANCE = {"float32": 2e-4, "float64": 1e-9}


def assert_same(result, expected, dtype, *, rtol=None):
    """`result` is made of our arrays and holds what the client computes from NumPy's."""
    if isinstance(expected, tuple | list):
        assert len(result) == len(expected)
        for got, want in zip(result, expected, strict=True):
            assert_same(got, want, dtype, rtol=rtol)
        return
    assert isinstance(result, nd.NDArray), type(result)
    expected = np.asarray(expected)
    assert result.shape == expected.shape
    if expected.dtype.kind == "f":
        assert result.dtype == getattr(nd, dtype)
    tolerance = rtol or TOLERANCE[dtype]
    np.testing.assert_allclose(np.asarray(result), expected, rtol=tolerance, atol=tolerance)
