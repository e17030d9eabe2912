// Running sums and products along an axis.
#pragma once
#include "core/array.h"

namespace needle::cpu {

// Running sums (or products) of `in` along `axis` into `out`, which has its shape and a numeric dtype; all axes of
// `out` but this one are row-major and dense among themselves.
void scan(bool product, const Array &in, int axis, const Array &out);

}  // namespace needle::cpu
