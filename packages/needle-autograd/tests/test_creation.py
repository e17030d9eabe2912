"""Tensors made from shapes, compared with NumPy."""

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import DTypeError, ShapeError, Tensor, creation, random

pytestmark = pytest.mark.usefixtures("backend")


@pytest.mark.parametrize("name", ["ones", "zeros"])
def test_shapes_are_given_one_by_one_or_as_a_tuple(name):
    make, reference = getattr(creation, name), getattr(np, name)
    for args, shape in [
        ((2, 3), (2, 3)),
        (((2, 3),), (2, 3)),
        (([2, 3],), (2, 3)),
        ((4,), (4,)),
        ((), ()),
        ((0, 2), (0, 2)),
    ]:
        x = make(*args)
        assert x.dtype == "float32"
        assert not x.requires_grad
        np.testing.assert_array_equal(x.numpy(), reference(shape, "float32"), strict=True)


def test_keywords_choose_dtype_device_and_gradients():
    x = creation.ones(2, dtype="int32", device=ag.cpu(), requires_grad=True)
    assert x.dtype == "int32"
    assert x.requires_grad
    assert creation.zeros(1, dtype=np.float64).dtype == "float64"


def test_full_and_constant():
    np.testing.assert_array_equal(creation.full((2, 2), 7).numpy(), np.full((2, 2), 7, "float32"), strict=True)
    np.testing.assert_array_equal(creation.full(3, True, dtype="bool").numpy(), [True] * 3)
    np.testing.assert_array_equal(creation.constant(2, 2, c=0.5).numpy(), np.full((2, 2), 0.5, "float32"), strict=True)


@pytest.mark.parametrize(
    ("args", "dtype"), [((4,), "int64"), ((1, 5), "int64"), ((5, 1, -2), "int64"), ((0, 1, 0.25), "float32")]
)
def test_arange_counts_like_numpy(args, dtype):
    np.testing.assert_array_equal(creation.arange(*args).numpy(), np.arange(*args).astype(dtype), strict=True)
    assert creation.arange(3, dtype="float64").dtype == "float64"


def test_arange_refuses_to_stand_still():
    with pytest.raises(ValueError, match="arange: the step from 0 to 3 is 0"):
        creation.arange(0, 3, 0)


@pytest.mark.parametrize(("name", "value"), [("ones_like", 1), ("zeros_like", 0)])
def test_likes_take_shape_and_dtype_of_tensors_and_arrays(name, value):
    make = getattr(creation, name)
    for source in (Tensor(np.full((2, 3), 5.0)), np.full((2, 3), 5.0)):
        np.testing.assert_array_equal(make(source).numpy(), np.full((2, 3), value, "float64"), strict=True)
    x = make(Tensor([1.0]), dtype="int8", requires_grad=True)
    assert x.dtype == "int8"
    assert x.requires_grad


@pytest.mark.parametrize(
    "indices", [[0, 2, 1], [[1], [0]], 2, np.array([2, 0], "uint8"), np.array([1.0, 2.0], "float32")]
)
def test_one_hot_is_rows_of_the_identity(indices):
    for source in (indices, Tensor(indices)):
        got = creation.one_hot(3, source)
        np.testing.assert_array_equal(got.numpy(), np.eye(3, dtype="float32")[np.asarray(indices, int)], strict=True)
    assert creation.one_hot(3, indices, dtype="bool").dtype == "bool"


def test_one_hot_refuses_indices_out_of_range():
    with pytest.raises(IndexError, match="one_hot: indices range from -1 to 5; expected integers from 0 to 2"):
        creation.one_hot(3, [0, 5, -1])
    assert creation.one_hot(3, np.zeros((0,), "int64")).shape == (0, 3)


def test_random_tensors_follow_their_distributions():
    random.seed(0)
    uniform, normal = creation.rand(100, 50, low=-1, high=3), creation.randn(100, 50, mean=2, std=0.5)
    coins = creation.randb(100, 50, p=0.8)
    assert (uniform.dtype, normal.dtype, coins.dtype) == ("float32", "float32", "bool")
    assert (uniform.shape, creation.rand((2, 3)).shape) == ((100, 50), (2, 3))
    assert -1 <= uniform.numpy().min() < uniform.numpy().max() < 3
    np.testing.assert_allclose(
        [uniform.numpy().mean(), normal.numpy().mean(), normal.numpy().std(), coins.numpy().mean()],
        [1, 2, 0.5, 0.8],
        atol=0.05,
    )
    assert creation.randb(3, dtype="float32").dtype == "float32"
    assert creation.rand(2, requires_grad=True).requires_grad
    random.set_generator(None)


@pytest.mark.parametrize("shape", [(2.0,), ("a",), (2, None)])
def test_sizes_must_be_integers(shape):
    with pytest.raises(ShapeError, match="a shape is made of integers; got"):
        creation.ones(*shape)


def test_sizes_must_not_be_negative():
    with pytest.raises(ShapeError, match=r"sizes of a shape are 0 or more; got \(2, -1\)"):
        creation.zeros(2, -1)


def test_unknown_dtypes_are_refused_by_name():
    with pytest.raises(DTypeError, match="unknown dtype 'float23'; the dtypes are bool, int8"):
        creation.ones(2, dtype="float23")


def test_spaces_and_identities_are_those_of_numpy():
    for args, options in [((0, 1, 5), {}), ((2, -2, 4), {"endpoint": False}), ((0, 1, 1), {}), ((0, 1, 0), {})]:
        x = creation.linspace(*args, dtype="float64", **options)
        np.testing.assert_allclose(x.numpy(), np.linspace(*args, **options), rtol=1e-15)
    for args, options in [((3,), {}), ((2, 3), {"k": 1}), ((3, 2), {"k": -1})]:
        np.testing.assert_array_equal(creation.eye(*args, **options).numpy(), np.eye(*args, **options, dtype="float32"))
    assert creation.linspace(0, 1, 3).dtype == creation.eye(2).dtype == "float32"


def test_full_like_takes_shape_and_dtype():
    x = creation.full_like(Tensor(np.zeros((2, 3))), 7)
    np.testing.assert_array_equal(x.numpy(), np.full((2, 3), 7.0), strict=True)
    assert creation.full_like(x, 1, dtype="int32").dtype == "int32"


def test_integers_and_orders_are_drawn_from_the_seeded_generator():
    random.seed(3)
    x, order = creation.randint(-2, 5, (100,)), creation.randperm(50)
    assert (x.dtype, order.dtype, x.requires_grad) == ("int64", "int64", False)
    assert set(x.numpy().tolist()) == set(range(-2, 5))
    assert sorted(order.numpy().tolist()) == list(range(50))
    random.seed(3)
    np.testing.assert_array_equal(creation.randint(-2, 5, (100,)).numpy(), x.numpy())
    np.testing.assert_array_equal(creation.randperm(50).numpy(), order.numpy())
    assert creation.randint(1, shape=3, dtype="int32").numpy().tolist() == [0, 0, 0]
