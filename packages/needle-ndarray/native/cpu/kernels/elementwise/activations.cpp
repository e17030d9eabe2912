// The table of activation functions.
#include "cpu/activations.h"
#include "cpu/kernels/vectors/loops.h"
#include "scalar/activations.h"

namespace needle::cpu {
namespace {

#define X(name)                                                                                                        \
    struct name##_op {                                                                                                 \
        template <class V> static inline __attribute__((always_inline)) V apply(V a, V b) {                            \
            return scalar::name(a, b);                                                                                 \
        }                                                                                                              \
    };
NEEDLE_ACTIVATION_OPS(X)
#undef X
#define X(name)                                                                                                        \
    struct name##_op {                                                                                                 \
        template <class V> static inline __attribute__((always_inline)) V apply(V a, V b, V c) {                       \
            return scalar::name(a, b, c);                                                                              \
        }                                                                                                              \
    };
NEEDLE_ACTIVATION_GRAD_OPS(X)
#undef X

template <class T> void dropout(const void *a_, const bool *keep, double scale, void *out_, int64_t n) {
    auto a = static_cast<const T *>(a_);
    auto out = static_cast<T *>(out_);
    auto bytes = reinterpret_cast<const uint8_t *>(keep);  // which others may have written: all but 0 is true
    const T factor = T(scale);
#pragma GCC ivdep
    for (int64_t i = 0; i < n; ++i) out[i] = bytes[i] != 0 ? a[i] * factor : T(0);
}

}  // namespace

extern const ActivationKernels NEEDLE_CAT(activations_, NEEDLE_ISA);
const ActivationKernels NEEDLE_CAT(activations_, NEEDLE_ISA) = {{
#define X(name) {vector_binary<name##_op, float>, vector_binary<name##_op, double>},
                                                                    NEEDLE_ACTIVATION_OPS(X)
#undef X
                                                                },
                                                                {
#define X(name) {vector_ternary<name##_op, float>, vector_ternary<name##_op, double>},
                                                                    NEEDLE_ACTIVATION_GRAD_OPS(X)
#undef X
                                                                },
                                                                {dropout<float>, dropout<double>}};

}  // namespace needle::cpu
