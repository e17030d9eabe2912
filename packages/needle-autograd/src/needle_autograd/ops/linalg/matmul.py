"""Products of matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..broadcasting import Shape, broadcast_shapes, promoted, same_device, unbroadcast, with_dtype_of

if TYPE_CHECKING:
    from ...tensor import Tensor


class MatMul(TensorOp):
    """The product of two matrices, of batches of them, or of vectors.

    Leading axes are a batch and broadcast. A vector on the left is a row, one on the right is a column, and the axis
    that it adds is dropped from the result.
    """

    name = "matmul"
    formula = "a @ b"
    gradient_formula = "da = dc @ transpose(b); db = transpose(a) @ dc"
    needs = (0, 1)

    def compute(self, a: Array, b: Array) -> Array:
        """Multiply the matrices."""
        return a @ b

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Multiply by the other operand, transposed; what was broadcast is summed up."""
        a, b = node.inputs
        a_axes, b_axes = a.ndim, b.ndim
        if a_axes == 2 and b_axes == 2:
            return (
                with_dtype_of(a, out_grad @ b.transpose()) if a.requires_grad else None,
                with_dtype_of(b, a.transpose() @ out_grad) if b.requires_grad else None,
            )
        grad = out_grad
        if b_axes == 1:
            grad = grad.expand_dims(-1)
        if a_axes == 1:
            grad = grad.expand_dims(-2)
        rows = a.expand_dims(0) if a_axes == 1 else a
        columns = b.expand_dims(1) if b_axes == 1 else b
        a_grad = b_grad = None
        if a.requires_grad:
            a_grad = grad @ columns.transpose()
            a_grad = unbroadcast(a_grad, rows).reshape(a.shape)
        if b.requires_grad:
            if b_axes <= 2:  # one matrix for the whole batch: one product instead of a sum of products
                inner, outer = columns.shape
                count = math.prod(rows.shape[:-1])
                b_grad = rows.reshape((count, inner)).transpose() @ grad.reshape((count, outer))
            else:
                b_grad = rows.transpose() @ grad
            b_grad = unbroadcast(b_grad, columns).reshape(b.shape)
        return a_grad, b_grad

    def infer(self, a: Spec, b: Spec) -> Spec:
        """The last axis of the first is as long as the second to last of the second."""
        left, right = a.shape, b.shape
        for operand, shape in (("first", left), ("second", right)):
            if not shape:
                raise ShapeError(
                    f"matmul: shapes {left} and {right}: the {operand} operand has no axes, expected at least one; "
                    "write a * b to multiply by a scalar"
                )
        axis = 0 if len(right) == 1 else -2
        if left[-1] != right[axis]:
            raise ShapeError(
                f"matmul: shapes {left} and {right} do not fit: axis -1 of the first has size {left[-1]} and axis "
                f"{axis} of the second has size {right[axis]}, expected equal sizes; transpose an operand first"
            )
        batch = broadcast_shapes(self.name, left[:-2], right[:-2])
        product: Shape = (*batch, *left[-2:-1], *(right[-1:] if len(right) > 1 else ()))
        return Spec(product, promoted(self.name, a, b), same_device(self.name, a, b))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Matrices, batches, broadcast batches, vectors, nothing."""
        cases: list[tuple[Shape, Shape]] = [
            ((2, 3), (3, 4)),
            ((2, 2, 3), (2, 3, 4)),
            ((2, 1, 2, 3), (3, 3, 1)),
            ((2, 2, 4, 3), (3, 2)),
            ((3, 2), (2, 2, 2, 4)),
            ((3,), (3,)),
            ((3,), (3, 2)),
            ((2, 3), (3,)),
            ((2, 2, 3), (3,)),
            ((3,), (2, 3, 2)),
            ((0, 3), (3, 2)),
            ((2, 0, 3), (3, 2)),
            ((2, 2, 0), (0, 3)),
            ((2, 0), (0, 2)),
            ((1, 1), (1, 1)),
        ]
        return [Sample(inputs=pair, reference=np.matmul, label=f"{pair[0]} @ {pair[1]}") for pair in cases]


_matmul = MatMul()


def matmul(a: Tensor, b: Tensor) -> Tensor:
    """Multiply matrices, batches of matrices, or vectors.

    Args:
        a: (..., n, k) or (k,).
        b: (..., k, m) or (k,); the leading axes broadcast against those of `a`.

    Returns:
        (..., n, m), without n or m where the operand was a vector.

    Raises:
        ShapeError: the inner sizes differ, or the leading axes do not broadcast; the text names shapes and axis.
    """
    return _matmul(a, b)


def addmm(a: Tensor, b: Tensor, c: Tensor, *, beta: float = 1.0, alpha: float = 1.0) -> Tensor:
    """Add a product of matrices to a tensor: beta * a + alpha * (b @ c).

    With beta = 0, `a` plays no part, even where it is infinite or NaN. `linear` adds a row in one pass.

    Args:
        a: a tensor whose shape broadcasts with (..., n, m).
        b: (..., n, k).
        c: (..., k, m).
        beta: how much of `a` to add.
        alpha: how much of the product.

    Raises:
        ShapeError: the shapes do not fit.
    """
    product = matmul(b, c)
    if alpha != 1:
        product = product * alpha
    if beta == 0:
        return product
    return (a if beta == 1 else a * beta) + product


baddbmm = addmv = addmm
