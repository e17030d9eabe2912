"""Files of arrays: .npy and .npz, read and written as NumPy does, without NumPy and without pickles.

The format is described in https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
"""

from __future__ import annotations

import ast
import contextlib
import io
import math
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from . import _core
from ._pickle import as_bytes
from .errors import DTypeError

if TYPE_CHECKING:
    from types import TracebackType

    from ._core import ArrayLike, NDArray

    File: TypeAlias = "str | os.PathLike[str] | BinaryIO"

_MAGIC = b"\x93NUMPY"
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_ALIGNMENT = 64  # of the elements in the file
_LONGEST_HEADER = 10_000  # what NumPy reads by default, too
_MOST_AXES = 64
_CHUNK = 1 << 20
_GREATEST_COMPRESSION = 1100  # deflate gets to 1032
_CODES = {
    **{"bool": "|b1", "int8": "|i1", "int16": "<i2", "int32": "<i4", "int64": "<i8"},
    **{"uint8": "|u1", "uint16": "<u2", "uint32": "<u4", "uint64": "<u8"},
    **{"float16": "<f2", "float32": "<f4", "float64": "<f8"},
}
_NAMES = {code[1:]: name for name, code in _CODES.items()}

# ---- Writing


def save(file: File, x: ArrayLike) -> None:
    """Writes an array to a .npy file, which `load` and NumPy read.

    A file given by its path appears all at once when everything is written: a reader or a full disk never meets half
    of it, and an older file stays whole if writing fails.

    Args:
        file: A path, to which .npy is added where it is missing, or a binary file that is open for writing.
        x: An array of any shape and of any dtype but bfloat16, or what `asarray` takes.

    Raises:
        DTypeError: For bfloat16, which the format does not have.
        OSError: Where the file cannot be written.

    Example:
        >>> import os, tempfile
        >>> import needle_ndarray as nd
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "x.npy")
        ...     nd.save(path, nd.arange(3))
        ...     nd.load(path)
        array([0, 1, 2])
    """
    x = _core.asarray(x)
    _code_of(x)  # before anything is written
    with _writable(file, ".npy") as out:
        _write_array(out, x)


def savez(file: File, /, *args: ArrayLike, **kwds: ArrayLike) -> None:
    """Writes several arrays to one .npz file: a zip archive of .npy files.

    Args:
        file: A path, to which .npz is added where it is missing, or a binary file that is open for writing; written
            all at once as by `save`.
        *args: Arrays that get the names arr_0, arr_1 and so on.
        **kwds: Arrays by name.

    Raises:
        ValueError: For a name such as arr_0 that is given twice, and for one with a null character.
        DTypeError: For bfloat16, which the format does not have.

    Example:
        >>> import io
        >>> import needle_ndarray as nd
        >>> file = io.BytesIO()
        >>> nd.savez(file, nd.arange(2), weights=nd.ones(3))
        >>> _ = file.seek(0)
        >>> with nd.load(file) as arrays:
        ...     print(list(arrays), arrays["weights"])
        ['arr_0', 'weights'] [1. 1. 1.]
    """
    _write_archive(file, args, kwds, zipfile.ZIP_STORED)


def savez_compressed(file: File, /, *args: ArrayLike, **kwds: ArrayLike) -> None:
    """Writes several arrays to one compressed .npz file; arguments and errors are those of `savez`.

    Example:
        >>> import io
        >>> import needle_ndarray as nd
        >>> small, large = io.BytesIO(), io.BytesIO()
        >>> nd.savez_compressed(small, nd.zeros(10_000))
        >>> nd.savez(large, nd.zeros(10_000))
        >>> len(small.getvalue()) < len(large.getvalue()) / 50
        True
    """
    _write_archive(file, args, kwds, zipfile.ZIP_DEFLATED)


def _code_of(x: NDArray) -> str:
    code = _CODES.get(x.dtype.name)
    if code is None:
        raise DTypeError(
            f"save: .npy files have no {x.dtype.name}; write x.astype('float32'), which keeps every value, or use the "
            "safetensors format"
        )
    return code


def _write_array(out: Any, x: NDArray) -> None:
    columns = not x.is_compact() and _reversed(x).is_compact()
    length = str(x.shape[-1 if columns else 0]) if x.ndim else " " * 21
    text = f"{{'descr': '{_code_of(x)}', 'fortran_order': {columns}, 'shape': {x.shape}, }}"
    text += " " * (21 - len(length))  # where NumPy leaves room to let the file grow
    padding = -(len(_MAGIC) + 4 + len(text) + 1) % _ALIGNMENT
    text += " " * padding + "\n"
    _write(out, _MAGIC + b"\x01\x00" + struct.pack("<H", len(text)) + text.encode("latin1"))
    _write(out, as_bytes(_reversed(x) if columns else x))


