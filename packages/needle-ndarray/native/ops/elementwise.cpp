#include "ops/elementwise.h"
#include "cpu/iterate.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include "ops/plan.h"
#include "scalar/convert.h"
#include <algorithm>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace needle {

namespace {

struct OpInfo {
    const char *name;
    Domain domain;
    Result result;
};
#define X(name, domain, result) {#name, Domain::domain, Result::result},
constexpr OpInfo unary_info[] = {NEEDLE_UNARY_OPS(X)};
constexpr OpInfo binary_info[] = {NEEDLE_BINARY_OPS(X)};
#undef X

std::string names_of(Domain domain) {
    switch (domain) {
    case Domain::Float:
        return "floating-point dtypes";
    case Domain::Numeric:
        return "numeric dtypes";
    case Domain::Integer:
        return "integer dtypes";
    case Domain::Integral:
        return "integer dtypes and bool";
    default:
        return "all dtypes";
    }
}

bool computes_in(const OpInfo &info, DType dtype) {
    switch (info.domain) {
    case Domain::All:
        return true;
    case Domain::Numeric:
        return dtype != DType::Bool;
    case Domain::Float:
        return is_float(dtype);
    case Domain::Integer:
        return is_integer(dtype);
    case Domain::Integral:
        return !is_float(dtype);
    default:
        return dtype == DType::Bool;
    }
}

// The dtype of the operation's inputs when its operands promote to `dtype`; kernels compute in arithmetic() of it.
DType enter(const OpInfo &info, DType dtype) {
    if (computes_in(info, dtype)) return dtype;
    if (info.domain == Domain::Boolean) return DType::Bool;
    if (info.domain == Domain::Float) return default_float;
    if (info.domain == Domain::Numeric && info.result == Result::Bool) return DType::UInt8;  // isnan and its like
    if (dtype == DType::Bool)
        fail(ErrorKind::DType, std::string(info.name) +
                                   " is not defined for bool; convert first, for instance x.astype(\"int64\")" +
                                   (strcmp(info.name, "negative") == 0 ? ", or write logical_not(x)" : ""));
    fail(ErrorKind::DType, std::string(info.name) + " takes " + names_of(info.domain) + ", not " + name_of(dtype));
}

template <class Loop> Loop require(Loop loop, const OpInfo &info, DType dtype) {
    if (!loop)
        fail(ErrorKind::DType, std::string(info.name) + " is not available for " + name_of(dtype) + "; it takes " +
                                   names_of(info.domain));
    return loop;
}

// bool + bool and its like are the logical operations, as in NumPy.
BinaryOp logical_form(BinaryOp op) {
    switch (op) {
    case BinaryOp::add:
    case BinaryOp::maximum:
        return BinaryOp::logical_or;
    case BinaryOp::multiply:
    case BinaryOp::minimum:
        return BinaryOp::logical_and;
    default:
        return op;
    }
}

// Whether results of one dtype may be stored in another: perhaps less exact, but never of another kind.
bool same_kind(DType from, DType to) {
    auto rank = [](DType dtype) {
        switch (kind_of(dtype)) {
        case Kind::Bool:
            return 0;
        case Kind::Unsigned:
            return 1;
        case Kind::Signed:
            return 2;
        default:
            return 3;
        }
    };
    return rank(from) <= rank(to);
}

// Where the result goes: fresh memory, or the caller's array after it was found fit.
Array prepare_output(const OpInfo &info, const Array *out, const Dims &shape, DType dtype, Device device) {
    if (!out) return empty(shape, dtype, device);
    require_target(*out, shape, dtype, info.name);
    return *out;
}

// Whether results that kernels give in a wider dtype are rounded to their own before they are stored in that of out=,
// which may hold more digits: where a result is stored must not change it.
bool rounds_on_the_way(DType dtype, DType stored) { return is_storage(dtype) && stored != dtype; }

bool same_elements(const Array &a, const Array &b) {
    return a.bytes() == b.bytes() && a.dtype == b.dtype && a.layout.shape == b.layout.shape &&
           a.layout.strides == b.layout.strides;
}

// Whether it pays to transpose an operand for its elements to lie as the result's. Of most the last stride tells no.
bool lies_across(const Array &array, const Array &out) {
    constexpr int64_t worthwhile = 4096;  // elements
    return array.ndim() > 1 && array.layout.strides[array.ndim() - 1] != 1 && array.size() >= worthwhile &&
           is_contiguous(out.layout) && is_transposed(array.layout);
}

// An input of the loop: an array's elements, or a scalar stored in `slot`. A temporary takes the place of an array that
// overlaps the output, or lies across it.
struct Input {
    alignas(8) char slot[8];
    Layout layout;
    Array temporary;

