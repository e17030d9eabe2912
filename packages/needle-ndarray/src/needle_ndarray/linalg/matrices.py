"""Products of vectors, powers of matrices, and their diagonals."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING

from .._core import asarray, broadcast_shapes, broadcast_to, empty, eye, matmul, multiply, result_type
from .._core import sum as sum_over
from ..errors import DTypeError, ShapeError
from .lapack import lapack, square_matrices

if TYPE_CHECKING:
    from .._core import ArrayLike, DTypeLike, NDArray


def cross(x1: ArrayLike, x2: ArrayLike, /, *, axis: int = -1) -> NDArray:
    """Cross products of vectors with three elements.

    Args:
        x1: Numbers.
        x2: Numbers; the axis has size 3 as in x1, the others broadcast.
        axis: Which axis holds the vectors, counted from the end.

    Returns:
        The products, of the broadcast shape and the promoted dtype. Integers wrap around.

    Raises:
        ShapeError: The axis has not size 3 in both, or the others do not broadcast.
        IndexError: An operand has no such axis.
        DTypeError: Both operands are bool.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.cross(nd.asarray([1, 0, 0]), nd.asarray([[0, 1, 0], [0, 0, 1]]))
        array([[ 0,  0,  1],
               [ 0, -1,  0]])
    """
    x1, x2 = asarray(x1), asarray(x2)
    along = index(axis)
    if along >= 0 and x1.ndim == x2.ndim:
        along -= x1.ndim
    if not -min(x1.ndim, x2.ndim) <= along < 0:
        raise IndexError(
            f"cross: axis {axis} is out of range for shapes {x1.shape} and {x2.shape}; count it from the end, as in "
            "axis=-1"
        )
    if x1.shape[along] != 3 or x2.shape[along] != 3:
        raise ShapeError(
            f"cross: axis {axis} must have size 3 in both operands, but the shapes are {x1.shape} and {x2.shape}"
        )
    dtype = result_type(x1, x2)
    if dtype == "bool":
        raise DTypeError("cross: bool is not a numeric dtype; convert an operand first, as in astype(x1, int64)")
    out = empty(broadcast_shapes(x1.shape, x2.shape), dtype=dtype, device=x1.device)
    rest = (slice(None),) * (-1 - along)
    for i in range(3):
        j, k = (..., (i + 1) % 3, *rest), (..., (i + 2) % 3, *rest)
        component = multiply(x1[j], x2[k], out=out[(..., i, *rest)])
        component -= x1[k] * x2[j]
    return out


def outer(x1: ArrayLike, x2: ArrayLike, /) -> NDArray:
    """Products of all pairs of elements of two vectors.

    Args:
        x1: Numbers of shape (n,).
        x2: Numbers of shape (m,).

    Returns:
        The products, of shape (n, m) and the promoted dtype.

    Raises:
        ShapeError: An operand has not one axis.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.outer(nd.asarray([1, 2]), nd.asarray([10, 20, 30]))
        array([[10, 20, 30],
               [20, 40, 60]])
    """
    x1, x2 = asarray(x1), asarray(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ShapeError(
            f"outer: expected vectors, of shapes (n,) and (m,), but the shapes are {x1.shape} and {x2.shape}; "
            "tensordot(x1, x2, axes=0) takes any"
        )
    return x1[:, None] * x2


def matrix_power(x: ArrayLike, n: int, /) -> NDArray:
    """Square matrices multiplied with themselves n times, by repeated squaring.

    Args:
        x: Numbers of shape (..., M, M); float32 or float64 where n is negative.
        n: The power; 0 gives identity matrices, a negative one powers of the inverses.

    Returns:
        The powers, of x's shape and dtype. Integers wrap around.

    Raises:
        ShapeError: The matrices are not square.
        DTypeError: x is bool, or of integers and n is negative.
        LinAlgError: n is negative and a matrix singular.
        BackendUnavailable: n is negative and NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.matrix_power(nd.asarray([[1, 1], [1, 0]]), 10)
        array([[89, 55],
               [55, 34]])
    """
    x, n = asarray(x), index(n)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"matrix_power: expected square matrices, (..., M, M), but the shape is {x.shape}")
    if x.dtype == "bool":
        raise DTypeError("matrix_power: bool is not a numeric dtype; convert x first, as in astype(x, int64)")
    if n < 0:
        x, n = lapack("inv", square_matrices(x, "matrix_power"), what="matrix_power"), -n
    if n == 0:
        return broadcast_to(eye(x.shape[-1], dtype=x.dtype, device=x.device), x.shape).copy()
    square = x
    while n % 2 == 0:
        square = matmul(square, square)
        n //= 2
    result = square
    while n > 1:
        square = matmul(square, square)
        n //= 2
        if n % 2:
            result = matmul(result, square)
    return result.copy() if result is x else result


def diagonal(x: ArrayLike, /, *, offset: int = 0) -> NDArray:
    """Diagonals of matrices, as a view.

    Args:
        x: Any dtype, of shape (..., M, N).
        offset: Which diagonal: 0 the main one, above zero one above it, below zero one below.

    Returns:
        A view of shape (..., K), with K = 0 for an offset outside of the matrix.

    Raises:
        ShapeError: x has fewer than two axes.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.diagonal(nd.asarray([[1, 2, 3], [4, 5, 6]]), offset=1)
        array([2, 6])
    """
    return asarray(x).diagonal(offset, -2, -1)


def trace(x: ArrayLike, /, *, offset: int = 0, dtype: DTypeLike | None = None) -> NDArray:
    """Sums of the diagonals of matrices.

    Args:
        x: Numbers of shape (..., M, N).
        offset: Which diagonal: 0 the main one, above zero one above it, below zero one below.
        dtype: Of the sum; by default x's own for floats, int64 or uint64 for integers.

    Returns:
        The sums, of shape (...).

    Raises:
        ShapeError: x has fewer than two axes.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.trace(nd.asarray([[1, 2], [3, 4]]))
        array(5)
    """
    return sum_over(diagonal(x, offset=offset), axis=-1, dtype=dtype)
