// A contiguous row folded to one element.
#pragma once
#include "cpu/kernels/reduction/monoid.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/sizes.h"

namespace needle::cpu {
namespace {

// Elements folded by several accumulators side by side; their results are combined in a tree, and so are those of
// all blocks of a sum or product. The shape of the tree depends on the length of the row only.
constexpr int64_t fold_block_size = 2048;
constexpr int fold_chains = 8;
// What comes next is on its way while the tree of a block, which waits for every step, is combined.
constexpr int64_t prefetched_bytes = 8192;

// The lanes combined in a tree: lane k with lane k + half, and so on down to the first.
template <int half, class V, int... I> NEEDLE_INLINE V lanes_down(V v, LaneList<I...>) {
    return __builtin_shufflevector(v, v, (I ^ half)...);
}
template <class M, int half, class V> NEEDLE_INLINE V fold_lanes(V v) {
    if constexpr (half == 0) return v;
    else {
        using All = typename LanesUpTo<sizeof(V) / sizeof(v[0])>::type;
        return fold_lanes<M, half / 2>(M::apply(v, lanes_down<half>(v, All{})));
    }
}

// What is folded: the vector of accumulators that belongs to the elements at `at`.
template <class T> struct Elements {
    using From = T;
    Vector<T> operator()(const T *at) const { return load(at); }
};
template <class T> inline Vector<double> widened(const T *at) {
    typedef T Narrow __attribute__((vector_size(lanes<double> * sizeof(T)), aligned(sizeof(T)), may_alias));
    return __builtin_convertvector(*reinterpret_cast<const Narrow *>(at), Vector<double>);
}
template <class T> struct Widened {
    using From = T;
    Vector<double> operator()(const T *at) const { return widened(at); }
};
template <class T> struct SquaredDistances {
    using From = T;
    double centre;
    Vector<double> operator()(const T *at) const {
        const Vector<double> distance = widened(at) - centre;
        return distance * distance;
    }
};

// At most a block of elements, folded to one vector.
template <class M, class T, class Source>
__attribute__((noinline)) Vector<T> fold_to_lanes(const typename Source::From *in, int64_t n, Source source) {
    constexpr int W = lanes<T>;
    using From = typename Source::From;
    T spread[W];
    for (int i = 0; i < W; ++i) spread[i] = M::template identity<T>();
    const Vector<T> identity = load(spread);
    Vector<T> partial[fold_chains];
#pragma GCC unroll 8
    for (int k = 0; k < fold_chains; ++k) partial[k] = identity;
    const bool is_short = n <= fold_chains * W;  // only the first two have elements: fewer results to combine
    int64_t i = 0;
    for (; !is_short && i + fold_chains * W <= n; i += fold_chains * W) {
#pragma GCC unroll 8
        for (int k = 0; k < fold_chains; ++k) {
            const From *at = in + i + k * W;
            __builtin_prefetch(reinterpret_cast<const char *>(at) + prefetched_bytes);
            partial[k] = M::apply(partial[k], source(at));
        }
    }
    for (; i + W <= n; i += W) partial[0] = M::apply(partial[0], source(in + i));
    if (i < n && n >= W) {  // a vector that reaches back over elements that were taken
        Vector<T> rest = source(in + n - W);
        if constexpr (!M::may_repeat) {
            Vector<Unsigned<T>> lane;
            for (int k = 0; k < W; ++k) lane[k] = k;
            rest = lane >= Unsigned<T>(W - (n - i)) ? rest : identity;
        }
        partial[1] = M::apply(partial[1], rest);
    } else if (i < n) {
        From last[W] = {};
        copy_few(in + i, last, n - i);
        T computed[W];
        store(computed, source(last));
        copy_few(computed, spread, n - i);
        partial[1] = M::apply(partial[1], load(spread));
    }
    if (is_short) partial[0] = M::apply(partial[0], partial[1]);
    else
#pragma GCC unroll 3
        for (int half = fold_chains / 2; half > 0; half /= 2)
#pragma GCC unroll 4
            for (int k = 0; k < half; ++k) partial[k] = M::apply(partial[k], partial[k + half]);
    return partial[0];
}

template <class M, class T, class Source> T fold_all(const void *in_, int64_t n, Source source) {
    auto in = static_cast<const typename Source::From *>(in_);
    T pending[64];  // results of 1, 2, 4, ... blocks that wait for a partner, largest first
    int depth = 0;
    int64_t block = 0;
    do {
        const int64_t start = block * fold_block_size, rest = n - start;
        T x = fold_lanes<M, lanes<T> / 2>(fold_to_lanes<M, T>(in + start, min(rest, fold_block_size), source))[0];
        for (int64_t b = block; b & 1; b >>= 1) x = M::apply(pending[--depth], x);
        pending[depth++] = x;
    } while (++block * fold_block_size < n);
    T result = pending[--depth];
    while (depth > 0) result = M::apply(pending[--depth], result);
    return result;
}

template <class M, class T> void fold(const void *in, int64_t n, void *out) {
    // Blocks are for what is rounded, and where an element may be taken twice nothing is.
    if constexpr (M::may_repeat)
        *static_cast<T *>(out) =
            fold_lanes<M, lanes<T> / 2>(fold_to_lanes<M, T>(static_cast<const T *>(in), n, Elements<T>{}))[0];
    else *static_cast<T *>(out) = fold_all<M, T>(in, n, Elements<T>{});
}

template <class T> void sum_squares(const void *in, double centre, int64_t n, double *out) {
    *out = fold_all<Monoid<ReduceOp::sum>, double>(in, n, SquaredDistances<T>{centre});
}
void sum_widened(const void *in, int64_t n, double *out) {
    *out = fold_all<Monoid<ReduceOp::sum>, double>(in, n, Widened<float>{});
}

}  // namespace
}  // namespace needle::cpu