    // A scalar takes on `dtype`; the loop sees elements of `compute`.
    Operand operand(const Value &value, DType dtype, DType compute, const Dims &shape, const Array &out, bool out_given,
                    const char *name) {
        if (!value.array) {
            store_scalar(value.scalar, dtype, slot);
            layout = Layout{shape, Dims(shape.size(), 0), 0};
            return {slot, dtype, compute, &layout};
        }
        const Array *array = value.array;
        const bool overlaps = out_given && !same_elements(*array, out) && may_overlap(*array, out);
        if (overlaps || lies_across(*array, out)) {
            temporary = copy(*array);
            array = &temporary;
        }
        layout = broadcast_to(array->layout, shape, name);
        return {array->bytes(), array->dtype, compute, &layout};
    }
};

struct UnaryRun {
    cpu::UnaryLoop loop, streamed;
    cpu::FillLoop repeat;  // of the result's size
};

void run_unary(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n) {
    const auto &run = *static_cast<const UnaryRun *>(context);
    if (steps[0] == 1) return run.loop(inputs[0], out, n);
    alignas(8) char slot[8];
    run.loop(inputs[0], slot, 1);
    run.repeat(slot, out, n);
}
void run_unary_past(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n) {
    if (steps[0] != 1) return run_unary(context, inputs, steps, out, n);
    static_cast<const UnaryRun *>(context)->streamed(inputs[0], out, n);
}

struct BinaryRun {
    cpu::BinaryLoop loop, streamed;
};

void run_binary(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n) {
    static_cast<const BinaryRun *>(context)->loop(inputs[0], steps[0], inputs[1], steps[1], out, n);
}
void run_binary_past(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n) {
    static_cast<const BinaryRun *>(context)->streamed(inputs[0], steps[0], inputs[1], steps[1], out, n);
}

struct WhereRun {
    cpu::WhereLoop loop, streamed;
};

void run_where(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n) {
    static_cast<const WhereRun *>(context)->loop(reinterpret_cast<const bool *>(inputs[0]), steps[0], inputs[1],
                                                 steps[1], inputs[2], steps[2], out, n);
}
void run_where_past(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n) {
    static_cast<const WhereRun *>(context)->streamed(reinterpret_cast<const bool *>(inputs[0]), steps[0], inputs[1],
                                                     steps[1], inputs[2], steps[2], out, n);
}

void run_clip(const void *context, const char *const *inputs, const int64_t *steps, char *out, int64_t n) {
    auto loop = reinterpret_cast<cpu::ClipLoop>(const_cast<void *>(context));
    loop(inputs[0], steps[0], inputs[1], steps[1], inputs[2], steps[2], out, n);
}

template <class F> const void *as_context(F *function) { return reinterpret_cast<const void *>(function); }

void refuse_negative_power(const Value &exponent, DType dtype) {
    auto refuse = [] {
        fail(ErrorKind::Value, "pow: an integer to a negative power is no integer; convert the base to float first, "
                               "for instance x.astype(\"float32\") ** -2");
    };
    if (kind_of(dtype) != Kind::Signed) return;
    if (!exponent.array) {
        if (exponent.scalar.kind == Kind::Signed && exponent.scalar.integer < 0) refuse();
        return;
    }
    if (exponent.array->size() == 0 || kind_of(exponent.array->dtype) != Kind::Signed) return;
    Array flat = astype(compact(*exponent.array), DType::Int64);
    const int64_t *values = flat.data<int64_t>();
    for (int64_t i = 0, n = flat.size(); i < n; ++i)
        if (values[i] < 0) refuse();
}

// The common case goes without the general machinery: equal shapes and dtypes, dense, no conversion, little work.
bool is_plain(const Array &a) { return a.device().type == DeviceType::CPU && is_contiguous(a.layout); }

// Whether a loop may write to `out` while it reads `in`, both of them dense: they are apart, or the same elements.
bool in_step(const Array &in, const Array &out) {
    return in.bytes() == out.bytes() ? itemsize(in.dtype) == itemsize(out.dtype) : !may_overlap(in, out);
}
// Whether a result may go straight to `out`; where it may not, the general way says why, or finds another.
__attribute__((noinline)) bool takes_plain(const Array &out, const Array &like, DType dtype, int64_t count) {
    return out.dtype == dtype && count > 0 && is_plain(out) && out.storage->writable && out.shape() == like.shape() &&
           in_step(like, out);
}

Array plain_result(const Array *out, const Array &like, DType dtype, int64_t count) {
    if (out) return *out;
    return Array{allocate(static_cast<size_t>(count * itemsize(dtype)), Device{}), Layout::contiguous(like.shape()),
                 dtype};
}

Array binary_plain(cpu::BinaryLoop loop, const Array &a, const Array &b, DType result, int64_t count,
                   const Array *out) {
    Array target = plain_result(out, a, result, count);
    if (count > 0) loop(a.bytes(), 1, b.bytes(), 1, target.bytes(), count);
    return target;
}

Array binary_plain(cpu::BinaryLoop loop, const Array &a, const Scalar &scalar, bool scalar_first, DType result,
                   int64_t count, const Array *out) {
    Array target = plain_result(out, a, result, count);
    alignas(8) char slot[8];
    store_scalar(scalar, a.dtype, slot);
    if (count == 0) return target;
    if (scalar_first) loop(slot, 0, a.bytes(), 1, target.bytes(), count);
    else loop(a.bytes(), 1, slot, 0, target.bytes(), count);
    return target;
}

bool is_comparison(BinaryOp op) { return op >= BinaryOp::equal && op <= BinaryOp::greater_equal; }

// A comparison that gives the same for every element.
Array settle(BinaryOp op, const Array &array, bool truth, const Array *out) {
    const OpInfo &info = binary_info[static_cast<int>(op)];
    Array target = prepare_output(info, out, array.shape(), DType::Bool, array.device());
    fill(target, Scalar{Kind::Bool, truth, static_cast<double>(truth)});
    return target;
}

// Where a number lies against the range of an integer dtype: -1 below, 0 inside, 1 above (NaN too).
int beyond(const Scalar &scalar, DType dtype) {
    const bool is_signed = kind_of(dtype) == Kind::Signed;
    const int bits = 8 * itemsize(dtype) - is_signed;
    if (scalar.huge) return scalar.real < 0 ? -1 : 1;
    if (scalar.kind == Kind::Float) {
        const double whole = std::trunc(scalar.real), end = std::ldexp(1.0, bits);
        return whole < (is_signed ? -end : 0) ? -1 : whole < end ? 0 : 1;
    }
    if (scalar.kind == Kind::Unsigned) return bits == 64 ? 0 : 1;
    if (bits >= 63) return scalar.integer < 0 && !is_signed ? -1 : 0;
    const int64_t end = int64_t{1} << bits;
    return scalar.integer < (is_signed ? -end : 0) ? -1 : scalar.integer < end ? 0 : 1;
}

[[noreturn]] void refuse_scalar(const Scalar &scalar, DType dtype) {
    char text[64];
    if (scalar.huge && std::isinf(scalar.real)) snprintf(text, sizeof text, "an integer of more than 308 digits");
    else if (scalar.huge) snprintf(text, sizeof text, "an integer of about %.3g", scalar.real);
    else if (scalar.kind == Kind::Float) snprintf(text, sizeof text, "the float %.17g", scalar.real);
    else if (scalar.kind == Kind::Unsigned)
        snprintf(text, sizeof text, "the integer %" PRIu64, static_cast<uint64_t>(scalar.integer));
    else snprintf(text, sizeof text, "the integer %" PRId64, scalar.integer);
    fail(ErrorKind::Overflow, std::string(text) + " is out of range for dtype " + name_of(dtype));
}

}  // namespace

