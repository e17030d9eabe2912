"""Operations out of plain functions: one that computes, and one that turns the gradient of the result around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar, overload

from .. import ops
from ..backends.selection import is_array
from ..errors import GraphError
from ..modes import is_grad_enabled, no_grad
from ..op import Array, Op, TensorOp, TensorTupleOp
from ..tensor import Tensor, TensorTuple
from ..value import Value

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Context(NamedTuple, Generic[T]):
    """What a backward function is told of the call.

    Attributes:
        inputs: the operands, tensors (arrays for a function on arrays).
        result: the result, likewise; a tuple of them for several.
        saved: what the saving forward function returned beside the result; None without one.
        arguments: the keyword arguments of the call.
    """

    inputs: tuple[T, ...]
    result: Any
    saved: Any
    arguments: dict[str, Any]


class CustomOp:
    """An operation made of plain functions; `custom_op` makes it.

    Calling it with tensors (or arrays and numbers, as constants) records the operation. Keyword arguments are passed on
    to its functions as they are.

    Args:
        forward: computes on arrays.
        name: what reports call the operation.
        results: the number of results.
    """

    def __init__(self, forward: Callable[..., Any], *, name: str, results: int) -> None:
        self.__name__ = name
        self.__doc__ = forward.__doc__
        self.__wrapped__ = forward
        self._results = results
        self._saving: Callable[..., tuple[Any, Any]] | None = None
        self._backward: Callable[..., Any] | None = None
        self._on_arrays = False
        self._class: type[Op] | None = None

    def __call__(self, *tensors: Any, **arguments: Any) -> Any:
        """Apply the operation to tensors and record it."""
        op = self.op_class(**arguments)
        result = op(*tensors)
        return result if self._results == 1 else tuple(result)

    def forward_saving(self, function: F) -> F:
        """Take a function that computes the result together with what the backward function wants kept.

        Args:
            function: of the same arguments as the forward function; returns `(result, saved)`. It is called in place
                of the forward function when a gradient is recorded.

        Returns:
            The function.
        """
        self._saving, self._class = function, None
        return function

    @overload
    def backward(self, function: F) -> F: ...
    @overload
    def backward(self, *, on: str = "tensors") -> Callable[[F], F]: ...
    def backward(self, function: Any = None, *, on: str = "tensors") -> Any:
        """Take the function that turns the gradients of the results into those of the operands.

        It is called as `backward(context, out_grad, ...)`, with one `out_grad` for each result, and returns one
        gradient for each operand (None for one without), of the operand's shape and dtype.

        Args:
            function: the function; without one, a decorator is returned.
            on: "tensors": it computes with tensors, so that its result can be differentiated again, unless there is a
                saving forward function, whose values are constants; or "arrays": it computes with arrays.

        Returns:
            The function.
        """
        if on not in ("tensors", "arrays"):
            raise ValueError(f'backward: on is {on!r}; expected "tensors" or "arrays"')

        def take(function: F) -> F:
            self._backward, self._on_arrays, self._class = function, on == "arrays", None
            return function

        return take if function is None else take(function)

    @property
    def op_class(self) -> type[Op]:
        """The class of the operation, a subclass of TensorOp or TensorTupleOp; its arguments are keywords."""
        if self._class is None:
            self._class = self._made()
        return self._class

    def _made(self) -> type[Op]:
        forward, saving = self.__wrapped__, self._saving

        def __init__(op: Any, **arguments: Any) -> None:  # noqa: N807
            op.arguments = arguments

        def compute(op: Any, *arrays: Array) -> Any:
            return forward(*arrays, **op.arguments)

        def compute_saving(op: Any, *arrays: Array) -> tuple[Any, Any]:
            assert saving is not None
            pair = saving(*arrays, **op.arguments)
            if not isinstance(pair, tuple) or len(pair) != 2:
                raise TypeError(
                    f"the saving forward function of {self.__name__} returned a {type(pair).__name__}; expected a "
                    "pair, the result and what is to be saved"
                )
            return pair

        def gradient(op: Any, out_grad: Any, node: Any) -> tuple[Any, ...]:
            return self._gradient(op.arguments, out_grad, node)

        def __repr__(op: Any) -> str:  # noqa: N807
            return f"{self.__name__}({', '.join(f'{key}={value!r}' for key, value in op.arguments.items())})"

        methods: dict[str, Any] = {"__init__": __init__, "__repr__": __repr__}
        methods |= {"compute": compute, "gradient": gradient}
        methods |= {"name": self.__name__, "__doc__": self.__doc__, "__module__": forward.__module__}
        if saving is not None:
            methods["compute_saving"] = compute_saving
        return type(self.__name__, (TensorOp if self._results == 1 else TensorTupleOp,), methods)

    def _gradient(self, arguments: dict[str, Any], out_grad: Any, node: Any) -> tuple[Any, ...]:
        if self._backward is None:
            raise GraphError(
                f"{self.__name__} has no backward function; write one under @{self.__name__}.backward, or call the "
                "operation on x.detach()"
            )
        out_grads = (out_grad,) if self._results == 1 else tuple(out_grad)
        result = node if self._results == 1 else tuple(node)
        if not (self._on_arrays or self._saving):
            context: Context[Any] = Context(node.inputs, result, None, arguments)
            return _as_tuple(self._backward(context, *out_grads))
        with no_grad():
            if self._on_arrays:
                arrays = [value.realize_cached_data() for value in (*node.inputs, *out_grads)]
                count = len(node.inputs)
                context = Context(tuple(arrays[:count]), node.cached_data, node.saved, arguments)
                grads = _as_tuple(self._backward(context, *arrays[count:]))
                grads = tuple(Tensor.make_const(grad) if is_array(grad) else grad for grad in grads)
            else:
                context = Context(node.inputs, result, node.saved, arguments)
                grads = _as_tuple(self._backward(context, *out_grads))
        return self._once(grads, (*out_grads, *node.inputs)) if is_grad_enabled() else grads

    def _once(self, grads: tuple[Any, ...], inputs: tuple[Value, ...]) -> tuple[Any, ...]:
        """Connect gradients with what they depend on, so that a second differentiation is refused and not wrong."""
        tensors = [grad for grad in grads if isinstance(grad, Tensor)]
        reason = "computes on arrays" if self._on_arrays else "reads values that the forward function saved"
        node = _Once(self.__name__, reason, [tensor.realize_cached_data() for tensor in tensors])(*inputs)
        recorded = iter([ops.tuple_get_item(node, i) for i in range(len(tensors))])
        return tuple(next(recorded) if isinstance(grad, Tensor) else grad for grad in grads)


class _Once(TensorTupleOp):
    """Gradients that cannot be differentiated again.

    Args:
        operation: the name of the operation whose gradients they are.
        reason: why not.
        arrays: the gradients.
    """

    def __init__(self, operation: str, reason: str, arrays: list[Array]) -> None:
        self.operation = operation
        self.reason = reason
        self._arrays = arrays

    def compute(self, *arrays: Array) -> list[Array]:
        """Return the gradients."""
        return self._arrays

    def gradient(self, out_grad: Any, node: Any) -> Any:
        """Refuse."""
        raise GraphError(
            f"the backward function of {self.operation} {self.reason}, so that its result has no gradient of its own; "
            "for second derivatives write it in operations on the tensors context.inputs and context.result"
        )

    def __repr__(self) -> str:
        return f"gradient of {self.operation}"


def _as_tuple(grads: Any) -> tuple[Any, ...]:
    return tuple(grads) if isinstance(grads, (tuple, list, TensorTuple)) else (grads,)


@overload
def custom_op(forward: Callable[..., Any]) -> CustomOp: ...
@overload
def custom_op(*, name: str | None = None, results: int = 1) -> Callable[[Callable[..., Any]], CustomOp]: ...
def custom_op(forward: Any = None, *, name: str | None = None, results: int = 1) -> Any:
    """Make an operation of a function on arrays; its gradient is another function, given by a decorator.

    Args:
        forward: a function whose positional arguments are arrays and whose keyword arguments are anything else; it
            returns an array, or a tuple of `results` arrays. Without one, a decorator is returned.
        name: what reports call the operation; None for the function's name.
        results: the number of results.

    Returns:
        The operation, a function of tensors with the decorators `backward` and `forward_saving`.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_autograd.functional import custom_op
        >>> @custom_op
        ... def cube(x, *, scale=1.0):
        ...     return scale * x**3
        >>> @cube.backward
        ... def cube_backward(context, out_grad):
        ...     (x,) = context.inputs
        ...     return 3 * context.arguments["scale"] * x**2 * out_grad
        >>> x = Tensor([1.0, 2.0])
        >>> cube(x, scale=10.0).sum().backward()
        >>> x.grad
        needle.Tensor([ 30. 120.])
    """

    def make(forward: Callable[..., Any]) -> CustomOp:
        if not callable(forward):
            raise TypeError(f"custom_op was given a {type(forward).__name__}; expected a function of arrays")
        title = name or getattr(forward, "__name__", type(forward).__name__)
        return CustomOp(forward, name=str(title), results=results)

    return make if forward is None else make(forward)
