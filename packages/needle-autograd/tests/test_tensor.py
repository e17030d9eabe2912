"""Tensors: what they are made of, how they show, and how operators treat their operands."""

import copy
import gc
import operator
import pickle
import weakref
from contextlib import nullcontext

import array_api_strict
import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import DeviceError, DTypeError, ShapeError, Tensor, TensorTuple, cpu, lazy, no_grad, ops
from needle_autograd.switches import switches

pytestmark = pytest.mark.usefixtures("backend")


class TestConstruction:
    @pytest.mark.parametrize(
        ("source", "dtype"),
        [
            (1.5, "float32"),
            ([1, 2.5], "float32"),
            ([[1.0], [2.0]], "float32"),
            ((), "float32"),
            (3, "int64"),
            ([1, 2], "int64"),
            (True, "bool"),
            (np.float64(1), "float64"),
            (np.ones(2), "float64"),
            ([np.float64(1), np.float64(2)], "float64"),
            (np.ones(2, "uint8"), "uint8"),
        ],
    )
    def test_dtypes_follow_the_source(self, source, dtype):
        x = Tensor(source)
        assert x.dtype == dtype
        np.testing.assert_array_equal(x.numpy(), np.asarray(source, dtype))

    def test_a_dtype_can_be_given_by_name_or_type(self):
        assert Tensor([1, 2], dtype="float64").dtype == "float64"
        assert Tensor([1.5], dtype=np.float64).dtype == "float64"
        assert Tensor([1.5], dtype=np.dtype("int8")).dtype == "int8"
        assert [Tensor([1], dtype=kind).dtype for kind in (float, int, bool)] == ["float32", "int64", "bool"]

    def test_floating_point_requires_gradients_and_integers_only_if_asked(self):
        assert Tensor([1.0]).requires_grad
        assert not Tensor([1.0], requires_grad=False).requires_grad
        assert not Tensor([1]).requires_grad
        assert not Tensor([True]).requires_grad
        assert Tensor([1], requires_grad=True).requires_grad

    def test_the_byte_order_becomes_the_machine_s(self):
        for order in "<>":
            x = Tensor(np.array([1.5, 2.0], f"{order}f4"))
            assert x.dtype == "float32"
            np.testing.assert_array_equal((x + 1).numpy(), [2.5, 3])

    @pytest.mark.parametrize(("source", "dtype"), [(300, "uint8"), ([-1], "uint8"), ([[2**31]], "int32")])
    def test_integers_that_a_dtype_does_not_hold_are_refused(self, source, dtype):
        with pytest.raises(OverflowError, match=rf"{np.max(source)} .*{dtype}"):
            Tensor(source, dtype=dtype)

    def test_an_array_is_copied(self):
        source = np.ones(2, "float32")
        x = Tensor(source)
        source[0] = 5
        np.testing.assert_array_equal(x.numpy(), [1, 1])

    def test_a_tensor_shares_its_array_if_dtype_and_device_match(self):
        x = Tensor([1.0, 2.0])
        assert Tensor(x).cached_data is x.cached_data
        assert Tensor(x, dtype="float32", device=cpu()).cached_data is x.cached_data
        other = Tensor(x, dtype="float64")
        assert other.dtype == "float64"
        assert other.is_leaf()

    def test_unknown_keywords_are_ignored(self):
        assert Tensor([1.0], name="x").shape == (1,)

    def test_a_strict_array_of_another_library_stays_what_it_is(self):
        x = Tensor(array_api_strict.asarray([1.0, 2.0]))
        y = (x * x + 1).sum()
        y.backward()
        assert isinstance(y.cached_data, type(array_api_strict.asarray(0)))
        assert isinstance(x.grad.cached_data, type(array_api_strict.asarray(0)))
        np.testing.assert_array_equal(x.grad.numpy(), [2, 4])

    def test_tensors_in_a_list_are_read_as_numbers(self):
        np.testing.assert_array_equal(Tensor([Tensor(1.0), Tensor(2.0)]).numpy(), [1, 2])

    @pytest.mark.parametrize("source", ["text", None, [None], {"a": 1}, object()])
    def test_what_holds_no_numbers_is_refused(self, source):
        with pytest.raises(DTypeError, match="a tensor holds numbers; got"):
            Tensor(source)

    def test_uneven_lists_are_refused(self):
        with pytest.raises(ShapeError, match="nested lists of uneven lengths"):
            Tensor([[1.0, 2.0], [3.0]])

    @pytest.mark.parametrize("dtype", ["float31", "object", complex, np.complex64])
    def test_an_unknown_dtype_is_refused_with_the_list_of_those_there_are(self, dtype):
        with pytest.raises(DTypeError, match=r"unknown dtype .*; the dtypes are bool, int8, .*, float64"):
            Tensor([1.0], dtype=dtype)

    def test_complex_arrays_are_refused(self):
        with pytest.raises(DTypeError, match="complex128"):
            Tensor(np.ones(2, complex))

    def test_a_device_that_is_none_is_refused(self):
        with pytest.raises(TypeError, match="device"):
            Tensor([1.0], device="cpu")

    def test_a_tuple_of_tensors_is_no_tensor(self):
        with pytest.raises(TypeError, match="stack"):
            Tensor(ops.make_tuple(Tensor(1.0), Tensor(2.0)))


