// Sorting by the vector kernels, which take signed keys; a long row in parts, for the threads.
#pragma once
#include "core/parallel.h"
#include "cpu/kernels.h"
#include "cpu/keys.h"
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

template <class S> void vector_sort(const KeyKernels &kernels, S *keys, S *spare, int64_t n) {
    constexpr int64_t max_parts = 32, min_part = 16384;
    if (kernels.is_ascending(keys, n)) return;
    if (kernels.is_descending(keys, n)) return std::reverse(keys, keys + n);
    int64_t starts[max_parts + 1] = {0, n}, middles[max_parts], parts = 1;
    for (; parts < max_parts && n / parts > 2 * min_part; parts *= 2) {
        parallel_for(parts, [&](int64_t part) {
            const int64_t start = starts[part], length = starts[part + 1] - start;
            middles[part] = start + (length < min_part ? length : kernels.split(keys + start, spare + start, length));
        });
        for (int64_t part = parts; part-- > 0;) {
            starts[2 * part + 2] = starts[part + 1];
            starts[2 * part + 1] = middles[part];
        }
    }
    parallel_for(parts, [&](int64_t part) {
        const int64_t start = starts[part];
        kernels.sort(keys + start, spare + start, starts[part + 1] - start);
    });
}

}  // namespace needle::cpu
