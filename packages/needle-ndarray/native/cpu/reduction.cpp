#include "cpu/reduction.h"
#include "cpu/axes.h"
#include "cpu/kernels.h"
#include <algorithm>
#include <cstring>

namespace needle::cpu {

namespace {

constexpr int64_t piece_rows = 128;                    // folded side by side into one row of partial results
constexpr int64_t pieces_together = 4;                 // of one task, which reads them in a row
constexpr int64_t narrow = 32, narrow_together = 8;    // elements of a row, and how many such rows are seen as one
constexpr int64_t worthwhile_run = 16;                 // elements to fold to one before the rest
constexpr int64_t buffer_bytes = buffer_elements * 8;  // of one buffer
constexpr int64_t row_bytes = 16384;  // of accumulators side by side, which stay in the first-level cache

struct Reduction {
    const Array &in;
    DType accumulate_in;
    FoldLoop fold;
    FoldRowsLoop fold_equal_rows;
    AccumulateLoop accumulate;
    const char *centres = nullptr;  // one for each result: what is folded are the squares of the distances from it
    const ElementwiseKernels *moves = kernels().elementwise;
    Axes kept{}, reduced{};
    const int in_size = itemsize(in.dtype), size = itemsize(accumulate_in);

    struct alignas(64) Buffers {
        char raw[buffer_elements * 8], converted[buffer_elements * 8],
            partial[2 * piece_elements / buffer_elements * 8];
    };

    // The centre of a result, or nothing.
    const char *centre(int64_t result) const { return centres ? centres + result * size : nullptr; }

    // n elements from `from`, `stride` apart, as contiguous elements of the accumulator's dtype; with a centre, which
    // steps by `step` elements, their squared distances from it.
    const char *load(const char *from, int64_t stride, int64_t n, const char *centre, int64_t step,
                     Buffers &buffers) const {
        if (stride != 1 && n > 1) {
            char *to = in.dtype == accumulate_in ? buffers.converted : buffers.raw;
            moves->gather[log2_itemsize(in.dtype)](from, stride, to, n);
            from = to;
        }
        if (in.dtype != accumulate_in) {
            moves->cast[index_of(in.dtype)][index_of(accumulate_in)](from, buffers.converted, n);
            from = buffers.converted;
        }
        if (!centre) return from;
        const int dtype = index_of(accumulate_in);
        moves->binary[static_cast<int>(BinaryOp::subtract)][dtype](from, 1, centre, step, buffers.converted, n);
        moves->unary[static_cast<int>(UnaryOp::square)][dtype](buffers.converted, buffers.converted, n);
        return buffers.converted;
    }

    // n elements side by side, where a kernel does all that is asked; else nothing happens, and false is returned.
    bool fold_row(const char *from, int64_t n, const char *centre, char *out) const {
        const ReduceKernels &table = *kernels().reduce;
        auto to = reinterpret_cast<double *>(out);
        if (centre && (in.dtype == DType::Float32 || in.dtype == DType::Float64)) {
            const auto sum_squares = in.dtype == DType::Float32 ? table.sum_squares_f32 : table.sum_squares_f64;
            sum_squares(from, *reinterpret_cast<const double *>(centre), n, to);
        } else if (!centre && in.dtype == accumulate_in) fold(from, n, out);
        else if (!centre && in.dtype == DType::Float32 &&
                 fold == table.fold[int(ReduceOp::sum)][index_of(DType::Float64)])
            table.sum_widened(from, n, to);
        else return false;
        return true;
    }

    // Whether the rows to fold are contiguous, and nothing happens to their elements but a conversion.
    bool has_contiguous_rows() const {
        return reduced.ndim <= 1 && (reduced.inner_stride() == 1 || reduced.total == 1) && !centres;
    }
    // Whether they go to the kernel from where they are.
    bool has_equal_rows() const { return has_contiguous_rows() && in.dtype == accumulate_in; }
    // Whether several of them are converted in one go.
    bool has_rows_to_convert() const {
        return has_contiguous_rows() && kept.inner_stride() == reduced.total && 2 * reduced.total <= buffer_elements;
    }

    // Whether these fill a vector, if only the narrower ones: then even short rows are folded one by one.
    bool has_vector_rows() const { return has_equal_rows() && reduced.total * size >= 32; }

