// What the scalar functions need to know about a lane. Every function in scalar/ is a template over V, which is float
// or double (one lane; what CUDA compiles) or a vector type of GCC (many lanes), and free of branches: comparisons give
// a mask and `mask ? a : b` selects, lane by lane. Everything is in an anonymous namespace: code compiled for one
// instruction set must never be what another object is linked to.
#pragma once
#include "scalar/intrinsics.h"
#include <cstdint>

// A rare part is no part of the loop around a function: a call of the C library in there would empty all registers.
#if defined(__CUDACC__)
#define NEEDLE_HD __host__ __device__ __forceinline__
#define NEEDLE_RARE NEEDLE_HD
#else
#define NEEDLE_HD inline __attribute__((always_inline))
#define NEEDLE_RARE __attribute__((noinline, cold))
#endif

namespace needle::scalar {
namespace {

template <class T> struct Float;
template <> struct Float<float> {
    using Unsigned = uint32_t;
    static constexpr int mantissa_bits = 23, exponent_bias = 127;
    static constexpr float min_normal = 0x1p-126f, infinity = __builtin_inff(), nan = __builtin_nanf("");
    static constexpr float ulp_of_one = 0x1p23f;  // 1 / the distance from 1 to the next number
    static constexpr float rounder = 0x1.8p23f;   // x + rounder - rounder is x to the nearest integer, |x| < 2^22
    static constexpr uint32_t rounder_bits = 0x4b400000, sqrt_half_bits = 0x3f3504f3;
};
template <> struct Float<double> {
    using Unsigned = uint64_t;
    static constexpr int mantissa_bits = 52, exponent_bias = 1023;
    static constexpr double min_normal = 0x1p-1022, infinity = __builtin_inf(), nan = __builtin_nan("");
    static constexpr double ulp_of_one = 0x1p52;
    static constexpr double rounder = 0x1.8p52;
    static constexpr uint64_t rounder_bits = 0x4338000000000000, sqrt_half_bits = 0x3fe6a09e667f3bcd;
};

template <class T> struct Unreferenced {
    using type = T;
};
template <class T> struct Unreferenced<T &> {
    using type = T;
};

template <class V, class = void> struct LaneTraits {
    using Lane = V;
    using Bits = typename Float<V>::Unsigned;
    static constexpr int count = 1;
};
template <class V> struct LaneTraits<V, decltype(void(V{}[0]))> {
    using Lane = typename Unreferenced<decltype(V{}[0])>::type;
    typedef typename Float<Lane>::Unsigned Bits __attribute__((vector_size(sizeof(V))));
    static constexpr int count = sizeof(V) / sizeof(Lane);
};
template <class V> using Lane = typename LaneTraits<V>::Lane;
template <class V> using Bits = typename LaneTraits<V>::Bits;  // unsigned integers of the lanes' size
template <class V> using Mask = decltype(V{} < V{});           // bool, or a vector of 0 and -1
template <class V> constexpr bool is_single = sizeof(Lane<V>) == 4;

template <class V> NEEDLE_HD Bits<V> as_bits(V x) {
    Bits<V> bits;
    __builtin_memcpy(&bits, &x, sizeof bits);
    return bits;
}
template <class V> NEEDLE_HD V from_bits(Bits<V> bits) {
    V x;
    __builtin_memcpy(&x, &bits, sizeof x);
    return x;
}

template <class V> NEEDLE_HD V splat(Lane<V> x) { return V{} + x; }

template <class V> constexpr Lane<V> infinity = Float<Lane<V>>::infinity;
template <class V> constexpr Lane<V> nan = Float<Lane<V>>::nan;
template <class V> constexpr int mantissa_bits = Float<Lane<V>>::mantissa_bits;
template <class V> constexpr int exponent_bias = Float<Lane<V>>::exponent_bias;
// An integral x with |x| < 2^22 (2^51) added to the rounder stands in its low bits.
template <class V> constexpr Lane<V> rounder = Float<Lane<V>>::rounder;
template <class V> constexpr typename Float<Lane<V>>::Unsigned rounder_bits = Float<Lane<V>>::rounder_bits;

// The nearest integer, half to even, for |x| < 2^22 (2^51).
template <class V> NEEDLE_HD V nearest(V x) {
    constexpr Lane<V> shift = rounder<V>;
    return (x + shift) - shift;
}

template <class V>
constexpr typename Float<Lane<V>>::Unsigned sign_bit =
    typename Float<Lane<V>>::Unsigned(1) << (8 * sizeof(Lane<V>) - 1);

template <class V> NEEDLE_HD V magnitude(V x) { return from_bits<V>(as_bits(x) & ~sign_bit<V>); }
template <class V> NEEDLE_HD V with_sign_of(V x, V sign) {
#if defined(NEEDLE_AVX512F)
    if constexpr (sizeof(V) == 64)  // by 0xca the first one's bits choose between those of the two others
        return (V)_mm512_ternarylogic_epi64((__m512i)(Bits<V>{} + sign_bit<V>), (__m512i)sign, (__m512i)x, 0xca);
#endif
    return from_bits<V>((as_bits(x) & ~sign_bit<V>) | (as_bits(sign) & sign_bit<V>));
}

// x limited from above (below); NaN passes.
template <class V> NEEDLE_HD V at_most(V x, Lane<V> limit) {
#if defined(NEEDLE_AVX512F)
    if constexpr (sizeof(V) == 64 && is_single<V>)
        return (V)_mm512_maskz_min_ps(-1, (__m512)splat<V>(limit), (__m512)x);
    if constexpr (sizeof(V) == 64 && !is_single<V>)
        return (V)_mm512_maskz_min_pd(-1, (__m512d)splat<V>(limit), (__m512d)x);
#endif
    return x > limit ? splat<V>(limit) : x;
}
template <class V> NEEDLE_HD V at_least(V x, Lane<V> limit) {
#if defined(NEEDLE_AVX512F)
    if constexpr (sizeof(V) == 64 && is_single<V>)
        return (V)_mm512_maskz_max_ps(-1, (__m512)splat<V>(limit), (__m512)x);
    if constexpr (sizeof(V) == 64 && !is_single<V>)
        return (V)_mm512_maskz_max_pd(-1, (__m512d)splat<V>(limit), (__m512d)x);
#endif
    return x < limit ? splat<V>(limit) : x;
}

NEEDLE_HD bool any(bool mask) { return mask; }
template <class M> NEEDLE_HD bool any(M mask) {
#if defined(NEEDLE_AVX512DQ)
    if constexpr (sizeof(M) == 64 && sizeof(mask[0]) == 4) return _mm512_movepi32_mask((__m512i)mask) != 0;
    if constexpr (sizeof(M) == 64 && sizeof(mask[0]) == 8) return _mm512_movepi64_mask((__m512i)mask) != 0;
#elif defined(NEEDLE_AVX2)
    if constexpr (sizeof(M) == 32) return _mm256_movemask_epi8((__m256i)mask) != 0;
#endif
    uint64_t words[sizeof(M) / 8], found = 0;
    __builtin_memcpy(words, &mask, sizeof mask);
    for (uint64_t word : words) found |= word;
    return found != 0;
}

template <class V> NEEDLE_HD bool any_above(V x, Lane<V> limit) {
#if defined(NEEDLE_AVX512F)
    if constexpr (sizeof(V) == 64 && is_single<V>)
        return _mm512_cmp_ps_mask((__m512)x, (__m512)splat<V>(limit), _CMP_GT_OQ) != 0;
    if constexpr (sizeof(V) == 64 && !is_single<V>)
        return _mm512_cmp_pd_mask((__m512d)x, (__m512d)splat<V>(limit), _CMP_GT_OQ) != 0;
#endif
    return any(x > limit);
}

// f on every lane that the mask selects, one after the other: for the rare arguments that the vector code cannot take.
template <class V, class F> NEEDLE_HD V replace_lanes(V y, Mask<V> mask, V x, F f) {
    if constexpr (LaneTraits<V>::count == 1) {
        return mask ? f(x) : y;
    } else {
        for (int i = 0; i < LaneTraits<V>::count; ++i)
            if (mask[i]) y[i] = f(x[i]);
        return y;
    }
}
template <class V, class F> NEEDLE_HD V replace_lanes(V y, Mask<V> mask, V a, V b, F f) {
    if constexpr (LaneTraits<V>::count == 1) {
        return mask ? f(a, b) : y;
    } else {
        for (int i = 0; i < LaneTraits<V>::count; ++i)
            if (mask[i]) y[i] = f(a[i], b[i]);
        return y;
    }
}

// a * b + c rounded once, where the machine has an instruction for it. (Elsewhere in scalar/, `a * b + c` may be
// contracted or not, and is right either way.)
#if defined(NEEDLE_FMA)
constexpr bool has_fma = true;
NEEDLE_HD float multiply_add(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
NEEDLE_HD double multiply_add(double a, double b, double c) { return __builtin_fma(a, b, c); }
template <class V> NEEDLE_HD V multiply_add(V a, V b, V c) {
#if defined(NEEDLE_AVX512F)
    if constexpr (sizeof(V) == 64 && is_single<V>) return (V)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
    if constexpr (sizeof(V) == 64 && !is_single<V>) return (V)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(NEEDLE_AVX2)
    if constexpr (sizeof(V) == 32 && is_single<V>) return (V)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
    if constexpr (sizeof(V) == 32 && !is_single<V>) return (V)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(NEEDLE_NEON)
    if constexpr (sizeof(V) == 16 && is_single<V>) return (V)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
    if constexpr (sizeof(V) == 16 && !is_single<V>) return (V)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
#endif
    V y;
    for (int i = 0; i < LaneTraits<V>::count; ++i) y[i] = multiply_add(a[i], b[i], c[i]);
    return y;
}
#else
constexpr bool has_fma = false;
#endif

NEEDLE_HD float square_root(float x) { return __builtin_sqrtf(x); }
NEEDLE_HD double square_root(double x) { return __builtin_sqrt(x); }
template <class V> NEEDLE_HD V square_root(V x) {
#if defined(NEEDLE_AVX512F)
    if constexpr (sizeof(V) == 64 && is_single<V>) return (V)_mm512_maskz_sqrt_ps(-1, (__m512)x);
    if constexpr (sizeof(V) == 64 && !is_single<V>) return (V)_mm512_maskz_sqrt_pd(-1, (__m512d)x);
#elif defined(NEEDLE_AVX2)
    if constexpr (sizeof(V) == 32 && is_single<V>) return (V)_mm256_sqrt_ps((__m256)x);
    if constexpr (sizeof(V) == 32 && !is_single<V>) return (V)_mm256_sqrt_pd((__m256d)x);
#elif defined(NEEDLE_SSE2)
    if constexpr (sizeof(V) == 16 && is_single<V>) return (V)_mm_sqrt_ps((__m128)x);
    if constexpr (sizeof(V) == 16 && !is_single<V>) return (V)_mm_sqrt_pd((__m128d)x);
#elif defined(NEEDLE_NEON)
    if constexpr (sizeof(V) == 16 && is_single<V>) return (V)vsqrtq_f32((float32x4_t)x);
    if constexpr (sizeof(V) == 16 && !is_single<V>) return (V)vsqrtq_f64((float64x2_t)x);
#endif
    V y;
    for (int i = 0; i < LaneTraits<V>::count; ++i) y[i] = square_root(x[i]);
    return y;
}

// x * 2^n for integral n, |n| <= 2 * bias - 4; right also where the result is subnormal, 0 or infinite.
template <class V> NEEDLE_HD V scale(V x, V n) {
#if defined(NEEDLE_AVX512F)
    if constexpr (sizeof(V) == 64 && is_single<V>) return (V)_mm512_maskz_scalef_ps(-1, (__m512)x, (__m512)n);
    if constexpr (sizeof(V) == 64 && !is_single<V>) return (V)_mm512_maskz_scalef_pd(-1, (__m512d)x, (__m512d)n);
#endif
    // Two factors, since 2^n itself may not be a normal number; only the second product rounds.
    const Bits<V> exponent = as_bits(n + rounder<V>) + (2 * exponent_bias<V> - rounder_bits<V>);
    const Bits<V> half = exponent >> 1;
    return x * from_bits<V>(half << mantissa_bits<V>) * from_bits<V>((exponent - half) << mantissa_bits<V>);
}

// 2^n for integral n that makes a normal number.
template <class V> NEEDLE_HD V power_of_two(V n) {
#if defined(NEEDLE_AVX512F)
    if constexpr (sizeof(V) == 64) return scale(splat<V>(1), n);
#endif
    return from_bits<V>((as_bits(n + rounder<V>) + (exponent_bias<V> - rounder_bits<V>)) << mantissa_bits<V>);
}

// x = m * 2^e with m in [sqrt(1/2), sqrt(2)), for positive finite x, subnormal ones too.
template <class V> struct Decomposed {
    V m, e;
};
template <class V> NEEDLE_HD Decomposed<V> decompose(V x) {
    using L = Lane<V>;
#if defined(NEEDLE_AVX512F)
    if constexpr (sizeof(V) == 64) {
        V m, e;
        if constexpr (is_single<V>) {
            m = (V)_mm512_maskz_getmant_ps(-1, (__m512)x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src);
            e = (V)_mm512_maskz_getexp_ps(-1, (__m512)x);
        } else {
            m = (V)_mm512_maskz_getmant_pd(-1, (__m512d)x, _MM_MANT_NORM_1_2, _MM_MANT_SIGN_src);
            e = (V)_mm512_maskz_getexp_pd(-1, (__m512d)x);
        }
        const auto high = m > L(1.41421356237309504880);
        return {high ? m * L(0.5) : m, high ? e + L(1) : e};
    }
#endif
    using U = typename Float<L>::Unsigned;
    constexpr int shift = mantissa_bits<V>;
    constexpr U sqrt_half = Float<L>::sqrt_half_bits, one = U(exponent_bias<V>) << shift,
                fraction = (U(1) << shift) - 1;
    constexpr L bias = rounder<V> + L(exponent_bias<V>);
    const auto subnormal = x < Float<L>::min_normal;
    x = subnormal ? x * Float<L>::ulp_of_one : x;
    const Bits<V> shifted = as_bits(x) + (one - sqrt_half);
    // The exponent as a number: its bits in the last places of the rounder.
    const V e = from_bits<V>((shifted >> shift) + rounder_bits<V>) - bias;
    return {from_bits<V>((shifted & fraction) + sqrt_half), subnormal ? e - L(shift) : e};
}

// c0 + c1 x + c2 x^2 + ...
template <class V> NEEDLE_HD V polynomial(V, Lane<V> c0) { return splat<V>(c0); }
template <class V, class... C> NEEDLE_HD V polynomial(V x, Lane<V> c0, C... rest) {
    return polynomial(x, Lane<V>(rest)...) * x + c0;
}

}  // namespace
}  // namespace needle::scalar
