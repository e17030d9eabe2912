"""What views call an operation and its operands, and what they refuse to show."""

import pytest
from needle_autograd import Tensor, learn, ops
from needle_autograd.learn.rules import WORD, operand_names, title
from needle_autograd.op import REGISTRY

FUNCTIONS_OF_OTHERS = {"out", "log_sums", "inverse_std", "activations", "gates_x", "gates_h"}
"""Operands of gradients that formulas do not name: they say what these consist of, or were computed from."""


def linear(*operands):
    return ops.Linear("relu")(*operands)


@pytest.mark.parametrize("name", REGISTRY)
def test_the_formulas_of_every_operation_name_its_operands(name):
    op_class = REGISTRY[name]
    words = set(WORD.findall(f"{op_class.formula} {op_class.gradient_formula}"))
    for sample in op_class.samples():
        if sample.call is None:
            names = operand_names(op_class(**sample.kwargs), len(sample.inputs))
            several = names[2:] if {"a", "b"} == set(names[:2]) and "..." in op_class.formula else []
            assert set(names) - FUNCTIONS_OF_OTHERS - set(several) <= words


def test_operands_have_the_letters_of_the_formula():
    x = Tensor([[1.0, 2.0]])
    assert operand_names(ops.Linear(), 3) == ["x", "weight", "bias"]
    assert operand_names(ops.Linear(), 2) == ["x", "weight"]
    assert operand_names(ops.Stack(), 3) == ["a", "b", "c"]
    assert operand_names(ops.SigmoidGrad(), 2) == ["dc", "c"]
    assert operand_names(ops.BatchNormInference(), 5) == ["x", "weight", "bias", "mean", "var"]
    y = linear(x, Tensor([[1.0], [1.0]]), Tensor([0.5]))
    assert learn.explain(y).nodes[-1].letters == "x = #0, weight = #1, bias = #2"


def test_a_title_has_the_arguments_that_are_not_the_usual_ones():
    assert title(ops.Conv()) == "conv"
    assert title(ops.Conv(padding=1, stride=(2, 1))) == "conv(stride=(2, 1), padding=1)"
    assert title(ops.MulScalar(3)) == "mul_scalar(scalar=3)"
    assert title(ops.Summation((0,))) == "summation(axes=(0,))"
    assert title(ops.AsType("int64")) == "astype(dtype='int64')"
    assert repr(ops.AsType("int64")) == "AsType(dtype='int64')"


def test_a_graph_that_was_dropped_is_drawn_as_such():
    loss = (Tensor([1.0, 2.0]) * 2).sum()
    loss.backward()
    assert "#0 dropped" in learn.draw(loss, gradients=False).svg


@pytest.mark.parametrize("view", [learn.explain, learn.draw, learn.steps])
@pytest.mark.parametrize("what", [1.0, None, "loss"])
def test_views_refuse_what_is_no_tensor(view, what):
    with pytest.raises(TypeError, match=rf"Tensor.*, not .*{type(what).__name__}"):
        view(what)


def test_views_refuse_several_results_at_once():
    parts = ops.split(Tensor([1.0, 2.0]))
    with pytest.raises(
        TypeError, match="a Tensor can be differentiated, not a TensorTuple; of several results take one"
    ):
        learn.explain(parts)


@pytest.mark.parametrize(("limit", "error"), [(0, ValueError), (-1, ValueError), ("a", TypeError), (2.0, TypeError)])
def test_views_refuse_to_show_less_than_one_line(limit, error):
    w = Tensor([1.0, 2.0])
    loss = (w * w).sum()
    for call in (
        lambda: learn.explain(loss, max_lines=limit),
        lambda: learn.draw(loss, max_nodes=limit),
        lambda: learn.why(loss, w, 0, max_paths=limit),
        lambda: learn.why(loss, w, 0, max_lines=limit),
    ):
        with pytest.raises(error, match=r"max_\w+ is .*; expected .*at least 1"):
            call()


@pytest.mark.parametrize("index", [1.5, "a", [1], None, (0, 0), 2])
def test_why_refuses_what_is_no_place_of_a_number(index):
    w = Tensor([1.0, 2.0])
    with pytest.raises(IndexError, match=r"is no number of a tensor of shape \(2,\); expected 1 integer"):
        learn.why((w * w).sum(), w, index)
