"""Linear algebra: the Array API standard's extension.

Products, norms, traces and powers are native. Decompositions, solvers and determinants run in NumPy's LAPACK, which
reads the arrays' memory in place and whose results are taken over without a copy: install it with
``pip install "needle-ndarray[numpy]"``. All of these take float32 and float64, and stacks of matrices.

Example:
    >>> import needle_ndarray as nd
    >>> a = nd.asarray([[2.0, 0.0], [0.0, 8.0]])
    >>> nd.linalg.solve(a, nd.asarray([4.0, 4.0]))
    array([2. , 0.5])
"""

from ..errors import LinAlgError as LinAlgError
from ..linear_algebra import matmul as matmul
from ..linear_algebra import matrix_transpose as matrix_transpose
from ..linear_algebra import tensordot as tensordot
from ..linear_algebra import vecdot as vecdot
from .decompositions import EighResult as EighResult
from .decompositions import QRResult as QRResult
from .decompositions import SVDResult as SVDResult
from .decompositions import cholesky as cholesky
from .decompositions import eig as eig
from .decompositions import eigh as eigh
from .decompositions import eigvals as eigvals
from .decompositions import eigvalsh as eigvalsh
from .decompositions import qr as qr
from .decompositions import svd as svd
from .decompositions import svdvals as svdvals
from .matrices import cross as cross
from .matrices import diagonal as diagonal
from .matrices import matrix_power as matrix_power
from .matrices import outer as outer
from .matrices import trace as trace
from .norms import matrix_norm as matrix_norm
from .norms import vector_norm as vector_norm
from .solvers import SlogdetResult as SlogdetResult
from .solvers import det as det
from .solvers import inv as inv
from .solvers import matrix_rank as matrix_rank
from .solvers import pinv as pinv
from .solvers import slogdet as slogdet
from .solvers import solve as solve
