// Attention, one block of queries at a time, by the online softmax of Milakov and Gimelshein (2018) in the tiles of
// Dao et al., "FlashAttention" (2022): a running maximum and a running sum for each query, and results that are scaled
// down whenever the maximum grows.
#pragma once
#include "cpu/kernels/attention/few.h"
#include "cpu/kernels/attention/hidden.h"

namespace needle::cpu {
namespace {

// Turns a tile of scores into powers, and folds them into each query's running peak and sum. `shrink` says what the
// sums before have to be multiplied by.
template <class T> inline void fold_tile(int64_t vectors, int64_t key_count, T *scores, T *peaks, T *sums, T *shrinks) {
    constexpr int W = lanes<T>;
    for (int64_t v = 0; v < vectors; ++v) {
        T *column = scores + v * W;
        const Vector<T> before = load(peaks + v * W);
        Vector<T> peak = before, total = {};
        for (int64_t j = 0; j < key_count; ++j) {
            const Vector<T> score = load(column + j * block_queries<T>);
            peak = score > peak ? score : peak;
        }
        const Vector<T> shift = finite_peak(peak);
        for (int64_t j = 0; j < key_count; ++j) {
            T *at = column + j * block_queries<T>;
            const Vector<T> power = scalar::exp(load(at) - shift);
            total += power;
            store(at, power);
        }
        const Vector<T> shrink = scalar::exp(before - shift);
        store(peaks + v * W, peak);
        store(sums + v * W, load(sums + v * W) * shrink + total);
        store(shrinks + v * W, shrink);
    }
}

template <class T> int64_t attention_scratch(int64_t depth, int64_t width) {
    constexpr int64_t block = block_queries<T>;
    const int64_t tiles = Scratch<T>::elements(depth, block) + Scratch<T>::elements(width, block) +
                          Scratch<T>::elements(block, to_whole_vectors<T>(width)) +
                          3 * Scratch<T>::elements(tile_keys, block) + 3 * Scratch<T>::elements(1, block);
    return static_cast<int64_t>(sizeof(T)) * max(tiles, FewQueries<T>::scratch_elements(depth, width));
}

template <class T>
void attend(const AttentionHead<T> &head, const AttentionResult<T> &to, int64_t block, void *memory) {
    constexpr int W = lanes<T>;
    constexpr int64_t row = block_queries<T>;
    if (head.queries <= few_queries<T>) return FewQueries<T>(head, memory).attend(to);
    const QueryBlock<T> queries(head, block);
    Scratch<T> scratch(memory);
    T *q_lanes = scratch.take(head.depth, row), *out_lanes = scratch.take(head.width, row);
    T *out_rows = scratch.take(row, to_whole_vectors<T>(head.width));
    T *scores = scratch.take(tile_keys, row), *room = scratch.take(2 * tile_keys, row);
    T *peaks = scratch.take(1, row), *sums = scratch.take(1, row), *shrinks = scratch.take(1, row);

    load_as_lanes(queries.rows_of(head.q), queries.count, head.depth, head.scale, q_lanes);
    for (int64_t i = 0; i < row; i += W) {
        store(peaks + i, Vector<T>{} + minus_infinity<T>);
        store(sums + i, Vector<T>{});
    }
    for (int64_t i = 0; i < head.width * row; i += W) store(out_lanes + i, Vector<T>{});

    for (int64_t key = 0; key < queries.keys; key += tile_keys) {
        const int64_t count = min(tile_keys, queries.keys - key);
        queries.score(key, count, q_lanes, room, scores);
        fold_tile(queries.vectors, count, scores, peaks, sums, shrinks);
        if (key > 0)
            for (int64_t e = 0; e < head.width; ++e)
                for (int64_t i = 0; i < queries.vectors * W; i += W) {
                    T *at = out_lanes + e * row + i;
                    store(at, load(at) * load(shrinks + i));
                }
        const StridedMatrix<T> values = queries.keys_of(head.v, key);
        if (queries.hides_some(key, count) && !are_finite(count, head.width, values))
            add_seen_by_queries(head.width, queries.vectors, count, queries.transposed_keys_of(head.v, key), scores,
                                out_lanes);
        else
            multiply_in_cache(head.width, queries.vectors * W, count, queries.transposed_keys_of(head.v, key), scores,
                              row, out_lanes, row, key > 0);
    }

    for (int64_t i = 0; i < queries.vectors * W; i += W) {
        const Vector<T> sum = load(sums + i);
        // A query that attends to nothing has a row of zeros.
        const Vector<T> factor = T(1) / (sum == T(0) ? Vector<T>{} + T(1) : sum);
        for (int64_t e = 0; e < head.width; ++e) {
            T *at = out_lanes + e * row + i;
            store(at, load(at) * factor);
        }
        store(sums + i, finite_peak(load(peaks + i)) + scalar::log(sum));
    }
    memcpy(to.log_sums + queries.first, sums, static_cast<size_t>(queries.count) * sizeof(T));
    store_lanes(out_lanes, queries.count, head.width, out_rows, to.out + queries.first * head.width);
}

}  // namespace
}  // namespace needle::cpu
