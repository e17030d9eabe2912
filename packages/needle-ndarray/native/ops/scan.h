// Fronts of the running sums and products.
#pragma once
#include "core/array.h"
#include <optional>

namespace needle {

// Sums (or products) of the elements up to each one along an axis; integers in int64 or uint64, unless a dtype is
// given. With `initial`, the axis is longer by one, and begins with 0 (or 1).
Array cumulate(bool product, const Array &a, int axis, std::optional<DType> dtype, bool initial);

}  // namespace needle
