// sin, cos and tan for float and double, one or many lanes.
#pragma once
#include "scalar/lanes.h"
#if defined(__CUDACC__)
#include <cmath>
#endif

namespace needle::scalar {
namespace {

// pi/2 as a sum of parts whose products with an integer below 2^13 (2^20) are exact, and a remainder.
template <class L> struct HalfPi;
template <> struct HalfPi<float> {
    static constexpr float limit = 8192;
    static constexpr float first = 1.5703125f, second = 4.837512969970703e-4f, third = 7.549533620476723e-8f,
                           fourth = 2.5632829192545614e-12f, rest = 6.123234262925839e-17f;
};
template <> struct HalfPi<double> {
    static constexpr double limit = 0x1p20;
    static constexpr double first = 1.5707963267341256, second = 6.077100506303966e-11, third = 2.0222662487111665e-21,
                            rest = 8.4784276603689e-32;
};

// x = n pi/2 + r with |r| <= pi/4, for |x| <= limit (Cody and Waite). What a difference rounds off is carried along, so
// that r keeps its relative accuracy where x lies next to a multiple of pi/2.
template <class V> struct Quadrant {
    V n, r;
};
template <class V> NEEDLE_HD Quadrant<V> reduce_by_half_pi(V x) {
    using L = Lane<V>;
    using P = HalfPi<L>;
    const V n = nearest(x * L(0.63661977236758134308));
    const V a = x - n * P::first;  // exact
    const V b = a - n * P::second;
    if constexpr (is_single<V>) {  // b is exact as well: its 22 bits fit
        const V c = b - n * P::third, d = c - n * P::fourth;
        const V lost = ((b - c) - n * P::third) + ((c - d) - n * P::fourth);
        return {n, d + (lost - n * P::rest)};
    } else {
        const V c = b - n * P::third;
        const V lost = ((a - b) - n * P::second) + ((b - c) - n * P::third);
        return {n, c + (lost - n * P::rest)};
    }
}

// Both for |r| <= pi/4.
template <class V> struct SineAndCosine {
    V sine, cosine;
};
template <class V> NEEDLE_HD SineAndCosine<V> sine_and_cosine(V r) {
    using L = Lane<V>;
    const V z = r * r;
    V sine, cosine;
    if constexpr (is_single<V>) {  // fits to 2^-32 and 2^-33
        sine = polynomial(z, -1.6666667e-01f, 8.333379e-03f, -1.9853064e-04f, 2.83251e-06f);
        cosine = polynomial(z, 4.1666646e-02f, -1.388731e-03f, 2.4432327e-05f);
    } else {  // fits to 2^-58 and 2^-64
        sine = polynomial(z, -0.1666666666666663, 0.00833333333332184, -0.00019841269829358528, 2.755731353851409e-06,
                          -2.505073438919214e-08, 1.589543328194425e-10);
        cosine = polynomial(z, 0.041666666666666595, -0.0013888888888873325, 2.4801587288983675e-05,
                            -2.7557314210071776e-07, 2.087570427031631e-09, -1.135868328556987e-11);
    }
    const V half = z * L(0.5), rounded = L(1) - half;
    return {r + r * z * sine, rounded + (((L(1) - rounded) - half) + z * z * cosine)};
}

// sin(n pi/2 + r) for n = 0, 1, 2, 3, ...: the sine or cosine of r, with a sign.
template <class V> NEEDLE_HD V sine_in_quadrant(V n, V r) {
    const auto [sine, cosine] = sine_and_cosine(r);
    const Bits<V> quadrant = as_bits(n + rounder<V>);
    const V y = (quadrant & 1) != 0 ? cosine : sine;
    return from_bits<V>(as_bits(y) ^ ((quadrant & 2) << (8 * sizeof(Lane<V>) - 2)));
}

#if defined(__CUDACC__)
NEEDLE_HD double library_sin(double x) { return ::sin(x); }
NEEDLE_HD double library_cos(double x) { return ::cos(x); }
NEEDLE_HD double library_tan(double x) { return ::tan(x); }
#else
NEEDLE_HD double library_sin(double x) { return __builtin_sin(x); }
NEEDLE_HD double library_cos(double x) { return __builtin_cos(x); }
NEEDLE_HD double library_tan(double x) { return __builtin_tan(x); }
#endif

// Beyond the limit (and for infinities, which give NaN) the C library reduces by as many digits of pi as it takes.
template <class V> NEEDLE_HD V sin(V x) {
    using L = Lane<V>;
    const V a = magnitude(x);
    const auto [n, r] = reduce_by_half_pi(a);
    const V y = sine_in_quadrant(n, r);
    const V odd = from_bits<V>(as_bits(y) ^ (as_bits(x) & sign_bit<V>));
    const auto huge = a > HalfPi<L>::limit;
    if (!any(huge)) return odd;
    return replace_lanes(odd, huge, x, [](L lane) { return L(library_sin(lane)); });
}

template <class V> NEEDLE_HD V cos(V x) {
    using L = Lane<V>;
    const auto [n, r] = reduce_by_half_pi(x);
    const V y = sine_in_quadrant(n + L(1), r);
    const auto huge = magnitude(x) > HalfPi<L>::limit;
    if (!any(huge)) return y;
    return replace_lanes(y, huge, x, [](L lane) { return L(library_cos(lane)); });
}

// sin / cos, or -cos / sin in every second quadrant.
template <class V> NEEDLE_HD V tan(V x) {
    using L = Lane<V>;
    const V a = magnitude(x);
    const auto [n, r] = reduce_by_half_pi(a);
    const auto [sine, cosine] = sine_and_cosine(r);
    const Bits<V> quadrant = as_bits(n + rounder<V>);
    const auto turned = (quadrant & 1) != 0;
    const V y = (turned ? cosine : sine) / (turned ? sine : cosine);
    const V odd = from_bits<V>(as_bits(y) ^ (quadrant << (8 * sizeof(L) - 1)) ^ (as_bits(x) & sign_bit<V>));
    const auto huge = a > HalfPi<L>::limit;
    if (!any(huge)) return odd;
    return replace_lanes(odd, huge, x, [](L lane) { return L(library_tan(lane)); });
}

}  // namespace
}  // namespace needle::scalar
