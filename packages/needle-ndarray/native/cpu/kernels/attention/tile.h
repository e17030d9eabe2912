// What attention and its gradient share: tiles of scores of some keys (rows) for a block of queries (lanes), so that
// maxima and sums over keys go from vector to vector and no vector is ever folded.
#pragma once
#include "cpu/attention.h"
#include "cpu/kernels.h"
#include "cpu/kernels/gemm/pack.h"
#include "cpu/kernels/vectors/sizes.h"
#include "scalar/exponential.h"

namespace needle::cpu {

extern const GemmKernels NEEDLE_CAT(gemm_, NEEDLE_ISA);

namespace {

// Elements from one row of a tile to the next: the queries of a block.
template <class T> constexpr int64_t block_queries = attention_block<T>;
// Keys of a tile: with as many rows of q, k and v it stays in the first-level cache.
constexpr int64_t tile_keys = 64;

template <class T> constexpr T minus_infinity = -scalar::Float<T>::infinity;

// C = A B, or C += A B, of matrices in cache: A (m, k) is read through any strides, B (k, n) has b_row numbers from one
// row to the next, of which whole vectors are read, and C c_row of which n are written.
template <class T>
inline void multiply_in_cache(int64_t m, int64_t n, int64_t k, StridedMatrix<T> a, const T *b, int64_t b_row, T *c,
                              int64_t c_row, bool add) {
    const GemmArgs<T> args{m, n, k, a.data, a.row, a.column, b, b_row, 1, c, c_row};
    const GemmKernels &gemm = NEEDLE_CAT(gemm_, NEEDLE_ISA);
    if constexpr (sizeof(T) == sizeof(float)) gemm.gemm_f32_in_cache(args, add);
    else gemm.gemm_f64_in_cache(args, add);
}

template <class T> constexpr int64_t to_whole_vectors(int64_t n) { return ceil_div(n, lanes<T>) * lanes<T>; }

// Hands out parts of the scratch memory, each with room for the vector that packing may write behind it.
template <class T> class Scratch {
  public:
    explicit Scratch(void *memory) : next(static_cast<T *>(memory)) {}
    T *take(int64_t rows, int64_t columns) {
        T *part = next;
        next += elements(rows, columns);
        return part;
    }
    static int64_t elements(int64_t rows, int64_t columns) { return to_whole_vectors<T>(rows * columns) + lanes<T>; }

  private:
    T *next;
};

// A block of rows as columns: out[d * block_queries + i] = rows[i, d] * scale, and zeros in the lanes from `count` on.
template <class T> void load_as_lanes(StridedMatrix<T> rows, int64_t count, int64_t depth, T scale, T *out) {
    const Panel<T> panel{0, count, block_queries<T>, out};
    pack(Source<T>{rows.data, rows.row, rows.column, depth}, &panel, 1);
    if (scale == 1) return;
    for (int64_t i = 0; i < depth * block_queries<T>; i += lanes<T>) store(out + i, load(out + i) * scale);
}

// Rows side by side, filled up with zeros to whole vectors.
template <class T> void load_rows(StridedMatrix<T> rows, int64_t count, int64_t columns, T *out) {
    const Panel<T> panel{0, columns, to_whole_vectors<T>(columns), out};
    pack(Source<T>{rows.data, rows.column, rows.row, count}, &panel, 1);
}

// Lanes back to rows: out[i * columns + d] = in[d * block_queries + i]. `room` holds a block of rows of whole vectors.
template <class T> void store_lanes(const T *in, int64_t count, int64_t columns, T *room, T *out) {
    if (columns == 0) return;  // packing would write a vector even so
    const int64_t stride = to_whole_vectors<T>(columns);
    const Panel<T> panel{0, columns, stride, stride == columns ? out : room};
    pack(Source<T>{in, block_queries<T>, 1, count}, &panel, 1);
    if (stride == columns) return;
    for (int64_t i = 0; i < count; ++i)
        memcpy(out + i * columns, room + i * stride, static_cast<size_t>(columns) * sizeof(T));
}

// One block of queries of a head.
template <class T> struct QueryBlock {
    const AttentionHead<T> &head;
    const int64_t first, count;
    const int64_t vectors;  // that hold these queries
    const int64_t keys;     // the first ones, those that a query of the block may attend to

    QueryBlock(const AttentionHead<T> &head, int64_t block)
        : head(head), first(block * block_queries<T>), count(min(block_queries<T>, head.queries - first)),
          vectors(ceil_div(count, lanes<T>)), keys(head.causal ? min(head.keys, first + count) : head.keys) {}

    StridedMatrix<T> rows_of(const StridedMatrix<T> &matrix) const {
        return {matrix.data + first * matrix.row, matrix.row, matrix.column};
    }
    StridedMatrix<T> keys_of(const StridedMatrix<T> &matrix, int64_t key) const {
        return {matrix.data + key * matrix.row, matrix.row, matrix.column};
    }
    StridedMatrix<T> transposed_keys_of(const StridedMatrix<T> &matrix, int64_t key) const {
        return {matrix.data + key * matrix.row, matrix.column, matrix.row};
    }

    // Whether one of these keys may be hidden from one of the queries.
    bool hides_some(int64_t key, int64_t key_count) const {
        return head.mask || (head.causal && key + key_count - 1 > first);
    }

    // scores[j * block_queries + i] of keys key + j and queries first + i, from the scaled queries as lanes; -infinity
    // where the query may not attend. `room` holds two tiles.
    void score(int64_t key, int64_t key_count, const T *q_lanes, T *room, T *scores) const {
        multiply_in_cache(key_count, vectors * lanes<T>, head.depth, keys_of(head.k, key), q_lanes, block_queries<T>,
                          scores, block_queries<T>, false);
        if (head.mask) add_mask(key, key_count, room, scores);
        if (head.causal && key + key_count - 1 > first) hide_later_keys(key, key_count, scores);
    }

  private:
    void add_mask(int64_t key, int64_t key_count, T *room, T *scores) const {
        T *lanes_of_mask = room + Scratch<T>::elements(tile_keys, block_queries<T>);
        const int64_t at = first * head.mask_row + key * head.mask_column;
        StridedMatrix<T> mask{static_cast<const T *>(head.mask) + at, head.mask_row, head.mask_column};
        if (head.mask_is_bool) {
            const auto *from = static_cast<const uint8_t *>(head.mask) + at;
            const int64_t rows = head.mask_row == 0 ? 1 : count;
            for (int64_t i = 0; i < rows; ++i)
                for (int64_t j = 0; j < key_count; ++j)
                    room[i * tile_keys + j] = from[i * head.mask_row + j * head.mask_column] ? 0 : minus_infinity<T>;
            mask = {room, head.mask_row == 0 ? 0 : tile_keys, 1};
        }
        load_as_lanes(mask, count, key_count, T(1), lanes_of_mask);
        for (int64_t i = 0; i < key_count * block_queries<T>; i += lanes<T>) {
            const Vector<T> added = load(lanes_of_mask + i);
            store(scores + i, added == minus_infinity<T> ? added : load(scores + i) + added);  // a NaN is hidden, too
        }
    }

    void hide_later_keys(int64_t key, int64_t key_count, T *scores) const {
        constexpr int W = lanes<T>;
        Vector<T> lane;
        for (int i = 0; i < W; ++i) lane[i] = static_cast<T>(i);
        for (int64_t j = max(0, first + 1 - key); j < key_count; ++j)
            for (int64_t v = 0; v < vectors; ++v) {
                T *at = scores + j * block_queries<T> + v * W;
                const T hidden = static_cast<T>(key + j - first - v * W);  // lanes before this one
                store(at, lane < hidden ? Vector<T>{} + minus_infinity<T> : load(at));
            }
    }
};

// In place of the scores their probabilities, and in place of dP the gradient of the scores. What is hidden gets zeros,
// be the rest of it NaN.
template <bool hides_some, class T>
inline void differentiate(Vector<T> log_sum, Vector<T> delta, T *scores, T *d_scores) {
    const Vector<T> score = load(scores);
    Vector<T> probability = scalar::exp(score - log_sum), d_score = probability * (load(d_scores) - delta);
    if constexpr (hides_some) {
        const auto hidden = score == minus_infinity<T>;
        probability = hidden ? Vector<T>{} : probability;
        d_score = hidden ? Vector<T>{} : d_score;
    }
    store(scores, probability);
    store(d_scores, d_score);
}

}  // namespace
}  // namespace needle::cpu