def test_numpy_arrays_are_on_the_cpu_only(monkeypatch):
    monkeypatch.setattr("needle_autograd.backends.selection._current", "np")
    with pytest.raises(DeviceError, match="NumPy arrays live on cpu"):
        Tensor([1.0], device=ag.cuda())


class TestSwitches:
    def test_python_floats_can_stay_float64_on_numpy(self, monkeypatch, backend):
        monkeypatch.setattr(switches, "keep_python_floats", True)
        assert Tensor([1.0]).dtype == ("float64" if backend == "np" else "float32")

    def test_float64_given_with_a_device_can_become_float32(self, monkeypatch):
        monkeypatch.setattr(switches, "narrow_on_device", True)
        assert Tensor(np.ones(2), device=cpu()).dtype == "float32"
        assert Tensor(np.ones(2)).dtype == "float64"
        assert Tensor(np.ones(2), device=cpu(), dtype="float64").dtype == "float64"

    def test_integers_can_require_gradients(self, monkeypatch):
        monkeypatch.setattr(switches, "integer_gradients", True)
        assert Tensor([1]).requires_grad

    def test_every_tensor_can_be_true(self, monkeypatch):
        monkeypatch.setattr(switches, "always_true", True)
        assert Tensor([0.0])
        assert Tensor([1.0, 2.0])

    def test_a_misspelt_switch_is_refused(self):
        with pytest.raises(AttributeError):
            switches.gradient_everywhere = True


class TestAttributes:
    def test_shape_and_what_follows_from_it(self):
        x = Tensor(np.zeros((2, 0, 3), "float32"))
        assert (x.shape, x.ndim, x.size, x.dtype, x.device) == ((2, 0, 3), 3, 0, "float32", cpu())
        assert Tensor(1.0).shape == ()

    def test_numpy_and_asarray_give_the_values(self):
        x = Tensor([[1.0, 2.0]])
        for array in (x.numpy(), np.asarray(x), np.asarray(x, dtype="float64")):
            assert isinstance(array, np.ndarray)
            np.testing.assert_array_equal(array, [[1, 2]])
        assert isinstance((x.sum()).numpy(), np.ndarray)

    def test_writing_through_flat_reaches_the_tensor(self):
        for x in (Tensor([[1.0, 2.0], [3.0, 4.0]]), Tensor(1.0)):
            x.realize_cached_data().flat[0] += 10
            assert x.numpy().flat[0] == 11

    def test_repr_and_str(self):
        x = Tensor([1.0, 2.0])
        assert (repr(x), str(x)) == ("needle.Tensor([1. 2.])", "[1. 2.]")
        assert f"{Tensor(1.25):.1f} {x}" == "1.2 [1. 2.]"

    def test_a_tensor_of_one_element_is_a_number(self):
        x = Tensor([[2.5]])
        assert (x.item(), float(x), int(x), bool(x)) == (2.5, 2.5, 2, True)
        assert not Tensor([0.0])
        assert operator.index(Tensor(1)) == 1

    @pytest.mark.parametrize("convert", [float, int, bool, Tensor.item])
    def test_a_tensor_of_more_elements_is_none(self, convert):
        with pytest.raises(ShapeError, match=r"a tensor of shape \(2,\) has 2 elements; .* need exactly one"):
            convert(Tensor([1.0, 2.0]))

    def test_a_float_is_no_index(self):
        with pytest.raises(TypeError, match=r"only integer tensors .* this one is float32"):
            operator.index(Tensor(1.0))

    def test_length_and_iteration_go_along_the_first_axis(self):
        x = Tensor([[1.0, 2.0], [3.0, 4.0]])
        assert len(x) == 2
        assert [row.numpy().tolist() for row in x] == [[1, 2], [3, 4]]
        with pytest.raises(TypeError, match="without axes"):
            iter(Tensor(1.0))

    def test_equality_is_identity_and_tensors_can_be_keys(self):
        x, y = Tensor([1.0, 2.0]), Tensor([1.0, 2.0])
        assert x == x  # noqa: PLR0124
        assert x != y
        assert {x: 1, y: 2}[y] == 2
        assert x in [y, x]
        np.testing.assert_array_equal(x.eq(y).numpy(), [True, True])
        np.testing.assert_array_equal(x.ne(y).numpy(), [False, False])
        np.testing.assert_array_equal((x < 1.5).numpy(), [True, False])

    def test_tensors_can_be_referred_to_weakly(self):
        x = Tensor([1.0])
        ref = weakref.ref(x)
        del x
        assert ref() is None


