"""Files of arrays, with NumPy as the other side."""

import io
import os
import pathlib
import pickle
import stat
import struct
import threading
import zipfile

import needle_ndarray as nd
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from needle_ndarray import DTypeError

from .support import DTYPES, SHAPES, equal_views, in_layouts, numbers, same

ALL = [*DTYPES, "float16"]


def written(x, save=nd.save):
    file = io.BytesIO()
    save(file, x)
    return file.getvalue()


def raw(header, data=b"", version=(1, 0), magic=b"\x93NUMPY"):
    """A .npy file with any header."""
    header = header.encode("utf-8" if version[0] == 3 else "latin1")
    return magic + bytes(version) + struct.pack("<H" if version == (1, 0) else "<I", len(header)) + header + data


def described(descr="<f4", shape="(2,)", columns="False"):
    return f"{{'descr': '{descr}', 'fortran_order': {columns}, 'shape': {shape}, }}\n"


def read(data):
    return nd.load(io.BytesIO(data))


# ---- Against NumPy


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("shape", SHAPES)
def test_files_are_numpys_to_the_byte(dtype, shape):
    for layout, values in in_layouts(numbers(dtype, shape)):
        data = written(nd.asarray(values))
        if layout != "rolled":  # NumPy writes those in another order of axes
            assert data == written(values, np.save)
        np.testing.assert_array_equal(np.load(io.BytesIO(data)), values)
        for source in (data, written(values, np.save)):
            x = read(source)
            same(x, values)
            x[...] = 1  # writable


@given(equal_views())
def test_views_are_saved_as_they_look(pair):
    values, x = pair
    same(read(written(x)), values)
    np.testing.assert_array_equal(np.load(io.BytesIO(written(x))), values)


def test_columns_stay_columns():
    values = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    x = read(written(values, np.save))
    assert x.strides == (1, 2)
    assert b"'fortran_order': True" in written(x)
    same(x, values)


@pytest.mark.parametrize("dtype", [">f8", ">f4", ">f2", ">i2", ">u4", ">i8", ">i1", ">b1"])
def test_the_other_byte_order_is_turned_around(dtype):
    values = np.arange(12).reshape(3, 4).astype(dtype)
    for array in (values, values.T, np.asfortranarray(values), values[:0], values[0, 0]):
        same(read(written(array, np.save)), array.astype(np.dtype(dtype).newbyteorder("=")))


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_every_version_is_read(version):
    file = io.BytesIO()
    np.lib.format.write_array(file, np.arange(5, dtype="int16"), version=version)
    same(read(file.getvalue()), np.arange(5, dtype="int16"))


def test_headers_of_python_2_are_read():
    data = np.arange(6, dtype="<f4").tobytes()
    same(
        read(raw("{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 3L), }", data)),
        np.arange(6).reshape(2, 3).astype("f4"),
    )


@pytest.mark.parametrize("save", [(nd.savez, np.savez), (nd.savez_compressed, np.savez_compressed)])
def test_archives_both_ways(save):
    arrays = {dtype: numbers(dtype, (3, 4)) for dtype in ALL}
    ours, theirs = io.BytesIO(), io.BytesIO()
    save[0](ours, np.arange(3), *[nd.ones(2)], **{name: nd.asarray(x) for name, x in arrays.items()})
    save[1](theirs, np.arange(3), np.ones(2, "float32"), **arrays)
    ours, theirs = ours.getvalue(), theirs.getvalue()
    with np.load(io.BytesIO(ours)) as seen, read(theirs) as x, read(ours) as own:
        assert set(seen) == set(x) == set(own) == {"arr_0", "arr_1", *arrays}
        assert len(x) == len(arrays) + 2
        for name in seen:
            same(x[name], seen[name])
            same(own[f"{name}.npy"], seen[name])
            assert name in x
            assert f"{name}.npy" in x
        assert dict(x.items())["arr_0"].tolist() == [0, 1, 2]


def test_archives_are_mappings_that_close():
    file = io.BytesIO()
    nd.savez(file, a=nd.zeros(2), file=nd.ones(1))
    file.seek(0)
    x = nd.load(file)
    kept = x["a"]
    assert repr(x) == "ArrayArchive(the file, arrays: a, file)"
    assert "b" not in x
    assert 3 not in x
    assert x.get(3) is None
    with pytest.raises(KeyError, match="'b' is not among the arrays of the file: a, file"):
        x["b"]
    x.close()
    x.close()
    same(kept, np.zeros(2, "float32"))
    with pytest.raises(ValueError, match="the file is closed; read its arrays before"):
        x["a"]
    assert not file.closed
    with pytest.raises(ValueError, match="the name arr_0 is that of an array without a name"):
        nd.savez(file, nd.zeros(1), arr_0=nd.zeros(1))
    with pytest.raises(ValueError, match=r"the name 'a\\x00b' has a null character"):
        nd.savez(file, **{"a": nd.zeros(1), "a\0b": nd.zeros(2)})


