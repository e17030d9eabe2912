// How the elementwise operations compute: which dtypes their operands are converted to, which loop runs, and what comes
// out. The operations themselves and the programs made of them follow the same plans.
#pragma once
#include "cpu/kernels.h"
#include "ops/elementwise.h"
#include <optional>

namespace needle {

template <class Loop> struct Plan {
    Loop loop;
    DType operands;  // what scalars are rounded to
    DType compute;   // what the loop sees
    DType raw;       // what the loop gives
    DType result;
};

// `dtype` is the operand's. Both throw Error(DType) where the operation has no loop.
Plan<cpu::UnaryLoop> plan_of(UnaryOp op, DType dtype);
// `promoted` is the dtype that the operands promote to.
Plan<cpu::BinaryLoop> plan_of(BinaryOp op, DType promoted);
// `promoted` is that of the array and both limits.
Plan<cpu::ClipLoop> plan_of_clip(DType promoted);

// What a comparison of any element of `dtype` with this integer gives where the integer is out of the dtype's range.
std::optional<bool> settled_comparison(BinaryOp op, DType dtype, const Scalar &scalar, bool scalar_first);

// A limit as the loop takes it: an integer beyond the dtype on its own side limits nothing.
Scalar usable_limit(const Scalar &limit, bool low, DType dtype);

}  // namespace needle
