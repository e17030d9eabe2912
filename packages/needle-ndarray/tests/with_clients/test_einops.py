import needle_ndarray as nd
import numpy as np
import pytest

from .clients import assert_same

einops = pytest.importorskip("einops", reason="clients are tested by `hatch run clients:test`")
from einops import array_api

IMAGES = np.random.default_rng(1).normal(size=(4, 6, 8, 3))


@pytest.mark.parametrize(
    ("pattern", "lengths"),
    [
        ("b h w c -> b c h w", {}),
        ("b h w c -> (b h) w c", {}),
        ("(b1 b2) h w c -> (b1 h) (b2 w) c", {"b1": 2}),
        ("b (h h2) (w w2) c -> b h w (c h2 w2)", {"h2": 2, "w2": 4}),
        ("b ... c -> c b ...", {}),
        ("b h w c -> b (c h w)", {}),
        ("b h w c -> 1 b h w 1 c", {}),
    ],
)
def test_rearrange(pattern, lengths, dtype):
    result = array_api.rearrange(nd.asarray(IMAGES, dtype=dtype), pattern, **lengths)
    assert_same(result, einops.rearrange(IMAGES, pattern, **lengths), dtype)


@pytest.mark.parametrize("reduction", ["mean", "sum", "max", "min", "prod"])
@pytest.mark.parametrize("pattern", ["b h w c -> b c", "b (h 2) (w 2) c -> b h w c", "b h w c -> ", "... c -> c"])
def test_reduce(pattern, reduction, dtype):
    values = IMAGES if reduction != "prod" else np.exp(IMAGES / 100)
    result = array_api.reduce(nd.asarray(values, dtype=dtype), pattern, reduction)
    assert_same(result, einops.reduce(values, pattern, reduction), dtype)


@pytest.mark.parametrize(
    ("pattern", "lengths"), [("b h w c -> b (h 2) (w 3) c", {}), ("b h w c -> b h w c n", {"n": 2})]
)
def test_repeat(pattern, lengths, dtype):
    result = array_api.repeat(nd.asarray(IMAGES, dtype=dtype), pattern, **lengths)
    assert_same(result, einops.repeat(IMAGES, pattern, **lengths), dtype)


def test_pack_and_unpack(dtype):
    parts = [IMAGES[:, 0], IMAGES]
    packed, shapes = array_api.pack([nd.asarray(part, dtype=dtype) for part in parts], "b * c")
    assert_same(packed, einops.pack(parts, "b * c")[0], dtype)
    assert_same(array_api.unpack(packed, shapes, "b * c"), parts, dtype)


def test_asnumpy_shares_memory():
    x = nd.arange(4.0)
    array_api.asnumpy(x)[1] = 7.0
    assert x.tolist() == [0.0, 7.0, 2.0, 3.0]
