"""Reductions over axes: sum, mean, variance, extrema, logsumexp, argmax."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backends import array_namespace
from ..errors import ShapeError
from ..op import Array, Sample, Spec, TensorOp
from .axes import Axes, axes_argument, canonical_axes, with_ones, without_axes
from .broadcasting import Shape, integer_like, is_floating
from .comparisons import equal

if TYPE_CHECKING:
    from ..tensor import Tensor

CASES: list[tuple[tuple[int, ...], dict[str, Any]]] = [
    ((2, 3), {}),
    ((2, 3), {"axes": 0}),
    ((2, 3), {"axes": (-1,), "keepdims": True}),
    ((2, 3, 4), {"axes": (0, -1)}),
    ((2, 3), {"axes": ()}),
    ((), {}),
    ((1, 1), {"axes": 1}),
]
"""Shapes and arguments for samples."""

EMPTY: list[tuple[tuple[int, ...], dict[str, Any]]] = [((0, 3), {}), ((0, 3), {"axes": 0}), ((0, 3), {"axes": 1})]
"""Shapes and arguments for samples of what is defined on nothing."""


class Reduction(TensorOp):
    """An operation that combines the elements along axes into one.

    Args:
        axes: an axis, several, or None for all.
        keepdims: whether the axes stay, with size 1.
    """

    def __init__(self, axes: Axes = None, keepdims: bool = False) -> None:
        self.axes = axes_argument(axes)
        self.keepdims = keepdims

    def kept(self, value: Tensor, operand: Tensor) -> Tensor:
        """Reshape a result, or its gradient, so that it broadcasts against the operand."""
        shape = operand.shape
        kept = with_ones(shape, canonical_axes(self.name, self.axes, shape))
        return value if value.shape == kept else value.reshape(kept)

    def infer(self, a: Spec) -> Spec | None:
        """The axes go, or get size 1."""
        axes = canonical_axes(self.name, self.axes, a.shape)
        shape = with_ones(a.shape, axes) if self.keepdims else without_axes(a.shape, axes)
        return Spec(shape, a.dtype, a.device) if is_floating(a.dtype) else None


def refuse_nothing(name: str, axes: Axes, shape: Shape) -> tuple[int, ...]:
    """Return axes counted from the front, and refuse those along which there are no elements to choose from."""
    found = canonical_axes(name, axes, shape)
    if any(shape[axis] == 0 for axis in found):
        raise ShapeError(f"{name}: shape {shape} has no elements along axes {found}; expected at least one")
    return found


def _samples(function: Any, cases: Any, **options: Any) -> list[Sample]:
    def reference(a: Any, axes: Any = None, **kwargs: Any) -> Any:
        return function(a, axis=axes, **kwargs)

    return [
        Sample(inputs=[shape], kwargs=kwargs, reference=reference, label=str(kwargs), **options)
        for shape, kwargs in cases
    ]


class Summation(Reduction):
    """The sum over axes."""

    name = "summation"
    formula = "sum(a, axes)"
    gradient_formula = "da = dc, broadcast along the axes"
    needs = ()

    def compute(self, a: Array) -> Array:
        """Add up along the axes."""
        return array_namespace(a).sum(a, axis=self.axes, keepdims=self.keepdims)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Every element has the share 1 in the sum."""
        (a,) = node.inputs
        return self.kept(out_grad, a).broadcast_to(a.shape)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes, also of nothing."""
        return _samples(np.sum, [*CASES, *EMPTY])


class Mean(Reduction):
    """The mean over axes."""

    name = "mean"
    formula = "sum(a, axes) / n"
    gradient_formula = "da = dc / n, broadcast along the axes"
    needs = ()

    def compute(self, a: Array) -> Array:
        """Average along the axes."""
        return array_namespace(a).mean(a, axis=self.axes, keepdims=self.keepdims)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Every element has the share 1/n in the mean."""
        (a,) = node.inputs
        share = out_grad * (out_grad.size / a.size if a.size else 0.0)
        return self.kept(share, a).broadcast_to(a.shape)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes."""
        return _samples(np.mean, [*CASES, EMPTY[2]])


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
    needs = (0,)

    def __init__(self, axes: Axes = None, keepdims: bool = False, correction: float = 0) -> None:
        super().__init__(axes, keepdims)
        self.correction = correction

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

        def reference(a: Any, axes: Any = None, keepdims: bool = False, correction: float = 0) -> Any:
            return np.var(a, axis=axes, keepdims=keepdims, ddof=correction)

        corrected = [((2, 3), {"axes": 1, "correction": 1}), ((4,), {"correction": 1})]
        return [
            Sample(inputs=[shape], kwargs=kwargs, reference=reference, label=str(kwargs))
            for shape, kwargs in [*CASES, *corrected]
        ]


class Extreme(Reduction):
    """The largest or smallest element along axes; equal ones share the gradient equally."""

    needs = (0, "out")

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Pass the gradient on to the elements that equal the result."""
        (a,) = node.inputs
        chosen = equal(a, self.kept(node, a)).astype(out_grad.dtype)
        return self.kept(out_grad, a) * (chosen / chosen.sum(self.axes, keepdims=True))

    def infer(self, a: Spec) -> Spec | None:
        """As of every reduction; nothing has no extreme."""
        refuse_nothing(self.name, self.axes, a.shape)
        return super().infer(a)


