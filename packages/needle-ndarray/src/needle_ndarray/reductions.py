"""Functions that fold axes away."""

from ._core import cumulative_prod as cumulative_prod
from ._core import cumulative_sum as cumulative_sum
from ._core import max as max
from ._core import mean as mean
from ._core import min as min
from ._core import prod as prod
from ._core import std as std
from ._core import sum as sum
from ._core import var as var
