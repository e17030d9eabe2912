#include "ops/softmax.h"
#include "cpu/columns.h"
#include "cpu/rows.h"
#include "cpu/softmax.h"
#include "ops/floating.h"
#include "ops/reduce.h"

namespace needle {

namespace {

// Longer rows are cut into pieces, which several threads share.
constexpr int64_t longest_row = 65536, piece_elements = 16384;

// The fewest columns side by side that are not better collected as rows. Softmax reads what it has written: if that is
// less than a vector, the masked stores of a row delay the loads of the next.
constexpr int64_t few = 8, vector = 16;

const cpu::SoftmaxLoops &loops_of(DType dtype) { return cpu::kernels().softmax->loops[dtype == DType::Float64]; }

Array with_axis_last(const Array &array, int axis) {
    return array.view(move_axes(array.layout, Dims{axis}, Dims{array.ndim() - 1}));
}

// The numbers of the last axes, as many as there are in `axes`.
Dims last_axes(const Dims &axes, int ndim) {
    Dims last(axes.size(), 0);
    for (int i = 0; i < axes.size(); ++i) last[i] = ndim - axes.size() + i;
    return last;
}

// The layout with the axes as one behind the others, where there is one.
std::optional<Layout> merge_axes(const Layout &layout, const Dims &axes) {
    const Dims kept = reduced_shape(layout.shape, axes, false);
    int64_t length = 1;
    for (int64_t axis : axes) length *= layout.shape[static_cast<int>(axis)];
    return reshape(move_axes(layout, axes, last_axes(axes, layout.ndim())), kept.inserted(kept.size(), length));
}

// The same as a view, or as a copy.
Array with_axes_merged(const Array &array, const Dims &axes) {
    if (const auto merged = merge_axes(array.layout, axes)) return array.view(*merged);
    const Dims last = last_axes(axes, array.ndim());
    const Array dense = copy(array.view(move_axes(array.layout, axes, last)));
    return dense.view(*merge_axes(dense.layout, last));
}

// Softmax or its logarithm of rows too long for one thread: the measures of the pieces first, then all pieces with the
// measure of their row.
void along_pieces(bool logarithm, const Array &in, const Array &out, bool streams) {
    const Array dense = compact(in);
    const cpu::Rows from(dense), to(out);
    const cpu::SoftmaxLoops &loops = loops_of(in.dtype);
    const int64_t rows = from.count(), length = from.length(), size = itemsize(in.dtype);
    const int64_t pieces = (length + piece_elements - 1) / piece_elements;
    const Array parts = empty(Dims{rows, pieces, 2}, in.dtype, in.device()),
                whole = empty(Dims{rows, 2}, in.dtype, in.device());
    auto each_piece = [&](auto f) {
        cpu::run_tasks(rows * pieces, in.size(), [&](int64_t task) {
            const int64_t row = task / pieces, start = task % pieces * piece_elements;
            f(task, row, start * size, std::min(piece_elements, length - start));
        });
    };
    each_piece([&](int64_t task, int64_t row, int64_t at, int64_t n) {
        loops.measure(from.row(row) + at, n, parts.bytes() + task * 2 * size);
    });
    for (int64_t row = 0; row < rows; ++row)
        loops.merge(parts.bytes() + row * pieces * 2 * size, pieces, whole.bytes() + row * 2 * size);
    each_piece([&](int64_t, int64_t row, int64_t at, int64_t n) {
        (logarithm ? loops.log_softmax_part : loops.softmax_part)(from.row(row) + at, whole.bytes() + row * 2 * size,
                                                                  to.row(row) + at, n, streams);
    });
}

Array along_axis(bool logarithm, const Array &x, int axis) {
    require_cpu(x, logarithm ? "log_softmax" : "softmax");
    const DType dtype = floating(x.dtype), compute = arithmetic(dtype);
    const Array operand = astype(x, compute);
    Array result = empty(x.shape(), compute, x.device());
    if (result.size() == 0) return astype(result, dtype);
    const Array in = with_axis_last(operand, axis), out = with_axis_last(result, axis);
    const bool streams = goes_past_caches(result);
    const int64_t length = x.shape()[axis];
    if (length > longest_row && axis == x.ndim() - 1) {
        along_pieces(logarithm, in, out, streams);
        return astype(result, dtype);
    }
    const cpu::SoftmaxLoops &loops = loops_of(compute);
    if (cpu::run_columns<1>(logarithm ? loops.log_softmax_columns : loops.softmax_columns, logarithm ? few : vector,
                            {&in}, out))
        return astype(result, dtype);
    if (logarithm)
        cpu::for_each_row<1>({&in}, &out, 0, [&](int64_t, const char *const *from, char *to, char *) {
            loops.log_softmax(from[0], to, length, streams);
        });
    else
        cpu::for_each_row<1>({&in}, &out, streams ? length * itemsize(compute) : 0,
                             [&](int64_t, const char *const *from, char *to, char *scratch) {
                                 loops.softmax(from[0], to, length, scratch, streams);
                             });
    return astype(result, dtype);
}

Array grad_along_axis(bool logarithm, const Array &grad, const Array &y, int axis) {
    const char *name = logarithm ? "log_softmax_grad" : "softmax_grad";
    const DType dtype = common_floating({&grad, &y}, name), compute = arithmetic(dtype);
    Array arrays[2] = {astype(grad, compute), astype(y, compute)};
    arrays[0].layout = broadcast_to(arrays[0].layout, y.shape(), name);
    Array result = empty(y.shape(), compute, y.device());
    if (result.size() == 0) return astype(result, dtype);
    for (Array &array : arrays) array = with_axis_last(array, axis);
    const Array out = with_axis_last(result, axis);
    const bool streams = goes_past_caches(result, 2);
    const int64_t length = y.shape()[axis];
    const cpu::SoftmaxLoops &loops = loops_of(compute);
    if (cpu::run_columns<2>(logarithm ? loops.log_softmax_grad_columns : loops.softmax_grad_columns, few,
                            {&arrays[0], &arrays[1]}, out))
        return astype(result, dtype);
    const auto loop = logarithm ? loops.log_softmax_grad : loops.softmax_grad;
    cpu::for_each_row<2>({&arrays[0], &arrays[1]}, &out, 0, [&](int64_t, const char *const *from, char *to, char *) {
        loop(from[0], from[1], to, length, streams);
    });
    return astype(result, dtype);
}

// The logsumexp of each row.
void log_sums_of(const Array &rows, const Array &out) {
    const cpu::SoftmaxLoops &loops = loops_of(rows.dtype);
    const int64_t count = out.size(), length = rows.shape()[rows.ndim() - 1], size = itemsize(rows.dtype);
    if (count == 0) return;
    if (length > 0 && rows.ndim() > 1) {
        // One result for each column: along it, the array of results stands still.
        Layout columns = rows.layout;
        int64_t stride = 1;
        for (int axis = rows.ndim() - 2; axis >= 0; --axis) {
            columns.strides[axis] = stride;
            stride *= columns.shape[axis];
        }
        columns.strides[rows.ndim() - 1] = 0;
        columns.offset = out.layout.offset;
        if (cpu::run_columns<1>(loops.logsumexp_columns, few, {&rows}, out.view(columns))) return;
    }
    if (length <= longest_row) {
        cpu::for_each_row<1>({&rows}, nullptr, 0, [&](int64_t row, const char *const *from, char *, char *) {
            alignas(8) char measure[2 * 8];
            loops.measure(from[0], length, measure);
            loops.logarithm(measure, out.bytes() + row * size);
        });
        return;
    }
    const Array dense = compact(rows);
    const int64_t pieces = (length + piece_elements - 1) / piece_elements;
    const Array parts = empty(Dims{count, pieces, 2}, rows.dtype, rows.device());
    parallel_for(count * pieces, [&](int64_t task) {
        const int64_t start = task % pieces * piece_elements;
        loops.measure(dense.bytes() + (task / pieces * length + start) * size, std::min(piece_elements, length - start),
                      parts.bytes() + task * 2 * size);
    });
    for (int64_t row = 0; row < count; ++row) {
        alignas(8) char measure[2 * 8];
        loops.merge(parts.bytes() + row * pieces * 2 * size, pieces, measure);
        loops.logarithm(measure, out.bytes() + row * size);
    }
}

}  // namespace

Array softmax(const Array &x, int axis) { return along_axis(false, x, axis); }
Array log_softmax(const Array &x, int axis) { return along_axis(true, x, axis); }
Array softmax_grad(const Array &grad, const Array &y, int axis) { return grad_along_axis(false, grad, y, axis); }
Array log_softmax_grad(const Array &grad, const Array &y, int axis) { return grad_along_axis(true, grad, y, axis); }

Array logsumexp(const Array &x, const Dims &axes, bool keepdims) {
    require_cpu(x, "logsumexp");
    const DType dtype = floating(x.dtype), compute = arithmetic(dtype);
    Array out = empty(reduced_shape(x.shape(), axes, keepdims), compute, x.device());
    log_sums_of(with_axes_merged(astype(x, compute), axes), out);
    return astype(out, dtype);
}

Array logsumexp_grad(const Array &grad, const Array &x, const Array &y, const Dims &axes) {
    const char *name = "logsumexp_grad";
    const DType dtype = common_floating({&grad, &x, &y}, name), compute = arithmetic(dtype);
    Array result = empty(x.shape(), compute, x.device());
    if (result.size() == 0) return astype(result, dtype);
    const Array in = with_axes_merged(astype(x, compute), axes);
    const int64_t length = in.shape()[in.ndim() - 1], rows = in.size() / length, size = itemsize(compute);
    const Array grads = numbers(grad, rows, compute, name, "grad", "rows"),
                sums = numbers(y, rows, compute, name, "y", "rows");
    // Rows that no layout of the result shows are made elsewhere and copied.
    const auto merged = merge_axes(result.layout, axes);
    const Array out = merged ? result.view(*merged) : empty(in.shape(), compute, x.device());
    const bool streams = merged && goes_past_caches(result);
    const auto loop = loops_of(compute).logsumexp_grad;
    cpu::for_each_row<1>({&in}, &out, 0, [&](int64_t row, const char *const *from, char *to, char *) {
        loop(grads.bytes() + row * size, from[0], sums.bytes() + row * size, to, length, streams);
    });
    if (!merged) {
        const Dims last = last_axes(axes, x.ndim());
        const Layout apart = Layout::contiguous(move_axes(result.layout, axes, last).shape);
        assign(result, out.view(move_axes(apart, last, axes)));
    }
    return astype(result, dtype);
}

}  // namespace needle
