"""Products of matrices."""

from ._core import matmul as matmul
from ._core import matrix_transpose as matrix_transpose
