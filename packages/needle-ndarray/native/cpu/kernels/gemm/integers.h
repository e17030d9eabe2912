// Products of matrices of integers, which wrap around: nothing is packed, and no product is rounded, so that the order
// of the sums is free.
#pragma once
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/types.h"
#include "scalar/arithmetic.h"

namespace needle::cpu {
namespace {

constexpr int integer_rows = 4, integer_vectors = 2;  // of C, in registers

// `rows` rows and `vectors` vectors of columns of C.
template <class T, int rows, int vectors>
NEEDLE_INLINE void integer_tile(const IntegerGemmArgs &g, const T *a, const T *b, T *c) {
    Vector<T> sums[rows][vectors] = {};
    for (int64_t p = 0; p < g.k; ++p) {
        Vector<T> row[vectors];
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) row[v] = load(b + p * g.b_row + v * lanes<T>);
#pragma GCC unroll 4
        for (int i = 0; i < rows; ++i) {
            const Vector<T> factor = Vector<T>{} + a[i * g.a_row + p * g.a_col];
#pragma GCC unroll 2
            for (int v = 0; v < vectors; ++v) sums[i][v] += factor * row[v];
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) store(c + i * g.n + v * lanes<T>, sums[i][v]);
}

// All rows of `vectors` vectors of columns.
template <class T, int vectors> void integer_panel(const IntegerGemmArgs &g, const T *a, const T *b, T *c) {
    int64_t i = 0;
    for (; i + integer_rows <= g.m; i += integer_rows)
        integer_tile<T, integer_rows, vectors>(g, a + i * g.a_row, b, c + i * g.n);
    for (; i < g.m; ++i) integer_tile<T, 1, vectors>(g, a + i * g.a_row, b, c + i * g.n);
}

// C of one column, with rows of A and a B that are contiguous.
template <class T> void integer_dots(const IntegerGemmArgs &g, const T *a, const T *b, T *c) {
    constexpr int chains = 4, W = lanes<T>;
    for (int64_t i = 0; i < g.m; ++i, a += g.a_row) {
        Vector<T> sums[chains] = {};
        int64_t p = 0;
        for (; p + chains * W <= g.k; p += chains * W)
#pragma GCC unroll 4
            for (int v = 0; v < chains; ++v) sums[v] += load(a + p + v * W) * load(b + p + v * W);
        const Vector<T> all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
        T sum = 0;
        for (int lane = 0; lane < W; ++lane) sum = T(sum + all[lane]);
        for (; p < g.k; ++p) {
            keep_scalar();
            sum = T(sum + scalar::multiply(a[p], b[p]));
        }
        c[i * g.n] = sum;
    }
}

template <class T> void integer_gemm(const IntegerGemmArgs &g) {
    auto a = static_cast<const T *>(g.a), b = static_cast<const T *>(g.b);
    auto c = static_cast<T *>(g.c);
    constexpr int64_t W = lanes<T>, wide = integer_vectors * W;
    if (g.n == 1 && g.a_col == 1 && g.b_row == 1) return integer_dots<T>(g, a, b, c);
    int64_t j = 0;
    for (; j + wide <= g.n; j += wide) integer_panel<T, integer_vectors>(g, a, b + j, c + j);
    for (; j + W <= g.n; j += W) integer_panel<T, 1>(g, a, b + j, c + j);
    if (j < g.n && g.n >= W) return integer_panel<T, 1>(g, a, b + g.n - W, c + g.n - W);  // some of it once more
    const int64_t rest = g.n - j;  // fewer columns than a vector has lanes
    for (int64_t i = 0; i < g.m && rest > 0; ++i) {
        T sums[W] = {};
        for (int64_t p = 0; p < g.k; ++p)
            for (int64_t r = 0; r < rest; ++r)
                sums[r] = scalar::add(sums[r], scalar::multiply(a[i * g.a_row + p * g.a_col], b[p * g.b_row + r]));
        copy_few(sums, c + i * g.n, rest);
    }
}

}  // namespace
}  // namespace needle::cpu
