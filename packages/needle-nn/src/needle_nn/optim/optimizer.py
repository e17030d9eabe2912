"""The base of all optimizers."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, isfinite
from typing import Any

from needle_autograd import Tensor
from needle_autograd.backends import array_namespace
from needle_autograd.errors import ShapeError
from needle_autograd.numpy_on_demand import is_numpy_imported, np

from .clip import clip_grad_norm


class Optimizer:
    """Base of the optimizers: a list of parameters, a state for each, and a loop that updates them.

    A subclass defines `update`. Steps write into the parameters' memory, so views of it (`w.data`, `w.detach()`,
    `w.numpy()`) see the change; copy a value that should stay, as `Module.state_dict` does. Steps record no graph
    and never change a gradient; a parameter without one is passed over.

    Attributes:
        params: the parameters, each once.
        state: by parameter, what the optimizer remembers of it; filled at a parameter's first step.

    Args:
        params: the tensors to train, such as `model.parameters()`.

    Raises:
        TypeError: if params holds anything but tensors, or is one tensor.
        ValueError: if there are none, or one is the result of an operation.
    """

    def __init__(self, params: Iterable[Tensor]) -> None:
        name = type(self).__name__
        if isinstance(params, Tensor):
            raise TypeError(f"{name} takes a list of tensors; write {name}([w]) for one.")
        if not isinstance(params, Iterable):
            raise TypeError(f"{name} takes tensors, such as model.parameters(), and not a {type(params).__name__}.")
        self.params = list({id(param): param for param in params}.values())
        self.state: dict[Tensor, dict[str, Any]] = {}
        if not self.params:
            raise ValueError(f"{name} got no parameters; pass model.parameters() of a model that has some.")
        for position, param in enumerate(self.params):
            if not isinstance(param, Tensor):
                raise TypeError(f"{name} takes tensors, but entry {position} is a {type(param).__name__}.")
            if not param.is_leaf():
                raise ValueError(
                    f"{name} cannot train entry {position}, of shape {param.shape}: it is the result of an operation "
                    "and would be computed anew. Pass the tensors that it was computed from."
                )

    def step(self) -> None:
        """Update every parameter that has a gradient."""
        for param in self.params:
            gradient = param.grad
            if gradient is None:
                continue
            grad = gradient.realize_cached_data()
            array = writable_array(param)
            if grad.shape != array.shape:
                raise ShapeError(f"{type(self).__name__}: a parameter is {param.shape}, its gradient {gradient.shape}.")
            self.update(array, grad, self.state.setdefault(param, {}))
            param.mark_changed()

    def update(self, param: Any, grad: Any, state: dict[str, Any]) -> None:
        """Update one parameter in place; every subclass defines its own.

        Args:
            param: the parameter's array, to be written to.
            grad: the gradient's array, of the same shape and dtype, not to be written to.
            state: what the optimizer keeps for this parameter; empty at the first step.
        """
        raise NotImplementedError(f"{type(self).__name__} defines neither update nor step.")

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to None."""
        for param in self.params:
            param.grad = None

    reset_grad = zero_grad

    def clip_grad_norm(self, max_norm: float = 0.25) -> float:
        """Scale all gradients so that their joint norm is at most max_norm; see `clip_grad_norm`."""
        return clip_grad_norm(self.params, max_norm)

    def _check(self, name: str, value: float, low: float = 0.0, below: float = inf) -> float:
        """Return a hyperparameter, or raise ValueError unless low <= value < below."""
        if not (isfinite(value) and low <= value < below):
            limit = "finite" if below == inf else f"less than {below:g}"
            raise ValueError(f"{type(self).__name__}: {name} must be at least {low:g} and {limit}, got {value}.")
        return value


def writable_array(param: Tensor) -> Any:
    """Return a parameter's array, replacing it by a copy first where elements share memory or may not be written."""
    array = param.realize_cached_data()
    if hasattr(array, "compact"):
        owned = array.compact()
    elif is_numpy_imported() and isinstance(array, (np.ndarray, np.generic)):
        owned = array if array.flags.carray else np.array(array)
    else:
        owned = array
    if owned is not array:
        param.cached_data = owned
    return owned


def zeros_in_state(state: dict[str, Any], name: str, param: Any) -> Any:
    """Return an array of a parameter's state, made of zeros if it is not there or the parameter's shape has changed."""
    array = state.get(name)
    if array is None or array.shape != param.shape:
        array = state[name] = array_namespace(param).zeros_like(param)
    return array
