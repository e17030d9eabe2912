"""Jacobians and Hessians in full."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any

from .. import ops, tree
from ..backends.selection import array_namespace
from ..tensor import Tensor
from .recording import Recording, zeros_like
from .transforms import PushForward, grad

COLUMN_COST = 3
"""What a column costs in rows: a pass through the graph of a pull-back, which is the larger graph."""


def jacobian(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    by: str | None = None,
    create_graph: bool | None = None,
) -> Callable[..., Any]:
    """Make the function that computes the Jacobian of a function.

    The function is run once, and one pass follows for each row (an element of the result) or each column (an element of
    the arguments), whichever is cheaper. The passes are not batched, which would need a rule of its own for every
    operation: n rows take as long as n backward passes. Where only products with the Jacobian are wanted, `vjp`
    and `jvp` take one pass.

    Args:
        fn: a function that returns a tree of tensors (with `has_aux`, a pair of that and anything else).
        argnums: the position of the argument to differentiate by, or a tuple of positions.
        has_aux: whether `fn` returns such a pair.
        by: "rows", "columns", or None for what is cheaper.
        create_graph: whether the result carries a graph; None stands for True inside another transformation.

    Returns:
        A function of the same arguments. It returns a tree like the result of `fn`, each leaf of which is a tree like
        the argument (a tuple of them if `argnums` is a tuple) of tensors whose shape is that of the result's leaf
        followed by that of the argument's; with `has_aux` a pair of that and the second part of what `fn` returned.

    Raises:
        DTypeError, TypeError: as `grad`.
        ValueError: `by` is something else.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_autograd.functional import jacobian
        >>> jacobian(lambda x: x * x.sum())(Tensor([1.0, 2.0]))
        needle.Tensor([[4. 1.]
         [2. 5.]])
    """
    if by not in (None, "rows", "columns"):
        raise ValueError(f'jacobian: by is {by!r}; expected "rows", "columns" or None')

    @wraps(fn)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        run = Recording("jacobian", fn, args, kwargs, argnums=argnums, has_aux=has_aux, create_graph=create_graph)
        rows, columns = _count(run.outputs), _count(run.variables)
        by_rows = by == "rows" if by is not None else rows <= COLUMN_COST * columns
        blocks = _by_rows(run) if by_rows else _by_columns(run)
        leaves = []
        for row in blocks:
            trees = run.per_argument(row)
            leaves.append(trees[0] if isinstance(argnums, int) else trees)
        result = tree.unflatten(run.structure, leaves)
        return (result, run.returned(run.aux)) if has_aux else result

    return jacobian_of


def hessian(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    create_graph: bool | None = None,
) -> Callable[..., Any]:
    """Make the function that computes the Hessian of a scalar function: the Jacobian of its gradient.

    The gradient is computed once with a graph, and one pass over that follows for each element of the argument; `hvp`
    gives the product with a vector in one.

    Args:
        fn: a function that returns a scalar tensor (with `has_aux`, a pair of that and anything else).
        argnums: the position of the argument to differentiate by, or a tuple of positions.
        has_aux: whether `fn` returns such a pair.
        create_graph: whether the result carries a graph; None stands for True inside another transformation.

    Returns:
        A function of the same arguments. It returns a tree like the argument whose leaves are trees like the argument
        again (with a tuple for `argnums`, tuples of trees), of tensors whose shape is that of the one leaf followed by
        that of the other; with `has_aux` a pair of that and the second part of what `fn` returned.

    Raises:
        ShapeError, DTypeError, TypeError: as `grad`.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_autograd.functional import hessian
        >>> hessian(lambda x: x[0] * x[0] * x[1])(Tensor([1.0, 2.0]))
        needle.Tensor([[4. 2.]
         [2. 0.]])
    """
    return jacobian(grad(fn, argnums, has_aux), argnums, has_aux, by="rows", create_graph=create_graph)


def _count(tensors: Sequence[Tensor]) -> int:
    return sum(tensor.size for tensor in tensors)


def _by_rows(run: Recording) -> list[list[Tensor]]:
    """Return for each output the Jacobians by each variable, one pass backward for each element of the output."""
    blocks = []
    for output in run.outputs:
        rows = [run.pull_back([output], [unit], run.variables, create_graph=run.linked) for unit in _units(output)]
        blocks.append(
            [_block([row[i] for row in rows], 0, output, variable) for i, variable in enumerate(run.variables)]
        )
    return blocks


def _by_columns(run: Recording) -> list[list[Tensor]]:
    """Return for each output the Jacobians by each variable, one pass forward for each element of the variables."""
    push = PushForward(run)
    columns = []
    for position, variable in enumerate(run.variables):
        directions: list[Tensor | None] = [None] * len(run.variables)
        derivatives = []
        for unit in _units(variable):
            directions[position] = unit
            derivatives.append(push(directions, create_graph=run.linked))
        columns.append(derivatives)
    return [
        [
            _block([derivative[i] for derivative in derivatives], output.ndim, output, variable)
            for derivatives, variable in zip(columns, run.variables, strict=True)
        ]
        for i, output in enumerate(run.outputs)
    ]


def _block(parts: list[Tensor], axis: int, output: Tensor, variable: Tensor) -> Tensor:
    """Join rows (along the first axis) or columns (along the axis behind the output's) to one Jacobian."""
    shape = output.shape + variable.shape
    if parts:
        return ops.reshape(ops.stack(parts, axis), shape)
    empty = output if output.size == 0 else variable
    return ops.reshape(zeros_like(empty), shape)


def _units(tensor: Tensor) -> Iterator[Tensor]:
    """Yield tensors like the given one that are zero but for one element, which is one; one for each element."""
    data = tensor.realize_cached_data()
    xp = array_namespace(data)
    for index in range(tensor.size):
        flat = xp.zeros_like(xp.reshape(data, (-1,)))
        flat[index] = 1
        yield Tensor.make_const(xp.reshape(flat, tensor.shape))
