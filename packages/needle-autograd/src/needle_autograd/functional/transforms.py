"""Gradients, and products of Jacobians and Hessians with vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from .. import tree
from ..engine import first_gradient
from ..tensor import Tensor
from .recording import Recording, like, records, zeros_like


def grad(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    create_graph: bool | None = None,
) -> Callable[..., Any]:
    """Make the function that computes the gradient of a scalar function.

    Args:
        fn: a function that returns a scalar tensor (with `has_aux`, a pair of that and anything else).
        argnums: the position of the argument to differentiate by, or a tuple of positions. The argument is a tree of
            floating-point tensors, arrays or numbers.
        has_aux: whether `fn` returns such a pair.
        create_graph: whether the gradient carries a graph; None stands for True inside another transformation.

    Returns:
        A function of the same arguments. It returns a tree of tensors like the argument, a tuple of such trees if
        `argnums` is a tuple; with `has_aux` a pair of that and the second part of what `fn` returned.

    Raises:
        ShapeError: when called: the result is no scalar.
        DTypeError: the argument or the result is not of floating point.
        TypeError: `fn` returned no tensor, or the argument holds something else than tensors.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_autograd.functional import grad
        >>> grad(lambda x: x**3)(2.0)
        needle.Tensor(12.0)
        >>> grad(grad(lambda x: x**3))(2.0)
        needle.Tensor(12.0)
        >>> grad(lambda p, x: (p["w"] * x + p["b"]).sum())({"w": 2.0, "b": 1.0}, Tensor([3.0, 4.0]))
        {'w': needle.Tensor(7.0), 'b': needle.Tensor(2.0)}
    """
    both = _with_value("grad", fn, argnums, has_aux, create_graph)

    @wraps(fn)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        value, gradients = both(*args, **kwargs)
        return (gradients, value[1]) if has_aux else gradients

    return gradient


def value_and_grad(
    fn: Callable[..., Any],
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
    *,
    create_graph: bool | None = None,
) -> Callable[..., Any]:
    """Make the function that computes a scalar function together with its gradient, in one pass.

    Args:
        fn: a function that returns a scalar tensor (with `has_aux`, a pair of that and anything else).
        argnums: the position of the argument to differentiate by, or a tuple of positions.
        has_aux: whether `fn` returns such a pair.
        create_graph: whether the results carry a graph; None stands for True inside another transformation.

    Returns:
        A function of the same arguments that returns `(what fn returns, gradient)`; the gradient is as `grad` has it.

    Raises:
        ShapeError, DTypeError, TypeError: as `grad`.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_autograd.functional import value_and_grad
        >>> value_and_grad(lambda x: (x * x).sum())(Tensor([1.0, 2.0]))
        (needle.Tensor(5.0), needle.Tensor([2. 4.]))
    """
    return _with_value("value_and_grad", fn, argnums, has_aux, create_graph)


def _with_value(
    name: str, fn: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool, create_graph: bool | None
) -> Callable[..., Any]:
    @wraps(fn)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        run = Recording(name, fn, args, kwargs, argnums=argnums, has_aux=has_aux, create_graph=create_graph)
        loss = run.scalar()
        value = run.returned((loss, run.aux) if has_aux else loss)
        one = first_gradient(loss, None)
        gradients = run.pull_back([loss], [one], run.variables, create_graph=run.linked, release=not run.linked)
        trees = run.per_argument(gradients)
        return value, (trees[0] if isinstance(argnums, int) else trees)

    return value_and_gradient


def vjp(fn: Callable[..., Any], *primals: Any, has_aux: bool = False, create_graph: bool | None = None) -> Any:
    """Run a function, and return the result with the function that pulls a gradient back through it.

    Args:
        fn: a function that returns a tree of tensors (with `has_aux`, a pair of that and anything else).
        *primals: its arguments, trees of floating-point tensors, arrays or numbers.
        has_aux: whether `fn` returns such a pair.
        create_graph: whether the results carry a graph; None stands for True inside another transformation.

    Returns:
        `(result, vjp_fn)`, and the second part of the pair behind them with `has_aux`. `vjp_fn(v)`, with `v` a tree
        like the result, returns the product of `v` with the Jacobian: a tuple with a tree for each argument. It may be
        called any number of times.

    Raises:
        DTypeError, TypeError: as `grad`; of `vjp_fn`: `v` has another dtype.
        StructureError, ShapeError: of `vjp_fn`: `v` has another structure or shape than the result.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_autograd.functional import vjp
        >>> y, vjp_fn = vjp(lambda x, y: x * y, Tensor([1.0, 2.0]), Tensor([3.0, 4.0]))
        >>> vjp_fn(Tensor([1.0, 10.0]))
        (needle.Tensor([ 3. 40.]), needle.Tensor([ 1. 20.]))
    """
    run = Recording("vjp", fn, primals, {}, argnums=None, has_aux=has_aux, create_graph=create_graph)
    places = tree.paths(run.structure)

    def vjp_fn(v: Any) -> tuple[Any, ...]:
        given = tree.leaves_like(run.structure, v, "v")
        out_grads = like("v", run.outputs, given, places)
        gradients = run.pull_back(run.outputs, out_grads, run.variables, create_graph=records(create_graph))
        return run.per_argument(gradients)

    result = run.returned(tree.unflatten(run.structure, run.outputs))
    return (result, vjp_fn, run.returned(run.aux)) if has_aux else (result, vjp_fn)


def jvp(
    fn: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: bool = False,
    *,
    create_graph: bool | None = None,
) -> Any:
    """Compute a function, and its derivative along a direction.

    The pull-back `v -> v J` is linear in `v`, and its own pull-back is `t -> J t`: two passes backward make one
    forward.

    Args:
        fn: a function that returns a tree of tensors (with `has_aux`, a pair of that and anything else).
        primals: a tuple of its arguments, trees of floating-point tensors, arrays or numbers.
        tangents: a tuple of trees like them: the direction.
        has_aux: whether `fn` returns such a pair.
        create_graph: whether the results carry a graph; None stands for True inside another transformation.

    Returns:
        `(result, derivative)`, the derivative a tree like the result, and the second part of the pair behind them with
        `has_aux`.

    Raises:
        StructureError, ShapeError, DTypeError: the tangents do not fit the primals.
        DTypeError, TypeError: as `grad`.

    Source:
        J. Townsend, "A new trick for calculating Jacobian vector products", 2017.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_autograd.functional import jvp
        >>> jvp(lambda x: x * x, (Tensor([1.0, 2.0]),), (Tensor([1.0, 10.0]),))
        (needle.Tensor([1. 4.]), needle.Tensor([ 2. 40.]))
    """
    run, directions = _along("jvp", fn, primals, tangents, has_aux, create_graph)
    derivative = PushForward(run)(directions, create_graph=run.linked)
    result = run.returned(tree.unflatten(run.structure, run.outputs))
    derivatives = tree.unflatten(run.structure, derivative)
    return (result, derivatives, run.returned(run.aux)) if has_aux else (result, derivatives)


class PushForward:
    """The derivative of a recorded function along directions, by the pull-back of its pull-back.

    Args:
        run: the recording.
    """

    def __init__(self, run: Recording) -> None:
        self._run = run
        self._weights = [Tensor.make_const(zeros_like(output), requires_grad=True) for output in run.outputs]
        self._pulled = run.pull_back(run.outputs, self._weights, run.variables, create_graph=True)

    def __call__(self, directions: Sequence[Tensor | None], *, create_graph: bool) -> list[Tensor]:
        """Return the derivative of each output; a direction of None stands for zeros."""
        pairs = [
            (pulled, direction)
            for pulled, direction in zip(self._pulled, directions, strict=True)
            if direction is not None and pulled.requires_grad
        ]
        outputs, grads = [pulled for pulled, _ in pairs], [direction for _, direction in pairs]
        return self._run.pull_back(outputs, grads, self._weights, create_graph=create_graph)


def hvp(
    fn: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: bool = False,
    *,
    create_graph: bool | None = None,
) -> Any:
    """Compute a scalar function and the product of its Hessian with a vector, without the Hessian.

    The Hessian is symmetric, so the product is the gradient of the gradient's inner product with the vector.

    Args:
        fn: a function that returns a scalar tensor (with `has_aux`, a pair of that and anything else).
        primals: a tuple of its arguments, trees of floating-point tensors, arrays or numbers.
        tangents: a tuple of trees like them: the vector.
        has_aux: whether `fn` returns such a pair.
        create_graph: whether the results carry a graph; None stands for True inside another transformation.

    Returns:
        `(value, products)`, the products a tuple with a tree for each argument, and the second part of the pair behind
        them with `has_aux`.

    Raises:
        StructureError, ShapeError, DTypeError: the tangents do not fit the primals.
        ShapeError, DTypeError, TypeError: as `grad`.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_autograd.functional import hvp
        >>> hvp(lambda x: (x**3).sum(), (Tensor([1.0, 2.0]),), (Tensor([1.0, 10.0]),))
        (needle.Tensor(9.0), (needle.Tensor([  6. 120.]),))
    """
    run, directions = _along("hvp", fn, primals, tangents, has_aux, create_graph)
    loss = run.scalar()
    gradients = run.pull_back([loss], [first_gradient(loss, None)], run.variables, create_graph=True)
    pairs = [(g, direction) for g, direction in zip(gradients, directions, strict=True) if g.requires_grad]
    outputs, grads = [g for g, _ in pairs], [direction for _, direction in pairs]
    products = run.per_argument(run.pull_back(outputs, grads, run.variables, create_graph=run.linked))
    value = run.returned(loss)
    return (value, products, run.returned(run.aux)) if has_aux else (value, products)


def _along(
    name: str,
    fn: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    has_aux: bool,
    create_graph: bool | None,
) -> tuple[Recording, list[Tensor]]:
    """Run a function, and return the recording with the leaves of the direction, one for each variable."""
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(
                f"{name}: {what} is a {type(given).__name__}; expected a tuple with one entry for each argument of the "
                f"function: write {name}(f, (x,), (v,))"
            )
    if len(primals) != len(tangents):
        raise ValueError(
            f"{name}: there are {len(primals)} primals and {len(tangents)} tangents; expected one for each"
        )
    run = Recording(name, fn, primals, {}, argnums=None, has_aux=has_aux, create_graph=create_graph)
    given_leaves: list[Any] = []
    places: list[str] = []
    for position, (structure, tangent) in enumerate(zip(run.structures, tangents, strict=True)):
        given_leaves += tree.leaves_like(structure, tangent, f"tangents[{position}]")
        places += [f"[{position}]{place}" for place in tree.paths(structure)]
    return run, like("tangents", run.variables, given_leaves, places)
