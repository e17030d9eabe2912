// Sorting what fits into registers, without a branch. The keys stand in rows of vectors: a network sorts all columns at
// once (Batcher 1968), then neighbouring columns merge, two becoming one of twice the length, until one is left.
#pragma once
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/transpose.h"
#include "cpu/kernels/vectors/types.h"
#include "cpu/kernels/vectors/vectors.h"

namespace needle::cpu {
namespace {

constexpr int most_rows = vector_registers / 2;
template <class T> constexpr int64_t in_registers = most_rows * lanes<T>;  // keys that one network sorts
template <class T> constexpr int64_t most_few = 4 * in_registers<T>;       // sorted without a partition

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

// In every row.
template <int rows, int distance, class V> NEEDLE_INLINE void exchange_lanes(V *r) {
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
        V low = r[i], high = swap_lanes<distance>(r[i]);
        exchange(low, high);
        r[i] = blend_lanes<distance>(low, high);
    }
}
// In every lane: all that sorts a bitonic column.
template <int rows, class V> NEEDLE_INLINE void exchange_rows(V *r) {
#pragma GCC unroll 4
    for (int distance = rows / 2; distance > 0; distance /= 2)
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i)
            if ((i & distance) == 0) exchange(r[i], r[i + distance]);
}

// Bitonic runs of `width` columns each, sorted from the first row of the first column to the last row of the last.
template <int rows, int width, class V> NEEDLE_INLINE void sort_bitonic(V *r) {
    if constexpr (width > 1) {
        exchange_lanes<rows, width / 2>(r);
        sort_bitonic<rows, width / 2>(r);
    } else exchange_rows<rows>(r);
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

// The rows of n keys in memory; those that are not there read as `highest`, and are not written.
template <int rows, class T> NEEDLE_INLINE void load_rows(const T *from, int64_t n, T highest, Vector<T> *r) {
    constexpr int W = lanes<T>;
    const Part rest{static_cast<int>(n % W)};
    T padding[W], last[W];
    store(padding, highest + Vector<T>{});
    store(last, rest.load(from + n / W * W, highest));
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) r[i] = load((i + 1) * W <= n ? from + i * W : i * W < n ? last : padding);
}
template <int rows, class T> NEEDLE_INLINE void store_rows(T *to, int64_t n, const Vector<T> *r) {
    constexpr int W = lanes<T>;
    T last[W], unused[W];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) store((i + 1) * W <= n ? to + i * W : i * W < n ? last : unused, r[i]);
    Part{static_cast<int>(n % W)}.store(to + n / W * W, load(last));
}

// What keys are made of: themselves here; code.key makes them, and code.element makes them back.
struct NoCode {
    template <class V> V key(V x) { return x; }
    template <class V> V element(V x) { return x; }
};

template <int rows, class T, class Code>
__attribute__((noinline)) void sort_rows(const T *from, T *to, int64_t n, T highest, Code &code) {
    Vector<T> r[rows];
    load_rows<rows>(from, n, code.element(highest), r);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) r[i] = code.key(r[i]);
    sort_columns<0, rows>(r);
    merge_columns<rows, 1>(r);
    interleave_rows<rows>(r);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) r[i] = code.element(r[i]);
    store_rows<rows>(to, n, r);
}

template <class T, class Code> void sort_in_registers(const T *from, T *to, int64_t n, T highest, Code code) {
    constexpr int W = lanes<T>;
    if (n <= 2 * W) sort_rows<2>(from, to, n, highest, code);
    else if (n <= 4 * W) sort_rows<4>(from, to, n, highest, code);
    else if (most_rows == 8 || n <= 8 * W) sort_rows<8>(from, to, n, highest, code);
    else sort_rows<most_rows>(from, to, n, highest, code);
}

// ---- Along the memory: runs of whole registers are merged in the first-level cache. Keys beyond the end count as the
// highest, which no exchange moves.

template <int distance, int rows, class V> NEEDLE_INLINE void exchange_lanes_from(V *r) {
    if constexpr (distance > 0) {
        exchange_lanes<rows, distance>(r);
        exchange_lanes_from<distance / 2, rows>(r);
    }
}
template <class T> __attribute__((noinline)) void sort_bitonic_registers(T *keys, int64_t n, T highest) {
    Vector<T> r[most_rows];
    load_rows<most_rows>(keys, n, highest, r);
    exchange_rows<most_rows>(r);
    exchange_lanes_from<lanes<T> / 2, most_rows>(r);
    store_rows<most_rows>(keys, n, r);
}

// A bitonic run of `length` keys, of which n are there.
template <class T> void sort_bitonic_run(T *keys, int64_t length, int64_t n, T highest) {
    if (length == in_registers<T>) return sort_bitonic_registers(keys, n, highest);
    const int64_t half = length / 2;
    for_each_vector<T>(n - half, [=](int64_t i, auto part) {
        Vector<T> low = load(keys + i), high = part.load(keys + half + i, highest);
        exchange(low, high);
        store(keys + i, low);
        part.store(keys + half + i, high);
    });
    sort_bitonic_run(keys, half, n < half ? n : half, highest);
    if (n > half) sort_bitonic_run(keys + half, half, n - half, highest);
}

// Two sorted runs beside each other: one of `half` keys, and one that is not longer.
template <class T> void merge_runs(T *keys, int64_t half, int64_t n, T highest) {
    constexpr int W = lanes<T>;
    // The last of one run meets the first of the other.
    for_each_vector<T>(n - half, [=](int64_t i, auto part) {
        T *const mirror = keys + half - W - i;
        Vector<T> low = load(mirror), high = swap_lanes<W - 1>(part.load(keys + half + i, highest));
        exchange(low, high);
        store(mirror, low);
        part.store(keys + half + i, swap_lanes<W - 1>(high));
    });
    sort_bitonic_run(keys, half, half, highest);
    sort_bitonic_run(keys + half, half, n - half, highest);
}

// At most most_few<T> keys, which may be sorted in place.
template <class T> void sort_few(const T *from, T *to, int64_t n, T highest) {
    if (n <= in_registers<T>) return sort_in_registers(from, to, n, highest, NoCode{});
    int64_t half = in_registers<T>;
    while (2 * half < n) half *= 2;
    sort_few(from, to, half, highest);
    sort_few(from + half, to + half, n - half, highest);
    merge_runs(to, half, n, highest);
}

}  // namespace
}  // namespace needle::cpu
