// How the CPU sorts rows: NaN counts as larger than every number, both zeros are equal, equal elements keep their
// order.
#pragma once
#include "core/array.h"

namespace needle::cpu {

// Sorts `in` along its last axis into `out`, which is row-major and has its shape and dtype.
void sort(const Array &in, bool descending, const Array &out);

// The indices along the last axis that sort it, into `out`, which is row-major, int64 and of the shape of `in`.
void argsort(const Array &in, bool descending, const Array &out);

}  // namespace needle::cpu
