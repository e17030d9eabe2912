"""Lengths of vectors and sizes of matrices."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Literal

from .._core import abs as absolute
from .._core import astype, not_equal, reshape, sqrt, sum_products
from .._core import max as max_over
from .._core import min as min_over
from .._core import pow as power
from .._core import sum as sum_over
from .decompositions import singular_values
from .lapack import floats, matrices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .._core import ArrayLike, NDArray


def vector_norm(
    x: ArrayLike,
    /,
    *,
    axis: int | Sequence[int] | None = None,
    keepdims: bool = False,
    ord: float = 2,
) -> NDArray:
    """Norms of the vectors along axes: sum(abs(x) ** ord) ** (1 / ord).

    Args:
        x: float32 or float64.
        axis: One axis, several that hold a vector together, or None for all.
        keepdims: Whether the folded axes stay, with size 1.
        ord: The power; inf gives the largest absolute value, -inf the smallest, 0 the number of elements that are not
            zero. The result is a norm in the mathematical sense from 1 up.

    Returns:
        The norms, of x's dtype; of nothing 0 for a positive ord and inf for a negative one.

    Raises:
        DTypeError: x is not of floats.
        ValueError: ord is no number, or -inf for vectors without elements.
        IndexError: x has no such axis.

    Example:
        >>> import needle_ndarray as nd
        >>> x = nd.asarray([[3.0, 4.0], [6.0, 8.0]])
        >>> nd.linalg.vector_norm(x, axis=1)
        array([ 5., 10.])
        >>> nd.linalg.vector_norm(x, ord=1)
        array(21.)
    """
    x = floats(x, "vector_norm")
    try:
        exponent = float(ord)
    except (TypeError, ValueError):
        raise ValueError(f"vector_norm: ord must be a number, or inf or -inf, not {ord!r}") from None
    if exponent == 2:
        return sqrt(sum_products(x, x, axis=axis, keepdims=keepdims))
    if exponent == 0:
        return astype(sum_over(not_equal(x, 0), axis=axis, keepdims=keepdims), x.dtype)
    size = absolute(x)
    if exponent == 1 or (exponent == inf and x.size == 0):
        return sum_over(size, axis=axis, keepdims=keepdims)
    if exponent in (inf, -inf):
        return (max_over if exponent > 0 else min_over)(size, axis=axis, keepdims=keepdims)
    return power(sum_over(power(size, exponent), axis=axis, keepdims=keepdims), 1 / exponent)


def matrix_norm(
    x: ArrayLike, /, *, keepdims: bool = False, ord: float | Literal["fro", "nuc"] | None = "fro"
) -> NDArray:
    """Norms of matrices.

    Args:
        x: float32 or float64 of shape (..., M, N).
        keepdims: Whether the last two axes stay, with size 1.
        ord: Which norm:

            ========= ============================================
            "fro"     square root of the sum of squares (or None)
            "nuc"     sum of the singular values
            2, -2     largest, smallest singular value
            1, -1     largest, smallest sum of a column's absolute values
            inf, -inf largest, smallest sum of a row's absolute values
            ========= ============================================

    Returns:
        The norms, of shape (...) and x's dtype. "nuc", 2 and -2 need NumPy.

    Raises:
        ValueError: There is no such ord, or a negative one is asked of a matrix without elements.
        LinAlgError: LAPACK found no singular values, as of matrices with NaN.
        ShapeError: x has fewer than two axes.
        DTypeError: x is not of floats.
        BackendUnavailable: ord asks for singular values, and NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> x = nd.asarray([[3.0, 0.0], [4.0, -1.0]])
        >>> nd.linalg.matrix_norm(x, ord=1)
        array(7.)
        >>> nd.linalg.matrix_norm(x, ord=float("inf"))
        array(5.)
    """
    x = matrices(x, "matrix_norm")
    if ord is None or ord == "fro":
        return sqrt(sum_products(x, x, axis=(-2, -1), keepdims=keepdims))
    if ord in (1, -1, inf, -inf):
        values = sum_over(absolute(x), axis=-2 if ord in (1, -1) else -1)
    elif ord in ("nuc", 2, -2):
        values = singular_values(x, "matrix_norm")
    else:
        raise ValueError(f'matrix_norm: ord must be "fro", "nuc", 1, -1, 2, -2, inf or -inf, not {ord!r}')
    if ord == "nuc" or (values.shape[-1] == 0 and ord not in (-1, -2, -inf)):
        result = sum_over(values, axis=-1)
    else:
        result = (min_over if ord in (-1, -2, -inf) else max_over)(values, axis=-1)
    return reshape(result, (*result.shape, 1, 1)) if keepdims else result
