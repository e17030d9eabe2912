// Order by bits: every dtype's elements become unsigned integers of the same size that are ordered as the values are,
// so that sorting and searching need one loop for each item size.
#pragma once
#include "core/dtype.h"
#include <cstdint>

namespace needle::cpu {

// A NaN counts as larger than every number, as in NumPy; where the order is descending it therefore comes first.
template <class K, bool real> struct Order {
    static constexpr int bits = 8 * static_cast<int>(sizeof(K));
    static constexpr K sign = static_cast<K>(K{1} << (bits - 1));
    static constexpr bool is_real = real;
    using Key = K;

    K toggle;    // of integers: the bits in which element and key differ
    K flip;      // all ones where the order is descending
    K infinity;  // of floats: its bits

    bool is_nan(K element) const { return real && static_cast<K>(element & ~sign) > infinity; }
    static bool is_zero(K element) { return static_cast<K>(real ? element & ~sign : element) == 0; }

    // One to one: -0 lies just below +0, and NaNs by their sign beyond the infinities.
    K encode(K element) const {
        if constexpr (!real) return element ^ toggle;
        else return static_cast<K>(element ^ (static_cast<K>(-static_cast<K>(element >> (bits - 1))) | sign) ^ flip);
    }
    K decode(K key) const {
        if constexpr (!real) return key ^ toggle;
        key ^= flip;
        return static_cast<K>(key ^ (static_cast<K>(static_cast<K>(key >> (bits - 1)) - 1) | sign));
    }

    // Equal for values that are equal: both zeros, and all NaNs.
    K rank(K element) const {
        if constexpr (!real) return element ^ toggle;
        if (is_nan(element)) return static_cast<K>(~flip);
        return encode(element == sign ? K{0} : element);
    }
};

constexpr uint64_t infinity_bits(DType dtype) {
    switch (dtype) {
    case DType::Float16:
        return 0x7c00;
    case DType::BFloat16:
        return 0x7f80;
    case DType::Float32:
        return 0x7f800000;
    case DType::Float64:
        return 0x7ff0000000000000;
    default:
        return 0;
    }
}

// Calls f(order) with the order of a dtype's elements.
template <class F> decltype(auto) with_order(DType dtype, bool descending, F &&f) {
    auto integer = [&](auto zero) {
        using K = decltype(zero);
        using O = Order<K, false>;
        const K flip = descending ? static_cast<K>(~K{0}) : K{0};
        return f(O{static_cast<K>((kind_of(dtype) == Kind::Signed ? O::sign : K{0}) ^ flip), flip, K{0}});
    };
    auto real = [&](auto zero) {
        using K = decltype(zero);
        const K flip = descending ? static_cast<K>(~K{0}) : K{0};
        return f(Order<K, true>{K{0}, flip, static_cast<K>(infinity_bits(dtype))});
    };
    switch (itemsize(dtype)) {
    case 1:
        return integer(uint8_t{0});
    case 2:
        return is_float(dtype) ? real(uint16_t{0}) : integer(uint16_t{0});
    case 4:
        return is_float(dtype) ? real(uint32_t{0}) : integer(uint32_t{0});
    default:
        return is_float(dtype) ? real(uint64_t{0}) : integer(uint64_t{0});
    }
}

}  // namespace needle::cpu
