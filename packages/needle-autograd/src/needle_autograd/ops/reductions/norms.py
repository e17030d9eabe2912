"""Norms of vectors and matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec
from ..arguments import number_argument
from ..axes import Axes
from ..broadcasting import zeros_like
from ..elementwise.comparisons import equal
from ..elementwise.identities import sign
from ..elementwise.selection import where
from .extremes import refuse_nothing
from .sums import Reduction

if TYPE_CHECKING:
    from ...tensor import Tensor


class VectorNorm(Reduction):
    """The length of the vectors along axes; where it has no derivative, the gradient is a subgradient.

    That is 0 for elements that are 0, and for the largest size an equal share for each element of that size.

    Args:
        ord: the order: 2 for the Euclidean length, 1 for the sum of sizes, inf for the largest size, -inf for the
            smallest, 0 for the number of elements that are not zero, p for the p-th root of the sum of p-th powers.
        axes: an axis, several, or None for all.
        keepdims: whether the axes stay, with size 1.
    """

    name = "norm"
    formula = "sum(|a|**ord, axes) ** (1 / ord)"
    gradient_formula = "da = dc * sign(a) * (|a| / c)**(ord - 1), 0 where a = 0"
    needs = (0, "out")

    def __init__(self, ord: float = 2, axes: Axes = None, keepdims: bool = False) -> None:
        super().__init__(axes, keepdims)
        self.ord = number_argument(self.name, "ord", ord)

    def compute(self, a: Array) -> Array:
        """Measure along the axes."""
        namespace = array_namespace(a)
        options: dict[str, Any] = {"axis": self.axes, "keepdims": self.keepdims}
        if self.ord == 2:
            return namespace.sqrt(namespace.sum(a * a, **options))
        if self.ord == 0:
            return namespace.sum(namespace.astype(a != 0, a.dtype), **options)
        sizes = namespace.abs(a)
        if self.ord == 1:
            return namespace.sum(sizes, **options)
        if math.isinf(self.ord):
            return (namespace.max if self.ord > 0 else namespace.min)(sizes, **options)
        return namespace.sum(sizes**self.ord, **options) ** (1 / self.ord)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """No division is by zero: of a vector of zeros the gradient is zero."""
        a: Tensor = node.inputs[0]
        norm, grad = self.kept(node, a), self.kept(out_grad, a)
        if self.ord == 2:
            return a * (grad / where(norm.eq(0), math.inf, norm))
        if self.ord == 1:
            return grad * sign(a)
        if self.ord == 0:
            return zeros_like(a)
        sizes = a.abs()
        if math.isinf(self.ord):
            chosen = equal(sizes, norm).astype(grad.dtype)
            return grad * (sign(a) * (chosen / chosen.sum(self.axes, keepdims=True)))
        ratio = where(a.eq(0), 1.0, sizes) / where(norm.eq(0), 1.0, norm)
        # a norm of a negative order is 0, and stays so, where one element is
        return where(norm.eq(0), 0.0, grad) * (sign(a) * ratio ** (self.ord - 1))

    def infer(self, a: Spec) -> Spec | None:
        """As of every reduction; nothing has no largest element."""
        if math.isinf(self.ord):
            refuse_nothing(self.name, self.axes, a.shape)
        return super().infer(a)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All orders, several axes, no axes, two elements of the largest size."""

        def reference(a: Any, ord: float, axes: Any = None, keepdims: bool = False) -> Any:
            sizes = np.abs(a)
            if ord == 0:
                return np.sum(a != 0, axis=axes, keepdims=keepdims)
            if np.isinf(ord):
                return (np.max if ord > 0 else np.min)(sizes, axis=axes, keepdims=keepdims)
            return np.sum(sizes**ord, axis=axes, keepdims=keepdims) ** (1 / ord)

        cases: list[tuple[Any, dict[str, Any]]] = [
            *[((2, 3), {"ord": order, "axes": 1}) for order in (2, 1, math.inf, -math.inf, 3, 1.5, 0.5, -1)],
            ((2, 3, 4), {"ord": 2, "axes": (0, -1), "keepdims": True}),
            ((2, 3, 2), {"ord": 3, "axes": (0, 1)}),
            ((2, 3), {"ord": 2}),
            ((), {"ord": 2}),
        ]
        return [
            *[
                Sample(inputs=[shape], kwargs=kwargs, reference=reference, kinks=(0.0,), label=str(kwargs))
                for shape, kwargs in cases
            ],
            Sample(inputs=[(0, 3)], kwargs={"ord": 2, "axes": 0}, reference=reference, order=0, label="empty"),
            Sample(
                inputs=[np.array([1.0, -2.0, 2.0])], kwargs={"ord": math.inf}, reference=reference, order=1, label="tie"
            ),
            Sample(inputs=[np.array([0.0, 3.0, -1.0])], kwargs={"ord": 0}, reference=reference, order=0, label="count"),
        ]


def norm(a: Tensor, ord: float = 2, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Measure the length of the vectors along axes, also of matrices taken as vectors.

    Where a norm has no derivative, the gradient is a subgradient: 0 for elements that are 0, so that a vector of zeros
    has the gradient 0; among several elements of the largest size, an equal share for each.

    Args:
        a: a tensor of floating point, of any shape.
        ord: 2 for the Euclidean (or Frobenius) norm, 1 for the sum of sizes, `inf` for the largest and `-inf` for the
            smallest size, 0 for the number of elements that are not zero; any other p for sum(|a|**p) ** (1/p).
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis, or there is no element to be the largest.
    """
    return VectorNorm(ord, axes if axis is None else axis, keepdims)(a)


def matrix_norm(a: Tensor, ord: str | float = "fro", keepdims: bool = False) -> Tensor:
    """Measure the matrices in the last two axes.

    Args:
        a: (..., n, m), of floating point.
        ord: "fro" for the root of the sum of squares, 1 and -1 for the largest and smallest sum of sizes in a column,
            `inf` and `-inf` for those in a row.
        keepdims: whether the two axes stay, with size 1.

    Returns:
        A tensor of shape (...), or (..., 1, 1).

    Raises:
        ShapeError: the tensor has less than two axes.
        ValueError: the order is another one; those that need singular values are not offered.
    """
    if a.ndim < 2:
        raise ShapeError(f"matrix_norm: shape {a.shape} has {a.ndim} axes; expected at least two")
    if ord == "fro":
        return norm(a, 2, (-2, -1), keepdims)
    if ord not in (1, -1, math.inf, -math.inf):
        raise ValueError(f'matrix_norm: ord is {ord!r}; expected "fro", 1, -1, inf or -inf')
    sums = norm(a, 1, -2 if ord in (1, -1) else -1, keepdims=True)
    extreme: Tensor = sums.max((-2, -1), keepdims) if float(ord) > 0 else sums.min((-2, -1), keepdims)
    return extreme


vector_norm = norm
