"""Joining tensors along a new or an old axis, and taking them apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp, TensorTupleOp
from ..arguments import integer_argument, integers_argument
from ..axes import axis_argument, canonical_axis
from ..broadcasting import Shape, promoted, same_device, with_dtype_of

if TYPE_CHECKING:
    from ...tensor import Tensor, TensorTuple


class Stack(TensorOp):
    """Tensors of one shape joined along a new axis.

    Args:
        axis: where the new axis stands in the result.
    """

    name = "stack"
    formula = "stack([a, b, ...], axis)"
    gradient_formula = "da, db, ... = split(dc, axis)"
    needs = ()

    def __init__(self, axis: int = 0) -> None:
        self.axis = axis_argument(self.name, axis)

    def compute(self, *arrays: Array) -> Array:
        """Join the arrays."""
        return array_namespace(arrays[0]).stack(arrays, axis=self.axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        """Take the gradient apart."""
        parts = split(out_grad, self.axis)
        return tuple(with_dtype_of(tensor, part) for tensor, part in zip(node.inputs, parts, strict=True))

    def infer(self, *specs: Spec) -> Spec:
        """All shapes must be equal."""
        shape = specs[0].shape
        for position, spec in enumerate(specs):
            if spec.shape != shape:
                raise ShapeError(
                    f"stack: tensor 0 has shape {shape} and tensor {position} has {spec.shape}; expected equal shapes"
                )
        axis = canonical_axis(self.name, self.axis, shape, extra=1)
        return Spec(
            (*shape[:axis], len(specs), *shape[axis:]), promoted(self.name, *specs), same_device(self.name, *specs)
        )

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each place for the new axis, one tensor, nothing."""
        cases: list[tuple[list[Any], int]] = [
            ([(2, 3), (2, 3)], 0), ([(2, 3)] * 3, -1), ([(2, 3)], 1), ([(), ()], 0), ([(0, 3)] * 2, 1),
        ]  # fmt: skip
        return [
            Sample(inputs=shapes, kwargs={"axis": axis}, reference=lambda *a, axis: np.stack(a, axis), exact=True)
            for shapes, axis in cases
        ]


class Split(TensorTupleOp):
    """A tensor taken apart along an axis, which the parts don't have.

    Args:
        axis: the axis.
    """

    name = "split"
    formula = "a[..., 0, ...], a[..., 1, ...], ..."
    gradient_formula = "da = stack(dc, axis)"
    needs = ()

    def __init__(self, axis: int = 0) -> None:
        self.axis = axis_argument(self.name, axis)

    def compute(self, a: Array) -> tuple[Array, ...]:
        """Take the array apart, without copying."""
        axis = canonical_axis(self.name, self.axis, a.shape)
        lead = (slice(None),) * axis
        return tuple([a[(*lead, position, ...)] for position in range(a.shape[axis])])

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> Tensor:
        """Join the gradients."""
        return stack(out_grad, self.axis)

    def infer(self, a: Spec) -> tuple[Spec, ...]:
        """As many parts as the axis is long."""
        axis = canonical_axis(self.name, self.axis, a.shape)
        return (Spec((*a.shape[:axis], *a.shape[axis + 1 :]), a.dtype, a.device),) * a.shape[axis]

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis, one part, nothing in the parts."""

        def reference(a: Any, axis: int) -> tuple[Any, ...]:
            return tuple(np.moveaxis(a, axis, 0))

        cases: list[tuple[Any, int]] = [((2, 3), 0), ((2, 3), -1), ((2, 3, 2), 1), ((1,), 0), ((2, 0), 0)]
        return [
            Sample(inputs=[shape], kwargs={"axis": axis}, reference=reference, exact=True, label=f"axis {axis}")
            for shape, axis in cases
        ]


class SplitWithSizes(TensorTupleOp):
    """A tensor cut along an axis into parts that keep it.

    Args:
        sizes: how long the parts are; together as long as the axis.
        axis: the axis.
    """

    name = "split_with_sizes"
    formula = "a[..., :n0, ...], a[..., n0:n0 + n1, ...], ..."
    gradient_formula = "da = concat(dc, axis)"
    needs = ()

    def __init__(self, sizes: Sequence[int], axis: int = 0) -> None:
        self.sizes = integers_argument(self.name, "sizes", sizes)
        self.axis = axis_argument(self.name, axis)

    def compute(self, a: Array) -> tuple[Array, ...]:
        """Cut the array, without copying."""
        lead = (slice(None),) * self._checked(a.shape)
        ends = list(accumulate(self.sizes, initial=0))
        return tuple([a[(*lead, slice(start, stop), ...)] for start, stop in pairwise(ends)])

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> Tensor:
        """Join the gradients."""
        return concat(out_grad, self.axis)

    def infer(self, a: Spec) -> tuple[Spec, ...]:
        """One part for each size."""
        axis = self._checked(a.shape)
        return tuple(Spec((*a.shape[:axis], size, *a.shape[axis + 1 :]), a.dtype, a.device) for size in self.sizes)

    def _checked(self, shape: Shape) -> int:
        axis = canonical_axis(self.name, self.axis, shape)
        if sum(self.sizes) != shape[axis] or any(size < 0 for size in self.sizes):
            raise ShapeError(
                f"{self.name}: sizes {self.sizes} for axis {axis} of shape {shape}; expected sizes from 0 on whose sum "
                f"is {shape[axis]}"
            )
        return axis

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis, one part, parts of nothing."""

        def reference(a: Any, sizes: Any, axis: int) -> list[Any]:
            return np.split(a, np.cumsum(sizes)[:-1], axis)

        cases: list[tuple[Shape, Any, int]] = [
            ((4, 3), (1, 3), 0), ((2, 5), (2, 1, 2), -1), ((2, 3), (3,), 1), ((2, 3), (0, 2), 0), ((0, 3), (1, 2), 1),
        ]  # fmt: skip
        return [
            Sample(inputs=[s], kwargs={"sizes": sizes, "axis": axis}, reference=reference, exact=True, label=f"{sizes}")
            for s, sizes, axis in cases
        ]


