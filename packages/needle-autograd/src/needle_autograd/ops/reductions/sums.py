"""Reductions over axes: what they have in common; sums, also running ones, and means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..axes import (
    Axes,
    axes_argument,
    axis_argument,
    canonical_axes,
    canonical_axis,
    only_axis,
    reduced_shape,
    with_ones,
)
from ..broadcasting import Shape, is_floating
from ..shapes.reshaping import broadcast_to, flip

if TYPE_CHECKING:
    from ...tensor import Tensor

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
        self.axes = axes_argument(self.name, axes)
        self.keepdims = bool(keepdims)

    def kept(self, value: Tensor, operand: Tensor) -> Tensor:
        """Reshape a result, or its gradient, so that it broadcasts against the operand; a single number does anyway."""
        if not value.shape:
            return value
        shape = operand.shape
        kept = with_ones(shape, canonical_axes(self.name, self.axes, shape))
        return value if value.shape == kept else value.reshape(kept)

    def infer(self, a: Spec) -> Spec | None:
        """The axes go, or get size 1."""
        axes = canonical_axes(self.name, self.axes, a.shape)
        shape = reduced_shape(a.shape, axes, self.keepdims)
        return Spec(shape, a.dtype, a.device) if is_floating(a.dtype) else None


def reduction_samples(function: Any, cases: Any, **options: Any) -> list[Sample]:
    """Make samples of a reduction from NumPy's function, for shapes and arguments."""

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
    fold = "sum"

    def compute(self, a: Array) -> Array:
        """Add up along the axes."""
        return array_namespace(a).sum(a, axis=self.axes, keepdims=self.keepdims)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Every element has the share 1 in the sum."""
        (a,) = node.inputs
        return broadcast_to(self.kept(out_grad, a), a.shape)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes, also of nothing."""
        return reduction_samples(np.sum, [*CASES, *EMPTY])


class Mean(Reduction):
    """The mean over axes."""

    name = "mean"
    formula = "sum(a, axes) / n"
    gradient_formula = "da = dc / n, broadcast along the axes"
    needs = ()
    fold = "mean"

    def compute(self, a: Array) -> Array:
        """Average along the axes."""
        return array_namespace(a).mean(a, axis=self.axes, keepdims=self.keepdims)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Every element has the share 1/n in the mean."""
        (a,) = node.inputs
        share = out_grad * (out_grad.size / a.size if a.size else 0.0)
        return broadcast_to(self.kept(share, a), a.shape)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes."""
        return reduction_samples(np.mean, [*CASES, EMPTY[2]])


class CumulativeSum(TensorOp):
    """The sums of all elements up to each, along an axis.

    Args:
        axis: the axis.
    """

    name = "cumulative_sum"
    formula = "c[i] = a[0] + ... + a[i]"
    gradient_formula = "da[i] = dc[i] + ... + dc[n - 1]"
    needs = ()

    def __init__(self, axis: int) -> None:
        self.axis = axis_argument(self.name, axis)

    def compute(self, a: Array) -> Array:
        """Add up along the axis."""
        return array_namespace(a).cumulative_sum(a, axis=self.axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """An element is in all sums from its own on: add up from the other end."""
        return flip(CumulativeSum(self.axis)(flip(out_grad, self.axis)), self.axis)

    def infer(self, a: Spec) -> Spec | None:
        """The shape stays."""
        canonical_axis(self.name, self.axis, a.shape)
        return a if is_floating(a.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis, one element, nothing."""
        cases: list[tuple[Shape, int]] = [((2, 3), 0), ((2, 3), -1), ((2, 3, 2), 1), ((1, 1), 0), ((0, 3), 0)]
        return [
            Sample(inputs=[shape], kwargs={"axis": axis}, reference=np.cumsum, label=f"axis {axis}")
            for shape, axis in cases
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


def cumulative_sum(a: Tensor, axis: int | None = None) -> Tensor:
    """Add up all elements up to each along an axis.

    Args:
        a: a tensor of at least one axis.
        axis: the axis; it may be left out if there is only one.

    Raises:
        ShapeError: there is no such axis, or none is given and there are several.
    """
    return CumulativeSum(only_axis("cumulative_sum", axis, a.shape))(a)


sum = summation
cumsum = cumulative_sum
