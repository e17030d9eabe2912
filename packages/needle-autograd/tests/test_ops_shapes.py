"""Shapes and places: NumPy is the oracle for values, and gradients are checked by what the operations undo."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from needle_autograd import Tensor, ops
from needle_autograd.errors import DTypeError, ShapeError
from needle_autograd.testing import check_gradient

SHAPES = hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)
ARRAYS = hnp.arrays(np.float64, SHAPES, elements=st.integers(-9, 9))


def adjoint(function, values):
    """Return f(x) of a linear function and the gradient that weights on it give, and check <w, f(x)> = <f'w, x>."""
    x = Tensor(values)
    out = function(x)
    weights = np.arange(1.0, out.size + 1).reshape(out.shape)
    out.backward(weights)
    np.testing.assert_allclose((weights * out.numpy()).sum(), (x.grad.numpy() * values).sum(), rtol=1e-12, atol=1e-9)
    return out.numpy()


@settings(deadline=None)
@given(ARRAYS, st.data())
def test_padding_is_that_of_numpy_in_every_mode(values, data):
    widths = data.draw(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=values.ndim, max_size=values.ndim)
    )
    mode = data.draw(st.sampled_from(["constant", "edge", "reflect", "symmetric", "wrap"]))
    np.testing.assert_array_equal(adjoint(lambda x: ops.pad(x, widths, mode), values), np.pad(values, widths, mode))


@settings(deadline=None)
@given(ARRAYS, st.data())
def test_rolling_is_that_of_numpy(values, data):
    axes = data.draw(
        st.none()
        | st.integers(-values.ndim, values.ndim - 1)
        | st.lists(st.integers(-values.ndim, values.ndim - 1), min_size=1, max_size=3).map(tuple)
    )
    one = st.integers(-7, 7)
    shift = data.draw(st.tuples(*[one] * len(axes)) if isinstance(axes, tuple) else one)
    np.testing.assert_array_equal(adjoint(lambda x: ops.roll(x, shift, axes), values), np.roll(values, shift, axes))


