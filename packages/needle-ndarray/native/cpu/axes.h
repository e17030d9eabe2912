// Groups of axes as one, and rows of work spread over the threads.
#pragma once
#include "core/layout.h"
#include "core/parallel.h"
#include "cpu/iterate.h"
#include "cpu/kernels.h"

namespace needle::cpu {

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
        for (int axis = ndim - 1; axis > 0; --axis) {
            sum += index % shape[axis] * strides[axis];
            index /= shape[axis];
        }
        return ndim ? sum + index * strides[0] : 0;
    }
};

// task(0) ... task(count - 1), over the threads where there are enough elements for that; only then a task may store
// past the caches.
template <class F> void run_tasks(int64_t count, int64_t elements, F &&task) {
    if (elements > task_elements)
        return parallel_for(count, [&](int64_t index) {
            task(index);
            kernels().elementwise->finish_streams();
        });
    for (int64_t i = 0; i < count; ++i) task(i);
}

}  // namespace needle::cpu
