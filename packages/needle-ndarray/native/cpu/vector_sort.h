// Sorting by the vector kernels, which take signed keys; a long row in parts, for the threads.
#pragma once
#include "core/parallel.h"
#include "cpu/kernels.h"
#include "cpu/keys.h"
#include "cpu/radix.h"
#include "cpu/sort_kernels.h"
#include <algorithm>
#include <atomic>

namespace needle::cpu {

// Null where the machine's vectors are too narrow, or the elements are.
template <class K> const KeyKernels *key_kernels() {
    if (sizeof(K) < 2) return nullptr;
    const KeyKernels &found = kernels().sort->of[__builtin_ctz(sizeof(K)) - 1];
    return found.sort_few ? &found : nullptr;
}

template <class K, bool real> KeyCode key_code(const Order<K, real> &order) {
    using O = Order<K, real>;
    if (real) return {static_cast<K>(~O::sign), order.flip};
    return {0, static_cast<K>(order.toggle ^ O::sign)};
}

// The order in which elements stand, as far as that makes sorting them needless.
enum class Standing { Ascending, Descending, Mixed };

template <class K> Standing standing_of(const KeyKernels &kernels, const K *in, int64_t n, const KeyCode &code) {
    // Chunks have their ends in common.
    auto everywhere = [&](auto holds) {
        if (chunks_of(n) == 1) return holds(in, n, code);
        std::atomic<bool> all{true};
        for_chunks(n, [&](int64_t, int64_t start, int64_t end) {
            if (!holds(in + start, std::min(end + 1, n) - start, code)) all.store(false, std::memory_order_relaxed);
        });
        return all.load();
    };
    if (everywhere(kernels.is_ascending)) return Standing::Ascending;
    return everywhere(kernels.is_descending) ? Standing::Descending : Standing::Mixed;
}

// finish(keys, n) for sorted neighbours, every key once; for parts of a long row while they are in the caches.
template <class S, class F> void vector_sort(const KeyKernels &kernels, S *keys, S *spare, int64_t n, const F &finish) {
    constexpr int64_t max_parts = 64, min_part = 16384;
    if (n <= 2 * min_part) {
        kernels.sort(keys, spare, n, false);
        return finish(keys, n);
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
            // All are equal, and in order.
            if (part.n > 0 && below[i] == part.n) finish(part.keys, part.n);
        });
        for (int64_t i = parts; i-- > 0;) {
            const Part part = row[i];
            const int64_t first = below[i];
            row[2 * i] = {part.keys, part.spare + (part.n - first), first, false};
            row[2 * i + 1] = {part.keys + first, part.spare, part.n - first, first > 0 || part.in_spare};
            if (first == part.n) row[2 * i].n = 0;
        }
    }
    parallel_for(parts, [&](int64_t i) {
        if (row[i].n == 0) return;
        kernels.sort(row[i].keys, row[i].spare, row[i].n, row[i].in_spare);
        finish(row[i].keys, row[i].n);
    });
}

}  // namespace needle::cpu
