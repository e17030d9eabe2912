// log, log1p, log2, log10 and logaddexp for float and double, one or many lanes.
#pragma once
#include "scalar/exponential.h"
#include "scalar/look_up.h"
#include "scalar/pairs.h"

namespace needle::scalar {
namespace {

// log(1 + f) - f + f^2/2 for 1 + f in [sqrt(1/2), sqrt(2)), given f and f^2/2.
template <class V> NEEDLE_HD V log_tail(V f, V half_square) {
    if constexpr (is_single<V>) {
        // log(1 + f) = f - f^2/2 + f^3 P(f), to 2^-28
        return f * f * f *
               polynomial(f, 3.3333313e-01f, -2.500001e-01f, 2.0002119e-01f, -1.6667996e-01f, 1.4219552e-01f,
                          -1.24055915e-01f, 1.18881635e-01f, -1.1675638e-01f, 6.7466214e-02f);
    } else {
        // With s = f / (2 + f): log(1 + f) = 2 s + s^3 G(s^2) = f - f^2/2 + s (f^2/2 + s^2 G(s^2)), to 2^-59
        const V s = f / (f + 2.0), z = s * s;
        return s * (half_square + z * polynomial(z, 0.6666666666666734, 0.39999999999416525, 0.285714287420711,
                                                 0.22222198599319815, 0.18183563206485068, 0.153140744863406,
                                                 0.14795748297817027));
    }
}

// log(2^e (1 + f)) for 1 + f in [sqrt(1/2), sqrt(2)).
template <class V> NEEDLE_HD V log_of_parts(V e, V f) {
    using L = Lane<V>;
    const V half_square = f * f * L(0.5);
    return e * Ln2<L>::high + (f + (log_tail(f, half_square) + e * Ln2<L>::low - half_square));
}

// y where it is the logarithm of x, else what the logarithm is at and below 0, at infinity and of NaN.
template <class V> NEEDLE_HD V with_log_edges(V x, V y) {
    using L = Lane<V>;
#if defined(NEEDLE_AVX512F)
    // A digit for each class of x, from the right: NaN (quiet and signalling) to itself, 0 to -infinity, 1 to y,
    // -infinity to NaN, infinity to itself, other negative numbers to NaN, positive ones to y.
    constexpr int answers = 0x03530422;
    if constexpr (sizeof(V) == 64 && is_single<V>)
        return (V)_mm512_fixupimm_ps((__m512)y, (__m512)x, _mm512_set1_epi32(answers), 0);
    if constexpr (sizeof(V) == 64 && !is_single<V>)
        return (V)_mm512_fixupimm_pd((__m512d)y, (__m512d)x, _mm512_set1_epi64(answers), 0);
#endif
    return x > L(0) ? (x < infinity<V> ? y : x) : (x == L(0) ? splat<V>(-infinity<V>) : splat<V>(nan<V>));
}

#if defined(NEEDLE_AVX512F)

// For x = 2^e m with m in [0.75, 1.5) by the first four bits of m's fraction: a number near 1 / m and the logarithm of
// what it stands for. That is a multiple of 2^-17, as is the high part of ln 2, so that both add up without rounding.
struct LogTable {
    static constexpr float ln2_high = 0.693145751953125f, ln2_low = 1.42860682e-6f;
    static constexpr int place_bits = 19;
    alignas(64) static constexpr float reciprocal[16] = {
        1.0f,        1.0f,        0.862731576f, 0.815242708f, 0.784549773f, 0.747486889f, 0.710872054f, 0.685885429f,
        1.31378341f, 1.25771153f, 1.20997238f,  1.16086137f,  1.1174376f,   1.08003759f,  1.0f,         1.0f};
    alignas(64) static constexpr float logarithm[16] = {0.0f,          0.0f,           0.147651672f,  0.204269409f,
                                                        0.242645264f,  0.291038513f,   0.341262817f,  0.377044678f,
                                                        -0.272911072f, -0.229293823f,  -0.190597534f, -0.149162292f,
                                                        -0.111038208f, -0.0769958496f, 0.0f,          0.0f};
};
// With r = m times the reciprocal - 1, between -1/16 and 1/8: log(1 + r) = r + r^2 P(r), to 2^-28.
template <class V> NEEDLE_HD V log_by_table(V x) {
    using T = LogTable;
    const auto exponent = [](V y) { return (V)_mm512_maskz_getexp_ps(-1, (__m512)y); };
    const V m = (V)_mm512_maskz_getmant_ps(-1, (__m512)x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_src);
    const V e = exponent(x) - exponent(m);
    const Bits<V> place = as_bits(m) >> T::place_bits;
    const V r = multiply_add(m, look_up<V>(T::reciprocal, place), splat<V>(-1));
    const V rest = r + r * r * polynomial(r, -0.499999851f, 0.333334863f, -0.250123084f, 0.20002082f, -0.144313529f);
    return with_log_edges(x, (look_up<V>(T::logarithm, place) + e * T::ln2_high) + (rest + e * T::ln2_low));
}

#endif

template <class V> NEEDLE_HD V log(V x) {
#if defined(NEEDLE_AVX512F)
    if constexpr (has_tables<V>) return log_by_table(x);
#endif
    const auto [m, e] = decompose(x);
    return with_log_edges(x, log_of_parts(e, m - Lane<V>(1)));
}

// Another base: the logarithm of 2 and that of e in it. The product of an exponent with the high part is exact.
template <class V> struct LogBase {
    V two_high, two_low, e_high, e_low;
};
template <class V> NEEDLE_HD V log_in_base(V x, const LogBase<Lane<V>> base) {
    using L = Lane<V>;
    const auto [m, e] = decompose(x);
    const V f = m - L(1), half_square = f * f * L(0.5);
    const V rest = log_tail(f, half_square) - half_square;
    const auto [product, product_low] = two_product(f, splat<V>(base.e_high));
    const auto [sum, sum_low] = fast_two_sum(e * base.two_high, product);
    const V low = f * base.e_low + e * base.two_low + product_low;
    return with_log_edges(x, sum + (rest * base.e_high + (low + sum_low)));
}

template <class V> NEEDLE_HD V log2(V x) {
    if constexpr (is_single<V>) return log_in_base(x, LogBase<float>{1, 0, 1.44269502f, 1.92596303e-8f});
    else return log_in_base(x, LogBase<double>{1, 0, 1.44269504088896339, 2.03552737409310331e-17});
}

template <class V> NEEDLE_HD V log10(V x) {
    if constexpr (is_single<V>)
        return log_in_base(x, LogBase<float>{0.301025390625f, 4.60503907e-6f, 0.434294492f, -1.01030500e-8f});
    else
        return log_in_base(x, LogBase<double>{0.30102999566406651866, -8.53234431705710656e-14, 0.434294481903251817,
                                              1.09831965021676507e-17});
}

// log(u + lost), where u is 1 or larger (or the sum of 1 and something above -1), and `lost` what it was rounded by.
template <class V> NEEDLE_HD V log_of_sum(V u, V lost) {
    using L = Lane<V>;
    const auto [m, e] = decompose(u);
    const V capped = e > L(64) ? splat<V>(L(64)) : e;  // beyond, nothing of the 1 is left to lose
    return log_of_parts(e, (m - L(1)) + lost * power_of_two(-capped));
}

template <class V> NEEDLE_HD V log1p(V x) {
    using L = Lane<V>;
    const auto [u, lost] = two_sum(splat<V>(L(1)), x);
    const V y = log_of_sum(u, lost);
    const V inside = (x == L(0)) | (x == infinity<V>) ? x : y;  // keeps the sign of 0
    return x > L(-1) ? inside : (x == L(-1) ? splat<V>(-infinity<V>) : splat<V>(nan<V>));
}

// log(e^a + e^b) without overflow: the larger one and log1p(e^-distance), where the distance is a pair.
template <class V> NEEDLE_HD V logaddexp(V a, V b) {
    using L = Lane<V>;
    const V high = a >= b ? a : b, low = a >= b ? b : a;
    const auto [difference, lost] = two_sum(high, -low);
    const V distance = a == b ? V{} : difference;  // also of two infinities
    const V ratio = exp(-distance), corrected = ratio - ratio * lost;
    return high + log1p((ratio == L(0)) | (ratio == L(1)) ? ratio : corrected);  // there `lost` may be NaN
}

}  // namespace
}  // namespace needle::scalar