    // Elements [start, end) of the reduced axes at `base`, at most piece_elements of them, to one result.
    void fold_piece(const char *base, int64_t start, int64_t end, const char *centre, char *out,
                    Buffers &buffers) const {
        if (reduced.ndim <= 1 && (reduced.inner_stride() == 1 || reduced.total == 1) &&
            fold_row(base + start * in_size, end - start, centre, out))
            return;
        const bool long_runs = reduced.inner_size() >= 32;
        int partials = 0;
        while (start < end) {
            int64_t n = std::min(buffer_elements, end - start);
            const char *block;
            if (long_runs) {
                n = std::min(n, reduced.inner_size() - start % reduced.inner_size());
                block = load(base + reduced.offset(start) * in_size, reduced.inner_stride(), n, centre, 0, buffers);
            } else {
                char *to = in.dtype == accumulate_in ? buffers.converted : buffers.raw;
                for (int64_t i = 0; i < n;) {
                    int64_t at = start + i, run = std::min(n - i, reduced.inner_size() - at % reduced.inner_size());
                    moves->gather[log2_itemsize(in.dtype)](base + reduced.offset(at) * in_size, reduced.inner_stride(),
                                                           to + i * in_size, run);
                    i += run;
                }
                block = load(to, 1, n, centre, 0, buffers);
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
                int64_t row = task * per_task;
                const int64_t end = std::min(kept.total, row + per_task);
                if (has_equal_rows()) {
                    for (int64_t run; row < end; row += run) {
                        run = std::min(end - row, kept.inner_size() - row % kept.inner_size());
                        fold_equal_rows(in.bytes() + kept.offset(row) * in_size, kept.inner_stride(), reduced.total,
                                        run, out + row * size);
                    }
                    return;
                }
                Buffers buffers;
                if (has_rows_to_convert()) {
                    for (int64_t run; row < end; row += run) {
                        run = std::min({end - row, kept.inner_size() - row % kept.inner_size(),
                                        buffer_bytes / (reduced.total * size)});
                        const char *block =
                            load(in.bytes() + kept.offset(row) * in_size, 1, run * reduced.total, nullptr, 0, buffers);
                        fold_equal_rows(block, reduced.total, reduced.total, run, out + row * size);
                    }
                    return;
                }
                for (; row < end; ++row)
                    fold_piece(in.bytes() + kept.offset(row) * in_size, 0, reduced.total, centre(row), out + row * size,
                               buffers);
            };
            return run_tasks(tasks, kept.total * reduced.total, rows);
        }
        Array partials = empty(Dims{kept.total, pieces}, accumulate_in, in.device());
        const int64_t all = kept.total * pieces;
        run_tasks((all + pieces_together - 1) / pieces_together, kept.total * reduced.total, [&](int64_t task) {
            Buffers buffers;
            const int64_t first = task * pieces_together, last = std::min(all, first + pieces_together);
            for (int64_t piece = first; piece < last; ++piece) {
                const int64_t row = piece / pieces, start = piece % pieces * piece_elements;
                fold_piece(in.bytes() + kept.offset(row) * in_size, start,
                           std::min(reduced.total, start + piece_elements), centre(row),
                           partials.bytes() + piece * size, buffers);
            }
        });
        for (int64_t row = 0; row < kept.total; ++row)
            fold(partials.bytes() + row * pieces * size, pieces, out + row * size);
    }

    // Whether rows go to the kernel from where they are.
    bool is_direct() const { return kept.inner_stride() == 1 && in.dtype == accumulate_in && !centres; }

    // Rows of so few elements that they fill no vectors, one after the other: several are seen as a single one. Where
    // it begins, nothing is in `to` yet.
    void fold_narrow(char *to, const char *from, int64_t rows, int64_t n, bool begins) const {
        alignas(64) char wide[narrow_together * narrow * 8];
        const int64_t width = narrow_together * n, wide_rows = rows / narrow_together;
        auto take = [&](const char *row) {
            if (begins) memcpy(to, row, static_cast<size_t>(n * size));
            else accumulate(to, row, 0, 1, n);
            begins = false;
        };
        if (wide_rows > 1) {
            memcpy(wide, from, static_cast<size_t>(width * size));
            accumulate(wide, from + width * size, width, wide_rows - 1, width);
            for (int64_t half = width / 2; half >= n; half /= 2) accumulate(wide, wide + half * size, 0, 1, half);
            take(wide);
            from += wide_rows * width * size;
            rows -= wide_rows * narrow_together;
        }
        for (; rows > 0; --rows, from += n * size) take(from);
    }

