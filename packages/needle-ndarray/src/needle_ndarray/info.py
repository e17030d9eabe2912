"""What was built and what runs."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from typing import Any

from . import _core
from .devices import cuda_why_not


def build_info() -> dict[str, Any]:
    """What was built and what runs: version, instruction set, threads, and whether CUDA can be used.

    Returns:
        ``version``, ``isa``, ``threads``, ``cuda`` (bool) and ``cuda_why_not`` (a sentence, or None).

    Example:
        >>> import needle_ndarray as nd
        >>> sorted(nd.build_info())
        ['cuda', 'cuda_why_not', 'isa', 'threads', 'version']
    """
    reason = cuda_why_not()
    return {
        "version": _version(),
        "isa": _core.isa(),
        "threads": _core.num_threads(),
        "cuda": reason is None,
        "cuda_why_not": reason,
    }


@cache
def _version() -> str:
    return version("needle-ndarray")
