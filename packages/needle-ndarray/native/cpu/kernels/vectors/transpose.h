// A blocked transpose: square tiles go through registers, so that both sides are read and written in whole vectors.
#pragma once
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/loops.h"
#include "cpu/kernels/vectors/streaming.h"

namespace needle::cpu {
namespace {

// Bytes in a tile's row. A full cache line keeps reads and writes whole; bytes and pairs of bytes would need more
// registers than there are.
template <class T> constexpr int tile_bytes = sizeof(T) >= 4 ? vector_bytes : 16;

template <class T> struct TileRow {
    static constexpr int count = tile_bytes<T> / int(sizeof(T));
    typedef T type __attribute__((vector_size(tile_bytes<T>)));
};

template <class V> constexpr int half_of = sizeof(V) / sizeof(V{}[0]) / 2;

// a0 b0 a1 b1 ... from the first halves of a and b (first = 0) or from the second halves (first = count / 2).
template <int first, class V> inline V interleave(V a, V b) {
    decltype(a < b) mask{};
    constexpr int count = sizeof(V) / sizeof(mask[0]);
    for (int i = 0; i < count; ++i) mask[i] = i % 2 * count + first + i / 2;
    return __builtin_shuffle(a, b, mask);
}

// Interleaving row k with row k + count / 2 turns the bits of (row, column) by one place; log2(count) times, the
// elements stand column by column. Of a square that is the transpose.
template <int count, class Row> inline void interleave_rows(Row *rows) {
    Row turned[count];
#pragma GCC unroll 8
    for (int step = 1; step < count; step *= 2) {
#pragma GCC unroll 16
        for (int i = 0; i < count / 2; ++i) {
            turned[2 * i] = interleave<0>(rows[i], rows[i + count / 2]);
            turned[2 * i + 1] = interleave<half_of<Row>>(rows[i], rows[i + count / 2]);
        }
#pragma GCC unroll 16
        for (int i = 0; i < count; ++i) rows[i] = turned[i];
    }
}

template <class T> inline void transpose_tile(const T *in, int64_t in_stride, T *out, int64_t out_stride) {
    using Row = typename TileRow<T>::type;
    constexpr int count = TileRow<T>::count;
    Row rows[count];
#pragma GCC unroll 16
    for (int i = 0; i < count; ++i) __builtin_memcpy(&rows[i], in + i * in_stride, sizeof(Row));
    interleave_rows<count>(rows);
#pragma GCC unroll 16
    for (int i = 0; i < count; ++i) __builtin_memcpy(out + i * out_stride, &rows[i], sizeof(Row));
}

// As many tiles, one below the other, as make whole lines of the output, which are streamed.
template <class T> constexpr int tiles_of_line = line_bytes / tile_bytes<T>;
template <class T> inline void stream_tiles(const T *in, int64_t in_stride, T *out, int64_t out_stride) {
    using Row = typename TileRow<T>::type;
    constexpr int count = TileRow<T>::count, tiles = tiles_of_line<T>;
    Row rows[tiles][count];
    for (int tile = 0; tile < tiles; ++tile) {
#pragma GCC unroll 16
        for (int i = 0; i < count; ++i)
            __builtin_memcpy(&rows[tile][i], in + (tile * count + i) * in_stride, sizeof(Row));
        interleave_rows<count>(rows[tile]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < count; ++i)
        for (int tile = 0; tile < tiles; ++tile) stream(out + i * out_stride + tile * count, rows[tile][i]);
}

template <class T>
inline void transpose_edge(const T *in, int64_t in_stride, T *out, int64_t out_stride, int64_t rows, int64_t columns) {
    for (int64_t j = 0; j < columns; ++j)
        for (int64_t i = 0; i < rows; ++i) {
            keep_scalar();
            out[j * out_stride + i] = in[i * in_stride + j];
        }
}

template <class T>
void transpose(const void *in_, int64_t in_stride, void *out_, int64_t out_stride, int64_t rows, int64_t columns,
               bool streams) {
    auto in = static_cast<const T *>(in_);
    auto out = static_cast<T *>(out_);
    constexpr int count = TileRow<T>::count;
    constexpr int64_t band = 64;  // rows whose pages stay in the address cache while their columns are walked
    constexpr int64_t ahead = 2 * line_bytes / sizeof(T);
    streams = streams && is_line(out) && out_stride * sizeof(T) % line_bytes == 0;
    const int64_t step = streams ? count * tiles_of_line<T> : count;
    const int64_t whole_rows = rows / step * step, whole_columns = columns / count * count;
    for (int64_t start = 0; start < whole_rows; start += band) {
        const int64_t end = start + band < whole_rows ? start + band : whole_rows;
        for (int64_t j = 0; j < whole_columns; j += count)
            for (int64_t i = start; i < end; i += step) {
                const T *from = in + i * in_stride + j;
                T *to = out + j * out_stride + i;
                // The rows lie too far from each other for the machine to see where they go.
                if (j * sizeof(T) % line_bytes == 0)
                    for (int64_t k = 0; k < step; ++k) __builtin_prefetch(from + k * in_stride + ahead, 0, 2);
                if (streams) stream_tiles(from, in_stride, to, out_stride);
                else transpose_tile(from, in_stride, to, out_stride);
            }
    }
    if (streams) finish_streams();
    transpose_edge(in + whole_rows * in_stride, in_stride, out + whole_rows, out_stride, rows - whole_rows,
                   whole_columns);
    transpose_edge(in + whole_columns, in_stride, out + whole_columns * out_stride, out_stride, rows,
                   columns - whole_columns);
}

}  // namespace
}  // namespace needle::cpu
