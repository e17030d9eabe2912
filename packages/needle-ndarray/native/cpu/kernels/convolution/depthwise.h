// Convolutions in which each channel is a group of its own: no matrix product, but sums of products of vectors of
// channels. They are bound by loads, so that a few neighbouring pixels share those of the weights and, where taps lie
// as far apart as pixels, each other's inputs.
#pragma once
#include "cpu/kernels/convolution/correlation.h"
#include "cpu/kernels/vectors/vectors.h"

namespace needle::cpu {
namespace {

constexpr int64_t depthwise_least = 1 << 17, depthwise_most = 1 << 20;  // products in one task, about
constexpr int depthwise_pixels = 8;                                     // beside each other that are summed together
constexpr int depthwise_vectors = 4;  // of a pixel at the edge, whose sums do not wait for each other

template <class T> class Depthwise {
  public:
    Depthwise(const Correlation<T> &c, const WeightsView<T> &weights) : c(c), weights(weights) {
        if (c.across.count == 0) return;
        const int64_t reach = c.width - 1 - c.across.at(0, c.across.count - 1);
        inside.begin = c.across.first < 0 ? ceil_div(-c.across.first, c.across.step) : 0;
        inside.end = max(reach < 0 ? 0 : min(reach / c.across.step + 1, c.columns), inside.begin);
        if (inside.size() < depthwise_pixels / 2) inside = {0, 0};
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
    // Strip by strip of columns, so that inputs which the next row of outputs meets as well stay in the nearest cache.
    void sum_rows(int64_t image, Range rows) const {
        constexpr int half = depthwise_pixels / 2;
        for (int64_t column = 0; column < inside.begin; ++column) sum_strip<1>(image, rows, column);
        // The last ones are computed twice rather than one by one.
        for (int64_t column = inside.begin; column < inside.end;) {
            const int64_t left = inside.end - column;
            if (left <= half || inside.size() < depthwise_pixels) {
                sum_strip<half>(image, rows, min(column, inside.end - half));
                column += half;
            } else {
                sum_strip<depthwise_pixels>(image, rows, min(column, inside.end - depthwise_pixels));
                column += depthwise_pixels;
            }
        }
        for (int64_t column = inside.end; column < c.columns; ++column) sum_strip<1>(image, rows, column);
    }

    template <int pixels> void sum_strip(int64_t image, Range rows, int64_t column) const {
        // Of a single pixel some taps may lie beyond the edges.
        Range taps{0, c.across.count};
        if (pixels == 1) {
            const int64_t first = c.across.at(column, 0), gap = c.across.gap;
            if (first < 0) taps.begin = min(ceil_div(-first, gap), taps.end);
            taps.end = max(first >= c.width ? 0 : min((c.width - 1 - first) / gap + 1, taps.end), taps.begin);
        }
        for (int64_t row = rows.begin; row < rows.end; ++row) sum_pixels<pixels>(image, row, column, taps);
    }

    // Where the first of a row of taps reads the first pixel, and its weight, of channel 0.
    struct TapRow {
        const T *from, *by;
    };
    // Rows of taps for pixels beside each other, and the strides.
    struct Sums {
        static constexpr int most_rows = 16;
        TapRow rows[most_rows];
        int count;
        int64_t taps, tap, weight;  // how many in a row; from one to the next: of the input, of the weights
        int64_t pixel;
        T *out;
        int64_t out_pixel;
        int64_t next, next_out;  // to what the row of outputs below reads and writes
        bool add;                // to what is there
    };

    template <int pixels> void sum_pixels(int64_t image, int64_t row, int64_t column, Range taps) const {
        Sums s;
        s.taps = taps.size(), s.tap = c.across.gap * c.in.column, s.weight = weights.across;
        s.pixel = c.across.step * c.in.column;
        s.out = c.out + image * c.out_image + row * c.out_row + column * c.out_column, s.out_pixel = c.out_column;
        s.next = c.down.step * c.in.row, s.next_out = c.out_row;
        s.add = false;
        const T *const from = c.in.data + image * c.in.image + c.across.at(column, taps.begin) * c.in.column;
        const T *const by = weights.data + taps.begin * weights.across;
        int64_t i = 0;
        do {  // once at least, so that outputs without any tap become zeros
            s.count = 0;
            for (; i < c.down.count && s.count < Sums::most_rows; ++i) {
                const int64_t h = c.down.at(row, i);
                if (h >= 0 && h < c.height) s.rows[s.count++] = {from + h * c.in.row, by + i * weights.down};
            }
            sum_channels<pixels>(s);
            s.add = true;
        } while (i < c.down.count);
    }

    template <int pixels> void sum_channels(const Sums &s) const {
        const int64_t shared = s.pixel == s.tap ? s.taps : 0;
        int64_t first = 0;
        if (pixels == 1) first = sum_blocks<1, 0, depthwise_vectors>(s);
        else if (shared == 3) first = sum_blocks<pixels, 3, 1>(s);
        else if (pixels == depthwise_pixels && shared == 5) first = sum_blocks<pixels, 5, 1>(s);
        else if (pixels == depthwise_pixels && shared == 7) first = sum_blocks<pixels, 7, 1>(s);
        for_each_vector<T>(c.groups - first,
                           [&](int64_t channel, auto part) { sum_vectors<pixels, 0, 1>(s, first + channel, part); });
    }
    // Returns how many channels that were.
    template <int pixels, int taps, int vectors> int64_t sum_blocks(const Sums &s) const {
        constexpr int64_t block = vectors * lanes<T>;
        int64_t channel = 0;
        for (; channel + block <= c.groups; channel += block) sum_vectors<pixels, taps, vectors>(s, channel, Whole{});
        return channel;
    }

    // Left to itself the compiler computes the addresses of all pixels ahead of the loops, more than there are
    // registers for, and reads an input from memory for each of its uses.
    NEEDLE_INLINE int64_t opaque(int64_t step) {
        asm volatile("" : "+r"(step));
        return step;
    }
    NEEDLE_INLINE Vector<T> in_register(Vector<T> v) {
#if defined(__x86_64__)
        asm("" : "+v"(v));
#endif
        return v;
    }

    // `taps`, unless 0, is how many there are in a row of those that lie as far apart as the pixels.
    template <int pixels, int taps, int vectors, class Lanes>
    NEEDLE_INLINE void sum_vectors(const Sums &s, int64_t channel, Lanes part) {
        constexpr int W = lanes<T>;
        Vector<T> sum[pixels][vectors] = {};
        T *const out = s.out + channel;
        if (s.add)
            for (int p = 0; p < pixels; ++p)
                for (int v = 0; v < vectors; ++v) sum[p][v] = part.load(out + p * s.out_pixel + v * W, T(0));
        if (pixels > 1 && s.count > 0) {
            // Lines so far apart are not foreseen by the machine.
            constexpr int met = taps > 0 ? pixels + taps - 1 : pixels;
            const T *const next = s.rows[s.count - 1].from + s.next + channel;
            const int64_t step = opaque(s.pixel), out_step = opaque(s.out_pixel);
#pragma GCC unroll 16
            for (int p = 0; p < met; ++p) __builtin_prefetch(next + p * step);
#pragma GCC unroll 8
            for (int p = 0; p < pixels; ++p) __builtin_prefetch(out + s.next_out + p * out_step, 1);
        }
        for (const TapRow *row = s.rows, *end = row + s.count; row != end; ++row) {
            const T *from = row->from + channel, *by = row->by + channel;
            const int64_t step = opaque(s.pixel);
            if constexpr (taps > 0) {
                Vector<T> weights[taps];
#pragma GCC unroll 8
                for (int j = 0; j < taps; ++j) weights[j] = load(by + j * s.weight);
#pragma GCC unroll 16
                for (int k = 0; k < pixels + taps - 1; ++k) {
                    const Vector<T> x = in_register(load(from + k * step));
#pragma GCC unroll 8
                    for (int j = 0; j < taps; ++j)
                        if (k >= j && k < pixels + j) sum[k - j][0] += x * weights[j];
                }
            } else {
                for (int64_t j = 0; j < s.taps; ++j, from += s.tap, by += s.weight)
#pragma GCC unroll 4
                    for (int v = 0; v < vectors; ++v) {
                        const Vector<T> weight = part.load(by + v * W, T(0));
#pragma GCC unroll 8
                        for (int p = 0; p < pixels; ++p) sum[p][v] += part.load(from + p * step + v * W, T(0)) * weight;
                    }
            }
        }
        const int64_t out_step = opaque(s.out_pixel);
#pragma GCC unroll 8
        for (int p = 0; p < pixels; ++p)
#pragma GCC unroll 4
            for (int v = 0; v < vectors; ++v) part.store(out + p * out_step + v * W, sum[p][v]);
    }

    const Correlation<T> &c;
    const WeightsView<T> &weights;
    Range inside{0, 0};  // the columns of outputs whose taps all meet the image, if they are enough
};

}  // namespace
}  // namespace needle::cpu
