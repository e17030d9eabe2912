// Masks: where they are true, and the elements of an array that stand under them.
#pragma once
#include "core/array.h"
#include "ops/elementwise.h"

namespace needle {

// ---- Of a mask of any layout, in row-major order

// For each true element the sum of its index times `strides`: shape (count,), int64. With the mask's own contiguous
// strides that is its position.
Array true_offsets(const Array &mask, const Dims &strides);

// ---- A dense array and a mask of its shape

Array compress(const Array &a, const Array &mask);
void fill_masked(const Array &target, const Array &mask, const Scalar &value);
// values: dense, of the target's dtype, one for each true element; else nothing is written and false is returned.
bool assign_masked(const Array &target, const Array &mask, const Array &values);

}  // namespace needle
