// The loops of activation functions, of their gradients and of dropout, for float and double.
#pragma once
#include "cpu/kernels.h"

// X(name): functions of an element and a parameter.
#define NEEDLE_ACTIVATION_OPS(X)                                                                                       \
    X(relu)                                                                                                            \
    X(gelu)                                                                                                            \
    X(gelu_tanh)                                                                                                       \
    X(silu)                                                                                                            \
    X(softplus)                                                                                                        \
    X(leaky_relu)                                                                                                      \
    X(elu)
// X(name): functions of a gradient, the operand or the result, and a parameter.
#define NEEDLE_ACTIVATION_GRAD_OPS(X)                                                                                  \
    X(relu_grad)                                                                                                       \
    X(sigmoid_grad)                                                                                                    \
    X(tanh_grad)                                                                                                       \
    X(gelu_grad)                                                                                                       \
    X(gelu_tanh_grad)                                                                                                  \
    X(silu_grad)                                                                                                       \
    X(softplus_grad)                                                                                                   \
    X(leaky_relu_grad)                                                                                                 \
    X(elu_grad)

namespace needle {

enum class ActivationOp {
#define X(name) name,
    NEEDLE_ACTIVATION_OPS(X)
#undef X
};
enum class ActivationGradOp {
#define X(name) name,
    NEEDLE_ACTIVATION_GRAD_OPS(X)
#undef X
};

namespace cpu {

#define X(name) +1
constexpr int activation_count = 0 NEEDLE_ACTIVATION_OPS(X), activation_grad_count = 0 NEEDLE_ACTIVATION_GRAD_OPS(X);
#undef X

// out = a * scale where `keep`, else 0.
using DropoutLoop = void (*)(const void *a, const bool *keep, double scale, void *out, int64_t n);
using GradLoop = void (*)(const void *a, int64_t a_step, const void *b, int64_t b_step, const void *c, int64_t c_step,
                          void *out, int64_t n);

struct ActivationKernels {
    BinaryLoop activation[activation_count][2];  // of float and double
    GradLoop grad[activation_grad_count][2];
    DropoutLoop dropout[2];
};

}  // namespace cpu
}  // namespace needle
