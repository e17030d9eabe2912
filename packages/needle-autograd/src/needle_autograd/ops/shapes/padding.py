"""More elements at the edges, or the same ones moved along."""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING, Any

from ...backends import array_namespace
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..arguments import integer_argument, integers_argument, number_argument, require_tensors
from ..axes import Axes, axes_argument, canonical_axes
from ..broadcasting import Shape, constant_like
from ..indexing.getting import take

if TYPE_CHECKING:
    from ...tensor import Tensor

Widths = tuple[tuple[int, int], ...]

MODES = {
    "edge": "edge", "replicate": "edge", "reflect": "reflect", "symmetric": "symmetric",
    "wrap": "wrap", "circular": "wrap",
}  # fmt: skip
"""What NumPy calls the modes in which elements are repeated; PyTorch has other names for two of them."""


class Pad(TensorOp):
    """A tensor with a number around it.

    Args:
        widths: for each axis, how many elements to put before and after.
        value: the number.
    """

    name = "pad"
    formula = "full(new shape, value), but a in the middle"
    gradient_formula = "da = the middle of dc"
    needs = ()

    def __init__(self, widths: Sequence[Sequence[int]], value: float = 0.0) -> None:
        self.widths: Widths = tuple((index(before), index(after)) for before, after in widths)
        self.value = number_argument(self.name, "value", value)

    def middle(self, shape: Shape) -> tuple[slice, ...]:
        """Return where the operand of this shape stands in the result."""
        return tuple(slice(before, before + size) for (before, _), size in zip(self.widths, shape, strict=True))

    def grown(self, shape: Shape) -> Shape:
        """Return the shape of the result.

        Raises:
            ShapeError: there is not a pair of widths for each axis.
        """
        if len(self.widths) != len(shape):
            raise ShapeError(f"pad: widths {self.widths} for shape {shape}; expected a pair for each axis")
        return tuple(before + size + after for (before, after), size in zip(self.widths, shape, strict=True))

    def compute(self, a: Array) -> Array:
        """Put the array into a larger one."""
        shape = self.grown(a.shape)
        result = array_namespace(a).full(shape, self.value, dtype=a.dtype, device=a.device)
        result[self.middle(a.shape)] = a
        return result

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Take the middle out again."""
        return out_grad[self.middle(node.inputs[0].shape)]

    def infer(self, a: Spec) -> Spec:
        """Every axis grows."""
        return Spec(self.grown(a.shape), a.dtype, a.device)

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each side, a number other than 0, no axes, nothing."""

        def reference(a: Any, widths: Any, value: float = 0.0) -> Any:
            return np.pad(a, widths, constant_values=value) if a.ndim else a

        cases: list[tuple[Shape, dict[str, Any]]] = [
            ((2, 3), {"widths": ((1, 0), (0, 2))}),
            ((2, 3), {"widths": ((1, 2), (2, 1)), "value": -1.5}),
            ((2, 3), {"widths": ((0, 0), (0, 0))}),
            ((0, 3), {"widths": ((1, 1), (0, 1))}),
            ((), {"widths": ()}),
        ]
        return [
            Sample(inputs=[shape], kwargs=kwargs, reference=reference, exact=True, label=str(kwargs))
            for shape, kwargs in cases
        ]


