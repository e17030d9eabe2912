// Walks down the columns of a matrix whose rows are contiguous: the lanes are neighbouring columns, a few vectors of
// them make a strip, and what is added up along each column is added in the order of sum_vectors and sum_of_lanes. So a
// sum down a column has the same bits as that of a contiguous row of the same terms.
#pragma once
#include "cpu/kernels/vectors/vectors.h"

namespace needle::cpu {
namespace {

// `width` vectors side by side, which are read and written through a part (see vectors.h).
template <class T, int width_, class P> struct Strip {
    static constexpr int width = width_;
    using Vectors = Several<T, width>;
    P part;

    Vectors load(const T *from) const {
        Vectors v;
        for (int k = 0; k < width; ++k) v.of[k] = part.load(from + k * lanes<T>, T(0));
        return v;
    }
    void store(T *to, const Vectors &v) const {
        for (int k = 0; k < width; ++k) part.store(to + k * lanes<T>, v.of[k]);
    }
};

// The vectors of a strip; of one of few rows; and of one of few rows with so little arithmetic that the registers
// suffice.
constexpr int narrow_strip = 4, wide_strip = 8, widest_strip = 16;
// The fewest rows whose sums take several chains, as in sum_vectors.
template <class T> constexpr int64_t round_of_sums = 4 * lanes<T>;

// f(first column, strip) for strips that cover columns of n elements. The sums of a few rows need no room, so that
// strips may be wide: more lines that follow each other are read at a time.
template <class T, int wide = wide_strip, class F> NEEDLE_INLINE void for_each_strip(int64_t n, int64_t columns, F f) {
    int64_t i = 0;
    auto cover = [&](auto strip) {
        constexpr int64_t width = decltype(strip)::width * lanes<T>;
        for (; i + width <= columns; i += width) f(i, strip);
    };
    if (n < round_of_sums<T>) cover(Strip<T, wide, Whole>{});
    cover(Strip<T, narrow_strip, Whole>{});
    for_each_vector<T>(columns - i, [&](int64_t j, auto part) { f(i + j, Strip<T, 1, decltype(part)>{part}); });
}

// f of each vector.
template <class T, int width, class F> NEEDLE_INLINE Several<T, width> mapped(Several<T, width> v, F f) {
    for (int k = 0; k < width; ++k) v.of[k] = f(v.of[k]);
    return v;
}

// a b + c in one form: whether the compiler contracts it depends on the code around, which differs with the part.
template <class T, int width>
NEEDLE_INLINE Several<T, width> plus_product(Several<T, width> c, const Several<T, width> &a,
                                             const Several<T, width> &b) {
    for (int k = 0; k < width; ++k) {
#if defined(NEEDLE_FMA)
        c.of[k] = scalar::multiply_add(a.of[k], b.of[k], c.of[k]);
#else
        c.of[k] += a.of[k] * b.of[k];
#endif
    }
    return c;
}

// The sums of fewer rows than sum_vectors takes in a round: add(sum, i) is the sum with row i added. The lanes are
// visited in the order in which sum_of_lanes adds them up, so that only the open branches of that tree are kept.
template <class T, int width, class F> NEEDLE_INLINE Several<T, width> sum_few_down(int64_t n, F add) {
    Several<T, width> open[8];
    int depth = 0, lane = 0;
    for (int leaf = 0; leaf < lanes<T>; ++leaf) {
        Several<T, width> sum{};
        for (int64_t i = lane; i < n; i += lanes<T>) sum = add(sum, i);
        for (int side = leaf; side & 1; side >>= 1) sum += open[--depth];
        open[depth++] = sum;
        int bit = lanes<T> / 2;  // the next lane: counts up from the highest bit
        for (; lane & bit; bit /= 2) lane -= bit;
        lane += bit;
    }
    return open[0];
}

// The sums of n rows: add(sum, i) is the sum with row i added.
template <class T, int width, class F> NEEDLE_INLINE Several<T, width> sum_down(int64_t n, F add) {
    using Vectors = Several<T, width>;
    constexpr int64_t round = round_of_sums<T>, block = 32 * round;
    if (width > narrow_strip || n < round) return sum_few_down<T, width>(n, add);
    Vectors total[lanes<T>] = {};
    int64_t i = 0;
    while (i + round <= n) {
        Vectors sums[round] = {};
        for (const int64_t end = i + block < n ? i + block : n; i + round <= end; i += round)
            for (int64_t k = 0; k < round; ++k) sums[k] = add(sums[k], i + k);
        for (int k = 0; k < lanes<T>; ++k)
            total[k] += (sums[k] + sums[k + lanes<T>]) + (sums[k + 2 * lanes<T>] + sums[k + 3 * lanes<T>]);
    }
    for (int64_t k = 0; i < n; ++i, k = (k + 1) % lanes<T>) total[k] = add(total[k], i);
    for (int step = lanes<T> / 2; step > 0; step /= 2)
        for (int k = 0; k < step; ++k) total[k] += total[k + step];
    return total[0];
}

// The largest of f(0) ... f(n - 1), passing over NaN; -infinity where there is nothing else.
template <class T, int width, class F> NEEDLE_INLINE Several<T, width> max_down(int64_t n, F f) {
    Several<T, width> peaks;
    for (Vector<T> &peak : peaks.of) peak = Vector<T>{} - scalar::Float<T>::infinity;
    for (int64_t i = 0; i < n; ++i) {
        const Several<T, width> v = f(i);
        for (int k = 0; k < width; ++k) peaks.of[k] = v.of[k] > peaks.of[k] ? v.of[k] : peaks.of[k];
    }
    return peaks;
}

}  // namespace
}  // namespace needle::cpu
