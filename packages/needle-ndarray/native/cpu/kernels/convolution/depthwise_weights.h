// The gradient of the weights where each channel is a group of its own: for each tap the sum, over the pixels, of
// products of two vectors of channels. The sums of as many taps as a small kernel has stay in registers, so that the
// gradient is read once for all of them, and so do the pixels that the next output meets as well. A strip of columns is
// walked down: its last rows of the input stay in the caches until all taps have met them.
//
// Strips and chunks are cut by sizes only. Each chunk has sums of its own, which are added up in order.
#pragma once
#include "cpu/kernels/convolution/patches.h"
#include "cpu/kernels/vectors/channels.h"

namespace needle::cpu {
namespace {

template <class T> class DepthwiseWeights {
  public:
    DepthwiseWeights(const ConvolutionSizes &s, const ImagesView<const T> &grad, const ImagesView<const T> &x)
        : s(s), grad(grad), x(x) {
        const int64_t pixel_bytes = min(s.groups, channel_block) * static_cast<int64_t>(sizeof(T));
        const int64_t fitting = strip_bytes / pixel_bytes - s.kernel[0] * (s.kernel[1] - 1);
        strips = ceil_div(s.out[1], max(fitting / (s.kernel[0] + 1), least_strip));
        row_blocks = ceil_div(s.out[0], rows_unit);
        channel_blocks = ceil_div(s.groups, channel_block);
        const int64_t pixels = s.images * s.out[0] * s.out[1];
        const int64_t wanted = pixels * min(s.groups, channel_block) * taps() / chunk_products;
        chunks = clamp(min(wanted, pixels / chunk_pixels), 1, min(units(), most_chunks));
    }

    int64_t size() const { return taps() * s.groups; }
    int64_t tasks() const { return channel_blocks * chunks; }
    int64_t chunk(int64_t task) const { return task % chunks; }

    // The sums of one chunk, for some of the channels.
    void run(int64_t task, T *sums) const {
        const int64_t first = task / chunks * channel_block;
        const Range channels{first, min(first + channel_block, s.groups)};
        for (int64_t tap = 0; tap < taps(); ++tap) clear_row(sums + tap * s.groups + channels.begin, channels.size());
        const Range own = part(units(), chunks, chunk(task));
        for (int64_t unit = own.begin; unit < own.end; ++unit) {
            const Range strip = part(s.out[1], strips, unit % strips);
            const Range rows = part(s.out[0], row_blocks, unit / strips % row_blocks);
            for (Range columns{strip.begin, 0}; columns.begin < strip.end; columns.begin = columns.end) {
                columns.end = min(next_edge(columns.begin), strip.end);
                for (int64_t row = rows.begin; row < rows.end; ++row)
                    sum_row(unit / strips / row_blocks, row, columns, channels, sums);
            }
        }
    }

    int64_t chunks;

  private:
    static constexpr int most_rows = vector_registers == 32 ? 3 : 2, most_across = 3;  // of taps, summed in registers
    static constexpr int64_t strip_bytes = 32768;  // of the pixels that a row of a strip meets, about
    static constexpr int64_t least_strip = 4;
    static constexpr int64_t channel_block = 512 / sizeof(T);
    static constexpr int64_t rows_unit = 64;
    static constexpr int64_t chunk_products = 1 << 18, chunk_pixels = 64, most_chunks = 16;

    // Neighbouring taps, and the pixels of one row of outputs that meet the image at all of them.
    struct Block {
        int64_t rows, across;  // of taps
        const T *x, *grad;     // what the first tap meets first; of channel 0
        T *sums;               // of the first tap
        int64_t pixels;
    };

    int64_t taps() const { return s.kernel[0] * s.kernel[1]; }
    int64_t units() const { return s.images * row_blocks * strips; }
    // The input's row (axis 0) or column (axis 1) that an output meets at a tap.
    int64_t at(int axis, int64_t output, int64_t tap) const {
        return output * s.stride[axis] - s.padding[axis] + tap * s.dilation[axis];
    }

    // The first column after this one at which a tap begins or ceases to meet the image.
    int64_t next_edge(int64_t column) const {
        int64_t edge = s.out[1];
        for (int64_t tap = 0; tap < s.kernel[1]; ++tap) {
            const int64_t w = at(1, column, tap);
            if (w < 0) edge = min(edge, column + ceil_div(-w, s.stride[1]));
            else if (w < s.in[1]) edge = min(edge, column + ceil_div(s.in[1] - w, s.stride[1]));
        }
        return edge;
    }

    // The taps at which an output meets the image, along one axis.
    Range met(int axis, int64_t output) const {
        const int64_t first = at(axis, output, 0), dilation = s.dilation[axis];
        const int64_t begin = first < 0 ? ceil_div(-first, dilation) : 0;
        const int64_t end = first < s.in[axis] ? min(ceil_div(s.in[axis] - first, dilation), s.kernel[axis]) : 0;
        return {begin, max(begin, end)};
    }

    // All of these columns meet the image at the same taps.
    void sum_row(int64_t image, int64_t row, Range columns, Range channels, T *sums) const {
        const Range down = met(0, row), across = met(1, columns.begin);
        const int64_t parts_down = ceil_div(down.size(), most_rows);
        const int64_t parts_across = ceil_div(across.size(), most_across);
        const T *in = x.data + image * x.image;
        Block block;
        block.grad = grad.data + image * grad.image + row * grad.row + columns.begin * grad.column;
        block.pixels = columns.size();
        for (int64_t i = 0; i < parts_down; ++i)
            for (int64_t j = 0; j < parts_across; ++j) {
                const Range rows = part(down.size(), parts_down, i), taps = part(across.size(), parts_across, j);
                const int64_t first_row = down.begin + rows.begin, first = across.begin + taps.begin;
                block.rows = rows.size(), block.across = taps.size();
                block.x = in + at(0, row, first_row) * x.row + at(1, columns.begin, first) * x.column;
                block.sums = sums + (first_row * s.kernel[1] + first) * s.groups;
                sum_block(block, channels);
            }
    }

    template <int rows = most_rows, int across = most_across> void sum_block(const Block &block, Range channels) const {
        if constexpr (rows > 1)
            if (block.rows < rows) return sum_block<rows - 1, across>(block, channels);
        if constexpr (across > 1)
            if (block.across < across) return sum_block<rows, across - 1>(block, channels);
        for_channels<T>(channels.begin, channels.end, [&](int64_t channel, auto type) {
            using V = decltype(type);
            if constexpr (across > 1)
                if (s.stride[1] == s.dilation[1]) return sum_taps<rows, across, true, V>(block, channel);
            sum_taps<rows, across, false, V>(block, channel);
        });
    }

    // With `slides` a tap meets what the tap before it met one output later.
    template <int rows, int across, bool slides, class V>
    __attribute__((noinline)) void sum_taps(const Block &block, int64_t channel) const {
        constexpr int kept = slides ? across - 1 : 0;
        const int64_t row = s.dilation[0] * x.row, tap = s.dilation[1] * x.column, step = s.stride[1] * x.column;
        const T *from = block.x + channel, *of = block.grad + channel;
        V sum[rows][across] = {}, met[rows][across];
#pragma GCC unroll 3
        for (int i = 0; i < rows; ++i)
#pragma GCC unroll 3
            for (int j = 0; j < kept; ++j) met[i][j] = load_as<V>(from + i * row + j * tap);
        // The machine does not foresee where the strip goes on in the next row.
        const int64_t ahead = (rows - 1) * row + s.stride[0] * x.row + (across - 1) * tap;
        for (int64_t p = 0; p < block.pixels; ++p, from += step, of += grad.column) {
            __builtin_prefetch(from + ahead);
            __builtin_prefetch(of + grad.row);
            const V factor = load_as<V>(of);
#pragma GCC unroll 3
            for (int i = 0; i < rows; ++i) {
#pragma GCC unroll 3
                for (int j = kept; j < across; ++j) met[i][j] = load_as<V>(from + i * row + j * tap);
#pragma GCC unroll 3
                for (int j = 0; j < across; ++j) sum[i][j] += met[i][j] * factor;
#pragma GCC unroll 3
                for (int j = 0; j < kept; ++j) met[i][j] = met[i][j + 1];
            }
        }
#pragma GCC unroll 3
        for (int i = 0; i < rows; ++i)
#pragma GCC unroll 3
            for (int j = 0; j < across; ++j) {
                T *to = block.sums + (i * s.kernel[1] + j) * s.groups + channel;
                store_as(to, static_cast<V>(load_as<V>(to) + sum[i][j]));
            }
    }

    const ConvolutionSizes &s;
    const ImagesView<const T> grad, x;
    int64_t strips, row_blocks, channel_blocks;
};

}  // namespace
}  // namespace needle::cpu
