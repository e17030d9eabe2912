// Short rows added to those at places, one after the other.
#pragma once
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/vectors.h"

namespace needle::cpu {
namespace {

template <class T> NEEDLE_INLINE T plus(T a, T b) {
    if constexpr (is_bool<T>) return a || b;
    else return static_cast<T>(a + b);
}
// Integers wrap around, which only unsigned arithmetic may.
template <class T> using Summed = typename Choose<is_bool<T>, bool, Raw<T>>::type;

template <class T> NEEDLE_INLINE void add_row(T *to, const T *from, int64_t length) {
    int64_t i = 0;
    if constexpr (!is_bool<T>)
        for (; i + lanes<T> <= length; i += lanes<T>) store(to + i, load(to + i) + load(from + i));
#if defined(__AVX512F__)
    if constexpr (sizeof(T) >= 4) {
        if (i == length) return;
        const Part part{static_cast<int>(length - i)};
        part.store(to + i, part.load(to + i, T(0)) + part.load(from + i, T(0)));
        return;
    }
#endif
    for (; i < length; ++i) {
        keep_scalar();
        to[i] = plus(to[i], from[i]);
    }
}

template <class T>
void add_rows(void *to_, const int64_t *to_at, const void *from_, const int64_t *from_at, int64_t n, int64_t length) {
    auto to = static_cast<T *>(to_);
    auto from = static_cast<const T *>(from_);
    if (length == 1)
        for (int64_t i = 0; i < n; ++i) to[to_at[i]] = plus(to[to_at[i]], from[from_at[i]]);
    else
        for (int64_t i = 0; i < n; ++i) add_row(to + to_at[i], from + from_at[i], length);
}

}  // namespace
}  // namespace needle::cpu