def _write(out: Any, data: Any) -> None:
    """All of the bytes, also to a raw file, which may take a part of them at a time."""
    rest = memoryview(data)
    while rest.nbytes:
        written = out.write(rest)
        rest = rest[rest.nbytes if written is None else written :]


def _write_archive(file: File, args: tuple[ArrayLike, ...], kwds: dict[str, ArrayLike], compression: int) -> None:
    arrays = {f"arr_{i}": _core.asarray(x) for i, x in enumerate(args)}
    for name, x in kwds.items():
        if "\0" in name:
            raise ValueError(f"savez: the name {name!r} has a null character, where names in archives end")
        if name in arrays:
            raise ValueError(f"savez: the name {name} is that of an array without a name, too; choose another")
        arrays[name] = _core.asarray(x)
    for x in arrays.values():
        _code_of(x)
    with _writable(file, ".npz") as out, zipfile.ZipFile(out, "w", compression) as archive:
        for name, x in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                _write_array(entry, x)


@contextlib.contextmanager
def _writable(file: File, suffix: str) -> Iterator[Any]:
    """A file to write to; what has a path is written beside it and takes its name when it is complete."""
    if hasattr(file, "write"):
        yield file
        return
    path = os.fsdecode(file)
    if not path.endswith(suffix):
        path += suffix
    path = os.path.realpath(path)  # a link stays one
    mode = None
    with contextlib.suppress(FileNotFoundError):
        mode = os.stat(path).st_mode
    if mode is not None and not stat.S_ISREG(mode):  # a pipe or a device, which has no older content to lose
        with open(path, "wb") as out:
            yield out
        return
    if mode is not None:
        open(path, "r+b").close()  # refused where the file is write-protected, although its folder is not
    temporary = f"{path}.{os.urandom(4).hex()}.tmp"
    try:
        with open(temporary, "xb") as out:
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


# ---- Reading


def load(file: File, mmap_mode: str | None = None) -> Any:
    """The array of a .npy file, or the arrays of a .npz file by name.

    Args:
        file: A path, or a binary file that is open for reading at the beginning of the array.
        mmap_mode: None reads the elements. "r" leaves them in the file, from where they come as they are needed, in a
            read-only array; "r+" also writes changes to the file; "c" keeps changes in memory. Needs a path.

    Returns:
        An array in row-major or column-major order, as the file has it; for .npz an `ArrayArchive`, which reads an
        array when it is asked for and is to be closed.

    Raises:
        ValueError: For a file that is damaged, ends early or is no such file. Pickles are never read.
        DTypeError: For elements that no dtype here has, such as Python objects.
        OSError: Where the file cannot be read.

    Example:
        >>> import io
        >>> import needle_ndarray as nd
        >>> file = io.BytesIO()
        >>> nd.save(file, nd.ones((2, 2)))
        >>> _ = file.seek(0)
        >>> nd.load(file)
        array([[1., 1.],
               [1., 1.]])
    """
    if mmap_mode not in (None, "r", "r+", "c"):
        raise ValueError(f'load: mmap_mode must be None, "r", "r+" or "c", not {mmap_mode!r}')
    if hasattr(file, "read"):
        if mmap_mode is not None:
            raise ValueError("load: a file is mapped by its path; pass that, or leave mmap_mode out")
        return _load_open(file, "the file", owned=False)
    path = os.fspath(file)
    if mmap_mode is not None:
        return _load_mapped(path, mmap_mode)
    opened = open(path, "rb")  # noqa: SIM115 - an archive keeps it
    try:
        loaded = _load_open(opened, repr(path), owned=True)
    except BaseException:
        opened.close()
        raise
    if not isinstance(loaded, ArrayArchive):
        opened.close()
    return loaded


