// The matrix product, and the layer that is one with a bias and an activation.
#pragma once
#include "core/activation.h"
#include "core/array.h"

namespace needle {

// As the Array API standard's matmul: (..., m, k) @ (..., k, n) -> (..., m, n) with the leading axes broadcast; an
// operand with one axis is a row on the left and a column on the right, and its axis is not in the result. Floats of
// any strides are read in place. Integers wrap around; bool is refused. float16 and bfloat16 are multiplied and summed
// as float32 and rounded once.
Array matmul(const Array &a, const Array &b);
// activation(x @ weight + bias) for x (..., in), weight (in, out) and bias (out,), (1, out) or null. Integers count as
// the default float.
Array linear(const Array &x, const Array &weight, const Array *bias, Activation activation);

}  // namespace needle
