"""The default generator and what is drawn from it."""

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import creation, random

pytestmark = pytest.mark.usefixtures("backend")


@pytest.fixture(autouse=True)
def own_generator():
    """Leave no seed behind."""
    yield
    random.set_generator(None)


def draws():
    return [
        np.asarray(random.uniform((3, 2), -1, 1)),
        np.asarray(random.normal((4,), 2.0, 3.0, dtype="float64")),
        np.asarray(random.bernoulli((5,), 0.5)),
        random.permutation(7),
        random.integers(-3, 3, (4,)),
    ]


def test_a_seed_makes_draws_repeatable():
    random.seed(7)
    first = draws()
    random.seed(7)
    for a, b in zip(first, draws(), strict=True):
        np.testing.assert_array_equal(a, b)
    random.seed(8)
    assert any(not np.array_equal(a, b) for a, b in zip(first, draws(), strict=True))


def test_both_backends_draw_the_same_numbers(backend):
    drawn = []
    for name in (backend, "np"):
        ag.set_backend(name)
        random.seed(3)
        drawn.append([random.uniform((50,)), random.normal((50,)), random.bernoulli((50,))])
    for a, b in zip(*drawn, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def test_the_state_can_be_kept_and_put_back():
    random.seed(1)
    random.uniform((3,))
    state = random.get_state()
    first = draws()
    random.set_state(state)
    for a, b in zip(first, draws(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_draws_have_the_shape_dtype_and_range_that_was_asked_for():
    uniform = random.uniform((1000,), 2.0, 3.0, dtype="float64")
    assert ag.backends.array_namespace(uniform) is ag.backends.current_namespace()
    uniform = np.asarray(uniform)
    assert uniform.dtype == "float64"
    assert 2 <= uniform.min() < 2.05
    assert 2.95 < uniform.max() < 3
    normal = np.asarray(random.normal((20_000,), 1.0, 2.0))
    assert normal.dtype == "float32"
    assert abs(normal.mean() - 1) < 0.1
    assert abs(normal.std() - 2) < 0.1
    coins = np.asarray(random.bernoulli((20_000,), 0.3))
    assert coins.dtype == "bool"
    assert abs(coins.mean() - 0.3) < 0.03
    order = random.permutation(50)
    assert isinstance(order, np.ndarray)
    assert order.dtype == "int64"
    np.testing.assert_array_equal(np.sort(order), np.arange(50))
    integers = random.integers(2, 5, (100,))
    assert set(integers.tolist()) == {2, 3, 4}


def test_a_generator_of_ones_own_leaves_the_default_one_alone():
    random.seed(5)
    state = random.get_state()
    own = random.Generator(9)
    a = creation.rand(4, generator=own).numpy()
    b = creation.rand(4, generator=random.Generator(9)).numpy()
    np.testing.assert_array_equal(a, b)
    assert repr(random.get_state()) == repr(state)


def test_without_a_seed_generators_differ():
    first = np.asarray(random.uniform((8,)))
    random.set_generator(None)
    assert not np.array_equal(first, np.asarray(random.uniform((8,))))


def test_another_source_can_take_the_place_of_the_generator():
    class Counter:
        """Draws 0, 1, 2, ... in float64 and forgets the dtype."""

        def uniform(self, shape, low, high, *, dtype, device):
            return np.arange(np.prod(shape), dtype=dtype).reshape(shape)

        def permutation(self, n):
            return np.arange(n)[::-1]

    random.set_generator(Counter())
    x = creation.rand(2, 2)
    assert isinstance(x, ag.Tensor)
    assert x.dtype == "float32"
    np.testing.assert_array_equal(x.numpy(), [[0, 1], [2, 3]])
    np.testing.assert_array_equal(random.permutation(3), [2, 1, 0])