void require_target(const Array &target, const Dims &shape, DType dtype, const char *what) {
    if (target.shape() != shape)
        fail(ErrorKind::Shape, std::string(what) + ": the result has shape " + shape.text() +
                                   ", but the array to write to has shape " + target.shape().text() +
                                   "; in-place operations and out= never change or broadcast the target's shape");
    if (!same_kind(dtype, target.dtype))
        fail(ErrorKind::DType, std::string(what) + ": the result has dtype " + name_of(dtype) +
                                   ", which cannot be stored in an array of dtype " + name_of(target.dtype) +
                                   "; write x = x.astype(\"" + name_of(dtype) + "\") first");
    require_cpu(target, what);
    require_writable(target, what);
}

const char *name_of(UnaryOp op) { return unary_info[static_cast<int>(op)].name; }
const char *name_of(BinaryOp op) { return binary_info[static_cast<int>(op)].name; }

DType weak_result(DType dtype, Kind scalar) {
    if (scalar == Kind::Float && !is_float(dtype)) return default_float;
    if (scalar != Kind::Bool && dtype == DType::Bool) return default_dtype(scalar);
    return dtype;
}

DType default_dtype(Kind scalar) {
    switch (scalar) {
    case Kind::Bool:
        return DType::Bool;
    case Kind::Signed:
        return default_int;
    case Kind::Unsigned:
        return DType::UInt64;
    default:
        return default_float;
    }
}

