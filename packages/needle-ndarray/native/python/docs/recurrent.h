// What help() says about recurrent cells; the examples run as doctests.
#pragma once

namespace needle::python::docs {

constexpr const char *lstm_cell = R"(What an LSTM cell does after its two matrix products.

With a = gates_x + gates_h, cut into a_i, a_f, a_g, a_o: i = sigmoid(a_i), f = sigmoid(a_f), g = tanh(a_g),
o = sigmoid(a_o), c_next = f * c + i * g, h = o * tanh(c_next).

Args:
    gates_x: The product with the input, (..., 4H), in the order i, f, g, o; with the bias, where there is one.
    gates_h: The product with the hidden state, (..., 4H).
    c: The cell state, (..., H).

Returns:
    h and c_next, (..., H), and the activations i, f, g, o in one array, (..., 4H), which the gradient wants.

Raises:
    ShapeError: The shapes do not fit.

Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; with forget gate: Gers, Schmidhuber and Cummins,
2000.

Example:
    >>> import needle_ndarray as nd
    >>> h, c_next, _ = nd.kernels.lstm_cell(nd.zeros((2, 4)), nd.zeros((2, 4)), nd.ones((2, 1)))
    >>> c_next
    array([[0.5],
           [0.5]])
)";

constexpr const char *lstm_cell_grad = R"(Gradients of lstm_cell.

With t = tanh(c_next) and d = grad_c + grad_h * o * (1 - t^2): d_gates = (d * g * i * (1 - i), d * c * f * (1 - f),
d * i * (1 - g^2), grad_h * t * o * (1 - o)), d_c = d * f.

Args:
    grad_h: The gradient of h, (..., H).
    grad_c: The gradient of c_next, (..., H).
    activations: The third result of lstm_cell, (..., 4H).
    c: The cell state, (..., H).
    c_next: The second result of lstm_cell, (..., H).

Returns:
    d_gates, (..., 4H), the gradient of gates_x and of gates_h; and the gradient of c, (..., H).

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> gates, c = nd.zeros((2, 4)), nd.ones((2, 1))
    >>> h, c_next, activations = nd.kernels.lstm_cell(gates, gates, c)
    >>> d_gates, d_c = nd.kernels.lstm_cell_grad(nd.zeros_like(h), nd.ones_like(c), activations, c, c_next)
    >>> d_c
    array([[0.5],
           [0.5]])
)";

constexpr const char *gru_cell = R"(What a GRU cell does after its two matrix products, with the reset gate after them.

With x and u, the parts of gates_x and gates_h for r, z and n: r = sigmoid(x_r + u_r), z = sigmoid(x_z + u_z),
n = tanh(x_n + r * u_n), h_next = (1 - z) * n + z * h.

Args:
    gates_x: The product with the input, (..., 3H), in the order r, z, n; with its bias, where there is one.
    gates_h: The product with the hidden state, (..., 3H); with its bias, where there is one.
    h: The hidden state, (..., H).

Returns:
    h_next, (..., H), and the activations r, z, n in one array, (..., 3H), which the gradient wants.

Raises:
    ShapeError: The shapes do not fit.

Source: Cho et al., "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine Translation",
2014, https://arxiv.org/abs/1406.1078, in the form of PyTorch's GRUCell.

Example:
    >>> import needle_ndarray as nd
    >>> h_next, _ = nd.kernels.gru_cell(nd.zeros((2, 3)), nd.zeros((2, 3)), nd.ones((2, 1)))
    >>> h_next
    array([[0.5],
           [0.5]])
)";

constexpr const char *gru_cell_grad = R"(Gradients of gru_cell.

With d_n = grad * (1 - z) * (1 - n^2), d_r = d_n * u_n * r * (1 - r) and d_z = grad * (h - n) * z * (1 - z):
d_gates_x = (d_r, d_z, d_n), d_gates_h = (d_r, d_z, d_n * r), d_h = grad * z.

Args:
    grad: The gradient of h_next, (..., H).
    activations: The second result of gru_cell, (..., 3H).
    gates_h: As given to gru_cell, (..., 3H).
    h: The hidden state, (..., H).

Returns:
    The gradients of gates_x and gates_h, (..., 3H), and of h, (..., H), without what comes to h through gates_h.

Raises:
    ShapeError: The shapes do not fit.

Example:
    >>> import needle_ndarray as nd
    >>> gates, h = nd.zeros((2, 3)), nd.ones((2, 1))
    >>> h_next, activations = nd.kernels.gru_cell(gates, gates, h)
    >>> _, _, d_h = nd.kernels.gru_cell_grad(nd.ones_like(h), activations, gates, h)
    >>> d_h
    array([[0.5],
           [0.5]])
)";

}  // namespace needle::python::docs
