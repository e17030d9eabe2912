// Attention of a few queries, as in decoding: keys and values are read in place, once from memory, in tiles that stay
// in the first-level cache for the other queries. Vectors run along the features of a key, and lanes of scores are
// keys.
#pragma once
#include "cpu/kernels/attention/tile.h"
#include "cpu/kernels/vectors/vectors.h"
#include "scalar/logarithm.h"

namespace needle::cpu {
namespace {

// With more, a tile whose lanes are queries takes less time, though some of its lanes are idle.
template <class T> constexpr int64_t few_queries = sizeof(T) == sizeof(float) ? 4 : 3;

// What a maximum is taken off as: where all scores are -infinity, so that their powers are 0 and not NaN.
template <class V> inline V finite_peak(V peak) { return peak == minus_infinity<scalar::Lane<V>> ? V{} : peak; }

// In lanes whose number has the bit `step` sums of two lanes of `b`, in the others of `a`.
template <int step, class V> NEEDLE_INLINE V sums_of_pairs(V a, V b) {
    constexpr int count = scalar::LaneTraits<V>::count;
    scalar::Mask<V> own, other;
    for (int i = 0; i < count; ++i) {
        const int from = i & step ? count : 0;
        own[i] = from + i, other[i] = from + (i ^ step);
    }
    return __builtin_shuffle(a, b, own) + __builtin_shuffle(a, b, other);
}

// In lane i the sum of all lanes of sums[i].
template <class T, int step = 1> NEEDLE_INLINE Vector<T> sums_of_each(Vector<T> *sums) {
    constexpr int half = lanes<T> / 2 / step;
    for (int i = 0; i < half; ++i) sums[i] = sums_of_pairs<step>(sums[2 * i], sums[2 * i + 1]);
    if constexpr (half == 1) return sums[0];
    else return sums_of_each<T, 2 * step>(sums);
}

// Asks for the line of a row that is read next, where vectors are lines: keys and values take turns, and at the first
// line of each tile no processor knows that. What lies behind the last row is asked for in vain.
template <class T> NEEDLE_INLINE void fetch(const StridedMatrix<T> &next, int64_t row, int64_t column) {
    if constexpr (vector_bytes == 64) __builtin_prefetch(next.data + row * next.row + column);
}

// The products of one vector of `depth` numbers with `count` rows, and -infinity up to the next whole vector. As many
// rows of `next` are fetched where `fetches` says so.
template <bool fetches, class T>
void multiply_rows(const T *x, StridedMatrix<T> rows, int64_t count, int64_t depth, T *products,
                   [[maybe_unused]] const StridedMatrix<T> &next) {
    constexpr int W = lanes<T>, group = W < 4 ? W : 4;  // rows at a time, so that sums do not wait for each other
    for (int64_t first = 0; first < count; first += W) {
        Vector<T> sums[W] = {};
#pragma GCC unroll 4
        for (int r = 0; r < W; r += group) {
            const T *row[group];
            // Behind the last row that one again: its product is replaced below.
            for (int k = 0; k < group; ++k) row[k] = rows.data + min(first + r + k, count - 1) * rows.row;
            Vector<T> sum[group] = {};
            for_each_vector<T>(depth, [&](int64_t d, auto part) {
                const Vector<T> factor = part.load(x + d, T(0));
#pragma GCC unroll 4
                for (int k = 0; k < group; ++k) {
                    sum[k] += part.load(row[k] + d, T(0)) * factor;
                    if constexpr (fetches) fetch(next, first + r + k, d);
                }
            });
#pragma GCC unroll 4
            for (int k = 0; k < group; ++k) sums[r + k] = sum[k];
        }
        store(products + first, sums_of_each<T>(sums));
    }
    for (int64_t j = count; j % W != 0; ++j) products[j] = minus_infinity<T>;
}

// Rows of a tile and what each is multiplied by.
template <class T> struct WeightedRows {
    int64_t count;
    const T *row[tile_keys];
    T weight[tile_keys];

    // Without rows whose weight is 0 where some are hidden: be they NaN, they must not reach the sum.
    WeightedRows(StridedMatrix<T> rows, const T *weights, int64_t row_count, bool hides_some) : count(0) {
        for (int64_t j = 0; j < row_count; ++j) {
            row[count] = rows.data + j * rows.row;
            weight[count] = weights[j];
            count += !hides_some || weights[j] != T(0);
        }
    }

    // out = out * shrink + the sum of the rows, or only that sum where there is none before. As many rows of `next` are
    // fetched where `fetches` says so.
    template <bool fetches>
    void add_to(T *out, int64_t width, bool first, Vector<T> shrink, const StridedMatrix<T> &next) const {
        constexpr int W = lanes<T>;
        int64_t e = 0;
        for (; e + 4 * W <= width; e += 4 * W) add_columns<4, fetches>(out, e, first, shrink, Whole{}, next);
        for_each_vector<T>(
            width - e, [&](int64_t d, auto part) { add_columns<1, fetches>(out, e + d, first, shrink, part, next); });
    }

  private:
    // Some vectors of columns, in eight sums that do not wait for each other.
    template <int vectors, bool fetches, class Part>
    [[gnu::always_inline]] inline void add_columns(T *out, int64_t column, bool first, Vector<T> shrink, Part part,
                                                   [[maybe_unused]] const StridedMatrix<T> &next) const {
        constexpr int W = lanes<T>, chains = 8 / vectors;
        Vector<T> sums[chains][vectors] = {};
        auto add = [&](int chain, int64_t j) {
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                sums[chain][v] += part.load(row[j] + column + v * W, T(0)) * weight[j];
                if constexpr (fetches) fetch(next, j, column + v * W);
            }
        };
        int64_t j = 0;
        for (; j + chains <= count; j += chains)
#pragma GCC unroll 8
            for (int chain = 0; chain < chains; ++chain) add(chain, j + chain);
        for (; j < count; ++j) add(0, j);
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) {
            for (int half = chains / 2; half > 0; half /= 2)
                for (int chain = 0; chain < half; ++chain) sums[chain][v] += sums[chain + half][v];
            T *at = out + column + v * W;
            part.store(at, first ? sums[0][v] : part.load(at, T(0)) * shrink + sums[0][v]);
        }
    }
};

