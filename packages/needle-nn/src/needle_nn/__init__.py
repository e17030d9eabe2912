"""Modules, losses, initializers, optimizers and checkpoints."""

from . import init as init
from . import optim as optim
from .activations import ReLU as ReLU
from .activations import Sigmoid as Sigmoid
from .activations import Tanh as Tanh
from .checkpoint import load as load
from .checkpoint import load_metadata as load_metadata
from .checkpoint import save as save
from .containers import Residual as Residual
from .containers import Sequential as Sequential
from .dropout import Dropout as Dropout
from .errors import CheckpointError as CheckpointError
from .errors import StateDictError as StateDictError
from .flatten import Flatten as Flatten
from .identity import Identity as Identity
from .linear import Linear as Linear
from .losses import CrossEntropyLoss as CrossEntropyLoss
from .losses import L2Loss as L2Loss
from .losses import MSELoss as MSELoss
from .losses import SoftmaxLoss as SoftmaxLoss
from .module import LoadReport as LoadReport
from .module import Module as Module
from .normalization import BatchNorm1d as BatchNorm1d
from .normalization import LayerNorm1d as LayerNorm1d
from .parameter import Parameter as Parameter

__version__ = "0.1.0"
