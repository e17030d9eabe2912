// The pointwise parts of recurrent cells.
#include "ops/recurrent.h"
#include "python/docs/recurrent.h"
#include "python/functions.h"

namespace needle::python {

using namespace nb::literals;

namespace {

template <class... Arrays> nb::object wrap_all(Arrays &&...arrays) {
    return nb::make_tuple(wrap(std::move(arrays))...);
}

nb::object call_lstm_cell(nb::handle gates_x, nb::handle gates_h, nb::handle c) {
    const char *what = "lstm_cell";
    const Array x = to_array(gates_x, what), hidden = to_array(gates_h, what), state = to_array(c, what);
    LstmCell result;
    {
        ReleaseGil release(x.size());
        result = lstm_cell(x, hidden, state);
    }
    return wrap_all(result.h, result.c_next, result.activations);
}

nb::object call_lstm_cell_grad(nb::handle grad_h, nb::handle grad_c, nb::handle activations, nb::handle c,
                               nb::handle c_next) {
    const char *what = "lstm_cell_grad";
    const Array dh = to_array(grad_h, what), dc = to_array(grad_c, what), saved = to_array(activations, what),
                before = to_array(c, what), next = to_array(c_next, what);
    LstmCellGradients result;
    {
        ReleaseGil release(saved.size());
        result = lstm_cell_grad(dh, dc, saved, before, next);
    }
    return wrap_all(result.d_gates, result.d_c);
}

nb::object call_gru_cell(nb::handle gates_x, nb::handle gates_h, nb::handle h) {
    const char *what = "gru_cell";
    const Array x = to_array(gates_x, what), hidden = to_array(gates_h, what), state = to_array(h, what);
    GruCell result;
    {
        ReleaseGil release(x.size());
        result = gru_cell(x, hidden, state);
    }
    return wrap_all(result.h_next, result.activations);
}

nb::object call_gru_cell_grad(nb::handle grad, nb::handle activations, nb::handle gates_h, nb::handle h) {
    const char *what = "gru_cell_grad";
    const Array dh = to_array(grad, what), saved = to_array(activations, what), hidden = to_array(gates_h, what),
                state = to_array(h, what);
    GruCellGradients result;
    {
        ReleaseGil release(saved.size());
        result = gru_cell_grad(dh, saved, hidden, state);
    }
    return wrap_all(result.d_gates_x, result.d_gates_h, result.d_h);
}

}  // namespace

void bind_recurrent(nb::module_ &m) {
    m.def("lstm_cell", &call_lstm_cell, "gates_x"_a, "gates_h"_a, "c"_a,
          nb::sig("def lstm_cell(gates_x: ArrayLike, gates_h: ArrayLike, c: ArrayLike) "
                  "-> tuple[NDArray, NDArray, NDArray]"),
          docs::lstm_cell);
    m.def("lstm_cell_grad", &call_lstm_cell_grad, "grad_h"_a, "grad_c"_a, "activations"_a, "c"_a, "c_next"_a,
          nb::sig("def lstm_cell_grad(grad_h: ArrayLike, grad_c: ArrayLike, activations: ArrayLike, c: ArrayLike, "
                  "c_next: ArrayLike) -> tuple[NDArray, NDArray]"),
          docs::lstm_cell_grad);
    m.def("gru_cell", &call_gru_cell, "gates_x"_a, "gates_h"_a, "h"_a,
          nb::sig("def gru_cell(gates_x: ArrayLike, gates_h: ArrayLike, h: ArrayLike) -> tuple[NDArray, NDArray]"),
          docs::gru_cell);
    m.def("gru_cell_grad", &call_gru_cell_grad, "grad"_a, "activations"_a, "gates_h"_a, "h"_a,
          nb::sig("def gru_cell_grad(grad: ArrayLike, activations: ArrayLike, gates_h: ArrayLike, h: ArrayLike) "
                  "-> tuple[NDArray, NDArray, NDArray]"),
          docs::gru_cell_grad);
}

}  // namespace needle::python
