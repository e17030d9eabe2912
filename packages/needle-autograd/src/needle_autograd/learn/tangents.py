"""How a change of one value is carried forward through an operation: a Jacobian times a vector.

An operation has only the opposite rule, `gradient`, which carries gradients v back: J^T v. That is linear in v, so its
own gradient with respect to v, for the weights t, is J t. This is the identity of the double vjp, applied to one node.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..backends.selection import array_namespace, dtype_kind, named_dtype
from ..engine import backward_steps
from ..modes import GRAD, current_flags, set_flags
from ..value import Value
from .words import arrays

Tangent = Any
"""The derivative of a value along a direction: a Tensor of its shape, for a tuple a list of them; None stands for 0."""

STEP = 1e-3


def carried(node: Value, tangents: Sequence[Tangent]) -> Tangent:
    """Return the derivative of a node's value, given those of its inputs, by the rule of its operation.

    Args:
        node: a node that is no leaf.
        tangents: the derivatives of its inputs, one each.

    Returns:
        The derivative; None if the operation's gradient does not depend on what arrives.
    """
    op: Any = node.op
    if op.output_index is not None:
        return tangents[0][op.output_index]
    flags = current_flags()
    set_flags(GRAD)  # recorded, and computed at once
    try:
        return _carried(node, op, tangents)
    finally:
        set_flags(flags)


def _carried(node: Value, op: Any, tangents: Sequence[Tangent]) -> Tangent:
    inputs = [
        type_of(value).make_const(value.realize_cached_data(), requires_grad=tangent is not None)
        for value, tangent in zip(node.inputs, tangents, strict=True)
    ]
    # A node like the other one, but with no graph behind it: the second pass ends here.
    copy = type_of(node).make_const(node.realize_cached_data())
    copy.inputs = tuple(inputs)
    copy.saved = node.saved
    data = node.realize_cached_data()
    seeds = [like(part, 1.0) for part in (data if isinstance(data, tuple) else (data,))]
    out_grad = Value.tuple_type(seeds) if isinstance(data, tuple) else seeds[0]  # type: ignore[call-arg]

    input_grads = op.gradient_as_tuple(out_grad, copy)
    for value in inputs:
        value.requires_grad = False
    terms = [
        (part * tangent).sum()
        for grad, tangents_of_input in zip(input_grads, tangents, strict=True)
        for part, tangent in pairs(grad, tangents_of_input)
    ]
    terms = [term for term in terms if term.requires_grad]
    if not terms:
        return None
    total = terms[0]
    for term in terms[1:]:
        total = total + term.astype(total.dtype)
    found = {id(step.node): step.out_grad for step in backward_steps(total)}
    parts = [found.get(id(seed)) for seed in seeds]
    return parts if isinstance(data, tuple) else parts[0]


def measured(node: Value, tangents: Sequence[Tangent]) -> Tangent:
    """Return the same derivative by a central difference in float64, where an operation's gradient has no gradient."""
    op: Any = node.op

    def moved(step: float) -> list[Any]:
        operands = []
        for value, tangent in zip(node.inputs, tangents, strict=True):
            data = widened(value.realize_cached_data())
            if tangent is None:
                operands.append(data)
            elif isinstance(data, tuple):
                operands.append(tuple(_along(part, t, step) for part, t in zip(data, tangent, strict=True)))
            else:
                operands.append(_along(data, tangent, step))
        result = op.compute(*operands)
        return list(result) if isinstance(result, tuple | list) else [result]

    kind: Any = Value.tensor_type
    data = node.realize_cached_data()
    outer, inner = (
        [after - before for before, after in zip(moved(-h), moved(h), strict=True)] for h in (2 * STEP, STEP)
    )
    slopes = [(8 * near - far) / (12 * STEP) for near, far in zip(inner, outer, strict=True)]  # exact up to h**4
    if isinstance(data, tuple):
        return [kind.make_const(slope).astype(array.dtype) for slope, array in zip(slopes, data, strict=True)]
    return kind.make_const(slopes[0]).astype(data.dtype)


def _along(array: Any, tangent: Tangent, step: float) -> Any:
    return array if tangent is None else array + step * widened(tangent.cached_data)


def widened(data: Any) -> Any:
    """Return an array, or a tuple of arrays, of float64 where it is of floating point."""
    if isinstance(data, tuple):
        return tuple(widened(part) for part in data)
    if dtype_kind(data.dtype) != "f":
        return data
    library = array_namespace(data)
    return library.astype(data, named_dtype("float64", library), copy=False)


def pairs(grad: Any, tangent: Tangent) -> list[tuple[Any, Any]]:
    """Return the parts of a gradient and a tangent that are both there: one pair for a Tensor, several for a tuple."""
    if grad is None or tangent is None:
        return []
    if not isinstance(tangent, list):
        return [(grad, tangent)]
    return [(part, other) for part, other in zip(grad, tangent, strict=True) if part is not None and other is not None]


def dot(grad: Any, tangent: Tangent) -> float:
    """Return the sum of the products of a gradient and a tangent, in float64."""
    return float(sum(np.sum(arrays(a)[0] * arrays(b)[0]) for a, b in pairs(grad, tangent)))


def like(array: Any, fill: float) -> Any:
    """Return a tensor that requires a gradient, like an array and filled with one number."""
    kind: Any = Value.tensor_type
    return kind.make_const(array_namespace(array).full_like(array, fill), requires_grad=True)


def type_of(value: Value) -> Any:
    """Return Tensor or TensorTuple: what a value is, without what a subclass adds."""
    return Value.tuple_type if isinstance(value, Value.tuple_type) else Value.tensor_type
