"""Matrices as products of simpler ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, NoReturn

from ..errors import DTypeError
from .lapack import lapack, matrices, square_matrices

if TYPE_CHECKING:
    from .._core import ArrayLike, NDArray


class EighResult(NamedTuple):
    """Eigenvalues (..., M) in ascending order, and the eigenvectors as the columns of (..., M, M)."""

    eigenvalues: NDArray
    eigenvectors: NDArray


class QRResult(NamedTuple):
    """Q with orthonormal columns, R upper triangular."""

    Q: NDArray
    R: NDArray


class SVDResult(NamedTuple):
    """U with orthonormal columns, the singular values S in descending order, Vh with orthonormal rows."""

    U: NDArray
    S: NDArray
    Vh: NDArray


def cholesky(x: ArrayLike, /, *, upper: bool = False) -> NDArray:
    """Cholesky factor of symmetric positive definite matrices: the lower L of x = L @ L.mT, or the upper U = L.mT.

    Only the triangle of x that the result has is read.

    Args:
        x: float32 or float64 of shape (..., M, M).
        upper: Whether to give U of x = U.mT @ U.

    Returns:
        The factors, of x's shape and dtype.

    Raises:
        LinAlgError: A matrix is not positive definite.
        ShapeError: The matrices are not square.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.cholesky(nd.asarray([[4.0, 2.0], [2.0, 10.0]]))
        array([[2., 0.],
               [1., 3.]])
    """
    x = square_matrices(x, "cholesky")
    result: NDArray = lapack("cholesky", x, upper=bool(upper))
    return result


def eigh(x: ArrayLike, /) -> EighResult:
    """Eigenvalues and eigenvectors of symmetric matrices: x = Q @ diag(w) @ Q.mT.

    Only the lower triangle of x is read. Eigenvectors are unique up to their sign at best.

    Args:
        x: float32 or float64 of shape (..., M, M).

    Returns:
        ``eigenvalues`` w (..., M) in ascending order and ``eigenvectors`` Q (..., M, M), one a column, in x's dtype.

    Raises:
        LinAlgError: LAPACK found no decomposition, as of matrices with NaN.
        ShapeError: The matrices are not square.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> w, q = nd.linalg.eigh(nd.asarray([[2.0, 0.0], [0.0, 1.0]]))
        >>> w
        array([1., 2.])
    """
    return EighResult(*lapack("eigh", square_matrices(x, "eigh")))


def eigvalsh(x: ArrayLike, /) -> NDArray:
    """Eigenvalues of symmetric matrices, in ascending order.

    Only the lower triangle of x is read.

    Args:
        x: float32 or float64 of shape (..., M, M).

    Returns:
        The eigenvalues, of shape (..., M) and x's dtype.

    Raises:
        LinAlgError: LAPACK found none, as of matrices with NaN.
        ShapeError: The matrices are not square.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.eigvalsh(nd.asarray([[2.0, 0.0], [0.0, 1.0]]))
        array([1., 2.])
    """
    result: NDArray = lapack("eigvalsh", square_matrices(x, "eigvalsh"))
    return result


def eig(x: ArrayLike, /) -> NoReturn:
    """Refuses: eigenvalues of general matrices are complex, and there are no complex dtypes.

    `eigh` serves symmetric matrices; ``numpy.linalg.eig(x.numpy())`` serves all.

    Args:
        x: Anything.

    Raises:
        DTypeError: Always.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.eig(nd.eye(2))
        Traceback (most recent call last):
            ...
        needle_ndarray.errors.DTypeError: eig: the eigenvalues of a general matrix are complex, and there are no \