// The queries of one head, of which there are few_queries at the most, and their scores.
template <class T> struct FewQueries {
    const AttentionHead<T> &head;
    T *q;     // scaled
    T *room;  // for a tile of rows

    FewQueries(const AttentionHead<T> &head, void *memory) : head(head) {
        Scratch<T> scratch(memory);
        const int64_t whole_depth = to_whole_vectors<T>(head.depth);
        q = scratch.take(few_queries<T>, whole_depth);
        room = scratch.take(tile_keys, max(whole_depth, to_whole_vectors<T>(head.width)));
        load_rows(head.q, head.queries, head.depth, q);
        for (int64_t i = 0; i < head.queries * whole_depth; ++i) q[i] *= head.scale;
    }
    static int64_t scratch_elements(int64_t depth, int64_t width) {
        const int64_t whole_depth = to_whole_vectors<T>(depth);
        return Scratch<T>::elements(few_queries<T>, whole_depth) +
               Scratch<T>::elements(tile_keys, max(whole_depth, to_whole_vectors<T>(width)));
    }

    const T *q_of(int64_t query) const { return q + query * to_whole_vectors<T>(head.depth); }

    // The first ones, those that a query may attend to.
    int64_t keys_of(int64_t query) const { return head.causal ? min(head.keys, query + 1) : head.keys; }

    static StridedMatrix<T> rows_from(const StridedMatrix<T> &matrix, int64_t key) {
        return {matrix.data + key * matrix.row, matrix.row, matrix.column};
    }

    // Rows whose columns stand side by side: in place where they do so already, or copied.
    StridedMatrix<T> tile_of(const StridedMatrix<T> &matrix, int64_t key, int64_t keys, int64_t columns,
                             T *copy) const {
        const StridedMatrix<T> tile = rows_from(matrix, key);
        if (tile.column == 1) return tile;
        load_rows(tile, min(tile_keys, keys - key), columns, copy);
        return {copy, to_whole_vectors<T>(columns), 1};
    }

    // `values` are those that the scores will weigh.
    template <bool fetches>
    void score(int64_t query, const StridedMatrix<T> &k, int64_t key, int64_t count, T *scores,
               const StridedMatrix<T> &values) const {
        multiply_rows<fetches>(q_of(query), k, count, head.depth, scores, values);
        if (!head.mask) return;
        const int64_t at = query * head.mask_row + key * head.mask_column, step = head.mask_column;
        for (int64_t j = 0; j < count; ++j) {
            const T added = head.mask_is_bool
                                ? static_cast<const uint8_t *>(head.mask)[at + j * step] ? T(0) : minus_infinity<T>
                                : static_cast<const T *>(head.mask)[at + j * step];
            scores[j] = added == minus_infinity<T> ? added : scores[j] + added;  // a NaN is hidden, too
        }
    }

    void attend(const AttentionResult<T> &to) {
        // Sums lane by lane; peaks in every lane.
        Vector<T> peaks[few_queries<T>], sums[few_queries<T>] = {}, shrinks[few_queries<T>];
        T weights[few_queries<T>][tile_keys];
        for (Vector<T> &peak : peaks) peak = Vector<T>{} + minus_infinity<T>;
        const int64_t queries = head.queries, width = head.width, keys = keys_of(queries - 1);
        if (keys == 0) memset(to.out, 0, static_cast<size_t>(queries * width) * sizeof(T));
        for (int64_t key = 0; key < keys; key += tile_keys) {
            const StridedMatrix<T> k = tile_of(head.k, key, keys, head.depth, room);
            for (int64_t i = 0; i < queries; ++i) {
                const int64_t count = min(tile_keys, keys_of(i) - key);
                if (count <= 0) continue;
                score<true>(i, k, key, count, weights[i], rows_from(head.v, key));
                shrinks[i] = fold(weights[i], count, peaks[i], sums[i]);
            }
            const StridedMatrix<T> v = tile_of(head.v, key, keys, width, room);
            const StridedMatrix<T> next = rows_from(head.k, min(key + tile_keys, keys - 1));
            for (int64_t i = 0; i < queries; ++i) {
                const int64_t count = min(tile_keys, keys_of(i) - key);
                if (count <= 0) continue;
                WeightedRows<T>(v, weights[i], count, head.mask)
                    .template add_to<true>(to.out + i * width, width, key == 0, shrinks[i], next);
            }
        }
        for (int64_t i = 0; i < queries; ++i) {
            const Vector<T> sum = sum_of_lanes<T>(sums[i]);
            // A query that attends to nothing has a row of zeros.
            const Vector<T> factor = T(1) / (sum == T(0) ? Vector<T>{} + T(1) : sum);
            T *out = to.out + i * width;
            for (int64_t e = 0; e < width; ++e) out[e] *= factor[0];
            to.log_sums[i] = (finite_peak(peaks[i]) + scalar::log(sum))[0];
        }
    }

  private:
    // Turns scores into powers, and folds them into the peak and the sum; returns what sums before are multiplied by.
    static Vector<T> fold(T *scores, int64_t count, Vector<T> &peak, Vector<T> &sum) {
        const int64_t whole = to_whole_vectors<T>(count);
        const Vector<T> before = peak, highest = max_of_row<T>(scores, whole);
        peak = highest > before ? highest : before;
        const Vector<T> shift = finite_peak(peak), shrink = scalar::exp(before - shift);
        sum *= shrink;
        for (int64_t j = 0; j < whole; j += lanes<T>) {
            const Vector<T> power = scalar::exp(load(scores + j) - shift);
            sum += power;
            store(scores + j, power);
        }
        return shrink;
    }
};

}  // namespace
}  // namespace needle::cpu
