// floor_divide and remainder with Python's signs (the remainder has the divisor's).
#pragma once
#include "scalar/arithmetic.h"
#include "scalar/lanes.h"

namespace needle::scalar {
namespace {

template <class T> struct Division {
    T quotient, remainder;
};

// Rounded down. Division by 0 gives 0 and 0; the least integer divided by -1 wraps to itself.
template <class T> NEEDLE_HD Division<T> divide_integers(T a, T b) {
    if constexpr (Integer<T>::is_signed) {
        const bool trap = b == 0 || b == -1;
        const T divisor = trap ? T(1) : b;
        const T quotient = T(a / divisor), remainder = T(a % divisor);
        const bool down = remainder != 0 && (remainder < 0) != (b < 0);
        return {trap ? (b == 0 ? T(0) : negative(a)) : T(quotient - down), down ? T(remainder + b) : remainder};
    } else {
        const T divisor = b == 0 ? T(1) : b;
        return {b == 0 ? T(0) : T(a / divisor), T(a % divisor)};
    }
}

#if defined(__CUDACC__)
NEEDLE_HD float library_fmod(float a, float b) { return ::fmodf(a, b); }
NEEDLE_HD double library_fmod(double a, double b) { return ::fmod(a, b); }
#else
NEEDLE_HD float library_fmod(float a, float b) { return __builtin_fmodf(a, b); }
NEEDLE_HD double library_fmod(double a, double b) { return __builtin_fmod(a, b); }
#endif

// a - b trunc(a / b), exactly.
template <class V> NEEDLE_HD V truncated_remainder(V a, V b) {
    using L = Lane<V>;
    const auto library = [](L x, L y) { return library_fmod(x, y); };
    if constexpr (has_fma) {
        // The rounded quotient is right or one too large, as long as it is below 2^22 (2^51); with it the remainder is
        // exact, or off by exactly b.
        constexpr L limit = Float<L>::ulp_of_one / 2;
        const V magnitude_b = magnitude(b), magnitude_a = magnitude(a), q = magnitude_a / magnitude_b;
        const V rounded = nearest(q), whole = rounded > q ? rounded - L(1) : rounded;
        V r = multiply_add(-whole, magnitude_b, magnitude_a);
        r = r < L(0) ? r + magnitude_b : r;
        const auto hard = !((q < limit) & (magnitude_b < infinity<V>));
        const V y = with_sign_of(r, a);
        if (!any(hard)) return y;
        return replace_lanes(y, hard, a, b, library);
    } else {
        return replace_lanes(V{}, (a == a) | (a != a), a, b, library);
    }
}

template <class T> NEEDLE_HD T remainder(T a, T b) {
    if constexpr (is_integer<T>) {
        return divide_integers(a, b).remainder;
    } else {
        using L = Lane<T>;
        const T r = truncated_remainder(a, b);
        const auto opposite = (r < L(0)) != (b < L(0));
        return r == L(0) ? with_sign_of(r, b) : (opposite ? r + b : r);
    }
}

// As NumPy: from the exact remainder, so that a == b * q + r holds as well as it can.
template <class T> NEEDLE_HD T floor_divide(T a, T b) {
    if constexpr (is_integer<T>) {
        return divide_integers(a, b).quotient;
    } else {
        using L = Lane<T>;
        constexpr L all_integral = Float<L>::ulp_of_one;
        const T r = truncated_remainder(a, b), plain = a / b;
        const auto opposite = (r != L(0)) & ((r < L(0)) != (b < L(0)));
        const T exact = (a - r) / b, quotient = opposite ? exact - L(1) : exact;
        // (a - r) / b is an integer but for rounding: the nearest one, the lower one from halfway.
        const T m = magnitude(quotient), rounded = with_sign_of((m + all_integral) - all_integral, quotient);
        const T lower = rounded - quotient == L(0.5) ? rounded - L(1) : rounded;
        const T whole = m < all_integral ? lower : quotient;
        const T y = quotient == L(0) ? with_sign_of(quotient, plain) : whole;
        return b == L(0) ? plain : y;
    }
}

}  // namespace
}  // namespace needle::scalar