class TestCopies:
    def test_deepcopy_and_pickle_make_leaves_of_the_same_values(self):
        x = Tensor([1.0, 2.0])
        y = x * 3
        for other in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
            assert other.is_leaf()
            assert other.requires_grad
            np.testing.assert_array_equal(other.numpy(), [3, 6])
            other.realize_cached_data()[0] = 0
        np.testing.assert_array_equal(y.numpy(), [3, 6])

    def test_attributes_of_subclasses_come_along(self):
        x = Named([1.0])
        x.label = "weight"
        assert copy.deepcopy(x).label == "weight"
        assert pickle.loads(pickle.dumps(x)).label == "weight"


class Named(Tensor):
    """A subclass whose instances have attributes."""


class TestData:
    def test_reading_shares_memory_and_leaves_the_graph(self):
        x = Tensor([1.0, 2.0])
        y = x * 2
        assert y.data.cached_data is y.cached_data
        assert not y.data.requires_grad
        assert y.detach().is_leaf()

    def test_writing_replaces_the_values_and_may_change_the_shape(self):
        x = Tensor([1.0, 2.0])
        x.data = Tensor([[3.0, 4.0, 5.0]])
        np.testing.assert_array_equal(x.numpy(), [[3, 4, 5]])
        x.data = np.ones(2, "float32")
        assert x.shape == (2,)
        assert x.requires_grad

    def test_writing_checks_the_dtype(self):
        x = Tensor([1.0])
        with pytest.raises(DTypeError, match=r"of dtype float32 was given values of dtype float64; write x.data ="):
            x.data = np.ones(1)

    def test_updating_grows_no_graph(self):
        w = Tensor([1.0, 2.0])
        gc.collect()
        before = ag.TENSOR_COUNTER
        for _ in range(20):
            (w * w).sum().backward()
            w.data = w.data + (-0.1) * w.grad
            assert w.is_leaf()
            assert w.data.is_leaf()
        assert before + 1 >= ag.TENSOR_COUNTER  # the gradient
        np.testing.assert_allclose(w.numpy(), 0.8**20 * np.array([1, 2]), rtol=1e-5)


