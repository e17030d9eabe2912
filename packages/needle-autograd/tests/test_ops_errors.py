"""Operands that don't fit are refused, with a text that names the operation, the operands and what to do."""

import re

import needle_ndarray as nd
import numpy as np
import pytest
from needle_autograd import DTypeError, ShapeError, Tensor, lazy, ops
from needle_autograd.op import Spec
from needle_autograd.ops.broadcasting import same_device

pytestmark = pytest.mark.usefixtures("backend")


def zeros(*shape, dtype="float32"):
    return Tensor(np.zeros(shape, dtype))


SHAPE_ERRORS = {
    "add": (
        lambda: zeros(2, 3) + zeros(4),
        "add: shapes (2, 3) and (4,) do not broadcast: along axis -1 the sizes are 3 and 4, expected equal",
    ),
    "multiply": (
        lambda: zeros(2, 3) * zeros(3, 3),
        "multiply: shapes (2, 3) and (3, 3) do not broadcast: along axis -2",
    ),
    "where": (
        lambda: ops.where(zeros(2) > 0, zeros(3), zeros(2)),
        "where: shapes (2,) and (3,) and (2,) do not broadcast",
    ),
    "less": (lambda: zeros(2) < zeros(3), "less: shapes (2,) and (3,) do not broadcast"),
    "matmul": (
        lambda: zeros(2, 3) @ zeros(4, 5),
        "matmul: shapes (2, 3) and (4, 5) do not fit: axis -1 of the first has size 3 and axis -2 of the second has",
    ),
    "matmul with a vector": (
        lambda: zeros(2, 3) @ zeros(4),
        "axis -1 of the first has size 3 and axis 0 of the second",
    ),
    "matmul of batches": (lambda: zeros(2, 2, 3) @ zeros(3, 3, 2), "matmul: shapes (2,) and (3,) do not broadcast"),
    "matmul without axes": (
        lambda: zeros() @ zeros(3),
        "the first operand has no axes, expected at least one; write a * b",
    ),
    "sum": (
        lambda: zeros(2, 3).sum(2),
        "summation: axis 2 is out of range for shape (2, 3); expected axes from -2 to 1",
    ),
    "sum twice": (lambda: zeros(2, 3).sum((0, -2)), "summation: axes (0, -2) of shape (2, 3) name an axis twice"),
    "max": (lambda: zeros(2, 3).max((0, 5)), "max: axis 5 is out of range for shape (2, 3)"),
    "max of nothing": (lambda: zeros(0, 3).max(0), "max: shape (0, 3) has no elements along axes (0,)"),
    "argmax": (lambda: zeros(2, 3).argmax(-3), "argmax: axis -3 is out of range for shape (2, 3)"),
    "argmax of nothing": (lambda: zeros(0).argmax(), "argmax: shape (0,) has no elements along axes (0,)"),
    "softmax": (
        lambda: zeros(2).softmax(1),
        "softmax: axis 1 is out of range for shape (2,); expected axes from -1 to 0",
    ),
    "logsumexp": (lambda: zeros(2).logsumexp(1), "logsumexp: axis 1 is out of range for shape (2,)"),
    "reshape": (
        lambda: zeros(2, 3).reshape((4, 2)),
        "reshape: shape (2, 3) has 6 elements and shape (4, 2) has 8; expected a shape of 6 elements",
    ),
    "reshape with -1": (lambda: zeros(2, 3).reshape((4, -1)), "shape (4, -1) does not divide them"),
    "reshape with -1 twice": (lambda: zeros(2, 3).reshape((-1, -1)), "with at most one -1"),
    "reshape by fractions": (lambda: zeros(2, 3).reshape(2.0, 3), "a shape is made of integers; got (2.0, 3)"),
    "reshape by a word": (lambda: zeros(2, 3).reshape("a"), "a shape is made of integers; got 'a'"),
    "broadcast_to": (
        lambda: zeros(2, 3).broadcast_to((2, 4)),
        "broadcast_to: shape (2, 3) does not broadcast to (2, 4): along axis -1 size 3 meets size 4",
    ),
    "broadcast_to fewer axes": (
        lambda: zeros(2, 3).broadcast_to((3,)),
        "broadcast_to: shape (2, 3) does not broadcast to (3,)",
    ),
    "transpose": (lambda: zeros(2, 3).transpose((0, 2)), "transpose: axis 2 is out of range for shape (2, 3)"),
    "transpose a vector": (lambda: zeros(3).transpose(), "transpose: shape (3,) has 1 axes; expected at least two"),
    "permute": (
        lambda: zeros(2, 3).permute((0,)),
        "permute: axes (0,) for shape (2, 3): expected each of its 2 axes once",
    ),
    "permute twice": (lambda: zeros(2, 3).permute((0, 0)), "permute: axes (0, 0) of shape (2, 3) name an axis twice"),
    "squeeze": (lambda: zeros(2, 3).squeeze(0), "squeeze: axis 0 of shape (2, 3) has size 2; expected size 1"),
    "expand_dims": (lambda: zeros(2).expand_dims(3), "expand_dims: axis 3 is out of range for shape (2,)"),
    "flip": (lambda: zeros(2).flip(1), "flip: axis 1 is out of range for shape (2,)"),
    "stack": (
        lambda: ops.stack([zeros(2), zeros(3)]),
        "stack: tensor 0 has shape (2,) and tensor 1 has (3,); expected equal shapes",
    ),
    "stack nothing": (lambda: ops.stack([]), "stack: there is nothing to join; expected at least one tensor"),
    "concat": (
        lambda: ops.concat([zeros(2, 3), zeros(2, 4)]),
        "concat: tensor 0 has shape (2, 3) and tensor 1 has (2, 4); expected equal sizes along every axis but 0",
    ),
    "concat axes": (
        lambda: ops.concat([zeros(2, 3), zeros(2)]),
        "concat: tensor 0 has shape (2, 3) and tensor 1 has (2,)",
    ),
    "split": (lambda: zeros(2, 3).split(2), "split: axis 2 is out of range for shape (2, 3)"),
    "take": (lambda: zeros(2, 3).take([0], axis=2), "take: axis 2 is out of range for shape (2, 3)"),
    "getitem": (
        lambda: zeros(3, 3)[[0, 1], [0, 1, 2]],
        "getitem: the shapes (2,) and (3,) of the index's arrays do not broadcast",
    ),
    "getitem by uneven lists": (
        lambda: zeros(3, 3)[[[0, 1], [2]]],
        "getitem: nested lists of uneven lengths are no index; pad them",
    ),
    "cross_entropy": (
        lambda: ops.cross_entropy(zeros(4, 3), zeros(5, dtype="int64")),
        "cross_entropy: logits have shape (4, 3) and labels (5,); expected (rows, classes) and (rows,)",
    ),
    "cross_entropy broadcast": (
        lambda: ops.cross_entropy(zeros(4, 3), zeros(1, dtype="int64")),
        "cross_entropy: logits have shape (4, 3) and labels (1,)",
    ),
    "cross_entropy one-hot": (
        lambda: ops.cross_entropy(zeros(4, 3), zeros(4, 2)),
        "one integer for each row, or probabilities of the classes in the shape of the logits",
    ),
    "layer_norm": (
        lambda: ops.layer_norm(zeros(4, 3), zeros(1), zeros(3)),
        "layer_norm: x has shape (4, 3), weight (1,) and bias (3,); expected weight and bias of shape (3,)",
    ),
    "batch_norm": (
        lambda: ops.batch_norm(zeros(4, 3), zeros(4), zeros(4)),
        "batch_norm: x has shape (4, 3), weight (4,) and bias (4,); expected weight and bias of shape (3,)",
    ),
}


