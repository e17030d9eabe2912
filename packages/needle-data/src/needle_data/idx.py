"""Reading IDX files, the format in which MNIST and its relatives are published.

A file is: two zero bytes, one byte that names the element type, one byte with the number of dimensions, the dimensions
as unsigned 32-bit integers, then the elements; all of it big-endian. Described at the end of
<http://yann.lecun.com/exdb/mnist/>.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib
from pathlib import Path

from needle_autograd.numpy_on_demand import np

from .errors import FormatError

ELEMENT_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
GZIP_MAGIC = b"\x1f\x8b"


def read_idx(path: str | Path, *, dtype: str | None = None, ndim: int | None = None) -> np.ndarray:
    """Read an IDX file, gzip-compressed or plain; which of the two is seen from its content.

    Args:
        path: the file.
        dtype: the element type that the file must have, such as "uint8".
        ndim: the number of dimensions that it must have.

    Returns:
        A new array in the machine's byte order.

    Raises:
        FormatError: the file is no IDX file, is cut short, has bytes left over, or has another type or number of
            dimensions; the text says what was expected and found.
        OSError: the file can't be read.
    """
    content = _uncompressed(path)
    if len(content) < 4:
        raise FormatError(f"{path}: an IDX file begins with 4 bytes; this one has {len(content)} in all.")
    if content[:2] != b"\0\0" or content[2] not in ELEMENT_TYPES:
        types = ", ".join(f"{code:02x} ({np.dtype(name).name})" for code, name in ELEMENT_TYPES.items())
        raise FormatError(
            f"{path}: not an IDX file. It must begin with 00 00 and an element type out of {types}; it begins with "
            f"{content[:4].hex(' ')}."
        )
    stored, found_ndim = np.dtype(ELEMENT_TYPES[content[2]]), content[3]
    if dtype is not None and stored.name != dtype:
        raise FormatError(f"{path}: expected elements of type {dtype}, found {stored.name}.")
    if found_ndim == 0 or (ndim is not None and found_ndim != ndim):
        expected = "at least 1" if ndim is None else ndim
        raise FormatError(f"{path}: expected an array of {expected} dimension(s), found {found_ndim}.")

    start = 4 + 4 * found_ndim
    if len(content) < start:
        raise FormatError(f"{path}: cut short. The header takes {start} bytes, the file has {len(content)}.")
    shape = struct.unpack(f">{found_ndim}I", content[4:start])
    expected_size = start + math.prod(shape) * stored.itemsize
    if len(content) != expected_size:
        fault = "cut short" if len(content) < expected_size else "bytes are left over"
        raise FormatError(
            f"{path}: {fault}. Its header announces {stored.name} of shape {shape}, which makes {expected_size} bytes; "
            f"found {len(content)}."
        )
    return np.frombuffer(content, stored, offset=start).reshape(shape).astype(stored.newbyteorder("="))


def _uncompressed(path: str | Path) -> bytes:
    content = Path(path).read_bytes()
    if not content.startswith(GZIP_MAGIC):
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, zlib.error, gzip.BadGzipFile, struct.error) as error:
        raise FormatError(f"{path}: the gzip compression is cut short or damaged: {error}") from error
