"""Determinants, inverses, solutions and ranks."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .._core import asarray, expand_dims, matmul, where
from .._core import sum as sum_over
from ..errors import ShapeError
from .decompositions import singular_values
from .lapack import floats, lapack, matrices, square_matrices

if TYPE_CHECKING:
    from .._core import ArrayLike, NDArray


class SlogdetResult(NamedTuple):
    """Sign and logarithm of the absolute value of determinants."""

    sign: NDArray
    logabsdet: NDArray


def det(x: ArrayLike, /) -> NDArray:
    """Determinants of square matrices.

    Args:
        x: float32 or float64 of shape (..., M, M).

    Returns:
        The determinants, of shape (...) and x's dtype.

    Raises:
        ShapeError: The matrices are not square.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.det(nd.asarray([[2.0, 0.0], [0.0, 3.0]]))
        array(6.)
    """
    result: NDArray = lapack("det", square_matrices(x, "det"))
    return result


def slogdet(x: ArrayLike, /) -> SlogdetResult:
    """Sign of determinants, and logarithm of their absolute value, which neither overflows nor underflows.

    Args:
        x: float32 or float64 of shape (..., M, M).

    Returns:
        ``sign`` (-1, 0 or 1) and ``logabsdet``, both of shape (...) and x's dtype; 0 and -inf for singular matrices.

    Raises:
        ShapeError: The matrices are not square.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> sign, logabsdet = nd.linalg.slogdet(-1e-30 * nd.eye(3))
        >>> sign
        array(-1.)
        >>> round(float(logabsdet), 3)
        -207.233
    """
    return SlogdetResult(*lapack("slogdet", square_matrices(x, "slogdet")))


def inv(x: ArrayLike, /) -> NDArray:
    """Inverses of square matrices.

    `solve` is faster and more exact where the inverse would only be multiplied with something.

    Args:
        x: float32 or float64 of shape (..., M, M).

    Returns:
        The inverses, of x's shape and dtype.

    Raises:
        LinAlgError: A matrix is singular.
        ShapeError: The matrices are not square.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.inv(nd.asarray([[2.0, 0.0], [0.0, 4.0]]))
        array([[0.5 , 0.  ],
               [0.  , 0.25]])
    """
    result: NDArray = lapack("inv", square_matrices(x, "inv"))
    return result


def solve(x1: ArrayLike, x2: ArrayLike, /) -> NDArray:
    """Solution y of the linear equations x1 @ y = x2.

    Args:
        x1: float32 or float64 of shape (..., M, M).
        x2: float32 or float64: one vector (M,) for all matrices, or (..., M, K) with a vector a column.

    Returns:
        The solutions, of shape (..., M) for one vector and (..., M, K) else, where ... are the broadcast leading axes;
        in the promoted dtype.

    Raises:
        LinAlgError: A matrix is singular.
        ShapeError: The matrices are not square, or x2 does not fit.
        DTypeError: An operand is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.solve(nd.asarray([[2.0, 1.0], [0.0, 4.0]]), nd.asarray([3.0, 4.0]))
        array([1., 1.])
    """
    x1, x2 = square_matrices(x1, "solve"), floats(x2, "solve")
    vector = x2.ndim == 1
    if x2.ndim == 0 or x2.shape[-1 if vector else -2] != x1.shape[-1]:
        raise ShapeError(
            f"solve: the shapes {x1.shape} and {x2.shape} do not fit; expected for x2 ({x1.shape[-1]},) or "
            f"(..., {x1.shape[-1]}, K)"
        )
    stacks = [x1.shape[:-2], () if vector else x2.shape[:-2]]
    if any(a != b and 1 not in (a, b) for a, b in zip(*(stack[::-1] for stack in stacks), strict=False)):
        raise ShapeError(
            f"solve: the shapes {x1.shape} and {x2.shape} do not fit; their axes before the last two do not broadcast"
        )
    result: NDArray = lapack("solve", x1, x2)
    return result


def pinv(x: ArrayLike, /, *, rtol: float | NDArray | None = None) -> NDArray:
    """Moore-Penrose pseudo-inverses: with p the one of x, p @ b is the shortest y that brings x @ y nearest to b.

    Args:
        x: float32 or float64 of shape (..., M, N).
        rtol: Singular values up to this part of the largest count as zero: a number, or an array of floats that
            broadcasts to shape (...). By default max(M, N) times the spacing of x's dtype at 1.

    Returns:
        The pseudo-inverses, of shape (..., N, M) and x's dtype.

    Raises:
        LinAlgError: LAPACK found no singular values, as of matrices with NaN.
        ShapeError: x has fewer than two axes, or rtol does not broadcast.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.pinv(nd.asarray([[2.0, 0.0], [0.0, 0.0], [0.0, 4.0]]))
        array([[0.5 , 0.  , 0.  ],
               [0.  , 0.  , 0.25]])
    """
    x = matrices(x, "pinv")
    u, s, vh = lapack("svd", x, what="pinv", full_matrices=False)
    kept = s > _threshold(s, x, rtol)
    factors = where(kept, 1.0 / where(kept, s, 1.0), 0.0)
    return matmul(vh.mT * expand_dims(factors, axis=-2), u.mT)


def matrix_rank(x: ArrayLike, /, *, rtol: float | NDArray | None = None) -> NDArray:
    """Ranks of matrices: how many singular values are not zero, up to rounding.

    Args:
        x: float32 or float64 of shape (..., M, N).
        rtol: Singular values up to this part of the largest count as zero: a number, or an array of floats that
            broadcasts to shape (...). By default max(M, N) times the spacing of x's dtype at 1.

    Returns:
        The ranks, int64 of shape (...).

    Raises:
        LinAlgError: LAPACK found no singular values, as of matrices with NaN.
        ShapeError: x has fewer than two axes, or rtol does not broadcast.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.matrix_rank(nd.asarray([[1.0, 2.0], [2.0, 4.0]]))
        array(1)
    """
    x = matrices(x, "matrix_rank")
    s = singular_values(x, "matrix_rank")
    return sum_over(s > _threshold(s, x, rtol), axis=-1)


def _threshold(s: NDArray, x: NDArray, rtol: float | NDArray | None) -> NDArray:
    """The singular values, of shape (..., 1), up to which they count as zero."""
    if rtol is None:
        rtol = max(x.shape[-2:]) * 2.0 ** (-23 if x.dtype.itemsize == 4 else -52)
    return expand_dims(asarray(rtol, dtype=x.dtype), axis=-1) * s[..., :1]
