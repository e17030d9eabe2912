"""Saving and loading states as safetensors files, which hold arrays and text and cannot run code.

Format: https://github.com/huggingface/safetensors
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from needle_autograd import Tensor
from needle_autograd.numpy_on_demand import np

from .errors import CheckpointError
from .module import Module


def save(
    path: str | os.PathLike[str],
    module_or_state_dict: Module | Mapping[str, Any],
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Write a state to a safetensors file, whole or not at all.

    The bytes go to a temporary file in the same folder, reach the disk, and then take the name `path`, so that a
    reader, a crash or a full disk never meets half a file, and an older file stays whole if writing fails.

    Args:
        path: the file to write or replace; its folder must exist.
        module_or_state_dict: a module, or tensors and arrays by name.
        metadata: text by name, stored beside the arrays.

    Raises:
        OSError: (FileNotFoundError, PermissionError, ...) if the file cannot be written.
        TypeError: if the path is none, or metadata holds anything but text.
    """
    if isinstance(path, Module | Mapping):
        raise TypeError(f"save takes the path first, and was given a {type(path).__name__}; write save(path, module).")
    path = Path(path)
    state_dict = module_or_state_dict
    if isinstance(state_dict, Module):
        state_dict = state_dict.state_dict()
    for key, value in (metadata or {}).items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise TypeError(f"metadata is text by name, but {key!r} is {value!r}; write json.dumps of the value.")
    arrays = {name: _contiguous(value) for name, value in state_dict.items()}
    from safetensors.numpy import save as to_bytes  # noqa: PLC0415 - with NumPy, for which few programs have a use

    content = to_bytes(arrays, metadata=dict(metadata) if metadata else None)
    try:
        _write_atomically(path, content)
    except OSError as error:
        raise OSError(
            error.errno,
            f"cannot write the checkpoint: {error.strerror or error}. Check that the folder {path.parent} exists, may "
            "be written to and has space",
            str(path),
        ) from error


def load(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Read a state dict from a safetensors file.

    Args:
        path: the file, written by `save` or by anything else that writes safetensors.

    Returns:
        Tensors by name, on the CPU, that require no gradient; `Module.load_state_dict` takes them.

    Raises:
        OSError: (FileNotFoundError, IsADirectoryError, PermissionError) if the file cannot be read.
        CheckpointError: if it is damaged, is no safetensors file, or has a dtype that NumPy does not know.

    Example:
        >>> import os, tempfile
        >>> from needle_nn import Linear, load, save
        >>> layer = Linear(2, 3)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save(os.path.join(folder, "layer.safetensors"), layer)
        ...     state_dict = load(os.path.join(folder, "layer.safetensors"))
        >>> [(name, state_dict[name].shape) for name in sorted(state_dict)]
        [('bias', (1, 3)), ('weight', (2, 3))]
    """
    return {name: Tensor(array, requires_grad=False) for name, array in _read(path)[0].items()}


def load_metadata(path: str | os.PathLike[str]) -> dict[str, str]:
    """Read the text that `save` stored beside the arrays; the arguments and errors are those of `load`."""
    return _read(path)[1]


def _contiguous(value: Any) -> np.ndarray:
    return np.asarray(value.numpy() if hasattr(value, "numpy") else value, order="C")


def _write_atomically(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name in a folder reach the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: str | os.PathLike[str]) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    import safetensors  # noqa: PLC0415 - with NumPy, as above

    with open(path, "rb"):  # raises Python's own error, with the path, for a file that is missing or forbidden
        pass
    try:
        with safetensors.safe_open(path, framework="np") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return arrays, dict(file.metadata() or {})
    except safetensors.SafetensorError as error:
        raise CheckpointError(
            f"{os.fspath(path)} is no readable safetensors file: {error}. It is damaged, cut short or of another "
            "format; use another copy, or save it again with needle_nn.save."
        ) from error
    except TypeError as error:
        raise CheckpointError(f"{os.fspath(path)} has an array of a dtype that cannot be read: {error}.") from error
