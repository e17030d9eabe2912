// float16 and bfloat16 to and from the floats that are computed with. Narrowing rounds once, to the nearest and halves
// to even, also from double; what lies beyond the range becomes infinite, and a NaN stays one. Without branches, so
// that loops of these become vectors.
#pragma once
#include "core/dtype.h"
#include "scalar/lanes.h"

namespace needle::scalar {
namespace {

template <class T> struct Narrow {
    static constexpr bool value = false;
};
template <> struct Narrow<Float16> {
    static constexpr bool value = true;
    static constexpr int mantissa_bits = 10, exponent_bias = 15;
};
template <> struct Narrow<BFloat16> {
    static constexpr bool value = true;
    static constexpr int mantissa_bits = 7, exponent_bias = 127;
};
template <class T> constexpr bool is_narrow = Narrow<T>::value;

template <class U> struct Signed;
template <> struct Signed<uint32_t> {
    using type = int32_t;
};
template <> struct Signed<uint64_t> {
    using type = int64_t;
};

// To is Float16 or BFloat16, From float or double.
template <class To, class From> NEEDLE_HD To narrow(From x) {
    using U = typename Float<From>::Unsigned;
    using S = typename Signed<U>::type;  // compared as such, which every vector unit can
    constexpr int width = Float<From>::mantissa_bits, bias = Float<From>::exponent_bias;
    constexpr int fraction = Narrow<To>::mantissa_bits, least = Narrow<To>::exponent_bias, shift = width - fraction;
    constexpr U sign = U(1) << (8 * sizeof(U) - 1), infinite = U(2 * bias + 1) << width;
    constexpr U exponent = U(2 * least + 1) << fraction;  // of what is infinite, in To

    const U bits = as_bits(x) & ~sign, signs = (as_bits(x) & sign) >> (8 * (sizeof(U) - sizeof(To)));
    constexpr U rebias = (U(least) - U(bias)) << width;  // wraps around, and so does the sum
    const U normal = (bits + rebias + ((U(1) << (shift - 1)) - 1) + ((bits >> shift) & 1)) >> shift;
    const U quiet_nan = exponent | (U(1) << (fraction - 1)) | ((bits >> shift) & ((U(1) << fraction) - 1));
    if constexpr (least == bias) return To{uint16_t((S(bits) > S(infinite) ? quiet_nan : normal) | signs)};

    constexpr U least_normal = U(bias + 1 - least) << width;
    constexpr U above = U(bias + least + 1) << width;  // the first power of two out of range
    // 2^k whose last place is worth as much as that of To's subnormal numbers: adding it rounds them.
    constexpr U rounder = U(bias + 1 - least + shift) << width;
    const U subnormal = as_bits(from_bits<From>(bits) + from_bits<From>(rounder)) - rounder;
    const U finite = S(bits) < S(least_normal) ? subnormal : normal;
    const U beyond = S(bits) > S(infinite) ? quiet_nan : exponent;
    return To{uint16_t((S(bits) < S(above) ? finite : beyond) | signs)};
}

NEEDLE_HD float widen(BFloat16 x) { return from_bits<float>(uint32_t(x.bits) << 16); }
NEEDLE_HD float widen(Float16 x) {
    constexpr uint32_t exponent = 0x7c00u << 13, hidden_one = 1u << 23;
    const uint32_t shifted = (x.bits & 0x7fffu) << 13, field = shifted & exponent;
    const uint32_t normal = shifted + ((127u - 15u) << 23);
    // A subnormal number as the fraction of 2^-14, from which 2^-14 is taken away again.
    const uint32_t subnormal = as_bits(from_bits<float>(normal + hidden_one) - 0x1p-14f);
    const uint32_t quiet = shifted > exponent ? 1u << 22 : 0;  // as processors do
    const uint32_t infinite = (normal + ((127u - 15u) << 23)) | quiet;
    const uint32_t bits = field == 0 ? subnormal : field == exponent ? infinite : normal;
    return from_bits<float>(bits | (uint32_t(x.bits & 0x8000u) << 16));
}

}  // namespace
}  // namespace needle::scalar
