"""Optimizers: from gradients to better parameters."""

from .adam import Adam as Adam
from .clip import clip_grad_norm as clip_grad_norm
from .optimizer import Optimizer as Optimizer
from .rmsprop import RMSprop as RMSprop
from .sgd import SGD as SGD

__all__ = ["SGD", "Adam", "Optimizer", "RMSprop", "clip_grad_norm"]
