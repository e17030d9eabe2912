// The tile of sums for the weights of a row of taps that meet neighbouring inputs: whatever is loaded of an input
// serves all of them, so that loads do not bound the tile, though it is one vector wide; and at the edges taps that
// meet no output are left out, so that no zeros are copied or multiplied.
#pragma once
#include "cpu/kernels/convolution/sum_tile.h"
#include "cpu/kernels/vectors/sizes.h"

namespace needle::cpu {
namespace {

constexpr int shared_taps = 3;
// Rows of each tap: the registers hold their sums, an output for each tap and one input.
constexpr int most_shared_rows = vector_registers == 32 ? 8 : vector_bytes == 32 ? 4 : 3;

// The blocks of the tile are the taps, and the steps of its runs are inputs. Tap t of input i meets output i + lead -
// t, if there is one among `outputs`. Runs of B begin at the output that the first tap of the first input would meet.
template <class T> struct SharedTaps : SumTile<T> {
    int64_t lead, outputs;
};

template <class T, int rows> __attribute__((noinline)) void sum_shared(const SharedTaps<T> &tile) {
    Vector<T> sum[shared_taps * rows][1];
#pragma GCC unroll 24
    for (int i = 0; i < shared_taps * rows; ++i) sum[i][0] = Vector<T>{};
    const int64_t depth = tile.depth, a_step = tile.a_step, b_step = tile.b_step;
    // These inputs meet an output at every tap.
    const int64_t begin = clamp(shared_taps - 1 - tile.lead, 0, depth);
    const int64_t end = max(min(tile.outputs - tile.lead, depth), begin);
    for (const Run<T> *run = tile.runs, *last = run + tile.count; run != last; ++run) {
        const T *a = run->a + tile.a_first, *b = run->b + tile.b_first;
        for (int64_t i = 0;; ++i, a += a_step, b += b_step) {
            for (const int64_t stop = i == begin ? end : i; i < stop; ++i, a += a_step, b += b_step) {
                __builtin_prefetch(a + tile.a_ahead, 0, 2);
                __builtin_prefetch(b + tile.b_ahead, 0, 2);
                Vector<T> met[shared_taps];
#pragma GCC unroll 3
                for (int t = 0; t < shared_taps; ++t) met[t] = in_register<T>(load(b - t * b_step));
#pragma GCC unroll 8
                for (int r = 0; r < rows; ++r) {
                    const Vector<T> element = in_register<T>(a[r] - Vector<T>{});
#pragma GCC unroll 3
                    for (int t = 0; t < shared_taps; ++t) sum[t * rows + r][0] += element * met[t];
                }
            }
            if (i == depth) break;
#pragma GCC unroll 3
            for (int t = 0; t < shared_taps; ++t) {
                const int64_t output = i + tile.lead - t;
                if (output < 0 || output >= tile.outputs) continue;
                const Vector<T> met = load(b - t * b_step);
#pragma GCC unroll 8
                for (int r = 0; r < rows; ++r) sum[t * rows + r][0] += a[r] * met;
            }
        }
    }
    store_sums<T, rows, 1, shared_taps>(sum, tile);
}

// The tile with this many rows (2 to `most`) of each tap.
template <class T, int most> void sum_shared_of(int rows, const SharedTaps<T> &tile) {
    if constexpr (most > 2)
        if (rows < most) return sum_shared_of<T, most - 1>(rows, tile);
    sum_shared<T, most>(tile);
}

// Rows 0 to `length` of each tap, at least three, in tiles that are nearly equal.
template <class T> void sum_shared_rows(SharedTaps<T> &tile, int64_t length) {
    const int64_t parts = ceil_div(length, most_shared_rows);
    T *const out = tile.out;
    for (int64_t i = 0; i < parts; ++i) {
        const int64_t begin = length * i / parts, end = length * (i + 1) / parts;
        tile.a_first = begin;
        tile.out = out + begin * tile.out_row;
        sum_shared_of<T, most_shared_rows>(static_cast<int>(end - begin), tile);
    }
}

}  // namespace
}  // namespace needle::cpu