DType result_type(const Value &a, const Value &b) {
    if (a.array && b.array) return promote(a.array->dtype, b.array->dtype);
    if (a.array) return weak_result(a.array->dtype, b.scalar.kind);
    if (b.array) return weak_result(b.array->dtype, a.scalar.kind);
    return default_dtype(std::max(a.scalar.kind, b.scalar.kind));
}

void store_scalar(const Scalar &scalar, DType dtype, void *to) {
    dispatch_stored(dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        T value;
        if constexpr (std::is_same_v<T, bool>)
            value = scalar.kind == Kind::Float || scalar.huge ? scalar.real != 0 : scalar.integer != 0;
        else if constexpr (kind_of(dtype_of<T>) == Kind::Float) {
            if (scalar.huge && std::isinf(scalar.real)) refuse_scalar(scalar, dtype);
            // From the integer itself where there is one: `real` is rounded already.
            if (scalar.kind == Kind::Float || scalar.huge) value = scalar::convert<T>(scalar.real);
            else if (scalar.kind != Kind::Unsigned) value = scalar::convert<T>(scalar.integer);
            else value = scalar::convert<T>(static_cast<uint64_t>(scalar.integer));
        } else {
            if (beyond(scalar, dtype) != 0) refuse_scalar(scalar, dtype);
            if (scalar.kind == Kind::Float) value = static_cast<T>(scalar.real);
            else value = static_cast<T>(scalar.integer);
        }
        memcpy(to, &value, sizeof value);
    });
}

Plan<cpu::UnaryLoop> plan_of(UnaryOp op, DType dtype) {
    const OpInfo &info = unary_info[static_cast<int>(op)];
    const DType operands = enter(info, dtype), compute = arithmetic(operands);
    const bool bools = info.result == Result::Bool;
    auto loop = require(cpu::kernels().elementwise->unary[static_cast<int>(op)][index_of(compute)], info, compute);
    return {loop, operands, compute, bools ? DType::Bool : compute, bools ? DType::Bool : operands};
}

Plan<cpu::BinaryLoop> plan_of(BinaryOp op, DType promoted) {
    if (promoted == DType::Bool) op = logical_form(op);
    const OpInfo &info = binary_info[static_cast<int>(op)];
    const DType operands = enter(info, promoted), compute = arithmetic(operands);
    const bool bools = info.result == Result::Bool;
    auto loop = require(cpu::kernels().elementwise->binary[static_cast<int>(op)][index_of(compute)], info, compute);
    if (op == BinaryOp::nextafter && is_storage(operands))
        fail(ErrorKind::DType, std::string("nextafter: numbers of ") + name_of(operands) +
                                   " are computed with in float32, whose neighbours lie closer; convert first, with "
                                   "x.astype(\"float32\")");
    return {loop, operands, compute, bools ? DType::Bool : compute, bools ? DType::Bool : operands};
}

std::optional<bool> settled_comparison(BinaryOp op, DType dtype, const Scalar &scalar, bool scalar_first) {
    const DType compute = weak_result(dtype, scalar.kind);
    const int side = scalar.kind == Kind::Float || !is_integer(compute) ? 0 : beyond(scalar, compute);
    if (side == 0) return std::nullopt;
    const bool left_is_less = (side > 0) != scalar_first;
    if (op == BinaryOp::less || op == BinaryOp::less_equal) return left_is_less;
    if (op == BinaryOp::greater || op == BinaryOp::greater_equal) return !left_is_less;
    return op == BinaryOp::not_equal;
}