class Max(Extreme):
    """The largest element along axes."""

    name = "max"
    formula = "max(a, axes)"
    gradient_formula = "da = dc / count(a = c) where a = c, else 0"

    def compute(self, a: Array) -> Array:
        """Take the largest along the axes."""
        return array_namespace(a).max(a, axis=self.axes, keepdims=self.keepdims)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes."""
        return _samples(np.max, [*CASES, EMPTY[2]], exact=True)


class Min(Extreme):
    """The smallest element along axes."""

    name = "min"
    formula = "min(a, axes)"
    gradient_formula = "da = dc / count(a = c) where a = c, else 0"

    def compute(self, a: Array) -> Array:
        """Take the smallest along the axes."""
        return array_namespace(a).min(a, axis=self.axes, keepdims=self.keepdims)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes."""
        return _samples(np.min, [*CASES, EMPTY[2]], exact=True)


class Argument(TensorOp):
    """The position of an extreme element; integers, so it requires no gradient.

    Args:
        axis: the axis to look along, or None for the position in the flattened tensor.
        keepdims: whether the axis stays, with size 1.
    """

    gradient_formula = "none"
    needs = ()
    differentiable = False

    def __init__(self, axis: int | None = None, keepdims: bool = False) -> None:
        self.axis = axis
        self.keepdims = keepdims

    def infer(self, a: Spec) -> Spec:
        """The axis goes, or gets size 1."""
        axes = refuse_nothing(self.name, self.axis, a.shape)
        shape = with_ones(a.shape, axes) if self.keepdims else without_axes(a.shape, axes)
        return Spec(shape, integer_like(a.dtype), a.device)


class ArgMax(Argument):
    """The position of the largest element, the first of equal ones."""

    name = "argmax"
    formula = "argmax(a, axis)"

    def compute(self, a: Array) -> Array:
        """Find the largest along the axis."""
        return array_namespace(a).argmax(a, axis=self.axis, keepdims=self.keepdims)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Along each axis, over all, among equal ones."""
        return _argument_samples(np.argmax)


class ArgMin(Argument):
    """The position of the smallest element, the first of equal ones."""

    name = "argmin"
    formula = "argmin(a, axis)"

    def compute(self, a: Array) -> Array:
        """Find the smallest along the axis."""
        return array_namespace(a).argmin(a, axis=self.axis, keepdims=self.keepdims)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Along each axis, over all, among equal ones."""
        return _argument_samples(np.argmin)


def _argument_samples(reference: Any) -> list[Sample]:
    ties = np.array([[1.0, 0.0, 1.0], [0.0, 0.0, 2.0]])
    return [
        Sample(inputs=[(2, 3)], reference=reference, order=0, exact=True),
        Sample(inputs=[(2, 3)], kwargs={"axis": 0}, reference=reference, order=0, exact=True, label="axis 0"),
        Sample(
            inputs=[ties], kwargs={"axis": 1, "keepdims": True}, reference=reference, order=0, exact=True, label="ties"
        ),
        Sample(inputs=[(1,)], kwargs={"axis": -1}, reference=reference, order=0, exact=True, label="one element"),
    ]


def summation(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Add up the elements along axes.

    Args:
        a: a tensor of any shape.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return Summation(axes if axis is None else axis, keepdims)(a)


def mean(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Average the elements along axes.

    Args:
        a: a tensor of any shape.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return Mean(axes if axis is None else axis, keepdims)(a)


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


def max(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Take the largest element along axes; equal ones share the gradient equally.

    Args:
        a: a tensor of any shape.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis, or there are no elements along it.
    """
    return Max(axes if axis is None else axis, keepdims)(a)


def min(a: Tensor, axes: Axes = None, keepdims: bool = False, *, axis: Axes = None) -> Tensor:
    """Take the smallest element along axes; equal ones share the gradient equally.

    Args:
        a: a tensor of any shape.
        axes: an axis, several, or None for all; `axis` is the same.
        keepdims: whether the axes stay, with size 1.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis, or there are no elements along it.
    """
    return Min(axes if axis is None else axis, keepdims)(a)


def argmax(a: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Find the position of the largest element along an axis, the first of equal ones.

    Args:
        a: a tensor of any shape.
        axis: the axis to look along; None gives the position in the flattened tensor.
        keepdims: whether the axis stays, with size 1.

    Returns:
        Positions of dtype int64, which require no gradient.

    Raises:
        ShapeError: there is no such axis, or there are no elements along it.
    """
    return ArgMax(axis, keepdims)(a)


def argmin(a: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Find the position of the smallest element along an axis, the first of equal ones.

    Args:
        a: a tensor of any shape.
        axis: the axis to look along; None gives the position in the flattened tensor.
        keepdims: whether the axis stays, with size 1.

    Returns:
        Positions of dtype int64, which require no gradient.

    Raises:
        ShapeError: there is no such axis, or there are no elements along it.
    """
    return ArgMin(axis, keepdims)(a)


sum = summation
amax, amin = max, min
