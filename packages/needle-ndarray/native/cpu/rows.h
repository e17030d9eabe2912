// Arrays seen as rows along their last axis, for kernels that work on contiguous rows. Rows of another stride are
// collected in blocks that stay in the cache; neighbouring columns by a blocked transpose.
#pragma once
#include "cpu/axes.h"
#include "cpu/kernels.h"
#include <algorithm>
#include <atomic>

namespace needle::cpu {

class Rows {
  public:
    Rows() = default;
    explicit Rows(const Array &array)
        : data_(array.bytes()), size_(itemsize(array.dtype)), which_(log2_itemsize(array.dtype)),
          length_(array.shape()[array.ndim() - 1]), stride_(array.strides()[array.ndim() - 1]) {
        for (int axis = 0; axis < array.ndim() - 1; ++axis) outer_.add(array.shape()[axis], array.strides()[axis]);
    }
    int64_t count() const { return outer_.total; }
    int64_t length() const { return length_; }
    int64_t bytes() const { return length_ * size_; }  // of a row
    bool are_contiguous() const { return stride_ == 1 || length_ <= 1; }
    char *row(int64_t index) const { return data_ + outer_.offset(index) * size_; }

    // Rows [first, first + count) to and from a block of contiguous ones.
    void gather(int64_t first, int64_t count, char *block) const {
        const ElementwiseKernels &moves = *kernels().elementwise;
        for_each_run(first, count, [&](char *from, int64_t done, int64_t n, bool side_by_side) {
            char *to = block + done * bytes();
            if (side_by_side) return moves.transpose[which_](from, stride_, to, length_, length_, n, false);
            for (int64_t i = 0; i < n; ++i)
                moves.gather[which_](from + i * outer_.inner_stride() * size_, stride_, to + i * bytes(), length_);
        });
    }
    void scatter(int64_t first, int64_t count, const char *block) const {
        const ElementwiseKernels &moves = *kernels().elementwise;
        for_each_run(first, count, [&](char *to, int64_t done, int64_t n, bool side_by_side) {
            const char *from = block + done * bytes();
            if (side_by_side) return moves.transpose[which_](from, length_, to, stride_, n, length_, false);
            for (int64_t i = 0; i < n; ++i)
                moves.scatter[which_](from + i * bytes(), to + i * outer_.inner_stride() * size_, stride_, length_);
        });
    }

  private:
    // f(address, rows before it, number of rows, whether they lie side by side) for each run of the innermost axis.
    template <class F> void for_each_run(int64_t first, int64_t count, F f) const {
        const int64_t inner = outer_.inner_size();
        for (int64_t done = 0; done < count;) {
            const int64_t n = std::min(count - done, inner - (first + done) % inner);
            f(row(first + done), done, n, n > 1 && outer_.inner_stride() == 1);
            done += n;
        }
    }

    char *data_ = nullptr;
    int64_t size_ = 1;
    int which_ = 0;
    int64_t length_ = 0, stride_ = 1;
    Axes outer_;
};

// task(index, scratch) for every index below `count`, over the threads where there are enough elements for that; each
// thread has `bytes` of scratch. Which thread takes which task is left open, so results must not depend on it.
template <class F> void run_tasks_with_scratch(int64_t count, int64_t elements, int64_t bytes, F &&task) {
    if (bytes == 0) return run_tasks(count, elements, [&](int64_t index) { task(index, nullptr); });
    const int64_t threads = elements > task_elements ? std::min<int64_t>(count, num_threads()) : 1;
    bytes = (bytes + 63) / 64 * 64;
    const StorageRef scratch = allocate_scratch(static_cast<size_t>(threads * bytes));
    std::atomic<int64_t> next{0};
    parallel_for(threads, [&](int64_t thread) {
        char *own = static_cast<char *>(scratch->data) + thread * bytes;
        for (int64_t index; (index = next.fetch_add(1, std::memory_order_relaxed)) < count;) task(index, own);
        kernels().elementwise->finish_streams();
    });
}

// kernel(index, rows of the inputs, row of the output, scratch) for every row of arrays that have the same shape. The
// output may have another last axis, or be null.
template <int inputs, class F>
void for_each_row(const Array *const (&arrays)[inputs], const Array *out, int64_t scratch_bytes, F &&kernel) {
    constexpr int64_t block_bytes = 256 << 10, fewest = 16;
    constexpr int64_t short_row = 64;  // a row of fewer elements takes as long as one of that many
    Rows in[inputs];
    for (int i = 0; i < inputs; ++i) in[i] = Rows(*arrays[i]);
    const int64_t count = in[0].count(), length = std::max(in[0].length(), short_row);
    const Rows target = out ? Rows(*out) : in[0];
    const bool collects_out = out && !target.are_contiguous();
    bool collects = collects_out;
    for (const Rows &rows : in) collects |= !rows.are_contiguous();
    int64_t per_task = std::max<int64_t>(1, task_elements / length);
    if (collects) per_task = std::max(fewest, block_bytes / std::max<int64_t>(in[0].bytes(), 1) / fewest * fewest);
    per_task = std::min(per_task, count);
    int64_t scratch_total = scratch_bytes, at[inputs + 1];
    for (int i = 0; i <= inputs; ++i) {
        const bool needs = i < inputs ? !in[i].are_contiguous() : collects_out;
        at[i] = scratch_total;
        scratch_total += needs ? per_task * (i < inputs ? in[i] : target).bytes() : 0;
    }
    run_tasks_with_scratch(
        (count + per_task - 1) / per_task, count * length, scratch_total, [&](int64_t task, char *scratch) {
            const int64_t start = task * per_task, n = std::min(per_task, count - start);
            for (int i = 0; i < inputs; ++i)
                if (!in[i].are_contiguous()) in[i].gather(start, n, scratch + at[i]);
            for (int64_t r = 0; r < n; ++r) {
                const char *rows[inputs];
                for (int i = 0; i < inputs; ++i)
                    rows[i] = in[i].are_contiguous() ? in[i].row(start + r) : scratch + at[i] + r * in[i].bytes();
                char *to = nullptr;
                if (out) to = collects_out ? scratch + at[inputs] + r * target.bytes() : target.row(start + r);
                kernel(start + r, rows, to, scratch);
            }
            if (collects_out) target.scatter(start, n, scratch + at[inputs]);
        });
}

}  // namespace needle::cpu
