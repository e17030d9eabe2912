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

// To is Float16 or BFloat16, From float or double.
template <class To, class From> NEEDLE_HD To narrow(From x) {
    using U = typename Float<From>::Unsigned;
    constexpr int fraction = Narrow<To>::mantissa_bits, shift = Float<From>::mantissa_bits - fraction;
    constexpr int width = Float<From>::mantissa_bits, bias = Float<From>::exponent_bias;
    constexpr U sign = U(1) << (8 * sizeof(U) - 1), infinite = U(2 * bias + 1) << width;
    constexpr U above = U(bias + Narrow<To>::exponent_bias + 1) << width;  // the first power of two out of range
    constexpr U least_normal = U(bias + 1 - Narrow<To>::exponent_bias) << width;
    // 2^k whose last place is worth as much as that of To's subnormal numbers: adding it rounds them.
    constexpr U rounder = U(bias + 1 - Narrow<To>::exponent_bias + shift) << width;
    constexpr uint16_t exponent = uint16_t(2 * Narrow<To>::exponent_bias + 1) << fraction;

    const U bits = as_bits(x) & ~sign;
    const U subnormal = as_bits(from_bits<From>(bits) + from_bits<From>(rounder)) - rounder;
    constexpr U rebias = (U(Narrow<To>::exponent_bias) - U(bias)) << width;  // wraps around, and so does the sum
    const U normal = (bits + rebias + ((U(1) << (shift - 1)) - 1) + ((bits >> shift) & 1)) >> shift;
    const U finite = bits < least_normal ? subnormal : normal;
    const U quiet_nan = U(exponent) | (U(1) << (fraction - 1)) | ((bits >> shift) & ((U(1) << fraction) - 1));
    const U beyond = bits > infinite ? quiet_nan : U(exponent);
    const U rounded = bits < above ? finite : beyond;
    return To{uint16_t(rounded | ((as_bits(x) & sign) >> (8 * (sizeof(U) - sizeof(To)))))};
}

NEEDLE_HD float widen(BFloat16 x) { return from_bits<float>(uint32_t(x.bits) << 16); }
NEEDLE_HD float widen(Float16 x) {
    constexpr uint32_t exponent = 0x7c00u << 13, hidden_one = 1u << 23;
    const uint32_t shifted = (x.bits & 0x7fffu) << 13, field = shifted & exponent;
    const uint32_t normal = shifted + ((127u - 15u) << 23);
    // A subnormal number as the fraction of 2^-14, from which 2^-14 is taken away again.
    const uint32_t subnormal = as_bits(from_bits<float>(normal + hidden_one) - 0x1p-14f);
    const uint32_t infinite = normal + ((127u - 15u) << 23);
    const uint32_t bits = field == 0 ? subnormal : field == exponent ? infinite : normal;
    return from_bits<float>(bits | (uint32_t(x.bits & 0x8000u) << 16));
}

}  // namespace
}  // namespace needle::scalar
