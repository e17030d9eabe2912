// exp, expm1, log, log1p, tanh, sigmoid for float and double, one or many lanes. The polynomials are minimax fits
// (tools/minimax.py) to the function named beside them, with the error that each gives relative to the result.
#pragma once
#include "scalar/lanes.h"

namespace needle::scalar {
namespace {

template <class V> struct Ln2;
template <> struct Ln2<float> {
    // The high part has few enough bits that its product with an exponent is exact.
    static constexpr float high = 0.69287109375f, low = 2.7608682285062969e-4f;
};
template <> struct Ln2<double> {
    static constexpr double high = 0.6931471803691238, low = 1.9082149292705877e-10;
};

// x = n ln 2 + r with integral n and |r| <= ln(2) / 2 and a little, for |x| < 2000.
template <class V> struct Reduced {
    V n, r;
};
template <class V> NEEDLE_HD Reduced<V> reduce_by_ln2(V x) {
    using L = Lane<V>;
    const V n = nearest(x * L(1.44269504088896340736));
    return {n, (x - n * Ln2<L>::high) - n * Ln2<L>::low};
}

// e^r - 1 for |r| <= ln(2) / 2: r + r^2 (1/2 + r/6 + ...), fitted to 2^-29 (float) and 2^-59 (double).
template <class V> NEEDLE_HD V expm1_near_zero(V r) {
    V tail;
    if constexpr (is_single<V>)
        tail = polynomial(r, 0.5f, 1.6666666e-01f, 4.166636e-02f, 8.33339e-03f, 1.394072e-03f, 1.9845885e-04f);
    else
        tail = polynomial(r, 0.5, 0.16666666666666677, 0.041666666666666505, 0.008333333333321608,
                          0.0013888888888962869, 0.0001984126988620787, 2.4801587171895163e-05, 2.755724410433961e-06,
                          2.7557402903330986e-07, 2.5109081327762562e-08, 2.087533787412913e-09);
    return r * r * tail + r;
}

template <class V> NEEDLE_HD V exp(V x) {
    using L = Lane<V>;
    // Beyond these the result is infinity and 0, which scale() gives by itself. NaN passes.
    constexpr L high = is_single<V> ? 90 : 711, low = is_single<V> ? -105 : -747;
    x = x > high ? splat<V>(high) : x;
    x = x < low ? splat<V>(low) : x;
    const auto [n, r] = reduce_by_ln2(x);
    return scale(expm1_near_zero(r) + L(1), n);
}

template <class V> NEEDLE_HD V expm1(V x) {
    using L = Lane<V>;
    constexpr L high = is_single<V> ? L(88.8) : L(709.9), low = is_single<V> ? -20 : -40;
    constexpr L tiny = is_single<V> ? L(0x1p-25) : L(0x1p-54);
    V c = x > high ? splat<V>(high) : x;
    c = c < low ? splat<V>(low) : c;
    const auto [n, r] = reduce_by_ln2(c);
    // e^x - 1 = 2^n (e^r - 1) + (2^n - 1), halved, since 2^n itself may overflow.
    const V half = power_of_two(n - L(1));
    const V y = (half * expm1_near_zero(r) + (half - L(0.5))) * L(2);
    return magnitude(x) < tiny ? x : c < x ? splat<V>(infinity<V>) : y;
}

// 1 / (1 + e^-x) with e^-x = 2^n (1 + p), so that the sum is rounded only once. Where it would overflow, its exponent
// is cut, and what was cut off comes back at the end: the result is right down to the subnormal numbers.
template <class V> NEEDLE_HD V sigmoid(V x) {
    using L = Lane<V>;
    constexpr L high = is_single<V> ? 105 : 747, low = -50, most = is_single<V> ? 100 : 1000;
    V c = -x > high ? splat<V>(high) : -x;
    c = c < low ? splat<V>(low) : c;
    const auto [n, r] = reduce_by_ln2(c);
    const V cut = n > most ? splat<V>(most) : n;
    const V t = power_of_two(cut);
    return scale(L(1) / ((t * expm1_near_zero(r) + L(1)) + t), cut - n);
}

// With a = |x|: a + a^3 P(a^2) below 0.55, fitted to 2^-29 and 2^-55, and 1 - 2 / (e^2a + 1) above.
template <class V> NEEDLE_HD V tanh(V x) {
    using L = Lane<V>;
    constexpr L high = is_single<V> ? 10 : 20;  // rounds to 1 from there
    const V z = x * x;
    V tail;
    if constexpr (is_single<V>)
        tail = polynomial(z, -3.3333316e-01f, 1.3332544e-01f, -5.3847548e-02f, 2.1050714e-02f, -6.2428494e-03f);
    else
        tail = polynomial(z, -0.33333333333332277, 0.1333333333316345, -0.05396825387349116, 0.021869485912680304,
                          -0.00886319366455324, 0.003591712874070703, -0.0014531827216721985, 0.0005790350742807724,
                          -0.0002101342029655705, 5.0904021733903454e-05);
    V a = magnitude(x);
    const V small = a + a * z * tail;
    const auto above = a > L(0.55);
    a = a > high ? splat<V>(high) : a;
    const auto [n, r] = reduce_by_ln2(a + a);
    const V t = power_of_two(n);
    const V large = L(1) - L(2) / (t * expm1_near_zero(r) + (t + L(1)));
    return with_sign_of(above ? large : small, x);
}

// log(2^e (1 + f)) for 1 + f in [sqrt(1/2), sqrt(2)).
template <class V> NEEDLE_HD V log_of_parts(V e, V f) {
    using L = Lane<V>;
    const V square = f * f * L(0.5);
    V tail;
    if constexpr (is_single<V>) {
        // log(1 + f) = f - f^2/2 + f^3 P(f), to 2^-28
        tail = f * f * f *
               polynomial(f, 3.3333313e-01f, -2.500001e-01f, 2.0002119e-01f, -1.6667996e-01f, 1.4219552e-01f,
                          -1.24055915e-01f, 1.18881635e-01f, -1.1675638e-01f, 6.7466214e-02f);
    } else {
        // With s = f / (2 + f): log(1 + f) = 2 s + s^3 G(s^2) = f - f^2/2 + s (f^2/2 + s^2 G(s^2)), to 2^-59
        const V s = f / (f + L(2)), z = s * s;
        tail = s * (square + z * polynomial(z, 0.6666666666666734, 0.39999999999416525, 0.285714287420711,
                                            0.22222198599319815, 0.18183563206485068, 0.153140744863406,
                                            0.14795748297817027));
    }
    return e * Ln2<L>::high + (f + (tail + e * Ln2<L>::low - square));
}

template <class V> NEEDLE_HD V log(V x) {
    using L = Lane<V>;
    const auto [m, e] = decompose(x);
    const V y = log_of_parts(e, m - L(1));
    return x > L(0) ? (x < infinity<V> ? y : x) : (x == L(0) ? splat<V>(-infinity<V>) : splat<V>(nan<V>));
}

template <class V> NEEDLE_HD V log1p(V x) {
    using L = Lane<V>;
    // u + lost = 1 + x exactly; what was lost goes into f.
    const V u = x + L(1), back = u - L(1);
    const V lost = (L(1) - (u - back)) + (x - back);
    const auto [m, e] = decompose(u);
    const V capped = e > L(64) ? splat<V>(L(64)) : e;  // beyond, nothing of the 1 is left to lose
    const V y = log_of_parts(e, (m - L(1)) + lost * power_of_two(-capped));
    const V inside = (x == L(0)) | (x == infinity<V>) ? x : y;  // keeps the sign of 0
    return x > L(-1) ? inside : (x == L(-1) ? splat<V>(-infinity<V>) : splat<V>(nan<V>));
}

}  // namespace
}  // namespace needle::scalar
