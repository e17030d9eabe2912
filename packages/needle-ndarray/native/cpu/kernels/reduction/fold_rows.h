// Several contiguous rows folded together, each to one element.
#pragma once
#include "cpu/kernels/reduction/fold.h"
#include "cpu/kernels/vectors/vectors.h"

namespace needle::cpu {
namespace {

// The lanes of as many rows as a vector has, each row in a vector of its own, combined as fold_lanes does it, but those
// of two rows in one step. Lane k of the result is row k's.
template <int half, bool upper, class V, int... I> NEEDLE_INLINE V halves_of_two(V a, V b, LaneList<I...>) {
    return __builtin_shufflevector(a, b, (I + I / half * half + (upper ? half : 0))...);
}
template <class M, int half, class V> NEEDLE_INLINE V fold_lanes_of_rows(V *rows) {
    if constexpr (half == 0) return rows[0];
    else {
        using All = typename LanesUpTo<sizeof(V) / sizeof(rows[0][0])>::type;
#pragma GCC unroll 8
        for (int k = 0; k < half; ++k) {
            const V a = rows[2 * k], b = rows[2 * k + 1];
            rows[k] = M::apply(halves_of_two<half, false>(a, b, All{}), halves_of_two<half, true>(a, b, All{}));
        }
        return fold_lanes_of_rows<M, half / 2>(rows);
    }
}
// As many rows as a vector has lanes, each of so few vectors that they are folded one after the other, to the bit as
// fold_to_lanes does it.
template <class M, class T> NEEDLE_INLINE Vector<T> fold_short_rows(const T *in, int64_t stride, int64_t n) {
    constexpr int W = lanes<T>;
    const Vector<T> identity = Vector<T>{} + M::template identity<T>();
    Vector<Unsigned<T>> lane;
    for (int k = 0; k < W; ++k) lane[k] = k;
    const auto taken = static_cast<Unsigned<T>>(W - n % W);
    const auto is_new = lane >= taken;
    Vector<T> folded[W];
#pragma GCC unroll 16
    for (int k = 0; k < W; ++k) {
        const T *row = in + k * stride;
        if (n < W) {
            folded[k] = Part{static_cast<int>(n)}.load(row, M::template identity<T>());
            continue;
        }
        Vector<T> all = load(row);
        int64_t i = W;
#pragma GCC unroll 1
        for (; i + W <= n; i += W) {
            __builtin_prefetch(reinterpret_cast<const char *>(row + i) + prefetched_bytes);
            all = M::apply(all, load(row + i));
        }
        if (i < n) {
            const Vector<T> rest = load(row + n - W);  // reaches back over elements that were taken
            if constexpr (M::may_repeat) all = M::apply(all, rest);
            else all = M::apply(all, is_new ? rest : identity);
        }
        folded[k] = all;
    }
    return fold_lanes_of_rows<M, W / 2>(folded);
}

template <class M, class T> void fold_rows(const void *in_, int64_t stride, int64_t n, int64_t rows, void *out_) {
    auto in = static_cast<const T *>(in_);
    auto out = static_cast<T *>(out_);
    constexpr int W = lanes<T>;
    int64_t row = 0;
    // Of vectors of 16 bytes, rows of narrow elements would take as many steps as there are elements.
    constexpr bool together = sizeof(T) >= 4 || vector_bytes >= 32;
    if (together && n <= fold_chains * W) {
        for (; row + W <= rows; row += W) store(out + row, fold_short_rows<M>(in + row * stride, stride, n));
    } else if (together && n <= fold_block_size) {
        for (; row + W <= rows; row += W) {
            Vector<T> folded[W];
            for (int k = 0; k < W; ++k) folded[k] = fold_to_lanes<M, T>(in + (row + k) * stride, n, Elements<T>{});
            store(out + row, fold_lanes_of_rows<M, W / 2>(folded));
        }
    }
    for (; row < rows; ++row) fold<M, T>(in + row * stride, n, out + row);
}

}  // namespace
}  // namespace needle::cpu
