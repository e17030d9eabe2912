// The gradient of attention after Dao, "FlashAttention-2" (2023): the probabilities are computed again, tile by tile,
// from the logarithms of their sums, and nothing as large as all scores is ever stored.
//
// With P = exp(scale Q K^T + mask - log_sums), dP = dO V^T and delta = sum(dO * O) of each query:
// dV = P^T dO, dS = scale P (dP - delta), dQ = dS K, dK = dS^T Q.
#pragma once
#include "cpu/kernels/attention/few_backward.h"
#include "cpu/kernels/attention/hidden.h"

namespace needle::cpu {
namespace {

template <class T> int64_t attention_grad_scratch(int64_t depth, int64_t width) {
    constexpr int64_t block = block_queries<T>;
    const int64_t whole_depth = to_whole_vectors<T>(depth), whole_width = to_whole_vectors<T>(width);
    const int64_t tiles = 2 * Scratch<T>::elements(depth, block) + Scratch<T>::elements(width, block) +
                          2 * Scratch<T>::elements(block, whole_depth) + Scratch<T>::elements(block, whole_width) +
                          4 * Scratch<T>::elements(tile_keys, block) + 2 * Scratch<T>::elements(1, block);
    return static_cast<int64_t>(sizeof(T)) * max(tiles, FewQueriesGradient<T>::scratch_elements(depth, width));
}

template <bool hides_some, class T>
inline void differentiate_tile(int64_t vectors, int64_t key_count, const T *log_sums, const T *deltas, T *scores,
                               T *d_scores) {
    constexpr int W = lanes<T>;
    for (int64_t v = 0; v < vectors; ++v) {
        const Vector<T> log_sum = load(log_sums + v * W), delta = load(deltas + v * W);
        for (int64_t j = 0; j < key_count; ++j) {
            const int64_t at = j * block_queries<T> + v * W;
            differentiate<hides_some>(log_sum, delta, scores + at, d_scores + at);
        }
    }
}

template <class T>
void attend_backward(const AttentionHead<T> &head, const AttentionGradient<T> &gradient, int64_t first_block,
                     int64_t last_block, void *memory) {
    constexpr int W = lanes<T>;
    constexpr int64_t row = block_queries<T>;
    if (head.queries > 0 && head.queries <= few_queries<T>)
        return FewQueriesGradient<T>(head, gradient, memory).differentiate();
    const int64_t depth = head.depth, width = head.width;
    const int64_t whole_depth = to_whole_vectors<T>(depth), whole_width = to_whole_vectors<T>(width);
    Scratch<T> scratch(memory);
    T *q_lanes = scratch.take(depth, row), *dq_lanes = scratch.take(depth, row);
    T *grad_lanes = scratch.take(width, row);
    T *q_rows = scratch.take(row, whole_depth), *dq_rows = scratch.take(row, whole_depth);
    T *grad_rows = scratch.take(row, whole_width);
    T *scores = scratch.take(tile_keys, row), *d_scores = scratch.take(tile_keys, row);
    T *room = scratch.take(2 * tile_keys, row);
    T *log_sums = scratch.take(1, row), *deltas = scratch.take(1, row);

    memset(gradient.dk, 0, static_cast<size_t>(head.keys * depth) * sizeof(T));
    memset(gradient.dv, 0, static_cast<size_t>(head.keys * width) * sizeof(T));
    for (int64_t block = first_block; block < last_block; ++block) {
        const QueryBlock<T> queries(head, block);
        const int64_t count = queries.count, lane_count = queries.vectors * W;
        load_as_lanes(queries.rows_of(head.q), count, depth, head.scale, q_lanes);
        load_as_lanes(queries.rows_of(gradient.grad), count, width, head.scale, grad_lanes);
        load_rows(queries.rows_of(head.q), count, depth, q_rows);
        load_rows(queries.rows_of(gradient.grad), count, width, grad_rows);
        for (int64_t i = 0; i < row; ++i) {
            // Lanes that hold no query, and queries that attend to nothing, get probabilities of 0.
            log_sums[i] = i < count ? gradient.log_sums[queries.first + i] : minus_infinity<T>;
            if (log_sums[i] == minus_infinity<T>) log_sums[i] = -minus_infinity<T>;
            T delta = 0;
            if (i < count) {
                const T *out = gradient.out + (queries.first + i) * width, *grad = grad_rows + i * whole_width;
                for (int64_t e = 0; e < width; ++e) delta += out[e] * grad[e];
            }
            deltas[i] = delta * head.scale;
        }
        for (int64_t i = 0; i < depth * row; i += W) store(dq_lanes + i, Vector<T>{});
        const bool finite_queries = are_finite(count, depth, StridedMatrix<T>{q_rows, whole_depth, 1}),
                   finite_grad = are_finite(count, width, StridedMatrix<T>{grad_rows, whole_width, 1});

        for (int64_t key = 0; key < queries.keys; key += tile_keys) {
            const int64_t keys = min(tile_keys, queries.keys - key);
            queries.score(key, keys, q_lanes, room, scores);
            multiply_in_cache(keys, lane_count, width, queries.keys_of(head.v, key), grad_lanes, row, d_scores, row,
                              false);
            const bool hides_some = queries.hides_some(key, keys);
            const auto differentiate = hides_some ? differentiate_tile<true, T> : differentiate_tile<false, T>;
            differentiate(queries.vectors, keys, log_sums, deltas, scores, d_scores);
            T *dv = gradient.dv + key * width, *dk = gradient.dk + key * depth;
            if (hides_some && !finite_grad) add_seen_of_keys(keys, width, count, scores, grad_rows, whole_width, dv);
            else
                multiply_in_cache(keys, width, count, StridedMatrix<T>{scores, row, 1}, grad_rows, whole_width, dv,
                                  width, true);
            if (hides_some && !finite_queries) add_seen_of_keys(keys, depth, count, d_scores, q_rows, whole_depth, dk);
            else
                multiply_in_cache(keys, depth, count, StridedMatrix<T>{d_scores, row, 1}, q_rows, whole_depth, dk,
                                  depth, true);
            const StridedMatrix<T> k_columns = queries.transposed_keys_of(head.k, key);
            if (hides_some && !are_finite(keys, depth, queries.keys_of(head.k, key)))
                add_seen_by_queries(depth, queries.vectors, keys, k_columns, d_scores, dq_lanes);
            else multiply_in_cache(depth, lane_count, keys, k_columns, d_scores, row, dq_lanes, row, true);
        }
        store_lanes(dq_lanes, count, depth, dq_rows, gradient.dq + queries.first * depth);
    }
}

}  // namespace
}  // namespace needle::cpu
