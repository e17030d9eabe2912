"""The array libraries that operations are checked on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import needle_ndarray as nd
import numpy as np

from ..backends.selection import get_backend, set_backend

STRICT = "array_api_strict"


class Library(NamedTuple):
    """An array library: its module, and the name of the backend that makes tensors of its arrays, if there is one."""

    module: Any
    backend: str | None

    @property
    def name(self) -> str:
        """The module's name."""
        return str(self.module.__name__)

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Make new tensors of this library's arrays within the block, if a backend does."""
        before = get_backend()
        set_backend(self.backend or before)
        try:
            yield
        finally:
            set_backend(before)


BACKENDS = (Library(np, "np"), Library(nd, "nd"))


def has_strict_library() -> bool:
    """Tell whether the library is installed that has what the Array API standard has, and nothing else."""
    return find_spec(STRICT) is not None


def libraries(*, standard: bool = True) -> tuple[Library, ...]:
    """Return the libraries of the backends, and the strict one where it is installed.

    Args:
        standard: False leaves the strict one out.
    """
    if not (standard and has_strict_library()):
        return BACKENDS
    return (*BACKENDS, Library(import_module(STRICT), None))
