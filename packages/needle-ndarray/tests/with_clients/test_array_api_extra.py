import needle_ndarray as nd
import numpy as np
import pytest

from .clients import TOLERANCE, assert_same

xpx = pytest.importorskip("array_api_extra", reason="clients are tested by `hatch run clients:test`")
compat = pytest.importorskip("array_api_compat", reason="clients are tested by `hatch run clients:test`")

VALUES = np.random.default_rng(3).normal(size=(4, 5))

CASES = {
    "atleast_nd": lambda x, xp: xpx.atleast_nd(x, ndim=4),
    "cov": lambda x, xp: xpx.cov(x),
    "create_diagonal": lambda x, xp: xpx.create_diagonal(x, offset=1),
    "isclose": lambda x, xp: xpx.isclose(x, x + 1e-12),
    "kron": lambda x, xp: xpx.kron(x, x[:2, :3]),
    "nan_to_num": lambda x, xp: xpx.nan_to_num(xp.where(x > 0, x, xp.nan), fill_value=3.0),
    "nunique": lambda x, xp: xpx.nunique(xp.round(x)),
    "pad": lambda x, xp: xpx.pad(x, ((1, 2), (0, 3)), constant_values=2.0),
    "partition": lambda x, xp: xpx.partition(x, 2, axis=1)[:, 2],
    "argpartition": lambda x, xp: xp.take_along_axis(x, xpx.argpartition(x, 2, axis=1), axis=1)[:, 2],
    "searchsorted": lambda x, xp: xpx.searchsorted(xp.sort(x, axis=1), x[:, :2], xp=xp),
    "setdiff1d": lambda x, xp: xpx.setdiff1d(xp.reshape(x, (-1,)), x[0, :]),
    "union1d": lambda x, xp: xpx.union1d(x[0, :], x[1, :]),
    "isin": lambda x, xp: xpx.isin(x, x[1, :]),
    "sinc": lambda x, xp: xpx.sinc(x),
    "nansum": lambda x, xp: xpx.nansum(xp.where(x > 0, x, xp.nan), axis=0),
    "nanmax": lambda x, xp: xpx.nanmax(xp.where(x > 0, x, xp.nan), axis=None),
    "nanmean": lambda x, xp: xpx.nanmean(xp.where(x > 0, x, xp.nan), axis=None),
    "one_hot": lambda x, xp: xpx.one_hot(xp.astype(xp.arange(4), xp.int64), 5, dtype=x.dtype),
    "apply_where": lambda x, xp: xpx.apply_where(x > 0, x, xp.log, fill_value=-9.0),
    "apply_where two": lambda x, xp: xpx.apply_where(x > 0, (x, x * 2), lambda a, b: a + b, lambda a, b: a - b),
    "at set": lambda x, xp: xpx.at(x)[1, :].set(7.0, copy=True),
    "at add": lambda x, xp: xpx.at(x)[:, 1:3].add(1.5, copy=True),
    "at mask": lambda x, xp: xpx.at(x)[x > 0].multiply(2.0, copy=True),
    "at max": lambda x, xp: xpx.at(x, 0).max(0.25, copy=True),
    "tril_indices": lambda x, xp: xp.stack(xpx.tril_indices(4, xp=xp)),
    "unravel_index": lambda x, xp: xp.stack(xpx.unravel_index(xp.asarray([3, 7, 19]), x.shape)),
}


@pytest.mark.parametrize("case", CASES)
def test_extra_functions(case, dtype):
    function = CASES[case]
    result, expected = function(nd.asarray(VALUES, dtype=dtype), nd), function(VALUES, np)
    assert_same(result, expected, "float64" if case == "cov" else dtype, rtol=TOLERANCE[dtype])  # cov widens by design


def test_compat_knows_the_namespace_and_the_device():
    x = nd.ones((2, 3))
    assert compat.is_array_api_obj(x)
    assert compat.array_namespace(x, 1.0) is nd
    assert compat.device(x) == nd.cpu()
    assert compat.size(x) == 6
    assert compat.is_writeable_array(x)
    assert compat.to_device(x, compat.device(x)).tolist() == x.tolist()
