// Reading and adding by integer arrays.
#pragma once
#include "core/array.h"

namespace needle {

// Elements of `axis` at `indices` (any integer dtype and shape, negative counts from the end): the shape of `indices`
// stands where `axis` was. Throws Error(Index) for an index out of range.
Array take(const Array &a, const Array &indices, int axis, const char *what);

// Adds values[..., i, ...] to target[..., indices[i], ...] in place for every i along `axis`; equal indices add up.
// `values` has the target's shape with `axis` replaced by the axes of `indices`.
void index_add(const Array &target, const Array &indices, const Array &values, int axis);

}  // namespace needle
