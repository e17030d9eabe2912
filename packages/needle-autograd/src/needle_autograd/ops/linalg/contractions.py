"""Products of vectors and sums over axes that two tensors share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ...value import Value
from ..arguments import integer_argument, require_tensors
from ..axes import axis_argument, canonical_axes, canonical_axis
from ..broadcasting import Shape, broadcast_shapes, promoted, same_device, unbroadcast
from ..elementwise.arithmetic import multiply
from ..shapes.padding import roll
from ..shapes.reshaping import permute, reshape
from .matmul import matmul

if TYPE_CHECKING:
    from ...tensor import Tensor


class VecDot(TensorOp):
    """The sums of products along an axis that both operands have, counted from the back; the others broadcast.

    Args:
        axis: the axis, negative.
    """

    name = "vecdot"
    formula = "sum(a * b, axis)"
    gradient_formula = "da = dc * b; db = dc * a"
    needs = (0, 1)

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis_argument(self.name, axis)

    def compute(self, a: Array, b: Array) -> Array:
        """Multiply and add up, without an array of the products where the library can."""
        return array_namespace(a).vecdot(a, b, axis=self.axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Multiply by the other operand."""
        a, b = node.inputs
        grad = out_grad.expand_dims(self.axis)
        return (
            unbroadcast(grad * b, a) if a.requires_grad else None,
            unbroadcast(grad * a, b) if b.requires_grad else None,
        )

    def infer(self, a: Spec, b: Spec) -> Spec:
        """The axis goes."""
        if not (self.axis < 0 and min(len(a.shape), len(b.shape)) >= -self.axis):
            raise ShapeError(
                f"vecdot: shapes {a.shape} and {b.shape} and axis {self.axis}; expected a negative axis that both have"
            )
        if a.shape[self.axis] != b.shape[self.axis]:
            raise ShapeError(
                f"vecdot: axis {self.axis} of shapes {a.shape} and {b.shape} has sizes {a.shape[self.axis]} and "
                f"{b.shape[self.axis]}; expected equal sizes"
            )
        shape = list(broadcast_shapes(self.name, a.shape, b.shape))
        del shape[self.axis]
        return Spec(tuple(shape), promoted(self.name, a, b), same_device(self.name, a, b))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Vectors, batches that broadcast, other axes, nothing."""
        cases: list[tuple[Shape, Shape, int]] = [
            ((3,), (3,), -1), ((2, 3), (2, 3), -1), ((2, 1, 3), (4, 3), -1), ((3, 2), (2, 3, 2), -2),
            ((2, 0), (2, 0), -1), ((1,), (1,), -1),
        ]  # fmt: skip
        return [
            Sample(
                inputs=[s, t], kwargs={"axis": axis}, reference=lambda a, b, axis: np.sum(a * b, axis), label=f"{axis}"
            )
            for s, t, axis in cases
        ]


def vecdot(a: Tensor, b: Tensor, axis: int = -1) -> Tensor:
    """Add up the products of elements along an axis that both tensors have.

    Args:
        a: a tensor of at least one axis.
        b: a tensor of at least one axis; the other axes broadcast.
        axis: the axis, counted from the back (negative), as the Array API standard has it.

    Returns:
        A tensor of the broadcast shape without the axis.

    Raises:
        ShapeError: the axis is not negative or has two sizes, or the other axes do not broadcast.
    """
    require_tensors("vecdot", a=a, b=b)
    op = VecDot(axis)
    operands: Any = Value.tensor_type.as_operands(op, (a, b))
    op.infer(*[x.known_spec() for x in operands])  # libraries treat axes from the front and sizes of 1 in various ways
    return op(*operands)


def vdot(a: Tensor, b: Tensor) -> Tensor:
    """Add up the products of all elements of two tensors of the same size.

    Args:
        a: a tensor.
        b: a tensor of as many elements.

    Raises:
        ShapeError: they have different numbers of elements.
    """
    return vecdot(reshape(a, -1), reshape(b, -1))


def outer(a: Tensor, b: Tensor) -> Tensor:
    """Multiply each element of one vector by each of another; other tensors are taken as one row of elements.

    Args:
        a: n elements.
        b: m elements.

    Returns:
        A tensor of shape (n, m).
    """
    return multiply(reshape(a, (-1, 1)), reshape(b, (1, -1)))


def inner(a: Tensor, b: Tensor) -> Tensor:
    """Add up products along the last axes of both tensors; one without axes multiplies the other.

    Args:
        a: (..., k).
        b: (..., k).

    Returns:
        A tensor with the other axes of `a`, then those of `b`.

    Raises:
        ShapeError: the last axes have two sizes.
    """
    require_tensors("inner", a=a, b=b)
    return tensordot(a, b, ((-1,), (-1,))) if a.ndim and b.ndim else multiply(a, b)


def dot(a: Tensor, b: Tensor) -> Tensor:
    """Multiply vectors or matrices, as NumPy's `dot`; for batches of matrices `matmul` is what is meant most often.

    Args:
        a: (..., k), or without axes.
        b: (k,) or (..., k, m), or without axes.

    Returns:
        The sums of products along the last axis of `a` and the second to last of `b` (its only one, if it has one),
        with the other axes of `a`, then those of `b`.

    Raises:
        ShapeError: these axes have two sizes.
    """
    require_tensors("dot", a=a, b=b)
    if not (a.ndim and b.ndim):
        return multiply(a, b)
    return matmul(a, b) if b.ndim <= 2 else tensordot(a, b, ((-1,), (-2,)))


def tensordot(a: Tensor, b: Tensor, axes: int | Sequence[int | Sequence[int]] = 2) -> Tensor:
    """Add up products along several axes of two tensors.

    Args:
        a: a tensor.
        b: a tensor.
        axes: how many: the last of `a` with the first of `b`; or the axes of `a` and those of `b`, in the same order.

    Returns:
        A tensor with the other axes of `a`, then those of `b`.

    Raises:
        ShapeError: there are no such axes, or a pair of them has two sizes.
    """
    require_tensors("tensordot", a=a, b=b)
    if not hasattr(axes, "__iter__"):
        count = integer_argument("tensordot", "axes", axes)
        if not 0 <= count <= min(a.ndim, b.ndim):
            raise ShapeError(f"tensordot: {count} axes of shapes {a.shape} and {b.shape}; expected as many in both")
        left, right = tuple(range(a.ndim - count, a.ndim)), tuple(range(count))
    else:
        pair = tuple(axes)
        if len(pair) != 2:
            raise ShapeError(f"tensordot: axes are {axes}; expected how many, or those of a and those of b")
        of_a, of_b = pair
        left, right = canonical_axes("tensordot", of_a, a.shape), canonical_axes("tensordot", of_b, b.shape)
    sizes = [a.shape[axis] for axis in left]
    if sizes != [b.shape[axis] for axis in right]:
        raise ShapeError(
            f"tensordot: axes {left} of shape {a.shape} and {right} of shape {b.shape} do not fit; expected as many, "
            "of equal sizes"
        )
    rows = [axis for axis in range(a.ndim) if axis not in left]
    columns = [axis for axis in range(b.ndim) if axis not in right]
    row_sizes, column_sizes = [a.shape[axis] for axis in rows], [b.shape[axis] for axis in columns]
    count = math.prod(sizes)
    first = reshape(permute(a, (*rows, *left)), (math.prod(row_sizes), count))
    second = reshape(permute(b, (*right, *columns)), (count, math.prod(column_sizes)))
    return reshape(matmul(first, second), (*row_sizes, *column_sizes))


def cross(a: Tensor, b: Tensor, axis: int = -1) -> Tensor:
    """Take the vector products of vectors of three numbers: they stand upright on both.

    Args:
        a: vectors, of size 3 along an axis.
        b: others; the shapes broadcast.
        axis: the axis, of the shape that they have together.

    Raises:
        ShapeError: the size along the axis is not 3, or the shapes do not broadcast.
    """
    require_tensors("cross", a=a, b=b)
    shape = broadcast_shapes("cross", a.shape, b.shape)
    place = canonical_axis("cross", axis, shape)
    back = place - len(shape)
    if any(len(x.shape) < -back or x.shape[back] != 3 for x in (a, b)):
        raise ShapeError(
            f"cross: a has shape {a.shape} and b {b.shape}; expected vectors of size 3 along axis {axis} in both"
        )
    return multiply(roll(a, -1, back), roll(b, 1, back)) - multiply(roll(a, 1, back), roll(b, -1, back))


def kron(a: Tensor, b: Tensor) -> Tensor:
    """Put the products of each element of one tensor and all of another in its place: the Kronecker product.

    Args:
        a: a tensor.
        b: a tensor; the one with less axes gets leading ones.

    Returns:
        A tensor whose sizes are the products of theirs.
    """
    require_tensors("kron", a=a, b=b)
    ndim = max(a.ndim, b.ndim)
    outer_sizes, inner_sizes = ((1,) * (ndim - x.ndim) + x.shape for x in (a, b))
    blocks = reshape(a, [size for pair in zip(outer_sizes, (1,) * ndim, strict=True) for size in pair])
    parts = reshape(b, [size for pair in zip((1,) * ndim, inner_sizes, strict=True) for size in pair])
    sizes = [m * n for m, n in zip(outer_sizes, inner_sizes, strict=True)]
    return reshape(multiply(blocks, parts), sizes)
