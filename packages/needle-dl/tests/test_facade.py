"""What `import needle` offers, and that every name of it is the lower package's own object."""

import subprocess
import sys
import types

import needle
import needle.data.datasets
import needle_autograd
import needle_data
import needle_nn
import pytest

TOP_LEVEL = {
    *("BACKEND", "Device", "NDArray", "Op", "Tensor", "TensorOp", "TensorTuple", "TensorTupleOp", "Value"),
    *("BackendUnavailable", "DTypeError", "DeviceError", "GraphError", "LinAlgError", "ShapeError"),
    *("all_devices", "cpu", "cpu_numpy", "cuda", "default_device", "get_backend", "set_backend", "seed"),
    *("course_mode", "enable_grad", "is_grad_enabled", "lazy", "no_grad", "set_grad_enabled"),
    *("checkpoint", "custom_op", "grad", "hessian", "hvp", "jacobian", "jvp", "tree", "value_and_grad", "vjp"),
    *("AnomalyError", "StructureError", "debug", "detect_anomaly"),
    *("arange", "full", "one_hot", "ones", "ones_like", "rand", "randb", "randn", "zeros", "zeros_like"),
    *(
        "add",
        "add_scalar",
        "broadcast_to",
        "dilate",
        "divide",
        "divide_scalar",
        "exp",
        "flip",
        "fused_add_scalars",
        "log",
    ),
    *("logsoftmax", "logsumexp", "make_tuple", "matmul", "mul_scalar", "multiply", "negate", "power", "power_scalar"),
    *("relu", "reshape", "split", "stack", "summation", "tanh", "transpose", "tuple_get_item", "undilate"),
    *("autograd", "backend_ndarray", "backend_numpy", "backend_selection", "data", "init", "nn", "ops", "optim"),
}


def public_names(module):
    return {
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }


def test_names_that_programs_rely_on_are_at_the_top():
    missing = {name for name in TOP_LEVEL if not hasattr(needle, name)}
    assert missing == set()


@pytest.mark.parametrize(
    ("facade", "source"),
    [
        (needle.ops, needle_autograd.ops),
        (needle.nn, needle_nn),
        (needle.optim, needle_nn.optim),
        (needle.data, needle_data),
        (needle.data.datasets, needle_data.datasets),
    ],
)
def test_submodules_show_exactly_what_the_lower_package_has(facade, source):
    names = public_names(source)
    assert public_names(facade) == names
    assert all(getattr(facade, name) is getattr(source, name) for name in names)


def test_every_operation_is_at_the_top():
    functions = {name for name in public_names(needle_autograd.ops) if name.islower()} - {"one_hot"}
    assert all(getattr(needle, name) is getattr(needle_autograd.ops, name) for name in functions)


def test_init_joins_creation_and_initializers():
    assert needle.init.ones is needle_autograd.creation.ones
    assert needle.init.kaiming_uniform is needle_nn.init.kaiming_uniform
    functions = {
        name
        for module in (needle_autograd.creation, needle_nn.init)
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }
    assert {name for name in public_names(needle.init) if name != "annotations"} == functions


def test_autograd_is_the_engines_own_module():
    import needle.autograd
    import needle.autograd.ops.elementwise.arithmetic
    import needle.autograd.random

    assert needle.autograd is needle_autograd
    assert needle.autograd.random is needle_autograd.random
    assert needle.autograd.ops.elementwise.arithmetic.EWiseAdd is needle_autograd.ops.EWiseAdd
    try:
        needle.autograd.LAZY_MODE = True
        assert needle_autograd.is_lazy()
    finally:
        needle.autograd.LAZY_MODE = False


@pytest.mark.parametrize("backend", ["nd", "np"])
def test_backend_names_follow_the_backend_in_use(backend):
    needle.set_backend(backend)
    assert needle.BACKEND == needle.backend_selection.BACKEND == backend
    assert needle.backend_selection.array_api.__name__ == {"nd": "needle_ndarray", "np": "numpy"}[backend]


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="module 'needle' has no attribute 'colour'"):
        _ = needle.colour
    with pytest.raises(AttributeError, match=r"'needle.backend_selection' has no attribute 'colour'"):
        _ = needle.backend_selection.colour


def test_arrays_of_backend_ndarray_are_float32_by_default():
    nd = needle.backend_ndarray
    array = nd.array([1, 2, 3])
    assert isinstance(array, needle.NDArray)
    assert array.dtype == "float32"
    assert nd.array([1, 2], dtype="int64").dtype == "int64"
    assert nd.cpu_numpy() == nd.cpu() == needle.cpu()


def test_importing_prints_nothing_and_leaves_the_command_alone():
    code = "import sys, needle; sys.exit(any(name in sys.modules for name in ('click', 'tqdm', 'needle.cli')))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
