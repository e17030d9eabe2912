// Convolutions in which each channel is a group of its own: no matrix product, but sums of products of vectors of
// channels. They are bound by loads, so that a few neighbouring pixels share those of the weights.
#pragma once
#include "cpu/kernels/channels.h"
#include "cpu/kernels/correlation.h"

namespace needle::cpu {
namespace {

constexpr int64_t depthwise_products = 1 << 17;  // in one task, about
constexpr int64_t depthwise_pixels = 8;          // that share a load of the weights

template <class T> class Depthwise {
  public:
    Depthwise(const Correlation<T> &c, const WeightsView<T> &weights) : c(c), weights(weights) {}

    static int64_t row_tasks(const Correlation<T> &c) {
        const int64_t work = max(c.columns * c.taps() * c.groups, 1);
        return min(c.images * c.rows, ceil_div(c.images * c.rows * work, depthwise_products));
    }

    void run(int64_t tasks, int64_t task) const {
        const Range rows = part(c.images * c.rows, tasks, task);
        for (int64_t row = rows.begin; row < rows.end; ++row) sum_row(row / c.rows, row % c.rows);
    }

  private:
    bool inside(int64_t column) const {
        return c.across.at(column, 0) >= 0 && c.across.at(column, c.across.count - 1) < c.width;
    }

    void sum_row(int64_t image, int64_t row) const {
        for (int64_t column = 0; column < c.columns;) {
            const int64_t last = column + depthwise_pixels - 1;
            if (c.across.count > 0 && last < c.columns && inside(column) && inside(last)) {
                sum_pixels<depthwise_pixels>(image, row, column);
                column += depthwise_pixels;
            } else {
                sum_pixels<1>(image, row, column++);
            }
        }
    }

    template <int pixels> void sum_pixels(int64_t image, int64_t row, int64_t column) const {
        const T *in = c.in.data + image * c.in.image;
        T *out = c.out + image * c.out_image + row * c.out_row + column * c.out_column;
        const int64_t step = c.across.step * c.in.column;
        for_channels<T>(0, c.groups, [&](int64_t channel, auto type) {
            using V = decltype(type);
            V sum[pixels] = {};
            for (int64_t i = 0; i < c.down.count; ++i) {
                const int64_t h = c.down.at(row, i);
                if (h < 0 || h >= c.height) continue;
                for (int64_t j = 0; j < c.across.count; ++j) {
                    const int64_t w = c.across.at(column, j);
                    if (pixels == 1 && (w < 0 || w >= c.width)) continue;
                    const V weight = load_as<V>(weights.data + i * weights.down + j * weights.across + channel);
                    const T *from = in + h * c.in.row + w * c.in.column + channel;
#pragma GCC unroll 8
                    for (int p = 0; p < pixels; ++p) sum[p] += load_as<V>(from + p * step) * weight;
                }
            }
#pragma GCC unroll 8
            for (int p = 0; p < pixels; ++p) store_as(out + p * c.out_column + channel, sum[p]);
        });
    }

    const Correlation<T> &c;
    const WeightsView<T> &weights;
};

// The gradient of the weights of one row of taps, for some of the channels. Rows of pixels, which stay in the
// first-level cache for all taps, are summed by themselves, so that errors do not grow with the number of all pixels.
template <class T>
void depthwise_weights(const ConvolutionSizes &s, const ImagesView<const T> &grad, const ImagesView<const T> &x, T *out,
                       int64_t down, Range channels) {
    out += down * s.kernel[1] * s.groups;
    for (int64_t across = 0; across < s.kernel[1]; ++across)
        for (int64_t c = channels.begin; c < channels.end; ++c) out[across * s.groups + c] = 0;
    const int64_t step = s.stride[1] * x.column;
    for (int64_t row = 0; row < s.images * s.out[0]; ++row) {
        const int64_t image = row / s.out[0], r = row % s.out[0];
        const int64_t h = r * s.stride[0] - s.padding[0] + down * s.dilation[0];
        if (h < 0 || h >= s.in[0]) continue;
        for (int64_t across = 0; across < s.kernel[1]; ++across) {
            // The columns of outputs that meet the image at this tap.
            const int64_t shift = s.padding[1] - across * s.dilation[1], reach = s.in[1] - 1 + shift;
            const int64_t begin = min(shift > 0 ? ceil_div(shift, s.stride[1]) : 0, s.out[1]);
            const int64_t end = max(reach < 0 ? 0 : min(reach / s.stride[1] + 1, s.out[1]), begin);
            const T *in = x.data + image * x.image + h * x.row + (begin * s.stride[1] - shift) * x.column;
            const T *of = grad.data + image * grad.image + r * grad.row + begin * grad.column;
            for_channels<T>(channels.begin, channels.end, [&](int64_t channel, auto type) {
                using V = decltype(type);
                constexpr int parts = 4;  // additions that do not wait for each other
                const T *a = in + channel, *b = of + channel;
                V sum[parts] = {};
                int64_t i = begin;
                for (; i + parts <= end; i += parts, a += parts * step, b += parts * grad.column)
#pragma GCC unroll 4
                    for (int p = 0; p < parts; ++p)
                        sum[p] += load_as<V>(a + p * step) * load_as<V>(b + p * grad.column);
                for (; i < end; ++i, a += step, b += grad.column) sum[0] += load_as<V>(a) * load_as<V>(b);
                T *to = out + across * s.groups + channel;
                store_as(to, static_cast<V>(load_as<V>(to) + ((sum[0] + sum[1]) + (sum[2] + sum[3]))));
            });
        }
    }
}

}  // namespace
}  // namespace needle::cpu
