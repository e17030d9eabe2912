"""Where the first NaN or infinite number comes from, and what NEEDLE_DEBUG prints."""

import os
import re
import subprocess
import sys
import threading

import needle_autograd as ag
import numpy as np
import pytest
from needle_autograd import AnomalyError, Tensor, TensorOp, ops

pytestmark = pytest.mark.usefixtures("backend")


@pytest.fixture(autouse=True)
def numpy_computes_what_is_not_finite_in_silence():
    with np.errstate(all="ignore"):
        yield


def logarithm(x):
    return x.log()  # the line that reports have to name


LINE = logarithm.__code__.co_firstlineno + 1


def caught(run, **options):
    with pytest.raises(AnomalyError) as error, ag.detect_anomaly(**options):
        run()
    return str(error.value)


class TestForward:
    def test_the_operation_the_element_and_the_line_are_named(self):
        x = Tensor([[1.0, 2.0], [3.0, -4.0]])
        text = caught(lambda: logarithm(x * 2))
        assert "Log() computed nan at (1, 1) of its result (float32 (2, 2) on cpu(); 1 of 4 elements" in text
        assert "there, operand 0 is -8" in text
        assert re.search(rf'File ".*test_anomaly.py", line {LINE}, in logarithm\n    return x.log\(\)', text)
        assert "needle_autograd" not in text.partition("called here")[2].replace(os.path.dirname(__file__), "")

    def test_an_infinite_number_is_named_unless_told_otherwise(self):
        x = Tensor([0.0, 1.0])
        assert "Log() computed -inf at (0,)" in caught(lambda: logarithm(x))
        with ag.detect_anomaly(infinite=False):
            assert logarithm(x).numpy()[0] == -np.inf

    def test_infinite_numbers_of_operands_are_accepted_and_nan_is_not(self):
        mask = Tensor([0.0, -np.inf], requires_grad=False)
        with ag.detect_anomaly():
            assert (Tensor([1.0, 2.0]) + mask).softmax().numpy().tolist() == [1, 0]
        text = caught(lambda: Tensor([1.0, 2.0]) * Tensor([1.0, np.nan]))
        assert "EWiseMul() computed nan at (1,)" in text
        assert "operand 1 held one already" in text

    def test_tuples_and_operations_without_gradients_are_looked_through(self):
        text = caught(lambda: ops.fused_add_scalars(Tensor([1.0]), 1.0, np.inf))
        assert "at (0,)[1] of its result" in text
        with ag.no_grad():
            assert "EWiseDiv() computed nan" in caught(lambda: Tensor([0.0]) / Tensor([0.0]))

    def test_integers_and_no_elements_have_nothing_to_find(self):
        with ag.detect_anomaly():
            assert (Tensor([1, 2]) + 1).numpy().tolist() == [2, 3]
            assert (Tensor(np.zeros((0, 3), "float32")) + 1).shape == (0, 3)

    def test_in_lazy_mode_the_line_is_that_of_the_call(self):
        with ag.lazy():
            text = caught(lambda: logarithm(Tensor([-1.0]) * 1).numpy())
        assert "Log() computed nan" in text
        assert f"line {LINE}, in logarithm" in text


