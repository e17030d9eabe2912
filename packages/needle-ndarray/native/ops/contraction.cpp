#include "ops/contraction.h"
#include "cpu/contraction.h"
#include "ops/copy.h"

namespace needle {

namespace {

// What sums of products of a dtype are taken in.
DType accumulator(DType dtype) {
    switch (kind_of(dtype)) {
    case Kind::Float:
        return itemsize(dtype) < itemsize(DType::Float32) ? DType::Float32 : dtype;
    case Kind::Unsigned:
        return DType::UInt64;
    default:
        return DType::Int64;
    }
}

}  // namespace

Array sum_products(const Array &a, const Array &b, const Dims &axes, bool keepdims, const char *what) {
    require_same_device(a, b, what);
    require_cpu(a, what);
    const DType dtype = promote(a.dtype, b.dtype);
    if (dtype == DType::Bool)
        fail(ErrorKind::DType,
             std::string(what) + ": bool is not a numeric dtype; convert an operand first, as in astype(a, int64)");
    const Dims shape = broadcast_shapes(a.shape(), b.shape(), what);
    Dims results = shape, kept = shape;
    for (int i = axes.size() - 1; i >= 0; --i) {
        results = results.erased(static_cast<int>(axes[i]));
        kept[static_cast<int>(axes[i])] = 1;
    }
    Array out;
    if (element_count(shape) == 0) out = full(results, Scalar{Kind::Signed}, dtype, a.device());
    else {
        out = empty(results, accumulator(dtype), a.device());
        cpu::sum_products(a.view(broadcast_to(a.layout, shape, what)), b.view(broadcast_to(b.layout, shape, what)),
                          axes, out);
        out = astype(out, dtype);
    }
    return keepdims ? out.view(Layout::contiguous(kept)) : out;
}

Array vecdot(const Array &a, const Array &b, int64_t axis) {
    const int ndim = std::max(a.ndim(), b.ndim());
    const std::string shapes = a.shape().text() + " and " + b.shape().text();
    if (a.ndim() == 0 || b.ndim() == 0)
        fail(ErrorKind::Shape, "vecdot: both operands need at least one axis, but the shapes are " + shapes +
                                   "; write a * b to multiply by a scalar");
    if (axis >= 0 && a.ndim() != b.ndim())
        fail(ErrorKind::Index, "vecdot: the shapes " + shapes + " have different numbers of axes, so axis " +
                                   std::to_string(axis) + " must be counted from the end, as in axis=-1");
    const int along_a = normalize_axis(axis, a.ndim(), "vecdot"), along_b = normalize_axis(axis, b.ndim(), "vecdot");
    if (a.shape()[along_a] != b.shape()[along_b])
        fail(ErrorKind::Shape, "vecdot: axis " + std::to_string(along_a) + " of the first operand (" +
                                   std::to_string(a.shape()[along_a]) + ") must equal axis " + std::to_string(along_b) +
                                   " of the second (" + std::to_string(b.shape()[along_b]) + "); the shapes are " +
                                   shapes);
    return sum_products(a, b, Dims{along_a + ndim - a.ndim()}, false, "vecdot");
}

}  // namespace needle
