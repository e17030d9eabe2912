"""The fully connected layer: product, bias and activation in one pass, and rows of a table by their numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...backends import kernels
from ...errors import ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp
from ..arguments import require_tensors
from ..broadcasting import Shape, promoted, same_device, with_dtype_of
from ..elementwise.activations import SigmoidGrad, silu
from ..elementwise.rectifiers import ReLUGrad
from ..indexing.getting import take
from ..reductions.sums import Summation

if TYPE_CHECKING:
    from ...tensor import Tensor

ACTIVATIONS = (None, "relu", "sigmoid", "tanh")
"""The activations whose derivative is a function of their result, so that nothing else has to be kept."""


class Linear(TensorOp):
    """The product of rows and a matrix, plus a bias, with an activation, in one pass over the result.

    Args:
        activation: None, "relu", "sigmoid" or "tanh".
    """

    name = "linear"
    formula = "activation(x @ weight + bias)"
    gradient_formula = "g = dc * activation'; dx = g @ transpose(weight); dweight = transpose(x) @ g; dbias = sum(g)"
    needs = (0, 1, "out")

    def __init__(self, activation: str | None = None) -> None:
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"linear: activation is {activation!r}; expected one of {', '.join(map(repr, ACTIVATIONS))}"
            )
        self.activation = activation

    def compute(self, x: Array, weight: Array, bias: Array | None = None) -> Array:
        """Multiply, add, and apply the activation."""
        return kernels(x).linear(x, weight, bias, self.activation)

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor | None, ...]:
        """Back through the activation, then as for a product of matrices."""
        x, weight = node.inputs[:2]
        if self.activation == "relu":
            out_grad = _relu_grad(out_grad, node)
        elif self.activation == "sigmoid":
            out_grad = _sigmoid_grad(out_grad, node)
        elif self.activation == "tanh":
            out_grad = out_grad * (1 - node * node)
        rows, grad = x, out_grad
        if x.ndim != 2:
            rows, grad = _as_matrix(x), _as_matrix(out_grad)
        x_grad = weight_grad = None
        if x.requires_grad:
            x_grad = with_dtype_of(x, grad @ weight.mT)
            if rows is not x:
                x_grad = x_grad.reshape(x.shape)
        if weight.requires_grad:
            weight_grad = with_dtype_of(weight, rows.mT @ grad)
        if len(node.inputs) == 2:
            return x_grad, weight_grad
        bias = node.inputs[2]
        return x_grad, weight_grad, with_dtype_of(bias, _sum_of_rows[bias.ndim](grad))

    def infer(self, x: Spec, weight: Spec, *bias: Spec) -> Spec:
        """The rows are as long as the matrix is high."""
        check_shapes(x.shape, weight.shape, *[spec.shape for spec in bias])
        shape = (*x.shape[:-1], weight.shape[1])
        return Spec(shape, promoted(self.name, x, weight, *bias), same_device(self.name, x, weight, *bias))

    @classmethod
    def samples(cls) -> list[Sample]:
        """Matrices, batches and a vector, with and without bias and activation, nothing."""
        functions: dict[str | None, Callable[[Any], Any]] = {
            None: lambda y: y,
            "relu": lambda y: np.maximum(y, 0),
            "sigmoid": lambda y: np.exp(-np.logaddexp(0, -y)),
            "tanh": np.tanh,
        }

        def reference(x: Any, weight: Any, bias: Any = 0.0, activation: Any = None) -> Any:
            return functions[activation](np.einsum("...i,io->...o", x, weight) + bias)

        shapes: list[list[Shape]] = [
            [(4, 3), (3, 2), (2,)],
            [(2, 2, 3), (3, 2)],
            [(2, 2, 3), (3, 2), (1, 2)],
            [(3,), (3, 2), (2,)],
            [(0, 3), (3, 2), (2,)],
            [(2, 0), (0, 1), (1,)],
            [(1, 1), (1, 1), (1,)],
        ]
        return [
            *[Sample(inputs=operands, reference=reference, label=str(operands)) for operands in shapes],
            *[
                Sample(inputs=shapes[0], kwargs={"activation": activation}, reference=reference, label=activation)
                for activation in ACTIVATIONS
                if activation is not None
            ],
        ]


def check_shapes(x: Shape, weight: Shape, bias: Shape | None = None) -> None:
    """Refuse operands that don't fit.

    Raises:
        ShapeError: the weight is no matrix, the rows have another length, or the bias has.
    """
    if len(weight) != 2 or not x:
        raise ShapeError(f"linear: x has shape {x} and weight {weight}; expected (..., inputs) and (inputs, outputs)")
    if x[-1] != weight[0]:
        hint = "write weight.transpose() for a weight (outputs, inputs)" if x[-1] == weight[1] else "they must be equal"
        raise ShapeError(
            f"linear: x of shape {x} has size {x[-1]} along axis -1, and weight of shape {weight} has size {weight[0]} "
            f"along axis 0; {hint}"
        )
    if bias is not None and bias != weight[1:] and bias != (1, weight[1]):
        raise ShapeError(
            f"linear: bias has shape {bias}; expected {weight[1:]} or {(1, weight[1])}, a number for each output of "
            f"weight, {weight}"
        )


def _as_matrix(x: Tensor) -> Tensor:
    """Return the rows of all axes but the last below each other."""
    return x.reshape((math.prod(x.shape[:-1]), x.shape[-1]))


_linear = {activation: Linear(activation) for activation in ACTIVATIONS}
_relu_grad, _sigmoid_grad = ReLUGrad(), SigmoidGrad()
_sum_of_rows = {1: Summation(0), 2: Summation(0, keepdims=True)}  # by how many axes the bias has


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None, activation: str | None = None) -> Tensor:
    """Multiply rows by a matrix, add a bias and apply an activation, in one pass: activation(x @ weight + bias).

    Args:
        x: (..., inputs).
        weight: (inputs, outputs); of a weight (outputs, inputs), as PyTorch has it, take the transpose.
        bias: (outputs,), or (1, outputs), or None.
        activation: None, "relu", "sigmoid", "silu" or "tanh".

    Returns:
        (..., outputs).

    Raises:
        ShapeError: the shapes do not fit; the text names the axis and the sizes.
        ValueError: the activation is unknown.
    """
    operands = (x, weight) if bias is None else (x, weight, bias)
    if activation == "silu":  # its derivative is no function of the result: the product is kept, as a node of its own
        return silu(_linear[None](*operands))
    return (_linear.get(activation) or Linear(activation))(*operands)


def embedding(indices: Tensor, weight: Tensor) -> Tensor:
    """Look up rows of a table, such as the vectors of words: weight[indices].

    Args:
        indices: integers in [0, rows), of any shape, a tensor or an array; negative ones count from the end.
        weight: the table, (rows, features).

    Returns:
        (*indices.shape, features). The gradient of a row that was read several times is the sum.

    Raises:
        IndexError: an index is out of range; the text names it.
        DTypeError: the indices are no integers.
        ShapeError: the table has not two axes.
    """
    require_tensors("embedding", weight=weight)
    if len(weight.shape) != 2:
        raise ShapeError(f"embedding: weight has shape {weight.shape}; expected (rows, features)")
    return take(weight, indices, 0)
