import gzip
import struct

import pytest
from hypothesis import settings

settings.register_profile("needle", deadline=None)
settings.load_profile("needle")

TYPE_CODES = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


def _idx_bytes(array):
    header = struct.pack(f">4B{array.ndim}I", 0, 0, TYPE_CODES[array.dtype.name], array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.fixture
def idx_bytes():
    """Encodes an array by the IDX format's description, with nothing of needle_data."""
    return _idx_bytes


@pytest.fixture
def write_idx():
    """Writes an array to an IDX file and returns its path."""

    def write(path, array, *, compressed=False):
        content = _idx_bytes(array)
        path.write_bytes(gzip.compress(content, mtime=0) if compressed else content)
        return path

    return write
