"""Nodes of the graph: what operation made a value, from which inputs, and the value itself once it is computed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from . import fusion
from .backends.selection import dtype_name, is_array
from .errors import DTypeError, GraphError
from .extra import keeps_grad
from .modes import GRAD, LAZY, WATCHED, current_flags
from .observers import compute_watched, tell_made

if TYPE_CHECKING:
    from .op import Op


class Clock:
    """Counts the changes made to values in place: a node remembers the time at which it was made.

    An input that was changed at a later time than its node was made is not what the node was computed from.
    """

    __slots__ = ("now",)

    def __init__(self) -> None:
        self.now = 0

    def tick(self) -> int:
        """Count one more change and return its time."""
        self.now += 1
        return self.now


clock = Clock()


_new = object.__new__


class Value:
    """A node of the graph; its subclasses are Tensor and TensorTuple.

    Attributes:
        op: the operation that computes the value, or None for a leaf.
        inputs: the values it is computed from.
        cached_data: the array (for a TensorTuple, the tuple of arrays), or None while it is not computed.
        requires_grad: whether `backward()` computes a gradient for it.
        saved: what the operation's `compute_saving` kept for its gradient.
        made_at: the time at which the node was recorded.
        changed_at: the time at which its array was last replaced or written in place; 0 if never.
        spec: shape, dtype and device of a value that is recorded and not computed.
        extra: what few values have: hooks, and where they were made. It is not set in others.
    """

    __slots__ = (
        "__weakref__",
        "_grad",
        "cached_data",
        "changed_at",
        "extra",
        "inputs",
        "made_at",
        "op",
        "requires_grad",
        "saved",
        "spec",
    )

    tensor_type: ClassVar[type[Value]]
    tuple_type: ClassVar[type[Value]]

    op: Op | None
    inputs: tuple[Any, ...]
    cached_data: Any
    requires_grad: bool
    _grad: Any
    saved: Any
    made_at: int
    changed_at: int
    spec: Any
    extra: Any

    @property
    def grad(self) -> Any:
        """The gradient that the last `backward()` wrote, or None.

        It is written for leaves, and for results of operations on which `retain_grad()` was called before.
        """
        grad = self._grad
        if grad is None and self.op is not None and self.requires_grad and not keeps_grad(self):
            warnings.warn(
                f"the gradient of the result of an operation ({describe(self)}) was asked for, and backward() writes "
                ".grad of leaves alone: call y.retain_grad() before backward(), or y.register_hook(print) to see it",
                stacklevel=2,
            )
        return grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad

    @classmethod
    def make_const(cls, data: Any, *, requires_grad: bool = False) -> Self:
        """Make a leaf around an array (a tuple of arrays for a TensorTuple), which is not copied.

        Args:
            data: the array; another Value gives its own, computed now if need be.
            requires_grad: whether `backward()` computes a gradient for the leaf.
        """
        value = _new(cls)
        value.op = None
        value.inputs = ()
        value.cached_data = data.realize_cached_data() if isinstance(data, Value) else data
        value.requires_grad = requires_grad
        value._grad = None
        value.saved = None
        value.made_at = clock.now
        value.changed_at = 0
        return value

    @classmethod
    def make_from_op(cls, op: Op, inputs: Iterable[Any]) -> Self:
        """Make the result of an operation: computed now, or only recorded in lazy mode.

        Args:
            op: the operation.
            inputs: its operands; what is no Value yet is made a constant.

        Returns:
            The result. It keeps `op` and `inputs` only if it requires a gradient or is not computed yet.
        """
        return make_node(cls, op, tuple(inputs))

    @classmethod
    def as_operands(cls, op: Op, inputs: tuple[Any, ...]) -> tuple[Value, ...]:
        """Make constants of those inputs of an operation that are no Values."""
        raise NotImplementedError

    def known_spec(self) -> Any:
        """Return shape, dtype and device, without computing the value."""
        raise NotImplementedError

    def is_leaf(self) -> bool:
        """Tell whether the value was given, not computed by a recorded operation."""
        return self.op is None

    @property
    def num_outputs(self) -> int:
        """The number of arrays that the value consists of."""
        return 1

    def realize_cached_data(self) -> Any:
        """Return the array, after computing whatever is recorded and not computed yet.

        Raises:
            GraphError: an input was changed after the operation was recorded.
        """
        if self.cached_data is None:
            realize([self])
        return self.cached_data

    def changed_at_inputs(self) -> bool:
        """Tell whether an input was changed after this node was made."""
        made_at = self.made_at
        return made_at != clock.now and any(value.changed_at > made_at for value in self.inputs)

    def mark_changed(self) -> None:
        """Say that the array of this value was written in place.

        Whoever writes into `cached_data` (an optimizer's update), or into memory that it shares (`x.numpy()[0] = 1`),
        calls this, so that a `backward()` that would read the new values in the place of the old ones raises an error
        instead of giving wrong gradients. Such writes cannot be noticed in any other way.
        """
        self.changed_at = clock.tick()


V = TypeVar("V", bound=Value)


def is_pending(value: Value) -> bool:
    """Tell whether a value is recorded and not computed."""
    return value.cached_data is None


def _everything(value: Value) -> bool:
    return True


def topological_order(roots: Iterable[Value], follow: Callable[[Value], bool] = _everything) -> list[Value]:
    """Return all values that the roots are computed from, inputs before results.

    The order is post-order: depth first, the left input first, each value once. It needs no recursion, so the depth of
    the graph does not matter.

    Args:
        roots: where to start; they are in the order too.
        follow: which inputs to visit.
    """
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Value | None] = [*reversed(list(roots))]
    pop, push = stack.pop, stack.append
    while stack:
        node = pop()
        if node is None:  # the mark below a node whose inputs are all in the order
            order.append(pop())  # type: ignore[arg-type]
            continue
        if node in seen:
            continue
        seen.add(node)
        inputs = node.inputs
        if not inputs:
            order.append(node)
            continue
        push(node)
        push(None)
        for value in inputs[::-1]:
            if follow(value):
                push(value)
    return order


def realize(values: Iterable[Value]) -> None:
    """Compute pending values and what they depend on, inputs first, without recursion.

    Chains of elementwise operations on large arrays are computed in one pass each, as `fusion` says; the values between
    stay pending.

    Args:
        values: what is wanted; values that are there already are left alone.

    Raises:
        GraphError: an input was changed after the operation was recorded.
    """
    roots = [value for value in values if value.cached_data is None]
    order = topological_order(roots, is_pending)
    for node in order:
        if node.changed_at_inputs():
            raise stale_input(node, "recorded", "computed")
    if current_flags() >= WATCHED:  # observers see each operation by itself
        for node in order:
            compute_watched(compute, node, [value.cached_data for value in node.inputs])
        return
    if len(order) == 1:
        compute(roots[0], [value.cached_data for value in roots[0].inputs])
        return
    groups = fusion.plan(order, roots)
    del roots, order  # what is computed and used up is let go of on the way
    groups.reverse()
    while groups:
        group = groups.pop()
        node = group.result
        if len(group.members) == 1:
            compute(node, [value.cached_data for value in node.inputs])
        else:
            node.cached_data = fusion.run(group)
            drop_what_no_gradient_needs(node)


def drop_what_no_gradient_needs(node: Value) -> None:
    """Forget how a node that is computed came about, unless a gradient will ask for it."""
    if not node.requires_grad:
        node.op = None
        node.inputs = ()


def make_node(kind: type[V], op: Op, inputs: tuple[Any, ...]) -> V:
    """Make the result of an operation, as `Value.make_from_op` says; this is the path that most operations take."""
    flags = current_flags()
    requires_grad = False
    pending = flags & LAZY
    arrays = []
    try:
        for value in inputs:
            array = value.cached_data
            if array is None:
                pending = 1
            arrays.append(array)
            if value.requires_grad:
                requires_grad = True
    except AttributeError:
        return make_node(kind, op, kind.as_operands(op, inputs))
    if requires_grad and not (flags & GRAD and op.differentiable):
        requires_grad = False
    node = _new(kind)
    node.op = op
    node.inputs = inputs
    node.requires_grad = requires_grad
    node._grad = node.saved = None
    node.made_at = clock.now
    node.changed_at = 0
    if flags >= WATCHED:
        tell_made(node)
    if pending:
        if flags & LAZY and op.infers:
            spec = op.infer(*[value.known_spec() for value in inputs])
            if spec is not None:
                node.spec = spec
                node.cached_data = None
                return node
        arrays = [value.realize_cached_data() for value in inputs]
    if flags < WATCHED:
        compute(node, arrays)
    else:
        compute_watched(compute, node, arrays)
    return node


def make_node_of_one(op: Op, value: Any) -> Any:
    """Make the result, one tensor, of an operation on one: what `make_node` does, written out for the usual case."""
    flags = current_flags()
    try:
        array = value.cached_data
    except AttributeError:  # no Value, which make_node knows what to do with
        array = None
    if flags > GRAD or array is None or not op.plain:
        return make_node(Value.tensor_type, op, (value,))
    node = _new(Value.tensor_type)
    try:
        node.cached_data = op.compute(array)
    except Exception as error:
        explain_failure(op, (value,), error)
        raise
    node._grad = node.saved = None
    node.made_at = clock.now
    node.changed_at = 0
    if flags and value.requires_grad and op.differentiable:
        node.requires_grad = True
        node.op = op
        node.inputs = (value,)
    else:
        node.requires_grad = False
        node.op = None
        node.inputs = ()
    return node


def compute(node: Value, arrays: list[Any]) -> None:
    """Compute a node's array from those of its inputs, and drop what is not needed for gradients."""
    op: Any = node.op
    try:
        if op.plain:
            data = op.compute(*arrays)
        else:
            if node.requires_grad and op.saves:
                data, node.saved = op.compute_saving(*arrays)
            else:
                data = op.compute(*arrays)
            if not op.trusted:
                data = checked_result(node, data)
    except Exception as error:
        explain_failure(op, node.inputs, error)
        raise
    node.cached_data = data
    if not node.requires_grad:  # as drop_what_no_gradient_needs, in the path of every operation
        node.op = None
        node.inputs = ()


def checked_result(node: Value, data: Any) -> Any:
    """Refuse what a user's operation computed if it is no array, or for a TensorTuple no sequence of arrays."""
    if isinstance(node, Value.tensor_type):
        if is_array(data):
            return data
        found, expected = f"a {type(data).__name__}", "an array (what functions of array_namespace(a) return)"
    else:
        parts = data if isinstance(data, tuple | list) else None
        wrong = None if parts is None else next((part for part in parts if not is_array(part)), None)
        if parts is not None and wrong is None:
            return tuple(parts)
        found = f"a {type(data).__name__}" + ("" if parts is None else f" with a {type(wrong).__name__}")
        expected = "a tuple of arrays"
    raise TypeError(f"{node.op!r}.compute returned {found}; expected {expected}")


def explain_failure(op: Op, inputs: tuple[Value, ...], error: Exception) -> None:
    """Raise the operation's own error about its operands, or else add a note with the operands to the error at hand.

    What a library says about dtypes that it has no loop for becomes a DTypeError, which names the operation.
    """
    if op.trusted and op.output_index is None:
        for position, value in enumerate(inputs):
            if isinstance(value, Value.tuple_type):
                raise TypeError(
                    f"{op.name}: operand {position} is a TensorTuple; expected a tensor: take an element, or join them "
                    "by ops.stack or ops.concat"
                ) from error
    if op.infers:
        try:
            op.infer(*[value.known_spec() for value in inputs])
        except Exception as better:
            raise better from error
    operands = ", ".join(describe(value) for value in inputs)
    if op.trusted and isinstance(error, TypeError) and not isinstance(error, DTypeError):
        reason = str(error).partition("\n")[0]
        raise DTypeError(
            f"{op.name}: the arrays' library has no such operation on {operands} ({reason}); convert an operand first, "
            'as in x.astype("float32")'
        ) from error
    error.add_note(f"raised by {op!r} on {operands}")


def describe(value: Value) -> str:
    """Name dtype, shape and device of a value for an error text, as in `float32 (2, 3) on cpu()`."""
    spec = value.known_spec()
    if hasattr(spec, "shape"):
        return f"{dtype_name(spec.dtype)} {tuple(spec.shape)} on {spec.device}"
    return "(" + ", ".join(f"{dtype_name(part.dtype)} {tuple(part.shape)}" for part in spec) + ")"


def stale_input(node: Value, made: str, used: str) -> GraphError:
    """Make the error about an input that was changed between the recording of a node and its use."""
    positions = [str(i) for i, value in enumerate(node.inputs) if value.changed_at > node.made_at]
    return GraphError(
        f"input {' and '.join(positions)} of {node.op!r} was changed after the operation was {made} and before it was "
        f"{used}: ask for the result first (y.realize_cached_data()), or operate on x.detach() of the old value"
    )
