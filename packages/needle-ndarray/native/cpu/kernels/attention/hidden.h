// Products with the weights of keys of which some are hidden. A weight of 0 times infinity or NaN is NaN, but what a
// query may not see must not reach its result.
#pragma once
#include "cpu/kernels/attention/tile.h"

namespace needle::cpu {
namespace {

template <class T> inline bool are_finite(int64_t rows, int64_t columns, StridedMatrix<T> matrix) {
    constexpr int W = lanes<T>;
    // Where all numbers are finite these stay 0.
    Vector<T> zeros[2] = {};
    T zero = 0;
    for (int64_t i = 0; i < rows; ++i) {
        const T *row = matrix.data + i * matrix.row;
        int64_t j = 0;
        if (matrix.column == 1)
            for (; j + W <= columns; j += W) zeros[i % 2] += load(row + j) * T(0);
        for (; j < columns; ++j) zero += row[j * matrix.column] * T(0);
    }
    zeros[0] += zeros[1];
    for (int k = 0; k < W; ++k) zero += zeros[0][k];
    return zero == T(0);
}

// out += of W, for the weights W (keys, queries) as lanes: `of` is (features, keys), `out` (features, queries).
template <class T>
void add_seen_by_queries(int64_t features, int64_t vectors, int64_t keys, StridedMatrix<T> of, const T *weights,
                         T *out) {
    for (int64_t e = 0; e < features; ++e)
        for (int64_t i = 0; i < vectors * lanes<T>; i += lanes<T>) {
            Vector<T> sum = {};
            for (int64_t j = 0; j < keys; ++j) {
                const Vector<T> weight = load(weights + j * block_queries<T> + i);
                sum += weight == T(0) ? Vector<T>{} : weight * of.data[e * of.row + j * of.column];
            }
            T *at = out + e * block_queries<T> + i;
            store(at, load(at) + sum);
        }
}

// out += W of: `of` is (queries, features), `of_row` numbers apart, and `out` (keys, features), row-major.
template <class T>
void add_seen_of_keys(int64_t keys, int64_t features, int64_t queries, const T *weights, const T *of, int64_t of_row,
                      T *out) {
    for (int64_t j = 0; j < keys; ++j)
        for (int64_t i = 0; i < queries; ++i) {
            const T weight = weights[j * block_queries<T> + i];
            if (weight == T(0)) continue;
            for (int64_t e = 0; e < features; ++e) out[j * features + e] += weight * of[i * of_row + e];
        }
}

}  // namespace
}  // namespace needle::cpu
