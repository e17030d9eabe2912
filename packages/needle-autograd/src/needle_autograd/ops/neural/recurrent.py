"""The pointwise parts of recurrent cells, with fused gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...backends import dtype_name, kernels
from ...errors import DTypeError, ShapeError
from ...numpy_on_demand import np
from ...op import Array, Sample, Spec, TensorOp, TensorTupleOp
from ...value import Value
from ..broadcasting import Shape, same_device
from ..elementwise.activations import sigmoid
from ..elementwise.hyperbolic import tanh
from ..shapes.joining import concat

if TYPE_CHECKING:
    from ...tensor import Tensor, TensorTuple

LEADING: list[Shape] = [(2,), (), (0,), (2, 1)]
"""Axes before the last, for samples."""


class LSTMCell(TensorTupleOp):
    """What an LSTM cell does after its two matrix products: (h, c_next)."""

    name = "lstm_cell"
    formula = (
        "(o * tanh(c_next), c_next), c_next = f * c + i * g; i, f, o = sigmoid and g = tanh of the quarters i, f, g, o "
        "of gates_x + gates_h"
    )
    gradient_formula = (
        "dgates = (d * g * i * (1 - i), d * c * f * (1 - f), d * i * (1 - g**2), dh * t * o * (1 - o)); dc = d * f; "
        "t = tanh(c_next), d = dc_next + dh * o * (1 - t**2)"
    )
    needs = (0, 1, 2, "out")

    def compute(self, gates_x: Array, gates_h: Array, c: Array) -> tuple[Array, Array]:
        """Compute both results."""
        return self.compute_saving(gates_x, gates_h, c)[0]

    def compute_saving(self, gates_x: Array, gates_h: Array, c: Array) -> tuple[tuple[Array, Array], Array]:
        """Keep i, f, g and o."""
        check_cell(self.name, 4, gates_x, gates_h, c)
        h, c_next, activations = kernels(c).lstm_cell(gates_x, gates_h, c)
        return (h, c_next), activations

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> tuple[Tensor, Tensor, Tensor]:
        """One fused step; both products get the same gradient."""
        gates_x, gates_h, c = node.inputs
        activations, c_next = map(Value.tensor_type.make_const, (node.saved, node.cached_data[1]))
        d_gates, d_c = LSTMCellGrad()(*out_grad, gates_x, gates_h, c, activations, c_next)
        return d_gates, d_gates, d_c

    def infer(self, gates_x: Spec, gates_h: Spec, c: Spec) -> tuple[Spec, Spec]:
        """Both results are like the cell state."""
        check_cell(self.name, 4, gates_x, gates_h, c)
        same_device(self.name, gates_x, gates_h, c)
        return c, c

    @classmethod
    def samples(cls) -> list[Sample]:
        """Rows, one row, none, more axes."""

        def reference(gates_x: Any, gates_h: Any, c: Any) -> Any:
            i, f, g, o = np.split(gates_x + gates_h, 4, axis=-1)
            c_next = logistic(f) * c + logistic(i) * np.tanh(g)
            return logistic(o) * np.tanh(c_next), c_next

        return [Sample(inputs=[(*lead, 12), (*lead, 12), (*lead, 3)], reference=reference) for lead in LEADING]


class LSTMCellGrad(TensorTupleOp):
    """The gradients of `LSTMCell` for its gates and for c.

    The last two operands, the activations and the next cell state, are functions of those before, and count as such in
    the gradient.
    """

    name = "lstm_cell_grad"
    formula = (
        "((d * g * i * (1 - i), d * c * f * (1 - f), d * i * (1 - g**2), dh * t * o * (1 - o)), d * f), "
        "t = tanh(c_next), d = dc_next + dh * o * (1 - t**2)"
    )
    gradient_formula = (
        "with x' the slope of x, u and w what arrives, e = u_i * g * i' + u_f * c * f' + u_g * i * g' + w * f and "
        "m = (dh * u_o * o' - 2 * e * dh * o * t) * t': ddh = e * o * t' + u_o * t * o'; ddc_next = e; "
        "dgates = ((u_i * d * g * (1 - 2 * i) + u_g * d * g' + m * g) * i', "
        "(u_f * d * c * (1 - 2 * f) + w * d + m * c) * f', (u_i * d * i' - 2 * u_g * d * i * g + m * i) * g', "
        "(e * dh * t' + u_o * dh * t * (1 - 2 * o)) * o'); dc = u_f * d * f' + m * f"
    )
    needs = (0, 1, 2, 3, 4)

    def compute(
        self, grad_h: Array, grad_c: Array, gates_x: Array, gates_h: Array, c: Array, activations: Array, c_next: Array
    ) -> tuple[Array, Array]:
        """Compute both gradients."""
        grads: tuple[Array, Array] = kernels(c).lstm_cell_grad(grad_h, grad_c, activations, c, c_next)
        return grads

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> tuple[Tensor | None, ...]:
        """Written in public operations."""
        grad_h, grad_c, gates_x, gates_h, c = node.inputs[:5]
        u_i, u_f, u_g, u_o = parts(out_grad[0], 4)
        w = out_grad[1]
        a_i, a_f, a_g, a_o = parts(gates_x + gates_h, 4)
        i, f, g, o = sigmoid(a_i), sigmoid(a_f), tanh(a_g), sigmoid(a_o)
        t = tanh(f * c + i * g)
        i_slope, f_slope, g_slope, o_slope, t_slope = i * (1 - i), f * (1 - f), 1 - g * g, o * (1 - o), 1 - t * t
        d = grad_c + grad_h * o * t_slope
        e = u_i * g * i_slope + u_f * c * f_slope + u_g * i * g_slope + w * f
        m = (grad_h * u_o * o_slope - 2 * e * grad_h * o * t) * t_slope
        d_gates = concat(
            [
                (u_i * d * g * (1 - 2 * i) + u_g * d * g_slope + m * g) * i_slope,
                (u_f * d * c * (1 - 2 * f) + w * d + m * c) * f_slope,
                (u_i * d * i_slope - 2 * u_g * d * i * g + m * i) * g_slope,
                (e * grad_h * t_slope + u_o * grad_h * t * (1 - 2 * o)) * o_slope,
            ],
            -1,
        )
        return e * o * t_slope + u_o * t * o_slope, e, d_gates, d_gates, u_f * d * f_slope + m * f, None, None

    def infer(self, *specs: Spec) -> tuple[Spec, Spec]:
        """The gates and the cell state are among the operands."""
        return specs[2], specs[4]

    @classmethod
    def samples(cls) -> list[Sample]:
        """Those of the cell."""

        def call(grad_h: Any, grad_c: Any, *operands: Any) -> Any:
            (_, c_next), activations = LSTMCell().compute_saving(*[x.realize_cached_data() for x in operands])
            kept = map(Value.tensor_type.make_const, (activations, c_next))
            return cls()(grad_h, grad_c, *operands, *kept)

        def reference(grad_h: Any, grad_c: Any, gates_x: Any, gates_h: Any, c: Any) -> Any:
            a_i, a_f, a_g, a_o = np.split(gates_x + gates_h, 4, axis=-1)
            i, f, g, o = logistic(a_i), logistic(a_f), np.tanh(a_g), logistic(a_o)
            t = np.tanh(f * c + i * g)
            d = grad_c + grad_h * o / np.cosh(f * c + i * g) ** 2
            gates = [d * g * slope(a_i), d * c * slope(a_f), d * i / np.cosh(a_g) ** 2, grad_h * t * slope(a_o)]
            return np.concatenate(gates, -1), d * f

        return [
            Sample(
                inputs=[(*lead, 3), (*lead, 3), (*lead, 12), (*lead, 12), (*lead, 3)], call=call, reference=reference
            )
            for lead in LEADING
        ]


class GRUCell(TensorOp):
    """What a GRU cell does after its two matrix products, with the reset gate after them."""

    name = "gru_cell"
    formula = (
        "(1 - z) * n + z * h; r = sigmoid(x_r + u_r), z = sigmoid(x_z + u_z), n = tanh(x_n + r * u_n); x and u are the "
        "thirds r, z, n of gates_x and gates_h"
    )
    gradient_formula = (
        "dgates_x = (s, v, d); dgates_h = (s, v, d * r); dh = dc * z; v = dc * (h - n) * z * (1 - z), "
        "d = dc * (1 - z) * (1 - n**2), s = d * u_n * r * (1 - r)"
    )
    needs = (0, 1, 2)

    def compute(self, gates_x: Array, gates_h: Array, h: Array) -> Array:
        """Compute the next state."""
        return self.compute_saving(gates_x, gates_h, h)[0]

    def compute_saving(self, gates_x: Array, gates_h: Array, h: Array) -> tuple[Array, Array]:
        """Keep r, z and n."""
        check_cell(self.name, 3, gates_x, gates_h, h)
        h_next, activations = kernels(h).gru_cell(gates_x, gates_h, h)
        return h_next, activations

    def gradient(self, out_grad: Tensor, node: Tensor) -> tuple[Tensor, ...]:
        """One fused step."""
        gates_x, gates_h, h = node.inputs
        activations = Value.tensor_type.make_const(node.saved)
        return tuple(GRUCellGrad()(out_grad, gates_x, gates_h, h, activations))

    def infer(self, gates_x: Spec, gates_h: Spec, h: Spec) -> Spec:
        """The result is like the state."""
        check_cell(self.name, 3, gates_x, gates_h, h)
        same_device(self.name, gates_x, gates_h, h)
        return h

    @classmethod
    def samples(cls) -> list[Sample]:
        """Rows, one row, none, more axes."""

        def reference(gates_x: Any, gates_h: Any, h: Any) -> Any:
            (x_r, x_z, x_n), (u_r, u_z, u_n) = np.split(gates_x, 3, axis=-1), np.split(gates_h, 3, axis=-1)
            z = logistic(x_z + u_z)
            return (1 - z) * np.tanh(x_n + logistic(x_r + u_r) * u_n) + z * h

        return [Sample(inputs=[(*lead, 9), (*lead, 9), (*lead, 3)], reference=reference) for lead in LEADING]


class GRUCellGrad(TensorTupleOp):
    """The gradients of `GRUCell` for both products and for h.

    The last operand, the activations, is a function of those before, and counts as such in the gradient.
    """

    name = "gru_cell_grad"
    formula = (
        "((s, v, d), (s, v, d * r), dc * z); v = dc * (h - n) * z * (1 - z), d = dc * (1 - z) * (1 - n**2), "
        "s = d * u_n * r * (1 - r)"
    )
    gradient_formula = (
        "with x' the slope of x, a and b what arrives for the gates, w for h, s = a_r + b_r, v = a_z + b_z and "
        "k = a_n + b_n * r + s * u_n * r': ddc = k * (1 - z) * n' + v * (h - n) * z' + w * z; dh = v * dc * z'; "
        "y = -(2 * k * dc * (1 - z) * n + v * dc * z') * n', "
        "x = (b_n * d + s * d * u_n * (1 - 2 * r) + y * u_n) * r', "
        "q = (w * dc - k * dc * n' + v * dc * (h - n) * (1 - 2 * z)) * z'; dgates_x = (x, q, y); "
        "dgates_h = (x, q, y * r + s * d * r'); d = dc * (1 - z) * n'"
    )
    needs = (0, 1, 2, 3)

    def compute(self, grad: Array, gates_x: Array, gates_h: Array, h: Array, activations: Array) -> tuple[Array, ...]:
        """Compute the three gradients."""
        grads: tuple[Array, ...] = kernels(h).gru_cell_grad(grad, activations, gates_h, h)
        return grads

    def gradient(self, out_grad: TensorTuple, node: TensorTuple) -> tuple[Tensor | None, ...]:
        """Written in public operations."""
        grad, gates_x, gates_h, h = node.inputs[:4]
        (a_r, a_z, a_n), (b_r, b_z, b_n), w = parts(out_grad[0], 3), parts(out_grad[1], 3), out_grad[2]
        (x_r, x_z, x_n), (u_r, u_z, u_n) = parts(gates_x, 3), parts(gates_h, 3)
        r, z = sigmoid(x_r + u_r), sigmoid(x_z + u_z)
        n = tanh(x_n + r * u_n)
        r_slope, z_slope, n_slope = r * (1 - r), z * (1 - z), 1 - n * n
        d = grad * (1 - z) * n_slope
        s, v = a_r + b_r, a_z + b_z
        k = a_n + b_n * r + s * u_n * r_slope
        n_grad = -(2 * k * grad * (1 - z) * n + v * grad * z_slope) * n_slope
        r_grad = (b_n * d + s * d * u_n * (1 - 2 * r) + n_grad * u_n) * r_slope
        z_grad = (w * grad - k * grad * n_slope + v * grad * (h - n) * (1 - 2 * z)) * z_slope
        return (
            k * (1 - z) * n_slope + v * (h - n) * z_slope + w * z,
            concat([r_grad, z_grad, n_grad], -1),
            concat([r_grad, z_grad, n_grad * r + s * d * r_slope], -1),
            v * grad * z_slope,
            None,
        )

    def infer(self, *specs: Spec) -> tuple[Spec, ...]:
        """The gates and the state are among the operands."""
        return specs[1:4]

    @classmethod
    def samples(cls) -> list[Sample]:
        """Those of the cell."""

        def call(grad: Any, *operands: Any) -> Any:
            _, activations = GRUCell().compute_saving(*[x.realize_cached_data() for x in operands])
            return cls()(grad, *operands, Value.tensor_type.make_const(activations))

        def reference(grad: Any, gates_x: Any, gates_h: Any, h: Any) -> Any:
            (x_r, x_z, x_n), (u_r, u_z, u_n) = np.split(gates_x, 3, axis=-1), np.split(gates_h, 3, axis=-1)
            r, z, a = logistic(x_r + u_r), logistic(x_z + u_z), x_n + logistic(x_r + u_r) * u_n
            d = grad * (1 - z) / np.cosh(a) ** 2
            s, v = d * u_n * slope(x_r + u_r), grad * (h - np.tanh(a)) * slope(x_z + u_z)
            return np.concatenate([s, v, d], -1), np.concatenate([s, v, d * r], -1), grad * z

        return [
            Sample(inputs=[(*lead, 3), (*lead, 9), (*lead, 9), (*lead, 3)], call=call, reference=reference)
            for lead in LEADING
        ]


def logistic(a: Any) -> Any:
    """Return 1 / (1 + exp(-a)) in NumPy, for samples."""
    return np.exp(-np.logaddexp(0, -a))


def slope(a: Any) -> Any:
    """Return the derivative of the logistic function in NumPy, for samples."""
    return logistic(a) * logistic(-a)


def parts(gates: Tensor, count: int) -> list[Tensor]:
    """Return the parts of equal size of the last axis."""
    size = gates.shape[-1] // count
    return [gates[..., number * size : (number + 1) * size] for number in range(count)]


def check_cell(name: str, count: int, gates_x: Any, gates_h: Any, state: Any) -> None:
    """Refuse operands of a cell that don't fit.

    Args:
        name: the operation's name.
        count: how many gates the products hold.
        gates_x: the product with the input, an array or a spec, like the following.
        gates_h: the product with the hidden state.
        state: the state.

    Raises:
        ShapeError: the products are not of the shape of the state with `count` times the last axis.
        DTypeError: the dtypes differ.
    """
    expected = (*state.shape[:-1], count * state.shape[-1]) if state.shape else None
    if not gates_x.shape == gates_h.shape == expected:
        raise ShapeError(
            f"{name}: gates_x has shape {gates_x.shape}, gates_h {gates_h.shape} and the state {state.shape}; expected "
            f"gates (..., {count}H) and a state (..., H)" + (f", here {expected} for both products" if expected else "")
        )
    if not gates_x.dtype == gates_h.dtype == state.dtype:
        raise DTypeError(
            f"{name}: gates_x, gates_h and the state are {dtype_name(gates_x.dtype)}, {dtype_name(gates_h.dtype)} and "
            f"{dtype_name(state.dtype)}; expected one dtype; write gates_x.astype(state.dtype)"
        )


_lstm_cell, _gru_cell = LSTMCell(), GRUCell()


def lstm_cell(gates_x: Tensor, gates_h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Do what an LSTM cell does after its two matrix products.

    With a = gates_x + gates_h, cut into a_i, a_f, a_g, a_o: i = sigmoid(a_i), f = sigmoid(a_f), g = tanh(a_g),
    o = sigmoid(a_o), c_next = f * c + i * g, h = o * tanh(c_next).

    Args:
        gates_x: the product with the input, (..., 4H), in the order i, f, g, o; with the bias, where there is one.
        gates_h: the product with the hidden state, (..., 4H).
        c: the cell state, (..., H).

    Returns:
        h and c_next, (..., H).

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the dtypes differ.

    Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; with forget gate: Gers, Schmidhuber and Cummins,
    2000.
    """
    h, c_next = _lstm_cell(gates_x, gates_h, c)
    return h, c_next


def gru_cell(gates_x: Tensor, gates_h: Tensor, h: Tensor) -> Tensor:
    """Do what a GRU cell does after its two matrix products, with the reset gate after them.

    With x and u, the parts of gates_x and gates_h for r, z and n: r = sigmoid(x_r + u_r), z = sigmoid(x_z + u_z),
    n = tanh(x_n + r * u_n), h_next = (1 - z) * n + z * h.

    Args:
        gates_x: the product with the input, (..., 3H), in the order r, z, n; with its bias, where there is one.
        gates_h: the product with the hidden state, (..., 3H); with its bias, where there is one.
        h: the hidden state, (..., H).

    Returns:
        h_next, (..., H).

    Raises:
        ShapeError: the shapes do not fit.
        DTypeError: the dtypes differ.

    Source: Cho et al., 2014, https://arxiv.org/abs/1406.1078, in the form of PyTorch's GRUCell.
    """
    return _gru_cell(gates_x, gates_h, h)
