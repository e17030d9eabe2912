"""Tensors, operations and reverse-mode automatic differentiation."""

from . import backends as backends
from .backends import get_backend as get_backend
from .backends import set_backend as set_backend
from .engine import BackwardStep as BackwardStep
from .engine import backward_steps as backward_steps
from .engine import compute_gradient_of_variables as compute_gradient_of_variables
from .engine import find_topo_sort as find_topo_sort
from .modes import enable_grad as enable_grad
from .modes import is_grad_enabled as is_grad_enabled
from .modes import is_lazy as is_lazy
from .modes import lazy as lazy
from .modes import no_grad as no_grad
from .modes import set_grad_enabled as set_grad_enabled
from .op import Op as Op
from .op import Sample as Sample
from .op import Spec as Spec
from .op import TensorOp as TensorOp
from .op import TensorTupleOp as TensorTupleOp
from .tensor import Tensor as Tensor
from .tensor import TensorTuple as TensorTuple
from .value import Value as Value

__version__ = "0.1.0"
