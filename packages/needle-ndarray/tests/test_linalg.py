"""The decompositions, solvers and norms of linalg against numpy.linalg; results that are unique only up to signs
against what they must multiply to.
"""

import gc
import itertools
import math

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import linalg

from .support import DTYPES, FLOATS, fractions, in_layouts, same

EPSILON = {"float32": 1e-5, "float64": 1e-13}
MATRICES = [
    (1, 1),
    (3, 3),
    (5, 3),
    (3, 5),
    (7, 1),
    (2, 4, 4),
    (2, 3, 5, 2),
    (0, 3),
    (3, 0),
    (0, 0),
    (0, 2, 2),
    (2, 0, 4),
]
SQUARE = [(1, 1), (2, 2), (6, 6), (3, 4, 4), (2, 3, 2, 2), (0, 0), (0, 3, 3), (2, 0, 0)]


def regular(dtype, shape, seed=0):
    """Well-conditioned square matrices."""
    return fractions(dtype, shape, seed) + (3 * shape[-1] ** 0.5 * np.eye(shape[-1])).astype(dtype)


def symmetric(dtype, shape):
    x = fractions(dtype, shape)
    return x + np.swapaxes(x, -1, -2)


def positive(dtype, shape):
    x = fractions(dtype, shape)
    return x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1], dtype=dtype)


def forms(values):
    """A NumPy array as needle arrays of every layout, read-only and broadcast."""
    for _, layout in in_layouts(values):
        yield nd.asarray(layout)
    frozen = values.copy()
    frozen.flags.writeable = False
    yield nd.asarray(frozen)
    yield nd.broadcast_to(nd.asarray(values.copy()), (2, *values.shape))[1]


def near(actual, expected, scale=1.0):
    """Asserts equality of dtype, shape and, to rounding, elements."""
    tolerance = EPSILON[np.asarray(expected).dtype.name] * scale
    same(actual, expected, rtol=tolerance, atol=tolerance)


def orthonormal(columns):
    """Asserts that the columns of each matrix are orthonormal."""
    x = np.asarray(columns)
    tolerance = 10 * EPSILON[x.dtype.name]
    products = np.swapaxes(x, -1, -2) @ x
    np.testing.assert_allclose(products, np.broadcast_to(np.eye(x.shape[-1]), products.shape), atol=tolerance)


# ---- One operand, a unique result

UNIQUE = {
    "det": (regular, np.linalg.det, linalg.det),
    "inv": (regular, np.linalg.inv, linalg.inv),
    "cholesky": (positive, np.linalg.cholesky, linalg.cholesky),
    "cholesky upper": (
        positive,
        lambda x: np.linalg.cholesky(x, upper=True),
        lambda x: linalg.cholesky(x, upper=True),
    ),
    "eigvalsh": (symmetric, np.linalg.eigvalsh, linalg.eigvalsh),
    "eigh": (symmetric, lambda x: np.linalg.eigh(x)[0], lambda x: linalg.eigh(x).eigenvalues),
    "slogdet sign": (regular, lambda x: np.linalg.slogdet(x)[0], lambda x: linalg.slogdet(x).sign),
    "slogdet": (regular, lambda x: np.linalg.slogdet(x)[1], lambda x: linalg.slogdet(x).logabsdet),
}


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SQUARE)
@pytest.mark.parametrize("name", UNIQUE)
def test_functions_of_square_matrices(name, shape, dtype):
    make, expected, actual = UNIQUE[name]
    values = make(dtype, shape)
    for x in forms(values):
        near(actual(x), expected(values), 100)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", SQUARE)
def test_eigenvectors_multiply_to_the_matrix(shape, dtype):
    values = symmetric(dtype, shape)
    for x in forms(values):
        result = linalg.eigh(x)
        assert result._fields == ("eigenvalues", "eigenvectors")
        w, q = result
        orthonormal(q)
        near((q * nd.expand_dims(w, axis=-2)) @ nd.matrix_transpose(q), values, 100)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("mode", ["reduced", "complete"])
@pytest.mark.parametrize("shape", MATRICES)
def test_q_times_r_is_the_matrix(shape, mode, dtype):
    values = fractions(dtype, shape)
    expected = np.linalg.qr(values, mode=mode)
    for x in forms(values):
        result = linalg.qr(x, mode=mode)
        assert result._fields == ("Q", "R")
        assert (result.Q.shape, result.R.shape) == (expected.Q.shape, expected.R.shape)
        orthonormal(result.Q)
        np.testing.assert_array_equal(np.asarray(result.R), np.triu(result.R))
        near(result.Q @ result.R, values, 10)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("shape", MATRICES)
