"""Products over axes and along one; their gradients are exact where elements are zero, to every order.

The derivative of a product for one factor is the product of the others. Dividing the whole product by the factor gives
it, but not where the factor is zero. So the gradients here multiply the others together, in about log2(n) steps on
halves (`multiply_by_others`) or shifted copies (`CumulativeProd.gradient`) of the factors, without any division.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...backends import array_namespace
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..axes import Axes, axis_argument, canonical_axes, canonical_axis, only_axis
from ..broadcasting import Shape, is_floating
from ..indexing.getting import SetItem
from ..shapes.joining import concat
from ..shapes.reshaping import permute, reshape, transpose
from .sums import CASES, EMPTY, Reduction, reduction_samples

if TYPE_CHECKING:
    from ...tensor import Tensor


class Prod(Reduction):
    """The product over axes."""

    name = "prod"
    formula = "prod(a, axes)"
    gradient_formula = "da[i] = dc * (product of all a[j], j != i)"
    needs = (0,)
    fold = "prod"

    def compute(self, a: Array) -> Array:
        """Multiply along the axes."""
        return array_namespace(a).prod(a, axis=self.axes, keepdims=self.keepdims)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply by the other factors, after the axes were made one, the last."""
        a: Tensor = node.inputs[0]
        shape = a.shape
        axes = canonical_axes(self.name, self.axes, shape)
        rest = [axis for axis in range(len(shape)) if axis not in axes]
        order = (*rest, *axes)
        ordered = [shape[axis] for axis in order]
        sizes = ordered[: len(rest)]
        if 0 in shape:
            return a  # nothing has a gradient of nothing
        rows = reshape(permute(a, order), (*sizes, math.prod(ordered[len(rest) :])))
        grads = multiply_by_others(rows, reshape(out_grad, (*sizes, 1)))
        return permute(reshape(grads, ordered), np.argsort(order).tolist())

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes, also of nothing, and zeros: none, one and two in a product."""
        zeros = np.array([[1.5, -2.0, 0.5, 3.0, 1.0], [1.5, 0.0, 0.5, 3.0, 2.0], [0.0, 2.0, 0.0, 1.0, 4.0]])
        return [
            *reduction_samples(np.prod, [*CASES, *EMPTY]),
            Sample(inputs=[zeros], kwargs={"axes": 1}, reference=lambda a, axes: np.prod(a, axis=axes), label="zeros"),
        ]


def multiply_by_others(rows: Tensor, grad: Tensor) -> Tensor:
    """Multiply a gradient by the product of the other elements of a row.

    Args:
        rows: (..., n), n at least 1.
        grad: (..., 1), the gradient of the product of each row.

    Returns:
        (..., n): for each element `grad` times all others of its row.
    """
    levels = []
    while (size := rows.shape[-1]) > 1:  # fold the row: its first half times its second, until one element is left
        first, middle, second = _halves(rows)
        levels.append((first, second))
        rows = first * second if size % 2 == 0 else concat([first * second, middle], axis=-1)
    for first, second in reversed(levels):  # what arrived at a fold, times one half, is what arrives at the other
        pairs = first.shape[-1]
        arrived = grad[..., :pairs]
        grad = concat([arrived * second, grad[..., pairs:], arrived * first], axis=-1)
    return grad


def _halves(rows: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the first half of each row, its middle element if the number is odd, and its second half."""
    size = rows.shape[-1]
    pairs = size // 2
    return rows[..., :pairs], rows[..., pairs : size - pairs], rows[..., size - pairs :]


class CumulativeProd(TensorOp):
    """The products of all elements up to each, along an axis.

    Args:
        axis: the axis.
    """

    name = "cumulative_prod"
    formula = "c[i] = a[0] * ... * a[i]"
    gradient_formula = "da[i] = sum over k >= i of dc[k] * (product of all a[j], j <= k, j != i)"
    needs = (0,)

    def __init__(self, axis: int) -> None:
        self.axis = axis_argument(self.name, axis)

    def compute(self, a: Array) -> Array:
        """Multiply along the axis."""
        return array_namespace(a).cumulative_prod(a, axis=self.axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Multiply each row by itself, shifted by 1, 2, 4, ... elements, and differentiate these steps backwards."""
        a: Tensor = node.inputs[0]
        rows, grad = transpose(a, (self.axis, -1)), transpose(out_grad, (self.axis, -1))
        size = rows.shape[-1]
        levels = []
        shift = 1
        while shift < size:
            early, late = rows[..., : size - shift], rows[..., shift:]
            levels.append((shift, early, late))
            rows = concat([rows[..., :shift], late * early], axis=-1)
            shift *= 2
        for shift, early, late in reversed(levels):
            arrived = grad[..., shift:]
            own = concat([grad[..., :shift], arrived * early], axis=-1)
            grad = own + SetItem((..., slice(0, size - shift)), own.shape)(arrived * late)
        return transpose(grad, (self.axis, -1))

    def infer(self, a: Spec) -> Spec | None:
        """The shape stays."""
        canonical_axis(self.name, self.axis, a.shape)
        return a if is_floating(a.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis, one element, nothing, zeros."""
        cases: list[tuple[Shape, int]] = [((2, 3), 0), ((2, 5), -1), ((2, 4, 2), 1), ((1, 1), 0), ((0, 3), 0)]
        zeros = np.array([[1.5, 0.0, 0.5, 3.0, 2.0], [0.0, 2.0, 0.0, 1.0, 4.0]])
        return [
            *[
                Sample(inputs=[shape], kwargs={"axis": axis}, reference=np.cumprod, label=f"axis {axis}")
                for shape, axis in cases
            ],
            Sample(inputs=[zeros], kwargs={"axis": 1}, reference=np.cumprod, label="zeros"),
        ]


def prod(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Multiply the elements along axes.

    Args:
        a: a tensor of any shape.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return Prod(axes if axis is None else axis, keepdims)(a)


def cumulative_prod(a: Tensor, axis: int | None = None) -> Tensor:
    """Multiply all elements up to each along an axis.

    Args:
        a: a tensor of at least one axis.
        axis: the axis; it may be left out if there is only one.

    Raises:
        ShapeError: there is no such axis, or none is given and there are several.
    """
    return CumulativeProd(only_axis("cumulative_prod", axis, a.shape))(a)


cumprod = cumulative_prod
