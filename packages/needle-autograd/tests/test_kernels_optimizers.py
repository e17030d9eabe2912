"""The native steps of optimizers, against the plain formulas on NumPy arrays in double precision."""

import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd.backends import reference

from .kernel_support import LENGTHS, layouts, run_apart

pytestmark = pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")

ADAM = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "step": 3}
# Name, number of arrays beside parameter and gradient, whether the first of those may be None, numbers.
STEPS = {
    "sgd": ("sgd_step", 0, {"lr": 0.1}),
    "sgd with weight decay": ("sgd_step", 0, {"lr": 0.1, "weight_decay": 0.05}),
    "sgd with momentum": ("sgd_step", 1, {"lr": 0.1, "momentum": 0.9}),
    "sgd with all": ("sgd_step", 1, {"lr": 0.1, "momentum": 0.9, "dampening": 0.9, "weight_decay": 0.05}),
    "adam": ("adam_step", 2, ADAM),
    "adam with weight decay": ("adam_step", 2, {**ADAM, "weight_decay": 0.05}),
    "adam decoupled": ("adam_step", 2, {**ADAM, "weight_decay": 0.05, "decoupled": True}),
    "rmsprop": ("rmsprop_step", 1, {"lr": 0.1, "alpha": 0.9, "eps": 1e-8}),
    "rmsprop with all": (
        "rmsprop_step",
        2,
        {"lr": 0.1, "alpha": 0.9, "eps": 1e-8, "momentum": 0.9, "weight_decay": 0.05},
    ),
}
RTOL = {"float32": 2e-6, "float64": 1e-14}


def operands(shape, states, dtype, seed=0):
    """A parameter, its gradient and the state, none of whose elements is near 0."""
    rng = np.random.default_rng(seed)
    signs = rng.choice([-1.0, 1.0], shape)
    return [(rng.uniform(0.5, 2, shape) * (signs if i < 2 else 1)).astype(dtype) for i in range(2 + states)]


def run(kernels, name, arrays, numbers):
    """Take a step; SGD always has a place for a buffer."""
    getattr(kernels, name)(*arrays, *([None] if name == "sgd_step" and len(arrays) == 2 else []), **numbers)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", STEPS)
def test_steps_of_every_length_agree_with_the_formula(case, dtype):
    name, states, numbers = STEPS[case]
    for length in [*LENGTHS, 70000]:
        plain = operands(length, states, dtype)
        arrays = [nd.asarray(values.copy()) for values in plain]
        exact = [values.astype(np.float64) for values in plain]
        run(nd.kernels, name, arrays, numbers)
        run(reference, name, exact, numbers)
        for position, (found, wanted) in enumerate(zip(arrays, exact, strict=True)):
            assert found.dtype == dtype
            np.testing.assert_allclose(found.numpy(), wanted, rtol=RTOL[dtype], atol=RTOL[dtype])
            assert (position == 1) == bool((found.numpy() == plain[position]).all())


@pytest.mark.parametrize("case", STEPS)
@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 5)])
def test_operands_of_every_layout(case, shape):
    name, states, numbers = STEPS[case]
    plain = operands(shape, states, "float64")
    run(reference, name, exact := [values.copy() for values in plain], numbers)
    for arrays in zip(*(layouts(values) for values in plain), strict=True):
        run(nd.kernels, name, [array for _, array in arrays], numbers)
        for (_, found), wanted in zip(arrays, exact, strict=True):
            np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-14, atol=1e-14)


def test_a_step_writes_only_what_its_view_shows():
    whole = nd.ones((4, 6))
    nd.kernels.sgd_step(whole[1:3, ::2], nd.ones((2, 3)), None, lr=0.5)
    expected = np.ones((4, 6))
    expected[1:3, ::2] = 0.5
    assert (whole.numpy() == expected).all()


def test_gradients_that_are_broadcast_or_views_of_the_parameter():
    w = nd.asarray([1.0, 2.0, 3.0])
    nd.kernels.sgd_step(w, nd.broadcast_to(nd.asarray(1.0), (3,)), None, lr=1.0)
    assert w.tolist() == [0.0, 1.0, 2.0]
    nd.kernels.sgd_step(w, w, None, lr=0.5)
    assert w.tolist() == [0.0, 0.5, 1.0]
    nd.kernels.sgd_step(w, w[::-1], None, lr=1.0)
    assert w.tolist() == [-1.0, 0.0, 1.0]


