#include "ops/reduce.h"
#include "cpu/reduction.h"
#include "ops/copy.h"

namespace needle {

namespace {

#define X(name, domain) #name,
constexpr const char *reduce_names[] = {NEEDLE_REDUCE_OPS(X)};
#undef X

// The dtype of the result; sums and their like are taken in arithmetic() of it.
DType accumulator(ReduceOp op, DType dtype) {
    switch (op) {
    case ReduceOp::any:
    case ReduceOp::all:
        return DType::Bool;
    case ReduceOp::max:
    case ReduceOp::min:
        return dtype;
    default:
        break;
    }
    switch (kind_of(dtype)) {
    case Kind::Float:
        return dtype;
    case Kind::Unsigned:
        return DType::UInt64;
    default:
        return DType::Int64;
    }
}

Dims reduced_shape(const Dims &shape, const Dims &axes, bool keepdims) {
    Dims out(keepdims ? shape.size() : shape.size() - axes.size(), 1);
    int next = 0, to = 0;
    for (int axis = 0; axis < shape.size(); ++axis) {
        bool folded = next < axes.size() && axes[next] == axis;
        next += folded;
        if (!folded) out[to++] = shape[axis];
        else if (keepdims) ++to;
    }
    return out;
}

Array arg_reduce(bool largest, const Array &a, int axis, bool keepdims) {
    const char *name = largest ? "argmax" : "argmin";
    require_cpu(a, name);
    if (a.shape()[axis] == 0)
        fail(ErrorKind::Value, std::string(name) + ": axis " + std::to_string(axis) + " of shape " + a.shape().text() +
                                   " is empty and has no such element");
    Array out = empty(reduced_shape(a.shape(), Dims{axis}, keepdims), DType::Int64, a.device());
    if (out.size() > 0) cpu::arg_reduce(largest, astype(a, arithmetic(a.dtype)), axis, out);
    return out;
}

// The reduction before it is rounded to the dtype of its result.
Array fold(ReduceOp op, const Array &a, const Dims &axes, bool keepdims) {
    const char *name = name_of(op);
    require_cpu(a, name);
    DType dtype = arithmetic(accumulator(op, a.dtype));
    Dims shape = reduced_shape(a.shape(), axes, keepdims);
    bool nothing = false;
    for (int64_t axis : axes) nothing |= a.shape()[static_cast<int>(axis)] == 0;
    if (nothing) {
        if (op == ReduceOp::max || op == ReduceOp::min) {
            if (element_count(shape) == 0) return empty(shape, dtype, a.device());
            fail(ErrorKind::Value, std::string(name) + ": the reduced axes of shape " + a.shape().text() +
                                       " are empty, and " + name + " of nothing is not defined");
        }
        int64_t identity = op == ReduceOp::prod || op == ReduceOp::all ? 1 : 0;
        return full(shape, Scalar{Kind::Signed, identity, static_cast<double>(identity)}, dtype, a.device());
    }
    Array out = empty(shape, dtype, a.device());
    if (out.size() > 0) cpu::reduce(op, a, axes, out);
    return out;
}

}  // namespace

const char *name_of(ReduceOp op) { return reduce_names[static_cast<int>(op)]; }

Array reduce(ReduceOp op, const Array &a, const Dims &axes, bool keepdims) {
    return astype(fold(op, a, axes, keepdims), accumulator(op, a.dtype));
}

Array mean(const Array &a, const Dims &axes, bool keepdims) {
    Array total = fold(ReduceOp::sum, a, axes, keepdims);
    int64_t count = 1;
    for (int64_t axis : axes) count *= a.shape()[static_cast<int>(axis)];
    Scalar divisor{Kind::Float, count, static_cast<double>(count)};
    if (is_float(a.dtype)) return astype(binary(BinaryOp::divide, total, divisor, &total), a.dtype);
    return astype(binary(BinaryOp::divide, astype(total, DType::Float64), divisor), default_float);
}

Array argmax(const Array &a, int axis, bool keepdims) { return arg_reduce(true, a, axis, keepdims); }

Array argmin(const Array &a, int axis, bool keepdims) { return arg_reduce(false, a, axis, keepdims); }

}  // namespace needle