class TestBackward:
    def masked(self, x):
        return ops.where(x > 0, logarithm(x), x.detach() * 0).sum()

    def test_the_gradient_at_fault_names_the_line_of_the_operation(self):
        """The classic: 0 times infinity in the branch that `where` does not take."""
        x = Tensor([1.0, 0.0])
        text = caught(lambda: self.masked(x).backward(), infinite=False)
        assert "the gradient of Log() for operand 0 is nan at (1,)" in text
        assert "there, the gradient that arrives is 0, operand 0 is 0" in text
        assert f"line {LINE}, in logarithm" in text
        assert x.grad is None

    def test_an_operation_called_outside_the_block_has_no_line(self):
        loss = self.masked(Tensor([1.0, 0.0]))
        assert "called outside detect_anomaly(), so that its line is not known" in caught(loss.backward)

    def test_a_gradient_that_overflows(self):
        x = Tensor([1e-30])
        with ag.detect_anomaly():
            y = x * 1e30 * 1e20
        text = caught(y.backward)
        assert "the gradient of MulScalar(scalar=1e+30) for operand 0 is inf at (0,)" in text
        assert "the gradient that arrives is 1e+20" in text

    def test_an_error_inside_a_gradient_names_the_line(self):
        class Faulty(TensorOp):
            def compute(self, a):
                return a * 1

            def gradient(self, out_grad, node):
                raise ZeroDivisionError("no")

        with pytest.raises(ZeroDivisionError) as error, ag.detect_anomaly():
            Faulty()(Tensor([1.0])).backward()
        assert "test_anomaly.py" in error.value.__notes__[0]
        assert "Faulty()(Tensor([1.0])).backward()" in error.value.__notes__[0]

    def test_healthy_programs_pass_with_the_same_gradients(self):
        def gradients(x):
            y = (x.exp() @ x).softmax(1).log()
            y.sum().backward(create_graph=True)
            (x.grad * x.grad).sum().backward()
            return x.grad.numpy()

        values = np.random.default_rng(0).normal(size=(3, 3))
        expected = gradients(Tensor(values))
        with ag.detect_anomaly():
            found = gradients(Tensor(values))
        np.testing.assert_array_equal(found, expected)


def test_the_mode_belongs_to_the_thread_and_ends_with_the_block():
    seen = []

    def other():
        with np.errstate(all="ignore"):  # a matter of the thread, too
            seen.append(logarithm(Tensor([-1.0])).numpy()[0])

    with ag.detect_anomaly():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    other()
    assert np.isnan(seen).tolist() == [True, True]


class TestDebug:
    def test_operations_are_printed_with_dtypes_shapes_and_device(self, capsys):
        with ag.debug():
            x = Tensor([[1.0, 2.0]])
            (x * x + 1).sum().backward()
        assert capsys.readouterr().err.splitlines() == [
            "needle: EWiseMul(): float32 (1, 2), float32 (1, 2) -> float32 (1, 2) on cpu()",
            "needle: AddScalar(scalar=1): float32 (1, 2) -> float32 (1, 2) on cpu()",
            "needle: Summation(axes=None, keepdims=False): float32 (1, 2) -> float32 () on cpu()",
        ]
        x + x
        assert capsys.readouterr().err == ""

    def test_level_two_prints_the_backward_pass_with_the_operations_inside(self, capsys):
        x, w = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
        y = x * w + x
        with ag.debug(2):
            y.backward()
        assert capsys.readouterr().err.splitlines() == [
            "needle: backward of EWiseAdd(): float32 (2,)",
            "needle:   -> float32 (2,), float32 (2,)",
            "needle: backward of EWiseMul(): float32 (2,)",
            *["needle:   EWiseMul(): float32 (2,), float32 (2,) -> float32 (2,) on cpu()"] * 2,
            "needle:   -> float32 (2,), float32 (2,)",
            "needle:   EWiseAdd(): float32 (2,), float32 (2,) -> float32 (2,) on cpu()",
        ]

    def test_level_three_prints_times(self, capsys):
        with ag.debug(3):
            a, b = ops.split(Tensor([1.0, 2.0]), 0)
            (a * b).backward()
        lines = capsys.readouterr().err.splitlines()
        assert "Split(axis=0): float32 (2,) -> (float32 (), float32 ()) on cpu()" in lines[0]
        assert all(re.search(r"  \d+\.\d us$", line) for line in lines if "backward of" not in line)

    def test_another_level_is_refused(self):
        with pytest.raises(ValueError, match="level is 4; expected 1"), ag.debug(4):
            pass

    @pytest.mark.parametrize("level", ["1", "2", "5"])
    def test_the_environment_switches_it_on_in_every_thread(self, level):
        code = (
            "import needle_autograd as ag, threading\n"
            "t = threading.Thread(target=lambda: (ag.Tensor([1.0]) * 3).backward()); t.start(); t.join()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "NEEDLE_DEBUG": level},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == ""
        if level == "5":
            assert "ValueError: NEEDLE_DEBUG is '5'; write 1 for operations as they run" in done.stderr
        else:
            assert ("backward of MulScalar" in done.stderr) == (level == "2")
            assert done.stderr.startswith("needle: MulScalar(scalar=3): float32 (1,) -> float32 (1,) on cpu()\n")
