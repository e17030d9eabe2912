"""Tuples of tensors: making them, taking an element, and the smallest operation that returns one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from ..modes import GRAD, current_flags
from ..op import Array, Sample, Spec, TensorOp, TensorTupleOp
from ..value import Value, clock
from .arguments import integer_argument, number_argument
from .broadcasting import is_floating, zeros_like

if TYPE_CHECKING:
    from ..tensor import Tensor, TensorTuple


class MakeTensorTuple(TensorTupleOp):
    """Several tensors put into one tuple."""

    name = "make_tuple"
    formula = "(a, b, ...)"
    gradient_formula = "da = dc[0]; db = dc[1]; ..."
    needs = ()

    def compute(self, *arrays: Array) -> tuple[Array, ...]:
        """Keep the arrays as they are."""
        return arrays

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> tuple[Tensor, ...]:
        """Give each tensor its own."""
        return tuple(out_grad)

    def infer(self, *specs: Spec) -> tuple[Spec, ...]:
        """What goes in comes out."""
        return specs

    @classmethod
    def samples(cls) -> list[Sample]:
        """Tensors of several shapes; elements taken with and without the short cut through the tuple."""

        def call(*tensors: Any) -> tuple[Tensor, ...]:
            made = cls()(*tensors)
            return tuple(TupleGetItem(index)(made) for index in range(len(tensors)))

        inputs = [(2, 3), (), (0, 3)]
        return [
            Sample(inputs=inputs, reference=lambda *arrays: arrays, exact=True),
            Sample(inputs=inputs, call=call, reference=lambda *arrays: arrays, exact=True, label="taken"),
        ]


class TupleGetItem(TensorOp):
    """One element of a tuple.

    Args:
        index: its position.
    """

    name = "tuple_get_item"
    formula = "a[index]"
    gradient_formula = "da = zeros, but da[index] = dc"
    needs = ()

    def __init__(self, index: int) -> None:
        self.index = index

    @property
    def output_index(self) -> int:  # type: ignore[override]
        """The engine adds the gradient to this element."""
        return self.index

    def compute(self, a: tuple[Array, ...]) -> Array:
        """Take the element."""
        return a[self.index]

    def gradient(self, out_grad: Tensor, node: Tensor) -> TensorTuple:
        """Put the gradient among zeros."""
        others = [zeros_like(element) for element in node.inputs[0].detach()]
        others[self.index] = out_grad
        return make_tuple(*others)

    def infer(self, specs: Sequence[Spec]) -> Spec:
        """The element's own."""
        return specs[self.index]

    @classmethod
    def samples(cls) -> list[Sample]:
        """The second of two."""

        def call(*tensors: Any, index: int) -> Any:
            return cls(index)(make_tuple(*tensors))

        reference = lambda *arrays, index: arrays[index]  # noqa: E731
        return [Sample(inputs=[(2, 3), (2,)], kwargs={"index": 1}, call=call, reference=reference, exact=True)]


class FusedAddScalars(TensorTupleOp):
    """A tensor plus a number, and the tensor plus another.

    Args:
        c0: the first number.
        c1: the second.
    """

    name = "fused_add_scalars"
    formula = "(a + c0, a + c1)"
    gradient_formula = "da = dc[0] + dc[1]"
    needs = ()

    def __init__(self, c0: float, c1: float) -> None:
        self.c0 = number_argument(self.name, "c0", c0)
        self.c1 = number_argument(self.name, "c1", c1)

    def compute(self, a: Array) -> tuple[Array, Array]:
        """Add each number."""
        return a + self.c0, a + self.c1

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> Tensor:
        """Both sums pass their gradients on."""
        return out_grad[0] + out_grad[1]

    def infer(self, a: Spec) -> tuple[Spec, Spec] | None:
        """Both are like the operand, unless that is of integers, among which a number may be a fraction."""
        return (a, a) if is_floating(a.dtype) else None

    @classmethod
    def samples(cls) -> list[Sample]:
        """One shape, and nothing."""
        reference = lambda a, c0, c1: (a + c0, a + c1)  # noqa: E731
        return [Sample(inputs=[s], kwargs={"c0": 1.0, "c1": -2.5}, reference=reference) for s in ((2, 3), (0,))]


_make_tuple = MakeTensorTuple()

taking = cache(TupleGetItem)
"""Returns the operation that takes the element at an index, the same one each time."""

_new = object.__new__


def make_tuple(*tensors: Tensor) -> TensorTuple:
    """Put tensors into one tuple, through which gradients reach them."""
    return _make_tuple(*tensors)


def tuple_get_item(a: TensorTuple, index: int) -> Tensor:
    """Take an element of a tuple; of one that `make_tuple` made, it is the very tensor that went in.

    Args:
        a: the tuple.
        index: the position, negative from the end.

    Raises:
        IndexError: the tuple has no such element.
    """
    if not isinstance(a, Value.tuple_type):
        raise TypeError(f"tuple_get_item: a is a {type(a).__name__}; expected a TensorTuple; write x[i] for a tensor")
    count = len(a)
    index = integer_argument("tuple_get_item", "index", index)
    if not -count <= index < count:
        raise IndexError(f"tuple_get_item: index {index} is out of range for a tuple of {count} tensors")
    index %= count
    if isinstance(a.op, MakeTensorTuple):
        element: Tensor = a.inputs[index]
        return element
    return _nodes(a, (index,))[0]


def elements(a: TensorTuple) -> Sequence[Tensor]:
    """Take all elements of a tuple, as `tuple_get_item` takes each; unpacking and iterating do this."""
    inputs: tuple[Tensor, ...] = a.inputs
    return inputs if isinstance(a.op, MakeTensorTuple) else _nodes(a, range(len(a)))


def _nodes(a: TensorTuple, indices: Iterable[int]) -> list[Tensor]:
    """Make the nodes of elements, written out like the operators of tensors, as nothing is computed in them."""
    flags = current_flags()
    arrays = a.cached_data
    if flags > GRAD or arrays is None:
        return [taking(index)(a) for index in indices]
    recorded = bool(flags and a.requires_grad)
    inputs = (a,) if recorded else ()
    found: list[Any] = []
    for index in indices:
        node: Any = _new(Value.tensor_type)
        node.op = taking(index) if recorded else None
        node.inputs = inputs
        node.cached_data = arrays[index]
        node.requires_grad = recorded
        node._grad = node.saved = None
        node.made_at = clock.now
        node.changed_at = 0
        found.append(node)
    return found


def fused_add_scalars(a: Tensor, c0: float, c1: float) -> TensorTuple:
    """Return the tuple (a + c0, a + c1), made by one operation."""
    return FusedAddScalars(c0, c1)(a)
