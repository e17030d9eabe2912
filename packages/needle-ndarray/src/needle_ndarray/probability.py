"""Softmax and its relatives."""

from ._core import log_softmax as log_softmax
from ._core import logsumexp as logsumexp
from ._core import softmax as softmax
