// pow. For float and double, one or many lanes: exp(y log x) with the logarithm as an unevaluated sum of two numbers,
// since an error in it is multiplied by up to 1000.
#pragma once
#include "scalar/arithmetic.h"
#include "scalar/exponential.h"
#include "scalar/pairs.h"

namespace needle::scalar {
namespace {

// log(x) for positive finite x, to some 35 (65) bits: with s = (m - 1) / (m + 1),
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
    V tail;
    L two_thirds_low;
    if constexpr (is_single<V>) {  // fit to 2^-43
        two_thirds_low = -1.9868216e-8f;
        tail = z * polynomial(z, 3.9999998e-01f, 2.8571972e-01f, 2.2179729e-01f, 1.9556426e-01f);
    } else {  // fit to 2^-73
        two_thirds_low = 3.700743415417188e-17;
        tail = z * polynomial(z, 0.3999999999999998, 0.2857142857144384, 0.222222222177896, 0.18181818844029604,
                              0.15384558424770003, 0.13336264687696525, 0.11675776097399568, 0.11981797608884288);
    }
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
    constexpr L bound = is_single<V> ? L(120) : L(760);       // e^bound is infinite, e^-bound is 0
    const V a = magnitude(x);
    V exponent = y > most ? splat<V>(most) : y;
    exponent = exponent < -most ? splat<V>(-most) : exponent;

    const auto [log_high, log_low] = log_pair(a);
    const auto [product, rounded] = two_product(exponent, log_high);
    V low = rounded + exponent * log_low;
    V high = product > bound ? splat<V>(bound) : product;
    high = high < -bound ? splat<V>(-bound) : high;
    low = high == product ? low : V{};
    const auto [n, r] = reduce_by_ln2(high);
    const V power = scale(expm1_near_zero(r + low) + L(1), n);

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

template <class T> NEEDLE_HD T pow(T x, T y) {
    if constexpr (is_integer<T>) return integer_pow(x, y);
    else return float_pow(x, y);
}

}  // namespace
}  // namespace needle::scalar
