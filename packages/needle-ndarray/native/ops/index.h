// Reading and adding by integer arrays.
#pragma once
#include "core/array.h"

namespace needle {

// Elements of `axis` at `indices` (any integer dtype and shape, negative counts from the end): the shape of `indices`
// stands where `axis` was. Throws Error(Index) for an index out of range.
Array take(const Array &a, const Array &indices, int axis, const char *what);

// target[indices[i]] += source[i] for every i, repeated indices adding up: `source` has the shape of `indices` followed
// by that of the target's rows.
void index_add(const Array &target, const Array &indices, const Array &source);

}  // namespace needle
