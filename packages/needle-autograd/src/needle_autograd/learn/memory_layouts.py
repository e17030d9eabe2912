"""Operands in several arrangements in memory: what an operation computes must not depend on it."""

from __future__ import annotations

from typing import Any

import numpy as np

LAYOUTS = ("contiguous", "transposed", "reversed", "repeated")


def laid_out(values: np.ndarray[Any, Any], layout: str, library: Any) -> Any:
    """Return an array of another library with the same values in a given arrangement.

    Args:
        values: the values; with "repeated", those at the first place of the first axis are taken for all places.
        layout: "contiguous"; "transposed", with the axes in the opposite order in memory; "reversed", with negative
            strides; "repeated", with a stride of 0 along the first axis. An array that has too few axes is contiguous.
        library: the module of the library, after the Array API standard.
    """
    axes = values.ndim
    if layout == "transposed" and axes > 1:
        base = library.asarray(np.ascontiguousarray(values.transpose()))
        return library.permute_dims(base, tuple(reversed(range(axes))))
    if layout == "reversed" and axes:
        base = library.asarray(np.flip(values).copy())
        return base[(slice(None, None, -1),) * axes]
    if layout == "repeated" and axes and values.shape[0]:
        return library.broadcast_to(library.asarray(values[:1].copy()), values.shape)
    return library.asarray(values.copy())