    // Kept elements [column, column + n) of one innermost run: rows [start, end) of the reduced axes folded side by
    // side.
    void fold_columns(const char *base, int64_t start, int64_t end, int64_t n, const char *centre, char *out,
                      Buffers &buffers) const {
        alignas(64) char group[row_bytes];
        const bool direct = is_direct(), is_dense = kept.inner_stride() == 1 && reduced.inner_stride() == n && !centres;
        const bool is_narrow =
            is_dense && n <= narrow && (n <= narrow_together || n * size % 64 != 0);  // whole vectors
        const int64_t step = direct ? reduced.inner_stride() : n;
        for (int64_t row = start; row < end; row += piece_rows) {
            char *to = row == start ? out : group;
            const int64_t stop = std::min(end, row + piece_rows);
            for (int64_t r = row; r < stop;) {
                const char *from = base + reduced.offset(r) * in_size;
                // As many rows at once as step alike; of those that are converted, as many as fill a buffer.
                int64_t rows =
                    direct || is_dense ? std::min(stop - r, reduced.inner_size() - r % reduced.inner_size()) : 1;
                if (!direct) {
                    rows = std::min(rows, std::max<int64_t>(1, buffer_elements / n));
                    from = rows > 1 ? load(from, 1, rows * n, nullptr, 0, buffers)
                                    : load(from, kept.inner_stride(), n, centre, 1, buffers);
                }
                if (is_narrow) fold_narrow(to, from, rows, n, r == row);
                else {
                    const int64_t copied = r == row;
                    if (copied) memcpy(to, from, static_cast<size_t>(n * size));
                    accumulate(to, from + copied * step * size, step, rows - copied, n);
                }
                r += rows;
            }
            if (to != out) accumulate(out, group, 0, 1, n);
        }
    }

    void fold_side_by_side(char *out) const {
        const int64_t widest = is_direct() ? row_bytes / size : buffer_elements;
        int64_t width = std::min(kept.inner_size(), widest), blocks = (kept.inner_size() + width - 1) / width;
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
                         centre(first), to + (which * kept.total + first) * size, buffers);
        };
        int64_t tasks = outer * blocks * bands;
        run_tasks(tasks, kept.total * reduced.total, block);
        if (bands == 1) return;
        memcpy(out, partials.bytes(), static_cast<size_t>(kept.total * size));
        for (int64_t which = 1; which < bands; ++which)
            accumulate(out, partials.bytes() + which * kept.total * size, 0, 1, kept.total);
    }
};

void split_axes(const Layout &layout, const Dims &axes, Axes &kept, Axes &reduced) {
    int next = 0;
    for (int axis = 0; axis < layout.ndim(); ++axis) {
        bool folded = next < axes.size() && axes[next] == axis;
        next += folded;
        (folded ? reduced : kept).add(layout.shape[axis], layout.strides[axis]);
    }
}

// Whether whole runs are folded side by side: neighbours along the kept axes are nearer than along the reduced ones, or
// the rows to fold are so short that it costs less to collect their first elements, their second ones, and so on.
bool runs_side_by_side(const Axes &kept, const Axes &reduced) {
    constexpr int64_t short_row = 16, long_run = 64;
    auto magnitude = [](int64_t stride) { return stride < 0 ? -stride : stride; };
    if (kept.ndim == 0 || reduced.ndim == 0 || kept.inner_size() == 1) return false;
    if (reduced.total <= short_row && kept.inner_size() >= long_run) return true;
    return magnitude(kept.inner_stride()) < magnitude(reduced.inner_stride());
}

// The index of the best element along one axis, for every index of the others.
struct ArgReduction {
    const Array &in;
    ArgLoop loop;
    ArgRowsLoop loop_of_rows;
    ArgAccumulateLoop accumulate;
    const ElementwiseKernels *moves = kernels().elementwise;
    Axes kept{}, reduced{};
    const int size = itemsize(in.dtype);

    // n elements from `from`, `stride` apart, as they are or collected in `block`.
    const char *load(const char *from, int64_t stride, int64_t n, char *block) const {
        if (stride == 1 || n == 1) return from;
        moves->gather[log2_itemsize(in.dtype)](from, stride, block, n);
        return block;
    }

    // Whether the rows are contiguous, and so short that the kernel takes several at once.
    bool has_short_rows() const {
        return loop_of_rows && reduced.inner_stride() == 1 && reduced.total <= most_arg_row &&
               reduced.total * size >= 32;
    }

    void along_rows(int64_t *out) const {
        const int64_t length = reduced.total, per_task = std::max<int64_t>(1, task_elements / length);
        run_tasks((kept.total + per_task - 1) / per_task, kept.total * length, [&](int64_t task) {
            alignas(64) char block[buffer_elements * 8];
            int64_t row = task * per_task;
            const int64_t end = std::min(kept.total, row + per_task);
            for (int64_t run; has_short_rows() && row < end; row += run) {
                run = std::min(end - row, kept.inner_size() - row % kept.inner_size());
                loop_of_rows(in.bytes() + kept.offset(row) * size, kept.inner_stride(), length, run, out + row);
            }
            for (; row < end; ++row) {
                const char *base = in.bytes() + kept.offset(row) * size;
                alignas(8) char value[8], best[2 * 8];
                if (reduced.inner_stride() == 1 || length == 1) {
                    loop(base, length, &out[row], value);
                    continue;
                }
                // The best of each block meets the best so far.
                for (int64_t start = 0; start < length; start += buffer_elements) {
                    int64_t n = std::min(buffer_elements, length - start), index, winner;
                    const int64_t stride = reduced.inner_stride();
                    loop(load(base + start * stride * size, stride, n, block), n, &index, best + (start ? size : 0));
                    if (start == 0) {
                        out[row] = index;
                        continue;
                    }
                    loop(best, 2, &winner, value);
                    if (winner == 1) out[row] = start + index;
                    memcpy(best, value, static_cast<size_t>(size));
                }
            }
        });
    }

