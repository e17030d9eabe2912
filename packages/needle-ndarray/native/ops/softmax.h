// Softmax, its logarithm, the logarithm of a sum of exponentials, and their gradients. Integers count as the default
// float; float16 and bfloat16 are computed in float32 and rounded once.
#pragma once
#include "core/array.h"

namespace needle {

// `axis` is in [0, ndim).
Array softmax(const Array &x, int axis);
Array log_softmax(const Array &x, int axis);
// From the result y; `grad` broadcasts to its shape.
Array softmax_grad(const Array &grad, const Array &y, int axis);
Array log_softmax_grad(const Array &grad, const Array &y, int axis);

// `axes` are sorted and in [0, ndim). -infinity for sums of nothing.
Array logsumexp(const Array &x, const Dims &axes, bool keepdims);
// grad and y have the shape of the result, with the axes kept or dropped.
Array logsumexp_grad(const Array &grad, const Array &x, const Array &y, const Dims &axes);

}  // namespace needle