def test_an_array_is_read_when_it_is_asked_for():
    file = io.BytesIO()
    nd.savez(file, good=nd.zeros(2), bad=nd.ones(1000))
    data = bytearray(file.getvalue())
    data[data.rindex(b"\x93NUMPY") + 500] ^= 1
    with read(data) as x:
        same(x["good"], np.zeros(2, "float32"))
        with pytest.raises(ValueError, match=r"'bad.npy' in the file is damaged .*CRC"):
            x["bad"]


# ---- Paths


@pytest.mark.parametrize("make", [str, os.fsencode, pathlib.Path])
def test_paths_get_the_suffix_of_numpy(tmp_path, make):
    nd.save(make(tmp_path / "x"), nd.arange(3))
    nd.save(make(tmp_path / "y.npy"), nd.arange(4))
    nd.savez(make(tmp_path / "z"), nd.arange(5))
    assert sorted(os.listdir(tmp_path)) == ["x.npy", "y.npy", "z.npz"]
    same(nd.load(make(tmp_path / "x.npy")), np.arange(3))
    with nd.load(make(tmp_path / "z.npz")) as arrays:
        same(arrays["arr_0"], np.arange(5))
    with pytest.raises(FileNotFoundError, match="nothing"):
        nd.load(tmp_path / "nothing.npy")
    with pytest.raises(FileNotFoundError, match="missing"):
        nd.save(tmp_path / "missing" / "x.npy", nd.ones(1))


def test_a_failed_save_leaves_the_older_file(tmp_path, monkeypatch):
    path = tmp_path / "x.npy"
    nd.save(path, nd.arange(3))

    def full(_):
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    for save in (nd.save, nd.savez):
        with pytest.raises(OSError, match="no space left"):
            save(path if save is nd.save else tmp_path / "y.npz", nd.arange(1000))
    with pytest.raises(DTypeError, match=r"save: .npy files have no bfloat16"):
        nd.save(path, nd.zeros(2, dtype="bfloat16"))
    assert os.listdir(tmp_path) == ["x.npy"]
    same(nd.load(path), np.arange(3))


def test_links_and_permissions_are_kept(tmp_path):
    path, link = tmp_path / "x.npy", tmp_path / "link.npy"
    nd.save(path, nd.arange(3))
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    path.chmod(0o640)
    link.symlink_to(path)
    nd.save(link, nd.arange(4))
    assert link.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    same(nd.load(path), np.arange(4))


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is write-protected from this user")
def test_a_write_protected_file_is_not_replaced(tmp_path):
    path = tmp_path / "x.npy"
    nd.save(path, nd.arange(3))
    path.chmod(0o444)
    with pytest.raises(PermissionError, match=r"x\.npy"):
        nd.save(path, nd.arange(4))
    same(nd.load(path), np.arange(3))
    assert [entry.name for entry in tmp_path.iterdir()] == ["x.npy"]


def test_pipes_are_written_to_directly(tmp_path):
    path = tmp_path / "x.npy"
    os.mkfifo(path)
    parts = []
    reader = threading.Thread(target=lambda: parts.append(path.read_bytes()))
    reader.start()
    nd.save(path, nd.arange(3))
    reader.join()
    same(read(parts[0]), np.arange(3))


def test_several_arrays_in_one_file(tmp_path):
    path = tmp_path / "both"
    with open(path, "wb") as file:
        nd.save(file, nd.arange(3))
        np.save(file, np.ones((2, 2)))
        nd.save(file, nd.zeros((0, 2)))
    with open(path, "rb") as file:
        same(nd.load(file), np.arange(3))
        same(nd.load(file), np.ones((2, 2)))
        same(nd.load(file), np.zeros((0, 2), "float32"))
        with pytest.raises(ValueError, match="ends after 0 of 6 bytes"):
            nd.load(file)
    with open(path, "rb", buffering=0) as file:
        same(nd.load(file), np.arange(3))


class Stream(io.RawIOBase):
    """Can only be read, a few bytes at a time."""

    def __init__(self, data):
        self.data = data

    def read(self, count=-1):
        part, self.data = self.data[: min(count, 7)], self.data[min(count, 7) :]
        return part


class Slow(io.RawIOBase):
    """Takes a few bytes at a time."""

    def __init__(self):
        self.data = b""

    def write(self, data):
        part = bytes(data)[:5]
        self.data += part
        return len(part)