    void side_by_side(int64_t *out) const {
        const bool direct = kept.inner_stride() == 1;
        const int64_t width = std::min(kept.inner_size(), direct ? row_bytes / size : buffer_elements);
        const int64_t blocks = (kept.inner_size() + width - 1) / width, outer = kept.total / kept.inner_size();
        run_tasks(outer * blocks, kept.total * reduced.total, [&](int64_t task) {
            alignas(64) char block[buffer_elements * 8], values[row_bytes];
            const int64_t column = task % blocks * width, n = std::min(width, kept.inner_size() - column);
            const int64_t first = task / blocks * kept.inner_size() + column;
            const char *base = in.bytes() + kept.offset(first) * size;
            memcpy(values, load(base, kept.inner_stride(), n, block), static_cast<size_t>(n * size));
            std::fill_n(out + first, n, 0);
            for (int64_t row = 1; row < reduced.total;) {
                const int64_t rows =
                    direct ? std::min(reduced.total - row, reduced.inner_size() - row % reduced.inner_size()) : 1;
                const char *from = load(base + reduced.offset(row) * size, kept.inner_stride(), n, block);
                accumulate(values, out + first, from, reduced.inner_stride(), row, rows, n);
                row += rows;
            }
        });
    }
};

// Runs of that many contiguous elements, which lie apart, each to one element, and these to the results.
void reduce_runs_first(ReduceOp op, const Array &in, const Dims &axes, int64_t run, const Array &out) {
    int outer = axes.size();
    for (int64_t count = 1; count < run;) count *= in.shape()[static_cast<int>(axes[--outer])];
    const Dims outer_axes(axes.data(), outer), inner_axes(axes.data() + outer, axes.size() - outer);
    Dims shape(in.ndim() - inner_axes.size(), 0);
    for (int axis = 0, next = 0; axis < in.ndim(); ++axis) {
        if (next < inner_axes.size() && inner_axes[next] == axis) ++next;
        else shape[axis - next] = in.shape()[axis];
    }
    const Array folded = empty(shape, out.dtype, in.device());
    reduce(op, in, inner_axes, folded);
    reduce(op, folded, outer_axes, out);
}

}  // namespace

void reduce(ReduceOp op, const Array &elements, const Dims &axes, const Array &out, const Array *centres) {
    Array in = elements;
    // Bytes are as good as truth values, for any but 0 is true.
    if (out.dtype == DType::Bool && itemsize(in.dtype) == 1) in.dtype = DType::Bool;
    const int which = static_cast<int>(op), dtype = index_of(out.dtype);
    Reduction work{in,
                   out.dtype,
                   kernels().reduce->fold[which][dtype],
                   kernels().reduce->fold_rows[which][dtype],
                   kernels().reduce->accumulate[which][dtype],
                   centres ? centres->bytes() : nullptr};
    split_axes(in.layout, axes, work.kept, work.reduced);
    if (work.reduced.ndim > 1 && work.reduced.inner_stride() == 1 && work.reduced.inner_size() >= worthwhile_run &&
        !centres)
        return reduce_runs_first(op, in, axes, work.reduced.inner_size(), out);
    if (!work.has_vector_rows() && runs_side_by_side(work.kept, work.reduced)) work.fold_side_by_side(out.bytes());
    else work.fold_rows(out.bytes());
    // The largest or smallest of bytes that others wrote: any but 0 is true.
    if (out.dtype == DType::Bool) kernels().elementwise->cast[dtype][dtype](out.bytes(), out.bytes(), out.size());
}

void arg_reduce(bool largest, const Array &in, int axis, const Array &out) {
    const int dtype = index_of(in.dtype);
    const ReduceKernels &table = *kernels().reduce;
    ArgReduction work{in, (largest ? table.argmax : table.argmin)[dtype],
                      (largest ? table.argmax_rows : table.argmin_rows)[dtype],
                      (largest ? table.argmax_accumulate : table.argmin_accumulate)[dtype]};
    split_axes(in.layout, Dims{axis}, work.kept, work.reduced);
    if (!work.has_short_rows() && runs_side_by_side(work.kept, work.reduced)) work.side_by_side(out.data<int64_t>());
    else work.along_rows(out.data<int64_t>());
}

}  // namespace needle::cpu