class TestOperators:
    @pytest.mark.parametrize("number", [3, 2.5, True, np.float64(2.5), np.float32(2.5), np.int64(3), np.uint8(3)])
    def test_numbers_leave_the_dtype_alone_on_both_sides(self, number):
        values = np.array([1.0, 2.0, 4.0], "float32")
        x = Tensor(values)
        for name, got, want in [
            ("+", x + number, values + float(number)),
            ("r+", number + x, values + float(number)),
            ("-", x - number, values - float(number)),
            ("r-", number - x, float(number) - values),
            ("*", x * number, values * float(number)),
            ("r*", number * x, values * float(number)),
            ("/", x / number, values / float(number)),
            ("r/", number / x, float(number) / values),
            ("**", x**number, values ** float(number)),
            ("r**", number**x, float(number) ** values),
        ]:
            assert got.dtype == "float32", name
            np.testing.assert_allclose(got.numpy(), want, rtol=1e-6, err_msg=name)

    def test_numpy_arrays_can_stand_on_both_sides(self):
        values, other = np.array([1.0, 2.0], "float32"), np.array([3.0, 5.0], "float32")
        x = Tensor(values)
        for got, want in [
            (x + other, values + other),
            (other + x, values + other),
            (x - other, values - other),
            (other - x, other - values),
            (x * other, values * other),
            (other / x, other / values),
            (other**x, other**values),
            (x @ other, values @ other),
            (other @ x, values @ other),
        ]:
            assert isinstance(got, Tensor)
            np.testing.assert_allclose(got.numpy(), want, rtol=1e-6)

    def test_unsigned_integers_can_be_subtracted_from(self):
        x = Tensor(np.array([3, 200], "uint8"))
        np.testing.assert_array_equal((x - 1).numpy(), [2, 199])
        assert (x - 1).dtype == "uint8"

    @pytest.mark.parametrize("other", ["float32", "float64", "int64", "int16", "uint8"])
    @pytest.mark.parametrize("dtype", ["uint8", "uint32", "bool"])
    def test_what_has_no_negative_can_be_subtracted(self, dtype, other):
        a, b = np.array([1, 2, 200]).astype(other), np.array([3, 1, 0]).astype(dtype)
        want = a - b
        for left, right in [(Tensor(a), Tensor(b)), (Tensor(a), b), (a, Tensor(b))]:
            np.testing.assert_array_equal((left - right).numpy(), want)
        np.testing.assert_array_equal(ops.subtract(Tensor(a), Tensor(b)).numpy(), want)
        np.testing.assert_array_equal((2.5 - Tensor(b)).numpy(), 2.5 - b)

    def test_a_loss_against_bytes_is_that_against_floats(self):
        prediction, target = Tensor([0.5, 2.0]), Tensor(np.array([3, 1], "uint8"))
        ((prediction - target) ** 2).sum().backward()
        np.testing.assert_array_equal(prediction.grad.numpy(), [-5, 2])

    def test_numbers_beside_booleans_stay_numbers(self):
        x = Tensor([True, False])
        for got, want in [(2 - x, [1, 2]), (x - 2, [-1, -2]), (ops.add(x, 2), [3, 2]), (ops.where(x, x, 3), [1, 3])]:
            np.testing.assert_array_equal(got.numpy(), want)
            assert got.dtype == "int64"

    def test_one_operator_is_one_operation(self):
        x, y = Tensor([1.0]), Tensor([2.0])
        assert isinstance((x + 1.5).op, ops.AddScalar)
        assert vars((x + 1).op) == {"scalar": 1}
        assert isinstance((3 * x).op, ops.MulScalar)
        difference = x - y
        assert isinstance(difference.op, ops.EWiseAdd)
        assert difference.inputs[0] is x
        assert isinstance(difference.inputs[1].op, ops.Negate)
        assert difference.inputs[1].inputs == (y,)
        assert +x is x

    @pytest.mark.parametrize("other", ["a", None, [1.0], object()])
    def test_other_operands_are_refused(self, other):
        x = Tensor([1.0])
        for operate in (lambda: x + other, lambda: other + x, lambda: x * other, lambda: x - other, lambda: x @ other):
            with pytest.raises(TypeError):
                operate()

    def test_results_of_subclasses_are_tensors(self):
        x = Named([1.0])
        assert type(x + x) is type(-x) is type(x.exp()) is Tensor

    def test_an_operation_takes_arrays_and_numbers_beside_tensors(self):
        x = Tensor([1.0, 2.0])
        total = ops.EWiseAdd()(x, np.ones(2, "float32"))
        np.testing.assert_array_equal(total.numpy(), [2, 3])
        total = ops.EWiseAdd()(1.5, x)
        assert total.dtype == "float32"
        np.testing.assert_array_equal(total.numpy(), [2.5, 3.5])

    def test_an_error_without_better_words_gets_a_note_about_the_operands(self):
        class Picky(ag.TensorOp):
            def compute(self, a):
                raise KeyError("no")

        with pytest.raises(KeyError) as caught:
            Picky()(Tensor([1.0]))
        assert "raised by Picky() on float32 (1,) on cpu()" in caught.value.__notes__


