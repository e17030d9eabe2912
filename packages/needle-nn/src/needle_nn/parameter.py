"""The tensors that training changes."""

from typing import Any

from needle_autograd import Tensor
from needle_autograd.construction import copied


class Parameter(Tensor):
    """A tensor that belongs to a module and is trained.

    A module finds its parameters by this type. A parameter never shares memory with what it is made of, as a Tensor of
    a Tensor does, because optimizers write into it.

    Args:
        array: a number, nested lists of numbers, an array, or a Tensor.
        **kwargs: `device`, `dtype` and `requires_grad`, as `Tensor` takes them.

    Example:
        >>> from needle_nn import Parameter
        >>> weight = Parameter([1.0, 2.0])
        >>> weight.requires_grad, weight.is_leaf()
        (True, True)
    """

    def __init__(self, array: Any, **kwargs: Any) -> None:
        super().__init__(array, **kwargs)
        if isinstance(array, Tensor):
            self.cached_data = copied(self.cached_data)
