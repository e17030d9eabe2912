"""The way to NumPy's LAPACK: arrays go in as views, results come out as views, and nothing is copied between."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core import asarray
from ..errors import BackendUnavailable, DTypeError, LinAlgError, ShapeError

if TYPE_CHECKING:
    from types import ModuleType

    from .._core import ArrayLike, NDArray

# What an error of LAPACK means, and what to write instead.
_MEANINGS = {
    "inv": ("is singular", "linalg.pinv gives its pseudo-inverse"),
    "solve": ("is singular", "linalg.pinv(x1) @ x2 gives the solution of least squares"),
    "cholesky": ("is not positive definite", "linalg.eigvalsh gives its eigenvalues, which must be above zero"),
    "eigh": ("has no decomposition that LAPACK finds", "nd.isfinite tells whether it contains NaN or infinities"),
}
_MEANINGS["eigvalsh"] = _MEANINGS["svd"] = _MEANINGS["eigh"]


def floats(x: ArrayLike, what: str) -> NDArray:
    """Takes x as an array of float32 or float64; `what` names the function in errors."""
    x = asarray(x)
    if x.dtype.name not in ("float32", "float64"):
        raise DTypeError(
            f'{what}: expected float32 or float64, but the dtype is {x.dtype.name}; write x.astype("float64")'
        )
    return x


def matrices(x: ArrayLike, what: str) -> NDArray:
    """Takes x as a matrix or a stack of matrices of floats."""
    x = floats(x, what)
    if x.ndim < 2:
        raise ShapeError(f"{what}: expected a matrix or a stack of them, (..., M, N), but the shape is {x.shape}")
    return x


def square_matrices(x: ArrayLike, what: str) -> NDArray:
    """Takes x as a square matrix or a stack of them, of floats."""
    x = matrices(x, what)
    if x.shape[-1] != x.shape[-2]:
        raise ShapeError(f"{what}: expected square matrices, (..., M, M), but the shape is {x.shape}")
    return x


def lapack(name: str, x: NDArray, *more: NDArray, what: str | None = None, **options: Any) -> Any:
    """Gives what the function `name` of numpy.linalg does: an array, or a tuple of arrays.

    Args:
        name: Of the function.
        x: Its first operand: the one that an error is about.
        more: The operands after it.
        what: The function that the user called, where it has another name.
        options: Passed on.

    Raises:
        BackendUnavailable: NumPy is not installed.
        LinAlgError: LAPACK failed; the text says for which matrix.
    """
    numpy = _import_numpy(what or name)
    function = getattr(numpy.linalg, name)
    with numpy.errstate(all="ignore"):
        try:
            result = function(x.numpy(), *(operand.numpy() for operand in more), **options)
        except numpy.linalg.LinAlgError as error:
            raise LinAlgError(f"{what or name}: {_explain(numpy, name, x, options)}") from error
    if isinstance(result, tuple):
        return tuple(asarray(numpy.asarray(part)) for part in result)
    return asarray(numpy.asarray(result))  # of a NumPy scalar, too, this is the fastest way


def _import_numpy(what: str) -> ModuleType:
    try:
        import numpy  # noqa: PLC0415 - an optional dependency, imported by the functions that need it
    except ImportError as error:
        raise BackendUnavailable(
            f"linalg.{what} runs in NumPy's LAPACK, and NumPy cannot be imported ({error}); write "
            'pip install "needle-ndarray[numpy]"'
        ) from error
    return numpy


def _explain(numpy: ModuleType, name: str, x: NDArray, options: dict[str, Any]) -> str:
    """Which matrix of x is the one that LAPACK failed for, why, and what to write instead."""
    meaning, advice = _MEANINGS[name]
    if x.ndim == 2:
        return f"the matrix of shape {x.shape} {meaning}; {advice}"
    function = numpy.linalg.inv if name == "solve" else getattr(numpy.linalg, name)
    stack = x.numpy()
    for index in numpy.ndindex(stack.shape[:-2]):
        try:
            function(stack[index], **options)
        except numpy.linalg.LinAlgError:
            return f"matrix {index} of the stack of shape {x.shape} {meaning}; {advice}"
    return f"a matrix of the stack of shape {x.shape} {meaning}; {advice}"
