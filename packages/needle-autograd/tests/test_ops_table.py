"""One table drives these tests: the operations, times their samples, array libraries, dtypes and memory layouts.

The oracles are each sample's NumPy reference and finite differences in float64.
"""

import array_api_strict
import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd import Tensor, TensorTuple, lazy, no_grad, ops
from needle_autograd.backends import array_namespace, device_of
from needle_autograd.learn.memory_layouts import LAYOUTS, laid_out
from needle_autograd.op import REGISTRY
from needle_autograd.testing import check_op

LIBRARIES = {"np": np, "nd": nd, "strict": array_api_strict}

SAMPLES = [
    pytest.param(kind, sample, id=f"{name}-{number}{'-' if sample.label else ''}{sample.label}")
    for name, kind in REGISTRY.items()
    for number, sample in enumerate(kind.samples())
]

CHANGES_DTYPE = {ops.AsType, ops.OneHot}

NOT_HALF = {ops.Cholesky, ops.Det, ops.Inverse, ops.SlogDet, ops.Solve}

NO_FUNCTION = {"setitem", "add_at", "add_along_axis", "on_diagonal"}
"""Operations that only gradients use, besides those called *_grad."""


def tensor(array, requires_grad=True):
    return Tensor.make_const(array, requires_grad=requires_grad and "float" in str(array.dtype))


def as_list(result):
    return list(result) if isinstance(result, tuple | list | TensorTuple) else [result]


def skip_what_a_library_refuses(library, sample):
    if library == "strict" and not sample.standard:
        pytest.skip("array_api_strict refuses to mix integers and floats")


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_results_equal_the_numpy_reference_in_every_memory_layout(kind, sample, dtype, library):
    skip_what_a_library_refuses(library, sample)
    for layout in LAYOUTS:
        arrays = [laid_out(values, layout, LIBRARIES[library]) for values in sample.arrays(dtype)]
        before = [np.array(array, copy=True) for array in arrays]
        exact = [values.astype(np.float64) if values.dtype.kind == "f" else values for values in before]
        expected = as_list(sample.reference(*exact, **sample.kwargs))

        with no_grad():
            results = as_list(sample.apply(kind, *[tensor(array) for array in arrays]))

        tolerance = {"float32": 2e-5, "float64": 1e-12}[dtype]
        assert len(results) == len(expected), layout
        for got, want in zip(results, map(np.asarray, expected), strict=True):
            assert got.shape == want.shape, layout
            if sample.exact:
                np.testing.assert_array_equal(got.numpy(), want.astype(got.numpy().dtype), err_msg=layout)
            else:
                np.testing.assert_allclose(got.numpy(), want, rtol=tolerance, atol=tolerance, err_msg=layout)
            data = got.realize_cached_data()
            assert array_namespace(data) is LIBRARIES[library]
            if "float" in str(data.dtype) and kind not in CHANGES_DTYPE and all(a.dtype.kind == "f" for a in before):
                assert data.dtype == arrays[0].dtype
        for array, copy in zip(arrays, before, strict=True):
            np.testing.assert_array_equal(np.asarray(array), copy, err_msg=f"an operand was written to, {layout}")


@pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in REGISTRY.items()])
def test_gradients_equal_finite_differences_to_second_order(kind, backend):
    check_op(kind)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(("kind", "sample"), [case for case in SAMPLES if case.values[1].order])
def test_gradients_have_shape_and_dtype_of_their_input_in_every_memory_layout(kind, sample, library):
    skip_what_a_library_refuses(library, sample)
    for layout in LAYOUTS:
        tensors = [tensor(laid_out(values, layout, LIBRARIES[library])) for values in sample.arrays("float32")]
        for result in as_list(sample.apply(kind, *tensors)):
            if result.requires_grad:
                result.backward(retain_graph=True)
                for operand in tensors:
                    if operand.grad is not None:
                        assert operand.grad.shape == operand.shape
                        assert operand.grad.dtype == operand.dtype


