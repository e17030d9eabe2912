// Fronts of the pointwise parts of recurrent cells.
#pragma once
#include "core/array.h"

namespace needle {

struct LstmCell {
    Array h, c_next, activations;  // (..., H), (..., H), (..., 4H)
};
LstmCell lstm_cell(const Array &gates_x, const Array &gates_h, const Array &c);

struct LstmCellGradients {
    Array d_gates, d_c;
};
LstmCellGradients lstm_cell_grad(const Array &grad_h, const Array &grad_c, const Array &activations, const Array &c,
                                 const Array &c_next);

struct GruCell {
    Array h_next, activations;  // (..., H), (..., 3H)
};
GruCell gru_cell(const Array &gates_x, const Array &gates_h, const Array &h);

struct GruCellGradients {
    Array d_gates_x, d_gates_h, d_h;
};
GruCellGradients gru_cell_grad(const Array &grad, const Array &activations, const Array &gates_h, const Array &h);

}  // namespace needle
