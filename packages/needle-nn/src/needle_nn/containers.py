"""Modules made of modules."""

from collections.abc import Callable, Iterator

from needle_autograd import Tensor

from .module import Module


class Sequential(Module):
    """Apply modules one after the other: `modules[-1](... modules[1](modules[0](x)))`.

    Attributes:
        modules: the list of modules. They may be replaced, added and removed there.

    Args:
        modules: modules, or other functions of one argument such as `ops.relu`.

    Raises:
        TypeError: if a module cannot be called.

    Example:
        >>> from needle_nn import Linear, ReLU, Sequential
        >>> model = Sequential(Linear(4, 8), ReLU(), Linear(8, 2))
        >>> model[0].weight.shape, len(model)
        ((4, 8), 3)
    """

    def __init__(self, *modules: Callable) -> None:
        for position, module in enumerate(modules):
            if not callable(module):
                raise TypeError(
                    f"Sequential takes modules one by one, but argument {position} is a {type(module).__name__}; "
                    "write Sequential(a, b), or Sequential(*modules) for a list."
                )
        self.modules = list(modules)

    def forward(self, x: Tensor) -> Tensor:
        """Return x passed through every module in turn."""
        for module in self.modules:
            x = module(x)
        return x

    def __getitem__(self, index: int | slice) -> Callable:
        """Return one module, or a Sequential of the sliced ones that shares their parameters."""
        if isinstance(index, slice):
            return Sequential(*self.modules[index])
        return self.modules[index]

    def __len__(self) -> int:
        return len(self.modules)

    def __iter__(self) -> Iterator[Callable]:
        return iter(self.modules)


class Residual(Module):
    """Add a module's input to its output: `fn(x) + x`.

    Args:
        fn: a module, or another function, whose output has the shape of its input.

    Source: He et al., "Deep Residual Learning for Image Recognition", 2015.
    """

    def __init__(self, fn: Callable[[Tensor], Tensor]) -> None:
        self.fn = fn

    def forward(self, x: Tensor) -> Tensor:
        """Return fn(x) + x."""
        return self.fn(x) + x
