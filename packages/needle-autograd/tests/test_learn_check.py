"""`learn.check`: what is right passes, and what is wrong is told with the sample, the numbers and a hint."""

import re

import numpy as np
import pytest
from needle_autograd import Sample, Spec, Tensor, TensorOp, TensorTupleOp, backends, get_backend, learn, ops
from needle_autograd.op import REGISTRY


class Product(TensorOp):
    """a * b * b, right."""

    name = "product"
    formula = "a * b**2"
    gradient_formula = "da = dc * b**2; db = dc * 2 * a * b"
    needs = (0, 1)

    def compute(self, a, b):
        return a * b * b

    def gradient(self, out_grad, node):
        a, b = node.inputs
        return out_grad * b * b, out_grad * a * b * 2

    def infer(self, a, b):
        return a

    @classmethod
    def samples(cls):
        return [Sample(inputs=[shape, shape], reference=lambda a, b: a * b**2) for shape in [(2, 3), (), (0, 3)]]


def variant(**methods):
    """Return a class like Product with other methods."""
    return type("Product", (Product,), {"__module__": __name__, **methods})


def fault_of(kind):
    report = learn.check(kind)
    assert not report
    assert report.faults[0].text in report.text
    return report.faults[0]


@pytest.mark.parametrize("kind", [pytest.param(kind, id=name) for name, kind in REGISTRY.items()])
def test_all_operations_of_this_package_pass(kind):
    before = get_backend()
    report = learn.check(kind)
    assert report.passed
    assert report, report.text
    assert get_backend() == before


def test_a_right_operation_of_a_user_passes_without_notes():
    report = learn.check(Product)
    assert report
    assert not report.faults
    assert not report.notes
    assert len(report.passed) == 6
    assert report.text.startswith("Product: all checks passed (3 samples)")


@pytest.mark.parametrize(
    ("gradient", "position", "hint"),
    [
        (lambda g, a, b: (g * b * b, g * a * b), 1, "looks like a missing factor of 2: every element is 0.5 times"),
        (lambda g, a, b: (g * b * b, g * a * b * 4), 1, "looks like a factor of 2 too much: every element is 2 times"),
        (lambda g, a, b: (-(g * b * b), g * a * b * 2), 0, "the sign is wrong everywhere"),
        (lambda g, a, b: (g * b * b, g * a * b * -6), 1, "the sign is wrong, and it looks like a factor of 3 too much"),
        (lambda g, a, b: (g * b * b * 1.1, g * a * b * 2), 0, "a constant factor: every element is 1.1 times"),
        (
            lambda g, a, b: (g * b * b / max(a.size, 1), g * a * b * 2),
            0,
            "6 is the number of elements of input 0",
        ),
        (lambda g, a, b: (g * a * b * 2, g * b * b), 0, "it is the gradient of input 1: were the two exchanged?"),
        (lambda g, a, b: (b * b, g * a * b * 2), 0, "out_grad is missing in it"),
        (lambda g, a, b: (g * b * b, None), 1, "it is 0 everywhere: was the graph left"),
        (lambda g, a, b: (g * b * b + 0.25, g * a * b * 2), 0, "every element is off by 0.25"),
        (lambda g, a, b: (g * b * b / 0.0, g * a * b * 2), 0, "not finite: look for a division by 0"),
        (lambda g, a, b: ((g * b * b)[::-1] if a.ndim else g * b * b, g * a * b * 2), 0, "opposite order along axis 0"),
        (lambda g, a, b: (ops.where(a > 0, g * b * b, 0.0), g * a * b * 2), 0, "are right: what is special about"),
    ],
)
def test_a_wrong_gradient_is_told_with_a_hint(gradient, position, hint):
    class Wrong(Product):
        def gradient(self, out_grad, node):
            return gradient(out_grad, *node.inputs)

    report = learn.check(Wrong)
    fault = report.faults[0]
    assert fault.check == f"the gradient of input {position}"
    assert hint in fault.hint
    assert fault.sample == 0
    assert "by finite differences" in fault.text
    assert re.search(r"look at: +test_learn_check.py:\d+", fault.text)
    assert any(check.startswith("results equal") for check in report.passed)


def test_a_wrong_gradient_is_not_called_right_where_its_own_gradient_would_be_checked():
    report = learn.check(variant(gradient=lambda self, g, node: (g * node.inputs[1] ** 2 * 2, None)))
    assert [fault.check for fault in report.faults] == ["the gradient of input 0"]
    assert not any("gradients of gradients" in check for check in report.passed)


def test_a_transposed_gradient_is_recognized():
    class Wrong(Product):
        def gradient(self, out_grad, node):
            a, b = node.inputs
            return (out_grad * b * b).T, out_grad * a * b * 2

        @classmethod
        def samples(cls):
            return [Sample(inputs=[(3, 3), (3, 3)], reference=lambda a, b: a * b**2)]

    assert fault_of(Wrong).hint == "it is the transpose of what is expected"


def test_the_largest_difference_is_named_by_its_index():
    def gradient(self, out_grad, node):
        a, b = node.inputs
        scale = np.ones(a.shape)
        if a.ndim == 2 and a.size:
            scale[1, 2] = 1.5
        return out_grad * b * b * Tensor(scale, dtype=a.dtype, requires_grad=False), out_grad * a * b * 2

    fault = fault_of(variant(gradient=gradient))
    assert fault.details[0].startswith("1 element of 6 differ, most at [1, 2]: ")
    assert "5 elements of 6 are right" in fault.hint


