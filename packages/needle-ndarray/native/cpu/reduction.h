// How the CPU folds axes away: along rows or side by side, in pieces that depend on the shape only.
#pragma once
#include "core/array.h"
#include "scalar/lists.h"

namespace needle::cpu {

// Of a long reduction, each folded to one partial result.
constexpr int64_t piece_elements = 16384;

// Folds `axes` (sorted, not empty of elements) of `in` into `out`, which is row-major, has an element for every index
// of the other axes, and has the dtype that is accumulated in. With `centres`, which are like `out` (floats), the
// squares of the elements' distances from the result's centre are folded instead of the elements.
void reduce(ReduceOp op, const Array &in, const Dims &axes, const Array &out, const Array *centres = nullptr);

// Index of the first largest (smallest) element along `axis`, which is not empty, into the row-major int64 array `out`.
void arg_reduce(bool largest, const Array &in, int axis, const Array &out);

}  // namespace needle::cpu
