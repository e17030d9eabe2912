// Loops that move elements without computing: strided reads and writes, fills, selection. They go by item size.
#pragma once
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/types.h"
#if defined(__AVX512BW__)
#include <immintrin.h>
#endif

namespace needle::cpu {
namespace {

template <class T> void copy_elements(const void *in, void *out, int64_t n) {
    if (in != out) __builtin_memcpy(out, in, n * sizeof(T));
}

template <class T> void fill(const void *value, void *out_, int64_t n) {
    auto out = static_cast<T *>(out_);
    const T x = *static_cast<const T *>(value);
    for (int64_t i = 0; i < n; ++i) out[i] = x;
}

// Every step-th element of so many vectors side by side, which are read whole, from the given one on; backwards where
// the step is negative. The shuffles keep the part that each of them has.
template <int step, int first, class T> inline Vector<T> every(const T *in) {
    constexpr int W = lanes<T>, vectors = step > 0 ? step : -step;
    auto place = [](int i) { return (step > 0 ? i : W - 1 - i) * vectors + first; };
    Vector<Unsigned<T>> places;
    for (int i = 0; i < W; ++i) places[i] = place(i) < 2 * W ? place(i) : 0;
    Vector<T> picked = __builtin_shuffle(load(in), load(in + W), places);
#pragma GCC unroll 2
    for (int k = 2; k < vectors; ++k) {
        for (int i = 0; i < W; ++i) {
            const int from = place(i) - k * W;
            places[i] = 0 <= from && from < W ? W + from : i;
        }
        picked = __builtin_shuffle(picked, load(in + k * W), places);
    }
    return picked;
}

// A vector of elements `step` apart, of which `in` is the first; it reads on behind the last.
template <int step, class T> inline Vector<T> every_from(const T *in) {
    if constexpr (step > 0) return every<step, 0>(in);
    else return every<step, -step - 1>(in + step * lanes<T> + 1);
}
// The same vector, but it reads from before the first, and nothing behind the last.
template <int step, class T> inline Vector<T> every_up_to_last(const T *in) {
    if constexpr (step > 0) return every<step, step - 1>(in - (step - 1));
    else return every<step, 0>(in + step * (lanes<T> - 1));
}

// How many elements it has gathered: all but few.
template <int step, class T> int64_t gather_close(const T *in, T *out, int64_t n) {
    constexpr int W = lanes<T>;
    if (n <= W) return 0;
    int64_t i = 0;
    for (; i + W < n; i += W) store(out + i, every_from<step>(in + i * step));
    store(out + n - W, every_up_to_last<step>(in + (n - W) * step));
    return n;
}

template <class T> void gather(const void *in_, int64_t in_stride, void *out_, int64_t n) {
    if (in_stride == 1) return copy_elements<T>(in_, out_, n);
    auto in = static_cast<const T *>(in_);
    auto out = static_cast<T *>(out_);
    if (in_stride == -1) {
        in -= n - 1;
#pragma GCC ivdep
        for (int64_t i = 0; i < n; ++i) out[i] = in[n - 1 - i];
        return;
    }
    int64_t i = 0;
    if (in_stride == 2) i = gather_close<2>(in, out, n);
    else if (in_stride == -2) i = gather_close<-2>(in, out, n);
    else if (in_stride == 3) i = gather_close<3>(in, out, n);
    else if (in_stride == 4) i = gather_close<4>(in, out, n);
    for (; i < n; ++i) {
        keep_scalar();
        out[i] = in[i * in_stride];
    }
}

#if defined(__AVX512BW__)

// Stores lane by lane what `bits` selects, and nothing else.
inline void store_lanes(void *to, Vector<uint8_t> v, uint64_t bits, uint8_t) {
    _mm512_mask_storeu_epi8(to, bits, (__m512i)v);
}
inline void store_lanes(void *to, Vector<uint8_t> v, uint64_t bits, uint16_t) {
    _mm512_mask_storeu_epi16(to, static_cast<__mmask32>(bits), (__m512i)v);
}
inline void store_lanes(void *to, Vector<uint8_t> v, uint64_t bits, uint32_t) {
    _mm512_mask_storeu_epi32(to, static_cast<__mmask16>(bits), (__m512i)v);
}
inline void store_lanes(void *to, Vector<uint8_t> v, uint64_t bits, uint64_t) {
    _mm512_mask_storeu_epi64(to, static_cast<__mmask8>(bits), (__m512i)v);
}

// Lines are asked for this many bytes before they are written: a store of some lanes waits for the line, and few stores
// wait at a time.
constexpr int64_t masked_ahead = 8192;

// How many elements it has scattered.
template <int stride, class T> int64_t scatter_close(const T *in, T *out, int64_t n) {
    using U = Unsigned<T>;
    constexpr int W = lanes<T>;
    int64_t i = 0;
    for (; i + W <= n; i += W) {
        const Vector<T> x = load(in + i);
        T *to = out + i * stride;
#pragma GCC unroll 4
        for (int k = 0; k < stride; ++k) {
            Vector<U> places;
            uint64_t bits = 0;
            for (int j = 0; j < W; ++j) {
                places[j] = (k * W + j) / stride;
                bits |= uint64_t{(k * W + j) % stride == 0} << j;
            }
            __builtin_prefetch(reinterpret_cast<const char *>(to + k * W) + masked_ahead);
            store_lanes(to + k * W, (Vector<uint8_t>)__builtin_shuffle(x, places), bits, U{});
        }
    }
    return i;
}

#endif

template <class T> void scatter(const void *in_, void *out_, int64_t out_stride, int64_t n) {
    if (out_stride == 1) return copy_elements<T>(in_, out_, n);
    auto in = static_cast<const T *>(in_);
    auto out = static_cast<T *>(out_);
    int64_t i = 0;
#if defined(__AVX512BW__)
    if constexpr (sizeof(T) >= 4) {
        if (out_stride == 2) i = scatter_close<2>(in, out, n);
        else if (out_stride == 3) i = scatter_close<3>(in, out, n);
        else if (out_stride == 4) i = scatter_close<4>(in, out, n);
    }
#endif
    for (; i < n; ++i) {
        keep_scalar();
        out[i * out_stride] = in[i];
    }
}

template <class T>
void where(const bool *condition, int64_t c_step, const void *a_, int64_t a_step, const void *b_, int64_t b_step,
           void *out_, int64_t n) {
    auto c = reinterpret_cast<const uint8_t *>(condition);
    auto a = static_cast<const T *>(a_), b = static_cast<const T *>(b_);
    auto out = static_cast<T *>(out_);
    int64_t i = 0;
    if (n >= round_size) {
        Operand<uint8_t, round_size> z(c, c_step);
        Operand<T, round_size> x(a, a_step), y(b, b_step);
        for (; i + round_size <= n; i += round_size, z.advance(), x.advance(), y.advance()) {
#pragma GCC ivdep
            for (int j = 0; j < round_size; ++j) {
                const T p = x.at[j], q = y.at[j];  // both are read, so that no branch is left
                out[i + j] = z.at[j] ? p : q;
            }
        }
    }
    for (; i < n; ++i) {
        keep_scalar();
        out[i] = c[i * c_step] ? a[i * a_step] : b[i * b_step];
    }
}

#if defined(__AVX512BW__)

template <class T> void fill_masked(const bool *mask_, const void *value, void *out_, int64_t n, bool asks_ahead) {
    constexpr int tests = lanes<uint8_t>;
    auto mask = reinterpret_cast<const uint8_t *>(mask_);
    auto out = static_cast<T *>(out_);
    const auto filling = (Vector<uint8_t>)(*static_cast<const T *>(value) + Vector<T>{});
    for (int64_t i = 0; i < n; i += tests) {
        if (asks_ahead) {
            __builtin_prefetch(mask + i + masked_ahead / sizeof(T));
#pragma GCC unroll 8
            for (int j = 0; j < tests; j += lanes<T>)
                __builtin_prefetch(reinterpret_cast<const char *>(out + i + j) + masked_ahead);
        }
        const uint64_t within = n - i < tests ? (uint64_t{1} << (n - i)) - 1 : ~uint64_t{0};
        const __m512i test = _mm512_maskz_loadu_epi8(within, mask + i);
        const uint64_t bits = _mm512_test_epi8_mask(test, test);
        if (bits == 0) continue;
#pragma GCC unroll 8
        for (int j = 0; j < tests; j += lanes<T>) store_lanes(out + i + j, filling, bits >> j, T{});
    }
}

#endif

}  // namespace
}  // namespace needle::cpu
