"""Arguments and operands that are odd but valid, and those that are refused by the operation's name."""

import array_api_strict
import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd import DTypeError, ShapeError, Tensor, creation, lazy, ops
from needle_autograd.backends import reference

LIBRARIES = {"np": np, "nd": nd, "strict": array_api_strict}


def zeros(*shape, dtype="float32"):
    return Tensor(np.zeros(shape, dtype))


FLOATS_OF_INTEGERS = {
    "divide": lambda x: x / x,
    "logaddexp": lambda x: ops.logaddexp(x, x),
    "atan2": lambda x: ops.atan2(x, x),
    "hypot": lambda x: ops.hypot(x, x),
    "xlogy": lambda x: ops.xlogy(x, x),
    "softmax": ops.softmax,
    "log_softmax": ops.log_softmax,
    "dropout": lambda x: ops.dropout(x, 0.5),
    "gelu": ops.gelu,
    "fused_add_scalars": lambda x: ops.fused_add_scalars(x, 0.5, 1)[0],
    "layer_norm": lambda x: ops.layer_norm(x, zeros(3), zeros(3)),
    "mean": lambda x: x.mean(),
}


@pytest.mark.parametrize("name", FLOATS_OF_INTEGERS)
def test_lazy_mode_tells_the_dtype_of_what_integers_become(name, backend):
    call = FLOATS_OF_INTEGERS[name]
    x = Tensor([[1, 2, 3], [4, 5, 6]])
    eager = call(x)
    with lazy():
        late = call(x)
        told = late.dtype
    assert "float" in str(eager.dtype)
    assert (told, late.realize_cached_data().dtype) == (eager.dtype, eager.dtype)


