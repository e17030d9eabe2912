// Products with a vector: each element of the matrix is used once, so these loops only have to keep memory busy.
#pragma once
#include "cpu/kernels/gemm/edge.h"
#include "cpu/kernels/vectors/isa.h"
#include <string.h>

namespace needle::cpu {
namespace {

// out[i] = sum over p of matrix[i * row + p * column] * x[p * x_step], for i < m, p < k.
template <class T> struct Gemv {
    int64_t m, k;
    const T *matrix;
    int64_t row, column;
    const T *x;
    int64_t x_step;
    T *out;
};

// The sum of n elements, by halves.
template <class T, int n> inline T sum_lanes(const T *lane) {
    if constexpr (n == 1) return lane[0];
    else {
        typedef T Half __attribute__((vector_size(n / 2 * sizeof(T)), aligned(sizeof(T)), may_alias));
        alignas(n / 2 * sizeof(T)) T sums[n / 2];
        *reinterpret_cast<Half *>(sums) =
            *reinterpret_cast<const Half *>(lane) + *reinterpret_cast<const Half *>(lane + n / 2);
        return sum_lanes<T, n / 2>(sums);
    }
}

// Accumulators of a dot product, in vectors, and how many vectors go into each before it is added to others: sums of
// narrow vectors would lose more than those of wide ones if they had to be as long.
constexpr int dot_parts = 4;
constexpr int64_t steps_block = 32;

// Part of the summed axis.
struct Band {
    int64_t begin, end;
};

// `rows` dot products side by side, each in the same partial sums whatever `rows` is. column and x_step are 1.
template <class T, int rows> inline void dot_rows(const Gemv<T> &g, Band band, int64_t first, T *out) {
    constexpr int W = lanes<T>, parts = dot_parts, ahead = 2048 / sizeof(T);
    Vector<T> sum[rows][parts];
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int j = 0; j < parts; ++j) sum[r][j] = Vector<T>{};
    const T *a = g.matrix + first * g.row;
    int64_t p = band.begin;
    for (; p + parts * W <= band.end; p += parts * W)
#pragma GCC unroll 4
        for (int j = 0; j < parts; ++j) {
            if constexpr (rows == 1) {  // two streams are too few for the processor to fetch far enough ahead by itself
                __builtin_prefetch(a + p + j * W + ahead);
                __builtin_prefetch(g.x + p + j * W + ahead);
            }
            Vector<T> x = load(g.x + p + j * W);
#pragma GCC unroll 4
            for (int r = 0; r < rows; ++r) sum[r][j] += load(a + r * g.row + p + j * W) * x;
        }
    for (; p + W <= band.end; p += W) {
        Vector<T> x = load(g.x + p);
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r) sum[r][0] += load(a + r * g.row + p) * x;
    }
    if (p < band.end) {
        const Some<T> rest(0, band.end - p);
        Vector<T> x = rest.load(g.x + p);
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r) sum[r][1] += rest.load(a + r * g.row + p) * x;
    }
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) {
        Vector<T> all = (sum[r][0] + sum[r][1]) + (sum[r][2] + sum[r][3]);
        T lane[W];
        store(lane, all);
        out[r] = sum_lanes<T, W>(lane);
    }
}

// The following fill out[0] to out[last - first] with the results first to last, summed over one band.
template <class T> void dot_products(const Gemv<T> &g, Band band, int64_t first, int64_t last, T *out) {
    int64_t i = first;
    for (; i + 4 <= last; i += 4, out += 4) dot_rows<T, 4>(g, band, i, out);
    for (; i < last; ++i) dot_rows<T, 1>(g, band, i, out++);
}

// Where the matrix is contiguous along the output (row is 1): rows of the matrix are added up, four at a time, so that
// out stays in the nearest cache.
template <class T> void add_columns(const Gemv<T> &g, Band band, int64_t first, int64_t last, T *__restrict out) {
    const int64_t column = g.column, step = g.x_step, n = last - first;
    const T *matrix = g.matrix + first, *x = g.x;
    for (int64_t i = 0; i < n; ++i) out[i] = 0;
    int64_t p = band.begin;
    for (; p + 4 <= band.end; p += 4) {
        const T *a = matrix + p * column, *b = a + column, *c = b + column, *d = c + column;
        const T xa = x[p * step], xb = x[(p + 1) * step], xc = x[(p + 2) * step], xd = x[(p + 3) * step];
        for (int64_t i = 0; i < n; ++i) out[i] = out[i] + xa * a[i] + xb * b[i] + xc * c[i] + xd * d[i];
    }
    for (; p < band.end; ++p) {
        const T *a = matrix + p * column;
        const T xa = x[p * step];
        for (int64_t i = 0; i < n; ++i) out[i] += xa * a[i];
    }
}