class ArrayArchive(Mapping[str, Any]):
    """The arrays of a .npz file by name, each read when it is asked for.

    Example:
        >>> import io
        >>> import needle_ndarray as nd
        >>> file = io.BytesIO()
        >>> nd.savez(file, a=nd.zeros(2), b=nd.ones(2))
        >>> _ = file.seek(0)
        >>> with nd.load(file) as arrays:
        ...     sorted(arrays.keys()), arrays["b"]
        (['a', 'b'], array([1., 1.]))
    """

    def __init__(self, file: Any, name: str, owned: bool) -> None:
        self._name = name
        self._file = file if owned else None
        with _damage(name):
            self._archive: zipfile.ZipFile | None = zipfile.ZipFile(file)
            self._size = file.seek(0, io.SEEK_END)
        self._entries = {entry.filename.removesuffix(".npy"): entry for entry in self._archive.infolist()}

    def __getitem__(self, name: str) -> NDArray:
        if self._archive is None:
            raise ValueError(f"{self._name} is closed; read its arrays before close() or inside the with block")
        if name not in self:
            raise KeyError(f"{name!r} is not among the arrays of {self._name}: {', '.join(self._entries) or 'none'}")
        entry = self._entries.get(name) or self._entries[name.removesuffix(".npy")]
        where = f"{entry.filename!r} in {self._name}"
        with _damage(where), self._archive.open(entry) as file:
            stored = min(entry.compress_size, self._size)  # the entry itself may claim any number
            if entry.file_size > _GREATEST_COMPRESSION * stored + _CHUNK:
                raise ValueError(f"{where} cannot have {entry.file_size} bytes: only {stored} are stored")
            array = _read_array(file, where, entry.file_size)
            file.read(1)  # at its end the checksum is compared
            return array

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and (name in self._entries or name.removesuffix(".npy") in self._entries)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"ArrayArchive({self._name}, arrays: {', '.join(self._entries) or 'none'})"

    def __enter__(self) -> ArrayArchive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_archive"):
            self.close()

    def close(self) -> None:
        """Closes the file, if `load` opened it; arrays that were read stay."""
        if self._archive is not None:
            self._archive.close()
            self._archive = None
        if self._file is not None:
            self._file.close()
            self._file = None


@contextlib.contextmanager
def _damage(where: str) -> Iterator[None]:
    """Makes a ValueError of what reading a damaged archive raises."""
    try:
        yield
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
        struct.error,
        UnicodeDecodeError,
    ) as error:
        raise ValueError(f"{where} is damaged or cannot be read: {error}") from error


def _load_open(file: Any, name: str, owned: bool) -> Any:
    start = _read(file, len(_MAGIC), name)
    if start == _MAGIC:
        return _read_array(file, name, _bytes_left(file), start)
    if start[:4] in _ZIP_MAGIC:
        return ArrayArchive(file, name, owned)
    raise ValueError(
        f"load: {name} begins with {start!r}, and is neither a .npy nor a .npz file; pickles are never read"
    )


def _bytes_left(file: Any) -> int | None:
    """How many bytes a file still has, where that can be known."""
    try:
        here = file.tell()
        end = file.seek(0, io.SEEK_END)
        file.seek(here)
    except (AttributeError, OSError, ValueError):
        return None
    return end - here if isinstance(end, int) else None


def _read(file: Any, count: int, name: str) -> bytes:
    """So many bytes, which an unbuffered file may give in parts."""
    data = b""
    while len(data) < count:
        part = file.read(count - len(data))
        if not part:
            raise ValueError(f"load: {name} ends after {len(data)} of {count} bytes of its header")
        if isinstance(part, str):
            raise TypeError(f'load: {name} is open as text; open it with mode "rb"')
        data += part
    return data


