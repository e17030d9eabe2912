"""Optimizers, from needle_nn.optim."""

from needle_nn.optim import SGD as SGD
from needle_nn.optim import Adam as Adam
from needle_nn.optim import Optimizer as Optimizer
from needle_nn.optim import RMSprop as RMSprop
from needle_nn.optim import clip_grad_norm as clip_grad_norm
