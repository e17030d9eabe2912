// Fronts of scaled dot-product attention and its gradient.
#pragma once
#include "core/array.h"

namespace needle {

struct AttentionOptions {
    const Array *mask = nullptr;  // booleans (true: may attend), or floats that are added to the scores
    bool causal = false;
    const double *scale = nullptr;  // null: 1 / sqrt(D)
};

struct Attention {
    Array out, log_sums;
};
// q (..., T, D), k (..., S, D), v (..., S, E) to out (..., T, E) and the logarithms (..., T) of the sums that the
// softmax divides by; the axes in front broadcast.
Attention attention(const Array &q, const Array &k, const Array &v, const AttentionOptions &options);

struct AttentionGradients {
    Array dq, dk, dv;  // of the shapes of q, k and v
};
AttentionGradients attention_grad(const Array &grad, const Array &q, const Array &k, const Array &v, const Array &out,
                                  const Array &log_sums, const AttentionOptions &options);

}  // namespace needle
