// Where the largest or smallest element is: of a row, and of rows side by side.
#pragma once
#include "cpu/kernels/reduction/fold_rows.h"

namespace needle::cpu {
namespace {

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

// Rows of so few elements that the best of as many rows as a vector has lanes are found together, and then the first
// place of each.
template <ReduceOp op, class T>
void find_of_rows(const void *in_, int64_t stride, int64_t n, int64_t rows, int64_t *indices) {
    using Number = Unsigned<T>;
    constexpr int W = lanes<T>;
    auto in = static_cast<const T *>(in_);
    Vector<Number> lane;
    for (int k = 0; k < W; ++k) lane[k] = k;
    const Vector<Number> none = Vector<Number>{} - Number(1);
    int64_t row = 0;
    for (; row + W <= rows; row += W) {
        T best[W];
        store(best, fold_short_rows<Monoid<op>>(in + row * stride, stride, n));
        Vector<Number> places[W];
        for (int k = 0; k < W; ++k) {
            const T *at = in + (row + k) * stride;
            auto place = [&](Vector<T> x, int64_t i) { return x == best[k] ? lane + Number(i) : none; };
            if (n < W) {
                // What is read of the rest may be as good as the best, but comes after it.
                places[k] = place(Part{static_cast<int>(n)}.load(at, best[k]), 0);
                continue;
            }
            Vector<Number> first = place(load(at + n - W), n - W);
            for (int64_t i = (n - 1) / W * W - W; i >= 0; i -= W) {
                const Vector<Number> found = place(load(at + i), i);
                first = found < first ? found : first;
            }
            places[k] = first;
        }
        Number found[W];
        store(found, fold_lanes_of_rows<Monoid<ReduceOp::min>, W / 2>(places));
        for (int k = 0; k < W; ++k) indices[row + k] = static_cast<int64_t>(found[k]);
        if constexpr (is_float<T>) {
            T value;
            for (int k = 0; k < W; ++k)  // a NaN, which equals nothing
                if (best[k] != best[k]) find<op, T>(in + (row + k) * stride, n, indices + row + k, &value);
        }
    }
    T value;
    for (; row < rows; ++row) find<op, T>(in + row * stride, n, indices + row, &value);
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

}  // namespace
}  // namespace needle::cpu
