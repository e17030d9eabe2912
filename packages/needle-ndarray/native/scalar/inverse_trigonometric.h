// asin, acos, atan and atan2 for float and double, one or many lanes. The polynomials are minimax fits
// (tools/minimax.py).
#pragma once
#include "scalar/lanes.h"

namespace needle::scalar {
namespace {

// Multiples of pi as the nearest number, and what that lacks.
template <class V> struct Pi;
template <> struct Pi<float> {
    static constexpr float quarter = 0.785398185f, quarter_low = -2.18556941e-8f;
    static constexpr float half = 1.57079637f, half_low = -4.37113883e-8f;
    static constexpr float three_quarters = 2.35619450f, three_quarters_low = -5.96244032e-9f;
    static constexpr float whole = 3.14159274f, whole_low = -8.74227766e-8f;
};
template <> struct Pi<double> {
    static constexpr double quarter = 0.785398163397448279, quarter_low = 3.06161699786838302e-17;
    static constexpr double half = 1.57079632679489656, half_low = 6.12323399573676604e-17;
    static constexpr double three_quarters = 2.35619449019234484, three_quarters_low = 9.18485099360514844e-17;
    static constexpr double whole = 3.14159265358979312, whole_low = 1.22464679914735321e-16;
};

// asin(r) - r for z = r^2 <= 1/4: r^3 (1/6 + ...), fitted to 2^-27 (float) and 2^-59 (double).
template <class V> NEEDLE_HD V asin_tail(V r, V z) {
    V tail;
    if constexpr (is_single<V>)
        tail = polynomial(z, 0.166667536f, 0.0749524757f, 0.0454772599f, 0.0241427943f, 0.0422330163f);
    else
        tail = polynomial(z, 0.16666666666666763, 0.074999999999700945, 0.044642857175321286, 0.030381942672095302,
                          0.022372216036851085, 0.017351592428047766, 0.013981063722638491, 0.011396857125258774,
                          0.010792123756849365, 0.0036602835478844538, 0.021822710865118403, -0.021166366106195312,
                          0.032735808821956827);
    return r * z * tail;
}

// Beyond 1/2 by asin(a) = pi/2 - 2 asin(s) with s^2 = (1 - a) / 2, which is exact; NaN beyond 1.
template <class V> struct ArcSine {
    Mask<V> above;  // a > 1/2
    V r, tail;      // asin(a) or asin(s) is r + tail
};
template <class V> NEEDLE_HD ArcSine<V> reduced_asin(V a) {
    using L = Lane<V>;
    const Mask<V> above = a > L(0.5);
    const V half = (L(1) - a) * L(0.5), s = square_root(half);
    const V r = above ? s : a, z = above ? half : a * a;
    return {above, r, asin_tail(r, z)};
}

template <class V> NEEDLE_HD V asin(V x) {
    using L = Lane<V>;
    const V a = magnitude(x);
    const auto [above, r, tail] = reduced_asin(a);
    const V large = Pi<L>::half - (L(2) * r - (Pi<L>::half_low - L(2) * tail));
    return with_sign_of(above ? large : r + tail, x);
}

template <class V> NEEDLE_HD V acos(V x) {
    using L = Lane<V>;
    const auto [above, r, tail] = reduced_asin(magnitude(x));
    const auto negative = x < L(0);
    const V middle = Pi<L>::half - (with_sign_of(r, x) - (Pi<L>::half_low - with_sign_of(tail, x)));
    const V twice = L(2) * (r + tail);
    const V left = Pi<L>::whole - (twice - Pi<L>::whole_low);
    return above ? (negative ? left : twice) : middle;
}

// atan(y / x) for y, x >= 0; pi - atan(y / x) where `turned`. One division, whose quotient is at most tan(pi/8):
// y / x, or (y - x) / (y + x) about pi/4, or -x / y about pi/2.
template <class V> NEEDLE_HD V atan_of_ratio(V y, V x, Mask<V> turned) {
    using L = Lane<V>;
    constexpr L eighth = L(0.41421356237309503);  // tan(pi/8), of which 1 / tan(pi/8) is not needed exactly
    const auto low = y <= x * eighth, high = x <= y * eighth;
    const V numerator = low ? y : (high ? -x : y - x), denominator = low ? x : (high ? y : y + x);
    V base = low ? V{} : (high ? splat<V>(Pi<L>::half) : splat<V>(Pi<L>::quarter));
    V base_low = low ? V{} : (high ? splat<V>(Pi<L>::half_low) : splat<V>(Pi<L>::quarter_low));
    const V q = numerator / denominator;
    const V turned_base = low ? splat<V>(Pi<L>::whole) : (high ? base : splat<V>(Pi<L>::three_quarters));
    const V turned_low = low ? splat<V>(Pi<L>::whole_low) : (high ? base_low : splat<V>(Pi<L>::three_quarters_low));
    base = turned ? turned_base : base;
    base_low = turned ? turned_low : base_low;
    const V r = turned ? -q : q;
    const V z = r * r;
    V tail;
    if constexpr (is_single<V>)  // fits to 2^-30 and 2^-59
        tail = polynomial(z, -0.333333164f, 0.199985251f, -0.142442971f, 0.105982654f, -0.0608733743f);
    else
        tail = polynomial(z, -0.33333333333333193, 0.19999999999952184, -0.14285714280054057, 0.11111110776294848,
                          -0.090908975507291032, 0.076920565168349456, -0.066630618280587445, 0.05847580677052492,
                          -0.050379074336401243, 0.038028888002310315, -0.017867953550059795);
    return base + (r + (r * z * tail + base_low));
}

template <class V> NEEDLE_HD V atan(V x) {
    const V y = atan_of_ratio(magnitude(x), splat<V>(Lane<V>(1)), Mask<V>{});
    return with_sign_of(y, x);
}

// As C99's atan2: the angle of the point (x, y), with zeros and infinities of every sign.
template <class V> NEEDLE_HD V atan2(V y, V x) {
    using L = Lane<V>;
    // Scaled so that no sum overflows and no product with tan(pi/8) is subnormal where it counts.
    constexpr L big = is_single<V> ? L(0x1p126) : L(0x1p1022), small = is_single<V> ? L(0x1p-96) : L(0x1p-960);
    V a = magnitude(y), b = magnitude(x);
    const V longer = a > b ? a : b;
    const V factor = longer >= big ? splat<V>(L(0.5)) : (longer < small ? splat<V>(L(0x1p64)) : splat<V>(L(1)));
    a = a * factor;
    b = b * factor;
    const auto diagonal = (a == b) & (a == infinity<V>), nowhere = (a == L(0)) & (b == L(0));
    a = diagonal ? splat<V>(L(1)) : a;
    b = diagonal | nowhere ? splat<V>(L(1)) : b;
    const Mask<V> turned = (as_bits(x) & sign_bit<V>) != 0;
    return with_sign_of(atan_of_ratio(a, b, turned), y);
}

}  // namespace
}  // namespace needle::scalar
