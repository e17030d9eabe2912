// Keys below a pivot to the front and the others behind them, whole vectors at a time.
#pragma once
#include "cpu/kernels/isa.h"
#include "cpu/kernels/types.h"
#include "cpu/kernels/vectors.h"
#include <immintrin.h>

namespace needle::cpu {
namespace {

// For each mask of eight lanes the numbers of those that it selects, lowest first; the same for four lanes, of which
// each is a pair.
struct SelectedLanes {
    uint8_t of_eight[256][8], of_four[16][8];
};
constexpr SelectedLanes make_selected_lanes() {
    SelectedLanes lanes = {};
    for (int mask = 0; mask < 256; ++mask)
        for (int lane = 0, next = 0; lane < 8; ++lane)
            if (mask >> lane & 1) lanes.of_eight[mask][next++] = static_cast<uint8_t>(lane);
    for (int mask = 0; mask < 16; ++mask)
        for (int lane = 0, next = 0; lane < 8; ++lane)
            if (mask >> lane / 2 & 1) lanes.of_four[mask][next++] = static_cast<uint8_t>(lane);
    return lanes;
}
constexpr SelectedLanes selected_lanes = make_selected_lanes();

inline __m128i lane_numbers(const uint8_t *numbers) {
    return _mm_loadl_epi64(reinterpret_cast<const __m128i *>(numbers));
}

// lanes_below: one bit for each lane of x that is less than that of y. select_lanes: those lanes first, in their order.
#if defined(__AVX512F__)

template <class T> using LaneBits = typename Choose<sizeof(T) == 4, __mmask16, __mmask8>::type;

template <class T> inline LaneBits<T> lanes_below(Vector<T> x, Vector<T> y) {
    if constexpr (sizeof(T) == 4) return _mm512_cmplt_epi32_mask((__m512i)x, (__m512i)y);
    else return _mm512_cmplt_epi64_mask((__m512i)x, (__m512i)y);
}
template <class T> inline Vector<T> select_lanes(Vector<T> x, LaneBits<T> bits) {
    if constexpr (sizeof(T) == 4) return (Vector<T>)_mm512_maskz_compress_epi32(bits, (__m512i)x);
    else return (Vector<T>)_mm512_maskz_compress_epi64(bits, (__m512i)x);
}

#else

template <class T> using LaneBits = unsigned;

template <class T> inline unsigned lanes_below(Vector<T> x, Vector<T> y) {
    const auto below = (__m256i)(x < y);
    if constexpr (sizeof(T) == 4) return static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(below)));
    else return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(below)));
}
template <class T> inline Vector<T> select_lanes(Vector<T> x, unsigned bits) {
    const uint8_t *numbers = sizeof(T) == 4 ? selected_lanes.of_eight[bits & 255] : selected_lanes.of_four[bits & 15];
    return (Vector<T>)_mm256_permutevar8x32_epi32((__m256i)x, _mm256_cvtepu8_epi32(lane_numbers(numbers)));
}

#endif

inline int count_lanes(unsigned bits) {
    // GCC 12 may put a mask into memory as one or two bytes and count the bits of four, which this keeps apart.
    asm("" : "+r"(bits));
    return __builtin_popcount(bits);
}

// Those below the pivot to `low`, the others to `high`, both in their order; returns how many are below. One of the two
// may be `keys`; the other has room for n keys.
template <class T> int64_t partition(const T *keys, T *low, T *high, int64_t n, T pivot) {
    constexpr int W = lanes<T>, together = 4;
    const Vector<T> pivots = pivot + Vector<T>{};
    const T *const first = low;
    int64_t i = 0;
    // What is written in place never reaches what is still to be read.
    for (; i + together * W <= n; i += together * W) {
        Vector<T> x[together];
        LaneBits<T> below[together];
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) {
            x[k] = load(keys + i + k * W);
            below[k] = lanes_below<T>(x[k], pivots);
        }
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) {
            const int count = count_lanes(below[k]);
            store(low, select_lanes<T>(x[k], below[k]));
            low += count;
            store(high, select_lanes<T>(x[k], static_cast<LaneBits<T>>(~below[k])));
            high += W - count;
        }
    }
    for (; i + W <= n; i += W) {
        const Vector<T> x = load(keys + i);
        const LaneBits<T> below = lanes_below<T>(x, pivots);
        store(low, select_lanes<T>(x, below));
        store(high, select_lanes<T>(x, static_cast<LaneBits<T>>(~below)));
        const int count = count_lanes(below);
        low += count;
        high += W - count;
    }
    if (i < n) {
        const Part rest{static_cast<int>(n - i)};
        const Vector<T> x = rest.load(keys + i, pivot);
        const LaneBits<T> below = lanes_below<T>(x, pivots);
        const auto others = static_cast<LaneBits<T>>(~below & ((1u << rest.n) - 1));
        const Part low_part{count_lanes(below)}, high_part{rest.n - low_part.n};
        low_part.store(low, select_lanes<T>(x, below));
        high_part.store(high, select_lanes<T>(x, others));
        low += low_part.n;
    }
    return low - first;
}

}  // namespace
}  // namespace needle::cpu
