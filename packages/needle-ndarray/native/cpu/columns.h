// Arrays seen as columns along their last axis that lie side by side in memory, for kernels whose lanes are columns.
#pragma once
#include "cpu/axes.h"
#include <algorithm>

namespace needle::cpu {

// A kernel for arrays of `length` rows of `columns` neighbouring elements, each array's rows `steps` elements apart:
// those of the inputs in order, then of the output.
using ColumnsLoop = void (*)(const void *const *in, void *out, const int64_t *steps, int64_t length, int64_t columns);

// The loop over arrays of the same shape, in parts of tiles that stay in the cache; false, and nothing done, where the
// columns do not lie side by side in all of them, or fewer than `fewest` do.
template <int inputs>
bool run_columns(ColumnsLoop loop, int64_t fewest, const Array *const (&in)[inputs], const Array &out) {
    constexpr int64_t tile_elements = 32768, strip = 64;
    const int last = out.ndim() - 1;
    const int64_t length = out.shape()[last], size = itemsize(out.dtype);
    Axes outer[inputs + 1];
    int64_t steps[inputs + 1];
    int64_t run = out.size() / length;
    for (int p = 0; p <= inputs; ++p) {
        const Array &array = p < inputs ? *in[p] : out;
        for (int axis = 0; axis < last; ++axis) outer[p].add(array.shape()[axis], array.strides()[axis]);
        if (outer[p].inner_stride() != 1) return false;
        steps[p] = array.strides()[last];
        run = std::min(run, outer[p].inner_size());
    }
    if (run < fewest || length == 1) return false;
    const int64_t width = std::max(strip, tile_elements / length / strip * strip);
    const int64_t tiles = (run + width - 1) / width, runs = outer[inputs].total / run;
    const int64_t per_task = std::max<int64_t>(1, tile_elements / (length * std::min(run, width)));
    run_tasks((tiles * runs + per_task - 1) / per_task, out.size(), [&](int64_t task) {
        const int64_t end = std::min((task + 1) * per_task, tiles * runs);
        for (int64_t tile = task * per_task; tile < end; ++tile) {
            const int64_t at = tile % tiles * width, first = tile / tiles * run + at;
            const void *from[inputs];
            for (int p = 0; p < inputs; ++p) from[p] = in[p]->bytes() + outer[p].offset(first) * size;
            loop(from, out.bytes() + outer[inputs].offset(first) * size, steps, length, std::min(width, run - at));
        }
    });
    return true;
}

}  // namespace needle::cpu
