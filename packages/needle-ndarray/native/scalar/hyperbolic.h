// sinh, cosh, tanh, asinh, acosh and atanh for float and double, one or many lanes.
#pragma once
#include "scalar/exponential.h"
#include "scalar/logarithm.h"
#include "scalar/look_up.h"

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

#if defined(NEEDLE_AVX512F)

// The fits are right to 2^-25.
struct TanhTable {
    static constexpr bool adds_to_argument = false;
    static constexpr float scale = 1.63f, high = 9.2f;
    alignas(64) static constexpr float center[16] = {
        0.8336882f,  1.05427217f, 1.36969912f, 1.62623656f, 2.05616379f, 2.64052606f,  3.36002374f,  4.08231115f,
        4.75247955f, 6.29623652f, 7.38189602f, 8.66444111f, 0.0f,        0.230475709f, 0.419091195f, 0.51574564f};
    alignas(64) static constexpr float constant[16] = {
        0.682451427f, 0.78346175f,  0.878623605f, 0.925523758f, 0.967788041f, 0.989877343f, 0.997589946f, 0.999431074f,
        0.999851048f, 0.999993205f, 0.999999225f, 0.99999994f,  0.0f,         0.226479709f, 0.396164536f, 0.474409819f};
    alignas(64) static constexpr float rest[5][16] = {
        {0.534260035f, 0.386187851f, 0.228020623f, 0.14340581f, 0.0633860528f, 0.0201426633f, 0.00481429417f,
         0.00113755569f, 0.000297722785f, 1.36072613e-5f, 1.55002363e-6f, 1.19234272e-7f, 1.0f, 0.948706925f,
         0.843053699f, 0.774935305f},
        {-0.364606351f, -0.302566916f, -0.200346798f, -0.132724881f, -0.0613452718f, -0.0199405048f, -0.00480193272f,
         -0.00113696116f, -0.000297651422f, -1.36020581e-5f, -1.54548184e-6f, -1.18825604e-7f, 8.62887759e-7f,
         -0.214861676f, -0.333989352f, -0.367636859f},
        {0.0707555637f, 0.108274236f, 0.100006916f, 0.0750246719f, 0.0382588729f, 0.0130404318f, 0.00318712229f,
         0.000755018147f, 0.000201199306f, 8.79717936e-6f, 1.02604986e-6f, 7.84203777e-8f, -0.33338359f, -0.267577738f,
         -0.148725435f, -0.083878018f},
        {0.0732938796f, 0.0165348426f, -0.0207447782f, -0.0252430364f, -0.0165538378f, -0.00621524174f, -0.00160370395f,
         -0.000377417397f, -0.000102482081f, -4.56880935e-6f, -5.53020186e-7f, -4.23452384e-8f, 0.000868532865f,
         0.131632492f, 0.170945317f, 0.162210196f},
        {-0.0631369054f, -0.0379670188f, -0.00924390461f, 0.00263806083f, 0.00436785165f, 0.00190102449f,
         0.000612694537f, 0.0001836624f, 3.11756339e-5f, 2.71570434e-6f, 2.31992786e-7f, 1.95150935e-8f, 0.128318101f,
         0.0808425322f, 0.0152699258f, -0.0369651504f}};
};

#endif

// With a = |x|: a + a^3 P(a^2) below 0.55, fitted to 2^-29 and 2^-55, and 1 - 2 / (e^2a + 1) above.
template <class V> NEEDLE_HD V tanh(V x) {
    using L = Lane<V>;
#if defined(NEEDLE_AVX512F)
    if constexpr (has_tables<V>) return odd_by_table<TanhTable>(x);
#endif
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