class Roll(TensorOp):
    """The elements moved along axes; those that leave at one end come in at the other.

    Args:
        shift: how far, towards the end; as many numbers as axes.
        axes: the axes, or None for the elements in one row.
    """

    name = "roll"
    formula = "c[(i + shift) mod n] = a[i]"
    gradient_formula = "da = roll(dc, -shift)"
    needs = ()

    def __init__(self, shift: Any, axes: Axes = None) -> None:
        self.shift = shift_argument(shift)
        self.axes = axes_argument(self.name, axes)
        several = isinstance(self.shift, tuple)
        if several and (not isinstance(self.axes, tuple) or len(self.axes) != len(shift)):
            raise ShapeError(f"roll: shift is {self.shift} and axes are {self.axes}; expected an axis for each number")

    def compute(self, a: Array) -> Array:
        """Move the elements."""
        return array_namespace(a).roll(a, self.shift, axis=self.axes)

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Move them back."""
        shift = self.shift
        back: Any = tuple(-step for step in shift) if isinstance(shift, tuple) else -shift
        return Roll(back, self.axes)(out_grad)

    def infer(self, a: Spec) -> Spec:
        """The shape stays."""
        for axis in self.axes if isinstance(self.axes, tuple) else (self.axes,):  # an axis may be named twice
            canonical_axes(self.name, axis, a.shape)
        return a

    @classmethod
    def samples(cls) -> list[Sample]:
        """Each axis, several, all in one row, more than once around, backwards, nothing."""

        def reference(a: Any, shift: Any, axes: Any = None) -> Any:
            return np.roll(a, shift, axes)

        cases: list[tuple[Shape, dict[str, Any]]] = [
            ((2, 3), {"shift": 1}),
            ((2, 3), {"shift": -4, "axes": 1}),
            ((3, 2, 4), {"shift": (1, -2), "axes": (0, -1)}),
            ((2, 3), {"shift": 5, "axes": (0, 1)}),
            ((0, 3), {"shift": 1, "axes": 0}),
            ((1, 1), {"shift": 1}),
        ]
        return [
            Sample(inputs=[shape], kwargs=kwargs, reference=reference, exact=True, label=str(kwargs))
            for shape, kwargs in cases
        ]


def shift_argument(shift: Any) -> int | tuple[int, ...]:
    """Return how far to move elements as an operation keeps it: an integer, or one for each axis."""
    if hasattr(shift, "__iter__"):
        return integers_argument("roll", "shift", shift)
    return integer_argument("roll", "shift", shift)


def _widths(widths: Any, shape: Shape) -> Widths:
    """Return a pair for each axis of one number, one pair, or a sequence of pairs."""
    try:
        if not hasattr(widths, "__iter__"):
            pairs: Any = ((index(widths),) * 2,) * len(shape)
        else:
            given = tuple(widths)
            flat = not any(hasattr(item, "__iter__") for item in given)
            pairs = ((index(given[0]), index(given[1])),) * len(shape) if flat and len(given) == 2 else given
            pairs = tuple((index(before), index(after)) for before, after in pairs)
    except (TypeError, ValueError):
        pairs = None
    if pairs is None or len(pairs) != len(shape):
        raise ShapeError(
            f"pad: widths {widths} for shape {shape}; expected a number, a pair (before, after) for all axes, or a "
            f"pair for each of the {len(shape)} axes"
        )
    if any(width < 0 for pair in pairs for width in pair):
        raise ShapeError(f"pad: widths {widths} are negative in part; write x[start:stop] to take elements away")
    found: Widths = pairs
    return found


def pad(a: Tensor, widths: Any, mode: str = "constant", value: float = 0.0) -> Tensor:
    """Put more elements before and after those of each axis.

    Args:
        a: a tensor.
        widths: how many, at least 0: a number for every edge, a pair (before, after) for every axis, or a pair for each
            axis, from the first on, as NumPy takes them. (PyTorch lists the numbers from the last axis on.)
        mode: where they come from. "constant" is `value`; "edge" (or "replicate") repeats the outermost element,
            "reflect" mirrors the tensor at it, "symmetric" beyond it, "wrap" (or "circular") goes on at the other end.
        value: the number for "constant".

    Raises:
        ShapeError: the widths are negative or do not fit, or an axis without elements would have to be repeated.
        ValueError: the mode is unknown.
    """
    require_tensors("pad", a=a)
    found = _widths(widths, a.shape)
    if mode == "constant":
        return Pad(found, value)(a)
    if mode not in MODES:
        raise ValueError(f"pad: mode {mode!r} is unknown; expected 'constant', {', '.join(map(repr, MODES))}")
    for axis, pair in enumerate(found):
        if pair == (0, 0):
            continue
        if a.shape[axis] == 0:
            raise ShapeError(f"pad: axis {axis} of shape {a.shape} has no elements to repeat; use mode 'constant'")
        numbers = np.pad(np.arange(a.shape[axis]), pair, mode=MODES[mode])  # type: ignore[call-overload]
        a = take(a, constant_like(numbers, a), axis)
    return a


def roll(a: Tensor, shift: Any, axes: Axes = None, *, axis: Axes = None) -> Tensor:
    """Move the elements along axes; those that leave at one end come in at the other.

    Args:
        a: a tensor.
        shift: how far, towards the end: a number, or one for each axis.
        axes: the axes; None moves the elements as if they stood in one row. `axis` is the same.
        axis: another name for `axes`.

    Raises:
        ShapeError: there is no such axis, or there are not as many shifts as axes.
    """
    return Roll(shift, axes if axis is None else axis)(a)
