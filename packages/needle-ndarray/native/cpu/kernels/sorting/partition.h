// Keys below a pivot to the front and the others to the back, whole vectors at a time.
#pragma once
#include "cpu/kernels/sorting/sorting_network.h"
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/types.h"
#include "cpu/kernels/vectors/vectors.h"
#include <immintrin.h>

namespace needle::cpu {
namespace {

// For each mask of eight lanes the numbers of those that it selects, lowest first, then of the others, highest first;
// the same for four lanes, of which each is a pair.
struct PartedLanes {
    uint8_t of_eight[256][8], of_four[16][8];
};
constexpr PartedLanes make_parted_lanes() {
    PartedLanes lanes = {};
    auto part = [](uint8_t *numbers, int mask, int width) {
        int low = 0, high = 8;
        for (int lane = 0; lane < 8; ++lane)
            if (mask >> lane / width & 1) numbers[low++] = static_cast<uint8_t>(lane);
        for (int each = 0; each < 8; each += width)
            if ((mask >> each / width & 1) == 0) {
                high -= width;
                for (int k = 0; k < width; ++k) numbers[high + k] = static_cast<uint8_t>(each + k);
            }
    };
    for (int mask = 0; mask < 256; ++mask) part(lanes.of_eight[mask], mask, 1);
    for (int mask = 0; mask < 16; ++mask) part(lanes.of_four[mask], mask, 2);
    return lanes;
}
constexpr PartedLanes parted_lanes = make_parted_lanes();

inline __m128i lane_numbers(const uint8_t *numbers) {
    return _mm_loadl_epi64(reinterpret_cast<const __m128i *>(numbers));
}

// lanes_below: one bit for each lane of x that is less than that of y. part_lanes: those lanes first, in their order,
// and the others behind them, in reverse. select_lanes: those lanes first, and anything behind them.
#if defined(__AVX512F__)

template <class T> using LaneBits = typename Choose<sizeof(T) == 4, __mmask16, __mmask8>::type;

template <class T> inline LaneBits<T> lanes_below(Vector<T> x, Vector<T> y) {
    if constexpr (sizeof(T) == 4) return _mm512_cmplt_epi32_mask((__m512i)x, (__m512i)y);
    else return _mm512_cmplt_epi64_mask((__m512i)x, (__m512i)y);
}
// Lanes above those that are selected keep what `above` has there. A register that is set to zero there instead would
// have to wait for its former value all the same.
template <class T> inline Vector<T> compress_lanes(Vector<T> above, LaneBits<T> bits, Vector<T> x) {
    if constexpr (sizeof(T) == 4) return (Vector<T>)_mm512_mask_compress_epi32((__m512i)above, bits, (__m512i)x);
    else return (Vector<T>)_mm512_mask_compress_epi64((__m512i)above, bits, (__m512i)x);
}
template <class T> inline Vector<T> select_lanes(Vector<T> x, LaneBits<T> bits) {
    return compress_lanes<T>(x, bits, x);
}
template <class T> inline Vector<T> part_lanes(Vector<T> x, LaneBits<T> bits) {
    const Vector<T> others = compress_lanes<T>(x, static_cast<LaneBits<T>>(~bits), x);
    return compress_lanes<T>(swap_lanes<lanes<T> - 1>(others), bits, x);
}

#else

template <class T> using LaneBits = unsigned;

template <class T> inline unsigned lanes_below(Vector<T> x, Vector<T> y) {
    const auto below = (__m256i)(x < y);
    if constexpr (sizeof(T) == 4) return static_cast<unsigned>(_mm256_movemask_ps(_mm256_castsi256_ps(below)));
    else return static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(below)));
}
template <class T> inline Vector<T> part_lanes(Vector<T> x, unsigned bits) {
    const uint8_t *numbers = sizeof(T) == 4 ? parted_lanes.of_eight[bits & 255] : parted_lanes.of_four[bits & 15];
    return (Vector<T>)_mm256_permutevar8x32_epi32((__m256i)x, _mm256_cvtepu8_epi32(lane_numbers(numbers)));
}
template <class T> inline Vector<T> select_lanes(Vector<T> x, unsigned bits) { return part_lanes<T>(x, bits); }

#endif

inline int count_lanes(unsigned bits) {
    // GCC 12 may put a mask into memory as one or two bytes and count the bits of four, which this keeps apart.
    asm("" : "+r"(bits));
    return __builtin_popcount(bits);
}

template <int count, class T> inline void fetch(const T *from) {
#pragma GCC unroll 8
    for (int k = 0; k < count; k += 64 / static_cast<int>(sizeof(T))) __builtin_prefetch(from + k);
}

// Those below the pivot to `low`, the others to `high`, both in their order; returns how many are below. One of the two
// may be `keys`; the other has room for n keys. As much as is read is fetched from `ahead` meanwhile, where `fetches`
// says so.
template <bool fetches, class T>
int64_t partition(const T *keys, T *low, T *high, int64_t n, T pivot, [[maybe_unused]] const T *ahead) {
    constexpr int W = lanes<T>, together = 4;
    const Vector<T> pivots = pivot + Vector<T>{};
    const T *const first = low;
    int64_t i = 0;
    // What is written in place never reaches what is still to be read.
    for (; i + together * W <= n; i += together * W) {
        Vector<T> x[together];
        LaneBits<T> below[together];
        if constexpr (fetches) fetch<together * W>(ahead + i);
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
template <class T> int64_t partition(const T *keys, T *low, T *high, int64_t n, T pivot) {
    return partition<false, T>(keys, low, high, n, pivot, nullptr);
}

// key(from[i]) of n elements to `to`: those below the pivot to its beginning, the others to its end. Returns how many
// are below; as much as is read is fetched from `ahead` meanwhile.
template <class T, class Key>
__attribute__((noinline)) int64_t partition_to_ends(const T *from, T *to, int64_t n, T pivot, const T *ahead, Key key) {
    constexpr int W = lanes<T>, together = 4;
    const Vector<T> pivots = pivot + Vector<T>{};
    T *low = to, *high = to + n;
    int64_t i = 0;
    auto move = [&](Vector<T> x, LaneBits<T> below) {
        const Vector<T> parted = part_lanes<T>(x, below);
        const int count = count_lanes(below);
        store(low, parted);
        store(high - W, parted);
        low += count;
        high -= W - count;
    };
    // Both stores write a whole vector, which harms neither part while there is room for another one between them.
    for (; i + (together + 1) * W <= n; i += together * W) {
        Vector<T> x[together];
        LaneBits<T> below[together];
        fetch<together * W>(ahead + i);
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) {
            x[k] = key(load(from + i + k * W));
            below[k] = lanes_below<T>(x[k], pivots);
        }
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) move(x[k], below[k]);
    }
    for (; i + 2 * W <= n; i += W) {
        const Vector<T> x = key(load(from + i));
        move(x, lanes_below<T>(x, pivots));
    }
    for (; i < n; i += W) {
        const Part part{n - i < W ? static_cast<int>(n - i) : W};
        const Vector<T> x = key(part.load(from + i, T{}));
        const auto present = static_cast<LaneBits<T>>((1u << part.n) - 1);
        const auto below = static_cast<LaneBits<T>>(lanes_below<T>(x, pivots) & present);
        const Part low_part{count_lanes(below)}, high_part{part.n - low_part.n};
        low_part.store(low, select_lanes<T>(x, below));
        low += low_part.n;
        high -= high_part.n;
        high_part.store(high, select_lanes<T>(x, static_cast<LaneBits<T>>(~below & present)));
    }
    return low - to;
}

}  // namespace
}  // namespace needle::cpu
