"""Recurrent cells as operations: many steps, one result alone, dtypes, what is refused."""

import re
from contextlib import nullcontext

import numpy as np
import pytest
from needle_autograd import DTypeError, ShapeError, Tensor, lazy, ops, set_backend
from needle_autograd.testing import check_gradient

pytestmark = pytest.mark.usefixtures("backend")


def drawn(*shape, seed=0):
    return Tensor(np.random.default_rng(seed).normal(size=shape))


def zeros(*shape, dtype="float32"):
    return Tensor(np.zeros(shape, dtype))


def test_gradients_through_steps_that_share_weights_equal_finite_differences():
    def lstm(x, w_x, w_h):
        h = c = Tensor(np.zeros((2, 3)), requires_grad=False)
        for step in range(3):
            h, c = ops.lstm_cell(x[step] @ w_x, h @ w_h, c)
        return h

    def gru(x, w_x, w_h):
        h = Tensor(np.zeros((2, 3)), requires_grad=False)
        for step in range(3):
            h = ops.gru_cell(x[step] @ w_x, h @ w_h, h)
        return h

    for cell, gates in ((lstm, 12), (gru, 9)):
        check_gradient(cell, drawn(3, 2, 2), drawn(2, gates, seed=1), drawn(3, gates, seed=2))


def test_one_result_of_an_lstm_cell_alone_has_a_gradient():
    for chosen in (0, 1):
        check_gradient(
            lambda *operands, chosen=chosen: ops.lstm_cell(*operands)[chosen],
            drawn(2, 12), drawn(2, 12, seed=1), drawn(2, 3, seed=2),
        )  # fmt: skip


def test_floats_of_16_bits_go_through_cells():
    set_backend("nd")
    for dtype in ("float16", "bfloat16"):
        for cell, gates in ((lambda *operands: ops.lstm_cell(*operands)[0], 8), (ops.gru_cell, 6)):
            operands = [Tensor(drawn(*shape), dtype=dtype) for shape in ((3, gates), (3, gates), (3, 2))]
            cell(*operands).sum().backward()
            assert [operand.grad.dtype for operand in operands] == [dtype] * 3


ERRORS = {
    "gates": (
        lambda: ops.lstm_cell(zeros(2, 12), zeros(2, 9), zeros(2, 3)),
        ShapeError,
        "lstm_cell: gates_x has shape (2, 12), gates_h (2, 9) and the state (2, 3); expected gates (..., 4H) and a "
        "state (..., H), here (2, 12) for both products",
    ),
    "rows": (
        lambda: ops.gru_cell(zeros(1, 9), zeros(1, 9), zeros(2, 3)),
        ShapeError,
        "gru_cell: gates_x has shape (1, 9), gates_h (1, 9) and the state (2, 3); expected gates (..., 3H)",
    ),
    "no axes": (lambda: ops.gru_cell(zeros(3), zeros(3), zeros()), ShapeError, "and the state (); expected gates"),
    "dtypes": (
        lambda: ops.lstm_cell(zeros(2, 12, dtype="float64"), zeros(2, 12), zeros(2, 3)),
        DTypeError,
        "lstm_cell: gates_x, gates_h and the state are float64, float32 and float32; expected one dtype",
    ),
}


@pytest.mark.parametrize("case", ERRORS)
@pytest.mark.parametrize("mode", ["eager", "lazy"])
def test_operands_that_do_not_fit_are_refused_at_the_call(case, mode):
    call, kind, text = ERRORS[case]
    with lazy() if mode == "lazy" else nullcontext(), pytest.raises(kind, match=re.escape(text)):
        call()
