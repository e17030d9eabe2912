// Fronts of the reductions.
#pragma once
#include "core/array.h"
#include "scalar/lists.h"

namespace needle {

// Folds `axes` (sorted, in [0, ndim)) away. Integers sum and multiply as int64 or uint64, float16 and bfloat16 as
// float32, rounded once; any and all give bool; max and min of nothing throw Error(Value). Sums are taken in a fixed
// tree of partial sums, whatever the number of threads.
Array reduce(ReduceOp op, const Array &a, const Dims &axes, bool keepdims);
// Of integers and bool in the default float.
Array mean(const Array &a, const Dims &axes, bool keepdims);
// int64 index of the first largest (smallest) element along `axis`; a NaN counts as the largest (smallest).
Array argmax(const Array &a, int axis, bool keepdims);
Array argmin(const Array &a, int axis, bool keepdims);

const char *name_of(ReduceOp op);

}  // namespace needle
