import numpy as np
import pytest
from needle_data import Compose, Normalize, ToFloat
from needle_data.errors import DTypeError, ShapeError


@pytest.mark.parametrize(("dtype", "maximum"), [("uint8", 255), ("uint16", 65535), ("int16", 32767)])
def test_to_float_maps_the_dtypes_largest_value_to_one(dtype, maximum):
    x = np.array([0, 1, maximum], dtype)
    found = ToFloat()(x)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, (x.astype("float64") / maximum).astype("float32"))


def test_to_float_takes_a_maximum():
    np.testing.assert_array_equal(ToFloat(16)(np.array([0, 4, 16], "uint8")), np.array([0, 0.25, 1], "float32"))


def test_to_float_leaves_the_values_of_floats():
    found = ToFloat()(np.array([0.5, 3.0]))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, [0.5, 3.0])


def test_normalize_against_numpy():
    x = np.random.default_rng(0).normal(size=(7, 5, 4, 3))
    mean, std = [0.5, 0.25, -1.0], [1.0, 2.0, 0.5]
    np.testing.assert_allclose(Normalize(mean, std)(x), (x - mean) / std, rtol=1e-12)
    np.testing.assert_allclose(Normalize(0.5, 2.0)(x), (x - 0.5) / 2, rtol=1e-12)
    assert Normalize(0.5, 2.0)(x.astype("float32")).dtype == np.float32


def test_normalize_refuses_integers_and_says_what_to_do():
    with pytest.raises(DTypeError, match=r"given uint8: put ToFloat\(\) before it"):
        Normalize(0.5, 0.5)(np.zeros((2, 2, 1), "uint8"))


def test_normalize_refuses_another_number_of_channels():
    with pytest.raises(ShapeError, match=r"mean of shape \(3,\).*shape \(2, 2, 1\)"):
        Normalize([1, 2, 3], 1)(np.zeros((2, 2, 1)))
    with pytest.raises(ShapeError, match=r"std of shape \(3,\)"):
        Normalize(1, [1, 2, 3])(np.zeros((2, 2, 1)))


def test_dividing_by_nothing_is_refused():
    with pytest.raises(ValueError, match="above 0"):
        Normalize(0.0, [1.0, 0.0])
    with pytest.raises(ValueError, match="above 0"):
        ToFloat(0)


def test_compose_applies_in_order_and_knows_whether_it_takes_batches():
    both = Compose([ToFloat(), Normalize(0.5, 0.5)])
    np.testing.assert_array_equal(both(np.array([[0], [255]], "uint8")), np.array([[-1], [1]], "float32"))
    assert both.batched
    assert not Compose([ToFloat(), abs]).batched
    assert Compose(both).batched
    assert repr(both) == "Compose([ToFloat(), Normalize(mean=0.5, std=0.5)])"


def test_compose_refuses_what_cannot_be_called():
    with pytest.raises(TypeError, match=r"callable.*'flip'"):
        Compose([ToFloat(), "flip"])
