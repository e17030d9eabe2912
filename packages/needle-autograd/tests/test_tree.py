"""Nested containers of tensors: apart, together again, several at once, and joined in one flat tensor."""

from collections import OrderedDict, defaultdict, namedtuple

import array_api_strict
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_autograd import DTypeError, ShapeError, StructureError, Tensor, ops, testing, tree

pytestmark = pytest.mark.usefixtures("backend")

Layer = namedtuple("Layer", ["weight", "bias"])

keys = st.one_of(st.text(max_size=3), st.integers(-3, 3))
trees = st.recursive(
    st.one_of(st.none(), st.integers(), st.floats(allow_nan=False)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(keys, inner, max_size=4),
        st.dictionaries(keys, inner, max_size=4).map(OrderedDict),
        st.tuples(inner, inner).map(lambda pair: Layer(*pair)),
    ),
    max_leaves=12,
)


def at(root, path):
    return eval(f"root{path}", {"root": root})


class TestStructure:
    @given(trees)
    def test_a_tree_taken_apart_and_put_together_is_the_same(self, value):
        leaves, structure = tree.flatten(value)
        again = tree.unflatten(structure, leaves)
        assert again == value
        assert type(again) is type(value)
        assert tree.structure(again) == structure
        assert hash(tree.structure(again)) == hash(structure)

    @given(trees)
    def test_paths_lead_to_the_leaves_in_their_order(self, value):
        assert [at(value, path) for path in tree.paths(value)] == tree.leaves(value)

    @given(trees)
    def test_mapping_the_identity_changes_nothing(self, value):
        assert tree.map(lambda leaf: leaf, value) == value
        assert tree.map(lambda a, b: (a, b), value, value) == tree.map(lambda a: (a, a), value)

    def test_none_is_no_leaf_and_stays_where_it_is(self):
        assert tree.leaves({"a": None, "b": [1, None]}) == [1]
        assert tree.map(lambda n: n + 1, {"a": None, "b": [1, None]}) == {"a": None, "b": [2, None]}

    def test_dicts_match_by_their_keys_and_not_their_order(self):
        assert tree.map(lambda a, b: a - b, {"x": 10, "y": 20}, {"y": 2, "x": 1}) == {"x": 9, "y": 18}
        assert tree.structure({"x": 1, "y": (2,)}) == tree.structure({"y": (0,), "x": 0})
        assert tree.structure({"x": 1, "y": (2,)}) != tree.structure({"y": 0, "x": (0,)})

    def test_kinds_of_containers_are_told_apart(self):
        assert tree.structure([1, 2]) != tree.structure((1, 2))
        assert tree.structure(Layer(1, 2)) != tree.structure((1, 2))
        assert tree.structure([1]) != [1]

    def test_subclasses_come_back_as_what_they_derive_from(self):
        counts = defaultdict(int, a=1)
        assert tree.map(lambda n: n + 1, counts) == {"a": 2}
        assert type(tree.map(lambda n: n, counts)) is dict

    def test_a_tuple_of_tensors_counts_as_a_tuple(self):
        parts = ops.split(Tensor([1.0, 2.0]), 0)
        assert [leaf.item() for leaf in tree.leaves({"parts": parts})] == [1, 2]
        assert type(tree.map(lambda t: t, parts)) is tuple

    def test_the_text_of_a_structure_shows_where_leaves_are(self):
        shape = tree.structure({"layers": [Layer(1, None)], "scale": (2,)})
        assert repr(shape) == "Structure({'layers': [Layer(weight=*, bias=None)], 'scale': (*,)})"


class TestRefusals:
    @pytest.mark.parametrize(
        ("other", "message"),
        [
            ({"a": [1, (2,)], "b": 3, "c": 4}, "trees differ at tree 1: .* it also has 'c'"),
            ({"a": [1, (2,)]}, "trees differ at tree 1: expected a dict of 2, found a dict of 1: it lacks 'b'"),
            ({"a": [1, (2, 5)], "b": 3}, r"at tree 1\['a'\]\[1\]: expected a tuple of 1, found a tuple of 2"),
            ({"a": [1, 2], "b": 3}, r"at tree 1\['a'\]\[1\]: expected a tuple of 1, found a leaf \(int\)"),
            ({"a": (1, (2,)), "b": 3}, r"at tree 1\['a'\]: expected a list of 2, found a tuple of 2"),
            ({"a": None, "b": 3}, r"at tree 1\['a'\]: expected a list of 2, found None"),
        ],
    )
    def test_structures_that_differ_are_named_by_the_place(self, other, message):
        with pytest.raises(StructureError, match=message):
            tree.map(lambda a, b: a, {"a": [1, (2,)], "b": 3}, other)

    def test_the_fields_of_named_tuples_are_part_of_the_place(self):
        with pytest.raises(StructureError, match=r"at tree 2\.bias: expected a tuple of 1, found a leaf"):
            tree.map(lambda *a: a, Layer(1, (2,)), Layer(1, (2,)), Layer(1, 2))

    def test_a_wrong_number_of_leaves(self):
        with pytest.raises(StructureError, match="a tree of 2 leaves was given 3"):
            tree.unflatten(tree.structure((0, 0)), [1, 2, 3])


