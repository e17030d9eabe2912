#include "ops/reduce.h"
#include "core/parallel.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include "ops/iterate.h"
#include <algorithm>
#include <cstring>

namespace needle {

namespace {

constexpr int64_t piece_elements = 16384;  // of a long reduction, each folded to one partial result
constexpr int64_t piece_rows = 128;        // folded side by side into one row of partial results

#define X(name, domain) #name,
constexpr const char *reduce_names[] = {NEEDLE_REDUCE_OPS(X)};
#undef X

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

// A group of axes counted together, merged where they step as one; the last is the innermost.
struct Axes {
    int ndim = 0;
    int64_t total = 1;
    int64_t shape[max_ndim], strides[max_ndim];

    void add(int64_t size, int64_t stride) {
        total *= size;
        if (size == 1) return;
        if (ndim > 0 && strides[ndim - 1] == stride * size) {
            shape[ndim - 1] *= size;
            strides[ndim - 1] = stride;
        } else {
            shape[ndim] = size;
            strides[ndim++] = stride;
        }
    }
    int64_t inner_size() const { return ndim ? shape[ndim - 1] : 1; }
    int64_t inner_stride() const { return ndim ? strides[ndim - 1] : 0; }
    int64_t offset(int64_t index) const {
        int64_t sum = 0;
        for (int axis = ndim - 1; axis >= 0; --axis) {
            sum += index % shape[axis] * strides[axis];
            index /= shape[axis];
        }
        return sum;
    }
};

struct Reduction {
    const Array &in;
    DType accumulate_in;
    cpu::FoldLoop fold;
    cpu::AccumulateLoop accumulate;
    const cpu::ElementwiseKernels *moves = cpu::kernels().elementwise;
    Axes kept{}, reduced{};
    const int in_size = itemsize(in.dtype), size = itemsize(accumulate_in);

    struct alignas(64) Buffers {
        char raw[buffer_elements * 8], converted[buffer_elements * 8],
            partial[2 * piece_elements / buffer_elements * 8];
    };

    // n elements from `from`, `stride` apart, as contiguous elements of the accumulator's dtype.
    const char *load(const char *from, int64_t stride, int64_t n, Buffers &buffers) const {
        if (stride != 1 && n > 1) {
            char *to = in.dtype == accumulate_in ? buffers.converted : buffers.raw;
            moves->gather[log2_itemsize(in.dtype)](from, stride, to, n);
            from = to;
        }
        if (in.dtype != accumulate_in) {
            moves->cast[index_of(in.dtype)][index_of(accumulate_in)](from, buffers.converted, n);
            from = buffers.converted;
        }
        return from;
    }

    // Elements [start, end) of the reduced axes at `base`, at most piece_elements of them, to one result.
    void fold_piece(const char *base, int64_t start, int64_t end, char *out, Buffers &buffers) const {
        if (reduced.ndim <= 1 && (reduced.inner_stride() == 1 || reduced.total == 1) && in.dtype == accumulate_in)
            return fold(base + start * in_size, end - start, out);
        const bool long_runs = reduced.inner_size() >= 32;
        int partials = 0;
        while (start < end) {
            int64_t n = std::min(buffer_elements, end - start);
            const char *block;
            if (long_runs) {
                n = std::min(n, reduced.inner_size() - start % reduced.inner_size());
                block = load(base + reduced.offset(start) * in_size, reduced.inner_stride(), n, buffers);
            } else {
                char *to = in.dtype == accumulate_in ? buffers.converted : buffers.raw;
                for (int64_t i = 0; i < n;) {
                    int64_t at = start + i, run = std::min(n - i, reduced.inner_size() - at % reduced.inner_size());
                    moves->gather[log2_itemsize(in.dtype)](base + reduced.offset(at) * in_size, reduced.inner_stride(),
                                                           to + i * in_size, run);
                    i += run;
                }
                block = load(to, 1, n, buffers);
            }
            fold(block, n, buffers.partial + partials++ * size);
            start += n;
            if (partials == 2 * piece_elements / buffer_elements) {
                fold(buffers.partial, partials, buffers.partial);
                partials = 1;
            }
        }
        fold(buffers.partial, partials, out);
    }

