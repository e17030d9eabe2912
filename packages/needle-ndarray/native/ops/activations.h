// Activation functions, their gradients and dropout, in one pass over operands of any layout.
#pragma once
#include "core/array.h"
#include "cpu/activations.h"

namespace needle {

Array activation(ActivationOp function, const Array &x, double parameter);
// `grad` and the operand or result `a` broadcast together.
Array activation_grad(ActivationGradOp function, const Array &grad, const Array &a, double parameter);
// x / (1 - p) where `keep`, else 0; `keep` broadcasts to the shape of x.
Array dropout(const Array &x, const Array &keep, double p);

const char *name_of(ActivationOp function);
const char *name_of(ActivationGradOp function);

}  // namespace needle
