"""A gradient with any one mistake is found by the samples of its operation.

Each operation's gradient is spoiled in many ways, one at a time: scaled by one per cent, left out for an input,
exchanged between inputs, and with each term, factor or sign in its source dropped. `check_op` has to fail every time.
What passes is a defect of the samples: add one that tells the two apart, or, if there is none, name it under EQUIVALENT
with the reason.
"""

import importlib.util
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from needle_autograd import Tensor, TensorTuple, backward_steps, ops
from needle_autograd.op import REGISTRY
from needle_autograd.ops.broadcasting import Step
from needle_autograd.testing import check_op

spec = importlib.util.spec_from_file_location("mutation", Path(__file__).with_name("mutation.py"))
mutation = importlib.util.module_from_spec(spec)
spec.loader.exec_module(mutation)

EQUIVALENT = {
    ("CrossEntropyGrad", "-1 -> 1"): "logits have two axes, of which the last is axis 1",
}

DIFFERENTIABLE = [
    pytest.param(kind, id=name)
    for name, kind in REGISTRY.items()
    if kind.differentiable and kind is not ops.TupleGetItem  # the engine itself passes that gradient on
]


def passes(kind):
    """Tell whether an operation passes the check of its samples; an error is as good a failure as a wrong number."""
    try:
        with np.errstate(all="ignore"):
            check_op(kind)
    except Exception:
        return False
    return True


def scaled(grads, factor):
    """Return what a gradient returned, too large by a factor."""
    if grads is None:
        return None
    if isinstance(grads, tuple | list | TensorTuple):
        return tuple(scaled(grad, factor) for grad in grads)
    return grads * factor


def as_tuple(grads):
    """Return what a gradient returned as a tuple, one entry for each input."""
    return tuple(grads) if isinstance(grads, tuple | list) else (grads,)


def without(position):
    """Return a change that leaves out the gradient of one input."""
    return lambda grads: tuple(scaled(grad, 0) if i == position else grad for i, grad in enumerate(grads))


def exchanged(first, second):
    """Return a change that exchanges the gradients of two inputs."""

    def exchange(grads):
        grads = list(grads)
        grads[first], grads[second] = grads[second], grads[first]
        return tuple(grads)

    return exchange


def sent(kind):
    """Return, for each sample, the gradients that an operation sends to its inputs."""
    found = []
    for sample in kind.samples():
        operands = [Tensor(a, requires_grad=a.dtype.kind == "f") for a in sample.arrays()]
        results = sample.apply(kind, *operands)
        for result in results if isinstance(results, tuple | list | TensorTuple) else [results]:
            if result.requires_grad:
                found += [step.input_grads for step in backward_steps(result) if isinstance(step.node.op, kind)]
    return found


def alike(kind, first, second):
    """Tell whether an operation sends the same to two inputs in all samples, so that an exchange changes nothing."""
    pairs = [(grads[first], grads[second]) for grads in sent(kind) if len(grads) > second]
    return all(np.array_equal(numbers(a), numbers(b)) for a, b in pairs)


def numbers(grad):
    """Return the numbers of a gradient as one array; none if there is no gradient."""
    parts = [] if grad is None else list(grad) if isinstance(grad, TensorTuple) else [grad]
    return np.concatenate([np.zeros(0), *[part.numpy().ravel() for part in parts]])


@pytest.mark.parametrize("kind", DIFFERENTIABLE)
def test_a_gradient_that_is_one_per_cent_wrong_is_found(kind, monkeypatch):
    assert passes(kind)
    right = kind.gradient
    if issubclass(kind, Step):
        monkeypatch.setattr(kind, "gradient", lambda self, out_grad, node: out_grad * 0.01)
    else:
        monkeypatch.setattr(kind, "gradient", lambda self, out_grad, node: scaled(right(self, out_grad, node), 1.01))
    with pytest.raises(AssertionError, match="is wrong: along a random direction"):
        check_op(kind)


@pytest.mark.parametrize("kind", [case for case in DIFFERENTIABLE if not issubclass(case.values[0], Step)])
def test_a_gradient_that_is_left_out_or_exchanged_is_found(kind, monkeypatch):
    right = kind.gradient
    rows = sent(kind)
    width = max(len(grads) for grads in rows)
    given = [i for i in range(width) if any(len(grads) > i and np.any(numbers(grads[i])) for grads in rows)]
    changes = {f"without the gradient of input {i}": without(i) for i in given}
    for first, second in pairwise(given):
        if not alike(kind, first, second):
            changes[f"gradients {first} and {second} exchanged"] = exchanged(first, second)
    assert changes
    for name, change in changes.items():
        wrong = lambda self, out_grad, node, change=change: change(as_tuple(right(self, out_grad, node)))  # noqa: E731
        monkeypatch.setattr(kind, "gradient", wrong)
        assert not passes(kind), name
    monkeypatch.undo()


@pytest.mark.parametrize("kind", DIFFERENTIABLE)
def test_a_dropped_term_factor_or_sign_is_found(kind, monkeypatch):
    survivors = []
    for mutant in mutation.mutants(kind):
        with monkeypatch.context() as patch:
            if isinstance(mutant.owner, dict):
                patch.setitem(mutant.owner, mutant.attribute, mutant.function)
            else:
                patch.setattr(mutant.owner, mutant.attribute, mutant.function)
            if passes(kind) and (kind.__name__, mutant.name) not in EQUIVALENT:
                survivors.append(mutant.name)
    assert not survivors


def test_mutants_drop_each_factor_and_sign():
    counts = [sum(1 for _ in mutation.mutants(kind)) for kind in (ops.EWiseMul, ops.Negate, ops.Sigmoid, ops.Reshape)]
    assert counts == [4, 1, 0, 0]


def test_the_rule_of_an_element_of_a_tuple_is_what_the_engine_does():
    taken = ops.TupleGetItem(0)(ops.make_tuple(Tensor([1.0, 2.0]) * 1, Tensor([3.0]) * 1))
    grads = taken.op.gradient_as_tuple(Tensor([5.0, 7.0]), taken)
    (step,) = [step for step in backward_steps(taken, Tensor([5.0, 7.0])) if step.node is taken.inputs[0]]
    for own, engines in zip(grads[0], step.out_grad, strict=True):
        np.testing.assert_array_equal(own.numpy(), engines.numpy())
