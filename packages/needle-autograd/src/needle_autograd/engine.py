"""Reverse-mode differentiation: walk the graph from the result to the leaves, one node at a time.

`backward_steps` is the algorithm, an iterator that changes nothing; `compute_gradient_of_variables`, which is what
`Tensor.backward` calls, drains the same steps, drops the graph behind it, and alone writes `.grad`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from . import fusion
from .backends.selection import array_namespace, dtype_name
from .construction import array_like
from .errors import DTypeError, GraphError, ShapeError
from .extra import Extra, hooks_of, keeps_grad, made_at_line
from .hooks import run_hooks
from .modes import GRAD, LAZY, PASS, WATCHED, current_flags, set_flags
from .observers import gradient_watched
from .op import Op
from .switches import switches
from .value import Value, clock, describe, realize, topological_order

if TYPE_CHECKING:
    from .tensor import Tensor


class BackwardStep(NamedTuple):
    """One node's turn in the backward pass.

    Attributes:
        node: the node.
        out_grad: the gradient of the loss for the node's value, summed over all its uses.
        input_grads: what the node's operation sends to its inputs, one entry per input, None where there is none; empty
            for a leaf.
    """

    node: Value
    out_grad: Any
    input_grads: tuple[Any, ...]


class _Dropped(Op):
    """The operation of a node whose graph a backward pass has dropped."""


DROPPED = _Dropped()

_requires_grad = attrgetter("requires_grad")

_recorded: Any = attrgetter("op")  # true where there is an operation


def find_topo_sort(values: Iterable[Value]) -> list[Value]:
    """Return the values and all they are computed from, inputs before results.

    The order is that of a depth-first post-order walk that visits the left input first.

    Args:
        values: where the walk starts; often just `[loss]`.
    """
    return topological_order(values)


def topo_sort_dfs(node: Value, visited: set[Value], topo_order: list[Value]) -> None:
    """Append a value to an order, after all it is computed from that is not in the order yet.

    Args:
        node: the value.
        visited: the values that are in the order already; those that are appended are added.
        topo_order: the order, as `find_topo_sort` has it.
    """
    if node not in visited:
        found = topological_order([node], lambda value: value not in visited)
        visited.update(found)
        topo_order.extend(found)


def sum_node_list(node_list: Iterable[Any]) -> Any:
    """Add values up without adding zero to them first: of one value, it is that value itself.

    Args:
        node_list: the values, tensors or tuples of tensors; at least one.
    """
    total, *others = node_list
    for value in others:
        total = total + value
    return total


def backward_steps(loss: Tensor, out_grad: Any = None, *, create_graph: bool = False) -> Iterator[BackwardStep]:
    """Yield the steps of the backward pass from a loss, one for each node that a gradient reaches.

    Nothing is changed: no `.grad` is written and the graph stays. The gradient of a node's value is complete when its
    step is yielded, and is let go of afterwards.

    Args:
        loss: the tensor to differentiate.
        out_grad: the gradient that arrives at it, of its shape; ones if None.
        create_graph: record the computation of the gradients, so that they can be differentiated.

    Raises:
        GraphError: `loss` requires no gradient, its graph was dropped, or a value that a gradient reads was changed.
        ShapeError, DTypeError: `out_grad` does not fit the loss, or an operation's gradient does not fit its input.
    """
    order = _checked_order(loss)
    return map(BackwardStep._make, _steps(order, {loss: first_gradient(loss, out_grad)}, create_graph))


def _steps(
    order: list[Value],
    adjoints: dict[Value, Any],
    create_graph: bool,
    lazy: int = 0,
    wanted: Container[Value] | None = None,
) -> Iterator[tuple[Value, Any, tuple[Any, ...]]]:
    """Yield the steps as plain tuples, which take a third of the time of named ones.

    Args:
        order: the nodes, inputs before results; it is emptied on the way.
        adjoints: the gradients that arrive; those of nodes that are not in the order are left in it at the end.
        create_graph: record the computation of the gradients.
        lazy: LAZY to record the gradients without computing them, or 0.
        wanted: the values that gradients are sent to; None stands for all that require one.
    """
    in_place = not (create_graph or lazy)
    owned: set[Value] = set()  # nodes whose adjoint is a sum that was made here, and may be added to in place
    tensor_tuple: Any = Value.tuple_type
    grad: Any
    input_grad: Any
    sum_so_far: Any
    known = inner = -1  # the modes of the caller at the step before, and those of gradients that follow from them
    while order:
        node = order.pop()
        grad = adjoints.pop(node, None)
        if grad is None:
            continue
        owned.discard(node)
        if Extra.in_use:
            hooks = hooks_of(node)
            if hooks:
                grad = run_hooks(node, hooks, grad, _gradient_flags(current_flags(), create_graph, lazy))
        op = node.op
        if op is None:
            yield node, grad, ()
            continue
        outer = current_flags()
        if outer != known:
            known, inner = outer, _gradient_flags(outer, create_graph, lazy)
        if inner != outer:
            set_flags(inner)
        try:
            if op.output_index is not None:
                input_grads = (grad,)
                _add_to_element(adjoints, node.inputs[0], op.output_index, grad)
            else:
                if type(grad) is list:
                    grad = _tuple_adjoint(grad, node)
                if inner < WATCHED:
                    input_grads = op.gradient(grad, node)
                    if type(input_grads) is not tuple:
                        input_grads = op.as_tuple(input_grads)
                else:
                    input_grads = gradient_watched(op, grad, node)
                if not op.trusted:
                    _check_input_grads(op, node, input_grads)
                # Not strict, which costs a tenth of a small pass: the lengths of a user's were compared above.
                for value, input_grad in zip(node.inputs, input_grads):  # noqa: B905
                    if input_grad is None or not value.requires_grad or (wanted is not None and value not in wanted):
                        continue
                    sum_so_far = adjoints.get(value)
                    if value in owned:
                        sum_so_far.cached_data += input_grad.cached_data
                    elif type(input_grad) is tensor_tuple:
                        for index, part in enumerate(input_grad):
                            _add_to_element(adjoints, value, index, part)
                    elif sum_so_far is None:
                        adjoints[value] = input_grad
                    else:
                        adjoints[value] = sum_so_far + input_grad
                        if in_place:
                            owned.add(value)
        except Exception as error:
            error.add_note(
                f"raised in the gradient of {op!r} on {', '.join(describe(v) for v in node.inputs)}{made_at_line(node)}"
            )
            raise
        finally:
            if inner != outer:
                set_flags(outer)
        value = input_grad = sum_so_far = None
        yield node, grad, input_grads
        del node, op, grad, input_grads


def compute_gradient_of_variables(
    output: Tensor,
    out_grad: Any = None,
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    accumulate: bool = False,
) -> None:
    """Write the gradient of `output` into `.grad` of the leaves that it was computed from.

    In lazy mode, where the graph has elementwise operations on large arrays, the steps are recorded first and the
    gradients computed together at the end, so that chains of such operations are fused.

    Args:
        output: the tensor to differentiate.
        out_grad: the gradient that arrives at it, of its shape; ones if None.
        retain_graph: keep the graph for another pass; None means `create_graph`.
        create_graph: record the computation of the gradients, so that they can be differentiated.
        accumulate: add to the `.grad` that is there instead of overwriting it.

    Raises:
        GraphError, ShapeError, DTypeError: as `backward_steps`; `.grad` is then unchanged.
    """
    everywhere = switches.gradients_everywhere
    create_graph = create_graph or everywhere
    retain = create_graph if retain_graph is None else retain_graph
    written: list[tuple[Value, Any]] = []
    flags = current_flags()
    # Leaves need no steps, which only hooks would see: their gradients are what is left in the end. In lazy mode they
    # have some, so that gradients are computed in the order of the steps whether or not there are hooks.
    order = _checked_order(output, _requires_grad if Extra.in_use or flags & LAZY else _recorded)
    lazy = _fusing(flags, order)
    adjoints: dict[Value, Any] = {output: first_gradient(output, out_grad)}
    steps = _steps(order, adjoints, create_graph, lazy)
    del order
    passed: list[Value] = []
    set_flags(_gradient_flags(flags, create_graph, lazy))  # once here, so that the steps need not switch back and forth
    try:
        for node, grad, _ in steps:
            if node.op is None or everywhere:
                written.append((node, grad))
            else:
                if Extra.in_use and keeps_grad(node):
                    written.append((node, grad))
                if lazy:
                    passed.append(node)
                elif not retain:
                    _drop(node)
            del node, grad, _  # the next step needs the memory
        written += adjoints.items()
        if lazy:
            realize([grad for _, grad in written])
    finally:
        set_flags(flags)
    if not retain:
        _drop_computed(passed)
    for node, grad in written:
        before = node._grad
        if accumulate and before is not None:
            node.grad = before + grad if create_graph else before.detach() + grad
        else:
            node.grad = grad if create_graph else grad.detach()


def pull_back(
    outputs: Sequence[Tensor],
    out_grads: Sequence[Tensor],
    inputs: Sequence[Any],
    *,
    since: int,
    create_graph: bool = False,
    release: bool = False,
) -> list[Any]:
    """Return the gradients of inputs, and touch no `.grad`; the transformations of functions are made of this.

    Only nodes between the inputs and the outputs are visited, and none that was there before.

    Args:
        outputs: what was computed.
        out_grads: for each output the gradient that arrives, of its shape and dtype.
        inputs: the values to differentiate by; what they were computed from does not matter.
        since: the time of the clock before which nodes belong to others.
        create_graph: record the computation of the gradients.
        release: drop the graph on the way.

    Returns:
        For each input its gradient, or None if no output depends on it.
    """
    ends = set(inputs)
    for output in outputs:
        output.realize_cached_data()
    order: list[Value] = []
    wanted = set(ends)
    for node in topological_order(outputs, lambda v: v.requires_grad and (v.made_at >= since or v in ends)):
        if node not in ends and any(value in wanted for value in node.inputs):
            wanted.add(node)
            order.append(node)
    _check_graph(order)
    adjoints: dict[Value, Any] = {}
    flags = current_flags()
    lazy = _fusing(flags, order)
    passed: list[Value] = []
    set_flags(_gradient_flags(flags, create_graph, lazy))
    try:
        for output, grad in zip(outputs, out_grads, strict=True):
            if output in wanted:
                adjoints[output] = adjoints[output] + grad if output in adjoints else grad
        for step in _steps(order, adjoints, create_graph, lazy, wanted):
            wanted.discard(step[0])
            if lazy:
                passed.append(step[0])
            elif release:
                _drop(step[0])
            del step
        found = [adjoints.get(value) for value in inputs]
        found = [_tuple_adjoint(f, v) if type(f) is list else f for f, v in zip(found, inputs, strict=True)]
        if lazy:
            realize([grad for grad in found if grad is not None])
    finally:
        set_flags(flags)
    if release:
        _drop_computed(passed)
    return found


def _drop(node: Value) -> None:
    """Let go of what a node was computed from."""
    node.op = DROPPED
    node.inputs = ()
    node.saved = None


def _drop_computed(nodes: list[Value]) -> None:
    """Drop nodes after a lazy pass, but not values that were fused away: they are computed when they are asked for."""
    for node in nodes:
        if node.cached_data is not None:
            _drop(node)


def _fusing(flags: int, order: list[Value]) -> int:
    """Return LAZY if it is on and there is something to fuse in the gradients of these nodes, or else 0.

    Observers see each operation by itself, so nothing is fused while there are any.
    """
    lazy = flags & LAZY if flags < WATCHED else 0
    return lazy if lazy and any(map(fusion.kind_of, order)) else 0


def _gradient_flags(flags: int, create_graph: bool, lazy: int) -> int:
    """Return the modes in which gradients are computed: recorded only if they shall have a graph, or be fused."""
    flags = (flags | GRAD if create_graph else flags & ~GRAD) & ~LAZY | lazy
    return flags if flags < WATCHED else flags | PASS


def first_gradient(loss: Tensor, out_grad: Any, what: str = "backward(out_grad)") -> Any:
    """Return the gradient that arrives at a result as a tensor of its shape and dtype; ones for None.

    Args:
        loss: the result.
        out_grad: a tensor, array, number or None.
        what: what the error texts call the gradient.
    """
    data = loss.realize_cached_data()
    tensor: Any = Value.tensor_type
    if out_grad is None:
        return tensor.make_const(array_namespace(data).ones_like(data))
    if not isinstance(out_grad, tensor):
        out_grad = tensor.make_const(array_like(out_grad, loss))
    if out_grad.shape != loss.shape:
        raise ShapeError(
            f"{what} of a tensor of shape {loss.shape} was given a gradient of shape {out_grad.shape}; "
            "expected equal shapes"
        )
    if out_grad.dtype != loss.dtype:
        raise DTypeError(
            f"{what} of a tensor of dtype {dtype_name(loss.dtype)} was given a gradient of dtype "
            f"{dtype_name(out_grad.dtype)}; write out_grad.astype({dtype_name(loss.dtype)!r})"
        )
    return out_grad


def _checked_order(loss: Tensor, follow: Callable[[Value], bool] = _requires_grad) -> list[Value]:
    """Return the nodes that a backward pass visits, inputs first, after computing what is pending.

    Args:
        loss: where the pass starts.
        follow: which inputs to visit.
    """
    if not isinstance(loss, Value.tensor_type):
        raise TypeError(
            f"a Tensor can be differentiated, not a {type(loss).__name__}; of several results take one, or the sum"
        )
    if not loss.requires_grad:
        name = dtype_name(loss.dtype)
        raise GraphError(
            "this tensor requires no gradient: it was not computed from tensors with requires_grad=True, or it was "
            "computed inside no_grad(); compute the loss from parameters outside no_grad(), and write "
            "backward(create_graph=True) for gradients that can be differentiated themselves"
            if "float" in name
            else f"this tensor requires no gradient: it is of {name}, and integers and booleans require none unless "
            "asked; compute the loss from floats, such as Tensor([6.0]) instead of Tensor([6])"
        )
    loss.realize_cached_data()
    order = topological_order([loss], follow)
    _check_graph(order)
    return order


def _check_graph(order: list[Value]) -> None:
    """Refuse a graph that an earlier pass dropped, or whose values were changed since they were used.

    Where nothing was changed since a node was made, which is the usual case, this is one comparison a node.
    """
    now = clock.now
    for node in order:
        op = node.op
        if op is None or not node.requires_grad:
            continue
        if op is DROPPED:
            raise GraphError(
                f"the graph behind a tensor ({describe(node)}) was dropped by an earlier backward(), which frees it as "
                "it goes: write backward(retain_graph=True) the first time, or compute the tensor again; if it is data "
                "that needs no gradient, use its detach()"
            )
        if node.made_at == now:
            continue
        for need in (*range(len(node.inputs)), "out") if op.needs is None else op.needs:
            value = node.inputs[need] if isinstance(need, int) else node
            if value.changed_at > node.made_at:
                what = f"its input {need}" if isinstance(need, int) else "its result"
                raise GraphError(
                    f"the gradient of {op!r} reads {what} ({describe(value)}), which was changed after the operation "
                    "was computed (x.data = ..., or an update in place): call backward() before changing it, compute "
                    "the loss again afterwards, or give the operation a copy"
                )


def _check_input_grads(op: Op, node: Value, input_grads: tuple[Any, ...]) -> None:
    """Refuse what an operation's gradient returned if it does not fit the operation's inputs."""
    if len(input_grads) != len(node.inputs):
        raise GraphError(
            f"the gradient of {op!r} returned {len(input_grads)} gradients for {len(node.inputs)} inputs; expected one "
            "per input, None for an input without a gradient"
        )
    for position, (value, grad) in enumerate(zip(node.inputs, input_grads, strict=True)):
        if grad is None:
            continue
        if not isinstance(grad, Value):
            raise GraphError(
                f"the gradient of {op!r} for input {position} is a {type(grad).__name__}; expected a Tensor, which "
                "operations on out_grad and node.inputs give"
            )
        if not isinstance(value, Value.tensor_type):
            continue
        have, want = grad.cached_data, value.cached_data
        if have is not None and want is not None and have.shape == want.shape and have.dtype == want.dtype:
            continue  # the usual case: a third of the time of their specs
        if grad.known_spec()[:2] != value.known_spec()[:2]:
            raise ShapeError(
                f"the gradient of {op!r} for input {position} is {describe(grad)}; expected the shape and dtype of the "
                f"input, {describe(value)}"
            )


def _add_to_element(adjoints: dict[Value, Any], value: Value, index: int, grad: Any) -> None:
    """Add a gradient to one element of a tuple's gradient, which is a list with None where nothing arrived."""
    parts = adjoints.setdefault(value, [None] * value.num_outputs)
    parts[index] = grad if parts[index] is None else parts[index] + grad


def _tuple_adjoint(parts: list[Any], node: Value) -> Value:
    """Make a TensorTuple of the gradients of a tuple's elements, with zeros where nothing arrived."""
    tensor: Any = Value.tensor_type
    tensors = [
        tensor.make_const(array_namespace(array).zeros_like(array)) if part is None else part
        for part, array in zip(parts, node.cached_data, strict=True)
    ]
    return Value.tuple_type(tensors)  # type: ignore[call-arg]
