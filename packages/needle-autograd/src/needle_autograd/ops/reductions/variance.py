"""Variance and standard deviation over axes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...numpy_on_demand import np
from ...op import Array, Sample
from ..arguments import number_argument
from ..axes import Axes
from ..elementwise.selection import where
from .sums import CASES, Reduction

if TYPE_CHECKING:
    from ...tensor import Tensor


class Var(Reduction):
    """The variance over axes: the mean of squared deviations, with `correction` taken from the count.

    Args:
        axes: an axis, several, or None for all.
        keepdims: whether the axes stay, with size 1.
        correction: 0 for the variance of the elements, 1 for the unbiased estimate from a sample.
    """

    name = "var"
    formula = "sum((a - mean(a))**2, axes) / (n - correction)"
    gradient_formula = "da = dc * 2 * (a - mean(a)) / (n - correction)"
    needs: tuple[int | str, ...] = (0,)

    def __init__(self, axes: Axes = None, keepdims: bool = False, correction: float = 0) -> None:
        super().__init__(axes, keepdims)
        self.correction = number_argument(self.name, "correction", correction)

    def compute(self, a: Array) -> Array:
        """Average the squared deviations from the mean."""
        namespace = array_namespace(a)
        centred = a - namespace.mean(a, axis=self.axes, keepdims=True)
        total = namespace.sum(centred * centred, axis=self.axes, keepdims=self.keepdims)
        return total * self._factor(a.size, total.size)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The mean's own share cancels."""
        a: Tensor = node.inputs[0]
        centred = a - a.mean(self.axes, keepdims=True)
        return self.kept(out_grad * (2 * self._factor(a.size, out_grad.size)), a) * centred

    def _factor(self, size: int, groups: int) -> float:
        degrees = size / groups - self.correction if groups else 0
        return 1 / degrees if degrees > 0 else math.nan

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes, also with a correction."""
        corrected = [((2, 3), {"axes": 1, "correction": 1}), ((4,), {"correction": 1})]
        return [
            Sample(inputs=[shape], kwargs=kwargs, reference=_reference(np.var), label=str(kwargs))
            for shape, kwargs in [*CASES, *corrected]
        ]


class Std(Var):
    """The standard deviation over axes, the root of the variance; its gradient where it is 0 is taken as 0.

    Args:
        axes: an axis, several, or None for all.
        keepdims: whether the axes stay, with size 1.
        correction: as of the variance.
    """

    name = "std"
    formula = "sqrt(var(a, axes))"
    gradient_formula = "da = dc * (a - mean(a)) / ((n - correction) * c), 0 where c = 0"
    needs = (0, "out")

    def compute(self, a: Array) -> Array:
        """Take the root of the variance."""
        return array_namespace(a).sqrt(super().compute(a))

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """The gradient of the variance, for what arrives at it through the root."""
        return super().gradient(out_grad / (where(node.eq(0), math.inf, node) * 2), node)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes that leave something to deviate, also with a correction."""
        cases: list[tuple[tuple[int, ...], dict[str, Any]]] = [
            *CASES[:4], ((2, 3), {"axes": 1, "correction": 1}), ((4,), {"correction": 1}),
        ]  # fmt: skip
        return [
            *[
                Sample(inputs=[shape], kwargs=kwargs, reference=_reference(np.std), label=str(kwargs))
                for shape, kwargs in cases
            ],
            Sample(inputs=[(1, 1)], kwargs={"axes": 1}, reference=_reference(np.std), order=0, label="one element"),
        ]


def _reference(function: Any) -> Any:
    def reference(a: Any, axes: Axes = None, keepdims: bool = False, correction: float = 0) -> Any:
        return function(a, axis=axes, keepdims=keepdims, ddof=correction)

    return reference


def var(a: Tensor, axes: Axes = None, keepdims: bool = False, *, correction: float = 0, axis: Axes = None) -> Tensor:
    """Average the squared deviations from the mean along axes.

    Args:
        a: a tensor of any shape.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        correction: taken from the number of elements that the sum is divided by; 0 as in NumPy and the Array API
            standard, 1 for the unbiased estimate, which is PyTorch's default.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return Var(axes if axis is None else axis, keepdims, correction)(a)


def std(a: Tensor, axes: Axes = None, keepdims: bool = False, *, correction: float = 0, axis: Axes = None) -> Tensor:
    """Take the root of the mean of squared deviations from the mean along axes; its gradient where it is 0 is 0.

    Args:
        a: a tensor of any shape.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        correction: taken from the number of elements that the sum is divided by; 0 as in NumPy and the Array API
            standard, 1 for PyTorch's default.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return Std(axes if axis is None else axis, keepdims, correction)(a)
