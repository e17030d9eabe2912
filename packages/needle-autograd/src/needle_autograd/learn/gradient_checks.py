"""Checks of an operation's gradient: they yield what they find wrong with a sample."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..engine import backward_steps
from ..modes import enable_grad, no_grad
from ..tensor import Tensor, TensorTuple
from ..testing import check_gradient
from .cases import Case, parts, sizes, tensors
from .faults import Fault, Numbers, differences, hint, shown
from .libraries import BACKENDS
from .memory_layouts import LAYOUTS
from .tangents import carried
from .words import described

STEP = 1e-3

NO_GRADIENT_OF_IT = (
    "the gradient is right, its own gradient is not: write it in operations on out_grad and node.inputs (or node), "
    "without numpy(), data or detach()"
)


def gradients(case: Case) -> Iterator[Fault]:
    """Compare the gradient with finite differences, in float64."""
    yield from _checked(case, 1, lambda error: _located(case, error))


def gradients_of_gradients(case: Case) -> Iterator[Fault]:
    """Compare the gradient of the gradient with finite differences, and with the product that it stands for."""
    if case.sample.order < 2:
        return
    failed = False
    for fault in _checked(case, 2, lambda error: _second_order(case, error)):
        failed = True
        yield fault
    if not failed:
        yield from _products(case)


def _checked(case: Case, order: int, describe: Callable[[AssertionError], Iterator[Fault]]) -> Iterator[Fault]:
    """Run the library's own check of gradients on both backends, and describe the first failure."""
    sample = case.sample
    if sample.order < 1:
        return
    for library in BACKENDS:
        try:
            with library.in_use():
                check_gradient(
                    lambda *operands: sample.apply(case.kind, *operands),
                    *sample.arrays(),
                    order=order,
                    differentiable=sample.differentiable,
                    name=case.kind.__name__,
                )
        except AssertionError as error:
            yield from describe(error)
            return


def _second_order(case: Case, error: AssertionError) -> Iterator[Fault]:
    yield case.fault(
        "the gradient of the gradient", str(error), "what finite differences give", "gradient", hint=NO_GRADIENT_OF_IT
    )


def _located(case: Case, error: AssertionError) -> Iterator[Fault]:
    """Find the element of the gradient that is wrong, by a finite difference for each number of each operand."""
    arrays = list(case.sample.arrays())
    rng = np.random.default_rng(0)
    results = case.apply(arrays, requires_grad=False)
    weights = [rng.uniform(0.5, 1.5, result.shape) for result in results]
    with enable_grad():
        operands = tensors(arrays, True)
        total = _weighted(case, operands, weights)
    found = {step.node: step.out_grad.numpy() for step in backward_steps(total) if step.node.is_leaf()}
    computed = [found.get(operand, np.zeros(operand.shape)) for operand in operands]
    expected = {i: _measured(case, arrays, i, weights) for i in case.chosen()}
    for i, want in expected.items():
        got = computed[i]
        if got.shape == want.shape and np.allclose(got, want, rtol=1e-6, atol=1e-6):
            continue
        others = {
            f"it is the gradient of input {j}: were the two exchanged?": other
            for j, other in expected.items()
            if j != i
        }
        if len(weights) == 1 and weights[0].shape == want.shape:
            others["out_grad is missing in it: multiply by it"] = want / weights[0]
        yield case.fault(
            f"the gradient of input {i}", shown(got), f"{shown(want)}, by finite differences", "gradient",
            details=differences(got, want, 1e-6) if got.shape == want.shape else (),
            hint=hint(got, want, others, sizes(case)),
        )  # fmt: skip
        return
    yield case.fault("the gradient", str(error), "what finite differences give", "gradient")


def _weighted(case: Case, operands: list[Tensor], weights: list[Numbers]) -> Tensor:
    """Return the sum of the results times weights, which arrive as the gradients of the results."""
    results = parts(case.sample.apply(case.kind, *operands))
    terms = [(result * Tensor.make_const(weight)).sum() for result, weight in zip(results, weights, strict=True)]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _measured(case: Case, arrays: list[Numbers], position: int, weights: list[Numbers]) -> Numbers:
    """Return the gradient of one operand by central differences of fourth order."""
    slopes = np.zeros(arrays[position].shape)

    def at(index: tuple[int, ...], step: float) -> float:
        moved = [values.copy() for values in arrays]
        moved[position][index] += step
        with no_grad():
            return _weighted(case, tensors(moved, False), weights).item()

    for index in np.ndindex(slopes.shape):
        near = at(index, STEP) - at(index, -STEP)
        far = at(index, 2 * STEP) - at(index, -2 * STEP)
        slopes[index] = (8 * near - far) / (12 * STEP)
    return slopes


