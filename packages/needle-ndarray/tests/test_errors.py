"""What errors say: what was wrong, what was expected, and what to write instead."""

import re
import subprocess
import sys

import needle_ndarray as nd
import numpy as np
import pytest
from needle_ndarray import BackendUnavailable, DeviceError, DTypeError, ShapeError

from .support import DTYPES


def test_each_error_is_also_the_builtin_that_fits():
    assert issubclass(ShapeError, ValueError)
    assert issubclass(DTypeError, TypeError)
    assert issubclass(DeviceError, RuntimeError)
    assert issubclass(BackendUnavailable, RuntimeError)
    for error in (ShapeError, DTypeError, DeviceError, BackendUnavailable):
        assert error.__module__ == "needle_ndarray.errors"
        assert error.__doc__


@pytest.mark.parametrize("name", ["add", "multiply", "pow", "maximum", "less", "logical_and"])
@pytest.mark.parametrize(
    ("a", "b", "axis", "sizes"),
    [
        ((2, 3), (4,), -1, (3, 4)),
        ((4,), (2, 3), -1, (4, 3)),
        ((2, 3), (3, 3), -2, (2, 3)),
        ((5, 1, 2), (4, 0), -1, (2, 0)),
    ],
)
def test_shapes_that_do_not_broadcast_are_named_with_their_axis(name, a, b, axis, sizes):
    text = (
        f"{name}: shapes {a} and {b} do not broadcast: axis {axis} has size {sizes[0]} and {sizes[1]}; "
        "the sizes of an axis must be equal, or one of them 1"
    )
    with pytest.raises(ShapeError, match=f"^{re.escape(text)}$"):
        getattr(nd, name)(nd.ones(a), nd.ones(b))


def test_unknown_dtypes_are_answered_with_the_known_ones():
    known = re.escape(f"known are {', '.join(DTYPES)}")
    for make in (
        lambda dtype: nd.zeros(2, dtype=dtype),
        lambda dtype: nd.asarray([1], dtype=dtype),
        lambda dtype: nd.ones(2).astype(dtype),
        lambda dtype: nd.arange(3, dtype=dtype),
        lambda dtype: nd.result_type(dtype, nd.ones(1)),
        lambda dtype: nd.NDArray([1], dtype=dtype),
    ):
        for unknown in ("float31", "FLOAT32", "", "float32 ", np.dtype("S4"), "f4", "\ud800"):
            with pytest.raises(DTypeError, match=rf"unknown dtype .*; {known}"):
                make(unknown)
        with pytest.raises(DTypeError, match="unknown dtype"):
            make(object())


def test_unknown_devices_are_answered_with_the_known_ones():
    for unknown in ("gpu", "cuda:", "cuda:x", "cuda:1234", "cpu:0", "CPU", "", "\ud800", "cuda:-1", "cuda:1\0"):
        for make in (nd.Device, lambda name: nd.zeros(2, device=name), lambda name: nd.ones(2).to(name)):
            with pytest.raises(DeviceError, match=r"unknown device .*; known are cpu\(\), cuda\(\) and cuda\(index\)"):
                make(unknown)
    for unknown in (3, 1.5, object()):
        with pytest.raises(DeviceError, match="unknown device"):
            nd.zeros(2, device=unknown)


def test_a_device_that_cannot_be_used_says_why():
    for device in (nd.cuda(), nd.cuda(1), nd.cuda(99)):
        if device.enabled():
            continue
        reason = device.why_not()
        assert "CUDA" in reason
        assert reason.endswith(".")
        assert len(reason.split()) >= 5
        for use in (
            lambda device=device: nd.zeros(3, device=device),
            lambda device=device: nd.ones(3, device=device),
            lambda device=device: nd.empty(3, device=device),
            lambda device=device: nd.full(3, 1, device=device),
            lambda device=device: nd.arange(3, device=device),
            lambda device=device: nd.eye(3, device=device),
            lambda device=device: nd.asarray([1, 2], device=device),
            lambda device=device: nd.asarray(np.ones(2), device=device),
            lambda device=device: nd.ones(2).to(device),
            lambda device=device: nd.NDArray([1], device=device),
            lambda device=device: nd.random.Generator(0).uniform((2,), device=device),
        ):
            with pytest.raises(BackendUnavailable, match=re.escape(repr(device))):
                use()


