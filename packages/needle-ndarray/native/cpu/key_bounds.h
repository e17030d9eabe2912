// The least and the greatest key of a row: how many values its elements may have.
#pragma once
#include "cpu/keys.h"
#include "cpu/radix.h"
#include "cpu/vector_sort.h"
#include <algorithm>
#include <limits>
#include <type_traits>

namespace needle::cpu {

template <class K> struct Bounds {
    K low = std::numeric_limits<K>::max(), high = std::numeric_limits<K>::min();
    void add(K key) {
        low = std::min(low, key);
        high = std::max(high, key);
    }
};

// f(start, end) -> Bounds over chunks of n elements, as one.
template <class K, class F> Bounds<K> bounds_of(int64_t n, F &&f) {
    Bounds<K> parts[max_chunks];
    for_chunks(n, [&](int64_t chunk, int64_t start, int64_t end) { parts[chunk] = f(start, end); });
    Bounds<K> all = parts[0];
    for (int64_t chunk = 1; chunk < chunks_of(n); ++chunk) {
        all.add(parts[chunk].low);
        all.add(parts[chunk].high);
    }
    return all;
}

// The bounds of n elements' keys, which are written to `row` if that isn't null; it may be `from`.
template <class K>
Bounds<std::make_signed_t<K>> encode_row(const KeyKernels &kernels, const KeyCode &code, const K *from, K *row,
                                         int64_t n) {
    using S = std::make_signed_t<K>;
    return bounds_of<S>(n, [&](int64_t start, int64_t end) {
        S found[2];
        kernels.encode(from + start, row ? row + start : nullptr, end - start, code, found);
        return Bounds<S>{found[0], found[1]};
    });
}

// The bounds of the keys of n elements.
template <class O> Bounds<typename O::Key> key_bounds(const O &order, const typename O::Key *in, int64_t n) {
    using K = typename O::Key;
    if (sizeof(K) == 1 && n > O::sign) return {0, static_cast<K>(~K{0})};
    if (const KeyKernels *kernels = key_kernels<K>()) {
        const auto found = encode_row<K>(*kernels, key_code(order), in, nullptr, n);
        return {static_cast<K>(static_cast<K>(found.low) ^ O::sign),
                static_cast<K>(static_cast<K>(found.high) ^ O::sign)};
    }
    return bounds_of<K>(n, [=](int64_t start, int64_t end) {
        Bounds<K> part;
        for (int64_t i = start; i < end; ++i) part.add(order.encode(in[i]));
        return part;
    });
}

}  // namespace needle::cpu