class TestRavel:
    def params(self, dtype="float64"):
        rng = np.random.default_rng(0)
        return {
            "layers": [
                Layer(Tensor(rng.normal(size=(2, 3)).astype(dtype)), None),
                Layer(Tensor(rng.normal(size=3)), 2),
            ],
            "empty": Tensor(np.zeros((0, 4))),
            "scale": np.float64(3.0),
        }

    def test_the_flat_tensor_holds_the_elements_one_behind_the_other(self):
        params = {"w": Tensor(np.arange(6.0).reshape(2, 3)), "b": Tensor(np.float64(9))}
        flat, unravel = tree.ravel(params)
        np.testing.assert_array_equal(flat.numpy(), [0, 1, 2, 3, 4, 5, 9])
        back = unravel(flat.numpy() * 2)
        np.testing.assert_array_equal(back["w"].numpy(), 2 * params["w"].numpy())
        assert back["b"].shape == ()

    def test_there_and_back_keeps_shapes_values_and_dtypes(self):
        params = {"a": Tensor([[1.5, 2.5]], dtype="float32"), "b": [Tensor([3.0], dtype="float64"), None]}
        flat, unravel = tree.ravel(params)
        assert flat.dtype == "float64"
        for vector in (flat, flat.numpy(), flat.numpy().tolist()):
            back = unravel(vector)
            assert back["b"][1] is None
            assert (back["a"].dtype, back["b"][0].dtype) == ("float32", "float64")
            np.testing.assert_array_equal(back["a"].numpy(), [[1.5, 2.5]])

    def test_lists_and_arrays_of_other_libraries_keep_their_digits_and_take_the_library_of_the_leaves(self):
        third = 1 / 3
        for leaf in (Tensor(np.array([third])), Tensor(array_api_strict.asarray([third]))):
            _, unravel = tree.ravel([leaf])
            for vector in ([third], np.array([third]), array_api_strict.asarray([third])):
                (back,) = unravel(vector)
                assert type(back.cached_data) is type(leaf.cached_data)
                assert back.item() == third

    def test_integers_join_integers(self):
        flat, unravel = tree.ravel((Tensor([1], dtype="uint8"), Tensor([-2], dtype="int16")))
        np.testing.assert_array_equal(flat.numpy(), [1, -2])
        assert [leaf.dtype for leaf in unravel(flat)] == ["uint8", "int16"]

    def test_gradients_go_through_in_both_directions(self):
        def through(a, b):
            flat, unravel = tree.ravel({"a": a, "b": (b,)})
            back = unravel(flat * flat)
            return back["a"].sum() * back["b"][0] + back["a"] * 3

        testing.check_gradient(through, np.array([[1.0, 2.0], [0.5, -1.0]]), np.array(0.7))

    def test_gradients_have_the_dtype_of_the_leaves(self):
        a, b = Tensor([1.0], dtype="float32"), Tensor([2.0], dtype="float64")
        flat, unravel = tree.ravel([a, b])
        back = unravel(flat * 3)
        (back[0].sum().astype("float64") + back[1].sum()).backward()
        assert (a.grad.dtype, b.grad.dtype) == ("float32", "float64")
        assert (a.grad.item(), b.grad.item()) == (3, 3)

    def test_no_leaves(self):
        flat, unravel = tree.ravel({"a": None, "b": ()})
        assert flat.shape == (0,)
        assert unravel(flat) == {"a": None, "b": ()}

    def test_kinds_that_no_dtype_holds_are_named_by_their_places(self):
        with pytest.raises(DTypeError, match=r"the leaf \['w'\] of float32 and the leaf \['n'\]\[0\] of int64"):
            tree.ravel({"w": Tensor([1.0]), "n": [Tensor([1])]})
        with pytest.raises(DTypeError, match=r"leaf \[0\] of uint8 and the leaf \[1\] of float32"):
            tree.ravel([Tensor([1], dtype="uint8"), Tensor([1.0])])
        with pytest.raises(DTypeError, match="int64"):
            tree.ravel([Tensor([1], dtype="uint64"), Tensor([1], dtype="int64")])

    def test_a_vector_of_another_length_is_refused(self):
        _, unravel = tree.ravel([Tensor([1.0, 2.0])])
        with pytest.raises(ShapeError, match=r"given a tensor of shape \(3,\); expected \(2,\)"):
            unravel(Tensor([1.0, 2.0, 3.0]))

    def test_floats_are_not_cut_to_integers(self):
        _, unravel = tree.ravel([Tensor([1, 2])])
        with pytest.raises(DTypeError, match=r"given float32, and the leaf \[0\] is int64; round first"):
            unravel(Tensor([1.5, 2.0]))
