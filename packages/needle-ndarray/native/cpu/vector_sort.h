// Sorting by the vector kernels, which take signed keys; a long row in parts, for the threads.
#pragma once
#include "core/parallel.h"
#include "cpu/kernels.h"
#include "cpu/keys.h"
#include "cpu/radix.h"
#include "cpu/sort_kernels.h"
#include <algorithm>

namespace needle::cpu {

// Null where the machine's vectors are too narrow, or the elements are.
template <class K> const KeyKernels *key_kernels() {
    if (sizeof(K) < 4) return nullptr;
    const KeyKernels &found = kernels().sort->of[sizeof(K) == 8];
    return found.sort ? &found : nullptr;
}

template <class K, bool real> KeyCode key_code(const Order<K, real> &order) {
    using O = Order<K, real>;
    if (real) return {static_cast<K>(~O::sign), order.flip};
    return {0, static_cast<K>(order.toggle ^ O::sign)};
}

// finish(keys, n) for sorted neighbours, every key once; for parts of a long row while they are in the caches.
template <class S, class F> void vector_sort(const KeyKernels &kernels, S *keys, S *spare, int64_t n, const F &finish) {
    constexpr int64_t max_parts = 64, min_part = 16384;
    const bool ascending = kernels.is_ascending(keys, n);
    if (ascending || kernels.is_descending(keys, n)) {
        if (!ascending) std::reverse(keys, keys + n);
        return for_chunks(n, [&](int64_t, int64_t start, int64_t end) { finish(keys + start, end - start); });
    }
    // Parts that follow each other in `keys`, where they will be sorted; each has a spare of its own, and stands there
    // if it was split off above others.
    struct Part {
        S *keys, *spare;
        int64_t n;
        bool in_spare;
    };
    Part row[max_parts] = {{keys, spare, n, false}};
    int64_t parts = 1;
    for (; parts < max_parts && n / parts > 2 * min_part; parts *= 2) {
        int64_t below[max_parts];
        parallel_for(parts, [&](int64_t i) {
            const Part &part = row[i];
            below[i] = part.n < min_part ? 0 : kernels.split(part.keys, part.spare, part.n, part.in_spare);
        });
        for (int64_t i = parts; i-- > 0;) {
            const Part part = row[i];
            const int64_t first = below[i];
            row[2 * i] = {part.keys, part.spare + (part.n - first), first, false};
            row[2 * i + 1] = {part.keys + first, part.spare, part.n - first, first > 0 || part.in_spare};
        }
    }
    parallel_for(parts, [&](int64_t i) {
        if (row[i].n == 0) return;
        kernels.sort(row[i].keys, row[i].spare, row[i].n, row[i].in_spare);
        finish(row[i].keys, row[i].n);
    });
}

}  // namespace needle::cpu
