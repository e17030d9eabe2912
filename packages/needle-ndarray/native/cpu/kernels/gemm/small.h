// Products of matrices so small that a row of C fits in registers: nothing is packed, so that stacks of 3 x 3 matrices
// are not lost in preparations.
#pragma once
#include "cpu/kernels.h"
#include "cpu/kernels/vectors/isa.h"

namespace needle::cpu {
namespace {

constexpr int64_t small_side = 8;

inline bool is_small(int64_t m, int64_t n, int64_t k) { return m <= small_side && n <= small_side && k <= small_side; }

// n columns; rows of B are contiguous.
template <class T, int n> inline void small_rows(const GemmArgs<T> &g) {
    if constexpr (n == 2 || n == 4 || n == 8) {
        typedef T Row __attribute__((vector_size(n * sizeof(T)), aligned(sizeof(T)), may_alias));
        for (int64_t i = 0; i < g.m; ++i) {
            Row sum = {};
            for (int64_t p = 0; p < g.k; ++p)
                sum += g.a[i * g.a_row + p * g.a_col] * *reinterpret_cast<const Row *>(g.b + p * g.b_row);
            *reinterpret_cast<Row *>(g.c + i * g.c_row) = sum;
        }
    } else {
        const T *a = g.a, *b = g.b;
        T *__restrict c = g.c;
        for (int64_t i = 0; i < g.m; ++i) {
            T sum[n] = {};
            for (int64_t p = 0; p < g.k; ++p) {
                const T factor = a[i * g.a_row + p * g.a_col];
#pragma GCC unroll 8
                for (int j = 0; j < n; ++j) sum[j] += factor * b[p * g.b_row + j];
            }
#pragma GCC unroll 8
            for (int j = 0; j < n; ++j) c[i * g.c_row + j] = sum[j];
        }
    }
}

template <class T, int n = 1> void multiply_small(const GemmArgs<T> &g) {
    if constexpr (n < small_side)
        if (g.n != n) return multiply_small<T, n + 1>(g);
    // A copy of B whose strides the compiler knows is worth its while from 5 columns up.
    if (g.b_col == 1 && n <= 4) return small_rows<T, n>(g);
    T block[small_side * n];
    for (int64_t p = 0; p < g.k; ++p)
        for (int64_t j = 0; j < n; ++j) block[p * n + j] = g.b[p * g.b_row + j * g.b_col];
    small_rows<T, n>({g.m, n, g.k, g.a, g.a_row, g.a_col, block, n, 1, g.c, g.c_row});
}

}  // namespace
}  // namespace needle::cpu
