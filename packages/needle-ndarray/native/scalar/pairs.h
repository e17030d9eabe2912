// Unevaluated sums of two numbers, which carry what a single one would round off.
#pragma once
#include "scalar/lanes.h"

namespace needle::scalar {
namespace {

template <class V> struct Pair {
    V high, low;
};

// a + b exactly, for |a| >= |b| or a = 0 (Dekker).
template <class V> NEEDLE_HD Pair<V> fast_two_sum(V a, V b) {
    const V sum = a + b;
    return {sum, b - (sum - a)};
}
// a + b exactly (Knuth).
template <class V> NEEDLE_HD Pair<V> two_sum(V a, V b) {
    const V sum = a + b, b_part = sum - a;
    return {sum, (a - (sum - b_part)) + (b - b_part)};
}

// a * b exactly, where nothing overflows or underflows.
template <class V> NEEDLE_HD Pair<V> two_product(V a, V b) {
    const V product = a * b;
    if constexpr (has_fma) {
        return {product, multiply_add(a, b, -product)};
    } else {  // Dekker and Veltkamp: halves of the mantissas, whose products are exact
        constexpr Lane<V> splitter = is_single<V> ? Lane<V>(4097) : Lane<V>(134217729);
        const V a_scaled = a * splitter, b_scaled = b * splitter;
        const V a_high = a_scaled - (a_scaled - a), b_high = b_scaled - (b_scaled - b);
        const V a_low = a - a_high, b_low = b - b_high;
        return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
    }
}

}  // namespace
}  // namespace needle::scalar