@settings(deadline=None)
@given(ARRAYS, st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_tiling_is_that_of_numpy(values, repetitions):
    np.testing.assert_array_equal(adjoint(lambda x: ops.tile(x, repetitions), values), np.tile(values, repetitions))


@settings(deadline=None)
@given(ARRAYS, st.data())
def test_repeating_is_that_of_numpy(values, data):
    axis = data.draw(st.none() | st.integers(-values.ndim, values.ndim - 1))
    size = values.size if axis is None else values.shape[axis]
    repeats = data.draw(st.integers(0, 3) | st.lists(st.integers(0, 3), min_size=size, max_size=size))
    expected = np.repeat(values, repeats, axis)
    np.testing.assert_array_equal(adjoint(lambda x: ops.repeat(x, repeats, axis), values), expected)


@settings(deadline=None)
@given(hnp.arrays(np.float64, hnp.array_shapes(min_dims=2, max_dims=4, max_side=4)), st.data())
def test_diagonals_and_triangles_are_those_of_numpy(values, data):
    values = np.arange(float(values.size)).reshape(values.shape)
    offset = data.draw(st.integers(-5, 5))
    axis1, axis2 = data.draw(st.permutations(range(values.ndim)))[:2]
    expected = np.diagonal(values, offset, axis1, axis2)
    np.testing.assert_array_equal(adjoint(lambda x: ops.diagonal(x, offset, axis1, axis2), values), expected)
    np.testing.assert_array_equal(
        adjoint(lambda x: ops.trace(x, offset, axis1, axis2), values), np.trace(values, offset, axis1, axis2)
    )
    np.testing.assert_array_equal(adjoint(lambda x: ops.tril(x, offset), values), np.tril(values, offset))
    np.testing.assert_array_equal(adjoint(lambda x: ops.triu(x, offset), values), np.triu(values, offset))


@settings(deadline=None)
@given(ARRAYS, st.data())
def test_moving_axes_is_that_of_numpy(values, data):
    source = data.draw(st.lists(st.integers(0, values.ndim - 1), unique=True))
    destination = data.draw(st.permutations(range(values.ndim)))[: len(source)]
    moved = adjoint(lambda x: ops.moveaxis(x, source, destination), values)
    np.testing.assert_array_equal(moved, np.moveaxis(values, source, destination))


@settings(deadline=None)
@given(ARRAYS, st.data())
def test_parts_join_to_what_was_cut(values, data):
    axis = data.draw(st.integers(-values.ndim, values.ndim - 1))
    parts = data.draw(st.integers(1, 6))
    x = Tensor(values)
    for cut, expected in [
        (ops.tensor_split(x, parts, axis), np.array_split(values, parts, axis)),
        (ops.tensor_split(x, [1, 3], axis), np.array_split(values, [1, 3], axis)),
    ]:
        assert len(cut) == len(expected)
        for part, want in zip(cut, expected, strict=True):
            np.testing.assert_array_equal(part.numpy(), want)
        np.testing.assert_array_equal(ops.concat(cut, axis).numpy(), values)
    np.testing.assert_array_equal(ops.concat(ops.chunk(x, parts, axis), axis).numpy(), values)


@settings(deadline=None)
@given(ARRAYS, st.data())
def test_setting_is_what_numpy_does_to_a_copy(values, data):
    index = data.draw(
        hnp.basic_indices(values.shape, allow_newaxis=True)
        | hnp.integer_array_indices(values.shape)
        | hnp.arrays(bool, values.shape)
    )
    part = values[index]
    new = np.arange(100.0, 100.0 + np.size(part)).reshape(np.shape(part))
    expected, added = values.copy(), values.copy()
    expected[index] = new
    np.add.at(added, index, new)
    x, v = Tensor(values), Tensor(new)
    out = ops.index_put(x, index, v)
    np.testing.assert_array_equal(out.numpy(), expected)
    np.testing.assert_array_equal(ops.index_put(x, index, v, accumulate=True).numpy(), added)
    np.testing.assert_array_equal(x.numpy(), values)
    weights = np.arange(1.0, out.size + 1).reshape(out.shape)
    out.backward(weights)
    shown = np.isin(np.arange(100.0, 100.0 + new.size), expected)  # the values that no later one replaced
    np.testing.assert_array_equal(v.grad.numpy().reshape(-1) != 0, shown)
    replaced = np.zeros(values.shape, bool)
    replaced[index] = True
    np.testing.assert_array_equal(x.grad.numpy(), np.where(replaced, 0.0, weights))
    assert (v.grad.numpy() * new).sum() + (x.grad.numpy() * values).sum() == (weights * expected).sum()


@settings(deadline=None)
@given(ARRAYS, st.data())
def test_taking_and_putting_along_an_axis_are_those_of_numpy(values, data):
    axis = data.draw(st.integers(-values.ndim, values.ndim - 1))
    shape = list(values.shape)
    size = shape[axis]
    shape[axis] = data.draw(st.integers(0, 4))
    indices = data.draw(hnp.arrays(np.int64, tuple(shape), elements=st.integers(-size, size - 1)))
    expected = np.take_along_axis(values, indices, axis)
    np.testing.assert_array_equal(adjoint(lambda x: ops.take_along_axis(x, indices, axis), values), expected)
    once = np.take(np.argsort(values, axis), [0], axis)
    put = values.copy()
    np.put_along_axis(put, once, 77.0, axis)
    np.testing.assert_array_equal(ops.put_along_axis(Tensor(values), once, 77.0, axis).numpy(), put)


@pytest.mark.usefixtures("backend")
class TestOnEachBackend:
    def test_tensors_index_when_elements_are_set(self):
        x = Tensor([[1.0, 2.0], [3.0, 4.0]])
        out = x.index_put((Tensor([0, 1]), Tensor([1, 0])), Tensor([8.0, 9.0]))
        np.testing.assert_array_equal(out.numpy(), [[1.0, 8.0], [9.0, 4.0]])
        np.testing.assert_array_equal(x.index_put(x > 2, 0.0).numpy(), [[1.0, 2.0], [0.0, 0.0]])

    def test_setting_is_differentiated_to_second_order(self):
        values = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        new = np.array([0.5, -1.0])
        check_gradient(lambda a, v: ops.index_put(a * a, (slice(None), 1), v * v), values, new)
        check_gradient(lambda a, v: ops.index_put(a * a, ([0, 1], [2, 2]), v * v, accumulate=True), values, new)
        check_gradient(lambda a, v: ops.put_along_axis(a * a, [[0], [2]], v[:, None] ** 2, 1), values, new)

    def test_values_that_do_not_fit_are_refused(self):
        with pytest.raises(ShapeError, match=r"index_put: values of shape \(3,\) do not broadcast to \(2,\)"):
            ops.index_put(Tensor([1.0, 2.0, 3.0]), [0, 1], Tensor([1.0, 2.0, 3.0]))
        with pytest.raises(IndexError, match="index 5 is out of range for axis 0"):
            ops.index_put(Tensor([1.0, 2.0, 3.0]), 5, 1.0)

    def test_set_values_take_the_dtype_of_the_tensor(self):
        assert ops.index_put(Tensor([1.0, 2.0]), 0, Tensor(np.array(3.0))).dtype == "float32"
        np.testing.assert_array_equal(ops.index_put(Tensor([1, 2]), 0, 7).numpy(), [7, 2])

    def test_what_a_mask_fills_has_no_gradient(self):
        x = Tensor([1.0, 2.0, 3.0])
        x.masked_fill(Tensor([True, False, False]), float("-inf"))[1:].sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [0.0, 1.0, 1.0])
        with pytest.raises(DTypeError, match=r"masked_fill: the mask is .*int64.*, expected booleans"):
            x.masked_fill(Tensor([1, 0, 0]), 0.0)

    def test_a_mask_selects_elements_and_their_gradients(self):
        x = Tensor([[1.0, 2.0], [3.0, 4.0]])
        x.masked_select(x > 1.5).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [[0.0, 1.0], [1.0, 1.0]])
        np.testing.assert_array_equal(x.masked_select(Tensor([True, False])).numpy(), [1.0, 3.0])
        np.testing.assert_array_equal(x.where(x > 1.5, -1.0).numpy(), [[-1.0, 2.0], [3.0, 4.0]])
        np.testing.assert_array_equal(x.index_select(1, [1, 1]).numpy(), [[2.0, 2.0], [4.0, 4.0]])

    def test_a_copy_has_memory_of_its_own_and_passes_gradients_on(self):
        x = Tensor([1.0, 2.0])
        y = x.clone()
        y.realize_cached_data()[0] = 7.0
        assert x.numpy()[0] == 1.0
        (x.copy() * 3).sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [3.0, 3.0])

    def test_matrices_alone_are_transposed_by_t(self):
        assert Tensor(np.zeros((2, 3))).t().shape == (3, 2)
        assert Tensor(np.zeros(3)).t().shape == (3,)
        with pytest.raises(ShapeError, match=r"t: shape \(1, 2, 3\) has 3 axes; expected two at most"):
            Tensor(np.zeros((1, 2, 3))).t()

    def test_gathering_reads_as_many_rows_as_there_are_indices(self):
        x = Tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        np.testing.assert_array_equal(x.gather(1, [[1]]).numpy(), [[2.0]])
        np.testing.assert_array_equal(x.gather(0, [[2, 0]]).numpy(), [[5.0, 2.0]])
        with pytest.raises(ShapeError, match=r"gather: shape \(3, 2\) and indices of shape \(4, 1\) along axis 1"):
            x.gather(1, np.zeros((4, 1), int))

    def test_indices_along_an_axis_are_checked(self):
        x = Tensor([[1.0, 2.0], [3.0, 4.0]])
        with pytest.raises(IndexError, match=r"take_along_axis: index 2 is out of range for axis 1 of shape \(2, 2\)"):
            ops.take_along_axis(x, [[0], [2]])
        with pytest.raises(DTypeError, match=r"take_along_axis: indices are .*float32.*, expected integers"):
            ops.take_along_axis(x, Tensor([[0.0], [1.0]]))
        with pytest.raises(ShapeError, match=r"take_along_axis: shape .* has 2 axes and the indices' shape .* has 1"):
            ops.take_along_axis(x, [0, 1])
        with pytest.raises(IndexError, match="scatter_add: index -3 is out of range"):
            ops.scatter_add(x, 0, [[-3, 0]], Tensor([[1.0, 1.0]]))
        with pytest.raises(ShapeError, match=r"scatter_add: values of shape .* and indices of shape"):
            ops.scatter_add(x, 0, [[0, 0]], Tensor([[1.0], [1.0]]))

    def test_indices_along_an_axis_broadcast_along_the_others(self):
        x = Tensor([[1.0, 2.0], [3.0, 4.0]])
        np.testing.assert_array_equal(ops.take_along_axis(x, [[1]], 1).numpy(), [[2.0], [4.0]])
        np.testing.assert_array_equal(ops.take_along_axis(x[:1], [[1], [0]], 1).numpy(), [[2.0], [1.0]])

    def test_widths_that_do_not_fit_are_explained(self):
        x = Tensor(np.zeros((2, 3)))
        for widths in ((1, 2, 3, 4), ((1, 2),), ((1, 2), (3,)), 1.5):
            with pytest.raises(ShapeError, match=r"pad: widths .* for shape \(2, 3\); expected a number, a pair"):
                ops.pad(x, widths)
        with pytest.raises(ShapeError, match="pad: widths -1 are negative in part"):
            ops.pad(x, -1)
        with pytest.raises(ValueError, match="pad: mode 'mirror' is unknown; expected 'constant', 'edge'"):
            ops.pad(x, 1, mode="mirror")
        with pytest.raises(ShapeError, match=r"pad: axis 0 of shape \(0, 3\) has no elements to repeat"):
            ops.pad(Tensor(np.zeros((0, 3))), 1, mode="edge")

    def test_one_pair_of_widths_is_for_every_axis(self):
        np.testing.assert_array_equal(
            ops.pad(Tensor([[1.0]]), (1, 0), value=7.0).numpy(), np.pad([[1.0]], (1, 0), constant_values=7.0)
        )

    @pytest.mark.parametrize(("axes", "dilation", "shape"), [((0, 1), 1, (4, 6)), ((1,), 2, (2, 9)), ((0,), 0, (2, 3))])
    def test_dilation_counts_the_zeros_after_each_element(self, axes, dilation, shape):
        x = Tensor(np.arange(1.0, 7.0).reshape(2, 3))
        dilated = ops.dilate(x, axes, dilation)
        assert dilated.shape == shape
        assert np.count_nonzero(dilated.numpy()) == 6
        np.testing.assert_array_equal(ops.undilate(dilated, axes, dilation).numpy(), x.numpy())

    def test_negative_dilations_are_refused(self):
        with pytest.raises(ShapeError, match="dilate: dilation is -1; expected how many zeros"):
            ops.dilate(Tensor([1.0]), (0,), -1)

    def test_vectors_have_no_triangles_and_shifts_have_their_axes(self):
        for function in (ops.tril, ops.triu):
            with pytest.raises(ShapeError, match=r"tri[lu]: shape \(3,\) has 1 axes; expected at least two"):
                function(Tensor([1.0, 2.0, 3.0]))
        for axes in (None, 0, (0, 1, 1)):
            with pytest.raises(ShapeError, match=r"roll: shift is \(1, 2\) and axes are .*; expected an axis for each"):
                ops.roll(Tensor(np.zeros((2, 2))), (1, 2), axes)

    def test_flattening_makes_one_axis_of_several(self):
        x = Tensor(np.zeros((2, 3, 4, 5)))
        assert x.flatten().shape == (120,)
        assert x.flatten(1).shape == (2, 60)
        assert x.flatten(1, 2).shape == (2, 12, 5)
        assert x.flatten(1, 2).unflatten(1, (3, -1)).shape == x.shape
        assert ops.flatten(Tensor(1.0)).shape == (1,)
        assert x.ravel().shape == x.view(-1).shape == (120,)
        with pytest.raises(ShapeError, match=r"flatten: axis 2 of shape .* comes after axis 1"):
            x.flatten(2, 1)
        with pytest.raises(ShapeError, match=r"unflatten: axis 1 of shape .* has 3 elements and sizes"):
            x.unflatten(1, (2, 2))

    def test_axes_change_places(self):
        x = Tensor(np.zeros((2, 3, 4)))
        assert x.swapaxes(0, -1).shape == (4, 3, 2)
        assert x.mT.shape == ops.matrix_transpose(x).shape == (2, 4, 3)
        assert x.movedim(0, 2).shape == (3, 4, 2)
        with pytest.raises(ShapeError, match=r"moveaxis: 2 axes .* for 1 places"):
            ops.moveaxis(x, (0, 1), 0)

    def test_expanding_keeps_the_sizes_that_are_minus_one(self):
        x = Tensor([[1.0], [2.0]])
        assert x.expand(-1, 3).shape == (2, 3)
        assert x.expand(4, -1, 3).shape == (4, 2, 3)
        with pytest.raises(ShapeError, match=r"expand: shape .* -1 keeps the size of an axis that there is"):
            x.expand(-1, 2, 3)

    def test_vectors_make_diagonals(self):
        x = Tensor([1.0, 2.0])
        np.testing.assert_array_equal(ops.diag(x).numpy(), [[1.0, 0.0], [0.0, 2.0]])
        np.testing.assert_array_equal(ops.diag(x, -1).numpy(), np.diag([1.0, 2.0], -1))
        np.testing.assert_array_equal(ops.diag(ops.diag(x, 1), 1).numpy(), x.numpy())
        assert ops.diag_embed(Tensor(np.ones((3, 2)))).shape == (3, 2, 2)
        with pytest.raises(ShapeError, match=r"diag: shape \(1, 1, 1\) has 3 axes"):
            ops.diag(Tensor([[[1.0]]]))

    @pytest.mark.parametrize("indexing", ["xy", "ij"])
    def test_grids_are_those_of_numpy(self, indexing):
        values = [np.arange(3.0), np.arange(2.0), np.arange(4.0)]
        grids = ops.meshgrid(*[Tensor(v) for v in values], indexing=indexing)
        for grid, expected in zip(grids, np.meshgrid(*values, indexing=indexing), strict=True):
            np.testing.assert_array_equal(grid.numpy(), expected)

    def test_chunks_have_one_length_and_the_last_may_be_shorter(self):
        x = Tensor(np.arange(7.0))
        assert [part.shape for part in x.chunk(3)] == [(3,), (3,), (1,)]
        assert [part.shape for part in x.tensor_split(3)] == [(3,), (2,), (2,)]
        assert [part.shape for part in x.split_with_sizes([5, 2])] == [(5,), (2,)]
        assert len(Tensor(np.arange(5.0)).chunk(4)) == 3
        with pytest.raises(ShapeError, match=r"split_with_sizes: sizes \(5, 3\) for axis 0 of shape \(7,\)"):
            x.split_with_sizes([5, 3])

    def test_one_part_alone_carries_a_gradient(self):
        x = Tensor(np.arange(4.0))
        x.split_with_sizes([1, 3])[1].sum().backward()
        np.testing.assert_array_equal(x.grad.numpy(), [0.0, 1.0, 1.0, 1.0])
