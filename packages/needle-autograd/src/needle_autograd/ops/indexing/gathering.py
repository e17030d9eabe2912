"""Reading and adding along an axis by numbers that differ from row to row."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace, kernels
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..arguments import require_tensors
from ..axes import axis_argument, canonical_axis
from ..broadcasting import Shape, broadcast_shapes, tensor_like
from ..shapes.reshaping import broadcast_to, reshape
from .getting import check_integers, out_of_range, take

if TYPE_CHECKING:
    from ...tensor import Tensor


class TakeAlongAxis(TensorOp):
    """Elements along an axis, every row by numbers of its own.

    Args:
        axis: the axis; along the others both operands have equal sizes.
    """

    name = "take_along_axis"
    formula = "c[i, j] = a[i, indices[i, j]]"
    gradient_formula = "da = zeros, to which dc is added at the indices"
    needs = (1,)

    def __init__(self, axis: int = -1) -> None:
        self.axis = axis_argument(self.name, axis)

    def compute(self, a: Array, indices: Array) -> Array:
        """Pick the elements."""
        try:
            return array_namespace(a).take_along_axis(a, indices, axis=self.axis)
        except IndexError as error:
            axis = canonical_axis(self.name, self.axis, a.shape)
            raise out_of_range(self.name, np.asarray(indices), axis, a.shape) from error

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, None]:
        """Add the gradient where the elements came from; one that was picked twice gets both."""
        a, indices = node.inputs
        return AddAlongAxis(self.axis, a.shape)(out_grad, indices), None

    def infer(self, a: Spec, indices: Spec) -> Spec:
        """The result has the shape of the indices."""
        axis = canonical_axis(self.name, self.axis, a.shape)
        _check(self.name, a.shape, axis, indices)
        return Spec(indices.shape, a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis, more and fewer elements, repeated and negative ones, nothing."""
        return [
            Sample(inputs=[s, np.array(i, np.int64)], kwargs={"axis": axis}, reference=np.take_along_axis, exact=True)
            for s, i, axis in CASES
        ]


CASES: list[tuple[Shape, Any, int]] = [
    ((2, 3), [[0, 2], [1, 1]], 1),
    ((2, 3), [[0, 1, 0], [1, 1, -1], [0, 0, 0]], 0),
    ((2, 2, 3), [[[2], [0]], [[-1], [1]]], -1),
    ((4,), [3, 3, 0, -2, 1], 0),
    ((2, 3), [[], []], 1),
]
"""Shapes, indices and axes for samples."""


