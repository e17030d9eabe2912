// The pointwise kernels of recurrent cells: each works on one row, of float or double. A row of gates holds n numbers
// for each gate, one gate after the other.
#pragma once
#include <cstdint>

namespace needle::cpu {

struct RecurrentLoops {
    // Gates in the order i, f, g, o.
    void (*lstm)(const void *gates_x, const void *gates_h, const void *c, void *h, void *c_next, void *activations,
                 int64_t n);
    void (*lstm_grad)(const void *grad_h, const void *grad_c, const void *activations, const void *c,
                      const void *c_next, void *d_gates, void *d_c, int64_t n);
    // Gates in the order r, z, n.
    void (*gru)(const void *gates_x, const void *gates_h, const void *h, void *h_next, void *activations, int64_t n);
    void (*gru_grad)(const void *grad, const void *activations, const void *gates_h, const void *h, void *d_gates_x,
                     void *d_gates_h, void *d_h, int64_t n);
};

struct RecurrentKernels {
    RecurrentLoops loops[2];  // of float and double
};

}  // namespace needle::cpu
