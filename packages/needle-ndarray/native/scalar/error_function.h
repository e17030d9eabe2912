// erf and erfc for float and double, one or many lanes.
#pragma once
#include "scalar/exponential.h"
#include "scalar/look_up.h"

namespace needle::scalar {
namespace {

#if defined(NEEDLE_AVX512F)

// The fits are right to 2^-25.
struct ErfTable {
    static constexpr bool adds_to_argument = true;
    static constexpr float scale = 3.74f, high = 4.0f;
    alignas(64) static constexpr float center[16] = {
        0.356073529f, 0.443802238f, 0.571001112f, 0.732687235f, 0.939663172f, 1.23549807f,  1.43128061f,  1.76422548f,
        2.17057157f,  2.70926499f,  3.2206831f,   3.69118857f,  0.0f,         0.110914685f, 0.155744627f, 0.221442163f};
    alignas(64) static constexpr float constant[16] = {
        0.385432214f, 0.469754398f, 0.580631614f, 0.699880064f, 0.816113889f, 0.919407427f, 0.957043886f, 0.987403989f,
        0.997856915f, 0.999872625f, 0.999994755f, 0.999999821f, 0.0f,         0.124642491f, 0.174328342f, 0.245845839f};
    alignas(64) static constexpr float rest[5][16] = {
        {0.994011879f, 0.926651061f, 0.814435482f, 0.659648359f, 0.466645867f, 0.245201752f, 0.145470649f, 0.050201498f,
         0.010146956f, 0.00073262502f, 3.53143732e-5f, 1.35881157e-6f, 0.128379166f, 1.11458278f, 1.10133803f,
         1.07438195f},
        {-0.35394153f, -0.411250114f, -0.465044141f, -0.483315736f, -0.438489616f, -0.302946985f, -0.208208412f,
         -0.0885670707f, -0.0220204405f, -0.00198095152f, -0.000112976952f, -5.00918213e-6f, 4.69230599e-7f,
         -0.123623617f, -0.171527565f, -0.237913296f},
        {-0.247335106f, -0.187188432f, -0.0944360122f, 0.0161978882f, 0.119132712f, 0.167849243f, 0.150122061f,
         0.0874566287f, 0.0284726173f, 0.00330921984f, 0.000229601836f, 1.23949449e-5f, -0.376161933f, -0.36238718f,
         -0.349302053f, -0.323005259f},
        {0.162046731f, 0.178687826f, 0.182243899f, 0.155001536f, 0.0901310369f, -0.0024407967f, -0.0379864872f,
         -0.0474942252f, -0.0237712134f, -0.00401456468f, -0.000366263674f, -2.22395774e-5f, 0.000866098038f,
         0.0613245368f, 0.0844997615f, 0.114810266f},
        {0.0575267561f, 0.0173325483f, -0.0212166589f, -0.0505680591f, -0.0689733699f, -0.0528696142f, -0.0185488462f,
         0.0057189432f, 0.0120948283f, 0.00368801737f, 0.000413688744f, 2.08928504e-5f, 0.106145747f, 0.107439294f,
         0.0959494337f, 0.089216806f}};
};

#endif

// With a = |x|: a + a P(a^2) near 0, fitted to 2^-30 and 2^-56, and 1 - e^(-a Q(a)) above, where a Q(a) is
// -log(erfc(a)) fitted such that the result is right to 2^-30 and 2^-61.
template <class V> NEEDLE_HD V erf(V x) {
    using L = Lane<V>;
#if defined(NEEDLE_AVX512F)
    if constexpr (has_tables<V>) return odd_by_table<ErfTable>(x);
#endif
    constexpr L near = is_single<V> ? L(0.93) : L(1);
    constexpr L high = is_single<V> ? L(4) : L(5.95);  // rounds to 1 from there
    V a = magnitude(x);
    const V z = a * a;
    const auto above = a > near;
    const V c = a > high ? splat<V>(high) : a;
    V small, exponent;
    if constexpr (is_single<V>) {
        small = polynomial(z, 0.128379166f, -0.376126289f, 0.112836257f, -0.0268557314f, 0.00519240508f,
                           -0.000804976968f, 7.99664995e-5f);
        exponent = polynomial(c, 1.12865424f, 0.635128021f, 0.106275298f, -0.023795059f, 0.00365801039f,
                              -0.000326615322f, 1.16106576e-5f);
    } else {
        small =
            polynomial(z, 0.12837916709551256, -0.37612638903183343, 0.11283791670936948, -0.026866170641958145,
                       0.0052239775967227592, -0.00085483254841195976, 0.00012055280462574993, -1.4924464836463334e-5,
                       1.6444138801683796e-6, -1.6183886924113781e-7, 1.3616188335120136e-8, -7.6067495051885364e-10);
        exponent =
            polynomial(c, 1.1283792014216421, 0.63661936126646279, 0.10277491576834433, -0.019136574001466365,
                       -0.00018917455166183927, 0.0016594556665681169, -0.00053797720740841491, -3.2634695716015674e-5,
                       0.00011709254273213862, -6.7783020121242588e-5, 2.5448011454911548e-5, -7.1466907144445192e-6,
                       1.5593420250378492e-6, -2.6553118677840669e-7, 3.4782690363587194e-8, -3.3929726815314088e-9,
                       2.323412341896174e-10, -9.9663868645584633e-12, 2.0144228002154385e-13);
    }
    const auto [n, r] = reduce_by_ln2(-c * exponent);
    const V t = power_of_two(n);
    const V large = (L(1) - t) - t * expm1_near_zero(r);
    return with_sign_of(above ? large : a * small + a, x);
}

// With a = |x| and t = (a - 3.75) / (a + 3.75): e^(-a^2) P(t) / (1 + 2a), P fitted to 2^-32 and 2^-63 down to where the
// result is 0. The square's rounding error, which e^(-a^2) would magnify, is found from two halves of a.
// After Shepherd and Laframboise, "Chebyshev approximation of (1 + 2x) exp(x^2) erfc x", 1981.
template <class V> NEEDLE_HD V erfc(V x) {
    using L = Lane<V>;
    constexpr L high = is_single<V> ? L(10.5) : L(27.5);
    constexpr L half = is_single<V> ? L(4097) : L(134217729);
    const V a = at_most(magnitude(x), high);
    const V t = (a - L(3.75)) / (a + L(3.75));
    V fitted;
    if constexpr (is_single<V>)
        fitted = polynomial(t, 1.23751263f, -0.140240599f, 3.58538743e-3f, 0.0822767280f, -0.108803120f, 0.0923051403f,
                            -0.0587015020f, 0.0283491650f, -9.71725549e-3f, 1.82964718e-3f, 2.89169539e-4f,
                            -4.22956719e-4f, -6.81852566e-5f);
    else
        fitted =
            polynomial(t, 1.2375126308378276, -0.14024059858554702, 3.5854154854636343e-3, 0.082276738490151143,
                       -0.10880393014170363, 0.092304321160194520, -0.058693398590651518, 0.028362277421562998,
                       -9.7465795461432821e-3, 1.7556258322597928e-3, 2.9371358227981938e-4, -2.9015398118423653e-4,
                       5.1649475834250359e-5, 2.2383937132028528e-5, -1.1445294055936229e-5, -9.7298784096464725e-7,
                       1.7540304752317193e-6, -5.7819004669165929e-8, -2.6205987043968164e-7, 2.3404409817226769e-8,
                       4.1818311775662386e-8, -3.3052369893681383e-9, -6.8996338970800549e-9, -2.0214062614329215e-10,
                       8.5204870976967292e-10, 1.8542650354909910e-10);
    const V wide = a * half, top = wide - (wide - a), rest = a - top, square = a * a;
    const V error = ((top * top - square) + top * rest * L(2)) + rest * rest;
    const V bell = exp(-square);
    const V tail = (bell - bell * error) * (fitted / (a * L(2) + L(1)));
    const V beyond = x < L(0) ? L(2) - tail : tail;
    return a < L(0.5) ? L(1) - erf(x) : beyond;  // below, the fit would be rounded more than the difference
}

}  // namespace
}  // namespace needle::scalar
