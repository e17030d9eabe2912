// Sums of products.
#pragma once
#include "core/array.h"

namespace needle {

// Sum of a * b over `axes` (sorted, of the common shape), in the promoted dtype: integers wrap around, half floats are
// added in float32. `what` names the operation in errors; bool is refused.
Array sum_products(const Array &a, const Array &b, const Dims &axes, bool keepdims, const char *what);

// As the Array API standard's vecdot: the sum of products along one axis, which must be equally long in both operands,
// while the others broadcast. It is counted from the end; from the beginning only where both have equally many axes.
Array vecdot(const Array &a, const Array &b, int64_t axis);

}  // namespace needle
