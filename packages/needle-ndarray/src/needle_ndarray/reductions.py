"""Functions that fold axes away."""

from __future__ import annotations

from ._core import asarray, exp, isfinite, log, squeeze, where
from ._core import cumulative_prod as cumulative_prod
from ._core import cumulative_sum as cumulative_sum
from ._core import max as max
from ._core import mean as mean
from ._core import min as min
from ._core import prod as prod
from ._core import std as std
from ._core import sum as sum
from ._core import var as var

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._core import ArrayLike, NDArray


def logsumexp(x: ArrayLike, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> NDArray:
    """log(sum(exp(x))) over axes, without overflow.

    Args:
        x: Floats.
        axis: One axis, several, or None for all.
        keepdims: Whether the folded axes stay, with size 1.

    Returns:
        An array of x's dtype; -inf for sums of nothing.

    Raises:
        IndexError: x has no such axis.

    Example:
        >>> import needle_ndarray as nd
        >>> nd.logsumexp(nd.asarray([1000.0, 1000.0]))
        array(1000.6932)
    """
    x = asarray(x)
    if x.dtype.kind == "f" and x.dtype.itemsize == 2:  # float16 and bfloat16 are rounded once, at the end
        return logsumexp(x.astype("float32"), axis=axis, keepdims=keepdims).astype(x.dtype)
    if x.size == 0:
        return log(sum(exp(x), axis=axis, keepdims=keepdims))
    top = max(x, axis=axis, keepdims=True)
    top = where(isfinite(top), top, 0.0)
    out = log(sum(exp(x - top), axis=axis, keepdims=True)) + top
    if keepdims:
        return out
    return squeeze(out, axis=axis) if axis is not None else out.reshape(())