    void fold_rows(char *out) const {
        int64_t pieces = (reduced.total + piece_elements - 1) / piece_elements;
        if (pieces == 1) {
            int64_t per_task = std::max<int64_t>(1, task_elements / reduced.total),
                    tasks = (kept.total + per_task - 1) / per_task;
            auto rows = [&](int64_t task) {
                Buffers buffers;
                for (int64_t row = task * per_task, end = std::min(kept.total, row + per_task); row < end; ++row)
                    fold_piece(in.bytes() + kept.offset(row) * in_size, 0, reduced.total, out + row * size, buffers);
            };
            return tasks == 1 ? rows(0) : parallel_for(tasks, rows);
        }
        Array partials = empty(Dims{kept.total, pieces}, accumulate_in, in.device());
        parallel_for(kept.total * pieces, [&](int64_t task) {
            Buffers buffers;
            int64_t start = task % pieces * piece_elements;
            fold_piece(in.bytes() + kept.offset(task / pieces) * in_size, start,
                       std::min(reduced.total, start + piece_elements), partials.bytes() + task * size, buffers);
        });
        for (int64_t row = 0; row < kept.total; ++row)
            fold(partials.bytes() + row * pieces * size, pieces, out + row * size);
    }

    // Kept elements [column, column + n) of one innermost run: rows [start, end) of the reduced axes folded side by
    // side.
    void fold_columns(const char *base, int64_t start, int64_t end, int64_t n, char *out, Buffers &buffers) const {
        alignas(64) char group[buffer_elements * 8];
        for (int64_t row = start; row < end; row += piece_rows) {
            char *to = row == start ? out : group;
            int64_t stop = std::min(end, row + piece_rows);
            for (int64_t r = row; r < stop; ++r) {
                const char *from = load(base + reduced.offset(r) * in_size, kept.inner_stride(), n, buffers);
                if (r == row) memcpy(to, from, static_cast<size_t>(n * size));
                else accumulate(to, from, n);
            }
            if (to != out) accumulate(out, group, n);
        }
    }