@pytest.mark.parametrize("case", SHAPE_ERRORS)
def test_shapes_that_do_not_fit_are_refused(case):
    call, text = SHAPE_ERRORS[case]
    with pytest.raises(ShapeError, match=re.escape(text)):
        call()


@pytest.mark.parametrize("case", SHAPE_ERRORS)
def test_lazy_mode_refuses_them_at_the_call(case):
    call, text = SHAPE_ERRORS[case]
    with lazy(), pytest.raises(ShapeError, match=re.escape(text)):
        call()


INDEX_ERRORS = {
    "integer": (
        lambda x: x[4],
        "getitem: index 4 is out of range for axis 0 of shape (4, 3); expected indices from -4 to 3",
    ),
    "negative": (lambda x: x[0, -4], "getitem: index -4 is out of range for axis 1 of shape (4, 3)"),
    "array": (
        lambda x: x[[0, 7, 1]],
        "index 7 is out of range for axis 0 of shape (4, 3); expected indices from -4 to 3",
    ),
    "second array": (lambda x: x[[0, 1], [0, -5]], "getitem: index -5 is out of range for axis 1 of shape (4, 3)"),
    "beside a slice": (lambda x: x[None, 1:, [3]], "index 3 is out of range for axis 1 of shape (4, 3)"),
    "take": (lambda x: x.take([0, 3], axis=1), "take: index 3 is out of range for axis 1 of shape (4, 3)"),
    "too many": (lambda x: x[0, 0, 0], "has 3 items for shape (4, 3); expected at most 2"),
    "too many arrays": (lambda x: x[[0], [0], [0]], "has 3 items for shape (4, 3); expected at most 2"),
    "short mask": (
        lambda x: x[:, [True, False]],
        "a mask of length 2 stands for axis 1 of shape (4, 3); expected length 3",
    ),
    "long mask": (lambda x: x[None, ..., [True] * 4], "a mask of length 4 stands for axis 1 of shape (4, 3)"),
    "mask of two axes": (lambda x: x[np.ones((4, 2), bool)], "a mask of length 2 stands for axis 1 of shape (4, 3)"),
    "two ellipses": (lambda x: x[..., ...], "more than one '...'; expected at most one"),
    "tuple": (lambda x: ops.make_tuple(x, x)[2], "tuple_get_item: index 2 is out of range for a tuple of 2 tensors"),
}


