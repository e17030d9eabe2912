"""Functions that make functions out of functions: their gradients, Jacobians, Hessians, and products with vectors.

Names and meanings are those of `jax` and `torch.func`. Arguments and results may be nested tuples, lists and dicts of
tensors (`needle_autograd.tree`). Nothing here reads or writes `.grad`.

A result carries a graph only inside another of these functions, as `grad(grad(f))` needs it, or with
`create_graph=True`, so that `backward()` can go on from it. A function whose result does not depend on an argument has
the gradient zero.
"""

from .checkpointing import checkpoint as checkpoint
from .custom import CustomOp as CustomOp
from .custom import custom_op as custom_op
from .jacobians import hessian as hessian
from .jacobians import jacobian as jacobian
from .transforms import grad as grad
from .transforms import hvp as hvp
from .transforms import jvp as jvp
from .transforms import value_and_grad as value_and_grad
from .transforms import vjp as vjp
