"""The deep-learning kernels that the Array API standard does not have, written plainly in terms of the standard.

This is the protocol between autograd and the arrays: every function here may have a native version of the same name
and signature in `needle_ndarray.kernels`, and is the oracle that the native version is tested against. It serves
NumPy and every other library that follows the standard. Functions take and return arrays; `*_grad` functions take the
gradient of the result first and return that of the inputs; `*_step` functions write into their arguments.
"""

from .activations import elu as elu
from .activations import elu_grad as elu_grad
from .activations import erf as erf
from .activations import erfc as erfc
from .activations import erfinv as erfinv
from .activations import gelu as gelu
from .activations import gelu_grad as gelu_grad
from .activations import leaky_relu as leaky_relu
from .activations import leaky_relu_grad as leaky_relu_grad
from .activations import relu as relu
from .activations import relu_grad as relu_grad
from .activations import sigmoid as sigmoid
from .activations import sigmoid_grad as sigmoid_grad
from .activations import silu as silu
from .activations import silu_grad as silu_grad
from .activations import softplus as softplus
from .activations import softplus_grad as softplus_grad
from .activations import tanh_grad as tanh_grad
from .attention import attention as attention
from .attention import attention_grad as attention_grad
from .convolution import conv2d as conv2d
from .convolution import conv2d_input_grad as conv2d_input_grad
from .convolution import conv2d_weight_grad as conv2d_weight_grad
from .indexing import index_add as index_add
from .linear import linear as linear
from .losses import cross_entropy as cross_entropy
from .losses import cross_entropy_grad as cross_entropy_grad
from .normalization import batch_norm as batch_norm
from .normalization import batch_norm_grad as batch_norm_grad
from .normalization import batch_norm_inference as batch_norm_inference
from .normalization import batch_norm_inference_grad as batch_norm_inference_grad
from .normalization import layer_norm as layer_norm
from .normalization import layer_norm_grad as layer_norm_grad
from .optimizers import adam_step as adam_step
from .optimizers import rmsprop_step as rmsprop_step
from .optimizers import sgd_step as sgd_step
from .pooling import avg_pool2d as avg_pool2d
from .pooling import avg_pool2d_grad as avg_pool2d_grad
from .pooling import max_pool2d as max_pool2d
from .pooling import max_pool2d_grad as max_pool2d_grad
from .probability import log_softmax as log_softmax
from .probability import log_softmax_grad as log_softmax_grad
from .probability import logsumexp as logsumexp
from .probability import logsumexp_grad as logsumexp_grad
from .probability import softmax as softmax
from .probability import softmax_grad as softmax_grad
from .programs import Program as Program
from .programs import run_program as run_program
from .recurrent import gru_cell as gru_cell
from .recurrent import gru_cell_grad as gru_cell_grad
from .recurrent import lstm_cell as lstm_cell
from .recurrent import lstm_cell_grad as lstm_cell_grad
from .regularization import dropout as dropout

__all__ = [
    "Program",
    "adam_step",
    "attention",
    "attention_grad",
    "avg_pool2d",
    "avg_pool2d_grad",
    "batch_norm",
    "batch_norm_grad",
    "batch_norm_inference",
    "batch_norm_inference_grad",
    "conv2d",
    "conv2d_input_grad",
    "conv2d_weight_grad",
    "cross_entropy",
    "cross_entropy_grad",
    "dropout",
    "elu",
    "elu_grad",
    "erf",
    "erfc",
    "erfinv",
    "gelu",
    "gelu_grad",
    "gru_cell",
    "gru_cell_grad",
    "index_add",
    "layer_norm",
    "layer_norm_grad",
    "leaky_relu",
    "leaky_relu_grad",
    "linear",
    "log_softmax",
    "log_softmax_grad",
    "logsumexp",
    "logsumexp_grad",
    "lstm_cell",
    "lstm_cell_grad",
    "max_pool2d",
    "max_pool2d_grad",
    "relu",
    "relu_grad",
    "rmsprop_step",
    "run_program",
    "sgd_step",
    "sigmoid",
    "sigmoid_grad",
    "silu",
    "silu_grad",
    "softmax",
    "softmax_grad",
    "softplus",
    "softplus_grad",
    "tanh_grad",
]
