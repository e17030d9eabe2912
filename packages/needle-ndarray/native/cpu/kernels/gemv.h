// Products with a vector: each element of the matrix is used once, so these loops only have to keep memory busy.
#pragma once
#include "cpu/kernels/isa.h"

namespace needle::cpu {
namespace {

// out[i * out_step] = sum over p of matrix[i * row + p * column] * x[p * x_step], for i < m, p < k.
template <class T> struct Gemv {
    int64_t m, k;
    const T *matrix;
    int64_t row, column;
    const T *x;
    int64_t x_step;
    T *out;
    int64_t out_step;
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

// `rows` dot products side by side, each in the same four partial sums whatever `rows` is. column and x_step are 1.
template <class T, int rows> inline void dot_rows(const Gemv<T> &g, int64_t first) {
    constexpr int W = lanes<T>, parts = 4;
    Vector<T> sum[rows][parts];
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 4
        for (int j = 0; j < parts; ++j) sum[r][j] = Vector<T>{};
    const T *a = g.matrix + first * g.row;
    int64_t p = 0;
    for (; p + parts * W <= g.k; p += parts * W)
#pragma GCC unroll 4
        for (int j = 0; j < parts; ++j) {
            Vector<T> x = load(g.x + p + j * W);
#pragma GCC unroll 4
            for (int r = 0; r < rows; ++r) sum[r][j] += load(a + r * g.row + p + j * W) * x;
        }
    for (; p + W <= g.k; p += W) {
        Vector<T> x = load(g.x + p);
#pragma GCC unroll 4
        for (int r = 0; r < rows; ++r) sum[r][0] += load(a + r * g.row + p) * x;
    }
    for (int r = 0; r < rows; ++r) {
        Vector<T> all = (sum[r][0] + sum[r][1]) + (sum[r][2] + sum[r][3]);
        T lane[W];
        store(lane, all);
        T total = sum_lanes<T, W>(lane);
        for (int64_t q = p; q < g.k; ++q) total += a[r * g.row + q] * g.x[q];
        g.out[(first + r) * g.out_step] = total;
    }
}

template <class T> void dot_products(const Gemv<T> &g, int64_t first, int64_t last) {
    int64_t i = first;
    for (; i + 4 <= last; i += 4) dot_rows<T, 4>(g, i);
    for (; i < last; ++i) dot_rows<T, 1>(g, i);
}

// out[first..last) where the matrix is contiguous along the output (row is 1): rows of the matrix are added up, four
// at a time, so that out stays in the nearest cache. out_step is 1.
template <class T> void add_columns(const Gemv<T> &g, int64_t first, int64_t last) {
    T *__restrict out = g.out;
    const T *matrix = g.matrix, *x = g.x;
    const int64_t column = g.column, step = g.x_step;
    for (int64_t i = first; i < last; ++i) out[i] = 0;
    int64_t p = 0;
    for (; p + 4 <= g.k; p += 4) {
        const T *a = matrix + p * column, *b = a + column, *c = b + column, *d = c + column;
        const T xa = x[p * step], xb = x[(p + 1) * step], xc = x[(p + 2) * step], xd = x[(p + 3) * step];
        for (int64_t i = first; i < last; ++i) out[i] = out[i] + xa * a[i] + xb * b[i] + xc * c[i] + xd * d[i];
    }
    for (; p < g.k; ++p) {
        const T *a = matrix + p * column;
        const T xa = x[p * step];
        for (int64_t i = first; i < last; ++i) out[i] += xa * a[i];
    }
}

// Any strides.
template <class T> void plain_products(const Gemv<T> &g, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i) {
        T total = 0;
        for (int64_t p = 0; p < g.k; ++p) total += g.matrix[i * g.row + p * g.column] * g.x[p * g.x_step];
        g.out[i * g.out_step] = total;
    }
}

template <class T> void gemv(const Gemv<T> &g, ParallelFor run) {
    constexpr int64_t work_per_task = 65536;  // products
    struct Context {
        const Gemv<T> &g;
        int64_t rows;
        void (*loop)(const Gemv<T> &, int64_t, int64_t);
    } context{g, 0, plain_products<T>};
    if (g.column == 1 && g.x_step == 1) context.loop = dot_products<T>;
    else if (g.row == 1 && g.out_step == 1) context.loop = add_columns<T>;
    // Rows are dealt out by fours and vectors; rows of one task have the same sums as rows of another.
    int64_t rows = work_per_task / (g.k < 1 ? 1 : g.k) / 64 * 64;
    context.rows = rows < 64 ? (context.loop == dot_products<T> ? 4 : 256) : rows;
    run((g.m + context.rows - 1) / context.rows,
        [](void *pointer, int64_t task) {
            const Context &c = *static_cast<Context *>(pointer);
            int64_t first = task * c.rows, last = first + c.rows < c.g.m ? first + c.rows : c.g.m;
            c.loop(c.g, first, last);
        },
        &context);
}

}  // namespace
}  // namespace needle::cpu
