"""New tensors: constants and random numbers, and initial weights."""

from needle_autograd.creation import arange as arange
from needle_autograd.creation import constant as constant
from needle_autograd.creation import eye as eye
from needle_autograd.creation import full as full
from needle_autograd.creation import full_like as full_like
from needle_autograd.creation import linspace as linspace
from needle_autograd.creation import one_hot as one_hot
from needle_autograd.creation import ones as ones
from needle_autograd.creation import ones_like as ones_like
from needle_autograd.creation import rand as rand
from needle_autograd.creation import randb as randb
from needle_autograd.creation import randint as randint
from needle_autograd.creation import randn as randn
from needle_autograd.creation import randperm as randperm
from needle_autograd.creation import zeros as zeros
from needle_autograd.creation import zeros_like as zeros_like
from needle_nn.init import kaiming_normal as kaiming_normal
from needle_nn.init import kaiming_uniform as kaiming_uniform
from needle_nn.init import xavier_normal as xavier_normal
from needle_nn.init import xavier_uniform as xavier_uniform
