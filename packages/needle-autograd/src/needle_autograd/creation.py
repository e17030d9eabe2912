"""New tensors from a shape: constants, ranges, random numbers. They require no gradient unless asked.

Shapes are given as `ones(2, 3)` or `ones((2, 3))`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops, random
from .backends.selection import array_namespace, check_device, current_namespace, named_dtype
from .construction import array_from
from .errors import ShapeError
from .numpy_on_demand import is_numpy
from .ops.arguments import integer_argument, number_argument
from .ops.axes import shape_argument
from .tensor import Tensor

__all__ = [
    "arange",
    "constant",
    "eye",
    "full",
    "full_like",
    "linspace",
    "one_hot",
    "ones",
    "ones_like",
    "rand",
    "randb",
    "randint",
    "randn",
    "randperm",
    "zeros",
    "zeros_like",
]


def constant(
    *shape: Any, c: float = 1.0, device: Any = None, dtype: Any = "float32", requires_grad: bool = False
) -> Tensor:
    """Make a tensor filled with one number.

    Args:
        *shape: the size along each axis.
        c: the number.
        device: where it lives; None for the default device.
        dtype: a name or dtype.
        requires_grad: whether `backward()` computes a gradient for it.
    """
    return full(_shape(shape), c, device=device, dtype=dtype, requires_grad=requires_grad)


def full(
    shape: Any, fill_value: float, *, device: Any = None, dtype: Any = "float32", requires_grad: bool = False
) -> Tensor:
    """Make a tensor filled with one number.

    Args:
        shape: the size along each axis, a tuple or one integer.
        fill_value: the number.
        device: where it lives; None for the default device.
        dtype: a name or dtype.
        requires_grad: whether `backward()` computes a gradient for it.
    """
    number = number_argument("full", "fill_value", fill_value)
    return _made(lambda xp, **kw: xp.full(_shape((shape,)), number, **kw), device, dtype, requires_grad)


def ones(*shape: Any, device: Any = None, dtype: Any = "float32", requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones; arguments as in `constant`."""
    return _made(lambda xp, **kw: xp.ones(_shape(shape), **kw), device, dtype, requires_grad)


