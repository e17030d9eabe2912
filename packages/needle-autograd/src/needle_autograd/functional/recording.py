"""Runs a function of the user on variables of its own, and differentiates the result by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from .. import tree
from ..backends.selection import array_namespace, dtype_kind, dtype_name, is_array
from ..engine import first_gradient, pull_back
from ..errors import DTypeError, ShapeError
from ..modes import enable_grad, is_grad_enabled
from ..op import Array, Spec, TensorOp
from ..tensor import Tensor, TensorTuple
from ..value import clock

_depth: ContextVar[int] = ContextVar("needle_functional_depth", default=0)
"""How many of the transformed functions that run in this thread are inside each other."""

current_depth = _depth.get


@contextmanager
def inside(depth: int) -> Iterator[None]:
    """Run code as it runs inside of so many transformed functions."""
    token = _depth.set(depth)
    try:
        with enable_grad():
            yield
    finally:
        _depth.reset(token)


def records(create_graph: bool | None) -> bool:
    """Tell whether a result shall carry a graph: if asked, or by default inside another transformed function."""
    return is_grad_enabled() and (current_depth() > 0 if create_graph is None else create_graph)


class Variable(TensorOp):
    """A tensor under another name: what is computed from the name is told from what is computed from the tensor."""

    needs = ()

    def compute(self, a: Array) -> Array:
        """Share the array."""
        return a

    def gradient(self, out_grad: Tensor, node: Tensor) -> Tensor:
        """Pass it on."""
        return out_grad

    def infer(self, a: Spec) -> Spec:
        """The same."""
        return a


_variable = Variable()


def new_variable(tensor: Tensor, linked: bool) -> Tensor:
    """Make a tensor of the same values to differentiate by.

    Args:
        tensor: the values.
        linked: whether gradients shall reach the tensor itself through the variable.
    """
    if linked and tensor.requires_grad:
        return _variable(tensor)
    return Tensor.make_const(tensor, requires_grad=True)


class Recording:
    """One run of a function.

    Args:
        name: what error texts call the transformation.
        fn: the function.
        args: its positional arguments.
        kwargs: its keyword arguments.
        argnums: the positions of the arguments to differentiate by; None for all.
        has_aux: whether the function returns a pair, the second of which is not differentiated.
        create_graph: as in the transformations.

    Attributes:
        argnums: the positions, from 0.
        structures: for each of these arguments its structure.
        variables: the variables that the function was given in the places of the arguments' leaves.
        linked: whether what is returned carries a graph.
        result: what the function returned.
        structure: the structure of the result.
        outputs: its leaves, tensors of floating point.
        aux: the second part of the pair.
    """

    def __init__(
        self,
        name: str,
        fn: Callable[..., Any],
        args: Sequence[Any],
        kwargs: dict[str, Any],
        *,
        argnums: int | Sequence[int] | None,
        has_aux: bool,
        create_graph: bool | None,
    ) -> None:
        if not callable(fn):
            raise TypeError(f"{name} was given a {type(fn).__name__}; expected a function of tensors")
        self.name = name
        self.linked = records(create_graph)
        self.argnums = _positions(name, argnums, len(args))
        self.structures: list[tree.Structure] = []
        self.variables: list[Tensor] = []
        given = list(args)
        with enable_grad():
            for position in self.argnums:
                leaves, structure = tree.flatten(args[position])
                places = tree.paths(structure)
                variables = [
                    new_variable(_differentiable(name, leaf, f"argument {position}{place}"), self.linked)
                    for leaf, place in zip(leaves, places, strict=True)
                ]
                given[position] = tree.unflatten(structure, variables)
                self.structures.append(structure)
                self.variables += variables
        self._since = clock.tick()
        self.aux = None
        with inside(current_depth() + 1):  # taking a TensorTuple apart records nodes, too
            result = fn(*given, **kwargs)
            if has_aux:
                result, self.aux = _pair(name, result)
            leaves, self.structure = tree.flatten(result)
        if result is None or not leaves:
            raise TypeError(f"{name}: the function returned {result!r}; expected a tensor, or a tree of them")
        places = tree.paths(self.structure)
        self.outputs = [_output(name, leaf, place) for leaf, place in zip(leaves, places, strict=True)]
        self.result = result

    def scalar(self) -> Tensor:
        """Return the result of a function that returns one number.

        Raises:
            TypeError: it is a container.
            ShapeError: it has axes.
        """
        if self.structure.kind is not None:
            raise TypeError(
                f"{self.name}: the function returned a {type(self.result).__name__}; expected one scalar tensor (write "
                "has_aux=True for a pair of the scalar and anything else)"
            )
        (output,) = self.outputs
        if output.shape != ():
            raise ShapeError(
                f"{self.name}: the function returned a tensor of shape {output.shape}; expected a scalar, of shape (): "
                "reduce it by .sum() or .mean(), or use jacobian or vjp"
            )
        return output

    def pull_back(
        self,
        outputs: Sequence[Tensor],
        out_grads: Sequence[Tensor],
        inputs: Sequence[Tensor],
        *,
        create_graph: bool,
        release: bool = False,
    ) -> list[Tensor]:
        """Return the gradients of inputs of this recording, zeros where no output depends on one."""
        found = pull_back(outputs, out_grads, inputs, since=self._since, create_graph=create_graph, release=release)
        return [filled(create_graph, gradient, value) for gradient, value in zip(found, inputs, strict=True)]

    def per_argument(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        """Put one value for each variable into trees like the arguments, one for each."""
        trees, start = [], 0
        for structure in self.structures:
            stop = start + structure.count
            trees.append(tree.unflatten(structure, leaves[start:stop]))
            start = stop
        return tuple(trees)

    def returned(self, value: Any) -> Any:
        """Return tensors as they are to be given to the caller: with their graph, or without."""
        return value if self.linked else tree.map(_detached, value)


def filled(create_graph: bool, gradient: Tensor | None, value: Tensor) -> Tensor:
    """Return a gradient as it is to be given to the caller; zeros for None."""
    if gradient is None:
        return zeros_like(value)
    return gradient if create_graph else gradient.detach()


def zeros_like(value: Tensor) -> Tensor:
    """Make a tensor of zeros that requires no gradient."""
    data = value.realize_cached_data()
    return Tensor.make_const(array_namespace(data).zeros_like(data))


def like(name: str, values: Sequence[Tensor], given: Sequence[Any], places: Sequence[str]) -> list[Tensor]:
    """Return vectors that a user gave as tensors, each of the shape and dtype of the tensor that it belongs to."""
    return [
        first_gradient(value, leaf, f"{name}{place}") for value, leaf, place in zip(values, given, places, strict=True)
    ]


def _detached(leaf: Any) -> Any:
    return leaf.detach() if isinstance(leaf, Tensor) else leaf


def _positions(name: str, argnums: int | Sequence[int] | None, count: int) -> tuple[int, ...]:
    """Return the positions of arguments, counted from the start."""
    if argnums is None:
        return tuple(range(count))
    numbers = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for number in numbers:
        if not isinstance(number, int):
            raise TypeError(f"{name}: argnums is {argnums!r}; expected an integer or a tuple of integers")
        if not -count <= number < count:
            raise ValueError(
                f"{name}: argnums is {argnums!r}, and the function was called with {count} positional arguments; "
                "arguments to differentiate by are given by position"
            )
    return tuple(number % count for number in numbers)


def _differentiable(name: str, leaf: Any, place: str) -> Tensor:
    """Return an argument as a tensor of floating point."""
    if not isinstance(leaf, Tensor):
        if not (is_array(leaf) or isinstance(leaf, (bool, int, float))):
            raise TypeError(
                f"{name}: {place} is a {type(leaf).__name__}; expected tensors, in nested tuples, lists and dicts if "
                "need be: leave other arguments out of argnums, or bind them by a lambda"
            )
        leaf = Tensor(leaf)
    tensor: Tensor = leaf
    if dtype_kind(tensor.dtype) != "f":
        raise DTypeError(
            f"{name}: {place} is of {dtype_name(tensor.dtype)}; only floating-point numbers have derivatives: write "
            "x.astype('float32'), or leave it out of argnums"
        )
    return tensor


def _output(name: str, leaf: Any, place: str) -> Tensor:
    """Return a leaf of what a function returned, if it is a tensor of floating point."""
    if not isinstance(leaf, Tensor):
        raise TypeError(
            f"{name}: the function returned a {type(leaf).__name__}{place and ' at ' + place}; expected a tensor: "
            "leave out item(), numpy() and float(), which cut the graph"
        )
    if dtype_kind(leaf.dtype) != "f":
        raise DTypeError(
            f"{name}: the function returned {dtype_name(leaf.dtype)}{place and ' at ' + place}; only floating-point "
            "numbers have derivatives: return it by has_aux=True, or convert it with astype"
        )
    return leaf


def _pair(name: str, result: Any) -> tuple[Any, Any]:
    if not isinstance(result, (tuple, list, TensorTuple)) or len(result) != 2:
        raise TypeError(
            f"{name}: with has_aux=True the function returns a pair, the result and anything else; it returned "
            f"a {type(result).__name__}"
        )
    return result[0], result[1]
