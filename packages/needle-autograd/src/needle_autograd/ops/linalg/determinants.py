"""Determinants, and powers of matrices.

The computation is that of the arrays' own library, as described in `solvers`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...errors import LinAlgError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp, TensorTupleOp
from ..arguments import integer_argument
from ..broadcasting import constant_like, is_floating, zeros_like
from ..elementwise.comparisons import less
from ..elementwise.selection import where
from ..shapes.reshaping import reshape, transpose
from ..tuples import tuple_get_item
from .diagonals import diag_embed, diagonal
from .matmul import matmul
from .solvers import SQUARES, check_square, decomposed, inv, regular, regular_array

if TYPE_CHECKING:
    from ...tensor import Tensor, TensorTuple

MOST_MINORS = 16
"""Up to which number of rows the gradient of the determinant of singular matrices is offered; it takes n**5 steps."""


class Det(TensorOp):
    """The determinants of square matrices."""

    name = "det"
    formula = "det(a)"
    gradient_formula = "da = dc * c * transpose(inv(a)), the cofactors"
    needs = (0, "out")

    def compute(self, a: Array) -> Array:
        """Take the product of the pivots."""
        return decomposed("det", a)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the cofactors; singular matrices have them too, though no inverse (PyTorch gives zeros there)."""
        a: Tensor = node.inputs[0]
        grad = reshape(out_grad, (*out_grad.shape, 1, 1))
        try:
            inverse = inv(a)
        except LinAlgError:
            return grad * cofactors(a)
        return grad * reshape(node, grad.shape) * transpose(inverse)

    def infer(self, a: Spec) -> Spec | None:
        """The last two axes go."""
        check_square(self.name, a.shape)
        return Spec(a.shape[:-2], a.dtype, a.device) if is_floating(a.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """One matrix, a batch, one element, none; singular ones."""
        singular = np.array([[[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0], [3.0, 4.0]]])
        return [
            *[
                Sample(
                    inputs=[shape],
                    reference=lambda a: np.linalg.det(regular_array(a)),
                    call=lambda a: Det()(regular(a)),
                    domain=(-1.0, 1.0),
                )
                for shape in SQUARES
            ],
            Sample(inputs=[singular], reference=np.linalg.det, label="singular"),
            Sample(inputs=[np.zeros((3, 3))], reference=np.linalg.det, label="zeros"),
            Sample(inputs=[np.zeros((2, 1, 1))], reference=np.linalg.det, label="zeros of one element"),
        ]


def cofactors(a: Tensor) -> Tensor:
    """Return for each element the determinant of its matrix without the element's row and column, with its sign.

    Args:
        a: (..., n, n), n at most `MOST_MINORS`.

    Raises:
        LinAlgError: n is larger.
    """
    size = a.shape[-1]
    if size > MOST_MINORS:
        raise LinAlgError(
            f"det: a matrix of shape {a.shape} is singular, and the gradient of the determinant of singular matrices "
            f"is only offered up to {MOST_MINORS} rows; add a multiple of the identity"
        )
    signs: Tensor = constant_like((-1.0) ** np.add.outer(np.arange(size), np.arange(size)), a).astype(a.dtype)
    if size == 1:
        return signs
    others = np.array([[k for k in range(size) if k != i] for i in range(size)])
    minors = a[..., others[:, None, :, None], others[None, :, None, :]]  # (..., n, n, n - 1, n - 1)
    return det(minors) * signs


class SlogDet(TensorTupleOp):
    """The signs of determinants, and the logarithms of their sizes."""

    name = "slogdet"
    formula = "sign(det(a)), log(|det(a)|)"
    gradient_formula = "da = d(log) * transpose(inv(a))"
    needs = (0,)

    def compute(self, a: Array) -> tuple[Array, Array]:
        """Count the signs of the pivots, and add up the logarithms of their sizes."""
        sign, logarithm = decomposed("slogdet", a)
        return sign, logarithm

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> Tensor:
        """The sign is constant between its jumps."""
        grad = tuple_get_item(out_grad, 1)
        return reshape(grad, (*grad.shape, 1, 1)) * transpose(inv(node.inputs[0]))

    def infer(self, a: Spec) -> tuple[Spec, Spec] | None:
        """The last two axes go, twice."""
        check_square(self.name, a.shape)
        return (Spec(a.shape[:-2], a.dtype, a.device),) * 2 if is_floating(a.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """One matrix, a batch, one element, none."""
        return [
            Sample(
                inputs=[shape],
                reference=lambda a: tuple(np.linalg.slogdet(regular_array(a))),
                call=lambda a: SlogDet()(regular(a)),
                domain=(-1.0, 1.0),
            )
            for shape in SQUARES
        ]


_det, _slogdet = Det(), SlogDet()


def det(a: Tensor) -> Tensor:
    """Take the determinants of square matrices.

    Args:
        a: (..., n, n), float32 or float64.

    Returns:
        A tensor of shape (...). Its gradient is right for singular matrices too, to every order, up to 16 rows.

    Raises:
        ShapeError: the matrices are not square.
        LinAlgError: in the gradient, for larger singular matrices.
    """
    return _det(a)


def slogdet(a: Tensor) -> TensorTuple:
    """Take the signs of determinants and the logarithms of their sizes, which neither overflow nor underflow.

    Args:
        a: (..., n, n), float32 or float64.

    Returns:
        `(sign, logabsdet)`, both of shape (...); of singular matrices 0 and -inf. The sign has a gradient of zero.

    Raises:
        ShapeError: the matrices are not square.
        LinAlgError: in the gradient, for singular matrices.
    """
    return _slogdet(a)


def matrix_power(a: Tensor, n: int) -> Tensor:
    """Multiply square matrices by themselves.

    Args:
        a: (..., m, m).
        n: how many factors; 0 gives identities, and negative numbers multiply the inverses.

    Raises:
        ShapeError: the matrices are not square.
        LinAlgError: n is negative and a matrix is singular.
    """
    check_square("matrix_power", a.shape)
    n = integer_argument("matrix_power", "n", n)
    if n == 0:
        return diag_embed(zeros_like(diagonal(a, 0, -2, -1)) + 1)
    square = inv(a) if n < 0 else a
    count = -n if n < 0 else n
    result: Any = None
    while count:
        if count % 2:
            result = square if result is None else matmul(result, square)
        count //= 2
        if count:
            square = matmul(square, square)
    power: Tensor = result
    return power


def logdet(a: Tensor) -> Tensor:
    """Take the logarithms of determinants: NaN where they are negative, and -inf where they are 0.

    Args:
        a: (..., n, n), float32 or float64.

    Raises:
        ShapeError: the matrices are not square.
        LinAlgError: in the gradient, for singular matrices.
    """
    sign, logarithm = slogdet(a)
    return where(less(sign, 0), math.nan, logarithm)