@pytest.mark.parametrize("case", INDEX_ERRORS)
def test_indices_out_of_range_are_refused(case):
    call, text = INDEX_ERRORS[case]
    with pytest.raises(IndexError, match=re.escape(text)):
        call(zeros(4, 3))


@pytest.mark.parametrize("index", [True, np.bool_(True), 1.0, "a", np.array([0.5])])
def test_what_is_no_index_is_refused(index):
    with pytest.raises(DTypeError, match=r"getitem: .*expected integers"):
        zeros(4, 3)[index]


@pytest.mark.parametrize("labels", [[0, 1, 3, 1], [0, 1, -1, 1]])
def test_a_label_out_of_range_is_refused_with_its_row(labels):
    text = f"label {labels[2]} at position 2 is out of range for 3 classes; labels are integers from 0 to 2"
    with pytest.raises(IndexError, match=re.escape(text)):
        ops.cross_entropy(zeros(4, 3), Tensor(np.array(labels)))


def test_an_unknown_reduction_is_refused():
    with pytest.raises(ValueError, match="unknown reduction 'avg'; expected 'mean', 'sum' or 'none'"):
        ops.cross_entropy(zeros(1, 3), Tensor(np.array([0])), reduction="avg")


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_a_dropout_probability_outside_0_to_1_is_refused(p):
    with pytest.raises(ValueError, match=r"dropout: p is .*; expected a probability from 0 to 1"):
        ops.dropout(zeros(2), p)


def test_an_unknown_dtype_is_refused_with_the_known_ones():
    with pytest.raises(DTypeError, match="unknown dtype 'float99'; the dtypes are bool, int8"):
        zeros(2).astype("float99")


def test_operands_on_two_devices_are_refused():
    specs = [Spec((2,), np.dtype("float32"), nd.cpu()), Spec((2,), np.dtype("float32"), nd.cuda())]
    with pytest.raises(Exception, match=re.escape("add: operands are on cpu() and cuda(), expected one device")):
        same_device("add", *specs)