def test_devices_that_cannot_be_used_are_not_listed():
    assert all(device.enabled() for device in nd.all_devices())
    info = nd.build_info()
    assert set(info) == {"version", "isa", "threads", "cuda", "cuda_why_not"}
    assert info["cuda"] == nd.cuda().enabled()
    assert info["cuda_why_not"] == nd.cuda().why_not()
    assert info["threads"] == nd.num_threads()
    assert info["version"] == nd.__version__


def test_names_that_the_package_does_not_have():
    with pytest.raises(AttributeError, match="module 'needle_ndarray' has no attribute 'nonsense'"):
        nd.nonsense  # noqa: B018 - reading it raises
    with pytest.raises(AttributeError, match="nonsense"):
        nd.ones(2).nonsense  # noqa: B018 - reading it raises
    with pytest.raises(AttributeError):
        nd.ones(2).nonsense = 1


@pytest.mark.parametrize("count", [0, -1])
def test_threads_are_at_least_one(count):
    before = nd.num_threads()
    with pytest.raises(ValueError, match="thread"):
        nd.set_num_threads(count)
    assert nd.num_threads() == before


def test_arguments_of_the_wrong_type_are_refused():
    x = nd.ones((2, 2))
    for call in (
        lambda: nd.add(x),
        lambda: nd.add(x, x, x),
        lambda: nd.add(x, None),
        nd.exp,
        lambda: nd.exp("a"),
        lambda: nd.add("a", x),
        lambda: nd.add({}, x),
        lambda: nd.sum(x, keepdims="yes"),
        lambda: nd.sum(x, 0),
        lambda: nd.reshape(x),
        lambda: nd.reshape(x, None),
        lambda: nd.reshape(x, "4"),
        lambda: nd.reshape(x, 4, copy=1),
        lambda: nd.permute_dims(x, 1.0),
        lambda: nd.where(x, x),
        lambda: nd.take(x, "a", axis=0),
        lambda: nd.full((2,), "a"),
        lambda: nd.full((2,), {}),
        lambda: nd.arange("a"),
        lambda: nd.arange(1, 2, None, None),
        lambda: nd.eye(1.5),
        lambda: nd.broadcast_shapes(3.5),
        lambda: x.fill("a"),
        lambda: x.fill([1]),
        lambda: x.reshape(1.5),
        lambda: x.permute("ab"),
        lambda: x.astype(None),
        lambda: x.as_strided(2, None),
        nd.asarray,
        lambda: nd.set_num_threads("2"),
        lambda: nd.astype(x, 5),
    ):
        with pytest.raises(TypeError):
            call()


def test_no_error_leaves_anything_behind():
    x = nd.arange(12).reshape(3, 4)
    before = x.tolist()
    for attempt in (
        lambda: x.__setitem__((0, slice(None)), np.arange(5)),
        lambda: x.__setitem__(0, 2**64),
        lambda: x.__setitem__(slice(None), [[1, 2, 3, 4], [5, 6, 7]]),
        lambda: nd.add(x, nd.ones((3, 4)), out=x),
        lambda: x.__ipow__(-1),
        lambda: x.__itruediv__(2),
        lambda: nd.index_add(x, [0, 7], nd.ones((2, 4), dtype="int64")),
        lambda: x.fill(float("nan")),
    ):
        with pytest.raises((ValueError, TypeError, OverflowError, IndexError)):
            attempt()
        assert x.tolist() == before


def test_an_error_whose_class_cannot_be_imported_is_still_an_error():
    code = """
import sys
import needle_ndarray as nd
sys.modules["needle_ndarray.errors"] = None
for operation in (lambda: nd.ones(2) + nd.ones(3), lambda: nd.add(nd.ones(2), nd.ones(3))):
    try:
        operation()
    except Exception as error:
        print(type(error).__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["ModuleNotFoundError"] * 2), done.stderr
