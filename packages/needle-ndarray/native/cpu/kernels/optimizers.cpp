// Steps of optimizers. Numbers are rounded to the parameters' type once, after what is computed of them alone.
#include "cpu/optimizers.h"
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/vectors.h"

namespace needle::cpu {
namespace {

// The gradient of the loss and of the penalty.
template <class T> NEEDLE_INLINE Vector<T> penalized(Vector<T> grad, Vector<T> param, T weight_decay) {
    return weight_decay == T(0) ? grad : grad + param * weight_decay;
}

template <class T> void sgd(void *param_, const void *grad_, void *buffer_, int64_t n, const SgdStep &step) {
    auto param = static_cast<T *>(param_), buffer = static_cast<T *>(buffer_);
    auto grad = static_cast<const T *>(grad_);
    const T lr = T(step.lr), momentum = T(step.momentum), share = T(1 - step.dampening), decay = T(step.weight_decay);
    if (!buffer)
        return for_each_vector<T>(n, [&](int64_t i, auto part) {
            const Vector<T> w = part.load(param + i, T(0));
            part.store(param + i, w - penalized(part.load(grad + i, T(0)), w, decay) * lr);
        });
    for_each_vector<T>(n, [&](int64_t i, auto part) {
        const Vector<T> w = part.load(param + i, T(0)), g = penalized(part.load(grad + i, T(0)), w, decay);
        const Vector<T> update = part.load(buffer + i, T(0)) * momentum + g * share;
        part.store(buffer + i, update);
        part.store(param + i, w - update * lr);
    });
}

template <class T> void adam(void *param_, const void *grad_, void *m_, void *v_, int64_t n, const AdamStep &step) {
    auto param = static_cast<T *>(param_), m = static_cast<T *>(m_), v = static_cast<T *>(v_);
    auto grad = static_cast<const T *>(grad_);
    const double power = static_cast<double>(step.step);
    const T rate = T(step.lr / (1 - __builtin_pow(step.beta1, power))),
            correction = T(1 / (1 - __builtin_pow(step.beta2, power)));
    const T beta1 = T(step.beta1), rest1 = T(1 - step.beta1), beta2 = T(step.beta2), rest2 = T(1 - step.beta2);
    const T eps = T(step.eps), decay = step.decoupled ? T(0) : T(step.weight_decay);
    const T kept = step.decoupled ? T(1 - step.lr * step.weight_decay) : T(1);
    for_each_vector<T>(n, [&](int64_t i, auto part) {
        const Vector<T> w = part.load(param + i, T(0)), g = penalized(part.load(grad + i, T(0)), w, decay);
        const Vector<T> mean = part.load(m + i, T(0)) * beta1 + g * rest1;
        const Vector<T> square = part.load(v + i, T(0)) * beta2 + g * g * rest2;
        part.store(m + i, mean);
        part.store(v + i, square);
        part.store(param + i, w * kept - mean * rate / (scalar::square_root(square * correction) + eps));
    });
}

template <class T>
void rmsprop(void *param_, const void *grad_, void *average_, void *buffer_, int64_t n, const RmspropStep &step) {
    auto param = static_cast<T *>(param_), average = static_cast<T *>(average_), buffer = static_cast<T *>(buffer_);
    auto grad = static_cast<const T *>(grad_);
    const T lr = T(step.lr), alpha = T(step.alpha), rest = T(1 - step.alpha), eps = T(step.eps),
            momentum = T(step.momentum), decay = T(step.weight_decay);
    for_each_vector<T>(n, [&](int64_t i, auto part) {
        const Vector<T> w = part.load(param + i, T(0)), g = penalized(part.load(grad + i, T(0)), w, decay);
        const Vector<T> square = part.load(average + i, T(0)) * alpha + g * g * rest;
        part.store(average + i, square);
        Vector<T> update = g / (scalar::square_root(square) + eps);
        if (buffer) {
            update = part.load(buffer + i, T(0)) * momentum + update;
            part.store(buffer + i, update);
        }
        part.store(param + i, w - update * lr);
    });
}

template <class T> constexpr OptimizerLoops loops_of = {sgd<T>, adam<T>, rmsprop<T>};

}  // namespace

extern const OptimizerKernels NEEDLE_CAT(optimizers_, NEEDLE_ISA);
const OptimizerKernels NEEDLE_CAT(optimizers_, NEEDLE_ISA) = {{loops_of<float>, loops_of<double>}};

}  // namespace needle::cpu
