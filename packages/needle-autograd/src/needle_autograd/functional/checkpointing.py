"""Recomputing instead of keeping: the values inside a function are let go of, and computed again for the gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .. import ops, random, tree
from ..engine import pull_back
from ..errors import GraphError
from ..modes import enable_grad, is_grad_enabled
from ..op import Array, TensorTupleOp
from ..tensor import Tensor, TensorTuple
from ..value import Value, clock, describe, topological_order
from .recording import current_depth, inside, new_variable


def checkpoint(fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function without keeping what it computes on the way; the backward pass runs it once more.

    A chain of such calls takes the memory of the results between them and of one function at a time. The function must
    compute the same result again: random numbers are drawn from `needle_autograd.random` as in the first run, and
    what else it reads must not have changed. Its side effects (a print, an update of running statistics) happen twice.
    Inside `no_grad()` it is just called.

    Args:
        fn: a function of any arguments, which may use other tensors too, such as the parameters of a layer.
        *args: its positional arguments, trees of tensors and anything else.
        **kwargs: its keyword arguments.

    Returns:
        What `fn` returns. Gradients of any order reach the arguments and whatever else the function used.

    Raises:
        GraphError: in the backward pass: the second run gave tensors of other shapes or dtypes than the first, or a
            tensor that it reads was changed in between.

    Source:
        T. Chen, B. Xu, C. Zhang, C. Guestrin, "Training deep nets with sublinear memory cost", 2016.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_autograd.functional import checkpoint
        >>> x = Tensor([1.0, 2.0])
        >>> checkpoint(lambda x: x * x * x, x).sum().backward()
        >>> x.grad
        needle.Tensor([ 3. 12.])
    """
    if not is_grad_enabled():
        return fn(*args, **kwargs)
    leaves, structure = tree.flatten((args, kwargs))
    given = tuple(dict.fromkeys(leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.requires_grad))
    run = _Run(fn, leaves, structure, given)
    state = random.get_state()
    variables = [new_variable(tensor, linked=False) for tensor in given]
    since = clock.tick()
    found, result_structure = run(variables)
    parts = _differentiable(found)
    outside = _used_from_outside(parts, variables, since)
    if not given and not outside:
        return tree.unflatten(result_structure, [_detached(leaf) for leaf in found])
    inputs = (*given, *outside)
    op = Checkpoint(run, state, parts, len(inputs))
    node = op(*inputs)
    places = {id(part): position for position, part in enumerate(parts)}
    back = [ops.tuple_get_item(node, places[id(leaf)]) if id(leaf) in places else _detached(leaf) for leaf in found]
    return tree.unflatten(result_structure, back)


class _Run:
    """A function with its arguments, in which tensors can be replaced by others.

    Args:
        fn: the function.
        leaves: the leaves of `(args, kwargs)`.
        structure: their structure.
        given: the leaves that require a gradient, each once.
    """

    def __init__(
        self, fn: Callable[..., Any], leaves: list[Any], structure: tree.Structure, given: tuple[Tensor, ...]
    ) -> None:
        self.fn = fn
        self.given = given
        self._leaves = leaves
        self._structure = structure
        self._depth = current_depth()

    def __call__(self, variables: list[Tensor]) -> tuple[list[Any], tree.Structure]:
        """Run the function with variables in the places of the tensors given; return its result, taken apart."""
        swap = dict(zip(self.given, variables, strict=True))
        leaves = [swap.get(leaf, leaf) if isinstance(leaf, Tensor) else leaf for leaf in self._leaves]
        args, kwargs = tree.unflatten(self._structure, leaves)
        with inside(self._depth):
            return tree.flatten(self.fn(*args, **kwargs))


class Checkpoint(TensorTupleOp):
    """A function whose inner values are not kept.

    Args:
        run: the function with its arguments.
        state: the state of the random numbers before the first run.
        parts: the tensors that the first run returned; their arrays become the result.
        count: the number of inputs: the tensors given, then those used from outside.
    """

    def __init__(self, run: _Run, state: dict[str, Any], parts: list[Tensor], count: int) -> None:
        self._run = run
        self._state = state
        self._arrays: tuple[Array, ...] | None = tuple(part.realize_cached_data() for part in parts)
        self._specs = [part.known_spec()[:2] for part in parts]
        self.needs = tuple(range(count))

    def compute(self, *arrays: Array) -> tuple[Array, ...]:
        """Return what the first run computed."""
        computed, self._arrays = self._arrays, None  # the node keeps it from now on
        assert computed is not None
        return computed

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> tuple[Any, ...]:
        """Run the function again and differentiate that."""
        recorded = is_grad_enabled()
        count = len(self._run.given)
        with enable_grad():
            variables = [new_variable(tensor, linked=recorded) for tensor in node.inputs[:count]]
        since = clock.tick()
        before = random.get_state()
        random.set_state(self._state)
        try:
            parts = _differentiable(self._run(variables)[0])
        finally:
            random.set_state(before)
        if [part.known_spec()[:2] for part in parts] != self._specs:
            raise GraphError(
                f"{self!r} returned {_together(parts)} in the backward pass; expected the shapes and dtypes of the "
                "first run: let the function depend on its arguments alone"
            )
        inputs = [*variables, *node.inputs[count:]]
        grads = pull_back(parts, list(out_grad), inputs, since=since, create_graph=recorded, release=not recorded)
        return tuple(grads)

    def __repr__(self) -> str:
        return f"Checkpoint({getattr(self._run.fn, '__qualname__', type(self._run.fn).__name__)})"


def _differentiable(leaves: list[Any]) -> list[Tensor]:
    """Return the tensors among the leaves of a result that require a gradient, each once."""
    return list(dict.fromkeys(leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.requires_grad))


def _used_from_outside(parts: list[Tensor], variables: list[Tensor], since: int) -> list[Value]:
    """Return the values that require a gradient and were there before the function ran, in the order of their use."""
    own = set(variables)

    def new(value: Value) -> bool:
        return value.requires_grad and value.made_at >= since

    found: dict[Value, None] = dict.fromkeys(part for part in parts if part.made_at < since and part not in own)
    for node in topological_order([part for part in parts if part not in found], new):
        if node in own:
            continue
        found.update(dict.fromkeys(v for v in node.inputs if v.requires_grad and v.made_at < since and v not in own))
    return list(found)


def _detached(leaf: Any) -> Any:
    return leaf.detach() if isinstance(leaf, Tensor) else leaf


def _together(parts: list[Tensor]) -> str:
    return ", ".join(describe(part) for part in parts) or "nothing that requires a gradient"
