// exp, expm1 and sigmoid for float and double, one or many lanes. The polynomials are minimax fits
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
    const auto [n, r] = reduce_by_ln2(at_least(at_most(x, high), low));
    return scale(expm1_near_zero(r) + L(1), n);
}

template <class V> NEEDLE_HD V expm1(V x) {
    using L = Lane<V>;
    constexpr L high = is_single<V> ? L(88.8) : L(709.9), low = is_single<V> ? -20 : -40;
    constexpr L tiny = is_single<V> ? L(0x1p-25) : L(0x1p-54);
    const V c = at_least(at_most(x, high), low);
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
    const auto [n, r] = reduce_by_ln2(at_least(at_most(-x, high), low));
    const V cut = at_most(n, most);
    const V t = power_of_two(cut);
    return scale(L(1) / ((t * expm1_near_zero(r) + L(1)) + t), cut - n);
}

}  // namespace
}  // namespace needle::scalar
