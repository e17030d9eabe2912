// The steps of optimizers: one pass over n elements of contiguous float or double operands, written in place.
#pragma once
#include <cstdint>

namespace needle::cpu {

struct SgdStep {
    double lr, momentum, dampening, weight_decay;
};
struct AdamStep {
    double lr, beta1, beta2, eps, weight_decay;
    int64_t step;
    bool decoupled;
};
struct RmspropStep {
    double lr, alpha, eps, momentum, weight_decay;
};

struct OptimizerLoops {
    void (*sgd)(void *param, const void *grad, void *buffer, int64_t n, const SgdStep &step);  // buffer may be null
    void (*adam)(void *param, const void *grad, void *m, void *v, int64_t n, const AdamStep &step);
    // buffer may be null
    void (*rmsprop)(void *param, const void *grad, void *average, void *buffer, int64_t n, const RmspropStep &step);
};

struct OptimizerKernels {
    OptimizerLoops loops[2];  // of float and double
};

}  // namespace needle::cpu
