// Keys below a pivot to the front and the others behind them, whole vectors at a time.
#pragma once
#include "cpu/kernels/isa.h"
#include "cpu/kernels/loops.h"
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

template <class T> inline unsigned lanes_below(Vector<T> x, Vector<T> y) {
    unsigned bits;
    if constexpr (sizeof(T) == 4) bits = _mm512_cmplt_epi32_mask((__m512i)x, (__m512i)y);
    else bits = _mm512_cmplt_epi64_mask((__m512i)x, (__m512i)y);
    // GCC 12 may put the mask into memory as one or two bytes and count the bits of four, which this keeps apart.
    asm("" : "+r"(bits));
    return bits;
}
template <class T> inline Vector<T> select_lanes(Vector<T> x, unsigned bits) {
    if constexpr (sizeof(T) == 4)
        return (Vector<T>)_mm512_maskz_compress_epi32(static_cast<__mmask16>(bits), (__m512i)x);
    const __m512i order = _mm512_maskz_cvtepu8_epi64(-1, lane_numbers(selected_lanes.of_eight[bits & 255]));
    return (Vector<T>)_mm512_maskz_permutexvar_epi64(-1, order, (__m512i)x);
}

#else

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

// Returns how many are below. `spare` has room for n keys.
template <class T> int64_t partition(T *keys, T *spare, int64_t n, T pivot) {
    constexpr int W = lanes<T>, together = 4;  // so that stores that meet in a line follow each other
    const Vector<T> pivots = pivot + Vector<T>{};
    T *low = keys, *high = spare;
    int64_t i = 0;
    // What is written in place never reaches what is still to be read.
    for (; i + together * W <= n; i += together * W) {
        Vector<T> x[together];
        unsigned below[together];
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) {
            x[k] = load(keys + i + k * W);
            below[k] = lanes_below<T>(x[k], pivots);
        }
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) {
            store(low, select_lanes<T>(x[k], below[k]));
            low += __builtin_popcount(below[k]);
        }
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) {
            store(high, select_lanes<T>(x[k], ~below[k]));
            high += W - __builtin_popcount(below[k]);
        }
    }
    for (; i < n; ++i) {
        const T key = keys[i];
        *(key < pivot ? low : high) = key;
        low += key < pivot;
        high += key >= pivot;
    }
    __builtin_memcpy(low, spare, static_cast<size_t>(high - spare) * sizeof(T));
    return low - keys;
}

}  // namespace
}  // namespace needle::cpu
