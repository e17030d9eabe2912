// sin, cos and tan for float and double, one or many lanes.
#pragma once
#include "scalar/lanes.h"
#if defined(__CUDACC__)
#include <cmath>
#endif

namespace needle::scalar {
namespace {

// pi/2 as a sum of parts, and the largest argument that is reduced with them. Where a product with an integer is
// rounded before it is subtracted, the parts are so short that products with one below 2^13 (2^20) are exact.
template <class L> struct HalfPi;
template <> struct HalfPi<float> {
    static constexpr float limit = 8192;
    static constexpr float high = 1.57079637f, middle = -4.37113883e-8f, low = -1.71512451e-15f;
    static constexpr float first = 1.5703125f, second = 4.837512969970703e-4f, third = 7.549533620476723e-8f,
                           fourth = 2.5632829192545614e-12f, rest = 6.123234262925839e-17f;
};
template <> struct HalfPi<double> {
    static constexpr double limit = 0x1p20;
    static constexpr double high = 1.5707963267948966, middle = 6.123233995736766e-17, low = -1.4973849048591833e-33;
    static constexpr double first = 1.5707963267341256, second = 6.077100506303966e-11, third = 2.0222662487111665e-21,
                            rest = 8.4784276603689e-32;
};

// x - n pi/2 for |x| <= limit and the n that makes it least (Cody and Waite). It keeps its relative accuracy where x
// lies next to a multiple of pi/2.
template <class V> NEEDLE_HD V minus_half_pis(V x, V n) {
    using P = HalfPi<Lane<V>>;
#if defined(NEEDLE_FMA)
    const V a = multiply_add(n, splat<V>(-P::high), x);  // exact
    const V b = multiply_add(n, splat<V>(-P::middle), a);
    return multiply_add(n, splat<V>(-P::low), b);
#else
    // What a difference rounds off is carried along.
    const V a = x - n * P::first;  // exact
    const V b = a - n * P::second;
    if constexpr (is_single<V>) {  // b is exact as well: its 22 bits fit
        const V c = b - n * P::third, d = c - n * P::fourth;
        const V lost = ((b - c) - n * P::third) + ((c - d) - n * P::fourth);
        return d + (lost - n * P::rest);
    } else {
        const V c = b - n * P::third;
        const V lost = ((a - b) - n * P::second) + ((b - c) - n * P::third);
        return c + (lost - n * P::rest);
    }
#endif
}

// x = n pi/2 + r with |r| <= pi/4, for |x| <= limit. The low bits of n count.
template <class V> struct Quadrant {
    Bits<V> n;
    V r;
};
template <class V> NEEDLE_HD Quadrant<V> reduce_by_half_pi(V x) {
    using L = Lane<V>;
    constexpr L shift = rounder<V>;
    const V shifted = x * L(0.63661977236758134308) + shift;
    return {as_bits(shifted), minus_half_pis(x, shifted - shift)};
}

// For |r| <= pi/4 with z = r^2: sin(r) = r + r z (s1 + s2 z + ...) and cos(r) = 1 - z/2 + z^2 (c2 + c3 z + ...), fitted
// to 2^-32 and 2^-33 (float), 2^-58 and 2^-64 (double).
template <class L> struct SineFits;
template <> struct SineFits<float> {
    static constexpr float s1 = -1.6666667e-01f, s2 = 8.333379e-03f, s3 = -1.9853064e-04f, s4 = 2.83251e-06f;
    static constexpr float c2 = 4.1666646e-02f, c3 = -1.388731e-03f, c4 = 2.4432327e-05f;
};
template <> struct SineFits<double> {
    static constexpr double s1 = -0.1666666666666663, s2 = 0.00833333333332184, s3 = -0.00019841269829358528,
                            s4 = 2.755731353851409e-06, s5 = -2.505073438919214e-08, s6 = 1.589543328194425e-10;
    static constexpr double c2 = 0.041666666666666595, c3 = -0.0013888888888873325, c4 = 2.4801587288983675e-05,
                            c5 = -2.7557314210071776e-07, c6 = 2.087570427031631e-09, c7 = -1.135868328556987e-11;
};

// sin(n pi/2 + r), where the low bits of n count: the sine or cosine of r, with a sign. Both are polynomials of the
// same form, so each lane takes the coefficients that it needs. The result changes its sign with `sign`.
template <class V> NEEDLE_HD V sine_in_quadrant(Bits<V> n, V r, Bits<V> sign) {
    using L = Lane<V>;
    using F = SineFits<L>;
    const auto turned = (n & 1) != 0;
    const auto either = [&](L sine, L cosine) { return turned ? splat<V>(cosine) : splat<V>(sine); };
    const V z = r * r, first = turned ? splat<V>(L(1)) : r;
    V tail;
    if constexpr (is_single<V>) tail = either(F::s4, F::c4);
    else tail = ((either(0, F::c7) * z + either(F::s6, F::c6)) * z + either(F::s5, F::c5)) * z + either(F::s4, F::c4);
    tail = ((tail * z + either(F::s3, F::c3)) * z + either(F::s2, F::c2)) * z + either(F::s1, L(-0.5));
    const V y = first + first * z * tail;
    return from_bits<V>(as_bits(y) ^ (((n << (8 * sizeof(L) - 2)) ^ sign) & sign_bit<V>));
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
template <class V, class F> NEEDLE_RARE V replace_huge(V y, V x, F f) {
    return replace_lanes(y, magnitude(x) > HalfPi<Lane<V>>::limit, x, f);
}

template <class V> NEEDLE_HD V sin(V x) {
    using L = Lane<V>;
    const V a = magnitude(x);
    const auto [n, r] = reduce_by_half_pi(a);
    const V y = sine_in_quadrant(n, r, as_bits(x));
    if (!any_above(a, HalfPi<L>::limit)) return y;
    return replace_huge(y, x, [](L lane) { return L(library_sin(lane)); });
}

template <class V> NEEDLE_HD V cos(V x) {
    using L = Lane<V>;
    const V a = magnitude(x);
    const auto [n, r] = reduce_by_half_pi(a);
    const V y = sine_in_quadrant(n + 1, r, Bits<V>{});
    if (!any_above(a, HalfPi<L>::limit)) return y;
    return replace_huge(y, x, [](L lane) { return L(library_cos(lane)); });
}

// Both for |r| <= pi/4, the cosine with what 1 - z/2 rounds off.
template <class V> struct SineAndCosine {
    V sine, cosine;
};
template <class V> NEEDLE_HD SineAndCosine<V> sine_and_cosine(V r) {
    using L = Lane<V>;
    using F = SineFits<L>;
    const V z = r * r;
    V sine, cosine;
    if constexpr (is_single<V>) {
        sine = polynomial(z, F::s1, F::s2, F::s3, F::s4);
        cosine = polynomial(z, F::c2, F::c3, F::c4);
    } else {
        sine = polynomial(z, F::s1, F::s2, F::s3, F::s4, F::s5, F::s6);
        cosine = polynomial(z, F::c2, F::c3, F::c4, F::c5, F::c6, F::c7);
    }
    const V half = z * L(0.5), rounded = L(1) - half;
    return {r + r * z * sine, rounded + (((L(1) - rounded) - half) + z * z * cosine)};
}

// sin / cos, or -cos / sin in every second quadrant.
template <class V> NEEDLE_HD V tan(V x) {
    using L = Lane<V>;
    const V a = magnitude(x);
    const auto [n, r] = reduce_by_half_pi(a);
    const auto [sine, cosine] = sine_and_cosine(r);
    const auto turned = (n & 1) != 0;
    const V y = (turned ? cosine : sine) / (turned ? sine : cosine);
    const V odd = from_bits<V>(as_bits(y) ^ (n << (8 * sizeof(L) - 1)) ^ (as_bits(x) & sign_bit<V>));
    if (!any_above(a, HalfPi<L>::limit)) return odd;
    return replace_huge(odd, x, [](L lane) { return L(library_tan(lane)); });
}

}  // namespace
}  // namespace needle::scalar
