// Arithmetic, comparisons, logic and rounding. Integers wrap (they are computed unsigned, so nothing is undefined), and
// dividing one by 0 gives quotient and remainder 0.
#pragma once
#include "scalar/lanes.h"
#if defined(__CUDACC__)
#include <cmath>
#endif

namespace needle::scalar {
namespace {

template <class T> struct Integer {
    static constexpr bool value = false, is_signed = false;
};
#define X(type, wide, is_signed_)                                                                                      \
    template <> struct Integer<type> {                                                                                 \
        static constexpr bool value = true, is_signed = is_signed_;                                                    \
        using Wide = wide; /* unsigned, and not promoted to int */                                                     \
    };
X(bool, uint32_t, false)
X(int8_t, uint32_t, true)
X(int16_t, uint32_t, true)
X(int32_t, uint32_t, true)
X(int64_t, uint64_t, true)
X(uint8_t, uint32_t, false)
X(uint16_t, uint32_t, false)
X(uint32_t, uint32_t, false)
X(uint64_t, uint64_t, false)
#undef X
template <class T> constexpr bool is_integer = Integer<T>::value;
template <class T> using Wide = typename Integer<T>::Wide;

template <class T> NEEDLE_HD T add(T a, T b) {
    if constexpr (is_integer<T>) return T(Wide<T>(a) + Wide<T>(b));
    else return a + b;
}
template <class T> NEEDLE_HD T subtract(T a, T b) {
    if constexpr (is_integer<T>) return T(Wide<T>(a) - Wide<T>(b));
    else return a - b;
}
template <class T> NEEDLE_HD T multiply(T a, T b) {
    if constexpr (is_integer<T>) return T(Wide<T>(a) * Wide<T>(b));
    else return a * b;
}
template <class T> NEEDLE_HD T divide(T a, T b) { return a / b; }
template <class T> NEEDLE_HD T negative(T a) {
    if constexpr (is_integer<T>) return T(Wide<T>(0) - Wide<T>(a));
    else return -a;
}
template <class T> NEEDLE_HD T positive(T a) { return a; }
template <class T> NEEDLE_HD T square(T a) { return multiply(a, a); }
template <class T> NEEDLE_HD T reciprocal(T a) { return T(1) / a; }

template <class T> NEEDLE_HD T abs(T a) {
    if constexpr (!is_integer<T>) return magnitude(a);
    else if constexpr (Integer<T>::is_signed) return a < 0 ? negative(a) : a;
    else return a;
}
template <class T> NEEDLE_HD T sign(T a) {
    if constexpr (is_integer<T>) return T((a > 0) - (a < 0));
    else return a > 0 ? T(1) : a < 0 ? T(-1) : a == 0 ? T(0) : a;
}

// A NaN on either side comes through.
template <class V> NEEDLE_HD V maximum(V a, V b) { return (a >= b) | (a != a) ? a : b; }
template <class V> NEEDLE_HD V minimum(V a, V b) { return (a <= b) | (a != a) ? a : b; }

// The higher limit wins where the two are the wrong way round.
template <class V> NEEDLE_HD V clip(V x, V low, V high) { return minimum(maximum(x, low), high); }

template <class T> NEEDLE_HD bool equal(T a, T b) { return a == b; }
template <class T> NEEDLE_HD bool not_equal(T a, T b) { return a != b; }
template <class T> NEEDLE_HD bool less(T a, T b) { return a < b; }
template <class T> NEEDLE_HD bool less_equal(T a, T b) { return a <= b; }
template <class T> NEEDLE_HD bool greater(T a, T b) { return a > b; }
template <class T> NEEDLE_HD bool greater_equal(T a, T b) { return a >= b; }

NEEDLE_HD bool logical_not(bool a) { return !a; }
NEEDLE_HD bool logical_and(bool a, bool b) { return a & b; }
NEEDLE_HD bool logical_or(bool a, bool b) { return a | b; }
NEEDLE_HD bool logical_xor(bool a, bool b) { return a != b; }
template <class T> NEEDLE_HD T bitwise_invert(T a) { return T(~Wide<T>(a)); }
NEEDLE_HD bool bitwise_invert(bool a) { return !a; }
template <class T> NEEDLE_HD T bitwise_and(T a, T b) { return T(a & b); }
template <class T> NEEDLE_HD T bitwise_or(T a, T b) { return T(a | b); }
template <class T> NEEDLE_HD T bitwise_xor(T a, T b) { return T(a ^ b); }

// The count is read as unsigned: one that is negative, or the width and more, shifts every bit out.
template <class T> NEEDLE_HD T bitwise_left_shift(T a, T count) {
    constexpr Wide<T> bits = 8 * sizeof(T);
    const Wide<T> n = Wide<T>(count);
    return n < bits ? T(Wide<T>(a) << (n & (bits - 1))) : T(0);
}
template <class T> NEEDLE_HD T bitwise_right_shift(T a, T count) {
    constexpr Wide<T> last = 8 * sizeof(T) - 1;
    const Wide<T> n = Wide<T>(count);
    const T moved = T(a >> (n < last ? n : last));
    if constexpr (Integer<T>::is_signed) return moved;
    else return n > last ? T(0) : moved;
}

template <class T> NEEDLE_HD bool isnan(T a) { return a != a; }
template <class T> NEEDLE_HD bool isinf(T a) {
    if constexpr (is_integer<T>) return false;
    else return magnitude(a) == infinity<T>;
}
template <class T> NEEDLE_HD bool isfinite(T a) {
    if constexpr (is_integer<T>) return true;
    else return magnitude(a) < infinity<T>;
}

#define X(name, builtin)                                                                                               \
    NEEDLE_HD float name(float a) { return __builtin_##builtin##f(a); }                                                \
    NEEDLE_HD double name(double a) { return __builtin_##builtin(a); }                                                 \
    template <class T> NEEDLE_HD T name(T a) {                                                                         \
        static_assert(is_integer<T>, "integers are whole");                                                            \
        return a;                                                                                                      \
    }
X(floor, floor)
X(ceil, ceil)
X(trunc, trunc)
X(round, rint) /* half to even */
#undef X
NEEDLE_HD float sqrt(float a) { return __builtin_sqrtf(a); }
NEEDLE_HD double sqrt(double a) { return __builtin_sqrt(a); }

}  // namespace
}  // namespace needle::scalar