def _read_header(file: Any, name: str, magic: bytes | None) -> tuple[tuple[int, ...], str, bool, bool, int]:
    """Shape, name of the dtype, whether the bytes are swapped, whether columns come first, and length of the header."""
    magic = magic or _read(file, len(_MAGIC), name)
    if magic != _MAGIC:
        raise ValueError(f"load: {name} begins with {magic!r}, and is no .npy file")
    version = tuple(_read(file, 2, name))
    if version not in ((1, 0), (2, 0), (3, 0)):
        raise ValueError(f"load: {name} has version {version[0]}.{version[1]} of the .npy format; known are 1.0 to 3.0")
    size = struct.calcsize(length_format := "<H" if version == (1, 0) else "<I")
    (length,) = struct.unpack(length_format, _read(file, size, name))
    if length > _LONGEST_HEADER:
        raise ValueError(f"load: {name} claims a header of {length} bytes; an array needs less than {_LONGEST_HEADER}")
    try:
        text = _read(file, length, name).decode("utf-8" if version == (3, 0) else "latin1")
        header = _literal(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(f"load: the header of {name} is no dictionary of constants: {error}") from error
    if not isinstance(header, dict) or set(header) != {"descr", "fortran_order", "shape"}:
        raise ValueError(f"load: the header of {name} must name descr, fortran_order and shape alone: {text.strip()}")
    shape, columns, code = header["shape"], header["fortran_order"], header["descr"]
    if (
        not isinstance(shape, tuple)
        or len(shape) > _MOST_AXES
        or not all(type(length) is int and 0 <= length < 2**63 for length in shape)
    ):
        raise ValueError(f"load: the header of {name} has no shape of at most {_MOST_AXES} sizes: {shape!r}")
    if not isinstance(columns, bool):
        raise ValueError(f"load: fortran_order in the header of {name} must be True or False, not {columns!r}")
    return shape, *_dtype_of(code, name), columns, len(_MAGIC) + 2 + size + length


def _literal(text: str) -> Any:
    """The value of a literal, which runs nothing; Python 2 wrote long integers with an L."""
    try:
        return ast.literal_eval(text.strip())
    except SyntaxError:
        return ast.literal_eval(re.sub(r"(?<=\d)L\b", "", text.strip()))


def _dtype_of(code: Any, name: str) -> tuple[str, bool]:
    """The name of the dtype, and whether its bytes come in the other order."""
    if isinstance(code, str):
        if code[:1] in ("<", "|", "=", ">") and code[1:] in _NAMES:
            return _NAMES[code[1:]], code[0] == ">" and code[-1] != "1"
        kind = code.lstrip("<>|=")[:1]
        reason = {
            "O": "Python objects, which only a pickle can hold, and pickles are never read",
            "c": "complex numbers; save their real and imaginary parts",
            "V": "bytes without a meaning; save bfloat16 as float32, or in the safetensors format",
            **dict.fromkeys("SUa", "text; save numbers"),
            **dict.fromkeys("Mm", "dates or times; save them as int64"),
        }.get(kind, "which are unknown here")
    else:
        code, reason = repr(code), "structures; save each of their fields"
    raise DTypeError(f"load: {name} has elements of type {code!r}: {reason}")


def _read_array(file: Any, name: str, left: int | None, magic: bytes | None = None) -> NDArray:
    """The array that begins here; `left` bounds the bytes from here on (behind the magic, where that is given)."""
    shape, dtype, swapped, columns, length = _read_header(file, name, magic)
    count = _byte_count(shape, dtype, name)
    if left is not None:
        left -= length - len(magic or b"")
        if left < count:
            raise ValueError(f"load: {name} has {left} bytes of elements, but its shape {shape} needs {count}")
        data = _core.empty((count,), dtype="uint8")
        view = memoryview(data)
    at, grown = 0, bytearray()  # where nobody knows how long the file is, memory grows with what comes
    while at < count:
        if left is not None and hasattr(file, "readinto"):
            got = file.readinto(view[at:]) or 0
        else:
            part = file.read(min(_CHUNK, count - at))
            got = len(part)
            if left is None:
                grown += part
            else:
                view[at : at + got] = part
        if not got:
            raise ValueError(f"load: {name} has {at} bytes of elements, but its shape {shape} needs {count}")
        at += got
    return _shaped(data if left is not None else _core.asarray(grown), shape, dtype, swapped, columns)


def _byte_count(shape: tuple[int, ...], dtype: str, name: str) -> int:
    count = math.prod(shape) * int(_CODES[dtype][2:])
    if math.prod(max(length, 1) for length in shape) * 8 >= 2**63:
        raise ValueError(f"load: shape {shape} in {name} has more elements than memory can hold")
    return count


def _shaped(data: NDArray, shape: tuple[int, ...], dtype: str, swapped: bool, columns: bool) -> NDArray:
    """The bytes as an array; shared unless they have to be turned around."""
    if swapped:
        data = _core.reshape(_core.flip(data.reshape((-1, int(_CODES[dtype][2:]))), axis=1), -1)
    array = _core.reinterpret(data, dtype, shape[::-1] if columns else shape)
    return _reversed(array) if columns else array


def _reversed(x: NDArray) -> NDArray:
    return x.permute(tuple(range(x.ndim))[::-1])


def _load_mapped(path: str, mode: str) -> NDArray:
    import mmap  # noqa: PLC0415 - for those who ask for it

    access = {"r": mmap.ACCESS_READ, "r+": mmap.ACCESS_WRITE, "c": mmap.ACCESS_COPY}[mode]
    name = repr(path)
    with open(path, "r+b" if mode == "r+" else "rb") as file:
        start = _read(file, len(_MAGIC), name)
        if start[:4] in _ZIP_MAGIC:
            raise ValueError(f"load: {name} is an archive, whose arrays cannot be mapped; leave mmap_mode out")
        shape, dtype, swapped, columns, length = _read_header(file, name, start)
        if swapped:
            raise ValueError(f"load: {name} has bytes in the other order and cannot be mapped; leave mmap_mode out")
        count, left = _byte_count(shape, dtype, name), os.fstat(file.fileno()).st_size - length
        if left < count:
            raise ValueError(f"load: {name} has {left} bytes of elements, but its shape {shape} needs {count}")
        data = _core.asarray(mmap.mmap(file.fileno(), length + count, access=access))[length:]
    if dtype == "bool" and count and _core.max(data).item() > 1:
        raise ValueError(
            f"load: {name} has booleans that are neither 0 nor 1 and cannot be mapped; leave mmap_mode out"
        )
    if length % int(_CODES[dtype][2:]):
        raise ValueError(f"load: the elements of {name} are not aligned and cannot be mapped; leave mmap_mode out")
    return _shaped(data, shape, dtype, False, columns)
