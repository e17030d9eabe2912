// Steps of optimizers, in place. All operands have the parameter's shape and dtype, a floating one, and any layout;
// what is written must be writable, and no two of it may share memory. A buffer that is not needed is null.
#pragma once
#include "core/array.h"
#include "cpu/optimizers.h"

namespace needle {

void sgd_step(const Array &param, const Array &grad, const Array *buffer, const cpu::SgdStep &step);
void adam_step(const Array &param, const Array &grad, const Array &m, const Array &v, const cpu::AdamStep &step);
void rmsprop_step(const Array &param, const Array &grad, const Array &average, const Array *buffer,
                  const cpu::RmspropStep &step);

}  // namespace needle