    void fold_side_by_side(char *out) const {
        int64_t width = std::min(kept.inner_size(), buffer_elements), blocks = (kept.inner_size() + width - 1) / width;
        int64_t outer = kept.total / kept.inner_size();
        // Long columns are cut into bands, so that narrow arrays feed several threads too.
        int64_t band = std::max(piece_rows, 4 * task_elements / width / piece_rows * piece_rows);
        int64_t bands = (reduced.total + band - 1) / band;
        Array partials;
        if (bands > 1) partials = empty(Dims{bands, kept.total}, accumulate_in, in.device());
        char *to = bands > 1 ? partials.bytes() : out;
        auto block = [&](int64_t task) {
            Buffers buffers;
            int64_t which = task % bands, column = task / bands % blocks * width, row = task / bands / blocks;
            int64_t first = row * kept.inner_size() + column;
            fold_columns(in.bytes() + kept.offset(first) * in_size, which * band,
                         std::min(reduced.total, (which + 1) * band), std::min(width, kept.inner_size() - column),
                         to + (which * kept.total + first) * size, buffers);
        };
        int64_t tasks = outer * blocks * bands;
        if (kept.total * reduced.total <= task_elements)
            for (int64_t task = 0; task < tasks; ++task) block(task);
        else parallel_for(tasks, block);
        if (bands == 1) return;
        memcpy(out, partials.bytes(), static_cast<size_t>(kept.total * size));
        for (int64_t which = 1; which < bands; ++which)
            accumulate(out, partials.bytes() + which * kept.total * size, kept.total);
    }
};

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

void split_axes(const Layout &layout, const Dims &axes, Axes &kept, Axes &reduced) {
    int next = 0;
    for (int axis = 0; axis < layout.ndim(); ++axis) {
        bool folded = next < axes.size() && axes[next] == axis;
        next += folded;
        (folded ? reduced : kept).add(layout.shape[axis], layout.strides[axis]);
    }
}

template <class Pick> Array arg_reduce(const char *name, Pick pick, const Array &a, int axis, bool keepdims) {
    require_cpu(a, name);
    int64_t length = a.shape()[axis];
    if (length == 0)
        fail(ErrorKind::Value, std::string(name) + ": axis " + std::to_string(axis) + " of shape " + a.shape().text() +
                                   " is empty and has no such element");
    const auto *table = cpu::kernels().reduce;
    auto loop = pick(table)[index_of(a.dtype)];
    Array out = empty(reduced_shape(a.shape(), Dims{axis}, keepdims), DType::Int64, a.device());
    Axes kept{}, reduced{};
    split_axes(a.layout, Dims{axis}, kept, reduced);
    const int size = itemsize(a.dtype);
    const auto *moves = cpu::kernels().elementwise;
    int64_t *to = out.data<int64_t>();
    int64_t per_task = std::max<int64_t>(1, task_elements / length), tasks = (kept.total + per_task - 1) / per_task;
    auto rows = [&](int64_t task) {
        alignas(64) char raw[buffer_elements * 8];
        for (int64_t row = task * per_task, end = std::min(kept.total, row + per_task); row < end; ++row) {
            const char *base = a.bytes() + kept.offset(row) * size;
            alignas(8) char value[8];
            if (reduced.inner_stride() == 1 || length == 1) {
                loop(base, length, &to[row], value);
                continue;
            }
            // Blocks of the row, and the best of the blocks' best.
            alignas(8) char best[2 * 8];
            for (int64_t start = 0; start < length; start += buffer_elements) {
                int64_t n = std::min(buffer_elements, length - start), index, winner;
                moves->gather[log2_itemsize(a.dtype)](base + start * reduced.inner_stride() * size,
                                                      reduced.inner_stride(), raw, n);
                loop(raw, n, &index, best + (start ? size : 0));
                if (start == 0) to[row] = index;
                else {
                    loop(best, 2, &winner, value);
                    if (winner == 1) to[row] = start + index;
                    memcpy(best, value, static_cast<size_t>(size));
                }
            }
        }
    };
    if (tasks == 1) rows(0);
    else if (tasks > 1) parallel_for(tasks, rows);
    return out;
}

}  // namespace

const char *name_of(ReduceOp op) { return reduce_names[static_cast<int>(op)]; }

Array reduce(ReduceOp op, const Array &a, const Dims &axes, bool keepdims) {
    const char *name = name_of(op);
    require_cpu(a, name);
    DType dtype = accumulator(op, a.dtype);
    const auto *table = cpu::kernels().reduce;
    Reduction work{a, dtype, table->fold[static_cast<int>(op)][index_of(dtype)],
                   table->accumulate[static_cast<int>(op)][index_of(dtype)]};
    split_axes(a.layout, axes, work.kept, work.reduced);
    Dims shape = reduced_shape(a.shape(), axes, keepdims);
    if (work.reduced.total == 0) {
        if (op == ReduceOp::max || op == ReduceOp::min) {
            if (element_count(shape) == 0) return empty(shape, dtype, a.device());
            fail(ErrorKind::Value, std::string(name) + ": the reduced axes of shape " + a.shape().text() +
                                       " are empty, and " + name + " of nothing is not defined");
        }
        int64_t identity = op == ReduceOp::prod || op == ReduceOp::all ? 1 : 0;
        return full(shape, Scalar{Kind::Signed, identity, static_cast<double>(identity)}, dtype, a.device());
    }
    Array out = empty(shape, dtype, a.device());
    if (work.kept.total == 0) return out;
    auto magnitude = [](int64_t stride) { return stride < 0 ? -stride : stride; };
    bool side_by_side = work.kept.ndim > 0 && work.reduced.ndim > 0 && work.kept.inner_size() > 1 &&
                        magnitude(work.kept.inner_stride()) < magnitude(work.reduced.inner_stride());
    if (side_by_side) work.fold_side_by_side(out.bytes());
    else work.fold_rows(out.bytes());
    return out;
}

Array mean(const Array &a, const Dims &axes, bool keepdims) {
    Array total = reduce(ReduceOp::sum, a, axes, keepdims);
    int64_t count = 1;
    for (int64_t axis : axes) count *= a.shape()[static_cast<int>(axis)];
    Scalar divisor{Kind::Float, count, static_cast<double>(count)};
    if (is_float(total.dtype)) return binary(BinaryOp::divide, total, divisor, &total);
    return astype(binary(BinaryOp::divide, astype(total, DType::Float64), divisor), default_float);
}

Array argmax(const Array &a, int axis, bool keepdims) {
    return arg_reduce("argmax", [](const cpu::ReduceKernels *table) { return table->argmax; }, a, axis, keepdims);
}

Array argmin(const Array &a, int axis, bool keepdims) {
    return arg_reduce("argmin", [](const cpu::ReduceKernels *table) { return table->argmin; }, a, axis, keepdims);
}

}  // namespace needle
