"""Choosing between values, element by element: where, maximum, minimum, clip."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace, dtype_namespace, is_array
from ...numpy_on_demand import is_numpy_number, np
from ...op import Array, Sample, Spec, TensorOp
from ...value import Value
from ..arguments import number_argument
from ..broadcasting import (
    PAIRS,
    SHAPES,
    Broadcasting,
    Elementwise,
    broadcast_shapes,
    constant_like,
    is_floating,
    promoted,
    same_device,
    unbroadcast,
)
from .comparisons import equal, greater, greater_equal, less, less_equal
from .identities import copy
from .logic import isnan

if TYPE_CHECKING:
    from ...fusion import Instructions
    from ...tensor import Tensor


class Where(TensorOp):
    """The elements of one tensor where a condition holds, of another elsewhere."""

    name = "where"
    formula = "a if condition else b"
    gradient_formula = "da = dc where condition, else 0; db = 0 where condition, else dc"
    needs = (0,)
    instruction = "where"

    def compute(self, condition: Array, a: Array, b: Array) -> Array:
        """Choose from the arrays."""
        return array_namespace(condition).where(condition, a, b)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, ...]:
        """Pass each element on to where it came from."""
        condition, a, b = node.inputs
        return (
            None,
            unbroadcast(where(condition, out_grad, 0.0), a) if a.requires_grad else None,
            unbroadcast(where(condition, 0.0, out_grad), b) if b.requires_grad else None,
        )

    def infer(self, condition: Spec, a: Spec, b: Spec) -> Spec:
        """The result has the dtype of the two, and the shape of all three."""
        shape = broadcast_shapes(self.name, condition.shape, a.shape, b.shape)
        return Spec(shape, promoted(self.name, a, b), same_device(self.name, condition, a, b))

    @classmethod
    def samples(cls) -> list[Sample]:
        """A full and a broadcast condition, and none."""
        mask = np.array([[True, False, True], [False, False, True]])
        return [
            Sample(inputs=[mask, (2, 3), (2, 3)], reference=np.where, exact=True),
            Sample(inputs=[mask, (3,), (2, 1)], reference=np.where, exact=True, label="broadcast"),
            Sample(inputs=[np.array(True), (), ()], reference=np.where, exact=True),
            Sample(inputs=[np.zeros((0, 3), bool), (0, 3), (3,)], reference=np.where, exact=True, label="empty"),
        ]


class Extremum(Broadcasting):
    """The larger or the smaller of two tensors, element by element; equal ones share the gradient by halves.

    Where an operand is NaN the gradient passes on to both, as it does in PyTorch.
    """

    needs = (0, 1)
    is_passed_over: Callable[[Tensor, Tensor], Tensor]

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """Pass the gradient on to the operand that was chosen."""
        a, b = node.inputs
        share = where(equal(a, b), out_grad * 0.5, out_grad)
        return (
            unbroadcast(where(self.is_passed_over(a, b), 0.0, share), a) if a.requires_grad else None,
            unbroadcast(where(self.is_passed_over(b, a), 0.0, share), b) if b.requires_grad else None,
        )


def extremum_samples(reference: Callable[..., Any]) -> list[Sample]:
    """Return samples, one with equal elements: half the gradient for each is what a central difference measures."""
    ties = [np.array([1.0, 2.0, -0.5]), np.array([1.0, -2.0, -0.5])]
    return [
        *[Sample(inputs=pair, reference=reference, exact=True) for pair in PAIRS],
        Sample(inputs=ties, reference=reference, order=1, exact=True, label="ties"),
    ]


class Maximum(Extremum):
    """The larger of two tensors, element by element."""

    name = "maximum"
    formula = "max(a, b)"
    gradient_formula = "da = 0 where a < b, dc / 2 where a = b, else dc; db likewise"
    instruction = "maximum"
    is_passed_over = staticmethod(less)

    def compute(self, a: Array, b: Array) -> Array:
        """Take the larger elements."""
        return array_namespace(a).maximum(a, b)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes, equal elements."""
        return extremum_samples(np.maximum)