Array unary(UnaryOp op, const Array &a, const Array *out) {
    const OpInfo &info = unary_info[static_cast<int>(op)];
    require_cpu(a, info.name);
    const auto [loop, dtype, compute, raw, result] = plan_of(op, a.dtype);
    Array target = prepare_output(info, out, a.shape(), result, a.device());
    if (rounds_on_the_way(result, target.dtype)) {
        assign(target, unary(op, a));
        return target;
    }
    if (a.dtype == compute && is_contiguous(a.layout)) {
        int64_t n = a.size();
        if (n <= task_elements && (!out || takes_plain(*out, a, raw, n))) {
            if (n > 0) loop(a.bytes(), target.bytes(), n);
            return target;
        }
    }
    Input input;
    Operand operand = input.operand(a, dtype, compute, a.shape(), target, out != nullptr, info.name);
    const auto &kernels = *cpu::kernels().elementwise;
    const auto streamed = kernels.streamed_unary[static_cast<int>(op)][index_of(compute)];
    const UnaryRun run{loop, streamed, kernels.fill[log2_itemsize(raw)]};
    iterate(a.shape(), &operand, 1, {target.bytes(), target.dtype, raw, &target.layout}, run_unary, &run,
            streamed ? run_unary_past : nullptr);
    return target;
}

namespace {

// Any layouts, dtypes and targets. Apart from the common case, whose frame on the stack stays small so.
__attribute__((noinline)) Array binary_general(BinaryOp op, const Value &a, const Value &b, const Array *out) {
    const Array &first = a.array ? *a.array : *b.array;
    const DType promoted = result_type(a, b);
    const auto [loop, dtype, compute, raw, result] = plan_of(op, promoted);
    const OpInfo &info = binary_info[static_cast<int>(promoted == DType::Bool ? logical_form(op) : op)];
    require_cpu(first, info.name);
    if (op == BinaryOp::pow && is_integer(compute)) refuse_negative_power(b, compute);
    if (a.array && b.array) {
        require_cpu(*b.array, info.name);
        if (a.array->device() != b.array->device())
            fail(ErrorKind::Device, std::string(info.name) + ": the operands are on " + a.array->device().name() +
                                        " and " + b.array->device().name() + "; move one with x.to(device)");
    }
    Dims shape = a.array && b.array ? broadcast_shapes(a.array->shape(), b.array->shape(), info.name) : first.shape();
    Array target = prepare_output(info, out, shape, result, first.device());
    if (rounds_on_the_way(result, target.dtype)) {
        assign(target, binary(op, a, b));
        return target;
    }
    Input inputs[2];
    Operand operands[2] = {inputs[0].operand(a, dtype, compute, shape, target, out != nullptr, info.name),
                           inputs[1].operand(b, dtype, compute, shape, target, out != nullptr, info.name)};
    const auto streamed = cpu::kernels().elementwise->streamed_binary[static_cast<int>(op)][index_of(compute)];
    const BinaryRun run{loop, streamed};
    iterate(shape, operands, 2, {target.bytes(), target.dtype, raw, &target.layout}, run_binary, &run,
            streamed ? run_binary_past : nullptr);
    return target;
}

}  // namespace

Array binary(BinaryOp op, const Value &a, const Value &b, const Array *out) {
    const Array &first = a.array ? *a.array : *b.array;
    if ((!a.array || !b.array) && is_comparison(op))
        if (auto truth = settled_comparison(op, first.dtype, a.array ? b.scalar : a.scalar, !a.array))
            return settle(op, first, *truth, out);
    if (is_plain(first) && computes_in(binary_info[static_cast<int>(op)], first.dtype)) {
        const bool bools = binary_info[static_cast<int>(op)].result == Result::Bool;
        const DType result = bools ? DType::Bool : first.dtype;
        auto loop = cpu::kernels().elementwise->binary[static_cast<int>(op)][index_of(first.dtype)];
        const int64_t count = first.size();
        if (loop && count <= task_elements && (op != BinaryOp::pow || is_float(first.dtype)) &&
            (!out || takes_plain(*out, first, result, count))) {
            if (!a.array || !b.array) {
                const Scalar &scalar = a.array ? b.scalar : a.scalar;
                if (weak_result(first.dtype, scalar.kind) == first.dtype)
                    return binary_plain(loop, first, scalar, !a.array, result, count, out);
            } else if (a.array->dtype == b.array->dtype && a.array->shape() == b.array->shape() && is_plain(*b.array) &&
                       (!out || in_step(*b.array, *out)))
                return binary_plain(loop, first, *b.array, result, count, out);
        }
    }
    return binary_general(op, a, b, out);
}

