import gzip
import re

import numpy as np
import pytest
from needle_data import FormatError, read_idx

DTYPES = ["uint8", "int8", "int16", "int32", "float32", "float64"]


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_read_gives_back_what_was_written(tmp_path, write_idx, dtype, compressed):
    array = (np.arange(24).reshape(2, 3, 4) * 5).astype(dtype)
    found = read_idx(write_idx(tmp_path / "a", array, compressed=compressed))
    assert found.dtype == np.dtype(dtype)
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, array)


def test_empty_array_is_read(tmp_path, write_idx):
    assert read_idx(write_idx(tmp_path / "a", np.zeros((0, 28, 28), "uint8"))).shape == (0, 28, 28)


def test_compression_is_seen_from_the_content_and_not_the_name(tmp_path, write_idx):
    array = np.arange(5, dtype="uint8")
    np.testing.assert_array_equal(read_idx(write_idx(tmp_path / "plain.gz", array)), array)
    np.testing.assert_array_equal(read_idx(write_idx(tmp_path / "packed", array, compressed=True)), array)


def test_result_is_writable(tmp_path, write_idx):
    found = read_idx(write_idx(tmp_path / "a", np.arange(5, dtype="uint8")))
    found[0] = 9
    assert found[0] == 9


def refused(path, *texts, **kwargs):
    with pytest.raises(FormatError) as caught:
        read_idx(path, **kwargs)
    message = str(caught.value)
    assert message.startswith(str(path))
    for text in texts:
        assert text in message


def test_foreign_file_is_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b,c\n1,2,3\n")
    refused(path, "not an IDX file", "00 00", "08 (uint8)", "61 2c 62 2c")


def test_unknown_element_type_is_refused(tmp_path, idx_bytes):
    content = bytearray(idx_bytes(np.arange(5, dtype="uint8")))
    content[2] = 0x0A
    path = tmp_path / "a"
    path.write_bytes(content)
    refused(path, "not an IDX file", "00 00 0a 01")


def test_no_dimensions_are_refused(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"\0\0\x08\0\x07")
    refused(path, "at least 1 dimension", "found 0")


@pytest.mark.parametrize("compressed", [False, True])
def test_every_truncation_is_refused(tmp_path, idx_bytes, compressed):
    content = idx_bytes(np.arange(6, dtype="int16").reshape(2, 3))
    path = tmp_path / "a"
    for length in range(len(content)):
        cut = content[:length]
        path.write_bytes(gzip.compress(cut) if compressed else cut)
        refused(path)


def test_truncation_names_what_was_expected_and_found(tmp_path, idx_bytes):
    path = tmp_path / "a"
    path.write_bytes(idx_bytes(np.arange(6, dtype="int16").reshape(2, 3))[:-1])
    refused(path, "cut short", "int16 of shape (2, 3)", "24 bytes", "found 23")


def test_every_truncation_of_the_gzip_stream_is_refused(tmp_path, idx_bytes):
    content = gzip.compress(idx_bytes(np.arange(60, dtype="uint8")))
    path = tmp_path / "a"
    for length in range(len(content)):
        path.write_bytes(content[:length])
        refused(path)
    path.write_bytes(content[:-3])
    refused(path, "gzip", "cut short or damaged")


def test_damaged_gzip_content_is_refused(tmp_path, idx_bytes):
    content = bytearray(gzip.compress(idx_bytes(np.arange(60, dtype="uint8"))))
    content[-6] ^= 0xFF
    path = tmp_path / "a"
    path.write_bytes(content)
    refused(path, "gzip", "damaged")


def test_bytes_left_over_are_refused(tmp_path, idx_bytes):
    path = tmp_path / "a"
    path.write_bytes(idx_bytes(np.arange(6, dtype="uint8")) + b"\0")
    refused(path, "left over", "14 bytes", "found 15")


def test_huge_announced_shape_is_refused_without_allocating(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"\0\0\x0e\x04" + b"\xff" * 16 + b"\0" * 8)
    refused(path, "cut short", str((2**32 - 1) ** 4 * 8 + 20))


def test_other_dtype_or_ndim_than_asked_for_is_refused(tmp_path, write_idx):
    path = write_idx(tmp_path / "a", np.zeros((2, 3), "int32"))
    refused(path, "expected elements of type uint8, found int32", dtype="uint8")
    refused(path, "expected an array of 1 dimension(s), found 2", ndim=1)


def test_missing_file_is_the_systems_own_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=re.escape(str(tmp_path / "none"))):
        read_idx(tmp_path / "none")
