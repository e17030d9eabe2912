"""Deep-learning kernels that the Array API standard does not have, run natively.

The layers above look a kernel up here by its name and fall back to a plain formula in terms of the standard where there
is none.
"""

from ._core import Program as Program
from ._core import adam_step as adam_step
from ._core import add_at as add_at
from ._core import attention as attention
from ._core import attention_grad as attention_grad
from ._core import avg_pool2d as avg_pool2d
from ._core import avg_pool2d_grad as avg_pool2d_grad
from ._core import batch_norm as batch_norm
from ._core import batch_norm_grad as batch_norm_grad
from ._core import batch_norm_inference as batch_norm_inference
from ._core import batch_norm_inference_grad as batch_norm_inference_grad
from ._core import conv2d as conv2d
from ._core import conv2d_input_grad as conv2d_input_grad
from ._core import conv2d_weight_grad as conv2d_weight_grad
from ._core import cross_entropy as cross_entropy
from ._core import cross_entropy_grad as cross_entropy_grad
from ._core import dropout as dropout
from ._core import elu as elu
from ._core import elu_grad as elu_grad
from ._core import erf as erf
from ._core import erfc as erfc
from ._core import gelu as gelu
from ._core import gelu_grad as gelu_grad
from ._core import gru_cell as gru_cell
from ._core import gru_cell_grad as gru_cell_grad
from ._core import index_add as index_add
from ._core import layer_norm as layer_norm
from ._core import layer_norm_grad as layer_norm_grad
from ._core import leaky_relu as leaky_relu
from ._core import leaky_relu_grad as leaky_relu_grad
from ._core import linear as linear
from ._core import log_softmax as log_softmax
from ._core import log_softmax_grad as log_softmax_grad
from ._core import logsumexp as logsumexp
from ._core import logsumexp_grad as logsumexp_grad
from ._core import lstm_cell as lstm_cell
from ._core import lstm_cell_grad as lstm_cell_grad
from ._core import max_pool2d as max_pool2d
from ._core import max_pool2d_grad as max_pool2d_grad
from ._core import relu as relu
from ._core import relu_grad as relu_grad
from ._core import rmsprop_step as rmsprop_step
from ._core import run_program as run_program
from ._core import sgd_step as sgd_step
from ._core import sigmoid as sigmoid
from ._core import sigmoid_grad as sigmoid_grad
from ._core import silu as silu
from ._core import silu_grad as silu_grad
from ._core import softmax as softmax
from ._core import softmax_grad as softmax_grad
from ._core import softplus as softplus
from ._core import softplus_grad as softplus_grad
from ._core import tanh_grad as tanh_grad
