// Sums of products of vectors of channels, over the taps of a depthwise convolution, for some pixels of a row.
#pragma once
#include "cpu/kernels/convolution/patches.h"
#include "cpu/kernels/vectors/vectors.h"

namespace needle::cpu {
namespace {

// Rows of taps for pixels beside each other, and the strides.
template <class T> struct DepthwiseSums {
    static constexpr int most_rows = 16;
    // Where the first of a row of taps reads the first pixel, and its weight, of channel 0.
    struct TapRow {
        const T *from, *by;
    } rows[most_rows];
    int count;
    int64_t taps, tap, weight;  // how many in a row; from one to the next: of the input, of the weights
    int64_t pixel, down;        // from one pixel to the next; from one row of inputs to the next
    T *out;
    int64_t out_pixel, out_down;
    int new_rows;  // of inputs that the row of outputs below meets first
    uint32_t met;  // which of the inputs that the taps of a row share are there: a bit each
    Range channels;
    bool add;  // to what is there
};

// Left to itself the compiler computes the addresses of all pixels ahead of the loops, more than there are registers
// for.
NEEDLE_INLINE int64_t opaque(int64_t step) {
    asm volatile("" : "+r"(step));
    return step;
}

// Lines so far apart are not foreseen by the machine: what the row of outputs below reads first, and writes.
template <class T, int inputs, int pixels>
NEEDLE_INLINE void prefetch_below(const DepthwiseSums<T> &s, int64_t tap, int64_t channel) {
    const int64_t step = opaque(tap), out_step = opaque(s.out_pixel);
    for (int i = s.count > s.new_rows ? s.count - s.new_rows : 0; i < s.count; ++i) {
        const T *const next = s.rows[i].from + s.new_rows * s.down + channel;
#pragma GCC unroll 32
        for (int k = 0; k < inputs; ++k) __builtin_prefetch(next + k * step);
    }
    T *const out = s.out + s.out_down + channel;
#pragma GCC unroll 8
    for (int p = 0; p < pixels; ++p) __builtin_prefetch(out + p * out_step, 1);
}

// Pixels that are `stride` taps apart, so that taps share inputs: each is loaded once. `edge` says that up to half of
// the taps may lie beyond either edge. Nothing is added to what is there, since the last channels are computed twice.
template <class T, int pixels, int taps, int stride, bool edge>
NEEDLE_INLINE void sum_sharing(const DepthwiseSums<T> &s, int64_t channel) {
    constexpr int inputs = (pixels - 1) * stride + taps;
    Vector<T> sum[pixels] = {};
    T *const out = s.out + channel;
    prefetch_below<T, inputs, pixels>(s, s.tap, channel);
    for (auto row = s.rows, end = row + s.count; row != end; ++row) {
        const T *const from = row->from + channel, *const by = row->by + channel;
        const int64_t step = opaque(s.tap);
        Vector<T> weights[taps];
#pragma GCC unroll 8
        for (int j = 0; j < taps; ++j) weights[j] = load(by + j * s.weight);
#pragma GCC unroll 32
        for (int k = 0; k < inputs; ++k) {
            if (edge && (k < taps / 2 || k >= inputs - taps / 2) && (s.met >> k & 1) == 0) continue;
            const Vector<T> x = in_register<T>(load(from + k * step));
#pragma GCC unroll 8
            for (int j = 0; j < taps; ++j)
                if (k >= j && (k - j) % stride == 0 && (k - j) / stride < pixels)
                    sum[(k - j) / stride] += x * weights[j];
        }
    }
    const int64_t out_step = opaque(s.out_pixel);
#pragma GCC unroll 8
    for (int p = 0; p < pixels; ++p) store(out + p * out_step, sum[p]);
}

template <class T, int pixels, int taps, int stride, bool edge> void sum_sharing_channels(const DepthwiseSums<T> &s) {
    int64_t channel = s.channels.begin;
    for (; channel + lanes<T> <= s.channels.end; channel += lanes<T>)
        sum_sharing<T, pixels, taps, stride, edge>(s, channel);
    if (channel < s.channels.end) sum_sharing<T, pixels, taps, stride, edge>(s, s.channels.end - lanes<T>);
}

// Pixels at any distance, tap by tap.
template <class T, int pixels, int vectors, class Lanes>
NEEDLE_INLINE void sum_each(const DepthwiseSums<T> &s, int64_t channel, Lanes part) {
    constexpr int W = lanes<T>;
    Vector<T> sum[pixels][vectors] = {};
    T *const out = s.out + channel;
    if (s.add)
        for (int p = 0; p < pixels; ++p)
            for (int v = 0; v < vectors; ++v) sum[p][v] = part.load(out + p * s.out_pixel + v * W, T(0));
    if (pixels > 1) prefetch_below<T, pixels, pixels>(s, s.pixel, channel);
    for (auto row = s.rows, end = row + s.count; row != end; ++row) {
        const T *from = row->from + channel, *by = row->by + channel;
        const int64_t step = opaque(s.pixel);
        for (int64_t j = 0; j < s.taps; ++j, from += s.tap, by += s.weight)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                const Vector<T> weight = part.load(by + v * W, T(0));
#pragma GCC unroll 8
                for (int p = 0; p < pixels; ++p) sum[p][v] += part.load(from + p * step + v * W, T(0)) * weight;
            }
    }
#pragma GCC unroll 8
    for (int p = 0; p < pixels; ++p)
#pragma GCC unroll 4
        for (int v = 0; v < vectors; ++v) part.store(out + p * s.out_pixel + v * W, sum[p][v]);
}

template <class T, int pixels, int vectors> void sum_each_channels(const DepthwiseSums<T> &s) {
    constexpr int64_t block = vectors * lanes<T>;
    int64_t first = s.channels.begin;
    if (vectors > 1)
        for (; first + block <= s.channels.end; first += block) sum_each<T, pixels, vectors>(s, first, Whole{});
    for_each_vector<T>(s.channels.end - first,
                       [&](int64_t channel, auto part) { sum_each<T, pixels, 1>(s, first + channel, part); });
}

}  // namespace
}  // namespace needle::cpu
