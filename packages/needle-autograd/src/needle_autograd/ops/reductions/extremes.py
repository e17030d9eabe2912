"""The largest and smallest elements along axes, and their positions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..axes import Axes, axis_argument, canonical_axes, reduced_shape
from ..broadcasting import Shape, integer_like
from ..elementwise.comparisons import equal
from .sums import CASES, EMPTY, Reduction, reduction_samples

if TYPE_CHECKING:
    from ...tensor import Tensor


def refuse_nothing(name: str, axes: Axes, shape: Shape) -> tuple[int, ...]:
    """Return axes counted from the front, and refuse those along which there are no elements to choose from."""
    found = canonical_axes(name, axes, shape)
    if any(shape[axis] == 0 for axis in found):
        raise ShapeError(f"{name}: shape {shape} has no elements along axes {found}; expected at least one")
    return found


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


def tied(function: Callable[..., Any]) -> Sample:
    """Return a sample with two extreme elements: half the gradient for each is what a central difference measures."""
    values = np.array([[2.0, 1.0, 2.0], [-1.0, -1.0, 0.5]]) * (1 if function is np.max else -1)
    values[1] *= -1
    return Sample(
        inputs=[values],
        kwargs={"axes": 1},
        reference=lambda a, axes: function(a, axis=axes),
        order=1,
        exact=True,
        label="tie",
    )


class Max(Extreme):
    """The largest element along axes."""

    name = "max"
    formula = "max(a, axes)"
    gradient_formula = "da = dc / count(a = c) where a = c, else 0"
    fold = "max"

    def compute(self, a: Array) -> Array:
        """Take the largest along the axes."""
        return array_namespace(a).max(a, axis=self.axes, keepdims=self.keepdims)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes; a tie."""
        return [*reduction_samples(np.max, [*CASES, EMPTY[2]], exact=True), tied(np.max)]


class Min(Extreme):
    """The smallest element along axes."""

    name = "min"
    formula = "min(a, axes)"
    gradient_formula = "da = dc / count(a = c) where a = c, else 0"
    fold = "min"

    def compute(self, a: Array) -> Array:
        """Take the smallest along the axes."""
        return array_namespace(a).min(a, axis=self.axes, keepdims=self.keepdims)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All combinations of axes; a tie."""
        return [*reduction_samples(np.min, [*CASES, EMPTY[2]], exact=True), tied(np.min)]


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
        self.axis = None if axis is None else axis_argument(self.name, axis)
        self.keepdims = bool(keepdims)

    def infer(self, a: Spec) -> Spec:
        """The axis goes, or gets size 1."""
        axes = refuse_nothing(self.name, self.axis, a.shape)
        shape = reduced_shape(a.shape, axes, self.keepdims)
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


amax, amin = max, min
