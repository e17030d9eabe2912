// Fronts of the elementwise operations: promote, broadcast, allocate, run the kernel.
#pragma once
#include "core/array.h"
#include "scalar/lists.h"

namespace needle {

// A Python or NumPy scalar: its kind takes part in promotion, its width does not.
struct Scalar {
    Kind kind;            // Bool, Float, Signed (an integer), or Unsigned (one that only uint64 holds)
    int64_t integer = 0;  // for Unsigned the bits of the uint64
    double real = 0;      // the same value, rounded
    bool huge = false;    // an integer that no dtype holds: only `real` says where it lies
};

// An array or a scalar.
struct Value {
    const Array *array = nullptr;
    Scalar scalar{};
    Value(const Array &array) : array(&array) {}
    Value(Scalar scalar) : scalar(scalar) {}
};

// The dtype that an operation on these operands computes in before its own domain is considered.
DType result_type(const Value &a, const Value &b);
// The dtype that `array op scalar` has: scalars are weak, but a float lifts integers to the default float.
DType weak_result(DType dtype, Kind scalar);
// The dtype of an array made of such a scalar alone.
DType default_dtype(Kind scalar);
// Writes the scalar as one element of `dtype`; throws Error(Overflow) where an integer dtype cannot hold it.
void store_scalar(const Scalar &scalar, DType dtype, void *to);

// With `out`, results are written there (same shape; a dtype of the same kind or wider) and a view of it is returned.
Array unary(UnaryOp op, const Array &a, const Array *out = nullptr);
Array binary(BinaryOp op, const Value &a, const Value &b, const Array *out = nullptr);
Array where(const Array &condition, const Value &a, const Value &b);
// Of booleans a dense array of 0 and 1, for others may write any byte through a view that they share, and all but 0 are
// true; anything else as it is.
Array truth_values(const Array &x);
// x limited to [low, high]; a limit that is null does not limit.
Array clip(const Array &x, const Value *low, const Value *high, const Array *out = nullptr);

// Refuses what in-place operations and out= never do: change or broadcast the target's shape, or give it a dtype of
// another kind; `what` names the operation.
void require_target(const Array &target, const Dims &shape, DType dtype, const char *what);

const char *name_of(UnaryOp op);
const char *name_of(BinaryOp op);

}  // namespace needle