@pytest.mark.parametrize("call", [lambda x: x // x, lambda x: x % x, lambda x: x**x], ids=["//", "%", "**"])
def test_lazy_mode_tells_the_dtype_of_what_booleans_become(call):
    x = Tensor.make_const(np.array([True, True]))
    with lazy():
        late = call(x)
        told = late.dtype
    assert told == call(x).dtype == late.realize_cached_data().dtype


def test_gelu_of_integers_is_not_rounded(backend):
    np.testing.assert_allclose(ops.gelu(Tensor([1, -1, 0])).numpy(), [0.8413447, -0.1586553, 0.0], rtol=1e-6)


@pytest.mark.parametrize(
    "call",
    [
        lambda x, c: x + c, lambda x, c: c * x, lambda x, c: x / c, lambda x, c: c / x, lambda x, c: x**c,
        lambda x, c: ops.clip(x, -c, c), lambda x, c: ops.hardtanh(x, -c, c), ops.leaky_relu,
        ops.elu, ops.norm, lambda x, c: ops.dropout(x, c / 4),
        lambda x, c: ops.fused_add_scalars(x, c, c)[0], lambda x, c: ops.softplus(x, c, c),
        lambda x, c: ops.pad(x, 1, value=c),
        lambda x, c: ops.scaled_dot_product_attention(x, x, x, scale=c), lambda x, c: ops.layer_norm(x, x[0], x[0], c),
    ],
)  # fmt: skip
def test_numbers_of_numpy_leave_the_dtype_alone(call, backend):
    x = Tensor(np.full((2, 2), 0.5, np.float32))
    y = call(x, np.float64(1.5))
    y.sum().backward()
    assert (y.dtype, x.grad.dtype) == ("float32", "float32")


def test_a_scalar_may_come_in_an_array_of_one_element(backend):
    assert ops.add_scalar(zeros(2), np.array([1.5])).op.scalar == 1.5


REFUSED = {
    "a word": lambda: ops.add_scalar(zeros(2), "one"),
    "several": lambda: ops.mul_scalar(zeros(2), (1, 2)),
    "an array": lambda: ops.divide_scalar(zeros(2), np.ones(2)),
    "a complex number": lambda: ops.power_scalar(zeros(2), 1j),
    "a tensor, whose gradient would be lost": lambda: ops.scalar_divide(zeros(), zeros(2)),
    "a bound": lambda: ops.clip(zeros(2), "low"),
    "a slope": lambda: ops.leaky_relu(zeros(2), [0.1]),
    "a probability": lambda: ops.dropout(zeros(2), None),
    "an order": lambda: ops.norm(zeros(2), "nuc"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_number_is_refused_by_the_operations_name(name, backend):
    with pytest.raises(TypeError, match=r"^[a-z_]+: (scalar|low|slope|p|ord) is .*; expected a number"):
        REFUSED[name]()


AXES = {
    "summation": lambda axis: zeros(2, 3).sum(axis),
    "argmax": lambda axis: zeros(2, 3).argmax(axis),
    "softmax": lambda axis: zeros(2, 3).softmax(axis),
    "cumulative_sum": lambda axis: ops.cumulative_sum(zeros(2, 3), axis),
    "sort": lambda axis: ops.sort(zeros(2, 3), axis),
    "stack": lambda axis: ops.stack([zeros(2)], axis),
    "concat": lambda axis: ops.concat([zeros(2)], axis),
    "split": lambda axis: ops.split(zeros(2, 3), axis),
    "expand_dims": lambda axis: ops.expand_dims(zeros(2), axis),
    "flip": lambda axis: ops.flip(zeros(2), axis),
    "permute": lambda axis: ops.permute(zeros(2), axis),
    "moveaxis": lambda axis: ops.moveaxis(zeros(2), axis, 0),
    "take": lambda axis: ops.take(zeros(2), zeros(1, dtype="int64"), axis),
    "gather": lambda axis: ops.gather(zeros(2), axis, zeros(1, dtype="int64")),
    "vecdot": lambda axis: ops.vecdot(zeros(2), zeros(2), axis),
}


@pytest.mark.parametrize("axis", ["rows", 1.0, [0.5]])
@pytest.mark.parametrize("name", AXES)
def test_axes_that_are_no_integers_are_refused_by_the_operations_name(name, axis, backend):
    with pytest.raises(ShapeError, match=rf"^{name}: ax[ie]s (is|are) .*; expected an integer"):
        AXES[name](axis)


@pytest.mark.parametrize("name", ["softmax", "argmax", "sort", "cumulative_sum"])
def test_one_axis_is_expected_where_there_is_one_only(name, backend):
    with pytest.raises(ShapeError, match=rf"^{name}: axis is \(0, 1\); expected an integer"):
        AXES[name]((0, 1))


INTEGERS = {
    "chunk": lambda: ops.chunk(zeros(4), 1.5),
    "tensor_split": lambda: ops.tensor_split(zeros(4), 2.0),
    "split_with_sizes": lambda: ops.split_with_sizes(zeros(4), 4),
    "topk": lambda: ops.topk(zeros(4), 2.0),
    "tril": lambda: ops.tril(zeros(2, 2), 0.5),
    "diagonal": lambda: ops.diagonal(zeros(2, 2), "upper"),
    "dilate": lambda: ops.dilate(zeros(2, 2), 0, 1.0),
    "matrix_power": lambda: ops.matrix_power(zeros(2, 2), 0.5),
    "one_hot": lambda: ops.one_hot(zeros(2, dtype="int64"), 2.0),
    "roll": lambda: ops.roll(zeros(2), None),
    "tensordot": lambda: ops.tensordot(zeros(2), zeros(2), None),
    "group_norm": lambda: ops.group_norm(zeros(2, 4), 2.0),
    "conv": lambda: ops.conv(zeros(1, 3, 3, 1), zeros(3, 3, 1, 1), groups=1.0),
}


@pytest.mark.parametrize("name", INTEGERS)
def test_counts_that_are_no_integers_are_refused_by_the_operations_name(name, backend):
    with pytest.raises(TypeError, match=rf"^{name}: [a-z_]+ is .*; expected an? (integer|sequence of integers)"):
        INTEGERS[name]()


NO_TENSORS = {
    "mse_loss": lambda: ops.mse_loss(zeros(2), 0.0),
    "cross_entropy": lambda: ops.cross_entropy(zeros(2, 2), [0, 1]),
    "nll_loss": lambda: ops.nll_loss(zeros(2, 2), [0, 1]),
    "dot": lambda: ops.dot(zeros(2), 1.0),
    "inner": lambda: ops.inner(1.0, zeros(2)),
    "tensordot": lambda: ops.tensordot(zeros(2), [1.0, 2.0]),
    "vecdot": lambda: ops.vecdot(zeros(2), None),
    "solve": lambda: ops.solve(zeros(2, 2), [1.0, 2.0]),
    "gather": lambda: ops.gather([1.0], 0, zeros(1, dtype="int64")),
    "pad": lambda: ops.pad([1.0], 1),
    "conv1d": lambda: ops.conv1d([1.0], zeros(1, 1, 1)),
    "embedding": lambda: ops.embedding([0], [[1.0]]),
    "rms_norm": lambda: ops.rms_norm([1.0]),
    "cdist": lambda: ops.cdist(zeros(2, 2), 1.0),
    "cosine_similarity": lambda: ops.cosine_similarity(zeros(2, 2), 1.0),
    "cross": lambda: ops.cross(zeros(3), [1.0, 0.0, 0.0]),
    "kron": lambda: ops.kron(zeros(3), 2.0),
    "scatter": lambda: ops.scatter([1.0], 0, [0], 1.0),
    "index_add": lambda: ops.index_add(zeros(2), 0, [0], 1.0),
    "scaled_dot_product_attention": lambda: ops.scaled_dot_product_attention(zeros(2, 2), zeros(2, 2), None),
}


@pytest.mark.parametrize("name", NO_TENSORS)
def test_operands_without_a_shape_are_refused_by_the_operations_name(name):
    with pytest.raises(TypeError, match=rf"^{name}: [a-z]+ is .*; expected a tensor: write Tensor\("):
        NO_TENSORS[name]()


def test_arrays_serve_as_operands_of_products(backend):
    x = Tensor([1.0, 2.0])
    for call in (ops.dot, ops.inner, ops.vdot, ops.vecdot, ops.tensordot):
        assert call(x, np.ones(2, np.float32), *((1,) if call is ops.tensordot else ())).item() == 3.0


def test_a_tuple_gives_elements_and_a_tensor_does_not():
    with pytest.raises(TypeError, match=r"^tuple_get_item: a is a Tensor; expected a TensorTuple; write x\[i\]"):
        ops.tuple_get_item(zeros(2), 0)
    with pytest.raises(TypeError, match=r"^tuple_get_item: index is 0\.5; expected an integer"):
        ops.tuple_get_item(ops.split(zeros(2)), 0.5)


@pytest.mark.parametrize("call", [ops.exp, ops.softmax, lambda parts: zeros(2) < parts])
def test_a_tuple_is_no_operand_of_what_takes_tensors(call):
    with pytest.raises(TypeError, match=r"^[a-z]+: operand [01] is a TensorTuple; expected a tensor: take an element"):
        call(ops.split(zeros(2)))


def test_the_values_of_a_tensor_are_not_replaced_by_a_tuple():
    x = zeros(2)
    with pytest.raises(TypeError, match="a TensorTuple is no single array"):
        x.data = ops.split(zeros(2))


NUMBERS = {
    "full": lambda: creation.full(3, "one"),
    "arange": lambda: creation.arange(0, [1, 2]),
    "one_hot": lambda: creation.one_hot(2.5, [0, 1]),
}


@pytest.mark.parametrize("name", NUMBERS)
def test_new_tensors_are_made_of_numbers(name, backend):
    with pytest.raises(TypeError, match=rf"^{name}: (fill_value|stop|n) is .*; expected an? (number|integer)"):
        NUMBERS[name]()


def test_dtypes_that_a_library_does_not_combine_are_told_with_the_operation_and_the_operands():
    a = Tensor.make_const(array_api_strict.asarray([1.0, 2.0]))
    b = Tensor.make_const(array_api_strict.asarray([1, 2]))
    expected = (
        r"^add: operands are float64 \(2,\) and int64 \(2,\), and array_api_strict has no common dtype .* x.astype"
    )
    with pytest.raises(DTypeError, match=expected):
        a + b
    with lazy(), pytest.raises(DTypeError, match=expected):
        a + b


def test_operands_of_two_libraries_are_told_as_such():
    a, b = (Tensor.make_const(LIBRARIES[name].ones(2)) for name in ("strict", "nd"))
    with pytest.raises(
        DTypeError, match=r"^multiply: .*, of array_api_strict and of needle_ndarray; expected arrays of"
    ):
        a * b


@pytest.mark.parametrize("call", [ops.negate, ops.sign], ids=["negate", "sign"])
def test_what_a_library_does_not_have_for_booleans_is_a_dtype_error(call, backend):
    with pytest.raises(DTypeError, match="bool"):
        call(Tensor([True, False]))


def test_booleans_are_no_indices_of_take(backend):
    with pytest.raises(DTypeError, match=r"^take: indices are bool, expected integers"):
        ops.take(zeros(3), Tensor([True, False]))


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_a_tensor_without_axes_has_no_vectors(name, backend):
    with pytest.raises(ShapeError, match=rf"^{name}: axis -1 is out of range for shape \(\)"):
        getattr(ops, name)(Tensor(1.0))


def test_truths_of_keepdims_are_numbers_too(backend):
    assert zeros(2, 3).sum(0, keepdims=1).shape == zeros(2, 3).argmax(0, keepdims=1).shape == (1, 3)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("shape", "axis"), [((2, 0), 1), ((0, 2), 0), ((0,), 0), ((0, 2), 1)])
def test_of_nothing_softmax_is_nothing_and_logsumexp_minus_infinity(shape, axis, library):
    x = Tensor.make_const(LIBRARIES[library].zeros(shape), requires_grad=True)
    assert ops.softmax(x, axis).shape == ops.log_softmax(x, axis).shape == shape
    sums = ops.logsumexp(x, axis)
    assert sums.shape == np.zeros(shape).sum(axis).shape
    assert (sums.numpy() == -np.inf).all()
    sums.sum().backward()
    assert x.grad.shape == shape
    with pytest.raises(ShapeError, match=r"^logsumexp: axis 2 is out of range"):
        ops.logsumexp(x, 2)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64"])
def test_exponents_without_a_sign_have_the_gradient_of_those_with_one(dtype, backend):
    x = Tensor([[2.0, 0.0], [3.0, 0.5]], dtype="float64")
    (x ** Tensor(np.array([[0, 1], [1, 0]], dtype))).sum().backward()
    assert x.grad.numpy().tolist() == [[0.0, 1.0], [1.0, 0.0]]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("offset", [5, -5])
def test_a_diagonal_outside_of_the_matrices_has_a_gradient_of_zeros(offset, library):
    x = Tensor.make_const(LIBRARIES[library].ones((2, 3)), requires_grad=True)
    ops.diagonal(x, offset).sum().backward()
    assert x.grad.numpy().tolist() == [[0.0] * 3] * 2


def test_clip_takes_the_names_of_the_standard_and_bounds_that_differ_by_element(backend):
    values = np.array([-2.0, 0.5, 3.0], np.float32)
    assert ops.clip(Tensor(values), min=0.0, max=1.0).numpy().tolist() == [0.0, 0.5, 1.0]
    assert Tensor(values).clamp(max=1.0).numpy().tolist() == [-2.0, 0.5, 1.0]
    assert ops.clip(Tensor(values), np.array([0.0, 1.0, 2.0], np.float32)).numpy().tolist() == [0.0, 1.0, 3.0]

    x, low, high = Tensor(values), Tensor([-1.0, 0.0, 0.0]), Tensor(2.0)
    y = ops.clip(x, low, high)
    y.sum().backward()
    assert y.numpy().tolist() == [-1.0, 0.5, 2.0]
    assert [t.grad.numpy().tolist() for t in (x, low, high)] == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], 1.0]


def test_crossed_bounds_give_the_upper_one_in_both_forms(backend):
    x = Tensor([-2.0, 0.5, 3.0])
    for low, high in ((1.0, -1.0), (Tensor(1.0), Tensor(-1.0))):
        assert ops.clip(x, low, high).numpy().tolist() == [-1.0] * 3


@pytest.mark.parametrize("shape", [(-1,), (2, -1)])
def test_negative_sizes_are_refused_by_broadcast_to(shape, backend):
    with pytest.raises(ShapeError, match=r"^broadcast_to: shape .* is negative in part"):
        ops.broadcast_to(zeros(1), shape)


def test_the_reference_convolution_keeps_the_digits_of_the_wider_operand():
    x, weight = np.ones((1, 3, 3, 1), np.float32), np.full((2, 2, 1, 1), 0.1)
    out = reference.conv2d(x, weight)
    assert out.dtype == np.float64
    assert reference.conv2d_input_grad(np.ones((1, 2, 2, 1), np.float32), weight, (3, 3)).max() == 0.4
    assert reference.conv2d_weight_grad(np.full((1, 2, 2, 1), 0.1), x, (2, 2)).max() == 0.4


def test_the_gradient_of_an_element_is_among_zeros_also_where_the_others_are_infinite():
    node = ops.tuple_get_item(ops.split(Tensor([np.inf, 1.0])), 1)
    first, second = node.op.gradient(Tensor(2.0), node)
    assert (first.item(), second.item()) == (0.0, 2.0)


def test_nearness_to_a_number_is_that_to_a_tensor_of_it(backend):
    x = Tensor([np.inf, np.nan, 1.0])
    for number in (np.inf, np.nan, 1.0):
        for equal_nan in (False, True):
            with np.errstate(invalid="ignore"):  # NumPy warns of inf - inf
                found = ops.isclose(x, number, equal_nan=equal_nan)
            np.testing.assert_array_equal(found.numpy(), np.isclose(x.numpy(), number, equal_nan=equal_nan))


def test_the_power_zero_of_a_matrix_is_the_identity_also_of_infinite_ones(backend):
    assert ops.matrix_power(Tensor([[np.inf, 1.0], [np.nan, 2.0]]), 0).numpy().tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_a_constant_power_has_no_gradient_also_where_an_infinite_one_arrives(backend):
    x = Tensor([1.0, 2.0])
    (x**0).backward(np.array([np.inf, np.nan], np.float32))
    assert x.grad.numpy().tolist() == [0.0, 0.0]


@pytest.mark.parametrize("dtype", ["int32", "bool"])
def test_integers_are_all_finite(dtype, backend):
    x = Tensor(np.array([0, 1], dtype))
    assert ops.nan_to_num(x).dtype == dtype
    assert ops.nan_to_num(x).numpy().tolist() == [0, 1]


def test_more_differences_than_elements_leave_nothing(backend):
    assert ops.diff(zeros(3), 10**9).shape == (0,)
    assert ops.diff(zeros(3), 2).shape == (1,)


INTEGER_IMAGES = {
    "conv": lambda x: ops.conv(x, zeros(3, 3, 1, 1)),
    "max_pool2d": lambda x: ops.max_pool2d(x, 2),
    "avg_pool2d": lambda x: ops.avg_pool2d(x, 2),
}


@pytest.mark.parametrize("name", INTEGER_IMAGES)
def test_images_of_integers_are_refused_at_the_call_in_lazy_mode_too(name):
    with lazy(), pytest.raises(DTypeError, match="expected floats"):
        INTEGER_IMAGES[name](zeros(1, 4, 4, 1, dtype="int64"))


def test_numbers_of_classes_may_be_wider_than_the_indices(backend):
    rows = ops.one_hot(Tensor(np.array([5, 44], np.uint8)), 300).numpy()
    assert [row.nonzero()[0].tolist() for row in rows] == [[5], [44]]
    assert ops.one_hot(Tensor([True, False]), 3).numpy().tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]


def test_pad_needs_a_pair_for_each_axis(backend):
    with pytest.raises(
        ShapeError, match=r"^pad: widths \(\(1, 1\),\) for shape \(2, 3\); expected a pair for each axis"
    ):
        ops.Pad([(1, 1)])(zeros(2, 3))
