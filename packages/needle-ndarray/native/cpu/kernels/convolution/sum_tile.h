// The innermost part of the convolutions: a tile of sums of products, held in registers, whose summed axis comes in
// runs that each begin at addresses of their own. So the taps of a kernel are summed in one go, and images are read
// where they lie: as in the matrix product's tile, element (row, step) of A meets row `step` of B.
#pragma once
#include "cpu/kernels/vectors/isa.h"
#include "cpu/kernels/vectors/types.h"

namespace needle::cpu {
namespace {

template <class T> struct Run {
    const T *a, *b;
};

// A: element (row, p) of a run at a[row * a_row + p * a_step]; B: row p at b + p * b_step. The first `columns` columns
// of the tile are stored or, with `add`, added to. With several blocks there are as many rows again, a_block and
// out_block further on.
template <class T> struct SumTile {
    const Run<T> *runs;
    int64_t count, depth;
    int64_t a_row, a_step, b_step;
    int64_t a_first, b_first;  // added to the addresses of each run
    T *out;
    int64_t out_row, columns;
    bool add;
    int64_t blocks = 1, a_block = 0, out_block = 0;
    int64_t a_ahead = 0, b_ahead = 0;  // how far on lies what later tiles read; nothing is fetched where that is 0
};

constexpr int most_vectors = 2;
// Rows of a tile that is so many vectors wide: what hides the latency of additions, and fits the registers. Where the
// rows of A are adjacent, their addresses need none.
constexpr int most_rows(int vectors, bool adjacent = false) {
    if (adjacent && vector_registers == 32) return vectors == 1 ? 24 : 8;
    return vectors == 1 ? 12 : vector_registers == 32 ? 8 : vector_bytes == 32 ? 6 : 5;
}

// Rows of each of two blocks, which are for tiles that would be so low that loads bound them; none where the registers
// do not hold more rows than that.
constexpr int most_paired_rows = vector_registers == 32 ? 8 : 0;

constexpr int most_runs = 64;  // that are gathered for a tile

// A panel is as many columns as a tile has; the last may be a single vector.
template <class T> constexpr int64_t panel_width = most_vectors * lanes<T>;
template <class T> int64_t panel_count(int64_t columns) { return (columns + panel_width<T> - 1) / panel_width<T>; }
template <class T> int panel_vectors(int64_t columns, int64_t panel) {
    return columns - panel * panel_width<T> <= lanes<T> ? 1 : most_vectors;
}

template <class T, int rows, int vectors, int blocks>
NEEDLE_INLINE void store_sums(const Vector<T> (&sum)[blocks * rows][vectors], const SumTile<T> &tile) {
    constexpr int W = lanes<T>;
    if (tile.columns == W * vectors) {
#pragma GCC unroll 24
        for (int i = 0; i < blocks * rows; ++i)
#pragma GCC unroll 4
            for (int j = 0; j < vectors; ++j) {
                T *out = tile.out + i / rows * tile.out_block + i % rows * tile.out_row + j * W;
                store(out, tile.add ? sum[i][j] + load(out) : sum[i][j]);
            }
        return;
    }
    // Through a copy, as a loop over the registers themselves would keep them in memory.
    Vector<T> copy[blocks * rows * vectors];
#pragma GCC unroll 24
    for (int i = 0; i < blocks * rows; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < vectors; ++j) copy[i * vectors + j] = sum[i][j];
    const T *flat = reinterpret_cast<const T *>(copy);
    for (int i = 0; i < blocks * rows; ++i)
        for (int64_t j = 0; j < tile.columns; ++j) {
            T *out = tile.out + i / rows * tile.out_block + i % rows * tile.out_row + j;
            *out = flat[i * W * vectors + j] + (tile.add ? *out : T(0));
        }
}

template <class T, int rows, int vectors, int blocks, bool adjacent>
__attribute__((noinline)) void sum_tile(const SumTile<T> &tile) {
    constexpr int W = lanes<T>;
    Vector<T> sum[blocks * rows][vectors];
#pragma GCC unroll 24
    for (int i = 0; i < blocks * rows; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < vectors; ++j) sum[i][j] = Vector<T>{};
    // Row i is (an odd number) << k rows away. Addresses have such a shift for free, so the odd multiples are all that
    // needs registers; the compiler is kept from adding up a pointer for each row instead.
    int64_t odd[(rows + 1) / 2];
#pragma GCC unroll 8
    for (int i = 0; i < (rows + 1) / 2 && !adjacent; ++i) {
        odd[i] = (2 * i + 1) * tile.a_row * static_cast<int64_t>(sizeof(T));
        asm("" : "+r"(odd[i]));
    }
    const int64_t depth = tile.depth, a_step = tile.a_step, b_step = tile.b_step;
    for (const Run<T> *run = tile.runs, *end = run + tile.count; run != end; ++run) {
        const T *a[blocks], *b = run->b + tile.b_first;
#pragma GCC unroll 3
        for (int k = 0; k < blocks; ++k) a[k] = run->a + tile.a_first + k * tile.a_block;
        for (int64_t p = 0; p < depth; ++p) {
            Vector<T> row[vectors];
#pragma GCC unroll 4
            for (int j = 0; j < vectors; ++j) row[j] = load(b + j * W);
#pragma GCC unroll 24
            for (int i = 0; i < blocks * rows; ++i) {
                const int r = i % rows, shift = r == 0 ? 0 : __builtin_ctz(static_cast<unsigned>(r));
                const int64_t offset = adjacent ? r * static_cast<int64_t>(sizeof(T))
                                       : r == 0 ? 0
                                                : odd[(r >> shift) / 2] * (1 << shift);
                const T element = *reinterpret_cast<const T *>(reinterpret_cast<const char *>(a[i / rows]) + offset);
#pragma GCC unroll 4
                for (int j = 0; j < vectors; ++j) sum[i][j] += element * row[j];
            }
#pragma GCC unroll 3
            for (int k = 0; k < blocks; ++k) a[k] += a_step;
            b += b_step;
        }
    }
    store_sums<T, rows, vectors, blocks>(sum, tile);
}

// The tile with this many rows (1 to `most`).
template <class T, int vectors, int most, int blocks, bool adjacent>
void sum_tile_of(int rows, const SumTile<T> &tile) {
    if constexpr (most > 1)
        if (rows < most) return sum_tile_of<T, vectors, most - 1, blocks, adjacent>(rows, tile);
    sum_tile<T, most, vectors, blocks, adjacent>(tile);
}

// Rows 0 to `length` of the sums, in tiles that are nearly equal, so that none is a sliver.
template <class T, bool adjacent> void sum_rows(SumTile<T> &tile, int vectors, int64_t length) {
    const int64_t most = most_rows(vectors, adjacent), parts = (length + most - 1) / most;
    T *const out = tile.out;
    for (int64_t i = 0; i < parts; ++i) {
        const int64_t begin = length * i / parts, end = length * (i + 1) / parts;
        tile.a_first = begin * tile.a_row;
        tile.out = out + begin * tile.out_row;
        const int rows = static_cast<int>(end - begin);
        if (vectors == 1) sum_tile_of<T, 1, most_rows(1, adjacent), 1, adjacent>(rows, tile);
        else sum_tile_of<T, 2, most_rows(2, adjacent), 1, adjacent>(rows, tile);
    }
}

// Rows of both blocks of a tile.
template <class T> void sum_pair(SumTile<T> &tile, int64_t length) {
    tile.a_first = 0;
    if constexpr (most_paired_rows > 0) sum_tile_of<T, 1, most_paired_rows, 2, false>(static_cast<int>(length), tile);
}

// The 3 or 6 adjacent rows of each of three blocks, for which the registers hold so many sums.
constexpr int most_joined_sums = vector_registers == 32 ? 18 : 9;
template <class T> void sum_three(SumTile<T> &tile, int vectors, int64_t rows) {
    tile.a_first = 0;
    if constexpr (most_joined_sums == 18) {
        if (vectors == 2) return sum_tile<T, 3, 2, 3, true>(tile);
        if (rows == 6) return sum_tile<T, 6, 1, 3, true>(tile);
    }
    sum_tile<T, 3, 1, 3, true>(tile);
}

}  // namespace
}  // namespace needle::cpu
