// The innermost part of the matrix product: a tile of C, held in registers, takes in `depth` products of a column of A
// and a row of B.
#pragma once
#include "cpu/kernels/gemm/edge.h"
#include "cpu/kernels/vectors/isa.h"

namespace needle::cpu {
namespace {

// Tile sizes, (rows, vectors) by what fills the registers: accumulators, one row of B, one element of A. Where A is
// packed, many rows keep the traffic for B low; where A is read in place, few rows keep the number of streams low.
struct TileShape {
    int rows, vectors;
};
constexpr TileShape packed_tile = vector_bytes == 64       ? TileShape{14, 2}
                                  : vector_bytes == 32     ? TileShape{6, 2}
                                  : vector_registers == 32 ? TileShape{8, 2}
                                                           : TileShape{5, 2};
constexpr TileShape direct_tile = vector_bytes == 64 ? TileShape{6, 4} : packed_tile;
// Rows of the tiles of fewer vectors: where A is read in place, eight chains of multiply-adds keep two units of latency
// four busy even if there is one vector only.
constexpr int tile_rows(bool packed, int vectors) {
    return packed ? packed_tile.rows : vectors < direct_tile.vectors ? 8 : direct_tile.rows;
}

// A: element (row, p) at a[row * a_row + p * a_step]; packed panels have a_row = 1 and a_step = rows.
// B: row p at b + p * b_step. C: `columns` of the tile's columns from `skip` on are stored or, with `add`, added to.
template <class T> struct Tile {
    int64_t depth;
    const T *a;
    int64_t a_row, a_step;
    const T *b;
    int64_t b_step;
    T *c;
    int64_t c_row;
    int64_t skip, columns;
    bool add;
    const T *ahead;  // what a later tile will read: packed tiles fetch it into the second-level cache on the way
};
// Steps of the summed axis for each line of 64 bytes that is fetched ahead.
constexpr int64_t ahead_steps = 8;
template <class T> constexpr int64_t line = 64 / sizeof(T);
template <class T> constexpr int64_t elements_ahead(int64_t depth) { return depth / ahead_steps * line<T>; }

// Columns skip to columns of a tile that has been summed up.
template <class T>
__attribute__((noinline)) void store_part(const Vector<T> *sum, int rows, int vectors, const Tile<T> &tile) {
    constexpr int W = lanes<T>;
    for (int j = 0; j < vectors; ++j) {
        const int64_t first = tile.skip - j * W, last = tile.columns - j * W;
        if (first >= W || last <= 0) continue;
        const Some<T> some(first < 0 ? 0 : first, last < W ? last : W);
        T *c = tile.c + j * W;
        for (int i = 0; i < rows; ++i, c += tile.c_row) {
            const Vector<T> v = sum[i * vectors + j];
            some.store(c, tile.add ? v + some.load(c) : v);
        }
    }
}

template <class T, int rows, int vectors, bool packed>
__attribute__((noinline)) void multiply_tile(const Tile<T> &tile) {
    constexpr int W = lanes<T>;
    Vector<T> sum[rows][vectors];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < vectors; ++j) sum[i][j] = Vector<T>{};
    const T *a = tile.a, *b = tile.b;
    const int64_t a_row = packed ? 1 : tile.a_row, a_step = packed ? rows : tile.a_step, b_step = tile.b_step;
    auto step = [&]() __attribute__((always_inline)) {
        Vector<T> row[vectors];
#pragma GCC unroll 4
        for (int j = 0; j < vectors; ++j) row[j] = load(b + j * W);
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
            for (int j = 0; j < vectors; ++j) sum[i][j] += a[i * a_row] * row[j];
        a += a_step, b += b_step;
    };
    // C is fetched line by line while the products run: all at once, it would hold up A and B.
    const T *ahead = tile.ahead, *c_ahead = tile.c;
    const int64_t blocks = tile.depth / ahead_steps;
    for (int64_t block = 0; block < blocks; ++block) {
        if constexpr (packed) __builtin_prefetch(ahead + block * line<T>, 0, 2);
        if (block < rows) {
            __builtin_prefetch(c_ahead, 1);
            __builtin_prefetch(c_ahead + W * vectors - 1, 1);
            c_ahead += tile.c_row;
        }
        for (int p = 0; p < ahead_steps; ++p) step();
    }
    for (int64_t p = blocks * ahead_steps; p < tile.depth; ++p) step();
    if (tile.skip == 0 && tile.columns == W * vectors) {
#pragma GCC unroll 16
        for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
            for (int j = 0; j < vectors; ++j) {
                T *c = tile.c + i * tile.c_row + j * W;
                store(c, tile.add ? sum[i][j] + load(c) : sum[i][j]);
            }
        return;
    }
    // Through a copy, as a loop over the registers themselves would keep them in memory from the beginning.
    Vector<T> copy[rows * vectors];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < vectors; ++j) copy[i * vectors + j] = sum[i][j];
    store_part(copy, rows, vectors, tile);
}

// The tile with this many rows (1 to `most`) and vectors.
template <class T, bool packed, int vectors, int most> void multiply_rows(int rows, const Tile<T> &tile) {
    if constexpr (most > 1)
        if (rows < most) return multiply_rows<T, packed, vectors, most - 1>(rows, tile);
    multiply_tile<T, most, vectors, packed>(tile);
}
template <class T, bool packed, int most> void multiply_vectors(int rows, int vectors, const Tile<T> &tile) {
    if constexpr (most > 1)
        if (vectors < most) return multiply_vectors<T, packed, most - 1>(rows, vectors, tile);
    multiply_rows<T, packed, most, tile_rows(packed, most)>(rows, tile);
}
// rows at most tile_rows(packed, vectors).
template <class T, bool packed> void multiply(int rows, int vectors, const Tile<T> &tile) {
    multiply_vectors<T, packed, (packed ? packed_tile : direct_tile).vectors>(rows, vectors, tile);
}

}  // namespace
}  // namespace needle::cpu
