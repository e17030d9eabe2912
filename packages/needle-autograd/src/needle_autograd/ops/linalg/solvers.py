"""Inverses, solutions of linear equations and Cholesky factors of matrices.

The computation is that of the arrays' own library: LAPACK, for NumPy and for needle-ndarray, whose arrays on the CPU it
reads in place. Arrays on CUDA devices are copied to the CPU and the result is copied back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import array_namespace, device_of
from ...errors import LinAlgError, ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..arguments import require_tensors
from ..broadcasting import Shape, broadcast_shapes, is_floating, promoted, same_device, unbroadcast
from ..shapes.reshaping import transpose
from .diagonals import Tril, diag_embed, diagonal
from .matmul import matmul

if TYPE_CHECKING:
    from ...tensor import Tensor

ADVICE = {
    "cholesky": "a matrix is not positive definite; add a multiple of the identity, or look at its eigenvalues",
    "inv": "a matrix is singular; add a multiple of the identity",
    "solve": "a matrix is singular; add a multiple of the identity",
}


def decomposed(name: str, *arrays: Array) -> Any:
    """Call a function of the arrays' linear algebra, and put its result on their device.

    Args:
        name: the name of the function in the standard.
        *arrays: its operands.

    Raises:
        LinAlgError: a matrix has no such decomposition, inverse or solution.
    """
    namespace = array_namespace(arrays[0])
    device = device_of(arrays[0])
    try:
        result = getattr(namespace.linalg, name)(*arrays)
    except np.linalg.LinAlgError as error:
        if any(array.ndim < 2 or array.shape[-1] != array.shape[-2] for array in arrays[:1]):
            raise  # the operation's own error about shapes says more
        raise LinAlgError(f"{name}: {ADVICE.get(name, error)}; the shape is {tuple(arrays[0].shape)}") from error
    if isinstance(result, tuple):
        return tuple(_on(device, part, namespace) for part in result)
    return _on(device, result, namespace)


def _on(device: Any, array: Array, namespace: Any) -> Array:
    return array if device_of(array) == device else namespace.asarray(array, device=device)


def check_square(name: str, shape: Shape) -> None:
    """Refuse what is no square matrix and no batch of them.

    Raises:
        ShapeError: there are less than two axes, or the last two have different sizes.
    """
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ShapeError(f"{name}: shape {shape}; expected square matrices, (..., n, n)")


def regular(a: Tensor) -> Tensor:
    """Add 4 on the diagonals, so that the matrices of samples have inverses and full-sized determinants."""
    return a + diag_embed(diagonal(a, 0, -2, -1) * 0 + 4)


def regular_array(a: Any) -> Any:
    """Add 4 on the diagonals of a NumPy array."""
    return a + 4 * np.eye(a.shape[-1])


SQUARES: list[Shape] = [(3, 3), (2, 2, 2), (1, 1), (0, 2, 2)]
"""Shapes for samples."""


class Inverse(TensorOp):
    """The inverses of square matrices."""

    name = "inv"
    formula = "a**-1"
    gradient_formula = "da = -transpose(c) @ dc @ transpose(c)"
    needs = ("out",)

    def compute(self, a: Array) -> Array:
        """Invert each matrix."""
        return decomposed("inv", a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """A change E of the matrix changes the inverse by -c @ E @ c."""
        transposed = transpose(node)
        return -matmul(matmul(transposed, out_grad), transposed)

    def infer(self, a: Spec) -> Spec | None:
        """The shape stays."""
        check_square(self.name, a.shape)
        return a if is_floating(a.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """One matrix, a batch, one element, none."""
        return [
            Sample(
                inputs=[shape],
                reference=lambda a: np.linalg.inv(regular_array(a)),
                call=lambda a: Inverse()(regular(a)),
                domain=(-1.0, 1.0),
            )
            for shape in SQUARES
        ]


class Solve(TensorOp):
    """The solutions of linear equations, one for each column."""

    name = "solve"
    formula = "a**-1 @ b"
    gradient_formula = "db = solve(transpose(a), dc); da = -db @ transpose(c)"
    needs = (0, "out")

    def compute(self, a: Array, b: Array) -> Array:
        """Solve for each column."""
        return decomposed("solve", a, b)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Solve the transposed equations for what arrived."""
        a, b = node.inputs
        share = _solve(transpose(a), out_grad)
        return (
            unbroadcast(-matmul(share, transpose(node)), a) if a.requires_grad else None,
            unbroadcast(share, b) if b.requires_grad else None,
        )

    def infer(self, a: Spec, b: Spec) -> Spec | None:
        """The batches broadcast, and the columns are as long as the matrices are wide."""
        check_square(self.name, a.shape)
        if len(b.shape) < 2 or b.shape[-2] != a.shape[-1]:
            raise ShapeError(
                f"solve: matrices of shape {a.shape} and right sides of shape {b.shape}; expected right sides "
                f"({a.shape[-1]},) or (..., {a.shape[-1]}, m)"
            )
        batch = broadcast_shapes(self.name, a.shape[:-2], b.shape[:-2])
        device = same_device(self.name, a, b)
        dtype = promoted(self.name, a, b)
        return Spec((*batch, *b.shape[-2:]), dtype, device) if is_floating(a.dtype) and is_floating(b.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """One matrix, batches that broadcast, one element, no columns."""
        cases: list[tuple[Shape, Shape]] = [
            ((3, 3), (3, 2)), ((2, 2, 2), (2, 1)), ((2, 2), (3, 2, 2)), ((2, 1, 2, 2), (3, 2, 1)), ((1, 1), (1, 1)),
            ((2, 2), (2, 0)),
        ]  # fmt: skip
        return [
            Sample(
                inputs=pair,
                reference=lambda a, b: np.linalg.solve(regular_array(a), b),
                call=lambda a, b: Solve()(regular(a), b),
                domain=(-1.0, 1.0),
                label=f"{pair[0]} {pair[1]}",
            )
            for pair in cases
        ]


class Cholesky(TensorOp):
    """The lower triangular factors L of symmetric positive definite matrices, a = L @ transpose(L).

    Only the lower triangles are read; the gradient is symmetric, as if both were.
    """

    name = "cholesky"
    formula = "c with c @ transpose(c) = a, lower triangular"
    gradient_formula = (
        "da = (s + transpose(s)) / 2, s = inv(c).T @ lower(transpose(c) @ dc) @ inv(c), lower with half diagonal"
    )
    needs = ("out",)

    def compute(self, a: Array) -> Array:
        """Factor each matrix."""
        return decomposed("cholesky", a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Two systems of equations with the factor take the place of its inverse."""
        transposed = transpose(node)
        lower = Tril()(matmul(transposed, out_grad))
        lower = lower - diag_embed(diagonal(lower, 0, -2, -1) * 0.5)
        half = _solve(transposed, lower)  # inv(c).T @ lower
        whole = transpose(_solve(transposed, transpose(half)))  # half @ inv(c)
        return (whole + transpose(whole)) * 0.5

    def infer(self, a: Spec) -> Spec | None:
        """The shape stays."""
        check_square(self.name, a.shape)
        return a if is_floating(a.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """One matrix, a batch, one element, none."""

        def reference(a: Any) -> Any:
            return np.linalg.cholesky(regular_array(a @ np.swapaxes(a, -1, -2)))

        return [
            Sample(
                inputs=[shape],
                reference=reference,
                call=lambda a: Cholesky()(regular(matmul(a, transpose(a)))),
                domain=(-1.0, 1.0),
            )
            for shape in SQUARES
        ]


_inv, _solve, _cholesky = Inverse(), Solve(), Cholesky()


def inv(a: Tensor) -> Tensor:
    """Invert square matrices; `solve(a, b)` is faster and more exact than `inv(a) @ b`.

    Args:
        a: (..., n, n), float32 or float64.

    Raises:
        LinAlgError: a matrix is singular.
        ShapeError: the matrices are not square.
    """
    return _inv(a)


def solve(a: Tensor, b: Tensor) -> Tensor:
    """Solve the linear equations a @ x = b.

    Args:
        a: (..., n, n), float32 or float64.
        b: one vector (n,) for all matrices, or (..., n, m) with a right side in each column; leading axes broadcast.

    Returns:
        x of shape (..., n) for one vector, and (..., n, m) otherwise.

    Raises:
        LinAlgError: a matrix is singular.
        ShapeError: the matrices are not square, or the right sides don't fit.
    """
    require_tensors("solve", a=a, b=b)
    return _solve(a, b.expand_dims(-1)).squeeze(-1) if b.ndim == 1 else _solve(a, b)


def cholesky(a: Tensor, upper: bool = False) -> Tensor:
    """Factor symmetric positive definite matrices: a = L @ transpose(L), with L lower triangular.

    Args:
        a: (..., n, n), float32 or float64, symmetric: only the lower triangles are read.
        upper: give the transposes of L instead.

    Returns:
        The factors. The gradient for `a` is symmetric.

    Raises:
        LinAlgError: a matrix is not positive definite.
        ShapeError: the matrices are not square.
    """
    return transpose(_cholesky(a)) if upper else _cholesky(a)


inverse = inv
