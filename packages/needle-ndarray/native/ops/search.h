// Fronts of searching: where elements are not zero, and where values belong in a sorted array.
#pragma once
#include "core/array.h"
#include "ops/elementwise.h"
#include <vector>

namespace needle {

// One int64 array for each axis of `a`, which has at least one: the indices of what is not zero, in row-major order.
std::vector<Array> nonzero(const Array &a);

// How many elements over the axes (sorted, in [0, ndim)) are not zero; int64.
Array count_nonzero(const Array &a, const Dims &axes, bool keepdims);

// For each of `values` the position in `sorted` (of one axis, ascending, NaN last) before which it belongs: before
// equal elements, or after them where `right` says so. int64, in the shape of `values`.
Array searchsorted(const Array &sorted, const Value &values, bool right);

// For each of `a` whether (or with `invert`, whether not) an element of `b` equals it; a NaN equals nothing.
Array isin(const Value &a, const Value &b, bool invert);

}  // namespace needle
