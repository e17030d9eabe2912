"""Linear algebra where there is no NumPy: what is native works, what needs LAPACK says what to install."""

import math

import needle_ndarray as nd
import pytest
from needle_ndarray import linalg


def test_products_are_native():
    a, b = nd.asarray([1, 2, 3]), nd.asarray([4, 5, 6])
    assert nd.vecdot(a, b).item() == 32
    assert nd.tensordot(a, b, axes=0).tolist() == linalg.outer(a, b).tolist() == [[4, 5, 6], [8, 10, 12], [12, 15, 18]]
    assert linalg.cross(a, b).tolist() == [-3, 6, -3]
    x = nd.asarray([[1, 1], [1, 0]])
    assert linalg.matrix_power(x, 5).tolist() == [[8, 5], [5, 3]]
    assert linalg.trace(x).item() == 1
    assert linalg.diagonal(x, offset=1).tolist() == [1]


def test_norms_are_native():
    x = nd.asarray([[3.0, -4.0], [0.0, 12.0]], dtype="float64")
    norms = {2: 13.0, 1: 19.0, math.inf: 12.0, -math.inf: 0.0, 0: 3.0, 3: (27 + 64 + 1728) ** (1 / 3)}
    for order, norm in norms.items():
        assert linalg.vector_norm(x, ord=order).item() == pytest.approx(norm)
    assert [linalg.matrix_norm(x, ord=order).item() for order in ("fro", 1, -1, math.inf, -math.inf)] == [
        13,
        16,
        3,
        12,
        7,
    ]


CALLS = {
    "cholesky": linalg.cholesky,
    "det": linalg.det,
    "eigh": linalg.eigh,
    "eigvalsh": linalg.eigvalsh,
    "inv": linalg.inv,
    "matrix_norm": lambda x: linalg.matrix_norm(x, ord="nuc"),
    "matrix_power": lambda x: linalg.matrix_power(x, -1),
    "matrix_rank": linalg.matrix_rank,
    "pinv": linalg.pinv,
    "qr": linalg.qr,
    "slogdet": linalg.slogdet,
    "solve": lambda x: linalg.solve(x, x),
    "svd": linalg.svd,
    "svdvals": linalg.svdvals,
}


@pytest.mark.parametrize("name", CALLS)
def test_decompositions_say_what_to_install(name):
    text = rf'^linalg\.{name} runs in NumPy\'s LAPACK, and NumPy .*; write pip install "needle-ndarray\[numpy\]"$'
    with pytest.raises(nd.BackendUnavailable, match=text):
        CALLS[name](nd.eye(2))
