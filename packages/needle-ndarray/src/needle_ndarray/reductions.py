"""Functions that fold axes away."""

from __future__ import annotations

import builtins

from ._core import all as all
from ._core import any as any
from ._core import asarray, exp, isfinite, log, sqrt, square, squeeze, where
from ._core import max as max
from ._core import mean as mean
from ._core import min as min
from ._core import prod as prod
from ._core import sum as sum

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._core import ArrayLike, NDArray


def var(
    x: ArrayLike, /, *, axis: int | Sequence[int] | None = None, correction: float = 0.0, keepdims: bool = False
) -> NDArray:
    """Variance over axes: the mean of the squared distances from the mean.

    Args:
        x: Floats, or integers, whose variance is taken in float32.
        axis: One axis, several, or None for all.
        correction: Subtracted from the number of elements in the divisor; 1 gives the unbiased estimate.
        keepdims: Whether the folded axes stay, with size 1.
    """
    x = asarray(x)
    centre = mean(x, axis=axis, keepdims=True)
    squares = sum(square(x - centre), axis=axis, keepdims=keepdims)
    count = x.size // builtins.max(centre.size, 1)
    return squares / builtins.max(count - correction, 0.0)


def std(
    x: ArrayLike, /, *, axis: int | Sequence[int] | None = None, correction: float = 0.0, keepdims: bool = False
) -> NDArray:
    """Standard deviation over axes: the square root of `var`, whose arguments it takes."""
    return sqrt(var(x, axis=axis, correction=correction, keepdims=keepdims))


def logsumexp(x: ArrayLike, /, *, axis: int | Sequence[int] | None = None, keepdims: bool = False) -> NDArray:
    """log(sum(exp(x))) over axes, without overflow.

    Args:
        x: Floats.
        axis: One axis, several, or None for all.
        keepdims: Whether the folded axes stay, with size 1.
    """
    x = asarray(x)
    if x.dtype.kind == "f" and x.dtype.itemsize == 2:  # float16 and bfloat16 are rounded once, at the end
        return logsumexp(x.astype("float32"), axis=axis, keepdims=keepdims).astype(x.dtype)
    top = max(x, axis=axis, keepdims=True)
    top = where(isfinite(top), top, 0.0)
    out = log(sum(exp(x - top), axis=axis, keepdims=True)) + top
    if keepdims:
        return out
    return squeeze(out, axis=axis) if axis is not None else out.reshape(())
