// Convolutions in which each channel is a group of its own: no matrix product, but sums of products of vectors of
// channels. They are bound by loads, so that a few neighbouring pixels share those of the weights.
#pragma once
#include "cpu/kernels/convolution/correlation.h"
#include "cpu/kernels/vectors/channels.h"

namespace needle::cpu {
namespace {

constexpr int64_t depthwise_products = 1 << 17;  // in one task, about
constexpr int depthwise_pixels = 8;              // that share a load of the weights
constexpr int depthwise_vectors = 4;             // of a pixel at the edge, whose sums do not wait for each other

template <class T> class Depthwise {
  public:
    Depthwise(const Correlation<T> &c, const WeightsView<T> &weights) : c(c), weights(weights) {
        if (c.across.count == 0) return;
        const int64_t reach = c.width - 1 - c.across.at(0, c.across.count - 1);
        inside.begin = c.across.first < 0 ? ceil_div(-c.across.first, c.across.step) : 0;
        inside.end = max(reach < 0 ? 0 : min(reach / c.across.step + 1, c.columns), inside.begin);
        if (inside.size() < depthwise_pixels) inside = {0, 0};
    }

    static int64_t row_tasks(const Correlation<T> &c) {
        const int64_t work = max(c.columns * c.taps() * c.groups, 1);
        return min(c.images * c.rows, ceil_div(c.images * c.rows * work, depthwise_products));
    }

    void run(int64_t tasks, int64_t task) const {
        const Range rows = part(c.images * c.rows, tasks, task);
        for (int64_t row = rows.begin; row < rows.end; ++row) sum_row(row / c.rows, row % c.rows);
    }

  private:
    // Where a tap reads the first pixel and its weights, of channel 0.
    struct Tap {
        const T *from, *by;
    };

    void sum_row(int64_t image, int64_t row) const {
        for (int64_t column = 0; column < inside.begin; ++column) sum_pixels<1>(image, row, column);
        // The last ones are computed twice rather than one by one.
        for (int64_t column = inside.begin; column < inside.end; column += depthwise_pixels)
            sum_pixels<depthwise_pixels>(image, row, min(column, inside.end - depthwise_pixels));
        for (int64_t column = inside.end; column < c.columns; ++column) sum_pixels<1>(image, row, column);
    }

    template <int pixels> void sum_pixels(int64_t image, int64_t row, int64_t column) const {
        constexpr int most_taps = 64;
        Tap taps[most_taps];
        int count = 0;
        bool add = false;
        T *out = c.out + image * c.out_image + row * c.out_row + column * c.out_column;
        for (int64_t i = 0; i < c.down.count; ++i)
            for (int64_t j = 0; j < c.across.count; ++j) {
                const int64_t h = c.down.at(row, i), w = c.across.at(column, j);
                if (h < 0 || h >= c.height || w < 0 || w >= c.width) continue;
                taps[count++] = {c.in.data + image * c.in.image + h * c.in.row + w * c.in.column,
                                 weights.data + i * weights.down + j * weights.across};
                if (count < most_taps) continue;
                sum_channels<pixels>(taps, count, add, out);
                count = 0;
                add = true;
            }
        if (count > 0 || !add) sum_channels<pixels>(taps, count, add, out);
    }

    template <int pixels> void sum_channels(const Tap *taps, int count, bool add, T *out) const {
        constexpr int64_t block = depthwise_vectors * lanes<T>;
        int64_t first = 0;
        if constexpr (pixels == 1)
            for (; first + block <= c.groups; first += block)
                sum_taps<1, depthwise_vectors, Vector<T>>(taps, count, add, first, out);
        for_channels<T>(first, c.groups, [&](int64_t channel, auto type) {
            sum_taps<pixels, 1, decltype(type)>(taps, count, add, channel, out);
        });
    }

    template <int pixels, int vectors, class V>
    void sum_taps(const Tap *taps, int count, bool add, int64_t channel, T *out) const {
        constexpr int W = Lanes<V>::count;
        const int64_t step = c.across.step * c.in.column;
        V sum[pixels][vectors] = {};
        out += channel;
        if (add)
            for (int p = 0; p < pixels; ++p)
                for (int v = 0; v < vectors; ++v) sum[p][v] = load_as<V>(out + p * c.out_column + v * W);
        if (pixels > 1 && count > 0) {
            // Lines so far apart are not foreseen by the machine: those that the next pixels read first, and write.
            const T *const ahead = taps[count - 1].from + channel + pixels * step;
            T *const out_ahead = out + pixels * c.out_column;
#pragma GCC unroll 8
            for (int p = 0; p < pixels; ++p) {
                __builtin_prefetch(ahead + p * step);
                __builtin_prefetch(out_ahead + p * c.out_column, 1);
            }
        }
        for (const Tap *tap = taps, *end = taps + count; tap != end; ++tap) {
            const T *from = tap->from + channel, *by = tap->by + channel;
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) {
                const V weight = load_as<V>(by + v * W);
#pragma GCC unroll 8
                for (int p = 0; p < pixels; ++p) sum[p][v] += load_as<V>(from + p * step + v * W) * weight;
            }
        }
#pragma GCC unroll 8
        for (int p = 0; p < pixels; ++p)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) store_as(out + p * c.out_column + v * W, sum[p][v]);
    }

    const Correlation<T> &c;
    const WeightsView<T> &weights;
    Range inside{0, 0};  // the columns of outputs whose taps all meet the image, if they are enough
};

}  // namespace
}  // namespace needle::cpu