Array where(const Array &condition, const Value &a, const Value &b) {
    require_cpu(condition, "where");
    DType dtype = result_type(a, b);
    Dims shape = condition.shape();
    if (a.array) shape = broadcast_shapes(shape, a.array->shape(), "where");
    if (b.array) shape = broadcast_shapes(shape, b.array->shape(), "where");
    Array target = empty(shape, dtype, condition.device());
    Input inputs[3];
    Operand operands[3] = {inputs[0].operand(condition, DType::Bool, DType::Bool, shape, target, false, "where"),
                           inputs[1].operand(a, dtype, dtype, shape, target, false, "where"),
                           inputs[2].operand(b, dtype, dtype, shape, target, false, "where")};
    const auto &kernels = *cpu::kernels().elementwise;
    const int size = log2_itemsize(dtype);
    const WhereRun run{kernels.where[size], kernels.streamed_where[size]};
    iterate(shape, operands, 3, {target.bytes(), dtype, dtype, &target.layout}, run_where, &run, run_where_past);
    return target;
}

Array truth_values(const Array &x) {
    return x.dtype == DType::Bool ? binary(BinaryOp::not_equal, x, Scalar{Kind::Bool, 0, 0.0}) : x;
}

namespace {

constexpr OpInfo clip_info = {"clip", Domain::Numeric, Result::Same};

// A number that no element is below (above).
Scalar outermost(bool low, DType dtype) {
    if (is_float(dtype)) return Scalar{Kind::Float, 0, low ? -HUGE_VAL : HUGE_VAL};
    if (dtype == DType::UInt64 && !low) return Scalar{Kind::Unsigned, -1};
    const bool is_signed = kind_of(dtype) == Kind::Signed;
    const int bits = 8 * itemsize(dtype) - is_signed;
    const int64_t most = bits < 64 ? INT64_MAX >> (63 - bits) : INT64_MAX;
    return Scalar{Kind::Signed, low ? (is_signed ? -most - 1 : 0) : most};
}

}  // namespace

Plan<cpu::ClipLoop> plan_of_clip(DType promoted) {
    const DType operands = enter(clip_info, promoted), compute = arithmetic(operands);
    return {cpu::kernels().elementwise->clip[index_of(compute)], operands, compute, compute, operands};
}

Scalar usable_limit(const Scalar &limit, bool low, DType dtype) {
    return is_integer(dtype) && beyond(limit, dtype) == (low ? -1 : 1) ? outermost(low, dtype) : limit;
}

Array clip(const Array &x, const Value *low, const Value *high, const Array *out) {
    require_cpu(x, "clip");
    DType promoted = x.dtype;
    Dims shape = x.shape();
    for (const Value *limit : {low, high}) {
        if (!limit) continue;
        promoted = limit->array ? promote(promoted, limit->array->dtype) : weak_result(promoted, limit->scalar.kind);
        if (!limit->array) continue;
        require_cpu(*limit->array, "clip");
        shape = broadcast_shapes(shape, limit->array->shape(), "clip");
    }
    const auto [loop, dtype, compute, raw, result] = plan_of_clip(promoted);
    auto limit_of = [dtype = dtype](const Value *limit, bool is_low) -> Value {
        if (!limit) return outermost(is_low, dtype);
        return limit->array ? *limit : usable_limit(limit->scalar, is_low, dtype);
    };
    const Value limits[2] = {limit_of(low, true), limit_of(high, false)};
    Array target = prepare_output(clip_info, out, shape, result, x.device());
    if (!out && is_plain(x) && x.dtype == compute && !limits[0].array && !limits[1].array &&
        x.size() <= task_elements) {
        alignas(8) char slots[2][8];
        for (int i = 0; i < 2; ++i) store_scalar(limits[i].scalar, compute, slots[i]);
        loop(x.bytes(), 1, slots[0], 0, slots[1], 0, target.bytes(), x.size());
        return target;
    }
    Input inputs[3];
    Operand operands[3] = {inputs[0].operand(x, dtype, compute, shape, target, out != nullptr, "clip"),
                           inputs[1].operand(limits[0], dtype, compute, shape, target, out != nullptr, "clip"),
                           inputs[2].operand(limits[1], dtype, compute, shape, target, out != nullptr, "clip")};
    iterate(shape, operands, 3, {target.bytes(), target.dtype, raw, &target.layout}, run_clip, as_context(loop));
    return target;
}

}  // namespace needle
