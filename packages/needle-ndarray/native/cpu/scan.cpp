#include "cpu/scan.h"
#include "cpu/axes.h"
#include "cpu/kernels.h"
#include <algorithm>
#include <cstring>

namespace needle::cpu {

namespace {

// In turn, because the order of factors decides over products that overflow or vanish on the way.
template <class T> void running_product(const void *in_, void *carry, void *out_, int64_t n) {
    // Integers wrap around, which only unsigned arithmetic may.
    using Product = std::conditional_t<std::is_integral_v<T>, uint64_t, T>;
    auto in = static_cast<const T *>(in_);
    auto out = static_cast<T *>(out_);
    auto product = static_cast<Product>(*static_cast<T *>(carry));
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<T>(product *= static_cast<Product>(in[i]));
    *static_cast<T *>(carry) = static_cast<T>(product);
}

ScanLoop loop_of(bool product, DType dtype) {
    if (!product) return kernels().reduce->running_sum[index_of(dtype)];
    return dispatch(dtype, [](auto tag) -> ScanLoop { return running_product<typename decltype(tag)::type>; });
}

struct Scan {
    const Array &in, &out;
    const int axis;
    ScanLoop loop;
    BinaryLoop combine;
    const char *identity;  // of the dtype of the result
    const ElementwiseKernels *moves = kernels().elementwise;
    Axes outer{}, inner{};
    const int in_size = itemsize(in.dtype), size = itemsize(out.dtype);
    const int64_t length = in.shape()[axis], in_step = in.strides()[axis], out_step = out.strides()[axis];

    struct alignas(64) Buffers {
        char raw[buffer_elements * 8], converted[buffer_elements * 8], result[buffer_elements * 8];
    };

    const char *from(int64_t row, int64_t column) const {
        return in.bytes() + (outer.offset(row) + inner.offset(column)) * in_size;
    }
    char *to(int64_t row, int64_t column) const {
        const int64_t stride = axis > 0 ? out.strides()[axis - 1] : 0;
        return out.bytes() + (row * stride + column) * size;
    }

    // n elements from `from`, `stride` apart, as contiguous elements of the dtype of the result.
    const char *load(const char *from, int64_t stride, int64_t n, Buffers &buffers) const {
        if (stride != 1 && n > 1) {
            moves->gather[log2_itemsize(in.dtype)](from, stride, buffers.raw, n);
            from = buffers.raw;
        }
        if (in.dtype == out.dtype) return from;
        moves->cast[index_of(in.dtype)][index_of(out.dtype)](from, buffers.converted, n);
        return buffers.converted;
    }

    // Whether rows are short and lie evenly apart; where they are converted, one follows the other, and several are in
    // one go.
    bool has_short_rows() const {
        const bool converts = in.dtype != out.dtype;
        return in_step == 1 && out_step == 1 && inner.total == 1 && outer.ndim <= 1 && 2 * length <= buffer_elements &&
               (!converts || outer.inner_stride() == length);
    }
    // Rows [first, last) of such. What a row needs is at hand: looked up anew for each, it takes longer than ten sums.
    void along_short_rows(int64_t first, int64_t last, Buffers &buffers) const {
        const ScanLoop scan = loop;
        const bool converts = in.dtype != out.dtype;
        const int64_t n = length, in_row = converts ? n * size : outer.inner_stride() * in_size,
                      out_row = to(1, 0) - to(0, 0);
        alignas(8) char start[8];
        memcpy(start, identity, sizeof start);
        for (int64_t row = first, count; row < last; row += count) {
            count = converts ? std::min(last - row, buffer_elements / n) : last - row;
            const char *block = converts ? load(from(row, 0), 1, count * n, buffers) : from(row, 0);
            char *target = to(row, 0);
            for (int64_t i = 0; i < count; ++i, block += in_row, target += out_row) {
                alignas(8) char carry[8];
                memcpy(carry, start, sizeof carry);
                scan(block, carry, target, n);
            }
        }
    }

    void along_rows() const {
        const int64_t per_task = std::max<int64_t>(1, task_elements / length), rows = outer.total * inner.total;
        run_tasks((rows + per_task - 1) / per_task, rows * length, [&](int64_t task) {
            Buffers buffers;
            const int64_t first = task * per_task, last = std::min(rows, first + per_task);
            if (has_short_rows()) return along_short_rows(first, last, buffers);
            int64_t row = first / inner.total, column = first % inner.total;
            for (int64_t i = first; i < last; ++i, ++column) {
                if (column == inner.total) column = 0, ++row;
                const char *source = from(row, column);
                char *target = to(row, column);
                alignas(8) char carry[8];
                memcpy(carry, identity, sizeof carry);
                for (int64_t start = 0; start < length; start += buffer_elements) {
                    const int64_t n = std::min(buffer_elements, length - start);
                    const char *block = load(source + start * in_step * in_size, in_step, n, buffers);
                    char *place = target + start * out_step * size;
                    loop(block, carry, out_step == 1 ? place : buffers.result, n);
                    if (out_step != 1) moves->scatter[log2_itemsize(out.dtype)](buffers.result, place, out_step, n);
                }
            }
        });
    }

    // Neighbouring columns together: each row of the result is the row before, combined with a row of `in`.
    void side_by_side() const {
        const int64_t width = std::min(inner.total, buffer_elements), blocks = (inner.total + width - 1) / width;
        run_tasks(outer.total * blocks, in.size(), [&](int64_t task) {
            Buffers buffers;
            const int64_t row = task / blocks, first = task % blocks * width,
                          last = std::min(inner.total, first + width);
            for (int64_t column = first; column < last;) {
                const int64_t n = std::min(last - column, inner.inner_size() - column % inner.inner_size());
                const char *source = from(row, column);
                char *target = to(row, column);
                for (int64_t i = 0; i < length; ++i, source += in_step * in_size, target += out_step * size) {
                    const char *block = load(source, inner.inner_stride(), n, buffers);
                    if (i == 0) memcpy(target, block, static_cast<size_t>(n * size));
                    else combine(target - out_step * size, 1, block, 1, target, n);
                }
                column += n;
            }
        });
    }
};

}  // namespace

void scan(bool product, const Array &in, int axis, const Array &out) {
    if (in.size() == 0) return;
    const BinaryOp op = product ? BinaryOp::multiply : BinaryOp::add;
    alignas(8) char identity[8];
    dispatch(out.dtype, [&](auto tag) {
        using T = typename decltype(tag)::type;
        const T value = static_cast<T>(product ? 1.0 : -0.0);  // -0 + x is x for every x
        memcpy(identity, &value, sizeof value);
    });
    Scan work{in,
              out,
              axis,
              loop_of(product, out.dtype),
              kernels().elementwise->binary[static_cast<int>(op)][index_of(out.dtype)],
              identity};
    for (int i = 0; i < in.ndim(); ++i)
        if (i != axis) (i < axis ? work.outer : work.inner).add(in.shape()[i], in.strides()[i]);
    constexpr int64_t worthwhile = 16;
    if (work.inner.inner_size() >= worthwhile) work.side_by_side();
    else work.along_rows();
}

}  // namespace needle::cpu
