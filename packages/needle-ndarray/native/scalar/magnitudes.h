// What looks at the representation of float and double: signs, neighbours, and lengths without overflow.
#pragma once
#include "scalar/lanes.h"

namespace needle::scalar {
namespace {

template <class V> NEEDLE_HD bool signbit(V x) { return (as_bits(x) & sign_bit<V>) != 0; }
template <class V> NEEDLE_HD V copysign(V x, V sign) { return with_sign_of(x, sign); }

// One step towards y. The bits of a number, read as an integer, count the numbers between it and 0.
template <class V> NEEDLE_HD V nextafter(V x, V y) {
    using L = Lane<V>;
    const Bits<V> bits = as_bits(x);
    const auto outwards = (x < y) == (x > L(0));
    const Bits<V> stepped = outwards ? bits + 1 : bits - 1, least = (as_bits(y) & sign_bit<V>) | 1;
    const V next = from_bits<V>(x == L(0) ? least : stepped);
    const V moved = x == y ? y : next;
    return (x != x) | (y != y) ? x + y : moved;
}

// sqrt(x^2 + y^2), scaled so that no square overflows, and none underflows that counts.
template <class V> NEEDLE_HD V hypot(V x, V y) {
    using L = Lane<V>;
    constexpr L big = is_single<V> ? L(0x1p60) : L(0x1p500), small = L(1) / big;
    constexpr L down = is_single<V> ? L(0x1p-100) : L(0x1p-700), up = L(1) / down;
    const V a = magnitude(x), b = magnitude(y);
    const V longer = a > b ? a : b;
    const V factor = longer > big ? splat<V>(down) : (longer < small ? splat<V>(up) : splat<V>(L(1)));
    const V back = longer > big ? splat<V>(up) : (longer < small ? splat<V>(down) : splat<V>(L(1)));
    const V p = longer * factor, q = (a > b ? b : a) * factor;
    const V length = square_root(p * p + q * q) * back;
    return (a == infinity<V>) | (b == infinity<V>) ? splat<V>(infinity<V>) : length;
}

}  // namespace
}  // namespace needle::scalar