def test_streams_need_neither_seek_nor_whole_reads():
    values = np.arange(100).reshape(4, 25)
    same(nd.load(Stream(written(values, np.save))), values)
    with pytest.raises(ValueError, match="has 792 bytes of elements, but its shape"):
        nd.load(Stream(written(values, np.save)[:-8]))
    slow = Slow()
    nd.save(slow, values)
    assert slow.data == written(values, np.save)


# ---- Memory maps


@pytest.mark.parametrize("dtype", ALL)
@pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 0), (0,)])
def test_maps_show_the_file(tmp_path, dtype, shape):
    path = tmp_path / "x.npy"
    for _, values in in_layouts(numbers(dtype, shape)):
        np.save(path, values)
        for mode in ("r", "r+", "c"):
            same(nd.load(path, mmap_mode=mode), values)
            same(nd.load(str(path), mode), values)


def test_maps_write_where_they_may(tmp_path):
    path = tmp_path / "x.npy"
    nd.save(path, nd.zeros((3, 4)))
    fixed, mapped, private = (nd.load(path, mmap_mode=mode) for mode in ("r", "r+", "c"))
    with pytest.raises(ValueError, match="read-only"):
        fixed[0] = 1
    assert memoryview(fixed).readonly
    mapped[1, 2] = 5
    private[0, 0] = 7
    same(fixed, np.array([[0, 0, 0, 0], [0, 0, 5, 0], [0, 0, 0, 0]], "float32"))
    assert private[1, 2].item() == 5
    del mapped
    assert np.load(path)[1, 2] == 5
    assert np.load(path)[0, 0] == 0
    path.unlink()
    assert fixed[1, 2].item() == 5


def test_what_cannot_be_mapped(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.arange(3, dtype=">i4"))
    with pytest.raises(ValueError, match="bytes in the other order and cannot be mapped; leave mmap_mode out"):
        nd.load(path, mmap_mode="r")
    path.write_bytes(raw(described("|b1"), b"\x02\x00"))
    with pytest.raises(ValueError, match="booleans that are neither 0 nor 1 and cannot be mapped"):
        nd.load(path, mmap_mode="r+")
    same(nd.load(path), np.array([True, False]))
    path.write_bytes(raw(described("<f8", "(1,)"), bytes(8)))
    with pytest.raises(ValueError, match="not aligned and cannot be mapped"):
        nd.load(path, mmap_mode="r")
    path.write_bytes(raw(described("<f4", "(3,)") + " " * 4, bytes(8)))
    with pytest.raises(ValueError, match=r"has 8 bytes of elements, but its shape \(3,\) needs 12"):
        nd.load(path, mmap_mode="c")
    nd.savez(tmp_path / "x.npz", nd.ones(1))
    with pytest.raises(ValueError, match="is an archive, whose arrays cannot be mapped"):
        nd.load(tmp_path / "x.npz", mmap_mode="r")
    with pytest.raises(ValueError, match=r'mmap_mode must be None, "r", "r\+" or "c", not \'w\+\''):
        nd.load(path, mmap_mode="w+")
    with pytest.raises(ValueError, match="a file is mapped by its path"):
        nd.load(io.BytesIO(), mmap_mode="r")


# ---- Files that are damaged or hostile


def test_every_cut_is_noticed():
    data = written(nd.arange(5))
    for length in range(len(data)):
        with pytest.raises(ValueError, match=r"ends after|has .* bytes of elements"):
            read(data[:length])
    for length in (20, 100, 150):
        with pytest.raises(ValueError, match="damaged"):
            read(written(nd.arange(5), nd.savez)[:length])


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("", "is no dictionary of constants"),
        ("nonsense", "is no dictionary of constants"),
        ("__import__('os').system('false')", "is no dictionary of constants"),
        ("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", "must name descr, fortran_order and shape"),
        ("{'descr': '<f4', 'fortran_order': False}", "must name descr, fortran_order and shape alone"),
        ("[1, 2]", "must name descr, fortran_order and shape alone"),
        (described(shape="(-1,)"), "has no shape"),
        (described(shape="[2]"), "has no shape"),
        (described(shape="(2.0,)"), "has no shape"),
        (described(shape="(True,)"), "has no shape"),
        (described(shape="5"), "has no shape"),
        (described(shape=f"({2**63},)"), "has no shape"),
        (described(shape=f"({2**62},)"), "more elements than memory can hold"),
        (described(shape=f"({2**40}, {2**40})"), "more elements than memory can hold"),
        (described(shape=f"({2**62}, {2**62}, 0)"), "more elements than memory can hold"),
        (described(shape=f"({2**50},)"), r"has 8 bytes of elements, but its shape \(1125899906842624,\) needs"),
        (described(shape=str((1,) * 65)), "has no shape of at most 64 sizes"),
        (described(columns="1"), "fortran_order .* must be True or False, not 1"),
        ("(" * 5000, "is no dictionary of constants"),
        ("-" * 9000 + "1", "is no dictionary of constants|must name"),
        ("{" * 90, "is no dictionary of constants"),
    ],
)
def test_headers_that_make_no_sense_are_refused(header, text):
    for version in ((1, 0), (2, 0), (3, 0)):
        with pytest.raises(ValueError, match=text):
            read(raw(header, bytes(8), version))
    if "needs" not in text:
        with pytest.raises(ValueError, match=text):
            nd.load(Stream(raw(header, bytes(8))))


