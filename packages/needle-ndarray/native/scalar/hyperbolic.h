// sinh, cosh, tanh, asinh, acosh and atanh for float and double, one or many lanes.
#pragma once
#include "scalar/exponential.h"
#include "scalar/logarithm.h"

namespace needle::scalar {
namespace {

// e^a / 4 for a >= 0, up to where its double overflows.
template <class V> NEEDLE_HD V quarter_exp(V a) {
    using L = Lane<V>;
    constexpr L high = is_single<V> ? L(89.5) : L(710.6);
    const auto [n, r] = reduce_by_ln2(at_most(a, high));
    const V t = power_of_two(n - L(2));
    return t * expm1_near_zero(r) + t;
}

// With w = e^|x| / 4: twice w + 1 / (16 w).
template <class V> NEEDLE_HD V cosh(V x) {
    using L = Lane<V>;
    const V w = quarter_exp(magnitude(x)), y = w + L(0.0625) / w;
    return y + y;
}

// With a = |x|: a + a^3 P(a^2) up to 1, fitted to 2^-31 and 2^-61, and with w = e^a / 4 twice w - 1 / (16 w) above.
template <class V> NEEDLE_HD V sinh(V x) {
    using L = Lane<V>;
    const V a = magnitude(x), z = a * a;
    V tail;
    if constexpr (is_single<V>) tail = polynomial(z, 0.166666672f, 0.00833331048f, 0.000198428912f, 2.78226707e-6f);
    else
        tail = polynomial(z, 0.16666666666666669, 0.0083333333333329117, 0.00019841269841593411, 2.7557319106756389e-6,
                          2.5052130998811464e-8, 1.6056659159096841e-10, 7.7766003896047579e-13);
    const V w = quarter_exp(a), half = w - L(0.0625) / w;
    return with_sign_of(a > L(1) ? half + half : a + a * z * tail, x);
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
    a = at_most(a, high);
    const auto [n, r] = reduce_by_ln2(a + a);
    const V t = power_of_two(n);
    const V large = L(1) - L(2) / (t * expm1_near_zero(r) + (t + L(1)));
    return with_sign_of(above ? large : small, x);
}

// From here on the 1 in asinh and acosh adds nothing to the square, and log(2x) is the result.
template <class V> constexpr Lane<V> one_vanishes = is_single<V> ? Lane<V>(0x1p30) : Lane<V>(0x1p60);
// Below this the functions that behave like x at 0 are x.
template <class V> constexpr Lane<V> is_itself = is_single<V> ? Lane<V>(0x1p-13) : Lane<V>(0x1p-28);

// log(1 + u + u_low), or log(2 a) where `large`.
template <class V> NEEDLE_HD V log_of_inverse(Pair<V> u, V a, Mask<V> large) {
    using L = Lane<V>;
    const auto [sum, lost] = two_sum(splat<V>(L(1)), u.high);
    const V y = log_of_sum(large ? a : sum, large ? V{} : lost + u.low);
    return large ? y + L(0.69314718055994530942) : y;
}

// With a = |x|: log1p(a + a^2 / (1 + sqrt(1 + a^2))).
template <class V> NEEDLE_HD V asinh(V x) {
    using L = Lane<V>;
    const V a = magnitude(x);
    const Mask<V> large = a > one_vanishes<V>;
    const V c = large ? splat<V>(L(1)) : a, square = c * c;
    const V y = log_of_inverse(fast_two_sum(c, square / (square_root(square + L(1)) + L(1))), a, large);
    return with_sign_of((a < infinity<V>)&(a >= is_itself<V>) ? y : a, x);
}

// With t = x - 1, which is exact: log1p(t + sqrt(t (2 + t))).
template <class V> NEEDLE_HD V acosh(V x) {
    using L = Lane<V>;
    const Mask<V> large = x > one_vanishes<V>;
    const V t = (large ? splat<V>(L(1)) : x) - L(1);
    const V y = log_of_inverse(fast_two_sum(square_root(t * (t + L(2))), t), x, large);
    return x >= L(1) ? (x < infinity<V> ? y : x) : splat<V>(nan<V>);
}

// With a = |x|: half of log1p(2 a / (1 - a)), the quotient as a pair.
template <class V> NEEDLE_HD V atanh(V x) {
    using L = Lane<V>;
    const V a = magnitude(x), twice = a + a;
    const V d = L(1) - a, d_low = (L(1) - d) - a;
    const V q = twice / d;
    const auto [back, back_low] = two_product(q, d);
    const V q_low = (((twice - back) - back_low) - q * d_low) / d;
    const auto [sum, lost] = two_sum(splat<V>(L(1)), q);
    const V y = log_of_sum(sum, lost + q_low) * L(0.5);
    const V inside = a < is_itself<V> ? a : y;
    return with_sign_of(a < L(1) ? inside : (a == L(1) ? splat<V>(infinity<V>) : splat<V>(nan<V>)), x);
}

}  // namespace
}  // namespace needle::scalar
