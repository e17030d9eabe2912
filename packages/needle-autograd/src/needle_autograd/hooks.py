"""Hooks: functions that a backward pass calls with the gradient of a tensor."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from .errors import GraphError
from .extra import extra_of
from .modes import current_flags, set_flags
from .value import Value, describe

if TYPE_CHECKING:
    from .tensor import Tensor

_numbers = count()


class HookHandle:
    """What takes a hook away again; also a context manager that does so at the end of its block.

    Args:
        hooks: the hooks of the tensor.
        number: the number of this one.
    """

    __slots__ = ("_hooks", "_number")

    def __init__(self, hooks: dict[int, Callable[[Any], Any]], number: int) -> None:
        self._hooks = hooks
        self._number = number

    def remove(self) -> None:
        """Take the hook away; once more does no harm."""
        self._hooks.pop(self._number, None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()


def add_hook(tensor: Tensor, hook: Callable[[Any], Any]) -> HookHandle:
    """Register a hook, as `Tensor.register_hook` says."""
    if not callable(hook):
        raise TypeError(f"register_hook was given a {type(hook).__name__}; expected a function of the gradient")
    _check_gradient_is_wanted(tensor, "no hook will ever be called")
    hooks, number = extra_of(tensor).hooks, next(_numbers)
    hooks[number] = hook
    return HookHandle(hooks, number)


def retain_grad(tensor: Tensor) -> None:
    """Let `backward()` write `.grad`, as `Tensor.retain_grad` says."""
    _check_gradient_is_wanted(tensor, "there will be none to keep")
    if tensor.op is not None:
        extra_of(tensor).keeps_grad = True


def _check_gradient_is_wanted(tensor: Tensor, consequence: str) -> None:
    if not tensor.requires_grad:
        raise GraphError(
            f"this tensor requires no gradient, so that {consequence}: make it with requires_grad=True, or compute it "
            "from tensors that require one, outside no_grad()"
        )


def run_hooks(node: Value, hooks: dict[int, Callable[[Any], Any]], grad: Any, flags: int) -> Any:
    """Call the hooks of a node in turn.

    Args:
        node: the node, a Tensor.
        hooks: its hooks.
        grad: its gradient.
        flags: the modes in which gradients are computed.

    Returns:
        The gradient that the last of them left.

    Raises:
        GraphError: a hook returned something that cannot be the gradient.
    """
    outer = current_flags()
    set_flags(flags)
    try:
        for hook in list(hooks.values()):
            replacement = hook(grad)
            if replacement is None:
                continue
            if not isinstance(replacement, Value.tensor_type) or replacement.known_spec() != grad.known_spec():
                raise GraphError(
                    f"a hook on a tensor returned {_described(replacement)}; expected None, or a Tensor like the "
                    f"gradient, {_described(grad)}"
                )
            grad = replacement
    finally:
        set_flags(outer)
    return grad


def _described(thing: Any) -> str:
    return describe(thing) if isinstance(thing, Value) else f"a {type(thing).__name__}"
