// Running sums of a contiguous row.
#pragma once
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/types.h"
#include "scalar/lanes.h"

namespace needle::cpu {
namespace {

// The lanes moved up by s; the first s come from `fill`.
template <int s, class V, int... I> NEEDLE_INLINE V lanes_up(V v, V fill, LaneList<I...>) {
    return __builtin_shufflevector(fill, v, (I < s ? I : static_cast<int>(sizeof...(I)) + I - s)...);
}
// Every lane becomes the sum of itself and all lanes below.
template <class T, int s = 1> NEEDLE_INLINE Vector<T> sums_of_lanes(Vector<T> v, Vector<T> zero) {
    if constexpr (s < lanes<T>) {
        v = v + lanes_up<s>(v, zero, typename LanesUpTo<lanes<T>>::type{});
        return sums_of_lanes<T, 2 * s>(v, zero);
    } else return v;
}

// The last lane in all lanes.
template <class V, int... I> NEEDLE_INLINE V last_lane(V v, LaneList<I...>) {
    return __builtin_shufflevector(v, v, ((void)I, static_cast<int>(sizeof...(I)) - 1)...);
}

template <class T> void running_sum(const void *in_, void *carry, void *out_, int64_t n) {
    constexpr int W = lanes<T>;
    auto in = static_cast<const T *>(in_);
    auto out = static_cast<T *>(out_);
    const Vector<T> zero = -Vector<T>{};  // -0 in floats: -0 + x is x for every x
    using All = typename LanesUpTo<W>::type;
    T total = *static_cast<T *>(carry);
    // In every lane; each vector waits for one addition to it, not for the sums within the vector before.
    Vector<T> before = zero + total;
    int64_t i = 0;
    for (; i + W <= n; i += W) {
        const Vector<T> own = sums_of_lanes<T>(load(in + i), zero), sums = own + before;
        if constexpr (is_float<T>) {
            // Sums in pairs may be infinite where those one after the other are not.
            if (scalar::any(sums - sums != Vector<T>{})) {
                total = before[0];
                for (int k = 0; k < W; ++k) out[i + k] = total += in[i + k];
                before = zero + total;
                continue;
            }
        }
        store(out + i, sums);
        before += last_lane(own, All{});
    }
    total = before[0];
    for (; i < n; ++i) out[i] = total += in[i];
    *static_cast<T *>(carry) = total;
}

}  // namespace
}  // namespace needle::cpu