def test_singular_values_and_vectors_multiply_to_the_matrix(shape, full, dtype):
    values = fractions(dtype, shape)
    expected = np.linalg.svd(values, full_matrices=full)
    for x in forms(values):
        result = linalg.svd(x, full_matrices=full)
        assert result._fields == ("U", "S", "Vh")
        assert [part.shape for part in result] == [part.shape for part in expected]
        near(result.S, expected.S, 10)
        near(linalg.svdvals(x), expected.S, 10)
        orthonormal(result.U)
        orthonormal(nd.matrix_transpose(result.Vh))
        k = min(shape[-2:])
        near((result.U[..., :k] * nd.expand_dims(result.S, axis=-2)) @ result.Vh[..., :k, :], values, 10)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("rtol", [None, 0.4, "array"])
@pytest.mark.parametrize("shape", MATRICES)
def test_pseudo_inverses_and_ranks(shape, rtol, dtype):
    values = fractions(dtype, shape)
    if min(shape[-2:]) > 1:
        values[..., -1] = values[..., 0]  # one rank less
    options = {} if rtol is None else {"rtol": np.full(shape[:-2], 0.4, dtype) if rtol == "array" else rtol}
    for x in forms(values):
        needle_options = {"rtol": nd.asarray(options["rtol"])} if rtol == "array" else options
        near(linalg.pinv(x, **needle_options), np.linalg.pinv(values, **options), 1000)
        expected = (
            np.linalg.matrix_rank(values, **options) if values.size and min(shape) else np.zeros(shape[:-2], "int64")
        )
        same(linalg.matrix_rank(x, **needle_options), expected)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("shape", [(2, 100), (100, 2)])
def test_what_counts_as_zero_depends_on_the_dtype_and_the_longer_axis(shape, dtype):
    for factor in (50, 200):  # as many spacings; the bound is 100
        values = np.zeros(shape, dtype)
        values[0, 0], values[1, 1] = 1, factor * np.finfo(dtype).eps
        x = nd.asarray(values)
        same(linalg.matrix_rank(x), np.linalg.matrix_rank(values))
        assert linalg.matrix_rank(x).item() == (1 if factor == 50 else 2)
        assert (linalg.pinv(x)[1, 1].item() > 0) == (factor == 200)


# ---- Two operands


@pytest.mark.parametrize("dtypes", list(itertools.product(FLOATS, FLOATS)))
@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((3, 3), (3,)),
        ((3, 3), (3, 1)),
        ((3, 3), (3, 5)),
        ((4, 3, 3), (3,)),
        ((4, 3, 3), (3, 2)),
        ((4, 3, 3), (4, 3)),  # the last two axes are a matrix
        ((3, 3), (5, 3, 2)),
        ((2, 1, 3, 3), (5, 3, 2)),
        ((1, 1), (1,)),
        ((0, 0), (0,)),
        ((0, 0), (0, 2)),
        ((3, 3), (3, 0)),
        ((0, 3, 3), (3, 2)),
        ((2, 2, 2), (2, 2)),
    ],
)
def test_solutions(left, right, dtypes):
    a, b = regular(dtypes[0], left), fractions(dtypes[1], right, seed=1)
    if len(right) == 2 and right[-2] != left[-1]:
        with pytest.raises(nd.ShapeError, match="do not fit"):
            linalg.solve(nd.asarray(a), nd.asarray(b))
        return
    for x, y in zip(forms(a), forms(b), strict=False):
        near(linalg.solve(x, y), np.linalg.solve(a, b), 10 if dtypes[0] == dtypes[1] else 1000)


# ---- Norms

ORDERS = [0, 1, 2, 3, -1, -2, 0.5, -0.5, 2.5, math.inf, -math.inf]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("order", ORDERS)
def test_vector_norms(order, dtype):
    values = fractions(dtype, (4, 3, 5))
    for axis, keepdims in itertools.product([None, 0, -1, (0, 2), (2, 1), (0, 1, 2), ()], [False, True]):
        moved = values
        if isinstance(axis, tuple):  # NumPy's own function wants one axis for what is no matrix norm
            rest = [i for i in range(3) if i not in axis]
            moved = values.transpose(*rest, *axis).reshape(*(values.shape[i] for i in rest), -1)
        expected = np.linalg.vector_norm(moved, axis=-1 if isinstance(axis, tuple) else axis, ord=order)
        if keepdims:
            folded = range(3) if axis is None else np.arange(3)[list(axis) if isinstance(axis, tuple) else [axis]]
            expected = np.reshape(expected, [1 if i in folded else size for i, size in enumerate(values.shape)])
        for x in forms(values):
            near(linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=order), expected, 10)