def zeros(*shape: Any, device: Any = None, dtype: Any = "float32", requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros; arguments as in `constant`."""
    return _made(lambda xp, **kw: xp.zeros(_shape(shape), **kw), device, dtype, requires_grad)


def arange(
    start: float,
    stop: float | None = None,
    step: float = 1,
    *,
    device: Any = None,
    dtype: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of evenly spaced numbers from `start` to before `stop`; `arange(n)` counts from 0.

    Args:
        start: the first number.
        stop: where to end, not included.
        step: the distance, not 0.
        device: where it lives; None for the default device.
        dtype: a name or dtype; None stands for int64 if all arguments are integers, and else for float32.
        requires_grad: whether `backward()` computes a gradient for it.

    Raises:
        ValueError: the step is 0.
    """
    start, step = number_argument("arange", "start", start), number_argument("arange", "step", step)
    if stop is None:
        start, stop = 0, start
    stop = number_argument("arange", "stop", stop)
    if step == 0:
        raise ValueError(f"arange: the step from {start} to {stop} is 0; expected any other number")
    if dtype is None:
        dtype = "int64" if all(isinstance(x, int) for x in (start, stop, step)) else "float32"
    return _made(lambda xp, **kw: xp.arange(start, stop, step, **kw), device, dtype, requires_grad)


def linspace(
    start: float,
    stop: float,
    num: int,
    *,
    endpoint: bool = True,
    device: Any = None,
    dtype: Any = "float32",
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of a given number of evenly spaced numbers.

    Args:
        start: the first number.
        stop: the last number.
        num: how many.
        endpoint: False leaves the last number out, and spaces the others as if it came next.
        device: where it lives; None for the default device.
        dtype: a floating-point dtype.
        requires_grad: whether `backward()` computes a gradient for it.
    """
    return _made(lambda xp, **kw: xp.linspace(start, stop, num, endpoint=endpoint, **kw), device, dtype, requires_grad)


def eye(
    rows: int,
    columns: int | None = None,
    *,
    k: int = 0,
    device: Any = None,
    dtype: Any = "float32",
    requires_grad: bool = False,
) -> Tensor:
    """Make a matrix with ones on a diagonal and zeros elsewhere.

    Args:
        rows: the number of rows.
        columns: the number of columns; None for as many.
        k: which diagonal; 0 for the main one, positive numbers for those above it.
        device: where it lives; None for the default device.
        dtype: a name or dtype.
        requires_grad: whether `backward()` computes a gradient for it.
    """
    return _made(lambda xp, **kw: xp.eye(rows, columns, k=k, **kw), device, dtype, requires_grad)


def rand(
    *shape: Any,
    low: float = 0.0,
    high: float = 1.0,
    device: Any = None,
    dtype: Any = "float32",
    requires_grad: bool = False,
    generator: Any = None,
) -> Tensor:
    """Draw a tensor from the uniform distribution on [low, high).

    Args:
        *shape: the size along each axis.
        low: the smallest possible number.
        high: the end of the interval.
        device: where it lives; None for the default device.
        dtype: a floating-point dtype.
        requires_grad: whether `backward()` computes a gradient for it.
        generator: what to draw from; None for the default generator of `needle_autograd.random`.
    """
    array = random.uniform(_shape(shape), low, high, dtype=dtype, device=device, generator=generator)
    return Tensor.make_const(array, requires_grad=requires_grad)


def randn(
    *shape: Any,
    mean: float = 0.0,
    std: float = 1.0,
    device: Any = None,
    dtype: Any = "float32",
    requires_grad: bool = False,
    generator: Any = None,
) -> Tensor:
    """Draw a tensor from the normal distribution.

    Args:
        *shape: the size along each axis.
        mean: the mean of the distribution.
        std: its standard deviation.
        device: where it lives; None for the default device.
        dtype: a floating-point dtype.
        requires_grad: whether `backward()` computes a gradient for it.
        generator: what to draw from; None for the default generator of `needle_autograd.random`.
    """
    array = random.normal(_shape(shape), mean, std, dtype=dtype, device=device, generator=generator)
    return Tensor.make_const(array, requires_grad=requires_grad)


def randb(
    *shape: Any,
    p: float = 0.5,
    device: Any = None,
    dtype: Any = "bool",
    requires_grad: bool = False,
    generator: Any = None,
) -> Tensor:
    """Draw a tensor of ones (True) with probability p and zeros (False) otherwise.

    Args:
        *shape: the size along each axis.
        p: the probability of 1.
        device: where it lives; None for the default device.
        dtype: any dtype.
        requires_grad: whether `backward()` computes a gradient for it.
        generator: what to draw from; None for the default generator of `needle_autograd.random`.
    """
    array = random.bernoulli(_shape(shape), p, dtype=dtype, device=device, generator=generator)
    return Tensor.make_const(array, requires_grad=requires_grad)


def randint(
    low: int,
    high: int | None = None,
    shape: Any = (),
    *,
    device: Any = None,
    dtype: Any = "int64",
    requires_grad: bool = False,
    generator: Any = None,
) -> Tensor:
    """Draw integers from low to high - 1; `randint(n, shape=...)` draws from 0 to n - 1.

    Args:
        low: the smallest possible integer.
        high: one more than the largest.
        shape: the size along each axis, a tuple or one integer.
        device: where it lives; None for the default device.
        dtype: a name or dtype.
        requires_grad: whether `backward()` computes a gradient for it.
        generator: what to draw from; None for the default generator of `needle_autograd.random`.
    """
    first, end = (0, low) if high is None else (low, high)
    drawn = random.integers(first, end, _shape((shape,)), generator=generator)
    return Tensor(drawn, device=device, dtype=dtype, requires_grad=requires_grad)


def randperm(n: int, *, device: Any = None, requires_grad: bool = False, generator: Any = None) -> Tensor:
    """Draw an order of the integers from 0 to n - 1, of dtype int64.

    Args:
        n: how many.
        device: where it lives; None for the default device.
        requires_grad: whether `backward()` computes a gradient for it.
        generator: what to draw from; None for the default generator of `needle_autograd.random`.
    """
    return Tensor(random.permutation(n, generator=generator), device=device, requires_grad=requires_grad)


def one_hot(n: int, i: Any, *, device: Any = None, dtype: Any = "float32", requires_grad: bool = False) -> Tensor:
    """Make a tensor that is 1 at the given indices and 0 elsewhere.

    Args:
        n: the number of classes.
        i: indices in [0, n), a Tensor or array of any shape and dtype.
        device: where it lives; None for where `i` is.
        dtype: a name or dtype.
        requires_grad: whether `backward()` computes a gradient for it.

    Returns:
        A tensor of shape `i.shape + (n,)`.

    Raises:
        IndexError: an index is outside [0, n).
    """
    n = integer_argument("one_hot", "n", n)
    indices = array_from(i, device, "int64")
    xp = array_namespace(indices)
    if indices.size and (int(xp.min(indices)) < 0 or int(xp.max(indices)) >= n):
        low, high = int(xp.min(indices)), int(xp.max(indices))
        raise IndexError(f"one_hot: indices range from {low} to {high}; expected integers from 0 to {n - 1}")
    return Tensor.make_const(ops.OneHot(n, dtype).compute(indices), requires_grad=requires_grad)


def ones_like(array: Any, *, device: Any = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of ones with the shape, and unless given the dtype and device, of a tensor or array."""
    return _like("ones_like", array, device, dtype, requires_grad)


def zeros_like(array: Any, *, device: Any = None, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """Make a tensor of zeros with the shape, and unless given the dtype and device, of a tensor or array."""
    return _like("zeros_like", array, device, dtype, requires_grad)


def full_like(
    array: Any, fill_value: float, *, device: Any = None, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    """Make a tensor of one number with the shape, and unless given the dtype and device, of a tensor or array."""
    return _like("full_like", array, device, dtype, requires_grad, fill_value)


def _shape(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    """Read the sizes given to a creation function: `(2, 3)` and `((2, 3),)` are the same."""
    shape = shape_argument(sizes[0] if len(sizes) == 1 else sizes)
    if any(size < 0 for size in shape):
        raise ShapeError(f"sizes of a shape are 0 or more; got {shape}")
    return shape


def _made(make: Callable[..., Any], device: Any, dtype: Any, requires_grad: bool) -> Tensor:
    """Make a tensor by a creation function of the current backend."""
    library = current_namespace()
    check_device(device, library)
    kwargs = {"dtype": named_dtype(dtype, library)}
    if not is_numpy(library):
        kwargs["device"] = device
    return Tensor.make_const(make(library, **kwargs), requires_grad=requires_grad)


def _like(function: str, like: Any, device: Any, dtype: Any, requires_grad: bool, *values: float) -> Tensor:
    """Make a tensor by `ones_like`, `zeros_like` or `full_like` of the library that a tensor or array belongs to."""
    array = like.realize_cached_data() if isinstance(like, Tensor) else array_from(like, None, None)
    library = array_namespace(array)
    check_device(device, library)
    kwargs = {"dtype": None if dtype is None else named_dtype(dtype, library)}
    if not is_numpy(library):
        kwargs["device"] = device
    return Tensor.make_const(getattr(library, function)(array, *values, **kwargs), requires_grad=requires_grad)
