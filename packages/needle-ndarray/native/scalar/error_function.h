// erf for float and double, one or many lanes.
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

}  // namespace
}  // namespace needle::scalar