class TestShapes:
    def test_sizes_and_axes_are_given_one_by_one_or_together(self):
        values = np.arange(6.0).reshape(1, 2, 3)
        x = Tensor(values)
        for got, want in [
            (x.reshape(3, -1), values.reshape(3, 2)),
            (x.reshape([3, 2]), values.reshape(3, 2)),
            (x.permute(2, 0, 1), values.transpose(2, 0, 1)),
            (x.permute((2, 0, 1)), values.transpose(2, 0, 1)),
            (x.transpose(0, 2), values.swapaxes(0, 2)),
            (x.transpose((0, 2)), values.swapaxes(0, 2)),
            (x.transpose(axes=(0, 2)), values.swapaxes(0, 2)),
            (x.transpose(), values.swapaxes(1, 2)),
            (x.broadcast_to(4, 2, 3), np.broadcast_to(values, (4, 2, 3))),
            (x.broadcast_to((4, 2, 3)), np.broadcast_to(values, (4, 2, 3))),
        ]:
            np.testing.assert_array_equal(got.numpy(), want)

    def test_numpy_integers_are_sizes_and_axes(self):
        x, one = Tensor(np.arange(6.0).reshape(2, 3)), np.int64(1)
        assert x.reshape(np.int64(6)).shape == (6,)
        assert x.sum(one).shape == x.max((one,)).shape == (2,)
        assert x.permute(one, np.int64(0)).shape == (3, 2)
        assert x.softmax(one).shape == x.expand_dims(one).squeeze(one).shape == (2, 3)

    def test_items_are_not_assigned(self):
        with pytest.raises(
            TypeError, match=r"write x = x.index_put\(index, value\).* x.realize_cached_data\(\)\[index\] = "
        ):
            Tensor([1.0, 2.0])[0] = 5.0


class TestTensorTuple:
    def test_it_behaves_like_a_tuple(self):
        a, b = Tensor([1.0]), Tensor([2.0, 3.0])
        pair = TensorTuple(a, b)
        assert len(pair) == pair.num_outputs == 2
        assert pair[0] is a
        assert pair[-1] is b
        assert tuple(pair) == (a, b)
        assert repr(pair) == "needle.TensorTuple(needle.Tensor([1.]), needle.Tensor([2. 3.]))"
        assert TensorTuple([a, b])[1] is b

    def test_tuples_add_element_by_element(self):
        pair = TensorTuple(Tensor([1.0]), Tensor([2.0]))
        total = pair + pair
        assert isinstance(total, TensorTuple)
        assert [item.item() for item in total] == [2, 4]
        with pytest.raises(ShapeError, match="tuples of 2 and 1 tensors"):
            pair + TensorTuple(Tensor([1.0]))

    def test_detach_and_numpy(self):
        pair = TensorTuple(Tensor([1.0]), Tensor([2.0]))
        assert not pair.detach().requires_grad
        assert [array.tolist() for array in pair.numpy()] == [[1], [2]]


class TestGraph:
    def test_results_without_gradients_keep_nothing(self):
        c = Tensor([1.0], requires_grad=False)
        y = c * c + 1
        assert (y.op, y.inputs, y.requires_grad) == (None, (), False)

    def test_a_node_knows_where_it_comes_from(self):
        x = Tensor([1.0])
        y = x.exp()
        assert isinstance(y.op, ops.Exp)
        assert y.inputs[0] is x
        assert x.is_leaf()
        assert not y.is_leaf()
        assert isinstance(y, ag.Value)
        assert y.num_outputs == 1

    def test_constants_are_made_around_an_array(self):
        array = Tensor([1.0]).cached_data
        x = Tensor.make_const(array)
        assert x.cached_data is array
        assert not x.requires_grad
        assert Tensor.make_const(x, requires_grad=True).cached_data is array

    def test_make_from_op_makes_a_result(self):
        x = Tensor([1.0])
        y = Tensor.make_from_op(ops.EWiseAdd(), [x, x])
        assert y.item() == 2
        assert y.inputs == (x, x)

    def test_the_counter_counts_live_tensors(self):
        before = ag.TENSOR_COUNTER
        kept = [Tensor([1.0]) for _ in range(5)]
        assert ag.TENSOR_COUNTER - before == 5
        del kept
        assert ag.TENSOR_COUNTER - before == 0


@pytest.mark.parametrize("mode", ["recording", "no_grad", "lazy"])
def test_unpacking_a_tuple_takes_its_elements_as_indexing_does(mode, backend):
    with {"recording": nullcontext, "no_grad": no_grad, "lazy": lazy}[mode]():
        parts = ops.split(Tensor([[1.0, 2.0], [3.0, 4.0]]))
        for index, (unpacked, taken) in enumerate(zip(parts, (parts[0], parts[1]), strict=True)):
            for element in (unpacked, taken):
                assert element.requires_grad == (mode != "no_grad")
                if mode == "no_grad":
                    assert element.is_leaf()
                    assert element.inputs == ()
                else:
                    assert element.op.index == index
                    assert element.inputs == (parts,)
                np.testing.assert_array_equal(element.numpy(), [[1, 2], [3, 4]][index])
