"""The pointwise parts of recurrent cells."""

from __future__ import annotations

from typing import Any

from ..selection import array_namespace
from .activations import sigmoid

Array = Any


def lstm_cell(gates_x: Array, gates_h: Array, c: Array) -> tuple[Array, Array, Array]:
    """Return what an LSTM cell makes of its two matrix products.

    With a = gates_x + gates_h, cut into a_i, a_f, a_g, a_o: i = sigmoid(a_i), f = sigmoid(a_f), g = tanh(a_g),
    o = sigmoid(a_o), c_next = f * c + i * g, h = o * tanh(c_next).

    Args:
        gates_x: the product with the input, (..., 4H), in the order i, f, g, o.
        gates_h: the product with the hidden state, (..., 4H).
        c: the cell state, (..., H).

    Returns:
        h and c_next, (..., H), and the activations i, f, g, o in one array, (..., 4H), which the gradient wants.

    Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; with forget gate: Gers, Schmidhuber and Cummins,
    2000.
    """
    xp = array_namespace(c)
    a_i, a_f, a_g, a_o = _cut(gates_x + gates_h, 4)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), xp.tanh(a_g), sigmoid(a_o)
    c_next = f * c + i * g
    return o * xp.tanh(c_next), c_next, xp.concat((i, f, g, o), axis=-1)


def lstm_cell_grad(grad_h: Array, grad_c: Array, activations: Array, c: Array, c_next: Array) -> tuple[Array, Array]:
    """Return the gradients of `lstm_cell` for gates_x and gates_h, which is the same (..., 4H), and for c (..., H).

    With t = tanh(c_next) and d = grad_c + grad_h * o * (1 - t^2): d_gates = (d * g * i * (1 - i), d * c * f * (1 - f),
    d * i * (1 - g^2), grad_h * t * o * (1 - o)), d_c = d * f.
    """
    xp = array_namespace(c)
    i, f, g, o = _cut(activations, 4)
    t = xp.tanh(c_next)
    d = grad_c + grad_h * o * (1 - t * t)
    d_gates = (d * g * i * (1 - i), d * c * f * (1 - f), d * i * (1 - g * g), grad_h * t * o * (1 - o))
    return xp.concat(d_gates, axis=-1), d * f


def gru_cell(gates_x: Array, gates_h: Array, h: Array) -> tuple[Array, Array]:
    """Return what a GRU cell makes of its two matrix products, with the reset gate after them.

    With x and u, the parts of gates_x and gates_h for r, z and n: r = sigmoid(x_r + u_r), z = sigmoid(x_z + u_z),
    n = tanh(x_n + r * u_n), h_next = (1 - z) * n + z * h.

    Args:
        gates_x: the product with the input, (..., 3H), in the order r, z, n.
        gates_h: the product with the hidden state, (..., 3H).
        h: the hidden state, (..., H).

    Returns:
        h_next, (..., H), and the activations r, z, n in one array, (..., 3H), which the gradient wants.

    Source: Cho et al., 2014, https://arxiv.org/abs/1406.1078, in the form of PyTorch's GRUCell.
    """
    xp = array_namespace(h)
    x_r, x_z, x_n = _cut(gates_x, 3)
    u_r, u_z, u_n = _cut(gates_h, 3)
    r, z = sigmoid(x_r + u_r), sigmoid(x_z + u_z)
    n = xp.tanh(x_n + r * u_n)
    return n + z * (h - n), xp.concat((r, z, n), axis=-1)


def gru_cell_grad(grad: Array, activations: Array, gates_h: Array, h: Array) -> tuple[Array, Array, Array]:
    """Return the gradients of `gru_cell` for gates_x and gates_h (..., 3H), and for h (..., H).

    With d_n = grad * (1 - z) * (1 - n^2), d_r = d_n * u_n * r * (1 - r) and d_z = grad * (h - n) * z * (1 - z):
    d_gates_x = (d_r, d_z, d_n), d_gates_h = (d_r, d_z, d_n * r), d_h = grad * z.
    """
    xp = array_namespace(h)
    r, z, n = _cut(activations, 3)
    d_n = grad * (1 - z) * (1 - n * n)
    d_r = d_n * _cut(gates_h, 3)[2] * r * (1 - r)
    d_z = grad * (h - n) * z * (1 - z)
    return xp.concat((d_r, d_z, d_n), axis=-1), xp.concat((d_r, d_z, d_n * r), axis=-1), grad * z


def _cut(gates: Array, count: int) -> list[Array]:
    """Return the parts of equal size of the last axis."""
    size = gates.shape[-1] // count
    return [gates[..., number * size : (number + 1) * size] for number in range(count)]
