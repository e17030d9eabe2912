"""Diagonals of matrices and triangles beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..arguments import integer_argument
from ..axes import canonical_axis
from ..broadcasting import Shape
from ..shapes.views import moveaxis

if TYPE_CHECKING:
    from ...tensor import Tensor


def diagonal_length(rows: int, columns: int, offset: int) -> int:
    """Return how many elements a diagonal has."""
    return max(0, min(rows + min(offset, 0), columns - max(offset, 0)))


class Diagonal(TensorOp):
    """The diagonals of the matrices in the last two axes.

    Args:
        offset: how far above the main diagonal; negative ones are below.
    """

    name = "diagonal"
    formula = "c[..., i] = a[..., i, i + offset]"
    gradient_formula = "da = zeros, with dc on the diagonals"
    needs = ()

    def __init__(self, offset: int = 0) -> None:
        self.offset = integer_argument(self.name, "offset", offset)

    def compute(self, a: Array) -> Array:
        """Read the diagonals, without copying where the library can."""
        return array_namespace(a).linalg.diagonal(a, offset=self.offset)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Put them among zeros."""
        return OnDiagonal(node.inputs[0].shape[-2:], self.offset)(out_grad)

    def infer(self, a: Spec) -> Spec:
        """Two axes become one."""
        if len(a.shape) < 2:
            raise ShapeError(f"diagonal: shape {a.shape} has {len(a.shape)} axes; expected at least two")
        length = diagonal_length(a.shape[-2], a.shape[-1], self.offset)
        return Spec((*a.shape[:-2], length), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Above, below and outside, wide and high matrices, batches, nothing."""
        return [
            Sample(
                inputs=[shape],
                kwargs={"offset": offset},
                reference=lambda a, offset: np.diagonal(a, offset, -2, -1),
                exact=True,
                label=f"offset {offset}",
            )
            for shape, offset in MATRICES
        ]


MATRICES: list[tuple[Shape, int]] = [
    ((3, 3), 0), ((2, 4), 1), ((4, 2), -1), ((2, 2, 3), 0), ((2, 3), 5), ((0, 3), 0), ((2, 0, 2), 0), ((1, 1), 0),
]  # fmt: skip
"""Shapes and offsets for samples."""


class OnDiagonal(TensorOp):
    """Zeros with a tensor on the diagonals of matrices: the transpose of `Diagonal`.

    Args:
        shape: the shape of each matrix.
        offset: how far above the main diagonal.
    """

    name = "on_diagonal"
    formula = "zeros, but c[..., i, i + offset] = a[..., i]"
    gradient_formula = "da = diagonal(dc, offset)"
    needs = ()

    def __init__(self, shape: Shape, offset: int = 0) -> None:
        self.shape = shape
        self.offset = integer_argument(self.name, "offset", offset)

    def compute(self, a: Array) -> Array:
        """Write with a step of one row and one element, into matrices whose rows follow each other."""
        namespace = array_namespace(a)
        rows, columns = self.shape
        result = namespace.zeros((*a.shape[:-1], rows * columns), dtype=a.dtype, device=a.device)
        start = self.offset if self.offset >= 0 else -self.offset * columns
        stop = start + a.shape[-1] * (columns + 1)
        if a.shape[-1]:  # else the start may lie outside, which the standard leaves undefined
            result[..., start : min(stop, rows * columns) : columns + 1] = a
        return namespace.reshape(result, (*a.shape[:-1], rows, columns))

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Read the diagonals."""
        return Diagonal(self.offset)(out_grad)

    def infer(self, a: Spec) -> Spec:
        """The last axis becomes two."""
        return Spec((*a.shape[:-1], *self.shape), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Above, below and outside, wide and high matrices, batches, nothing."""

        def reference(a: Any, shape: Shape, offset: int) -> Any:
            result = np.zeros((*a.shape[:-1], *shape))
            for i in range(a.shape[-1]):
                result[..., i - min(offset, 0), i + max(offset, 0)] = a[..., i]
            return result

        return [
            Sample(
                inputs=[(*shape[:-2], diagonal_length(shape[-2], shape[-1], offset))],
                kwargs={"shape": shape[-2:], "offset": offset},
                reference=reference,
                exact=True,
                label=f"{shape} offset {offset}",
            )
            for shape, offset in MATRICES
        ]


class Triangle(TensorOp):
    """The matrices in the last two axes with zeros on one side of a diagonal.

    Args:
        k: how far above the main diagonal the triangle ends.
    """

    needs = ()

    def __init__(self, k: int = 0) -> None:
        self.k = integer_argument(self.name, "k", k)

    def checked(self, shape: Shape) -> None:
        """Refuse what is no matrix; NumPy would make one of a vector."""
        if len(shape) < 2:
            raise ShapeError(f"{self.name}: shape {shape} has {len(shape)} axes; expected at least two")

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The same triangle of the gradient."""
        return type(self)(self.k)(out_grad)

    def infer(self, a: Spec) -> Spec:
        """The shape stays."""
        self.checked(a.shape)
        return a

    @classmethod
    def samples(cls) -> list[Sample]:
        """Above and below, wide and high matrices, batches, nothing."""
        return [
            Sample(inputs=[shape], kwargs={"k": k}, reference=getattr(np, cls.name), exact=True, label=f"k {k}")
            for shape, k in MATRICES
        ]


class Tril(Triangle):
    """The lower triangles of matrices."""

    name = "tril"
    formula = "a[..., i, j] where j <= i + k, else 0"
    gradient_formula = "da = tril(dc, k)"

    def compute(self, a: Array) -> Array:
        """Clear what lies above."""
        self.checked(a.shape)
        return array_namespace(a).tril(a, k=self.k)


class Triu(Triangle):
    """The upper triangles of matrices."""

    name = "triu"
    formula = "a[..., i, j] where j >= i + k, else 0"
    gradient_formula = "da = triu(dc, k)"

    def compute(self, a: Array) -> Array:
        """Clear what lies below."""
        self.checked(a.shape)
        return array_namespace(a).triu(a, k=self.k)


def diagonal(a: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Read the diagonals of the matrices in two axes.

    Args:
        a: a tensor of at least two axes.
        offset: how far above the main diagonal; negative ones are below.
        axis1: the axis of the rows.
        axis2: the axis of the columns.

    Returns:
        A tensor without these axes, and with one more at the end.

    Raises:
        ShapeError: there are no two such axes.
    """
    if a.ndim < 2:
        raise ShapeError(f"diagonal: shape {a.shape} has {a.ndim} axes; expected at least two")
    rows, columns = canonical_axis("diagonal", axis1, a.shape), canonical_axis("diagonal", axis2, a.shape)
    if (rows, columns) != (a.ndim - 2, a.ndim - 1):
        a = moveaxis(a, (rows, columns), (-2, -1))
    return Diagonal(offset)(a)


def diag_embed(a: Tensor, offset: int = 0) -> Tensor:
    """Make square matrices that have the vectors in the last axis on a diagonal, and zeros elsewhere.

    Args:
        a: (..., n).
        offset: how far above the main diagonal; negative ones are below.

    Returns:
        A tensor of shape (..., n + |offset|, n + |offset|).

    Raises:
        ShapeError: the tensor has no axes.
    """
    if not a.ndim:
        raise ShapeError("diag_embed: the tensor has no axes; expected at least one")
    offset = integer_argument("diag_embed", "offset", offset)
    size = a.shape[-1] + (offset if offset > 0 else -offset)
    return OnDiagonal((size, size), offset)(a)


def diag(a: Tensor, k: int = 0) -> Tensor:
    """Read the diagonal of a matrix, or make a matrix with a vector on its diagonal.

    Args:
        a: a matrix or a vector.
        k: how far above the main diagonal; negative ones are below.

    Raises:
        ShapeError: the tensor has neither one axis nor two.
    """
    if a.ndim not in (1, 2):
        raise ShapeError(f"diag: shape {a.shape} has {a.ndim} axes; expected one or two. diagonal takes more")
    return diag_embed(a, k) if a.ndim == 1 else diagonal(a, k)


def trace(a: Tensor, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Add up the diagonals of the matrices in two axes.

    Args:
        a: a tensor of at least two axes.
        offset: how far above the main diagonal; negative ones are below.
        axis1: the axis of the rows.
        axis2: the axis of the columns.

    Returns:
        A tensor without these axes.

    Raises:
        ShapeError: there are no two such axes.
    """
    return diagonal(a, offset, axis1, axis2).sum(-1)


def tril(a: Tensor, k: int = 0) -> Tensor:
    """Take the lower triangles of matrices, with zeros above.

    Args:
        a: (..., n, m).
        k: up to which diagonal: 0 for the main one, positive ones lie above it.

    Raises:
        ShapeError: the tensor has less than two axes.
    """
    return Tril(k)(a)


def triu(a: Tensor, k: int = 0) -> Tensor:
    """Take the upper triangles of matrices, with zeros below.

    Args:
        a: (..., n, m).
        k: from which diagonal on: 0 for the main one, positive ones lie above it.

    Raises:
        ShapeError: the tensor has less than two axes.
    """
    return Triu(k)(a)
