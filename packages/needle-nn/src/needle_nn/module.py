"""The base of everything that has parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, Self

from needle_autograd import Device, Tensor
from needle_autograd.construction import array_like, copied
from needle_autograd.numpy_on_demand import np

from .errors import StateDictError
from .parameter import Parameter

Kind = Literal["module", "parameter", "buffer"]


class LoadReport(NamedTuple):
    """What `load_state_dict(strict=False)` passed over."""

    missing: list[str]
    unexpected: list[str]


class Module:
    """Base class of layers, models and losses.

    A subclass defines `forward` and keeps parameters and other modules in its attributes; it need not call
    `super().__init__()`. Attributes are searched in the order in which they were first set, through lists, tuples,
    dicts and nested modules, and whatever is found twice counts once, under its first name.

    - A parameter is a `Parameter`, or a plain tensor that requires a gradient in an attribute that held a `Parameter`.
    - A buffer is any other tensor: part of the state, but not trained, such as the statistics of `BatchNorm1d`. Not
      counted are tensors whose attribute name starts with `_`, and results of a computation that require a gradient,
      such as an activation that `forward` has remembered.
    - Names are dotted paths of attributes, positions and keys: `modules.0.weight` is `model.modules[0].weight`.

    Attributes:
        training: whether the module is in training mode; `train()` and `eval()` set it here and below.

    Example:
        >>> from needle_autograd import Tensor
        >>> from needle_nn import Module, Parameter
        >>> class Scale(Module):
        ...     def __init__(self, factor):
        ...         self.factor = Parameter(Tensor([factor]))
        ...     def forward(self, x):
        ...         return self.factor * x
        >>> Scale(3.0)(Tensor([2.0])).item(), list(Scale(3.0).state_dict())
        (6.0, ['factor'])
    """

    training: bool = True

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute, remembering that it held a parameter when a plain tensor takes the parameter's place."""
        plain = isinstance(value, Tensor) and not isinstance(value, Parameter)
        if plain and isinstance(vars(self).get(name), Parameter):
            vars(self).setdefault("_parameter_attributes", set()).add(name)
        super().__setattr__(name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return `forward` of the same arguments."""
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the module's output; every subclass defines its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward; define `def forward(self, x): ...` in it.")

    def parameters(self) -> list[Tensor]:
        """Return all parameters, in attribute order."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """Yield the path and the tensor of every parameter."""
        return ((path, value) for path, value, kind in _walk(self, "", set()) if kind == "parameter")

    def buffers(self) -> list[Tensor]:
        """Return all buffers, in attribute order."""
        return [buffer for _, buffer in self.named_buffers()]

    def named_buffers(self) -> Iterator[tuple[str, Tensor]]:
        """Yield the path and the tensor of every buffer."""
        return ((path, value) for path, value, kind in _walk(self, "", set()) if kind == "buffer")

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """Yield the path and the module of this module, whose path is empty, and of every module in it.

        There is no method `modules`: in `Sequential` that is the list of its modules.
        """
        return ((path, value) for path, value, kind in _walk(self, "", set()) if kind == "module")

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the path and the module of every module directly in this one, not of those inside them."""
        seen: set[int] = set()
        for name, attribute in list(vars(self).items()):
            for path, value in _flatten(attribute, name, seen):
                if isinstance(value, Module) and id(value) not in seen:
                    seen.add(id(value))
                    yield path, value

    def children(self) -> list[Module]:
        """Return the modules directly in this one: in its attributes, and in lists, tuples and dicts there."""
        return [module for _, module in self.named_children()]

    def _children(self) -> list[Module]:
        return [module for _, module in self.named_modules() if module is not self]

    def num_parameters(self) -> int:
        """Return how many numbers the parameters hold together."""
        return sum(parameter.size for parameter in self.parameters())

    def train(self, mode: bool = True) -> Self:
        """Put this module and all in it into training mode, or with False into evaluation mode, and return it."""
        for _, module in self.named_modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Put this module and all in it into evaluation mode, and return it."""
        return self.train(False)

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to None."""
        for parameter in self.parameters():
            parameter.grad = None

    def to(self, device: Device) -> Self:
        """Move parameters and buffers to a device, forget gradients, and return the module.

        The tensors stay the same objects. Optimizers keep arrays of their own: make them after this.
        """
        tensors = [*self.parameters(), *self.buffers()]
        arrays = [Tensor(tensor, device=device).realize_cached_data() for tensor in tensors]
        for tensor, array in zip(tensors, arrays, strict=True):
            tensor.cached_data = array
            tensor.mark_changed()
            tensor.grad = None
        return self

    def state_dict(self) -> dict[str, Tensor]:
        """Return copies of all parameters and buffers by their paths; later training does not change them.

        Raises:
            StateDictError: if two tensors have the same path, as the keys 1 and "1" of one dict give.
        """
        return {
            path: Tensor.make_const(copied(tensor.realize_cached_data()))
            for path, tensor in self._named_tensors().items()
        }

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> LoadReport:
        """Copy values from a state dict into the parameters and buffers, which stay the same objects.

        A floating-point entry is converted to the tensor's floating-point dtype, an integer entry to its integer
        dtype if all values fit; an entry of another kind is refused, so that ids never become weights by accident.

        Args:
            state_dict: tensors or arrays by path.
            strict: whether missing and unexpected entries are errors. Wrong shapes and dtypes always are.

        Returns:
            The names that were missing and unexpected; both lists are empty if strict.

        Raises:
            StateDictError: listing every entry that is missing, unexpected, or of a wrong shape or dtype. The module
                is as it was before the call.
        """
        own = self._named_tensors()
        missing = [path for path in own if path not in state_dict]
        unexpected = [path for path in state_dict if path not in own]
        problems = []
        if strict:
            problems += [f"missing: {path} {own[path].shape}" for path in missing]
            problems += [f"unexpected: {path} {_as_numpy(state_dict[path]).shape}" for path in unexpected]
        values = {}
        for path, tensor in own.items():
            if path in state_dict:
                source = _as_numpy(state_dict[path])
                wanted = tensor.numpy().dtype
                if source.shape != tensor.shape:
                    problems.append(f"wrong shape: {path} is {source.shape}, the module has {tensor.shape}")
                elif not _converts(source, wanted):
                    problems.append(f"wrong dtype: {path} is {source.dtype}, the module has {wanted}")
                else:
                    values[path] = source.astype(wanted)
        if problems:
            advice = "Build the module with the arguments of the one that was saved"
            advice += ", or pass strict=False to pass over missing and unexpected entries." if strict else "."
            raise StateDictError(
                f"the state dict does not fit this {type(self).__name__}:\n  " + "\n  ".join(problems) + f"\n{advice}"
            )
        for path, value in values.items():
            own[path].data = Tensor.make_const(array_like(value, own[path]))
        return LoadReport(missing, unexpected)

    def extra_repr(self) -> str:
        """Return what repr shows between the parentheses; subclasses say their arguments here."""
        return ""

    def __repr__(self) -> str:
        lines = [f"({path}): {module!r}" for path, module in self.named_children()]
        if not lines:
            return f"{type(self).__name__}({self.extra_repr()})"
        body = "\n".join(lines).replace("\n", "\n  ")
        return f"{type(self).__name__}({self.extra_repr()}\n  {body}\n)"

    def _named_tensors(self) -> dict[str, Tensor]:
        named: dict[str, Tensor] = {}
        for path, value, kind in _walk(self, "", set()):
            if kind == "module":
                continue
            if path in named:
                raise StateDictError(f"two tensors of this {type(self).__name__} have the path {path!r}; rename one.")
            named[path] = value
        return named


def _flatten(value: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    """Yield the path and value of every module and tensor in a value, through lists, tuples and dicts."""
    if isinstance(value, Module | Tensor):
        yield path, value
    elif isinstance(value, list | tuple | dict) and id(value) not in seen:
        seen.add(id(value))
        for key, item in list(value.items() if isinstance(value, dict) else enumerate(value)):
            yield from _flatten(item, f"{path}.{key}", seen)


def _walk(module: Module, prefix: str, seen: set[int]) -> Iterator[tuple[str, Any, Kind]]:
    """Yield path, value and kind of a module and of all in it, depth first in attribute order, each object once."""
    seen.add(id(module))
    yield prefix.removesuffix("."), module, "module"
    for name, attribute in list(vars(module).items()):
        held_parameter = isinstance(attribute, Tensor) and name in vars(module).get("_parameter_attributes", ())
        for path, value in _flatten(attribute, prefix + name, seen):
            if id(value) in seen:
                continue
            if isinstance(value, Module):
                yield from _walk(value, f"{path}.", seen)
                continue
            seen.add(id(value))
            if isinstance(value, Parameter) or (held_parameter and value.requires_grad):
                yield path, value, "parameter"
            elif not name.startswith("_") and (value.is_leaf() or not value.requires_grad):
                yield path, value, "buffer"


def _as_numpy(value: Any) -> np.ndarray:
    return value.numpy() if hasattr(value, "numpy") else np.asarray(value)


def _converts(source: np.ndarray, wanted: np.dtype) -> bool:
    """Say whether load_state_dict converts an array to a dtype: float to float, and integers where all values fit."""
    if source.dtype == wanted or (source.dtype.kind == wanted.kind == "f"):
        return True
    return source.dtype.kind in "iu" and wanted.kind in "iu" and bool((source.astype(wanted) == source).all())
