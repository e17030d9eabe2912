// Conversions between element types. Integers wrap to narrower ones; a float outside an integer's range becomes the
// nearest integer that there is, and NaN becomes 0; anything but zero (NaN too) is true.
#pragma once
#include "scalar/arithmetic.h"

namespace needle::scalar {
namespace {

template <class To, class From> NEEDLE_HD To float_to_integer(From x) {
    constexpr bool is_signed = Integer<To>::is_signed;
    constexpr int bits = 8 * sizeof(To) - is_signed;
    constexpr To most = To(Wide<To>(-1) >> (8 * sizeof(Wide<To>) - bits)), least = is_signed ? To(-most - 1) : To(0);
    constexpr From above = From(Wide<To>(1) << (bits - 1)) * 2;  // most + 1, which every float type has
    constexpr From below = is_signed ? -above : From(0);
    const bool inside = (x > below) & (x < above);
    const To converted = To(inside ? x : From(0));
    return inside ? converted : (x >= above ? most : (x <= below ? least : To(0)));
}

template <class T> struct IsBool {
    static constexpr bool value = false;
};
template <> struct IsBool<bool> {
    static constexpr bool value = true;
};

template <class To, class From> NEEDLE_HD To convert(From x) {
    if constexpr (IsBool<To>::value) return x != From(0);
    else if constexpr (is_integer<To> && !is_integer<From>) return float_to_integer<To>(x);
    else return To(x);
}

}  // namespace
}  // namespace needle::scalar
