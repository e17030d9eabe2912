"""The public names of the package: whoever changes them changes this list, and the changelog with it."""

import ast
import pathlib
import types

import needle_ndarray as nd
import pytest

MODULES = """
constants creation devices dtypes elementwise errors indexing kernels linalg linear_algebra manipulation
probability random reductions searching sets sorting utility
"""

NAMES = """
BackendUnavailable DType DTypeError Device DeviceError Layout NDArray ShapeError
abs acos acosh add add_at all all_devices any arange argmax argmin argsort array asarray asin asinh astype atan atan2
atanh
bfloat16 bitwise_and bitwise_invert bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor bool
broadcast_arrays broadcast_shapes broadcast_to build_info
cache_limit can_cast ceil clip concat conj conv2d copysign cos cosh count_nonzero cpu cuda cumulative_prod
cumulative_sum
default_device diagonal diff divide
e einsum empty empty_cache empty_like equal erf erfc exp expand_dims expm1 eye
finfo flip float16 float32 float64 floor floor_divide from_dlpack full full_like
get_printoptions greater greater_equal
hypot
iinfo imag index_add inf int16 int32 int64 int8 isdtype isfinite isin isinf isnan
less less_equal linspace load log log10 log1p log2 log_softmax logaddexp logical_and logical_not logical_or logical_xor
logsumexp
matmul matrix_transpose max maximum mean memory_limit memory_statistics meshgrid min minimum moveaxis multiply
nan negative newaxis nextafter nonzero not_equal num_threads
ones ones_like
pad permute_dims pi positive pow printoptions prod put_along_axis
real reciprocal remainder repeat reset_peak_memory reshape result_type roll round
save savez savez_compressed searchsorted set_cache_limit set_memory_limit set_num_threads set_printoptions sigmoid
sign signbit sin sinh softmax sort split sqrt square squeeze stack std subtract sum swapaxes
take take_along_axis tan tanh tensordot tile tril triu trunc
uint16 uint32 uint64 uint8 unique_all unique_counts unique_inverse unique_values unstack
var vecdot
where
zeros zeros_like
"""

LINALG = """
EighResult LinAlgError QRResult SVDResult SlogdetResult
cholesky cross det diagonal eig eigh eigvals eigvalsh inv matmul matrix_norm matrix_power matrix_rank matrix_transpose
outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm
"""

ATTRIBUTES = """
T all any argmax argmin as_strided astype broadcast_to compact copy device diagonal dtype expand_dims fill flat
flatten flip is_compact item itemsize layout mT max mean min nbytes ndim nonzero numpy permute prod ravel reshape
shape size squeeze std strides sum swapaxes to to_device tolist transpose var
"""


def public(namespace):
    return {name for name in dir(namespace) if not name.startswith("_")}


def test_the_names_of_the_package():
    lazily_loaded = {"flat", "formatting", *nd._ON_FIRST_USE.values()}  # submodules that are there once they are used
    lazily_loaded -= set(nd._ON_FIRST_USE)
    modules = {name for name in public(nd) if isinstance(getattr(nd, name), types.ModuleType)} - lazily_loaded
    assert sorted(modules) == MODULES.split()
    assert sorted(public(nd) - modules - lazily_loaded) == NAMES.split()


def test_names_loaded_on_first_use_are_told_to_type_checkers():
    tree = ast.parse(pathlib.Path(nd.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    told = {
        alias.asname: node.module or alias.name
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == nd._ON_FIRST_USE
    assert set(told) <= set(dir(nd))
    for name, module in told.items():
        value = getattr(nd, name)
        assert isinstance(value, types.ModuleType) == (name == module)
        assert getattr(nd, name) is value


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="module 'needle_ndarray' has no attribute 'nothing'"):
        nd.nothing  # noqa: B018 - reading it raises


def test_the_names_of_an_array():
    assert sorted(public(nd.NDArray)) == ATTRIBUTES.split()


def test_the_names_of_the_kernels_and_of_random():
    assert public(nd.random) == {"Generator"}
    assert {"index_add", "sigmoid"} <= public(nd.kernels)


def test_the_names_of_linalg():
    names = {name for name in public(nd.linalg) if not isinstance(getattr(nd.linalg, name), types.ModuleType)}
    assert sorted(names) == sorted(LINALG.split())
    assert all(getattr(nd.linalg, name).__doc__ for name in names)


@pytest.mark.parametrize("name", NAMES.split())
def test_everything_public_is_documented(name):
    assert getattr(nd, name).__doc__ or name == "newaxis"


@pytest.mark.parametrize("name", ATTRIBUTES.split())
def test_every_attribute_of_an_array_is_documented(name):
    assert getattr(nd.NDArray, name).__doc__
