// Walks over a contiguous row in vectors. A function f(i, part) is called for the vector at element i; it reads and
// writes through `part`, which knows whether the vector is whole. What it computes of an element must not depend on
// that, so that results do not depend on where a row ends.
#pragma once
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/streaming.h"
#include "cpu/kernels/vectors/types.h"
#include "scalar/lanes.h"

namespace needle::cpu {
namespace {

// A whole vector.
struct Whole {
    template <class T> static Vector<T> load(const T *from, T) { return cpu::load(from); }
    template <class T> static void store(T *to, Vector<T> v) { cpu::store(to, v); }
};

// A whole vector whose result goes past the caches.
struct Streamed {
    template <class T> static Vector<T> load(const T *from, T) { return cpu::load(from); }
    template <class T> static void store(T *to, Vector<T> v) { stream(to, v); }
};

// The first n lanes; the others read as `rest`, and are not written.
struct Part {
    int n;
#if defined(__AVX512F__)
    template <class T> Vector<T> load(const T *from, T rest) const {
        if constexpr (sizeof(T) == 1)
            return (Vector<T>)_mm512_mask_loadu_epi8((__m512i)(Vector<T>{} + rest), (uint64_t(1) << n) - 1, from);
        const uint32_t mask = (1u << n) - 1;
        if constexpr (sizeof(T) == 4)
            return (Vector<T>)_mm512_mask_loadu_epi32((__m512i)(Vector<T>{} + rest), static_cast<__mmask16>(mask),
                                                      from);
        else if constexpr (sizeof(T) == 2)
            return (Vector<T>)_mm512_mask_loadu_epi16((__m512i)(Vector<T>{} + rest), mask, from);
        else
            return (Vector<T>)_mm512_mask_loadu_epi64((__m512i)(Vector<T>{} + rest), static_cast<__mmask8>(mask), from);
    }
    template <class T> void store(T *to, Vector<T> v) const {
        const uint32_t mask = (1u << n) - 1;
        if constexpr (sizeof(T) == 4) _mm512_mask_storeu_epi32(to, static_cast<__mmask16>(mask), (__m512i)v);
        else if constexpr (sizeof(T) == 2) _mm512_mask_storeu_epi16(to, mask, (__m512i)v);
        else _mm512_mask_storeu_epi64(to, static_cast<__mmask8>(mask), (__m512i)v);
    }
#else
    template <class T> Vector<T> load(const T *from, T rest) const {
#if defined(__AVX2__)
        // From a buffer that was written by elements, a vector would be read late.
        if constexpr (sizeof(T) >= 4) {
            scalar::Mask<Vector<T>> lane;
            for (int i = 0; i < lanes<T>; ++i) lane[i] = i;
            const auto is_taken = lane < n;
            Vector<T> taken;
            if constexpr (sizeof(T) == 4)
                taken = (Vector<T>)_mm256_maskload_epi32(reinterpret_cast<const int *>(from), (__m256i)is_taken);
            else taken = (Vector<T>)_mm256_maskload_epi64(reinterpret_cast<const long long *>(from), (__m256i)is_taken);
            return is_taken ? taken : Vector<T>{} + rest;
        }
#endif
        T buffer[lanes<T>];
        for (int i = 0; i < lanes<T>; ++i) buffer[i] = rest;
        copy_few(from, buffer, n);
        return cpu::load(buffer);
    }
    template <class T> void store(T *to, Vector<T> v) const { store_some(to, v, n); }
#endif
};

template <class T, class W = Whole, class F> NEEDLE_INLINE void for_each_vector(int64_t n, F f) {
    int64_t i = 0;
    for (; i + lanes<T> <= n; i += lanes<T>) f(i, W{});
    if (i < n) f(i, Part{static_cast<int>(n - i)});
}

// The same where f writes to `to`, past the caches where `streams` says so and `to` is aligned to whole vectors. The
// task that this is part of ends with finish_streams(): after each row, that would wait for memory each time.
template <class T, class F> NEEDLE_INLINE void for_each_result(int64_t n, const T *to, bool streams, F f) {
    if (!streams || reinterpret_cast<uintptr_t>(to) % vector_bytes != 0) return for_each_vector<T>(n, f);
    for_each_vector<T, Streamed>(n, f);
}

// Vectors that are summed in one pass.
template <class T, int count> struct Several {
    Vector<T> of[count];

    Several &operator+=(const Several &other) {
        for (int k = 0; k < count; ++k) of[k] += other.of[k];
        return *this;
    }
    friend Several operator+(Several a, const Several &b) { return a += b; }
    friend Several operator-(Several a, const Several &b) {
        for (int k = 0; k < count; ++k) a.of[k] -= b.of[k];
        return a;
    }
    friend Several operator*(Several a, const Several &b) {
        for (int k = 0; k < count; ++k) a.of[k] *= b.of[k];
        return a;
    }
    friend Several operator*(Several a, T b) {
        for (int k = 0; k < count; ++k) a.of[k] *= b;
        return a;
    }
    friend Several operator/(Several a, T b) {
        for (int k = 0; k < count; ++k) a.of[k] /= b;
        return a;
    }
};

// The sum of f(i, part) over a row, lane by lane: several sums side by side, those of each block added up before they
// are added to the rest, so that the error grows with the number of blocks. f gives vectors, or Several of them.
template <class T, class Sum = Vector<T>, int chains = 4, class F> NEEDLE_INLINE Sum sum_vectors(int64_t n, F f) {
    static_assert(chains == 2 || chains == 4);
    constexpr int64_t round = chains * lanes<T>, block = 32 * round;
    Sum total{};
    int64_t i = 0;
    while (i + round <= n) {
        Sum sums[chains] = {};
        for (const int64_t end = i + block < n ? i + block : n; i + round <= end; i += round)
#pragma GCC unroll 4
            for (int64_t k = 0; k < chains; ++k) sums[k] += f(i + k * lanes<T>, Whole{});
        if constexpr (chains == 2) total += sums[0] + sums[1];
        else total += (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
    for (; i + lanes<T> <= n; i += lanes<T>) total += f(i, Whole{});
    if (i < n) total += f(i, Part{static_cast<int>(n - i)});
    return total;
}

// The lanes moved `step` places down and around.
template <int step, class V> NEEDLE_INLINE V turned(V v) {
    constexpr int count = scalar::LaneTraits<V>::count;
    scalar::Mask<V> from;
    for (int i = 0; i < count; ++i) from[i] = (i + step) % count;
    return __builtin_shuffle(v, from);
}

// The sum (the largest) of all lanes, in every lane.
template <class T, int step = lanes<T> / 2> NEEDLE_INLINE Vector<T> sum_of_lanes(Vector<T> v) {
    if constexpr (step == 0) return v;
    else return sum_of_lanes<T, step / 2>(v + turned<step>(v));
}
template <class T, int step = lanes<T> / 2> NEEDLE_INLINE Vector<T> max_of_lanes(Vector<T> v) {
    if constexpr (step == 0) return v;
    else {
        const Vector<T> other = turned<step>(v);
        return max_of_lanes<T, step / 2>(v > other ? v : other);
    }
}

// The largest element of a row, in every lane. A NaN is passed over; -infinity where there is nothing else.
template <class T> NEEDLE_INLINE Vector<T> max_of_row(const T *x, int64_t n) {
    constexpr T lowest = -scalar::Float<T>::infinity;
    constexpr int64_t chains = 4, round = chains * lanes<T>;
    Vector<T> peaks[chains];
    for (Vector<T> &peak : peaks) peak = Vector<T>{} + lowest;
    auto take = [](Vector<T> &peak, Vector<T> v) { peak = v > peak ? v : peak; };
    int64_t i = 0;
    for (; i + round <= n; i += round)
#pragma GCC unroll 4
        for (int64_t k = 0; k < chains; ++k) take(peaks[k], load(x + i + k * lanes<T>));
    for_each_vector<T>(n - i, [&](int64_t j, auto part) { take(peaks[0], part.load(x + i + j, lowest)); });
    take(peaks[0], peaks[1]);
    take(peaks[2], peaks[3]);
    take(peaks[0], peaks[2]);
    return max_of_lanes<T>(peaks[0]);
}

}  // namespace
}  // namespace needle::cpu