@pytest.mark.parametrize(
    "call",
    [
        ops.add, ops.multiply, ops.divide, ops.power, ops.matmul, ops.maximum, ops.minimum,
        lambda a, b: ops.where(a > b, a, b), lambda a, b: ops.stack([a, b]), lambda a, b: ops.concat([a, b]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("dtypes", [("float32", "float64"), ("float64", "float32")])
def test_gradients_have_the_dtype_of_their_input_when_dtypes_differ(call, dtypes, backend):
    a, b = (Tensor(np.full((2, 2), 0.5 + i), dtype=dtype) for i, dtype in enumerate(dtypes))
    call(a, b).sum().backward()
    assert (a.grad.dtype, b.grad.dtype) == dtypes


@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_lazy_results_equal_eager_ones_and_are_described_beforehand(kind, sample, backend):
    arrays = sample.arrays("float32")
    eager = as_list(sample.apply(kind, *[Tensor(values.copy()) for values in arrays]))
    with lazy():
        result = sample.apply(kind, *[Tensor(values.copy()) for values in arrays])
        if sample.call is None and isinstance(result, Tensor) and kind.infers:
            floats = all(values.dtype.kind == "f" for values in arrays)
            assert result.cached_data is None or not floats
            specs = [(result.shape, result.dtype, result.device)]
        else:
            specs = None
        results = as_list(result)
    for got, want in zip(results, eager, strict=True):
        np.testing.assert_array_equal(got.numpy(), want.numpy())
        data = got.realize_cached_data()
        if specs:
            assert specs == [(tuple(data.shape), data.dtype, device_of(data))]


@pytest.mark.parametrize(("kind", "sample"), [case for case in SAMPLES if case.values[1].order])
def test_gradients_read_only_the_values_that_they_need(kind, sample):
    if sample.call is not None or not isinstance(kind.needs, tuple):
        pytest.skip("more than one operation, or one that needs everything")

    def gradients(spoil):
        tensors = [tensor(values) for values in sample.arrays("float64")]
        result = sample.apply(kind, *tensors)
        out_grad = (
            tensor(np.ones(result.shape)) if isinstance(result, Tensor) else [tensor(np.ones(p.shape)) for p in result]
        )
        if spoil:
            for position, operand in enumerate(tensors):
                if position not in kind.needs and operand.requires_grad:
                    operand.cached_data = np.full(operand.shape, np.nan)
            if "out" not in kind.needs and isinstance(result, Tensor):
                result.cached_data = np.full(result.shape, np.nan)
        out_grad = TensorTuple(*out_grad) if isinstance(out_grad, list) else out_grad
        return result.op.gradient_as_tuple(out_grad, result)

    for plain, spoiled in zip(gradients(spoil=False), gradients(spoil=True), strict=True):
        if plain is not None and isinstance(plain, Tensor):
            np.testing.assert_array_equal(plain.numpy(), spoiled.numpy())


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize(("kind", "sample"), SAMPLES)
def test_half_precision_is_kept_forward_and_backward(kind, sample, dtype):
    if kind in NOT_HALF:
        pytest.skip("LAPACK computes in float32 and float64; the operation says so")
    tensors = []
    for values in sample.arrays("float32"):
        array = nd.asarray(values.copy())
        tensors.append(tensor(nd.astype(array, dtype) if values.dtype.kind == "f" else array))
    for result in as_list(sample.apply(kind, *tensors)):
        if "float" in str(result.dtype) and kind not in CHANGES_DTYPE:
            assert result.dtype == dtype
        if result.requires_grad:
            result.backward(retain_graph=True)
            for operand in tensors:
                if operand.grad is not None:
                    assert (operand.grad.shape, operand.grad.dtype) == (operand.shape, operand.dtype)


@pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in REGISTRY.items()])
def test_every_operation_is_documented_and_has_samples(kind):
    assert kind.samples()
    assert kind.__doc__
    assert kind.formula
    assert kind.gradient_formula
    assert kind.needs is not None, "declare which values the gradient reads"
    assert getattr(ops, kind.__name__) is kind
    if not kind.name.endswith("_grad") and kind.name not in NO_FUNCTION:
        function = getattr(ops, kind.name)
        assert function.__doc__


def test_samples_cover_empty_operands_one_element_and_broadcasting():
    def has(kind, condition):
        return any(condition([np.shape(values) for values in sample.arrays()]) for sample in kind.samples())

    for kind in (ops.EWiseAdd, ops.EWiseMul, ops.EWiseDiv, ops.EWisePow, ops.Maximum, ops.Less):
        assert has(kind, lambda shapes: len(set(shapes)) > 1)
        assert has(kind, lambda shapes: any(0 in shape for shape in shapes))
    for kind in (ops.Exp, ops.ReLU, ops.Summation, ops.Reshape, ops.Softmax, ops.MatMul, ops.Take):
        assert has(kind, lambda shapes: any(0 in shape for shape in shapes))
    for kind in (ops.Exp, ops.ReLU, ops.Max, ops.LogSoftmax, ops.MatMul, ops.CrossEntropy):
        assert has(kind, lambda shapes: all(np.prod(shape) == 1 for shape in shapes if len(shape) > 1))
