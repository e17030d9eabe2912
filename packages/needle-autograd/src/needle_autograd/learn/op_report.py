"""Checking an operation as this package's own are checked, and telling what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..errors import ShapeError
from ..op import REGISTRY, Op
from . import gradient_checks, result_checks
from .cases import Case
from .faults import Fault
from .libraries import STRICT, has_strict_library
from .words import as_html, counted

CHECKS: dict[str, Callable[[Case], Iterator[Fault]]] = {
    "results equal the reference, in every array library, both dtypes and every memory layout": result_checks.results,
    "lazy mode gives the same, and infer tells its form": result_checks.descriptions,
    "gradients equal finite differences": gradient_checks.gradients,
    "gradients of gradients do, and products forward and backward agree": gradient_checks.gradients_of_gradients,
    "gradients have the shape and dtype of their inputs": gradient_checks.forms_of_gradients,
    "gradients read only what needs declares": gradient_checks.needs,
}

BROADCAST = "an operand that was broadcast has its gradient summed: ops.broadcasting.unbroadcast(grad, operand)"

STANDARD = (
    "the Array API standard does not have this: call functions of backends.array_namespace(a), or give the sample "
    "standard=False, which tries it on NumPy and needle-ndarray alone"
)


class OpReport:
    """What the checks of an operation found; it is true if the operation passed all, and printing it gives the text.

    Attributes:
        op_class: the operation's class.
        faults: what is wrong, for each check the first sample that failed.
        passed: the checks that all samples passed.
        notes: what the samples or the class leave out.
        text: all of it in words.
    """

    def __init__(self, op_class: type[Op], faults: list[Fault], passed: list[str], notes: list[str]) -> None:
        self.op_class = op_class
        self.faults = faults
        self.passed = passed
        self.notes = notes
        name = op_class.__name__
        samples = counted(len(op_class.samples()), "sample")
        if faults:
            lines = [f"{name}: {counted(len(faults), 'check')} failed ({samples})"]
        else:
            lines = [f"{name}: all checks passed ({samples})"]
        for fault in faults:
            lines += ["", fault.text]
        if faults and (passed or notes):
            lines.append("")
        lines += [f"passed: {check}" for check in passed]
        lines += [f"note: {note}" for note in notes]
        self.text = "\n".join(lines)

    def __bool__(self) -> bool:
        return not self.faults

    def __repr__(self) -> str:
        return self.text

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return as_html(self.text)


def check(op_class: type[Op]) -> OpReport:
    """Run an operation through the checks that this package's own operations pass.

    Each of its samples is tried: results against the sample's reference, in NumPy, needle-ndarray and (where it is
    installed) array_api_strict, in float32 and float64, with operands in several memory layouts; lazy mode; gradients
    against finite differences to the order that the sample asks for; and what the gradient reads.

    Args:
        op_class: the class of the operation; its class method `samples()` returns examples.

    Returns:
        A report. `assert learn.check(MyOp)` makes it a test.

    Raises:
        TypeError: `op_class` is no class of an operation.

    Example:
        >>> import numpy as np
        >>> from needle_autograd import Sample, TensorOp, learn
        >>> class Cube(TensorOp):
        ...     def compute(self, a):
        ...         return a * a * a
        ...     def gradient(self, out_grad, node):
        ...         return out_grad * node.inputs[0] ** 2
        ...     @classmethod
        ...     def samples(cls):
        ...         return [Sample(inputs=[np.array([1.0, 2.0])], reference=lambda a: a**3)]
        >>> print(learn.check(Cube).faults[0].hint)
        it looks like a missing factor of 3: every element is 0.3333 times what is expected
    """
    if not (isinstance(op_class, type) and issubclass(op_class, Op)):
        raise TypeError(f"check() takes the class of an operation, such as ops.Exp, not {op_class!r}")
    samples = op_class.samples()
    if not samples:
        return OpReport(op_class, [_no_samples(op_class)], [], [])
    faults, passed = [], []
    failed: set[Callable[[Case], Iterator[Fault]]] = set()
    for title, run in CHECKS.items():
        if not op_class.differentiable and run not in (result_checks.results, result_checks.descriptions):
            continue
        if run is gradient_checks.gradients_of_gradients and gradient_checks.gradients in failed:
            continue  # the gradient of what is wrong is no question yet
        fault = next((f for i, sample in enumerate(samples) for f in _attempt(run, Case(op_class, i, sample))), None)
        if fault is None:
            passed.append(title)
            continue
        faults.append(fault)
        failed.add(run)
        if fault.found.startswith("it raised"):
            break  # the other checks would raise the same
    return OpReport(op_class, faults, passed, list(_notes(op_class, [sample.arrays() for sample in samples])))


def _attempt(run: Callable[[Case], Iterator[Fault]], case: Case) -> Iterator[Fault]:
    """Run a check, and make a fault of an exception."""
    try:
        with np.errstate(all="ignore"):  # numbers that are not finite are told as such, not as warnings
            yield from run(case)
    except Exception as error:
        notes = tuple(getattr(error, "__notes__", ()))
        method = "gradient" if any("gradient" in note for note in (*notes, str(error))) else "compute"
        found = f"it raised {type(error).__name__}: {error}"
        hint = BROADCAST if isinstance(error, ShapeError) and method == "gradient" else ""
        if any(STRICT in note for note in notes):
            hint = STANDARD
        yield case.fault(f"the {method}", found, "no error", method, details=notes, hint=hint)


def _no_samples(op_class: type[Op]) -> Fault:
    return Fault(
        "the class", 0, "", (), f"{op_class.__name__} has no samples, so that nothing can be checked",
        "a class method samples() that returns a list such as [Sample(inputs=[(2, 3)], reference=np.exp)]",
        place=f"class {op_class.__qualname__} in {op_class.__module__}",
    )  # fmt: skip


def _notes(op_class: type[Op], samples: list[tuple[object, ...]]) -> Iterator[str]:
    """Say what is missing in the class, or among its samples, for the checks to mean as much as they can."""
    shapes = [[getattr(operand, "shape", ()) for operand in operands] for operands in samples]
    if not any(0 in shape for operands in shapes for shape in operands):
        yield "no sample is empty; add one such as Sample(inputs=[(0, 3)], ...)"
    if not any(shape == () or set(shape) == {1} for operands in shapes for shape in operands):
        yield "no sample has an operand of one element; add one such as Sample(inputs=[()], ...)"
    if not op_class.formula or not op_class.gradient_formula:
        yield "formula and gradient_formula are not given; explain() and why() would show them"
    if op_class.needs is None and op_class.differentiable:
        yield "needs is not given, so that all inputs and the result count as read by the gradient"
    if not op_class.infers:
        yield "infer is not defined, so that lazy mode computes at once"
    if not has_strict_library():
        yield f"{STRICT} is not installed, so that arrays of the standard alone were not tried"
    if op_class.__name__ in REGISTRY and REGISTRY[op_class.__name__] is not op_class:
        yield f"there is an operation ops.{op_class.__name__} of the same name"
