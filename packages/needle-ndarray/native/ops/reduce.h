// Fronts of the reductions.
#pragma once
#include "core/array.h"
#include "scalar/lists.h"
#include <optional>

namespace needle {

// Folds `axes` (sorted, in [0, ndim)) away. Integers sum and multiply as int64 or uint64, unless a dtype is given; any
// and all give bool; max and min of nothing throw Error(Value). Sums are taken in a fixed tree of partial sums,
// whatever the number of threads. All but argmax and argmin write to `out` where it is given, and return it.
Array reduce(ReduceOp op, const Array &a, const Dims &axes, bool keepdims, std::optional<DType> dtype = std::nullopt,
             const Array *out = nullptr);
// Of integers and bool in the default float.
Array mean(const Array &a, const Dims &axes, bool keepdims, const Array *out = nullptr);
// The mean squared distance from the mean, where the number of elements is reduced by `correction` for it, or with
// `root` its square root. NaN where that number is not positive.
Array variance(const Array &a, const Dims &axes, double correction, bool root, bool keepdims,
               const Array *out = nullptr);
// int64 index of the first largest (smallest) element along `axis`; a NaN counts as the largest (smallest).
Array argmax(const Array &a, int axis, bool keepdims);
Array argmin(const Array &a, int axis, bool keepdims);

// In which dtype a reduction of elements of `dtype` folds, in which it goes on (the division of a mean), and what its
// result has.
struct ReductionPlan {
    DType accumulate, within, result;
};
ReductionPlan plan_of(ReduceOp op, DType dtype);
ReductionPlan plan_of_mean(DType dtype);
// A result rounded to its dtype, and stored where the caller wants it.
Array deliver(const Array &result, DType dtype, const Array *out);

const char *name_of(ReduceOp op);
// The dtype that sums and products of this one have: integers become int64 or uint64.
DType accumulated(DType dtype);

// The shape without the axes, which are sorted, or with size 1 in their place.
Dims reduced_shape(const Dims &shape, const Dims &axes, bool keepdims);

}  // namespace needle
