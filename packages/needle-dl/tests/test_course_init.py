"""What programs of the course rely on in `needle.init`, one test for each promise."""

import needle as ndl
import numpy as np
import pytest
from needle import init
from needle_autograd import random

pytestmark = pytest.mark.usefixtures("backend")


def close(got, expected, tolerance=1e-6):
    """Compare a tensor with NumPy's numbers."""
    np.testing.assert_allclose(got.numpy(), expected, rtol=tolerance, atol=tolerance)


def test_sizes_are_several_arguments_and_gradients_are_asked_for():
    for make in (init.rand, init.randn, init.ones, init.zeros, init.constant, init.randb):
        x = make(2, 3)
        assert x.shape == (2, 3)
        assert not x.requires_grad
        assert make(2, 3, requires_grad=True).requires_grad
        assert x.dtype == ("bool" if make is init.randb else "float32")
        assert make(2, device=ndl.cpu(), dtype="float64").dtype == "float64"


def test_constants_have_their_values():
    close(init.ones(2), [1, 1])
    close(init.zeros(2), [0, 0])
    close(init.constant(2, c=2.5), [2.5, 2.5])
    assert ndl.ones(3, dtype="int32").dtype == "int32"
    x = ndl.Tensor(np.zeros((2, 3), "float64"))
    assert (init.ones_like(x).shape, init.zeros_like(x, requires_grad=True).dtype) == ((2, 3), "float64")


def test_one_hot_takes_a_tensor_of_any_shape_and_dtype():
    for indices in ([1, 0], [[2, 0], [1, 1]], 2):
        for dtype in ("float32", "int32", "uint8"):
            got = init.one_hot(3, ndl.Tensor(np.array(indices), dtype=dtype), device=ndl.cpu(), dtype="float32")
            close(got, np.eye(3)[np.array(indices)])
            assert got.dtype == "float32"


@pytest.mark.usefixtures("course")
def test_numbers_are_drawn_from_the_global_stream_in_double_precision_one_call_a_tensor():
    np.random.seed(7)
    got = [
        init.rand(2, 3, low=-1.0, high=2.0), init.randn(3, 2, mean=1.0, std=0.5), init.randb(4, p=0.3),
        init.rand(5, dtype="float64"), init.rand(2, device=ndl.cpu()),
    ]  # fmt: skip
    np.random.seed(7)
    expected = [
        (np.random.rand(2, 3) * 3.0 - 1.0).astype("float32"),
        (np.random.randn(3, 2) * 0.5 + 1.0).astype("float32"),
        np.random.rand(4) <= 0.3,
        np.random.rand(5),
        np.random.rand(2).astype("float32"),
    ]
    for tensor, values in zip(got, expected, strict=True):
        np.testing.assert_array_equal(tensor.numpy(), values)
        assert tensor.dtype == values.dtype.name


@pytest.mark.usefixtures("course")
@pytest.mark.parametrize(
    ("make", "draw"),
    [
        (lambda: init.xavier_uniform(20, 30, gain=1.5), lambda: uniform((20, 30), 1.5 * np.sqrt(6 / 50))),
        (lambda: init.xavier_normal(20, 30, gain=1.5), lambda: np.random.randn(20, 30) * 1.5 * np.sqrt(2 / 50)),
        (lambda: init.kaiming_uniform(20, 30), lambda: uniform((20, 30), np.sqrt(6 / 20))),
        (lambda: init.kaiming_normal(20, 30), lambda: np.random.randn(20, 30) * np.sqrt(2 / 20)),
        (lambda: init.kaiming_uniform(144, 16, shape=(3, 3, 16, 8)), lambda: uniform((3, 3, 16, 8), np.sqrt(6 / 144))),
        (lambda: init.kaiming_normal(144, 16, shape=(3, 3, 16)), lambda: np.random.randn(3, 3, 16) * np.sqrt(2 / 144)),
    ],
)
def test_initial_weights_have_the_bounds_and_draws_of_the_course(make, draw):
    np.random.seed(1)
    weights = make()
    np.random.seed(1)
    close(weights, draw(), 1e-7)
    assert weights.dtype == "float32"


def uniform(shape, bound):
    return np.random.rand(*shape) * (2 * bound) - bound


@pytest.mark.usefixtures("course")
def test_dropout_and_orders_of_examples_draw_from_the_same_stream():
    np.random.seed(3)
    order, dropped, more = random.permutation(10), ndl.ops.dropout(init.ones(6), 0.4), random.integers(-3, 4, (2,))
    np.random.seed(3)
    np.testing.assert_array_equal(order, np.random.permutation(10))
    close(dropped, (np.random.rand(6) <= 0.6) / 0.6)
    np.testing.assert_array_equal(more, np.random.randint(low=-3, high=4, size=2))
    state = random.get_state()
    first = init.rand(3).numpy()
    random.set_state(state)
    np.testing.assert_array_equal(init.rand(3).numpy(), first)


def test_without_course_mode_the_global_stream_is_left_alone():
    np.random.seed(5)
    init.rand(10)
    init.kaiming_uniform(3, 4)
    got = np.random.rand()
    np.random.seed(5)
    assert got == np.random.rand()
