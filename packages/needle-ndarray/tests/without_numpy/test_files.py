"""Files, pickles and lent memory where there is no NumPy."""

import array
import copy
import io
import pickle

import needle_ndarray as nd
import pytest

DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64"]


@pytest.mark.parametrize("dtype", [*DTYPES, "float16"])
def test_files_come_back(tmp_path, dtype):
    x = nd.asarray([[1, 0, 1], [0, 0, 1]], dtype=dtype)
    for view in (x, x.T, x[:, ::-1], x[0, 0], x[:0]):
        nd.save(tmp_path / "x.npy", view)
        nd.savez_compressed(tmp_path / "x.npz", view=view)
        with nd.load(tmp_path / "x.npz") as arrays:
            for loaded in (nd.load(tmp_path / "x.npy"), nd.load(tmp_path / "x.npy", mmap_mode="r"), arrays["view"]):
                assert (loaded.dtype, loaded.shape, loaded.tolist()) == (dtype, view.shape, view.tolist())


def test_a_file_that_numpy_wrote_is_read():
    header = b"{'descr': '>i2', 'fortran_order': True, 'shape': (2, 3), }".ljust(117) + b"\n"
    data = b"\x93NUMPY\x01\x00\x76\x00" + header + bytes([0, 1, 0, 4, 0, 2, 0, 5, 0, 3, 1, 6])
    assert nd.load(io.BytesIO(data)).tolist() == [[1, 2, 3], [4, 5, 262]]


@pytest.mark.parametrize("dtype", [*DTYPES, "float16", "bfloat16"])
def test_pickles_and_copies(dtype):
    x = nd.asarray([[1, 0, 1], [0, 0, 1]], dtype=dtype)
    for view in (x, x.T[::-1], x[:0]):
        results = [pickle.loads(pickle.dumps(view, protocol)) for protocol in range(pickle.HIGHEST_PROTOCOL + 1)]
        for other in (*results, copy.deepcopy(view)):
            assert (other.dtype, other.shape, other.tolist()) == (dtype, view.shape, view.tolist())


@pytest.mark.parametrize("dtype", [*DTYPES, "float16", "bfloat16"])
def test_arrays_are_lent_to_themselves(dtype):
    x = nd.asarray([[1, 0, 1], [0, 0, 1]], dtype=dtype)
    y = nd.from_dlpack(x[:, ::2])
    y[...] = 1
    assert x.tolist() == [[1, 0, 1], [1, 0, 1]]
    assert nd.from_dlpack(x[::-1], copy=True).tolist() == x.tolist()


def test_objects_that_lend_are_read():
    class Lends:
        def __init__(self, x):
            self.x = x

        def __dlpack__(self, **arguments):
            return self.x.__dlpack__(**arguments)

        def __dlpack_device__(self):
            return self.x.__dlpack_device__()

    x = nd.arange(3)
    assert nd.asarray(Lends(x)).tolist() == [0, 1, 2]
    assert nd.asarray([Lends(x), [4, 5, 6], array.array("q", [7, 8, 9])]).tolist() == [[0, 1, 2], [4, 5, 6], [7, 8, 9]]
