#include "cpu/contraction.h"
#include "core/parallel.h"
#include "cpu/iterate.h"
#include "cpu/kernels.h"
#include <algorithm>
#include <cstring>
#include <type_traits>

namespace needle::cpu {

namespace {

constexpr int64_t piece_elements = 16 * buffer_elements;  // of a long sum, each added to one partial result
constexpr int64_t most_tasks = 64;                        // of pieces, while there are more pieces than this
constexpr int64_t group_rows = 128;                       // added side by side into one row of partial results
constexpr int64_t short_sum = 32;                         // up to here, sums side by side beat sums one by one

// Axes counted together, the last the innermost; merged where both operands step as one.
struct PairedAxes {
    int ndim = 0;
    int64_t total = 1;
    int64_t shape[max_ndim], strides[2][max_ndim];

    void add(int64_t size, int64_t stride_a, int64_t stride_b) {
        total *= size;
        if (size == 1) return;
        const bool merge = ndim > 0 && strides[0][ndim - 1] == wrapping_product(stride_a, size) &&
                           strides[1][ndim - 1] == wrapping_product(stride_b, size);
        if (!merge) shape[ndim++] = 1;
        shape[ndim - 1] *= size;
        strides[0][ndim - 1] = stride_a;
        strides[1][ndim - 1] = stride_b;
    }
    int64_t inner_size() const { return ndim ? shape[ndim - 1] : 1; }
    int64_t inner_stride(int operand) const { return ndim ? strides[operand][ndim - 1] : 0; }
    int64_t offset(int operand, int64_t index) const {
        int64_t sum = 0;
        for (int axis = ndim - 1; axis >= 0; --axis) {
            sum += index % shape[axis] * strides[operand][axis];
            index /= shape[axis];
        }
        return sum;
    }
};

struct Contraction {
    const Array *operands[2];
    const DType dtype;  // that products are added in
    const BinaryLoop multiply = kernels().elementwise->binary[static_cast<int>(BinaryOp::multiply)][index_of(dtype)];
    const FoldLoop fold = kernels().reduce->fold[static_cast<int>(ReduceOp::sum)][index_of(dtype)];
    const AccumulateLoop accumulate = kernels().reduce->accumulate[static_cast<int>(ReduceOp::sum)][index_of(dtype)];
    const ElementwiseKernels *const moves = kernels().elementwise;
    PairedAxes kept{}, summed{};
    const int size = itemsize(dtype);

    struct alignas(64) Buffers {
        char raw[buffer_elements * 8], converted[2][buffer_elements * 8];
        char products[buffer_elements * 8], partials[2 * piece_elements / buffer_elements * 8];
    };

    Contraction(const Array &a, const Array &b, const Dims &axes, DType dtype) : operands{&a, &b}, dtype(dtype) {
        int next = 0;
        for (int axis = 0; axis < a.ndim(); ++axis) {
            const bool folded = next < axes.size() && axes[next] == axis;
            next += folded;
            (folded ? summed : kept).add(a.shape()[axis], a.strides()[axis], b.strides()[axis]);
        }
    }

    // n elements of both operands along the innermost run of `axes` from these offsets, in the dtype of the products:
    // side by side or, with a step of 0, one for all.
    struct Run {
        const char *inputs[2];
        int64_t steps[2];
    };
    Run fetch_run(const PairedAxes &axes, const int64_t (&offsets)[2], int64_t n, Buffers &buffers) const {
        Run run;
        for (int p = 0; p < 2; ++p) {
            const DType own = operands[p]->dtype;
            const char *from = operands[p]->bytes() + offsets[p] * itemsize(own);
            const int64_t stride = axes.inner_stride(p), count = stride == 0 ? 1 : n;
            run.steps[p] = stride == 0 ? 0 : 1;
            if (stride != 1 && count > 1) {
                char *block = own == dtype ? buffers.converted[p] : buffers.raw;
                moves->gather[log2_itemsize(own)](from, stride, block, count);
                from = block;
            }
            if (own != dtype) {
                moves->cast[index_of(own)][index_of(dtype)](from, buffers.converted[p], count);
                from = buffers.converted[p];
            }
            run.inputs[p] = from;
        }
        return run;
    }
    void multiply_run(const Run &run, int64_t n, void *to) const {
        multiply(run.inputs[0], run.steps[0], run.inputs[1], run.steps[1], to, n);
    }
    // Whether runs of the summed axes are read where they are, so that they may be longer than the buffers.
    bool is_direct() const {
        for (int p = 0; p < 2; ++p)
            if (summed.inner_stride(p) != 1 || operands[p]->dtype != dtype) return false;
        return dtype == DType::Float32 || dtype == DType::Float64;
    }
    // The sum of the products of a run.
    void sum_run(const Run &run, int64_t n, void *out, Buffers &buffers) const {
        const bool side_by_side = run.steps[0] == 1 && run.steps[1] == 1;
        auto dot = [&](auto loop, auto *typed_out) {
            using T = std::remove_pointer_t<decltype(typed_out)>;
            loop(reinterpret_cast<const T *>(run.inputs[0]), reinterpret_cast<const T *>(run.inputs[1]), n, typed_out);
        };
        if (side_by_side && dtype == DType::Float32) return dot(kernels().gemm->dot_f32, static_cast<float *>(out));
        if (side_by_side && dtype == DType::Float64) return dot(kernels().gemm->dot_f64, static_cast<double *>(out));
        multiply_run(run, n, buffers.products);
        fold(buffers.products, n, out);
    }

