"""Sums of products in Einstein's notation are NumPy's."""

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import ShapeError

from .support import DTYPES, NUMERIC, in_layouts, numbers, same

LETTERS = "abcdefXY"


@st.composite
def sums(draw):
    """Subscripts with NumPy arrays: repeated labels, ellipses, sizes 0 and 1, outputs written and not."""
    sizes = {letter: draw(st.sampled_from([0, 1, 2, 2, 3, 3, 4])) for letter in LETTERS}
    further = draw(st.lists(st.integers(1, 3), max_size=2))
    groups, shapes = [], []
    for _ in range(draw(st.integers(1, 4))):
        labels = draw(st.lists(st.sampled_from(LETTERS), max_size=4))
        shape = [sizes[label] for label in labels]
        if len(set(labels)) == len(labels):  # in a diagonal all sizes are equal
            shape = [1 if draw(st.integers(0, 7)) == 0 else size for size in shape]
        if draw(st.integers(0, 3)) == 0:
            at = draw(st.integers(0, len(labels)))
            dots = further[draw(st.integers(0, len(further))) :]
            shape[at:at] = [1 if draw(st.integers(0, 3)) == 0 else size for size in dots]
            labels[at:at] = ["..."]
        groups.append("".join(labels))
        shapes.append(tuple(shape))
    subscripts = draw(st.sampled_from([",", ", "])).join(groups)
    if draw(st.booleans()):
        used = sorted(set(subscripts) - set(",. "))
        output = draw(st.permutations(used))[: draw(st.integers(0, len(used)))]
        if "..." in subscripts:
            output.insert(draw(st.integers(0, len(output))), "...")
        subscripts += "->" + "".join(output)
    return subscripts, shapes


