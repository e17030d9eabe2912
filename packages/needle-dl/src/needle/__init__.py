"""The whole of Needle in one import: `import needle as ndl`."""

from needle_autograd import Device as Device
from needle_autograd import Op as Op
from needle_autograd import Tensor as Tensor
from needle_autograd import TensorOp as TensorOp
from needle_autograd import TensorTuple as TensorTuple
from needle_autograd import TensorTupleOp as TensorTupleOp
from needle_autograd import Value as Value
from needle_autograd import all_devices as all_devices
from needle_autograd import cpu as cpu
from needle_autograd import cuda as cuda
from needle_autograd import default_device as default_device
from needle_autograd import enable_grad as enable_grad
from needle_autograd import get_backend as get_backend
from needle_autograd import lazy as lazy
from needle_autograd import no_grad as no_grad
from needle_autograd import set_backend as set_backend
from needle_autograd.creation import arange as arange
from needle_autograd.creation import full as full
from needle_autograd.creation import one_hot as one_hot
from needle_autograd.creation import ones as ones
from needle_autograd.creation import ones_like as ones_like
from needle_autograd.creation import rand as rand
from needle_autograd.creation import randb as randb
from needle_autograd.creation import randn as randn
from needle_autograd.creation import zeros as zeros
from needle_autograd.creation import zeros_like as zeros_like
from needle_autograd.errors import BackendUnavailable as BackendUnavailable
from needle_autograd.errors import DeviceError as DeviceError
from needle_autograd.errors import DTypeError as DTypeError
from needle_autograd.errors import GraphError as GraphError
from needle_autograd.errors import ShapeError as ShapeError
from needle_autograd.ops import abs as abs
from needle_autograd.ops import absolute as absolute
from needle_autograd.ops import add as add
from needle_autograd.ops import add_scalar as add_scalar
from needle_autograd.ops import amax as amax
from needle_autograd.ops import amin as amin
from needle_autograd.ops import argmax as argmax
from needle_autograd.ops import argmin as argmin
from needle_autograd.ops import astype as astype
from needle_autograd.ops import batch_norm as batch_norm
from needle_autograd.ops import broadcast_to as broadcast_to
from needle_autograd.ops import cat as cat
from needle_autograd.ops import clamp as clamp
from needle_autograd.ops import clip as clip
from needle_autograd.ops import concat as concat
from needle_autograd.ops import concatenate as concatenate
from needle_autograd.ops import cos as cos
from needle_autograd.ops import cross_entropy as cross_entropy
from needle_autograd.ops import divide as divide
from needle_autograd.ops import divide_scalar as divide_scalar
from needle_autograd.ops import dropout as dropout
from needle_autograd.ops import eq as eq
from needle_autograd.ops import equal as equal
from needle_autograd.ops import exp as exp
from needle_autograd.ops import expand_dims as expand_dims
from needle_autograd.ops import expm1 as expm1
from needle_autograd.ops import flip as flip
from needle_autograd.ops import fused_add_scalars as fused_add_scalars
from needle_autograd.ops import ge as ge
from needle_autograd.ops import getitem as getitem
from needle_autograd.ops import greater as greater
from needle_autograd.ops import greater_equal as greater_equal
from needle_autograd.ops import gt as gt
from needle_autograd.ops import layer_norm as layer_norm
from needle_autograd.ops import le as le
from needle_autograd.ops import less as less
from needle_autograd.ops import less_equal as less_equal
from needle_autograd.ops import log as log
from needle_autograd.ops import log1p as log1p
from needle_autograd.ops import log_softmax as log_softmax
from needle_autograd.ops import logsoftmax as logsoftmax
from needle_autograd.ops import logsumexp as logsumexp
from needle_autograd.ops import lt as lt
from needle_autograd.ops import make_tuple as make_tuple
from needle_autograd.ops import matmul as matmul
from needle_autograd.ops import max as max
from needle_autograd.ops import maximum as maximum
from needle_autograd.ops import mean as mean
from needle_autograd.ops import min as min
from needle_autograd.ops import minimum as minimum
from needle_autograd.ops import mul_scalar as mul_scalar
from needle_autograd.ops import multiply as multiply
from needle_autograd.ops import ne as ne
from needle_autograd.ops import negate as negate
from needle_autograd.ops import negative as negative
from needle_autograd.ops import not_equal as not_equal
from needle_autograd.ops import permute as permute
from needle_autograd.ops import permute_dims as permute_dims
from needle_autograd.ops import pow as pow
from needle_autograd.ops import power as power
from needle_autograd.ops import power_scalar as power_scalar
from needle_autograd.ops import relu as relu
from needle_autograd.ops import reshape as reshape
from needle_autograd.ops import scalar_divide as scalar_divide
from needle_autograd.ops import scalar_power as scalar_power
from needle_autograd.ops import sigmoid as sigmoid
from needle_autograd.ops import sign as sign
from needle_autograd.ops import sin as sin
from needle_autograd.ops import softmax as softmax
from needle_autograd.ops import split as split
from needle_autograd.ops import sqrt as sqrt
from needle_autograd.ops import squeeze as squeeze
from needle_autograd.ops import stack as stack
from needle_autograd.ops import subtract as subtract
from needle_autograd.ops import sum as sum
from needle_autograd.ops import summation as summation
from needle_autograd.ops import take as take
from needle_autograd.ops import tanh as tanh
from needle_autograd.ops import transpose as transpose
from needle_autograd.ops import tuple_get_item as tuple_get_item
from needle_autograd.ops import unbind as unbind
from needle_autograd.ops import unsqueeze as unsqueeze
from needle_autograd.ops import unstack as unstack
from needle_autograd.ops import var as var
from needle_autograd.ops import where as where
from needle_autograd.random import seed as seed
from needle_ndarray import NDArray as NDArray

from . import autograd as autograd
from . import backend_ndarray as backend_ndarray
from . import backend_numpy as backend_numpy
from . import backend_selection as backend_selection
from . import data as data
from . import init as init
from . import nn as nn
from . import ops as ops
from . import optim as optim

__version__ = "0.1.0"

cpu_numpy = cpu


def __getattr__(name: str) -> str:
    """Give `BACKEND`, the name of the backend that is in use at the moment."""
    if name == "BACKEND":
        return get_backend()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
