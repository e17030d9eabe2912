"""Tensors, operations and reverse-mode automatic differentiation.

Two attributes of this module are properties: assigning `LAZY_MODE` switches lazy mode, and `TENSOR_COUNTER` is the
number of live tensors.
"""

import typing as _typing

from needle_ndarray import Device as Device
from needle_ndarray import all_devices as all_devices
from needle_ndarray import cpu as cpu
from needle_ndarray import cuda as cuda
from needle_ndarray import default_device as default_device

from . import backends as backends
from . import creation as creation
from . import errors as errors
from . import functional as functional
from . import module_class as module_class
from . import ops as ops
from . import random as random
from . import tree as tree
from .anomaly import detect_anomaly as detect_anomaly
from .backends import get_backend as get_backend
from .backends import set_backend as set_backend
from .debug import debug as debug
from .engine import BackwardStep as BackwardStep
from .engine import backward_steps as backward_steps
from .engine import compute_gradient_of_variables as compute_gradient_of_variables
from .engine import find_topo_sort as find_topo_sort
from .engine import sum_node_list as sum_node_list
from .engine import topo_sort_dfs as topo_sort_dfs
from .errors import AnomalyError as AnomalyError
from .errors import BackendUnavailable as BackendUnavailable
from .errors import DeviceError as DeviceError
from .errors import DTypeError as DTypeError
from .errors import GraphError as GraphError
from .errors import ShapeError as ShapeError
from .errors import StructureError as StructureError
from .functional import checkpoint as checkpoint
from .functional import custom_op as custom_op
from .functional import grad as grad
from .functional import hessian as hessian
from .functional import hvp as hvp
from .functional import jacobian as jacobian
from .functional import jvp as jvp
from .functional import value_and_grad as value_and_grad
from .functional import vjp as vjp
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
from .switches import switches as switches
from .tensor import Tensor as Tensor
from .tensor import TensorTuple as TensorTuple
from .value import Value as Value

if _typing.TYPE_CHECKING:  # what module_class gives the module; a type checker knows it from here
    from . import learn as learn
    from . import testing as testing

    LAZY_MODE: bool
    TENSOR_COUNTER: int

__version__ = "0.1.0"

module_class.install(__name__)
