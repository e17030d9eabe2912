// The table of reductions over a contiguous row, and of their side-by-side form for the other axes.
#include "cpu/kernels.h"
#include "cpu/kernels/reduction/scan.h"
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/sizes.h"
#include "cpu/kernels/vectors/types.h"
#include "cpu/kernels/vectors/vectors.h"
#include "scalar/functions.h"
#if defined(__AVX512BW__)
#include <immintrin.h>
#endif

namespace needle::cpu {
namespace {

// The least and the largest value that a type has.
template <class T> constexpr T lowest() {
    if constexpr (is_float<T>) return -T(__builtin_inf());
    else if constexpr (is_unsigned<T>) return 0;
    else return T(scalar::Wide<T>(1) << (8 * sizeof(T) - 1));
}
template <class T> constexpr T highest() {
    if constexpr (is_float<T>) return T(__builtin_inf());
    else return T(~lowest<T>());
}

template <class A, class B> constexpr bool is_same = false;
template <class A> constexpr bool is_same<A, A> = true;

// As scalar::maximum and minimum.
template <bool largest, class V> NEEDLE_INLINE V extremum(V a, V b) {
#if defined(__AVX512F__)
    // The instructions give their second operand where there is a NaN; the other one's NaN replaces that. No mask is
    // made: the machine has so few registers for them that it could not look far ahead for memory.
    if constexpr (is_same<V, Vector<float>> || is_same<V, Vector<double>>) {
        if constexpr (is_same<V, Vector<float>>) {
            const __m512 x = (__m512)b, y = (__m512)a;
            const __m512 best = largest ? _mm512_maskz_max_ps(-1, x, y) : _mm512_maskz_min_ps(-1, x, y);
            return (V)_mm512_fixupimm_ps(best, x, _mm512_set1_epi32(0x11), 0);
        } else {
            const __m512d x = (__m512d)b, y = (__m512d)a;
            const __m512d best = largest ? _mm512_maskz_max_pd(-1, x, y) : _mm512_maskz_min_pd(-1, x, y);
            return (V)_mm512_fixupimm_pd(best, x, _mm512_set1_epi64(0x11), 0);
        }
    }
#endif
    // Single floats in vectors, without a branch: it would be foreseen wrongly each second time, and wait for memory.
    if constexpr (is_same<V, float> || is_same<V, double>) return extremum<largest>(Vector<V>{a}, Vector<V>{b})[0];
    else return largest ? scalar::maximum(a, b) : scalar::minimum(a, b);
}

// A monoid: an associative operation on scalars or vectors, and the value that changes nothing.
template <ReduceOp op> struct Monoid {
    static constexpr bool sees_sign = op == ReduceOp::max || op == ReduceOp::min;
    static constexpr bool may_repeat = op != ReduceOp::sum && op != ReduceOp::prod;  // an element may be taken twice

    template <class V> NEEDLE_INLINE V apply(V a, V b) {
        if constexpr (op == ReduceOp::sum) return scalar::add(a, b);
        else if constexpr (op == ReduceOp::prod) return scalar::multiply(a, b);
        else if constexpr (op == ReduceOp::max || op == ReduceOp::any) return extremum<true>(a, b);
        else return extremum<false>(a, b);
    }

    template <class T> static constexpr T identity() {
        if constexpr (op == ReduceOp::sum) return is_float<T> ? T(-0.0) : T(0);
        else if constexpr (op == ReduceOp::prod) return 1;
        else if constexpr (op == ReduceOp::max || op == ReduceOp::any) return lowest<T>();
        else return highest<T>();
    }
};

// Elements folded by several accumulators side by side; their results are combined in a tree, and so are those of
// all blocks. The shape of the tree depends on the length of the row only.
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
    *static_cast<T *>(out) = fold_all<M, T>(in, n, Elements<T>{});
}

// The lanes of as many rows as a vector has, each row in a vector of its own, combined as fold_lanes does it, but those
// of two rows in one step. Lane k of the result is row k's.
template <int half, bool upper, class V, int... I> NEEDLE_INLINE V halves_of_two(V a, V b, LaneList<I...>) {
    return __builtin_shufflevector(a, b, (I + I / half * half + (upper ? half : 0))...);
}
template <class M, int half, class V> NEEDLE_INLINE V fold_lanes_of_rows(V *rows) {
    if constexpr (half == 0) return rows[0];
    else {
        using All = typename LanesUpTo<sizeof(V) / sizeof(rows[0][0])>::type;
#pragma GCC unroll 8
        for (int k = 0; k < half; ++k) {
            const V a = rows[2 * k], b = rows[2 * k + 1];
            rows[k] = M::apply(halves_of_two<half, false>(a, b, All{}), halves_of_two<half, true>(a, b, All{}));
        }
        return fold_lanes_of_rows<M, half / 2>(rows);
    }
}
// As many rows as a vector has lanes, each of so few vectors that they are folded one after the other, to the bit as
// fold_to_lanes does it.
template <class M, class T> NEEDLE_INLINE Vector<T> fold_short_rows(const T *in, int64_t stride, int64_t n) {
    constexpr int W = lanes<T>;
    const Vector<T> identity = Vector<T>{} + M::template identity<T>();
    Vector<Unsigned<T>> lane;
    for (int k = 0; k < W; ++k) lane[k] = k;
    const auto is_new = lane >= Unsigned<T>(n < W ? 0 : W - n % W);
    Vector<T> folded[W];
#pragma GCC unroll 16
    for (int k = 0; k < W; ++k) {
        const T *row = in + k * stride;
        if (n < W) {
            folded[k] = Part{static_cast<int>(n)}.load(row, M::template identity<T>());
            continue;
        }
        Vector<T> all = load(row);
        int64_t i = W;
#pragma GCC unroll 1
        for (; i + W <= n; i += W) {
            __builtin_prefetch(reinterpret_cast<const char *>(row + i) + prefetched_bytes);
            all = M::apply(all, load(row + i));
        }
        if (i < n) {
            const Vector<T> rest = load(row + n - W);  // reaches back over elements that were taken
            if constexpr (M::may_repeat) all = M::apply(all, rest);
            else all = M::apply(all, is_new ? rest : identity);
        }
        folded[k] = all;
    }
    return fold_lanes_of_rows<M, W / 2>(folded);
}

template <class M, class T> void fold_rows(const void *in_, int64_t stride, int64_t n, int64_t rows, void *out_) {
    auto in = static_cast<const T *>(in_);
    auto out = static_cast<T *>(out_);
    constexpr int W = lanes<T>;
    int64_t row = 0;
    if constexpr (sizeof(T) >= 4) {
        if (n <= fold_chains * W) {
            for (; row + W <= rows; row += W) store(out + row, fold_short_rows<M>(in + row * stride, stride, n));
        } else if (n <= fold_block_size) {
            for (; row + W <= rows; row += W) {
                Vector<T> folded[W];
                for (int k = 0; k < W; ++k) folded[k] = fold_to_lanes<M, T>(in + (row + k) * stride, n, Elements<T>{});
                store(out + row, fold_lanes_of_rows<M, W / 2>(folded));
            }
        }
    }
    for (; row < rows; ++row) fold<M, T>(in + row * stride, n, out + row);
}

template <class T> void sum_squares(const void *in, double centre, int64_t n, double *out) {
    *out = fold_all<Monoid<ReduceOp::sum>, double>(in, n, SquaredDistances<T>{centre});
}
void sum_widened(const void *in, int64_t n, double *out) {
    *out = fold_all<Monoid<ReduceOp::sum>, double>(in, n, Widened<float>{});
}

// rows of them, combined in a tree, into the accumulators.
template <class M, int rows, class T>
NEEDLE_INLINE void accumulate_rows(T *accumulators, const T *in, int64_t stride, int64_t n) {
    auto combine = [=](auto *values) {
#pragma GCC unroll 3
        for (int half = rows / 2; half > 0; half /= 2)
#pragma GCC unroll 4
            for (int k = 0; k < half; ++k) values[k] = M::apply(values[k], values[k + half]);
    };
    int64_t i = 0;
    for (; i + lanes<T> <= n; i += lanes<T>) {
        Vector<T> values[rows];
#pragma GCC unroll 8
        for (int k = 0; k < rows; ++k) values[k] = load(in + k * stride + i);
        combine(values);
        store(accumulators + i, M::apply(load(accumulators + i), values[0]));
    }
    for (; i < n; ++i) {
        keep_scalar();
        T values[rows];
        for (int k = 0; k < rows; ++k) values[k] = in[k * stride + i];
        combine(values);
        accumulators[i] = M::apply(accumulators[i], values[0]);
    }
}

template <class M, class T>
void accumulate(void *accumulators_, const void *in_, int64_t stride, int64_t rows, int64_t n) {
    auto accumulators = static_cast<T *>(accumulators_);
    auto in = static_cast<const T *>(in_);
    for (; rows >= 8; rows -= 8, in += 8 * stride) accumulate_rows<M, 8>(accumulators, in, stride, n);
    for (; rows > 0; --rows, in += stride) accumulate_rows<M, 1>(accumulators, in, stride, n);
}

// Whether x takes the place of the best so far: it lies beyond it, or is the first NaN.
template <ReduceOp op, class V> NEEDLE_INLINE auto beats(V x, V best) {
    return (op == ReduceOp::max ? x > best : x < best) | ((x != x) & (best == best));
}

// The first element from i on for which `is` holds; n if there is none.
template <class T, class F> NEEDLE_INLINE int64_t first_of(const T *in, int64_t i, int64_t n, F is) {
    constexpr int W = lanes<T>, together = 4;
    for (; i + together * W <= n; i += together * W) {
        auto found = is(load(in + i));
#pragma GCC unroll 4
        for (int k = 1; k < together; ++k) found |= is(load(in + i + k * W));
        if (scalar::any(found)) break;
    }
    for (; i + W <= n; i += W)
        if (scalar::any(is(load(in + i)))) break;
    while (i < n && !is(in[i])) ++i;
    return i;
}

// Elements that are searched in one go: at most as many vectors as an integer of the dtype's size can number.
template <class T> constexpr int64_t found_together = lanes<T> * (sizeof(T) == 1 ? 252 : 1024);

template <class T> NEEDLE_INLINE Vector<T> least_lane(Vector<T> v) {
    return Vector<T>{} + fold_lanes<Monoid<ReduceOp::min>, lanes<T> / 2>(v)[0];
}

// The best of a few elements, and the first place where it is; of a NaN, any place.
template <ReduceOp op, class T> T find_among_few(const T *in, int64_t n, int64_t *index) {
    T best = in[0];
    *index = 0;
    for (int64_t i = 1; i < n; ++i) {
        keep_scalar();
        if (!beats<op>(in[i], best)) continue;
        best = in[i];
        *index = i;
    }
    return best;
}

// The same of at most found_together<T> elements. Nothing is searched twice, and there is no branch that depends on
// what is read: chains of vectors go side by side, and beside the best of each lane stands the step that it came in.
template <ReduceOp op, class T> T find_block(const T *in, int64_t n, int64_t *index) {
    using Number = Unsigned<T>;
    constexpr int chains = 4, W = lanes<T>;
    constexpr bool largest = op == ReduceOp::max;
    if (n < W || n <= 8) return find_among_few<op>(in, n, index);
    Vector<T> best[chains];
    Vector<Number> step[chains] = {}, now = Vector<Number>{} + Number(1);
    auto take = [&](int k, const T *at) {
        const Vector<T> x = load(at);
        step[k] = (largest ? x > best[k] : x < best[k]) ? now : step[k];
        best[k] = extremum<largest>(best[k], x);
    };
    // The last vector, and those after it, reach back over elements that were there before, and are found there.
#pragma GCC unroll 4
    for (int k = 0; k < chains; ++k) best[k] = load(in + min(k * W, n - W));
    int64_t i = chains * W;
    for (; i + chains * W <= n; i += chains * W, now += Number(1))
#pragma GCC unroll 4
        for (int k = 0; k < chains; ++k) {
            const T *at = in + i + k * W;
            __builtin_prefetch(reinterpret_cast<const char *>(at) + prefetched_bytes);
            take(k, at);
        }
#pragma GCC unroll 4
    for (int k = 0; k < chains; ++k)
        if (i + k * W < n) take(k, in + min(i + k * W, n - W));
    const T top = fold_lanes<Monoid<op>, W / 2>(
        extremum<largest>(extremum<largest>(best[0], best[1]), extremum<largest>(best[2], best[3])))[0];
    Vector<Number> none = Vector<Number>{} - Number(1), number = none, lane;  // of the best one's vector, and in it
#pragma GCC unroll 4
    for (int k = chains - 1; k >= 0; --k) {
        const Vector<Number> other = step[k] * Number(chains) + Number(k);
        number = (best[k] == top) & (other < number) ? other : number;
    }
    const Vector<Number> least = least_lane<Number>(number);
    for (int k = 0; k < W; ++k) lane[k] = k;
    *index = min(int64_t(least[0]) * W, n - W) + least_lane<Number>(number == least ? lane : none)[0];
    return top;
}

template <ReduceOp op, class T> void find(const void *in_, int64_t n, int64_t *index, void *value) {
    auto in = static_cast<const T *>(in_);
    T best = in[0];
    *index = 0;
    for (int64_t start = 0, in_block; start < n; start += found_together<T>) {
        const T x = find_block<op>(in + start, min(n - start, found_together<T>), &in_block);
        if (start > 0 && !beats<op>(x, best)) continue;
        best = x;
        *index = start + in_block;
    }
    if (best != best) {
        const int64_t first = first_of<T>(in, 0, n, [](auto x) { return x != x; });
        *index = first < n ? first : 0;  // another thread may have overwritten it
    }
    *static_cast<T *>(value) = best;
}

// The first true element, or the first false one.
template <bool wanted> void find_truth(const void *in_, int64_t n, int64_t *index, void *value) {
    auto in = static_cast<const uint8_t *>(in_);
    constexpr int W = lanes<uint8_t>, together = 4;
    int64_t i = 0;
    for (; i + together * W <= n; i += together * W) {
        Vector<uint8_t> found = {};
#pragma GCC unroll 4
        for (int k = 0; k < together; ++k) {
            const Vector<uint8_t> x = load(in + i + k * W);
            found |= wanted ? x : (Vector<uint8_t>)(x == 0);
        }
        if (scalar::any(found != 0)) break;
    }
    while (i < n && (in[i] != 0) != wanted) ++i;
    *index = i < n ? i : 0;
    *static_cast<bool *>(value) = (i < n) == wanted;
}

// The best of `rows` rows and of what was there before; which row it is in is looked at only where one is better.
template <ReduceOp op, int rows, bool truth, class T>
NEEDLE_INLINE void find_in_rows(T *values, int64_t *indices, const T *in, int64_t stride, int64_t first, int64_t n) {
    constexpr int W = lanes<T>;
    using Which = Vector<Unsigned<T>>;
    int64_t i = 0;
    for (; i + W <= n; i += W) {
        Vector<T> best = load(values + i);
        Which which = {};
#pragma GCC unroll 8
        for (int k = 0; k < rows; ++k) {
            Vector<T> x = load(in + k * stride + i);
            if constexpr (truth) x = (Vector<T>)(x != 0) & 1;
            const auto better = beats<op>(x, best);
            best = better ? x : best;
            which = (Which)better ? Unsigned<T>(k + 1) + Which{} : which;
        }
        if (!scalar::any(which != 0)) continue;
        store(values + i, best);
        Unsigned<T> rows_of_best[W];
        store(rows_of_best, which);
        for (int j = 0; j < W; ++j)
            if (rows_of_best[j]) indices[i + j] = first + rows_of_best[j] - 1;
    }
    for (; i < n; ++i)
        for (int k = 0; k < rows; ++k) {
            keep_scalar();
            const T x = truth ? in[k * stride + i] != 0 : in[k * stride + i];
            if (!beats<op>(x, values[i])) continue;
            values[i] = x;
            indices[i] = first + k;
        }
}

template <ReduceOp op, class T, bool truth = false>
void find_accumulate(void *values_, int64_t *indices, const void *in_, int64_t stride, int64_t first, int64_t rows,
                     int64_t n) {
    auto values = static_cast<T *>(values_);
    auto in = static_cast<const T *>(in_);
    if (truth)  // of the first row, whose bytes others may have written
        for (int64_t i = 0; i < n; ++i) values[i] = values[i] != 0;
    int64_t row = 0;
    for (; row + 8 <= rows; row += 8)
        find_in_rows<op, 8, truth>(values, indices, in + row * stride, stride, first + row, n);
    for (; row < rows; ++row) find_in_rows<op, 1, truth>(values, indices, in + row * stride, stride, first + row, n);
}

template <class T> int64_t count(const void *in_, uint64_t mask, int64_t n) {
    auto in = static_cast<const T *>(in_);
    const Vector<T> wanted = T(mask) + Vector<T>{};
    int64_t total = 0, i = 0;
    while (i + lanes<T> <= n) {
        Vector<T> sums = {};
        // No lane counts further than its type reaches.
        for (int round = 0; round < 255 && i + lanes<T> <= n; ++round, i += lanes<T>)
            sums -= (Vector<T>)((load(in + i) & wanted) != 0);
        T parts[lanes<T>];
        store(parts, sums);
        for (int k = 0; k < lanes<T>; ++k) total += static_cast<int64_t>(parts[k]);
    }
    for (; i < n; ++i) {
        keep_scalar();
        total += (in[i] & T(mask)) != 0;
    }
    return total;
}

// The positions are written before it is known whether they count.
template <class T> int64_t positions(const void *in_, uint64_t mask, int64_t n, int64_t first, int64_t *out) {
    auto in = static_cast<const T *>(in_);
    int64_t found = 0, i = 0;
#if defined(__AVX512BW__)
    const auto wanted = (__m512i)(T(mask) + Vector<T>{});
    for (; i + lanes<T> <= n; i += lanes<T>) {
        const auto x = (__m512i)load(in + i);
        uint64_t bits;
        if constexpr (sizeof(T) == 1) bits = _mm512_test_epi8_mask(x, wanted);
        else if constexpr (sizeof(T) == 2) bits = _mm512_test_epi16_mask(x, wanted);
        else if constexpr (sizeof(T) == 4) bits = _mm512_test_epi32_mask(x, wanted);
        else bits = _mm512_test_epi64_mask(x, wanted);
        const Vector<int64_t> numbers = {0, 1, 2, 3, 4, 5, 6, 7};
        for (int64_t at = first + i; bits != 0; bits >>= 8, at += 8) {
            const auto group = static_cast<__mmask8>(bits);
            store(out + found, (Vector<int64_t>)_mm512_maskz_compress_epi64(group, (__m512i)(at + numbers)));
            found += __builtin_popcount(group);
        }
    }
#else
    constexpr int64_t group = 8 / sizeof(T);
    for (; i + group <= n; i += group) {
        uint64_t word;
        __builtin_memcpy(&word, in + i, 8);
        if (word == 0) continue;
        for (int64_t j = i; j < i + group; ++j) {
            out[found] = first + j;
            found += (in[j] & T(mask)) != 0;
        }
    }
#endif
    for (; i < n; ++i) {
        out[found] = first + i;
        found += (in[i] & T(mask)) != 0;
    }
    return found;
}

template <ReduceOp op, class T> using Accumulator = typename Choose<Monoid<op>::sees_sign, Number<T>, Raw<T>>::type;

template <class T> constexpr void fill_column(ReduceKernels &table) {
    constexpr DType dtype = dtype_of<T>;
#define X(name, domain)                                                                                                \
    if constexpr (contains(Domain::domain, dtype)) {                                                                   \
        using A = Accumulator<ReduceOp::name, T>;                                                                      \
        table.fold[int(ReduceOp::name)][index_of(dtype)] = fold<Monoid<ReduceOp::name>, A>;                            \
        table.fold_rows[int(ReduceOp::name)][index_of(dtype)] = fold_rows<Monoid<ReduceOp::name>, A>;                  \
        table.accumulate[int(ReduceOp::name)][index_of(dtype)] = accumulate<Monoid<ReduceOp::name>, A>;                \
    }
    NEEDLE_REDUCE_OPS(X)
#undef X
    if constexpr (is_bool<T>) {
        table.argmax[index_of(dtype)] = find_truth<true>;
        table.argmin[index_of(dtype)] = find_truth<false>;
    } else {
        table.running_sum[index_of(dtype)] = running_sum<Raw<T>>;
        table.argmax[index_of(dtype)] = find<ReduceOp::max, T>;
        table.argmin[index_of(dtype)] = find<ReduceOp::min, T>;
    }
    table.argmax_accumulate[index_of(dtype)] = find_accumulate<ReduceOp::max, Number<T>, is_bool<T>>;
    table.argmin_accumulate[index_of(dtype)] = find_accumulate<ReduceOp::min, Number<T>, is_bool<T>>;
}

constexpr ReduceKernels make_table() {
    ReduceKernels table = {};
#define X(id, type, name, kind) fill_column<type>(table);
    NEEDLE_ARITHMETIC_DTYPES(X)
#undef X
    table.count[0] = count<uint8_t>;
    table.count[1] = count<uint16_t>;
    table.count[2] = count<uint32_t>;
    table.count[3] = count<uint64_t>;
    table.positions[0] = positions<uint8_t>;
    table.positions[1] = positions<uint16_t>;
    table.positions[2] = positions<uint32_t>;
    table.positions[3] = positions<uint64_t>;
    table.sum_squares_f32 = sum_squares<float>;
    table.sum_squares_f64 = sum_squares<double>;
    table.sum_widened = sum_widened;
    return table;
}

}  // namespace

extern const ReduceKernels NEEDLE_CAT(reduce_, NEEDLE_ISA);
const ReduceKernels NEEDLE_CAT(reduce_, NEEDLE_ISA) = make_table();

}  // namespace needle::cpu
