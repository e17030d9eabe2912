"""Products in every notation and linear algebra: NumPy is the oracle, and what defines a result must hold of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needle_autograd import Tensor, no_grad, ops
from needle_autograd.errors import LinAlgError, ShapeError
from needle_autograd.testing import check_gradient


@st.composite
def notations(draw):
    """Subscripts of one to four operands, and arrays for them: repeated labels, sizes of 1, dots, implicit results."""
    sizes = {label: draw(st.integers(1, 3)) for label in "abcde"}
    dotted = draw(st.lists(st.integers(1, 2), max_size=2))
    groups, arrays = [], []
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    for _ in range(draw(st.integers(1, 4))):
        labels = draw(st.lists(st.sampled_from("abcde"), max_size=3))
        narrow = draw(st.sampled_from([*labels, None]))
        once = [label for label in labels if labels.count(label) == 1]
        shape = [1 if label == narrow and label in once else sizes[label] for label in labels]
        group = "".join(labels)
        if draw(st.booleans()):
            position = draw(st.integers(0, len(labels)))
            rest = dotted[draw(st.integers(0, len(dotted))) :]
            shape[position:position] = rest
            group = f"{group[:position]}...{group[position:]}"
        groups.append(group)
        arrays.append(rng.integers(-3, 4, shape).astype(float))
    subscripts = ",".join(groups)
    if draw(st.booleans()):
        named = sorted(set("".join(groups)) - {"."})
        output = draw(st.permutations(named).flatmap(lambda order: st.integers(0, len(order)).map(lambda n: order[:n])))
        position = draw(st.integers(0, len(output)))
        dots = "..." if "." in subscripts else ""
        subscripts += "->" + "".join(output[:position]) + dots + "".join(output[position:])
    return subscripts, arrays


@settings(deadline=None)
@given(notations())
def test_einsum_is_that_of_numpy_and_linear_in_each_operand(case):
    subscripts, arrays = case
    expected = np.einsum(subscripts, *arrays)
    tensors = [Tensor(array) for array in arrays]
    out = ops.einsum(subscripts, *tensors)
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-12, atol=1e-9)
    weights = np.arange(1.0, out.size + 1).reshape(out.shape)
    out.backward(weights)
    total = (weights * expected).sum()
    for tensor, array in zip(tensors, arrays, strict=True):
        np.testing.assert_allclose((tensor.grad.numpy() * array).sum(), total, rtol=1e-9, atol=1e-6)


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 2)]),
        ("ii->i", [(3, 3)]),
        ("ii,i", [(2, 2), (2,)]),
        ("bij,bjk,bk->bi", [(2, 2, 3), (2, 3, 2), (2, 2)]),
        ("...ij,...j", [(2, 2, 3), (1, 3)]),
        ("i,j,k->kij", [(2,), (1,), (3,)]),
        ("ij->", [(2, 3)]),
    ],
)
def test_einsum_has_gradients_to_second_order(subscripts, shapes, backend):
    arrays = [np.linspace(-1.0, 1.5, int(np.prod(shape))).reshape(shape) for shape in shapes]
    check_gradient(lambda *tensors: ops.einsum(subscripts, *tensors), *arrays)


def test_einsum_multiplies_the_cheapest_pair_first():
    shapes = [(1000, 2), (2, 1000), (1000, 1)]
    a, b, c = (Tensor(np.ones(shape)) for shape in shapes)
    out = ops.einsum("ij,jk,kl->il", a, b, c)
    sizes, nodes = [], [out]
    while nodes:
        node = nodes.pop()
        sizes.append(node.size)
        nodes.extend(node.inputs)
    assert max(sizes) == 2000  # and not the million of a @ b


@pytest.mark.usefixtures("backend")
class TestOnEachBackend:
    @pytest.mark.parametrize(
        ("subscripts", "shapes", "error", "text"),
        [
            ("ij,jk", [(2, 3)], ValueError, "'ij,jk' names 2 operands and 1 are given"),
            ("i-j", [(2,)], ValueError, "'-' in 'i-j' is no label"),
            ("ij->ik", [(2, 3)], ValueError, "label 'k' of the result of 'ij->ik' is in no operand"),
            ("ij->ii", [(2, 3)], ValueError, "label 'i' of the result of 'ij->ii' is named twice"),
            ("...i->i", [(2, 3)], ValueError, "stands for 1 axes and the result has no"),
            ("ijk", [(2, 3)], ShapeError, "'ijk' of 'ijk' names 3 axes and operand 0 has 2"),
            ("i", [(2, 3)], ShapeError, "names 1 axes and operand 0 has 2; write '...'"),
            ("ii", [(2, 3)], ShapeError, "label 'i' has sizes 2 and 3 in operand 0; a diagonal needs equal ones"),
            ("ij,jk", [(2, 3), (2, 3)], ShapeError, "label 'j' has size 3 in operand 0 and 2 in operand 1"),
        ],
    )
    def test_einsum_says_what_does_not_fit(self, subscripts, shapes, error, text):
        with pytest.raises(error) as caught:
            ops.einsum(subscripts, *[Tensor(np.zeros(shape)) for shape in shapes])
        assert text in str(caught.value)

    def test_einsum_takes_arrays_and_sequences_of_operands(self):
        a, b = Tensor([[1.0, 2.0]]), np.array([[3.0], [4.0]], "float32")
        assert ops.einsum("ij,jk", a, b).item() == ops.einsum("ij,jk", [a, b]).item() == 11.0

    def test_products_of_all_kinds_are_those_of_numpy(self):
        rng = np.random.default_rng(0)
        for left, right in [((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 4)), ((2, 2, 3), (4, 3, 2)), ((), (2, 3))]:
            a, b = rng.normal(size=left), rng.normal(size=right)
            np.testing.assert_allclose(ops.dot(Tensor(a), Tensor(b)).numpy(), np.dot(a, b), rtol=1e-12)
        a, b = rng.normal(size=(2, 3)), rng.normal(size=(4, 3))
        np.testing.assert_allclose(ops.inner(Tensor(a), Tensor(b)).numpy(), np.inner(a, b), rtol=1e-12)
        np.testing.assert_allclose(ops.outer(Tensor(a), Tensor(b)).numpy(), np.outer(a, b), rtol=1e-12)
        np.testing.assert_allclose(ops.vdot(Tensor(a), Tensor(a)).numpy(), np.vdot(a, a), rtol=1e-12)
        c, d = rng.normal(size=(2, 3, 4)), rng.normal(size=(4, 3, 5))
        for axes in (0, ((1, 2), (1, 0)), ((-1,), (0,)), (1, 1)):
            out = ops.tensordot(Tensor(c), Tensor(d), axes)
            np.testing.assert_allclose(out.numpy(), np.tensordot(c, d, axes), rtol=1e-12, atol=1e-12)
        check_gradient(lambda x, y: ops.tensordot(x, y, ((1, 2), (1, 0))), c, d)

    def test_products_say_which_axes_do_not_fit(self):
        a, b = Tensor(np.zeros((2, 3))), Tensor(np.zeros((4, 3)))
        with pytest.raises(ShapeError, match=r"tensordot: axes \(1,\) of shape \(2, 3\) and \(0,\) of shape \(4, 3\)"):
            ops.tensordot(a, b, 1)
        with pytest.raises(ShapeError, match=r"tensordot: 3 axes of shapes"):
            ops.tensordot(a, b, 3)
        with pytest.raises(ShapeError, match=r"vecdot: axis -2 of shapes .* has sizes 2 and 4; expected equal sizes"):
            ops.vecdot(a, b, -2)
        with pytest.raises(ShapeError, match=r"vecdot: shapes .* and axis 0; expected a negative axis"):
            ops.vecdot(a, b, 0)

    def test_solutions_solve_what_was_asked(self):
        rng = np.random.default_rng(0)
        a = rng.normal(size=(2, 3, 3)) + 4 * np.eye(3)
        for shape in [(3,), (3, 2), (2, 3, 1)]:
            b = rng.normal(size=shape)
            x = ops.solve(Tensor(a), Tensor(b))
            expected = np.stack([np.linalg.solve(m, b[i] if b.ndim == 3 else b) for i, m in enumerate(a)])
            np.testing.assert_allclose(x.numpy(), expected, rtol=1e-12)
            check_gradient(ops.solve, a, b)
        np.testing.assert_allclose((ops.inv(Tensor(a)) @ a).numpy(), np.broadcast_to(np.eye(3), a.shape), atol=1e-12)

    def test_factors_multiply_to_what_was_factored(self):
        a = np.array([[4.0, 2.0, 0.5], [2.0, 3.0, 1.0], [0.5, 1.0, 2.0]])
        lower, upper = ops.cholesky(Tensor(a)), ops.cholesky(Tensor(a), upper=True)
        np.testing.assert_allclose((lower @ lower.mT).numpy(), a, rtol=1e-14)
        np.testing.assert_array_equal(upper.numpy(), lower.numpy().T)
        x = Tensor(a)
        ops.cholesky(x).sum().backward()
        np.testing.assert_allclose(x.grad.numpy(), x.grad.numpy().T)

    def test_determinants_of_singular_matrices_have_the_cofactors_as_gradients(self):
        a = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.5, 1.0, -1.0]])
        x = Tensor(a)
        ops.det(x).backward()
        minors = np.array(
            [[np.linalg.det(np.delete(np.delete(a, i, 0), j, 1)) * (-1) ** (i + j) for j in range(3)] for i in range(3)]
        )
        np.testing.assert_allclose(x.grad.numpy(), minors, atol=1e-13)
        check_gradient(ops.det, np.zeros((3, 3)))
        check_gradient(ops.det, np.zeros((1, 1)))

    def test_large_singular_matrices_have_no_gradient_of_their_determinant(self):
        x = Tensor(np.zeros((20, 20)))
        with pytest.raises(LinAlgError, match=r"det: a matrix of shape \(20, 20\) is singular"):
            ops.det(x).backward()

    def test_logarithms_of_determinants_neither_overflow_nor_lose_their_gradient(self):
        a = 1e-3 * np.eye(200)
        x = Tensor(a)
        sign, logarithm = ops.slogdet(x)
        assert sign.item() == 1.0
        np.testing.assert_allclose(logarithm.item(), 200 * np.log(1e-3))
        logarithm.backward()
        np.testing.assert_allclose(x.grad.numpy(), 1e3 * np.eye(200))

    @pytest.mark.parametrize("n", [-2, 0, 1, 5])
    def test_powers_of_matrices_are_those_of_numpy(self, n):
        a = np.array([[2.0, 1.0], [0.5, 3.0]])
        np.testing.assert_allclose(ops.matrix_power(Tensor(a), n).numpy(), np.linalg.matrix_power(a, n), rtol=1e-12)

    def test_what_has_no_inverse_is_refused_by_name(self):
        x = Tensor(np.ones((2, 2)))
        for function, text in [
            (ops.inv, "inv: .*singular"),
            (lambda a: ops.solve(a, a), "solve: .*singular"),
            (lambda a: ops.cholesky(-a), "cholesky: .*not positive definite"),
        ]:
            with pytest.raises(LinAlgError, match=text):
                function(x)

    @pytest.mark.parametrize("name", ["inv", "det", "slogdet", "cholesky"])
    def test_matrices_that_are_not_square_are_refused(self, name):
        with pytest.raises(ShapeError, match=rf"{name}: shape \(2, 3\); expected square matrices"):
            getattr(ops, name)(Tensor(np.ones((2, 3))))

    def test_right_sides_that_do_not_fit_are_refused(self):
        with pytest.raises(ShapeError, match=r"solve: matrices of shape \(2, 2\) and right sides of shape \(3, 1\)"):
            ops.solve(Tensor(np.eye(2)), Tensor(np.ones(3)))

    def test_products_keep_float32(self):
        a = Tensor(np.eye(2, dtype="float32"))
        with no_grad():
            for out in (ops.inv(a), ops.det(a), ops.cholesky(a), ops.einsum("ij,ij", a, a), ops.slogdet(a)[1]):
                assert out.dtype == "float32"
