"""Zeros between elements, and their removal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..arguments import integer_argument
from ..axes import Axes, axes_argument, canonical_axes
from ..broadcasting import Shape

if TYPE_CHECKING:
    from ...tensor import Tensor


class Spacing(TensorOp):
    """What `Dilate` and `UnDilate` have in common.

    Args:
        axes: an axis, several, or None for all.
        dilation: how many zeros stand after each element.
    """

    needs = ()

    def __init__(self, axes: Axes, dilation: int) -> None:
        self.axes = axes_argument(self.name, axes)
        self.dilation = integer_argument(self.name, "dilation", dilation)

    def places(self, shape: Shape) -> tuple[slice, ...]:
        """Return where the elements stand among the zeros, for a shape with as many axes."""
        axes = canonical_axes(self.name, self.axes, shape)
        return tuple(slice(None, None, self.dilation + 1) if i in axes else slice(None) for i in range(len(shape)))

    def checked(self, shape: Shape) -> tuple[int, ...]:
        """Return the axes, and refuse negative numbers of zeros."""
        if self.dilation < 0:
            raise ShapeError(f"{self.name}: dilation is {self.dilation}; expected how many zeros, from 0 on")
        return canonical_axes(self.name, self.axes, shape)


class Dilate(Spacing):
    """A tensor with zeros after each element, along axes."""

    name = "dilate"
    formula = "zeros, but c[::dilation + 1] = a"
    gradient_formula = "da = dc[::dilation + 1]"

    def compute(self, a: Array) -> Array:
        """Write the array among zeros."""
        axes = self.checked(a.shape)
        shape = tuple(size * (self.dilation + 1) if i in axes else size for i, size in enumerate(a.shape))
        result = array_namespace(a).zeros(shape, dtype=a.dtype, device=a.device)
        result[self.places(shape)] = a
        return result

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Take the elements out again."""
        return undilate(out_grad, self.axes, self.dilation)

    def infer(self, a: Spec) -> Spec:
        """The axes grow."""
        axes = self.checked(a.shape)
        shape = tuple(size * (self.dilation + 1) if i in axes else size for i, size in enumerate(a.shape))
        return Spec(shape, a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One axis, several, all, no zeros, nothing."""

        def reference(a: Any, axes: Any, dilation: int) -> Any:
            axes = range(a.ndim) if axes is None else [axes] if isinstance(axes, int) else axes
            for axis in axes:
                zeros = [np.zeros_like(a)] * dilation
                after = np.stack([a, *zeros], axis=axis % a.ndim + 1)
                shape = list(a.shape)
                shape[axis] *= dilation + 1
                a = after.reshape(shape)
            return a

        return [
            Sample(
                inputs=[s], kwargs={"axes": axes, "dilation": d}, reference=reference, exact=True, label=f"{axes} {d}"
            )
            for s, axes, d in CASES
        ]


CASES: list[tuple[Shape, Any, int]] = [
    ((2, 3), 0, 1), ((2, 3), (0, 1), 2), ((2, 3, 2), (-1,), 1), ((2, 3), None, 1), ((2, 3), (0,), 0), ((0, 3), 1, 2),
    ((1, 1), 0, 1),
]  # fmt: skip
"""Shapes, axes and dilations for samples."""


class UnDilate(Spacing):
    """The elements of a tensor that `Dilate` put there, without what stands between."""

    name = "undilate"
    formula = "a[::dilation + 1]"
    gradient_formula = "da = zeros, but da[::dilation + 1] = dc"

    def compute(self, a: Array) -> Array:
        """Take the elements, without copying."""
        self.checked(a.shape)
        return a[self.places(a.shape)]

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Write the gradient among zeros, as many as there were."""
        shape = node.inputs[0].shape
        dilated = dilate(out_grad, self.axes, self.dilation)
        return dilated if dilated.shape == shape else dilated[tuple(slice(size) for size in shape)]

    def infer(self, a: Spec) -> Spec:
        """The axes shrink."""
        axes = self.checked(a.shape)
        step = self.dilation + 1
        return Spec(tuple(-(-n // step) if i in axes else n for i, n in enumerate(a.shape)), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """One axis, several, all, sizes that the step does not divide, nothing."""

        def reference(a: Any, axes: Any, dilation: int) -> Any:
            axes = range(a.ndim) if axes is None else [axes] if isinstance(axes, int) else axes
            for axis in axes:
                a = np.take(a, np.arange(0, a.shape[axis], dilation + 1), axis)
            return a

        return [
            Sample(
                inputs=[s], kwargs={"axes": axes, "dilation": d}, reference=reference, exact=True, label=f"{axes} {d}"
            )
            for s, axes, d in [*CASES, ((4, 6), (0, 1), 1), ((7,), 0, 2)]
        ]


def dilate(a: Tensor, axes: Axes, dilation: int) -> Tensor:
    """Put zeros after each element, along axes.

    Args:
        a: a tensor.
        axes: an axis, several, or None for all.
        dilation: how many zeros, from 0 on; an axis of size n gets size n * (dilation + 1).

    Raises:
        ShapeError: there is no such axis, or the number is negative.
    """
    return Dilate(axes, dilation)(a)


def undilate(a: Tensor, axes: Axes, dilation: int) -> Tensor:
    """Take out what `dilate` put in, along axes: every element but each (dilation + 1)-th.

    Args:
        a: a tensor.
        axes: an axis, several, or None for all.
        dilation: how many elements to leave out after each, from 0 on.

    Raises:
        ShapeError: there is no such axis, or the number is negative.
    """
    return UnDilate(axes, dilation)(a)
