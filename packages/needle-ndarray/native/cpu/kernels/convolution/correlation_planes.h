// The sliding product where there are so few output channels that they would leave most lanes of a vector idle: the
// lanes are pixels instead. Blocks of the images are copied to planes, one for each channel, in which rows follow each
// other as far apart as the outputs of a row and the taps beyond them reach. So a tap meets all outputs of a block at
// one distance. What is summed between the rows of outputs is left behind.
//
// Units and tasks are cut by sizes only, and each output is summed in one order.
#pragma once
#include "cpu/kernels/convolution/correlation.h"
#include "cpu/kernels/convolution/planes.h"

namespace needle::cpu {
namespace {

template <class T> class CorrelationPlanes {
  public:
    explicit CorrelationPlanes(const Correlation<T> &c)
        : c(c), halo{(c.down.count - 1) * c.down.gap, (c.across.count - 1) * c.across.gap} {
        column_blocks = ceil_div(c.columns, most_columns);
        pitch = ceil_div(c.columns, column_blocks) + halo[1];
        const int64_t fitting = unit_elements / max(c.channels * pitch, 1) - halo[0];
        row_blocks = ceil_div(c.rows, clamp(fitting, 1, max(c.rows, 1)));
        out_plane = ceil_div(rows() * pitch, tile_pixels()) * tile_pixels();
        // With a vector after the last row, for rows are copied in whole vectors; planes an even number of lines apart
        // would share few sets of the first-level cache.
        length = out_plane + halo[0] * pitch + halo[1] + lanes<T>;
        in_plane = (ceil_div(length, line) | 1) * line;
        const double products = static_cast<double>(units()) * vector_products() * static_cast<double>(c.channels);
        all_tasks = clamp(static_cast<int64_t>(products / task_products), 1, max(units(), 1));
    }

    // Whether this is the faster way.
    bool suits() const {
        if (c.groups != 1 || c.down.step != 1 || c.across.step != 1 || c.taps() < 2 || c.channels == 0) return false;
        if (c.out_channels == 0 || c.out_channels > lanes<T> / 2 || in_plane * c.channels > most_elements) return false;
        // Transposing an element takes about as long as half a vector of products.
        const double transposing = static_cast<double>(length) / 2;
        return vector_products() + transposing < static_cast<double>(c.taps() * rows() * (pitch - halo[1]));
    }

    int64_t tasks() const { return all_tasks; }
    // Elements of memory that a worker needs.
    int64_t elements() const { return c.channels * in_plane + c.out_channels * out_plane; }

    void run(int64_t task, const T *weights, T *memory) const {
        T *const sums = memory + c.channels * in_plane;
        const Range own = part(units(), all_tasks, task);
        const int64_t sizes[2] = {c.height, c.width};
        for (int64_t unit = own.begin; unit < own.end; ++unit) {
            const Range columns = part(c.columns, column_blocks, unit % column_blocks);
            const Range rows = part(c.rows, row_blocks, unit / column_blocks % row_blocks);
            const int64_t image = unit / column_blocks / row_blocks;
            copy_planes(c.in, image, c.down.met(rows), c.across.met(columns), sizes, c.channels, pitch, in_plane,
                        length, memory);
            for (int64_t block = 0; block < blocks(); ++block) {
                const Range channels = part(c.out_channels, blocks(), block);
                for (int64_t p = 0; p < rows.size() * pitch; p += tile_pixels())
                    sum<most_outputs>(static_cast<int>(channels.size()), memory + p, weights + channels.begin,
                                      sums + channels.begin * out_plane + p);
            }
            for (int64_t row = 0; row < rows.size(); ++row)
                join_pixels(sums + row * pitch, columns.size(),
                            c.out + image * c.out_image + (rows.begin + row) * c.out_row +
                                columns.begin * c.out_column);
        }
    }

  private:
    static constexpr int64_t line = 64 / sizeof(T);
    // A tile of sums in registers: a few vectors of pixels for each of some channels of the output.
    static constexpr int most_outputs = 4;
    static constexpr int vectors(int outputs) {
        return outputs == 1 ? 8 : vector_registers == 32 ? 6 : outputs == 2 ? 4 : outputs == 3 ? 3 : 2;
    }
    static constexpr int64_t unit_elements = 16384;  // of a block's planes: they stay in the second-level cache
    static constexpr int64_t most_elements = 65536;
    static constexpr int64_t most_columns = 1024;
    static constexpr double task_products = 1 << 15;  // of vectors

    int64_t blocks() const { return ceil_div(c.out_channels, most_outputs); }
    int64_t rows() const { return ceil_div(c.rows, row_blocks); }
    int64_t units() const { return c.images * row_blocks * column_blocks; }
    // The same in all blocks of channels: several have two to four each, and only a vector on machines with 32
    // registers has lanes for so many.
    int64_t tile_pixels() const {
        return vectors(static_cast<int>(ceil_div(c.out_channels, max(blocks(), 1)))) * lanes<T>;
    }
    // Of one unit, for each channel of the input.
    double vector_products() const { return static_cast<double>(c.taps() * c.out_channels * (out_plane / lanes<T>)); }

    void join_pixels(const T *from, int64_t n, T *to) const {
        for (int64_t i = 0; i < n; ++i, to += c.out_column)
            for (int64_t channel = 0; channel < c.out_channels; ++channel) {
                keep_scalar();
                to[channel] = from[channel * out_plane + i];
            }
    }

    template <int most> void sum(int outputs, const T *from, const T *weights, T *sums) const {
        if constexpr (most > 1)
            if (outputs < most) return sum<most - 1>(outputs, from, weights, sums);
        sum_tile<most>(from, weights, sums);
    }

    template <int outputs> __attribute__((noinline)) void sum_tile(const T *from, const T *weights, T *sums) const {
        constexpr int count = vectors(outputs);
        Vector<T> sum[outputs][count] = {};
        for (int64_t down = 0; down < c.down.count; ++down)
            for (int64_t across = 0; across < c.across.count; ++across) {
                const T *x = from + down * c.down.gap * pitch + across * c.across.gap;
                for (int64_t channel = 0; channel < c.channels; ++channel, x += in_plane, weights += lanes<T>) {
                    Vector<T> weight[outputs];
#pragma GCC unroll 4
                    for (int j = 0; j < outputs; ++j) weight[j] = in_register<T>(weights[j] - Vector<T>{});
#pragma GCC unroll 8
                    for (int v = 0; v < count; ++v) {
                        const Vector<T> pixels = in_register<T>(load(x + v * lanes<T>));
#pragma GCC unroll 4
                        for (int j = 0; j < outputs; ++j) sum[j][v] += pixels * weight[j];
                    }
                }
            }
#pragma GCC unroll 4
        for (int j = 0; j < outputs; ++j)
#pragma GCC unroll 8
            for (int v = 0; v < count; ++v) store(sums + j * out_plane + v * lanes<T>, sum[j][v]);
    }

    const Correlation<T> &c;
    const int64_t halo[2];  // by how much more of the input than outputs is met
    int64_t row_blocks, column_blocks, all_tasks;
    int64_t pitch;  // from row to row in planes
    int64_t out_plane, length, in_plane;
};

}  // namespace
}  // namespace needle::cpu
