#include "ops/recurrent.h"
#include "cpu/recurrent.h"
#include "cpu/rows.h"
#include "ops/floating.h"
#include <algorithm>

namespace needle {

namespace {

// What one step works on: rows of H numbers, as the state has them, and of some gates of H numbers each.
struct Step {
    const char *what;
    const Array &state;
    DType dtype, compute;
    int64_t hidden;

    Step(const char *what, const char *name, const Array &state, std::initializer_list<const Array *> arrays)
        : what(what), state(state), dtype(common_floating(arrays, what)), compute(arithmetic(dtype)) {
        if (state.ndim() == 0)
            fail(ErrorKind::Shape, std::string(what) + ": " + name + " has no axes; expected (..., H)");
        hidden = state.shape()[state.ndim() - 1];
    }

    Dims shape(int64_t gates) const {
        Dims shape = state.shape();
        shape[shape.size() - 1] *= gates;
        return shape;
    }
    // An operand as rows of contiguous numbers.
    Array operand(const Array &array, const char *name, int64_t gates) const {
        if (array.shape() != shape(gates))
            fail(ErrorKind::Shape, std::string(what) + ": " + name + " has shape " + array.shape().text() +
                                       "; with a state of shape " + state.shape().text() + " it must have " +
                                       shape(gates).text());
        const Array converted = astype(array, compute);
        return cpu::Rows(converted).are_contiguous() ? converted : copy(converted);
    }
    Array result(int64_t gates) const { return empty(shape(gates), compute, state.device()); }
    Array rounded(const Array &array) const { return astype(array, dtype); }

    const cpu::RecurrentLoops &loops() const { return cpu::kernels().recurrent->loops[compute == DType::Float64]; }

    // kernel(rows of the arrays) for every row.
    template <int count, class F> void for_each_row(const Array *const (&arrays)[count], F &&kernel) const {
        constexpr int64_t gates = 4;  // the work of an element beside that of others
        if (state.size() == 0) return;
        cpu::Rows rows[count];
        for (int i = 0; i < count; ++i) rows[i] = cpu::Rows(*arrays[i]);
        const int64_t total = rows[0].count(), per_task = std::max<int64_t>(1, task_elements / (gates * hidden));
        cpu::run_tasks((total + per_task - 1) / per_task, total * gates * hidden, [&](int64_t task) {
            for (int64_t row = task * per_task; row < std::min(total, (task + 1) * per_task); ++row) {
                char *at[count];
                for (int i = 0; i < count; ++i) at[i] = rows[i].row(row);
                kernel(at);
            }
        });
    }
};

}  // namespace

LstmCell lstm_cell(const Array &gates_x, const Array &gates_h, const Array &c) {
    const Step step("lstm_cell", "c", c, {&c, &gates_x, &gates_h});
    const Array x = step.operand(gates_x, "gates_x", 4), hidden = step.operand(gates_h, "gates_h", 4),
                before = step.operand(c, "c", 1), h = step.result(1), next = step.result(1), saved = step.result(4);
    step.for_each_row({&x, &hidden, &before, &h, &next, &saved}, [&](char *const *at) {
        step.loops().lstm(at[0], at[1], at[2], at[3], at[4], at[5], step.hidden);
    });
    return {step.rounded(h), step.rounded(next), step.rounded(saved)};
}

LstmCellGradients lstm_cell_grad(const Array &grad_h, const Array &grad_c, const Array &activations, const Array &c,
                                 const Array &c_next) {
    const Step step("lstm_cell_grad", "c", c, {&c, &grad_h, &grad_c, &activations, &c_next});
    const Array dh = step.operand(grad_h, "grad_h", 1), dc = step.operand(grad_c, "grad_c", 1),
                saved = step.operand(activations, "activations", 4), before = step.operand(c, "c", 1),
                next = step.operand(c_next, "c_next", 1), d_gates = step.result(4), d_before = step.result(1);
    step.for_each_row({&dh, &dc, &saved, &before, &next, &d_gates, &d_before}, [&](char *const *at) {
        step.loops().lstm_grad(at[0], at[1], at[2], at[3], at[4], at[5], at[6], step.hidden);
    });
    return {step.rounded(d_gates), step.rounded(d_before)};
}

GruCell gru_cell(const Array &gates_x, const Array &gates_h, const Array &h) {
    const Step step("gru_cell", "h", h, {&h, &gates_x, &gates_h});
    const Array x = step.operand(gates_x, "gates_x", 3), hidden = step.operand(gates_h, "gates_h", 3),
                before = step.operand(h, "h", 1), next = step.result(1), saved = step.result(3);
    step.for_each_row({&x, &hidden, &before, &next, &saved},
                      [&](char *const *at) { step.loops().gru(at[0], at[1], at[2], at[3], at[4], step.hidden); });
    return {step.rounded(next), step.rounded(saved)};
}

GruCellGradients gru_cell_grad(const Array &grad, const Array &activations, const Array &gates_h, const Array &h) {
    const Step step("gru_cell_grad", "h", h, {&h, &grad, &activations, &gates_h});
    const Array dh = step.operand(grad, "grad", 1), saved = step.operand(activations, "activations", 3),
                hidden = step.operand(gates_h, "gates_h", 3), before = step.operand(h, "h", 1), d_x = step.result(3),
                d_hidden = step.result(3), d_before = step.result(1);
    step.for_each_row({&dh, &saved, &hidden, &before, &d_x, &d_hidden, &d_before}, [&](char *const *at) {
        step.loops().gru_grad(at[0], at[1], at[2], at[3], at[4], at[5], at[6], step.hidden);
    });
    return {step.rounded(d_x), step.rounded(d_hidden), step.rounded(d_before)};
}

}  // namespace needle