class AddAlongAxis(TensorOp):
    """Zeros to which elements are added along an axis, every row at numbers of its own: undoes `TakeAlongAxis`.

    Args:
        axis: the axis; along the others the operands are as long as the result or shorter.
        shape: the shape of the result.
    """

    name = "add_along_axis"
    formula = "zeros(shape), with c[i, indices[i, j]] += a[i, j]"
    gradient_formula = "da = take_along_axis(dc, indices)"
    needs = (1,)

    def __init__(self, axis: int, shape: Shape) -> None:
        self.axis = axis_argument(self.name, axis)
        self.shape = shape

    def compute(self, a: Array, indices: Array) -> Array:
        """Number all elements of the result in a row, and add there."""
        namespace = array_namespace(a)
        axis = self.axis % len(self.shape)
        size = self.shape[axis]
        numbers = namespace.astype(indices, namespace.int64)
        numbers = namespace.where(numbers < 0, numbers + size, numbers)
        step, places = 1, None
        for position in range(len(self.shape) - 1, -1, -1):
            own = numbers
            if position != axis:
                own = namespace.arange(indices.shape[position], dtype=namespace.int64, device=a.device)
                own = namespace.reshape(own, (-1, *(1,) * (len(self.shape) - 1 - position)))
            places = own * step if places is None else places + own * step
            step *= self.shape[position]
        flat = namespace.zeros((math.prod(self.shape),), dtype=a.dtype, device=a.device)
        if math.prod(indices.shape):
            kernels(flat).index_add(flat, namespace.reshape(places, (-1,)), namespace.reshape(a, (-1,)))
        return namespace.reshape(flat, self.shape)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, None]:
        """Take the elements out again."""
        indices = node.inputs[1]
        return gather(out_grad, self.axis, indices), None

    def infer(self, a: Spec, indices: Spec) -> Spec:
        """The shape was given."""
        if a.shape != indices.shape:
            raise ShapeError(
                f"{self.name}: elements of shape {a.shape} and indices of shape {indices.shape}; expected equal shapes"
            )
        return Spec(self.shape, a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis, repeated and negative numbers, fewer rows than the result has, nothing."""

        def reference(a: Any, indices: Any, axis: int, shape: Any) -> Any:
            result = np.zeros(shape, a.dtype)
            places = list(np.indices(indices.shape))
            places[axis] = indices
            np.add.at(result, tuple(places), a)
            return result

        cases = [*CASES, ((3, 3), [[2, 0]], 1)]
        return [
            Sample(
                inputs=[np.shape(i), np.array(i, np.int64)],
                kwargs={"axis": axis, "shape": shape},
                reference=reference,
                label=f"axis {axis}",
            )
            for shape, i, axis in cases
        ]


def _check(name: str, shape: Shape, axis: int, indices: Spec) -> None:
    """Refuse indices that are no integers or do not fit the other axes of a shape."""
    check_integers(name, indices)
    same_length = len(indices.shape) == len(shape)
    if not same_length or any(indices.shape[i] != size for i, size in enumerate(shape) if i != axis):
        raise ShapeError(
            f"{name}: shape {shape} and indices of shape {indices.shape} along axis {axis}; expected as many axes, and "
            "equal sizes along the others"
        )


def _integers(name: str, indices: Any, like: Tensor) -> Tensor:
    require_tensors(name, a=like)
    found = tensor_like(indices, like)
    if found.ndim != like.ndim:
        raise ShapeError(
            f"{name}: shape {like.shape} has {like.ndim} axes and the indices' shape {found.shape} has {found.ndim}; "
            "expected as many"
        )
    return found


def take_along_axis(a: Tensor, indices: Any, axis: int = -1) -> Tensor:
    """Read elements along an axis, every row by numbers of its own: what `argmax` and `argsort` give.

    Args:
        a: a tensor.
        indices: integers with as many axes, a tensor or an array; negative ones count from the end. Along the other
            axes the sizes broadcast.
        axis: the axis.

    Returns:
        A tensor of the shape of the indices. The gradient of an element that was read several times is the sum.

    Raises:
        IndexError: an index is out of range; the text names it.
        DTypeError: the indices are no integers.
        ShapeError: there is no such axis, or the other sizes do not broadcast.
    """
    name = "take_along_axis"
    numbers = _integers(name, indices, a)
    place = canonical_axis(name, axis, a.shape)
    shape, wanted = a.shape, numbers.shape
    if any(shape[i] != wanted[i] for i in range(len(shape)) if i != place):
        common = broadcast_shapes(
            name, (*shape[:place], 1, *shape[place + 1 :]), (*wanted[:place], 1, *wanted[place + 1 :])
        )
        a = broadcast_to(a, (*common[:place], shape[place], *common[place + 1 :]))
        numbers = broadcast_to(numbers, (*common[:place], wanted[place], *common[place + 1 :]))
    _check(name, a.shape, place, numbers.known_spec())
    return TakeAlongAxis(place)(a, numbers)


def index_select(a: Tensor, axis: int, indices: Any) -> Tensor:
    """Read the same elements of every row along an axis, as PyTorch's `index_select`; `take` with the axis in front.

    Args:
        a: a tensor.
        axis: the axis.
        indices: integers of one axis; negative ones count from the end.

    Raises:
        IndexError: an index is out of range.
        DTypeError: the indices are no integers.
        ShapeError: there is no such axis.
    """
    return take(a, tensor_like(indices, a), axis)


def gather(a: Tensor, axis: int, indices: Any) -> Tensor:
    """Read elements along an axis, every row by numbers of its own, for as many rows as there are numbers.

    It is PyTorch's `gather`: of the other axes, only the beginning is read where the indices are shorter.

    Args:
        a: a tensor.
        axis: the axis.
        indices: integers with as many axes, along the others at most as long as `a`.

    Returns:
        A tensor of the shape of the indices.

    Raises:
        IndexError, DTypeError, ShapeError: as `take_along_axis`.
    """
    numbers = _integers("gather", indices, a)
    place = canonical_axis("gather", axis, a.shape)
    sizes = [None if i == place else length for i, length in enumerate(numbers.shape)]
    if any(length is not None and length < a.shape[i] for i, length in enumerate(sizes)):
        a = a[tuple(slice(length) for length in sizes)]
    _check("gather", a.shape, place, numbers.known_spec())
    return TakeAlongAxis(place)(a, numbers)


def scatter_add(a: Tensor, axis: int, indices: Any, values: Tensor) -> Tensor:
    """Return a tensor to which values are added along an axis, every row at numbers of its own.

    It is PyTorch's `scatter_add`: c[i, indices[i, j]] = a[i, indices[i, j]] + values[i, j], added up where numbers are
    equal.

    Args:
        a: a tensor, which is not changed.
        axis: the axis.
        indices: integers with as many axes, along the others at most as long as `a`.
        values: a tensor of the shape of the indices.

    Raises:
        IndexError: an index is out of range.
        DTypeError: the indices are no integers.
        ShapeError: there is no such axis, or the shapes do not fit.
    """
    require_tensors("scatter_add", values=values)
    numbers = _integers("scatter_add", indices, a)
    place = canonical_axis("scatter_add", axis, a.shape)
    if any(length > a.shape[i] for i, length in enumerate(numbers.shape) if i != place):
        raise ShapeError(
            f"scatter_add: shape {a.shape} and indices of shape {numbers.shape} along axis {place}; expected sizes at "
            "most as large along the others"
        )
    if values.shape != numbers.shape:
        raise ShapeError(
            f"scatter_add: values of shape {values.shape} and indices of shape {numbers.shape}; expected equal shapes"
        )
    check_integers("scatter_add", numbers)
    number = numbers.numpy()
    size = a.shape[place]
    if number.size and not (-size <= number.min() and number.max() < size):
        raise out_of_range("scatter_add", number, place, a.shape)
    return a + AddAlongAxis(place, a.shape)(values, numbers)


def take_along_dim(a: Tensor, indices: Any, axis: int | None = None) -> Tensor:
    """Read elements along an axis as `take_along_axis` does, or without an axis from all elements in one row.

    Args:
        a: a tensor.
        indices: integers with as many axes, a tensor or an array; without an axis, of any shape.
        axis: the axis, or None.

    Raises:
        IndexError, DTypeError, ShapeError: as `take_along_axis`.
    """
    if axis is not None:
        return take_along_axis(a, indices, axis)
    numbers = tensor_like(indices, a)
    return take_along_axis(reshape(a, -1), reshape(numbers, -1), 0)
