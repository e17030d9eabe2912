#include "ops/indexed_rows.h"
#include "cpu/axes.h"
#include "cpu/kernels.h"
#include "ops/copy.h"
#include <algorithm>
#include <atomic>

namespace needle {

namespace {

// Rows that lie evenly, and what stands beside their indices; steps and strides count elements.
struct Rows {
    int64_t count, n;
    const int64_t *indices;
    uint64_t size, from_end;  // from_end is added to indices beyond the size: those are negative, or no indices
    char *elements;
    int64_t step, stride;
    char *others;
    int64_t others_step, others_stride;
};

template <class Word, bool writes> inline bool move_elements(const Rows &rows, int64_t stride, int64_t others_stride) {
    const int64_t n = rows.n;
    const uint64_t size = rows.size, from_end = rows.from_end;
    for (int64_t row = 0; row < rows.count; ++row) {
        Word *const elements = reinterpret_cast<Word *>(rows.elements) + row * rows.step;
        Word *const others = reinterpret_cast<Word *>(rows.others) + row * rows.others_step;
        const int64_t *const indices = rows.indices + row * n;
#pragma GCC unroll 4
        for (int64_t i = 0; i < n; ++i) {
            auto index = static_cast<uint64_t>(indices[i]);
            if (index >= size) {
                index += from_end;
                if (index >= size) return false;
            }
            const int64_t at = static_cast<int64_t>(index) * stride;
            if (writes) elements[at] = others[i * others_stride];
            else others[i * others_stride] = elements[at];
        }
    }
    return true;
}
template <class Word, bool writes> bool move(const Rows &rows) {
    if (rows.stride == 1 && rows.others_stride == 1) return move_elements<Word, writes>(rows, 1, 1);
    return move_elements<Word, writes>(rows, rows.stride, rows.others_stride);
}

bool are_rows(const Array &a, const Array &indices) {
    constexpr int64_t shortest = 4;
    if (!is_integer(indices.dtype)) return false;
    const int last = a.ndim() - 1;
    const int64_t count = indices.size();
    if (last == 0) return count > 0 && count <= task_elements;
    if (last < 0 || indices.ndim() != a.ndim() || count == 0) return false;
    for (int axis = 0; axis < last; ++axis)
        if (indices.shape()[axis] != a.shape()[axis]) return false;
    return indices.shape()[last] >= shortest && indices.shape()[last] <= task_elements;
}

// An array of indices, or of what stands beside them, where there is one row only.
Array as_row(const Array &array) { return array.view({Dims{array.size()}, Dims{1}, array.layout.offset}); }

// holds(first, count) for all rows of `n` indices, some at a time.
template <class F> bool for_rows(int64_t count, int64_t n, const F &holds) {
    const int64_t of_task = std::max<int64_t>(1, task_elements / n);
    if (count <= of_task) return holds(0, count);
    std::atomic<bool> all{true};
    cpu::run_tasks((count + of_task - 1) / of_task, count * n, [&](int64_t task) {
        const int64_t first = task * of_task;
        if (!holds(first, std::min(of_task, count - first))) all.store(false, std::memory_order_relaxed);
    });
    return all;
}

// `indices` are dense and int64; all have the same axes.
template <bool writes> bool move_rows(const Array &a, const Array &indices, bool from_end, const Array &others) {
    constexpr bool (*by_size[])(const Rows &) = {move<uint8_t, writes>, move<uint16_t, writes>, move<uint32_t, writes>,
                                                 move<uint64_t, writes>};
    const auto move = by_size[log2_itemsize(a.dtype)];
    const int last = a.ndim() - 1;
    const auto size = static_cast<uint64_t>(a.shape()[last]);
    const int64_t n = indices.shape()[last], bytes = itemsize(a.dtype);
    cpu::Axes axes, other_axes;
    for (int axis = 0; axis < last; ++axis) {
        axes.add(a.shape()[axis], a.strides()[axis]);
        other_axes.add(others.shape()[axis], others.strides()[axis]);
    }
    const bool even = axes.ndim <= 1 && other_axes.ndim <= 1;
    return for_rows(axes.total, n, [&](int64_t first, int64_t count) {
        Rows rows{even ? count : 1,
                  n,
                  nullptr,
                  size,
                  from_end ? size : 0,
                  nullptr,
                  axes.inner_stride(),
                  a.strides()[last],
                  nullptr,
                  other_axes.inner_stride(),
                  others.strides()[last]};
        for (int64_t row = first; row < first + count; row += rows.count) {
            rows.indices = indices.data<int64_t>() + row * n;
            rows.elements = a.bytes() + axes.offset(row) * bytes;
            rows.others = others.bytes() + other_axes.offset(row) * bytes;
            if (!move(rows)) return false;
        }
        return true;
    });
}

bool count_from_end(const Array &indices) { return kind_of(indices.dtype) != Kind::Unsigned; }

}  // namespace

std::optional<Array> take_rows(const Array &a, const Array &indices) {
    if (!are_rows(a, indices)) return std::nullopt;
    const Array at = compact(astype(indices, DType::Int64));
    Array out = empty(indices.shape(), a.dtype, a.device());
    const bool good = a.ndim() == 1 ? move_rows<false>(a, as_row(at), count_from_end(indices), as_row(out))
                                    : move_rows<false>(a, at, count_from_end(indices), out);
    if (!good) return std::nullopt;
    return out;
}

bool put_rows(const Array &target, const Array &indices, const Array &values) {
    if (!are_rows(target, indices) || indices.ndim() != target.ndim()) return false;
    const Array from = assigned_values(target, values, indices.shape());
    Array at = compact(astype(indices, DType::Int64));
    if (may_overlap(target, at)) at = copy(at);
    const int64_t size = target.shape()[target.ndim() - 1];
    const bool from_end = count_from_end(indices);
    const int64_t n = indices.shape()[indices.ndim() - 1], low = from_end ? -size : 0;
    auto are_within = [&, check = cpu::kernels().elementwise->are_within](int64_t first, int64_t count) {
        return check(at.data<int64_t>() + first * n, low, size, count * n);
    };
    return for_rows(at.size() / n, n, are_within) && move_rows<true>(target, at, from_end, from);
}

Array assigned_values(const Array &target, const Array &values, const Dims &shape) {
    auto spread = [&](const Array &array) {
        const Layout &layout = array.layout;
        return array.view(broadcast_to(
            layout.ndim() > shape.size() ? without_leading_ones(layout, shape.size()) : layout, shape, "assignment"));
    };
    const Array from = spread(values);
    if (values.dtype == target.dtype && !may_overlap(target, values)) return from;
    // Converted or copied before it is broadcast.
    return spread(values.dtype != target.dtype ? astype(values, target.dtype) : copy(values));
}

}  // namespace needle
