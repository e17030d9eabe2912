// Sorting what fits into registers, without a branch. The keys stand in rows of vectors: a network sorts all columns at
// once (Batcher 1968), then neighbouring columns merge, two becoming one of twice the length, until one is left.
#pragma once
#include "cpu/kernels/isa.h"
#include "cpu/kernels/loops.h"
#include "cpu/kernels/transpose.h"
#include "cpu/kernels/types.h"
#include "cpu/kernels/vectors.h"

namespace needle::cpu {
namespace {

constexpr int most_rows = vector_registers / 2;
template <class T> constexpr int most_few = most_rows * lanes<T>;  // keys that one network sorts

template <class V> NEEDLE_INLINE void exchange(V &a, V &b) {
    const V low = b < a ? b : a;
    b = b < a ? a : b;
    a = low;
}

// ---- Along the columns

template <int first, int count, int stride, class V> NEEDLE_INLINE void merge_rows(V *rows) {
    if constexpr (2 * stride < count) {
        merge_rows<first, count, 2 * stride>(rows);
        merge_rows<first + stride, count, 2 * stride>(rows);
#pragma GCC unroll 16
        for (int i = first + stride; i + stride < first + count; i += 2 * stride) exchange(rows[i], rows[i + stride]);
    } else exchange(rows[first], rows[first + stride]);
}
template <int first, int count, class V> NEEDLE_INLINE void sort_columns(V *rows) {
    if constexpr (count > 1) {
        sort_columns<first, count / 2>(rows);
        sort_columns<first + count / 2, count / 2>(rows);
        merge_rows<first, count, 1>(rows);
    }
}

// ---- Across the columns: lane l meets lane l ^ distance

template <int distance, class V, int... I> NEEDLE_INLINE V swap_lanes(V v, LaneList<I...>) {
    return __builtin_shufflevector(v, v, (I ^ distance)...);
}
template <int distance, class V> NEEDLE_INLINE V swap_lanes(V v) {
    return swap_lanes<distance>(v, typename LanesUpTo<sizeof(V) / sizeof(v[0])>::type{});
}
// Lanes without `bit` in their number from a, the others from b.
template <int bit, class V, int... I> NEEDLE_INLINE V blend_lanes(V a, V b, LaneList<I...>) {
    return __builtin_shufflevector(a, b, (I & bit ? I + static_cast<int>(sizeof...(I)) : I)...);
}
template <int bit, class V> NEEDLE_INLINE V blend_lanes(V a, V b) {
    return blend_lanes<bit>(a, b, typename LanesUpTo<sizeof(V) / sizeof(a[0])>::type{});
}

// Bitonic runs of `width` columns each, sorted from the first row of the first column to the last row of the last.
template <int rows, int width, class V> NEEDLE_INLINE void sort_bitonic(V *r) {
    if constexpr (width > 1) {
        constexpr int distance = width / 2;
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i) {
            V low = r[i], high = swap_lanes<distance>(r[i]);
            exchange(low, high);
            r[i] = blend_lanes<distance>(low, high);
        }
        sort_bitonic<rows, distance>(r);
    } else {
#pragma GCC unroll 4
        for (int distance = rows / 2; distance > 0; distance /= 2)
#pragma GCC unroll 16
            for (int i = 0; i < rows; ++i)
                if ((i & distance) == 0) exchange(r[i], r[i + distance]);
    }
}

// Two sorted runs of `width` columns become one of 2 * width, until there is only one.
template <int rows, int width, class V> NEEDLE_INLINE void merge_columns(V *r) {
    if constexpr (width < static_cast<int>(sizeof(V) / sizeof(r[0][0]))) {
        constexpr int mirror = 2 * width - 1;
        // The first of one run meets the last of the other.
#pragma GCC unroll 8
        for (int i = 0; i < rows / 2; ++i) {
            V low = r[i], high = swap_lanes<mirror>(r[rows - 1 - i]);
            exchange(low, high);
            r[i] = blend_lanes<width>(low, high);
            r[rows - 1 - i] = swap_lanes<mirror>(blend_lanes<width>(high, low));
        }
        sort_bitonic<rows, width>(r);
        merge_columns<rows, 2 * width>(r);
    }
}

template <int rows, class T> __attribute__((noinline)) void sort_rows(const T *from, T *to, int64_t n, T highest) {
    constexpr int W = lanes<T>;
    using V = Vector<T>;
    const Part rest{static_cast<int>(n % W)};
    T padding[W], last[W], unused[W];
    store(padding, highest + V{});
    store(last, rest.load(from + n / W * W, highest));
    V r[rows];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) r[i] = load((i + 1) * W <= n ? from + i * W : i * W < n ? last : padding);
    sort_columns<0, rows>(r);
    merge_columns<rows, 1>(r);
    interleave_rows<rows>(r);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) store((i + 1) * W <= n ? to + i * W : i * W < n ? last : unused, r[i]);
    rest.store(to + n / W * W, load(last));
}

// At most most_few<T> keys, which may be sorted in place.
template <class T> void sort_few(const T *from, T *to, int64_t n, T highest) {
    constexpr int W = lanes<T>;
    if (n <= 2 * W) sort_rows<2>(from, to, n, highest);
    else if (n <= 4 * W) sort_rows<4>(from, to, n, highest);
    else if (most_rows == 8 || n <= 8 * W) sort_rows<8>(from, to, n, highest);
    else sort_rows<most_rows>(from, to, n, highest);
}

}  // namespace
}  // namespace needle::cpu