def test_a_wrong_result_is_told_with_the_layout_in_which_it_is_wrong():
    fault = fault_of(variant(compute=lambda self, a, b: a * b * b * 2))
    assert fault.check == "the result"
    assert "with float64 arrays of numpy, contiguous in memory" in fault.found or "float32" in fault.found
    assert "a factor of 2 too much" in fault.hint

    def careless(self, a, b):
        return backends.array_namespace(a).asarray(np.array(a).ravel(order="K").reshape(a.shape)) * b * b

    fault = fault_of(variant(compute=careless))
    assert "transposed in memory" in fault.found
    fault = fault_of(variant(compute=lambda self, a, b: (a * b * b)[..., :1]))
    assert "shape (2, 1)" in fault.found
    assert "shape (2, 3)" in fault.expected


def test_an_operand_that_was_written_to_is_found():
    def writing(self, a, b):
        result = a * b * b
        if a.shape:
            a[...] = 0
        return result

    fault = fault_of(variant(compute=writing))
    assert fault.check == "the operand"
    assert "compute wrote into operand 0" in fault.found


def test_a_result_of_another_library_or_dtype_is_found():
    fault = fault_of(variant(compute=lambda self, a, b: np.asarray(a) * np.asarray(b) ** 2))
    assert fault.check == "the library of the result"
    widening = variant(compute=lambda self, a, b: a * b * b * backends.array_namespace(a).ones((), dtype="float64"))
    widening.infers = False
    assert fault_of(widening).check == "the dtype of the result"


def test_what_the_standard_does_not_have_is_found():
    class Total(TensorOp):
        def compute(self, a):
            return a.sum()

        def gradient(self, out_grad, node):
            return ops.broadcast_to(out_grad, node.inputs[0].shape)

        @classmethod
        def samples(cls):
            return [Sample(inputs=[(2, 3)], reference=np.sum)]

    fault = fault_of(Total)
    assert fault.found.startswith("it raised AttributeError")
    assert "with float32 arrays of array_api_strict, contiguous in memory" in fault.details
    assert "or give the sample standard=False" in fault.hint
    Total.samples = classmethod(lambda cls: [Sample(inputs=[(2, 3)], reference=np.sum, standard=False)])
    assert learn.check(Total)


def test_a_missing_strict_library_is_noted(monkeypatch):
    monkeypatch.setattr("needle_autograd.learn.libraries.find_spec", lambda name: None)
    report = learn.check(Product)
    assert report
    assert report.notes == ["array_api_strict is not installed, so that arrays of the standard alone were not tried"]


def test_an_infer_that_tells_something_else_is_found():
    fault = fault_of(variant(infer=lambda self, a, b: Spec((*a.shape, 1), a.dtype, a.device)))
    assert fault.check == "what infer tells"
    assert fault.found.startswith("float32 (2, 3, 1)")


def test_a_gradient_without_a_gradient_is_found():
    def detached(self, out_grad, node):
        a, b = node.inputs
        return out_grad * b.detach() * b.detach(), out_grad * a * b * 2

    fault = fault_of(variant(gradient=detached))
    assert fault.check == "the gradient of the gradient"
    assert "without numpy(), data or detach()" in fault.hint


def test_what_the_gradient_reads_must_be_declared():
    fault = fault_of(variant(needs=(1,)))
    assert fault.check == "what the gradient reads"
    assert "the gradient of input 1 changes with a value that is not in needs" in fault.found


def test_errors_are_faults_with_the_operands():
    def failing(self, a, b):
        raise ZeroDivisionError("nothing left")

    fault = fault_of(variant(compute=failing, infer=TensorOp.infer))
    assert fault.found == "it raised ZeroDivisionError: nothing left"
    assert fault.check == "the compute"

    class Unsummed(TensorOp):
        def compute(self, a, b):
            return a + b

        def gradient(self, out_grad, node):
            return out_grad, out_grad

        @classmethod
        def samples(cls):
            return [Sample(inputs=[(2, 3), (3,)], reference=np.add)]

    fault = fault_of(Unsummed)
    assert "expected the shape and dtype of the input" in fault.found
    assert "unbroadcast" in fault.hint


def test_operations_with_several_results_are_checked():
    class SumAndDifference(TensorTupleOp):
        def compute(self, a, b):
            return a + b, a - b

        def gradient(self, out_grad, node):
            return out_grad[0] + out_grad[1], out_grad[0] - out_grad[1]

        @classmethod
        def samples(cls):
            return [Sample(inputs=[(2, 3), (2, 3)], reference=lambda a, b: (a + b, a - b))]

    assert learn.check(SumAndDifference)

    class Wrong(SumAndDifference):
        def gradient(self, out_grad, node):
            return out_grad[0] + out_grad[1], out_grad[0] + out_grad[1]

    assert fault_of(Wrong).check == "the gradient of input 1"


def test_missing_samples_and_declarations_are_told():
    class Bare(TensorOp):
        def compute(self, a):
            return a * 1

        def gradient(self, out_grad, node):
            return out_grad

    assert "Bare has no samples" in fault_of(Bare).found
    Bare.samples = classmethod(lambda cls: [Sample(inputs=[(2, 3)], reference=lambda a: a)])
    report = learn.check(Bare)
    assert report
    assert len(report.notes) == 5
    with pytest.raises(TypeError, match="takes the class of an operation"):
        learn.check(Bare())
    assert report._repr_html_().startswith("<pre>Bare: all checks passed (1 sample)")