complex dtypes here; write eigh(x) for symmetric matrices, or numpy.linalg.eig(x.numpy())
    """
    _refuse_complex("eig", "eigh")


def eigvals(x: ArrayLike, /) -> NoReturn:
    """Refuses: eigenvalues of general matrices are complex, and there are no complex dtypes.

    `eigvalsh` serves symmetric matrices; ``numpy.linalg.eigvals(x.numpy())`` serves all.

    Args:
        x: Anything.

    Raises:
        DTypeError: Always.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.eigvals(nd.eye(2))
        Traceback (most recent call last):
            ...
        needle_ndarray.errors.DTypeError: eigvals: the eigenvalues of a general matrix are complex, and there are no \
complex dtypes here; write eigvalsh(x) for symmetric matrices, or numpy.linalg.eigvals(x.numpy())
    """
    _refuse_complex("eigvals", "eigvalsh")


def _refuse_complex(what: str, instead: str) -> NoReturn:
    raise DTypeError(
        f"{what}: the eigenvalues of a general matrix are complex, and there are no complex dtypes here; write "
        f"{instead}(x) for symmetric matrices, or numpy.linalg.{what}(x.numpy())"
    )


def qr(x: ArrayLike, /, *, mode: Literal["reduced", "complete"] = "reduced") -> QRResult:
    """QR decomposition, x = Q @ R: Q with orthonormal columns, R upper triangular.

    Args:
        x: float32 or float64 of shape (..., M, N).
        mode: "reduced" gives Q (..., M, K) and R (..., K, N) with K = min(M, N), "complete" gives Q (..., M, M) and
            R (..., M, N).

    Returns:
        ``Q`` and ``R``, in x's dtype.

    Raises:
        ValueError: mode is neither.
        ShapeError: x has fewer than two axes.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> x = nd.asarray([[3.0, 1.0], [4.0, 2.0]])
        >>> q, r = nd.linalg.qr(x)
        >>> nd.linalg.matrix_norm(q @ r - x) < 1e-5
        array(True)
    """
    x = matrices(x, "qr")
    if mode not in ("reduced", "complete"):
        raise ValueError(f'qr: mode must be "reduced" or "complete", not {mode!r}')
    return QRResult(*lapack("qr", x, mode=mode))


def svd(x: ArrayLike, /, *, full_matrices: bool = True) -> SVDResult:
    """Singular value decomposition, x = U @ diag(S) @ Vh.

    Args:
        x: float32 or float64 of shape (..., M, N).
        full_matrices: Whether U is (..., M, M) and Vh (..., N, N); else they are (..., M, K) and (..., K, N) with
            K = min(M, N), which is all that the product needs.

    Returns:
        ``U`` with orthonormal columns, ``S`` (..., K) in descending order, ``Vh`` with orthonormal rows, in x's dtype.

    Raises:
        LinAlgError: LAPACK found no decomposition, as of matrices with NaN.
        ShapeError: x has fewer than two axes.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> u, s, vh = nd.linalg.svd(nd.asarray([[0.0, 2.0], [5.0, 0.0], [0.0, 0.0]]), full_matrices=False)
        >>> s
        array([5., 2.])
        >>> u.shape, vh.shape
        ((3, 2), (2, 2))
    """
    return SVDResult(*lapack("svd", matrices(x, "svd"), full_matrices=bool(full_matrices)))


def svdvals(x: ArrayLike, /) -> NDArray:
    """Singular values, in descending order.

    Args:
        x: float32 or float64 of shape (..., M, N).

    Returns:
        The singular values, of shape (..., min(M, N)) and x's dtype.

    Raises:
        LinAlgError: LAPACK found none, as of matrices with NaN.
        ShapeError: x has fewer than two axes.
        DTypeError: x is not of floats.
        BackendUnavailable: NumPy is not installed.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.linalg.svdvals(nd.asarray([[0.0, 2.0], [5.0, 0.0]]))
        array([5., 2.])
    """
    return singular_values(matrices(x, "svdvals"), "svdvals")


def singular_values(x: NDArray, what: str) -> NDArray:
    """Singular values for the function `what`."""
    values: NDArray = lapack("svd", x, what=what, compute_uv=False)
    return values
