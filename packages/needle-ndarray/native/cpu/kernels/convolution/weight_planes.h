// The gradient of the weights where the output has so few channels that they would leave most lanes of a vector idle:
// the lanes are pixels instead. Blocks of the images are copied to planes, one for each channel, in which rows follow
// each other at the same distance in the input and in the gradient. So a tap meets the gradient at one distance
// everywhere, and a block is summed in one go; lanes are added up at the end, once for all images.
//
// Units and chunks are cut by sizes only. Each chunk has sums of its own, which are added up in order.
#pragma once
#include "cpu/kernels/convolution/planes.h"
#include "cpu/kernels/convolution/weight_sums.h"

namespace needle::cpu {
namespace {

template <class T> class WeightPlanes {
  public:
    WeightPlanes(const ConvolutionSizes &s, const ImagesView<const T> &grad, const ImagesView<const T> &x)
        : s(s), grad(grad), x(x), halo{(s.kernel[0] - 1) * s.dilation[0], (s.kernel[1] - 1) * s.dilation[1]} {
        column_blocks = ceil_div(s.out[1], most_columns);
        pitch = ceil_div(s.out[1], column_blocks) + halo[1];
        row_blocks = ceil_div(s.out[0], clamp(unit_elements / (s.out_channels * pitch), 1, s.out[0]));
        // With a vector after the last row, for rows are copied in whole vectors.
        grad_plane = whole(ceil_div(s.out[0], row_blocks) * pitch) + lanes<T>;
        x_plane = whole(grad_plane + halo[0] * pitch + halo[1]);
        const int64_t products = s.images * s.out[0] * s.out[1] * size();
        chunks = clamp(products / chunk_products, 1, min(units(), most_chunks));
    }

    // Whether this is the faster way.
    bool suits() const {
        // The other way's tiles would be so low that they wait for their sums.
        const bool low = s.kernel[1] * s.channels < 8 && !joins_taps<T>(s);
        if (shares_inputs<T>(s) && 2 * s.out_channels > lanes<T>) return false;  // most lanes are not idle
        return s.groups == 1 && s.stride[0] == 1 && s.stride[1] == 1 && taps() > 1 &&
               (s.out_channels < lanes<T> || (s.out_channels == lanes<T> && low)) &&
               x_plane * s.channels <= most_elements && rows_of_sums() * sums_row() <= most_elements &&
               grad_plane >= (low ? 8 : 14) * lanes<T>;  // else loading and storing the sums costs
    }

    int64_t size() const { return rows_of_sums() * s.out_channels; }
    // Elements of memory that a worker needs.
    int64_t elements() const {
        return s.channels * x_plane + (s.out_channels + 1) * grad_plane + blocks() * most_rows * sums_row();
    }

    // The sums of one chunk.
    void run(int64_t chunk, T *memory, T *out) const {
        T *const x_planes = memory, *const grad_planes = x_planes + s.channels * x_plane;
        T *const inside = grad_planes + s.out_channels * grad_plane, *const sums = inside + grad_plane;
        clear_row(sums, blocks() * most_rows * sums_row());
        const Range own = part(units(), chunks, chunk);
        for (int64_t unit = own.begin; unit < own.end; ++unit) {
            const Range columns = part(s.out[1], column_blocks, unit % column_blocks);
            const Range rows = part(s.out[0], row_blocks, unit / column_blocks % row_blocks);
            const int64_t image = unit / column_blocks / row_blocks;
            const int64_t length = whole(rows.size() * pitch);
            mark(rows.size(), columns.size(), length, inside);
            copy_planes(grad, image, rows, columns, s.out, s.out_channels, pitch, grad_plane, length, grad_planes);
            copy_planes(x, image, met(0, rows), met(1, columns), s.in, s.channels, pitch, x_plane,
                        length + halo[0] * pitch + halo[1], x_planes);
            for (int64_t block = 0; block < blocks(); ++block)
                sum_rows(block, x_planes, grad_planes, inside, length, sums);
        }
        for (int64_t row = 0; row < rows_of_sums(); ++row) {
            T *to = out + (row % taps() * s.channels + row / taps()) * s.out_channels;
            for (int64_t j = 0; j < s.out_channels; ++j)
                to[j] = sum_of_lanes<T>(load(sums + row * sums_row() + j * lanes<T>))[0];
        }
    }

    int64_t chunks;

  private:
    // Of a tile of sums in registers: its rows are taps and channels of the input, its columns channels of the output.
    static constexpr int most_rows = vector_registers == 32 ? 5 : 3, most_outputs = vector_registers == 32 ? 4 : 3;
    static constexpr int64_t unit_elements = 16384;  // of a block's planes: they stay in the second-level cache
    static constexpr int64_t most_elements = 65536;  // of the input's planes, and of the sums
    static constexpr int64_t most_columns = 1024;
    static constexpr int64_t chunk_products = 1 << 19, most_chunks = 16;

    static int64_t whole(int64_t elements) { return ceil_div(elements, lanes<T>) * lanes<T>; }
    int64_t taps() const { return s.kernel[0] * s.kernel[1]; }
    // For each channel of the input its taps, which meet the same plane.
    int64_t rows_of_sums() const { return s.channels * taps(); }
    int64_t blocks() const { return ceil_div(rows_of_sums(), most_rows); }
    int64_t sums_row() const { return s.out_channels * lanes<T>; }
    int64_t units() const { return s.images * row_blocks * column_blocks; }
    // The input's rows (axis 0) or columns (axis 1) that outputs meet.
    Range met(int axis, Range outputs) const {
        const int64_t begin = outputs.begin - s.padding[axis];
        return {begin, begin + outputs.size() + halo[axis]};
    }

    // All bits of the places of a plane that are outputs, and none of those between and after the rows: there the input
    // must not be met, though the gradient is zero, for it may be infinite.
    void mark(int64_t rows, int64_t columns, int64_t length, T *inside) const {
        auto *marks = reinterpret_cast<Unsigned<T> *>(inside);
        clear_row(inside, length);
        for (int64_t row = 0; row < rows; ++row)
            for (int64_t i = 0; i < columns; ++i) marks[row * pitch + i] = ~Unsigned<T>(0);
    }

    void sum_rows(int64_t block, const T *x_planes, const T *grad_planes, const T *inside, int64_t length,
                  T *sums) const {
        const T *from[most_rows];
        for (int i = 0; i < most_rows; ++i) {
            // Rows after the last are summed, but not read.
            const int64_t row = min(block * most_rows + i, rows_of_sums() - 1), tap = row % taps();
            from[i] = x_planes + row / taps() * x_plane + tap / s.kernel[1] * s.dilation[0] * pitch +
                      tap % s.kernel[1] * s.dilation[1];
        }
        const int64_t parts = ceil_div(s.out_channels, most_outputs);
        for (int64_t i = 0; i < parts; ++i) {
            const Range outputs = part(s.out_channels, parts, i);
            sum_tile_of<most_outputs>(outputs.size(), from, grad_planes + outputs.begin * grad_plane, inside, length,
                                      sums + block * most_rows * sums_row() + outputs.begin * lanes<T>);
        }
    }

    template <int most>
    void sum_tile_of(int64_t outputs, const T *const *from, const T *by, const T *inside, int64_t length,
                     T *sums) const {
        if constexpr (most > 1)
            if (outputs < most) return sum_tile_of<most - 1>(outputs, from, by, inside, length, sums);
        sum_tile<most>(from, by, grad_plane, inside, length, sums, sums_row());
    }

    template <int outputs>
    static __attribute__((noinline)) void sum_tile(const T *const *from, const T *by, int64_t plane, const T *inside,
                                                   int64_t length, T *sums, int64_t sums_row) {
        using Bits = Vector<Unsigned<T>>;
        Vector<T> sum[most_rows][outputs];
        const T *x[most_rows];
#pragma GCC unroll 8
        for (int i = 0; i < most_rows; ++i) {
            x[i] = from[i];
#pragma GCC unroll 4
            for (int j = 0; j < outputs; ++j) sum[i][j] = load(sums + i * sums_row + j * lanes<T>);
        }
        for (int64_t p = 0; p < length; p += lanes<T>) {
            const Bits kept = (Bits)load(inside + p);
            Vector<T> factor[outputs];
#pragma GCC unroll 4
            for (int j = 0; j < outputs; ++j) factor[j] = load(by + j * plane + p);
#pragma GCC unroll 8
            for (int i = 0; i < most_rows; ++i) {
                const Vector<T> met = (Vector<T>)((Bits)load(x[i] + p) & kept);
#pragma GCC unroll 4
                for (int j = 0; j < outputs; ++j) sum[i][j] += met * factor[j];
            }
        }
#pragma GCC unroll 8
        for (int i = 0; i < most_rows; ++i)
#pragma GCC unroll 4
            for (int j = 0; j < outputs; ++j) store(sums + i * sums_row + j * lanes<T>, sum[i][j]);
    }

    const ConvolutionSizes &s;
    const ImagesView<const T> grad, x;
    const int64_t halo[2];  // by how much more of the input than outputs is met
    int64_t row_blocks, column_blocks;
    int64_t pitch;  // from row to row in planes
    int64_t grad_plane, x_plane;
};

}  // namespace
}  // namespace needle::cpu
