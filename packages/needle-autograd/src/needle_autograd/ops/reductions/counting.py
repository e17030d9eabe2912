"""Reductions of truths: any, all, and how many; they have no gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...backends import array_namespace
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec
from ..axes import Axes, canonical_axes, reduced_shape
from ..broadcasting import boolean_like, integer_like
from ..elementwise.logic import truth
from .sums import CASES, EMPTY, Reduction, reduction_samples

if TYPE_CHECKING:
    from ...tensor import Tensor


class Truths(Reduction):
    """A reduction of elements that count as true where they are not zero."""

    gradient_formula = "none"
    needs = ()
    differentiable = False

    def infer(self, a: Spec) -> Spec:
        """The axes go, or get size 1; the result is boolean."""
        axes = canonical_axes(self.name, self.axes, a.shape)
        shape = reduced_shape(a.shape, axes, self.keepdims)
        return Spec(shape, boolean_like(a.dtype), a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes, also of nothing; zeros among the elements; booleans."""
        function = getattr(np, cls.name)
        mixed = np.array([[0.0, 1.0, np.nan], [0.0, 0.0, 0.0]])
        operands = [mixed, mixed > 0.5, np.array([0, 3])]
        return [
            *reduction_samples(function, [*CASES[:4], CASES[5], *EMPTY], order=0, exact=True),
            *[Sample(inputs=[operand], reference=function, order=0, exact=True) for operand in operands],
            Sample(
                inputs=[mixed],
                kwargs={"axes": 1},
                reference=lambda a, axes: function(a, axis=axes),
                order=0,
                exact=True,
            ),
        ]


class AnyTrue(Truths):
    """Whether an element along the axes is true."""

    name = "any"
    formula = "a[0] or a[1] or ..."

    def compute(self, a: Array) -> Array:
        """Ask along the axes."""
        return array_namespace(a).any(truth(a), axis=self.axes, keepdims=self.keepdims)


class AllTrue(Truths):
    """Whether all elements along the axes are true."""

    name = "all"
    formula = "a[0] and a[1] and ..."

    def compute(self, a: Array) -> Array:
        """Ask along the axes."""
        return array_namespace(a).all(truth(a), axis=self.axes, keepdims=self.keepdims)


class CountNonzero(Truths):
    """How many elements along the axes are not zero."""

    name = "count_nonzero"
    formula = "sum(a != 0)"

    def compute(self, a: Array) -> Array:
        """Count along the axes."""
        namespace = array_namespace(a)
        return namespace.sum(namespace.astype(truth(a), namespace.int64), axis=self.axes, keepdims=self.keepdims)

    def infer(self, a: Spec) -> Spec:
        """As the others, but a number."""
        return super().infer(a)._replace(dtype=integer_like(a.dtype))


def any(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Tell whether an element along axes is not zero; of nothing, False.

    Args:
        a: a tensor of any shape and dtype.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return AnyTrue(axes if axis is None else axis, keepdims)(a)


def all(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Tell whether all elements along axes are not zero; of nothing, True.

    Args:
        a: a tensor of any shape and dtype.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return AllTrue(axes if axis is None else axis, keepdims)(a)


def count_nonzero(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Count the elements along axes that are not zero, as int64.

    Args:
        a: a tensor of any shape and dtype.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return CountNonzero(axes if axis is None else axis, keepdims)(a)