@pytest.mark.parametrize("case", STEPS)
def test_empty_and_single_elements(case):
    name, states, numbers = STEPS[case]
    for shape in [(0,), (3, 0), ()]:
        plain = operands(shape, states, "float64")
        arrays = [nd.asarray(np.array(values)) for values in plain]
        exact = [np.array(values) for values in plain]
        run(nd.kernels, name, arrays, numbers)
        run(reference, name, exact, numbers)
        for found, wanted in zip(arrays, exact, strict=True):
            np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_sixteen_bits_are_computed_in_float32_and_rounded_once(dtype):
    plain = operands(50, 2, "float32")
    arrays = [nd.asarray(values).astype(dtype) for values in plain]
    wide = [array.astype("float32") for array in arrays]
    run(nd.kernels, "adam_step", arrays, ADAM)
    run(nd.kernels, "adam_step", wide, ADAM)
    for found, exact in zip(arrays, wide, strict=True):
        assert (found == exact.astype(dtype)).all()


def test_special_values_give_what_the_formulas_give():
    special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-40, 3e38])
    for case, (name, states, numbers) in STEPS.items():
        plain = operands(len(special), states, "float32")
        plain[1] = special.astype("float32")
        arrays = [nd.asarray(values.copy()) for values in plain]
        run(nd.kernels, name, arrays, numbers)
        run(reference, name, plain, numbers)
        np.testing.assert_allclose(arrays[0].numpy(), plain[0], rtol=1e-5, err_msg=case)


def test_what_does_not_fit_is_refused_and_nothing_is_written():
    w, g = nd.ones(3), nd.ones(3)
    step = nd.kernels.sgd_step
    with pytest.raises(nd.ShapeError, match=r"sgd_step: the parameter has shape \(3,\), but grad has shape \(4,\)"):
        step(w, nd.ones(4), None, lr=1.0)
    with pytest.raises(nd.ShapeError, match=r"buffer has shape \(1,\)"):
        step(w, g, nd.ones(1), lr=1.0)
    with pytest.raises(nd.DTypeError, match=r"parameter has dtype float32, but grad has float64; convert it"):
        step(w, g.astype("float64"), None, lr=1.0)
    with pytest.raises(nd.DTypeError, match=r"parameter has dtype int64; expected a floating-point one"):
        step(nd.ones(3, dtype="int64"), nd.ones(3, dtype="int64"), None, lr=1.0)
    with pytest.raises(ValueError, match="a broadcast view"):
        step(nd.broadcast_to(nd.ones(1), (3,)), g, None, lr=1.0)
    frozen = np.ones(3, np.float32)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        step(nd.from_dlpack(frozen), g, None, lr=1.0)
    m = nd.zeros(3)
    with pytest.raises(ValueError, match=r"adam_step: m and v share memory, but both are written"):
        nd.kernels.adam_step(w, g, m, m, **ADAM)
    with pytest.raises(ValueError, match="steps are counted from 1, but step is 0"):
        nd.kernels.adam_step(w, g, nd.zeros(3), nd.zeros(3), **{**ADAM, "step": 0})
    with pytest.raises(TypeError, match=r"sgd_step: param must be an NDArray, not <class 'numpy.ndarray'>"):
        step(np.ones(3), g, None, lr=1.0)
    with pytest.raises(TypeError, match="lr"):
        step(w, g, None)
    assert w.tolist() == [1.0, 1.0, 1.0]


RESULTS = """
import needle_ndarray as nd, numpy as np
rng = np.random.default_rng(0)
w, g, m, v = (nd.asarray(rng.random(200001, dtype="float32")) for _ in range(4))
nd.kernels.adam_step(w, g, m, v, lr=0.1, beta1=0.9, beta2=0.99, eps=1e-8, step=2)
nd.kernels.rmsprop_step(w, g, v, m, lr=0.1, alpha=0.9, eps=1e-8, momentum=0.9)
nd.kernels.sgd_step(w, g, m, lr=0.1, momentum=0.9)
print(hash(w.numpy().tobytes()))
"""


def test_results_do_not_depend_on_the_number_of_threads():
    first, second = (run_apart(RESULTS, NEEDLE_NUM_THREADS=n, PYTHONHASHSEED="0") for n in "14")
    assert first == second
