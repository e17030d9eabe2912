"""Checks of gradients against finite differences, for tests of operations and models.

The check runs in float64 along random directions: the derivative of a function along a direction is one number, however
many inputs there are, and finite differences give it to about ten digits. A gradient that is wrong in any component is
then wrong along almost every direction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .backends.selection import dtype_name
from .engine import backward_steps
from .modes import enable_grad
from .op import Op, Sample
from .tensor import Tensor, TensorTuple

__all__ = ["check_gradient", "check_op"]

STEP = 1e-3
"""Distance of the points of a finite difference, along a direction of entries near 1, for inputs near 1."""


def check_gradient(
    fn: Callable[..., Any] | Op,
    *inputs: Any,
    order: int = 2,
    tolerance: float = 1e-6,
    differentiable: tuple[int, ...] | None = None,
    seed: int = 0,
    name: str | None = None,
) -> None:
    """Compare the gradients of a function with finite differences, in float64 along random directions.

    For every input x, with a random direction u and a random gradient v that arrives at the result, the number
    `sum(u * dx)` that `backward` gives is compared with the central difference of `sum(v * fn(x + t * u))` at t = 0.
    Second order does the same with the function that maps the inputs and v to `sum(u * dx)`.

    Args:
        fn: a function of tensors that returns a Tensor or a TensorTuple, or an operation. It must give the same result
            for the same inputs, and be smooth near them.
        *inputs: NumPy arrays, tensors or numbers; those of floating point are made float64 and differentiated.
        order: 1 for gradients, 2 for gradients of gradients too.
        tolerance: how far the numbers may differ, relative to their size.
        differentiable: indices of the inputs to check; None means all of floating point.
        seed: chooses the directions.
        name: what error texts call the function.

    Raises:
        AssertionError: a gradient is wrong; the text names the order, the input and both numbers.

    Example:
        >>> import numpy as np
        >>> from needle_autograd import testing
        >>> testing.check_gradient(lambda a, b: a * b, np.ones((2, 3)), np.ones(3))
    """
    if order not in (1, 2):
        raise ValueError(f"order is {order!r}; expected 1 or 2")
    title = name or getattr(fn, "__name__", None) or repr(fn)
    arrays = [_float64(value) for value in inputs]
    floats = [i for i, array in enumerate(arrays) if array.dtype == np.float64]
    chosen = [i for i in floats if differentiable is None or i in differentiable]
    if not chosen:
        raise ValueError(f"{title}: no input of floating point to differentiate; pass arrays of floats")
    rng = np.random.default_rng(seed)

    outputs = _parts(fn(*_tensors(arrays, ())))
    weights = [rng.uniform(0.5, 1.5, out.shape) for out in outputs]  # the gradient v, one array per result

    def loss(*operands: Tensor) -> Tensor:
        """Return sum(v * fn(x)) for operands (*x, *v)."""
        parts = _parts(fn(*operands[: len(arrays)]))
        return _total(part * weight for part, weight in zip(parts, operands[len(arrays) :], strict=True))

    points = [*arrays, *weights]
    directions = [rng.uniform(0.5, 1.5, a.shape) * rng.choice([-1.0, 1.0], a.shape) for a in points]
    _compare(loss, points, chosen, directions, tolerance, f"{title}: the gradient")
    if order == 1:
        return

    def slope(*operands: Tensor) -> Tensor:
        """Return sum(u * d loss / dx), the derivative of the loss along the directions of all inputs."""
        gradients = _gradients(loss(*operands), [operands[i] for i in chosen], create_graph=True)
        return _total(
            gradient * Tensor(directions[i], requires_grad=False)
            for i, gradient in zip(chosen, gradients, strict=True)
            if gradient is not None
        )

    others = [len(arrays) + i for i in range(len(weights))]
    again = [rng.uniform(0.5, 1.5, a.shape) * rng.choice([-1.0, 1.0], a.shape) for a in points]
    _compare(slope, points, [*chosen, *others], again, tolerance, f"{title}: the gradient of the gradient")


def check_op(op_class: type[Op], *, tolerance: float = 1e-6) -> None:
    """Run all samples of an operation: results against the NumPy reference, gradients against finite differences.

    Args:
        op_class: the operation's class.
        tolerance: how far numbers may differ, relative to their size, in float64.

    Raises:
        AssertionError: there are no samples, or one of them fails; the text names it.
    """
    samples = op_class.samples()
    if not samples:
        raise AssertionError(f"{op_class.__name__} has no samples; define the class method samples()")
    for number, sample in enumerate(samples):
        check_sample(op_class, sample, tolerance=tolerance, name=f"{op_class.__name__} sample {number} {sample.label}")


def check_sample(op_class: type[Op], sample: Sample, *, tolerance: float = 1e-6, name: str | None = None) -> None:
    """Check one sample of an operation: its result in float64, and derivatives up to the sample's order.

    Args:
        op_class: the operation's class.
        sample: one of `op_class.samples()`.
        tolerance: how far numbers may differ, relative to their size.
        name: what error texts call the sample.

    Raises:
        AssertionError: a result or gradient is wrong.
    """
    arrays = sample.arrays()
    result = _parts(sample.apply(op_class, *_tensors([np.asarray(a) for a in arrays], ())))
    expected = sample.expected()
    references = list(expected) if isinstance(expected, (tuple, list)) else [expected]
    if len(result) != len(references):
        raise AssertionError(f"{name}: {len(result)} results, the reference has {len(references)}")
    for got, want in zip(result, references, strict=True):
        if sample.exact:
            np.testing.assert_array_equal(got.numpy(), want, err_msg=name or "", strict=False)
        else:
            np.testing.assert_allclose(got.numpy(), want, rtol=tolerance, atol=tolerance, err_msg=name or "")
    if sample.order:
        check_gradient(
            lambda *tensors: sample.apply(op_class, *tensors),
            *arrays,
            order=sample.order,
            tolerance=tolerance,
            differentiable=sample.differentiable,
            name=name or op_class.__name__,
        )


def _float64(value: Any) -> np.ndarray[Any, Any]:
    array = np.asarray(value.numpy() if isinstance(value, Tensor) else value)
    return array.astype(np.float64) if array.dtype.kind == "f" else array


def _tensors(arrays: list[np.ndarray[Any, Any]], differentiable: Any) -> list[Tensor]:
    return [Tensor(a, requires_grad=i in differentiable) for i, a in enumerate(arrays)]


def _parts(result: Any) -> list[Tensor]:
    return list(result) if isinstance(result, (TensorTuple, tuple, list)) else [result]


def _total(terms: Iterator[Tensor]) -> Tensor:
    total = Tensor(0.0, dtype="float64", requires_grad=False)
    for term in terms:
        total = total + term.sum()
    return total


def _gradients(loss: Tensor, variables: list[Tensor], *, create_graph: bool = False) -> list[Tensor | None]:
    """Return the gradients of a loss for leaves, without writing `.grad`."""
    if not loss.requires_grad:
        return [None] * len(variables)
    found = {}
    for step in backward_steps(loss, create_graph=create_graph):
        if step.node.is_leaf():
            found[step.node] = step.out_grad
    return [found.get(variable) for variable in variables]


def _compare(
    function: Callable[..., Tensor],
    points: list[np.ndarray[Any, Any]],
    chosen: list[int],
    directions: list[np.ndarray[Any, Any]],
    tolerance: float,
    title: str,
) -> None:
    """Compare, for each chosen input, the derivative along its direction with a central difference."""
    with enable_grad():
        tensors = _tensors(points, chosen)
        gradients = _gradients(function(*tensors), [tensors[i] for i in chosen])
    for position, gradient in zip(chosen, gradients, strict=True):
        point, direction = points[position], directions[position]
        if gradient is None:
            computed = 0.0
        else:
            if gradient.shape != point.shape:
                raise AssertionError(
                    f"{title} for input {position} has shape {gradient.shape}; expected that of the input, "
                    f"{point.shape}"
                )
            if dtype_name(gradient.dtype) != "float64":
                raise AssertionError(
                    f"{title} for input {position} is {dtype_name(gradient.dtype)}; expected the input's dtype, float64"
                )
            computed = float(np.sum(gradient.numpy() * direction))
        measured, scale = _difference(function, points, position, direction)
        error = abs(computed - measured)
        allowed = tolerance * max(abs(measured), abs(computed), scale)
        if not error <= allowed:  # so that NaN fails
            raise AssertionError(
                f"{title} for input {position}, of shape {point.shape}, is wrong: along a random direction it gives "
                f"{computed:.10g}, finite differences give {measured:.10g}; they differ by {error:.3g}, allowed is "
                f"{allowed:.3g} (relative {tolerance:g})"
            )


def _difference(
    function: Callable[..., Tensor],
    points: list[np.ndarray[Any, Any]],
    position: int,
    direction: np.ndarray[Any, Any],
) -> tuple[float, float]:
    """Return the derivative of a function along a direction of one input, by a central difference of fourth order.

    f'(0) = (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12h + O(h^4).

    Returns:
        The derivative, and a scale below which rounding makes differences meaningless.
    """
    floats = [i for i, point in enumerate(points) if point.dtype == np.float64]
    values = []
    for step in (-2.0, -1.0, 1.0, 2.0):
        moved = list(points)
        moved[position] = points[position] + step * STEP * direction
        with enable_grad():
            values.append(function(*_tensors(moved, floats)).item())
    a, b, c, d = values
    rounding = max(map(abs, values)) * np.finfo(np.float64).eps / STEP
    return float((a - 8 * b + 8 * c - d) / (12 * STEP)), rounding * 1e7
