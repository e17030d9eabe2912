// erf and erfc for float and double, one or many lanes.
#pragma once
#include "scalar/exponential.h"

namespace needle::scalar {
namespace {

// With a = |x|: a + a P(a^2) near 0, fitted to 2^-30 and 2^-56, and 1 - e^(-a Q(a)) above, where a Q(a) is
// -log(erfc(a)) fitted such that the result is right to 2^-30 and 2^-61.
template <class V> NEEDLE_HD V erf(V x) {
    using L = Lane<V>;
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
