// pow, for float and double, one or many lanes: exp(y log x). An error in the logarithm is multiplied by up to 1000, so
// for float it is a double, and for double an unevaluated sum of two numbers.
#pragma once
#include "scalar/arithmetic.h"
#include "scalar/exponential.h"
#include "scalar/pairs.h"

namespace needle::scalar {
namespace {

// log(x) for positive finite x, to some 65 bits: with s = (m - 1) / (m + 1),
// log(m 2^e) = e ln 2 + 2 s + s^3 (2/3 + s^2 (2/5 + ...)), where all but the dots is carried in pairs.
template <class V> NEEDLE_HD Pair<V> log_pair(V x) {
    using L = Lane<V>;
    const auto [m, e] = decompose(x);
    const V f = m - L(1), d = m + L(1), d_low = m - (d - L(1));  // d + d_low = m + 1 exactly
    const V reciprocal = L(1) / d, s = f * reciprocal;
    const auto [sd, sd_low] = two_product(s, d);
    const V s_low = (((f - sd) - sd_low) - s * d_low) * reciprocal;

    const auto [z, z_rounded] = two_product(s, s);
    const V z_low = z_rounded + (s + s) * s_low;
    // Fit to 2^-73.
    constexpr L two_thirds_low = 3.700743415417188e-17;
    const V tail = z * polynomial(z, 0.3999999999999998, 0.2857142857144384, 0.222222222177896, 0.18181818844029604,
                                  0.15384558424770003, 0.13336264687696525, 0.11675776097399568, 0.11981797608884288);
    const auto [g, g_rounded] = fast_two_sum(splat<V>(L(0.66666666666666666)), tail);
    const V g_low = g_rounded + two_thirds_low;
    const auto [cube, cube_rounded] = two_product(s, z);
    const V cube_low = cube_rounded + s * z_low + s_low * z;
    const auto [t, t_rounded] = two_product(cube, g);
    const V t_low = t_rounded + cube * g_low + cube_low * g;

    const auto [sum, sum_low] = fast_two_sum(s + s, t);  // log(m)
    const auto [high, high_low] = two_sum(e * Ln2<L>::high, sum);
    return fast_two_sum(high, high_low + (e * Ln2<L>::low + ((s_low + s_low) + t_low + sum_low)));
}

// x^y for positive finite doubles x that came from float, |y| <= 2^40: to 2^-28 where the result is a float.
template <class V> NEEDLE_HD V power_for_float(V x, V y) {
    // As above, but log2: s (2 / ln 2 + s^2 (...)), to 2^-37. Beyond the bound the result is infinite or 0.
    constexpr double bound = 200;
    const auto [m, e] = decompose(x);
    const V s = (m - 1.0) / (m + 1.0);
    const V log2 = s * polynomial(s * s, 2.8853900817901423, 0.96179667326603968, 0.57708360035948036,
                                  0.41167174462549339, 0.34074899566785288) +
                   e;
    const V exponent = at_least(at_most(y * log2, bound), -bound), n = nearest(exponent), r = exponent - n;
    // 2^r for |r| <= 1/2, to 2^-28.
    return scale(polynomial(r, 1.0, 0.69314720298478538, 0.24022647896739324, 0.055503321631003459,
                            0.0096184386150345875, 0.0013399003391920269, 0.00015353254577973042),
                 n);
}

NEEDLE_HD float positive_power(float x, float y) { return float(power_for_float(double(x), double(y))); }
#if !defined(__CUDACC__)
// The lanes in two halves, as doubles.
template <class V> NEEDLE_HD V positive_power(V x, V y) {
    using L = Lane<V>;
    using Wide = decltype(L() * 1.0);
    typedef L Half __attribute__((vector_size(sizeof(V) / 2)));
    typedef Wide Doubles __attribute__((vector_size(sizeof(V))));
#if defined(NEEDLE_AVX512DQ)
    if constexpr (sizeof(V) == 64) {  // the compiler would convert a quarter at a time
        const auto half = [](__m256 base, __m256 exponent) {
            return _mm512_maskz_cvtpd_ps(-1, (__m512d)power_for_float((Doubles)_mm512_maskz_cvtps_pd(-1, base),
                                                                      (Doubles)_mm512_maskz_cvtps_pd(-1, exponent)));
        };
        const auto upper = [](V v) { return _mm512_maskz_extractf32x8_ps(-1, (__m512)v, 1); };
        const __m256 low = half(_mm512_castps512_ps256((__m512)x), _mm512_castps512_ps256((__m512)y));
        return (V)_mm512_maskz_insertf32x8(-1, _mm512_zextps256_ps512(low), half(upper(x), upper(y)), 1);
    }
#endif
    Half bases[2], exponents[2], powers[2];
    __builtin_memcpy(bases, &x, sizeof x);
    __builtin_memcpy(exponents, &y, sizeof y);
    for (int k = 0; k < 2; ++k)
        powers[k] = __builtin_convertvector(
            power_for_float(__builtin_convertvector(bases[k], Doubles), __builtin_convertvector(exponents[k], Doubles)),
            Half);
    V result;
    __builtin_memcpy(&result, powers, sizeof result);
    return result;
}
#endif

// The same of doubles.
template <class V> NEEDLE_HD V positive_power_of_doubles(V x, V y) {
    constexpr double bound = 760;  // e^bound is infinite, e^-bound is 0
    const auto [log_high, log_low] = log_pair(x);
    const auto [product, rounded] = two_product(y, log_high);
    V low = rounded + y * log_low;
    const V high = at_least(at_most(product, bound), -bound);
    low = high == product ? low : V{};
    const auto [n, r] = reduce_by_ln2(high);
    return scale(expm1_near_zero(r + low) + 1.0, n);
}

template <class V> NEEDLE_HD Mask<V> is_integral(V x) {
    constexpr Lane<V> all_integral = Float<Lane<V>>::ulp_of_one;  // no number from here on has a fraction
    const V a = magnitude(x);
    return (a >= all_integral) | ((a + all_integral) - all_integral == a);
}

// By squaring, wrapping. A negative exponent is read as the unsigned number with its bits; the front refuses it before.
template <class T> NEEDLE_HD T integer_pow(T base, T exponent) {
    using W = Wide<T>;
    W result = 1, factor = W(base);
    for (W e = W(exponent) & (W(-1) >> (8 * (sizeof(W) - sizeof(T)))); e != 0; e >>= 1) {
        result = e & 1 ? result * factor : result;
        factor *= factor;
    }
    return T(result);
}

// As C99's pow: pow(x, 0) = pow(1, y) = 1, also for NaN; a negative x needs an integral y.
template <class V> NEEDLE_HD V float_pow(V x, V y) {
    using L = Lane<V>;
    constexpr L most = is_single<V> ? L(0x1p40) : L(0x1p70);  // more makes no difference to any x but 1
    const V a = magnitude(x);
    const V exponent = at_least(at_most(y, most), -most);
    V power;
    if constexpr (is_single<V>) power = positive_power(a, exponent);
    else power = positive_power_of_doubles(a, exponent);

    const auto special = !((x > L(0)) & (x < infinity<V>)&(y == y));
    if (!any(special)) return power;
    const auto edge = (a == L(0)) | (a == infinity<V>);
    const V at_edge = (a == L(0)) == (y > L(0)) ? V{} : splat<V>(infinity<V>);
    V result = edge ? at_edge : power;
    const Mask<V> negative = (as_bits(x) & sign_bit<V>) != 0;
    const Mask<V> integral = is_integral(y), odd = integral & !is_integral(y * L(0.5));
    const Mask<V> undefined = (x < L(0)) & (x > -L(infinity<V>)) & !integral;
    result = negative & odd ? -result : result;
    result = undefined ? splat<V>(nan<V>) : result;
    result = (x != x) | (y != y) ? x + y : result;
    return (y == L(0)) | (x == L(1)) ? splat<V>(L(1)) : result;
}

// x^3, to 0.7 ulp where there is a fused multiply-add.
template <class V> NEEDLE_HD V cube(V x) {
    const auto [square, square_low] = two_product(x, x);
    if constexpr (has_fma) {
        const V cubed = multiply_add(square, x, square_low * x);
        return square < infinity<V> ? cubed : square * x;
    } else return square * x;
}

// x^(1/2), which is the root but for pow(-0, 1/2) = 0 and pow(-infinity, 1/2) = infinity.
template <class T> NEEDLE_HD T root_power(T x) {
    const T root = sqrt(x) + T(0);
    return x == -infinity<T> ? infinity<T> : root;
}

template <class T> NEEDLE_HD T pow(T x, T y) {
    if constexpr (is_integer<T>) return integer_pow(x, y);
    else return float_pow(x, y);
}

}  // namespace
}  // namespace needle::scalar
