// Conversions between element types. Integers wrap to narrower ones; a float outside an integer's range becomes the
// nearest integer that there is, and NaN becomes 0; anything but zero (NaN too) is true. To float16 and bfloat16
// everything is rounded once.
#pragma once
#include "scalar/arithmetic.h"
#include "scalar/narrow.h"

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

// An integer as a double that rounds to fewer digits as the integer itself does: where not all bits fit, the last one
// that does stands for the ones below it.
template <class From> NEEDLE_HD double sticky_double(From x) {
    constexpr uint64_t limit = uint64_t(1) << 53, last = uint64_t(1) << 11;
    const bool fits = Integer<From>::is_signed ? uint64_t(x) + limit < 2 * limit : uint64_t(x) < limit;
    const uint64_t kept = (uint64_t(x) & ~(last - 1)) | ((uint64_t(x) & (last - 1)) != 0 ? last : 0);
    return double(fits ? x : From(kept));
}

// A double as a float that rounds to float16 as the double itself does: it is cut, and where that loses bits, the last
// one left stands for them.
NEEDLE_HD float sticky_float(double x) {
    constexpr uint64_t last = uint64_t(1) << 29, below = last - 1;
    const uint64_t bits = as_bits(x);
    return float(from_bits<double>((bits | ((bits & below) + below)) & ~below));
}

template <class To, class From> NEEDLE_HD To convert(From x) {
    if constexpr (is_narrow<From>) return convert<To>(widen(x));
    else if constexpr (is_narrow<To>) {
        if constexpr (!is_integer<From>) return narrow<To>(x);
        else if constexpr (sizeof(From) < 4) return narrow<To>(float(x));
        else if constexpr (sizeof(From) < 8) return narrow<To>(double(x));
        else return narrow<To>(sticky_double(x));
    } else if constexpr (IsBool<To>::value) return x != From(0);
    else if constexpr (is_integer<To> && !is_integer<From>) return float_to_integer<To>(x);
    else return To(x);
}

}  // namespace
}  // namespace needle::scalar