// Any strides.
template <class T> void plain_products(const Gemv<T> &g, Band band, int64_t first, int64_t last, T *out) {
    for (int64_t i = first; i < last; ++i) {
        T total = 0;
        for (int64_t p = band.begin; p < band.end; ++p) total += g.matrix[i * g.row + p * g.column] * g.x[p * g.x_step];
        *out++ = total;
    }
}

// Tasks are blocks of results, wide enough for memory to be read in long runs, and bands of the summed axis, whose
// results are added in a tree: short sums lose less, and few results keep several threads busy as well.
template <class T> struct GemvPlan {
    static constexpr int64_t shortest_band = 1024;
    static constexpr int64_t work_per_task = 65536;  // products

    const Gemv<T> &g;
    void (*loop)(const Gemv<T> &, Band, int64_t, int64_t, T *);
    int64_t block, band, bands;
    T *partial;  // of band b and result i at b * m + i

    GemvPlan(const Gemv<T> &g, void *scratch) : g(g), partial(static_cast<T *>(scratch)) {
        const bool by_columns = g.row == 1 && g.column != 1;
        loop = by_columns ? add_columns<T> : g.column == 1 && g.x_step == 1 ? dot_products<T> : plain_products<T>;
        // The sums of one block of rows are those of another, wherever it begins: dot_rows treats every row alike.
        constexpr int64_t row_band = 2 * steps_block * dot_parts * lanes<T>;
        band = by_columns || row_band < shortest_band ? shortest_band : row_band;
        bands = g.k <= band ? 1 : (g.k + band - 1) / band;
        if (bands == 1) band = g.k, partial = g.out;
        const int64_t fitting = work_per_task / band / 4 * 4;
        block = by_columns ? 2048 : fitting < 4 ? 4 : fitting;
    }
    static int64_t scratch_elements(int64_t m, int64_t k) {
        return k <= shortest_band ? 0 : (k + shortest_band - 1) / shortest_band * m;
    }

    void multiply(ParallelFor run) {
        run((g.m + block - 1) / block * bands,
            [](void *plan, int64_t task) { static_cast<const GemvPlan *>(plan)->multiply_task(task); }, this);
        if (bands > 1) add_bands();
    }
    void multiply_task(int64_t task) const {
        const int64_t first = task / bands * block, last = first + block < g.m ? first + block : g.m;
        const int64_t b = task % bands, begin = b * band, end = begin + band < g.k ? begin + band : g.k;
        loop(g, {begin, end}, first, last, partial + b * g.m + first);
    }
    void add_bands() const {
        const int64_t m = g.m;
        T *__restrict sum = partial;
        for (int64_t n = bands, half; n > 1; n = half) {
            half = (n + 1) / 2;
            const T *other = partial + half * m;
            for (int64_t i = 0; i < (n - half) * m; ++i) sum[i] += other[i];
        }
        memcpy(g.out, partial, static_cast<size_t>(m) * sizeof(T));
    }
};

template <class T> void gemv(const Gemv<T> &g, void *scratch, ParallelFor run) {
    GemvPlan<T>(g, scratch).multiply(run);
}

// The sum of n products of elements side by side: blocks, whose sums are added in a tree.
template <class T> void dot(const T *a, const T *b, int64_t n, T *out) {
    constexpr int64_t block = steps_block * dot_parts * lanes<T>;
    constexpr int most_blocks = 32;
    T sums[most_blocks] = {};
    const Gemv<T> g{1, n, a, n, 1, b, 1, out};
    if (n <= block) return dot_rows<T, 1>(g, {0, n}, 0, out);
    int filled = 0;
    for (int64_t begin = 0; begin < n; begin += block) {
        if (filled == most_blocks) sums[0] = sum_lanes<T, most_blocks>(sums), filled = 1;
        dot_rows<T, 1>(g, {begin, begin + block < n ? begin + block : n}, 0, &sums[filled++]);
    }
    while (filled < most_blocks) sums[filled++] = 0;
    *out = sum_lanes<T, most_blocks>(sums);
}

}  // namespace
}  // namespace needle::cpu