def test_norms_of_long_vectors():
    values = fractions("float64", (300, 400))
    for x in forms(values):
        near(linalg.vector_norm(x), np.linalg.norm(values))
        near(linalg.vector_norm(x, axis=0), np.linalg.norm(values, axis=0))
        near(linalg.vector_norm(x, axis=1), np.linalg.norm(values, axis=1))


def test_norms_of_special_values():
    x = nd.asarray([0.0, -math.inf, 3.0])
    assert [float(linalg.vector_norm(x, ord=order)) for order in (2, 1, math.inf, -math.inf, 0, -1)] == [
        *(math.inf, math.inf, math.inf, 0.0, 2.0, 0.0)
    ]
    assert math.isnan(linalg.vector_norm(nd.asarray([math.nan, 1.0])))


@pytest.mark.parametrize("order", [0, 1, 2, 3, 0.5, math.inf])
def test_the_norm_of_nothing_is_zero(order):
    assert linalg.vector_norm(nd.zeros((0,)), ord=order).tolist() == 0
    assert linalg.vector_norm(nd.zeros((2, 0)), axis=1, ord=order).tolist() == [0, 0]
    assert linalg.vector_norm(nd.zeros((2, 0)), axis=0, ord=order).tolist() == []
    assert linalg.vector_norm(nd.zeros((2, 0)), axis=(0, 1), ord=order, keepdims=True).tolist() == [[0]]


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("order", ["fro", None, "nuc", 1, -1, 2, -2, math.inf, -math.inf])
@pytest.mark.parametrize("shape", MATRICES)
def test_matrix_norms(shape, order, dtype):
    values = fractions(dtype, shape)
    for keepdims in (False, True):
        reference = {"ord": "fro" if order is None else order, "keepdims": keepdims}
        try:
            expected = np.linalg.matrix_norm(values, **reference)
        except ValueError:  # the smallest of nothing
            with pytest.raises(ValueError, match="empty"):
                linalg.matrix_norm(nd.asarray(values), ord=order, keepdims=keepdims)
            continue
        for x in forms(values):
            near(linalg.matrix_norm(x, ord=order, keepdims=keepdims), np.asarray(expected, dtype), 10)


# ---- Memory and refusals


@pytest.mark.parametrize("name", ["inv", "cholesky", "eigh", "svd", "qr"])
def test_results_are_writable_and_outlive_their_sources(name):
    x = nd.asarray(positive("float64", (40, 40)))
    results = getattr(linalg, name)(x)
    parts = list(results) if isinstance(results, tuple) else [results]
    before = [np.array(part) for part in parts]
    del x, results
    gc.collect()
    nd.zeros((40, 40), dtype="float64")
    for part, values in zip(parts, before, strict=True):
        np.testing.assert_array_equal(np.asarray(part), values)
        part[...] = 7.0
        assert part.tolist() == np.full(part.shape, 7.0).tolist()


def test_operands_are_not_changed():
    values = positive("float64", (3, 4, 4))
    x = nd.asarray(values.copy())
    for name in ("inv", "cholesky", "eigh", "svd", "qr", "det", "pinv", "matrix_rank"):
        getattr(linalg, name)(x)
    linalg.solve(x, x)
    np.testing.assert_array_equal(np.asarray(x), values)