    // Products [start, end) of result number `row`, added in a fixed tree.
    void sum_piece(int64_t row, int64_t start, int64_t end, char *out, Buffers &buffers) const {
        const int64_t base[2] = {kept.offset(0, row), kept.offset(1, row)};
        const int64_t longest = is_direct() ? piece_elements : buffer_elements;
        int partials = 0;
        while (start < end) {
            const int64_t left = summed.inner_size() - start % summed.inner_size();
            const int64_t n = std::min({longest, end - start, left});
            const int64_t offsets[2] = {base[0] + summed.offset(0, start), base[1] + summed.offset(1, start)};
            sum_run(fetch_run(summed, offsets, n, buffers), n, buffers.partials + partials++ * size, buffers);
            start += n;
            if (partials == 2 * piece_elements / buffer_elements) {
                fold(buffers.partials, partials, buffers.partials);
                partials = 1;
            }
        }
        if (partials == 1) memcpy(out, buffers.partials, static_cast<size_t>(size));
        else fold(buffers.partials, partials, out);
    }

    void one_by_one(char *out) const {
        const int64_t pieces = (summed.total + piece_elements - 1) / piece_elements;
        // Tasks of some size also where there are many pieces: long runs are what memory is fast at.
        const int64_t per_task = std::max<int64_t>({1, task_elements / summed.total, kept.total * pieces / most_tasks});
        Array partials;
        if (pieces > 1) partials = empty(Dims{kept.total, pieces}, dtype, operands[0]->device());
        char *to = pieces > 1 ? partials.bytes() : out;
        run_tasks((kept.total * pieces + per_task - 1) / per_task, [&](int64_t task) {
            Buffers buffers;
            const int64_t last = std::min(kept.total * pieces, (task + 1) * per_task);
            for (int64_t i = task * per_task; i < last; ++i) {
                const int64_t start = i % pieces * piece_elements;
                sum_piece(i / pieces, start, std::min(summed.total, start + piece_elements), to + i * size, buffers);
            }
        });
        if (pieces == 1) return;
        for (int64_t row = 0; row < kept.total; ++row)
            fold(partials.bytes() + row * pieces * size, pieces, out + row * size);
    }

    // Results [first, first + n) of one innermost run: products [start, end) of each, added side by side.
    void sum_columns(int64_t first, int64_t start, int64_t end, int64_t n, char *out, Buffers &buffers) const {
        alignas(64) char group[buffer_elements * 8];
        const int64_t base[2] = {kept.offset(0, first), kept.offset(1, first)};
        for (int64_t row = start; row < end; row += group_rows) {
            char *to = row == start ? out : group;
            for (int64_t r = row, stop = std::min(end, row + group_rows); r < stop; ++r) {
                const int64_t offsets[2] = {base[0] + summed.offset(0, r), base[1] + summed.offset(1, r)};
                multiply_run(fetch_run(kept, offsets, n, buffers), n, r == row ? to : buffers.products);
                if (r != row) accumulate(to, buffers.products, 0, 1, n);
            }
            if (to != out) accumulate(out, group, 0, 1, n);
        }
    }

    void side_by_side(char *out) const {
        const int64_t width = std::min(kept.inner_size(), buffer_elements);
        const int64_t blocks = (kept.inner_size() + width - 1) / width, outer = kept.total / kept.inner_size();
        // Long columns are cut into bands, so that narrow arrays feed several threads too.
        const int64_t band = std::max(group_rows, 4 * task_elements / width / group_rows * group_rows);
        const int64_t bands = (summed.total + band - 1) / band;
        Array partials;
        if (bands > 1) partials = empty(Dims{bands, kept.total}, dtype, operands[0]->device());
        char *to = bands > 1 ? partials.bytes() : out;
        run_tasks(outer * blocks * bands, [&](int64_t task) {
            Buffers buffers;
            const int64_t which = task % bands, column = task / bands % blocks * width;
            const int64_t first = task / bands / blocks * kept.inner_size() + column;
            sum_columns(first, which * band, std::min(summed.total, (which + 1) * band),
                        std::min(width, kept.inner_size() - column), to + (which * kept.total + first) * size, buffers);
        });
        if (bands == 1) return;
        memcpy(out, partials.bytes(), static_cast<size_t>(kept.total * size));
        for (int64_t which = 1; which < bands; ++which)
            accumulate(out, partials.bytes() + which * kept.total * size, 0, 1, kept.total);
    }

    // Whether neighbouring results are nearer in memory than neighbouring products, or sums too short for a loop each.
    bool runs_side_by_side() const {
        auto reach = [](const PairedAxes &axes) {
            auto magnitude = [](int64_t stride) { return stride < 0 ? -stride : stride; };
            return std::max(magnitude(axes.inner_stride(0)), magnitude(axes.inner_stride(1)));
        };
        return kept.inner_size() >= short_sum && (summed.total < short_sum || reach(kept) < reach(summed));
    }

  private:
    template <class F> void run_tasks(int64_t count, F &&task) const {
        if (kept.total * summed.total > task_elements) return parallel_for(count, task);
        for (int64_t i = 0; i < count; ++i) task(i);
    }
};

}  // namespace

void sum_products(const Array &a, const Array &b, const Dims &axes, const Array &out) {
    const Contraction work(a, b, axes, out.dtype);
    if (work.runs_side_by_side()) work.side_by_side(out.bytes());
    else work.one_by_one(out.bytes());
}

}  // namespace needle::cpu