def _products(case: Case) -> Iterator[Fault]:
    """Check that sums of v * (J t) and of (v J) * t agree: the product forward, got from the gradient, and backward."""
    if case.sample.call is not None:
        return
    rng = np.random.default_rng(1)
    node = case.sample.apply(case.kind, *tensors(list(case.sample.arrays()), True))
    if not isinstance(node, Tensor) or not node.requires_grad or node.op is None:
        return
    chosen = case.chosen()
    directions = [
        Tensor.make_const(rng.normal(size=value.shape)) if i in chosen else None for i, value in enumerate(node.inputs)
    ]
    v = rng.normal(size=node.shape)
    sent = node.op.gradient_as_tuple(Tensor.make_const(np.asarray(v)), node)
    backward = sum(
        float(np.sum(grad.numpy() * t.numpy()))
        for grad, t in zip(sent, directions, strict=True)
        if grad is not None and t is not None
    )
    product = carried(node, directions)
    forward = 0.0 if product is None else float(np.sum(v * product.numpy()))
    if not np.isclose(forward, backward, rtol=1e-8, atol=1e-8):
        yield case.fault(
            "the product forward", f"sum(v * (J t)) = {forward:.9g}", f"sum((v J) * t) = {backward:.9g}",
            "gradient", hint="the gradient does not depend on out_grad linearly, by recorded operations",
        )  # fmt: skip


def forms_of_gradients(case: Case) -> Iterator[Fault]:
    """Check that gradients have shape and dtype of their inputs, in float32 and in all layouts."""
    for library in case.libraries():
        for layout in LAYOUTS:
            operands = tensors(case.operands("float32", library, layout), True)
            for result in parts(case.sample.apply(case.kind, *operands)):
                if not result.requires_grad:
                    continue
                for step in backward_steps(result):
                    value, grad = step.node, step.out_grad
                    if value.is_leaf() and grad.known_spec()[:2] != value.known_spec()[:2]:
                        yield case.fault(
                            "the form of a gradient", f"{described(grad)}, {layout} in memory",
                            f"{described(value)}, as its input", "gradient",
                        )  # fmt: skip


def needs(case: Case) -> Iterator[Fault]:
    """Check that the gradient reads no other value than `needs` says: the others are replaced by NaN."""
    declared = case.kind.needs
    if case.sample.call is not None or not isinstance(declared, tuple) or case.sample.order < 1:
        return
    plain, spoiled = (_gradients_at(case, declared, spoil=spoil) for spoil in (False, True))
    for i, (before, after) in enumerate(zip(plain, spoiled, strict=True)):
        if isinstance(before, Tensor) and not np.array_equal(before.numpy(), after.numpy(), equal_nan=False):
            yield case.fault(
                "what the gradient reads", f"the gradient of input {i} changes with a value that is not in needs",
                f"it reads nothing but needs = {declared!r}", "gradient",
                hint='add the index of the input, or "out" for the result, to needs',
            )  # fmt: skip


def _gradients_at(case: Case, declared: tuple[int | str, ...], *, spoil: bool) -> tuple[Any, ...]:
    operands = tensors(list(case.sample.arrays()), True)
    result = case.sample.apply(case.kind, *operands)
    ones = [Tensor.make_const(np.ones(part.shape)) for part in parts(result)]
    if spoil:
        for i, operand in enumerate(operands):
            if i not in declared and operand.requires_grad:
                operand.cached_data = np.full(operand.shape, np.nan)
        if "out" not in declared and isinstance(result, Tensor):
            result.cached_data = np.full(result.shape, np.nan)
    if result.op is None:
        return ()
    found: tuple[Any, ...] = result.op.gradient_as_tuple(
        TensorTuple(*ones) if isinstance(result, TensorTuple) else ones[0], result
    )
    return found