def test_a_stream_that_lies_about_its_size_takes_no_memory():
    before = nd.memory_statistics()
    with pytest.raises(ValueError, match=r"has 8 bytes of elements, but its shape"):
        nd.load(Stream(raw(described(shape=f"({2**50},)"), bytes(8))))
    assert nd.memory_statistics() == before


@pytest.mark.parametrize(
    ("descr", "text"),
    [
        ("|O", "Python objects, which only a pickle can hold, and pickles are never read"),
        ("<c8", "complex numbers; save their real and imaginary parts"),
        ("<U3", "text"),
        ("|S5", "text"),
        ("<M8[s]", "dates or times; save them as int64"),
        ("|V2", "save bfloat16 as float32"),
        ("<f16", "which are unknown here"),
        ("f4", "which are unknown here"),
        ("<i3", "which are unknown here"),
        ("", "which are unknown here"),
    ],
)
def test_unknown_elements_are_named(descr, text):
    with pytest.raises(DTypeError, match=f"load: the file has elements of type .*: .*{text}"):
        read(raw(described(descr), bytes(64)))
    with pytest.raises(DTypeError, match="structures; save each of their fields"):
        read(written(np.zeros(2, [("a", "f4"), ("b", "i4")]), np.save))


def test_pickles_are_never_read():
    class Harmful:
        def __reduce__(self):
            return os.abort, ()

    with pytest.raises(ValueError, match=r"is neither a .npy nor a .npz file; pickles are never read"):
        read(pickle.dumps(Harmful()))
    file = io.BytesIO()
    np.save(file, np.array([Harmful()], dtype=object), allow_pickle=True)
    with pytest.raises(DTypeError, match="Python objects"):
        read(file.getvalue())


def test_other_files_are_refused():
    with pytest.raises(ValueError, match="ends after 0 of 6 bytes"):
        read(b"")
    with pytest.raises(ValueError, match=r"begins with b'hello ', and is neither"):
        read(b"hello world")
    with pytest.raises(TypeError, match='the file is open as text; open it with mode "rb"'):
        nd.load(io.StringIO("hello world"))
    with pytest.raises(ValueError, match=r"version 9\.0 of the .npy format; known are 1\.0 to 3\.0"):
        read(b"\x93NUMPY\x09\x00" + bytes(100))
    with pytest.raises(ValueError, match="claims a header of 4294967295 bytes"):
        read(b"\x93NUMPY\x02\x00\xff\xff\xff\xff")
    with pytest.raises(ValueError, match="a header of 10001 bytes"):
        read(raw(described().ljust(10001)))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("text.npy", "hello world")
        archive.writestr("note.txt", "hello world")
    with read(file.getvalue()) as x:
        for name in ("text", "note.txt"):
            with pytest.raises(ValueError, match=r"and is no .npy file"):
                x[name]
    with read(b"PK\x05\x06" + bytes(18)) as empty:
        assert list(empty) == []


def test_an_archive_that_claims_too_much_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", written(nd.zeros(10)))
    data = bytearray(file.getvalue())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 2**32 - 2)  # the length without compression
    with read(data) as x, pytest.raises(ValueError, match=r"cannot have 4294967294 bytes: only \d+ are stored"):
        x["x"]
    data[entry + 20 : entry + 24] = struct.pack("<I", 2**32 - 2)  # and the length with it
    with (
        read(data) as x,
        pytest.raises(ValueError, match=rf"cannot have 4294967294 bytes: only {len(data)} are stored"),
    ):
        x["x"]


def test_an_archive_with_names_that_are_no_text_is_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("\u00e9.npy", written(nd.zeros(1)))
    with pytest.raises(ValueError, match="the file is damaged or cannot be read: 'utf-8' codec"):
        read(file.getvalue().replace("\u00e9".encode(), b"\xff\xff"))


@given(st.binary(max_size=200), st.integers(0, 400))
def test_random_damage_is_an_error_or_an_array(noise, at):
    for data in (written(nd.arange(20)), written(nd.arange(20), nd.savez)):
        damaged = data[:at] + noise + data[at + len(noise) :]
        try:
            loaded = read(damaged)
            if not isinstance(loaded, nd.NDArray):
                with loaded:
                    for name in loaded:
                        loaded[name]
        except (ValueError, DTypeError):
            pass