@given(sums(), st.sampled_from(["int64", "float64", "int8", "uint16"]), st.booleans(), st.data())
def test_random_sums_are_numpys(drawn, dtype, optimize, data):
    subscripts, shapes = drawn
    values = [numbers(dtype, shape, seed=i, low=-3, high=4) for i, shape in enumerate(shapes)]
    expected = np.einsum(subscripts, *values, optimize=False)
    for _ in range(2):
        turned = []
        for array in values:
            axes = data.draw(st.permutations(range(array.ndim)))
            turned.append(nd.asarray(array.transpose(axes).copy()).permute(np.argsort(axes).tolist()))
        same(nd.einsum(subscripts, *turned, optimize=optimize), expected)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", [(5, 4), (4, 3)]),
        ("ij,kj->ki", [(5, 4), (3, 4)]),
        ("ij,jk->ik", [(5, 1), (4, 3)]),
        ("ij,jk->ik", [(5, 4), (1, 3)]),
        ("ij,ij->ij", [(1, 4), (3, 1)]),
        ("bij,bjk->bik", [(2, 5, 4), (2, 4, 3)]),
        ("bhqd,bhkd->bhqk", [(2, 3, 4, 5), (2, 3, 6, 5)]),
        ("ijkl,klm->mij", [(2, 3, 4, 5), (4, 5, 6)]),
        ("i,i->", [(7,), (7,)]),
        ("bi,bi->b", [(3, 7), (3, 7)]),
        ("bi,ib->b", [(3, 7), (7, 3)]),
        ("bi,bi->b", [(3, 1), (3, 7)]),
        ("bi,bi->b", [(1, 7), (3, 7)]),
        ("cbi,ibc->bc", [(2, 3, 7), (7, 3, 2)]),
        ("i,j->ij", [(3,), (4,)]),
        ("ii->i", [(4, 4)]),
        ("ii", [(4, 4)]),
        ("iij->j", [(3, 3, 4)]),
        ("ij->", [(3, 4)]),
        ("ij->ji", [(3, 4)]),
        ("i...->...", [(3, 2, 4)]),
        ("ab,bc,cd,da->", [(2, 3), (3, 4), (4, 5), (5, 2)]),
        (",ij,->ij", [(), (2, 3), ()]),
    ],
)
def test_usual_sums_are_numpys_in_every_layout_and_dtype(dtype, subscripts, shapes):
    values = [numbers(dtype, shape, seed=i, low=0, high=3) for i, shape in enumerate(shapes)]
    expected = np.einsum(subscripts, *values)
    for layouts in zip(*map(in_layouts, values), strict=False):
        same(nd.einsum(subscripts, *(nd.asarray(array) for _, array in layouts)), expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_floats_are_added_in_float32(dtype):
    x = nd.ones((1, 5000), dtype=dtype)
    assert nd.einsum("ij->", x).dtype == dtype
    assert nd.einsum("ij->", x).item() == nd.asarray(5000.0).astype(dtype).item()
    assert nd.einsum("ij,kj->ik", x, x).item() == nd.asarray(5000.0).astype(dtype).item()


def test_bool_asks_whether_any_product_is_true():
    x = nd.ones((1, 256), dtype="bool")
    assert nd.einsum("ij,ij->i", x, x).tolist() == [True]
    assert nd.einsum("ij->", nd.zeros((2, 2), dtype="bool")).item() is False


def test_dtypes_promote_and_python_numbers_are_weak():
    assert nd.einsum("i,i->", nd.ones(2, dtype="int8"), nd.ones(2, dtype="uint8")).dtype == "int16"
    assert nd.einsum(",i->i", 2.0, nd.ones(2, dtype="float64")).dtype == "float64"
    assert nd.einsum(",i->i", 2, nd.ones(2, dtype="int8")).dtype == "int8"
    assert nd.einsum(",", 2, 3).item() == 6


def test_one_operand_without_a_sum_gives_a_view():
    x = nd.zeros((3, 3))
    nd.einsum("ii->i", x)[...] = 1
    assert x.tolist() == np.eye(3).tolist()
    assert np.shares_memory(nd.einsum("ij->ji", x).numpy(), x.numpy())


def test_without_optimizing_products_go_from_left_to_right():
    factors = [nd.asarray([number]) for number in (1e30, 1.0, 1e30, 1e-30)]  # of the last two alone the product is 1
    assert nd.einsum("i,i,i,i->i", *factors, optimize=False).tolist() == [float("inf")]


def test_chains_are_multiplied_in_a_cheap_order():
    # From left to right this takes a matrix of 30,000 x 30,000.
    u, v = nd.ones((30_000, 1)), nd.ones((1, 30_000))
    assert nd.einsum("ij,jk,kl->il", u, v, u).shape == (30_000, 1)
    many = [nd.ones((2, 2), dtype="float64") for _ in range(26)]
    letters = "abcdefghijklmnopqrstuvwxyzA"
    subscripts = ",".join(letters[i : i + 2] for i in range(26)) + "->aA"
    assert nd.einsum(subscripts, *many).tolist() == [[2.0**25] * 2] * 2


@pytest.mark.parametrize(
    ("subscripts", "shapes", "error", "text"),
    [
        ("ij,jk", [(2, 3)], ValueError, "'ij,jk' names 2 operands, but 1 are given"),
        ("ij,jk", [(2, 3), (4, 5)], ShapeError, "label 'j' has size 3 in operand 0 and 4 in operand 1"),
        ("ijk,jk", [(2, 3), (4, 5)], ShapeError, r"'ijk' names 3 axes, but operand 0 has shape \(2, 3\)$"),
        ("i", [(2, 3)], ShapeError, r"'i' names 1 axes, but operand 0 has shape \(2, 3\); write '...' for axes"),
        ("ii", [(2, 3)], ShapeError, "label 'i' has sizes 2 and 3 in operand 0"),
        ("i->ii", [(2,)], ValueError, "the output of 'i->ii' names label 'i' twice"),
        ("i->j", [(2,)], ValueError, "label 'j' of the output of 'i->j' is in no operand"),
        ("i->1", [(2,)], ValueError, "'1' in 'i->1' is no label; expected letters"),
        ("i-j", [(2,)], ValueError, "'-' in 'i-j' is no label"),
        ("...i...", [(2,)], ValueError, "'.' in '...i...' is no label; expected letters, ',', '->' and one '...'"),
        ("..i", [(2,)], ValueError, "'.' in '..i' is no label"),
        ("é", [(2,)], ValueError, "'é' in 'é' is no label"),
        ("i->i->i", [(2,)], ValueError, "'-' in 'i->i->i' is no label"),
        (
            "...i->i",
            [(2, 3)],
            ValueError,
            "the output of '...i->i' has no '...', but that of the operands stands for 1",
        ),
        ("...,...", [(2,), (3,)], ShapeError, "axis -1 of '...' has size 2 in operand 0 and 3 in operand 1"),
        ("", [], ValueError, "'' names 1 operands, but 0 are given"),
    ],
)
def test_what_cannot_be_read_is_named(subscripts, shapes, error, text):
    with pytest.raises(error, match=text.replace("(2, 3)", "(2, 3)")):
        nd.einsum(subscripts, *map(nd.ones, shapes))


def test_subscripts_that_are_no_text_are_refused():
    with pytest.raises(TypeError, match="the subscripts must be a str such as 'ij,jk->ik'"):
        nd.einsum(nd.ones((2, 2)), [0, 1])


@pytest.mark.parametrize("dtype", NUMERIC)
def test_read_only_and_broadcast_operands(dtype):
    values = numbers(dtype, (4, 3), low=0, high=3)
    values.flags.writeable = False
    x, y = nd.asarray(values), nd.broadcast_to(nd.asarray(2, dtype=dtype), (3, 5))
    same(nd.einsum("ij,jk->ik", x, y), values @ np.broadcast_to(np.asarray(2, dtype), (3, 5)))
