"""Elements in order: sort, argsort, the largest k."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ...backends import array_namespace
from ...errors import ShapeError
from ...numpy_on_demand import is_numpy, np
from ...op import Array, Sample, Spec, TensorOp
from ...value import Value
from ..arguments import integer_argument
from ..axes import axis_argument, canonical_axis
from ..broadcasting import Shape, integer_like
from ..indexing.gathering import AddAlongAxis, take_along_axis

if TYPE_CHECKING:
    from ...tensor import Tensor

CASES: list[tuple[Shape, dict[str, Any]]] = [
    ((2, 5), {}),
    ((3, 2), {"axis": 0}),
    ((2, 5), {"axis": 1, "descending": True}),
    ((2, 0), {}),
    ((1, 1), {}),
]
"""Shapes and arguments for samples."""


def positions(a: Array, axis: int, descending: bool) -> Array:
    """Return the positions that sort an array along an axis; equal elements keep their order."""
    namespace = array_namespace(a)
    if not is_numpy(namespace):
        return namespace.argsort(a, axis=axis, descending=descending, stable=True)
    if not descending:
        return np.argsort(a, axis=axis, stable=True)
    backwards = np.argsort(np.flip(a, axis), axis=axis, stable=True)  # NumPy sorts only upwards
    return a.shape[axis] - 1 - np.flip(backwards, axis)


class Sort(TensorOp):
    """The elements along an axis in order; equal ones keep theirs, and so do their gradients.

    Args:
        axis: the axis.
        descending: whether the largest comes first.
    """

    name = "sort"
    formula = "sort(a, axis)"
    gradient_formula = "da = dc, put back where the elements were"
    needs = ()

    def __init__(self, axis: int = -1, descending: bool = False) -> None:
        self.axis = axis_argument(self.name, axis)
        self.descending = bool(descending)

    def compute(self, a: Array) -> Array:
        """Sort, without finding the positions."""
        namespace = array_namespace(a)
        if not is_numpy(namespace):
            return namespace.sort(a, axis=self.axis, descending=self.descending)
        return np.flip(np.sort(a, axis=self.axis), self.axis) if self.descending else np.sort(a, axis=self.axis)

    def compute_saving(self, a: Array) -> tuple[Array, Array]:
        """Find the positions, and read the elements there."""
        order = positions(a, self.axis, self.descending)
        return array_namespace(a).take_along_axis(a, order, axis=self.axis), order

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Put each element of the gradient back."""
        order = Value.tensor_type.make_const(node.saved)
        return AddAlongAxis(self.axis, node.inputs[0].shape)(out_grad, order)

    def infer(self, a: Spec) -> Spec:
        """The shape stays."""
        canonical_axis(self.name, self.axis, a.shape)
        return a

    @classmethod
    def samples(cls) -> list[Sample]:
        """Both axes, both directions, nothing, equal elements."""

        def reference(a: Any, axis: int = -1, descending: bool = False) -> Any:
            return -np.sort(-a, axis) if descending else np.sort(a, axis)

        ties = np.array([[2.0, 1.0, 2.0, 1.0]])
        return [
            *[
                Sample(inputs=[shape], kwargs=kwargs, reference=reference, exact=True, label=str(kwargs))
                for shape, kwargs in CASES
            ],
            Sample(inputs=[ties], reference=reference, order=0, exact=True, label="ties"),
        ]


class ArgSort(TensorOp):
    """The positions that sort a tensor along an axis; integers, so they require no gradient.

    Args:
        axis: the axis.
        descending: whether the largest comes first.
    """

    name = "argsort"
    formula = "argsort(a, axis)"
    gradient_formula = "none"
    needs = ()
    differentiable = False

    def __init__(self, axis: int = -1, descending: bool = False) -> None:
        self.axis = axis_argument(self.name, axis)
        self.descending = bool(descending)

    def compute(self, a: Array) -> Array:
        """Find the positions."""
        return positions(a, self.axis, self.descending)

    def infer(self, a: Spec) -> Spec:
        """The shape stays."""
        canonical_axis(self.name, self.axis, a.shape)
        return Spec(a.shape, integer_like(a.dtype), a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Both axes, both directions, nothing, equal elements."""

        def reference(a: Any, axis: int = -1, descending: bool = False) -> Any:
            return np.argsort(-a if descending else a, axis, stable=True)

        ties = np.array([[2.0, 1.0, 2.0, 1.0], [0.0, 0.0, 0.0, -1.0]])
        return [
            *[
                Sample(inputs=[shape], kwargs=kwargs, reference=reference, order=0, exact=True, label=str(kwargs))
                for shape, kwargs in CASES
            ],
            *[
                Sample(
                    inputs=[ties], kwargs={"descending": down}, reference=reference, order=0, exact=True, label="ties"
                )
                for down in (False, True)
            ],
        ]


class TopK(NamedTuple):
    """The largest or smallest elements along an axis, and their positions."""

    values: Tensor
    indices: Tensor


def sort(a: Tensor, axis: int = -1, descending: bool = False) -> Tensor:
    """Put the elements along an axis in order.

    Args:
        a: a tensor of at least one axis.
        axis: the axis.
        descending: whether the largest comes first.

    Returns:
        The sorted tensor; NaN comes last, or first if the order is descending. `argsort` gives the positions.

    Raises:
        ShapeError: there is no such axis.
    """
    return Sort(axis, descending)(a)


def argsort(a: Tensor, axis: int = -1, descending: bool = False) -> Tensor:
    """Find the positions that sort a tensor along an axis; equal elements keep their order.

    Args:
        a: a tensor of at least one axis.
        axis: the axis.
        descending: whether the largest comes first.

    Returns:
        Positions of dtype int64, which require no gradient; `take_along_axis(a, positions, axis)` is sorted.

    Raises:
        ShapeError: there is no such axis.
    """
    return ArgSort(axis, descending)(a)


def topk(a: Tensor, k: int, axis: int = -1, largest: bool = True) -> TopK:
    """Take the largest elements along an axis, in order.

    Args:
        a: a tensor of at least one axis.
        k: how many.
        axis: the axis.
        largest: False takes the smallest instead.

    Returns:
        `(values, indices)`: the elements, from the largest on, and their positions along the axis.

    Raises:
        ShapeError: there is no such axis, or it has less than k elements.
    """
    place = canonical_axis("topk", axis, a.shape)
    k = integer_argument("topk", "k", k)
    if not 0 <= k <= a.shape[place]:
        raise ShapeError(
            f"topk: k is {k} and axis {place} of shape {a.shape} has {a.shape[place]} elements; expected k from 0 to "
            f"{a.shape[place]}"
        )
    order = argsort(a, place, descending=largest)
    indices = order[(slice(None),) * place + (slice(k),)]
    return TopK(take_along_axis(a, indices, place), indices)
