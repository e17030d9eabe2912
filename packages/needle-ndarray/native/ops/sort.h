// Fronts of sorting. A NaN counts as larger than every number, both zeros are equal, and equal elements keep their
// order.
#pragma once
#include "core/array.h"

namespace needle {

Array sort(const Array &a, int axis, bool descending);
// int64 indices along the axis that sort it.
Array argsort(const Array &a, int axis, bool descending);

}  // namespace needle
