#include "ops/reduce.h"
#include "cpu/reduction.h"
#include "ops/copy.h"
#include <cmath>

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
        return accumulated(dtype);
    }
}

}  // namespace

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

namespace {

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

bool is_empty(const Array &a, const Dims &axes) {
    for (int64_t axis : axes)
        if (a.shape()[static_cast<int>(axis)] == 0) return true;
    return false;
}

// How many elements make one result.
int64_t folded_count(const Array &a, const Dims &axes) {
    int64_t count = 1;
    for (int64_t axis : axes) count *= a.shape()[static_cast<int>(axis)];
    return count;
}

// The reduction in `dtype`, which kernels compute in: written to `out` where that can be done without a copy.
Array fold(ReduceOp op, const Array &a, const Dims &axes, bool keepdims, DType dtype, const Array *out = nullptr) {
    const char *name = name_of(op);
    require_cpu(a, name);
    Dims shape = reduced_shape(a.shape(), axes, keepdims);
    if (is_empty(a, axes)) {
        if (op == ReduceOp::max || op == ReduceOp::min) {
            if (element_count(shape) == 0) return empty(shape, dtype, a.device());
            fail(ErrorKind::Value, std::string(name) + ": the reduced axes of shape " + a.shape().text() +
                                       " are empty, and " + name + " of nothing is not defined");
        }
        int64_t identity = op == ReduceOp::prod || op == ReduceOp::all ? 1 : 0;
        return full(shape, Scalar{Kind::Signed, identity, static_cast<double>(identity)}, dtype, a.device());
    }
    const bool direct = out && out->dtype == dtype && is_contiguous(out->layout) && !may_overlap(*out, a);
    Array result = direct ? *out : empty(shape, dtype, a.device());
    if (result.size() == 0) return result;
    // Axes of size 1 only: a copy is all, and a row of one element each would take long. Truth values are made of any
    // bytes, which a copy would keep.
    if (folded_count(a, axes) == 1 && dtype != DType::Bool) assign(result.view(*reshape(result.layout, a.shape())), a);
    else cpu::reduce(op, a, axes, result);
    return result;
}

// Refuses what the result cannot be stored in before any work is done.
void check_output(const char *name, const Array &a, const Dims &axes, bool keepdims, DType dtype, const Array *out) {
    if (out) require_target(*out, reduced_shape(a.shape(), axes, keepdims), dtype, name);
}

// Means in plan.within.
Array fold_mean(const Array &a, const Dims &axes, bool keepdims, const ReductionPlan &plan) {
    const int64_t count = folded_count(a, axes);
    Array total = astype(fold(ReduceOp::sum, a, axes, keepdims, plan.accumulate), plan.within);
    return binary(BinaryOp::divide, total, Scalar{Kind::Float, count, static_cast<double>(count)}, &total);
}

// The dtypes of a mean in `within`. Sums of narrow integers are exact in 64 bits; wider ones could overflow there.
ReductionPlan mean_within(DType dtype, DType within, DType result) {
    const bool exact = is_integer(dtype) && itemsize(dtype) < 8;
    return {exact ? accumulated(dtype) : within, within, result};
}

}  // namespace

ReductionPlan plan_of(ReduceOp op, DType dtype) {
    const DType result = accumulator(op, dtype);
    return {arithmetic(result), arithmetic(result), result};
}

ReductionPlan plan_of_mean(DType dtype) {
    if (is_float(dtype)) return mean_within(dtype, arithmetic(dtype), dtype);
    return mean_within(dtype, DType::Float64, default_float);
}

Array deliver(const Array &result, DType dtype, const Array *out) {
    if (!out) return astype(result, dtype);
    assign(*out, is_storage(dtype) ? astype(result, dtype) : result);  // where it is stored must not change it
    return *out;
}

const char *name_of(ReduceOp op) { return reduce_names[static_cast<int>(op)]; }

DType accumulated(DType dtype) {
    switch (kind_of(dtype)) {
    case Kind::Float:
        return dtype;
    case Kind::Unsigned:
        return DType::UInt64;
    default:
        return DType::Int64;
    }
}

Array reduce(ReduceOp op, const Array &a, const Dims &axes, bool keepdims, std::optional<DType> dtype,
             const Array *out) {
    const DType result = dtype ? *dtype : accumulator(op, a.dtype);
    check_output(name_of(op), a, axes, keepdims, result, out);
    // Elements are converted on their way into the sum, unless the conversion could not be undone.
    const bool converts = dtype && (result == DType::Bool || (is_float(a.dtype) && !is_float(result)));
    const Array in = converts ? astype(a, result) : a;
    const DType within = arithmetic(result == DType::Bool ? accumulator(op, DType::Bool) : result);
    return deliver(fold(op, in, axes, keepdims, within, result == within ? out : nullptr), result, out);
}

Array mean(const Array &a, const Dims &axes, bool keepdims, const Array *out) {
    const ReductionPlan plan = plan_of_mean(a.dtype);
    check_output("mean", a, axes, keepdims, plan.result, out);
    return deliver(fold_mean(a, axes, keepdims, plan), plan.result, out);
}

Array variance(const Array &a, const Dims &axes, double correction, bool root, bool keepdims, const Array *out) {
    const char *name = root ? "std" : "var";
    require_cpu(a, name);
    const DType result = is_float(a.dtype) ? a.dtype : default_float;
    check_output(name, a, axes, keepdims, result, out);
    const double divisor = static_cast<double>(folded_count(a, axes)) - correction;
    const Dims shape = reduced_shape(a.shape(), axes, keepdims);
    if (!(divisor > 0) || is_empty(a, axes))
        return deliver(full(shape, Scalar{Kind::Float, 0, std::nan("")}, DType::Float64, a.device()), result, out);
    // In float64 for every dtype: float32 would lose what is small against the mean, and costs as much here.
    const Array centres = fold_mean(a, axes, keepdims, mean_within(a.dtype, DType::Float64, DType::Float64));
    Array squares = empty(shape, DType::Float64, a.device());
    if (squares.size() > 0) cpu::reduce(ReduceOp::sum, a, axes, squares, &centres);
    binary(BinaryOp::divide, squares, Scalar{Kind::Float, 0, divisor}, &squares);
    if (root) unary(UnaryOp::sqrt, squares, &squares);
    return deliver(squares, result, out);
}

Array argmax(const Array &a, int axis, bool keepdims) { return arg_reduce(true, a, axis, keepdims); }

Array argmin(const Array &a, int axis, bool keepdims) { return arg_reduce(false, a, axis, keepdims); }

}  // namespace needle
