"""Views of another shape: reshape, broadcast, transpose, permute, squeeze, expand, flip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..axes import Axes, axes_argument, axis_argument, canonical_axes, canonical_axis, shape_argument, without_axes
from ..broadcasting import Shape, unbroadcast

if TYPE_CHECKING:
    from ...tensor import Tensor


LAST_TWO = {(-2, -1), (-1, -2)}
OF_MATRICES = {(0, 1), (1, 0), (0, -1), (-1, 0), (-2, 1), (1, -2)}
"""Axes that `transpose` exchanges by a property of arrays, which takes a fifth of the time of a list of all axes."""


class Reshape(TensorOp):
    """The elements in the same order under another shape.

    Args:
        shape: the new shape; one size may be -1 and follows from the others.
    """

    name = "reshape"
    formula = "reshape(a, shape)"
    gradient_formula = "da = reshape(dc, shape of a)"
    needs = ()

    def __init__(self, shape: Any) -> None:
        self.shape = shape_argument(shape)

    def compute(self, a: Array) -> Array:
        """Give the array another shape, without copying where that can be."""
        return array_namespace(a).reshape(a, self.shape)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Go back to the operand's shape."""
        return out_grad.reshape(node.inputs[0].shape)

    def infer(self, a: Spec) -> Spec:
        """The number of elements must stay."""
        size = math.prod(a.shape)
        shape = self.shape
        unknown = [axis for axis, length in enumerate(shape) if length < 0]
        known = math.prod(length for length in shape if length >= 0)
        if unknown and shape[unknown[0]] == -1 and len(unknown) == 1 and known and size % known == 0:
            shape = (*shape[: unknown[0]], size // known, *shape[unknown[0] + 1 :])
        elif unknown or known != size:
            raise ShapeError(
                f"reshape: shape {a.shape} has {size} elements and shape {self.shape} "
                f"{'does not divide them' if unknown else f'has {known}'}; expected a shape of {size} elements, with "
                "at most one -1"
            )
        return Spec(shape, a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Fewer and more axes, -1, none, nothing."""
        cases: list[tuple[Shape, Any]] = [
            ((2, 3), (3, 2)),
            ((2, 3), (-1,)),
            ((2, 3), (1, 2, -1)),
            ((), (1, 1)),
            ((0, 3), (3, 0)),
        ]
        return [
            Sample(inputs=[s], kwargs={"shape": t}, reference=lambda a, shape: a.reshape(shape), exact=True)
            for s, t in cases
        ]


class BroadcastTo(TensorOp):
    """The elements repeated along new axes and along axes of size 1, without copying.

    Args:
        shape: the new shape.
    """

    name = "broadcast_to"
    formula = "broadcast_to(a, shape)"
    gradient_formula = "da = sum(dc) over the axes along which a was repeated"
    needs = ()

    def __init__(self, shape: Any) -> None:
        self.shape = shape_argument(shape)

    def compute(self, a: Array) -> Array:
        """Repeat the array."""
        return array_namespace(a).broadcast_to(a, self.shape)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Sum over the copies."""
        return unbroadcast(out_grad, node.inputs[0])

    def infer(self, a: Spec) -> Spec:
        """Every axis, from the back, must have its size or size 1."""
        lead = len(self.shape) - len(a.shape)
        if min(self.shape, default=0) < 0:
            raise ShapeError(
                f"broadcast_to: shape {self.shape} for a tensor of shape {a.shape} is negative in part; expected sizes "
                "from 0 on; expand takes -1 for the size that there is"
            )
        for axis in range(-len(a.shape), 0):
            if lead < 0 or a.shape[axis] not in (1, self.shape[axis]):
                there = "no size" if lead < 0 else f"size {self.shape[axis]}"
                raise ShapeError(
                    f"broadcast_to: shape {a.shape} does not broadcast to {self.shape}: along axis {axis} size "
                    f"{a.shape[axis]} meets {there}, expected equal sizes or a 1; reshape the tensor first"
                )
        return Spec(self.shape, a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """New axes, axes of size 1, no axes, nothing."""
        cases: list[tuple[Shape, Any]] = [
            ((3,), (2, 3)),
            ((2, 1, 3), (4, 2, 2, 3)),
            ((), (2, 2)),
            ((1, 3), (0, 3)),
            ((2, 3), (2, 3)),
        ]
        return [Sample(inputs=[s], kwargs={"shape": t}, reference=np.broadcast_to, exact=True) for s, t in cases]


class Transpose(TensorOp):
    """Two axes exchanged, without copying.

    Args:
        axes: the two axes; None stands for the last two.
    """

    name = "transpose"
    formula = "transpose(a, axes)"
    gradient_formula = "da = transpose(dc, axes)"
    needs = ()

    def __init__(self, axes: Sequence[int] | None = None) -> None:
        found = axes_argument(self.name, axes)
        self.axes = (found,) if isinstance(found, int) else found

    def compute(self, a: Array) -> Array:
        """Exchange the axes."""
        axes = self.axes
        if axes is None or axes in LAST_TWO or (axes in OF_MATRICES and a.ndim == 2):
            return a.mT
        first, second = axes
        order = list(range(a.ndim))
        order[first], order[second] = order[second], order[first]
        return array_namespace(a).permute_dims(a, tuple(order))

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Exchange them back."""
        return transpose(out_grad, self.axes)

    def infer(self, a: Spec) -> Spec:
        """Two sizes change places."""
        axes = (-2, -1) if self.axes is None else self.axes
        if len(axes) != 2:
            raise ShapeError(f"transpose: axes {axes} of shape {a.shape}: expected two axes; permute takes all of them")
        if self.axes is None and len(a.shape) < 2:
            raise ShapeError(f"transpose: shape {a.shape} has {len(a.shape)} axes; expected at least two")
        first, second = (canonical_axis(self.name, axis, a.shape) for axis in axes)
        shape = list(a.shape)
        shape[first], shape[second] = shape[second], shape[first]
        return Spec(tuple(shape), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """The last two axes, any two, nothing."""
        cases: list[tuple[Shape, Any]] = [
            ((2, 3), None),
            ((2, 3, 4), (0, -1)),
            ((2, 3, 4), (1, 1)),
            ((0, 3), None),
            ((1, 1), (1, 0)),
        ]
        return [
            Sample(
                inputs=[s],
                kwargs={"axes": axes},
                reference=lambda a, axes: np.swapaxes(a, *(axes or (-1, -2))),
                exact=True,
                label=str(axes),
            )
            for s, axes in cases
        ]


class Permute(TensorOp):
    """All axes in another order, without copying.

    Args:
        axes: for each axis of the result, the axis of the operand.
    """

    name = "permute"
    formula = "permute(a, axes)"
    gradient_formula = "da = permute(dc, inverse of axes)"
    needs = ()

    def __init__(self, axes: Sequence[int]) -> None:
        found = axes_argument(self.name, axes)
        order: tuple[int, ...] = found if isinstance(found, tuple) else (found,)  # type: ignore[assignment]
        if order and min(order) < 0:
            ndim = len(order)
            order = tuple(axis + ndim if -ndim <= axis < 0 else axis for axis in order)
        self.axes = order

    def compute(self, a: Array) -> Array:
        """Reorder the axes."""
        return array_namespace(a).permute_dims(a, self.axes)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Put the axes back."""
        ndim = len(self.axes)
        inverse = [0] * ndim
        for position, axis in enumerate(self.axes):
            inverse[axis] = position
        return permute(out_grad, inverse)

    def infer(self, a: Spec) -> Spec:
        """Sizes follow their axes."""
        if len(self.axes) != len(a.shape):
            raise ShapeError(
                f"permute: axes {self.axes} for shape {a.shape}: expected each of its {len(a.shape)} axes once"
            )
        axes = canonical_axes(self.name, self.axes, a.shape)
        return Spec(tuple(a.shape[axis] for axis in axes), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """A cycle, axes from the back, no axes."""
        cases: list[tuple[Shape, Any]] = [((2, 3, 4), (2, 0, 1)), ((2, 3, 4), (-1, 1, 0)), ((2, 0), (1, 0)), ((), ())]
        return [Sample(inputs=[s], kwargs={"axes": t}, reference=np.transpose, exact=True) for s, t in cases]


class Squeeze(TensorOp):
    """Axes of size 1 taken out.

    Args:
        axes: the axes, or None for all of size 1.
    """

    name = "squeeze"
    formula = "squeeze(a, axes)"
    gradient_formula = "da = reshape(dc, shape of a)"
    needs = ()

    def __init__(self, axes: Axes = None) -> None:
        self.axes = axes_argument(self.name, axes)

    def compute(self, a: Array) -> Array:
        """Take the axes out."""
        axes = self.axes
        if axes is None:
            axes = tuple([axis for axis, size in enumerate(a.shape) if size == 1])
        return array_namespace(a).squeeze(a, axis=axes)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Put them back."""
        return out_grad.reshape(node.inputs[0].shape)

    def infer(self, a: Spec) -> Spec:
        """Only axes of size 1 can go."""
        if self.axes is None:
            return Spec(tuple(size for size in a.shape if size != 1), a.dtype, a.device)
        axes = canonical_axes(self.name, self.axes, a.shape)
        for axis in axes:
            if a.shape[axis] != 1:
                raise ShapeError(f"squeeze: axis {axis} of shape {a.shape} has size {a.shape[axis]}; expected size 1")
        return Spec(without_axes(a.shape, axes), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """All axes of size 1, some, nothing."""
        cases: list[tuple[Shape, Any]] = [
            ((1, 3, 1), None),
            ((1, 3, 1), -1),
            ((1, 3, 1), (0, 2)),
            ((0, 1), 1),
            ((1, 1), None),
        ]
        return [
            Sample(inputs=[s], kwargs={"axes": t}, reference=lambda a, axes: np.squeeze(a, axis=axes), exact=True)
            for s, t in cases
        ]


class ExpandDims(TensorOp):
    """A new axis of size 1.

    Args:
        axis: where it stands in the result.
    """

    name = "expand_dims"
    formula = "expand_dims(a, axis)"
    gradient_formula = "da = reshape(dc, shape of a)"
    needs = ()

    def __init__(self, axis: int) -> None:
        self.axis = axis_argument(self.name, axis)

    def compute(self, a: Array) -> Array:
        """Put the axis in."""
        return array_namespace(a).expand_dims(a, axis=self.axis)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Take it out."""
        return out_grad.reshape(node.inputs[0].shape)

    def infer(self, a: Spec) -> Spec:
        """There is one axis more."""
        axis = canonical_axis(self.name, self.axis, a.shape, extra=1)
        return Spec((*a.shape[:axis], 1, *a.shape[axis:]), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """In front, at the back, between."""
        cases: list[tuple[Shape, int]] = [((2, 3), 0), ((2, 3), -1), ((2, 3), 1), ((), 0), ((0, 3), 1)]
        return [Sample(inputs=[s], kwargs={"axis": t}, reference=np.expand_dims, exact=True) for s, t in cases]


class Flip(TensorOp):
    """The order of elements reversed along axes.

    Args:
        axes: the axes, or None for all.
    """

    name = "flip"
    formula = "flip(a, axes)"
    gradient_formula = "da = flip(dc, axes)"
    needs = ()

    def __init__(self, axes: Axes = None) -> None:
        self.axes = axes_argument(self.name, axes)

    def compute(self, a: Array) -> Array:
        """Reverse the axes."""
        return array_namespace(a).flip(a, axis=self.axes)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Reverse them back."""
        return flip(out_grad, self.axes)

    def infer(self, a: Spec) -> Spec:
        """The shape stays."""
        canonical_axes(self.name, self.axes, a.shape)
        return a

    @classmethod
    def samples(cls) -> list[Sample]:
        """One axis, several, all, nothing."""
        cases: list[tuple[Shape, Any]] = [
            ((2, 3), None),
            ((2, 3), -1),
            ((2, 3, 2), (0, 2)),
            ((0, 3), 0),
            ((1, 1), None),
        ]
        return [
            Sample(inputs=[s], kwargs={"axes": t}, reference=lambda a, axes: np.flip(a, axis=axes), exact=True)
            for s, t in cases
        ]


_transpose = Transpose()


def reshape(a: Tensor, shape: int | Sequence[int]) -> Tensor:
    """Put the elements, in the same order, under another shape.

    Args:
        a: a tensor.
        shape: the new shape; one size may be -1 and follows from the others.

    Raises:
        ShapeError: the number of elements would change.
    """
    return Reshape(shape)(a)


def broadcast_to(a: Tensor, shape: int | Sequence[int]) -> Tensor:
    """Repeat a tensor along new leading axes and along axes of size 1, without copying.

    Args:
        a: a tensor.
        shape: the new shape.

    Raises:
        ShapeError: a size that is not 1 would change.
    """
    return BroadcastTo(shape)(a)


def transpose(a: Tensor, axes: Sequence[int] | None = None) -> Tensor:
    """Exchange two axes; `permute` puts all of them in another order.

    Args:
        a: a tensor of at least two axes.
        axes: the two axes; None stands for the last two.

    Raises:
        ShapeError: there is no such axis.
    """
    return _transpose(a) if axes is None else Transpose(axes)(a)


def permute(a: Tensor, axes: Sequence[int]) -> Tensor:
    """Put all axes in another order.

    Args:
        a: a tensor.
        axes: for each axis of the result, the axis of `a`.

    Raises:
        ShapeError: `axes` does not name each axis once.
    """
    return Permute(axes)(a)


def squeeze(a: Tensor, axes: Axes = None, *, axis: Axes = None) -> Tensor:
    """Take out axes of size 1.

    Args:
        a: a tensor.
        axes: the axes, or None for all of size 1; `axis` is the same.
        axis: another name for `axes`.

    Raises:
        ShapeError: an axis has another size, or there is none.
    """
    return Squeeze(axes if axis is None else axis)(a)


def expand_dims(a: Tensor, axis: int) -> Tensor:
    """Put in a new axis of size 1.

    Args:
        a: a tensor.
        axis: where it stands in the result.

    Raises:
        ShapeError: the result has no such axis.
    """
    return ExpandDims(axis)(a)


def flip(a: Tensor, axes: Axes = None, *, axis: Axes = None) -> Tensor:
    """Reverse the order of elements along axes.

    Args:
        a: a tensor.
        axes: the axes, or None for all; `axis` is the same.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis.
    """
    return Flip(axes if axis is None else axis)(a)


permute_dims = permute
unsqueeze = expand_dims
