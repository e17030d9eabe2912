// Functions of float that look up numbers lane by lane, where the machine does that within registers.
#pragma once
#include "scalar/lanes.h"

namespace needle::scalar {
namespace {

#if defined(NEEDLE_AVX512F)

template <class V> constexpr bool has_tables = sizeof(V) == 64 && is_single<V>;

// For each lane the entry that its low four bits name.
template <class V> NEEDLE_HD V look_up(const float (&table)[16], Bits<V> place) {
    return (V)_mm512_maskz_permutexvar_ps(-1, (__m512i)place, _mm512_load_ps(table));
}

// An odd function that goes to 1, as a polynomial in |x| - center in 16 intervals of |x|. They are those in which
// 1 + scale |x|, which goes from 1 to 16, has the same exponent and the same two bits behind it; their order is that of
// these bits. At the centers the function is next to a float. Where its slope at 0 is not 1, the polynomial of the
// first interval is what it differs from |x| by, so that its relative error stays small. From T::high on the result
// is 1.
template <class T, class V> NEEDLE_HD V odd_by_table(V x) {
    constexpr int place_bits = mantissa_bits<V> - 2;
    const V a = at_most(magnitude(x), T::high);
    const V named = a * T::scale + 1.0f;
    const Bits<V> place = as_bits(named) >> place_bits;
    const V r = a - look_up<V>(T::center, place);
    V constant = look_up<V>(T::constant, place), rest = look_up<V>(T::rest[4], place);
    if constexpr (T::adds_to_argument) constant = named < 1.25f ? a : constant;
    for (int k = 3; k >= 0; --k) rest = multiply_add(rest, r, look_up<V>(T::rest[k], place));
    return with_sign_of(multiply_add(rest, r, constant), x);
}

#endif

}  // namespace
}  // namespace needle::scalar
