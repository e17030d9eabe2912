// Loops over the channels of a pixel, which lie beside each other: whole vectors of them, then what is left one by one.
#pragma once
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/loops.h"
#include <string.h>

namespace needle::cpu {
namespace {

// What is worked on together: a vector, or one element.
template <class V> struct Lanes {
    static constexpr int count = 1;
    using Element = V;
};
template <> struct Lanes<Vector<float>> {
    static constexpr int count = lanes<float>;
    using Element = float;
};
template <> struct Lanes<Vector<double>> {
    static constexpr int count = lanes<double>;
    using Element = double;
};
template <class V> inline V load_as(const typename Lanes<V>::Element *from) {
    V v;
    memcpy(&v, from, sizeof v);
    return v;
}
template <class V, class E> inline void store_as(E *to, V v) { memcpy(to, &v, sizeof v); }

// f(channel, V) with a value of the vector's or the element's type, of which only the type counts.
template <class T, class F> inline void for_channels(int64_t first, int64_t last, const F &f) {
    int64_t c = first;
    for (; c + lanes<T> <= last; c += lanes<T>) f(c, Vector<T>{});
    for (; c < last; ++c) {
        keep_scalar();
        f(c, T{});
    }
}

}  // namespace
}  // namespace needle::cpu
