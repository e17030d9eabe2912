// Convolutions in which each channel is a group of its own: no matrix product, but sums of products of vectors of
// channels. They are bound by loads, so that a few neighbouring pixels share those of the weights and, in the common
// kernels, the taps of a row share those of the inputs.
#pragma once
#include "cpu/kernels/convolution/correlation.h"
#include "cpu/kernels/convolution/depthwise_sums.h"

namespace needle::cpu {
namespace {

constexpr int64_t depthwise_least = 1 << 17, depthwise_most = 1 << 20;  // products in one task, about
constexpr int depthwise_pixels = 8;                                     // beside each other that are summed together
constexpr int depthwise_vectors = 4;  // of a single pixel, whose sums do not wait for each other

// Channels that are summed together, about: three rows of inputs of a strip stay in the nearest cache.
template <class T> constexpr int64_t depthwise_channels = 512 / sizeof(T);

template <class T> class Depthwise {
  public:
    Depthwise(const Correlation<T> &c, const WeightsView<T> &weights) : c(c), weights(weights) {
        if (c.across.count == 0) return;
        const int64_t reach = c.width - 1 - c.across.at(0, c.across.count - 1);
        tiled.begin = c.across.first < 0 ? ceil_div(-c.across.first, c.across.step) : 0;
        tiled.end = max(reach < 0 ? 0 : min(reach / c.across.step + 1, c.columns), tiled.begin);
        if (shares_inputs()) {
            shared = static_cast<int>(c.across.count);
            tiled = {0, c.columns};
        }
        if (tiled.size() < depthwise_pixels / 2) tiled = {0, 0};
    }

    static int64_t row_tasks(const Correlation<T> &c) {
        const int64_t row = max(c.columns * c.taps() * c.groups, 1), rows = c.images * c.rows;
        return min(rows, ceil_div(rows * row, clamp(rows * row / 32, depthwise_least, depthwise_most)));
    }

    void run(int64_t tasks, int64_t task) const {
        const Range rows = part(c.images * c.rows, tasks, task);
        for (int64_t begin = rows.begin; begin < rows.end;) {
            const int64_t image = begin / c.rows, end = min(rows.end, (image + 1) * c.rows);
            sum_rows(image, {begin - image * c.rows, end - image * c.rows});
            begin = end;
        }
    }

  private:
    // Whether there is a sum in which the taps of a row share inputs, and tiles of it may lie across the edges. It
    // takes all rows of taps at once.
    bool shares_inputs() const {
        const Taps &a = c.across;
        const int64_t half = a.count / 2 * a.gap, last = a.at(c.columns - 1, a.count - 1);
        const bool by_one = a.step == a.gap && (a.count == 3 || a.count == 5 || a.count == 7);
        const bool by_two = a.step == 2 * a.gap && (a.count == 3 || a.count == 5);
        return (by_one || by_two) && c.groups >= lanes<T> && -a.first <= half && last - (c.width - 1) <= half &&
               c.down.count <= Sums::most_rows;
    }

    using Sums = DepthwiseSums<T>;
    using Sum = void (*)(const Sums &);

    // Strip by strip of columns, so that inputs which the next row of outputs meets as well stay in the nearest cache.
    void sum_rows(int64_t image, Range rows) const {
        constexpr int half = depthwise_pixels / 2;
        for (int64_t column = 0; column < tiled.begin; ++column) sum_strip(image, rows, column, 1);
        // The last ones are computed twice rather than one by one.
        for (int64_t column = tiled.begin; column < tiled.end;) {
            const bool low = tiled.end - column <= half || tiled.size() < depthwise_pixels;
            const int pixels = low ? half : depthwise_pixels;
            sum_strip(image, rows, min(column, tiled.end - pixels), pixels);
            column += pixels;
        }
        for (int64_t column = tiled.end; column < c.columns; ++column) sum_strip(image, rows, column, 1);
    }

    void sum_strip(int64_t image, Range rows, int64_t column, int pixels) const {
        Range taps{0, c.across.count};
        const int64_t first = c.across.at(column, 0), gap = c.across.gap;
        const int64_t beyond = first < 0 ? ceil_div(-first, gap) : 0;                   // inputs before the row
        const int64_t within = first >= c.width ? 0 : (c.width - 1 - first) / gap + 1;  // and those up to its end
        const int64_t inputs = (pixels - 1) * (c.across.step / gap) + taps.end;
        Sums s;
        s.met = 0;
        bool edge = false;
        if (pixels == 1) {
            taps.begin = min(beyond, taps.end);
            taps.end = max(min(within, taps.end), taps.begin);
        } else if (shared != 0) {
            edge = beyond > 0 || within < inputs;
            for (int64_t k = beyond; k < min(within, inputs); ++k) s.met |= 1u << k;
        }
        s.taps = taps.size(), s.tap = gap * c.in.column, s.weight = weights.across;
        s.pixel = c.across.step * c.in.column, s.down = c.in.row;
        s.out_pixel = c.out_column, s.out_down = c.out_row;
        s.new_rows = static_cast<int>(min(c.down.step, Sums::most_rows));
        const Sum sum = sum_of(pixels, edge);
        const T *const from = c.in.data + image * c.in.image + c.across.at(column, taps.begin) * c.in.column;
        const T *const by = weights.data + taps.begin * weights.across;
        const int64_t blocks = max(c.groups / depthwise_channels<T>, 1);
        for (int64_t block = 0; block < blocks; ++block) {
            s.channels = part(c.groups, blocks, block);
            for (int64_t row = rows.begin; row < rows.end; ++row) {
                s.out = c.out + image * c.out_image + row * c.out_row + column * c.out_column;
                s.add = false;
                int64_t i = 0;
                do {  // once at least, so that outputs without any tap become zeros
                    s.count = 0;
                    for (; i < c.down.count && s.count < Sums::most_rows; ++i) {
                        const int64_t h = c.down.at(row, i);
                        if (h >= 0 && h < c.height) s.rows[s.count++] = {from + h * c.in.row, by + i * weights.down};
                    }
                    sum(s);
                    s.add = true;
                } while (i < c.down.count);
            }
        }
    }

    Sum sum_of(int pixels, bool edge) const {
        constexpr int most = depthwise_pixels, half = most / 2;
        const bool by_one = c.across.step == c.across.gap;
        if (pixels == 1) return sum_each_channels<T, 1, depthwise_vectors>;
        if (shared == 3) return by_one ? sum_shared<3, 1>(pixels, edge) : sum_shared<3, 2>(pixels, edge);
        if (shared == 5) return by_one ? sum_shared<5, 1>(pixels, edge) : sum_shared<5, 2>(pixels, edge);
        if (shared == 7) return sum_shared<7, 1>(pixels, edge);
        return pixels == half ? sum_each_channels<T, half, 1> : sum_each_channels<T, most, 1>;
    }
    template <int taps, int stride> static Sum sum_shared(int pixels, bool edge) {
        constexpr int most = depthwise_pixels;
        if (pixels < most) return sum_sharing_channels<T, most / 2, taps, stride, true>;
        return edge ? sum_sharing_channels<T, most, taps, stride, true>
                    : sum_sharing_channels<T, most, taps, stride, false>;
    }

    const Correlation<T> &c;
    const WeightsView<T> &weights;
    int shared = 0;     // taps of a row that share inputs
    Range tiled{0, 0};  // the columns of outputs that are summed several at a time
};

}  // namespace
}  // namespace needle::cpu