class Concat(TensorOp):
    """Tensors joined along an axis that they have.

    Args:
        axis: the axis; the other sizes must be equal.
    """

    name = "concat"
    formula = "concat([a, b, ...], axis)"
    gradient_formula = "da, db, ... = the slices of dc along the axis"
    needs = ()

    def __init__(self, axis: int = 0) -> None:
        self.axis = axis_argument(self.name, axis)

    def compute(self, *arrays: Array) -> Array:
        """Join the arrays."""
        return array_namespace(arrays[0]).concat(arrays, axis=self.axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        """Give each tensor its slice."""
        lead = (slice(None),) * (self.axis % out_grad.ndim)
        start, grads = 0, []
        for tensor in node.inputs:
            stop = start + tensor.shape[len(lead)]
            grads.append(with_dtype_of(tensor, out_grad[(*lead, slice(start, stop))]))
            start = stop
        return tuple(grads)

    def infer(self, *specs: Spec) -> Spec:
        """All sizes but that of the axis must be equal."""
        first = specs[0].shape
        axis = canonical_axis(self.name, self.axis, first)
        for position, spec in enumerate(specs):
            if len(spec.shape) != len(first) or any(spec.shape[i] != size for i, size in enumerate(first) if i != axis):
                raise ShapeError(
                    f"concat: tensor 0 has shape {first} and tensor {position} has {spec.shape}; expected equal sizes "
                    f"along every axis but {axis}"
                )
        size = sum(spec.shape[axis] for spec in specs)
        shape = (*first[:axis], size, *first[axis + 1 :])
        return Spec(shape, promoted(self.name, *specs), same_device(self.name, *specs))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis, uneven lengths, one tensor, nothing."""
        cases: list[tuple[list[Any], int]] = [
            ([(2, 3), (1, 3)], 0), ([(2, 3), (2, 1), (2, 2)], -1), ([(2, 3)], 1), ([(0, 3), (2, 3)], 0),
        ]  # fmt: skip
        return [
            Sample(inputs=shapes, kwargs={"axis": axis}, reference=lambda *a, axis: np.concat(a, axis), exact=True)
            for shapes, axis in cases
        ]


def _several(name: str, tensors: Iterable[Tensor]) -> tuple[Tensor, ...]:
    found = tuple(tensors)
    if not found:
        raise ShapeError(f"{name}: there is nothing to join; expected at least one tensor")
    return found


def stack(tensors: Iterable[Tensor], axis: int = 0) -> Tensor:
    """Join tensors of one shape along a new axis.

    Args:
        tensors: a sequence of tensors, or a TensorTuple.
        axis: where the new axis stands in the result.

    Raises:
        ShapeError: the shapes differ, the result has no such axis, or there are no tensors.
    """
    return Stack(axis)(*_several("stack", tensors))


def split(a: Tensor, axis: int = 0) -> TensorTuple:
    """Take a tensor apart along an axis, which the parts don't have.

    Args:
        a: a tensor.
        axis: the axis.

    Returns:
        As many tensors as the axis is long.

    Raises:
        ShapeError: there is no such axis.
    """
    return Split(axis)(a)


def split_with_sizes(a: Tensor, sizes: Sequence[int], axis: int = 0) -> TensorTuple:
    """Cut a tensor along an axis into parts of given lengths, which keep the axis.

    `split` without sizes takes a tensor apart instead: its parts don't have the axis.

    Args:
        a: a tensor.
        sizes: how long the parts are; together as long as the axis.
        axis: the axis.

    Raises:
        ShapeError: there is no such axis, or the sizes don't add up to its length.
    """
    return SplitWithSizes(sizes, axis)(a)


def chunk(a: Tensor, chunks: int, axis: int = 0) -> TensorTuple:
    """Cut a tensor along an axis into parts of one length, the last of which may be shorter.

    It is PyTorch's `chunk`: there may be less parts than asked for. `tensor_split` gives as many, whose lengths
    differ by 1 at most.

    Args:
        a: a tensor.
        chunks: how many parts, at least 1.
        axis: the axis.

    Raises:
        ShapeError: there is no such axis, or `chunks` is less than 1.
    """
    chunks = integer_argument("chunk", "chunks", chunks)
    if chunks < 1:
        raise ShapeError(f"chunk: chunks is {chunks}; expected at least 1")
    size = a.shape[canonical_axis("chunk", axis, a.shape)]
    length = -(-size // chunks)
    starts = range(0, size, length) if size else (0,) * chunks
    return SplitWithSizes([min(length, size - start) for start in starts], axis)(a)


def tensor_split(a: Tensor, sections: int | Sequence[int], axis: int = 0) -> TensorTuple:
    """Cut a tensor along an axis, into as many parts or at given places, as NumPy's `array_split`.

    Args:
        a: a tensor.
        sections: how many parts, whose lengths differ by 1 at most; or the places to cut at, as in slices.
        axis: the axis.

    Raises:
        ShapeError: there is no such axis, or `sections` is less than 1.
    """
    size = a.shape[canonical_axis("tensor_split", axis, a.shape)]
    if not hasattr(sections, "__iter__"):
        count = integer_argument("tensor_split", "sections", sections)
        if count < 1:
            raise ShapeError(f"tensor_split: sections is {count}; expected at least 1, or a list of places")
        places = [size * i // count for i in range(count + 1)]
        sizes = sorted((stop - start for start, stop in pairwise(places)), reverse=True)
    else:
        given = integers_argument("tensor_split", "sections", sections)
        places = [slice(place).indices(size)[1] for place in given]
        sizes = [max(0, stop - start) for start, stop in pairwise([0, *places, size])]
        if sum(sizes) != size:
            raise ShapeError(f"tensor_split: places {given} go back; expected them in ascending order")
    return SplitWithSizes(sizes, axis)(a)


def concat(tensors: Iterable[Tensor], axis: int = 0) -> Tensor:
    """Join tensors along an axis that they have.

    Args:
        tensors: a sequence of tensors, or a TensorTuple; their sizes along the other axes are equal.
        axis: the axis.

    Raises:
        ShapeError: the other sizes differ, there is no such axis, or there are no tensors.
    """
    return Concat(axis)(*_several("concat", tensors))


unbind = unstack = split
concatenate = cat = concat