class Minimum(Extremum):
    """The smaller of two tensors, element by element."""

    name = "minimum"
    formula = "min(a, b)"
    gradient_formula = "da = 0 where a > b, dc / 2 where a = b, else dc; db likewise"
    instruction = "minimum"
    is_passed_over = staticmethod(greater)

    def compute(self, a: Array, b: Array) -> Array:
        """Take the smaller elements."""
        return array_namespace(a).minimum(a, b)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Pairs of shapes, equal elements."""
        return extremum_samples(np.minimum)


class Clip(Elementwise):
    """A tensor whose elements are kept between two numbers.

    Args:
        low: the smallest element to allow, or None.
        high: the largest element to allow, or None.
    """

    name = "clip"
    formula = "min(max(a, low), high)"
    gradient_formula = "da = dc where low <= a <= high, else 0"
    needs = (0,)
    instruction = "clip"

    def __init__(self, low: float | None = None, high: float | None = None) -> None:
        self.low = None if low is None else number_argument(self.name, "low", low)
        self.high = None if high is None else number_argument(self.name, "high", high)

    def compute(self, a: Array) -> Array:
        """Replace what lies outside by the nearer bound."""
        namespace = array_namespace(a)
        low, high = self.low, self.high
        if low is not None and high is not None and low <= high:
            return namespace.clip(a, low, high)
        if low is not None:
            a = namespace.maximum(a, low)
        return a if high is None else namespace.minimum(a, high)  # wins where the bounds have crossed

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Pass the gradient on inside the bounds, and on them."""
        (a,) = node.inputs
        if self.low is not None:
            out_grad = where(greater_equal(a, self.low), out_grad, 0.0)
        return out_grad if self.high is None else where(less_equal(a, self.high), out_grad, 0.0)

    def emit(self, program: Instructions, *operands: int) -> int:
        """One instruction for each bound."""
        (a,) = operands
        if self.low is None and self.high is None:
            return program.append("positive", a)
        if self.low is not None:
            a = program.append("maximum", a, program.constant(self.low))
        return a if self.high is None else program.append("minimum", a, program.constant(self.high))

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape of each kind, and one bound alone."""

        def reference(a: Any, low: Any = None, high: Any = None) -> Any:
            return np.clip(a, min=low, max=high)

        cases: list[tuple[Any, dict[str, float]]] = [(shape, {"low": -1.0, "high": 0.5}) for shape in SHAPES]
        return [
            Sample(inputs=[shape], kwargs=kwargs, reference=reference, kinks=(-1.0, 0.5), exact=True, label=str(kwargs))
            for shape, kwargs in [*cases, ((2, 3), {"low": -1.0}), ((2, 3), {"high": 0.5})]
        ]


_where, _maximum, _minimum = Where(), Maximum(), Minimum()


def where(condition: Tensor, a: Tensor | float, b: Tensor | float) -> Tensor:
    """Take elements of `a` where a condition holds and of `b` elsewhere.

    Args:
        condition: a boolean tensor.
        a: a tensor, or a number that takes the dtype of `b`.
        b: a tensor, or a number that takes the dtype of `a`; the three shapes broadcast.
    """
    if not isinstance(b, Value) and isinstance(a, Value):
        b = constant_like(b, a)
    elif not isinstance(a, Value) and isinstance(b, Value):
        a = constant_like(a, b)
    return _where(condition, a, b)


def maximum(a: Tensor, b: Tensor | float) -> Tensor:
    """Take the larger of two tensors (or of a tensor and a number), element by element."""
    return _maximum(a, b)


def minimum(a: Tensor, b: Tensor | float) -> Tensor:
    """Take the smaller of two tensors (or of a tensor and a number), element by element."""
    return _minimum(a, b)


def clip(
    a: Tensor,
    low: Tensor | float | None = None,
    high: Tensor | float | None = None,
    *,
    min: Tensor | float | None = None,
    max: Tensor | float | None = None,
) -> Tensor:
    """Keep each element between two bounds, which it may equal.

    Args:
        a: a tensor of any shape.
        low: the smallest element to allow, a number, or a tensor or array whose shape broadcasts; None stands for no
            bound. Where an element is below it, the gradient goes to the bound. `min` is the same.
        high: the largest element to allow, likewise; it counts where it is below `low`. `max` is the same.
        min: the name of `low` in PyTorch and the Array API standard.
        max: the name of `high` there.
    """
    low, high = low if min is None else min, high if max is None else max
    if not (_differs_by_element(low) or _differs_by_element(high)):
        return Clip(low, high)(a)  # type: ignore[arg-type]
    if low is not None:
        a = where(less(a, low), low, a)
    return a if high is None else where(greater(a, high), high, a)


def _differs_by_element(bound: Any) -> bool:
    """Tell whether a bound is a tensor or an array, rather than a number."""
    kind = type(bound)
    if kind is float or kind is int or bound is None:  # as nearly always
        return False
    return isinstance(bound, Value) or (is_array(bound) and not is_numpy_number(bound))


clamp = clip


def nan_to_num(a: Tensor, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """Put numbers in the place of NaN and the infinities; there, the gradient is zero.

    Args:
        a: a tensor; one of integers or booleans is copied.
        nan: what takes the place of NaN.
        posinf: what takes the place of infinity; None for the largest number of the dtype.
        neginf: what takes the place of minus infinity; None for the smallest number of the dtype.
    """
    if not is_floating(a.dtype):
        return copy(a)  # integers and booleans are all finite
    limits = dtype_namespace(a.dtype).finfo(a.dtype)
    found = where(isnan(a), nan, a)
    found = where(equal(a, math.inf), float(limits.max) if posinf is None else posinf, found)
    return where(equal(a, -math.inf), float(limits.min) if neginf is None else neginf, found)