SINGULAR = np.stack([np.eye(3), np.ones((3, 3)), np.zeros((3, 3))])[None]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: linalg.inv(x[0, 1]), r"^inv: the matrix of shape \(3, 3\) is singular; linalg.pinv gives"),
        (linalg.inv, r"^inv: matrix \(0, 1\) of the stack of shape \(1, 3, 3, 3\) is singular"),
        (lambda x: linalg.matrix_power(x, -2), r"^matrix_power: matrix \(0, 1\) of the stack"),
        (lambda x: linalg.solve(x, nd.ones(3, dtype="float64")), r"^solve: matrix \(0, 1\) of .* singular; .*pinv"),
        (linalg.cholesky, r"^cholesky: matrix \(0, 1\) .* is not positive definite; linalg.eigvalsh gives"),
        (lambda x: linalg.svd(x / 0.0), r"^svd: matrix \(0, 0\) .* has no decomposition that LAPACK finds; nd.isfin"),
        (lambda x: linalg.svdvals(x / 0.0), r"^svdvals: "),
        (lambda x: linalg.matrix_rank(x / 0.0), r"^matrix_rank: "),
        (lambda x: linalg.pinv(x / 0.0), r"^pinv: "),
        (lambda x: linalg.matrix_norm(x / 0.0, ord=2), r"^matrix_norm: "),
    ],
)
def test_matrices_without_a_result_are_named(call, text):
    with pytest.raises(linalg.LinAlgError, match=text) as caught:
        call(nd.asarray(SINGULAR.copy()))
    assert isinstance(caught.value, ValueError)


ONE_MATRIX = ["cholesky", "det", "eigh", "eigvalsh", "inv", "slogdet"]
ANY_MATRIX = ["matrix_norm", "matrix_rank", "pinv", "qr", "svd", "svdvals"]


@pytest.mark.parametrize("name", ONE_MATRIX + ANY_MATRIX)
def test_shapes_are_checked(name):
    function = getattr(linalg, name)
    for shape in ((), (3,)):
        with pytest.raises(nd.ShapeError, match=rf"^{name}: expected a matrix or a stack of them, \(\.\.\., M, N\)"):
            function(nd.ones(shape))
    if name in ONE_MATRIX:
        with pytest.raises(nd.ShapeError, match=r"expected square matrices, \(\.\.\., M, M\), but .* \(4, 2, 3\)"):
            function(nd.ones((4, 2, 3)))


@pytest.mark.parametrize("name", [*ONE_MATRIX, *ANY_MATRIX, "vector_norm"])
@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype not in FLOATS])
def test_dtypes_are_checked(name, dtype):
    with pytest.raises(
        nd.DTypeError, match=rf"{name}: expected float32 or float64, but the dtype is {dtype}; write x.as"
    ):
        getattr(linalg, name)(nd.ones((2, 2), dtype=dtype))


@pytest.mark.parametrize(
    ("error", "text", "call"),
    [
        (
            nd.ShapeError,
            r"shapes \(3, 3\) and \(2,\) do not fit; expected for x2 \(3,\) or \(\.\.\., 3, K\)",
            ((3, 3), (2,)),
        ),
        (nd.ShapeError, r"shapes \(3, 3\) and \(\) do not fit", ((3, 3), ())),
        (nd.ShapeError, r"axes before the last two do not broadcast", ((2, 3, 3), (4, 3, 1))),
    ],
)
def test_systems_that_do_not_fit_are_refused(error, text, call):
    with pytest.raises(error, match=text):
        linalg.solve(*(nd.ones(shape) for shape in call))


def test_options_are_checked():
    x = nd.ones((2, 2))
    with pytest.raises(ValueError, match='qr: mode must be "reduced" or "complete", not \'r\''):
        linalg.qr(x, mode="r")
    with pytest.raises(ValueError, match='matrix_norm: ord must be "fro", "nuc", 1, -1, 2, -2, inf or -inf, not 3'):
        linalg.matrix_norm(x, ord=3)
    with pytest.raises(ValueError, match="vector_norm: ord must be a number, or inf or -inf, not 'fro'"):
        linalg.vector_norm(x, ord="fro")


@pytest.mark.parametrize(("name", "instead"), [("eig", "eigh"), ("eigvals", "eigvalsh")])
def test_complex_results_are_refused(name, instead):
    with pytest.raises(
        nd.DTypeError, match=rf"no complex dtypes here; write {instead}\(x\) for symmetric matrices, or nu"
    ):
        getattr(linalg, name)(nd.eye(2))


# ---- Properties


@given(st.integers(1, 8), st.integers(1, 4), st.integers(0, 5), st.sampled_from(FLOATS))
def test_solve_undoes_matmul(size, stack, columns, dtype):
    a, y = regular(dtype, (stack, size, size)), fractions(dtype, (stack, size, columns), seed=1)
    x = nd.asarray(a)
    near(linalg.solve(x, x @ nd.asarray(y)), y, 100)
    near(linalg.inv(x) @ x @ nd.asarray(y), y, 100)
    sign, logabsdet = linalg.slogdet(x)
    near(sign * nd.exp(logabsdet), np.asarray(linalg.det(x)), 100)
